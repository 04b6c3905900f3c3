"""Straight flaws put into a mesh that is there already, whatever recipe it came from (2D).

A flaw is a line inside one region. Its pieces of the region (and of the neighbours whose border
edges would be longer than the sizes about a tip) are meshed again between the same borders; all
other cells stay as they are. The edge length is that of the cells that were there, but at most size
+ SIZE_GRADIENT distance from either end of a flaw. An end within `size` of the border of the region
(an outer boundary, another region, a grain) is moved along the line onto that border and is a
mouth; other ends are tips. The facets along the line become an interface of the given name.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import orient
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh
from chemomech.geometry.mesh.pieces import SIZE_GRADIENT, Line, Pieces
from chemomech.geometry.mesh.sizes import use_fields
from chemomech.geometry.mesh.write import write_msh
from chemomech.units.field import MICROMETRE


def with_flaws(
    mesh: Microstructure, flaws: Sequence[Any], path: str | Path, seed: int = 0
) -> Microstructure:
    """Return the mesh with every flaw as an interface, or the mesh itself when it has all of them.

    Parameters
    ----------
    mesh : Microstructure
        The mesh, 2D.
    flaws : sequence
        Objects with name, interface, region, start, end [m] and size [m] (the section
        [[meshed_flaws]] of a case). One without start is the mesh's own inner curve of its name.
    path : path
        Where a changed mesh is written (.msh 4.1, metres).
    seed : int
        Seed of the mesher, >= 0.

    Raises
    ------
    GeometryError
        A flaw cannot be embedded.
    """
    missing = [
        (number, each) for number, each in enumerate(flaws) if each.interface not in mesh.interfaces
    ]
    if not missing:
        return mesh
    lines = []
    for number, each in missing:
        if each.start is None:
            mesh = _rename_curve(mesh, f"meshed_flaws.{number}", each)
            continue
        ends = np.array(each.start), np.array(each.end)
        lines.append(Line(f"meshed_flaws.{number}", each.interface, each.region, *ends, each.size))
    if lines:
        return embed_lines(mesh, lines, path, seed)
    write_msh(mesh, path)
    return replace(read_msh(path), notes=mesh.notes, cautions=mesh.cautions)


def _rename_curve(mesh: Microstructure, key: str, flaw: Any) -> Microstructure:
    """Return the mesh with its curve of the flaw's name under the name of the flaw's interface."""
    if flaw.name not in mesh.interfaces:
        known = ", ".join(sorted(mesh.interfaces)) or "none"
        text = (
            f'the mesh has no inner curve "{flaw.name}" (known: {known}); write start, end and size'
        )
        raise GeometryError(f"{key}.name: {text}")
    facets, table = mesh.interfaces[flaw.name], mesh.facet_table
    cells = table.cells[table.find(facets)]
    inside = (
        mesh.region_cells(flaw.region)[cells].all()
        and not np.ptp(mesh.cell_particle[cells], axis=1).any()
    )
    if mesh.dimension != 2 or not inside:
        raise GeometryError(
            f'{key}: the curve "{flaw.name}" must lie inside one piece of {flaw.region}, in 2D'
        )
    kept = {name: each for name, each in mesh.interfaces.items() if name != flaw.name}
    return replace(mesh, interfaces=kept | {flaw.interface: facets})


def embed_lines(
    mesh: Microstructure, lines: list[Line], path: str | Path, seed: int = 0
) -> Microstructure:
    """Return the mesh with these flaws in it, written to `path` (.msh 4.1, metres).

    Parameters
    ----------
    mesh : Microstructure
        The mesh, 2D.
    lines : list of Line
        The flaws.
    path : path
        The file.
    seed : int
        Seed of the mesher, >= 0.

    Raises
    ------
    GeometryError
        A flaw is not in its region, leaves it on its way, has no tip, or meets another.
    """
    if mesh.dimension != 2:
        raise GeometryError(
            f"{lines[0].key}: flaws are meshed in 2D only, the mesh has {mesh.dimension} dimensions"
        )
    body = Pieces(mesh, lines)
    points, cells, source, edges, flaws = _mesh_again(body, lines, seed)
    kept = ~body.affected[body.component]
    every = np.concatenate([mesh.points, points]) if len(points) else mesh.points
    first = np.array(
        [np.flatnonzero(body.component == each)[0] for each in range(body.component.max() + 1)]
    )
    cells = np.concatenate([mesh.cells[kept], cells])
    origin = np.concatenate([np.flatnonzero(kept), first[source]])
    used, inverse = np.unique(cells, return_inverse=True)
    row = np.full(len(every), -1)
    row[used] = np.arange(len(used))
    groups = [
        {name: row[_replace_divided(body, edges, facets)] for name, facets in each.items()}
        for each in (mesh.interfaces, mesh.boundaries)
    ]
    groups[0] |= {line.name: row[facets] for line, facets in zip(lines, flaws, strict=True)}
    new = Microstructure(
        every[used],
        inverse.reshape(cells.shape),
        mesh.cell_region[origin],
        mesh.regions,
        mesh.cell_particle[origin],
        interfaces=groups[0],
        boundaries=groups[1],
    ).validate()
    write_msh(new, path)
    return replace(read_msh(path), notes=mesh.notes, cautions=mesh.cautions)


def _replace_divided(body: Pieces, edges: dict[int, NDArray], facets: NDArray) -> NDArray:
    """Return facets (k, 2) with those of the border that were divided replaced by their pieces."""
    rows = body.table.find(facets)
    whole = [facets[[row not in edges for row in rows]]]
    return np.concatenate(whole + [edges[row] for row in rows if row in edges])


def _mesh_again(
    body: Pieces, lines: list[Line], seed: int
) -> tuple[NDArray, NDArray, NDArray, dict[int, NDArray], list[NDArray]]:
    """Mesh the affected pieces again, with the flaws in them.

    Returns new points (n, 2) [m]; cells (m, 3) in indices of old and new points; their piece (m,);
    border row -> its edges (k, 2) after division; facets (k, 2) of each flaw.
    """
    mesh, table, um = body.mesh, body.table, MICROMETRE
    with gmsh_session() as gmsh:
        gmsh.model.add("flaws")
        geo = gmsh.model.geo
        point_of: dict[int, int] = {}

        def vertex(number: int) -> int:
            if number not in point_of:
                point_of[number] = geo.addPoint(*(mesh.points[number] / um), 0.0)
            return point_of[number]

        mouths: dict[int, list[tuple[NDArray, int]]] = {}
        tags: list[list[int]] = []
        for _, ends in body.ends:
            tags.append([])
            for place, row, corner in ends:
                tag = vertex(corner) if corner >= 0 else geo.addPoint(*(place / um), 0.0)
                tags[-1].append(tag)
                if row >= 0 and corner < 0:
                    mouths.setdefault(row, []).append((place, tag))
        curves: dict[int, list[int]] = {}
        around: dict[int, list[int]] = {}
        inside: dict[int, list[int]] = {}
        for row in body.border.tolist():
            sides = [body.component[cell] for cell in table.cells[row] if cell >= 0]
            if not body.affected[sides].any():
                continue
            a, b = table.facets[row]
            there = sorted(
                mouths.get(row, []), key=lambda each: np.linalg.norm(each[0] - mesh.points[a])
            )
            chain = [vertex(a), *(tag for _, tag in there), vertex(b)]
            curves[row] = [geo.addLine(*pair) for pair in pairwise(chain)]
            if row not in body.free:
                geo.mesh.setTransfiniteCurve(curves[row][0], 2)
            if len(sides) == 2 and sides[0] == sides[1]:
                inside.setdefault(sides[0], []).extend(curves[row])
                continue
            for side in sides:
                if body.affected[side]:
                    around.setdefault(side, []).extend(curves[row])
        surfaces = {
            side: geo.addPlaneSurface(geo.addCurveLoops(each)) for side, each in around.items()
        }
        flaws = [geo.addLine(*ends) for ends in tags]
        for tag, (side, _) in zip(flaws, body.ends, strict=True):
            inside.setdefault(side, []).append(tag)
        geo.synchronize()
        for side, each in inside.items():
            if body.affected[side]:
                gmsh.model.mesh.embed(1, each, 2, surfaces[side])
        _set_sizes(gmsh, body, lines)
        gmsh.option.setNumber("Mesh.Algorithm", 6)
        gmsh.option.setNumber("Mesh.RandomSeed", seed + 1)
        gmsh.model.mesh.generate(2)
        numbers, places, _ = gmsh.model.mesh.getNodes()
        old = np.array(sorted(point_of))
        points = places.reshape(-1, 3)[:, :2] * um
        distance, nearest = cKDTree(mesh.points[old]).query(points)
        known = distance < 1e-6 * min(line.size for line in lines)
        index = np.full(int(numbers.max()) + 1, -1)
        index[numbers] = np.where(known, old[nearest], len(mesh.points) + np.cumsum(~known) - 1)

        def simplices(dimension: int, tag: int) -> NDArray:
            found = gmsh.model.mesh.getElements(dimension, tag)[2]
            return index[np.concatenate(found).astype(np.int64)].reshape(-1, dimension + 1)

        meshed = {side: simplices(2, tag) for side, tag in surfaces.items()}
        pieces = {
            row: np.concatenate([simplices(1, tag) for tag in curves[row]]) for row in body.free
        }
        facets = [simplices(1, tag) for tag in flaws]
    cells = np.concatenate(list(meshed.values()))
    every = np.concatenate([mesh.points, points[~known]])
    cells = orient(every, cells)
    source = np.repeat(list(meshed), [len(each) for each in meshed.values()])
    return points[~known], cells, source, pieces, facets


def _set_sizes(gmsh: Any, body: Pieces, lines: list[Line]) -> None:
    """Set the size of the cells that were there, and less about the ends of the flaws."""
    mesh, field = body.mesh, gmsh.model.mesh.field
    edges = mesh.points[mesh.facet_table.facets]
    length = np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)
    corners, count = mesh.facet_table.facets.ravel(), len(mesh.points)
    total = np.bincount(corners, np.repeat(length, 2), count)
    size = total / np.bincount(corners, minlength=count)
    chosen = mesh.cells[body.affected[body.component]]
    place = mesh.points[chosen] / MICROMETRE
    data = np.concatenate(
        [place[..., 0], place[..., 1], 0.0 * place[..., 0], size[chosen] / MICROMETRE], axis=1
    )
    view = gmsh.view.add("size")
    gmsh.view.addListData(view, "ST", len(chosen), data.ravel())
    there = field.add("PostView")
    field.setNumber(there, "ViewTag", view)
    fields = [there]
    for line, (_, ends) in zip(lines, body.ends, strict=True):
        for (x, y), _, _ in ends:
            fields.append(field.add("MathEval"))
            x, y, finest = (each / MICROMETRE for each in (x, y, line.size))
            field.setString(
                fields[-1],
                "F",
                f"{finest:.9g}+{SIZE_GRADIENT}*Sqrt((x-({x:.12g}))^2+(y-({y:.12g}))^2)",
            )
    use_fields(gmsh, fields)
