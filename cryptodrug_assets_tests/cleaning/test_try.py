"""`cryptodrug try` prints one JSON object per text, with the keys others rely on, and says why."""

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cryptodrug_assets import cli
from cryptodrug_assets.cleaning.places import statements
from cryptodrug_assets.cleaning.titles import drugs, explanations, quantities
from cryptodrug_assets.commands.try_ import app

DATA = Path(__file__).parent


@pytest.mark.parametrize(
    ("command", "texts", "expected"),
    [
        ("quantity", ["10 x 5g ketamine", "1g 3.5g 7g weed", "-5g-", ""], [
            {"amount": 50.0, "unit": "g", "strength_mg": None, "menu": False, "confidence": "high"},
            {"amount": None, "unit": None, "strength_mg": None, "menu": True, "confidence": "high"},
            {"amount": 5.0, "unit": "g", "strength_mg": None, "menu": False, "confidence": "high"},
            {"amount": None, "unit": None, "strength_mg": None, "menu": False, "confidence": "low"},
        ]),
        ("place", ["Worldwide except US, NL", "", "Genève"], [
            {"include": ["WW"], "exclude": ["NL", "US"], "kind": "worldwide"},
            {"include": [], "exclude": [], "kind": "unknown"},
            {"include": ["CH"], "exclude": [], "kind": "country"},
        ]),
        ("drug", ["Speed paste\tDrugs / Stimulants / Speed", "Speed paste\tDrugs / Cannabis / Hash"], [
            {"drug_class": "amphetamine", "review": False},
            {"drug_class": "amphetamine", "review": True},
        ]),
    ],
)  # fmt: skip
def test_arguments_and_lines_give_the_same(command: str, texts: list[str], expected: list[dict[str, object]]) -> None:
    outputs = [
        CliRunner().invoke(app, [command, *texts]).stdout,
        CliRunner().invoke(app, [command], input="\n".join([*texts, ""])).stdout,
        CliRunner().invoke(app, [command], input="\ufeff" + "\r\n".join(texts) + "\r\n").stdout,
    ]
    for output in outputs:
        found = [json.loads(line) for line in output.splitlines()]
        assert [row["text"] for row in found] == texts, "one object for each line, empty ones included"
        assert all(row["rule_id"] and row["why"] for row in found)
        assert [{key: row[key] for key in want} for row, want in zip(found, expected, strict=True)] == expected


def test_why_tells_what_was_read() -> None:
    def why(command: str, text: str) -> str:
        return str(json.loads(CliRunner().invoke(app, [command, text]).stdout)["why"])

    assert why("quantity", "50x Xanax 2mg 24/7") == "a number with a multiplication sign: pieces [50 x; 2 mg]"
    assert why("place", "Germany, Torland") == "one country is named [not a place: torland]"
    assert why("drug", "Ketamine 5g\tDrugs / Cannabis / Hash") == (
        "the title names a substance, to be reviewed [title: dissociatives/ketamine; category: cannabis/cannabis_resin]"
    )


def test_every_rule_has_its_words() -> None:
    for module, known in (
        (quantities, explanations.QUANTITY_RULES),
        (statements, explanations.PLACE_RULES),
        (drugs, explanations.DRUG_RULES),
    ):
        words = set(re.findall(r'"([a-z_]+)"', Path(str(module.__file__)).read_text("utf-8")))
        named = {rule for rule in known if rule.removesuffix("_free").removesuffix("_except") in words | {"unknown"}}
        assert named == set(known), f"rules of {module.__name__} that no code gives"
    titles = list(csv.DictReader((DATA / "titles.csv").open(encoding="utf-8")))
    assert {quantities.parse_quantity(row["title"]).rule_id for row in titles} <= set(explanations.QUANTITY_RULES)
    rows = list(csv.DictReader((DATA / "places.csv").open(encoding="utf-8")))
    assert {statements.parse_place(row["text"]).rule_id for row in rows} <= set(explanations.PLACE_RULES)


def run(monkeypatch: pytest.MonkeyPatch, arguments: list[str], stdin: bytes | None = None) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["cryptodrug", "try", *arguments])
    if stdin is not None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
    with pytest.raises(SystemExit) as end:
        cli.main()
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["quantity"], b"1g hash\n\xff\xfe\n", "line 2 of the standard input is not UTF-8"),
        (["place"], b"", "the standard input is empty"),
        (["drug", "--market", "atlantis", "Speed"], None, "unknown market 'atlantis'"),
        (["drug", "--markt", "dream"], None, "there is no option --markt"),
        (["quantity", "9" * 16_000 + "g"], None, "a text of 16,001 characters is longer than any title"),
        (["quantity"], b"1g hash\n" + b"9" * 50_000, "line 2 of the standard input is longer than any title"),
        (["place"], "é".encode() * 10_001, "line 1 of the standard input is longer than any title"),
        (["size", "1g"], None, "No such command 'size'"),
    ],
)
def test_bad_input_gives_one_clear_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    stdin: bytes | None,
    said: str,
) -> None:
    assert run(monkeypatch, arguments, stdin) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert said in lines[0]
