"""Clean and monthly indicator tables of saved parsed months, as digests; run as a module in a process of its own.

`python -m … FOLDER SEED`: the folder holds {market}-{month}-{0,1}-{table}.parquet of a month and the next one; with a
seed above 0 the rows of every table are shuffled first. Prints one line per table.
"""

import hashlib
import sys
from pathlib import Path

import polars as pl

from cryptodrug_assets.cleaning.month import CleaningOptions, clean_month
from cryptodrug_assets.cleaning.pseudonyms import KINDS, Pseudonyms
from cryptodrug_assets.indicators.registry import of_grain
from cryptodrug_assets.indicators.rows import IndicatorOptions

CELLS = (("dream", "2018-12"), ("wall_street", "2018-12"), ("empire", "2019-05"))
TABLES = ("listings", "vendors", "feedback", "pages")


def _digest(frame: pl.DataFrame) -> str:
    return hashlib.blake2b(frame.write_json().encode(), digest_size=12).hexdigest()


def main(folder: Path, seed: int) -> None:
    """Print the digests."""
    pseudonyms = Pseudonyms(dict.fromkeys(KINDS, b"k" * 32))
    for market, month in CELLS:
        parsed, after = (
            {name: pl.read_parquet(folder / f"{market}-{month}-{turn}-{name}.parquet") for name in TABLES}
            for turn in (0, 1)
        )
        if seed:
            parsed, after = (
                {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in tables.items()}
                for tables in (parsed, after)
            )
        for rule in ("exact", "listing"):
            options = CleaningOptions(price_rule=rule, attribution_lag_days=0 if rule == "exact" else 7)
            clean = clean_month(parsed, after, market=market, month=month, pseudonyms=pseudonyms, options=options)
            for name, frame in clean.items():
                print(market, rule, name, frame.height, _digest(frame))
        for family in of_grain("month"):
            # Coverage, and what has a coverage of its own, is of captures, which are none here.
            if family.table in ("coverage", "activity", "shares"):
                continue
            fifty = IndicatorOptions(bootstrap=50)
            made = family.compute(clean, market=market, month=month, options=fifty, coverage=1.0)
            print(market, family.table, made.height, _digest(made))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
