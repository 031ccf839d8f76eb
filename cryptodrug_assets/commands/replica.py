"""`cryptodrug replica`: the synthetic markets as a site, as an archive, and their truth as tables."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cryptodrug_assets.commands.scorecard import scorecard
from cryptodrug_assets.inert import say
from cryptodrug_assets.observation import UserError, check_market, observed_cells
from cryptodrug_assets.settings import Settings

app = typer.Typer(help="The synthetic markets: serve them, or write out their truth.", no_args_is_help=True)
Profile = Annotated[str | None, typer.Option("--profile", help="World: tiny, demo or study.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of the world.")]
app.command()(scorecard)


@app.command()
def serve(
    profile: Profile = None,
    seed: Seed = None,
    port: Annotated[int, typer.Option("--port", help="Loopback port; 0 takes a free one.", min=0, max=65535)] = 8018,
    troubled: Annotated[
        bool, typer.Option("--troubled", help="Wall Street's tokens expire, a captcha and a maintenance come between.")
    ] = False,
) -> None:
    """Serve the synthetic markets on loopback, every market and month at once (Ctrl-C stops)."""
    from cryptodrug_assets.replica.pages import SESSION_COOKIE
    from cryptodrug_assets.replica.profiles import replicated
    from cryptodrug_assets.replica.server import bind, host_name, server, session_value
    from cryptodrug_assets.replica.spells import CALM, TROUBLED

    settings = Settings()
    listener = bind(port)
    instance = server(
        profile or settings.profile, settings.seed if seed is None else seed, TROUBLED if troubled else CALM
    )
    say(f"SYNTHETIC markets on port {listener.getsockname()[1]}; a host name is a market at a moment (UTC):")
    for market in replicated():
        first = datetime.fromisoformat(observed_cells(market)[0][1] + "-28T23:59:00").replace(tzinfo=UTC)
        say(
            f"  http://{host_name(market, first)}:{port}/   cookie {SESSION_COOKIE}={session_value(market)}", flush=True
        )
    instance.run(sockets=[listener])


@app.command()
def truth(
    out: Annotated[Path, typer.Option("--out", help="Folder for the Parquet files.")],
    profile: Profile = None,
    seed: Seed = None,
) -> None:
    """Write the world's true tables and true indicators as Parquet files."""
    from cryptodrug_assets.replica.truth import write_truth

    settings = Settings()
    try:
        paths = write_truth(profile or settings.profile, settings.seed if seed is None else seed, out)
    except OSError as err:
        raise UserError(f"cannot write to {out}: {err.strerror}") from err
    for path in paths:
        say(path)


@app.command()
def gallery(
    out: Annotated[Path, typer.Option("--out", help="Folder for the two documents.")] = Path("docs"),
) -> None:
    """Write what the parsers read: synthetic pages beside their parse, and tables of kinds and fields."""
    from cryptodrug_assets.replica.gallery import gallery as documents

    for name, text in documents().items():
        try:
            (out / name).write_text(text, "utf-8")
        except OSError as err:
            raise UserError(f"cannot write to {out}: {err.strerror}") from err
        say(out / name)


@app.command()
def archive(
    market: Annotated[str | None, typer.Option("--market", help="One market (default: all).")] = None,
    month: Annotated[str | None, typer.Option("--month", help="One month, YYYY-MM (default: all observed).")] = None,
    profile: Profile = None,
    seed: Seed = None,
) -> None:
    """Render month-end sweeps straight into the archive, without a browser; what is there already is kept."""
    from cryptodrug_assets.cleaning.pseudonyms import secret_key
    from cryptodrug_assets.replica.archive import write_archive
    from cryptodrug_assets.replica.profiles import check_replica, replica_cells

    settings = Settings()
    if market is not None:
        check_replica(check_market(market))
    cells = [cell for cell in replica_cells() if market in (None, cell[0]) and month in (None, cell[1])]
    if not cells:
        raise UserError(f"{market or 'no market'} was not observed in {month}; see `cryptodrug status`")
    for name, observed in cells:
        report = write_archive(
            profile or settings.profile,
            settings.seed if seed is None else seed,
            name,
            observed,
            archive_root=settings.archive,
            hmac_key=secret_key(settings.keys, "capture"),
        )
        say(
            f"{name} {observed}: {report.pages:,} pages ({report.written:,} new, {report.bytes / 1e6:.1f} MB)",
            flush=True,
        )
