"""A microstructure as a dolfinx mesh that keeps its named regions, interfaces and boundaries.

dolfinx renumbers cells and vertices; `Domain` holds everything in dolfinx's numbering and the
map back (`input_cell`), so that names survive and results can be written for the input mesh.
Interfaces are ordinary interior facets of the conforming mesh, each seen from two cells: the
minus side first, the plus side second, with the normal pointing from minus to plus.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from mpi4py import MPI
from numpy.typing import NDArray

from chemomech.fem import compat


def vertices_opposite(count: int) -> NDArray:
    """Local vertices of a simplex's facets, (count, count - 1): facet i lacks vertex i."""
    return np.array([[v for v in range(count) if v != i] for i in range(count)])


@dataclass(frozen=True)
class Facets:
    """Facets of one named interface or outer boundary, with the cells they belong to.

    Attributes
    ----------
    facet : (k,) array
        Numbers of the facets.
    cells : (k, s) array
        Cells beside them, s = 2 (minus, plus) for an interface and s = 1 for a boundary.
    local : (k, s) array
        The facet's number within each cell.
    """

    facet: NDArray
    cells: NDArray
    local: NDArray

    def __len__(self) -> int:
        return len(self.facet)

    def subset(self, chosen: NDArray) -> "Facets":
        """Return those facets that a mask or row numbers choose."""
        return Facets(self.facet[chosen], self.cells[chosen], self.local[chosen])

    def of_first_cell(self, cell_vertices: NDArray) -> NDArray:
        """Vertices of the facets, (k, d), of a cell-vertex table (m, d + 1), by the first side."""
        opposite = vertices_opposite(cell_vertices.shape[1])[self.local[:, 0]]
        return np.take_along_axis(cell_vertices[self.cells[:, 0]], opposite, axis=1)


@dataclass(frozen=True)
class Domain:
    """Mesh with names: everything below is in dolfinx's own numbering.

    Attributes
    ----------
    mesh : dolfinx mesh
        Lengths in metres.
    region : (m,) array
        Id of every cell's region; `regions`: name -> id.
    particle : (m,) array
        Particle or grain of a cell, -1 for none.
    interfaces, boundaries : dict
        Name -> Facets.
    input_cell : (m,) array
        Number of a cell in the microstructure.
    vertices : (m, d + 1) array
        Geometry nodes of the cells.
    """

    mesh: Any
    region: NDArray
    regions: dict[str, int]
    particle: NDArray
    interfaces: dict[str, Facets]
    boundaries: dict[str, Facets]
    input_cell: NDArray
    vertices: NDArray

    @property
    def dimension(self) -> int:
        """Number of space dimensions, 2 or 3."""
        return self.mesh.topology.dim

    @property
    def points(self) -> NDArray:
        """Vertex coordinates, (n, d) [m]."""
        return self.mesh.geometry.x[:, : self.dimension]

    def cells_of(self, *names: str) -> NDArray:
        """Cell numbers of the named regions."""
        return np.flatnonzero(np.isin(self.region, [self.regions[name] for name in names]))

    def all_interfaces(self) -> Facets:
        """Join all interfaces, in the order of `interfaces`; none in a body of one piece."""
        none = np.empty(0, dtype=np.int32), *np.empty((2, 0, 2), dtype=np.int32)
        sets = list(self.interfaces.values()) or [Facets(*none)]
        names = ("facet", "cells", "local")
        return Facets(*(np.concatenate([getattr(one, name) for one in sets]) for name in names))

    def interface_slices(self) -> dict[str, slice]:
        """Find where each interface stands in `all_interfaces`: name -> slice."""
        ends = np.cumsum([0, *(len(one) for one in self.interfaces.values())])
        return {name: slice(ends[i], ends[i + 1]) for i, name in enumerate(self.interfaces)}

    def boundary_measure(self, name: str) -> float:
        """Length [m] or area [m2] of an outer boundary."""
        vertices = self.boundaries[name].of_first_cell(self.vertices)
        edges = self.points[vertices[:, 1:]] - self.points[vertices[:, :1]]
        if self.dimension == 2:
            return float(np.linalg.norm(edges[:, 0], axis=1).sum())
        return 0.5 * float(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum())

    def jacobians(self, cells: NDArray | None = None) -> NDArray:
        """Jacobian dx/dX of every (named) affine cell, (m, d, d)."""
        return jacobians(self, cells)


def jacobians(shape: Any, cells: NDArray | None = None) -> NDArray:
    """Jacobian dx/dX of affine cells, (m, d, d).

    Parameters
    ----------
    shape : Domain, or anything with points (n, d) and vertices (m, d + 1)
        The cells.
    cells : array, optional
        Only these.
    """
    corner = shape.points[shape.vertices if cells is None else shape.vertices[cells]]
    return np.swapaxes(corner[:, 1:] - corner[:, :1], 1, 2)


def _facet_numbers(mesh: Any, facet_vertices: NDArray) -> NDArray:
    """Facet numbers of facets given by geometry nodes (k, d)."""
    fdim = mesh.topology.dim - 1
    nodes_of_cell = compat.geometry_dofmap(mesh)
    facet_of_cell = mesh.topology.connectivity(mesh.topology.dim, fdim).array.reshape(
        len(nodes_of_cell), -1
    )
    keys = np.sort(nodes_of_cell[:, vertices_opposite(fdim + 2)].reshape(-1, fdim + 1), axis=1)
    size = np.int64(mesh.geometry.x.shape[0])
    weights = size ** np.arange(fdim + 1, dtype=np.int64)
    all_keys, position = np.unique(keys.astype(np.int64) @ weights, return_index=True)
    wanted = np.sort(facet_vertices, axis=1).astype(np.int64) @ weights
    index = np.searchsorted(all_keys, wanted)
    if len(wanted) and not np.array_equal(all_keys[np.minimum(index, len(all_keys) - 1)], wanted):
        raise ValueError("an interface or boundary names facets that are not in the mesh")
    return facet_of_cell.ravel()[position[index]]


def _with_cells(mesh: Any, facet: NDArray, side_key: NDArray) -> Facets:
    """Facets with their cells, ordered by the cells' key so that minus comes first."""
    tdim = mesh.topology.dim
    cells_of_facet = mesh.topology.connectivity(tdim - 1, tdim)
    offsets, array = cells_of_facet.offsets, cells_of_facet.array
    sides = offsets[facet + 1] - offsets[facet]
    if len(facet) and sides.min() != sides.max():
        raise ValueError("a named facet set mixes interior and outer facets")
    count = int(sides[0]) if len(facet) else 2
    cells = array[offsets[facet][:, None] + np.arange(count)]
    if count == 2:
        cells = np.take_along_axis(
            cells, np.argsort(side_key[cells], axis=1, kind="stable"), axis=1
        )
    facet_of_cell = mesh.topology.connectivity(tdim, tdim - 1).array.reshape(-1, tdim + 1)
    local = np.argmax(facet_of_cell[cells] == facet[:, None, None], axis=2)
    return Facets(facet, cells, local)


def build_domain(microstructure: Any, comm: Any = MPI.COMM_SELF) -> Domain:
    """Make the dolfinx mesh of a microstructure and carry its names over.

    The minus side of an interface "a|b" is region a; inside one region it is the cell that
    comes first in the microstructure.

    Parameters
    ----------
    microstructure : Microstructure
        Mesh and names.
    comm : MPI communicator
        Default: this process alone.

    Raises
    ------
    ValueError
        For facets that are not in the mesh.
    """
    mesh = compat.create_mesh(comm, microstructure.cells, microstructure.points)
    tdim = mesh.topology.dim
    mesh.topology.create_connectivity(tdim - 1, tdim)
    mesh.topology.create_connectivity(tdim, tdim - 1)
    input_cell = np.asarray(mesh.topology.original_cell_index)
    region = np.asarray(microstructure.cell_region)[input_cell]
    node_of_input = np.empty(len(microstructure.points), dtype=np.int64)
    node_of_input[mesh.geometry.input_global_indices] = np.arange(mesh.geometry.x.shape[0])

    def side_key(name: str) -> NDArray:
        first = name.split("|")[0]
        rank = np.where(region == microstructure.regions.get(first, -1), 0, 1)
        return rank * len(input_cell) + input_cell

    def named(sets: dict[str, NDArray]) -> dict[str, Facets]:
        return {
            name: _with_cells(mesh, _facet_numbers(mesh, node_of_input[facets]), side_key(name))
            for name, facets in sets.items()
        }

    return Domain(
        mesh=mesh,
        region=region,
        regions=dict(microstructure.regions),
        particle=np.asarray(microstructure.cell_particle)[input_cell],
        interfaces=named(microstructure.interfaces),
        boundaries=named(microstructure.boundaries),
        input_cell=input_cell,
        vertices=np.asarray(compat.geometry_dofmap(mesh)),
    )
