"""Our capture beside crawlee and scrapy-playwright: same site, browser, pages and concurrency; CPU of the whole tree.

The two are installed for this bench alone, into .venv-bench (or the environment CRYPTODRUG_BENCH_VENV names). Crawlee
once only reads each page's body, once saves it and looks for links, as its users do; scrapy-playwright hands over the
body. Ours finds the links, writes WARC and journal, and has the archive verified. The site's own CPU is left out.
CRYPTODRUG_BENCH_RIVAL_PAGES sets the number of pages (500 unless told); starting the browser is part of the cost.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from benchmarks import site, tree
from cryptodrug_assets.capture.archive.verify import verify
from cryptodrug_assets.capture.browser.launch import find_browser
from cryptodrug_assets.capture.crawl import capture_month
from cryptodrug_assets.observation import CaptureConfig

_PAGES = int(os.environ.get("CRYPTODRUG_BENCH_RIVAL_PAGES", "500"))
_TABS = 2
_PINS = Path(__file__).with_name("requirements.txt")
_ROOT = Path(__file__).resolve().parents[2]
_RIVALS = (
    ("crawlee, body read", "crawlee_pages", "read"),
    ("crawlee, pages saved", "crawlee_pages", "save"),
    ("scrapy-playwright", "scrapy_pages", "read"),
)


class _AbsentError(Exception):
    """The rivals are not installed."""


def _environment() -> Path:
    """The Python of the rivals' environment, made when it is not there or its pins have changed; _AbsentError says
    why it cannot be."""
    setting = os.environ.get("CRYPTODRUG_BENCH_VENV")
    folder = Path(setting).resolve() if setting else _ROOT / ".venv-bench"
    python, stamp, pins = folder / "bin" / "python", folder / ".pins", _PINS.read_text("utf-8")
    if setting or (stamp.is_file() and stamp.read_text("utf-8") == pins):
        if not python.is_file():
            raise _AbsentError(f"CRYPTODRUG_BENCH_VENV names {setting}, which is no environment; correct or unset it")
        return python
    print(f"installing crawlee and scrapy-playwright into {folder.name} (for this bench alone)", flush=True)
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps", "-r", str(_PINS)],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)  # noqa: S603
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["no reason given"]
            raise _AbsentError(f"the rivals could not be installed: {lines[-1][:200]}; run again with a network")
    stamp.write_text(pins, "utf-8")
    return python


def _ours(port: int, pid: int, mode: Literal["nav", "render"], screenshot: bool = True) -> float:
    """CPU seconds a page."""
    source = site.source(port)
    with tempfile.TemporaryDirectory() as folder:
        began = tree.cpu(pid)
        report = capture_month(
            market=site.SiteMarket(),
            config=CaptureConfig(mode=mode, render_sample=0, concurrency=_TABS, screenshot=screenshot),
            month=source.month, source=source, sweep_id=source.sweep_id, archive_root=Path(folder),
            browser_path=find_browser(), hmac_key=b"bench" * 8,
        )  # fmt: skip
        spent = tree.cpu(pid) - began
        problems = verify(Path(folder), "dream", "2018-11").problems
    if problems or report.outcomes.keys() != {"done"}:
        raise SystemExit(f"{report.outcomes} {problems[:3]}")
    return spent / report.outcomes["done"]


def _theirs(python: Path, module: str, handling: str, port: int) -> float:
    urls = [f"http://site.localhost:{port}/page/{n}" for n in range(_PAGES)]
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "urls"
        listed.write_text("\n".join(urls), "utf-8")
        script = str(Path(__file__).with_name(f"{module}.py"))
        result = subprocess.run(  # noqa: S603 - our own script
            [str(python), script, str(listed), str(find_browser()), str(_TABS), handling],
            capture_output=True, text=True, cwd=folder, check=False, timeout=900,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )  # fmt: skip
    lines = [line.split() for line in result.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines or int(lines[0][2]) < _PAGES:
        raise SystemExit(f"{module}: {lines} of {_PAGES}; {result.stderr[-600:]}")
    return float(lines[0][1]) / int(lines[0][2])


def main() -> None:
    """Print CPU per page of all, and the ratios to ours."""
    try:
        python = _environment()
    except _AbsentError as err:
        print(f"skipped: {err}")
        return
    import playwright.async_api  # noqa: F401 - theirs is imported before they begin to count

    with site.running(_PAGES) as (port, pid):
        render = {
            "render": _ours(port, pid, "render", screenshot=False),
            "render with screenshot": _ours(port, pid, "render"),
        }
        # Ours takes turns with theirs, for a machine is not equally fast all the time.
        nav, theirs = [], {}
        for name, module, handling in _RIVALS:
            nav.append(_ours(port, pid, "nav"))
            theirs[name] = _theirs(python, module, handling, port)
            print(
                f"  {name}: {1000 * theirs[name]:.0f} ms CPU a page; ours in nav mode {1000 * nav[-1]:.1f}", flush=True
            )
    ours = {"nav": sum(nav) / len(nav), **render}
    for mode, cost in ours.items():
        print(f"ours, {mode}: {1000 * cost:.1f} ms CPU a page, archive verified")
    for name, cost in theirs.items():
        ratios = ", ".join(f"{cost / our:.1f} times ours, {mode}" for mode, our in ours.items())
        print(f"{name}: {1000 * cost:.0f} ms CPU a page; {ratios}")
