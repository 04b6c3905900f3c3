"""Figures beside the main one: the mesh with its names, particles, maps."""

from pathlib import Path

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Patch

from chemomech.geometry import read_msh
from chemomech.report.style import (
    BLACK,
    CASES,
    GREY,
    new_figure,
    plain_logarithm,
    png_bytes,
    styled,
    typeset,
)
from chemomech.report.words import number, percent

MICROMETRE = 1e-6
REGIONS = ("#BFC6CC", "#F2D9A0", "#A6A6B8", "#E9C46A", "#5B7FA6", "#C98B9B", "#8FB8A0", "#B9A3C9")
INTERFACES = ("#D55E00", "#0072B2", "#CC79A7", "#009E73")
PARTICLES = (
    ("contact_fraction_by_particle_charged", "conducting fraction\nof its face, charged [–]"),
    ("utilisation_by_particle", "share of its filling\nthat is used [–]"),
)
MAPS = (
    ("contact_fraction_cathode", "cathode contact, worst [–]", False),
    ("contact_fraction_anode", "lithium contact, worst [–]", False),
    ("voltage_loss_mV", "voltage loss, worst [mV]", True),
    ("capacity_share", "capacity share [–]", False),
    ("interfacial_resistance_cathode_ohm_cm2", "cathode interface, worst [Ω cm²]", True),
    ("max_K_over_KIc", "K/K_Ic of the named flaw [–]", True),
    ("penetration_risk", "penetration risk [–]", False),
    ("critical_current_density_mA_cm2", "critical current [mA cm⁻²]", False),
)

def save_mesh_picture(msh_path, png_path):
    """Draw a mesh file (metres) with its named regions, interfaces and outer faces; write it as PNG, 150 dpi.

    Raises GeometryError for a mesh file that cannot be read.
    """
    with styled():
        Path(png_path).write_bytes(png_bytes(mesh_figure(read_msh(msh_path))))


def region_texts(mesh):
    """Legend text of every region: name and height, or number of particles and share of the area."""
    texts, everything = {}, sum(mesh.region_measure(name) for name in mesh.regions)
    size = "area" if mesh.dimension == 2 else "volume"
    for name in mesh.regions:
        inside = mesh.region_cells(name)
        parts = np.unique(mesh.cell_part[inside])
        parts = parts[parts >= 0]
        height = np.ptp(mesh.points[mesh.cells[inside], -1]) / MICROMETRE
        texts[name] = f"{name}, {number(height)} µm high"
        if len(parts):
            share = percent(mesh.region_measure(name) / everything)
            texts[name] = f"{name}, {len(parts)} particles, {share} of the {size}"
    return texts


def mesh_figure(mesh):
    """The mesh, every region in its colour, with a legend of names and sizes and the faces' names."""
    texts = region_texts(mesh)
    colours = {name: REGIONS[i % len(REGIONS)] for i, name in enumerate(mesh.regions)}
    figure = new_figure(5.6)
    if mesh.dimension == 2:
        axis = figure.add_axes([0.1, 0.09, 0.5, 0.85])
        _draw_mesh(axis, mesh, colours)
    else:
        axis = figure.add_axes([0.0, 0.02, 0.6, 0.95], projection="3d")
        _draw_mesh_in_space(axis, mesh, colours)
    handles = [
        Patch(facecolor=colours[name], edgecolor=BLACK, lw=0.4, label=texts[name]) for name in mesh.regions
    ]
    handles += [
        Patch(color=INTERFACES[i % len(INTERFACES)], label=f"interface {name}")
        for i, name in enumerate(mesh.interfaces)
    ]
    figure.legend(
        handles=handles[::-1] if mesh.dimension == 2 else handles,
        loc="upper left",
        bbox_to_anchor=(0.6, 0.94),
    )
    least, mean = mesh.quality()
    figure.text(
        0.615,
        0.12,
        f"{len(mesh.cells)} cells, {len(mesh.points)} points\nshape quality {least:.2f} at least, "
        f"{mean:.2f} on average\nfaces: {', '.join(mesh.faces) or 'without names'}",
        va="bottom",
    )
    return figure


def _draw_mesh(axis, mesh, colours):
    """Cells, interfaces and face names of a mesh in the plane."""
    points = mesh.points / MICROMETRE
    for name, region in mesh.regions.items():
        corners = points[mesh.cells[mesh.cell_region == region]]
        axis.add_collection(
            PolyCollection(
                corners, facecolors=colours[name], edgecolors=BLACK, linewidths=0.12, rasterized=True
            )
        )
    for i, facets in enumerate(mesh.interfaces.values()):
        axis.add_collection(
            LineCollection(points[facets], colors=INTERFACES[i % len(INTERFACES)], linewidths=1.2)
        )
    low, high = points.min(axis=0), points.max(axis=0)
    size = (high - low).max()
    for name, facets in mesh.faces.items():
        middle = points[facets].reshape(-1, 2).mean(axis=0)
        away = np.where(
            np.isclose(middle, low, atol=1e-3 * size), -1.0, np.isclose(middle, high, atol=1e-3 * size)
        )
        rotation = 90 if away[0] and not away[1] else 0
        axis.text(
            *(middle + 0.025 * size * away),
            name,
            rotation=rotation,
            ha="center",
            va="center",
            color=GREY,
            size=8,
        )
    axis.set(
        xlim=(low[0] - 0.05 * size, high[0] + 0.05 * size),
        ylim=(low[1] - 0.05 * size, high[1] + 0.05 * size),
        xlabel="x [µm]",
        ylabel="height [µm]",
    )
    axis.set_aspect("equal")


def _draw_mesh_in_space(axis, mesh, colours):
    """Outer faces of a mesh in space, each in the colour of its region."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    points, table = mesh.points / MICROMETRE, mesh.facet_table
    outer = ~table.interior
    region = mesh.cell_region[table.cells[outer].max(axis=1)]
    for name, number_of in mesh.regions.items():
        corners = points[table.facets[outer][region == number_of]]
        if len(corners):
            axis.add_collection3d(
                Poly3DCollection(corners, facecolors=colours[name], edgecolors=BLACK, linewidths=0.1)
            )
    low, high = points.min(axis=0), points.max(axis=0)
    axis.set(
        xlim=(low[0], high[0]),
        ylim=(low[1], high[1]),
        zlim=(low[2], high[2]),
        xlabel="x [µm]",
        ylabel="y [µm]",
        zlabel="height [µm]",
    )
    axis.set_box_aspect(high - low)


def particles_figure(cases, fields):
    """Contact and use of every particle, each over its height when a field tells it."""
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


def map_figure(results):
    """Heat maps of the main results over the study's two varied keys; failed cases stay white."""
    across, up = results.axes
    figure = new_figure(8.8)
    grid = figure.subplots(
        4,
        2,
        gridspec_kw={"left": 0.09, "right": 0.97, "top": 0.965, "bottom": 0.06, "wspace": 0.3, "hspace": 0.42},
    )
    for axis, (column, title, logarithmic) in zip(grid.flat, MAPS, strict=True):
        values = np.full((len(up.values), len(across.values)), np.nan)
        for case in results.cases:
            at = up.values.index(case.values[up.key]), across.values.index(case.values[across.key])
            values[at] = results.table.loc[case.label, column]
        values[~np.isfinite(values)] = np.nan
        norm = Normalize(0.0, 1.0) if title.endswith("[–]") and not logarithmic else None
        if logarithmic and np.nanmin(values, initial=1.0) > 0 and np.isfinite(values).any():
            norm = LogNorm(np.nanmin(values), max(np.nanmax(values), 1.001 * np.nanmin(values)))
        image = axis.imshow(values, origin="lower", cmap="cividis", norm=norm, aspect="auto")
        bar = figure.colorbar(image, ax=axis, pad=0.03)
        if isinstance(norm, LogNorm):
            plain_logarithm(bar.ax.yaxis)
        _numbers(axis, image, values)
        axis.set_title(typeset(title))
        axis.set_xticks(range(len(across.values)), [_tick(across, i) for i in range(len(across.values))])
        axis.set_yticks(range(len(up.values)), [_tick(up, i) for i in range(len(up.values))])
        axis.spines[:].set_visible(False)
    for axis in grid[-1]:
        axis.set_xlabel(across.label)
    for axis in grid[:, 0]:
        axis.set_ylabel(up.label)
    return figure


def _tick(axis, index):
    return f"{axis.places[index]:g}" if axis.numeric else str(axis.values[index])


def _numbers(axis, image, values):
    """Write the values into the fields of a small map, dark on light and light on dark."""
    if max(values.shape) > 6:
        return
    for (row, column), value in np.ndenumerate(values):
        text, light = ("–", True) if np.isnan(value) else (number(value), image.norm(value) > 0.55)
        axis.text(column, row, text, ha="center", va="center", size=7.5, color=BLACK if light else "white")
