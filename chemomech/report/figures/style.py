"""One look for all figures: type, thin spines, colours that all can tell, direct labels."""

import base64
import io
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike, NDArray

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE = "#8E4A86", "#B07A00"
GREY, BLACK = "#6B6B6B", "#1A1A1A"
CATHODE, ANODE, IONIC = BLUE, VERMILLION, PURPLE
CASES = ((ORANGE, "o"), (GREEN, "s"), (BLUE, "^"))
PAGE_WIDTH = 7.5  # inches
DOTS_PER_INCH = 150
# What typeset, tick labels and matplotlib's own formatters write.
OUR_FORMULAS = re.compile(
    r"\$(\\mathit\{[KG]\}(/\\mathit\{K\})?(_\{(Ic|c)\})?|G_c|10\^\{-?\d+\}|\\mathdefault\{[^$]*\})\$"
)

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "axes.titlelocation": "left",
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "chemomech",
    "savefig.dpi": DOTS_PER_INCH,
    "savefig.facecolor": "white",
    "mathtext.default": "regular",
}


def styled() -> Any:
    """Make the context in which figures are made and saved.

    It begins with the defaults: a matplotlibrc in the current folder may start TeX.
    """
    return style.context(["default", RC])


def new_figure(height: float, width: float = PAGE_WIDTH) -> Figure:
    """Make an empty figure.

    Parameters
    ----------
    height, width : float
        Sizes [inches].
    """
    return Figure(figsize=(width, height))


def typeset(text: str) -> str:
    """Write K_Ic and G_c in a text as matplotlib typesets them."""
    return re.sub(r"\b([KG])_(Ic|c)\b", r"$\\mathit{\1}_{\2}$", text).replace(
        "K/", "$\\mathit{K}$/"
    )


def plain_number(value: float, _: Any = None) -> str:
    """Write a tick label without exponent where that is short: 0.1, 1, 100, 10⁴."""
    if value != 0.0 and not 1e-3 <= abs(value) < 1e4:
        return f"$10^{{{round(np.log10(abs(value)))}}}$"
    return f"{value:g}"


def plain_logarithm(axis: Any) -> None:
    """Put plain numbers at the decades of a logarithmic axis, at 2 and 5 too on a short one."""

    def between(value: float, position: Any) -> str:
        """Label 2 and 5 where the axis spans less than two decades."""
        low, high = axis.get_view_interval()
        leading = round(value / 10.0 ** np.floor(np.log10(value) + 1e-9))
        return plain_number(value) if high < 100.0 * low and leading in (2, 5) else ""

    axis.set_major_formatter(FuncFormatter(plain_number))
    axis.set_minor_formatter(FuncFormatter(between))


def spread(places: ArrayLike, gap: float) -> NDArray[np.float64]:
    """Move places on an axis from 0 to 1 away from each other, in the same order and within 0 to 1.

    Parameters
    ----------
    places : (n,) array
        Where they are.
    gap : float
        Smallest distance that they then have.
    """
    order = np.argsort(places, kind="stable")
    moved = np.clip(np.asarray(places, dtype=float)[order], 0.0, 1.0)
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    if len(moved) and moved[-1] > 1.0:
        moved[-1] = 1.0
        for i in range(len(moved) - 2, -1, -1):
            moved[i] = min(moved[i], moved[i + 1] - gap)
    result = np.empty_like(moved)
    result[order] = moved
    return result


def label_ends(axis: Axes, entries: Sequence[tuple[str, float, str]], size: float = 8) -> None:
    """Write labels to the right of the axes, at their heights but clear of each other.

    Parameters
    ----------
    axis : Axes
        Where the lines are.
    entries : sequence of (text, y, colour)
        The labels with the last value of their lines in the data's units; those without are left
        out.
    size : float
        Of the type [points].
    """
    entries = [entry for entry in entries if np.isfinite(entry[1])]
    if not entries:
        return
    height = axis.get_position().height * axis.figure.get_figheight() * 72.0
    data = np.array([[axis.get_xlim()[1], y] for _, y, _ in entries])
    places = axis.transAxes.inverted().transform(axis.transData.transform(data))[:, 1]
    for (text, _, colour), place in zip(entries, spread(places, 1.3 * size / height), strict=True):
        axis.text(
            1.015,
            place,
            typeset(text),
            transform=axis.transAxes,
            color=colour,
            size=size,
            va="center",
        )


def as_written(figure: Figure) -> None:
    """Draw every text of a user as it is written: a $ in it begins no formula."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        if "$" in OUR_FORMULAS.sub("", text.get_text()):
            text.set_parse_math(False)


def png_bytes(figure: Figure) -> bytes:
    """Save a figure as PNG at 150 dpi."""
    as_written(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def svg_bytes(figure: Figure) -> bytes:
    """Save a figure as SVG with text as outlines, so that it looks the same everywhere."""
    as_written(figure)
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    return buffer.getvalue()


def data_address(content: bytes, kind: str) -> str:
    """Make content a data address that stands inside the page.

    Parameters
    ----------
    content : bytes
        The file.
    kind : str
        "png" or "svg+xml".
    """
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
