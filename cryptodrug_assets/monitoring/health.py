"""The health report as Markdown: months, checks, coverage, archive, disk, what changed, what is wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from cryptodrug_assets.capture.archive.verify import archives
from cryptodrug_assets.capture.progress import megabytes
from cryptodrug_assets.monitoring.conditions import Alert, Cell, Situation
from cryptodrug_assets.monitoring.messages import HEADINGS
from cryptodrug_assets.monitoring.versions import changes, read_versions, versions_file
from cryptodrug_assets.observation import market_configs, observed_cells
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore


def health_report(
    settings: Settings, situation: Situation, alerts: Sequence[Alert], versions: Mapping[str, str]
) -> str:
    """The report of this moment, with what changed since the one whose versions the home keeps."""
    before = read_versions(versions_file(settings.home))
    parts = [
        f"# Health of the monitor, {situation.now:%Y-%m-%d %H:%M} UTC",
        "\n".join(_months(settings, situation)),
        "\n".join(_checks(situation)),
        "\n".join(_archive(settings, situation)),
        "\n".join(_changes(before, versions)),
        "\n".join(_wrong(alerts)),
    ]
    return "\n\n".join(parts) + "\n"


def _months(settings: Settings, situation: Situation) -> Iterable[str]:
    """Market-months due so far by the markets' windows, and which of them have figures."""
    due = observed_cells(now=situation.now)
    done = TableStore(settings.tables).committed("indicators", "coverage", due)
    yield "## Months"
    yield "| market | due | done | first without figures | coverage: least, known of |"
    yield "|-|-:|-:|-|-|"
    for market, config in market_configs().items():
        of_market = [cell for cell in due if cell[0] == market]
        missing = [month for name, month in of_market if (name, month) not in done]
        covered = [share for (name, _), share in situation.coverage.items() if name == market and share is not None]
        least = f"{min(covered):.0%}, {len(covered)}" if covered else "–"
        first = missing[0] if missing else "–"
        yield f"| {config.label} | {len(of_market)} | {len(of_market) - len(missing)} | {first} | {least} |"


def _checks(situation: Situation) -> Iterable[str]:
    failed = Counter(check.layer for check in situation.checks if check.blocking)
    drifting = sum(check.drift for check in situation.checks)
    yield "## Checks"
    if not failed and not drifting:
        yield "No blocking check fails, and no page is read less fully than expected."
    yield from (f"- {layer}: {count} blocking checks fail" for layer, count in sorted(failed.items()))
    if drifting:
        yield f"- {drifting} checks of how fully pages are read do not pass"


def _archive(settings: Settings, situation: Situation) -> Iterable[str]:
    sizes = _sizes(settings)
    yield "## Archive and disk"
    yield f"- {len(sizes)} market-months, {megabytes(sum(sizes.values()))}"
    if situation.verified:
        cell, at = min(situation.verified.items(), key=lambda item: (item[1], item[0]))
        yield f"- verified or written least recently: {' '.join(cell)}, {(situation.now - at).days} days ago"
    yield f"- {situation.free_share:.0%} of the disk is free"


def _sizes(settings: Settings) -> dict[Cell, int]:
    """Bytes of each market-month; folders of data sets and interviews lie beside them and are none."""
    return {
        cell: sum(path.stat().st_size for path in settings.archive.joinpath(*cell).iterdir() if path.is_file())
        for cell in archives(settings.archive)
    }


def _changes(before: Mapping[str, str] | None, versions: Mapping[str, str]) -> Iterable[str]:
    yield "## Changed since the last weekly report"
    if before is None:
        yield "There was none yet."
        return
    lines = changes(before, versions)
    yield from (f"- {line}" for line in lines) if lines else ("Neither code nor parsers nor contracts.",)


def _wrong(alerts: Sequence[Alert]) -> Iterable[str]:
    yield "## What is wrong"
    if not alerts:
        yield "Nothing."
    for kind in dict.fromkeys(alert.kind for alert in alerts):
        yield f"### {HEADINGS[kind]}"
        yield from (f"- {alert.text}. Next: {alert.next_step}" for alert in alerts if alert.kind == kind)
