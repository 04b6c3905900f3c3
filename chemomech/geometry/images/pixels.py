"""Labelled pixels: islands removed, corner contacts resolved, connected components numbered.

Rows count from the bottom here (y), columns from the left (x). Two pixels are connected through a
common edge. Islands, components and shares hold for voxels too.
"""

import numpy as np
from scipy.ndimage import distance_transform_edt
from skimage.measure import label

from chemomech.geometry.errors import GeometryError


def number_components(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the component of each pixel, counted from 0, and the label of each component."""
    found, count = label(labels, background=labels.min() - 1, return_num=True, connectivity=1)
    values, first = labels.ravel(), np.unique(found, return_index=True)[1]
    order = np.lexsort((first, values[first]))
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    return rank[found - 1], values[first][order].astype(np.int64)


def remove_islands(labels: np.ndarray, smallest: float) -> tuple[np.ndarray, int, int]:
    """Return labels without small components, the number of these, and their pixels.

    Each pixel of an island takes the label of the nearest pixel that is in none.

    Parameters
    ----------
    labels : (rows, columns) int array
        Labels of the pixels, or of voxels (x, y, z).
    smallest : float
        Number of pixels below which a component is removed.

    Raises
    ------
    GeometryError
        Nothing would be left.
    """
    components, _ = number_components(labels)
    sizes = np.bincount(components.ravel())
    small = sizes < smallest
    if small.all():
        raise GeometryError(
            "geometry.smallest_island: every component of the image is smaller; lower it, or "
            "geometry.mesh.size_interface"
        )
    inside = small[components]
    if not inside.any():
        return labels, 0, 0
    nearest = distance_transform_edt(inside, return_distances=False, return_indices=True)
    return labels[tuple(nearest)], int(small.sum()), int(inside.sum())


def regions_of(
    labels: np.ndarray, named: dict[str, str]
) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Return the number of each pixel's label, the regions by name, and the region of each label.

    Labels are counted from 0.

    Parameters
    ----------
    labels : int array
        Labels of the pixels or voxels.
    named : dict of str to str
        Text of the label -> region.

    Raises
    ------
    GeometryError
        A label has no region.
    """
    names = {int(value): name for value, name in named.items()}
    present, inverse = np.unique(labels, return_inverse=True)
    unnamed = [value for value in present.tolist() if value not in names]
    if unnamed:
        raise GeometryError(f"geometry.labels: no region for {', '.join(map(str, unnamed[:20]))}")
    regions = sorted(set(names.values()))
    region_of = np.array([regions.index(names[value]) for value in present.tolist()])
    return inverse.reshape(labels.shape), regions, region_of


def by_frequency(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rank of each label, 0 for the rarest, and the label of each rank."""
    values, counts = np.unique(labels, return_counts=True)
    order = np.lexsort((values, counts))
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    return rank[np.searchsorted(values, labels)], values[order]


def join_corners(labels: np.ndarray) -> np.ndarray:
    """Return labels in which no two equal pixels meet in a corner only.

    One of the four pixels there takes the label of a neighbour that is more frequent in the image,
    so that particles in a matrix stay apart and the matrix stays connected. As labels only rise in
    rank, this ends.
    """
    ranks, values = by_frequency(labels)
    while True:
        a, b, c, d = ranks[:-1, :-1], ranks[:-1, 1:], ranks[1:, :-1], ranks[1:, 1:]
        touching = ((a == d) & (a != b) & (a != c)) | ((b == c) & (b != a) & (b != d))
        corners = np.argwhere(touching)
        if not len(corners):
            return values[ranks]
        for row, column in corners:
            resolve_block(ranks[row : row + 2, column : column + 2], (row + column) % 2)


def resolve_block(block: np.ndarray, turn: int) -> None:
    """Raise one rank of a block with a diagonal of equal ranks, in place.

    Parameters
    ----------
    block : (2, 2) int array
        View of the ranks of four pixels.
    turn : int
        0 or 1: which of two like pixels.
    """
    for pair, others in (
        (((0, 0), (1, 1)), ((0, 1), (1, 0))),
        (((0, 1), (1, 0)), ((0, 0), (1, 1))),
    ):
        rank = block[pair[0]]
        beside = [block[place] for place in others]
        if rank != block[pair[1]] or rank in beside:
            continue
        if min(beside) < rank:
            lower = turn if beside[0] == beside[1] else int(beside[1] < beside[0])
            block[others[lower]] = rank
        elif beside[0] != beside[1]:
            block[pair[turn]] = beside[0]
        else:
            continue
        return


def shares(labels: np.ndarray) -> dict[int, float]:
    """Return label -> share of the pixels."""
    values, counts = np.unique(labels, return_counts=True)
    return {
        int(value): float(count / labels.size) for value, count in zip(values, counts, strict=True)
    }
