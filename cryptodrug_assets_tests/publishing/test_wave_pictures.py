"""Small pictures of a wave: nothing in them tells of fewer than five respondents."""

import re

import polars as pl
import pytest

from cryptodrug_assets.publishing.wave_pictures import wave_pictures


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"valid": 97, "no_answer": 2}, [99]),  # two alone would be two
        ({"valid": 60, "no_answer": 30, "not_shown": 7, "broken_off": 2}, [60, 30, 9]),
        ({"valid": 90, "no_answer": 3, "not_shown": 3}, [90, 6]),
        ({"valid": 94, "no_answer": 0, "not_shown": 5}, [94, 5]),
        ({"valid": 3}, []),
    ],
)
def test_no_part_is_of_few(counts: dict[str, int], shown: list[int]) -> None:
    rows = [{"item": "gender", "position": 1, "state": state, "n": count} for state, count in counts.items()]
    made = wave_pictures("survey_missing", pl.DataFrame(rows))
    assert made is not None
    widths = [float(width) for width in re.findall(r'<rect x="[\d.]+" y="\d+" width="([\d.]+)"', made[1])]
    assert widths == pytest.approx([340 * count / sum(shown) for count in shown], abs=0.06)
