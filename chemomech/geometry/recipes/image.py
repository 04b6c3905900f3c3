"""A microstructure from a labelled image, with layers around it that make it a cell.

Islands below `smallest_island` are removed, pixels that meet in corners only are joined or cut,
the boundaries between the components are smoothed, cut to the mesh size and meshed. Each component
of a label is one particle: labels that share a region are grains of it. Lengths are in micrometres
inside, the mesh is in metres; the image's upper row is the top. For stacks see `stack`.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.case.geometry import read_labels, said_pixel
from chemomech.geometry.drawing.planar import Layers, mesh_partition
from chemomech.geometry.drawing.sampling import sample
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.chains import smooth, trace
from chemomech.geometry.images.changes import fraction_notes
from chemomech.geometry.images.pixels import (
    join_corners,
    number_components,
    regions_of,
    remove_islands,
    shares,
)
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.sizes import MeshControl
from chemomech.geometry.recipes.stack import build_stack
from chemomech.units.field import MICROMETRE
from chemomech.units.words import counted

MOST_COMPONENTS = 20_000
SAME_LENGTH = 0.01  # of what an image states: a pixel of the case this near is the same


def build_image(geometry: Any, path: str | Path) -> Microstructure:
    """Mesh a labelled image or stack and return it with notes on changes.

    Parameters
    ----------
    geometry : object
        With the attributes path, pixel_size [m], labels (text of the label -> region),
        smallest_island [m], {lithium, separator, collector}_thickness [m] or None, and
        mesh.{size_interface, size_bulk} [m]. smallest_island is the diameter of the disc of the
        smallest component's area, None: size_interface.
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        The image cannot be read or meshed, or a phase fraction of the mesh is not within 0.5 points
        of the image's; what the removal of islands changes counts only where smallest_island was
        left out.
    """
    try:
        labels = read_labels(geometry.path)
    except (ValueError, OSError) as error:
        raise GeometryError(f"geometry.path: {error}") from None
    if labels.ndim == 3:
        regions = sorted(set(geometry.labels.values()))
        mesh = build_stack(geometry, labels, layers_of(geometry, regions), path)
        lengths = tuple(length_notes(geometry, stack=True))
        return replace(mesh, notes=(*mesh.notes, *lengths), cautions=lengths)
    if getattr(geometry, "page_distance", None) is not None:
        raise GeometryError("geometry.page_distance: the image has one page only; leave it out")
    image, regions, region_of = regions_of(labels[::-1], geometry.labels)
    size, pixel = geometry.mesh.size_interface / MICROMETRE, geometry.pixel_size / MICROMETRE
    smallest = size if geometry.smallest_island is None else geometry.smallest_island / MICROMETRE
    cleared, islands, pixels = remove_islands(image, math.pi / 4.0 * (smallest / pixel) ** 2)
    cleaned = join_corners(cleared)
    removed = (
        f"{counted(islands, 'island')} ({counted(pixels, 'pixel')}) removed from the image, "
        f"{np.sum(cleaned != cleared)} "
        "pixels changed that met others in a corner only"
    )
    components, owners = number_components(cleaned)
    if len(owners) > MOST_COMPONENTS:
        raise GeometryError(
            f"geometry.smallest_island: the image has {len(owners)} components, more than "
            f"{MOST_COMPONENTS}; raise it"
        )
    raw = trace(components)
    smoothed = smooth(raw, np.array(image.shape[::-1], dtype=float))
    raw, smoothed = (
        [replace(chain, points=pixel * chain.points) for chain in each] for each in (raw, smoothed)
    )
    component_regions = [regions[region_of[owner]] for owner in owners]
    mesh = mesh_partition(
        sample(smoothed, raw, size),
        component_regions,
        layers_of(geometry, regions),
        size,
        geometry.mesh.size_bulk / MICROMETRE,
        0,
        Path(path),
        MeshControl.from_settings(geometry.mesh),
    )
    kept = shares(region_of[image if geometry.smallest_island is None else cleared])
    notes = fraction_notes(mesh, regions, shares(region_of[image]), kept, removed)
    lengths = tuple(length_notes(geometry, stack=False))
    return replace(mesh, notes=(*notes, *lengths), cautions=lengths)


def length_notes(geometry: Any, *, stack: bool) -> list[str]:
    """Return a note for each length of the case that is not the one that the image states.

    Parameters
    ----------
    geometry : object
        With path, pixel_size [m] and, of a stack, page_distance [m] or None for pixel_size.
    stack : bool
        Whether the image has pages, whose distance counts too.
    """
    pixel = geometry.pixel_size
    lengths = [("pixel_size", pixel)]
    if stack:
        lengths.append(("page_distance", getattr(geometry, "page_distance", None) or pixel))
    stated = said_pixel(Path(geometry.path))
    return [
        f"geometry.{key} is {length / MICROMETRE:.4g} um; the image states {said / MICROMETRE:.4g}"
        for (key, length), said in zip(lengths, stated, strict=False)
        if said is not None and abs(said - length) > SAME_LENGTH * said
    ]


def layers_of(geometry: Any, regions: Sequence[str]) -> Layers:
    """Return the layers that a geometry asks for around what has some regions.

    Parameters
    ----------
    geometry : object
        With {lithium, separator, collector}_thickness [m] or None.
    regions : sequence of str
        Regions that are there already.

    Raises
    ------
    GeometryError
        A layer has the name of one of them.
    """
    asked = {
        name: getattr(geometry, f"{name}_thickness")
        for name in ("separator", "lithium", "collector")
    }
    given = {name: value / MICROMETRE for name, value in asked.items() if value is not None}
    twice = sorted(given.keys() & set(regions))
    if twice:
        raise GeometryError(
            f"geometry.{twice[0]}_thickness: '{twice[0]}' is a region of its own already"
        )
    below = tuple((name, given[name]) for name in ("separator", "lithium") if name in given)
    return Layers(below, tuple((name, given[name]) for name in ("collector",) if name in given))
