"""A saved state as figures draw it, read from its .vtu files.

They hold the split mesh (every side of an interface has points of its own), so adding the
displacement, exaggerated, opens the gaps. Stress is the in-plane mean (sigma_xx + sigma_yy)/2 in
MPa, tension positive: in plane strain sigma_zz mostly shows that the particles cannot shrink along
their axis. Of a 3D state a section is drawn, in which the height is called y like that of a 2D
state.
"""

from dataclasses import dataclass
from typing import Any

import meshio
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from chemomech.geometry import GeometryError
from chemomech.geometry.mesh.mesh_import import read_foreign
from chemomech.report.figures.section import cut
from chemomech.report.results import CaseResult
from chemomech.units.field import MICROMETRE, MILLIVOLT, MPA

STATE = "charged"


@dataclass(frozen=True)
class Field:
    """One state of a cell, lengths in um.

    Attributes
    ----------
    points, displacement : (p, 2) array
        Points of the split mesh and what they have moved.
    carried : (p,) array
        Part of the upward displacement that plated lithium makes.
    triangles : (m, 3) array
        Points of every cell.
    stress : (m,) array
        In-plane mean stress [MPa], tension positive.
    stoichiometry : (p,) array
        0 outside active material.
    region, particle : (m,) array
        Numbers of region and particle of every cell.
    ends, ends_displacement : (k, 2, 2) array
        Ends of the interfaces' facets and what they have moved.
    ends_carried : (k, 1) array
        As `carried`, of the facets.
    conducting, opening, overpotential : (k,) array
        Conducting fraction, normal opening and overpotential [mV] of every facet.
    plated : (n, 4) array
        Points around the plated lithium, quadrilateral by quadrilateral.
    """

    points: NDArray[Any]
    displacement: NDArray[Any]
    carried: NDArray[Any]
    triangles: NDArray[Any]
    stress: NDArray[Any]
    stoichiometry: NDArray[Any]
    region: NDArray[Any]
    particle: NDArray[Any]
    ends: NDArray[Any]
    ends_displacement: NDArray[Any]
    ends_carried: NDArray[Any]
    conducting: NDArray[Any]
    opening: NDArray[Any]
    overpotential: NDArray[Any]
    plated: NDArray[Any]

    def deformed(self, factor: float) -> NDArray[Any]:
        """Give the points [um] with the displacement times a factor, but for the plated lithium."""
        return _moved(self.points, self.displacement, self.carried, factor)

    def deformed_ends(self, factor: float) -> NDArray[Any]:
        """Give the ends of the interfaces' facets, likewise."""
        return _moved(self.ends, self.ends_displacement, self.ends_carried, factor)

    def centres(self) -> dict[int, NDArray[Any]]:
        """Give the centre (x, y) [um] of every particle, by its number."""
        middle = self.points[self.triangles].mean(axis=1)
        return {
            int(n): middle[self.particle == n].mean(axis=0)
            for n in np.unique(self.particle)
            if n >= 0
        }


def _moved(
    points: NDArray[Any], displacement: NDArray[Any], carried: NDArray[Any], factor: float
) -> NDArray[Any]:
    """Add to points what is carried upwards, and a factor times the rest of the displacement."""
    lift = np.stack([np.zeros_like(carried), carried], axis=-1)
    return points + lift + factor * (displacement - lift)


def carried_by_plating(
    displacement: NDArray[Any], triangles: NDArray[Any], plated: float
) -> NDArray[Any]:
    """Give the upward displacement that plated lithium makes, the same for every loose body.

    A body rests on the plated lithium when it moves up by more than half of its thickness.

    Parameters
    ----------
    displacement : (p, 2) array
        Of the points of the split mesh [um].
    triangles : (m, 3) array
        Points of every cell.
    plated : float
        Thickness of the plated lithium [um].

    Returns
    -------
    (p,) array
        Displacement [um].
    """
    size = len(displacement)
    links = np.concatenate([triangles[:, :2], triangles[:, 1:]])
    graph = coo_matrix((np.ones(len(links), dtype=bool), links.T), shape=(size, size))
    count, part = connected_components(graph, directed=False)
    mean = np.bincount(part, displacement[:, 1], count) / np.bincount(part, minlength=count)
    return plated * (mean > 0.5 * plated)[part]


def around_plated(points: NDArray[Any], carried: NDArray[Any], ends: NDArray[Any]) -> NDArray[Any]:
    """Find the points around the plated lithium: facets whose two sides are carried differently.

    Parameters
    ----------
    points : (p, 2) array
        Points of the split mesh [um].
    carried : (p,) array
        Their displacement by plating [um].
    ends : (k, 2, 2) array
        Ends of the interfaces' facets [um].

    Returns
    -------
    (n, 4) array
        Numbers of the points, one quadrilateral a row.
    """
    group: dict[Any, list[int]] = {}
    for index, key in enumerate(map(tuple, np.round(points, 4))):
        group.setdefault(key, []).append(index)
    found = []
    for facet in np.round(ends, 4):
        sides = [sorted(group[tuple(end)], key=lambda i: carried[i]) for end in facet]
        if all(carried[side[-1]] > carried[side[0]] for side in sides):
            found.append([sides[0][0], sides[1][0], sides[1][-1], sides[0][-1]])
    return np.array(found, dtype=int).reshape(-1, 4)


def plated_at(case: CaseResult, state: str) -> float:
    """Give the thickness [um] of the lithium plated since the start in a saved state.

    Parameters
    ----------
    case : CaseResult
        The case.
    state : str
        "charged" or "discharged": the end of the run's last charge or discharge.
    """
    table, sign = case.timeseries(), {"charged": -1.0, "discharged": 1.0}[state]
    if table is None:
        return 0.0
    rows = table[(table["step_ended"] != "") & (np.sign(table["current_density_mA_cm2"]) == sign)]
    return 0.0 if rows.empty else max(float(case.plated_um(rows["charge_mAh_cm2"].iloc[-1])), 0.0)


def read_field(case: CaseResult, state: str = STATE) -> Field | None:
    """Read the field of a case's state, or None when it was not written or cannot be read.

    In 3D it is that of a section along x in the middle of y.

    Parameters
    ----------
    case : CaseResult
        The case.
    state : str
        "charged" or "discharged".
    """
    paths = [case.file("fields", f"{kind}_{state}.vtu") for kind in ("cell", "interfaces")]
    if None in paths:
        return None
    try:
        cell, faces = (read_foreign(path) for path in paths if path is not None)
    except GeometryError:
        return None
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


def _in_section(*meshes: meshio.Mesh) -> list[meshio.Mesh]:
    """Cut meshes by the plane in the middle of y, with z in place of y."""
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
