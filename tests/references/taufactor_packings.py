"""Remakes taufactor_packings.json: tortuosity factors of two packings on pixels and voxels with
TauFactor.

    python3 -m venv somewhere && somewhere/bin/pip install taufactor==1.2.1
    somewhere/bin/python tests/references/taufactor_packings.py

Discs that do not touch in a square, and overlapping spheres in a cube; what lies outside them
conducts, along the last axis in the discs' plane (up) and along the first in the cube. Every
picture is solved as it stands and with each pixel or voxel cut into 2 and 4 along every axis, which
changes the discretisation and not the shape. TauFactor (MIT licence, tldr group, Imperial College
London): Kench, Squires, Cooper, J. Open Source Softw. 8 (2023) 5358†.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

# x, y, radius in um, in a square of SIDE
DISCS = [
    (15.93, 16.57, 2.84),
    (6.84, 6.32, 2.59),
    (14.3, 8.71, 2.51),
    (5.5, 13.15, 2.51),
    (20.75, 5.58, 2.42),
    (7.01, 18.86, 2.36),
    (19.96, 20.75, 2.36),
    (11.16, 2.9, 2.3),
    (19.6, 10.75, 2.26),
    (12.06, 21.03, 2.22),
    (10.49, 15.0, 2.22),
    (2.78, 2.78, 2.18),
    (21.32, 15.38, 2.08),
    (16.01, 3.86, 2.03),
    (2.53, 9.08, 1.93),
    (2.46, 17.09, 1.86),
    (2.45, 21.39, 1.83),
    (9.69, 10.44, 1.81),
]
SIDE, PIXELS = 24.0, (120, 240)
# x, y, z, radius in a cube of side 1
SPHERES = [
    (0.805, 0.808, 0.515, 0.189), (0.054, 0.383, 0.408, 0.165), (0.049, 0.999, 0.652, 0.183),
    (0.435, 0.974, 0.898, 0.244), (0.392, 0.493, 0.677, 0.166), (0.556, 0.271, 0.88, 0.166),
    (0.679, 0.87, 0.227, 0.25), (0.872, 0.019, 0.707, 0.16), (0.503, 0.437, 0.203, 0.192),
    (0.806, 0.316, 0.149, 0.23), (0.449, 0.799, 0.236, 0.192), (0.8, 0.507, 0.506, 0.184),
    (0.015, 0.933, 0.086, 0.244), (0.368, 0.951, 0.399, 0.254),
]  # fmt: skip
VOXELS = 10


def conducting(balls, side, count):
    """True (count, ...) where the middle of a pixel or voxel lies outside all balls (x, ...,
    radius); axes x, y, z."""
    d = len(balls[0]) - 1
    middle = (np.arange(count) + 0.5) * side / count
    places = np.stack(np.meshgrid(*[middle] * d, indexing="ij"), axis=-1)
    balls = np.asarray(balls)
    apart = np.linalg.norm(places[..., None, :] - balls[:, :d], axis=-1)
    return np.all(apart >= balls[:, d], axis=-1)


def tortuosity(picture, times):
    """TauFactor's tau along the first axis with each element cut into `times` along every axis."""
    import taufactor
    import torch

    torch.float = torch.double  # its only precision otherwise stalls at 1e-3 of the current
    for axis in range(picture.ndim):
        picture = np.repeat(picture, times, axis=axis)
    solver = taufactor.Solver(picture.astype(np.uint8), device="cpu")
    return float(np.ravel(solver.solve(iter_limit=100_000, verbose=False, conv_crit=1e-5))[0])


def main():
    """Write the numbers."""
    stored = {"TauFactor": version("taufactor"), "cuts": [1, 2, 4]}
    for count in PIXELS:
        picture = conducting(DISCS, SIDE, count).T  # up first
        stored[f"discs {count}"] = {
            "fraction": float(picture.mean()),
            "tortuosity": [tortuosity(picture, times) for times in (1, 2, 4)],
        }
    voxels = conducting(SPHERES, 1.0, VOXELS)
    stored["spheres"] = {
        "fraction": float(voxels.mean()),
        "tortuosity": [tortuosity(voxels, times) for times in (1, 2, 4)],
    }
    print(stored)
    Path(__file__).with_suffix(".json").write_text(json.dumps(stored, indent=1) + "\n")


if __name__ == "__main__":
    main()
