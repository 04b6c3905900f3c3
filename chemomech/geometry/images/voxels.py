"""Labelled voxels in 3D, axes x, y, z: sampled on a coarser lattice, and contacts resolved.

Contacts are those along edges and in corners. Islands and components are those of `pixels`, which
holds in any dimension: two voxels are connected through a face.
"""

import itertools

import numpy as np
from scipy.ndimage import find_objects

from chemomech.geometry.images.pixels import by_frequency, resolve_block

CORNERS = tuple(itertools.product((0, 1), repeat=3))


def as_axes(stack: np.ndarray) -> np.ndarray:
    """Return a stack along x, y and z from (pages, rows from the top, columns).

    Columns run along x, pages along y, and rows, upwards, along z.
    """
    return np.ascontiguousarray(stack[:, ::-1].transpose(2, 0, 1))


def resample(labels: np.ndarray, spacing: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Return labels on a coarser lattice, and its steps (3,).

    A step holds the label that fills most of it, voxels cut by its faces counted with the share
    that lies inside.

    Parameters
    ----------
    labels : (nx, ny, nz) int array
        Labels of the voxels.
    spacing : (3,) array
        Edges of a voxel.
    size : float
        About how long a step is to be, in the unit of `spacing`; none is finer than the voxels.
    """
    extent = spacing * labels.shape
    step = max(float(spacing.min()), size)
    counts = np.maximum(np.round(extent / step).astype(int), 2)
    if np.array_equal(counts, labels.shape):
        return labels, extent / counts
    present, inverse = np.unique(labels, return_inverse=True)
    inverse = inverse.reshape(labels.shape)
    overlaps = [_overlap(fine, coarse) for fine, coarse in zip(labels.shape, counts, strict=True)]
    found, most = np.zeros(counts, dtype=np.int64), np.zeros(counts)
    for number, place in enumerate(find_objects(inverse + 1)):
        inside = (inverse[place] == number).astype(float)
        reached = []
        for axis, (weights, part) in enumerate(zip(overlaps, place, strict=True)):
            weights = weights[:, part]
            rows = np.flatnonzero(weights.any(axis=1))
            reached.append(slice(rows[0], rows[-1] + 1))
            inside = np.moveaxis(
                np.tensordot(weights[reached[-1]], inside, axes=(1, axis)), 0, axis
            )
        more = inside > most[tuple(reached)]
        found[tuple(reached)][more] = number
        most[tuple(reached)][more] = inside[more]
    return present[found], extent / counts


def _overlap(fine: int, coarse: int) -> np.ndarray:
    """Return the lengths (coarse, fine) that equal parts of a line share, cut in two ways."""
    ends, steps = np.arange(fine + 1) / fine, np.arange(coarse + 1) / coarse
    high, low = np.minimum(steps[1:, None], ends[1:]), np.maximum(steps[:-1, None], ends[:-1])
    return coarse * np.maximum(high - low, 0.0)


def join_contacts(labels: np.ndarray) -> np.ndarray:
    """Return labels in which no two equal voxels meet along an edge or in a corner only.

    Where they do, a voxel takes the label of a neighbour that is more frequent, so that particles
    in a matrix stay apart. As labels only rise in rank, this ends.
    """
    ranks, values = by_frequency(labels)
    while True:
        changed = sum(_part_edges(ranks, axis) for axis in range(3)) + _part_corners(ranks)
        if not changed:
            return values[ranks]


def _part_edges(ranks: np.ndarray, axis: int) -> int:
    """Change voxels that meet along an edge in the direction of an axis only.

    The ranks change in place; the number of such edges is returned.
    """
    view = np.moveaxis(ranks, axis, 0)
    a, b, c, d = view[:, :-1, :-1], view[:, :-1, 1:], view[:, 1:, :-1], view[:, 1:, 1:]
    touching = np.argwhere(((a == d) & (a != b) & (a != c)) | ((b == c) & (b != a) & (b != d)))
    for layer, row, column in touching:
        resolve_block(view[layer, row : row + 2, column : column + 2], (layer + row + column) % 2)
    return len(touching)


def _part_corners(ranks: np.ndarray) -> int:
    """Change voxels that meet in a corner only, in place; return at how many corners."""
    blocks = {corner: ranks[tuple(slice(i, i - 1 or None) for i in corner)] for corner in CORNERS}
    found = 0
    for corner in CORNERS[:4]:
        across = tuple(1 - i for i in corner)
        others = [each for each in CORNERS if each not in (corner, across)]
        touching = blocks[corner] == blocks[across]
        for other in others:
            touching &= blocks[other] != blocks[corner]
        for place in np.argwhere(touching):
            block = ranks[tuple(slice(i, i + 2) for i in place)]
            rank = block[corner]
            if block[across] != rank or any(block[other] == rank for other in others):
                continue
            near = [
                tuple(1 - i if axis == k else i for k, i in enumerate(corner)) for axis in range(3)
            ]
            highest = max(near, key=lambda each: block[each])
            if block[highest] > rank:
                block[corner] = block[highest]
            else:
                # A way of two voxels joins the corners; both have a lower rank unless they are
                # raised elsewhere.
                last = max(
                    (
                        each
                        for each in others
                        if sum(x != y for x, y in zip(each, highest, strict=True)) == 1
                        and each not in near
                    ),
                    key=lambda each: -block[each],
                )
                if block[last] > rank:
                    block[across] = block[last]
                else:
                    block[highest] = block[last] = rank
            found += 1
    return found
