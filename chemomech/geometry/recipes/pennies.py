"""Penny-shaped flaws of the separator in 3D: upright discs with parallel faces, placed by rule.

Their rim is round. A flaw at the "bottom" is half a penny that stands on the lithium with its
centre in the lithium's face; one "inside" keeps off both faces. Centres and directions are random;
flaws keep off the sides and each other. In the frame of a flaw, n across its faces and rho from its
centre, with R = radius - width/2, a point is hypot(max(rho - R, 0), n) - width/2 from its surface.
Lengths are in micrometres.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chemomech.geometry.errors import GeometryError
from chemomech.units.field import MICROMETRE

THINNEST = 0.2  # of size_interface
TRIES = 4000

Entity = tuple[int, int]  # dimension and tag


@dataclass(frozen=True)
class Penny:
    """One flaw.

    Attributes
    ----------
    centre : (3,) array
        Its middle.
    azimuth : float
        Direction of its normal [rad].
    radius, width : float
        Of the disc.
    stands : bool
        Whether it stands on the lithium.
    empty : bool
        Whether it is a hole.
    """

    centre: np.ndarray
    azimuth: float
    radius: float
    width: float
    stands: bool
    empty: bool

    @property
    def flat(self) -> float:
        """Radius of its plane faces."""
        return self.radius - 0.5 * self.width

    def distance(self, places: np.ndarray) -> np.ndarray:
        """Return the distances (n,) of places (n, 3) from its surface, negative inside it."""
        apart = places - self.centre
        normal = np.array([math.cos(self.azimuth), math.sin(self.azimuth), 0.0])
        across = apart @ normal
        along = np.linalg.norm(apart - across[:, None] * normal, axis=1)
        return np.hypot(np.maximum(along - self.flat, 0.0), across) - 0.5 * self.width


def place_pennies(
    flaws: Sequence[Any], box: np.ndarray, heights: np.ndarray, size: float, seed: int
) -> list[Penny]:
    """Return the flaws of all rules in the separator.

    Parameters
    ----------
    flaws : sequence
        Objects with depth, width [m], at, count, region.
    box : (2,) array
        Width and depth of the cell first.
    heights : array
        The separator lies from heights[1] to heights[2].
    size : float
        Edge length of the mesh, which is left between flaws, sides and faces.
    seed : int
        Seed of the random numbers.

    Raises
    ------
    GeometryError
        They do not fit.
    """
    generator = np.random.default_rng([seed, 4])
    found: list[Penny] = []
    for number, flaw in enumerate(flaws):
        key, radius, width = (
            f"geometry.flaws.{number}",
            flaw.depth / MICROMETRE,
            flaw.width / MICROMETRE,
        )
        if width < THINNEST * size * (1.0 - 1e-9):
            raise GeometryError(
                f"{key}.width: {width:.3g} um is less than a fifth of "
                f"geometry.mesh.size_interface, {size:.3g} um; raise it or lower the mesh size"
            )
        stands, off = flaw.at == "bottom", radius + size
        low = np.array([off, off, heights[1] + (0.0 if stands else off)])
        high = np.array([box[0] - off, box[1] - off, heights[1] if stands else heights[2] - off])
        if np.any(high < low) or heights[1] + off > heights[2]:
            raise GeometryError(
                f"{key}.depth: {radius:.3g} um and a distance of geometry.mesh.size_interface to "
                f"sides and faces do not fit into the separator, {box[0]:.3g} x {box[1]:.3g} x "
                f"{heights[2] - heights[1]:.3g} um"
            )
        for _ in range(flaw.count):
            for _ in range(TRIES):
                centre = generator.uniform(low, high)
                if all(
                    np.linalg.norm(centre - o.centre) >= radius + o.radius + size for o in found
                ):
                    break
            else:
                raise GeometryError(
                    f"{key}.count: there is no room for flaw {len(found) + 1}; ask for fewer or "
                    "smaller ones, or take a wider cell or another geometry.seed"
                )
            azimuth = generator.uniform(0.0, math.pi)
            found.append(Penny(centre, azimuth, radius, width, stands, flaw.region == "empty"))
    return found


def cut_layers(
    kernel: Any, pennies: list[Penny], lithium: Entity, separator: Entity
) -> tuple[Entity, Entity, list[Entity]]:
    """Return gmsh's entities of lithium and separator, and those of the filled flaws inside.

    All flaws are taken out of the separator. Those that stand on the lithium and are filled by it
    become one with it.

    Parameters
    ----------
    kernel : object
        gmsh's OpenCASCADE kernel.
    pennies : list of Penny
        The flaws.
    lithium, separator : (int, int)
        Their entities before the cut.
    """
    standing: list[Entity] = []
    inside: list[Entity] = []
    every: list[Entity] = []
    for penny in pennies:
        solids = [_draw(kernel, penny)]
        if penny.stands:
            solids, _ = kernel.intersect(solids, [separator], removeTool=False)
        every += solids
        if not penny.empty:
            (standing if penny.stands else inside).extend(solids)
    if every:
        (separator,), _ = kernel.cut([separator], every, removeTool=False)
        kernel.remove([each for each in every if each not in standing + inside], recursive=True)
    if standing:
        (lithium,), _ = kernel.fuse([lithium], standing)
    return lithium, separator, inside


def _draw(kernel: Any, penny: Penny) -> Entity:
    """Draw a flaw as a solid of revolution."""
    half, flat = 0.5 * penny.width, penny.flat
    corners = [(-half, 0.0), (half, 0.0), (half, flat), (0.0, penny.radius), (-half, flat)]
    low, up, right, top, left = (kernel.addPoint(x, 0.0, z) for x, z in corners)
    middle = kernel.addPoint(0.0, 0.0, flat)
    lines = [
        kernel.addLine(low, up),
        kernel.addLine(up, right),
        kernel.addCircleArc(right, middle, top),
        kernel.addCircleArc(top, middle, left),
        kernel.addLine(left, low),
    ]
    profile = kernel.addPlaneSurface([kernel.addCurveLoop(lines)])
    found = kernel.revolve([(2, profile)], 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0 * math.pi)
    solid = next(each for each in found if each[0] == 3)
    kernel.remove([(2, profile), (0, middle)], recursive=True)
    kernel.rotate([solid], 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, penny.azimuth)
    kernel.translate([solid], *penny.centre)
    return solid
