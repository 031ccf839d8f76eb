"""What a market wrote is looked at in Dagster's own UI, unguarded: it must not fetch, and not run, anything.

Every column of text of tables that hold pages' words says what an attacker would have it say. One more asset shows the
same text as Markdown, so that the test is known to see it when it happens.
"""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from cryptodrug_assets import contracts
from cryptodrug_assets.checks.describe import check_result
from cryptodrug_assets.checks.metadata import table_metadata
from cryptodrug_assets.contracts import Contract
from cryptodrug_assets.installation import WORKSPACE
from cryptodrug_assets.quality.judge import Verdict
from cryptodrug_assets.quality.rules import RuleResult, check_names, rules
from cryptodrug_assets.replica.server import bind
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings

PAUSE = "/graphql?query=mutation{setAutoMaterializePaused(paused:true)}"
TABLES = [("raw", "captures"), ("parsed", "market_counters"), ("parsed", "listings"), ("clean", "vendors")]
CONTROL = ("parsed", "rejects")


class Canary(http.server.BaseHTTPRequestHandler):
    """Notes what is asked of it."""

    asked: list[str] = []  # noqa: RUF012 - one list for all requests

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def hostile(canary: int) -> list[str]:
    """Texts that fetch from the canary or ask for a mutation, if anything obeys them."""
    there = f"http://127.0.0.1:{canary}"
    return [
        f"![a]({PAUSE})",
        f"![a]({there}/md.png)",
        f"` ![a]({there}/span.png) `",
        f"``` ![a]({there}/fence.png)",
        f"\\` ![a]({there}/escaped.png)",
        f"| ![a]({there}/cell.png) |",
        f"\n\n![a]({there}/line.png)\n\n",
        f"<img src={there}/img.png>",
        f"&#33;[a]({there}/entity.png)",
        f"[a]: {there}/ref.png\n\n![a]",
    ]


def frame(contract: Contract, texts: list[str]) -> pl.DataFrame:
    """A row per text, in every column of text."""
    columns: dict[str, list[object]] = {}
    for column in contract.columns:
        text, lists = column.polars_type == pl.String, column.polars_type == pl.List(pl.String)
        if column.name == "market":
            columns[column.name] = ["empire"] * len(texts)
        elif column.name == "month":
            columns[column.name] = [date(2019, 4, 1)] * len(texts)
        else:
            columns[column.name] = [words if text else [words] if lists else None for words in texts]
    return pl.DataFrame(columns, schema=contract.polars_schema)


def prepare(settings: Settings, texts: list[str]) -> None:
    """Materialisations and failed checks as the assets would have reported them, and the control."""
    partition = "empire|2019-04"
    with open_instance(settings) as instance:
        for layer, table in [*TABLES, CONTROL]:
            contract = contracts.load(layer, table)
            metadata = table_metadata(contract, frame(contract, texts), "BE")
            if (layer, table) == CONTROL:
                # As it was done once: a table of Markdown whose cells are the page's own words.
                metadata = {"preview": dg.MetadataValue.md("| a |\n|-|\n" + "\n".join(f"| {t} |" for t in texts[:2]))}
            key = dg.AssetKey([layer, table])
            instance.report_runless_asset_event(
                dg.AssetMaterialization(asset_key=key, partition=partition, metadata=metadata)
            )
            if (layer, table) == CONTROL:
                continue
            name = check_names(contract)[0]
            rule = next(rule for rule in rules(contract) if rule.check == name)
            failed = tuple(RuleResult(rule, passed=False, observed=1, error=text) for text in texts)
            verdict = Verdict(contract.name, name, failed, ("key",), tuple((words,) for words in texts), 9)
            result = check_result(contract, verdict, "empire")
            instance.report_runless_asset_event(
                dg.AssetCheckEvaluation(
                    asset_key=key, check_name=name, passed=False, metadata=result.metadata,
                    severity=result.severity, description=result.description, partition=partition,
                )
            )  # fmt: skip


@contextmanager
def dagster_ui(port: int) -> Iterator[None]:
    """Dagster's own server, without our guard: the text itself has to be harmless."""
    command = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", str(WORKSPACE), "-p", str(port)]
    with subprocess.Popen(command, cwd=WORKSPACE.parent, env=os.environ, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 200
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5)
                    break
                except OSError:
                    assert time.monotonic() < until and server.poll() is None, "the server did not start"
                    time.sleep(0.5)
            yield
        finally:
            server.terminate()


def paused(port: int, change: str = "") -> bool:
    """Whether the switch is on; `change` asks for it to be changed first."""
    found = False
    for query in [change] if change else ["{instance{autoMaterializePaused}}"]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json"},
        )
        answer = json.load(urllib.request.urlopen(request, timeout=30))["data"]
        found = answer["instance"]["autoMaterializePaused"] if "instance" in answer else False
    return bool(found)


@pytest.mark.browser
@pytest.mark.timeout(400)
def test_no_page_of_the_ui_obeys_what_a_market_wrote(chromium: Path) -> None:
    from playwright.sync_api import Page, sync_playwright

    canary = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=canary.serve_forever, daemon=True).start()
    prepare(Settings(), hostile(canary.server_port))
    with bind(0) as free:
        port = free.getsockname()[1]
    own = f"http://127.0.0.1:{port}"
    asked: list[str] = []

    def look(page: Page, path: str, shows: str) -> None:
        page.goto(own + path)
        page.get_by_text(shows).first.wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        # What the UI shows on a click only.
        for button in page.get_by_text("Show Markdown").all():
            button.click()
            page.wait_for_timeout(500)
            page.keyboard.press("Escape")

    with dagster_ui(port), sync_playwright() as playwright:
        paused(port, "mutation{setAutoMaterializePaused(paused:false)}")
        browser = playwright.chromium.launch(executable_path=str(chromium))
        page = browser.new_page(viewport={"width": 1600, "height": 4000})
        page.on("request", lambda request: asked.append(request.url))
        for layer, table in TABLES:
            look(page, f"/assets/{layer}/{table}?view=events&partition=empire%7C2019-04", "preview")
        look(page, "/assets/parsed/market_counters?view=checks", check_names(contracts.load(*TABLES[1]))[0])
        assert not paused(port), "a page's text ran a mutation"
        assert Canary.asked == []
        assert [url for url in asked if not url.startswith((own, "data:", "blob:"))] == []
        assert [url for url in asked if "mutation" in url] == []
        # The same words as Markdown: were the eyes above open?
        look(page, "/assets/{}/{}?view=events&partition=empire%7C2019-04".format(*CONTROL), "preview")
        assert paused(port) and "/md.png" in Canary.asked
        browser.close()
    canary.shutdown()
