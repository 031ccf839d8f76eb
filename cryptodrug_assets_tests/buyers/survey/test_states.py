"""Why an answer is missing: known answers for each way in which a file speaks or is silent."""

import polars as pl
import pytest

from cryptodrug_assets.buyers.survey import routing
from cryptodrug_assets.buyers.survey.formats.reading import read_export
from cryptodrug_assets.buyers.survey.importing import Canonical, canonical
from cryptodrug_assets.errors import UserError
from cryptodrug_assets_tests.buyers.survey.kit import SMALL, File, imported, lime, small, state_of


def done(rows: list[str], text: str = SMALL, **options: bool) -> Canonical:
    return canonical(read_export([lime(rows)]), small(text), **options)


def test_each_silence_of_a_coded_csv() -> None:
    got = done(
        [
            "1,2020-01-01,2,nl,Y,20,Y,,,1,because",  # all answered
            "2,2020-01-01,2,nl,N,20,,,,,",  # routed out of drugs and city
            "3,2020-01-01,2,nl,Y,17,,,,,",  # too young for the city; no drug ticked
            "4,2020-01-01,2,nl,,30,,,,,",  # did not say whether they buy: routed out
            "5,,1,nl,Y,40,Y,,,,",  # left after the first page
            "6,2020-01-01,2,nl,Y,,,,Y,,",  # no age: whether the city was shown is unknown
        ]
    )
    assert state_of(got, "1", "drugs_lsd") == ("valid", "platform")
    assert state_of(got, "2", "drugs_lsd") == ("not_shown", "routing")
    assert state_of(got, "2", "city") == ("not_shown", "routing")
    assert state_of(got, "2", "why") == ("no_answer", "routing")
    assert state_of(got, "3", "drugs_cannabis") == ("no_answer", "routing")
    assert state_of(got, "3", "city") == ("not_shown", "routing")
    assert state_of(got, "4", "buys") == ("no_answer", "routing")
    assert state_of(got, "4", "drugs_lsd") == ("not_shown", "routing")
    assert state_of(got, "5", "city") == ("broken_off", "platform")
    assert state_of(got, "6", "drugs_cannabis") == ("valid", "platform")  # "none of these" is an answer
    assert state_of(got, "6", "city") == ("unknown_missing", None)


def test_without_completion_nothing_after_the_last_answer_is_guessed() -> None:
    head = "id,startlanguage,buys,age,drugs[cannabis],drugs[lsd],drugs[none],city,why"
    got = canonical(read_export([lime(["1,nl,Y,20,,,,,", "2,nl,Y,,Y,,,1,x"], head)]), small())
    assert state_of(got, "1", "drugs_cannabis") == ("no_answer", "routing")  # same page as the last answer
    assert state_of(got, "1", "city") == ("unknown_missing", None)
    assert state_of(got, "2", "age") == ("no_answer", "routing")


def test_break_off_is_inferred_only_when_the_instrument_says_so() -> None:
    head = "id,submitdate,startlanguage,buys,age,drugs[cannabis],drugs[lsd],drugs[none],city,why"
    rows = ["1,,nl,Y,20,Y,,,,"]
    unknown = canonical(read_export([lime(rows, head)]), small())
    assert state_of(unknown, "1", "city") == ("unknown_missing", None)
    inferred = canonical(
        read_export([lime(rows, head)]), small(SMALL.replace("pages: blocks", "pages: blocks\nbreak_off: infer"))
    )
    assert state_of(inferred, "1", "city") == ("broken_off", "inferred")


def test_routing_that_is_not_understood_is_unknown_and_counted() -> None:
    got = done(["1,2020-01-01,2,nl,Y,20,Y,,,,"], SMALL.replace('"age >= 18 and buys == 1"', '"strlen(why) > 3"'))
    assert state_of(got, "1", "city") == ("unknown_missing", None)
    assert sum(got.report.not_understood.values()) == 1


def test_an_answer_against_the_routing_stays_and_is_counted() -> None:
    got = done(["1,2020-01-01,2,nl,N,20,,,,2,"])
    assert state_of(got, "1", "city") == ("valid", "platform")
    assert got.report.contradicted == {"city": 1}


def test_a_code_outside_its_list_stops_or_is_set_aside() -> None:
    rows = ["1,2020-01-01,2,nl,Y,20,Y,,,9,x"]
    with pytest.raises(UserError, match="outside the code list of item city in 1 responses"):
        done(rows)
    got = done(rows, keep_rejects=True)
    assert state_of(got, "1", "city") == ("unknown_missing", None)
    assert got.rejects.select("item", "verbatim", "reason").row(0) == ("city", "9", "outside the code list")


@pytest.mark.parametrize("age", ["-1", "121", "1,000", "nan", "inf", "20.5", "1e2", "twenty", "٢٠"])
def test_what_is_no_age_is_no_answer_either(age: str) -> None:
    with pytest.raises(UserError, match="column age holds a value outside"):
        done([f'1,2020-01-01,2,nl,Y,"{age}",Y,,,,'])


def test_a_column_that_is_not_there() -> None:
    head = "id,submitdate,lastpage,startlanguage,buys,age,drugs[cannabis],drugs[lsd],drugs[none],why"
    got = canonical(read_export([lime(["1,2020-01-01,2,nl,Y,20,Y,,,x"], head)]), small())
    assert state_of(got, "1", "city") == ("unknown_missing", None)
    assert got.report.absent == ("city",)
    with pytest.raises(UserError, match="is it the instrument of this wave"):
        canonical(read_export([lime(["1,2020-01-01,2,nl,Y"], "id,submitdate,lastpage,startlanguage,buys")]), small())


def test_a_column_that_nobody_knows_fails() -> None:
    head = "id,submitdate,lastpage,startlanguage,buys,age,drugs[cannabis],drugs[lsd],drugs[none],city,why,surprise"
    with pytest.raises(UserError, match="1 of 8 columns are no item of instrument small: surprise"):
        canonical(read_export([lime(["1,2020-01-01,2,nl,Y,20,Y,,,1,x,y"], head)]), small())
    ignoring = small(SMALL + "ignore: [surprise]\n")
    assert canonical(read_export([lime(["1,2020-01-01,2,nl,Y,20,Y,,,1,x,y"], head)]), ignoring).report.ignored == (
        "surprise",
    )


def test_free_text_ends_at_parsed() -> None:
    from cryptodrug_assets.buyers.survey.importing import cleaned

    got = done(["1,2020-01-01,2,nl,Y,20,Y,,,1,CANARY"])
    assert "CANARY" in got.answers["verbatim"].to_list()
    for frame in cleaned(got, lambda who: f"key-{len(who)}"):
        assert "CANARY" not in frame.write_csv()
        assert "verbatim" not in frame.columns


def test_redcap_boxes_of_a_form_that_never_opened_are_not_zero() -> None:
    answers = imported("redcap").answers
    gone = answers.filter((pl.col("item") == "stay_quality") & (pl.col("state") == "broken_off"))
    assert gone.height == 36
    assert gone["code"].null_count() == 36


# ---- routing ----


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("buys == 1", [True, False, False, None]),
        ("buys.NAOK == 'Y'", [True, False, False, None]),
        ('((buys.NAOK == "Y"))', [True, False, False, None]),
        ("${buys} = '1'", [True, False, False, None]),
        ("[buys] = '1'", [True, False, False, None]),
        ("buys != 1", [False, True, True, None]),
        ("!is_empty(buys)", [True, True, False, None]),
        ("not (buys == 1)", [False, True, True, None]),
        ("buys == 1 or age > 3", [True, True, None, None]),
        ("buys == 1 and age > 50", [False, False, False, None]),
        ("age >= 18", [True, True, None, None]),
        ("18 <= age", [True, True, None, None]),
        ("selected(${drugs}, 'lsd')", [True, False, False, None]),
        ("[drugs(lsd)] = '1'", [True, False, False, None]),
        ("buys eq 1 && age lt 21", [True, False, False, None]),
        ("buys = ''", [False, False, True, None]),
    ],
)
def test_expressions_of_three_platforms(text: str, wanted: list[bool | None]) -> None:
    """Respondents: yes and 20; no and 30; both empty; both unknown."""
    known = {
        "buys": [1.0, 0.0, None, None],
        "age": [20.0, 30.0, None, None],
        "drugs_lsd": [1.0, 0.0, None, None],
    }

    def answers(name: str) -> routing.Values:
        unknown = pl.Series([False, False, False, True])
        return routing.Values(pl.Series(known[name], dtype=pl.Float64), unknown)

    assert routing.evaluate(text, small(), answers, 4).to_list() == wanted


@pytest.mark.parametrize(
    "text",
    ["", "buys", "buys ==", "count(buys) > 1", "buys == age", "buys.shown == 1", "regexMatch('/a/', why)", "buys == 1;",
     "(" * 200 + "buys == 1" + ")" * 200, "buys + 1 == 2", "buys == 'maybe'", "x" * 5000, "sum(a.b.c)", "buys < ''"],
)  # fmt: skip
def test_expressions_that_are_not_understood(text: str) -> None:
    def answers(_: str) -> routing.Values:
        return routing.Values(pl.Series([1.0]), pl.Series([False]))

    with pytest.raises(routing.RoutingError):
        routing.evaluate(text, small(), answers, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("buys == 1,", "nobody == 1,"), "asks nobody, which is no item"),
        (("buys == 1,", "city == 1,"), "asks city, which comes later"),
        (("name: age", "name: buys"), "are both written|two items"),
        (("block: two, kind: text", "block: three, kind: text"), "block three, which is not listed"),
        (("none: none}", "none: nothing}"), "none names nothing"),
        (("kind: text", "kind: essay"), "kind"),
        (("wave:", "wav:"), "wav"),
    ],
)
def test_a_wrong_instrument_is_named(change: tuple[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        small(SMALL.replace(*change))


def test_two_exports_are_not_put_together() -> None:
    row = "1,2020-01-01,2,nl,Y,20,Y,,,1,x"
    with pytest.raises(UserError, match="response 1 stands twice"):
        read_export([lime([row, row])])
    with pytest.raises(UserError, match="give the files of one export"):
        read_export([lime([row]), File("other.csv", lime([row]).data)])
