"""What is checked of every mesh, whatever door it came through.

Points in one place are joined, no cell lies over another or touches it unjoined, the stack stands
upright, and pieces apart are noted.
"""

from dataclasses import replace

import numpy as np

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import place_of
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.soundness.joining import join_points
from chemomech.geometry.soundness.overlap import check_cover
from chemomech.geometry.soundness.stack import check_stack

__all__ = ["check_cover", "check_extent", "check_stack", "join_points", "sound"]

LARGEST_CELL = 0.1  # metres; a larger mesh was drawn in another unit
THICKEST_STACK = 0.01  # metres: pellets of solid electrolyte are pressed some millimetres thick
MOST_PIECES = 3  # named in a note


def sound(mesh: Microstructure) -> Microstructure:
    """Return the mesh with points in one place joined; that and pieces apart are its cautions.

    Parameters
    ----------
    mesh : Microstructure
        A consistent mesh, see `Microstructure.validate`.

    Raises
    ------
    GeometryError
        Cells overlap or touch without sharing points, or the stack runs along another axis.
    """
    mesh = join_points(mesh)
    check_cover(mesh)
    check_stack(mesh)
    apart = _piece_notes(mesh)
    return replace(mesh, notes=(*mesh.notes, *apart), cautions=(*mesh.cautions, *apart))


def check_extent(mesh: Microstructure, key: str, advice: str) -> None:
    """Raise GeometryError for a mesh too large for a cell, as its unit is another.

    In millimetres taken for metres a stack is a thousand times too thick, but may be no larger
    than a wide cell.

    Parameters
    ----------
    mesh : Microstructure
        The mesh, in what is taken for metres.
    key : str
        What gave the unit, for the message.
    advice : str
        What to write, for the message.
    """
    extents = np.ptp(mesh.points, axis=0)
    for extent, largest, way in (
        (extents.max(), LARGEST_CELL, "across"),
        (extents[-1], THICKEST_STACK, "from bottom to top"),
    ):
        if not extent < largest:
            raise GeometryError(f"{key}: the mesh is {extent:g} m {way}; {advice}")


def _piece_notes(mesh: Microstructure) -> list[str]:
    """Return a note on the pieces of a mesh that share no facet with its largest one."""
    count, label = mesh.components(list(mesh.regions))
    if count == 1:
        return []
    cells = np.bincount(label)
    names = {number: name for name, number in mesh.regions.items()}
    order = np.argsort(-cells, kind="stable")
    words = []
    for piece in order[1 : 1 + MOST_PIECES].tolist():
        inside = np.flatnonzero(label == piece)
        regions = sorted(names[each] for each in np.unique(mesh.cell_region[inside]))
        place = place_of(mesh.points[mesh.cells[inside]].mean(axis=(0, 1)))
        words.append(f"{cells[piece]} cells of {', '.join(regions)} about {place}")
    more = "; ..." if count - 1 > MOST_PIECES else ""
    listed = f"{'; '.join(words)}{more}"
    return [f"the mesh has {count} pieces that share no side: beside the largest {listed}"]
