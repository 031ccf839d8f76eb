"""Categories of a market: what is wrong in the file is named in one line, with its place."""

from datetime import date
from pathlib import Path

import pytest

from cryptodrug_assets.observation import UserError
from cryptodrug_assets.reference.category_files import CategoryRow, market_categories

HEAD = "path,valid_from,drug_class,drug_subclass\n"
GOOD = HEAD + 'Drugs,2018-10-01,medicines_other,\n"Drugs / Hash, fine",2018-10-01,cannabis,cannabis_resin\n'


def test_rows_as_written(tmp_path: Path) -> None:
    (tmp_path / "agora.csv").write_text(GOOD, "utf-8")
    assert market_categories("agora", tmp_path) == [
        CategoryRow("agora", "Drugs", date(2018, 10, 1), "medicines_other", None),
        CategoryRow("agora", "Drugs / Hash, fine", date(2018, 10, 1), "cannabis", "cannabis_resin"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace("path", "paths"), "the first line is paths,valid_from,drug_class,drug_subclass; write path,"),
        ("", "the first line is empty"),
        (HEAD, "holds no category"),
        (HEAD + "Drugs,2018-10-01,herbal_tea,\n", "line 2: no class 'herbal_tea'; there are cannabis, cocaine,"),
        (HEAD + "Drugs,2018-10-01,cannabis,lsd\n", "line 2: no subclass 'lsd' of cannabis; there are: cannabis_conc"),
        (HEAD + "Drugs,2018-13-01,cannabis,\n", "line 2: '2018-13-01' is not a day"),
        (HEAD + "Drugs,2018-10-01,cannabis\n", "line 2: 3 values; write 4"),
        (HEAD + "Drugs /  / Hash,2018-10-01,cannabis,\n", "line 2: 'Drugs /  / Hash' is no path"),
        (HEAD + ",2018-10-01,cannabis,\n", "line 2: '' is no path"),
        (GOOD + "drugs,2018-10-01,cannabis,\n", "line 4: the path drugs comes twice"),
        (HEAD + '"Drugs,2018-10-01,cannabis,\n', "is not CSV"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "agora.csv").write_text(text, "utf-8")
    with pytest.raises(UserError) as caught:
        market_categories("agora", tmp_path)
    assert str(caught.value).startswith("reference/categories/agora.csv")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^reference/categories/agora\.csv is not there; write .*path,valid_from"):
        market_categories("agora", tmp_path)
