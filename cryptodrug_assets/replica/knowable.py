"""What of a world's truth its archives let anybody know, by SQL over the world's facts (knowable.sql).

Independent of the pipeline: no page is read and no indicator computed. Offers and vendors that were captured, sales
that some page shows, with and without their offer, and those that the pages date into the month.
"""

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

import duckdb
import polars as pl

from cryptodrug_assets.replica.partial import Archive
from cryptodrug_assets.replica.truth import truth_tables
from cryptodrug_assets.replica.world import make_world


def knowable(profile: str, seed: int, archives: Iterable[Archive]) -> pl.DataFrame:
    """market, month (date), what, country, value of the months of the archives.

    `what`: offers and vendors (of drugs, by origin and for the world W), sales, sales_with_offer, sales_without_offer
    (of the month, on any page of it or of the next month), sales_datable (that a page dates into the month; more than
    `sales` where clocks were wrong).
    """
    pages = pl.concat(
        archive.pages.with_columns(market=pl.lit(archive.market), month=pl.lit(archive.month)) for archive in archives
    )
    text = files("cryptodrug_assets.replica").joinpath("knowable.sql").read_text("utf-8")
    *views, query = [part for part in text.split(";\n") if part.strip()]
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, frame in (_facts(profile, seed) | {"pages": pages}).items():
            connection.register(name, frame.to_arrow())
        for view in views:
            connection.execute(view)
        found: pl.DataFrame = connection.sql(query).pl()
        return found


@lru_cache(maxsize=2)
def _facts(profile: str, seed: int) -> dict[str, pl.DataFrame]:
    tables = truth_tables(make_world(profile, seed))
    return {
        "vendors": tables["vendors"],
        "listings": tables["listings"],
        "sales": tables["sales"].with_columns(sale=pl.int_range(pl.len()).over("market")),
    }
