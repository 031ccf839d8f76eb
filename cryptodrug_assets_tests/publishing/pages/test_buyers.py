"""The buyers' part in every language: n of N first, intervals, missing bounds; what is hidden stays so."""

import re
from pathlib import Path

import polars as pl
import pytest
from lxml import html as lxml_html

from cryptodrug_assets.publishing.pages.buyers import buyers
from cryptodrug_assets.publishing.pages.finding import Question
from cryptodrug_assets.publishing.pages.harm_reduction import harm_reduction
from cryptodrug_assets.publishing.pages.observed import Observed
from cryptodrug_assets.publishing.pages.page import caveats
from cryptodrug_assets.publishing.pages.recommendations import recommended
from cryptodrug_assets.publishing.pages.statements import statements
from cryptodrug_assets.publishing.words import LANGUAGES, Words
from cryptodrug_assets.study import recommendations
from cryptodrug_assets_tests.publishing.pages.world import WAVE, observed, others


def at(language: str, tables: dict[str, pl.DataFrame] | None = None) -> Observed:
    return Observed(observed(), "BE", Words(language), others() if tables is None else tables)


def said(questions: list[Question]) -> str:
    return " ".join(
        sentence for question in questions for finding in question.findings for sentence in finding.sentences
    )


def cells(questions: list[Question]) -> dict[tuple[str, str], list[str]]:
    """Rows of all tables by their first two cells."""
    tables = [finding.table for question in questions for finding in question.findings if finding.table]
    return {(row[0], row[1]): list(row[2:]) for table in tables for row in table.rows}


@pytest.mark.parametrize(
    ("language", "told", "sample"),
    [
        # 37 of 62 is 59.7 %; with 37 missing of 99: 37 of 99 and 74 of 99.
        ("en", "Main reasons to buy on cryptomarkets: range, 37 of 62 (60%; 95% interval 47% – 71%; with the missing"
               " 37% – 75%).", "an opt-in sample"),
        ("nl", "37 van 62 (60%; 95%-interval 47% – 71%; met de ontbrekenden 37% – 75%)",
         "een steekproef van vrijwilligers"),
        ("fr", "37 sur 62 (60 % ; intervalle à 95 % : 47 % – 71 % ; avec les manquants 37 % – 75 %)",
         "un échantillon de volontaires"),
    ],
)  # fmt: skip
def test_n_of_n_comes_first_then_interval_and_bounds(language: str, told: str, sample: str) -> None:
    text = " ".join(said(buyers(at(language), WAVE)).split())
    assert sample in text and told in text


def test_what_is_hidden_has_no_number() -> None:
    made = buyers(at("en"), WAVE)
    rows = cells(made)
    assert rows["Gender", "c of 99"] == ["–", "–"]
    # The study's own percent without its base, and the hidden answer not at all.
    assert rows["Gender", "man"][:3] == ["share (quoted)", "N hidden (c)", "100%"]
    assert ("Gender", "woman") not in rows
    assert "1 of 7 figures of the survey are confidential" in said(made)


def test_means_routed_items_and_pairs_stand_in_the_table_of_the_rest() -> None:
    rows = cells(buyers(at("en"), WAVE))
    assert rows["Number of drugs never used before", ""] == ["mean", "N = 86", "2.65", "–", "–"]
    assert rows["Frequency of use: cannabis", "daily"][:3] == ["share", "22 of 74", "30%"]
    assert rows["Frequency of use: cannabis", "74 of 99"] == ["75%", "routed"]
    pair = rows[
        "Evaluation of offline purchases: fairly positive or very positive",
        "Evaluation of purchases on cryptomarkets: fairly positive or very positive",
    ]
    assert pair[2] == "the second more often than the first (McNemar, p < 0.05)"


def test_interviews_are_words_unless_the_study_prints_the_number() -> None:
    made = buyers(at("nl"), WAVE)
    rows = cells(made)
    wordings = {row[1] for name, row in ((key, [key[1], *value]) for key, value in rows.items()) if key_is_theme(name)}
    assert wordings == {"9 van 10 (geciteerd)", "de meesten", "sommigen"}
    assert "N = 10 interviews" in said(made) and "De meesten: Gebruikt ecstasy." in said(made)


def key_is_theme(key: tuple[str, str]) -> bool:
    return key[1] in ("51", "42")


def test_every_figure_names_n_and_every_row_of_it() -> None:
    for question in buyers(at("fr"), WAVE):
        for finding in question.findings:
            if finding.figure is None:
                continue
            values = finding.figure[1]["data"]["values"]  # type: ignore[index]
            assert all(re.search(r"\d+ sur \d+|c sur \d+|N masqué", row["text"]) for row in values)


def test_a_wave_whose_instrument_is_not_declared_is_told_in_its_own_words() -> None:
    tables = {
        name: frame.with_columns(wave=pl.lit("2031")) if "wave" in frame.columns else frame
        for name, frame in others().items()
    }
    made = buyers(Observed(observed(), "BE", Words("nl"), tables), "2031")
    assert "Gender (en)" in {key[0] for key in cells(made)}


def test_nothing_is_said_of_buyers_where_nobody_was_asked() -> None:
    empty = at("en", {})
    assert empty.waves == [] and not statements(empty).findings
    supply = recommended(empty)
    assert "Demand: no figure here." in said([supply]) and caveats(empty.words)


def test_each_recommendation_shows_supply_and_demand() -> None:
    made = recommended(at("nl"))
    by_title = {finding.heading: " ".join(finding.sentences) for finding in made.findings}
    harm = by_title["Informatie over schadebeperking (uitspraak 76)"]
    assert "Aanbod: " in harm and "10,0% (5,00% – 15,0%) (Empire Market)" in harm
    assert "41 van 64 (64%; 52% – 75%)" in harm
    served = made.findings[-1].table
    assert served is not None and ["HR01", "Aanbiedingen die over schadebeperking spreken", "76"] in [
        list(row) for row in served.rows
    ]
    assert all(row[2] for row in served.rows) and len(by_title) == len(recommendations.recommendations()) + 2


def test_recommendations_and_indicators_fit_each_other(tmp_path: Path) -> None:
    assert recommendations.problems() == []
    text = recommendations.RECOMMENDATIONS_FILE.read_text("utf-8")
    wrong = tmp_path / "recommendations.yaml"
    wrong.write_text(text.replace("indicator: RT02}", "indicator: SH01}").replace("id: '76'", "id: '79'"), "utf-8")
    told = " ".join(recommendations.problems(wrong))
    assert "72: shipping_window.SH01 is not published" in told and "HR01 serves 76, which is no recommendation" in told


def test_supply_and_demand_of_harm_reduction_stand_beside_each_other() -> None:
    (figure,) = [
        finding.figure
        for finding in harm_reduction(at("en")).findings
        if finding.figure and "respondents" in finding.figure[0]
    ]
    rows = figure[1]["data"]["values"]  # type: ignore[index]
    assert [(row["text"], round(row["value"], 4)) for row in rows] == [("10.0%", 0.1), ("41 of 64 (64%)", 0.6406)]


def test_statements_by_verdict_and_with_what_was_expected() -> None:
    made = statements(at("fr"))
    rows = cells([made])
    assert rows["29", "moyenne de 75 euros"] == [
        "Empire Market",
        "Transaction moyenne",
        "74,5 – 75,5",
        "75",
        "reproduit",
    ]
    assert rows["28", "transaction belge la plus élevée\u00a0: 973 euros"][3:] == ["c", "confidentiel"]
    assert "3 tests de 3 énoncés : reproduit 2, confidentiel 1." in said([made])


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_page_about_a_foreign_market_alone_reads_well(language: str) -> None:
    """A market that the study did not have, and no value of the country: no empty brackets, no zero that is none."""
    from cryptodrug_assets.publishing.pages.page import build_page, build_report

    frame = observed().filter(pl.col("market").is_in(["empire", "_T"]), pl.col("ref_area").is_in(["W0", "_U"]))
    frame = pl.concat([frame, observed().filter(indicator="SH01", ref_area="NL")])
    text = lxml_html.fromstring(
        build_page(build_report(frame, country="NL", language=language, synthetic=False))
    ).text_content()
    assert "()" not in text and "None" not in text and "nan" not in text.split()
