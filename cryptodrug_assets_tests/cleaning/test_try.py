"""`cryptodrug try` prints one JSON object per text, with the keys others rely on."""

import json

import pytest
from typer.testing import CliRunner

from cryptodrug_assets.commands.try_ import app


@pytest.mark.parametrize(
    ("command", "texts", "expected"),
    [
        ("quantity", ["10 x 5g ketamine", "1g 3.5g 7g weed"], [
            {"amount": 50.0, "unit": "g", "strength_mg": None, "menu": False, "confidence": "high"},
            {"amount": None, "unit": None, "strength_mg": None, "menu": True, "confidence": "high"},
        ]),
        ("place", ["Worldwide except US, NL"], [{"include": ["WW"], "exclude": ["NL", "US"], "kind": "worldwide"}]),
        ("drug", ["Speed paste\tDrugs / Stimulants / Speed"], [{"drug_class": "amphetamine", "review": False}]),
    ],
)  # fmt: skip
def test_arguments_and_lines_give_the_same(command: str, texts: list[str], expected: list[dict[str, object]]) -> None:
    outputs = [
        CliRunner().invoke(app, [command, *texts]).stdout,
        CliRunner().invoke(app, [command], input="\n".join([*texts, ""])).stdout,
    ]
    for output in outputs:
        found = [json.loads(line) for line in output.splitlines()]
        assert [row["text"] for row in found] == texts
        assert all(row["rule_id"] for row in found)
        assert [{key: row[key] for key in want} for row, want in zip(found, expected, strict=True)] == expected
