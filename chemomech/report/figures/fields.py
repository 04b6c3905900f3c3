"""Pictures of saved fields: the deformed cell with its gaps, conducting interfaces, one particle close up.

The .vtu files hold the split mesh (every side of an interface has points of its own), so adding the
displacement, exaggerated, opens the gaps. Stress is the in-plane mean (sigma_xx + sigma_yy)/2 in MPa,
tension positive: in plane strain sigma_zz mostly shows that the particles cannot shrink along their axis. Of a 3D
state a section is drawn, in which the height is called y like that of a 2D state.
"""

import textwrap
from dataclasses import dataclass

import meshio
import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize, TwoSlopeNorm
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from chemomech.geometry.mesh.facets import shared_facets, single_facets
from chemomech.report.figures.section import cut
from chemomech.report.figures.style import BLACK, PAGE_WIDTH, new_figure
from chemomech.units.field import MICROMETRE, MILLIVOLT, MPA

STATE = "charged"
STRESS_MAP, CONTACT_MAP, PLATED = "RdBu_r", "viridis", "#D9DCDE"
LEFT, RIGHT, TOP, BOTTOM, GAP = 0.62, 1.05, 0.3, 0.45, 0.12  # inches
NICE = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Field:
    """One state of a cell, lengths in um.

    points, displacement (p, 2); carried (p,): the part of the upward displacement that plated lithium
    makes; triangles (m, 3); stress (m,) [MPa]; filling (p,), 0 outside active material; region, particle (m,). Of the
    interfaces: ends, ends_displacement (k, 2, 2), ends_carried (k, 1); conducting fraction, opening, overpotential
    [mV] (k,). plated (n, 4): points around the plated lithium, quadrilateral by quadrilateral.
    """

    points: np.ndarray
    displacement: np.ndarray
    carried: np.ndarray
    triangles: np.ndarray
    stress: np.ndarray
    stoichiometry: np.ndarray
    region: np.ndarray
    particle: np.ndarray
    ends: np.ndarray
    ends_displacement: np.ndarray
    ends_carried: np.ndarray
    conducting: np.ndarray
    opening: np.ndarray
    overpotential: np.ndarray
    plated: np.ndarray

    def deformed(self, factor):
        """Points with the displacement times a factor, but for the plated lithium [um]."""
        return _moved(self.points, self.displacement, self.carried, factor)

    def deformed_ends(self, factor):
        """Ends of the interfaces' facets, likewise."""
        return _moved(self.ends, self.ends_displacement, self.ends_carried, factor)

    def centres(self):
        """Centre (x, y) of every particle [um], by its number."""
        middle = self.points[self.triangles].mean(axis=1)
        return {
            int(n): middle[self.particle == n].mean(axis=0)
            for n in np.unique(self.particle)
            if n >= 0
        }


def _moved(points, displacement, carried, factor):
    """points + carried upwards + factor times the rest of the displacement."""
    lift = np.stack([np.zeros_like(carried), carried], axis=-1)
    return points + lift + factor * (displacement - lift)


def carried_by_plating(displacement, triangles, plated):
    """Upward displacement (p,) that plated lithium of a thickness [um] makes, the same for every loose part.

    A part rests on the plated lithium when it moves up by more than half of its thickness.
    """
    size = len(displacement)
    links = np.concatenate([triangles[:, :2], triangles[:, 1:]])
    graph = coo_matrix((np.ones(len(links), dtype=bool), links.T), shape=(size, size))
    count, part = connected_components(graph, directed=False)
    mean = np.bincount(part, displacement[:, 1], count) / np.bincount(part, minlength=count)
    return plated * (mean > 0.5 * plated)[part]


def around_plated(points, carried, ends):
    """Points (n, 4) around the plated lithium: facets (k, 2, 2) whose two sides are carried differently."""
    group = {}
    for index, key in enumerate(map(tuple, np.round(points, 4))):
        group.setdefault(key, []).append(index)
    found = []
    for facet in np.round(ends, 4):
        sides = [sorted(group[tuple(end)], key=lambda i: carried[i]) for end in facet]
        if all(carried[side[-1]] > carried[side[0]] for side in sides):
            found.append([sides[0][0], sides[1][0], sides[1][-1], sides[0][-1]])
    return np.array(found, dtype=int).reshape(-1, 4)


def plated_at(case, state):
    """Thickness of the lithium plated [um] since the start at the end of the run's last charge or discharge."""
    table, sign = case.timeseries(), {"charged": -1.0, "discharged": 1.0}[state]
    if table is None:
        return 0.0
    rows = table[(table["step_ended"] != "") & (np.sign(table["current_density_mA_cm2"]) == sign)]
    return 0.0 if rows.empty else max(float(case.plated_um(rows["charge_mAh_cm2"].iloc[-1])), 0.0)


def read_field(case, state=STATE):
    """The field of a case's state, or None when it was not written; in 3D of a section along x in the middle of y."""
    paths = [case.file("fields", f"{kind}_{state}.vtu") for kind in ("cell", "interfaces")]
    if None in paths:
        return None
    cell, faces = (meshio.read(path) for path in paths)
    if "tetra" in cell.cells_dict:
        cell, faces = _in_section(cell, faces)
    bulk = {name: values[0] for name, values in cell.cell_data.items()}
    face = {name: values[0] for name, values in faces.cell_data.items()}
    triangles, lines = cell.cells_dict["triangle"], faces.cells_dict["line"]
    points, displacement = (
        v[:, :2] / MICROMETRE for v in (cell.points, cell.point_data["displacement_m"])
    )
    ends, shift = (
        v[lines][..., :2] / MICROMETRE for v in (faces.points, faces.point_data["displacement_m"])
    )
    plated = plated_at(case, state)
    carried = carried_by_plating(displacement, triangles, plated)
    return Field(
        points=points,
        displacement=displacement,
        carried=carried,
        triangles=triangles,
        stress=0.5 * (bulk["stress_xx_Pa"] + bulk["stress_yy_Pa"]) / MPA,
        stoichiometry=cell.point_data["stoichiometry"],
        region=bulk["region"],
        particle=bulk["particle"],
        ends=ends,
        ends_displacement=shift,
        ends_carried=plated * (shift[..., 1].mean(axis=1, keepdims=True) > 0.5 * plated),
        conducting=face["conducting_fraction"],
        opening=face["opening_m"] / MICROMETRE,
        overpotential=face["overpotential_V"] / MILLIVOLT,
        plated=around_plated(points, carried, ends),
    )


def _in_section(*meshes):
    """The meshes cut by the plane in the middle of y, with z in place of y."""
    middle = float(np.mean([meshes[0].points[:, 1].min(), meshes[0].points[:, 1].max()]))
    found = []
    for mesh in meshes:
        section = cut(mesh.points, mesh.cells[0].data, 1, middle)
        in_plane = {
            name: section.of(values)[:, [0, 2, 1]] if values.ndim == 2 else section.of(values)
            for name, values in mesh.point_data.items()
        }
        inside = {name: [values[0][section.owner]] for name, values in mesh.cell_data.items()}
        if "stress_zz_Pa" in inside:
            inside["stress_yy_Pa"], inside["stress_zz_Pa"] = (
                inside["stress_zz_Pa"],
                inside["stress_yy_Pa"],
            )
        kind = "triangle" if section.cells.shape[1] == 3 else "line"
        points = section.of(mesh.points)[:, [0, 2, 1]]
        found.append(
            meshio.Mesh(points, [(kind, section.cells)], point_data=in_plane, cell_data=inside)
        )
    return found


def nice_below(value):
    """Largest of 1, 2, 5, 10, 20, 50, ... that is not above a value; at least 1."""
    steps = [step * 10.0**power for power in range(7) for step in NICE]
    return max([1.0, *(step for step in steps if step <= value)])


def exaggeration(fields):
    """Factor on the displacement: the widest gap about 4 % of the width, no shift above 11 % of height."""
    size = np.ptp(fields[0].points, axis=0)
    gap = max(float(field.opening.max()) for field in fields)
    shift = max(float(np.abs(field.deformed(1.0) - field.deformed(0.0)).max()) for field in fields)
    return nice_below(min(0.04 * size[0] / max(gap, 1e-12), 0.11 * size[1] / max(shift, 1e-12)))


def stress_scale(fields):
    """Symmetric colour scale [MPa] that holds 95 % of the cells of every field."""
    largest = max(float(np.percentile(np.abs(field.stress), 95)) for field in fields)
    step = 10.0 ** np.floor(np.log10(max(largest, 1e-6)))
    bound = float(np.ceil(largest / (0.5 * step)) * 0.5 * step)
    return TwoSlopeNorm(0.0, -bound, bound)


def outlines(field):
    """Edges (k, 2) between regions and along every side of interfaces and outer faces."""
    shared = shared_facets(field.triangles)
    first, second = field.region[shared.owners].T
    return np.concatenate([single_facets(field.triangles)[0], shared.facets[first != second]])


def draw(axis, field, factor, norm, width):
    """Draw one deformed state: stress, outlines, interfaces by conducting fraction (width in points)."""
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


def chosen_particle(fields, cases):
    """A whole particle of typical contact in the middle case: its number, or None without particles."""
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


def fields_figure(fields, cases):
    """Small multiples of the cases' fields and one particle of each: (figure, factor, particle's number)."""
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
        if zoom:
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


def _scale(figure, mappable, label, top, size, extend="neither"):
    """A colour bar at the right, `top` inches below the figure's upper edge and `size` inches high."""
    x, height = 1.0 - (RIGHT - 0.18) / PAGE_WIDTH, figure.get_figheight()
    box = figure.add_axes([x, 1.0 - (top + size) / height, 0.11 / PAGE_WIDTH, size / height])
    figure.colorbar(mappable, cax=box, label=label, extend=extend)
    box.tick_params(length=2)


def _quiet(axis, label):
    """Height label on the first panel only."""
    if label:
        axis.set_ylabel(label)
    else:
        axis.tick_params(labelleft=False)


def _frame(axis, field, factor, number):
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
