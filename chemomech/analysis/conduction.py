r"""Steady conduction through a region whose interfaces conduct by their contact.

    div(sigma grad phi) = 0,   i = chi [phi]/R across interfaces,   phi = 0 at the bottom, 1 V at the top,

no current through the other faces and into regions that do not conduct. What no path joins to top or bottom has no
influence. The current from top to bottom over that of a full block of the same size is the relative conductivity.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import gradient_operator, jump_operator
from chemomech.fem.split_space import broken_between, split_space
from chemomech.models.supports import boundary_dofs

SMALLEST_SHARE = 1e-6  # conducting share of a facet that counts as no path
THIN = 1e-2  # resistance of a whole facet without one, over that of a layer as thick as it is long


class Conduction(NamedTuple):
    """relative: effective conductivity over the conductor's own, 0 without a path; reached (m,): cells that a path joins
    to the bottom."""

    relative: float
    reached: np.ndarray


def conduction(
    domain, regions, conducting, quadrature_degree, resistance=None, degree=1, intact=None
):
    """Conduction through `regions` from "bottom" to "top".

    conducting (k, q) at the points of this quadrature_degree of all interfaces in their order; resistance [m]: R sigma of
    whole facets in metres of conductor, default THIN of each facet's length. sound (m, 1): share of the cells'
    conductivity that cracks in the bulk leave (`DamageField.conducting_share`), > 0; default: all.
    """
    inside = np.zeros(len(domain.region), dtype=bool)
    inside[domain.cells_of(*regions)] = True
    space = split_space(domain, degree, extra=broken_between(domain, inside))
    size = space.dofmap.index_map.size_local
    facets = domain.all_interfaces()
    jump = jump_operator(domain, space, facets, quadrature_degree)
    length = jump.weights.sum(axis=1) ** (1.0 / (domain.dimension - 1))
    between = inside[facets.cells].all(axis=1)
    share = np.where(between[:, None], conducting, 0.0)
    passes = share.max(axis=1) > SMALLEST_SHARE
    reached = {face: _reached(domain, inside, facets, passes, face) for face in ("bottom", "top")}
    live = reached["bottom"] & reached["top"]
    if not live.any():
        return Conduction(0.0, reached["bottom"])
    thickness = THIN * length if resistance is None else np.full(len(facets), resistance)
    conductance = np.where(live[facets.cells].all(axis=1)[:, None], share, 0.0) / thickness[:, None]
    cells = np.flatnonzero(live)
    gradient = gradient_operator(domain, space, cells, 2 * (degree - 1))
    up, low = (
        np.intersect1d(_nodes(domain, space, face), space.dofmap.list[cells])
        for face in ("top", "bottom")
    )
    unused = np.setdiff1d(np.arange(size), space.dofmap.list[cells])
    constraint = constraints(size, np.concatenate([up, low, unused]))
    fixed = np.zeros(size)
    fixed[up] = 1.0
    rows = np.flatnonzero(conductance.max(axis=1) > 0.0)
    across, tangent = jump.subset(rows), conductance[rows][..., None, None]
    solver = DirectSolver(constraint, [gradient.dofs, across.dofs], symmetric=True)
    share = np.ones((len(inside), 1)) if intact is None else intact
    eye = share[cells][..., None, None] * np.eye(domain.dimension)
    eye = np.broadcast_to(eye, (*gradient.weights.shape, domain.dimension, domain.dimension))
    solver.factorise([gradient.matrices(eye), across.matrices(tangent)])
    left = share[cells][..., None]
    force = gradient.forces(left * gradient(fixed), size) + across.forces(
        tangent[..., 0] * across(fixed), size
    )
    phi = constraint.expand(solver.solve(-constraint.gather(force)), fixed)
    force = gradient.forces(left * gradient(phi), size) + across.forces(
        tangent[..., 0] * across(phi), size
    )
    height = np.ptp(domain.points[:, -1])
    return Conduction(
        float(force[up].sum()) * height / domain.boundary_measure("top"), reached["bottom"]
    )


def _reached(domain, inside, facets, open_, face):
    """Cells (m,) of the conductor that a path joins to a face; open_ (k,): interfaces' facets that let pass."""
    connection = domain.mesh.topology.connectivity(domain.dimension - 1, domain.dimension)
    interior = np.flatnonzero(np.diff(connection.offsets) == 2)
    kept = np.setdiff1d(interior, facets.facet[~open_])
    pairs = connection.array[connection.offsets[kept][:, None] + np.arange(2)]
    pairs = pairs[inside[pairs].all(axis=1)]
    graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(inside),) * 2)
    label = connected_components(graph, directed=False)[1]
    begin = domain.boundaries[face].cells[:, 0]
    return inside & np.isin(label, label[begin[inside[begin]]])


def _nodes(domain, space, face):
    """Nodes of a scalar space on an outer face."""
    return boundary_dofs(domain, space, face, 0) // domain.dimension
