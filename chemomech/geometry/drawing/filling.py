"""What fills a layer beside its particles: grains, the binder, flaws by rule.

Lengths are in micrometres.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.drawing.bodies import Strip
from chemomech.geometry.drawing.shapes import Below, Both, Either, Ellipse, Shifted, Slit
from chemomech.geometry.errors import GeometryError
from chemomech.units.field import MICROMETRE

EVENING, POINTS_PER_GRAIN = 5, 60
MOST_GRAINS = 20_000


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
        new = generator.uniform(box[0], box[1], (2 * POINTS_PER_GRAIN * count, 2))
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

    shapes: tuple[Any, ...]
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
    images: list[Any] = list(shapes)
    if strip.periodic:
        images += [
            Shifted(shape, np.array([by, 0.0]))
            for shape in shapes
            for by in (-strip.width, strip.width)
            if shape.box[0, 0] + by < strip.width and shape.box[1, 0] + by > 0.0
        ]
    return [Both((shape, *layer)) for shape in images]


def _on_grain_boundary(
    seeds: Any, strip: Strip, generator: np.random.Generator
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
