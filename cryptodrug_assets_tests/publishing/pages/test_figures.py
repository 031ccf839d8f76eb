"""What the figures draw, worked out by hand from the observations of world.py."""

import json
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.observation import market_configs
from cryptodrug_assets.publishing.pages import findings
from cryptodrug_assets.publishing.pages.class_mix import class_mix
from cryptodrug_assets.publishing.pages.finding import Finding
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.pages.over_time import countries, moved, weekly
from cryptodrug_assets.publishing.pages.routes import routes
from cryptodrug_assets.publishing.pages.sizes import sizes
from cryptodrug_assets.publishing.words import Words
from cryptodrug_assets_tests.publishing.pages.world import observed


@pytest.fixture(scope="module")
def at() -> Observed:
    return Observed(observed(), "BE", Words("en"))


def drawn(findings: list[Finding], word: str) -> list[dict[str, Any]]:
    """The rows of the figure whose name has the word."""
    (figure,) = [finding.figure for finding in findings if finding.figure and word in finding.figure[0]]
    return figure[1]["data"]["values"]  # type: ignore[index, no-any-return]


def test_classes_are_parts_of_the_whole_and_the_rest_is_not_hidden(at: Observed) -> None:
    """Of 200 offers 120 are cannabis, 50 MDMA: 30 are of other classes, unknown or not published."""
    rows = drawn(list(class_mix(at)), "parts of the whole")
    told = {row["series"]: row["value"] for row in rows}
    assert told == pytest.approx({"Cannabis": 0.6, "MDMA (ecstasy)": 0.25, "other, unknown or not published": 0.15})
    cells = {row["y"]: row["text"] for row in drawn(list(class_mix(at)), "in percent")}
    assert cells == {"Cannabis": "60", "MDMA (ecstasy)": "25"}


def test_sizes_are_a_distribution(at: Observed) -> None:
    """Half up to 60 euros, 85 % up to 200, 90 % up to 300, all up to 1,000."""
    rows = drawn(list(sizes(at)), "at most so much")
    assert [(row["x"], row["value"]) for row in rows if row["series"] == "Belgium"] == [
        (60.0, 0.5), (200.0, 0.85), (300.0, 0.9), (1000.0, 1.0),
    ]  # fmt: skip
    assert [(row["low"], row["high"]) for row in rows if row["x"] == 60.0] == [(40.0, 80.0)]


def test_the_curve_of_lorenz_goes_through_the_public_points(at: Observed) -> None:
    """The largest tenth has 40 %, the largest twentieth 30 %: the others have 60 and 70 %."""
    rows = drawn(list(sizes(at)), "smallest vendors")
    points = [(round(row["x"], 9), round(row["value"], 9)) for row in rows]
    assert points == [(0, 0), (0.9, 0.6), (0.95, 0.7), (1, 1)]


def test_origins_by_reach_are_public_cells_alone(at: Observed) -> None:
    rows = drawn(list(routes(at)), "by origin")
    cells = {(row["y"], row["x"]): row["text"] for row in rows}
    assert cells["Netherlands", "the world"] == "40" and cells["Belgium", "the own country"] == "25"
    hidden = at.frame.with_columns(
        obs_value=pl.when((pl.col("ref_area") == "NL") & (pl.col("param") == "world")).then(None).otherwise("obs_value")
    )
    rows = drawn(list(routes(Observed(hidden, "BE", at.words))), "by origin")
    assert {(row["y"], row["x"]): (row["value"], row["text"]) for row in rows}["Netherlands", "the world"] == (
        None,
        "–",
    )


def test_links_hold_each_other_and_no_number_is_no_figure(at: Observed) -> None:
    figure = moved(at)
    assert figure is not None
    told = {row["series"]: row["value"] for row in figure[1]["data"]["values"]}
    assert told == {"near-certain links": 1, "links at least probable": 3, "links at least possible": 5}
    none = at.frame.with_columns(obs_value=pl.when(dataset="migration").then(0.0).otherwise("obs_value"))
    assert moved(Observed(none, "BE", at.words)) is None


def test_regions_are_no_countries(at: Observed) -> None:
    """The EU has a share, too; a panel is a country."""
    share = at.frame.filter(dataset="shares", indicator="SH03", ref_area="BE", time_period="2019-04")
    more = [share.with_columns(ref_area=pl.lit(code)) for code in ("EU", "NL", "W0")]
    frame = pl.concat([at.frame, *more])
    (finding,) = countries(Observed(frame, "BE", at.words))
    assert {row["panel"] for row in drawn([finding], "other countries")} == {"Belgium", "Netherlands"}


def test_weeks_are_dated_and_events_numbered(at: Observed) -> None:
    """Of Dream: three weeks around the day on which its end was announced (26 March 2019, a Tuesday)."""
    row = at.frame.filter(indicator="LV01", drug_class="_T").head(1)
    weeks = [
        row.with_columns(dataset=pl.lit("listing_series"), indicator=pl.lit("LS01"), market=pl.lit("dream"),
                         param=pl.lit(f"2019-W{week}"), obs_value=pl.lit(float(week)))
        for week in (12, 13, 14)
    ]  # fmt: skip
    (finding,) = weekly(Observed(pl.concat([at.frame, *weeks]), "BE", at.words))
    assert [row["x"][:10] for row in drawn([finding], "by week")] == ["2019-03-18", "2019-03-25", "2019-04-01"]
    assert finding.sentences == ["Events: 1 Dream Market: closure announced."]


def test_months_without_a_figure_have_their_place(at: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    """An open window goes as far as anything is known; what lies between is in it, and on the axis."""
    configs = {name: one for name, one in market_configs().items() if name == "empire"}
    window = configs["empire"].window.model_copy(update={"start": "2019-01", "end": None})
    configs["empire"] = configs["empire"].model_copy(update={"window": window})
    monkeypatch.setattr(findings, "market_configs", lambda: configs)
    cover = at.frame.filter(dataset="coverage", indicator="COV01").head(1).with_columns(market=pl.lit("empire"))
    frame = pl.concat([cover.with_columns(time_period=pl.lit(month)) for month in ("2019-01", "2019-04")])
    (shown,) = findings.seen(Observed(frame, "BE", at.words)).findings
    assert shown.figure is not None
    kinds = {row["x"]: row["kind"] for row in drawn([shown], "with and without")}
    assert list(kinds) == ["Jan 2019", "Feb 2019", "Mar 2019", "Apr 2019"]
    assert kinds["Jan 2019"] == kinds["Apr 2019"] == "figures" and kinds["Feb 2019"] == kinds["Mar 2019"] != "figures"
    assert json.dumps(list(kinds)) in json.dumps(shown.figure[1])
