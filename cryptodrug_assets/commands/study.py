"""`cryptodrug study`: the synthetic world at the size of the study as a home of its own, without rendering a page.

Rendering and capturing it takes hours; here parsed tables come straight from the world (raw.captures says so), and all
that comes behind them is what always runs: Dagster's runs, all checks, tables, report.
"""

import time
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.commands import platform
from cryptodrug_assets.commands.homes import claim_home
from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import observed_cells
from cryptodrug_assets.settings import Settings


def study(
    home: Annotated[Path, typer.Option("--home", help="Folder of the home to make.")] = Path("data-study"),
    profile: Annotated[str, typer.Option("--profile", help="World: tiny, demo or study.")] = "study",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the world.", min=0)] = 1,
) -> None:
    """Make a home of the study-sized synthetic world: 19 market-months, all layers and checks, report (some minutes).

    Pages are neither rendered nor captured: parsed tables come straight from the world. A second call reuses what is
    there. Look at it with `cryptodrug ui --home data-study`, or any command under CRYPTODRUG_HOME.
    """
    from cryptodrug_assets.replica.profiles import profile_named

    profile_named(profile)
    settings = Settings(home=home, source="world", profile=profile, seed=seed)
    claim_home(settings, "source", "profile", "seed")
    started = time.monotonic()
    say(f"CRYPTODRUG study: {len(observed_cells())} market-months of the synthetic '{profile}' world, seed {seed}")
    say(f"into {home}/; everything in it is marked SYNTHETIC, and no page of it was captured\n")
    platform.bring_in_buyers(settings)
    runs = platform.run(settings, observed_cells(), select=None, only_missing=True, tag="study")
    platform.report_runs(settings, runs)
    platform.compare_buyers(settings)
    for line in _statements(settings):
        say(line)
    say(f"\nDone in {time.monotonic() - started:.0f} s. What to look at next:")
    say(f"  {settings.reports / 'report.en.html'}")
    say(f"  cryptodrug ui --home {home} --port 3001    the Dagster UI, beside that of another home")
    say(f"  CRYPTODRUG_HOME={home} cryptodrug status   (or sql, explain, backfill …)")


def _statements(settings: Settings) -> list[str]:
    """How many tests of the study's statements come out as published, and which do not."""
    from cryptodrug_assets.storage.store import TableStore

    card = TableStore(settings.tables).read("indicators", "study_scorecard").sort("statement", "market", "indicator")
    missed = [row for row in card.iter_rows(named=True) if row["verdict"] != "reproduced"]
    lines = [
        f"{card.height - len(missed)} of {card.height} tests of {card['statement'].n_unique()} statements of the study"
        " reproduced"
    ]
    if len(missed) < card.height:
        lines += [f"  {row['verdict']}: {row['statement']} ({row['market']}) {row['indicator']}" for row in missed]
    return lines
