"""Which tests need the synthetic markets: a test is sorted by what it imports, and `make check` leaves these out."""

import ast
from functools import cache
from pathlib import Path

_TESTS = Path(__file__).resolve().parent
# Worlds, pages and sites. Their vocabulary is a list of words.
_SYNTHETIC = ("cryptodrug_assets.replica", "cryptodrug_assets.commands.scorecard")
_WORDS = "cryptodrug_assets.replica.vocabulary"

# Neither browser nor synthetic markets and yet many seconds of CPU: whole archives, exhaustive loops, the judge of the
# contracts, the platform started in processes of its own.
LONG = {
    "assets/test_reference.py",
    "automation/test_simulation.py",
    "automation/test_ticks.py",
    "capture/test_verify.py",
    "checks/test_write_audit_publish.py",
    "cleaning/test_clocks.py",
    "hostile/test_poison.py",
    "integration/test_real_archives.py",
    "markets/test_market_command.py",
    "quality/test_contracts.py",
    "quality/test_engines.py",
    "quality/test_reference_defects.py",
    "quality/test_releases.py",
    "quality/test_waivers.py",
    "indicators/test_hand_cases.py",
    "indicators/test_new_family.py",
    "indicators/test_trace.py",
    "markets/test_fourth_market.py",
    "monitoring/test_health.py",
    "publishing/dissemination/test_steps.py",
    "publishing/exchange/test_dcat.py",
    "publishing/exchange/test_sdmx.py",
    "publishing/package/test_package.py",
    "publishing/pages/test_page.py",
    "publishing/pages/test_pdf.py",
    "publishing/test_new_language.py",
    "runs/test_backfill.py",
    "runs/test_failures.py",
    "runs/test_given_platform.py",
    "test_command_line.py",
    "test_wheel.py",
}


# Minutes of whole homes made once or twice more; what they rest on is tested in every run.
SLOW = {
    "cleaning/test_determinism.py",
    "integration/test_keys.py",
    "integration/test_release.py",
    "integration/test_study_home.py",
}
# Long lists of cases, of which a run takes each n-th (always the same ones), and `make test-slow` all.
REDUCED = {
    "buyers/survey/test_round_trip.py": 2,
    "buyers/survey/test_tracing.py": 2,
    "capture/test_import_undo.py": 4,
    "cleaning/test_clocks.py": 12,
    "hostile/test_poison.py": 3,
    "hostile/test_torn.py": 2,
    "indicators/test_across_families.py": 5,
    "indicators/test_disclosure.py": 3,
    "indicators/test_disclosure_intervals.py": 4,
    "indicators/test_disclosure_remainders.py": 6,
    "indicators/test_partial_worlds.py": 5,
    "integration/test_explain.py": 8,
    "markets/test_market_command.py": 2,
    "pipeline/test_steps.py": 2,
    "publishing/test_pictures.py": 2,
    "quality/test_any_number.py": 20,
    "quality/test_dirty_world.py": 2,
    "quality/test_fill_floors.py": 2,
    "quality/test_planted_defects.py": 8,
    "quality/test_releases.py": 3,
    "quality/test_small_months.py": 2,
}


def is_slow(path: Path) -> bool:
    """Whether a module of tests is run by `make test-slow` alone."""
    return path.relative_to(_TESTS).as_posix() in SLOW


def reduced(path: Path) -> int:
    """Of how many cases of a test a run takes one."""
    return REDUCED.get(path.relative_to(_TESTS).as_posix(), 1)


def is_long(path: Path) -> bool:
    """Whether a module of tests is one of those that take many seconds."""
    return path.relative_to(_TESTS).as_posix() in LONG


@cache
def simulates(path: Path) -> bool:
    """Whether a module of tests imports the synthetic markets, itself or through a helper beside it."""
    modules = _imported(path)
    if any(module.startswith(_SYNTHETIC) and not module.startswith(_WORDS) for module in modules):
        return True
    files = (_TESTS.parent / f"{module.replace('.', '/')}.py" for module in modules)
    return any(simulates(file) for file in files if file.is_relative_to(_TESTS) and file.is_file() and file != path)


def _imported(path: Path) -> set[str]:
    """Modules and names that a file imports, wherever in it: "a.b" of `from a import b`, and "a" of `import a`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from package import module`: the package itself holds nothing.
            found |= names if node.module == "cryptodrug_assets.replica" else {node.module, *names}
    return found
