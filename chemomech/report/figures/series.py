"""Figures over time and over cycles: voltage, contact, resistances and movement of the cases."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chemomech.report.figures.style import CASES, GREY, new_figure, plain_logarithm
from chemomech.report.results import CaseResult
from chemomech.report.words import with_unit

# More than these: the time series shows the last one, and cycles have a figure of their own.
MANY_CYCLES = 2
LEAST_SHARE = 1e-3  # of the largest value, where a logarithmic axis begins
# {} takes the unit of the column.
SERIES = (  # column, label, logarithmic, whether it is shown only where it is not zero
    ("voltage_V", "voltage {}", False, False),
    ("current_density_mA_cm2", "current density\n{}", False, False),
    ("contact_fraction_cathode", "cathode conducting\nfraction {}", False, False),
    ("contact_fraction_anode", "lithium conducting\nfraction {}", False, False),
    ("contact_resistance_cathode_ohm_cm2", "cathode lost contact\n{}", True, False),
    ("charge_transfer_resistance_cathode_ohm_cm2", "cathode charge\ntransfer {}", True, False),
    ("film_resistance_cathode_ohm_cm2", "cathode film\n{}", True, True),
    ("electronic_resistance_ohm_cm2", "electrons\n{}", True, True),
    ("interfacial_resistance_anode_ohm_cm2", "lithium interface\n{}", True, False),
    ("ionic_resistance_ohm_cm2", "ions in electrolyte\n{}", True, False),
    ("measured_stack_pressure_MPa", "stack pressure\n{}", True, False),
    ("uneven_mV", "stress and uneven\nstoichiometry [mV]", False, False),
    ("thickness_change_um", "thickness change less\nplated lithium {}", False, False),
    ("largest_opening_um", "largest opening in\nthe cathode {}", False, False),
)
CYCLES = (
    ("state_of_health", "state of health {}"),
    ("discharge_capacity_mAh_cm2", "discharged\n{}"),
    ("resistance_ohm_cm2", "resistance, median\n{}"),
    ("efficiency_energy", "energy efficiency {}"),
    ("contact_fraction_cathode", "cathode conducting\nfraction, worst {}"),
    ("contact_fraction_anode", "lithium conducting\nfraction, worst {}"),
    ("mean_damage_cathode", "cathode damage,\nmean {}"),
    ("thickness_change_um", "thickness change at\nthe cycle's end {}"),
)
GRID = {"left": 0.115, "right": 0.985, "wspace": 0.34, "hspace": 0.2}


def without_plated(table: pd.DataFrame, case: CaseResult) -> pd.DataFrame:
    """Take the plated lithium off the thickness change, and add stress and uneven stoichiometry.

    Parameters
    ----------
    table : DataFrame
        The time series.
    case : CaseResult
        Its case, which knows how thick plated lithium is.
    """
    return table.assign(
        thickness_change_um=table["thickness_change_um"] - case.plated_um(table["charge_mAh_cm2"]),
        uneven_mV=table["stress_mV"] + table["concentration_mV"],
    )


def of_cycle(table: pd.DataFrame, cycle: int) -> pd.DataFrame:
    """Select the rows of one cycle, and the one before them, where it starts.

    Parameters
    ----------
    table : DataFrame
        The time series.
    cycle : int
        Number of the cycle.
    """
    rows = np.flatnonzero(table["cycle"] == cycle)
    return table.iloc[max(rows[0] - 1, 0) : rows[-1] + 1]


def shown_part(table: pd.DataFrame) -> tuple[pd.DataFrame, int | None]:
    """Select the rows of a time series to show.

    All of it, and None; of many cycles the last one from its start, and its number.
    """
    last = int(table["cycle"].max())
    if last <= MANY_CYCLES:
        return table, None
    rows = of_cycle(table, last)
    return rows.assign(time_h=rows["time_h"] - rows["time_h"].iloc[0]), last


def discharges(table: pd.DataFrame) -> list[tuple[float, float]]:
    """Find start and end [h] of every span in which the current discharges."""
    time, flows = table["time_h"].to_numpy(), table["current_density_mA_cm2"].to_numpy() > 0.0
    turns = np.diff(np.concatenate([[False], flows, [False]]).astype(int))
    starts, stops = np.flatnonzero(turns == 1), np.flatnonzero(turns == -1)
    return [
        (time[max(start - 1, 0)], time[stop - 1]) for start, stop in zip(starts, stops, strict=True)
    ]


def has_many_cycles(cases: Sequence[CaseResult]) -> bool:
    """Tell whether a case has so many cycles that they have a figure of their own."""
    return any(
        len(table) > MANY_CYCLES for table in (case.cycles() for case in cases) if table is not None
    )


def timeseries_figure(cases: Sequence[CaseResult]) -> tuple[Figure, int | None]:
    """Draw up to three cases with a time series.

    Returns
    -------
    figure, cycle
        The figure, and the cycle that it shows or None for the whole run.
    """
    parts = [shown_part(without_plated(case.timeseries(), case)) for case in cases]
    tables, cycle = (
        [table for table, _ in parts],
        max((c for _, c in parts if c is not None), default=None),
    )
    series = [
        (name, text, logarithmic)
        for name, text, logarithmic, rare in SERIES
        if all(name in table for table in tables) and not (rare and _is_zero(tables, name))
    ]
    figure, axes = _panels(len(series), 1.42, sharex=True)
    first = min(table["time_h"].iloc[0] for table in tables)
    last = max(table["time_h"].iloc[-1] for table in tables)
    for axis, (name, text, logarithmic) in zip(axes, series, strict=True):
        for table, (colour, _) in zip(tables, CASES, strict=False):
            axis.plot(table["time_h"], table[name], color=colour, marker="")
            if name == "voltage_V":
                axis.plot(table["time_h"], table["equilibrium_potential_V"], color=colour, lw=0.7)
        _scale(axis, name, np.concatenate([table[name].dropna() for table in tables]), logarithmic)
        _shade(axis, tables, bars=axis in axes[:2])
        axis.set_xlim(first, last)
        axis.set_ylabel(with_unit(text, name))
    _finish(figure, axes, cases, "time [h]" if cycle is None else f"time [h], cycle {cycle}")
    return figure, cycle


def _is_zero(tables: Sequence[pd.DataFrame], name: str) -> bool:
    """Tell whether a column is zero or empty in all tables."""
    return all((table[name].fillna(0.0) == 0.0).all() for table in tables)


def _scale(axis: Axes, name: str, values: NDArray[Any], logarithmic: bool) -> None:
    """Set limits and scale of a panel by what is drawn in it."""
    if logarithmic and len(values) and values.min() >= 0 and values.max() > 5 * values.min():
        axis.set_yscale("log")
        axis.set_ylim(0.7 * max(values.min(), LEAST_SHARE * values.max()), 1.4 * values.max())
        plain_logarithm(axis.yaxis)
    elif logarithmic and len(values):
        axis.set_ylim(0.0, 1.2 * values.max() or 1.0)
    elif name.startswith("contact"):
        axis.set_ylim(-0.03, 1.06)
    elif name == "largest_opening_um":
        axis.set_ylim(bottom=0.0)


def _shade(axis: Axes, tables: Sequence[pd.DataFrame], bars: bool) -> None:
    """Put grey behind the discharges, the darker the more cases discharge.

    With bars there is one above in each case's colour.
    """
    for row, (table, (colour, _)) in enumerate(zip(tables, CASES, strict=False)):
        for start, stop in discharges(table):
            axis.axvspan(start, stop, color=GREY, alpha=0.16 / len(tables), lw=0, zorder=0)
            if bars:
                axis.axvspan(
                    start,
                    stop,
                    1.03 + 0.04 * row,
                    1.06 + 0.04 * row,
                    color=colour,
                    lw=0,
                    clip_on=False,
                )


def cycles_figure(cases: Sequence[CaseResult]) -> Figure:
    """Draw what becomes of up to three cases from cycle to cycle.

    Cycles that were skipped have no point.
    """
    tables: list[Any] = [case.cycles() for case in cases]
    figure, axes = _panels(len(CYCLES), 1.5, sharex=True)
    for axis, (name, text) in zip(axes, CYCLES, strict=True):
        for table, (colour, marker) in zip(tables, CASES, strict=False):
            few = len(table) <= 60
            axis.plot(
                table["cycle"],
                table[name],
                color=colour,
                marker=marker if few else "",
                ms=2.5,
                lw=1.0,
            )
        axis.set_ylabel(with_unit(text, name))
    for axis in axes[-2:]:
        axis.xaxis.get_major_locator().set_params(integer=True)
    _finish(figure, axes, cases, "cycle")
    return figure


def _panels(count: int, height: float, **more: Any) -> tuple[Figure, list[Axes]]:
    """Make panels in two columns; height [inches] is that of one with what surrounds it."""
    rows = (count + 1) // 2
    total = rows * height + 0.85
    figure = new_figure(total)
    grid = figure.subplots(
        rows, 2, gridspec_kw=GRID | {"top": 1.0 - 0.4 / total, "bottom": 0.45 / total}, **more
    )
    axes = list(np.atleast_2d(grid).flat)
    for axis in axes[count:]:
        axis.remove()
    return figure, axes[:count]


def _finish(figure: Figure, axes: Sequence[Axes], cases: Sequence[CaseResult], label: str) -> None:
    """Write labels below the lowest panels and one legend above all."""
    for axis in axes[-2:]:
        axis.set_xlabel(label)
        axis.tick_params(labelbottom=True)
    figure.align_ylabels(axes)
    lines = [
        axes[0].plot([], [], color=colour)[0] for _, (colour, _) in zip(cases, CASES, strict=False)
    ]
    titles = [case.title for case in cases]
    figure.legend(lines, titles, loc="upper center", ncols=3, bbox_to_anchor=(0.55, 1.0))
