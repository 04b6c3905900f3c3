"""Random packings of discs and ellipses, mixed, in a strip: insertion, then relaxation.

A body is a set of discs that moves and turns as one: one disc, or a row of discs that covers an
ellipse. Bodies are put in at random between two lines, the largest first, where they overlap least;
then every pair of discs closer than the gap is pushed apart, each by half of what is missing at the
place where they meet: a push p at a lever l moves the centre by p / (1 + (l × n)²/I) and turns the
body by l × p / (I + (l × n)²), I the square of its radius of gyration. This ends when every gap is
kept.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

ROUNDS, TRIALS = 8, 20
SWEEPS, PATIENCE = 2000, 150
PUSHES = 500_000  # discs times sweeps at most: seconds
# Between the points that stand for a line that is not flat, as a share of the smallest disc.
WALL_SPACING = 0.1


@dataclass(frozen=True)
class Strip:
    """Room for bodies between two lines, with walls or periodic sides.

    Attributes
    ----------
    width : float
        x lies in [0, width].
    lower, upper : (k, 2) array
        Points of the two lines, from left to right.
    gap : float
        Distance that bodies keep from each other, and from lines and walls.
    periodic : bool
        Whether what leaves through one side comes in through the other.
    face_gap : float
        A larger distance to the lines and walls, where it is larger.
    """

    width: float
    lower: np.ndarray
    upper: np.ndarray
    gap: float
    periodic: bool
    face_gap: float = 0.0

    @property
    def to_faces(self) -> float:
        """Gap to the lines and walls."""
        return max(self.gap, self.face_gap)

    @property
    def area(self) -> float:
        """Area between the lines."""
        upper, lower = (np.trapezoid(line[:, 1], line[:, 0]) for line in (self.upper, self.lower))
        return float(upper - lower)

    @property
    def low(self) -> float:
        """Lowest height."""
        return float(self.lower[:, 1].min())

    @property
    def high(self) -> float:
        """Largest height."""
        return float(self.upper[:, 1].max())

    def wrap(self, vectors: np.ndarray) -> np.ndarray:
        """Return vectors (..., 2) between nearest images."""
        if self.periodic:
            vectors = vectors.copy()
            vectors[..., 0] -= self.width * np.round(vectors[..., 0] / self.width)
        return vectors

    def wall_points(self, spacing: float) -> np.ndarray:
        """Return points (k, 2) on the lines that are not flat."""
        found = [np.empty((0, 2))]
        for line in (self.lower, self.upper):
            if np.ptp(line[:, 1]) > 0.0:
                length = np.concatenate(
                    [[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
                )
                at = np.linspace(0.0, length[-1], int(np.ceil(length[-1] / spacing)) + 1)
                found.append(
                    np.column_stack([np.interp(at, length, line[:, axis]) for axis in range(2)])
                )
        return np.concatenate(found)

    def is_between(self, points: np.ndarray) -> np.ndarray:
        """Return whether points (n, 2) lie between the lines."""
        x = np.mod(points[:, 0], self.width) if self.periodic else points[:, 0]
        return (points[:, 1] > np.interp(x, *self.lower.T)) & (
            points[:, 1] < np.interp(x, *self.upper.T)
        )


@dataclass(frozen=True)
class Bodies:
    """n bodies of m discs.

    Attributes
    ----------
    centres : (n, 2) array
        Positions of the bodies.
    angles : (n,) array
        How far they are turned [rad].
    inertia : (n,) array
        Squares of the radii of gyration.
    owner : (m,) int array
        Body of a disc.
    offset : (m, 2) array
        Vector from the body's centre to the disc when it is not turned.
    radius : (m,) array
        Radius of the disc.
    """

    centres: np.ndarray
    angles: np.ndarray
    inertia: np.ndarray
    owner: np.ndarray
    offset: np.ndarray
    radius: np.ndarray

    def levers(self) -> np.ndarray:
        """Vectors (m, 2) from the bodies' centres to their discs."""
        cosine, sine = np.cos(self.angles)[self.owner], np.sin(self.angles)[self.owner]
        x, y = self.offset.T
        return np.column_stack([cosine * x - sine * y, sine * x + cosine * y])

    def discs(self) -> np.ndarray:
        """Centres (m, 2) of the discs."""
        return self.centres[self.owner] + self.levers()


def bodies_of(axes: np.ndarray, angles: np.ndarray) -> Bodies:
    """Return bodies at the origin that cover ellipses.

    Parameters
    ----------
    axes : (n, 2) array
        Half axes, the longer first.
    angles : (n,) array
        Direction of the longer axis [rad].
    """
    rows = [_row(a, b) for a, b in axes]
    counts = [len(row) for row in rows]
    row = np.concatenate(rows)
    offset = np.column_stack([row[:, 0], np.zeros(len(row))])
    return Bodies(
        np.zeros((len(axes), 2)),
        np.array(angles),
        0.25 * np.sum(axes**2, axis=1),
        np.repeat(np.arange(len(axes)), counts),
        offset,
        row[:, 1],
    )


def _row(a: float, b: float) -> np.ndarray:
    """Return places along the long axis and radii (k, 2) of discs that cover an ellipse.

    a >= b are its half axes.
    """
    if a <= 1.001 * b:
        return np.array([[0.0, a]])
    count = 2 * int(np.ceil(2.0 * a / b)) + 1
    furthest = (a * a - b * b) / a
    at = furthest * np.sin(np.linspace(-0.5, 0.5, count) * np.pi)
    radius = b * np.sqrt(np.maximum(1.0 - at**2 / (a * a - b * b), 0.0))
    t = np.linspace(0.0, 0.5 * np.pi, 200)
    edge = np.column_stack([a * np.cos(t), b * np.sin(t)])
    missing = np.min(np.hypot(edge[:, :1] - at, edge[:, 1:]) - radius, axis=1).max()
    return np.column_stack([at, radius + missing])


def pack(
    bodies: Bodies,
    strip: Strip,
    density: np.ndarray,
    generator: np.random.Generator,
    turns: np.ndarray,
) -> tuple[Bodies, bool]:
    """Return the bodies placed in a strip, and whether every gap is kept.

    Parameters
    ----------
    bodies : Bodies
        The bodies, wherever they are.
    strip : Strip
        Their room.
    density : (n, 2) array
        How likely each body stands at the bottom and at the top, linear between.
    generator : numpy.random.Generator
        Source of the random numbers.
    turns : (n,) bool array
        Whether a body may turn.
    """
    walls = strip.wall_points(WALL_SPACING * bodies.radius.min())
    placed = _relax(_insert(bodies, strip, walls, density, generator), strip, walls, turns)
    return placed, is_kept(placed, strip, walls)


def is_kept(bodies: Bodies, strip: Strip, walls: np.ndarray) -> bool:
    """Return whether no disc is closer than the gap to one of another body or to a wall.

    Parameters
    ----------
    bodies : Bodies
        The bodies.
    strip : Strip
        Their room.
    walls : (k, 2) array
        Points on the lines that are not flat, see `Strip.wall_points`.
    """
    missing = _contacts(bodies, strip, walls, strip.gap)[2]
    places = bodies.discs()
    inside = strip.is_between(bodies.centres).all()
    inside &= bool(
        np.all(np.abs(places - _clip_to_box(places, bodies.radius, strip)) <= 1e-9 * strip.width)
    )
    return bool(inside and np.all(missing <= 1e-9 * strip.width))


def _insert(
    bodies: Bodies,
    strip: Strip,
    walls: np.ndarray,
    density: np.ndarray,
    generator: np.random.Generator,
) -> Bodies:
    """Return bodies, each at the first free one of several random places.

    Where none is free a body stands where it overlaps least. Heights are drawn body by body from
    equal shares of the asked composition, in a window that widens with every round.
    """
    centres = np.zeros_like(bodies.centres)
    size = np.bincount(bodies.owner, np.pi * bodies.radius**2)
    levers, order = bodies.levers(), np.argsort(-bodies.inertia, kind="stable")
    share = (generator.permutation(len(size)) + 0.5) / len(size)
    placed, placed_radius = np.empty((len(levers), 2)), np.empty(len(levers))
    done = 0
    for body in order:
        own = np.flatnonzero(bodies.owner == body)
        best, reach = (
            -np.inf,
            np.abs(levers[own]).max(axis=0) + bodies.radius[own].max() + strip.to_faces,
        )
        for turn in range(ROUNDS):
            widest = 0.05 if np.ptp(density[body]) == 0.0 else 0.005
            window = 0.5 * (1.0 + 4.0 * turn) / len(size) + widest * turn
            drawn = np.mod(share[body] + generator.uniform(-window, window, TRIALS), 2.0)
            height = _heights(np.where(drawn > 1.0, 2.0 - drawn, drawn), density[body])
            low, high = strip.low + reach[1], strip.high - reach[1]
            side = 0.0 if strip.periodic else min(reach[0], 0.5 * strip.width)
            x = generator.uniform(side, strip.width - side, TRIALS)
            places = np.column_stack([x, low + height * max(high - low, 0.0)])
            discs = places[:, None] + levers[own]
            clear = np.full(TRIALS, np.inf)
            walls_radius = np.full(len(walls), strip.to_faces - strip.gap)
            for others, radius in ((placed[:done], placed_radius[:done]), (walls, walls_radius)):
                if len(others):
                    apart = np.linalg.norm(strip.wrap(others - discs[:, :, None]), axis=-1)
                    apart -= radius + bodies.radius[own][:, None] + strip.gap
                    clear = np.minimum(clear, apart.min(axis=(1, 2)))
            clear[~strip.is_between(places)] = -1e3 * strip.width
            choice = int(np.argmax(clear >= 0.0) if np.any(clear >= 0.0) else np.argmax(clear))
            if clear[choice] > best:
                best, centres[body] = clear[choice], places[choice]
            if best >= 0.0:
                break
        placed[done : done + len(own)] = centres[body] + levers[own]
        placed_radius[done : done + len(own)] = bodies.radius[own]
        done += len(own)
    return replace(bodies, centres=centres)


def _heights(share: np.ndarray, density: np.ndarray) -> np.ndarray:
    """Return the height in [0, 1] below which this share of a linear density lies."""
    low, high = density
    if abs(high - low) < 1e-9 * (high + low):
        return share
    return (np.sqrt(low * low + share * (high * high - low * low)) - low) / (high - low)


def _relax(bodies: Bodies, strip: Strip, walls: np.ndarray, turns: np.ndarray) -> Bodies:
    """Return the bodies pushed apart; it ends early when PATIENCE sweeps do not help."""
    aim, before = strip.gap + 2e-3 * bodies.radius.mean(), np.inf
    free = turns.astype(float)
    for sweep in range(max(PATIENCE, min(SWEEPS, PUSHES // len(bodies.radius)))):
        if is_kept(bodies, strip, walls):
            break
        first, second, missing, normal = _contacts(bodies, strip, walls, aim)
        if sweep % PATIENCE == 0:
            largest = missing.max(initial=0.0)
            if largest > 0.9 * before:
                break
            before = largest
        shift, turn = np.zeros_like(bodies.centres), np.zeros(len(bodies.angles))
        levers = bodies.levers()
        for discs, sign in ((first, -1.0), (second, 1.0)):
            moved = discs >= 0
            disc, push = discs[moved], sign * normal[moved] * missing[moved][:, None]
            owner = bodies.owner[disc]
            lever = levers[disc] - sign * bodies.radius[disc][:, None] * normal[moved]
            across = lever[:, 0] * normal[moved, 1] - lever[:, 1] * normal[moved, 0]
            share = 1.0 / (1.0 + free[owner] * across**2 / bodies.inertia[owner])
            np.add.at(shift, owner, share[:, None] * push)
            np.add.at(
                turn,
                owner,
                free[owner] * share * sign * missing[moved] * across / bodies.inertia[owner],
            )
        bodies = replace(
            bodies, centres=bodies.centres + shift, angles=bodies.angles + np.clip(turn, -0.3, 0.3)
        )
        places = bodies.discs()
        pushed = _clip_to_box(places, bodies.radius, strip) - places
        largest = np.zeros_like(bodies.centres)
        for axis in range(2):
            high, low = np.zeros(len(largest)), np.zeros(len(largest))
            np.maximum.at(high, bodies.owner, pushed[:, axis])
            np.minimum.at(low, bodies.owner, pushed[:, axis])
            largest[:, axis] = high + low
        centres = bodies.centres + largest
        if strip.periodic:
            centres[:, 0] = np.mod(centres[:, 0], strip.width)
        bodies = replace(bodies, centres=centres)
    return bodies


def _clip_to_box(places: np.ndarray, radius: np.ndarray, strip: Strip) -> np.ndarray:
    """Return places of discs moved inside the box around the strip."""
    inside, free = places.copy(), radius + strip.to_faces
    inside[:, 1] = np.clip(
        places[:, 1], strip.low + free, np.maximum(strip.high - free, strip.low + free)
    )
    if not strip.periodic:
        inside[:, 0] = np.clip(places[:, 0], free, np.maximum(strip.width - free, free))
    return inside


def _contacts(
    bodies: Bodies, strip: Strip, walls: np.ndarray, aim: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return all pairs of discs closer than `aim`.

    These are the first and second disc (-1: a wall), what each has to move, and unit vectors from
    the first to the second.
    """
    places = bodies.discs()
    periodic = places.copy()
    if strip.periodic:
        periodic[:, 0] = np.mod(periodic[:, 0], strip.width)
        periodic[periodic[:, 0] >= strip.width, 0] = 0.0
    periodic[:, 1] -= strip.low - 10.0 * strip.width
    size = np.array([strip.width, 0.0]) if strip.periodic else None
    tree = cKDTree(periodic, boxsize=size)
    first, second = tree.query_pairs(2.0 * bodies.radius.max() + aim, output_type="ndarray").T
    apart = bodies.owner[first] != bodies.owner[second]
    first, second = first[apart], second[apart]
    way = strip.wrap(places[second] - places[first])
    distance = np.maximum(np.linalg.norm(way, axis=1), 1e-12 * strip.width)
    missing = 0.5 * (bodies.radius[first] + bodies.radius[second] + aim - distance)
    # Rows of discs side by side: only the deepest contact of two bodies counts, or they would be
    # pushed many times.
    order = np.argsort(-missing, kind="stable")
    pair = np.sort(np.column_stack([bodies.owner[first], bodies.owner[second]]), axis=1)
    deepest = order[
        np.unique((pair @ np.array([len(bodies.centres), 1]))[order], return_index=True)[1]
    ]
    first, second, missing, way, distance = (
        each[deepest] for each in (first, second, missing, way, distance)
    )
    found = [(first, second, missing, way / distance[:, None])]
    if len(walls):
        moved = walls.copy()
        moved[:, 0] = np.mod(moved[:, 0], strip.width) if strip.periodic else moved[:, 0]
        moved[:, 1] -= strip.low - 10.0 * strip.width
        distance, nearest = cKDTree(moved, boxsize=size).query(periodic)
        way = strip.wrap(places - walls[nearest])
        missing = bodies.radius + strip.to_faces + aim - strip.gap - distance
        disc = np.arange(len(places))
        found.append(
            (
                np.full(len(disc), -1),
                disc,
                missing,
                way / np.maximum(distance, 1e-12 * strip.width)[:, None],
            )
        )
    first, second, missing, normal = (np.concatenate(each) for each in zip(*found, strict=True))
    short = missing > 0.0
    return first[short], second[short], missing[short], normal[short]
