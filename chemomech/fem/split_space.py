"""Function spaces that are continuous inside the material and broken across interfaces.

The mesh stays conforming. Start from a Lagrange space in which every cell has its own copy
(slot) of every dof, and join two cells' copies when the cells share a facet that is not an
interface. The dofs of the split space are the connected components of that graph:

    slot (K, i) ~ slot (L, j)   if   dof(K, i) = dof(L, j) lies on a facet of K and L
                                     that does not belong to an interface.

Triple points, crossings, interfaces that end inside the material and closed loops come out
right by construction, in 2D and 3D.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from dolfinx import fem
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chemomech.fem import compat
from chemomech.fem.domain import Domain, Facets


def facet_closure(space: Any) -> NDArray:
    """Return the local dofs (d + 1, c) of a cell on each of its facets, ends included."""
    layout, facet = space.dofmap.dof_layout, space.mesh.topology.dim - 1
    return np.array([layout.entity_closure_dofs(facet, local) for local in range(facet + 2)])


def facet_nodes(space: Any, facets: Facets) -> NDArray:
    """Return the nodes (n,) of a space on outer facets, ascending."""
    local = facet_closure(space)[facets.local[:, 0]]
    return np.unique(space.dofmap.list[facets.cells[:, :1], local]).astype(np.int64)


def _facet_slots(space: Any, facets: NDArray, cells: NDArray) -> tuple[NDArray, NDArray]:
    """Slots (k, c) and dofs (k, c) on facets seen from cells, sorted by dof."""
    domain, tdim = space.mesh, space.mesh.topology.dim
    table = space.dofmap.list
    facet_of_cell = domain.topology.connectivity(tdim, tdim - 1).array.reshape(-1, tdim + 1)
    local_facet = np.argmax(facet_of_cell[cells] == facets[:, None], axis=1)
    local_dofs = facet_closure(space)[local_facet]
    dofs = table[cells[:, None], local_dofs]
    order = np.argsort(dofs, axis=1)
    slots = cells[:, None] * table.shape[1] + local_dofs
    return np.take_along_axis(slots, order, axis=1), np.take_along_axis(dofs, order, axis=1)


def split_table(space: Any, interface_facets: NDArray) -> tuple[NDArray, int]:
    """Make the cell-dof table (m, l) of a space broken at some facets, and count its dofs."""
    topology = space.mesh.topology
    tdim = topology.dim
    cells_of_facet = topology.connectivity(tdim - 1, tdim)
    interior = np.flatnonzero(np.diff(cells_of_facet.offsets) == 2)
    kept = np.setdiff1d(interior, interface_facets)
    pair = cells_of_facet.array[cells_of_facet.offsets[kept][:, None] + np.arange(2)]
    slots_one, dofs_one = _facet_slots(space, kept, pair[:, 0])
    slots_two, dofs_two = _facet_slots(space, kept, pair[:, 1])
    if not np.array_equal(dofs_one, dofs_two):
        raise RuntimeError("two cells number the dofs of a facet between them in two ways")
    table = space.dofmap.list
    graph = coo_array(
        (np.ones(slots_one.size, dtype=np.int8), (slots_one.ravel(), slots_two.ravel())),
        shape=(table.size,) * 2,
    )
    count, component = connected_components(graph, directed=False)
    # Copies of one dof get neighbouring numbers: the order of the unsplit space is kept.
    first_dof = np.empty(count, dtype=np.int64)
    first_dof[component] = table.ravel()
    number = np.empty(count, dtype=np.int32)
    number[np.argsort(first_dof, kind="stable")] = np.arange(count, dtype=np.int32)
    return number[component].reshape(table.shape), count


def broken_between(domain: Domain, labels: NDArray) -> NDArray:
    """Find the interior facets between cells of different labels (m,), as facet numbers."""
    tdim = domain.dimension
    cells_of_facet = domain.mesh.topology.connectivity(tdim - 1, tdim)
    interior = np.flatnonzero(np.diff(cells_of_facet.offsets) == 2)
    pair = cells_of_facet.array[cells_of_facet.offsets[interior][:, None] + np.arange(2)]
    return interior[labels[pair[:, 0]] != labels[pair[:, 1]]].astype(np.int32)


def split_space(
    domain: Domain,
    degree: int,
    shape: tuple[int, ...] = (),
    interfaces: Iterable[str] | None = None,
    extra: Any = (),
) -> Any:
    """Make a Lagrange space on a Domain, broken across its named interfaces.

    Parameters
    ----------
    domain : Domain
        The mesh.
    degree : int
        Of the polynomials.
    shape : tuple
        Of a value: () of a scalar, (d,) of a vector.
    interfaces : names, optional
        Where to break; default: all of the domain.
    extra : array
        Numbers of facets to break too.

    Raises
    ------
    NotImplementedError
        On more than one process, rather than giving a wrong space.
    """
    if domain.mesh.comm.size > 1:
        raise NotImplementedError(
            "the split space is built on one process; run each case with one MPI rank"
        )
    names = domain.interfaces if interfaces is None else interfaces
    space = fem.functionspace(domain.mesh, ("Lagrange", degree, shape))
    broken = [domain.interfaces[name].facet for name in names]
    broken += [np.asarray(extra, dtype=np.int32)] if len(extra) else []
    table, size = split_table(
        space, np.concatenate(broken) if broken else np.empty(0, dtype=np.int32)
    )
    return compat.space_on_dofmap(space, table, size)
