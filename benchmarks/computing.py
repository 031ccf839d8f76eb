"""Orchestration and cleaning: what they cost beside the work itself."""

import os
import sys
import tempfile
import time

_CELL = ("empire", "2019-10")


def _home(folder: str) -> None:
    os.environ["CRYPTODRUG_HOME"] = folder
    os.environ["CRYPTODRUG_PROFILE"] = "demo"


def orchestration() -> None:
    """A full re-computation from raw through Dagster minus the pure functions on the same data."""
    from cryptodrug_assets.capture.archive.pages import read_pages
    from cryptodrug_assets.pipeline import clean, measure, parse
    from cryptodrug_assets.pipeline.tables import Evidence
    from cryptodrug_assets.replica.archive import write_archive
    from cryptodrug_assets.resources.platform import Platform
    from cryptodrug_assets.runs.backfill import run_cells
    from cryptodrug_assets.runs.instance import open_instance
    from cryptodrug_assets.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        _home(folder)
        os.environ["CRYPTODRUG_SOURCE"] = "archive"
        platform = Platform()
        settings = Settings()
        write_archive("demo", 7, *_CELL, archive_root=settings.archive, hmac_key=b"bench" * 8)
        with open_instance(settings) as instance:
            both = [run_cells(instance, [_CELL], tag="bench", on_run=lambda *_: None) for _ in range(2)]
            failed = [run.error for runs in both for run in runs if not run.success]
            if failed:
                sys.exit(f"the runs failed: {failed[0]}")
            began = time.perf_counter()
            for group in ("raw", "parsed", "clean", "indicators"):
                run_cells(instance, [_CELL], select=group, tag="bench", on_run=lambda *_: None)
            four = time.perf_counter() - began
            began = time.perf_counter()
            runs = run_cells(
                instance, [_CELL], tag="bench", on_run=lambda job, *_: marks.append((job, time.perf_counter()))
            )
            _ = runs
            whole = time.perf_counter() - began
        began = time.perf_counter()
        captures = platform.store.read("raw", "captures", *_CELL)
        pages = read_pages(settings.archive, captures, by_capture=True)
        parsed = parse.parse(*_CELL, pages, workers=platform.parse_workers)
        cleaned = clean.clean(parsed, None, pseudonyms=platform.pseudonyms, options=platform.cleaning_options)
        evidence = Evidence.of(captures, parsed)
        measure.measure(cleaned, evidence, options=platform.indicator_options)
        pure = time.perf_counter() - began
        del os.environ["CRYPTODRUG_SOURCE"]
    published = marks[-1][1] - marks[-2][1] if len(marks) > 1 else 0.0
    print(f"one market-month from raw: {whole - published:.1f} s through Dagster, {pure:.1f} s pure functions;")
    print(f"orchestration, checks and storage {whole - published - pure:.1f} s (group by group {four - pure:.1f} s)")


marks: list[tuple[str, float]] = []
