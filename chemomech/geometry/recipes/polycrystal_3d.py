"""Grains in 3D: the Voronoi cells of random seeds on a lattice, with layers around them.

The seeds are evened out by Lloyd's steps. The cells are drawn as voxels of the mesh size and meshed
as those of a stack, so their faces are smooth but not exactly plane, and their edges are sharp.
Lengths are in micrometres inside.

In a matrix a grain is what of its Voronoi cell lies at least half a gap from every face of the cell
and from bottom and top of the layer: a convex body. The gap is the one that leaves the grains the
share that is asked for.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.pixels import number_components, remove_islands
from chemomech.geometry.images.voxels import join_contacts
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.recipes.image import layers_of
from chemomech.geometry.recipes.polycrystal import EVENING
from chemomech.geometry.recipes.stack import MOST_COMPONENTS, MOST_VOXELS, mesh_components
from chemomech.units.field import MICROMETRE

FEWEST_STEPS = 3  # of the lattice across a grain
FEWEST_ACROSS = 2.0  # of the lattice across a gap
NEIGHBOURS = 24  # nearest seeds among which the nearest face of a point's cell is looked for


def build_polycrystal_3d(geometry: Any, path: str | Path) -> Microstructure:
    """Mesh grains, write them to `path` and return them; each is one grain of its region.

    Parameters
    ----------
    geometry : object
        As for `polycrystal.build_polycrystal`, with depth [m]; grain_size is the diameter of a ball
        of the mean grain's volume; matrix: None, or the region between grains that take a
        volume_fraction.
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        The grains cannot be meshed.
    """
    box = np.array([geometry.width, geometry.depth, geometry.height]) / MICROMETRE
    diameter, size = geometry.grain_size / MICROMETRE, geometry.mesh.size_interface / MICROMETRE
    count = round(box.prod() / (math.pi / 6.0 * diameter**3))
    if not 1 < count <= MOST_COMPONENTS:
        raise GeometryError(
            f"geometry.grain_size: {count} grains of this size fill the box; 2 to "
            f"{MOST_COMPONENTS} are needed"
        )
    counts = np.maximum(np.round(box / size).astype(int), 2)
    if size * FEWEST_STEPS > diameter or counts.prod() > MOST_VOXELS:
        raise GeometryError(
            "geometry.mesh.size_interface: must be at most a third of geometry.grain_size, and "
            f"give at most {MOST_VOXELS} voxels; it gives {counts.prod()}"
        )
    step = box / counts
    grains, margin = voronoi_voxels(counts, step, count, geometry.seed)
    note = ""
    if geometry.matrix is not None:
        half = float(np.quantile(margin, 1.0 - geometry.volume_fraction))
        if 2.0 * half < FEWEST_ACROSS * step.max():
            raise GeometryError(
                f"geometry.mesh.size_interface: given {step.max():.3g} um; the gaps of this share "
                f"are {2.0 * half:.3g} um wide and need two of it: lower it or "
                "geometry.volume_fraction, or raise geometry.grain_size"
            )
        grains, note = np.where(margin < half, count, grains), f" with gaps of {2.0 * half:.3g} um"
    grains = join_contacts(remove_islands(grains, FEWEST_STEPS**3)[0])
    components, owners = number_components(grains)
    names = [geometry.region if owner < count else geometry.matrix for owner in owners.tolist()]
    layers = layers_of(geometry, sorted(set(names)))
    volumes = np.bincount(components.ravel())
    mesh = mesh_components(components, volumes, names, step, layers, geometry.mesh, Path(path))
    return replace(mesh, notes=(f"{names.count(geometry.region)} grains{note}",))


def voronoi_voxels(
    counts: np.ndarray, step: np.ndarray, grains: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest seed of every voxel of a box, and how far it is from its cell's faces.

    The distance is that of the voxel's middle from the nearest face of the cell, or from bottom and
    top.

    Parameters
    ----------
    counts : (3,) int array
        Voxels along each axis.
    step : (3,) array
        Edges of a voxel.
    grains : int
        Number of seeds.
    seed : int
        Seed of the random numbers.
    """
    axes = [(np.arange(count) + 0.5) * length for count, length in zip(counts, step, strict=True)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    seeds = np.random.default_rng(seed).uniform(0.0, step * counts, (grains, 3))
    for _ in range(EVENING):
        nearest = cKDTree(seeds).query(places)[1]
        held = np.maximum(np.bincount(nearest, minlength=grains), 1)
        means = np.column_stack(
            [np.bincount(nearest, places[:, axis], grains) / held for axis in range(3)]
        )
        seeds = np.where((np.bincount(nearest, minlength=grains) > 0)[:, None], means, seeds)
    distance, order = cKDTree(seeds).query(places, k=min(NEIGHBOURS, grains))
    # From the plane midway between the nearest seed s and another one t: (|x - t|^2 - |x - s|^2)/(2
    # |s - t|).
    apart = np.linalg.norm(seeds[order[:, 1:]] - seeds[order[:, :1]], axis=2)
    face = ((distance[:, 1:] ** 2 - distance[:, :1] ** 2) / (2.0 * apart)).min(axis=1)
    height = (step * counts)[2]
    margin = np.minimum(face, np.minimum(places[:, 2], height - places[:, 2]))
    return order[:, 0].reshape(counts), margin.reshape(counts)
