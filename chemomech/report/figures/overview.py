"""Figures beside the main one: particles, and maps over two varied keys."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chemomech.report.axes import Axis
from chemomech.report.figures.saved_field import Field
from chemomech.report.figures.style import BLACK, CASES, GREY, new_figure, plain_logarithm, typeset
from chemomech.report.results import CaseResult, Results
from chemomech.report.words import number, with_unit
from chemomech.runs.columns import column as column_of

PARTICLES = (
    ("contact_fraction_by_particle_charged", "conducting fraction\nof its face, charged [–]"),
    ("utilisation_by_particle", "share of its stoichiometry\nrange that is used [–]"),
)
# {} takes the unit of the column.
MAPS = (
    ("contact_fraction_cathode", "cathode contact, worst {}", False),
    ("contact_fraction_anode", "lithium contact, worst {}", False),
    ("voltage_loss_mV", "voltage loss, worst {}", True),
    ("capacity_share", "capacity share {}", False),
    ("interfacial_resistance_cathode_ohm_cm2", "cathode interface, worst {}", True),
    ("max_K_over_KIc", "K/K_Ic of the named flaw {}", True),
    ("penetration_risk", "penetration risk {}", False),
    ("critical_current_density_mA_cm2", "critical current {}", False),
)


def particles_figure(cases: Sequence[CaseResult], fields: Sequence[Field | None]) -> Figure:
    """Draw contact and use of every particle, each over its height when a field tells it.

    Parameters
    ----------
    cases : sequence of CaseResult
        Up to three.
    fields : sequence of Field or None
        Their states, as far as they were saved.
    """
    field = next((field for field in fields if field is not None), None)
    heights = {} if field is None else {n: centre[1] for n, centre in field.centres().items()}
    numbers = {int(n) for case in cases for key, _ in PARTICLES for n in case.result.get(key, {})}
    known = numbers <= set(heights)
    figure = new_figure(2.7)
    panels = [figure.add_axes([left, 0.17, 0.335, 0.75]) for left in (0.095, 0.52)]
    for axis, (key, text) in zip(panels, PARTICLES, strict=True):
        for case, (colour, marker) in zip(cases, CASES, strict=False):
            values = {int(n): value for n, value in case.result.get(key, {}).items()}
            x = [heights[n] if known else n for n in values]
            axis.plot(x, list(values.values()), marker, color=colour, ms=4, ls="", label=case.title)
            if values:
                axis.axhline(np.mean(list(values.values())), color=colour, lw=0.8, ls="--")
        axis.set_ylim(-0.03, 1.06)
        axis.set_ylabel(text)
        axis.set_xlabel("height of the particle's centre [µm]" if known else "particle number")
    panels[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0.2)
    panels[1].text(1.03, 0.02, "dashed: mean", transform=panels[1].transAxes, color=GREY, size=8)
    return figure


def map_figure(results: Results) -> Figure:
    """Draw maps of the main results over the study's two varied keys; failed cases stay white."""
    across, up = results.axes
    figure = new_figure(8.8)
    grid = figure.subplots(
        4,
        2,
        gridspec_kw={
            "left": 0.09,
            "right": 0.97,
            "top": 0.965,
            "bottom": 0.06,
            "wspace": 0.3,
            "hspace": 0.42,
        },
    )
    for axis, (column, title, logarithmic) in zip(grid.flat, MAPS, strict=True):
        values = np.full((len(up.values), len(across.values)), np.nan)
        for case in results.cases:
            at = up.values.index(case.values[up.key]), across.values.index(case.values[across.key])
            values[at] = results.table.loc[case.label, column]
        values[~np.isfinite(values)] = np.nan
        share = column_of(column).unit == "1" and not logarithmic
        norm = Normalize(0.0, 1.0) if share else None
        if logarithmic and np.nanmin(values, initial=1.0) > 0 and np.isfinite(values).any():
            norm = LogNorm(np.nanmin(values), max(np.nanmax(values), 1.001 * np.nanmin(values)))
        image = axis.imshow(values, origin="lower", cmap="cividis", norm=norm, aspect="auto")
        bar = figure.colorbar(image, ax=axis, pad=0.03)
        if isinstance(norm, LogNorm):
            plain_logarithm(bar.ax.yaxis)
        _numbers(axis, image, values)
        axis.set_title(typeset(with_unit(title, column)))
        axis.set_xticks(
            range(len(across.values)), [_tick(across, i) for i in range(len(across.values))]
        )
        axis.set_yticks(range(len(up.values)), [_tick(up, i) for i in range(len(up.values))])
        axis.spines[:].set_visible(False)
    for axis in grid[-1]:
        axis.set_xlabel(across.label)
    for axis in grid[:, 0]:
        axis.set_ylabel(up.label)
    return figure


def _tick(axis: Axis, index: int) -> str:
    """Write a value on an axis of the map."""
    return f"{axis.places[index]:g}" if axis.numeric else str(axis.values[index])


def _numbers(axis: Axes, image: Any, values: NDArray[Any]) -> None:
    """Write the values into the fields of a small map, dark on light and light on dark."""
    if max(values.shape) > 6:
        return
    for (row, column), value in np.ndenumerate(values):
        text, light = ("–", True) if np.isnan(value) else (number(value), image.norm(value) > 0.55)
        axis.text(
            column, row, text, ha="center", va="center", size=7.5, color=BLACK if light else "white"
        )
