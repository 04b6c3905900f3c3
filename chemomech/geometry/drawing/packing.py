"""Random packings of particles without overlap in a box: discs in a rectangle, spheres in a cuboid.

Radii are drawn from a normal distribution truncated to [radius_minimum, radius_maximum]; as many
are kept as come closest to the asked fraction, and all are then scaled by one common factor,
clipped to the same interval, so that the fraction is met exactly. Particles are inserted at random
places, the largest first. Those that find no free place (random insertion jams near 0.5 in 2D,
below 0.4 in 3D) are put where they overlap least, and overlapping particles are pushed apart until
every gap, also to the walls, is at least the asked one. In 3D the energy of soft spheres, sum of
squared overlaps, is minimised first: pushing pair by pair stops at looser packings.

Periodic sides, across all axes but the last: what leaves the box at x = 0 comes in at x = width, so
that no layer of particles lies flat against a wall. A side passes a particle by at least the gap or
cuts it no further than DEEPEST_CUT radii from its centre: a shallower cut would leave a sliver. In
3D the same holds for the edge where two sides meet, which passes a sphere by CLEAR_EDGE or more
radii from its centre or cuts it no further than DEEPEST_EDGE.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import truncnorm

from chemomech.geometry.drawing.room import Room, insert, push_apart, relax
from chemomech.geometry.errors import GeometryError
from chemomech.units.words import counted

# Relative; the fraction is met exactly unless radius_minimum and radius_maximum nearly agree.
FRACTION_TOLERANCE = 0.01
ATTEMPTS = 4
SHARES = {2: "area_fraction", 3: "volume_fraction"}
KEY = "geometry.particles"


class PackingError(GeometryError):
    """The asked packing was not reached; the message says what was and which key to change."""


def pack_discs(
    width: float,
    height: float,
    *,
    radius_mean: float,
    radius_standard_deviation: float,
    radius_minimum: float,
    radius_maximum: float,
    area_fraction: float,
    minimum_gap: float,
    seed: int,
    periodic: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (n, 2) and radii (n,) of discs in [0, width] x [0, height], the largest first.

    All lengths are in one unit. The same seed gives the same packing.

    Parameters
    ----------
    width, height : float
        Extent of the rectangle, > 0.
    radius_mean, radius_standard_deviation, radius_minimum, radius_maximum : float
        Truncated normal distribution of the radii; > 0, the deviation >= 0.
    area_fraction : float
        Share of the rectangle, in (0, 1); up to about 0.65 is reached for ten radii or more across
        it.
    minimum_gap : float
        Gap between discs and to all four walls, >= 0.
    seed : int
        Seed of the random numbers.
    periodic : bool
        Gaps hold to the lower and upper wall only, with centres in [0, width) and discs that go on
        at the other side.

    Raises
    ------
    PackingError
        The packing is not reached.
    """
    distribution = (radius_mean, radius_standard_deviation, radius_minimum, radius_maximum)
    return pack_spheres(
        np.array([width, height]), distribution, area_fraction, minimum_gap, seed, periodic
    )


def pack_spheres(
    box: np.ndarray,
    distribution: tuple[float, float, float, float],
    fraction: float,
    gap: float,
    seed: int,
    periodic: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (n, d) and radii (n,) of a packing of d-spheres in a box, d = 2 or 3.

    200 spheres between periodic sides reach 0.55 with a gap of 4 % of the radius.

    Parameters
    ----------
    box : (d,) array
        Extent of the box.
    distribution : (float, float, float, float)
        Mean, standard deviation, minimum and maximum of the radius.
    fraction : float
        Share of the box, in (0, 1).
    gap : float
        Gap between spheres and to the walls, >= 0.
    seed : int
        Seed of the random numbers.
    periodic : bool
        Whether the sides across all axes but the last are periodic.

    Raises
    ------
    PackingError
        The packing is not reached.
    """
    box = np.asarray(box, dtype=float)
    _check(box, distribution, fraction, gap)
    generator = np.random.default_rng(seed)
    room = Room(box, gap, periodic)
    for _ in range(ATTEMPTS):
        centres, radii = _attempt(room, distribution, fraction, generator)
        if room.is_kept(centres, radii):
            return centres, radii
    reached = fraction
    while not room.is_kept(centres, radii):
        reached *= 0.95
        centres, radii = _attempt(room, distribution, reached, generator)
    raise PackingError(
        f"{KEY}.{SHARES[len(box)]}: {fraction:.3g} was not reached, but {reached:.3g} was; lower "
        f"it, or lower {KEY}.minimum_gap or the radii, or take a larger box or another seed"
    )


def _attempt(
    room: Room, distribution: tuple, fraction: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return one packing; PackingError when a gap is not kept."""
    radii = draw_radii(room.box, distribution, fraction, generator)
    times = np.ones(len(room.box))
    times[room.lateral] = 2.0
    space = 2.0 * (radii[0] + room.gap) * times
    if np.any(space > room.box):
        sides = " x ".join(f"{side:.3g}" for side in room.box)
        twice = ", twice across periodic sides," if room.periodic else ""
        raise PackingError(
            f"{KEY}.radius_maximum: a particle of radius {radii[0]:.3g} with a gap of "
            f"{room.gap:.3g} to both sides{twice} does not fit into a box of {sides}"
        )
    centres = insert(room, radii, generator)
    if len(room.box) == 3:
        centres = relax(centres, radii, room)
    return push_apart(centres, radii, room), radii


def sphere_measures(radii: np.ndarray, dimension: int) -> np.ndarray:
    """Return the areas π r² (dimension 2) or volumes 4/3 π r³ (dimension 3)."""
    return np.pi * radii**2 if dimension == 2 else 4.0 / 3.0 * np.pi * radii**3


def draw_radii(
    box: np.ndarray, distribution: tuple, fraction: float, generator: np.random.Generator
) -> np.ndarray:
    """Return radii, the largest first, whose discs or spheres fill a fraction of a box.

    Parameters
    ----------
    box : (d,) array
        Extent of the box.
    distribution : (float, float, float, float)
        Mean, standard deviation, minimum and maximum of the radius, see the module.
    fraction : float
        Share of the box.
    generator : numpy.random.Generator
        Source of the random numbers.
    """
    mean, deviation, smallest, largest = distribution
    dimension, target = len(box), fraction * np.prod(box)
    enough = math.ceil(target / sphere_measures(np.array(smallest), dimension)) + 1
    radii = np.full(enough, mean)
    if deviation > 0.0 and largest > smallest:
        low, high = (smallest - mean) / deviation, (largest - mean) / deviation
        radii = truncnorm.rvs(low, high, mean, deviation, size=enough, random_state=generator)
    filled = np.cumsum(sphere_measures(radii, dimension))
    radii = radii[: 1 + int(np.argmin(np.abs(filled - target)))]

    def excess(factor: float) -> float:
        return (
            sphere_measures(np.clip(factor * radii, smallest, largest), dimension).sum() / target
            - 1.0
        )

    bounds = smallest / largest, largest / smallest
    if excess(bounds[0]) < 0.0 < excess(bounds[1]):
        factor = brentq(excess, *bounds)
    else:
        factor = min(bounds, key=lambda bound: abs(excess(bound)))
    if abs(excess(factor)) > FRACTION_TOLERANCE:
        raise PackingError(
            f"{KEY}.{SHARES[dimension]}: with {counted(len(radii), 'particle')} between "
            f"{KEY}.radius_minimum and {KEY}.radius_maximum the nearest to {fraction:.4g} is "
            f"{fraction * (1 + excess(factor)):.4g}; ask for that, or widen the interval of radii"
        )
    return np.sort(np.clip(factor * radii, smallest, largest))[::-1]


def _check(box: np.ndarray, distribution: tuple, fraction: float, gap: float) -> None:
    """Raise PackingError for a packing that cannot be."""
    mean, deviation, smallest, largest = distribution
    if not 0.0 < smallest <= mean <= largest:
        raise PackingError(
            f"{KEY}: 0 < radius_minimum <= radius_mean <= radius_maximum is needed, not "
            f"{smallest:.3g}, {mean:.3g}, {largest:.3g}"
        )
    if deviation < 0.0:
        raise PackingError(
            f"{KEY}.radius_standard_deviation must not be negative, it is {deviation:.3g}"
        )
    if not 0.0 < fraction < 1.0:
        raise PackingError(
            f"{KEY}.{SHARES[len(box)]} must lie between 0 and 1, it is {fraction:.3g}"
        )
    if gap < 0.0:
        raise PackingError(f"{KEY}.minimum_gap must not be negative, it is {gap:.3g}")
    if np.any(box <= 0.0):
        raise PackingError(f"the box of the particles must have positive sides, not {box.tolist()}")
