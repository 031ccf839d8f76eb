"""Files of coding programs: what is written comes back; what programs write otherwise is read; offsets by hand."""

from pathlib import Path

import pytest

from cryptodrug_assets.buyers.interviews import offsets
from cryptodrug_assets.buyers.interviews.files import read_bytes
from cryptodrug_assets.buyers.interviews.model import Project
from cryptodrug_assets.buyers.interviews.offsets import Selection, located
from cryptodrug_assets.buyers.interviews.refi import read_qdc, read_qdpx
from cryptodrug_assets.buyers.interviews.refi_writer import write_qdpx
from cryptodrug_assets.buyers.interviews.synthetic import synthetic_project
from cryptodrug_assets.replica.interviews import CODERS, MODES, NOT_ASKED, TOPICS, synthetic_interviews
from cryptodrug_assets_tests.buyers.interviews.coded_files import NVIVO, TEXT, archive_of, members

RESPONDENTS = [f"R{number:03d}" for number in range(10)]
CONVENTIONS = list(offsets.NAMED.values())
SCHEMAS = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "schemas" / "refi"


@pytest.fixture(scope="module")
def synthetic() -> Project:
    return synthetic_project(synthetic_interviews(RESPONDENTS))


def passages(project: Project) -> list[tuple[str, tuple[str, ...], str | None, str | None]]:
    rows = ((name, coding.code, coding.coder, source.passage(coding)) for name, source, coding in project.codings())
    return sorted(rows, key=str)


@pytest.mark.parametrize("convention", CONVENTIONS, ids=str)
def test_round_trip_keeps_every_passage(synthetic: Project, convention: offsets.Convention) -> None:
    back = read_qdpx(write_qdpx(synthetic, convention), "x.qdpx")
    assert passages(back) == passages(synthetic)
    assert len(passages(back)) > 200 and all(said for *_, said in passages(back))
    assert "👩‍🔬" in " ".join(said or "" for *_, said in passages(back))
    assert set(back.codes) >= set(synthetic.codes) and max(map(len, back.codes)) >= 5
    assert back.cases == synthetic.cases and back.coders == CODERS and back.problems == ()
    assert {source.convention for source in back.sources} == {str(convention)}
    assert all(source.score and source.score >= 0.95 and source.review is None for source in back.sources)


def test_the_same_bytes_each_time(synthetic: Project) -> None:
    again = synthetic_project(synthetic_interviews(RESPONDENTS))
    assert write_qdpx(again) == write_qdpx(synthetic)
    assert write_qdpx(synthetic_project(synthetic_interviews(RESPONDENTS, seed=1))) != write_qdpx(synthetic)


@pytest.mark.parametrize("convention", CONVENTIONS, ids=str)
def test_what_is_written_is_valid(synthetic: Project, convention: offsets.Convention) -> None:
    if not SCHEMAS.is_dir():
        pytest.skip("the schemas are not on this machine")
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(SCHEMAS / "Project.xsd"))
    document = etree.fromstring(members(write_qdpx(synthetic, convention))["project.qde"])
    assert schema.validate(document), list(schema.error_log)[:3]
    document.find("{*}Users")[0].attrib.pop("guid")
    assert not schema.validate(document), "the schema sees what is missing"


def test_the_standard_counts_code_points_and_includes_the_last(synthetic: Project) -> None:
    """Numbers by hand: "SYNTHETIC transcript I01 🔒" has 26 code points."""
    one = Project("p", "", "refi", ("A",), (("c",),), (synthetic.sources[0],))
    first = one.sources[0].codings[0]
    assert first.start is not None and first.end is not None
    xml = members(write_qdpx(one))["project.qde"].decode()
    assert f'startPosition="{first.start}" endPosition="{first.end - 1}"' in xml


# "slot." and "woorden" and "Klaar", counted by hand in each convention.
BY_HAND = {
    "standard": [(6, 10), (17, 23), (32, 36)],
    "nvivo": [(7, 12), (19, 26), (34, 39)],
    "qualcoder": [(6, 11), (17, 24), (32, 37)],
    "taguette": [(11, 16), (22, 29), (37, 42)],
}


@pytest.mark.parametrize("name", BY_HAND)
def test_positions_counted_by_hand(name: str) -> None:
    convention = offsets.NAMED[name]
    transcript = offsets.Transcript(TEXT)
    spans = transcript.spans([Selection(*pair) for pair in BY_HAND[name]], convention)
    assert [transcript.text[slice(*span)] for span in spans if span] == ["slot.", "woorden", "Klaar"]
    told = [Selection(*pair, said) for pair, said in zip(BY_HAND[name], ["slot.", "woorden", "Klaar"], strict=True)]
    assert located(TEXT, told).spans == spans and located(TEXT, told).score == 1.0


def test_positions_that_fit_nothing_ask_for_review() -> None:
    found = located("abcdefgh ijklmnop qrstuvwx", [Selection(2, 4), Selection(11, 13), Selection(20, 22)])
    assert found.review and "no way of counting" in found.review and found.spans == (None, None, None)
    assert found.score is not None and found.score < offsets.LEAST_SCORE


def test_a_tie_asks_for_review() -> None:
    """By hand: (5, 6) is "b" in code points and "a" in UTF-8 bytes, both whole words."""
    found = located("éé a b c d", [Selection(5, 6)])
    assert found.review and "equally well" in found.review and found.spans == (None,)
    told = located("éé a b c d", [Selection(5, 6, "a"), Selection(9, 10, "c")])
    assert told.review is None and told.convention == str(offsets.TAGUETTE)


def test_names_that_are_no_text_do_not_count() -> None:
    found = located("Hello there. Yes.", [Selection(0, 5, "selection 1"), Selection(6, 12, "selection 2")])
    assert found.score == 1.0 and found.convention == str(offsets.QUALCODER)


def test_blanks_that_were_dragged_along() -> None:
    """Whole sentences with the blank after them, end excluded: still the only way of counting that fits."""
    text = "One two. Three four. Five six. Seven."
    found = located(text, [Selection(0, 9), Selection(9, 21), Selection(21, 31)])
    assert found.review is None and found.convention == str(offsets.QUALCODER) and found.score == 0.8
    assert [text[slice(*span)] for span in found.spans if span] == ["One two. ", "Three four. ", "Five six. "]


def test_text_in_an_attribute_has_no_ends_of_lines() -> None:
    """QualCoder writes the coded text as the name of a selection; XML makes blanks of its line ends."""
    found = located("éé a\nb c", [Selection(3, 6, "a b"), Selection(7, 8, "c")])
    assert (found.convention, found.spans) == (str(offsets.QUALCODER), ((3, 6), (7, 8)))


def test_references_without_a_coding_and_several_in_one() -> None:
    xml = NVIVO.replace(' plainTextPath="FILE">', f"><PlainTextContent>{TEXT}</PlainTextContent>")
    xml = xml.replace('<Coding guid="y"><CodeRef targetGUID="{BB}"/></Coding>', '<CodeRef targetGUID="{BB}"/>')
    xml = xml.replace('<CodeRef targetGUID="aa"/>', '<CodeRef targetGUID="aa"/><CodeRef targetGUID="bb"/>')
    said = [
        (source.passage(c), c.code[-1], c.coder) for _, source, c in read_bytes(xml.encode(), "p.qde").project.codings()
    ]
    assert said[:3] == [("slot.", "Leaf", "Ann"), ("woorden", "Top", "Bob"), ("woorden", "Leaf", "Bob")]


def test_without_selections_nothing_is_claimed() -> None:
    assert located("text", []) == offsets.Spans(None, None, None, ())


LAYOUTS = {
    "internal": ("internal://t.txt", "sources/t.txt", "project.qde"),
    "capitals": ("internal://T.TXT", "Sources/t.txt", "Project.qde"),
    "no scheme": ("t.txt", "sources/t.txt", "project.qde"),
    "named after the project": ("relative:///t.txt", "sources/t.txt", "My Project.qde"),
    "another folder": ("C:\\somewhere\\t.txt", "sources/t.txt", "project.qde"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_dialects_are_read(layout: str) -> None:
    path, member, project_file = LAYOUTS[layout]
    xml = NVIVO.replace("FILE", path.replace("\\", "&#92;"))
    data = archive_of({project_file: xml.encode(), member: TEXT.encode("utf-8-sig"), "sources/.root": b""})
    project = read_qdpx(data, "n.qdpx")
    assert project.dialect == "nvivo" and project.coders == ("Ann", "Bob")
    assert project.codes == (("Top",), ("Top", "Leaf"))
    assert passages(project) == sorted(
        [
            ("Photo", ("Top", "Leaf"), "Ann", None), ("Scan", ("Top", "Leaf"), "Ann", None),
            ("Talk", ("Top",), "Bob", "woorden"), ("Talk", ("Top", "Leaf"), "Ann", "slot."),
            ("Talk", ("Top", "Leaf"), "Bob", "Klaar"),
        ],
        key=str,
    ) or passages(project)  # fmt: skip
    assert project.problems == (("Talk", "a coding names a code that is not in the code book"),)
    assert project.sources[0].convention == str(offsets.NVIVO)


def test_an_archive_without_its_texts_keeps_who_coded_what() -> None:
    project = read_qdpx(archive_of({"project.qde": NVIVO.replace("FILE", "internal://t.txt").encode()}), "n.qdpx")
    assert len(project.sources[0].codings) == 3 and project.sources[0].text is None
    assert all(coding.start is None for coding in project.sources[0].codings)
    assert project.sources[0].review == "the text is not in the file"


@pytest.mark.parametrize("namespace", ["urn:QDA-XML:codebook:1.0", "urn:QDA-XML:codebook:0:4"])
def test_code_books(namespace: str) -> None:
    xml = f"""<CodeBook xmlns="{namespace}"><Codes><Code guid="a" name="A" isCodable="true"><Code guid="b" name="B"
    isCodable="true"><Code guid="c" name="C" isCodable="true"><Code guid="d" name="D"/></Code></Code></Code></Codes>
    <Sets/></CodeBook>"""
    wanted = (("A",), ("A", "B"), ("A", "B", "C"), ("A", "B", "C", "D"))
    assert read_qdc(xml.encode(), "c.qdc") == wanted
    assert read_bytes(xml.encode(), "c.qdc").project.codes == wanted


def test_texts_within_the_xml() -> None:
    content = TEXT.replace("\r\n", "&#13;\n")
    xml = NVIVO.replace(' plainTextPath="FILE">', f"><PlainTextContent>{content}</PlainTextContent>")
    project = read_bytes(xml.encode(), "p.qde").project
    assert [source.passage(coding) for _, source, coding in project.codings()][:3] == ["slot.", "woorden", "Klaar"]


def test_the_interviews_are_those_of_the_study() -> None:
    """Counts by the printed statements: methods 6, 42, 43, 45, 51, 60, 61, 63."""
    interviews = synthetic_interviews(RESPONDENTS)
    assert len(interviews) == 10 and {one.respondent for one in interviews} == set(RESPONDENTS)
    assert sorted(one.mode for one in interviews) == sorted(MODES) and len(set(MODES)) == 3
    held = {
        topic.key: sum(any(p.path == topic.path and p.coder == CODERS[0] for p in one.passages) for one in interviews)
        for topic in TOPICS
    }
    assert held["use_ecstasy"] > held["use_cannabis"] and held["polydrug"] > 5 and held["no_rise_frequency"] > 5
    assert held["not_inclined_to_resell"] == 9
    repeated = ["shares_with_friends", "group_buys", "hard_to_get_offline", "price_mdma", "professional_description"]
    assert all(held[key] >= 2 for key in (*repeated, "vendor_specialisation"))
    assert any(passage.path[:2] == NOT_ASKED for one in interviews for passage in one.passages)
    assert all(one.text.startswith("SYNTHETIC") for one in interviews)


def test_other_than_ten_respondents_are_refused() -> None:
    with pytest.raises(ValueError, match="10 different"):
        synthetic_interviews(["R1"] * 10)
