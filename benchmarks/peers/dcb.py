"""The double cantilever beam that every program of this comparison runs: numbers, mesh and result
file.

Two arms lie on each other along y = ARM_HEIGHT. For x < NOTCH they are not joined, for x > NOTCH a
bilinear cohesive interface joins them. The right end is held, the left ends of the arms are pulled
apart by +- opening/2 (free along x). Plane strain, small strains. It is the specimen of
tests/test_beams.py.

Needs numpy only (and meshio to write a .msh), so that every environment can import it.
"""

import argparse
import json
import platform
from pathlib import Path

import numpy as np

YOUNG, POISSON = 70e9, 0.3  # Pa, 1
ARM_HEIGHT, LENGTH, NOTCH = 1e-3, 50e-3, 20e-3  # m
FRACTURE_ENERGY, STRENGTH, INTERFACE_STIFFNESS = (
    250.0,
    30e6,
    5e14,
)  # J/m2, Pa, Pa/m; the same in shear
LAST_OPENING = 3.2e-3  # m
REPORTED_OPENINGS = (0.8e-3, 1.6e-3, 2.4e-3, 3.2e-3)  # m

# Corner, corner, corner, then the middles of the sides 01, 12, 20, on a grid of half the spacing.
TRIANGLES = (
    ((0, 0), (2, 0), (2, 2), (1, 0), (2, 1), (1, 1)),
    ((0, 0), (2, 2), (0, 2), (1, 1), (1, 2), (0, 1)),
)


class Specimen:
    """Quadratic triangles of a grid of 50 n x 2 n boxes, each cut by one diagonal; n is the
    refinement.

    points (p, 2) [m]; cells (m, 6); interface (k, 3): corner, corner, middle, along x, nodes of the
    lower arm; opposite (k, 3): the same nodes of the upper arm; left, right: nodes of those ends.
    split: give each arm its own nodes everywhere on the mid-line; otherwise on the notch only, and
    the arms share their nodes from its tip on.
    """

    def __init__(self, refinement, split):
        nx, ny = round(LENGTH / ARM_HEIGHT) * refinement, 2 * refinement
        columns = 2 * nx + 1
        x, y = np.meshgrid(
            np.linspace(0, LENGTH, columns), np.linspace(0, 2 * ARM_HEIGHT, 2 * ny + 1)
        )
        points = np.column_stack([x.ravel(), y.ravel()])
        middle = ny * columns + np.arange(columns)  # nodes of the mid-line
        apart = middle if split else middle[points[middle, 0] < NOTCH - 1e-9]
        twin = np.arange(len(points))
        twin[apart] = len(points) + np.arange(len(apart))
        self.points = np.concatenate([points, points[apart]])

        column, row = np.meshgrid(2 * np.arange(nx), 2 * np.arange(ny))
        offsets = np.array([[j * columns + i for i, j in triangle] for triangle in TRIANGLES])
        self.cells = ((row * columns + column).ravel()[:, None, None] + offsets).reshape(-1, 6)
        self.upper = self.points[self.cells].mean(axis=1)[:, 1] > ARM_HEIGHT
        self.cells[self.upper] = twin[self.cells[self.upper]]

        edges = np.column_stack([middle[:-1:2], middle[2::2], middle[1::2]])
        self.interface = edges[points[edges[:, 2], 0] > NOTCH]
        self.opposite = twin[self.interface]
        self.right = np.flatnonzero(self.points[:, 0] > LENGTH - 1e-9)
        left = self.points[:, 0] < 1e-9
        self.left_upper = np.intersect1d(np.flatnonzero(left), self.cells[self.upper])
        self.left_lower = np.intersect1d(np.flatnonzero(left), self.cells[~self.upper])

    def write_msh(self, path):
        """Write a Gmsh 2.2 file with the surfaces `lower` and `upper` and the line `interface`."""
        import meshio

        tags = np.where(self.upper, 2, 1)
        lines = np.full(len(self.interface), 3)
        data = [tags, lines]
        mesh = meshio.Mesh(
            np.column_stack([self.points, np.zeros(len(self.points))]),
            [("triangle6", self.cells), ("line3", self.interface)],
            cell_data={"gmsh:physical": data, "gmsh:geometrical": data},
            field_data={
                "lower": np.array([1, 2]),
                "upper": np.array([2, 2]),
                "interface": np.array([3, 1]),
            },
        )
        mesh.write(path, file_format="gmsh22", binary=False)


def arguments(description, steps):
    """The arguments that every program takes; `steps` is the default number."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--refinement", type=int, default=2, help="boxes per millimetre (default 2)"
    )
    parser.add_argument(
        "--steps", type=int, default=steps, help=f"steps to the last opening (default {steps})"
    )
    parser.add_argument("--output", type=Path, help="JSON file to write")
    return parser


def load_at(curve, opening):
    """Load [N/m] at an opening by linear interpolation along the curve; None beyond its end."""
    curve = np.asarray(curve)
    if opening > curve[:, 0].max() * (1 + 1e-9):
        return None
    after = int(np.argmax(curve[:, 0] >= opening * (1 - 1e-9)))
    before = max(after - 1, 0)
    return float(np.interp(opening, curve[[before, after], 0], curve[[before, after], 1]))


def report(output, program, version, settings, mesh, curve, counts, seconds):
    """Print a result and write it to `output`.

    curve: rows of opening [m], load [N/m], dissipated energy [J/m]. counts: `iterations` (linear
    solves), `wasted` (those of steps given up), `steps` and `cuts`. seconds: the solve, without
    imports and meshing.
    """
    result = {
        "program": program,
        "version": version,
        "python": platform.python_version(),
        "settings": settings,
        "mesh": mesh,
        "reached": curve[-1][0],
        "peak": max(row[1] for row in curve),
        "loads": {
            f"{1e3 * opening:.1f} mm": load_at(curve, opening) for opening in REPORTED_OPENINGS
        },
        "dissipated": curve[-1][2],
        **counts,
        "seconds": seconds,
    }
    print(json.dumps(result, indent=2))
    if output:
        output.write_text(
            json.dumps({**result, "curve": [list(map(float, row)) for row in curve]}, indent=1)
        )
    return result
