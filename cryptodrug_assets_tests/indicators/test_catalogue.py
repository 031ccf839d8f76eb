"""Codes and what they mean: parsing, units, codes of a world stated by their family, complete texts, kept contracts."""

import doctest
import re
from pathlib import Path

import pytest
import yaml

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.indicators import catalogue, code, contract_block
from cryptodrug_assets.indicators.catalogue import stated, text_of
from cryptodrug_assets.indicators.code import parse_code
from cryptodrug_assets.indicators.registry import families, of_grain
from cryptodrug_assets.languages import LANGUAGES
from cryptodrug_assets.pipeline.worlds import world_indicators
from cryptodrug_assets.publishing.words.methods import method_of


@pytest.mark.parametrize(
    ("text", "identifier", "measure", "parameter", "link_class"),
    [
        ("LV03_observed", "LV03_observed", "T", "", ""),
        ("SH01_bound", "SH01_bound", "L", "", ""),
        ("CN03_T:10", "CN03", "T", "10", ""),
        ("TS04_top:10", "TS04_top", "", "10", ""),
        ("GR01_tau:LV04", "GR01_tau", "R", "LV04", ""),
        ("RT05:RT03:NL", "RT05", "", "RT03:NL", ""),
        ("MG03_T_AB:wall_street", "MG03", "T", "wall_street", "AB"),
        ("MG01_sum_p:empire", "MG01_sum_p", "", "empire", ""),
        ("SK01_level_V:dream_closure_notice", "SK01_level", "V", "dream_closure_notice", ""),
        ("LIT_CRYPTO_SHARE", "LIT_CRYPTO_SHARE", "", "", ""),
        ("drug listings / listings", "drug listings / listings", "", "", ""),
    ],
)
def test_codes_taken_apart(text: str, identifier: str, measure: str, parameter: str, link_class: str) -> None:
    parsed = parse_code(text)
    assert (parsed.id, parsed.measure, parsed.parameter, parsed.link_class) == (
        identifier,
        measure,
        parameter,
        link_class,
    )


def test_levels_and_shares_turn_into_each_other() -> None:
    assert parse_code("SH03_full").as_level() == "LV03_full" and parse_code("LV02").as_share() == "SH02"
    assert parse_code("CN03:10").of_measure("R") == "CN03_R:10"


@pytest.mark.parametrize(
    ("table", "of_sales", "of_offers"),
    [
        ("activity", ("LV03", "LV04_full"), ("LV01", "LV02")),
        ("concentration", ("CN01_T", "CN03_R:10"), ("CN01_L",)),
        ("trends", ("GR01:LV03", "GR02:LV04"), ("GR01:LV01",)),
        ("transaction_sizes", ("TS01:200", "TS03_q:50", "TS05_mass"), ("TS05_offer",)),
        ("conduct", ("RD01:positive", "CU01_T:EUR"), ("HR01", "CU01_L:EUR")),
        ("literature_comparison", ("CMP02:NL", "CMP01_T"), ("CMP01_V", "LIT_SHARE")),
        ("shipping", ("RT01_T:EU",), ("RT01_L:EU", "RT04:eu")),
    ],
)
def test_values_of_sales_are_known_by_their_code(
    table: str, of_sales: tuple[str, ...], of_offers: tuple[str, ...]
) -> None:
    family = families()[table]
    assert {text for text in (*of_sales, *of_offers) if family.is_of_sales(text)} == set(of_sales)


def test_every_code_of_a_world_is_stated_once_and_in_its_unit() -> None:
    for table, frame in world_indicators("tiny", 11, 2).items():
        family = families().get(table)
        if family is None:
            continue
        for indicator, unit in frame.select("indicator", "unit").unique().iter_rows():
            parsed = parse_code(indicator)
            owners = [own for own in family.codes if own.states(parsed)]
            assert len(owners) == 1, f"{table}: {indicator} is stated by {len(owners)} codes"
            assert owners[0].unit_of(parsed) == unit, f"{table}: {indicator}"
            assert all(text_of(table, indicator, language).label for language in LANGUAGES)
        if family.publish is not None:
            # What leaves has its method as a code, whether or not this world shows the value.
            assert all(method_of(text).sentences.keys() == LANGUAGES.keys() for text in frame["method"].unique())


def test_metadata_and_contracts_are_complete() -> None:
    assert catalogue.problems() == []
    assert contract_block.problems() == []


def test_no_text_is_that_of_another_language() -> None:
    """A translation that was forgotten would stand there in English."""
    for table, family in families().items():
        english, dutch, french = (stated(family, language) for language in LANGUAGES)
        for (name, en), (_, nl), (_, fr) in zip(english, dutch, french, strict=True):
            assert len({en.definition, nl.definition, fr.definition}) == 3, f"{table}: {name}"


def test_what_is_wrong_with_metadata_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code without Dutch, a text of no code, a place that nothing fills, a family that lacks its file."""
    for entry in Path(str(catalogue._FOLDER)).iterdir():
        (tmp_path / entry.name).write_text(entry.read_text("utf-8"), "utf-8")
    survival = yaml.safe_load((tmp_path / "survival.yaml").read_text("utf-8"))
    del survival["codes"]["SV02"]["nl"]
    (tmp_path / "survival.yaml").write_text(yaml.safe_dump(survival), "utf-8")
    trends = yaml.safe_load((tmp_path / "trends.yaml").read_text("utf-8"))
    trends["codes"]["GR09"] = trends["codes"].pop("GR03:code")
    trends["codes"]["GR02:code"]["fr"]["label"] = "{mesure}"
    (tmp_path / "trends.yaml").write_text(yaml.safe_dump(trends), "utf-8")
    (tmp_path / "shocks.yaml").rename(tmp_path / "shakes.yaml")
    monkeypatch.setattr(catalogue, "_FOLDER", tmp_path)
    catalogue.document.cache_clear()
    try:
        found = "\n".join(catalogue.problems())
    finally:
        catalogue.document.cache_clear()
    for text in (
        "no nl text of SV02 in indicators/metadata/survival.yaml",
        "trends.yaml: no text of GR03:code", "trends.yaml: GR09 is no code of the family",
        "GR02:code: fr: a place {'mesure'} that nothing fills", "no indicators/metadata/shocks.yaml",
        "there is no family shakes",
    ):  # fmt: skip
        assert text in found, text


def test_an_unknown_code_is_a_users_error() -> None:
    with pytest.raises(UserError, match="XX01 is no code of indicators.shares"):
        text_of("shares", "XX01")


def test_a_contract_that_was_edited_by_hand_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "indicators"
    folder.mkdir()
    for path, content in contract_block.generated(tmp_path).items():
        path.write_text(contract_block.text(content), "utf-8")
    assert contract_block.problems(tmp_path) == []
    text = (folder / "shares.odcs.yaml").read_text("utf-8")
    (folder / "shares.odcs.yaml").write_text(text.replace("Shares lie between 0 and 1.", "Shares lie."), "utf-8")
    (folder / "trends.odcs.yaml").unlink()
    found = contract_block.problems(tmp_path)
    assert len(found) == 2 and "shares.odcs.yaml: not what its family says" in found[0]
    assert "trends.odcs.yaml: not written yet" in found[1]


def test_families_are_computed_after_what_they_read() -> None:
    for grain in ("month", "across"):
        done: set[str] = {family.table for family in of_grain("month")} if grain == "across" else set()
        for family in of_grain(grain):
            assert set(family.after) <= done, family.table
            done.add(family.table)


def test_examples_in_docstrings() -> None:
    for module in (code, catalogue):
        assert doctest.testmod(module).failed == 0 and doctest.testmod(module).attempted > 0


def test_no_code_is_taken_apart_elsewhere() -> None:
    """Texts of codes are parsed in code.py alone: nowhere else is one split, cut or matched."""
    package = Path(code.__file__).parents[1]
    suspect = re.compile(
        r"""startswith\(\(?["'](LV|SH|TS|RT|MO|MG|CN|CMP|LIT|GR|SP|DM|SK|SV|COV|RD|HR|CU)\d*"""
        r"""|starts_with\(["'][A-Z]{2,3}\d*["':_]|split\(["']:["']\)|replace\(["'](LV|SH)["']|indicator\[\d"""
    )
    rooms = ("indicators", "study", "publishing", "assets", "provenance.py", "commands", "checks")
    paths = [
        path
        for room in rooms
        for path in ([package / room] if room.endswith(".py") else (package / room).rglob("*.py"))
    ]
    hits = {
        f"{path.relative_to(package)}: {line.strip()}"
        for path in paths
        for line in path.read_text("utf-8").splitlines()
        if suspect.search(line)
    }
    assert hits == set()
