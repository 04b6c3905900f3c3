"""Meshes of gmsh: one exclusive session of it, and reading .msh files without running them.

In the file a physical group of the cells' dimension is a region, a physical group of their facets
is an outer boundary (all facets on it) or an interface (all facets inside, e.g. a grain boundary or
a flaw). Where a region consists of several elementary entities, each one is a particle or a grain.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.files import write_text
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import (
    FacetTable,
    build_facet_table,
    check_places,
    cut_quadrilaterals,
    orient,
)
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh_text import ELEMENTS, MshContent, is_plain, read_text
from chemomech.received import ReceivedError, private_copy, run_confined

SIMPLEX = {1: 1, 2: 2, 3: 4}  # gmsh's element type of the linear line, triangle and tetrahedron
QUADRILATERAL = 3
FILE_VERSION = 4.1
MADE, REASON = "made.msh", "reason.txt"  # what a confined function leaves


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
        "a physical group with a name, or delete it where it only helped to draw others"
    )


def read_msh(path: str | Path, scale: float = 1.0) -> Microstructure:
    """Return the microstructure in a mesh file of linear triangles or tetrahedra.

    Triangles lie in a plane z = const. Region ids are the physical tags; particles are numbered
    from 0 over all regions with more than one entity, -1 elsewhere. Cells with negative orientation
    are turned over. The version 4.1 in text is read here; gmsh turns others into it, in a confined
    process.

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
    return _read(path, scale, only_plain=False)


def read_own_msh(path: str | Path) -> Microstructure:
    """Return the microstructure in a file that `write_msh` wrote; gmsh is never asked.

    Parameters
    ----------
    path : path
        The file, in metres.

    Raises
    ------
    GeometryError
        The file is missing, or not of the version 4.1 in text.
    """
    return _read(path, 1.0, only_plain=True)


def _read(path: str | Path, scale: float, only_plain: bool) -> Microstructure:
    """Return the microstructure in a mesh file, of every version or of one."""
    source = Path(path)
    if not source.is_file():
        raise GeometryError(f"mesh file {source} does not exist")
    if not scale > 0.0:
        raise GeometryError(f"mesh file {source}: scale must be positive, it is {scale}")
    try:
        with private_copy(source) as copy:
            if copy.suffix != ".msh":
                raise GeometryError("a mesh in a file that ends in .msh is needed")
            if not only_plain and not is_plain(copy):
                copy = converted(copy, f"{__name__}:_rewrite")
            content = read_text(copy)
            return _microstructure(replace(content, points=scale * content.points))
    except (GeometryError, ReceivedError) as error:
        raise GeometryError(f"mesh file {source}: {error}") from error


def converted(copy: Path, function: str, given: str = "") -> Path:
    """Return the mesh that a confined function leaves beside a private copy.

    Parameters
    ----------
    copy : Path
        The file, in a folder of its own.
    function : str
        "package.module:name"; it leaves MADE in its folder, or REASON and a text.
    given : str
        What it reads from its standard input.

    Raises
    ------
    GeometryError
        It leaves no mesh; with its reason where it gives one.
    """
    code = run_confined(function, copy.parent, given)
    made, reason = copy.parent / MADE, copy.parent / REASON
    if code == 0 and made.is_file():
        return made
    if code == 0:
        raise GeometryError("gmsh was ended by the file before there was a mesh")
    if code == 1 and reason.is_file():
        said = reason.read_text(encoding="utf-8", errors="replace")[:2000]
        raise GeometryError("".join(each if each.isprintable() else " " for each in said))
    raise GeometryError(f"gmsh ended with the code {code} (a signal when it is negative)")


def leave(make: Callable[[], None]) -> None:
    """Call what makes MADE, and leave its failure as a text: the end of a confined function."""
    try:
        make()
    except GeometryError as error:
        write_text(Path(REASON), str(error))
        raise SystemExit(1) from None


def _rewrite() -> None:
    """Write the checked mesh file of this folder anew as .msh 4.1 in text."""

    def make() -> None:
        with gmsh_session() as gmsh:
            gmsh.open("received.msh")
            gmsh.option.setNumber("Mesh.Binary", 0)
            gmsh.option.setNumber("Mesh.SaveAll", 1)
            write_scaled(gmsh, Path(MADE), 1.0)

    leave(make)


def _microstructure(content: MshContent) -> Microstructure:
    """Return the microstructure of what stands in a mesh file, its points in metres."""
    present = {dim for (dim, _), found in content.elements.items() if any(len(e) for _, e in found)}
    dimension = next((dim for dim in (3, 2) if dim in present), None)
    if dimension is None:
        raise GeometryError("there are no triangles and no tetrahedra in it")
    cells, cell_region, cell_particle, regions = _regions(content, dimension)
    groups = {
        name: np.concatenate([_entity_elements(content, dimension - 1, each) for each in entities])
        for name, _, entities in _named_groups(content, dimension - 1)
    }
    points, cells, groups = _renumber(content, dimension, cells, groups)
    cells = orient(points, cells)
    named_facets = sort_groups(
        build_facet_table(cells, len(points), points), groups, "physical group"
    )
    return Microstructure(
        points, cells, cell_region, regions, cell_particle, *named_facets
    ).validate()


def _regions(
    content: MshContent, dimension: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[str, int]]:
    """Return node tags, region and particle of every cell, and the ids of the regions."""
    owner: dict[int, str] = {}
    regions: dict[str, int] = {}
    nodes, cell_region, cell_particle = [], [], []
    particle = 0
    for name, tag, entities in _named_groups(content, dimension):
        regions[name] = tag
        for entity in entities:
            if entity in owner:
                raise GeometryError(f"regions '{owner[entity]}' and '{name}' share cells")
            owner[entity] = name
            found = _entity_elements(content, dimension, entity)
            nodes.append(found)
            cell_region.append(np.full(len(found), tag))
            cell_particle.append(np.full(len(found), particle if len(entities) > 1 else -1))
            particle += len(entities) > 1
    unnamed = [
        entity
        for dim, entity in sorted(content.elements)
        if dim == dimension
        and entity not in owner
        and len(_entity_elements(content, dimension, entity))
    ]
    if unnamed:
        raise GeometryError(unnamed_cells(dimension, unnamed))
    return (
        np.concatenate(nodes),
        np.concatenate(cell_region),
        np.concatenate(cell_particle),
        regions,
    )


def _named_groups(content: MshContent, dimension: int) -> list[tuple[str, int, list[int]]]:
    """Return name, tag and entities of the physical groups of one dimension, which need a name."""
    groups = content.groups[dimension]
    for name, tag, _ in groups:
        if not name:
            raise GeometryError(f"the physical group {tag} of dimension {dimension} has no name")
    names = [name for name, _, _ in groups]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise GeometryError(
            f"two physical groups of dimension {dimension} have the name '{twice[0]}'"
        )
    return groups


def _entity_elements(content: MshContent, dimension: int, entity: int) -> np.ndarray:
    """Return the node tags (k, dimension + 1) of an entity's elements, quadrilaterals cut in two.

    Raises GeometryError for others than linear ones.
    """
    found = [np.empty((0, dimension + 1), dtype=np.int64)]
    for element, corners in content.elements.get((dimension, entity), ()):
        if element not in (SIMPLEX[dimension], QUADRILATERAL):
            kinds = "triangles, quadrilaterals and tetrahedra"
            raise GeometryError(
                f"element '{ELEMENTS[element][0]}' found; only linear {kinds} are read"
            )
        if element == QUADRILATERAL:
            rows = _rows_of(content, corners)
            corners = content.nodes[cut_quadrilaterals(content.points[:, :2], rows)[0]]
        found.append(corners.reshape(-1, dimension + 1))
    return np.concatenate(found)


def _rows_of(content: MshContent, tags: np.ndarray) -> np.ndarray:
    """Return the rows of nodes by their numbers."""
    order = np.argsort(content.nodes)
    in_order = content.nodes[order]
    place = np.minimum(np.searchsorted(in_order, tags), max(len(in_order) - 1, 0))
    if not len(in_order) or np.any(in_order[place] != tags):
        raise GeometryError("an element has a node that is not in the file")
    return order[place]


def _renumber(content: MshContent, dimension: int, cells: np.ndarray, groups: dict) -> tuple:
    """Return the points [m] that cells use, and cells and groups in indices of these points."""
    points, cells = content.points, _rows_of(content, cells)
    used = np.unique(cells)
    points = points[used]
    check_places(points)
    if dimension == 2 and np.ptp(points[:, 2]) > 1e-9 * np.ptp(points, axis=0).max():
        raise GeometryError("a mesh of triangles must lie in a plane z = const")
    new = np.full(len(content.nodes), -1)
    new[used] = np.arange(len(used))
    groups = {name: new[_rows_of(content, facets)] for name, facets in groups.items()}
    for name, facets in groups.items():
        if np.any(facets < 0):
            raise GeometryError(f"the physical group '{name}' has facets that belong to no cell")
    return points[:, :dimension], new[cells], groups


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
