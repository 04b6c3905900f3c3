"""Points in one place are one point: parts that were drawn or meshed apart are joined."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import build_facet_table, facet_keys, joined_points, place_of
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import sort_groups
from chemomech.units.words import counted


def join_points(mesh: Microstructure) -> Microstructure:
    """Return the mesh with points in one place joined and a note that says so, or the mesh itself.

    Raises
    ------
    GeometryError
        Two cells have the same corners, or more than two share a facet afterwards.
    """
    kept, new = joined_points(mesh.points, mesh.cells)
    cells = new[mesh.cells]
    _refuse_twins(mesh, cells)
    if len(kept) == len(mesh.points):
        return mesh
    points = mesh.points[kept]
    groups = {}
    for name, facets in {**mesh.interfaces, **mesh.boundaries}.items():
        _, single = np.unique(facet_keys(new[facets], len(kept)), return_index=True)
        groups[name] = new[facets][np.sort(single)]
    try:
        table = build_facet_table(cells, len(points), points)
        interfaces, boundaries = sort_groups(table, groups, "physical group")
    except GeometryError as error:
        raise GeometryError(f"with points in one place joined, {error}") from None
    lone = np.bincount(new, minlength=len(kept)) == 1
    moved = np.flatnonzero(~lone[new])
    names = {number: name for name, number in mesh.regions.items()}
    beside = np.unique(mesh.cell_region[np.isin(mesh.cells, moved).any(axis=1)])
    note = (
        f"{counted(len(mesh.points) - len(kept), 'point')} in the place of others joined with "
        f"them, of {' and '.join(sorted(names[each] for each in beside))}, "
        f"the first at {place_of(mesh.points[moved[0]])}"
    )
    return replace(
        mesh,
        points=points,
        cells=cells,
        interfaces=interfaces,
        boundaries=boundaries,
        notes=(*mesh.notes, note),
        cautions=(*mesh.cautions, note),
    ).validate()


def _refuse_twins(mesh: Microstructure, cells: NDArray) -> None:
    """Raise GeometryError where two cells have the same corners."""
    corners = np.sort(cells, axis=1)
    order = np.lexsort(corners.T)
    twice = np.flatnonzero(np.all(corners[order[1:]] == corners[order[:-1]], axis=1))
    if not len(twice):
        return
    pair = order[twice[0]], order[twice[0] + 1]
    names = {number: name for name, number in mesh.regions.items()}
    regions = " and ".join(sorted({f"'{names[mesh.cell_region[each]]}'" for each in pair}))
    raise GeometryError(
        f"cells of {regions} lie in one place, {counted(len(twice), 'pair')}, the first at "
        f"{place_of(mesh.points[mesh.cells[pair[0]]].mean(axis=0))}"
    )
