"""Figures of cases that only swell: cracked length against volume change, and the cracks."""

from collections.abc import Sequence
from pathlib import Path

import meshio
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from chemomech.geometry.mesh.mesh_import import read_foreign
from chemomech.report.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, new_figure
from chemomech.report.results import CaseResult, Results
from chemomech.units.field import MICROMETRE

COLOURS, DASHES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, GREY), ("-", "--", ":", "-.")
PARTICLE, DISSIPATED_MAP = "#D9DCDE", "plasma_r"


def total_length(table: pd.DataFrame, kind: str) -> pd.Series:
    """Sum a length [um] over all interfaces along a run's time series.

    Parameters
    ----------
    table : DataFrame
        The time series.
    kind : str
        "cracked", "opened", "sheared", "broken" or "equivalent".
    """
    return table[[name for name in table if name.startswith(f"{kind}_um ")]].sum(axis=1)


def draw_cracks(
    axis: Axes, folder: str | Path, width: float = 1.2, least: float = 0.02
) -> LineCollection:
    """Draw a case's last state: particles grey, facets by the dissipated share of their G_c.

    Parameters
    ----------
    axis : Axes
        Where to draw.
    folder : path
        The case's folder, with fields/cell_end.vtu and fields/interfaces_end.vtu.
    width : float
        Of the lines [points].
    least : float
        Share of G_c below which a facet is not drawn.

    Returns
    -------
    LineCollection
        The facets, for a colour bar.
    """
    cell, faces = (
        read_foreign(Path(folder) / "fields" / f"{kind}_end.vtu") for kind in ("cell", "interfaces")
    )
    points, triangles = cell.points[:, :2] / MICROMETRE, cell.cells_dict["triangle"]
    particle = cell.cell_data["region"][0] != _cracked_region(cell, faces)
    grey = {"facecolors": PARTICLE, "edgecolors": PARTICLE, "linewidths": 0.2}
    axis.add_collection(PolyCollection(points[triangles[particle]], **grey))
    dissipated = faces.cell_data["dissipated_fraction"][0]
    order = np.argsort(dissipated)
    order = order[dissipated[order] > least]
    facets = (faces.points[:, :2] / MICROMETRE)[faces.cells_dict["line"][order]]
    style = {"cmap": DISSIPATED_MAP, "norm": Normalize(0.0, 1.0), "capstyle": "round"}
    lines = LineCollection(facets, linewidths=width, **style)
    lines.set_array(dissipated[order])
    axis.add_collection(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[], aspect="equal")
    axis.spines[:].set_visible(True)
    return lines


def _cracked_region(cell: meshio.Mesh, faces: meshio.Mesh) -> int:
    """Find the region that most facets lie in: that of the cell nearest to the middle of many."""
    step = max(1, len(faces.cells_dict["line"]) // 200)
    middle = faces.points[faces.cells_dict["line"]].mean(axis=1)[::step]
    centres = cell.points[cell.cells_dict["triangle"]].mean(axis=1)
    near = [np.argmin(np.sum((centres - place) ** 2, axis=1)) for place in middle]
    values, counts = np.unique(cell.cell_data["region"][0][near], return_counts=True)
    return values[np.argmax(counts)]


def lengths_figure(results: Results) -> Figure:
    """Draw cracked length against volume change; the second varied key sets the dashes."""
    figure = new_figure(3.4)
    axis = figure.add_axes([0.09, 0.15, 0.55, 0.8])
    for case in results.finished:
        table = pd.read_csv(case.folder / "timeseries.csv")
        places = [each.values.index(case.values[each.key]) for each in results.axes]
        axis.plot(
            100.0 * table["volume_change"],
            total_length(table, "cracked"),
            color=COLOURS[places[0] % len(COLOURS)],
            ls=DASHES[places[1] % len(DASHES)] if len(places) > 1 else "-",
            label=", ".join(each.text(case.values[each.key]) for each in results.axes),
            lw=1.2,
        )
    axis.set(xlabel="volume change [%]", ylabel="cracked length [µm]")
    beside = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.02), "borderaxespad": 0.0}
    names = ", ".join(each.name for each in results.axes)
    axis.legend(fontsize=7, title=names, title_fontsize=7, **beside)
    return figure


def has_cracks(case: CaseResult) -> bool:
    """Tell whether a case has saved its last state."""
    return case.file("fields", "interfaces_end.vtu") is not None


def cracks_figure(results: Results, cases: Sequence[CaseResult]) -> Figure:
    """Draw the cracks of up to three cases beside each other."""
    figure = new_figure(2.9)
    for number, case in enumerate(cases):
        axis = figure.add_axes([0.01 + 0.3 * number, 0.03, 0.285, 0.8])
        lines = draw_cracks(axis, case.folder)
        names = [f"{each.name} {each.text(case.values[each.key])}" for each in results.axes]
        axis.set_title("\n".join(names), fontsize=7)
    bar = figure.add_axes([0.915, 0.1, 0.015, 0.65])
    figure.colorbar(lines, cax=bar, label="dissipated share of $G_c$ [–]")
    return figure
