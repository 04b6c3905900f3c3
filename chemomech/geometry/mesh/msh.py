"""Meshes through gmsh: one exclusive gmsh session, and reading any mesh file that gmsh reads.

In the file a physical group of the cells' dimension is a region, a physical group of their facets
is an outer boundary (all facets on it) or an interface (all facets inside, e.g. a grain boundary or
a flaw). Where a region consists of several elementary entities, each one is a particle or a grain.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import FacetTable, build_facet_table, orient
from chemomech.geometry.mesh.microstructure import Microstructure

SIMPLEX = {1: 1, 2: 2, 3: 4}  # gmsh's element type of the linear line, triangle and tetrahedron
QUADRILATERAL = 3
FILE_VERSION = 4.1


@contextmanager
def gmsh_session() -> Iterator:
    """Give gmsh with one thread and no output, finalised at the end.

    Its failures become GeometryError.
    """
    import gmsh

    if gmsh.isInitialized():
        raise GeometryError("gmsh is already in use in this process; call gmsh.finalize() first")
    gmsh.initialize(["gmsh"], readConfigFiles=False, interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        gmsh.option.setNumber("General.NumThreads", 1)
        yield gmsh
    except UnicodeDecodeError:
        raise GeometryError("gmsh: the file is not text that it can read") from None
    except Exception as error:
        # gmsh's own failures are bare Exceptions; anything more specific passes unchanged.
        if type(error) is not Exception:
            raise
        raise GeometryError(f"gmsh: {error}") from error
    finally:
        gmsh.finalize()


def write_scaled(gmsh: Any, path: Path, scale: float) -> None:
    """Write the current mesh as .msh 4.1 with all coordinates multiplied by `scale`.

    Parameters
    ----------
    gmsh : module
        gmsh, in a session with a mesh.
    path : Path
        The file.
    scale : float
        Metres per unit of the model.

    Raises
    ------
    GeometryError
        Cells have no physical group: gmsh would leave them out without a word.
    """
    dimension = gmsh.model.getDimension()
    lost = [
        tag
        for _, tag in gmsh.model.getEntities(dimension)
        if not len(gmsh.model.getPhysicalGroupsForEntity(dimension, tag))
        and len(gmsh.model.mesh.getElementTypes(dimension, tag))
    ]
    if lost:
        raise GeometryError(unnamed_cells(dimension, lost))
    gmsh.option.setNumber("Mesh.MshFileVersion", FILE_VERSION)
    gmsh.option.setNumber("Mesh.ScalingFactor", scale)
    gmsh.write(str(path))


def unnamed_cells(dimension: int, entities: Sequence[int]) -> str:
    """Return a message on surfaces or volumes whose cells are in no physical group."""
    kind = "surface" if dimension == 2 else "volume"
    return (
        f"cells of {kind} {', '.join(map(str, entities[:5]))} have no region: give every {kind} "
        "a physical group with a name"
    )


def read_msh(path: str | Path, scale: float = 1.0) -> Microstructure:
    """Return the microstructure in a mesh file of linear triangles or tetrahedra.

    Triangles lie in a plane z = const. Region ids are the physical tags; particles are numbered
    from 0 over all regions with more than one entity, -1 elsewhere. Cells with negative orientation
    are turned over.

    Parameters
    ----------
    path : path
        The file.
    scale : float
        Metres per unit of length of the file, > 0.

    Raises
    ------
    GeometryError
        The file is missing or unreadable, holds no mesh or other elements, or a region has no name.
    """
    source = _existing(path)
    if not scale > 0.0:
        raise GeometryError(f"mesh file {source}: scale must be positive, it is {scale}")
    try:
        with gmsh_session() as gmsh:
            gmsh.open(str(source))
            return _current_mesh(gmsh, scale)
    except GeometryError as error:
        raise GeometryError(f"mesh file {source}: {error}") from error


def _existing(path: str | Path) -> Path:
    """Return the path of a file; GeometryError when there is none."""
    source = Path(path)
    if not source.is_file():
        raise GeometryError(f"mesh file {source} does not exist")
    return source


def _current_mesh(gmsh: Any, scale: float) -> Microstructure:
    """Return the microstructure of the mesh that gmsh holds."""
    dimension = next((dim for dim in (3, 2) if len(gmsh.model.mesh.getElementTypes(dim))), None)
    if dimension is None:
        raise GeometryError("there are no triangles and no tetrahedra in it")
    cells, cell_region, cell_particle, regions = _regions(gmsh, dimension)
    named = _named_groups(gmsh, dimension - 1)
    groups = {name: _group_elements(gmsh, dimension - 1, tag) for name, tag in named}
    points, cells, groups = _renumber(gmsh, dimension, scale, cells, groups)
    cells = orient(points, cells)
    named_facets = sort_groups(
        build_facet_table(cells, len(points), points), groups, "physical group"
    )
    return Microstructure(
        points, cells, cell_region, regions, cell_particle, *named_facets
    ).validate()


def _regions(
    gmsh: Any, dimension: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """Return node tags, region and particle of every cell, and the ids of the regions."""
    owner: dict[int, str] = {}
    regions: dict[str, int] = {}
    nodes, cell_region, cell_particle = [], [], []
    particle = 0
    for name, tag in _named_groups(gmsh, dimension):
        regions[name] = tag
        entities = gmsh.model.getEntitiesForPhysicalGroup(dimension, tag)
        for entity in entities:
            if entity in owner:
                raise GeometryError(f"regions '{owner[entity]}' and '{name}' share cells")
            owner[entity] = name
            found = _entity_elements(gmsh, dimension, entity)
            nodes.append(found)
            cell_region.append(np.full(len(found), tag))
            cell_particle.append(np.full(len(found), particle if len(entities) > 1 else -1))
            particle += len(entities) > 1
    unnamed = [
        entity
        for _, entity in gmsh.model.getEntities(dimension)
        if entity not in owner and len(_entity_elements(gmsh, dimension, entity))
    ]
    if unnamed:
        raise GeometryError(unnamed_cells(dimension, unnamed))
    return (
        np.concatenate(nodes),
        np.concatenate(cell_region),
        np.concatenate(cell_particle),
        regions,
    )


def _named_groups(gmsh: Any, dimension: int) -> list[tuple[str, int]]:
    """Return name and tag of the physical groups of one dimension, which need a name."""
    tags = [tag for _, tag in gmsh.model.getPhysicalGroups(dimension)]
    groups = [(gmsh.model.getPhysicalName(dimension, tag), tag) for tag in tags]
    for name, tag in groups:
        if not name:
            raise GeometryError(f"the physical group {tag} of dimension {dimension} has no name")
    names = [name for name, _ in groups]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GeometryError(
            f"two physical groups of dimension {dimension} have the name '{twice[0]}'"
        )
    return groups


def _group_elements(gmsh: Any, dimension: int, tag: int) -> np.ndarray:
    """Return the node tags (k, dimension + 1) of the elements of a physical group."""
    entities = gmsh.model.getEntitiesForPhysicalGroup(dimension, tag)
    return np.concatenate([_entity_elements(gmsh, dimension, entity) for entity in entities])


def _entity_elements(gmsh: Any, dimension: int, entity: int) -> np.ndarray:
    """Return the node tags (k, dimension + 1) of an entity's elements, quadrilaterals cut in two.

    Raises GeometryError for others than linear ones.
    """
    types, _, nodes = gmsh.model.mesh.getElements(dimension, entity)
    for element in types:
        if element not in (SIMPLEX[dimension], QUADRILATERAL):
            name = gmsh.model.mesh.getElementProperties(element)[0]
            kinds = "triangles, quadrilaterals and tetrahedra"
            raise GeometryError(f"element '{name}' found; only linear {kinds} are read")
    found = [np.empty((0, dimension + 1), dtype=np.int64)]
    for element, each in zip(types, nodes, strict=True):
        corners = each.astype(np.int64)
        if element == QUADRILATERAL:
            corners = corners.reshape(-1, 4)[:, [0, 1, 2, 0, 2, 3]]
        found.append(corners.reshape(-1, dimension + 1))
    return np.concatenate(found)


def _renumber(gmsh: Any, dimension: int, scale: float, cells: np.ndarray, groups: dict) -> tuple:
    """Return the points [m] that cells use, and cells and groups in indices of these points."""
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    points = scale * coordinates.reshape(-1, 3)
    row = np.full(int(tags.max()) + 1, -1)
    row[tags.astype(np.int64)] = np.arange(len(tags))
    used = np.unique(row[cells])
    points = points[used]
    if dimension == 2 and np.ptp(points[:, 2]) > 1e-9 * np.ptp(points, axis=0).max():
        raise GeometryError("a mesh of triangles must lie in a plane z = const")
    new = np.full(len(tags), -1)
    new[used] = np.arange(len(used))
    for name, facets in groups.items():
        if np.any(new[row[facets]] < 0):
            raise GeometryError(f"the physical group '{name}' has facets that belong to no cell")
    return (
        points[:, :dimension],
        new[row[cells]],
        {name: new[row[facets]] for name, facets in groups.items()},
    )


def sort_groups(
    table: FacetTable, groups: Mapping[str, NDArray], kind: str
) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """Return the groups of facets inside a mesh, interfaces, and those on it, boundaries.

    Parameters
    ----------
    table : FacetTable
        All facets of the mesh.
    groups : mapping of str to (k, dimension) int array
        Name -> facets by their vertices.
    kind : str
        What such a group is called in messages.

    Raises
    ------
    GeometryError
        A group has facets that are not in the mesh, or lies partly inside and partly outside.
    """
    interfaces: dict[str, NDArray] = {}
    boundaries: dict[str, NDArray] = {}
    for name, facets in groups.items():
        rows = table.find(facets)
        if np.any(rows < 0):
            raise GeometryError(f"the {kind} '{name}' has facets that belong to no cell")
        inside = table.interior[rows]
        if inside.any() and not inside.all():
            raise GeometryError(
                f"the {kind} '{name}' lies partly inside and partly on the outer boundary: split it"
            )
        (interfaces if inside.all() else boundaries)[name] = table.facets[rows]
    return interfaces, boundaries
