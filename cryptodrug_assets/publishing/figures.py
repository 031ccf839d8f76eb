"""The lines of the scorecard's page of the documentation, as SVG that is the same each time (matplotlib)."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Line:
    """A series of monthly values with its interval; None where a month is missing."""

    label: str
    months: Sequence[str]
    values: Sequence[float | None]
    lower: Sequence[float | None]
    upper: Sequence[float | None]
    colour: int | None = None


def share_lines(title: str, lines: Sequence[Line]) -> str:
    """Shares in percent over months, one line with ribbon per market; gaps stay gaps."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    months = sorted({month for line in lines for month in line.months})
    position = {month: place for place, month in enumerate(months)}
    with mpl.rc_context({"svg.hashsalt": "cryptodrug", "font.size": 9}):
        figure, axes = plt.subplots(figsize=(7.5, 2.9), layout="constrained")
        for number, line in enumerate(lines):
            x = [position[month] for month in line.months]
            percent = [[None if v is None else 100 * v for v in part] for part in (line.values, line.lower, line.upper)]
            values, lower, upper = ([float("nan") if v is None else v for v in part] for part in percent)
            (drawn,) = axes.plot(
                x,
                values,
                marker="o",
                markersize=3.5,
                label=line.label,
                color=f"C{line.colour if line.colour is not None else number}",
            )
            axes.fill_between(x, lower, upper, alpha=0.15, color=drawn.get_color(), linewidth=0)
            # A month between two hidden ones has no area.
            axes.vlines(x, lower, upper, alpha=0.3, color=drawn.get_color(), linewidth=1)
        axes.set_title(title, loc="left")
        axes.set_ylabel("percent of the market")
        axes.set_ylim(bottom=0)
        axes.set_xticks(range(len(months)), months, rotation=45, ha="right")
        axes.spines[["top", "right"]].set_visible(False)
        _legend_beside_title(axes)
        return _svg(figure)


def _legend_beside_title(axes: "Axes") -> None:
    """Above the axes, where it covers no value."""
    axes.legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0)


def _svg(figure: "Figure") -> str:
    """The figure as an element to put into a page."""
    from matplotlib import pyplot as plt

    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
