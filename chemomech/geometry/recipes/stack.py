"""A microstructure from a stack of labelled images in 3D, with layers around it.

The pages follow one another along y (depth); each is a section like a single image, its upper row
at the top. The stack is sampled at the mesh size, islands are removed, voxels that meet along edges
or in corners only are joined or cut, and the surfaces between the components are smoothed
(`surface_nets`). Each component of a label is one particle. Layers are slabs of the same lattice
below and above, which make it a cell. Lengths are in micrometres inside, the mesh is in metres.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.drawing.planar import Layers
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.changes import fraction_notes
from chemomech.geometry.images.pixels import number_components, regions_of, remove_islands, shares
from chemomech.geometry.images.surface_nets import surface_net
from chemomech.geometry.images.volume import mesh_net
from chemomech.geometry.images.voxels import as_axes, join_contacts, resample
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.size_grid import size_gradient_of
from chemomech.units.field import MICROMETRE
from chemomech.units.words import counted

MOST_VOXELS = 4_000_000
MOST_COMPONENTS = 5_000
CORRECTIONS = (0.8, 1.25)  # of a component's volume
LAYER_STEPS = 2.0  # height of a layer's steps over that of the lattice


def build_stack(
    geometry: Any, stack: np.ndarray, layers: Layers, path: str | Path
) -> Microstructure:
    """Mesh a stack of labels, write it to `path` and return it.

    Parameters
    ----------
    geometry : object
        As for `image.build_image`; page_distance [m] or None for pixel_size; smallest_island is the
        diameter of a ball of the smallest component's volume.
    stack : (pages, rows, columns) int array
        Labels, rows from the top.
    layers : Layers
        Around the image.
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        As for `image.build_image`.
    """
    numbers, regions, region_of = regions_of(stack, geometry.labels)
    size, pixel = geometry.mesh.size_interface / MICROMETRE, geometry.pixel_size / MICROMETRE
    page = pixel if geometry.page_distance is None else geometry.page_distance / MICROMETRE
    image = as_axes(numbers)
    lattice, step = resample(image, np.array([pixel, page, pixel]), size)
    if lattice.size > MOST_VOXELS:
        raise GeometryError(
            f"geometry.mesh.size_interface: the stack has {lattice.size} voxels of it, more than "
            f"{MOST_VOXELS}; raise it, or crop the stack"
        )
    smallest = size if geometry.smallest_island is None else geometry.smallest_island / MICROMETRE
    cleared, islands, voxels = remove_islands(lattice, math.pi / 6.0 * smallest**3 / step.prod())
    cleaned = join_contacts(cleared)
    edges = " x ".join(f"{each:.3g}" for each in step)
    removed = (
        f"{counted(islands, 'island')} ({counted(voxels, 'voxel')} of {edges} um) removed from "
        f"the stack, {np.sum(cleaned != cleared)} voxels changed that met others along an edge or "
        "in a corner only"
    )
    components, owners = number_components(cleaned)
    # What sampling and joining add to a label is taken off its components again; removed islands
    # stay away.
    was, sampled, left, now = (shares(each) for each in (image, lattice, cleared, cleaned))
    wanted = {each: (was[each] + left[each] - sampled[each]) / now[each] for each in now}
    volumes = np.bincount(components.ravel()) * [
        np.clip(wanted[owner], *CORRECTIONS) for owner in owners.tolist()
    ]
    component_regions = [regions[region_of[owner]] for owner in owners]
    mesh = mesh_components(
        components, volumes, component_regions, step, layers, geometry.mesh, Path(path)
    )
    kept = shares(region_of[image if geometry.smallest_island is None else cleared])
    return replace(
        mesh, notes=fraction_notes(mesh, regions, shares(region_of[image]), kept, removed)
    )


def mesh_components(
    components: np.ndarray,
    volumes: np.ndarray,
    names: list[str],
    step: np.ndarray,
    layers: Layers,
    mesh: Any,
    path: Path,
) -> Microstructure:
    """Mesh components of voxels and layers around them.

    Parameters
    ----------
    components : (nx, ny, nz) int array
        Component of each voxel.
    volumes : (count,) array
        Volumes that they are to have, in voxels.
    names : list of str
        Region of each component.
    step : (3,) array
        Edges of a voxel [um].
    layers : Layers
        Around the components.
    mesh : object
        Of the geometry: size_bulk [m] and growth.
    path : Path
        The file to write (.msh 4.1, metres).
    """
    if len(names) > MOST_COMPONENTS:
        raise GeometryError(
            f"geometry.smallest_island: the stack has {len(names)} components, more than "
            f"{MOST_COMPONENTS}; raise it"
        )
    slabs, heights, every = [components], [np.full(components.shape[2], step[2])], list(names)
    for outward, place in ((layers.below, 0), (layers.above, None)):
        for name, thickness in outward:
            count = max(1, math.ceil(thickness / (LAYER_STEPS * step[2])))
            slab, height = (
                np.full((*components.shape[:2], count), len(every)),
                np.full(count, thickness / count),
            )
            every.append(name)
            if place == 0:
                slabs.insert(0, slab)
                heights.insert(0, height)
            else:
                slabs.append(slab)
                heights.append(height)
    net = surface_net(np.concatenate(slabs, axis=2), volumes)
    levels = np.concatenate([[0.0], np.cumsum(np.concatenate(heights))])
    height = np.interp(net.points[:, 2], np.arange(len(levels)), levels)
    places = np.column_stack([net.points[:, :2] * step[:2], height])
    return mesh_net(
        net,
        places,
        every,
        len(names),
        float(step.max()),
        mesh.size_bulk / MICROMETRE,
        size_gradient_of(mesh),
        path,
    )
