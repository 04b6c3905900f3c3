"""One look for all figures: type, thin spines, colours for colour-blind readers too, direct labels."""

import base64
import io
import re

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, GREY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#8E4A86",
    "#B07A00",
    "#6B6B6B",
    "#1A1A1A",
)
CATHODE, ANODE, IONIC = BLUE, VERMILLION, PURPLE
CASES = ((ORANGE, "o"), (GREEN, "s"), (BLUE, "^"))
PAGE_WIDTH = 7.5  # inches
DOTS_PER_INCH = 150

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


def styled():
    """Context in which figures are made and saved."""
    return rc_context(RC)


def new_figure(height, width=PAGE_WIDTH):
    """An empty figure, sizes in inches."""
    return Figure(figsize=(width, height))


def typeset(text):
    """Text with K_Ic and G_c as matplotlib typesets them."""
    return re.sub(r"\b([KG])_(Ic|c)\b", r"$\\mathit{\1}_{\2}$", text).replace(
        "K/", "$\\mathit{K}$/"
    )


def plain_number(value, _=None):
    """Tick label without exponent where that is short: 0.1, 1, 100, 10⁴."""
    if value != 0.0 and not 1e-3 <= abs(value) < 1e4:
        return f"$10^{{{round(np.log10(abs(value)))}}}$"
    return f"{value:g}"


def plain_logarithm(axis):
    """Plain numbers at the decades of a logarithmic axis, and at 2 and 5 where it spans less than two."""

    def between(value, position):
        low, high = axis.get_view_interval()
        leading = round(value / 10.0 ** np.floor(np.log10(value) + 1e-9))
        return plain_number(value) if high < 100.0 * low and leading in (2, 5) else ""

    axis.set_major_formatter(FuncFormatter(plain_number))
    axis.set_minor_formatter(FuncFormatter(between))


def spread(places, gap):
    """Places (n,) from 0 to 1 moved apart by at least `gap`, in the same order, and kept within 0 to 1."""
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


def label_ends(axis, entries, size=8):
    """Write (text, data y, colour) to the right of the axes, at their heights but apart from each other."""
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


def png_bytes(figure):
    """A figure as PNG at 150 dpi."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return buffer.getvalue()


def svg_bytes(figure):
    """A figure as SVG with text as outlines, so that it looks the same everywhere."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    return buffer.getvalue()


def data_address(content, kind):
    """Content as a data address that stands inside the page; kind: "png" or "svg+xml"."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
