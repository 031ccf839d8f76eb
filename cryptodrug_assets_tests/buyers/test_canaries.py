"""Canaries in the files of a wave: mail address, IP address, token, free text, passage of a transcript.

Columns of persons are refused at the door; what a person typed is found nowhere past parsed: in no table, event, log,
report or export.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
import yaml

from cryptodrug_assets import contracts
from cryptodrug_assets.buyers.disclosure.survey import public_survey
from cryptodrug_assets.buyers.interviews import tables as interviews
from cryptodrug_assets.buyers.interviews.files import read_bytes
from cryptodrug_assets.buyers.interviews.links import read_links
from cryptodrug_assets.buyers.interviews.model import Case, Coding
from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.buyers.survey import instrument, statements
from cryptodrug_assets.buyers.survey.formats.door import File
from cryptodrug_assets.buyers.survey.kept_wave import keep_files
from cryptodrug_assets.buyers.survey.tables import respondent_pseudonym, wave_tables
from cryptodrug_assets.buyers.synthetic import WAVE, interview_links
from cryptodrug_assets.observation import CONTRACTS_DIR
from cryptodrug_assets.publishing.pages.page import build_page, build_report
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.replica.interviews import synthetic_interviews
from cryptodrug_assets.replica.survey import limesurvey, qualtrics
from cryptodrug_assets.replica.survey.questionnaire import Question
from cryptodrug_assets.replica.survey.quotas import BROKEN_OFF
from cryptodrug_assets.replica.survey.wave import Wave, synthetic_wave
from cryptodrug_assets.runs.instance import open_instance
from cryptodrug_assets.settings import Settings
from cryptodrug_assets.storage.store import TableStore
from cryptodrug_assets_tests.buyers.survey.kit import run
from cryptodrug_assets_tests.buyers.wave_runs import JOBS
from cryptodrug_assets_tests.buyers.wave_runs import run as run_job
from cryptodrug_assets_tests.publishing.pages.world import observed

CANARIES = ("canary.mail@example.org", "203.0.113.77", "canarytok9x7q", "canary mevrouw vertelt", "canary passage")
TYPED = " ".join(CANARIES[:4])
SPOKEN = f"A: {CANARIES[4]} {CANARIES[0]} {CANARIES[1]} {CANARIES[2]}"
INTERVIEW, CODER, CODE = "canary interview Janssens", "canary coder", "canary name of a code"
# What stays in the restricted zone: the above, other words of transcripts, names of files, coders and respondents.
WORDS = (*CANARIES, INTERVIEW, CODER, CODE, "canary-answers", "canary-coded", "R001", "R099", "één keer of meer",
         "no time for it", "coder B")  # fmt: skip
RESTRICTED = ("surveys", "archive", "keys", "tables/raw", "tables/parsed")
_MARK = 900_000


def chatty_wave() -> Wave:
    """The wave with a question in free text at its end, to which numbers from 900,000 are answered."""
    plain = synthetic_wave()
    block = list(plain.questionnaire.blocks)[-1]
    label = {"nl": "Opmerkingen", "fr": "Remarques", "en": "Remarks"}
    remarks = Question("remarks", block, "text", label, {}, {}, 0, "")
    form = replace(plain.questionnaire, questions=(*plain.questionnaire.questions, remarks))
    said = {who: _MARK + at if plain.finished(who) else BROKEN_OFF for at, who in enumerate(plain.respondents)}
    return replace(plain, questionnaire=form, answers={**plain.answers, "remarks": said})


def typed(text: str) -> str:
    """A file in which everybody typed the canaries where the number stood."""
    return re.sub(rf"{str(_MARK)[:2]}\d{{4}}", TYPED, text)


def declared() -> bytes:
    document = yaml.safe_load((CONTRACTS_DIR / "instruments" / "cryptodrug_2019.yaml").read_text("utf-8"))
    document["items"].append(
        {"name": "remarks", "block": document["blocks"][-1]["name"], "kind": "text", "label": {"en": "Remarks"},
         "sensitivity": "high"}
    )  # fmt: skip
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode()


def zipped(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def archive_with_canaries() -> bytes:
    """The .lsa: free text of all, and one code outside its list, which an import with --rejects sets aside."""
    wave = chatty_wave()
    form = wave.questionnaire
    at = next(at for at, question in enumerate(form.questions, 1) if question.name == "occupation")
    field = re.compile(rf"(X{100 * at}><!\[CDATA\[)\w+(\]\])")
    responses = field.sub(rf"\g<1>{TYPED}\g<2>", typed(limesurvey.lsr(wave)), count=1)
    return zipped({"survey_1.lss": limesurvey.lss(form), "survey_1_responses.lsr": responses})


def coded_with_canaries() -> bytes:
    """The .qdpx: a passage, an interview, a coder, a code and a variable of a case."""
    project = synthetic_project(synthetic_interviews(synthetic_wave().interviewees))
    first = project.sources[0]
    text = f"{first.text}{SPOKEN}\n"
    coding = Coding((CODE,), CODER, len(text) - len(SPOKEN) - 1, len(text) - 1)
    source = replace(first, name=INTERVIEW, text=text, codings=(*first.codings, coding))
    case = Case(INTERVIEW, (INTERVIEW,), (("mode", CANARIES[0]),))
    return write_qdpx(
        replace(
            project, coders=(*project.coders, CODER), codes=(*project.codes, (CODE,)),
            sources=(source, *project.sources[1:]), cases=(case, *project.cases[1:]),
        )
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the canaries in its files, and all tables of the wave made of them in runs."""
    settings = Settings(home=tmp_path_factory.mktemp("canaries"), engine="duckdb")
    answers = File("canary-answers.lsa", archive_with_canaries())
    keep_files(settings.home, WAVE, [answers], keep_rejects=True, most_mb=64, declared=declared())
    coded = read_bytes(coded_with_canaries(), "canary-coded.qdpx")
    pairs = dict(interview_links().pairs)
    first = next(iter(sorted(pairs)))
    lines = [f"{INTERVIEW if interview == first else interview},{who}" for interview, who in pairs.items()]
    links = read_links("\n".join(["interview,respondent", *lines]).encode(), "who.csv")
    when = datetime(2019, 12, 1, tzinfo=UTC)
    interviews.keep_files(settings.archive, WAVE, [coded], now=when, links=links)
    with open_instance(settings) as instance:
        for job in JOBS:
            result = run_job(settings, instance, job)
            assert result.success, [event.message for event in result.all_events if event.is_failure]
    return settings


def texts(path: Path) -> Iterator[str]:
    """What a file says to whoever opens it with the right program."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        yield pl.read_parquet(path).write_ndjson()
    elif path.suffix == ".sav":
        frame, meta = pyreadstat.read_sav(str(path), output_format="dict")
        yield f"{frame} {vars(meta)}"
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield " ".join(archive.namelist())
            yield from (archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    yield data.decode("utf-8", "replace")


def words_in(path: Path) -> set[str]:
    return {word for text in texts(path) for word in WORDS if word in text}


def test_what_persons_typed_and_said_ends_at_parsed(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("CRYPTODRUG_HOME", str(home.home))
    form = tmp_path / "form.yaml"
    form.write_bytes(declared())
    out = home.home / "exports"
    out.mkdir()
    of_form = ["--wave", WAVE, "--instrument", str(form)]
    for command in (
        ["survey", "show", "--wave", WAVE],
        ["survey", "show", "--wave", WAVE, "--item", "occupation"],
        ["survey", "missing", "--wave", WAVE],
        ["survey", "check", *of_form],
        ["interviews", "agreement", "--wave", WAVE],
        ["triangulate", "--wave", WAVE],
        ["export", "ddi", *of_form, "--out", str(out / "ddi.xml"), "--counts"],
        ["export", "sav", *of_form, "--out", str(out / "survey.sav")],
        ["export", "deposit", *of_form, "--out", str(out / "deposit"), "--draft"],
        ["export", "qdpx", "--wave", WAVE, "--out", str(out / "codes.qdpx")],
    ):
        assert run(monkeypatch, *command) in (0, None), (command, capsys.readouterr().err)
    said = capsys.readouterr()
    assert not [word for word in WORDS if word in said.out + said.err]

    # They came in: the restricted zone holds each, and the scan finds it there.
    places: dict[str, set[str]] = {}
    for path in sorted(home.home.rglob("*")):
        if path.is_file():
            places[path.relative_to(home.home).as_posix()] = words_in(path)
    inside = {place: words for place, words in places.items() if place.startswith(RESTRICTED)}
    for zone, wanted in {
        "tables/parsed/survey_answers": set(CANARIES[:4]),
        "tables/parsed/survey_rejects": set(CANARIES[:4]),
        "tables/parsed/interview_codings": {CANARIES[4], CANARIES[0], INTERVIEW, CODER, CODE},
        "tables/parsed/interview_links": {INTERVIEW},
        "surveys": set(CANARIES[:4]),
        "archive": {CANARIES[4], INTERVIEW, CODER},
    }.items():
        held = set().union(*(words for place, words in inside.items() if place.startswith(zone)))
        assert wanted <= held, zone
    outside = {place: words for place, words in places.items() if place not in inside}
    assert {place: words for place, words in outside.items() if words} == {}
    assert len(outside) > 60 and any(place.startswith("exports/deposit/data") for place in outside)
    # The runs' own events and logs were among them.
    assert any(place.endswith(".db") for place in outside)


def test_the_report_of_the_wave_has_none(home: Settings) -> None:
    store = TableStore(home.tables)
    public = {
        contract.table.removesuffix("_public"): store.read(contract.layer, contract.table)
        for contract in contracts.all_contracts()
        if contract.of_wave and contract.table.endswith("_public")
    }
    made = build_report(observed(), public, country="BE", language="en", synthetic=False)
    report = build_page(made)
    assert "n of N" in report and "SYNTHETIC: answers and interviews" in report
    assert not [word for word in WORDS if word in report]


def test_free_text_of_a_qualtrics_export_ends_at_parsed() -> None:
    """The same through the other importer, without a run: what the pure functions give."""
    file = File("canary-answers.csv", typed(qualtrics.responses(chatty_wave()).decode()).encode())
    form = instrument.parse(yaml.safe_load(declared()), "form")
    pseudonym = respondent_pseudonym(bytes(32), WAVE)
    made = wave_tables([file], form, statements.of_wave(WAVE), pseudonym, replicates=0)
    frames = made.frames | public_survey(made.frames, statements.of_wave(WAVE))
    held = {name: {word for word in WORDS if word in frame.write_ndjson()} for name, frame in frames.items()}
    assert set(CANARIES[:4]) | {"R001"} <= held["parsed.survey_answers"]
    assert {name: words for name, words in held.items() if words and not name.startswith("parsed.")} == {}


def _lsa(change: dict[str, tuple[str, str]], extra: dict[str, str] | None = None) -> bytes:
    """The synthetic .lsa with texts of its members replaced, and further members."""
    with zipfile.ZipFile(io.BytesIO(limesurvey.lsa(synthetic_wave()))) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    for ending, (old, new) in change.items():
        name = next(name for name in members if name.endswith(ending))
        assert old in members[name]
        members[name] = members[name].replace(old, new)
    return zipped(members | (extra or {}))


def _with_field(name: str, value: str) -> bytes:
    return _lsa({".lsr": ("   <row>\n", f"   <row>\n    <{name}><![CDATA[{value}]]></{name}>\n")})


def _qualtrics(dialect: qualtrics.Dialect, old: str, new: str) -> bytes:
    data = qualtrics.responses(synthetic_wave(), dialect).decode()
    assert old in data
    return data.replace(old, new).encode()


TOKENS = (
    "<document><LimeSurveyDocType>Tokens</LimeSurveyDocType><tokens><rows><row><email>"
    f"{CANARIES[0]}</email></row></rows></tokens></document>"
)
SENT, SET = "True,2019-11-30 12:20:01,", "Default Response Set,"
PERSONS: dict[str, tuple[str, bytes]] = {
    "IP address in the .lsa": ("a.lsa", _with_field("ipaddr", CANARIES[1])),
    "token in the .lsa": ("a.lsa", _with_field("token", CANARIES[2])),
    "referrer in the .lsa": ("a.lsa", _with_field("refurl", CANARIES[0])),
    "participants in the .lsa": ("a.lsa", _lsa({}, {"survey_1_tokens.lst": TOKENS})),
    "mail in Qualtrics": ("a.csv", _qualtrics("2016", f"{SENT},,,", f"{SENT},,{CANARIES[0]},")),
    "IP address in Qualtrics": ("a.csv", _qualtrics("legacy", f"{SET},,,,", f"{SET},,,{CANARIES[1]},")),
}


@pytest.mark.parametrize("case", PERSONS)
def test_persons_are_refused_at_the_door(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit 2, and no byte of the file in the home."""
    name, data = PERSONS[case]
    path, kept = tmp_path / name, tmp_path / "home"
    path.write_bytes(data)
    monkeypatch.setenv("CRYPTODRUG_HOME", str(kept))
    assert run(monkeypatch, "survey", "import", str(path), "--wave", WAVE, "--rejects") == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and said.err.count("\n") == 1
    assert "refused" in said.err or "participants" in said.err
    assert not [word for word in CANARIES if word in said.out + said.err]
    assert [file for file in kept.rglob("*") if file.is_file() and file.suffix != ".key"] == []


def test_a_failed_rule_shows_no_respondent() -> None:
    """The keys of offending rows go into the metadata of a check."""
    wave = synthetic_wave()
    file = File("a.csv", qualtrics.responses(wave))
    form = instrument.load("cryptodrug_2019")
    made = wave_tables([file], form, statements.of_wave(WAVE), respondent_pseudonym(bytes(32), WAVE), replicates=0)
    answers = made.frames["parsed.survey_answers"]
    twice = {"parsed.survey_answers": pl.concat([answers, answers.head(99)])}
    (failed,) = [one for one in judge(twice, made.frames, "duckdb")["parsed.survey_answers"] if one.samples]
    assert set(failed.sample_columns) == {"wave", "item"} and "R0" not in str(failed)
