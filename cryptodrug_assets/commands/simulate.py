"""`cryptodrug simulate`: the decisions of the schedule and the sensors over a made-up year."""

from typing import Annotated

import typer

from cryptodrug_assets.inert import say


def simulate(
    months: Annotated[int, typer.Option("--months", help="Months to simulate.", min=1, max=60)] = 14,
) -> None:
    """Run what the daemon would decide over a made-up clock: what is captured, computed, published and told.

    A market closes in the sixth month and one opens in the fifth; a login is lost in the third, a check fails in the
    fourth, a layout changes in the eighth, the machine is down for two weeks of the eleventh. Nothing is captured or
    computed.
    """
    from cryptodrug_assets.automation.simulation import Simulation, usual_story

    diary = Simulation(usual_story(months)).run(months)
    say(f"{months} simulated months, {len(diary.runs)} runs asked for")
    say(f"{'market month':<16} {'sweeps':>6} {'parsed again':>12} {'measured':>8} {'failed or paused':>16}")
    parsed, measured = diary.count("capture", groups=("parsed",)), diary.count("indicators")
    captured = diary.captured()
    for cell in sorted(diary.cells, key=lambda cell: (cell[0], cell[1])):
        failed = sum(run.request.cell == cell and run.outcome not in ("done", "running") for run in diary.runs)
        sweeps = sum(sweep.complete for sweep in diary.cells[cell].sweeps)
        say(f"{' '.join(cell):<16} {sweeps:>6} {parsed[cell]:>12} {measured[cell]:>8} {failed:>16}")
    say(
        f"captured: {len(captured)} of {len(diary.cells)} market-months; published:"
        f" {diary.count('publish').total()} times"
    )
    say("told:")
    for at, alert in diary.told:
        say(f"  {at:%Y-%m-%d %H:%M} {alert.text}")
    if captured != set(diary.cells):
        raise typer.Exit(1)
