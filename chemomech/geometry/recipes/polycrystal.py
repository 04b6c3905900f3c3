"""A layer of grains in 2D: the Voronoi cells of random seeds, with layers around it.

The seeds are evened out by Lloyd's steps. Mirror images of the seeds beyond the four sides make the
cells end there. Corners of cells closer than SHORTEST of the mesh size are joined, since no good
triangle fits between them. Lengths are in micrometres inside.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from chemomech.geometry.drawing.planar import mesh_partition
from chemomech.geometry.drawing.sampling import sample
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.chains import BOTTOM, LEFT, RIGHT, TOP, Chain
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.sizes import MeshControl
from chemomech.geometry.recipes.image import layers_of
from chemomech.units.field import MICROMETRE

EVENING = 3  # Lloyd's steps: each seed goes to the centroid of its cell
SHORTEST = 0.5
MOST_GRAINS = 20_000


def build_polycrystal(geometry: Any, path: str | Path) -> Microstructure:
    """Mesh grains, write them to `path` and return them; each is one grain of its region.

    Parameters
    ----------
    geometry : object
        With the attributes width, height, grain_size [m] (diameter of a disc of the mean grain's
        area), region, seed, {lithium, separator, collector}_thickness [m] or None,
        mesh.{size_interface, size_bulk} [m].
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        The grains cannot be meshed.
    """
    box = np.array([geometry.width, geometry.height]) / MICROMETRE
    diameter, size = geometry.grain_size / MICROMETRE, geometry.mesh.size_interface / MICROMETRE
    count = round(box.prod() / (math.pi / 4.0 * diameter**2))
    if not 1 < count <= MOST_GRAINS:
        raise GeometryError(
            f"geometry.grain_size: {count} grains of this size fill the box; 2 to "
            f"{MOST_GRAINS} are needed"
        )
    if size > 0.5 * diameter:
        raise GeometryError(
            "geometry.mesh.size_interface: must be at most half of geometry.grain_size"
        )
    seeds = spread_seeds(box, count, geometry.seed)
    chains = grain_boundaries(seeds, box, SHORTEST * size)
    names = [geometry.region] * count
    return mesh_partition(
        sample(chains, chains, size),
        names,
        layers_of(geometry, (geometry.region,)),
        size,
        geometry.mesh.size_bulk / MICROMETRE,
        geometry.seed,
        Path(path),
        MeshControl.from_settings(geometry.mesh),
    )


def spread_seeds(box: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return seeds (count, 2) in a box, the same for the same number `seed`.

    Parameters
    ----------
    box : (2,) array
        Extent of the box.
    count : int
        Number of seeds.
    seed : int
        Seed of the random numbers.
    """
    seeds = np.random.default_rng(seed).uniform(0.0, box, (count, 2))
    for _ in range(EVENING):
        diagram = Voronoi(_mirror(seeds, box))
        seeds = np.array(
            [
                _centroid(diagram.vertices[diagram.regions[diagram.point_region[n]]])
                for n in range(count)
            ]
        )
    return seeds


def grain_boundaries(seeds: np.ndarray, box: np.ndarray, shortest: float) -> list[Chain]:
    """Return the straight boundaries between the Voronoi cells of seeds in a box.

    Parameters
    ----------
    seeds : (n, 2) array
        The seeds.
    box : (2,) array
        Extent of the box.
    shortest : float
        No boundary is shorter.
    """
    diagram = Voronoi(_mirror(seeds, box))
    count = len(seeds)
    pairs = np.array(diagram.ridge_points)
    ridges = np.array([ridge if len(ridge) == 2 else (-1, -1) for ridge in diagram.ridge_vertices])
    kept = (pairs.min(axis=1) < count) & (ridges.min(axis=1) >= 0)
    pairs, ridges = pairs[kept], ridges[kept]
    places, joined = _join(diagram.vertices, np.unique(ridges), box, shortest)
    chains = []
    for (one, other), (start, end) in zip(pairs, joined[ridges], strict=True):
        if start == end:
            continue
        way, across = places[end] - places[start], seeds[min(one, other)] - places[start]
        inside, beyond = min(one, other), max(one, other)
        # Seeds beyond the box stand in the order of _mirrored, `count` for each side.
        beyond = beyond if beyond < count else (LEFT, RIGHT, BOTTOM, TOP)[beyond // count - 1]
        left = way[0] * across[1] - way[1] * across[0] > 0.0
        sides = (inside, beyond) if left else (beyond, inside)
        chains.append(
            Chain(places[[start, end]], int(sides[0]), int(sides[1]), int(start), int(end))
        )
    return chains


def _mirror(seeds: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Return the seeds and their mirror images beyond the left, right, lower and upper side."""
    every = [seeds]
    for axis in range(2):
        for wall in (0.0, box[axis]):
            image = seeds.copy()
            image[:, axis] = 2.0 * wall - image[:, axis]
            every.append(image)
    return np.concatenate(every)


def _join(
    vertices: np.ndarray, used: np.ndarray, box: np.ndarray, shortest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return places with vertices closer than `shortest` put together, and their new numbers."""
    close = cKDTree(vertices[used]).query_pairs(shortest, output_type="ndarray")
    graph = coo_matrix((np.ones(len(close)), close.T), shape=(len(used), len(used)))
    groups, label = connected_components(graph, directed=False)
    weight = np.bincount(label, minlength=groups)
    places = np.column_stack(
        [np.bincount(label, vertices[used, axis], groups) / weight for axis in range(2)]
    )
    for axis in range(2):
        for wall in (0.0, box[axis]):
            on_wall = np.abs(vertices[used, axis] - wall) < 1e-9 * box.max()
            places[np.unique(label[on_wall]), axis] = wall
    joined = np.full(len(vertices), -1)
    joined[used] = label
    return places, joined


def _centroid(corners: np.ndarray) -> np.ndarray:
    """Return the centroid of a convex polygon given by its corners in order."""
    x, y = (corners - corners[0]).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    moments = [np.sum((each + np.roll(each, -1)) * cross) for each in (x, y)]
    return corners[0] + np.array(moments) / (3.0 * cross.sum())
