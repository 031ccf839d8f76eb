"""The scorecard's page of the documentation: ranges as a reader would write them, gaps that stay gaps."""

import pytest

from cryptodrug_assets.publishing.figures import Line, share_lines
from cryptodrug_assets.publishing.scorecard_page import range_text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (5e-324, 1, "above 0, to 1"), (5e-324, None, "> 0"), (0.0, 0.1, "< 0.1"),
        (2.0, None, "≥ 2"), (None, 3.0, "≤ 3"), (0.0, 0.0, "0"),
    ],
)  # fmt: skip
def test_ranges_as_a_reader_would_write_them(low: float | None, high: float | None, text: str) -> None:
    assert range_text({"expected_low": low, "expected_high": high}) == text


def test_a_gap_in_a_line_stays_a_gap() -> None:
    months = ["2019-04", "2019-05", "2019-06"]
    whole = share_lines("t", [Line("m", months, [0.1, 0.2, 0.3], [0, 0, 0], [1, 1, 1])])
    broken = share_lines("t", [Line("m", months, [0.1, None, 0.3], [0, None, 0], [1, None, 1])])
    assert whole != broken and whole.startswith("<svg")
