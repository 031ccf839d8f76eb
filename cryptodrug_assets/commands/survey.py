"""`cryptodrug survey`: bring a survey in, show its items and estimates, say what is missing, check what was printed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cryptodrug_assets.commands.compare import compare
from cryptodrug_assets.commands.waves import INSTRUMENT, MOST_MB, WAVE, instrument_of
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import printable, say
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.buyers.survey.importing import ImportReport
    from cryptodrug_assets.storage.store import TableStore

app = typer.Typer(help="The survey of buyers: import, compare, show, missing, check, grim.", no_args_is_help=True)
app.command()(compare)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="The files of one export, as the platform wrote them.")],
    wave: Annotated[str, WAVE],
    *,
    instrument: Annotated[Path | None, INSTRUMENT] = None,
    rejects: Annotated[
        bool, typer.Option("--rejects", help="Set cells outside their code list aside instead of stopping.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take this export instead of the one stored.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check all, write nothing.")] = False,
    max_mb: Annotated[int, MOST_MB] = 64,
) -> None:
    """Import a survey export: LimeSurvey, Qualtrics, SPSS, KoBo/ODK or REDCap, told by its content."""
    from cryptodrug_assets.buyers.survey import kept_wave, statements, tables
    from cryptodrug_assets.buyers.survey.formats.door import read_file
    from cryptodrug_assets.buyers.wave_tables import commit_wave, rows_of_wave
    from cryptodrug_assets.cleaning.pseudonyms import secret_key

    chosen = instrument_of(instrument, wave)
    given = [read_file(path, max_mb) for path in files]
    settings = Settings()
    store = _store(settings)
    # A dry run hides nothing and keeps nothing: it needs no key, and makes none.
    key = bytes(32) if dry_run else secret_key(settings.keys, kept_wave.KEY)
    made = tables.wave_tables(
        given,
        chosen,
        statements.of_wave(wave),
        tables.respondent_pseudonym(key, wave),
        keep_rejects=rejects,
        most_mb=max_mb,
    )
    _judged(made.frames)
    if not replace:
        tables.same_export(rows_of_wave(store, "raw.survey_files", wave), made.frames["raw.survey_files"], wave)
    _say_report(made.report, wave)
    if dry_run:
        say("dry run: nothing was written; next: the same without --dry-run")
        return
    kept_wave.keep_files(
        settings.home, wave, given, keep_rejects=rejects, most_mb=max_mb,
        declared=None if instrument is None else instrument.read_bytes(),
    )  # fmt: skip
    commit_wave(store, wave, made.frames, synthetic=made.report.synthetic)
    say(f"next: cryptodrug survey missing --wave {wave}, cryptodrug survey check --wave {wave}")


def _store(settings: Settings) -> "TableStore":
    from cryptodrug_assets.storage.store import TableStore

    return TableStore(settings.tables)


def _judged(frames: "dict[str, pl.DataFrame]") -> None:
    """The rules of the tables' contracts; UserError for the first that stops, warnings said."""
    import sys

    from cryptodrug_assets.buyers.judging import refuse_broken

    for line in refuse_broken(frames):
        say(f"warning: {line}", file=sys.stderr)


def _say_report(report: "ImportReport", wave: str) -> None:
    mark = " (SYNTHETIC)" if report.synthetic else ""
    origin = f"{report.platform} {report.dialect}{mark}"
    say(f"wave {wave}: {report.respondents:,} respondents, {report.items} items from {origin}")
    total = sum(report.states.values())
    for state, n in sorted(report.states.items(), key=lambda pair: -pair[1]):
        say(f"  {state:<16} {n:>9,}  {100 * n / total:5.1f} %")
    if report.rejects:
        say(f"rejects: {report.rejects:,} (of them {report.set_aside:,} whole responses), in parsed.survey_rejects")
    for what, names in (
        ("not in the file", report.absent),
        ("ignored", report.ignored),
        ("empty columns of persons left out", report.emptied),
    ):
        if names:
            say(f"{what}: {', '.join(printable(name) for name in names[:12])}{' …' if len(names) > 12 else ''}")
    for item, count in report.contradicted.items():
        say(f"answered although the routing did not show it: {item}, {count:,} respondents; kept as answered")
    for text in report.not_understood:
        say(f"routing not understood, its empty answers are unknown_missing: {text}")


def _read(name: str, wave: str) -> "pl.DataFrame":
    """The rows of a wave, or UserError saying how to get them."""
    from cryptodrug_assets.commands.waves import imported_rows

    return imported_rows(_store(Settings()), name, wave)


@app.command()
def show(
    wave: Annotated[str, WAVE],
    item: Annotated[str | None, typer.Option("--item", help="Estimates of one item or set.")] = None,
) -> None:
    """Show the items of a wave with their bases, or the estimates of one item; n of N first."""
    import polars as pl

    from cryptodrug_assets.buyers.survey.estimates import SENTENCE

    if item is None:
        items = _read("parsed.survey_items", wave).sort("position")
        valid = _read("indicators.survey_missing", wave).filter(pl.col("state") == "valid").select("item", "n", "n_all")
        for row in items.join(valid, on="item", maintain_order="left").iter_rows(named=True):
            text = row["label_en"] or row["label_nl"] or row["label_fr"] or ""
            say(f"{row['block']:<12} {row['item']:<24} {row['kind']:<8} {row['n']:>6,} of {row['n_all']:,}  {text}")
        return
    rows = _read("indicators.survey_estimates", wave).filter(
        (pl.col("item") == item) | pl.col("item").str.starts_with(f"{item}=")
    )
    if not rows.height:
        raise UserError(
            f"there is no estimate of {printable(item)}; `cryptodrug survey show --wave {wave}` lists items and sets"
        )
    for row in rows.iter_rows(named=True):
        counted = f"{row['k']:>5,} of {row['n_valid']:,}" if row["k"] is not None else f"      of {row['n_valid']:,}"
        value = "–" if row["value"] is None else f"{row['value']:.3f}"
        interval = "" if row["lower"] is None else f" [{row['lower']:.3f}, {row['upper']:.3f}]"
        bounds = "" if row["bound_low"] is None else f" missing: {row['bound_low']:.2f} to {row['bound_high']:.2f}"
        p = "" if row["p_value"] is None else f" p = {row['p_value']:.2g}"
        say(f"{row['statistic']:<18} {row['option']:<18} {counted}  {value}{interval}{p}{bounds}  ({row['method']})")
    say(SENTENCE)


@app.command()
def missing(wave: Annotated[str, WAVE]) -> None:
    """Show why answers are missing, item by item, and how many came how far."""
    import polars as pl

    from cryptodrug_assets.buyers.survey.model import STATES

    rows = _read("indicators.survey_missing", wave)
    wide = rows.pivot(on="state", index=["position", "block", "item"], values="n").sort("position")
    say(f"{'item':<24} " + " ".join(f"{state:>15}" for state in STATES))
    for row in wide.iter_rows(named=True):
        say(f"{row['item']:<24} " + " ".join(f"{row[state]:>15,}" for state in STATES))
    respondents = _read("clean.respondents", wave)
    order = list(dict.fromkeys(wide["block"]))
    last = respondents["last_block"].to_list()
    reached = [sum(block is not None and order.index(block) >= at for block in last) for at in range(len(order))]
    say("reached: " + ", ".join(f"{block} {count:,}" for block, count in zip(order, reached, strict=True)))
    total = dict(rows.group_by("state").agg(pl.col("n").sum()).iter_rows())
    say("all answers: " + ", ".join(f"{state} {total.get(state, 0):,}" for state in STATES))


@app.command()
def check(
    wave: Annotated[str, WAVE],
    instrument: Annotated[Path | None, INSTRUMENT] = None,
) -> None:
    """Check the stored wave: its contracts' rules, what printed figures admit, every statement on these answers."""
    from datetime import UTC, datetime

    from cryptodrug_assets.buyers.survey import consistency, statements, study, tables, verification

    chosen = instrument_of(instrument, wave)
    frames = {
        f"{layer}.{name}": _wave_rows(f"{layer}.{name}", wave)
        for layer, names in tables.TABLES.items()
        for name in names
    }
    _judged(frames)
    say(f"contracts: {len(frames)} tables hold their rules")
    declared_study = study.of_wave(wave)
    if declared_study is not None:
        duties, overdue = declared_study.duties(datetime.now(UTC).date())
        if overdue:
            raise UserError(f"wave {wave}: {duties}")
        say(f"duties of study {declared_study.study}: {duties}")
    declared = statements.of_wave(wave)
    for statement in declared.statements:
        for reading in statement.readings:
            one = consistency.judge(reading, declared.respondents)
            mark = "chosen" if reading.chosen else ""
            text = consistency.spans(one.admissible) or "no N"
            say(f"{statement.id:>3} {reading.name:<36} {one.status:<11} {mark:<7} {len(one.admissible):>3} N: {text}")
    failed = 0
    for result in verification.verify(frames["clean.answers"], chosen, declared):
        failed += result.verdict == "not_reproduced"
        say(f"{result.id:>3} {result.verdict:<23} {result.topic}: {'; '.join(result.observed)}")
    if not declared.statements:
        say(f"no statements are declared on wave {wave} (data_contracts/statements)")
    if failed:
        say(f"{failed} statements are not reproduced on this wave")
        raise typer.Exit(1)


def _wave_rows(name: str, wave: str) -> "pl.DataFrame":
    """The rows of a wave of one table, which may be none (no rejects, no statements)."""
    from cryptodrug_assets import contracts
    from cryptodrug_assets.buyers.wave_tables import rows_of_wave

    if name not in ("parsed.survey_rejects", "indicators.survey_consistency"):
        return _read(name, wave)
    rows = rows_of_wave(_store(Settings()), name, wave)
    return contracts.empty(contracts.load(*name.split("."))) if rows is None else rows


@app.command()
def grim(
    figures: Annotated[list[str], typer.Argument(help="Figures as printed: percents such as 45, means such as 2.65.")],
    *,
    sum_: Annotated[
        bool, typer.Option("--sum", help="The percents are all answers of one choice: they sum to N.")
    ] = False,
    mean: Annotated[bool, typer.Option("--mean", help="The figure is a mean of whole numbers.")] = False,
    count: Annotated[
        int | None, typer.Option("--count", min=0, help="The percent is of this many respondents.")
    ] = None,
    max_n: Annotated[int, typer.Option("--max-n", min=1, max=100_000, help="Largest N that is tried.")] = 99,
    n: Annotated[
        int | None, typer.Option("--n", min=1, max=100_000, help="Try this N alone; exit 1 when impossible.")
    ] = None,
) -> None:
    """Say which valid N printed figures admit, under any usual rounding."""
    from cryptodrug_assets.buyers.survey import grim as admissible
    from cryptodrug_assets.buyers.survey.consistency import spans

    most = max(max_n, n or 0)
    if sum([sum_, mean, count is not None]) > 1:
        raise UserError("give one of --sum, --mean and --count")
    if (mean or count is not None) and len(figures) > 1:
        raise UserError("--mean and --count take one figure")
    solutions: dict[int, tuple[int, ...]] = {}
    if sum_:
        solutions = admissible.admit_single_choice(figures, most)
        admitted = sorted(solutions)
    elif mean:
        admitted = admissible.admit_mean(figures[0], most)
    elif count is not None:
        admitted = admissible.admit_count(figures[0], count, most)
    else:
        admitted = admissible.admit_shares(figures, most)
    shown = " ".join(figures)
    if n is not None:
        possible = n in admitted
        counted = f", such as counts {', '.join(map(str, solutions[n]))}" if n in solutions else ""
        say(f"{shown} at N = {n}: {'possible' if possible else 'impossible'}{counted}")
        if not possible:
            raise typer.Exit(1)
        return
    say(f"{shown}: {len(admitted)} of {most} N are possible; N = {most}: {'yes' if most in admitted else 'no'}")
    say(spans(tuple(admitted)) or "none: impossible")
    if not admitted:
        raise typer.Exit(1)


@app.command()
def draft(
    files: Annotated[list[Path], typer.Argument(help="The files of one export, or a .lss alone.")],
    wave: Annotated[str, WAVE],
    *,
    name: Annotated[str, typer.Option("--name", help="Name of the instrument.")] = "draft",
    out: Annotated[Path | None, typer.Option("--out", help="File to write; else it is printed.")] = None,
    max_mb: Annotated[int, MOST_MB] = 64,
) -> None:
    """Write a first draft of an instrument from an export, to be read and corrected."""
    from cryptodrug_assets.buyers.survey import draft as drafting
    from cryptodrug_assets.buyers.survey.formats.door import read_file
    from cryptodrug_assets.buyers.survey.formats.reading import read_for_draft

    text = drafting.draft(
        read_for_draft([read_file(path, max_mb) for path in files], most_mb=max_mb), name=name, wave=wave
    )
    if out is None:
        say(text)
        return
    if out.exists():
        raise UserError(f"{out.name} is there already; give another --out")
    try:
        out.write_text(text, "utf-8")
    except OSError as err:
        raise UserError(f"cannot write {out.name}: {err.strerror}; give another --out") from err
    say(f"wrote {out}; read it, then: cryptodrug survey import FILE --wave {wave} --instrument {out} --dry-run")


@app.command()
def synthetic(
    folder: Annotated[Path, typer.Argument(help="Folder to write into.")],
    export: Annotated[str | None, typer.Option("--export", help="One export alone, such as limesurvey_lsa.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of the made-up respondents.")] = None,
) -> None:
    """Write the synthetic wave as the files that platforms write; every file says SYNTHETIC."""
    from cryptodrug_assets.replica.survey.files import EXPORTS, write_export
    from cryptodrug_assets.replica.survey.wave import SEED, synthetic_wave

    if export is not None and export not in EXPORTS:
        raise UserError(f"there is no export {printable(export)}; known: {', '.join(EXPORTS)}")
    wave = synthetic_wave(SEED if seed is None else seed)
    try:
        for name in [export] if export else EXPORTS:
            for path in write_export(wave, name, folder / name):
                say(path)
        (folder / "master.csv").write_text(wave.master_csv(), "utf-8")
    except OSError as err:
        raise UserError(f"cannot write into {folder.name}: {err.strerror}; give another folder") from err
    say(folder / "master.csv")


@app.command()
def formats() -> None:
    """Show what each format keeps of why answers are missing, computed from the synthetic wave."""
    from cryptodrug_assets.buyers.survey import instrument
    from cryptodrug_assets.buyers.survey.losses import loss_markdown, loss_table
    from cryptodrug_assets.replica.survey.wave import synthetic_wave

    say(loss_markdown(loss_table(synthetic_wave(), instrument.load("cryptodrug_2019"))))
