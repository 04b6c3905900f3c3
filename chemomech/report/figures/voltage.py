"""Charge and discharge: voltage against the charge put in, and where it goes at worst."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chemomech.report.figures.series import MANY_CYCLES, of_cycle
from chemomech.report.figures.style import ANODE, BLACK, CASES, CATHODE, GREY, IONIC, new_figure
from chemomech.report.losses import PARTS
from chemomech.report.results import CaseResult, Results
from chemomech.report.words import number

# Shades of the cathode's blue for its three parts, the colours of the main figure for the others.
PART_STYLES = {
    "contact": ("cathode:\nlost contact", CATHODE),
    "transfer": ("cathode:\ncharge transfer", "#7FB3D9"),
    "film": ("cathode: film", "#C9DDEE"),
    "lithium": ("lithium interface", ANODE),
    "ionic": ("ions in the\nelectrolyte", IONIC),
    "electronic": ("electrons", GREY),
}
MOST_NUMBERS = 12  # bars up to which each carries its sum
MOST_TICKS = 20


def voltage_figure(results: Results, cases: Sequence[CaseResult], rows: pd.DataFrame) -> Figure:
    """Draw the voltage against the charge put in, and where it goes at the worst instant.

    Parameters
    ----------
    results : Results
        The study.
    cases : sequence of CaseResult
        Those that are shown, with a time series.
    rows : DataFrame
        All finished rows of the table, ascending.
    """
    figure = new_figure(3.3)
    loops(figure.add_axes([0.085, 0.145, 0.375, 0.735]), cases)
    known = rows.dropna(subset=[f"loss_{part}_mV" for part in PARTS])
    if len(known):
        bars(figure.add_axes([0.545, 0.145, 0.28, 0.735]), results, known)
    return figure


def drawn_cycles(table: pd.DataFrame) -> list[tuple[pd.DataFrame, Any]]:
    """Choose the cycles of a time series to draw, with a line style each.

    They are all of one or two, else the first, dashed, and the last.
    """
    last = int(table["cycle"].max())
    if last <= MANY_CYCLES:
        return [(table, "-")]
    first = int(table.loc[table["cycle"] > 0, "cycle"].min())
    return [(of_cycle(table, first), (0, (4, 2))), (of_cycle(table, last), "-")]


def loops(axis: Axes, cases: Sequence[CaseResult]) -> None:
    """Draw voltage against the charge put in, the equilibrium potential thin beside it."""
    for case, (colour, _) in zip(cases, CASES, strict=False):
        table = case.timeseries()
        for part, style in drawn_cycles(table):
            axis.plot(
                -part["charge_mAh_cm2"], part["voltage_V"], color=colour, ls=style, label=case.title
            )
        last = drawn_cycles(table)[-1][0]
        axis.plot(
            -last["charge_mAh_cm2"],
            last["equilibrium_potential_V"],
            color=colour,
            lw=0.7,
            alpha=0.8,
        )
    axis.set_xlabel("charge put in [mAh cm⁻²]")
    axis.set_ylabel("voltage [V]")
    axis.set_title("(a) voltage; thin: equilibrium")
    handles = {
        line.get_label(): line for line in axis.get_lines() if not line.get_label().startswith("_")
    }
    names = [textwrap.fill(name, 28) for name in handles]
    axis.legend(
        handles.values(),
        names,
        loc="best",
        handlelength=1.4,
        fontsize=7 if "\n" in "".join(names) else 8,
    )


def bars(axis: Axes, results: Results, rows: pd.DataFrame) -> None:
    """Draw shares of the voltage loss at every case's worst instant, its sum [mV] on top.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    results : Results
        The study.
    rows : DataFrame
        Rows of its table with known parts.
    """
    places, base = np.arange(len(rows)), np.zeros(len(rows))
    totals = sum(rows[f"loss_{part}_mV"].to_numpy() for part in PARTS)
    for part, (label, colour) in PART_STYLES.items():
        share = 100.0 * rows[f"loss_{part}_mV"].to_numpy() / totals
        if share.max() > 0.05:
            axis.bar(
                places,
                share,
                0.82,
                bottom=base,
                color=colour,
                label=label,
                edgecolor="white",
                lw=0.4,
            )
        base = base + share
    if len(rows) <= MOST_NUMBERS:
        for place, total in zip(places, totals, strict=True):
            axis.text(place, 101.0, number(total), ha="center", va="bottom", size=7, color=BLACK)
    axis.set_title("(b) where it goes at worst; top: sum [mV]", pad=13)
    axis.set_xlim(-0.6, len(rows) - 0.4)
    axis.set_ylim(0.0, 100.0)
    axis.set_ylabel("share of the voltage loss [%]")
    _names(axis, results, rows, places)
    handles, labels = axis.get_legend_handles_labels()
    axis.legend(
        handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.01, 1.0), handlelength=1.0
    )


def _names(axis: Axes, results: Results, rows: pd.DataFrame, places: NDArray[Any]) -> None:
    """Name the bars: values of the varied quantity.

    Where several vary, they are numbers of the cases.
    """
    order = {case.label: index for index, case in enumerate(results.cases)}
    if len(results.axes) == 1:
        varied = results.axes[0]
        names = [
            f"{place:g}" if varied.numeric else str(varied.values[int(place)])
            for place in rows["place"]
        ]
        axis.set_xlabel(varied.label)
    else:
        names = [str(order[label]) for label in rows.index]
        axis.set_xlabel("number of the case")
    step = int(np.ceil(len(places) / MOST_TICKS))
    long = max(map(len, names)) > 4
    turned = {"rotation": 40, "ha": "right"} if long else {}
    axis.set_xticks(places[::step], names[::step], size=7, **turned)
