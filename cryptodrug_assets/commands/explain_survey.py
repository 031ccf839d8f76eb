"""`cryptodrug explain survey_estimates`: from an estimate to answers, to the cells of the file, to its bytes.

Everything on the way is done again: counts from clean.answers, cells from the kept file, the file's digest. No answer
of a person is printed, only where it stands.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptodrug_assets.errors import UserError
from cryptodrug_assets.inert import json_text, printable, say
from cryptodrug_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

    from cryptodrug_assets.buyers.survey.formats.door import File
    from cryptodrug_assets.buyers.survey.formats.export import Export
    from cryptodrug_assets.storage.store import TableStore

TABLE = "survey_estimates"


def explain_estimates(wave: str | None, item: str | None, *, listed: int, as_json: bool) -> None:
    """Explain the estimates of an item or set of a wave; UserError where a count, cell or byte is not as it was."""
    import polars as pl

    from cryptodrug_assets.buyers.survey.tracing import items_behind
    from cryptodrug_assets.commands.waves import imported_rows
    from cryptodrug_assets.storage.store import TableStore

    if wave is None or item is None:
        raise UserError(f"{TABLE} is explained by item: give --wave and --item, such as --wave 2019 --item source")
    settings = Settings()
    store = TableStore(settings.tables)
    estimates = imported_rows(store, f"indicators.{TABLE}", wave)
    rows = estimates.filter((pl.col("item") == item) | pl.col("item").str.starts_with(f"{item}="))
    if rows.is_empty():
        known = ", ".join(estimates["item"].unique(maintain_order=True))
        raise UserError(f"{TABLE} of wave {wave} has no {printable(item)}; there are {known}")
    items = imported_rows(store, "parsed.survey_items", wave)
    answers = imported_rows(store, "clean.answers", wave)
    parsed = imported_rows(store, "parsed.survey_answers", wave)
    behind = list(dict.fromkeys(name for row in rows.iter_rows(named=True) for name in items_behind(row, items)))
    counted = [_counted(row, answers, items) for row in rows.iter_rows(named=True)]
    steps = [_step(name, items, answers, parsed) for name in behind]
    files = _files(store, settings.home / "surveys" / wave, wave)
    source = _source(files, steps, parsed, listed)
    if as_json:
        print(json_text({"wave": wave, "item": item, "estimates": counted, "answers": steps, "file": source}))
        return
    for one in counted:
        say(_estimate_line(one))
    for step in steps:
        say(_step_line(step))
    _say_source(source)


def _counted(row: Mapping[str, Any], answers: "pl.DataFrame", items: "pl.DataFrame") -> dict[str, Any]:
    """An estimate with its counts made again; UserError when they are others."""
    from cryptodrug_assets.buyers.survey.tracing import items_behind, recount

    again = recount(row, answers, items)
    if again.differs(row):
        raise UserError(
            f"{TABLE} of {row['item']} {row['option']} ({row['statistic']}) says {row['k']} of {row['n_valid']}, its"
            f" answers {again.k} of {again.n_valid}: the tables are of different imports; import the wave again"
        )
    return {**row, "recounted": [name for name in ("k", "n_valid") if getattr(again, name) is not None],
            "items": items_behind(row, items)}  # fmt: skip


def _step(name: str, items: "pl.DataFrame", answers: "pl.DataFrame", parsed: "pl.DataFrame") -> dict[str, Any]:
    """An item: its answers by state and code in clean, the same in parsed, and its column in the file."""
    import polars as pl

    facts = items.filter(pl.col("item") == name).row(0, named=True)
    counts = [
        Counter(frame.filter(pl.col("item") == name).select("state", "code", "number").iter_rows())
        for frame in (answers, parsed)
    ]
    if counts[0] != counts[1]:
        raise UserError(
            f"clean.answers of {name} are not those of parsed.survey_answers: the tables are of different imports;"
            " import the wave again"
        )
    states: Counter[str] = Counter()
    for (state, _, _), n in counts[0].items():
        states[state] += n
    return {
        "item": name, "label": facts["label_en"] or facts["label_nl"] or facts["label_fr"], "states": dict(states),
        "universe": facts["universe"], "column": facts["source_column"], "in_file": facts["in_file"],
    }  # fmt: skip


def _files(store: "TableStore", folder: Path, wave: str) -> "list[tuple[dict[str, Any], File]]":
    """The kept files of the wave with their rows of raw.survey_files; UserError for one that is not as it was."""
    import hashlib

    from cryptodrug_assets.buyers.survey.formats.door import File
    from cryptodrug_assets.commands.waves import imported_rows

    kept = []
    for row in imported_rows(store, "raw.survey_files", wave).iter_rows(named=True):
        ending = "" if row["ending"] == "none" else row["ending"]
        path = next((path for path in sorted(folder.rglob(f"{row['sha256']}*")) if path.is_file()), None)
        if path is None:
            raise UserError(f"file {row['sha256'][:12]}… of wave {wave} is gone from the home; import it again")
        try:
            data = path.read_bytes()
        except OSError as err:
            raise UserError(f"file {row['sha256'][:12]}… of wave {wave} cannot be read: {err.strerror}") from err
        if hashlib.sha256(data).hexdigest() != row["sha256"]:
            raise UserError(
                f"file {row['sha256'][:12]}… of wave {wave} differs from its digest: {len(data):,} bytes, and"
                f" {row['size']:,} were kept; restore it from its backup or import it again"
            )
        kept.append((row, File(f"{row['sha256'][:12]}{ending}", data)))
    return kept


def _source(
    files: "Sequence[tuple[dict[str, Any], File]]",
    steps: Sequence[Mapping[str, Any]],
    parsed: "pl.DataFrame",
    listed: int,
) -> dict[str, Any]:
    """The files, read again: how many cells are as they were parsed, and where the first answers stand."""
    from cryptodrug_assets.buyers.survey.formats.reading import read_export

    given = [file for _, file in files]
    export = read_export(given, most_mb=max(64, *(len(file.data) // 500_000 for file in given)))
    reread = sum(_reread(step, export, parsed) for step in steps if step["column"] is not None)
    return {
        "files": [
            {name: row[name] for name in ("sha256", "size", "ending", "platform", "dialect", "synthetic")}
            for row, _ in files
        ],
        "cells": reread,
        "spread": [step["item"] for step in steps if step["column"] is None],
        "answers": _addresses(given, export, steps, parsed, listed),
    }


def _reread(step: Mapping[str, Any], export: "Export", parsed: "pl.DataFrame") -> int:
    """How many cells of an item's column are as they were parsed; UserError when one is not."""
    import polars as pl

    column = next((one for one in export.columns if step["column"] in (one.name, *one.other_names)), None)
    if column is None:
        raise UserError(f"the file has no column {printable(step['column'])} any more; import the wave again")
    now = pl.DataFrame({"respondent": export.respondents, "now": column.values})
    rows = parsed.filter(pl.col("item") == step["item"]).join(now, on="respondent", how="full", coalesce=True)
    other = rows.filter(pl.col("verbatim").fill_null("") != pl.col("now").fill_null(""))
    if other.height:
        raise UserError(
            f"{other.height} cells of column {printable(step['column'])} are not as they were parsed; import the wave"
            " again"
        )
    return rows.height


def _addresses(
    given: "Sequence[File]", export: "Export", steps: Sequence[Mapping[str, Any]], parsed: "pl.DataFrame", listed: int
) -> list[dict[str, Any]]:
    """Where the first valid answers of the first item stand: file or member, number of the response, byte."""
    import polars as pl

    if not steps or not listed:
        return []
    valid = set(parsed.filter(pl.col("item") == steps[0]["item"], pl.col("state") == "valid")["respondent"])
    places = _responses(given, export)
    if places is None:
        return []
    member, begins = places
    chosen = [at for at, who in enumerate(export.respondents) if who in valid][:listed]
    return [{"item": steps[0]["item"], "in": member, "response": at + 1, "byte": begins[at]} for at in chosen]


def _responses(given: "Sequence[File]", export: "Export") -> tuple[str, list[int]] | None:
    """The text that holds the responses, and where each begins in it; None for workbooks, .sav and set-aside rows."""
    from cryptodrug_assets.buyers.survey.formats.door import unzip
    from cryptodrug_assets.buyers.survey.tracing import line_offsets, response_offsets

    texts = [(file.name, file.data) for file in given if file.data[:2] != b"PK"]
    for file in given:
        if file.name.endswith(".lsa"):
            texts += list(unzip(file, most_mb=4000).items())
    for name, data in texts:
        begins = response_offsets(data)
        if begins is not None and len(begins) == len(export.respondents):
            return name, begins
    if len(texts) != 1 or export.set_aside or export.platform == "spss":
        return None
    begins = line_offsets(texts[0][1])
    extra = {"qualtrics_legacy": 2, "qualtrics_2016": 3, "qualtrics": 3}.get(export.dialect, 1)
    if begins is None or len(begins) != len(export.respondents) + extra:
        return None
    return texts[0][0], begins[extra:]


def _estimate_line(row: Mapping[str, Any]) -> str:
    counted = f"{row['n_valid']:,} valid answers" if row["k"] is None else f"{row['k']:,} of {row['n_valid']:,}"
    value = "none" if row["value"] is None else f"{row['value']:.4g}"
    interval = "" if row["lower"] is None else f" [{row['lower']:.4g}, {row['upper']:.4g}]"
    again = f"; recounted: {' and '.join(row['recounted'])} the same" if row["recounted"] else "; counts not made again"
    name = " ".join(text for text in (row["item"], row["option"], row["statistic"]) if text)
    return f"{name}: {counted}, {value}{interval} ({row['method']}){again}"


def _step_line(step: Mapping[str, Any]) -> str:
    states = ", ".join(f"{state} {n:,}" for state, n in sorted(step["states"].items(), key=lambda pair: -pair[1]))
    asked = f"; asked if {step['universe']}" if step["universe"] else ""
    column = f"column {printable(step['column'])}" if step["column"] else "several columns, or none"
    where = column if step["in_file"] else "not in the file"
    return f"  answers to {step['item']} ({step['label']}): {states}{asked}; {where}"


def _say_source(source: Mapping[str, Any]) -> None:
    for file in source["files"]:
        mark = ", SYNTHETIC" if file["synthetic"] else ""
        say(f"  file {file['sha256'][:12]}… ({file['platform']} {file['dialect']}, {file['ending']}{mark}):"
            f" {file['size']:,} bytes, digest re-verified")  # fmt: skip
    if source["cells"]:
        say(f"  {source['cells']:,} cells read again from the file, all as they were parsed")
    if source["spread"]:
        say(f"  not compared cell by cell, lying in several columns or none: {', '.join(source['spread'])}")
    for one in source["answers"]:
        say(f"  {one['item']}: response {one['response']:,} begins at byte {one['byte']:,} of {printable(one['in'])}")
