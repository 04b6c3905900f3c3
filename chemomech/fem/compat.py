"""Differences between dolfinx releases (0.9 to 0.11), hidden here and nowhere else."""

import re
from typing import Any

import basix.ufl
import dolfinx
import numpy as np
import ufl
from dolfinx import cpp, fem, mesh
from numpy.typing import NDArray

SUPPORTED = ((0, 9), (0, 12))  # first supported release, first unsupported one


def dolfinx_version() -> tuple[int, int]:
    """Read the (major, minor) release of the dolfinx that is running."""
    major, minor = re.findall(r"\d+", dolfinx.__version__)[:2]
    return int(major), int(minor)


def check_version() -> None:
    """Raise ImportError when dolfinx is outside the supported range."""
    if not SUPPORTED[0] <= dolfinx_version() < SUPPORTED[1]:
        raise ImportError(
            f"chemomech needs dolfinx >= 0.9, < 0.12 and found {dolfinx.__version__}; "
            "environment/run CMD starts a suitable one"
        )


def create_mesh(comm: Any, cells: NDArray, points: NDArray) -> Any:
    """Make a first-order simplex mesh of cells (m, d + 1) and points (n, d) [m]."""
    dimension = points.shape[1]
    cell_name = {1: "interval", 2: "triangle", 3: "tetrahedron"}[dimension]
    coordinate = basix.ufl.element("Lagrange", cell_name, 1, shape=(dimension,))
    return mesh.create_mesh(
        comm,
        cells=np.asarray(cells, dtype=np.int64),
        x=np.asarray(points, dtype=float),
        e=ufl.Mesh(coordinate),
    )


def geometry_dofmap(domain: Any) -> NDArray:
    """Vertex numbers of every cell, (m, d+1)."""
    geometry = domain.geometry
    # 0.9 has one dofmap only, 0.10 deprecates it; `dofmaps` is a method there before it is a list.
    return geometry.dofmaps[0] if dolfinx_version() >= (0, 11) else geometry.dofmap


def space_on_dofmap(space: Any, table: Any, size: int) -> Any:
    """Give a function space another table of dofs.

    Parameters
    ----------
    space : dolfinx function space
        Its element and mesh are kept.
    table : (m, l) array
        Blocked dofs of the cells.
    size : int
        Number of blocked dofs.
    """
    domain, comm = space.mesh, space.mesh.comm
    index_map = cpp.common.IndexMap(comm, size)
    block_size = space.dofmap.bs
    table = cpp.graph.AdjacencyList_int32(np.ascontiguousarray(table, dtype=np.int32))
    dofmap = cpp.fem.DofMap(space.dofmap.dof_layout, index_map, block_size, table, block_size)
    element = getattr(space.element, "_cpp_object", space.element)
    arguments = [domain._cpp_object, element, dofmap]
    if dolfinx_version() < (0, 10):
        arguments.append(list(space.value_shape))
    return fem.FunctionSpace(domain, space.ufl_element(), cpp.fem.FunctionSpace_float64(*arguments))
