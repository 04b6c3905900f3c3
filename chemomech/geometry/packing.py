"""Random packings of particles without overlap in a box: discs in a rectangle, spheres in a cuboid.

Radii are drawn from a normal distribution truncated to [radius_minimum, radius_maximum]; as many are kept
as come closest to the asked fraction, and all are then scaled by one common factor, clipped to the same
interval, so that the fraction is met exactly. Particles are inserted at random places, the largest first.
Those that find no free place (random insertion jams near 0.5 in 2D) are put where they overlap least, and
overlapping particles are pushed apart until every gap, also to the walls, is at least the asked one.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.spatial import cKDTree
from scipy.stats import truncnorm

from .errors import GeometryError

FRACTION_TOLERANCE = 0.01  # relative; met exactly unless radius_minimum and radius_maximum nearly agree
INSERTION_ROUNDS, INSERTION_TRIALS = 20, 20
SWEEPS = 3000
ATTEMPTS = 4
KEY = "geometry.particles"


class PackingError(GeometryError):
    """The asked packing was not reached; the message says what was and which key to change."""

    exit_code = 2


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
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (n, 2) and radii (n,) of discs in [0, width] x [0, height], the largest first.

    width, height, radius_* and minimum_gap in one unit of length (> 0, standard deviation and gap >= 0);
    area_fraction in (0, 1) of the rectangle, up to about 0.6 for ten radii or more across it; minimum_gap
    holds between discs and to all four walls; the same seed gives the same packing. Raises PackingError.
    """
    distribution = (radius_mean, radius_standard_deviation, radius_minimum, radius_maximum)
    return pack_spheres(np.array([width, height]), distribution, area_fraction, minimum_gap, seed)


def pack_spheres(
    box: np.ndarray, distribution: tuple[float, float, float, float], fraction: float, gap: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (n, d) and radii (n,) of a packing of d-spheres in a box (d,), d = 2 or 3.

    distribution: mean, standard deviation, minimum and maximum of the radius; the rest as in `pack_discs`.
    """
    _check(box, distribution, fraction, gap)
    generator = np.random.default_rng(seed)
    for _ in range(ATTEMPTS):
        centres, radii = _attempt(box, distribution, fraction, gap, generator)
        if keeps_gap(centres, radii, gap):
            return centres, radii
    reached = fraction
    while not keeps_gap(centres, radii, gap):
        reached *= 0.95
        centres, radii = _attempt(box, distribution, reached, gap, generator)
    raise PackingError(
        f"{KEY}.area_fraction: {fraction:.3g} was not reached, but {reached:.3g} was; lower it, or lower "
        f"{KEY}.minimum_gap or the radii, or take a larger box or another seed"
    )


def _attempt(
    box: np.ndarray, distribution: tuple, fraction: float, gap: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    radii = draw_radii(box, distribution, fraction, generator)
    if np.any(2.0 * (radii[0] + gap) > box):
        sides = " x ".join(f"{side:.3g}" for side in box)
        raise PackingError(
            f"{KEY}.radius_maximum: a particle of radius {radii[0]:.3g} with a gap of {gap:.3g} to both "
            f"sides does not fit into a box of {sides}"
        )
    return push_apart(insert(box, radii, gap, generator), radii, box, gap), radii


def sphere_measures(radii: np.ndarray, dimension: int) -> np.ndarray:
    """Return the areas π r² (dimension 2) or volumes 4/3 π r³ (dimension 3)."""
    return np.pi * radii**2 if dimension == 2 else 4.0 / 3.0 * np.pi * radii**3


def draw_radii(
    box: np.ndarray, distribution: tuple, fraction: float, generator: np.random.Generator
) -> np.ndarray:
    """Return radii, the largest first, whose discs or spheres fill the fraction of the box (module
    docstring)."""
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
        return sphere_measures(np.clip(factor * radii, smallest, largest), dimension).sum() / target - 1.0

    bounds = smallest / largest, largest / smallest
    if excess(bounds[0]) < 0.0 < excess(bounds[1]):
        factor = brentq(excess, *bounds)
    else:
        factor = min(bounds, key=lambda bound: abs(excess(bound)))
    if abs(excess(factor)) > FRACTION_TOLERANCE:
        raise PackingError(
            f"{KEY}.area_fraction: with {len(radii)} particles between {KEY}.radius_minimum and "
            f"{KEY}.radius_maximum the nearest to {fraction:.4g} is {fraction * (1 + excess(factor)):.4g}; "
            "ask for that, or widen the interval of radii"
        )
    return np.sort(np.clip(factor * radii, smallest, largest))[::-1]


def insert(box: np.ndarray, radii: np.ndarray, gap: float, generator: np.random.Generator) -> np.ndarray:
    """Return centres (n, d): each at the first free one of many random places, else where it overlaps
    least."""
    centres = np.empty((len(radii), len(box)))
    for number, radius in enumerate(radii):
        margin = radius + gap
        best = -np.inf
        for _ in range(INSERTION_ROUNDS):
            places = generator.uniform(margin, box - margin, (INSERTION_TRIALS, len(box)))
            distances = np.linalg.norm(places[:, None] - centres[None, :number], axis=2)
            clearance = np.min(distances - radii[:number] - margin, axis=1, initial=np.inf)
            choice = np.argmax(clearance >= 0.0) if np.any(clearance >= 0.0) else np.argmax(clearance)
            if clearance[choice] > best:
                best, centres[number] = clearance[choice], places[choice]
            if best >= 0.0:
                break
    return centres


def push_apart(centres: np.ndarray, radii: np.ndarray, box: np.ndarray, gap: float) -> np.ndarray:
    """Return centres after sweeps that move each pair closer than the gap apart, each by half of what is
    missing.

    The aim is a little more than the gap, so that the sweeps end after a finite number.
    """
    aim = gap + 1e-3 * radii.mean()
    low = np.broadcast_to((radii + gap)[:, None], centres.shape)
    for _ in range(SWEEPS):
        if keeps_gap(centres, radii, gap):
            break
        first, second = cKDTree(centres).query_pairs(2.0 * radii.max() + aim, output_type="ndarray").T
        apart = centres[second] - centres[first]
        distance = np.maximum(np.linalg.norm(apart, axis=1), np.finfo(float).tiny)
        missing = np.maximum(radii[first] + radii[second] + aim - distance, 0.0)
        push = (0.5 * missing / distance)[:, None] * apart
        shift = np.zeros_like(centres)
        np.add.at(shift, second, push)
        np.subtract.at(shift, first, push)
        centres = np.clip(centres + shift, low, box - low)
    return centres


def keeps_gap(centres: np.ndarray, radii: np.ndarray, gap: float) -> bool:
    """Return whether no two particles are closer than the gap."""
    first, second = cKDTree(centres).query_pairs(2.0 * radii.max() + gap, output_type="ndarray").T
    distance = np.linalg.norm(centres[first] - centres[second], axis=1)
    return bool(np.all(distance >= radii[first] + radii[second] + gap))


def _check(box: np.ndarray, distribution: tuple, fraction: float, gap: float) -> None:
    mean, deviation, smallest, largest = distribution
    if not 0.0 < smallest <= mean <= largest:
        raise PackingError(
            f"{KEY}: 0 < radius_minimum <= radius_mean <= radius_maximum is needed, not "
            f"{smallest:.3g}, {mean:.3g}, {largest:.3g}"
        )
    if deviation < 0.0:
        raise PackingError(f"{KEY}.radius_standard_deviation must not be negative, it is {deviation:.3g}")
    if not 0.0 < fraction < 1.0:
        raise PackingError(f"{KEY}.area_fraction must lie between 0 and 1, it is {fraction:.3g}")
    if gap < 0.0:
        raise PackingError(f"{KEY}.minimum_gap must not be negative, it is {gap:.3g}")
    if np.any(box <= 0.0):
        raise PackingError(f"the box of the particles must have positive sides, not {box.tolist()}")
