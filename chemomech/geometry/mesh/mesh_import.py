"""Import of meshes of other programs, through meshio: regions by whole numbers or by named sets.

What says which region a cell is in, the first of these that the file has:

- the array of cell data called `region_data`; its numbers are named by `region_names`,
  {"1": "active"}, else by the names that the file itself has for them;
- named sets of cells (Abaqus *ELSET, Gmsh groups, MED families); `region_names` may choose and
  rename some of them, {"SET-1": "active"};
- the only array of whole numbers, one per cell, or one with a usual name (USUAL).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.formats.abaqus import read_abaqus
from chemomech.geometry.mesh.facets import check_places, cut_quadrilaterals, facet_keys, orient
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import sort_groups
from chemomech.received import ReceivedError, private_copy
from chemomech.units.words import counted

SIMPLICES = {2: "triangle", 3: "tetra"}
FACETS = {2: "line", 3: "triangle"}
USUAL = ("gmsh:physical", "region", "regions", "material", "cell_tags", "medit:ref", "cell_scalars")
# Formats whose readers run nothing and, after the checks of `received`, read no other file.
READ = {
    ".avs": "avsucd",
    ".bdf": "nastran",
    ".cgns": "cgns",
    ".fem": "nastran",
    ".h5m": "h5m",
    ".hmf": "hmf",
    ".inp": "abaqus",
    ".mdpa": "mdpa",
    ".med": "med",
    ".mesh": "medit",
    ".meshb": "medit",
    ".nas": "nastran",
    ".su2": "su2",
    ".vol": "netgen",
    ".vtk": "vtk",
    ".vtu": "vtu",
    ".xdmf": "xdmf",
    ".xmf": "xdmf",
}


def import_mesh(
    path: Path,
    unit: float,
    region_data: str | None = None,
    region_names: Mapping[str, str] | None = None,
) -> tuple[Microstructure, list[str]]:
    """Return the microstructure in a mesh file and what was changed on the way, in words.

    Quadrilaterals are cut in two, and points of no cell are dropped; points in one place stay.

    Parameters
    ----------
    path : Path
        The file.
    unit : float
        Metres per unit of length of the file.
    region_data : str, optional
        Name of the cell data that holds the regions, see the module.
    region_names : mapping of str to str, optional
        Number or name in the file -> name of the region, see the module.

    Raises
    ------
    GeometryError
        The file cannot be read, or its cells or their regions cannot be used.
    """
    raw = read_foreign(path)
    notes: list[str] = []
    try:
        dimension, block_rows = _dimension(raw)
        cells, rows = _simplices(raw, unit, block_rows, notes)
        labels = _labels(raw, block_rows, region_data, dict(region_names or {}))
        points, cells, new = _points(raw, dimension, unit, cells, notes)
        names = list(dict.fromkeys(sorted(set(labels))))
        region = np.array([names.index(label) + 1 for label in labels])[rows]
        cells = orient(points, cells)
        mesh = Microstructure(
            points,
            cells,
            region,
            {name: number for number, name in enumerate(names, 1)},
            np.full(len(cells), -1),
        )
        return _with_groups(mesh, raw, dimension, new).validate(), notes
    except GeometryError as error:
        raise GeometryError(f"mesh file {path}: {error}") from None


def read_foreign(path: str | Path) -> Any:
    """Return meshio's mesh of a file of which nothing is executed and no other file is read.

    Parameters
    ----------
    path : path
        The file; its ending is one of READ.

    Raises
    ------
    GeometryError
        It is not what its ending says, asks for other files, or cannot be read.
    """
    import contextlib
    import io

    import meshio

    ending = Path(path).suffix.lower()
    known = ", ".join(sorted(READ))
    if ending not in READ:
        raise GeometryError(
            f"mesh file {path}: cannot be read; endings that are read: .msh, .geo, .step, .stp, "
            f".brep, .iges, {known}"
        )
    said = io.StringIO()
    try:
        # meshio prints to the terminal and ends the process on some errors.
        with (
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
            private_copy(path) as copy,
        ):
            if ending == ".inp":
                return read_abaqus(copy)
            return meshio.read(copy, file_format=READ[ending])
    except (ReceivedError, GeometryError) as error:
        raise GeometryError(f"mesh file {path}: {error}") from None
    except (Exception, SystemExit) as error:
        raise GeometryError(
            f"mesh file {path}: cannot be read ({_reason(error, said.getvalue())}); endings that "
            f"are read: .msh, .geo, .step, .stp, .brep, .iges, {known}"
        ) from None


def _reason(error: BaseException, said: str) -> str:
    """Return why meshio could not read a file: what it raised, else what it printed.

    It prints its reader's reason, then that it could not read, and ends the process with a number.
    """
    words = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", said).split())
    reason, _, end = words.rpartition("Error:")
    if isinstance(error, SystemExit) and words:
        return reason.strip() or end.strip()
    return str(error) or type(error).__name__


def _dimension(raw: Any) -> tuple[int, list[int]]:
    """Return the dimension of the mesh and the blocks with its cells.

    Raises GeometryError for other cells than simplices.
    """
    kinds = [block.type for block in raw.cells]
    solid = [
        k for k in kinds if k.startswith(("tetra", "hexahedron", "wedge", "pyramid", "polyhedron"))
    ]
    dimension = 3 if solid else 2
    allowed = {2: ("triangle", "quad"), 3: ("tetra",)}[dimension]
    wanted = (
        [k for k in kinds if k.startswith(("triangle", "quad", "polygon"))]
        if dimension == 2
        else solid
    )
    wrong = sorted(set(wanted) - set(allowed))
    if wrong:
        raise GeometryError(
            f"cells of the kind {', '.join(wrong)}; only straight-sided first-order triangles, "
            "quadrilaterals and tetrahedra are read: export first order, in space tetrahedra"
        )
    if not wanted:
        raise GeometryError("there are no triangles and no tetrahedra in it")
    return dimension, [i for i, kind in enumerate(kinds) if kind in allowed]


def _simplices(
    raw: Any, unit: float, blocks: list[int], notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the simplices (m, dimension + 1) and the file's cell (m,) that each comes from."""
    cells, rows, start = [], [], 0
    for number in blocks:
        block = raw.cells[number].data
        row = start + np.arange(len(block))
        start += len(block)
        if raw.cells[number].type == "quad":
            notes.append(f"{counted(len(block), 'quadrilateral')} cut into triangles")
            places = unit * np.asarray(raw.points, dtype=float)[:, :2]
            block, cut = cut_quadrilaterals(places, np.asarray(block, dtype=np.int64))
            row = row[cut]
        cells.append(np.asarray(block, dtype=np.int64))
        rows.append(row)
    return np.concatenate(cells), np.concatenate(rows)


def _labels(
    raw: Any, blocks: list[int], region_data: str | None, names: dict[str, str]
) -> list[str]:
    """Return the region's name of every cell of the file."""
    sets = _sets(raw, blocks)
    if region_data is None and sets and set(names) <= set(sets):
        chosen = {name: each for name, each in sets.items() if not names or name in names}
        return [names.get(name, name) for name in _by_sets(raw, blocks, chosen)]
    values = _numbers(raw, blocks, region_data)
    own = {str(int(tag)): name for name, (tag, *_) in _field_data(raw, blocks).items()}
    own |= {
        str(int(tag)): each[0] for tag, each in getattr(raw, "cell_tags", {}).items() if each
    }  # MED's families
    named = {**own, **{str(key).strip(): value for key, value in names.items()}}
    present = [str(value) for value in np.unique(values)]
    lacking, extra = (
        [v for v in present if v not in named],
        [v for v in names if str(v).strip() not in present],
    )
    if lacking or extra:
        words = [f"no name for {', '.join(lacking)}"] if lacking else []
        words += [f"names for {', '.join(extra)}, which the mesh does not hold"] if extra else []
        every = ", ".join(present)
        raise GeometryError(
            f"geometry.region_names: {'; '.join(words)}; write every number of the mesh ({every}) "
            "and its region"
        )
    return [named[str(value)] for value in values]


def _field_data(raw: Any, blocks: list[int]) -> dict:
    """Return name -> (number, dimension) of the file's own names of this dimension."""
    dimension = 3 if raw.cells[blocks[0]].type == "tetra" else 2
    return {
        name: each
        for name, each in raw.field_data.items()
        if len(each) > 1 and int(each[1]) == dimension
    }


def _sets(raw: Any, blocks: list[int]) -> dict[str, list]:
    """Return the named sets of cells that hold any of these blocks' cells."""
    return {
        name: each
        for name, each in raw.cell_sets.items()
        if not name.startswith("gmsh:")
        and any(each[i] is not None and len(each[i]) for i in blocks)
    }


def _by_sets(raw: Any, blocks: list[int], sets: dict[str, list]) -> list[str]:
    """Return the set of each cell; GeometryError for a cell in none or in two."""
    labels: list[str] = []
    for number in blocks:
        owner = np.full(len(raw.cells[number].data), "", dtype=object)
        for name, each in sets.items():
            if each[number] is None:
                continue
            members = np.asarray(each[number], dtype=np.int64)
            taken = members[owner[members] != ""]
            if len(taken):
                raise GeometryError(
                    f"the sets '{owner[taken[0]]}' and '{name}' share cells; name one set for each "
                    "region in geometry.region_names"
                )
            owner[members] = name
        if np.any(owner == ""):
            raise GeometryError(
                f"{np.sum(owner == '')} cells are in none of the sets {', '.join(sets)}"
            )
        labels += owner.tolist()
    return labels


def _numbers(raw: Any, blocks: list[int], region_data: str | None) -> np.ndarray:
    """Return the whole number of each cell's region."""
    arrays = {
        name: np.concatenate([np.asarray(each[i]) for i in blocks])
        for name, each in raw.cell_data.items()
    }
    whole = {
        name: values
        for name, values in arrays.items()
        if values.ndim == 1
        and np.issubdtype(values.dtype, np.number)
        and np.array_equal(values, np.rint(values))
    }
    if region_data is not None:
        if region_data not in whole:
            raise GeometryError(
                f"geometry.region_data: no whole numbers '{region_data}'; {_there(whole)}"
            )
        return whole[region_data].astype(np.int64)
    usual = [name for name in USUAL if name in whole]
    if len(whole) == 1 or usual:
        return whole[usual[0] if usual else next(iter(whole))].astype(np.int64)
    raise GeometryError(f"geometry.region_data: which cell data holds the regions? {_there(whole)}")


def _there(arrays: dict) -> str:
    """Return the names of arrays as words for a message."""
    return f"there is: {', '.join(sorted(arrays)) or 'none'}"


def _points(raw: Any, dimension: int, unit: float, cells: np.ndarray, notes: list[str]) -> tuple:
    """Return points [m], cells in them, and the new number of every point of the file.

    The number is -1 for a point of no cell.
    """
    every = unit * np.asarray(raw.points, dtype=float)
    used = np.unique(cells)
    if len(used) < len(every):
        notes.append(
            counted(
                len(every) - len(used),
                "point that belongs to no cell dropped",
                "points that belong to no cell dropped",
            )
        )
    if (
        dimension == 2
        and every.shape[1] == 3
        and np.ptp(every[used, 2]) > 1e-9 * np.ptp(every[used], axis=0).max()
    ):
        raise GeometryError("a mesh of triangles must lie in a plane z = const")
    points = every[used, :dimension]
    check_places(points)
    new = np.full(len(every), -1)
    new[used] = np.arange(len(used))
    return points, new[cells], new


def _with_groups(mesh: Microstructure, raw: Any, dimension: int, new: np.ndarray) -> Microstructure:
    """Return the mesh with the file's named sets of facets as interfaces and boundaries."""
    blocks = [i for i, block in enumerate(raw.cells) if block.type == FACETS[dimension]]
    groups: dict[str, list[np.ndarray]] = {}
    tags = raw.cell_data.get("gmsh:physical")
    names = {
        int(each[0]): name
        for name, each in raw.field_data.items()
        if len(each) > 1 and int(each[1]) == dimension - 1
    }
    for i in blocks:
        facets = new[raw.cells[i].data]
        for name, each in raw.cell_sets.items():
            if (
                not name.startswith("gmsh:")
                and each[i] is not None
                and len(each[i])
                and name not in names.values()
            ):
                groups.setdefault(name, []).append(facets[np.asarray(each[i], dtype=np.int64)])
        for tag, name in names.items() if tags is not None else ():
            groups.setdefault(name, []).append(facets[np.asarray(tags[i]) == tag])
    single = {}
    for name, found in groups.items():
        facets = np.concatenate(found)
        if len(facets):
            _, first = np.unique(facet_keys(facets, len(mesh.points)), return_index=True)
            single[name] = facets[first]
    interfaces, boundaries = sort_groups(mesh.facet_table, single, "set")
    return replace(mesh, interfaces=interfaces, boundaries=boundaries)
