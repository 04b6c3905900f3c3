"""ParaView files (.vtu, .pvd) of fields on a split space: interfaces are drawn with their opening.

Every copy of a vertex becomes a point of its own, so a warp by the displacement shows the gaps.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import meshio
import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain, Facets
from chemomech.files import replacing, write_text


def split_vertices(domain: Domain, space: Any) -> tuple[NDArray, NDArray, NDArray]:
    """List the vertices of the split mesh.

    On a Lagrange simplex the first d + 1 local dofs are the vertices.

    Returns
    -------
    cells : (m, d + 1) array
        Vertices of the cells by their new numbers.
    points : (p, 3) array
        Positions of the vertices [m].
    dofs : (p,) array
        Nodes of the space at them.
    """
    corner = space.dofmap.list[:, : domain.dimension + 1]
    dofs, cells = np.unique(corner, return_inverse=True)
    cells = cells.reshape(corner.shape)
    points = np.zeros((len(dofs), 3))
    points[cells.ravel(), : domain.dimension] = domain.points[domain.vertices.ravel()]
    return cells, points, dofs


def as_vector(values: NDArray) -> NDArray:
    """Pad (n, d) to the three components that ParaView expects."""
    return np.pad(values, ((0, 0), (0, 3 - values.shape[1])))


def write_cells(
    path: Path,
    domain: Domain,
    space: Any,
    point_data: Mapping[str, NDArray],
    cell_data: Mapping[str, NDArray],
) -> None:
    """Write fields of the bulk.

    Parameters
    ----------
    path : path
        The .vtu file.
    domain, space
        The mesh, and the space whose nodes carry the point data.
    point_data : mapping of str to (n, ...) array
        Values at all nodes of the space.
    cell_data : mapping of str to (m, ...) array
        Values of all cells.
    """
    cells, points, dofs = split_vertices(domain, space)
    kind = {2: "triangle", 3: "tetra"}[domain.dimension]
    mesh = meshio.Mesh(
        points,
        [(kind, cells)],
        point_data={name: value[dofs] for name, value in point_data.items()},
        cell_data={name: [value] for name, value in cell_data.items()},
    )
    _write(path, mesh)


def write_facets(
    path: Path,
    domain: Domain,
    space: Any,
    facets: Facets,
    displacement: NDArray,
    facet_data: Mapping[str, NDArray],
) -> None:
    """Write fields of interfaces on the facets of their minus side.

    Parameters
    ----------
    path : path
        The .vtu file.
    domain, space
        The mesh, and the space of the displacement.
    facets : Facets
        The interfaces.
    displacement : (n, d) array
        At all nodes of the space [m]; that of the minus side is written.
    facet_data : mapping of str to (k, ...) array
        Values of all facets.
    """
    cells, points, dofs = split_vertices(domain, space)
    used, ends = np.unique(facets.of_first_cell(cells), return_inverse=True)
    kind = {2: "line", 3: "triangle"}[domain.dimension]
    mesh = meshio.Mesh(
        points[used],
        [(kind, ends.reshape(-1, domain.dimension))],
        point_data={"displacement_m": as_vector(displacement[dofs[used]])},
        cell_data={name: [value] for name, value in facet_data.items()},
    )
    _write(path, mesh)


def _write(path: Path, mesh: meshio.Mesh) -> None:
    """Write a mesh, so that no reader meets half a file."""
    with replacing(path) as beside:
        mesh.write(beside, binary=True)


def write_collection(path: Path, entries: Iterable[tuple[float, str]]) -> None:
    """Write a ParaView collection (.pvd) of (time, file name) entries."""
    lines = [f'<DataSet timestep="{time:.10g}" file={quoteattr(name)}/>' for time, name in entries]
    text = (
        '<VTKFile type="Collection" version="0.1"><Collection>\n'
        + "\n".join(lines)
        + "\n</Collection></VTKFile>\n"
    )
    write_text(path, text)
