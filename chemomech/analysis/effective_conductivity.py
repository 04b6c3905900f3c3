r"""Steady conduction through a body between two of its boundaries.

    div(sigma grad phi) = 0,   phi = 0 on one boundary, 1 on the other, no current elsewhere;
    at a contact   n . sigma grad phi = g (phi+ - phi-)

The current times the drop is the power that is dissipated, P = int sigma |grad phi|^2 + int g
jump^2, so that at unit drop P is the conductance. Two callers solve it. `effective_conductivity`
asks a microstructure for

    sigma_eff = P L^2 / V,      tau = <sigma> / sigma_eff,      <sigma> = (1/V) int sigma

with L the distance of the boundaries and V the measure of the whole mesh. For one conductor of
fraction eps, <sigma> = eps sigma: tau is the tortuosity factor (not its square root; Cooper et al.,
SoftwareX 5 (2016) 203, doi 10.1016/j.softx.2016.09.002). As a finite-element solution has never
less power than the exact one, sigma_eff is approached from above. Only cells that conduct and hang
together with both boundaries are kept; cells that touch in a vertex, or in space along an edge, do
not conduct into each other.

`conduction` asks a body with cracks, from bottom to top: its interfaces conduct by their contact, g
= chi/R, nothing flows into regions that do not conduct, and what no path joins to top or bottom has
no influence. The current over that of a full block of the same size is the relative conductivity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chemomech.fem.domain import Domain, Facets, build_domain
from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import PointOperator, gradient_operator, jump_operator
from chemomech.fem.split_space import broken_between, facet_nodes, split_space
from chemomech.geometry import GeometryError, Microstructure
from chemomech.geometry.mesh.facets import cell_measures
from chemomech.geometry.mesh.paths import cells_at
from chemomech.geometry.mesh.statistics import SIDES, subset

START, END = "start", "end"
NONE = 1e-14  # of the largest conductivity: what conducts less does not conduct
SMALLEST_SHARE = 1e-6  # conducting share of a facet that counts as no path
THIN = 1e-2  # resistance of a whole facet without one, over that of a layer as thick as it is long


@dataclass(frozen=True)
class Effective:
    """What a microstructure conducts between two boundaries.

    Attributes
    ----------
    conductivity : float
        Effective conductivity sigma_eff [S/m].
    mean : float
        Mean conductivity <sigma> over the whole mesh [S/m].
    fraction : float
        Fraction of the mesh that conducts, 0 to 1.
    connected : float
        Share of what conducts that hangs together with both boundaries, 0 to 1.
    unknowns : int
        Unknowns of the linear system, 0 when nothing percolates.
    """

    conductivity: float
    mean: float
    fraction: float
    connected: float
    unknowns: int

    @property
    def tortuosity(self) -> float:
        """Tortuosity factor <sigma>/sigma_eff, at least 1; infinite when no current can pass."""
        return self.mean / self.conductivity if self.conductivity > 0.0 else float("inf")


def effective_conductivity(
    mesh: Microstructure,
    conductivity: Mapping[str, float],
    boundaries: tuple[str, str] = ("bottom", "top"),
    contacts: Mapping[str, float] | None = None,
    degree: int = 2,
) -> Effective:
    """Return the effective conductivity of a mesh between two opposite plane boundaries.

    Parameters
    ----------
    mesh : Microstructure
        The body, in metres.
    conductivity : mapping
        Region -> sigma [S/m] >= 0; a region left out, or with NONE of the largest, does not
        conduct.
    boundaries : (str, str)
        Names of two boundaries, plane and parallel across one axis.
    contacts : mapping, optional
        "region|region" -> conductance g [S/m2] > 0 of that interface, one region twice: between its
        particles or grains. Other interfaces pass current freely.
    degree : int
        Polynomial degree of the potential.

    Raises
    ------
    GeometryError
        For unknown names, and boundaries that are not plane and parallel.
    ValueError
        For values out of range.
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
    length = _distance(mesh, boundaries)
    conducts = sigma > NONE * sigma.max()
    kept = _percolating(mesh, conducts, boundaries)
    mean, fraction = (
        float(sigma @ measure / measure.sum()),
        float(measure[conducts].sum() / measure.sum()),
    )
    if not kept.any():
        return Effective(0.0, mean, fraction, 0.0, 0)
    body = _body(mesh, kept, boundaries, contacts)
    power, unknowns = _power(body, sigma[kept], contacts, degree)
    connected = float(measure[kept].sum() / measure[conducts].sum())
    return Effective(power * length**2 / float(measure.sum()), mean, fraction, connected, unknowns)


def effective_by_axis(
    mesh: Microstructure, conductivity: Mapping[str, float], **options
) -> dict[str, Effective]:
    """Return axis "x", "y" (and "z") -> Effective, between the boundaries across that axis.

    Parameters
    ----------
    mesh : Microstructure
        The body, in metres.
    conductivity : mapping
        Region -> sigma [S/m] >= 0.
    **options
        As of `effective_conductivity`.
    """
    sides = SIDES[mesh.dimension]
    return {
        axis: effective_conductivity(mesh, conductivity, boundaries, **options)
        for axis, boundaries in zip("xyz", sides, strict=False)
    }


def _distance(mesh: Microstructure, boundaries: tuple[str, str]) -> float:
    """Return the distance [m] of two plane parallel boundaries; GeometryError when they are not."""
    for name in boundaries:
        mesh.boundary_measure(name)
    low, high = (
        mesh.points[mesh.boundaries[name]].reshape(-1, mesh.dimension) for name in boundaries
    )
    size = np.ptp(mesh.points, axis=0).max()
    for axis in range(mesh.dimension):
        if np.ptp(low[:, axis]) < 1e-6 * size and np.ptp(high[:, axis]) < 1e-6 * size:
            between = abs(high[:, axis].mean() - low[:, axis].mean())
            if between > 1e-6 * size:
                return float(between)
    raise GeometryError(
        f"the boundaries '{boundaries[0]}' and '{boundaries[1]}' are not plane and "
        "parallel, across one axis"
    )


def _percolating(mesh: Microstructure, conducts: NDArray, boundaries: tuple[str, str]) -> NDArray:
    """Return the mask (m,) of the conducting cells that hang together with both boundaries."""
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
    at = [labels[cells_at(mesh, name)] for name in boundaries]
    through = np.intersect1d(*at)
    return np.isin(labels, through[through >= 0])


def _body(
    mesh: Microstructure, kept: NDArray, boundaries: tuple[str, str], contacts: Mapping[str, float]
) -> Microstructure:
    """Return the mesh of the kept cells, its two boundaries and contacts that lie inside it."""
    body = subset(mesh, kept)
    row = np.full(len(mesh.points), -1)
    row[np.unique(mesh.cells[kept])] = np.arange(len(body.points))
    named = {}
    for name, boundary in zip((START, END), boundaries, strict=True):
        table = mesh.facet_table
        rows = table.find(mesh.boundaries[boundary])
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
    body: Microstructure, sigma: NDArray, contacts: Mapping[str, float], degree: int
) -> tuple[float, int]:
    """Return the power at unit drop [W, or W/m of depth] and the number of unknowns."""
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
    operators = [gradient]
    tangents = [_isotropic(sigma[domain.input_cell][:, None] / largest, gradient)]
    for name, facets in domain.interfaces.items():
        jump = jump_operator(domain, space, facets, 2 * degree)
        operators.append(jump)
        tangents.append(np.full((*jump.weights.shape, 1, 1), contacts[name] * size / largest))
    low, high = (facet_nodes(space, domain.boundaries[boundary]) for boundary in (START, END))
    power, unknowns = _unit_drop(space, operators, tangents, low, high)
    return power * largest * size ** (body.dimension - 2), unknowns


def _unit_drop(
    space,
    operators: Sequence[PointOperator],
    tangents: Sequence[NDArray],
    low: NDArray,
    high: NDArray,
    unused: Sequence[int] | NDArray = (),
) -> tuple[float, int]:
    """Return the power of the potential that is 0 at `low`, 1 at `high`, and the unknowns.

    Each operator (gradient or jump) stands with its tangent (k, q, c, c), conductivity or
    conductance; `unused` are dofs of a scalar space that no operator reaches.
    """
    size = space.dofmap.index_map.size_local
    matrices = [
        operator.matrices(tangent) for operator, tangent in zip(operators, tangents, strict=True)
    ]
    fixed = np.zeros(size)
    fixed[high] = 1.0
    constraint = constraints(size, np.concatenate([low, high, np.asarray(unused, dtype=np.int64)]))
    force = np.zeros(size)
    for operator, matrix in zip(operators, matrices, strict=True):
        local = np.einsum("ekl,el->ek", matrix, fixed[operator.dofs])
        force += np.bincount(operator.dofs.ravel(), local.ravel(), size)
    potential = fixed
    if constraint.size:
        solver = DirectSolver(constraint, [operator.dofs for operator in operators], symmetric=True)
        solver.factorise(matrices)
        potential = constraint.expand(solver.solve(-constraint.gather(force)), fixed)
    power = sum(
        np.einsum("ek,ekl,el->", potential[operator.dofs], matrix, potential[operator.dofs])
        for operator, matrix in zip(operators, matrices, strict=True)
    )
    return float(power), constraint.size


class Conduction(NamedTuple):
    """Conduction of a body from bottom to top.

    Attributes
    ----------
    relative : float
        Effective conductivity over the conductor's own, 0 without a path.
    reached : (m,) bool array
        Cells that a path joins to the bottom.
    """

    relative: float
    reached: NDArray


def conduction(
    domain: Domain,
    regions: Sequence[str],
    conducting: NDArray,
    quadrature_degree: int,
    resistance: float | None = None,
    degree: int = 1,
    intact: NDArray | None = None,
) -> Conduction:
    """Return the Conduction through some regions from "bottom" to "top".

    Parameters
    ----------
    domain : Domain
        The body.
    regions : sequence of str
        Regions that conduct, all alike.
    conducting : (k, q) array
        Share chi of each interface point that conducts, 0 to 1, all interfaces in their order.
    quadrature_degree : int
        Degree of the rule that the interfaces' points belong to.
    resistance : float, optional
        R sigma of whole facets, in metres of conductor; default: THIN of each facet's length.
    degree : int
        Polynomial degree of the potential.
    intact : (m, 1) array, optional
        Share of the cells' conductivity that cracks in the bulk leave, > 0
        (`DamageField.conducting_share`); default: all.
    """
    inside = np.zeros(len(domain.region), dtype=bool)
    inside[domain.cells_of(*regions)] = True
    space = split_space(domain, degree, extra=broken_between(domain, inside))
    facets = domain.all_interfaces()
    jump = jump_operator(domain, space, facets, quadrature_degree)
    share = np.where(inside[facets.cells].all(axis=1)[:, None], conducting, 0.0)
    passes = share.max(axis=1) > SMALLEST_SHARE
    reached = {
        boundary: _reached(domain, inside, facets, passes, boundary)
        for boundary in ("bottom", "top")
    }
    live = reached["bottom"] & reached["top"]
    if not live.any():
        return Conduction(0.0, reached["bottom"])
    length = jump.weights.sum(axis=1) ** (1.0 / (domain.dimension - 1))
    thickness = THIN * length if resistance is None else np.full(len(facets), resistance)
    conductance = np.where(live[facets.cells].all(axis=1)[:, None], share, 0.0) / thickness[:, None]
    rows = np.flatnonzero(conductance.max(axis=1) > 0.0)
    cells = np.flatnonzero(live)
    gradient = gradient_operator(domain, space, cells, 2 * (degree - 1))
    left = np.ones((len(cells), 1)) if intact is None else intact[cells]
    used = space.dofmap.list[cells]
    low, high = (
        np.intersect1d(facet_nodes(space, domain.boundaries[boundary]), used)
        for boundary in ("bottom", "top")
    )
    unused = np.setdiff1d(np.arange(space.dofmap.index_map.size_local), used)
    tangents = [_isotropic(left, gradient), conductance[rows][..., None, None]]
    power, _ = _unit_drop(space, [gradient, jump.subset(rows)], tangents, low, high, unused)
    height = np.ptp(domain.points[:, -1])
    return Conduction(power * height / domain.boundary_measure("top"), reached["bottom"])


def _isotropic(conductivity: NDArray, gradient: PointOperator) -> NDArray:
    """Return conductivities (m, 1) as tangents (m, q, d, d) of a gradient."""
    dimension = gradient.points.shape[-1]
    tangent = conductivity[..., None, None] * np.eye(dimension)
    return np.broadcast_to(tangent, (*gradient.weights.shape, dimension, dimension))


def _reached(
    domain: Domain, inside: NDArray, facets: Facets, passes: NDArray, boundary: str
) -> NDArray:
    """Return the cells (m,) that a path joins to a boundary; passes (k,): which facets let pass."""
    connection = domain.mesh.topology.connectivity(domain.dimension - 1, domain.dimension)
    interior = np.flatnonzero(np.diff(connection.offsets) == 2)
    kept = np.setdiff1d(interior, facets.facet[~passes])
    pairs = connection.array[connection.offsets[kept][:, None] + np.arange(2)]
    pairs = pairs[inside[pairs].all(axis=1)]
    graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(inside),) * 2)
    label = connected_components(graph, directed=False)[1]
    begin = domain.boundaries[boundary].cells[:, 0]
    return inside & np.isin(label, label[begin[inside[begin]]])
