"""`cryptodrug waive`: let a blocking rule pass in one market-month, on record."""

from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    from cryptodrug_assets.quality.waivers import Waiver


def waive(
    market: Annotated[str | None, typer.Option("--market", help="Name of the market.")] = None,
    month: Annotated[str | None, typer.Option("--month", help="Month, YYYY-MM.")] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", help="The rule as the failed check names it, such as raw.captures.walls.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why the failure is acceptable in this month.")] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="Function of who decides, such as 'data engineer'; never a name.")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="Show the waivers in force.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the waiver of this market, month and rule.")] = False,
) -> None:
    """Let a blocking rule pass in one market-month: it then warns, with the reason, and the month is published."""
    from cryptodrug_assets.quality import waivers

    path = waivers.waivers_file(Settings().home)
    if show:
        _show(waivers.in_force(path, market, month))
        return
    if market is None or month is None or rule is None:
        raise UserError("name what is meant with --market, --month and --rule, or see --list")
    if revoke:
        ended = waivers.revoke(path, market, month, rule, now=waivers.utc_now())
        print(f"revoked: {ended.rule} in {market} {month} ({ended})")
        print(f"what was published under it stays until it is made again: {_again(market, month, ended.layer)}")
        return
    if reason is None or role is None:
        raise UserError("a waiver needs --reason and --role")
    waiver = waivers.add(path, market, month, rule, reason, role, now=waivers.utc_now())
    print(f"{waiver.rule} in {waiver.market} {waiver.month}: {waiver}")
    print(f"next: {_again(waiver.market, waiver.month, None)}")


def _show(entries: "list[Waiver]") -> None:
    for waiver in entries:
        print(f"{waiver.market} {waiver.month} {waiver.rule}: {waiver}")
    if not entries:
        print("no waivers in force")


def _again(market: str, month: str, layer: str | None) -> str:
    select = f" --select {layer}" if layer else ""
    return f"cryptodrug backfill --market {market} --from {month} --to {month}{select}"
