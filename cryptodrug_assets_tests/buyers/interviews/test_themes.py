"""Who said what of which code, themes and agreement: small worlds by hand, and the synthetic ten."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from cryptodrug_assets.buyers.interviews.code_list import CodeList, load_code_list, meanings, opaque_key
from cryptodrug_assets.buyers.interviews.codings import Matrix, code_matrix, codings_frame, interview_key
from cryptodrug_assets.buyers.interviews.files import InterviewFile, read_bytes
from cryptodrug_assets.buyers.interviews.model import Case, Coding, Project, Source
from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.buyers.interviews.themes import agreement_frame, public_wording, themes
from cryptodrug_assets.errors import UserError
from cryptodrug_assets.quality.judge import judge
from cryptodrug_assets.replica.interviews import NOT_ASKED, TOPICS, synthetic_interviews

WAVE = "2019"
CODES = CodeList.model_validate(
    {
        "wave": "w1", "dated": "2020-01-01",
        "codes": [
            {"code": "cheap", "label": {"en": "Cheap"}, "paths": ["Price / Cheap"], "counter": ["Price / Dear"],
             "not_asked": ["No time"]},
            {"code": "safe", "label": {"en": "Safe"}, "paths": ["Safe"], "not_asked": ["No time"], "printed": "1 of 2"},
        ],
    }
)  # fmt: skip
CHEAP, DEAR, SAFE, NO_TIME = ("Price", "Cheap"), ("Price", "Dear"), ("Safe",), ("No time",)
BOOK = (("Price",), CHEAP, DEAR, SAFE, NO_TIME)


def file_of(said: dict[str, list[tuple[tuple[str, ...], str | None]]], name: str = "a", **more: Any) -> InterviewFile:
    """A file in which each interview has codings (code, coder)."""
    sources = tuple(Source(one, codings=tuple(Coding(*item) for item in items)) for one, items in said.items())
    project = replace(Project(name, "", "refi", codes=BOOK, sources=sources), **more)
    return InterviewFile(f"{name}.qdpx", name.encode(), "qdpx", project)


def matrix_of(*files: InterviewFile, codes: CodeList | None = CODES) -> Matrix:
    return code_matrix(files, "w1", codes, pseudonym=lambda name: interview_key(b"k" * 32, "w1", name))


def states(matrix: Matrix) -> dict[tuple[str, str, str], tuple[str, bool | None]]:
    names = {interview_key(b"k" * 32, "w1", name): name for name in ("I1", "I2", "I3")}
    return {
        (names[row["interview_key"]], row["coder"], row["code"]): (row["state"], row["counter_case"])
        for row in matrix.frame.iter_rows(named=True)
    }


def test_present_absent_not_asked_not_coded() -> None:
    said = states(
        matrix_of(file_of({"I1": [(CHEAP, "Ann"), (DEAR, "Bob")], "I2": [(NO_TIME, "Ann"), (SAFE, "Ann")], "I3": []}))
    )
    assert said[("I1", "A", "cheap")] == ("present", False) and said[("I1", "B", "cheap")] == ("absent", True)
    assert said[("I2", "A", "cheap")] == ("not_asked", None) and said[("I2", "A", "safe")] == ("present", None)
    # Bob saw nothing of the second, nobody anything of the third: no absence.
    assert {said[("I2", "B", code)] for code in ("cheap", "safe")} == {("not_coded", None)}
    assert {said[("I3", coder, code)][0] for coder in "AB" for code in ("cheap", "safe")} == {"not_coded"}
    assert len(said) == 3 * 2 * 2


def test_a_coder_who_saw_nothing_is_told() -> None:
    matrix = matrix_of(
        file_of({"I1": [(CHEAP, "Ann")], "I2": [(SAFE, "Ann"), (SAFE, "Bob")]}, coders=("Ann", "Bob", "C"))
    )
    assert matrix.idle == ("C",) and matrix.unseen == 1


def test_one_file_per_coder_and_endings_of_names() -> None:
    matrix = matrix_of(file_of({"I1.docx": [(CHEAP, "Ann")]}), file_of({"I1": [(SAFE, "Bob")]}, "b"))
    assert states(matrix) == {
        ("I1", "A", "cheap"): ("present", False), ("I1", "A", "safe"): ("absent", None),
        ("I1", "B", "cheap"): ("absent", False), ("I1", "B", "safe"): ("present", None),
    }  # fmt: skip


def test_two_exports_of_one_project_are_refused() -> None:
    first = file_of({"I1": [(CHEAP, "Ann")]})
    assert matrix_of(first, file_of({"I1": [(CHEAP, "Ann")]}, "same")).frame.equals(matrix_of(first).frame)
    with pytest.raises(UserError, match="two exports of one project"):
        matrix_of(first, file_of({"I1": [(CHEAP, "Ann"), (SAFE, "Ann")]}, "later"))


def test_a_code_that_a_coders_book_lacks_was_not_judged() -> None:
    second = file_of({"I1": [(SAFE, "Bob")]}, "b", codes=(SAFE,))
    assert states(matrix_of(file_of({"I1": [(CHEAP, "Ann")]}), second))[("I1", "B", "cheap")] == ("not_coded", None)


def test_what_is_not_declared_gets_an_opaque_key() -> None:
    matrix = matrix_of(
        file_of({"I1": [(("Talk of Jan Janssens",), "Ann"), (CHEAP, None)]}, codes=(*BOOK, ("Talk of Jan Janssens",)))
    )
    assert matrix.undeclared == (("Talk of Jan Janssens",),)
    assert opaque_key(("Talk of Jan Janssens",)) in set(matrix.frame["code"])
    assert "Jan" not in matrix.frame.write_csv() and "Ann" not in matrix.frame.write_csv()
    assert set(matrix.frame["coder"]) == {"A", "unknown"}


def test_a_path_is_one_code_alone() -> None:
    twice = CODES.model_copy(update={"codes": [*CODES.codes, CODES.codes[0].model_copy(update={"code": "other"})]})
    with pytest.raises(UserError, match="cheap, other"):
        meanings([CHEAP], twice)
    assert [meaning.code for meaning in meanings([NO_TIME], CODES)[NO_TIME]] == ["cheap", "safe"]


def test_k_of_n_by_hand() -> None:
    """cheap: I1 both, I2 Ann, I3 Bob; both mark a counter-case in I3. All agree on 1, one at least found it in 3."""
    said: dict[str, list[tuple[tuple[str, ...], str | None]]] = {
        "I1": [(CHEAP, "Ann"), (CHEAP, "Bob")], "I2": [(CHEAP, "Ann"), (SAFE, "Bob")],
        "I3": [(DEAR, "Ann"), (DEAR, "Bob"), (CHEAP, "Bob")],
    }  # fmt: skip
    (row,) = themes(matrix_of(file_of(said)).frame, CODES).filter(code="cheap").iter_rows(named=True)
    assert (row["present_n"], row["present_low"], row["present_high"]) == (1, 1, 3)
    assert (row["asked_n"], row["disputed_n"], row["counter_n"], row["counted_by"]) == (3, 2, 1, "coders who agree")
    with_reference = CODES.model_copy(update={"reference_coder": "Bob"})
    found = themes(matrix_of(file_of(said), codes=with_reference).frame, with_reference).filter(code="cheap")
    assert found.select("present_n", "counted_by").row(0) == (2, "reference coder")


def test_who_was_not_asked_is_not_of_n() -> None:
    frame = themes(matrix_of(file_of({"I1": [(SAFE, "Ann")], "I2": [(NO_TIME, "Ann")], "I3": []})).frame, CODES)
    safe = frame.filter(code="safe").row(0, named=True)
    assert (safe["interviews_n"], safe["asked_n"], safe["present_n"], safe["counter_n"]) == (3, 1, 1, None)
    assert safe["wording"] == "1 of 2", "printed by the study"
    assert frame.filter(code="cheap")["wording"].item() == "few or none"


@pytest.mark.parametrize(("k", "n", "said"), [(6, 10, "most"), (5, 10, "some"), (2, 10, "few or none"), (1, 1, "most")])
def test_wordings(k: int, n: int, said: str) -> None:
    assert public_wording(k, n) == said


@pytest.fixture(scope="module")
def synthetic() -> tuple[InterviewFile, Matrix]:
    interviews = synthetic_interviews([f"R{n}" for n in range(10)])
    file = read_bytes(write_qdpx(synthetic_project(interviews)), "s.qdpx")
    codes = load_code_list(WAVE)
    return file, code_matrix([file], WAVE, codes, pseudonym=lambda name: interview_key(b"k" * 32, WAVE, name))


def test_the_synthetic_ten_give_the_counts_of_the_study(synthetic: tuple[InterviewFile, Matrix]) -> None:
    _, matrix = synthetic
    assert matrix.undeclared == () and matrix.unused == () and matrix.idle == () and matrix.unseen == 0
    frame = themes(matrix.frame, load_code_list(WAVE))
    found = {row["code"]: row for row in frame.iter_rows(named=True)}
    for topic in TOPICS:
        row = found[topic.key]
        assert row["present_n"] == len(topic.holders), topic.key
        assert row["asked_n"] == 10 - len(topic.not_asked)
        assert row["counter_n"] == (len(topic.against) if topic.against_path else None)
        assert row["present_low"] <= row["present_n"] <= row["present_high"] or row["disputed_n"]
    assert found["not_inclined_to_resell"]["wording"] == "9 of 10"
    assert found["polydrug"]["wording"] == "most" and found["price_mdma"]["wording"] == "some"
    assert not {NOT_ASKED[0]} & set(frame["code"]) and frame["synthetic"].all()


def test_agreement_of_the_synthetic_coders(synthetic: tuple[InterviewFile, Matrix]) -> None:
    """Counted from the codings themselves: how often the two said the same."""
    _, matrix = synthetic
    wide = matrix.frame.filter(pl.col("state").is_in(["present", "absent"])).pivot(
        on="coder", index=["interview_key", "code"], values="state"
    )
    frame = agreement_frame(matrix.frame)
    pooled = frame.filter(code="all", measure="percent").row(0, named=True)
    assert pooled["value"] == pytest.approx((wide["A"] == wide["B"]).mean()) and 0.85 < pooled["value"] < 1
    assert pooled["lower"] < pooled["value"] < pooled["upper"] and pooled["interviews_n"] == 10
    assert frame.height == 4 * (len(TOPICS) + 1)
    assert frame.filter(pl.col("value").is_null() | pl.col("lower").is_null())["reason"].null_count() == 0


def test_the_tables_keep_their_contracts(synthetic: tuple[InterviewFile, Matrix]) -> None:
    file, matrix = synthetic
    codes = load_code_list(WAVE)
    frames = {
        "parsed.interview_codings": codings_frame([file], WAVE),
        "clean.interview_codes": matrix.frame,
        "indicators.interview_themes": themes(matrix.frame, codes),
        "indicators.coding_agreement": agreement_frame(matrix.frame, resamples=200),
    }
    for name, verdicts in judge(frames, engine="duckdb").items():
        assert [result.rule.id for verdict in verdicts for result in verdict.failed] == [], name
    broken = matrix.frame.head(-1)
    failed = judge({"clean.interview_codes": broken}, engine="duckdb")["clean.interview_codes"]
    assert "coders_complete" in {result.rule.id for verdict in failed for result in verdict.failed}


def test_cases_are_the_interviews_where_each_source_has_one() -> None:
    sources = (Source("t1", codings=(Coding(CHEAP, "Ann"),)), Source("t2", codings=(Coding(SAFE, "Ann"),)))
    one = Project("p", "", "refi", codes=BOOK, sources=sources, cases=(Case("I1", ("t1", "t2")),))
    matrix = matrix_of(InterviewFile("a", b"a", "qdpx", one))
    assert {key[0] for key in states(matrix)} == {"I1"}
    everyone = replace(one, cases=(Case("I1", ("t1",)), Case("all", ("t1", "t2"))))
    assert set(everyone.interviews()) == {"t1", "t2"}
