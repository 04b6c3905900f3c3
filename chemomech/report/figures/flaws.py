"""Crack drive of the families of flaws and of the meshed flaws through a run."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from chemomech.report.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, new_figure
from chemomech.report.results import CaseResult

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.5)))
MOMENTS = {"time_h": "time [h]", "time": "progress [–]"}  # of a run that only swells


def drive_table(case: CaseResult) -> pd.DataFrame | None:
    """Read a moment (time_h, or time where a case only swells), family and K_over_KIc.

    Of a meshed flaw it is the largest of its tips. None where the case has no flaws.
    """
    tables = []
    if case.result.get("flaws") and case.file("flaws.csv"):
        tables.append(pd.read_csv(case.file("flaws.csv"))[["time_h", "family", "K_over_KIc"]])
    if case.result.get("meshed_flaws") and case.file("meshed_flaws.csv"):
        meshed = pd.read_csv(case.file("meshed_flaws.csv")).rename(columns={"name": "family"})
        moment = _moment(meshed)
        tables.append(
            meshed.groupby(["family", moment], as_index=False, sort=False)["K_over_KIc"].max()
        )
    return pd.concat(tables, ignore_index=True) if tables else None


def _moment(table: pd.DataFrame) -> str:
    """Find the column that says when."""
    return next(name for name in MOMENTS if name in table)


def style_of(order: int) -> tuple[str, Any]:
    """Give colour and dashes of a family by its order: no two alike up to fifteen."""
    return COLOURS[order % len(COLOURS)], DASHES[order // len(COLOURS) % len(DASHES)]


def flaws_figure(cases: Sequence[CaseResult]) -> Figure:
    """Draw K/K_Ic of every family and meshed flaw, one panel for each of up to three cases."""
    tables: list[Any] = [drive_table(case) for case in cases]
    names = list(dict.fromkeys(name for table in tables for name in table["family"]))
    rows = (len(names) + 2) // 3
    height = 2.5 + 0.2 * rows
    figure = new_figure(height)
    top = 1.0 - (0.35 + 0.2 * rows) / height
    grid = {"left": 0.075, "right": 0.985, "bottom": 0.45 / height, "top": top, "wspace": 0.12}
    axes = figure.subplots(1, len(cases), sharey=True, squeeze=False, gridspec_kw=grid)[0]
    for axis, case, table in zip(axes, cases, tables, strict=True):
        moment = _moment(table)
        for order, name in enumerate(names):
            own, (colour, dashes) = table[table["family"] == name], style_of(order)
            axis.plot(own[moment], own["K_over_KIc"], color=colour, ls=dashes, marker="", lw=1.2)
        axis.axhline(1.0, color=GREY, lw=0.7, ls="--")
        axis.set_title(case.title)
        axis.set_xlabel(MOMENTS[moment])
        axis.set_xlim(table[moment].min(), table[moment].max())
    axes[0].set_ylim(bottom=0.0)
    axes[0].set_ylabel(r"$\mathit{K}/\mathit{K}_{Ic}$ [–]")
    styles = [style_of(order) for order in range(len(names))]
    lines = [axes[0].plot([], [], color=colour, ls=dashes)[0] for colour, dashes in styles]
    figure.legend(lines, names, loc="upper center", ncols=3, bbox_to_anchor=(0.53, 1.0))
    return figure
