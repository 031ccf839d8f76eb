"""The examples in docstrings run, and the functions that people call have one."""

import doctest
import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "cryptodrug_assets"
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)
# What a reader of the documentation calls first, by room.
CALLED = [
    "cleaning.titles.quantities.parse_quantity",
    "cleaning.places.statements.parse_place",
    "cleaning.places.statements.sides",
    "cleaning.titles.drugs.classify",
    "cleaning.titles.drugs.category_class",
    "cleaning.prices.euros.to_eur",
    "cleaning.prices.euros.conversion",
    "cleaning.prices.units.read_unit",
    "cleaning.prices.units.reconcile_amounts",
    "cleaning.prices.holding_prices.flag_prices",
    "cleaning.feedback.lists.merge_views",
    "cleaning.feedback.lists.find_shift",
    "cleaning.pseudonyms.Pseudonyms",
    "cleaning.vendors.similarity.skeleton",
    "cleaning.vendors.similarity.signatures",
    "cleaning.vendors.linkage.totals",
    "markets._dates.age_interval",
    "markets._dates.long_datetime",
    "reference.regions.regions_of",
    "reference.rate_bounds.rates_of_other_time",
    "capture.imports.saved_times.NameClock",
    "capture.imports.sweeps.sweep_names",
    "capture.archive.warc.make_record",
    "capture.archive.headers.Redactor",
    "quality.judge.judge",
    "quality.rules.rules",
    "quality.changes.changes",
    "quality.waivers.in_force",
    "storage.store.TableStore",
    "storage.store.content_hash",
    "contracts.load",
    "contracts.conform",
    "observation.observed_cells",
    "indicators.statistics.intervals.wilson",
    "indicators.statistics.intervals.clopper_pearson",
    "indicators.statistics.capture_recapture.chapman",
    "publishing.glossary.glossary",
    "indicators.catalogue.serves",
    "inert.printable",
    "origins.origin_of",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", CALLED)
def test_functions_that_people_call_have_an_example(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    target = getattr(importlib.import_module(f"cryptodrug_assets.{module}"), attribute)
    assert ">>> " in (target.__doc__ or "")
