"""A box for discs or spheres, and how they come to lie in it: inserted, relaxed, pushed apart.

The last step is the one that ensures the gaps; see `packing` for what the steps are there for.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree

INSERTION_ROUNDS, INSERTION_TRIALS = 20, 20
SWEEPS = 3000
PUSHES = 600_000  # particles times sweeps of one attempt at most: seconds
PATIENCE = 300
RELAXATIONS = 3000
DEEPEST_CUT = 0.7
DEEPEST_EDGE, CLEAR_EDGE = 0.8, 1.15


@dataclass(frozen=True)
class Room:
    """A box for particles that keep a gap to each other and to its walls.

    Attributes
    ----------
    box : (d,) array
        Its extent.
    gap : float
        The gap, in the same unit.
    periodic : bool
        Walls are then only across the last axis.
    """

    box: np.ndarray
    gap: float
    periodic: bool = False

    @property
    def lateral(self) -> slice:
        """The periodic axes."""
        return slice(0, len(self.box) - 1 if self.periodic else 0)

    def apart(self, from_: np.ndarray, to: np.ndarray) -> np.ndarray:
        """Return the vectors (..., d) from one place to the nearest image of another."""
        vectors, width = to - from_, self.box[self.lateral]
        vectors[..., self.lateral] -= width * np.round(vectors[..., self.lateral] / width)
        return vectors

    def pairs(self, centres: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        """Return all pairs (first, second) of particles whose centres are within reach."""
        size = np.append(self.box[:-1], 0.0) if self.periodic else None
        tree = cKDTree(centres, boxsize=size)
        first, second = tree.query_pairs(reach, output_type="ndarray").T
        return first, second

    def place(self, centres: np.ndarray, radii: np.ndarray) -> np.ndarray:
        """Return centres (n, d) moved inside.

        They come off the walls, and where a periodic side cuts a particle, to a cut deep enough.
        """
        low = np.repeat((radii + self.gap)[:, None], len(self.box), axis=1)
        inside = np.clip(centres, low, self.box - low)
        if not self.periodic:
            return inside
        width = self.box[self.lateral]
        place = np.mod(centres[:, self.lateral], width)
        place[place >= width] = 0.0
        lower = place < 0.5 * width
        distance = _cut_or_clear(np.where(lower, place, width - place), radii, self.gap)
        place = np.where(lower, distance, width - distance)
        place[place >= width] = 0.0
        inside[:, self.lateral] = place
        return inside

    def is_kept(self, centres: np.ndarray, radii: np.ndarray) -> bool:
        """Return whether no two particles are closer than the gap."""
        first, second = self.pairs(centres, 2.0 * radii.max() + self.gap)
        distance = np.linalg.norm(self.apart(centres[first], centres[second]), axis=1)
        return bool(np.all(distance >= radii[first] + radii[second] + self.gap))


def _cut_or_clear(distance: np.ndarray, radii: np.ndarray, gap: float) -> np.ndarray:
    """Return distances (n, d - 1) to the nearest sides, changed where these would leave slivers."""
    deep, clear = DEEPEST_CUT * radii[:, None], radii[:, None] + gap
    nearest = np.where(distance - deep < clear - distance, deep, clear)
    distance = np.where((distance > deep) & (distance < clear), nearest, distance)
    if distance.shape[1] > 1:
        edge = np.linalg.norm(distance, axis=1)
        grazed = (
            (distance < radii[:, None]).all(axis=1)
            & (edge > DEEPEST_EDGE * radii)
            & (edge < CLEAR_EDGE * radii)
        )
        distance[grazed] *= (DEEPEST_EDGE * radii[grazed] / edge[grazed])[:, None]
    return distance


def insert(room: Room, radii: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return centres (n, d), each at the first free one of many random places.

    Where none is free a particle stands where it overlaps least.

    Parameters
    ----------
    room : Room
        The box.
    radii : (n,) array
        Radii, the largest first.
    generator : numpy.random.Generator
        Source of the random numbers.
    """
    dimension = len(room.box)
    centres = np.empty((len(radii), dimension))
    for number, radius in enumerate(radii):
        margin = np.full(dimension, radius + room.gap)
        margin[room.lateral] = 0.0
        best = -np.inf
        for _ in range(INSERTION_ROUNDS):
            places = generator.uniform(margin, room.box - margin, (INSERTION_TRIALS, dimension))
            places = room.place(places, np.full(INSERTION_TRIALS, radius))
            distances = np.linalg.norm(room.apart(centres[None, :number], places[:, None]), axis=2)
            clearance = np.min(
                distances - radii[:number] - radius - room.gap, axis=1, initial=np.inf
            )
            choice = (
                np.argmax(clearance >= 0.0) if np.any(clearance >= 0.0) else np.argmax(clearance)
            )
            if clearance[choice] > best:
                best, centres[number] = clearance[choice], places[choice]
            if best >= 0.0:
                break
    return centres


def relax(centres: np.ndarray, radii: np.ndarray, room: Room) -> np.ndarray:
    """Return centres at a minimum of sum (overlap² + depth²) / 2, found by L-BFGS.

    overlap: of two particles with their gap; depth: into the distances from a periodic side that
    leave slivers; both in mean radii.

    Parameters
    ----------
    centres : (n, d) array
        Where the particles start.
    radii : (n,) array
        Their radii.
    room : Room
        The box.
    """
    unit, room_there = radii.mean(), room
    centres, radii = centres / unit, radii / unit
    room = Room(room.box / unit, room.gap / unit, room.periodic)
    low = np.repeat((radii + room.gap)[:, None], len(room.box), axis=1)
    high = room.box - low
    low[:, room.lateral], high[:, room.lateral] = -np.inf, np.inf
    width, aim = room.box[room.lateral], room.gap + 2e-3
    deep, clear = DEEPEST_CUT * radii[:, None], radii[:, None] + room.gap

    def energy(flat: np.ndarray) -> tuple[float, np.ndarray]:
        places = flat.reshape(centres.shape).copy()
        x = np.mod(places[:, room.lateral], width)
        x[x >= width] = 0.0
        places[:, room.lateral] = x
        first, second = room.pairs(places, 2.0 * radii.max() + aim)
        apart = room.apart(places[first], places[second])
        distance = np.maximum(np.linalg.norm(apart, axis=1), np.finfo(float).tiny)
        overlap = np.maximum(radii[first] + radii[second] + aim - distance, 0.0)
        slope, push = np.zeros_like(places), (overlap / distance)[:, None] * apart
        np.add.at(slope, first, push)
        np.subtract.at(slope, second, push)
        lower = x < 0.5 * width
        beyond = np.where(lower, x, width - x)
        inward = beyond - deep < clear - beyond
        depth = np.maximum(np.minimum(beyond - deep, clear - beyond), 0.0)
        slope[:, room.lateral] += np.where(inward == lower, depth, -depth)
        return 0.5 * (np.sum(overlap**2) + np.sum(depth**2)), slope.ravel()

    options = {"maxiter": RELAXATIONS, "maxfun": 2 * RELAXATIONS, "ftol": 1e-16, "gtol": 1e-9}
    bounds = list(zip(low.ravel(), high.ravel(), strict=True))
    found = minimize(
        energy, centres.ravel(), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    )
    return room_there.place(unit * found.x.reshape(centres.shape), unit * radii)


def push_apart(centres: np.ndarray, radii: np.ndarray, room: Room) -> np.ndarray:
    """Return centres after sweeps that move each pair closer than the gap apart.

    Each of the two moves by half of what is missing. The aim is a little more than the gap, so that
    the sweeps end after a finite number; they also end when PATIENCE sweeps have not brought the
    largest of what is missing below nine tenths.

    Parameters
    ----------
    centres : (n, d) array
        Where the particles start.
    radii : (n,) array
        Their radii.
    room : Room
        The box.
    """
    aim, before = room.gap + 1e-3 * radii.mean(), np.inf
    for sweep in range(min(SWEEPS, PUSHES // len(radii))):
        if room.is_kept(centres, radii):
            break
        first, second = room.pairs(centres, 2.0 * radii.max() + aim)
        apart = room.apart(centres[first], centres[second])
        distance = np.maximum(np.linalg.norm(apart, axis=1), np.finfo(float).tiny)
        missing = np.maximum(radii[first] + radii[second] + aim - distance, 0.0)
        if sweep % PATIENCE == 0:
            if missing.max() > 0.9 * before:
                break
            before = missing.max()
        push = (0.5 * missing / distance)[:, None] * apart
        shift = np.zeros_like(centres)
        np.add.at(shift, second, push)
        np.subtract.at(shift, first, push)
        centres = room.place(centres + shift, radii)
    return centres


def keeps_gap(centres: np.ndarray, radii: np.ndarray, gap: float) -> bool:
    """Return whether no two particles are closer than the gap."""
    return Room(np.ptp(centres, axis=0), gap).is_kept(centres, radii)
