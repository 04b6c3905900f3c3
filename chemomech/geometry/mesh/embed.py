"""Straight flaws put into a mesh that is there already, whatever recipe it came from (2D).

A flaw is a line inside one region. Its pieces of the region (and of the neighbours whose border
edges would be longer than the sizes about a tip) are meshed again between the same borders; all
other cells stay as they are. Size: that of the cells that were there, but at most size + GROWTH
distance from either end of a flaw. An end within `size` of the border of the region (a face,
another region, a grain) is moved along the line onto that border and is a mouth; other ends are
tips. The facets along the line become an interface of the given name.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import cell_measures
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh
from chemomech.geometry.mesh.sizes import use_fields
from chemomech.geometry.mesh.write import write_msh
from chemomech.units.field import MICROMETRE

# Of the edge length per distance from an end: the spread between circles is below 0.2 %.
SIZE_GRADIENT = 0.15
COARSE = 0.7  # an edge this much longer than the size at its middle is divided
SNAP = 0.1  # of the size: a mouth so close to a vertex of the border takes its place


@dataclass(frozen=True)
class Line:
    """A flaw to embed: key: where it stands in the case, for messages; name of its interface;
    region; start, end (2,) and size [m]."""

    key: str
    name: str
    region: str
    start: np.ndarray
    end: np.ndarray
    size: float


def with_flaws(mesh: Microstructure, flaws, path: str | Path, seed: int = 0) -> Microstructure:
    """Return the mesh with every flaw as an interface, written to `path`; the mesh itself when it
    has all of them.

    flaws: objects with name, interface, region, start, end and size [m]
    (chemomech.case.flaws.MeshedFlaw). One without start is the mesh's own inner curve of its name.
    Raises GeometryError.
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
    return replace(read_msh(path), notes=mesh.notes)


def _rename_curve(mesh, key, flaw):
    """The mesh with its curve of the flaw's name under the name of the flaw's interface."""
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

    Raises GeometryError for a flaw that is not in its region, leaves it on its way, has no tip, or
    meets another.
    """
    if mesh.dimension != 2:
        raise GeometryError(
            f"{lines[0].key}: flaws are meshed in 2D only, the mesh has {mesh.dimension} dimensions"
        )
    body = _Body(mesh, lines)
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
        *groups,
    ).validate()
    write_msh(new, path)
    return replace(read_msh(path), notes=mesh.notes)


def _replace_divided(body, edges, facets):
    """Facets (k, 2) with those of the border that were divided replaced by their pieces."""
    rows = body.table.find(facets)
    whole = [facets[[row not in edges for row in rows]]]
    return np.concatenate(whole + [edges[row] for row in rows if row in edges])


class _Body:
    """Components of a mesh (pieces of one region and part), the edges around and inside them, and
    where flaws end.

    component (m,); border: rows of the facet table that bound a component or belong to an
    interface; ends: for each flaw (component, [(place, border row or -1, vertex or -1) of both
    ends]); affected: components to be meshed again; free: border rows that are divided.
    """

    def __init__(self, mesh, lines):
        self.mesh, self.table = mesh, mesh.facet_table
        first, second = self.table.cells.T
        alike = self.table.interior.copy()
        pair = first[alike], second[alike]
        same = (mesh.cell_region[pair[0]] == mesh.cell_region[pair[1]]) & (
            mesh.cell_particle[pair[0]] == mesh.cell_particle[pair[1]]
        )
        alike[alike] = same
        size = len(mesh.cells)
        graph = coo_matrix(
            (np.ones(alike.sum()), (first[alike], second[alike])), shape=(size, size)
        )
        self.component = connected_components(graph, directed=False)[1]
        border = ~alike
        for facets in mesh.interfaces.values():
            border[self.table.find(facets)] = True
        self.border = np.flatnonzero(border)
        self.edges = mesh.points[self.table.facets[self.border]]
        self.ends = [self._place_ends(line) for line in lines]
        self._check_apart(lines)
        self.affected, self.free = self._affected(lines)

    def _place_ends(self, line):
        """Component of a flaw and its two ends (place, border row, vertex); raises
        GeometryError."""
        way = line.end - line.start
        length = float(np.hypot(*way))
        if not length > 4.0 * line.size:
            raise GeometryError(
                f"{line.key}: the flaw is {length / MICROMETRE:.4g} um long; at least four times "
                f"its size, {line.size / MICROMETRE:.4g} um, is needed"
            )
        way, middle = way / length, 0.5 * (line.start + line.end)
        cell = _cell_at(self.mesh, middle)
        names = {number: name for name, number in self.mesh.regions.items()}
        found = None if cell is None else names[self.mesh.cell_region[cell]]
        if found != line.region:
            raise GeometryError(
                f"{line.key}: its middle, {_um(middle)}, lies "
                f"{f'in {found}' if found else 'outside the mesh'}, not in {line.region}"
            )
        crossing, rows = _crossings(self.edges, middle, way)
        half, ends = 0.5 * length, []
        for sign, given in ((-1.0, line.start), (1.0, line.end)):
            beyond = np.flatnonzero(sign * crossing > 0.0)
            nearest = beyond[np.argmin(np.abs(crossing[beyond]))] if len(beyond) else None
            reach = np.inf if nearest is None else abs(crossing[nearest])
            if reach < half - line.size:
                place = middle + sign * reach * way
                raise GeometryError(
                    f"{line.key}: crosses a border of {line.region} at {_um(place)}; it must stay "
                    "in one piece of its region, and an end on its border within the mesh size "
                    "of it"
                )
            if reach > half + line.size:
                self._check_room(line, given)
                ends.append((given, -1, -1))
                continue
            place, row = middle + sign * reach * way, self.border[rows[nearest]]
            corner = self.table.facets[row]
            apart = np.linalg.norm(self.mesh.points[corner] - place, axis=1)
            snapped = apart.min() < SNAP * line.size
            vertex = corner[np.argmin(apart)] if snapped else -1
            ends.append((self.mesh.points[vertex] if snapped else place, row, vertex))
        if all(row >= 0 for _, row, _ in ends):
            raise GeometryError(
                f"{line.key}: cuts {line.region} from border to border; a flaw has a tip inside it"
            )
        return self.component[cell], ends

    def _check_room(self, line, tip):
        """Raise GeometryError for a tip closer to a border than four sizes."""
        away = _distance(self.edges, tip).min()
        if away < 4.0 * line.size:
            raise GeometryError(
                f"{line.key}: its tip at {_um(tip)} is {away / MICROMETRE:.3g} um from a border; "
                f"at least four times its size, {line.size / MICROMETRE:.3g} um, is needed, or an "
                "end on the border"
            )

    def _check_apart(self, lines):
        """Raise GeometryError for flaws that meet or come closer than four sizes."""
        for i, line in enumerate(lines):
            for j in range(i):
                one, two = (np.array([place for place, _, _ in self.ends[k][1]]) for k in (i, j))
                least = 4.0 * max(line.size, lines[j].size)
                pairs = (one, two[0]), (one, two[1]), (two, one[0]), (two, one[1])
                away = min(_distance(each[None], end).min() for each, end in pairs)
                cross, _ = _crossings(two[None], one[0], one[1] - one[0])
                if away < least or np.any((cross >= 0.0) & (cross <= 1.0)):
                    raise GeometryError(
                        f"{line.key}: meets or comes close to {lines[j].key}; they must keep apart"
                    )

    def sizes_at(self, places, lines):
        """Largest edge length (n,) that the flaws allow at places (n, 2)."""
        found = np.full(len(places), np.inf)
        for line, (_, ends) in zip(lines, self.ends, strict=True):
            for place, _, _ in ends:
                found = np.minimum(
                    found, line.size + SIZE_GRADIENT * np.linalg.norm(places - place, axis=1)
                )
        return found

    def _affected(self, lines):
        middle = self.edges.mean(axis=1)
        long = np.linalg.norm(self.edges[:, 1] - self.edges[:, 0], axis=1) * COARSE > self.sizes_at(
            middle, lines
        )
        affected = np.zeros(self.component.max() + 1, dtype=bool)
        affected[[component for component, _ in self.ends]] = True
        free = set(self.border[long].tolist())
        free |= {row for _, ends in self.ends for _, row, vertex in ends if row >= 0 and vertex < 0}
        beside = self.table.cells[sorted(free)].ravel() if free else np.empty(0, dtype=int)
        affected[self.component[beside[beside >= 0]]] = True
        return affected, free


def _mesh_again(body, lines, seed):
    """New points (n, 2) [m]; cells (m, 3) in indices of old and new points; their component (m,);
    border row -> its pieces (k, 2); facets (k, 2) of each flaw."""
    mesh, table, um = body.mesh, body.table, MICROMETRE
    with gmsh_session() as gmsh:
        gmsh.model.add("flaws")
        geo, point_of = gmsh.model.geo, {}

        def vertex(number):
            if number not in point_of:
                point_of[number] = geo.addPoint(*(mesh.points[number] / um), 0.0)
            return point_of[number]

        mouths, tags = {}, []
        for _, ends in body.ends:
            tags.append([])
            for place, row, corner in ends:
                tag = vertex(corner) if corner >= 0 else geo.addPoint(*(place / um), 0.0)
                tags[-1].append(tag)
                if row >= 0 and corner < 0:
                    mouths.setdefault(int(row), []).append((place, tag))
        curves, around, inside = {}, {}, {}
        for row in body.border:
            sides = [body.component[cell] for cell in table.cells[row] if cell >= 0]
            if not body.affected[sides].any():
                continue
            a, b = table.facets[row]
            there = sorted(
                mouths.get(int(row), []), key=lambda each: np.linalg.norm(each[0] - mesh.points[a])
            )
            chain = [vertex(a), *(tag for _, tag in there), vertex(b)]
            curves[int(row)] = [
                geo.addLine(*pair) for pair in zip(chain[:-1], chain[1:], strict=True)
            ]
            if int(row) not in body.free:
                geo.mesh.setTransfiniteCurve(curves[int(row)][0], 2)
            if len(sides) == 2 and sides[0] == sides[1]:
                inside.setdefault(sides[0], []).extend(curves[int(row)])
                continue
            for side in sides:
                if body.affected[side]:
                    around.setdefault(side, []).extend(curves[int(row)])
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

        def simplices(dimension, tag):
            found = gmsh.model.mesh.getElements(dimension, tag)[2]
            return index[np.concatenate(found).astype(np.int64)].reshape(-1, dimension + 1)

        parts = {side: simplices(2, tag) for side, tag in surfaces.items()}
        pieces = {
            row: np.concatenate([simplices(1, tag) for tag in curves[row]]) for row in body.free
        }
        facets = [simplices(1, tag) for tag in flaws]
    cells = np.concatenate(list(parts.values()))
    every = np.concatenate([mesh.points, points[~known]])
    turned = cell_measures(every, cells) < 0.0
    cells[turned] = cells[turned][:, [0, 2, 1]]
    source = np.repeat(list(parts), [len(each) for each in parts.values()])
    return points[~known], cells, source, pieces, facets


def _set_sizes(gmsh, body, lines):
    """Size of the cells that were there, and less about the ends of the flaws."""
    mesh, field = body.mesh, gmsh.model.mesh.field
    edges = mesh.points[mesh.facet_table.facets]
    length = np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1)
    ends = mesh.facet_table.facets.ravel()
    size = np.bincount(ends, np.repeat(length, 2), len(mesh.points)) / np.bincount(
        ends, minlength=len(mesh.points)
    )
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


def _cell_at(mesh, place):
    """The cell that holds a point (2,), None outside."""
    corner = mesh.points[mesh.cells]
    edge = np.roll(corner, -1, axis=1) - corner
    to = place - corner
    inside = edge[..., 0] * to[..., 1] - edge[..., 1] * to[..., 0] >= 0.0
    found = np.flatnonzero(inside.all(axis=1))
    return int(found[0]) if len(found) else None


def _crossings(edges, origin, way):
    """Places t on the line origin + t way where edges (k, 2, 2) cross it, and the rows of those
    edges."""
    normal = np.array([-way[1], way[0]])
    height = (edges - origin) @ normal
    along = (edges - origin) @ way / (way @ way)
    rows = np.flatnonzero(
        (height.min(axis=1) <= 0.0) & (height.max(axis=1) >= 0.0) & (np.ptp(height, axis=1) > 0.0)
    )
    share = -height[rows, 0] / (height[rows, 1] - height[rows, 0])
    return along[rows, 0] + share * (along[rows, 1] - along[rows, 0]), rows


def _distance(edges, place):
    """Distance (k,) of a point from edges (k, 2, 2)."""
    along = edges[:, 1] - edges[:, 0]
    square = np.maximum(np.einsum("ki,ki->k", along, along), np.finfo(float).tiny)
    share = np.clip(np.einsum("ki,ki->k", place - edges[:, 0], along) / square, 0.0, 1.0)
    return np.linalg.norm(edges[:, 0] + share[:, None] * along - place, axis=1)


def _um(place):
    return f"({place[0] / MICROMETRE:.4g} um, {place[1] / MICROMETRE:.4g} um)"
