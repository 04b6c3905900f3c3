"""Drawings and solids that gmsh meshes: a .geo or a CAD file -> a Microstructure.

A .geo file is a program: it may call the shell, write, delete and include files. gmsh runs it in a
process that can write in an empty folder only and reaches no network (`received.confined`), and
what comes out is read as numbers.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import (
    MADE,
    converted,
    gmsh_session,
    leave,
    read_own_msh,
    write_scaled,
)
from chemomech.geometry.mesh.sizes import MeshControl, set_sizes
from chemomech.geometry.mesh.sliver_removal import remove_slivers_of_drawing
from chemomech.received import SCRIPTS, ReceivedError, private_copy
from chemomech.units.field import MICROMETRE

DRAWN = SCRIPTS
SOLIDS = (".step", ".stp", ".brep", ".igs", ".iges")
UNNAMED = ("Open CASCADE STEP translator", "Shapes", "COMPOUND", "SOLID", "FACE", "SHELL")


def mesh_drawing(source: Path, control: MeshControl, unit: float | None) -> Microstructure:
    """Return the mesh of a drawing, made by gmsh in a process of its own.

    Parameters
    ----------
    source : Path
        The file; its ending is one of DRAWN and SOLIDS.
    control : MeshControl
        What is asked of the edge lengths.
    unit : float or None
        Metres per unit of the file; None: it says so itself.

    Raises
    ------
    GeometryError
        It cannot be read or meshed.
    """
    try:
        with private_copy(source) as copy:
            asked = asdict(control) | {"by_region": dict(control.by_region)}
            given = json.dumps({"file": copy.name, "control": asked, "unit": unit})
            made = converted(copy, f"{__name__}:_draw", given)
            return read_own_msh(made)
    except (GeometryError, ReceivedError) as error:
        raise GeometryError(f"mesh file {source}: {error}") from error


def _draw() -> None:
    """Mesh the drawing of this folder as standard input asks for it."""
    asked: dict[str, Any] = json.loads(sys.stdin.read())
    control = MeshControl(**asked["control"])
    leave(lambda: _mesh(Path(asked["file"]), control, asked["unit"]))


def _mesh(source: Path, control: MeshControl, unit: float | None) -> None:
    """Mesh a drawing and write it in metres."""
    with gmsh_session() as gmsh:
        gmsh.model.add("drawing")
        scale = MICROMETRE if unit is None else unit
        if source.suffix in SOLIDS:
            # Otherwise the kernel takes millimetres, and cells of micrometres are below its
            # tolerance.
            gmsh.option.setString("Geometry.OCCTargetUnit", "UM" if unit is None else "MM")
            _import_solids(gmsh, source)
        else:
            if source.read_bytes()[-1:] != b"\n":
                raise GeometryError(
                    "it does not end with a line break, and gmsh would pass over its last line"
                )
            gmsh.merge(str(source))
            gmsh.model.geo.synchronize()
            gmsh.model.occ.synchronize()
        dimension = gmsh.model.getDimension()
        if dimension < 2:
            raise GeometryError("there are no surfaces and no volumes in it")
        if dimension == 3:
            _refuse_loose_surfaces(gmsh)
        if len(gmsh.model.mesh.getElementTypes(dimension)) == 0:
            set_sizes(gmsh, dimension, control, scale)
            gmsh.model.mesh.generate(dimension)
            if dimension == 3:
                remove_slivers_of_drawing(gmsh)
        gmsh.option.setNumber("Mesh.Binary", 0)
        write_scaled(gmsh, Path(MADE), scale)


def _refuse_loose_surfaces(gmsh: Any) -> None:
    """Raise GeometryError for surfaces without a group that bound no volume: they would be lost."""
    model = gmsh.model
    embedded = {
        tag
        for _, volume in model.getEntities(3)
        for dimension, tag in model.mesh.getEmbedded(3, volume)
        if dimension == 2
    }
    loose = [
        tag
        for _, tag in model.getEntities(2)
        if not len(model.getAdjacencies(2, tag)[0])
        and tag not in embedded
        and not len(model.getPhysicalGroupsForEntity(2, tag))
        and "Discrete" not in model.getType(2, tag)  # of a mesh; its topology may be unknown
    ]
    if loose:
        raise GeometryError(
            f"surface {', '.join(map(str, loose[:5]))} bounds no volume and has no physical group, "
            "it would be lost: close it to a volume, embed it in one with a group, or delete it "
            "where it only helped to draw others"
        )


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
    if dimension == 3:  # not before the names are read: a second import has none
        _refuse_free_faces(gmsh, source)
    pieces = [[each] for each in found]
    if len(found) > 1:  # one shape alone comes back without its pieces
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


def _refuse_free_faces(gmsh: Any, source: Path) -> None:
    """Raise GeometryError where faces of a file bound none of its solids: they would be lost."""
    drawing = gmsh.model.getCurrent()
    gmsh.model.add("everything")
    gmsh.model.occ.importShapes(str(source), highestDimOnly=False)
    gmsh.model.occ.synchronize()
    bounded = [len(gmsh.model.getAdjacencies(2, tag)[0]) for _, tag in gmsh.model.getEntities(2)]
    gmsh.model.remove()
    gmsh.model.setCurrent(drawing)
    if bounded.count(0):
        raise GeometryError(
            f"{bounded.count(0)} faces beside its solids bound none of them and would be lost: "
            "close them to solids, or leave them out"
        )
