"""A layered solid-state cell in 2D: lithium, separator, composite cathode, collector.

They lie one above the other in this order. The cathode layer is `electrolyte` that holds discs of
`active` material. Everything is built in micrometres, where gmsh's absolute tolerances suit the
lengths, and written in metres.

Mesh size: `size_interface` along the particles, twice that along lithium | separator and separator
| electrolyte, growing by SIZE_GRADIENT (or mesh.growth of the case) per unit of distance up to
`size_bulk`. A gap narrower than 2 `size_interface` gets half its width as size, so that two
elements lie across it, but never less than SMALLEST_SHARE of `size_interface`; this holds where the
gap is narrowest, up to 1.5 times that width.

Periodic sides: a disc that leaves through one side comes in through the other, so that the cell is
a cut through a wide layer without walls; the two pieces of such a disc are two particles.
"""

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.drawing.packing import pack_discs
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure
from chemomech.geometry.mesh.msh import gmsh_session, read_msh, write_scaled
from chemomech.geometry.mesh.sizes import MeshControl, distance_field, region_fields, use_fields
from chemomech.units.field import MICROMETRE

SMALLEST_SHARE = 0.2
LAYERS = ("lithium", "separator", "cathode", "collector")


def build_layered_cell(geometry: Any, path: str | Path) -> Microstructure:
    """Pack, mesh and write a layered cell, and return it.

    The area fraction counts true discs in the cathode layer; the polygons of the mesh are smaller
    by about (size_interface / radius)² / 6.

    Parameters
    ----------
    geometry : object
        With the attributes, in SI: width, lithium_thickness, separator_thickness,
        cathode_thickness, collector_thickness (> 0), seed, particles.{radius_mean,
        radius_standard_deviation, radius_minimum, radius_maximum, area_fraction, minimum_gap,
        sides}, mesh.{size_interface, size_bulk} and, if it has them, mesh.{size_by_region, growth}.
    path : path
        The file to write (.msh 4.1, metres).

    Raises
    ------
    GeometryError
        A length is impossible, or PackingError: the particles do not fit.
    """
    check_lengths(geometry)
    width, heights = geometry.width / MICROMETRE, layer_heights(geometry)
    size_interface = geometry.mesh.size_interface / MICROMETRE
    size_bulk = geometry.mesh.size_bulk / MICROMETRE
    periodic = geometry.particles.sides == "periodic"
    centres, radii = _particles(geometry, width, heights[3] - heights[2], periodic)
    if periodic:
        centres, radii = _with_images(centres, radii, width)
    walls = (1,) if periodic else (0, 1)
    gaps = narrow_gaps(
        centres, radii, np.array([width, heights[3] - heights[2]]), size_interface, walls
    )
    for heights_in_layer in (centres, gaps):
        heights_in_layer[:, 1] += heights[2]
    with gmsh_session() as gmsh:
        surfaces = _draw(gmsh, width, heights, centres, radii)
        _name(gmsh, width, heights, surfaces)
        _set_sizes(
            gmsh,
            size_interface,
            size_bulk,
            surfaces,
            gaps,
            MeshControl.from_settings(geometry.mesh),
        )
        gmsh.option.setNumber("Mesh.Algorithm", 6)
        gmsh.option.setNumber("Mesh.RandomSeed", geometry.seed + 1)
        gmsh.model.mesh.generate(2)
        write_scaled(gmsh, Path(path), MICROMETRE)
    return read_msh(path)


def _with_images(
    centres: np.ndarray, radii: np.ndarray, width: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the discs and the copies of those that a periodic side cuts, one width further."""
    shift = np.array([width, 0.0])
    at_left, at_right = centres[:, 0] < radii, centres[:, 0] > width - radii
    every = np.concatenate([centres, centres[at_left] + shift, centres[at_right] - shift])
    return every, np.concatenate([radii, radii[at_left], radii[at_right]])


def narrow_gaps(
    centres: np.ndarray,
    radii: np.ndarray,
    box: np.ndarray,
    size_interface: float,
    walls: tuple[int, ...] = (0, 1),
) -> np.ndarray:
    """Return a row (x, y, width, reach) for each gap below 2 size_interface.

    Gaps lie between two discs or a disc and a wall. (x, y) is the middle of the gap; reach =
    √(width R) with 1/R = 1/r₁ + 1/r₂ (wall: r₂ = ∞): so far to both sides the gap is narrower than
    1.5 times its width.

    Parameters
    ----------
    centres : (n, 2) array
        Positions of the discs.
    radii : (n,) array
        Their radii.
    box : (2,) array
        Upper corner of the box from (0, 0).
    size_interface : float
        Edge length along the discs, all in one unit.
    walls : tuple of int
        The axes across which the box ends with walls.
    """
    first, second = np.triu_indices(len(radii), 1)
    apart = centres[second] - centres[first]
    distance = np.linalg.norm(apart, axis=1)
    width = distance - radii[first] - radii[second]
    middle = centres[first] + ((radii[first] + 0.5 * width) / distance)[:, None] * apart
    curvature = 1.0 / radii[first] + 1.0 / radii[second]
    parts = [np.column_stack([middle, width, np.sqrt(np.maximum(width, 0.0) / curvature)])]
    for axis in walls:
        for wall, inward in ((0.0, 1.0), (box[axis], -1.0)):
            width = inward * (centres[:, axis] - wall) - radii
            middle = centres.copy()
            middle[:, axis] = wall + 0.5 * inward * width
            parts.append(np.column_stack([middle, width, np.sqrt(np.maximum(width, 0.0) * radii)]))
    gaps = np.concatenate(parts)
    return gaps[gaps[:, 2] < 2.0 * size_interface]


def layer_heights(geometry: Any) -> np.ndarray:
    """Return the five heights [µm] that bound the four layers."""
    return np.cumsum(
        [0.0] + [getattr(geometry, f"{layer}_thickness") / MICROMETRE for layer in LAYERS]
    )


def _particles(
    geometry: Any, width: float, height: float, periodic: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (n, 2) and radii (n,) of the active particles [µm] in a layer from y = 0."""
    particles = geometry.particles
    return pack_discs(
        width,
        height,
        radius_mean=particles.radius_mean / MICROMETRE,
        radius_standard_deviation=particles.radius_standard_deviation / MICROMETRE,
        radius_minimum=particles.radius_minimum / MICROMETRE,
        radius_maximum=particles.radius_maximum / MICROMETRE,
        area_fraction=particles.area_fraction,
        minimum_gap=particles.minimum_gap / MICROMETRE,
        seed=geometry.seed,
        periodic=periodic,
    )


def _draw(
    gmsh: Any, width: float, heights: np.ndarray, centres: np.ndarray, radii: np.ndarray
) -> dict[str, list[int]]:
    """Draw conforming surfaces and return region name -> surface tags."""
    kernel = gmsh.model.occ
    layers = [(2, kernel.addRectangle(0.0, y, 0.0, width, top - y)) for y, top in pairwise(heights)]
    discs = [(2, kernel.addDisk(x, y, 0.0, r, r)) for (x, y), r in zip(centres, radii, strict=True)]
    _, pieces = kernel.fragment(layers, discs)
    inside = {tag for piece in pieces[: len(layers)] for _, tag in piece}
    kernel.remove(
        [entity for piece in pieces for entity in piece if entity[1] not in inside], recursive=True
    )
    kernel.synchronize()
    active = [tag for piece in pieces[len(layers) :] for _, tag in piece if tag in inside]
    surfaces = {
        layer: [tag for _, tag in piece] for layer, piece in zip(LAYERS, pieces, strict=False)
    }
    surfaces["electrolyte"] = [tag for tag in surfaces.pop("cathode") if tag not in active]
    surfaces["active"] = active
    return surfaces


def _name(gmsh: Any, width: float, heights: np.ndarray, surfaces: dict) -> None:
    """Name the regions and the four outer boundaries."""
    for name, tags in surfaces.items():
        gmsh.model.addPhysicalGroup(2, tags, name=name)
    faces: dict[str, list[int]] = {"bottom": [], "top": [], "left": [], "right": []}
    for _, curve in gmsh.model.getBoundary(
        gmsh.model.getEntities(2), combined=True, oriented=False
    ):
        x, y, _ = gmsh.model.occ.getCenterOfMass(1, curve)
        distances = {"bottom": y, "top": heights[-1] - y, "left": x, "right": width - x}
        faces[min(distances, key=lambda name: abs(distances[name]))].append(curve)
    for name, curves in faces.items():
        gmsh.model.addPhysicalGroup(1, curves, name=name)


def _set_sizes(
    gmsh: Any,
    size_interface: float,
    size_bulk: float,
    surfaces: dict,
    gaps: np.ndarray,
    control: MeshControl,
) -> None:
    """Set the background field of the mesh size, see the module.

    Of control the size gradient and the regions count.
    """
    circles = _curves(gmsh, surfaces["active"])
    separator = _curves(gmsh, surfaces["separator"])
    lines = separator & (
        _curves(gmsh, surfaces["lithium"]) | _curves(gmsh, surfaces["electrolyte"])
    )
    fields = []
    for curves, size in ((circles, size_interface), (lines, min(2.0 * size_interface, size_bulk))):
        samples = _samples(gmsh, curves, size_interface)
        fields.append(
            distance_field(gmsh, 2, sorted(curves), size, size_bulk, control.size_gradient, samples)
        )
    by_region = {name: size / MICROMETRE for name, size in control.by_region.items()}
    fields += region_fields(gmsh, 2, surfaces, by_region, size_bulk, control.size_gradient)
    for x, y, width, reach in gaps:
        size = max(0.5 * width, SMALLEST_SHARE * size_interface)
        ball = gmsh.model.mesh.field.add("Ball")
        numbers = {
            "XCenter": x,
            "YCenter": y,
            "Radius": reach,
            "VIn": size,
            "VOut": size_bulk,
            "Thickness": (size_bulk - size) / control.size_gradient,
        }
        for option, value in numbers.items():
            gmsh.model.mesh.field.setNumber(ball, option, value)
        fields.append(ball)
    use_fields(gmsh, fields)


def _curves(gmsh: Any, surfaces: list[int]) -> set[int]:
    """Return the curves around surfaces."""
    boundary = gmsh.model.getBoundary(
        [(2, tag) for tag in surfaces], combined=False, oriented=False
    )
    return {tag for _, tag in boundary}


def _samples(gmsh: Any, curves: set[int], spacing: float) -> int:
    """Return how many points on each curve stand at least every `spacing`."""
    return math.ceil(max(gmsh.model.occ.getMass(1, curve) for curve in curves) / spacing) + 1


def check_lengths(geometry: Any, lateral: tuple[str, ...] = ("width",)) -> None:
    """Raise GeometryError for lengths that no layered cell can have.

    Parameters
    ----------
    geometry : object
        As for `build_layered_cell`.
    lateral : tuple of str
        Keys of the extents along the layers.
    """
    for key in (*lateral, *(f"{layer}_thickness" for layer in LAYERS)):
        if not getattr(geometry, key) > 0.0:
            raise GeometryError(
                f"geometry.{key} must be positive, it is {getattr(geometry, key):.3g} m"
            )
    if geometry.seed < 0:
        raise GeometryError(f"geometry.seed must not be negative, it is {geometry.seed}")
    interface, bulk = geometry.mesh.size_interface, geometry.mesh.size_bulk
    if not 0.0 < interface <= bulk:
        raise GeometryError(
            "0 < geometry.mesh.size_interface <= geometry.mesh.size_bulk is needed, not "
            f"{interface:.3g} m and {bulk:.3g} m"
        )
    if not geometry.particles.minimum_gap > 0.0:
        raise GeometryError(
            "geometry.particles.minimum_gap must be positive (touching particles leave no room "
            f"for cells), it is {geometry.particles.minimum_gap:.3g} m"
        )
    if interface > geometry.particles.radius_minimum:
        raise GeometryError(
            f"geometry.mesh.size_interface ({interface:.3g} m) must not exceed "
            f"geometry.particles.radius_minimum ({geometry.particles.radius_minimum:.3g} m)"
        )
