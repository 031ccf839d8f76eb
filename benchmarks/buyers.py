"""Surveys: a wave of 99 through all its runs; 10,000 respondents with 300 items through the import into the store."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESPONDENTS, ITEMS, WAVE = 10_000, 300, "2030"
_FORM = "instrument.yaml"


def write_large(folder: Path, ending: str) -> list[Path]:
    """Answers of the large wave as .csv (LimeSurvey, codes) or .sav, and its instrument; a quarter are missing."""
    import numpy as np
    import yaml

    names = [f"q{at}" for at in range(ITEMS)]
    items = [
        {"name": name, "block": "b", "label": {"en": f"question {at}"}}
        | (
            {"kind": "single", "values": {1: {"en": "a"}, 2: {"en": "b"}, 3: {"en": "c"}}}
            if at % 3
            else {"kind": "number"}
        )
        for at, name in enumerate(names)
    ]
    form = {"instrument": "large", "wave": WAVE, "blocks": [{"name": "b"}], "items": items}
    (folder / _FORM).write_text(yaml.safe_dump(form), "utf-8")
    values = np.random.default_rng(1).integers(0, 4, size=(RESPONDENTS, ITEMS))
    path = folder / f"large.{ending}"
    if ending == "csv":
        texts = np.array(["", "1", "2", "3"])[values]
        lines = [",".join(["id", "submitdate", "lastpage", "startlanguage", *names])]
        lines += [f"{who},2030-01-01,1,nl,{','.join(row)}" for who, row in enumerate(texts.tolist(), 1)]
        path.write_text("\n".join(lines) + "\n", "utf-8")
    else:
        import polars as pl
        import pyreadstat

        floats = np.where(values == 0, np.nan, values).astype(float)
        frame = pl.DataFrame({"respondent": np.arange(1.0, RESPONDENTS + 1)} | dict(zip(names, floats.T, strict=True)))
        coded = {name: {1.0: "a", 2.0: "b", 3.0: "c"} for at, name in enumerate(names) if at % 3}
        pyreadstat.write_sav(frame, str(path), variable_value_labels=coded)
    return [path, folder / _FORM]


def measured_import(folder: Path, ending: str) -> tuple[float, float, float, str]:
    """(seconds, seconds of processor, megabytes at most, output) of `cryptodrug survey import` of the large wave."""
    path, form = write_large(folder, ending)
    command = [str(Path(sys.executable).with_name("cryptodrug")), "survey", "import", str(path), "--wave", WAVE]
    return _measured([*command, "--instrument", str(form)], folder / f"home-{ending}")


def _measured(command: list[str], home: Path) -> tuple[float, float, float, str]:
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    # A process between, so that the largest of its children is this one.
    code = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run(sys.argv[1:])\n"
        "print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "sys.exit(done.returncode)"
    )
    whole = [sys.executable, "-c", code, *command]
    where = {**os.environ, "CRYPTODRUG_HOME": str(home)}
    done = subprocess.run(whole, capture_output=True, text=True, check=False, env=where)  # noqa: S603 - our own command
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed: {done.stderr}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said, _, peak = done.stdout.rpartition("peak ")
    return took, spent, int(peak) / 1000, said


def main() -> None:
    """Seconds, seconds of processor and memory of a small and a large wave."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        took, spent = wave_of_99(folder / "home")
        print(f"a wave of 99, import and all runs: {took:.1f} s, {spent:.1f} s of processor")
        for ending in ("csv", "sav"):
            took, spent, peak, _ = measured_import(folder, ending)
            print(
                f"{RESPONDENTS:,} respondents x {ITEMS} items from .{ending}, import, estimates and store:"
                f" {took:.1f} s, {spent:.1f} s of processor, {peak:.0f} MB"
            )


def wave_of_99(home: Path) -> tuple[float, float]:
    """(seconds, seconds of processor) of the synthetic wave in a new home: files, runs of survey, interviews and joint
    display, comparison with another platform's export."""
    from cryptodrug_assets.buyers.synthetic import WAVE as SYNTHETIC
    from cryptodrug_assets.buyers.synthetic import bring_in
    from cryptodrug_assets.commands.platform import compare_buyers
    from cryptodrug_assets.resources.platform import Platform
    from cryptodrug_assets.runs.backfill import run_cells
    from cryptodrug_assets.runs.instance import open_instance
    from cryptodrug_assets.settings import Settings

    settings = Settings(home=home)
    began, before = time.perf_counter(), time.process_time()
    bring_in(settings.home, settings.archive)
    with open_instance(settings) as instance:
        for group in ("survey", "interviews", "triangulation"):
            runs = run_cells(
                instance, [], select=group, tag="bench", on_run=lambda *_: None, waves=[SYNTHETIC],
                platform=Platform.of(settings),
            )  # fmt: skip
            if failed := [run.error for run in runs if not run.success]:
                sys.exit(f"the runs failed: {failed[0]}")
    compare_buyers(settings)
    return time.perf_counter() - began, time.process_time() - before
