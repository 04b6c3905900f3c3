"""What fills a layer: particles packed by kind, grains, the binder, flaws by rule.

Lengths are in micrometres.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.drawing.bodies import Strip, bodies_of, pack
from chemomech.geometry.drawing.mosaic import cells, shrink_to_areas
from chemomech.geometry.drawing.packing import PackingError, draw_radii
from chemomech.geometry.drawing.shapes import (
    Below,
    Both,
    Disc,
    Either,
    Ellipse,
    Polygon,
    Shifted,
    Slit,
)
from chemomech.geometry.errors import GeometryError
from chemomech.units.field import MICROMETRE

ATTEMPTS, LOWER, LOWEST = 3, 0.95, 8
POLYGONS_PACKED_AS = 0.55  # share at which polygons are packed as discs before they grow
EVENING, POINTS_PER_GRAIN = 5, 60
MOST_GRAINS = 20_000


@dataclass(frozen=True, eq=False)
class Particle:
    """A particle: the number of its kind and its outline."""

    kind: int
    shape: object


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


def spread_grains(
    inside: Callable[[NDArray], NDArray],
    box: np.ndarray,
    area: float,
    grains: Any,
    wrap: Callable[[NDArray], NDArray],
    generator: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return seeds (k, 2) and weights (k,) of grains in a body.

    Parameters
    ----------
    inside : function
        Points (n, 2) -> whether they lie in the body (n,).
    box : (2, 2) array
        Lower and upper corner around the body.
    area : float
        Of the body.
    grains : object
        size [m] and spread that the geometry asks for.
    wrap : function
        Vectors -> vectors to nearest images.
    generator : numpy.random.Generator
        Source of the random numbers.

    Raises
    ------
    GeometryError
        There would be too many grains, or the body is too thin for them.
    """
    size = grains.size / MICROMETRE
    count = max(1, round(area / (0.25 * np.pi * size**2)))
    if count > MOST_GRAINS:
        raise GeometryError(
            f"geometry.layers: {count} grains in one body, more than {MOST_GRAINS}; "
            "raise grains.size"
        )
    points = np.empty((0, 2))
    for _ in range(20):
        new = generator.uniform(*box, (2 * POINTS_PER_GRAIN * count, 2))
        points = np.concatenate([points, new[inside(new)]])
        if len(points) >= POINTS_PER_GRAIN * count:
            break
    if len(points) < count:
        raise GeometryError("geometry.layers: a body is too thin for its grains")
    seeds = points[:count].copy()
    radii = 0.5 * size * np.clip(1.0 + grains.spread * generator.standard_normal(count), 0.3, 2.0)
    weights = radii**2 if grains.spread > 0.0 else np.zeros(count)
    for _ in range(EVENING):
        nearest = np.empty(len(points), dtype=int)
        for some in np.array_split(np.arange(len(points)), len(points) * count // 2_000_000 + 1):
            apart = wrap(points[some][:, None] - seeds)
            nearest[some] = np.argmin(np.sum(apart**2, axis=2) - weights, axis=1)
        held = np.bincount(nearest, minlength=count)
        shift = wrap(points - seeds[nearest])
        for axis in range(2):
            seeds[:, axis] += np.bincount(nearest, shift[:, axis], count) / np.maximum(held, 1)
    return seeds, weights


@dataclass(frozen=True, eq=False)
class Meniscus:
    """Where the distances to the two nearest of several shapes add up to less than `level`."""

    shapes: tuple
    level: float
    box: np.ndarray
    corners = np.empty((0, 2))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """(d1 + d2 - level) / 2."""
        first, second = (np.full(len(points), self.level) for _ in range(2))
        for shape in self.shapes:
            low, high = shape.box + self.level * np.array([[-1.0], [1.0]])
            near = np.flatnonzero(np.all((points >= low) & (points <= high), axis=1))
            found = shape.distance(points[near])
            second[near] = np.minimum(second[near], np.maximum(first[near], found))
            first[near] = np.minimum(first[near], found)
        return 0.5 * (first + second - self.level)


def binder(shapes: list, layer: tuple, strip: Strip, share: float, step: float, key: str) -> Both:
    """Return the shape of a binder between particles.

    Parameters
    ----------
    shapes : list
        The particles, images included.
    layer : tuple
        The shapes above and below the lines of the layer.
    strip : Strip
        The layer.
    share : float
        Share of the strip that the binder covers outside the particles.
    step : float
        Distance of the points by which areas are counted.
    key : str
        Where the layer stands in the case, for messages.

    Raises
    ------
    GeometryError
        The particles leave less than the share.
    """
    box = np.array([[0.0, strip.low], [strip.width, strip.high]])
    x, y = (np.arange(low + 0.5 * step, high, step) for low, high in box.T)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    largest = 0.5 * (strip.high - strip.low)
    flat = tuple(
        one for shape in shapes for one in (shape.shapes if type(shape) is Either else (shape,))
    )
    sums = 2.0 * Meniscus(flat, largest, box).distance(points) + largest
    outside = np.all([each.contains(points) for each in layer], axis=0)
    outside &= Either(flat, largest).distance(points) > 0.0
    wanted = round(share * strip.area / step**2)
    if wanted >= 0.95 * outside.sum():
        raise GeometryError(
            f"{key}.binder.area_fraction: {share:.3g} asked, the particles leave "
            f"{outside.sum() * step**2 / strip.area:.3g}"
        )
    return Both((Meniscus(flat, float(np.sort(sums[outside])[wanted]), box), *layer))


def place_flaws(
    flaw: Any,
    strip: Strip,
    layer: tuple,
    seeds: NDArray | None,
    generator: np.random.Generator,
    key: str,
) -> list:
    """Return the shapes of the flaws of one rule, cut off at the faces of their layer.

    Parameters
    ----------
    flaw : object
        What the geometry asks for.
    strip : Strip
        The layer.
    layer : tuple
        The shapes above and below the lines of the layer.
    seeds : (k, 2) array or None
        Seeds of the layer's grains.
    generator : numpy.random.Generator
        Source of the random numbers.
    key : str
        Where the flaw stands in the case, for messages.

    Raises
    ------
    GeometryError
        A flaw does not fit in the layer.
    """
    depth, width = flaw.depth / MICROMETRE, flaw.width / MICROMETRE
    shapes = []
    for number in range(flaw.count):
        x = strip.width * (number + generator.uniform(0.25, 0.75)) / flaw.count
        lower, upper = (np.interp(x, *line.T) for line in (strip.lower, strip.upper))
        if flaw.at in ("bottom", "top"):
            sign, y = (1.0, lower) if flaw.at == "bottom" else (-1.0, upper)
            way = np.array([np.sin(flaw.angle), sign * np.cos(flaw.angle)])
            mouth = np.array([x, y])
            if depth * np.cos(flaw.angle) >= upper - lower:
                raise GeometryError(
                    f"{key}.depth: {depth:.3g} um is not less than the layer, "
                    f"{upper - lower:.3g} um"
                )
            ends = mouth - 2.0 * width * way, mouth + (depth - 0.5 * width) * way
            shape = (
                Slit(*ends, 0.5 * width)
                if flaw.shape == "slit"
                else Ellipse(mouth, (depth, 0.5 * width), float(np.arctan2(way[1], way[0])))
            )
        else:
            way, middle = np.array([np.sin(flaw.angle), np.cos(flaw.angle)]), np.array([x, 0.0])
            if flaw.at == "inside":
                reach = 0.5 * depth * abs(np.cos(flaw.angle)) + width
                if not lower + reach < upper - reach:
                    raise GeometryError(
                        f"{key}.depth: {depth:.3g} um does not fit inside the layer"
                    )
                middle[1] = generator.uniform(lower + reach, upper - reach)
            else:
                middle, way = _on_grain_boundary(seeds, strip, generator)
            half = max(0.5 * (depth - width), 1e-3 * depth)
            shape = (
                Slit(middle - half * way, middle + half * way, 0.5 * width)
                if flaw.shape == "slit"
                else Ellipse(middle, (0.5 * depth, 0.5 * width), float(np.arctan2(way[1], way[0])))
            )
        shapes.append(shape)
    images = list(shapes)
    if strip.periodic:
        images += [
            Shifted(shape, np.array([by, 0.0]))
            for shape in shapes
            for by in (-strip.width, strip.width)
            if shape.box[0, 0] + by < strip.width and shape.box[1, 0] + by > 0.0
        ]
    return [Both((shape, *layer)) for shape in images]


def _on_grain_boundary(
    seeds: NDArray, strip: Strip, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a point of a boundary between two neighbouring grains and the boundary's direction.

    The grains are of one size.
    """
    for _ in range(200):
        one = seeds[generator.integers(len(seeds))]
        way = strip.wrap(seeds - one)
        other = way[np.argsort(np.linalg.norm(way, axis=1))[1]]
        middle = one + 0.5 * other
        if strip.is_between(middle[None])[0] and 0.0 < middle[0] < strip.width:
            break
    across = np.array([-other[1], other[0]]) / np.linalg.norm(other)
    return middle, across


def between(lower: np.ndarray, upper: np.ndarray) -> tuple:
    """Return the shapes above one line (k, 2) and below another."""
    return Below(lower, -1.0), Below(upper)
