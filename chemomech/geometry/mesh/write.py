"""A Microstructure -> a .msh file that `read_msh` gives back, with all its names."""

from pathlib import Path
from typing import Any

import numpy as np

from chemomech.files import replacing
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import FILE_VERSION, SIMPLEX, gmsh_session


def write_msh(mesh: Microstructure, path: str | Path) -> None:
    """Write a mesh as .msh 4.1 in metres: one entity per region and particle, one group per name.

    Coordinates are written with 16 digits. A region with one particle only has none when it is read
    again.

    Parameters
    ----------
    mesh : Microstructure
        The mesh.
    path : path
        The file.
    """
    dimension = mesh.dimension
    with gmsh_session() as gmsh:
        gmsh.model.add("mesh")
        points = np.zeros((len(mesh.points), 3))
        points[:, :dimension] = mesh.points
        number, entity = 1, 1
        for name, region in mesh.regions.items():
            tags = []
            for particle in np.unique(mesh.cell_particle[mesh.cell_region == region]):
                chosen = mesh.cells[(mesh.cell_region == region) & (mesh.cell_particle == particle)]
                gmsh.model.addDiscreteEntity(dimension, entity)
                if entity == 1:
                    gmsh.model.mesh.addNodes(
                        dimension, entity, np.arange(1, len(points) + 1), points.ravel()
                    )
                number = _add(gmsh, dimension, entity, number, chosen)
                tags.append(entity)
                entity += 1
            gmsh.model.addPhysicalGroup(dimension, tags, region, name=name)
        for tag, (name, facets) in enumerate({**mesh.interfaces, **mesh.boundaries}.items(), 1):
            gmsh.model.addDiscreteEntity(dimension - 1, tag)
            number = _add(gmsh, dimension - 1, tag, number, facets)
            gmsh.model.addPhysicalGroup(dimension - 1, [tag], tag, name=name)
        gmsh.option.setNumber("Mesh.MshFileVersion", FILE_VERSION)
        with replacing(path) as beside:
            gmsh.write(str(beside))


def _add(gmsh: Any, dimension: int, entity: int, number: int, simplices: np.ndarray) -> int:
    """Add simplices (k, dimension + 1) to an entity and return the next free number."""
    tags = np.arange(number, number + len(simplices))
    gmsh.model.mesh.addElementsByType(entity, SIMPLEX[dimension], tags, simplices.ravel() + 1)
    return number + len(simplices)
