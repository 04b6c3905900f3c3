"""ParaView files (.vtu, .pvd) of fields on a split space: interfaces are drawn with their opening.

Every copy of a vertex becomes a point of its own, so a warp by the displacement shows the gaps.
"""

import os
from pathlib import Path
from xml.sax.saxutils import quoteattr

import meshio
import numpy as np


def split_vertices(domain, space):
    """Vertices of the split mesh: (cells (m, d+1) of new numbers, points (p, 3) [m], dofs (p,) of the space's nodes).

    On a Lagrange simplex the first d + 1 local dofs are the vertices.
    """
    corner = space.dofmap.list[:, : domain.dimension + 1]
    dofs, cells = np.unique(corner, return_inverse=True)
    cells = cells.reshape(corner.shape)
    points = np.zeros((len(dofs), 3))
    points[cells.ravel(), : domain.dimension] = domain.points[domain.vertices.ravel()]
    return cells, points, dofs


def as_vector(values):
    """Pad (n, d) to the three components that ParaView expects."""
    return np.pad(values, ((0, 0), (0, 3 - values.shape[1])))


def write_cells(path, domain, space, point_data, cell_data):
    """Write bulk fields: point_data name -> (node values of `space`), cell_data name -> (m, ...)."""
    cells, points, dofs = split_vertices(domain, space)
    kind = {2: "triangle", 3: "tetra"}[domain.dimension]
    mesh = meshio.Mesh(
        points,
        [(kind, cells)],
        point_data={name: value[dofs] for name, value in point_data.items()},
        cell_data={name: [value] for name, value in cell_data.items()},
    )
    _write(path, mesh)


def write_facets(path, domain, space, facets, displacement, facet_data):
    """Write interface fields on the minus side's facets, with the displacement (nodes, d) of that side."""
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


def _write(path, mesh):
    """Write beside the final name and rename, so that no reader meets half a file."""
    path = Path(path)
    beside = path.with_name(f".{path.stem}.part{path.suffix}")
    mesh.write(beside, binary=True)
    os.replace(beside, path)


def write_collection(path, entries):
    """ParaView collection (.pvd) of (time, file name) entries."""
    lines = [f'<DataSet timestep="{time:.10g}" file={quoteattr(name)}/>' for time, name in entries]
    text = (
        '<VTKFile type="Collection" version="0.1"><Collection>\n'
        + "\n".join(lines)
        + "\n</Collection></VTKFile>\n"
    )
    Path(path).write_text(text)
