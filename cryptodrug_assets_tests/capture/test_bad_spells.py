"""Expired tokens, captchas and maintenance amid a sweep: it pauses, goes on, and holds the whole market."""

import contextlib
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.capture.form_session import FormSession
from cryptodrug_assets.capture.progress import CaptureReport
from cryptodrug_assets.markets import get_market
from cryptodrug_assets.markets.base import Discovery, Link
from cryptodrug_assets.observation import CaptureConfig, UserError
from cryptodrug_assets.replica.server import running
from cryptodrug_assets.replica.source import replica_source, replica_sweeps
from cryptodrug_assets.replica.spells import Spells, Wall, Weather
from cryptodrug_assets_tests.capture.crawling import fast
from cryptodrug_assets_tests.cleaning.site import month_end, sweep

MARKET, MONTH = "wall_street", "2019-01"
TOKEN = re.compile(rb'name="form\[_token\]" value="[0-9a-f]*"')
FORM = Link("http://m.onion/index", "listing_index", "POST", (("form[_token]", "old"), ("menuCatB", "1")))


def _capture(port: int, root: Path, browser: Path, **limits: Any) -> CaptureReport:
    source = replica_source(MARKET, replica_sweeps(MONTH, 1)[0], port)
    return capture_month(
        market=get_market(MARKET), config=CaptureConfig(concurrency=2, render_sample=0.0), month=MONTH, source=source,
        sweep_id=source.sweep_id, archive_root=root, browser_path=browser, hmac_key=b"k" * 32, limits=fast(**limits),
    )  # fmt: skip


@pytest.mark.browser
def test_a_troubled_sweep_holds_what_a_calm_one_does(tmp_path: Path, chromium: Path) -> None:
    spells = Spells(token_requests=6, walls=(Wall("challenge", 20, 1), Wall("maintenance", 40, 6)))
    with running("tiny", 3, spells=spells) as site:
        with pytest.raises(UserError, match=r"being maintained at page \d+ of \d+; .* run again when it is back"):
            _capture(site.port, tmp_path, chromium)
        paused = index_frame(tmp_path, MARKET, MONTH)
        assert 0 < paused.filter(outcome="done").height < 60
        # What is left of the spell may pause the next run, too; it ends by being asked.
        report = None
        for _ in range(3):
            with contextlib.suppress(UserError):
                report = report or _capture(site.port, tmp_path, chromium)
    assert report is not None
    assert report.retries > 0
    index = index_frame(tmp_path, MARKET, MONTH)
    assert set(index["outcome"]) == {"done"}
    assert set(index["page_kind"]) == {"home", "listing_index", "listing", "vendor"}
    calm: Any = sorted(TOKEN.sub(b"", page.body) for page in sweep("tiny", 3, MARKET, month_end(MONTH)))
    assert sorted(TOKEN.sub(b"", page.body) for page in read_pages(tmp_path, index)) == calm


@pytest.mark.browser
@pytest.mark.slow
def test_a_form_that_stays_refused_is_given_up_and_no_list(tmp_path: Path, chromium: Path) -> None:
    """A token that is old with every request: no list can be had, which must not look like empty lists."""
    with running("tiny", 3, spells=Spells(token_requests=1)) as site:
        _capture(site.port, tmp_path, chromium, attempts=2)
    index = index_frame(tmp_path, MARKET, MONTH)
    posted = index.filter(pl.col("method") == "POST")
    assert set(posted.select("outcome", "reason").rows()) == {("given_up", "form refused")}
    assert set(posted["attempts"]) == {2}
    assert index.filter(outcome="done")["page_kind"].to_list() == ["home"]


def test_a_form_takes_the_latest_token_and_no_field_that_it_lacks() -> None:
    session = FormSession()
    assert session.request(FORM, None).body == b"form%5B_token%5D=old&menuCatB=1"
    session.note(Discovery("home", [], None, (("form[_token]", "new"), ("other", "x"))))
    session.note(Discovery("login", [], None))
    assert session.request(FORM, "http://m.onion/").body == b"form%5B_token%5D=new&menuCatB=1"
    assert session.request(Link("http://m.onion/offer/1", "listing"), None).body is None


@pytest.mark.parametrize(
    ("link", "kind", "fields", "refused"),
    [
        (FORM, "error", (("form[_token]", "new"),), True),
        (FORM, "error", (), False),
        (FORM, "error", (("other", "new"),), False),
        (FORM, "listing_index", (("form[_token]", "new"),), False),
        (Link("http://m.onion/offer/1", "listing"), "error", (("form[_token]", "new"),), False),
    ],
)
def test_refused_is_a_form_that_an_error_answers_with_new_fields(
    link: Link, kind: str, fields: tuple[tuple[str, str], ...], *, refused: bool
) -> None:
    assert FormSession().refused(link, Discovery(kind, [], None, fields)) is refused


def test_spells_go_by_requests_of_wall_street_alone() -> None:
    weather = Weather(Spells(token_requests=2, walls=(Wall("maintenance", 3, 2),)))
    assert weather.next("dream") == (0, None)
    assert [weather.next(MARKET) for _ in range(5)] == [
        (0, None), (1, None), (1, "maintenance"), (2, "maintenance"), (2, None),
    ]  # fmt: skip
    assert Weather(Spells()).next(MARKET) == (0, None)
