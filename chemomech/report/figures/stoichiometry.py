"""Lithium left in the particles at the ends of the last charge and discharge, and what drives it.

Colour: stoichiometry less its mean over all active material, one scale for each state. Lines:
magnitude of the overpotential, the drop at an interface beyond its equilibrium potential.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chemomech.report.figures.fields import outlines
from chemomech.report.figures.saved_field import Field
from chemomech.report.figures.style import BLACK, GREY, PAGE_WIDTH, new_figure
from chemomech.report.words import number

STOICHIOMETRY_MAP, OVERPOTENTIAL_MAP = "PuOr", "viridis"
LEFT, RIGHT, TOP, BOTTOM, GAP, ROW_GAP = 0.62, 1.2, 0.42, 0.42, 0.12, 0.42  # inches


def hosts(field: Field) -> NDArray[np.bool_]:
    """Tell which triangles (m,) are in regions that hold lithium in their lattice."""
    inside = field.stoichiometry[field.triangles].max(axis=1) > 0.0
    return np.isin(field.region, np.unique(field.region[inside]))


def uneven(field: Field) -> tuple[float, NDArray[Any]]:
    """Give the mean stoichiometry, and the stoichiometry less it [%] of the triangles of `hosts`.

    Triangles weigh by their area.
    """
    triangles = field.triangles[hosts(field)]
    corners = field.points[triangles]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
    stoichiometry = field.stoichiometry[triangles].mean(axis=1)
    mean = float(np.sum(area * stoichiometry) / area.sum())
    return mean, 100.0 * (stoichiometry - mean)


def largest(values: Iterable[NDArray[Any]], share: float) -> float:
    """Find a round number that holds this share of the magnitudes in several arrays.

    Parameters
    ----------
    values : iterable of array
        The arrays.
    share : float
        In per cent.
    """
    bound = max(float(np.percentile(np.abs(each), share)) for each in values)
    step = 10.0 ** np.floor(np.log10(max(bound, 1e-9)))
    return float(np.ceil(bound / step) * step)


def stoichiometry_figure(states: Mapping[str, Sequence[Field]], titles: Sequence[str]) -> Figure:
    """Draw a row of panels for each state, with a column for each case.

    Parameters
    ----------
    states : mapping
        "charged", "discharged" -> fields of the cases.
    titles : sequence of str
        Of the cases.
    """
    count, first = len(titles), next(iter(states.values()))[0]
    places = first.points[np.unique(first.triangles[hosts(first)])]
    low, high = places.min(axis=0) - 0.5, places.max(axis=0) + 0.5
    width = (PAGE_WIDTH - LEFT - RIGHT - GAP * (count - 1)) / max(count, 2)
    tall = min(width * (high[1] - low[1]) / (high[0] - low[0]), 3.5)
    height = TOP + len(states) * tall + (len(states) - 1) * ROW_GAP + BOTTOM
    figure = new_figure(height)
    for row, (state, fields) in enumerate(states.items()):
        top = TOP + row * (tall + ROW_GAP)
        bound = largest([uneven(field)[1] for field in fields], 99)
        norm = Normalize(-bound, bound)
        line_norm = Normalize(0.0, largest([near(field, low, high)[1] for field in fields], 98))
        for i, (field, title) in enumerate(zip(fields, titles, strict=True)):
            x = (LEFT + i * (width + GAP)) / PAGE_WIDTH
            axis = figure.add_axes(
                [x, 1.0 - (top + tall) / height, width / PAGE_WIDTH, tall / height]
            )
            pictures = draw(axis, field, norm, line_norm, low, high)
            axis.set_title(f"{title}, {state}\nmean stoichiometry {number(uneven(field)[0], 3)}")
            axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
            axis.tick_params(labelleft=i == 0, labelbottom=row == len(states) - 1)
            if row == len(states) - 1:
                axis.set_xlabel("x [µm]")
            if i == 0:
                axis.set_ylabel("height [µm]")
        _bar(figure, pictures[0], "stoichiometry less\nits mean [%]", top, 0.44 * tall, "both")
        _bar(figure, pictures[1], "overpotential\n[mV]", top + 0.56 * tall, 0.44 * tall, "max")
    return figure


def near(field: Field, low: NDArray[Any], high: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give the interfaces inside a rectangle: ends and magnitude of the overpotential [mV].

    Parameters
    ----------
    field : Field
        The state.
    low, high : (2,) array
        Corners of the rectangle [um].
    """
    middle = field.ends.mean(axis=1)
    inside = np.all((middle > low) & (middle < high), axis=1)
    return field.ends[inside], np.abs(field.overpotential[inside])


def draw(
    axis: Axes,
    field: Field,
    norm: Normalize,
    line_norm: Normalize,
    low: NDArray[Any],
    high: NDArray[Any],
) -> tuple[Any, Any]:
    """Draw the undeformed active material with its stoichiometry, and the interfaces around it.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    field : Field
        The state.
    norm, line_norm : Normalize
        Scales of the stoichiometry less its mean [%] and of the overpotential [mV].
    low, high : (2,) array
        Corners of the rectangle that is shown [um].

    Returns
    -------
    stoichiometry, lines
        What colour bars need.
    """
    chosen = hosts(field)
    stoichiometry = axis.tripcolor(
        field.points[:, 0],
        field.points[:, 1],
        field.triangles[chosen],
        facecolors=uneven(field)[1],
        cmap=STOICHIOMETRY_MAP,
        norm=norm,
        edgecolors="face",
        linewidth=0.15,
        rasterized=True,
    )
    axis.add_collection(LineCollection(field.points[outlines(field)], colors=GREY, linewidths=0.25))
    ends, overpotential = near(field, low, high)
    lines = LineCollection(
        ends, cmap=OVERPOTENTIAL_MAP, norm=line_norm, linewidths=1.6, capstyle="round"
    )
    lines.set_array(overpotential)
    axis.add_collection(lines)
    axis.set_aspect("equal")
    axis.spines[:].set_visible(True)
    axis.spines[:].set_color(BLACK)
    return stoichiometry, lines


def _bar(figure: Figure, mappable: Any, label: str, top: float, size: float, extend: str) -> None:
    """Add a colour bar at the right, `top` inches below the upper edge and `size` inches high."""
    x, height = 1.0 - (RIGHT - 0.18) / PAGE_WIDTH, figure.get_figheight()
    box = figure.add_axes([x, 1.0 - (top + size) / height, 0.11 / PAGE_WIDTH, size / height])
    figure.colorbar(mappable, cax=box, extend=extend)
    box.tick_params(length=2)
    box.text(7.0, 0.5, label, transform=box.transAxes, rotation=90, ha="center", va="center")
