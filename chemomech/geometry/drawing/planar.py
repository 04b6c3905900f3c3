"""A planar partition, its boundaries cut into edges, meshed by gmsh.

There is one surface per component, with layers around them all.
"""

import re
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from chemomech.geometry.images.chains import BOTTOM, LEFT, RIGHT, TOP, Chain
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh, write_scaled
from chemomech.geometry.mesh.sizes import MeshControl, region_fields, use_fields
from chemomech.units.field import MICROMETRE

MOST_GRID_POINTS = 1_000_000
SIDES = {LEFT: "left", RIGHT: "right", BOTTOM: "bottom", TOP: "top"}


@dataclass(frozen=True)
class Layers:
    """Layers (name, thickness [um]) around a partition.

    Attributes
    ----------
    below, above : tuple of (str, float)
        Each list from the partition outwards.
    """

    below: tuple[tuple[str, float], ...] = ()
    above: tuple[tuple[str, float], ...] = ()


def mesh_partition(
    chains: list[Chain],
    names: list[str | None],
    layers: Layers,
    size_interface: float,
    size_bulk: float,
    seed: int,
    path: Path,
    control: MeshControl = MeshControl(),
    periodic: bool = False,
) -> Microstructure:
    """Mesh a partition, write it to `path` (.msh 4.1, metres) and return it.

    Parameters
    ----------
    chains : list of Chain
        Boundaries with the final edges, lengths in um, the box from (0, 0); these edges stay as
        they are.
    names : list of str or None
        Region of each component, None for a hole.
    layers : Layers
        What lies around the partition.
    size_interface, size_bulk : float
        Edge lengths [um].
    seed : int
        Seed of the mesher.
    path : Path
        The file.
    control : MeshControl
        Of it the size gradient and the sizes of regions [m] count.
    periodic : bool
        The chains end on both sides at the same heights, and so do then the points of the mesh.
    """
    box = np.max([chain.points.max(axis=0) for chain in chains], axis=0)
    depth = sum(thickness for _, thickness in layers.below)
    moved = [(chain, chain.points + [0.0, depth]) for chain in chains]
    with tempfile.TemporaryDirectory() as beside, gmsh_session() as gmsh:
        drawing = _Drawing(gmsh.model.geo)
        for chain, points in moved:
            if any(side >= 0 and names[side] is not None for side in (chain.left, chain.right)):
                drawing.add_chain(chain, points)
        surfaces: dict[str, list[int]] = defaultdict(list)
        for component, name in enumerate(names):
            if name is None:
                continue
            surfaces[name].append(drawing.surface(drawing.around[component]))
        levels = [(depth, depth + box[1])]
        for outward, side in ((layers.below, BOTTOM), (layers.above, TOP)):
            sign, y = (-1.0, depth) if side == BOTTOM else (1.0, depth + box[1])
            for name, thickness in outward:
                surfaces[name].append(drawing.add_layer(side, box[0], y, y + sign * thickness))
                y += sign * thickness
                levels.append((y, y))
        gmsh.model.geo.synchronize()
        for name, tags in surfaces.items():
            gmsh.model.addPhysicalGroup(2, tags, name=name)
        for side, name in SIDES.items():
            gmsh.model.addPhysicalGroup(1, drawing.around[side], name=name)
        if periodic:
            _match_sides(gmsh, drawing, box[0])
        height = max(max(pair) for pair in levels)
        lines = sorted({y for pair in levels for y in pair} - {0.0, height})
        sources = _sources(moved, lines, box[0], size_interface)
        if periodic:
            # What is near one side is near the other, whose points are the same.
            places, sizes = sources
            images = np.concatenate([places + [by, 0.0] for by in (0.0, -box[0], box[0])])
            kept = np.abs(images[:, 0] - 0.5 * box[0]) < box[0]
            sources = images[kept], np.tile(sizes, 3)[kept]
        grid = Path(beside) / "sizes.txt"
        _write_sizes(
            grid,
            *sources,
            np.array([box[0], height]),
            size_interface,
            size_bulk,
            control.size_gradient,
        )
        field = gmsh.model.mesh.field.add("Structured")
        gmsh.model.mesh.field.setString(field, "FileName", str(grid))
        gmsh.model.mesh.field.setNumber(field, "TextFormat", 1)
        by_region = {name: size / MICROMETRE for name, size in control.by_region.items()}
        use_fields(
            gmsh,
            [
                field,
                *region_fields(gmsh, 2, surfaces, by_region, size_bulk, control.size_gradient, 2),
            ],
        )
        gmsh.option.setNumber("Mesh.Algorithm", 6)
        gmsh.option.setNumber("Mesh.RandomSeed", seed + 1)
        gmsh.model.mesh.generate(2)
        write_scaled(gmsh, path, MICROMETRE)
    if periodic:
        # Its shift is not scaled with the points, and a reader would move them by it.
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?s)\$Periodic\n.*?\$EndPeriodic\n", "", text), encoding="utf-8")
    return read_msh(path)


def _match_sides(gmsh: Any, drawing: "_Drawing", width: float) -> None:
    """Have the lines of the right side meshed like those of the left."""
    ends: dict[int, dict] = {}
    for side in (LEFT, RIGHT):
        boxes = {line: gmsh.model.getBoundingBox(1, line) for line in drawing.around[side]}
        ends[side] = {(round(box[1], 6), round(box[4], 6)): line for line, box in boxes.items()}
    # Where there is a hole on one side only, nothing is to be matched.
    both = sorted(ends[LEFT].keys() & ends[RIGHT].keys())
    if not both:
        return
    lines = {side: [ends[side][each] for each in both] for side in (LEFT, RIGHT)}
    shift = [1, 0, 0, width, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    gmsh.model.mesh.setPeriodic(1, lines[RIGHT], lines[LEFT], shift)


class _Drawing:
    """Points and lines in gmsh's own kernel; around: component or side -> the lines around it."""

    def __init__(self, kernel: Any) -> None:
        """Start an empty drawing."""
        self.kernel = kernel
        self.nodes: dict[int, int] = {}
        self.places: dict[int, np.ndarray] = {}
        self.around: dict[int, list[int]] = defaultdict(list)
        self.corners: dict[tuple[int, int], int] = {}

    def point(self, place: Any) -> int:
        """Add a point and return its tag."""
        return self.kernel.addPoint(place[0], place[1], 0.0)

    def node(self, number: int, place: Any) -> int:
        """Return the tag of a node, which is added when it is new."""
        if number not in self.nodes:
            self.nodes[number] = self.point(place)
        return self.nodes[number]

    def add_chain(self, chain: Chain, points: np.ndarray) -> None:
        """Draw a chain: a line of the mesh for each edge, one to divide for a side of the box."""
        tags = [self.node(chain.start, points[0])]
        tags += [self.point(place) for place in points[1:-1]]
        tags.append(self.node(chain.end, points[-1]))
        lines = [self.kernel.addLine(a, b) for a, b in pairwise(tags)]
        for side in (chain.left, chain.right):
            self.around[side] += lines
        if not chain.outer:
            for line in lines:
                self.kernel.mesh.setTransfiniteCurve(line, 2)
            return
        outer = min(chain.left, chain.right)
        if outer in (BOTTOM, TOP):
            for tag, place in ((tags[0], points[0]), (tags[-1], points[-1])):
                for end, value in ((LEFT, min), (RIGHT, max)):
                    kept = self.corners.get((outer, end))
                    if (
                        kept is None
                        or value(place[0], self.places[kept][0]) != self.places[kept][0]
                    ):
                        self.corners[outer, end], self.places[tag] = tag, place

    def surface(self, lines: list[int]) -> int:
        """Add a surface between lines and return its tag."""
        return self.kernel.addPlaneSurface(self.kernel.addCurveLoops(lines))

    def add_layer(self, side: int, width: float, y: float, end: float) -> int:
        """Draw a rectangle on a side of what is there, from y to end.

        Its outer line is that side from now on.
        """
        left, right = self.corners[side, LEFT], self.corners[side, RIGHT]
        far_left, far_right = self.point((0.0, end)), self.point((width, end))
        lines = [
            self.kernel.addLine(*pair)
            for pair in ((left, far_left), (far_left, far_right), (far_right, right))
        ]
        surface = self.surface(self.around[side] + lines)
        self.around[LEFT].append(lines[0])
        self.around[side] = [lines[1]]
        self.around[RIGHT].append(lines[2])
        self.corners[side, LEFT], self.corners[side, RIGHT] = far_left, far_right
        return surface


def _sources(
    moved: list, lines: list[float], width: float, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return places (n, 2) and the edge length (n,) there: at interfaces, at layers twice that."""
    places, sizes = [], []
    for chain, points in moved:
        if not chain.outer:
            length = np.linalg.norm(np.diff(points, axis=0), axis=1)
            places.append(0.5 * (points[1:] + points[:-1]))
            sizes.append(length)
    for y in lines:
        x = np.linspace(0.0, width, int(np.ceil(width / size)) + 1)
        places.append(np.column_stack([x, np.full(len(x), y)]))
        sizes.append(np.full(len(x), 2.0 * size))
    return np.concatenate(places or [np.empty((0, 2))]), np.concatenate(sizes or [np.empty(0)])


def _write_sizes(
    path: Path,
    places: np.ndarray,
    sizes: np.ndarray,
    box: np.ndarray,
    size_interface: float,
    size_bulk: float,
    size_gradient: float,
) -> None:
    """Write the edge length on a grid over the box for gmsh.

    It is the minimum over the sources of size + size_gradient distance.
    """
    step = max(0.5 * size_interface, np.sqrt(box.prod() / MOST_GRID_POINTS))
    counts = np.ceil(box / step).astype(int) + 1
    spacing = box / (counts - 1)
    x, y = (spacing[axis] * np.arange(counts[axis]) for axis in range(2))
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    values = np.full(len(grid), size_bulk)
    if len(places):
        nearest = min(16, len(places))
        distance, index = cKDTree(places).query(grid, k=nearest)
        found = sizes[index] + size_gradient * distance
        values = np.minimum(values, found.min(axis=1) if nearest > 1 else found)
    with path.open("w") as file:
        file.write(
            "0 0 -1\n" + f"{spacing[0]:.12g} {spacing[1]:.12g} 2\n" + f"{counts[0]} {counts[1]} 2\n"
        )
        np.savetxt(file, np.repeat(values, 2), fmt="%.6g")
