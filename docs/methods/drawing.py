"""What the two scripts of figures share: colours, where figures go, how they are saved. Same code, same files."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

BLUE, RED, GREY = "#2a6f97", "#c1443c", "#8d99ae"
_FIGURES = Path(__file__).parent / "figures"


def save(figure: plt.Figure, name: str) -> None:
    """Write figures/NAME.svg, without a date, so that it changes only with what it shows."""
    _FIGURES.mkdir(exist_ok=True)
    figure.tight_layout()
    figure.savefig(_FIGURES / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def draw_all(*draws: Callable[[], None]) -> None:
    """Draw one after the other in one style."""
    style = {"svg.hashsalt": "methods", "axes.spines.top": False, "axes.spines.right": False, "font.size": 9}
    mpl.rcParams.update(style)
    for draw in draws:
        draw()
