"""Imported meshes and drawings -> a Microstructure: whatever gmsh or meshio read.

By the ending of the file:

- .msh: read by gmsh; quadrilaterals are cut in two;
- .geo, .geo_unrolled: drawn and meshed by gmsh; physical groups are the regions;
- .step, .stp, .brep, .igs, .iges: solids (or, without any, faces) are regions named as in the file,
  "solid 1", "solid 2", ... where it has no names; what overlaps or touches is made conforming;
- everything else (.vtu, .xdmf, .med, .inp, .bdf, ...): through meshio, see `mesh_import`.

A mesh without a name for a side of its bounding box gets it: left and right along x, bottom and top
along the last axis, in space front and back along y. Sizes of drawings, in metres as everything in
a case: size_interface where two regions meet, growing to size_bulk; without them as the drawing
says.
"""

import contextlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import facet_keys
from chemomech.geometry.mesh.mesh_import import import_mesh
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh, write_scaled
from chemomech.geometry.mesh.sizes import MeshControl, set_sizes
from chemomech.geometry.mesh.sliver_removal import remove_slivers_of_drawing
from chemomech.geometry.mesh.statistics import plane_sides
from chemomech.geometry.mesh.write import write_msh
from chemomech.geometry.soundness import sound
from chemomech.units.field import MICROMETRE

DRAWN = (".geo", ".geo_unrolled")
SOLIDS = (".step", ".stp", ".brep", ".igs", ".iges")
MILLIMETRE = 1e-3
UNNAMED = ("Open CASCADE STEP translator", "Shapes", "COMPOUND", "SOLID", "FACE", "SHELL")
FLUSHES, LINES_TO_FLUSH = 20, 100
SIDE_TOLERANCE = 1e-6  # of the extent: outer facets this close to the bounding box lie on a side


def build_imported(geometry: Any, path: str | Path) -> Microstructure:
    """Read, draw or convert a mesh file, write it to `path` and return it, with notes.

    Parameters
    ----------
    geometry : object
        With path, length_unit [m] (metres per unit of the file; None: 1 m, of solids the file's own
        unit) and, if it has them, mesh, region_data, region_names.
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        The file cannot be read, or does not fit what is asked of it.
    """
    source, target = Path(geometry.path), Path(path)
    if not source.is_file():
        raise GeometryError(f"mesh file {source} does not exist")
    if source.resolve() == target.resolve():
        raise GeometryError(f"mesh file {source}: source and target are the same file")
    unit, ending = getattr(geometry, "length_unit", None), source.suffix.lower()
    control = MeshControl.from_settings(getattr(geometry, "mesh", None))
    names = getattr(geometry, "region_names", None) or {}
    data = getattr(geometry, "region_data", None)
    notes: list[str] = []
    if ending not in (*DRAWN, *SOLIDS) and control.size_bulk is not None:
        kinds = ", ".join(DRAWN + SOLIDS)
        raise GeometryError(
            f"geometry.mesh: '{source.name}' is a mesh already; sizes are for {kinds}"
        )
    if ending in (*DRAWN, *SOLIDS, ".msh") and (names or data is not None):
        raise GeometryError(
            f"geometry.region_names and region_data: '{source.name}' has names of its own"
        )
    if ending in SOLIDS:
        _mesh_drawing(source, target, control, unit)
        mesh = read_msh(target)
    elif ending in DRAWN:
        _mesh_drawing(source, target, control, unit or 1.0)
        mesh = read_msh(target)
    elif ending == ".msh":
        mesh = read_msh(source, unit or 1.0)
    else:
        mesh, notes = import_mesh(source, unit or 1.0, data, names)
    try:
        mesh = sound(mesh)
    except GeometryError as error:
        raise GeometryError(f"mesh file {source}: {error}") from None
    mesh, named = name_sides(mesh)
    write_msh(mesh, target)
    return replace(read_msh(target), notes=(*notes, *mesh.notes, *named))


def name_sides(mesh: Microstructure) -> tuple[Microstructure, list[str]]:
    """Return the mesh with a name for every plane side of its bounding box, and notes.

    Facets of other boundaries that lie on such a side go over to it; a boundary that loses all is
    left out.
    """
    found = {
        name: facets
        for name, facets in plane_sides(mesh, SIDE_TOLERANCE).items()
        if name not in mesh.boundaries
    }
    sides = set(plane_sides(mesh, SIDE_TOLERANCE)) | set(found)
    count, boundaries, notes = len(mesh.points), dict(mesh.boundaries), []
    held = [facet_keys(facets, count) for name, facets in boundaries.items() if name in sides]
    for name, facets in found.items():
        facets = (
            facets[~np.isin(facet_keys(facets, count), np.concatenate(held))] if held else facets
        )
        if not len(facets):
            continue
        keys = facet_keys(facets, count)
        for other in [each for each in boundaries if each not in sides]:
            left = boundaries[other][~np.isin(facet_keys(boundaries[other], count), keys)]
            if len(left) < len(boundaries[other]):
                lost = len(boundaries[other]) - len(left)
                notes.append(f"boundary '{other}': {lost} of its facets are now of '{name}'")
            boundaries[other] = left
        boundaries[name] = facets
        notes.append(f"boundary '{name}' found by the bounding box: {len(facets)} facets")
    boundaries = {name: facets for name, facets in boundaries.items() if len(facets)}
    return replace(mesh, boundaries=boundaries).validate(), notes


def _mesh_drawing(source: Path, target: Path, control: MeshControl, unit: float | None) -> None:
    """Mesh a drawing and write it in metres.

    unit: metres per unit of the file, None: it says so itself.
    """
    solids = source.suffix.lower() in SOLIDS
    try:
        with gmsh_session() as gmsh:
            gmsh.model.add("drawing")
            scale = MICROMETRE if unit is None else unit
            if solids:
                # Otherwise the kernel takes millimetres, and cells of micrometres are below its
                # tolerance.
                gmsh.option.setString("Geometry.OCCTargetUnit", "UM" if unit is None else "MM")
                _import_solids(gmsh, source)
            else:
                if source.read_bytes()[-1:] != b"\n":
                    raise GeometryError(
                        "it does not end with a line break, and gmsh would pass over its last line"
                    )
                _parse(gmsh, source)
                gmsh.model.geo.synchronize()
                gmsh.model.occ.synchronize()
            dimension = gmsh.model.getDimension()
            if dimension < 2:
                raise GeometryError("there are no surfaces and no volumes in it")
            if len(gmsh.model.mesh.getElementTypes(dimension)) == 0:
                set_sizes(gmsh, dimension, control, scale)
                gmsh.model.mesh.generate(dimension)
                if dimension == 3:
                    remove_slivers_of_drawing(gmsh)
            write_scaled(gmsh, target, scale)
    except GeometryError as error:
        raise GeometryError(f"mesh file {source}: {error}") from error


def _parse(gmsh: Any, source: Path) -> None:
    """Draw what a .geo file says; a wrong one leaves nothing behind for the next."""
    try:
        gmsh.merge(str(source))
    except Exception:
        # The rest of the wrong line stays with gmsh's parser and would come before the next file's
        # first one.
        with tempfile.TemporaryDirectory() as beside:
            blank = Path(beside) / "blank.geo"
            blank.write_text("\n" * LINES_TO_FLUSH)
            for _ in range(FLUSHES):
                with contextlib.suppress(Exception):
                    gmsh.merge(str(blank))
                    break
        raise


def _import_solids(gmsh: Any, source: Path) -> None:
    """Import a CAD file, make it conforming, and give each name of a solid a physical group."""
    occ = gmsh.model.occ
    found = occ.importShapes(str(source), highestDimOnly=True)
    occ.synchronize()
    dimension = max((dim for dim, _ in found), default=0)
    found = [entity for entity in found if entity[0] == dimension]
    if dimension < 2:
        raise GeometryError("there are no surfaces and no volumes in it")
    kind, names = "solid" if dimension == 3 else "face", []
    for number, entity in enumerate(found, 1):
        name = gmsh.model.getEntityName(*entity).split("/")[-1].strip()
        names.append(
            f"{kind} {number}" if not name or name.startswith(UNNAMED) else name.replace("|", " ")
        )
    _, pieces = occ.fragment(found, [])
    occ.synchronize()
    owner: dict[int, str] = {}
    for name, piece in zip(names, pieces, strict=False):
        for _, tag in piece:
            if owner.setdefault(tag, name) != name:
                raise GeometryError(
                    f"'{owner[tag]}' and '{name}' overlap: cut one by the other before"
                )
    for name in dict.fromkeys(owner.values()):
        gmsh.model.addPhysicalGroup(
            dimension, [tag for tag, each in owner.items() if each == name], name=name
        )
