"""Pictures of saved fields: the deformed cell with its gaps, contact, one particle close up."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from chemomech.geometry.mesh.facets import shared_facets, single_facets
from chemomech.report.figures.saved_field import Field
from chemomech.report.figures.style import BLACK, PAGE_WIDTH, new_figure
from chemomech.report.results import CaseResult

STRESS_MAP, CONTACT_MAP, PLATED = "RdBu_r", "viridis", "#D9DCDE"
LEFT, RIGHT, TOP, BOTTOM, GAP = 0.62, 1.05, 0.3, 0.45, 0.12  # inches
NICE = (1.0, 2.0, 5.0)


def nice_below(value: float) -> float:
    """Find the largest of 1, 2, 5, 10, 20, 50, ... that is not above a value; at least 1."""
    steps = [step * 10.0**power for power in range(7) for step in NICE]
    return max([1.0, *(step for step in steps if step <= value)])


def exaggeration(fields: Sequence[Field]) -> float:
    """Choose the factor on the displacement.

    The widest gap becomes about 4 % of the width, and no shift more than 11 % of the height.
    """
    size = np.ptp(fields[0].points, axis=0)
    gap = max(float(field.opening.max()) for field in fields)
    shift = max(float(np.abs(field.deformed(1.0) - field.deformed(0.0)).max()) for field in fields)
    return nice_below(min(0.04 * size[0] / max(gap, 1e-12), 0.11 * size[1] / max(shift, 1e-12)))


def stress_scale(fields: Sequence[Field]) -> TwoSlopeNorm:
    """Make a symmetric colour scale [MPa] that holds 95 % of the cells of every field."""
    largest = max(float(np.percentile(np.abs(field.stress), 95)) for field in fields)
    step = 10.0 ** np.floor(np.log10(max(largest, 1e-6)))
    bound = float(np.ceil(largest / (0.5 * step)) * 0.5 * step)
    return TwoSlopeNorm(0.0, -bound, bound)


def outlines(field: Field) -> NDArray[Any]:
    """Find the edges (k, 2) between regions and along every side of interfaces and boundaries."""
    shared = shared_facets(field.triangles)
    first, second = field.region[shared.owners].T
    return np.concatenate([single_facets(field.triangles)[0], shared.facets[first != second]])


def draw(axis: Axes, field: Field, factor: float, norm: Normalize, width: float) -> tuple[Any, Any]:
    """Draw one deformed state: stress, outlines, interfaces by conducting fraction.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    field : Field
        The state.
    factor : float
        On the displacement.
    norm : Normalize
        Scale of the stress.
    width : float
        Of the interfaces [points].

    Returns
    -------
    stress, faces
        What colour bars need.
    """
    points = field.deformed(factor)
    stress = axis.tripcolor(
        points[:, 0],
        points[:, 1],
        field.triangles,
        facecolors=field.stress,
        cmap=STRESS_MAP,
        norm=norm,
        edgecolors="face",
        linewidth=0.15,
        rasterized=True,
    )
    axis.add_collection(
        LineCollection(points[outlines(field)], colors=BLACK, linewidths=0.25, snap=False)
    )
    faces = LineCollection(
        field.deformed_ends(factor),
        cmap=CONTACT_MAP,
        norm=Normalize(0.0, 1.0),
        linewidths=width,
        capstyle="round",
        snap=False,
    )
    faces.set_array(field.conducting)
    axis.add_collection(faces)
    axis.add_collection(
        PolyCollection(
            points[field.plated], facecolors=PLATED, edgecolors="face", linewidths=0.3, snap=False
        )
    )
    axis.set_aspect("equal")
    return stress, faces


def chosen_particle(fields: Sequence[Field], cases: Sequence[CaseResult]) -> int | None:
    """Choose a whole particle of typical contact in the middle case; None without particles.

    Parameters
    ----------
    fields : sequence of Field
        States of the cases.
    cases : sequence of CaseResult
        The cases.
    """
    middle = len(fields) // 2
    contact = cases[middle].result.get("contact_fraction_by_particle_charged", {})
    field, low, high = (
        fields[middle],
        fields[middle].points[:, 0].min(),
        fields[middle].points[:, 0].max(),
    )
    whole = {}
    for text, value in contact.items():
        points = field.points[field.triangles[field.particle == int(text)].ravel()]
        if len(points) and points[:, 0].min() > low + 1.0 and points[:, 0].max() < high - 1.0:
            whole[int(text)] = value
    if not whole:
        return None
    typical = float(np.median(list(whole.values())))
    return min(whole, key=lambda number: abs(whole[number] - typical))


def fields_figure(
    fields: Sequence[Field], cases: Sequence[CaseResult]
) -> tuple[Figure, float, int | None]:
    """Draw the cases' fields beside each other, and one particle of each below.

    Parameters
    ----------
    fields : sequence of Field
        States of up to three cases.
    cases : sequence of CaseResult
        The cases.

    Returns
    -------
    figure, factor, particle
        The figure, the exaggeration, the particle's number or None.
    """
    factor, norm = exaggeration(fields), stress_scale(fields)
    number = chosen_particle(fields, cases)
    count = len(fields)
    places = np.concatenate(
        [points for field in fields for points in (field.points, field.deformed(factor))]
    )
    low, high = places.min(axis=0) - 0.5, places.max(axis=0) + 0.5
    titles = [textwrap.fill(case.title, 26) for case in cases]
    top = TOP + 0.15 * max(title.count("\n") for title in titles)
    width = (PAGE_WIDTH - LEFT - RIGHT - GAP * (count - 1)) / max(count, 2)
    tall = min(width * (high[1] - low[1]) / (high[0] - low[0]), 5.2)
    zoom = width if number is not None else 0.0
    bar = max(0.44 * tall, 1.6)
    height = max(top + tall + (0.25 + zoom if zoom else 0.0) + BOTTOM, top + 2.0 * bar + 0.3)
    figure = new_figure(height)
    for i, (field, title) in enumerate(zip(fields, titles, strict=True)):
        x = (LEFT + i * (width + GAP)) / PAGE_WIDTH
        axis = figure.add_axes([x, 1.0 - (top + tall) / height, width / PAGE_WIDTH, tall / height])
        stress, faces = draw(axis, field, factor, norm, 1.3)
        axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="x [µm]")
        axis.set_title(title, weight="bold")
        _quiet(axis, "height [µm]" if i == 0 else None)
        if number is not None:
            close = figure.add_axes(
                [x, (BOTTOM - 0.35) / height, width / PAGE_WIDTH, zoom / height]
            )
            draw(close, field, factor, norm, 3.0)
            _frame(close, field, factor, number)
    _scale(figure, stress, "in-plane mean stress [MPa]\n(tension positive)", top, bar, "both")
    _scale(
        figure,
        faces,
        "conducting fraction\nof the interface [–]",
        top + max(0.52 * tall, bar + 0.2),
        bar,
    )
    return figure, factor, number


def _scale(
    figure: Figure, mappable: Any, label: str, top: float, size: float, extend: str = "neither"
) -> None:
    """Add a colour bar at the right, `top` inches below the upper edge and `size` inches high."""
    x, height = 1.0 - (RIGHT - 0.18) / PAGE_WIDTH, figure.get_figheight()
    box = figure.add_axes([x, 1.0 - (top + size) / height, 0.11 / PAGE_WIDTH, size / height])
    figure.colorbar(mappable, cax=box, label=label, extend=extend)
    box.tick_params(length=2)


def _quiet(axis: Axes, label: str | None) -> None:
    """Write the height label on the first panel only."""
    if label:
        axis.set_ylabel(label)
    else:
        axis.tick_params(labelleft=False)


def _frame(axis: Axes, field: Field, factor: float, number: int) -> None:
    """Limit the axes to a particle and its surroundings, with a bar of 1 um in place of ticks."""
    points = field.deformed(factor)[np.unique(field.triangles[field.particle == number])]
    centre, half = points.mean(axis=0), 0.72 * np.ptp(points, axis=0).max()
    low, high = centre - half, centre + half
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[])
    axis.spines[:].set_visible(True)
    end, level = high[0] - 0.08 * half, low[1] + 0.12 * half
    axis.plot([end - 1.0, end], [level, level], color=BLACK, lw=2.5, solid_capstyle="butt")
    axis.text(
        end - 0.5,
        level + 0.06 * half,
        "1 µm",
        ha="center",
        va="bottom",
        size=8,
        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.0},
    )
