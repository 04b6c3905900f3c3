"""Outlines in the plane as signed distances: negative inside, zero on the outline.

All lengths are in one unit. Each shape has `distance(points)`, points (n, 2) -> (n,); `box`, (2,
2): its lower and upper corner; `corners` (k, 2): where the outline is not smooth. Sums of shapes:
inside either (`Either`), inside both (`Both`), all within a distance of one (`Offset`); their
distances are right where one of the shapes is the nearer one, and their zero is the outline.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

NO_CORNERS = np.empty((0, 2))
SHARP = 0.15  # ratio of the axes
CIRCLE_STEPS = (
    6  # of the closest point on an ellipse: error below 1e-6 of its axes up to a ratio of 10
)


@dataclass(frozen=True, eq=False)
class Disc:
    """A disc."""

    centre: np.ndarray
    radius: float
    corners = NO_CORNERS

    def distance(self, points: np.ndarray) -> np.ndarray:
        """|x - c| - r."""
        return np.hypot(*(points - self.centre).T) - self.radius

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        return self.centre + self.radius * np.array([[-1.0], [1.0]])


@dataclass(frozen=True, eq=False)
class Ellipse:
    """An ellipse.

    Attributes
    ----------
    centre : (2,) array
        Its middle.
    axes : (float, float)
        Half axes.
    angle : float
        Angle of the first half axis to x [rad].
    """

    centre: np.ndarray
    axes: tuple[float, float]
    angle: float

    @property
    def corners(self) -> np.ndarray:
        """Ends of the long axis of an ellipse so thin that they are sharp."""
        a, b = self.axes
        if b > SHARP * a:
            return NO_CORNERS
        return self.centre + a * np.array([[-1.0], [1.0]]) * [
            np.cos(self.angle),
            np.sin(self.angle),
        ]

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the closest point, by steps onto the circle of curvature at the last one."""
        a, b = self.axes
        u, v = np.abs(_turn(points - self.centre, -self.angle)).T
        scale = np.hypot(u / a, v / b)
        along, across = np.full_like(u, np.sqrt(0.5)), np.full_like(u, np.sqrt(0.5))
        for _ in range(CIRCLE_STEPS):
            middle_u, middle_v = (a * a - b * b) / a * along**3, (b * b - a * a) / b * across**3
            radius = np.hypot(a * along - middle_u, b * across - middle_v)
            away = np.maximum(np.hypot(u - middle_u, v - middle_v), 1e-300)
            along = np.clip((middle_u + (u - middle_u) * radius / away) / a, 0.0, 1.0)
            across = np.clip((middle_v + (v - middle_v) * radius / away) / b, 0.0, 1.0)
            length = np.maximum(np.hypot(along, across), 1e-300)
            along, across = along / length, across / length
        return np.where(scale < 1.0, -1.0, 1.0) * np.hypot(u - a * along, v - b * across)

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        a, b = self.axes
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        half = np.array([np.hypot(a * cosine, b * sine), np.hypot(a * sine, b * cosine)])
        return self.centre + half * np.array([[-1.0], [1.0]])


@dataclass(frozen=True, eq=False)
class Polygon:
    """A polygon given by its corners (k, 2) in order, either way round."""

    corners: np.ndarray

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the nearest edge; inside by the count of edges to the right."""
        start, end = self.corners, np.roll(self.corners, -1, axis=0)
        inside = np.zeros(len(points), dtype=bool)
        x, y = points.T
        for (x0, y0), (x1, y1) in zip(start, end, strict=True):
            if y0 != y1:
                inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
        return np.where(inside, -1.0, 1.0) * to_line(points, start, end)

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        return np.array([self.corners.min(axis=0), self.corners.max(axis=0)])


@dataclass(frozen=True, eq=False)
class Slit:
    """All points within `half` of the line from start to end: a slit with round ends."""

    start: np.ndarray
    end: np.ndarray
    half: float
    corners = NO_CORNERS

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the line less its half width."""
        return to_line(points, self.start[None], self.end[None]) - self.half

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        ends = np.array([self.start, self.end])
        return np.array([ends.min(axis=0) - self.half, ends.max(axis=0) + self.half])


@dataclass(frozen=True, eq=False)
class Below:
    """All points below a line.

    Attributes
    ----------
    line : (k, 2) array
        Points from left to right and nowhere back.
    sign : float
        -1: all points above it.
    """

    line: np.ndarray
    sign: float = 1.0

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the nearest piece of the line."""
        below = points[:, 1] < self.height(points[:, 0])
        if len(self.line) == 2 and self.line[0, 1] == self.line[1, 1]:
            return self.sign * (points[:, 1] - self.line[0, 1])
        # The nearest of the line's points, which are added where they stand far apart, is an end of
        # a near piece.
        tree, pieces = self._near
        nearest = tree.query(points)[1]
        away = np.full(len(points), np.inf)
        for beside in (-2, -1, 0, 1):
            piece = np.clip(nearest + beside, 0, len(pieces) - 2)
            start, way = pieces[piece], pieces[piece + 1] - pieces[piece]
            share = np.clip(
                np.sum((points - start) * way, axis=1) / np.sum(way**2, axis=1), 0.0, 1.0
            )
            away = np.minimum(away, np.linalg.norm(points - start - share[:, None] * way, axis=1))
        return self.sign * np.where(below, -away, away)

    @cached_property
    def _near(self) -> tuple[cKDTree, np.ndarray]:
        """A tree of points (k, 2) on the line, at most 1/1000 of its length apart, and these."""
        length = np.linalg.norm(np.diff(self.line, axis=0), axis=1)
        counts = np.ceil(1000.0 * length / length.sum()).astype(int)
        parts = [
            start + np.arange(count)[:, None] / count * (end - start)
            for start, end, count in zip(self.line[:-1], self.line[1:], counts, strict=True)
        ]
        points = np.concatenate([*parts, self.line[-1:]])
        return cKDTree(points), points

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Whether points are below."""
        return self.sign * (points[:, 1] - self.height(points[:, 0])) < 0.0

    def height(self, x: np.ndarray) -> np.ndarray:
        """Height (n,) of the line at x (n,)."""
        return np.interp(x, *self.line.T)

    @cached_property
    def corners(self) -> np.ndarray:
        """Points where the line turns by more than 30 degrees."""
        step = np.diff(self.line, axis=0)
        turn = np.abs(np.diff(np.unwrap(np.arctan2(step[:, 1], step[:, 0]))))
        return self.line[1:-1][turn > np.pi / 6.0]


@dataclass(frozen=True, eq=False)
class Either:
    """Inside any of the shapes (at least one).

    Attributes
    ----------
    shapes : tuple
        The shapes.
    reach : float
        Each is asked only for the points in its box widened by this.
    """

    shapes: tuple[Any, ...]
    reach: float = np.inf

    @property
    def corners(self) -> np.ndarray:
        """No corners: they are those of its shapes."""
        return NO_CORNERS

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Smallest of the distances; not below `reach` where no shape is near."""
        found = np.full(len(points), self.reach)
        for shape in self.shapes:
            low, high = shape.box + self.reach * np.array([[-1.0], [1.0]])
            near = np.flatnonzero(np.all((points >= low) & (points <= high), axis=1))
            found[near] = np.minimum(found[near], shape.distance(points[near]))
        return found

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        boxes = np.array([shape.box for shape in self.shapes])
        return np.array([boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)])


@dataclass(frozen=True, eq=False)
class Both:
    """Inside the first shape, whose box it has, and inside all others."""

    shapes: tuple[Any, ...]

    @property
    def corners(self) -> np.ndarray:
        """Corners of the first shape inside the others."""
        places = self.shapes[0].corners
        if not len(places):
            return places
        return places[np.all([shape.distance(places) < 0.0 for shape in self.shapes[1:]], axis=0)]

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Largest of the distances."""
        return np.max([shape.distance(points) for shape in self.shapes], axis=0)

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Whether points are inside all."""
        return np.all([contains(shape, points) for shape in self.shapes], axis=0)

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        return self.shapes[0].box


@dataclass(frozen=True, eq=False)
class Offset:
    """All points within a distance of a shape."""

    shape: Any
    by: float
    corners = NO_CORNERS

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the shape less what it has grown by."""
        return self.shape.distance(points) - self.by

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        return self.shape.box + self.by * np.array([[-1.0], [1.0]])


@dataclass(frozen=True, eq=False)
class Shifted:
    """A shape moved by a vector (2,)."""

    shape: Any
    by: np.ndarray

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Distance to the shape where it was."""
        return self.shape.distance(points - self.by)

    def contains(self, points: np.ndarray) -> np.ndarray:
        """Whether points are inside."""
        return contains(self.shape, points - self.by)

    @property
    def box(self) -> np.ndarray:
        """Lower and upper corner."""
        return self.shape.box + self.by

    @property
    def corners(self) -> np.ndarray:
        """Corners of the shape, moved."""
        return self.shape.corners + self.by


def contains(shape: Any, points: np.ndarray) -> np.ndarray:
    """Return whether points lie inside a shape, by its own test where that is quicker.

    Parameters
    ----------
    shape : object
        A shape of this module.
    points : (n, 2) array
        The points.
    """
    own = getattr(shape, "contains", None)
    return shape.distance(points) < 0.0 if own is None else own(points)


def to_line(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the distance from points to the nearest of several segments.

    Parameters
    ----------
    points : (n, 2) array
        The points.
    start, end : (k, 2) array
        Ends of the segments.
    """
    way = end - start
    square = np.maximum(np.sum(way**2, axis=1), 1e-300)
    share = np.clip(np.einsum("nkd,kd->nk", points[:, None] - start, way) / square, 0.0, 1.0)
    return np.linalg.norm(points[:, None] - start - share[..., None] * way, axis=2).min(axis=1)


def _turn(vectors: np.ndarray, angle: float) -> np.ndarray:
    """Return vectors (n, 2) turned counter-clockwise."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return vectors @ np.array([[cosine, sine], [-sine, cosine]])
