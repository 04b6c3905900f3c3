"""Geometry: from recipes and mesh files to a `Microstructure`, a mesh with names.

It has named regions, interfaces and boundaries. Lengths are in metres. In the layered cell the y
axis points from lithium (bottom) to the collector (top).
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.files import copy_file, write_text
from chemomech.geometry.cells import check_cells
from chemomech.geometry.drawing.packing import PackingError, pack_discs
from chemomech.geometry.errors import GeometryError, PercolationError
from chemomech.geometry.mesh.facets import cell_qualities, place_of
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import read_msh
from chemomech.geometry.mesh.sizes import LOWEST_QUALITY, MeshControl
from chemomech.geometry.recipes.image import build_image
from chemomech.geometry.recipes.imported import build_imported
from chemomech.geometry.recipes.layered_cell import build_layered_cell
from chemomech.geometry.recipes.layered_cell_3d import build_layered_cell_3d
from chemomech.geometry.recipes.layers import build_layers
from chemomech.geometry.recipes.polycrystal import build_polycrystal
from chemomech.geometry.recipes.polycrystal_3d import build_polycrystal_3d
from chemomech.geometry.soundness import check_cover, check_extent, check_stack, sound
from chemomech.units.words import counted

__all__ = [
    "MESH_FILE",
    "GeometryError",
    "Microstructure",
    "PackingError",
    "PercolationError",
    "build_microstructure",
    "check_asked",
    "check_electrolyte",
    "check_extent",
    "check_quality",
    "lowest_quality",
    "pack_discs",
    "read_msh",
    "sound",
]

MESH_FILE, NOTES_FILE = "mesh.msh", "mesh.txt"

RECIPES = {
    "layered_cell": build_layered_cell,
    "layered_cell_3d": build_layered_cell_3d,
    "layers": build_layers,
    "image": build_image,
    "polycrystal": build_polycrystal,
    "polycrystal_3d": build_polycrystal_3d,
}
ADVICE = {
    "layers": "lower the share of the particles or raise minimum_gap, or name geometry.cut_off",
    "layered_cell": (
        "lower geometry.particles.area_fraction or raise geometry.particles.minimum_gap"
    ),
    "layered_cell_3d": (
        "lower geometry.particles.volume_fraction or raise geometry.particles.minimum_gap"
    ),
    "image": (
        "raise geometry.smallest_island, "
        "or give what no ion reaches a label and a region of its own"
    ),
}


def build_microstructure(geometry: Any, folder: str | Path) -> Microstructure:
    """Build or read the microstructure of a case, check it, and leave it in `folder`.

    It is written as `mesh.msh`, in metres; beside it, in `mesh.txt`, stands what a recipe has to
    say about it. The folder is made and written only when the mesh has passed its checks.

    Parameters
    ----------
    geometry : object
        The section [geometry] of a case. Its recipe is one of RECIPES (see `build_layered_cell`,
        `build_image`, `build_polycrystal`) or "file" (see `build_imported`).
    folder : path
        Where the mesh is left.

    Raises
    ------
    GeometryError
        The geometry cannot be built or read; PackingError: its particles do not fit;
        PercolationError: the electrolyte does not connect the electrodes.
    """
    if geometry.recipe in RECIPES and geometry.recipe != "image":
        check_cells(geometry)
    with tempfile.TemporaryDirectory() as beside:
        draft = Path(beside) / MESH_FILE
        if geometry.recipe in RECIPES:
            microstructure = RECIPES[geometry.recipe](geometry, draft)
        elif geometry.recipe == "file":
            microstructure = build_imported(geometry, draft)
            check_extent(
                microstructure,
                f"mesh file {geometry.path}: geometry.length_unit",
                'write the length of one unit of its coordinates, for example "1 um"',
            )
        else:
            known = ", ".join(f"'{name}'" for name in (*RECIPES, "file"))
            raise GeometryError(
                f"geometry.recipe: one of {known} is needed, not '{geometry.recipe}'"
            )
        if geometry.recipe != "file":  # a file's mesh is checked as it is read
            check_cover(microstructure)
        check_stack(microstructure)
        check_asked(microstructure, geometry)
        target = Path(folder) / MESH_FILE
        copy_file(draft, target)
        if microstructure.notes:
            write_text(target.with_name(NOTES_FILE), "\n".join(microstructure.notes) + "\n")
    return microstructure


def check_asked(microstructure: Microstructure, geometry: Any) -> None:
    """Raise GeometryError where a mesh is not what a geometry asks of it, whoever made it.

    Its cells have to have the lowest quality, and the electrolyte has to reach the separator.

    Parameters
    ----------
    microstructure : Microstructure
        The mesh.
    geometry : object
        The section [geometry] of a case.
    """
    check_quality(microstructure, lowest_quality(geometry))
    pair = ("separator", "electrolyte")
    if set(pair) <= set(microstructure.regions) and (
        geometry.recipe != "layers" or len(microstructure.interface_between(*pair))
    ):
        check_electrolyte(microstructure, ADVICE.get(geometry.recipe, ADVICE["layered_cell"]))


def lowest_quality(geometry: Any) -> float:
    """Return the mean ratio below which a mesh is refused.

    It is the asked one, else LOWEST_QUALITY, and 0 for a file's mesh.
    """
    asked = MeshControl.from_settings(getattr(geometry, "mesh", None)).lowest_quality
    usual = 0.0 if geometry.recipe == "file" else LOWEST_QUALITY
    return usual if asked is None else asked


def check_quality(microstructure: Microstructure, lowest: float = LOWEST_QUALITY) -> None:
    """Raise GeometryError, with where it is, when a cell's quality is below the lowest.

    Parameters
    ----------
    microstructure : Microstructure
        The mesh.
    lowest : float
        Mean ratio that every cell has to have.
    """
    qualities = cell_qualities(microstructure.points, microstructure.cells)
    worst = int(np.argmin(qualities))
    if qualities[worst] < lowest:
        where = place_of(microstructure.points[microstructure.cells[worst]].mean(axis=0))
        number = int(np.sum(qualities < lowest))
        raise GeometryError(
            f"the mesh has {counted(number, 'cell')} of a quality below {lowest:g}, the worst, "
            f"{qualities[worst]:.2g}, at {where}: change geometry.mesh.size_interface, or the gaps "
            "that it cannot resolve"
        )


def check_electrolyte(microstructure: Microstructure, advice: str = ADVICE["layered_cell"]) -> None:
    """Raise PercolationError unless all electrolyte of the cathode reaches the separator.

    Then ions reach every electrolyte cell, the topmost included. The regions `separator` and
    `electrolyte` are used, and the last axis is the direction from the separator to the collector.

    Parameters
    ----------
    microstructure : Microstructure
        The mesh.
    advice : str
        What to change, for the message.
    """
    count, labels = microstructure.components("electrolyte")
    table = microstructure.facet_table
    rows = table.find(microstructure.interface_between("separator", "electrolyte"))
    beside = labels[table.cells[rows]]
    connected = np.unique(beside[beside >= 0])
    height = microstructure.points[microstructure.cells, -1].mean(axis=1)
    topmost = labels[np.argmax(np.where(labels >= 0, height, -np.inf))]
    if topmost not in connected:
        raise PercolationError(
            f"the electrolyte does not percolate from separator to collector: {advice}"
        )
    islands = count - len(connected)
    if islands:
        raise PercolationError(
            f"{islands} islands of electrolyte are cut off from the separator: {advice}"
        )
