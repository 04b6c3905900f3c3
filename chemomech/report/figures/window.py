"""The main figure: what one varied quantity does to contact, resistance, capacity, drive and risk.

Panels share the axis of the varied quantity. Along the stack pressure the safe window is shaded
through all of them, and what fails beyond it is written above.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chemomech.report.axes import PRESSURE, Axis
from chemomech.report.figures.style import (
    ANODE,
    BLACK,
    CATHODE,
    GREEN,
    GREY,
    IONIC,
    PAGE_WIDTH,
    label_ends,
    new_figure,
    plain_logarithm,
    typeset,
)
from chemomech.report.published import operating_pressures
from chemomech.report.results import Results
from chemomech.report.words import number

LEFT, RIGHT, TOP, BOTTOM, GAP = 1.0, 1.2, 0.72, 0.48, 0.16  # inches
STATIC = "#8A5A00"
HEIGHTS = (1.1, 1.45, 0.95, 1.5, 0.95, 1.05)


def window_figure(results: Results, rows: pd.DataFrame, answer: Any) -> Figure:
    """Draw the figure of a study along one axis.

    Parameters
    ----------
    results : Results
        The study.
    rows : DataFrame
        Its finished cases, ascending, with the column "place".
    answer : Answer
        Its `low`, `high`, `left`, `right` and `empty` are shown above the panels.
    """
    head = TOP if results.window is not None else 0.15
    height = head + sum(HEIGHTS) + GAP * (len(HEIGHTS) - 1) + BOTTOM
    figure = new_figure(height)
    axes: list[Axes] = []
    top = height - head
    for size in HEIGHTS:
        box = [
            LEFT / PAGE_WIDTH,
            (top - size) / height,
            (PAGE_WIDTH - LEFT - RIGHT) / PAGE_WIDTH,
            size / height,
        ]
        axes.append(figure.add_axes(box, sharex=axes[0] if axes else None))
        top -= size + GAP
    _horizontal(results.axes[0], axes)
    bounds = (
        {limit["column"]: limit["bound"] for limit in results.window["limits"]}
        if results.window
        else {}
    )
    current = operating_current(results)
    early = results.early()
    draw = Lines(rows, results.axes[0].numeric, early)
    _contact(axes[0], draw, bounds)
    _resistance(axes[1], draw, bounds, current)
    _capacity(axes[2], draw, bounds)
    _drive(axes[3], draw, bounds)
    _risk(axes[4], draw, bounds)
    _critical_current(axes[5], draw, current)
    if results.axes[0].key == PRESSURE:
        _cells_in_use(axes[4])
    for axis, letter in zip(axes, "abcdef", strict=True):
        axis.text(-0.178, 1.0, f"({letter})", transform=axis.transAxes, weight="bold", va="top")
        axis.yaxis.set_label_coords(-0.085, 0.5)
    if len(early):
        figure.text(
            1.0, 0.004, "hollow: ended early, what there is until then", ha="right", va="bottom",
            color=GREY,
        )  # fmt: skip
    if results.window is not None:
        _shade(axes, rows, answer)
        _head(figure, axes[0], answer)
    return figure


def operating_current(results: Results) -> float | None:
    """Largest current density of the protocol [mA/cm2]; None when the cases differ in it."""
    found = {round(case.result["cycle"]["current_density_mA_cm2"], 9) for case in results.finished}
    return found.pop() if len(found) == 1 else None


def _horizontal(axis: Axis, panels: Sequence[Axes]) -> None:
    """Set scale, ticks and label of the varied quantity."""
    last, places = panels[-1], np.array(axis.places)
    if axis.logarithmic:
        last.set_xscale("log")
        last.set_xlim(places.min() * 0.87, places.max() * 1.15)
        plain_logarithm(last.xaxis)
    else:
        margin = 0.05 * (np.ptp(places) or 1.0)
        last.set_xlim(places.min() - margin, places.max() + margin)
    if not axis.numeric:
        last.set_xticks(places, [str(value) for value in axis.values])
    for panel in panels[:-1]:
        panel.tick_params(labelbottom=False, which="both")
    last.set_xlabel(axis.label)


class Lines:
    """Draws columns of finished cases: lines and bands, or points and bars where names vary."""

    def __init__(self, rows: pd.DataFrame, joined: bool, early: pd.DataFrame | None = None) -> None:
        """Take the rows.

        Parameters
        ----------
        rows : DataFrame
            The finished cases with the column "place".
        joined : bool
            Whether lines join them.
        early : DataFrame, optional
            Cases that ended early, drawn hollow.
        """
        self.early = pd.DataFrame() if early is None else early
        self.rows, self.joined = rows.replace([np.inf, -np.inf], np.nan), joined

    def line(self, panel: Axes, values: Any, colour: str, style: str = "-", **more: Any) -> float:
        """Draw a column with a marker at every case; returns its last known value.

        Parameters
        ----------
        panel : Axes
            Where to draw.
        values : str or Series
            Name of the column, or its values.
        colour, style : str
            Of the line.
        **more
            For `plot`.
        """
        if isinstance(values, str) and values in self.early:
            known = pd.to_numeric(self.early[values], errors="coerce")
            panel.plot(self.early["place"], known, "o", ms=4, mfc="white", mec=colour, zorder=4)
        values = self.rows[values] if isinstance(values, str) else values
        panel.plot(
            self.rows["place"],
            values,
            color=colour,
            marker="o",
            ls=style if self.joined else "",
            **more,
        )
        known = values.dropna()
        return known.iloc[-1] if len(known) else np.nan

    def band(self, panel: Axes, name: str) -> None:
        """Draw the 10th to 90th percentile of a column."""
        low, high = (self.rows[f"p{share}_{name}"] for share in (10, 90))
        if self.joined:
            panel.fill_between(self.rows["place"], low, high, color=BLACK, alpha=0.14, lw=0)
        else:
            places = self.rows["place"]
            panel.plot(
                [places, places], [low, high], color=BLACK, alpha=0.14, lw=8, solid_capstyle="butt"
            )


def _bound(panel: Axes, value: float) -> None:
    """Draw a limit of the study as a thin line."""
    panel.axhline(value, color=GREY, lw=0.8, ls=(0, (1, 1.5)))


def _logarithmic(panel: Axes) -> None:
    """Make the vertical axis logarithmic, with plain numbers."""
    panel.set_yscale("log")
    plain_logarithm(panel.yaxis)


def _contact(panel: Axes, draw: Lines, bounds: dict[str, float]) -> None:
    """Draw the conducting fraction of both interfaces."""
    ends = [
        (name, draw.line(panel, f"contact_fraction_{side}", colour), colour)
        for name, side, colour in (
            ("cathode, worst", "cathode", CATHODE),
            ("lithium, worst", "anode", ANODE),
        )
    ]
    panel.set_ylim(-0.03, 1.06)
    panel.set_ylabel("conducting\nfraction [–]")
    for side in ("cathode", "anode"):
        if f"contact_fraction_{side}" in bounds:
            _bound(panel, bounds[f"contact_fraction_{side}"])
    label_ends(panel, ends)


def _resistance(panel: Axes, draw: Lines, bounds: dict[str, float], current: float | None) -> None:
    """Draw the resistance of each part, and what the limit of the voltage loss allows."""
    columns = {
        "cathode": ("interfacial_resistance_cathode_ohm_cm2", CATHODE),
        "lithium": ("interfacial_resistance_anode_ohm_cm2", ANODE),
        "electrolyte": ("ionic_resistance_ohm_cm2", IONIC),
    }
    _logarithmic(panel)
    ends = [
        (name, draw.line(panel, column, colour), colour)
        for name, (column, colour) in columns.items()
    ]
    ends.append(
        ("all at once", draw.line(panel, "resistance_ohm_cm2", BLACK, lw=1.0, ms=1.5), BLACK)
    )
    panel.set_ylabel("resistance\n[Ω cm²]")
    if "voltage_loss_mV" in bounds and current:
        limit = bounds["voltage_loss_mV"] / current
        _bound(panel, limit)
        ends.append((f"limit {number(limit)} Ω cm²", limit, GREY))
    label_ends(panel, ends)


def _capacity(panel: Axes, draw: Lines, bounds: dict[str, float]) -> None:
    """Draw the share of the capacity that is discharged."""
    ends = [("discharged", draw.line(panel, "capacity_share", CATHODE), CATHODE)]
    panel.set_ylim(-0.04, 1.06)
    panel.set_ylabel("capacity\nshare [–]")
    if "capacity_share" in bounds:
        _bound(panel, bounds["capacity_share"])
        ends.append((f"limit {bounds['capacity_share']:g}", bounds["capacity_share"], GREY))
    label_ends(panel, ends)


def _drive(panel: Axes, draw: Lines, bounds: dict[str, float]) -> None:
    """Draw the crack drive of the named flaw, and the part without current."""
    _logarithmic(panel)
    draw.band(panel, "max_K_over_KIc")
    end = draw.line(panel, "max_K_over_KIc", BLACK)
    static = draw.rows["max_K_static_over_KIc"]
    static_end = draw.line(panel, static.where(static > 0), STATIC, "--", ms=2.5)
    limit = bounds.get("max_K_over_KIc", 1.0)
    _bound(panel, limit)
    panel.set_ylabel(typeset("K/K_Ic of the\nnamed flaw [–]"))
    label_ends(
        panel,
        [
            ("total, 10–90 %", end, BLACK),
            ("static part", static_end, STATIC),
            (f"limit {limit:g}", limit, GREY),
        ],
    )


def _risk(panel: Axes, draw: Lines, bounds: dict[str, float]) -> None:
    """Draw the chance of a short, of older results the risk that a flaw runs.

    Behind it a mark for every published cell in use, where the axis is the stack pressure.
    """
    shorts = draw.rows["short_risk"].notna().any()
    name = "short_risk" if shorts else "penetration_risk"
    draw.band(panel, name)
    ends = [("risk, 10–90 %", draw.line(panel, name, BLACK), BLACK)]
    panel.set_ylim(-0.04, 1.06)
    panel.set_ylabel("chance of\na short [–]" if shorts else "penetration\nrisk [–]")
    if name in bounds:
        _bound(panel, bounds[name])
        ends.append((f"limit {bounds[name]:g}", bounds[name], GREY))
    label_ends(panel, ends)


def _cells_in_use(panel: Axes) -> None:
    """Mark the pressures of published solid-state cells (second-hand) within the panel's range."""
    low, high = panel.get_xlim()
    known = [pressure for pressure, _ in operating_pressures() if low <= pressure <= high]
    panel.plot(known, [0.04] * len(known), "|", color=GREY, ms=7, mew=0.8,
               transform=panel.get_xaxis_transform(), zorder=0.6)  # fmt: skip
    if known:
        panel.text(
            max(known), 0.1, "published cells† ", color=GREY, ha="right", va="bottom",
            transform=panel.get_xaxis_transform(), fontsize="small",
        )  # fmt: skip


def _critical_current(panel: Axes, draw: Lines, current: float | None) -> None:
    """Draw the critical current density and the operating one."""
    name = "critical_current_density_mA_cm2"
    draw.band(panel, name)
    ends = [("critical, 10–90 %", draw.line(panel, name, BLACK), BLACK)]
    if current is not None:
        panel.axhline(current, color=ANODE, lw=1.0)
        ends.append(("operating", current, ANODE))
    panel.set_ylim(bottom=0.0)
    panel.set_ylabel("current density\n[mA cm⁻²]")
    label_ends(panel, ends)


def _shade(axes: Sequence[Axes], rows: pd.DataFrame, answer: Any) -> None:
    """Shade the safe window in green through all panels, within the range that was computed."""
    if answer.empty:
        return
    low, high = answer.low or rows["place"].min(), answer.high or rows["place"].max()
    for axis in axes:
        axis.axvspan(low, high, color=GREEN, alpha=0.13, lw=0, zorder=0)
        for edge in (answer.low, answer.high):
            if edge is not None:
                axis.axvline(edge, color=GREEN, lw=0.9, zorder=0.5)


def _head(figure: Figure, axis: Axes, answer: Any) -> None:
    """Write above the panels the window's range, and what fails on each side below it."""
    height = figure.get_figheight()
    box = axis.get_position()
    strip = figure.add_axes([box.x0, box.y1 + 0.05 / height, box.width, 0.56 / height])
    strip.set_axis_off()
    strip.set_xlim(0, 1)
    strip.set_ylim(0, 1)

    def share(value: float) -> float:
        return axis.transAxes.inverted().transform(axis.transData.transform((value, 0.5)))[0]

    if answer.empty:
        strip.text(0.5, 0.82, "no safe pressure", ha="center", va="center", weight="bold")
    else:
        low, high = (
            share(value) if value is not None else end
            for value, end in ((answer.low, 0.0), (answer.high, 1.0))
        )
        edges = [number(value) for value in (answer.low, answer.high) if value is not None]
        text = "safe" if not edges else f"safe {'–'.join(edges)} MPa"
        if len(edges) == 1:
            text = f"safe {'from' if answer.low is not None else 'up to'} {edges[0]} MPa"
        centre = float(np.clip(0.5 * (low + high), 0.13, 0.87))
        strip.text(centre, 0.82, text, ha="center", va="center", weight="bold", color="#00664A")
    if answer.left:
        strip.text(
            0.0, 0.3, "← " + "\n".join(textwrap.wrap(answer.left, 42)), ha="left", va="center"
        )
    if answer.right:
        strip.text(
            1.0, 0.3, "\n".join(textwrap.wrap(answer.right, 42)) + " →", ha="right", va="center"
        )
