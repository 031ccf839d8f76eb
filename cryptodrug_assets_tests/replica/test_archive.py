"""The rendered archive against the site's own answers: same pages, readable by the capture's own reader and checks."""

from pathlib import Path

import polars as pl
import pytest

from cryptodrug_assets.capture.archive.index import index_frame
from cryptodrug_assets.capture.archive.pages import read_pages
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.archive import write_archive
from cryptodrug_assets_tests.cleaning.site import month_end, sweep

KEY = b"0" * 32


@pytest.mark.parametrize(("market", "month"), [("dream", "2018-12"), ("wall_street", "2019-01"), ("empire", "2019-06")])
def test_the_archive_holds_the_pages_of_the_site(market: str, month: str, tmp_path: Path) -> None:
    first = write_archive("tiny", 3, market, month, archive_root=tmp_path, hmac_key=KEY)
    again = write_archive("tiny", 3, market, month, archive_root=tmp_path, hmac_key=KEY)
    assert (again.written, again.pages) == (0, first.pages)
    index = index_frame(tmp_path, market, month)
    done = index.filter(pl.col("outcome") == "done")
    assert done["synthetic"].all()
    expected = list(sweep("tiny", 3, market, month_end(month)))
    assert first.pages == first.written == len(expected) == done.height
    read = list(read_pages(tmp_path, index))
    assert sorted(page.body for page in read) == sorted(
        page.body.replace(b".localhost:80", b".localhost") for page in expected
    )
    findings = verify(tmp_path, market, month)
    assert findings.problems == []
    assert findings.pages == len(expected)


def test_a_month_outside_the_window_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="dream has no 2019-09"):
        write_archive("tiny", 3, "dream", "2019-09", archive_root=tmp_path, hmac_key=KEY)
