"""`cryptodrug replica scorecard`: the scorecard page of a synthetic world, which goes through the pipeline in memory.

The world as it is, as dirty captures show it, and as an imported archive of it would.
"""

from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.inert import say

# The kinds of archive (replica/partial.py) that the page shows.
_ARCHIVES = ("archive", "counted")


def scorecard(
    profile: Annotated[str, typer.Option("--profile", help="Synthetic world.")] = "study",
    seed: Annotated[int, typer.Option("--seed", help="Its seed.")] = 1,
    replicates: Annotated[int, typer.Option("--replicates", min=2, help="Bootstrap replicates.")] = 1000,
    out: Annotated[Path, typer.Option("--out", help="Folder of the documentation.")] = Path("docs"),
) -> None:
    """Compute the scorecard of a synthetic world from its parsed tables and write scorecard.md (a few minutes)."""
    from cryptodrug_assets.pipeline.worlds import world_indicators
    from cryptodrug_assets.publishing.scorecard_page import scorecard_figure, scorecard_page
    from cryptodrug_assets.replica.dirt import Dirt
    from cryptodrug_assets.replica.partial import PRESETS
    from cryptodrug_assets.study.buyers_scorecard import synthetic_scorecard

    tables = world_indicators(profile, seed, replicates)
    dirty = world_indicators(profile, seed, replicates, Dirt())["study_scorecard"]
    archives = {
        name: world_indicators(profile, seed, replicates, PRESETS[name])["study_scorecard"] for name in _ARCHIVES
    }
    page, image = out / "scorecard.md", out / "images" / "scorecard.svg"
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_text(scorecard_figure(tables) + "\n", "utf-8")
    text = scorecard_page(
        tables["study_scorecard"], replicates=replicates, dirty=dirty, archives=archives, buyers=synthetic_scorecard()
    )
    page.write_text(text, "utf-8")
    say(page)
