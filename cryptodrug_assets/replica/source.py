"""The replica as a source of captures: the moments at which its months are swept, and the way to it on loopback."""

from datetime import UTC, datetime, timedelta

from cryptodrug_assets.capture.sources import SWEEP_FORMAT, Source
from cryptodrug_assets.months import month_after, month_start
from cryptodrug_assets.observation import UserError
from cryptodrug_assets.replica.server import storage_state


def replica_sweeps(month: str, n: int) -> list[datetime]:
    """The n moments at which a month is swept, ascending, 24 h apart; the last is the month's last day, 23:59 UTC."""
    if n < 1:
        raise UserError("a month needs at least one sweep; set CRYPTODRUG_SWEEPS to 1 or more")
    start = month_start(month_after(month))
    last = datetime(start.year, start.month, start.day, tzinfo=UTC) - timedelta(minutes=1)
    moments = [last - timedelta(days=back) for back in range(n - 1, -1, -1)]
    if moments[0].strftime("%Y-%m") != month:
        raise UserError(f"{n} daily sweeps do not fit into {month}; set CRYPTODRUG_SWEEPS lower")
    return moments


def replica_source(market: str, moment: datetime, port: int) -> Source:
    """The replica's market as it stood at `moment`, seen by a logged-in researcher."""
    sweep_id = moment.strftime(SWEEP_FORMAT)
    host = f"{market.replace('_', '-')}.{sweep_id.lower()}.localhost"
    return Source(
        market=market,
        month=moment.strftime("%Y-%m"),
        sweep_id=sweep_id,
        kind="replica",
        base_url=f"http://{host}:{port}",
        clock=lambda: moment,
        storage_state=storage_state(market, moment, port),
        synthetic=True,
    )
