r"""Effective conductivity and tortuosity of a microstructure: steady conduction between two of its outer faces.

    div(sigma grad phi) = 0,   phi = 0 on one face, 1 on the other, no current through all others;
    at a named contact   n . sigma grad phi = g (phi+ - phi-)

The current times the drop is the power that is dissipated, P = int sigma |grad phi|^2 + int g jump^2, hence

    sigma_eff = P L^2 / V,      tau = <sigma> / sigma_eff,      <sigma> = (1/V) int sigma

with L the distance of the faces, V the measure of the whole mesh and unit drop. For one conductor of fraction
eps, <sigma> = eps sigma: tau is the tortuosity factor (not its square root; Cooper et al., SoftwareX 5 (2016) 203,
doi 10.1016/j.softx.2016.09.002). As a finite-element solution has never less power than the exact one, sigma_eff
is approached from above.

Only cells that conduct and hang together with both faces are kept; cells that touch in a vertex, or in space along an
edge, do not conduct into each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from chemomech.fem.domain import build_domain
from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import gradient_operator, jump_operator
from chemomech.fem.split_space import split_space
from chemomech.geometry import GeometryError, Microstructure
from chemomech.geometry.mesh.facets import cell_measures
from chemomech.geometry.mesh.paths import cells_at
from chemomech.geometry.mesh.statistics import SIDES, part_of

START, END = "start", "end"
NONE = 1e-14  # of the largest conductivity: what conducts less does not conduct


@dataclass(frozen=True)
class Effective:
    """conductivity sigma_eff [S/m]; mean <sigma> [S/m]; fraction of the mesh that conducts, and of it the share that
    hangs together with both faces; unknowns: of the linear system, 0 when nothing percolates."""

    conductivity: float
    mean: float
    fraction: float
    connected: float
    unknowns: int

    @property
    def tortuosity(self) -> float:
        """tau = <sigma>/sigma_eff, at least 1; infinite when no current can pass."""
        return self.mean / self.conductivity if self.conductivity > 0.0 else float("inf")


def effective_conductivity(
    mesh: Microstructure,
    conductivity: Mapping[str, float],
    faces: tuple[str, str] = ("bottom", "top"),
    contacts: Mapping[str, float] | None = None,
    degree: int = 2,
) -> Effective:
    """Return the effective conductivity of a mesh between two opposite plane faces.

    conductivity: region -> sigma [S/m] >= 0; a region left out, or with NONE of the largest, does not conduct.
    contacts: "region|region" -> conductance g [S/m2] > 0 of that interface, one region twice: between its parts;
    others pass current freely. degree: of the potential. Raises GeometryError for unknown names and ValueError for
    values out of range.
    """
    contacts = dict(contacts or {})
    if any(not value >= 0.0 or not np.isfinite(value) for value in conductivity.values()):
        raise ValueError(f"conductivities must be finite and not negative: {dict(conductivity)}")
    if any(not value > 0.0 or not np.isfinite(value) for value in contacts.values()):
        raise ValueError(f"conductances of contacts must be finite and positive: {contacts}")
    sigma = np.zeros(len(mesh.cells))
    for name, value in conductivity.items():
        sigma[mesh.region_cells(name)] = value
    measure = cell_measures(mesh.points, mesh.cells)
    length = _distance(mesh, faces)
    conducts = sigma > NONE * sigma.max()
    kept = _percolating(mesh, conducts, faces)
    mean, fraction = (
        float(sigma @ measure / measure.sum()),
        float(measure[conducts].sum() / measure.sum()),
    )
    if not kept.any():
        return Effective(0.0, mean, fraction, 0.0, 0)
    body = _body(mesh, kept, faces, contacts)
    power, unknowns = _power(body, sigma[kept], contacts, degree)
    connected = float(measure[kept].sum() / measure[conducts].sum())
    return Effective(power * length**2 / float(measure.sum()), mean, fraction, connected, unknowns)


def effective_by_axis(
    mesh: Microstructure, conductivity: Mapping[str, float], **options
) -> dict[str, Effective]:
    """Return x, y (and z) -> Effective, between the faces across each axis; options as in `effective_conductivity`."""
    sides = SIDES[mesh.dimension]
    return {
        axis: effective_conductivity(mesh, conductivity, faces, **options)
        for axis, faces in zip("xyz", sides, strict=False)
    }


def _distance(mesh: Microstructure, faces: tuple[str, str]) -> float:
    """Return the distance [m] of two plane parallel faces; GeometryError when they are not."""
    for name in faces:
        mesh.boundary_measure(name)
    low, high = (mesh.points[mesh.boundaries[name]].reshape(-1, mesh.dimension) for name in faces)
    size = np.ptp(mesh.points, axis=0).max()
    for axis in range(mesh.dimension):
        if np.ptp(low[:, axis]) < 1e-6 * size and np.ptp(high[:, axis]) < 1e-6 * size:
            between = abs(high[:, axis].mean() - low[:, axis].mean())
            if between > 1e-6 * size:
                return float(between)
    raise GeometryError(
        f"the faces '{faces[0]}' and '{faces[1]}' are not plane and parallel, across one axis"
    )


def _percolating(mesh: Microstructure, conducts: np.ndarray, faces: tuple[str, str]) -> np.ndarray:
    """Return the mask (m,) of the conducting cells that hang together with both faces."""
    if not conducts.any():
        return conducts
    probe = Microstructure(
        mesh.points,
        mesh.cells,
        conducts.astype(int),
        {"conducts": 1},
        mesh.cell_particle,
        boundaries=mesh.boundaries,
    )
    labels = probe.components("conducts")[1]
    at = [labels[cells_at(mesh, name)] for name in faces]
    through = np.intersect1d(*at)
    return np.isin(labels, through[through >= 0])


def _body(
    mesh: Microstructure, kept: np.ndarray, faces: tuple[str, str], contacts: Mapping[str, float]
) -> Microstructure:
    """Return the mesh of the kept cells, its two faces and the contacts that lie inside it."""
    body = part_of(mesh, kept)
    row = np.full(len(mesh.points), -1)
    row[np.unique(mesh.cells[kept])] = np.arange(len(body.points))
    named = {}
    for name, face in zip((START, END), faces, strict=True):
        table = mesh.facet_table
        rows = table.find(mesh.boundaries[face])
        named[name] = row[table.facets[rows[kept[table.cells[rows, 0]]]]]
    between = {}
    for name in contacts:
        pair = name.split("|")
        unknown = [each for each in pair if each not in mesh.regions]
        if len(pair) != 2 or unknown:
            known = ", ".join(sorted(mesh.regions))
            raise GeometryError(f"contact '{name}': write two regions, as \"a|b\", of {known}")
        if set(pair) <= set(body.regions):
            between[name] = body.interface_between(*pair)
    between = {name: facets for name, facets in between.items() if len(facets)}
    return Microstructure(
        body.points, body.cells, body.cell_region, body.regions, body.cell_particle, between, named
    ).validate()


def _power(
    body: Microstructure, sigma: np.ndarray, contacts: Mapping[str, float], degree: int
) -> tuple[float, int]:
    """Return the power at unit drop [W, or W/m of depth] and the number of unknowns; sigma (m,) as body.cells."""
    # Lengths of about 1 keep the pivots away from the units; the power goes with length^(d - 2).
    size = float(np.ptp(body.points, axis=0).max())
    scaled = Microstructure(
        body.points / size,
        body.cells,
        body.cell_region,
        body.regions,
        body.cell_particle,
        body.interfaces,
        body.boundaries,
    )
    domain = build_domain(scaled)
    space = split_space(domain, degree)
    largest = float(sigma.max())
    gradient = gradient_operator(domain, space, np.arange(len(domain.region)), 2 * (degree - 1))
    tangent = (sigma[domain.input_cell] / largest)[:, None, None, None] * np.eye(domain.dimension)
    matrices = [
        gradient.matrices(np.broadcast_to(tangent, (*gradient.weights.shape, *tangent.shape[2:])))
    ]
    operators = [gradient]
    for name, facets in domain.interfaces.items():
        jump = jump_operator(domain, space, facets, 2 * degree)
        matrices.append(
            jump.matrices(np.full((*jump.weights.shape, 1, 1), contacts[name] * size / largest))
        )
        operators.append(jump)
    dofs = space.dofmap.index_map.size_local
    low, high = (_on_face(domain, space, face) for face in (START, END))
    fixed = np.zeros(dofs)
    fixed[high] = 1.0
    constraint = constraints(dofs, np.concatenate([low, high]))
    force = np.zeros(dofs)
    for operator, matrix in zip(operators, matrices, strict=True):
        local = np.einsum("ekl,el->ek", matrix, fixed[operator.dofs])
        force += np.bincount(operator.dofs.ravel(), local.ravel(), dofs)
    potential = fixed
    if constraint.size:
        solver = DirectSolver(constraint, [operator.dofs for operator in operators], symmetric=True)
        solver.factorise(matrices)
        potential = constraint.expand(solver.solve(-constraint.gather(force)), fixed)
    power = sum(
        np.einsum("ek,ekl,el->", potential[operator.dofs], matrix, potential[operator.dofs])
        for operator, matrix in zip(operators, matrices, strict=True)
    )
    return float(power) * largest * size ** (body.dimension - 2), constraint.size


def _on_face(domain, space, face: str) -> np.ndarray:
    """Return the dofs of a scalar space on a named outer face."""
    facets, layout, tdim = domain.boundaries[face], space.dofmap.dof_layout, domain.dimension
    closure = np.array([layout.entity_closure_dofs(tdim - 1, i) for i in range(tdim + 1)])
    return np.unique(space.dofmap.list[facets.cells[:, :1], closure[facets.local[:, 0]]]).astype(
        np.int64
    )
