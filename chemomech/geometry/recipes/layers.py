"""The recipe "layers": a list of layers, painted one over the other and meshed.

Layers have rough or toothed faces, particles, coatings, necks, binder, grains, pores and flaws.
They are painted (scene.py) and meshed as a planar partition. Lengths are in micrometres inside.
"""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.drawing import profile
from chemomech.geometry.drawing.bodies import Strip
from chemomech.geometry.drawing.filling import between, binder, place_flaws, spread_grains
from chemomech.geometry.drawing.mosaic import polygon_area
from chemomech.geometry.drawing.particles import join_particles, pack_layer
from chemomech.geometry.drawing.planar import Layers, mesh_partition
from chemomech.geometry.drawing.sampling import SMALLEST_SHARE, crossings, sample
from chemomech.geometry.drawing.scene import (
    LONGEST_MOVE,
    Item,
    Partition,
    Scene,
    TooFine,
    partition,
)
from chemomech.geometry.drawing.shapes import Disc, Either, Ellipse, Offset, contains
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.sizes import LOWEST_QUALITY, MeshControl
from chemomech.units.field import MICROMETRE
from chemomech.units.words import counted

PIXELS_PER_EDGE, PIXELS_ACROSS = 5.0, 3.0
FINEST = 0.06  # of size_interface: a pixel for the wedges beside necks
DEFAULT_GAP = 0.4  # of size_interface
THINNEST = 0.2  # of size_interface
SMALLEST_PIECE = 0.6  # of size_interface: diameter of the disc of the smallest component's area
SHORTEST = 0.5  # of size_interface: boundaries between grains below this vanish
# Pixels that boundaries move to where they belong, and whether short ones vanish; the rows are
# tried in turn.
TRIES = ((LONGEST_MOVE, True), (0.5, True), (LONGEST_MOVE, False), (0.5, False), (0.0, False))


def build_layers(geometry: Any, path: str | Path) -> Microstructure:
    """Mesh a cell of layers, write it to `path` and return it.

    What is drawn is meshed in several ways (TRIES) up to the first whose quality is the asked one;
    the best is kept.

    Parameters
    ----------
    geometry : object
        chemomech.case.geometry.LayersGeometry, or any object with its attributes in SI.
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        What is asked cannot be drawn or meshed, or PackingError: the particles do not fit.
    """
    size = geometry.mesh.size_interface / MICROMETRE
    thin = _thinnest(geometry, size)
    scene, notes = draw(geometry)
    pixel = min(size / PIXELS_PER_EDGE, thin / PIXELS_ACROSS, max(_wedge(geometry), FINEST * size))
    shortest = min(SMALLEST_SHARE * size, 0.7 * thin)
    smallest = 0.25 * math.pi * min(SMALLEST_PIECE * size, 2.0 * thin) ** 2
    mesh, removed = _best(geometry, scene, pixel, smallest, size, shortest, Path(path))
    pieces = mesh.components(list(mesh.regions))[0]
    if pieces > 1:
        raise GeometryError(
            f"geometry.layers: pores and flaws cut the cell into {pieces} pieces; ask for fewer or "
            "smaller ones"
        )
    if geometry.cut_off is not None and not {geometry.cut_off} & {*mesh.regions, *geometry.empty}:
        notes.append(
            f"geometry.cut_off: nothing is cut off, so that there is no region {geometry.cut_off}"
        )
    missing = sorted(
        {item.region for item in scene.items if item.region is not None} - set(mesh.regions)
    )
    if missing:
        raise GeometryError(
            f"geometry.layers: nothing is left of {', '.join(missing)} in the mesh; lower "
            "geometry.mesh.size_interface"
        )
    return replace(mesh, notes=(*notes, removed))


def _best(
    geometry: Any,
    scene: Scene,
    pixel: float,
    smallest: float,
    size: float,
    shortest: float,
    path: Path,
) -> tuple[Microstructure, str]:
    """Mesh by TRIES up to the first that will do; return the best one and its note.

    Its file is left as `path`.
    """
    asked = MeshControl.from_settings(geometry.mesh).lowest_quality
    enough = LOWEST_QUALITY if asked is None else asked
    best, removed, why = None, "", ""
    draft = path.with_name(f"try_{path.name}")
    for exact, joins in TRIES:
        try:
            drawn = partition(scene, pixel, smallest, SHORTEST * size if joins else 0.0, exact)
            mesh = _mesh(drawn, scene, geometry, size, shortest, draft)
        except TooFine:
            raise
        except GeometryError as error:
            why = str(error)
            continue
        if best is None or mesh.quality()[0] > best.quality()[0]:
            best, removed = mesh, drawn.removed
            draft.replace(path)
        if best.quality()[0] >= enough:
            break
    draft.unlink(missing_ok=True)
    if best is None:
        raise GeometryError(
            f"geometry.layers: what was drawn cannot be meshed ({why}); lower "
            "geometry.mesh.size_interface or take another seed"
        )
    return best, removed


def _mesh(
    drawn: Partition, scene: Scene, geometry: Any, size: float, shortest: float, path: Path
) -> Microstructure:
    """Mesh what is drawn; GeometryError when its boundaries cross."""
    cut = sample(drawn.chains, drawn.chains, size, shortest)
    if crossings(cut, np.array([scene.width, scene.height])):
        raise GeometryError("boundaries cross when they are cut into edges")
    return mesh_partition(
        cut,
        drawn.regions,
        Layers(),
        size,
        geometry.mesh.size_bulk / MICROMETRE,
        geometry.seed,
        Path(path),
        MeshControl.from_settings(geometry.mesh),
        scene.periodic,
    )


def _thinnest(geometry: Any, size: float) -> float:
    """Return the smallest thickness [um] to resolve; GeometryError where the mesh is too coarse."""
    thin, least = size, THINNEST * size

    def need(value: float, key: str) -> None:
        nonlocal thin
        if value / MICROMETRE < least * (1.0 - 1e-9):
            raise GeometryError(
                f"geometry.layers.{key}: {value / MICROMETRE:.3g} um is less than a fifth of "
                f"geometry.mesh.size_interface, {size:.3g} um; raise it or lower the mesh size"
            )
        thin = min(thin, value / MICROMETRE)

    for number, layer in enumerate(geometry.layers):
        if layer.particles and layer.neck is None:
            need(
                _gap(layer, size) * MICROMETRE,
                f"{number}.minimum_gap (touching particles need a neck)",
            )
        if layer.neck is not None:
            need(layer.neck.reach, f"{number}.neck.reach")
            need(0.5 * layer.neck.width, f"{number}.neck.width: half of it,")
        for at, kind in enumerate(layer.particles):
            if kind.coating is not None:
                need(kind.coating.thickness, f"{number}.particles.{at}.coating.thickness")
            if kind.grains is not None:
                need(0.5 * kind.grains.size, f"{number}.particles.{at}.grains.size: half of it,")
        if layer.grains is not None:
            need(0.5 * layer.grains.size, f"{number}.grains.size: half of it,")
        for at, flaw in enumerate(layer.flaws):
            need(flaw.width, f"{number}.flaws.{at}.width")
            need(0.5 * flaw.depth, f"{number}.flaws.{at}.depth: half of it,")
        need(layer.thickness, f"{number}.thickness")
    return thin


def _wedge(geometry: Any) -> float:
    """Return the distance [um] between two joined discs beside their narrowest neck, w²/4r."""
    found = [
        layer.neck.width**2 / (4.0 * kind.radii[3]) / MICROMETRE
        for layer in geometry.layers
        if layer.neck is not None
        for kind in layer.particles
    ]
    return min(found, default=np.inf)


def _gap(layer: Any, size: float) -> float:
    """Return the smallest gap of a layer's particles [um]."""
    if layer.minimum_gap is not None:
        return layer.minimum_gap / MICROMETRE
    return 0.0 if layer.neck is not None else DEFAULT_GAP * size


def draw(geometry: Any) -> tuple[Scene, list[str]]:
    """Return the scene of a geometry and what there is to say; the same for the same seed."""
    width, size = geometry.width / MICROMETRE, geometry.mesh.size_interface / MICROMETRE
    lines = _faces(geometry, width, size)
    scene = Scene(width, float(lines[-1][0, 1]), geometry.sides == "periodic")
    notes: list[str] = []
    strips = [Strip(width, lower, upper, 0.0, scene.periodic) for lower, upper in pairwise(lines)]
    seeds = [
        _matrix(scene, geometry, layer, strip, n)
        for n, (layer, strip) in enumerate(zip(geometry.layers, strips, strict=True))
    ]
    for number, (layer, strip) in enumerate(zip(geometry.layers, strips, strict=True)):
        generator = np.random.default_rng([geometry.seed, number, 1])
        key = f"geometry.layers.{number}"
        if layer.particles:
            notes += _particles(scene, geometry, layer, strip, generator, key)
        generator = np.random.default_rng([geometry.seed, number, 2])
        for at, flaw in enumerate(layer.flaws):
            faces = between(strip.lower, strip.upper)
            for shape in place_flaws(
                flaw, strip, faces, seeds[number], generator, f"{key}.flaws.{at}"
            ):
                scene.items.append(Item(_region_or_hole(geometry, flaw.region), shape))
    return scene, notes


def _region_or_hole(geometry: Any, region: str) -> str | None:
    """Return a region, or None when the geometry leaves it empty."""
    return None if region in geometry.empty else region


def _faces(geometry: Any, width: float, size: float) -> list[np.ndarray]:
    """Return the faces of all layers as lines, the lowest first.

    Raises GeometryError where two come too close.
    """
    lines, height = [profile.flat(width, 0.0)], 0.0
    for number, layer in enumerate(geometry.layers):
        height += layer.thickness / MICROMETRE
        top = layer.top
        if top is None:
            lines.append(profile.flat(width, height))
        elif top.roughness is not None:
            generator = np.random.default_rng([geometry.seed, number, 0])
            lengths = top.roughness / MICROMETRE, top.correlation_length / MICROMETRE
            lines.append(profile.rough(width, height, *lengths, top.hurst, size, generator))
        else:
            lengths = top.amplitude / MICROMETRE, width / round(geometry.width / top.wavelength)
            if lengths[1] < profile.SHORTEST * size:
                raise GeometryError(
                    f"geometry.layers.{number}.top.wavelength: at least four times "
                    "size_interface is needed"
                )
            sine = top.shape == "sine"
            lines.append(
                profile.wave(width, height, *lengths, size)
                if sine
                else profile.teeth(width, height, *lengths)
            )
        x = np.union1d(lines[-1][:, 0], lines[-2][:, 0])
        nearest = np.min(np.interp(x, *lines[-1].T) - np.interp(x, *lines[-2].T))
        if nearest < 0.5 * size:
            raise GeometryError(
                f"geometry.layers.{number}.top: the faces of the layer come within {nearest:.3g} "
                "um of each other; half of geometry.mesh.size_interface is needed"
            )
    return lines


def _matrix(
    scene: Scene, geometry: Any, layer: Any, strip: Strip, number: int
) -> np.ndarray | None:
    """Paint a layer and return the seeds of its grains or None."""
    shape = between(strip.lower, strip.upper)[0] if number else None
    strays = "" if geometry.cut_off is None else _region_or_hole(geometry, geometry.cut_off)
    if layer.grains is None:
        scene.items.append(Item(layer.region, shape, strays=strays))
        return None
    generator = np.random.default_rng([geometry.seed, number, 3])
    box = np.array([[0.0, strip.low], [strip.width, strip.high]])
    seeds, weights = spread_grains(
        strip.is_between, box, strip.area, layer.grains, strip.wrap, generator
    )
    scene.items.append(Item(layer.region, shape, True, seeds, weights, strays))
    return seeds


def _particles(
    scene: Scene, geometry: Any, layer: Any, strip: Strip, generator: np.random.Generator, key: str
) -> list[str]:
    """Paint binder, coatings and particles of a layer; return what there is to say."""
    size = geometry.mesh.size_interface / MICROMETRE
    thickness = [
        0.0 if kind.coating is None else kind.coating.thickness / MICROMETRE
        for kind in layer.particles
    ]
    room = replace(
        strip,
        gap=_gap(layer, size),
        face_gap=0.0 if layer.neck is None else layer.neck.reach / MICROMETRE,
    )
    particles = pack_layer(layer.particles, np.array(thickness), room, generator, 0.5 * size, key)
    notes = [
        f"{key}.particles.{n}: {sum(each.kind == n for each in particles)} of {kind.region}, "
        f"{sum(_area(each.shape) for each in particles if each.kind == n) / strip.area:.4f} of "
        "the layer"
        for n, kind in enumerate(layer.particles)
    ]
    shapes = [each.shape for each in particles]
    if layer.neck is not None:
        shapes, gaps = join_particles(
            particles, strip, layer.neck.width / MICROMETRE, layer.neck.reach / MICROMETRE
        )
        notes.append(f"{key}.neck: {counted(len(gaps), 'pair')} of particles joined")
    faces = between(strip.lower, strip.upper)
    coats = [
        Offset(shape, thickness[each.kind]) if thickness[each.kind] else shape
        for shape, each in zip(shapes, particles, strict=True)
    ]
    if layer.binder is not None:
        images = [scene.with_images(shape) for shape in coats]
        region = _region_or_hole(geometry, layer.binder.region)
        scene.items.append(
            Item(region, binder(images, faces, strip, layer.binder.area_fraction, 0.25 * size, key))
        )
    for kind, coat in enumerate(layer.particles):
        own = [
            scene.with_images(grown)
            for grown, each in zip(coats, particles, strict=True)
            if each.kind == kind
        ]
        if coat.coating is not None:
            flat = tuple(
                one
                for shape in own
                for one in (shape.shapes if type(shape) is Either else (shape,))
            )
            scene.items.append(
                Item(_region_or_hole(geometry, coat.coating.region), Either(flat, 2.0 * size))
            )
    for shape, each in zip(shapes, particles, strict=True):
        kind, seeds, weights = layer.particles[each.kind], None, None
        if kind.grains is not None:

            def inside(points: np.ndarray, shape: Any = shape) -> np.ndarray:
                return contains(shape, points)

            seeds, weights = spread_grains(
                inside, shape.box, _area(each.shape), kind.grains, strip.wrap, generator
            )
        scene.items.append(
            Item(
                _region_or_hole(geometry, kind.region),
                scene.with_images(shape),
                True,
                seeds,
                weights,
            )
        )
    return notes


def _area(shape: Any) -> float:
    """Return the area of a particle."""
    if isinstance(shape, Disc):
        return math.pi * shape.radius**2
    return (
        math.pi * math.prod(shape.axes)
        if isinstance(shape, Ellipse)
        else polygon_area(shape.corners)
    )
