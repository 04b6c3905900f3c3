"""The picture of a mesh: regions in colour with a legend and a scale bar.

In space an octant is cut out. It is drawn by matplotlib alone, so that it needs no screen and no
graphics card.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from chemomech.files import write_atomically
from chemomech.geometry import Microstructure, read_msh
from chemomech.report.figures.cutaway import cut_surface
from chemomech.report.figures.style import BLACK, GREY, new_figure, png_bytes, styled
from chemomech.report.words import number, percent
from chemomech.units.field import MICROMETRE

REGIONS = ("#BFC6CC", "#F2D9A0", "#A6A6B8", "#E9C46A", "#5B7FA6", "#C98B9B", "#8FB8A0", "#4A4452")
INTERFACES = ("#D55E00", "#0072B2", "#CC79A7", "#009E73")
# So that a region keeps its colour from picture to picture; others take what is left.
USUAL = {
    "lithium": 0, "separator": 1, "collector": 2, "electrolyte": 3,
    "active": 4, "carbon": 5, "pore": 6, "binder": 7,
}  # fmt: skip
ELEVATION, AZIMUTH = 24.0, -52.0  # degrees
LIGHT = np.array([0.35, -0.55, 0.76])
LINES_UP_TO = 25_000  # facets in space whose edges are drawn
# Of the picture and the text beside it [inches].
WIDEST, HIGHEST, NARROWEST, LOWEST, TEXT = 4.7, 5.6, 1.6, 2.4, 3.1
# Of edges: points over the square root of the number of cells, and their largest width.
THIN, WIDTH = 60.0, 0.25


def save_mesh_picture(mesh: Microstructure | str | Path, png_path: str | Path) -> None:
    """Draw a mesh with its named regions, interfaces and boundaries; write it as PNG, 150 dpi.

    Parameters
    ----------
    mesh : Microstructure or path
        The mesh, or a .msh file in metres.
    png_path : path
        Where the picture is written.

    Raises
    ------
    GeometryError
        The mesh file cannot be read.
    """
    drawn = mesh if isinstance(mesh, Microstructure) else read_msh(mesh)
    with styled():
        content = png_bytes(mesh_figure(drawn))
    write_atomically(png_path, lambda file: file.write(content))


def region_colours(names: Sequence[str]) -> dict[str, str]:
    """Give each region its usual colour, else the next that none of the others has."""
    taken = {name: USUAL[name] for name in names if name in USUAL}
    free = [i for i in range(len(REGIONS)) if i not in taken.values()] or list(range(len(REGIONS)))
    others = [name for name in names if name not in taken]
    taken |= {name: free[i % len(free)] for i, name in enumerate(others)}
    return {name: REGIONS[taken[name]] for name in names}


def region_texts(mesh: Microstructure) -> dict[str, str]:
    """Write the legend text of every region.

    It is the name and the height, or the number of particles and the share of the area.
    """
    texts, everything = {}, sum(mesh.region_measure(name) for name in mesh.regions)
    touching = _touching(mesh)
    size = "area" if mesh.dimension == 2 else "volume"
    for name in mesh.regions:
        inside = mesh.region_cells(name)
        parts = np.unique(mesh.cell_particle[inside])
        parts = parts[parts >= 0]
        height = np.ptp(mesh.points[mesh.cells[inside], -1]) / MICROMETRE
        texts[name] = f"{name}, {number(height)} µm high"
        if len(parts):
            share = percent(mesh.region_measure(name) / everything)
            kind = (
                "particles" if name == "active" and mesh.regions[name] not in touching else "parts"
            )
            texts[name] = f"{name}, {len(parts)} {kind}, {share} of the {size}"
    return texts


@styled()
def mesh_figure(mesh: Microstructure, width: float | None = None) -> Figure:
    """Draw the mesh, every region in its colour, with a legend and the names of the boundaries.

    Parameters
    ----------
    mesh : Microstructure
        The mesh.
    width : float, optional
        Of the figure [inches]; left out: as wide as picture and text need.
    """
    texts, colours = region_texts(mesh), region_colours(list(mesh.regions))
    box = np.ptp(mesh.points, axis=0)
    wide, high = (box[0], box[-1]) if mesh.dimension == 2 else (1.0, 1.0)
    scale = min(WIDEST / (1.12 * wide), HIGHEST / (1.2 * high))
    across, height = max(1.12 * wide * scale, NARROWEST), max(1.2 * high * scale, LOWEST)
    width = across + TEXT if width is None else width
    figure = new_figure(height + 0.1, width)
    place = [0.0, 0.0, across / width, 1.0]
    if mesh.dimension == 2:
        _draw_in_plane(figure.add_axes(place), mesh, colours)
    else:
        _draw_in_space(figure.add_axes(place, projection="3d"), mesh, colours)
    # From top to bottom as they lie; what lies side by side as in the mesh.
    middle = {
        name: mesh.points[mesh.cells[mesh.region_cells(name)], -1].mean() for name in mesh.regions
    }
    handles = [
        Patch(facecolor=colours[name], edgecolor=BLACK, lw=0.4, label=texts[name])
        for name in sorted(mesh.regions, key=lambda name: -middle[name])
    ]
    handles += [
        Patch(color=INTERFACES[i % len(INTERFACES)], label=f"interface {name}")
        for i, name in enumerate(mesh.interfaces)
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(place[2], 0.98))
    least, mean = mesh.quality()
    figure.text(
        place[2] + 0.08 / width,
        0.05,
        f"{len(mesh.cells)} cells, {len(mesh.points)} points\nshape quality {least:.2f} at least, "
        f"{mean:.2f} on average\nfaces: {_lines(list(mesh.boundaries)) or 'without names'}",
        va="bottom",
        size=8,
    )
    return figure


def _lines(names: Sequence[str], longest: int = 38) -> str:
    """Join names by commas, broken into lines."""
    return "\n".join(textwrap.wrap(", ".join(names), longest))


def _draw_in_plane(axis: Axes, mesh: Microstructure, colours: dict[str, str]) -> None:
    """Draw cells, interfaces, names of boundaries and a scale bar of a mesh in the plane."""
    points = mesh.points / MICROMETRE
    width = min(WIDTH, THIN * WIDTH / np.sqrt(len(mesh.cells)))
    cells = PolyCollection(
        points[mesh.cells],
        facecolors=cell_colours(mesh, colours),
        edgecolors=BLACK,
        linewidths=width,
        rasterized=True,
    )
    axis.add_collection(cells)
    axis.add_collection(
        LineCollection(
            points[mesh.facet_table.facets[_borders(mesh)]], colors=BLACK, linewidths=0.6
        )
    )
    for i, facets in enumerate(mesh.interfaces.values()):
        axis.add_collection(
            LineCollection(points[facets], colors=INTERFACES[i % len(INTERFACES)], linewidths=1.2)
        )
    low, high = points.min(axis=0), points.max(axis=0)
    size = (high - low).max()
    for name, facets in mesh.boundaries.items():
        corners = points[facets].reshape(-1, 2)
        middle = 0.5 * (corners.min(axis=0) + corners.max(axis=0))
        away = np.where(
            np.isclose(middle, low, atol=1e-3 * size),
            -1.0,
            np.isclose(middle, high, atol=1e-3 * size),
        )
        rotation = 90 if away[0] and not away[1] else 0
        axis.text(
            *(middle + 0.03 * size * away),
            name,
            rotation=rotation,
            ha="center",
            va="center",
            color=GREY,
            size=8,
        )
    _scale_bar(axis, low, high, size)
    axis.set(
        xlim=(low[0] - 0.06 * size, high[0] + 0.06 * size),
        ylim=(low[1] - 0.14 * size, high[1] + 0.06 * size),
    )
    axis.set_aspect("equal")
    axis.set_axis_off()


def _borders(mesh: Microstructure) -> NDArray[np.bool_]:
    """Mask the interior facets between two regions, or two particles or grains."""
    first, second = mesh.facet_table.cells.T
    differ = (mesh.cell_region[first] != mesh.cell_region[second]) | (
        mesh.cell_particle[first] != mesh.cell_particle[second]
    )
    return mesh.facet_table.interior & differ


def _touching(mesh: Microstructure) -> NDArray[Any]:
    """Find the numbers of the regions whose pieces meet each other, as grains do."""
    regions = mesh.cell_region[mesh.facet_table.cells[_borders(mesh)]]
    return np.unique(regions[regions[:, 0] == regions[:, 1], 0])


def cell_colours(mesh: Microstructure, colours: dict[str, str]) -> NDArray[Any]:
    """Give the colour (m, 3) of every cell.

    Pieces of a region that meet each other, as grains do, come in shades of its colour.

    Parameters
    ----------
    mesh : Microstructure
        The mesh.
    colours : dict
        Region -> colour.
    """
    shades = np.zeros((len(mesh.cells), 3))
    grains = _touching(mesh)
    for name, region in mesh.regions.items():
        inside = mesh.cell_region == region
        shades[inside] = to_rgb(colours[name])
        if region in grains:
            # Multiples of the golden section spread over the shades in any order of the numbers.
            share = (mesh.cell_particle[inside] * 0.6180339887) % 1.0
            shades[inside] = 1.0 - (1.0 - shades[inside]) * (1.25 - 0.75 * share)[:, None]
    return np.clip(shades, 0.0, 1.0)


def round_length(length: float) -> float:
    """Find the largest of 1, 2 and 5 times a power of ten that is not above a length."""
    power = 10.0 ** np.floor(np.log10(length))
    return power * max(step for step in (1.0, 2.0, 5.0) if step * power <= length * (1.0 + 1e-9))


def _scale_bar(axis: Axes, low: NDArray[Any], high: NDArray[Any], size: float) -> None:
    """Draw a bar of a round length below the lower left corner."""
    length, y = round_length(0.4 * (high - low)[0]), low[1] - 0.085 * size
    axis.plot([low[0], low[0] + length], [y, y], color=BLACK, lw=2.5, solid_capstyle="butt")
    axis.text(low[0] + length + 0.02 * size, y, f"{length:g} µm", ha="left", va="center", size=8)


def _draw_in_space(axis: Any, mesh: Microstructure, colours: dict[str, str]) -> None:
    """Draw what is left of a body in space when the octant towards the eye is cut out of it.

    It is lit from the upper left.
    """
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    points = mesh.points / MICROMETRE
    low, high = points.min(axis=0), points.max(axis=0)
    surface = cut_surface(points, mesh.cells, mesh.facet_table)
    light = 0.68 + 0.32 * np.clip(surface.normal @ LIGHT, -0.4, 1.0)
    plain = cell_colours(mesh, colours)[surface.owner]
    lines = {"edgecolors": (0, 0, 0, 0.35), "linewidths": 0.12} if len(plain) < LINES_UP_TO else {}
    shaded = np.clip(plain * light[:, None], 0.0, 1.0)
    if not lines:
        lines = {"edgecolors": shaded, "linewidths": 0.2}  # against seams between the triangles
    axis.add_collection3d(
        Poly3DCollection(surface.polygons, facecolors=shaded, rasterized=True, **lines)
    )
    axis.set(
        xlim=(low[0], high[0]), ylim=(low[1], high[1]), zlim=(low[2], high[2]),
        xlabel="x [µm]", ylabel="y [µm]", zlabel="height [µm]",
    )  # fmt: skip
    axis.set_box_aspect(high - low, zoom=0.85)
    axis.view_init(ELEVATION, AZIMUTH)
    axis.set_proj_type("ortho")
    for each in (axis.xaxis, axis.yaxis, axis.zaxis):
        each.pane.set_visible(False)
    axis.grid(False)
    for each, end in ((axis.xaxis, "upper"), (axis.yaxis, None), (axis.zaxis, None)):
        # The last of x would stand on the first of y.
        each.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], prune=end))
