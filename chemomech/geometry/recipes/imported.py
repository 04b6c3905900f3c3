"""Imported meshes and drawings -> a Microstructure: whatever gmsh or meshio read.

By the ending of the file:

- .msh: quadrilaterals are cut in two;
- .geo, .geo_unrolled: drawn and meshed by gmsh, see `drawn`; physical groups are the regions. Such
  a drawing is a program that may call the shell: it is refused unless the case trusts it;
- .step, .stp, .brep, .igs, .iges: solids (or, without any, faces) are regions named as in the file,
  "solid 1", "solid 2", ... where it has no names; what overlaps or touches is made conforming;
- everything else (.vtu, .xdmf, .med, .inp, .bdf, ...): through meshio, see `mesh_import`.

A mesh without a name for a side of its bounding box gets it: left and right along x, bottom and top
along the last axis, in space front and back along y. Sizes of drawings, in metres as everything in
a case: size_interface where two regions meet, growing to size_bulk; without them as the drawing
says.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.case.geometry import untrusted
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import facet_keys
from chemomech.geometry.mesh.mesh_import import import_mesh
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import read_msh
from chemomech.geometry.mesh.sizes import MeshControl
from chemomech.geometry.mesh.statistics import plane_sides
from chemomech.geometry.mesh.write import write_msh
from chemomech.geometry.recipes.drawn import DRAWN, SOLIDS, mesh_drawing
from chemomech.geometry.soundness import sound
from chemomech.units.words import counted

SIDE_TOLERANCE = 1e-6  # of the extent: outer facets this close to the bounding box lie on a side


def build_imported(geometry: Any, path: str | Path) -> Microstructure:
    """Read, draw or convert a mesh file, write it to `path` and return it, with notes.

    Parameters
    ----------
    geometry : object
        With path, length_unit [m] (metres per unit of the file; None: 1 m, of solids the file's own
        unit) and, if it has them, mesh, region_data, region_names, trusted.
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
    if ending in DRAWN and not getattr(geometry, "trusted", False):
        raise GeometryError(f"mesh file {source}: {untrusted(source.name)}")
    if ending in SOLIDS:
        mesh = mesh_drawing(source, control, unit)
    elif ending in DRAWN:
        mesh = mesh_drawing(source, control, unit or 1.0)
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
    whole = (*notes, *mesh.notes, *named)
    return replace(read_msh(target), notes=whole, cautions=mesh.cautions)


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
        notes.append(
            f"boundary '{name}' found by the bounding box: {counted(len(facets), 'facet')}"
        )
    boundaries = {name: facets for name, facets in boundaries.items() if len(facets)}
    return replace(mesh, boundaries=boundaries).validate(), notes
