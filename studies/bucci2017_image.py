"""Draws studies/bucci2017.png, the microstructure of studies/bucci2017.toml: 36 square particles in
11 x 11 um.

Half of the area, so that a particle is 1.3 um wide; corners rounded by 0.15 um; gaps of 0.16 um at
least. From a regular array, places and angles wander at random as long as no two come closer than
the gap (separating axes of squares that are half a gap wider). Pixels of 0.05 um: 0 is electrolyte,
255 active material. Run as `python studies/bucci2017_image.py`.
"""

from pathlib import Path

import numpy as np

BOX, COUNT, SHARE, GAP, ROUND, PIXEL = 11.0, 6, 0.5, 0.16, 0.15, 0.05  # um
SWEEPS, SEED = 400, 2017


def corners(centre, angle, half):
    """Corners (4, 2) of a square."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return centre + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) @ turn


def apart(one, other):
    """Whether two convex quadrilaterals have a separating axis."""
    for shape in (one, other):
        for edge in np.diff(np.vstack([shape, shape[:1]]), axis=0)[:2]:
            axis = np.array([-edge[1], edge[0]])
            first, second = one @ axis, other @ axis
            if first.max() < second.min() or second.max() < first.min():
                return True
    return False


def places(side):
    """Centres (n, 2) and angles (n,) of the particles."""
    random, pitch = np.random.default_rng(SEED), BOX / COUNT
    grid = (np.arange(COUNT) + 0.5) * pitch
    centres, angles = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2), np.zeros(COUNT**2)
    half = 0.5 * (side + GAP)
    shapes = [corners(centre, angle, half) for centre, angle in zip(centres, angles, strict=True)]
    for _ in range(SWEEPS):
        for i in random.permutation(len(centres)):
            centre, angle = (
                centres[i] + random.normal(0.0, 0.1, 2),
                angles[i] + random.normal(0.0, 0.1),
            )
            shape = corners(centre, angle, half)
            near = np.flatnonzero(np.linalg.norm(centres - centre, axis=1) < 3.0 * half)
            if (
                shape.min() > 0.0
                and shape.max() < BOX
                and all(apart(shape, shapes[j]) for j in near if j != i)
            ):
                centres[i], angles[i], shapes[i] = centre, angle, shape
    return centres, angles


def image():
    """Grey levels (rows, columns), the upper row first."""
    # A rounded square of the same area: side^2 - (4 - pi) r^2.
    side = np.sqrt(SHARE * BOX**2 / COUNT**2 + (4.0 - np.pi) * ROUND**2)
    count = round(BOX / PIXEL)
    x = (np.arange(count) + 0.5) * PIXEL
    points = np.stack(np.meshgrid(x, x), axis=-1)
    filled = np.zeros((count, count), dtype=bool)
    for centre, angle in zip(*places(side), strict=True):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        beyond = np.maximum(np.abs((points - centre) @ turn) - (0.5 * side - ROUND), 0.0)
        filled |= np.linalg.norm(beyond, axis=-1) <= ROUND
    return np.where(filled[::-1], 255, 0).astype(np.uint8)


if __name__ == "__main__":
    from PIL import Image

    Image.fromarray(image()).save(Path(__file__).with_name("bucci2017.png"), optimize=True)
