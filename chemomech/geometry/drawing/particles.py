"""The particles of a layer: packed by kind, and joined by necks. Lengths are in micrometres."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.drawing.bodies import Strip, bodies_of, pack
from chemomech.geometry.drawing.mosaic import cells, shrink_to_areas
from chemomech.geometry.drawing.packing import PackingError, draw_radii
from chemomech.geometry.drawing.shapes import Disc, Either, Ellipse, Polygon
from chemomech.units.field import MICROMETRE

ATTEMPTS, LOWER, LOWEST = 3, 0.95, 8
POLYGONS_PACKED_AS = 0.55  # share at which polygons are packed as discs before they grow


@dataclass(frozen=True, eq=False)
class Particle:
    """A particle: the number of its kind and its outline."""

    kind: int
    shape: Any


def pack_layer(
    kinds: Sequence[Any],
    coats: np.ndarray,
    strip: Strip,
    generator: np.random.Generator,
    shortest: float,
    key: str,
) -> list[Particle]:
    """Return the particles of all kinds in a strip.

    Parameters
    ----------
    kinds : sequence
        What the geometry asks of each kind of particle.
    coats : (kinds,) array
        Thickness of what lies around the particles of each kind; the strip's gap is kept outside
        it.
    strip : Strip
        The layer.
    generator : numpy.random.Generator
        Source of the random numbers.
    shortest : float
        Edges of polygons below this are joined with the next.
    key : str
        Where the layer stands in the case, for messages.

    Raises
    ------
    PackingError
        They do not fit; the message says what could be reached.
    """
    for scale in (*np.ones(ATTEMPTS), *LOWER ** np.arange(1, LOWEST)):
        found, reached = _attempt(kinds, coats, strip, generator, shortest, float(scale), key)
        if found is not None and scale == 1.0:
            return found
        if found is not None:
            reached = scale
            break
    asked = sum(kind.share for kind in kinds)
    had = (
        f"but {reached * asked:.3g} was; lower it"
        if reached > 0.0
        else f"nor {scale * asked:.3g}; lower it by far"
    )
    raise PackingError(
        f"{key}.particles: a share of {asked:.3g} of the layer (area_fraction or gradient) was not "
        f"reached, {had}, or lower minimum_gap, the coatings or the radii, or take a larger cell "
        "or another seed"
    )


def _attempt(
    kinds: Sequence[Any],
    coats: NDArray,
    strip: Strip,
    generator: np.random.Generator,
    shortest: float,
    scale: float,
    key: str,
) -> tuple[list[Particle] | None, float]:
    """Return particles, or None, and the share reached of what was asked, 0 when unknown."""
    box = np.array([strip.width, strip.area / strip.width])
    drawn = []
    for number, kind in enumerate(kinds):
        try:
            drawn.append(
                draw_radii(
                    box,
                    tuple(value / MICROMETRE for value in kind.radii),
                    scale * kind.share,
                    generator,
                )
            )
        except PackingError as error:
            if scale < 1.0:
                return None, 0.0
            raise PackingError(
                str(error).replace("geometry.particles", f"{key}.particles.{number}")
            ) from None
    owner = np.repeat(np.arange(len(kinds)), [len(each) for each in drawn])
    radii, coats = np.concatenate(drawn), coats[owner]
    if 2.0 * (np.max(radii + coats) + strip.gap) > min(strip.width, strip.high - strip.low):
        raise PackingError(
            f"{key}.particles.{owner[np.argmax(radii)]}.radius_maximum: a particle of radius "
            f"{radii.max():.3g} um, its coating and gaps of {strip.gap:.3g} um do not fit between "
            "the faces of the layer"
        )
    aspect = np.array([kind.aspect_ratio for kind in kinds])[owner]
    polygon = np.array([kind.shape == "polygon" for kind in kinds])[owner]
    shares = [scale * kind.share for kind in kinds]
    angular = sum(
        share for share, kind in zip(shares, kinds, strict=True) if kind.shape == "polygon"
    )
    packed, room, coats_apart = radii.copy(), strip, coats
    if angular > 0.0:
        round_share = sum(shares) - angular
        packed[polygon] *= np.sqrt(
            min(1.0, max(POLYGONS_PACKED_AS - round_share, 0.3 * angular) / angular)
        )
        if round_share == 0.0:
            room, coats_apart = replace(strip, gap=0.0), np.zeros(len(radii))
    axes = np.column_stack([packed * np.sqrt(aspect), packed / np.sqrt(aspect)])
    free = np.array([kind.orientation is None for kind in kinds])[owner] & (aspect > 1.0)
    angles = generator.uniform(0.0, np.pi, len(radii))
    given = np.array([kind.orientation or 0.0 for kind in kinds])[owner]
    bodies = bodies_of(axes, np.where(free, angles, given))
    bodies = replace(bodies, radius=bodies.radius + coats_apart[bodies.owner])
    density = np.array([kind.gradient or (1.0, 1.0) for kind in kinds])[owner]
    placed, kept = pack(bodies, room, density, generator, free)
    if not kept:
        return None, 0.0
    found = [
        Particle(
            int(owner[n]),
            Disc(placed.centres[n], radii[n])
            if aspect[n] == 1.0
            else Ellipse(placed.centres[n], tuple(axes[n]), float(placed.angles[n])),
        )
        for n in np.flatnonzero(~polygon)
    ]
    if polygon.any():
        largest = cells(placed.centres, packed, coats, polygon, strip, shortest)
        shapes, reached = shrink_to_areas(largest, np.pi * radii[polygon] ** 2)
        if reached < 0.995 or len(shapes) < polygon.sum():
            return None, 0.0
        found += [
            Particle(int(kind), Polygon(shape))
            for kind, shape in zip(owner[polygon], shapes, strict=True)
        ]
    return found, 1.0


def join_particles(
    particles: list[Particle], strip: Strip, width: float, reach: float
) -> tuple[list, list[float]]:
    """Return shapes of discs with bridges between those that are close, and their gaps.

    The shapes are to be painted in their order.

    Parameters
    ----------
    particles : list of Particle
        Discs.
    strip : Strip
        The layer.
    width : float
        Width of a bridge.
    reach : float
        Gap below which two discs are joined.
    """
    centres = np.array([each.shape.centre for each in particles])
    radii = np.array([each.shape.radius for each in particles])
    first, second = np.triu_indices(len(particles), 1)
    way = strip.wrap(centres[second] - centres[first])
    distance = np.linalg.norm(way, axis=1)
    gap = distance - radii[first] - radii[second]
    touching = gap < reach
    bridges: list[list] = [[] for _ in particles]
    for a, b, along, length in zip(
        first[touching], second[touching], way[touching], distance[touching], strict=True
    ):
        # The bridge of the second ends where the gap has its middle; that of the first goes on
        # below it, so that its outline does not turn there.
        unit = along / length
        meet = radii[a] + 0.5 * (length - radii[a] - radii[b])
        across = 0.5 * width * np.array([-unit[1], unit[0]])
        for one, start, end in ((a, 0.0, length), (b, length, meet)):
            origin = centres[a] if one == a else centres[b] - length * unit
            ends = [origin + start * unit, origin + end * unit]
            corners = [ends[0] - across, ends[1] - across, ends[1] + across, ends[0] + across]
            bridges[one].append(Polygon(np.array(corners)))
    shapes = [
        Together((each.shape, *own)) if own else each.shape
        for each, own in zip(particles, bridges, strict=True)
    ]
    return shapes, gap[touching].tolist()


@dataclass(frozen=True, eq=False)
class Together(Either):
    """Shapes of one particle, of which what the first holds is counted once.

    Corners are those that the others leave outside.
    """

    @property
    def corners(self) -> np.ndarray:
        """Corners outside all other shapes."""
        found = []
        for shape in self.shapes:
            for corner in shape.corners:
                others = [
                    each.distance(corner[None])[0] for each in self.shapes if each is not shape
                ]
                if min(others) > 0.0:
                    found.append(corner)
        return np.array(found).reshape(-1, 2)
