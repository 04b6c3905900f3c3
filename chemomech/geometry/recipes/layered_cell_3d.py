"""A layered solid-state cell in 3D: lithium, separator, composite cathode, collector.

They lie one above the other along z in this order. The cathode layer is `electrolyte` that holds
spheres of `active` material. Everything is built in micrometres and written in metres. The size of
the edges is `size_interface` along the spheres and twice that along lithium | separator and
separator | electrolyte, growing by mesh.growth of the case per unit of distance up to `size_bulk`;
in a gap narrower than `size_interface` it is the gap's width, but never less than SMALLEST_SHARE of
`size_interface`.

Ellipsoids: an aspect ratio other than 1 stretches the spheres along z. They are packed as spheres
in a box that is compressed by it, with a gap that is the asked one along the shorter axis, so that
gaps are nowhere narrower.

Flaws of the separator are pennies (pennies.py), along which edges are as long as they are wide.

Periodic sides: a sphere that leaves through one side comes in through the other, each piece is a
particle of its own, and the meshes of opposite sides match node for node.
"""

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from chemomech.geometry.drawing.packing import pack_spheres
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh, write_scaled
from chemomech.geometry.mesh.size_grid import set_sizes, size_gradient_of
from chemomech.geometry.mesh.sliver_removal import remove_slivers
from chemomech.geometry.recipes.layered_cell import (
    LAYERS,
    SMALLEST_SHARE,
    check_lengths,
    layer_heights,
)
from chemomech.geometry.recipes.pennies import Penny, cut_layers, place_pennies
from chemomech.units.field import MICROMETRE

SIDES = ("left", "right", "front", "back", "bottom", "top")
SURFACE_ALGORITHM, VOLUME_ALGORITHM = 6, 10  # frontal Delaunay; HXT
REACH = 0.1  # of size_interface: how far a node may move to mend a sliver
ON_SIDE = 1e-6  # of the largest length
NEIGHBOURS = 24  # spheres that a place's distance to the nearest surface is looked for in


def build_layered_cell_3d(geometry: Any, path: str | Path) -> Microstructure:
    """Pack, mesh and write a layered cell with spheres, and return it.

    The fraction counts true spheres in the cathode layer; the polyhedra of the mesh are smaller by
    about 0.4 (size_interface / radius)².

    Parameters
    ----------
    geometry : object
        As for `build_layered_cell`, with depth [m], particles.volume_fraction in place of
        area_fraction and particles.aspect_ratio (height over width).
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        A length is impossible, or PackingError: the particles do not fit.
    """
    size_gradient = size_gradient_of(geometry.mesh)
    check_lengths(geometry, ("width", "depth"))
    heights = layer_heights(geometry)
    box = np.array(
        [geometry.width / MICROMETRE, geometry.depth / MICROMETRE, heights[3] - heights[2]]
    )
    size, size_bulk = (
        getattr(geometry.mesh, name) / MICROMETRE for name in ("size_interface", "size_bulk")
    )
    particles, periodic = geometry.particles, geometry.particles.sides == "periodic"
    distribution = tuple(
        getattr(particles, f"radius_{name}") / MICROMETRE
        for name in ("mean", "standard_deviation", "minimum", "maximum")
    )
    stretch = np.array([1.0, 1.0, particles.aspect_ratio])
    shortest = particles.radius_minimum * min(1.0, particles.aspect_ratio)
    if geometry.mesh.size_interface > shortest:
        raise GeometryError(
            f"geometry.mesh.size_interface ({geometry.mesh.size_interface:.3g} m) must not exceed "
            f"geometry.particles.radius_minimum times aspect_ratio ({shortest:.3g} m)"
        )
    gap = particles.minimum_gap / MICROMETRE / min(1.0, particles.aspect_ratio)
    centres, radii = pack_spheres(
        box / stretch, distribution, particles.volume_fraction, gap, geometry.seed, periodic
    )
    if periodic:
        centres, radii = with_images(centres, radii, box)
    centres = centres * stretch + [0.0, 0.0, heights[2]]
    pennies = place_pennies(getattr(geometry, "flaws", ()), box, heights, size, geometry.seed)
    with tempfile.TemporaryDirectory() as beside, gmsh_session() as gmsh:
        _draw(gmsh, box, heights, centres, radii, stretch, pennies)
        if periodic:
            _match_sides(gmsh, box)
        whole = np.array([box[0], box[1], heights[-1]])
        sizes = _Sizes(centres, radii, stretch, heights, size, size_bulk, size_gradient, pennies)
        set_sizes(gmsh, Path(beside) / "sizes.txt", whole, size, size_bulk, sizes)
        gmsh.option.setNumber("Mesh.Algorithm", SURFACE_ALGORITHM)
        gmsh.option.setNumber("Mesh.Algorithm3D", VOLUME_ALGORITHM)
        gmsh.option.setNumber("Mesh.RandomSeed", geometry.seed + 1)
        gmsh.model.mesh.generate(3)
        remove_slivers(
            gmsh, REACH * size, [[0.0, box[0]], [0.0, box[1]], heights.tolist()], held=(0, 1)
        )
        _forget_matches(gmsh)
        write_scaled(gmsh, Path(path), MICROMETRE)
    return read_msh(path)


def with_images(
    centres: np.ndarray, radii: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spheres and the copies of those that a periodic side cuts.

    Parameters
    ----------
    centres : (n, 3) array
        Positions of the spheres.
    radii : (n,) array
        Their radii.
    box : (3,) array
        Upper corner of the box; copies lie one width or depth further.
    """
    for axis in range(2):
        shift = np.zeros(3)
        shift[axis] = box[axis]
        low, high = centres[:, axis] < radii, centres[:, axis] > box[axis] - radii
        centres = np.concatenate([centres, centres[low] + shift, centres[high] - shift])
        radii = np.concatenate([radii, radii[low], radii[high]])
    return centres, radii


class _Sizes:
    """Edge length at places, see the module."""

    def __init__(
        self,
        centres: NDArray,
        radii: NDArray,
        stretch: NDArray,
        heights: NDArray,
        size: float,
        size_bulk: float,
        size_gradient: float,
        pennies: list[Penny],
    ) -> None:
        """Keep what the sizes depend on, lengths in um."""
        self.pennies = pennies
        self.tree, self.radii, self.stretch = cKDTree(centres / stretch), radii, stretch
        self.near = min(NEIGHBOURS, len(radii))
        self.levels, self.size, self.size_bulk, self.size_gradient = (
            heights[1:3],
            size,
            size_bulk,
            size_gradient,
        )

    def __call__(self, places: np.ndarray) -> np.ndarray:
        # Distances in the compressed box, times the shorter axis: at most the true ones.
        """Return the edge length (n,) at places (n, 3)."""
        distance, sphere = self.tree.query(places / self.stretch, k=self.near)
        away = distance.reshape(len(places), -1) - self.radii[sphere.reshape(len(places), -1)]
        away *= self.stretch.min()
        outside = np.sort(np.maximum(away, 0.0), axis=1)[:, :2]
        found = np.minimum(
            self.size + self.size_gradient * np.abs(away).min(axis=1), self.size_bulk
        )
        if outside.shape[1] == 2:
            width = outside.sum(axis=1)
            found = np.minimum(
                found,
                np.maximum(width, SMALLEST_SHARE * self.size) + self.size_gradient * outside[:, 0],
            )
        level = np.abs(places[:, 2:] - self.levels).min(axis=1)
        found = np.minimum(found, 2.0 * self.size + self.size_gradient * level)
        for penny in self.pennies:
            # Less half a step of the grid that holds the sizes, so that the flaw is not passed
            # over.
            away = np.maximum(np.abs(penny.distance(places)) - 0.5 * self.size, 0.0)
            found = np.minimum(found, min(penny.width, self.size) + self.size_gradient * away)
        return found


def _draw(
    gmsh: Any,
    box: np.ndarray,
    heights: np.ndarray,
    centres: np.ndarray,
    radii: np.ndarray,
    stretch: np.ndarray,
    pennies: list[Penny],
) -> None:
    """Draw conforming volumes, name the regions and the six outer boundaries."""
    kernel = gmsh.model.occ
    layers = [
        (3, kernel.addBox(0.0, 0.0, z, box[0], box[1], top - z)) for z, top in pairwise(heights)
    ]
    spheres = [
        (3, kernel.addSphere(*centre, radius))
        for centre, radius in zip(centres, radii, strict=True)
    ]
    if stretch[2] != 1.0:
        for sphere, centre in zip(spheres, centres, strict=True):
            kernel.dilate([sphere], *centre, *stretch)
    lowest, above, filled = cut_layers(kernel, pennies, layers[0], layers[1])
    layers[:2] = [lowest, above]
    _, pieces = kernel.fragment(layers, spheres + filled)
    inside = {tag for piece in pieces[: len(layers)] for _, tag in piece}
    lithium = [tag for piece in pieces[len(pieces) - len(filled) :] for _, tag in piece]
    inside |= set(lithium)
    kernel.remove(
        [entity for piece in pieces for entity in piece if entity[1] not in inside], recursive=True
    )
    kernel.synchronize()
    active = [
        tag
        for piece in pieces[len(layers) : len(pieces) - len(filled)]
        for _, tag in piece
        if tag in inside
    ]
    volumes = {
        layer: [tag for _, tag in piece] for layer, piece in zip(LAYERS, pieces, strict=False)
    }
    volumes["electrolyte"] = [tag for tag in volumes.pop("cathode") if tag not in active]
    volumes["active"] = active
    volumes["lithium"] += lithium
    for name, tags in volumes.items():
        gmsh.model.addPhysicalGroup(3, tags, name=name)
    for name, tags in _outer(gmsh, np.array([box[0], box[1], heights[-1]])).items():
        gmsh.model.addPhysicalGroup(2, tags, name=name)


def _outer(gmsh: Any, whole: np.ndarray) -> dict[str, list[int]]:
    """Return the surfaces on each side of a box from the origin; those of holes are on none."""
    found: dict[str, list[int]] = {name: [] for name in SIDES}
    places = np.ravel(np.column_stack([np.zeros(3), whole]))
    for _, surface in gmsh.model.getBoundary(
        gmsh.model.getEntities(3), combined=True, oriented=False
    ):
        centre = np.array(gmsh.model.occ.getCenterOfMass(2, surface))
        away = np.abs(np.repeat(centre, 2) - places)
        side = int(np.argmin(away))
        if away[side] < ON_SIDE * whole.max():
            found[SIDES[side]].append(surface)
    return found


def _match_sides(gmsh: Any, box: np.ndarray) -> None:
    """Let the surfaces at the right and at the back have the meshes of those opposite to them."""
    outer = {
        gmsh.model.getPhysicalName(2, tag): gmsh.model.getEntitiesForPhysicalGroup(2, tag).tolist()
        for _, tag in gmsh.model.getPhysicalGroups(2)
    }
    for axis, (master, copy) in enumerate((("left", "right"), ("front", "back"))):
        shift = np.zeros(3)
        shift[axis] = box[axis]
        move = np.eye(4)
        move[:3, 3] = shift
        where = {
            name: np.array(
                [
                    (*gmsh.model.occ.getCenterOfMass(2, tag), gmsh.model.occ.getMass(2, tag))
                    for tag in outer[name]
                ]
            )
            for name in (master, copy)
        }
        if len(where[master]) != len(where[copy]):
            raise GeometryError("opposite periodic sides do not match: change geometry.seed")
        distance, index = cKDTree(where[master]).query(where[copy] - [*shift, 0.0])
        if distance.max() > 1e-4 * box.max() or len(set(index.tolist())) < len(index):
            raise GeometryError("opposite periodic sides do not match: change geometry.seed")
        gmsh.model.mesh.setPeriodic(2, outer[copy], [outer[master][i] for i in index], move.ravel())


def _forget_matches(gmsh: Any) -> None:
    """Make every entity its own master.

    The shifts of the sides would be written without the scale of the points.
    """
    for dimension in range(3):
        for _, tag in gmsh.model.getEntities(dimension):
            if gmsh.model.mesh.getPeriodic(dimension, [tag])[0] != tag:
                gmsh.model.mesh.setPeriodic(dimension, [tag], [tag], np.eye(4).ravel())
