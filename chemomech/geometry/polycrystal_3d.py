"""Grains in 3D: the Voronoi cells of random seeds on a lattice, evened out by Lloyd's steps, with layers around them.

The cells are drawn as voxels of the mesh size and meshed as those of a stack, so their faces are smooth but not
exactly plane, and their edges are sharp. Lengths are in micrometres inside.
"""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from .errors import GeometryError
from .image import layers_of
from .microstructure import Microstructure
from .pixels import number_components, remove_islands
from .polycrystal import EVENING
from .stack import MICROMETRE, MOST_COMPONENTS, MOST_VOXELS, mesh_components
from .voxels import join_contacts

FEWEST_STEPS = 3  # of the lattice across a grain


def build_polycrystal_3d(geometry, path: str | Path) -> Microstructure:
    """Mesh grains, write them to `path` (.msh 4.1, metres) and return them; each grain is one part of its region.

    geometry: as for `polycrystal.build_polycrystal`, with depth [m]; grain_size is the diameter of a ball of the mean
    grain's volume. Raises GeometryError.
    """
    box = np.array([geometry.width, geometry.depth, geometry.height]) / MICROMETRE
    diameter, size = geometry.grain_size / MICROMETRE, geometry.mesh.size_interface / MICROMETRE
    count = round(box.prod() / (math.pi / 6.0 * diameter**3))
    if not 1 < count <= MOST_COMPONENTS:
        raise GeometryError(
            f"geometry.grain_size: {count} grains of this size fill the box; 2 to {MOST_COMPONENTS} are needed"
        )
    counts = np.maximum(np.round(box / size).astype(int), 2)
    if size * FEWEST_STEPS > diameter or counts.prod() > MOST_VOXELS:
        raise GeometryError(
            f"geometry.mesh.size_interface: must be at most a third of geometry.grain_size, and give at most "
            f"{MOST_VOXELS} voxels; it gives {counts.prod()}"
        )
    step = box / counts
    grains = join_contacts(remove_islands(voronoi_voxels(counts, step, count, geometry.seed), FEWEST_STEPS**3)[0])
    components, _ = number_components(grains)
    number = int(components.max()) + 1
    layers = layers_of(geometry, (geometry.region,))
    names, volumes = [geometry.region] * number, np.bincount(components.ravel())
    mesh = mesh_components(components, volumes, names, step, layers, geometry.mesh, Path(path))
    return replace(mesh, notes=(f"{number} grains",))


def voronoi_voxels(counts: np.ndarray, step: np.ndarray, grains: int, seed: int) -> np.ndarray:
    """Return the number of the nearest seed for the voxels (nx, ny, nz) with edges `step` (3,) of a box."""
    axes = [(np.arange(count) + 0.5) * length for count, length in zip(counts, step, strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    seeds = np.random.default_rng(seed).uniform(0.0, step * counts, (grains, 3))
    for _ in range(EVENING):
        nearest = cKDTree(seeds).query(places)[1]
        held = np.maximum(np.bincount(nearest, minlength=grains), 1)
        means = np.column_stack([np.bincount(nearest, places[:, axis], grains) / held for axis in range(3)])
        seeds = np.where((np.bincount(nearest, minlength=grains) > 0)[:, None], means, seeds)
    return cKDTree(seeds).query(places)[1].reshape(counts)
