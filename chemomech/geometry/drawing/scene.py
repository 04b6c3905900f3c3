"""A picture of shapes painted one over the other, as a planar partition with exact boundaries.

The shapes are painted on a grid of pixels, which decides what touches what: whatever is thinner
than a pixel is gone, and no sliver is left. The boundaries of the pixels are traced and smoothed,
and each of their points is moved onto the outline of the upper one of the two shapes that it parts;
where outlines meet, onto all of them (Gauss-Newton steps). What a point moves is limited to
LONGEST_MOVE pixels: beyond, the pixels were changed on purpose. Lengths are in micrometres.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from chemomech.geometry.drawing.outlines import drop_short_chains, move_to_outlines
from chemomech.geometry.drawing.shapes import Either, Shifted, contains
from chemomech.geometry.errors import GeometryError
from chemomech.geometry.images.chains import Chain, smooth, trace
from chemomech.geometry.images.pixels import join_corners, number_components, remove_islands
from chemomech.units.words import counted

MOST_PIXELS = 16_000_000
MOST_COMPONENTS = 20_000
LONGEST_MOVE = 1.5  # pixels
SHORTEST = 2.0  # pixels: boundaries below this between two junctions vanish


class TooFine(GeometryError):
    """The picture needs more pixels or pieces than can be handled: no other try helps."""


@dataclass(frozen=True, eq=False)
class Item:
    """Something painted.

    Attributes
    ----------
    region : str or None
        Its region, None for a hole.
    shape : object or None
        One of `shapes`, None for the whole picture.
    whole : bool
        Whether it is a particle of its own, not one with what it touches of the same region.
    seeds : (k, 2) array or None
        Seeds of its grains, which are the cells of a power diagram.
    weights : (k,) array or None
        Weights of its grains.
    strays : str or None
        Region of all its pieces but the one that stands on the item below; None for holes, "" for
        its own.
    """

    region: str | None
    shape: Any = None
    whole: bool = False
    seeds: np.ndarray | None = None
    weights: np.ndarray | None = None
    strays: str | None = ""


@dataclass(frozen=True, eq=False)
class Scene:
    """Items in the order of painting, in a box from (0, 0).

    Attributes
    ----------
    width, height : float
        Extent of the box [um].
    periodic : bool
        Whether the sides across x are.
    items : list of Item
        What is painted, the lowest first.
    """

    width: float
    height: float
    periodic: bool
    items: list[Item] = field(default_factory=list)

    def wrap(self, vectors: np.ndarray) -> np.ndarray:
        """Return vectors (..., 2) between nearest images."""
        if self.periodic:
            vectors = vectors.copy()
            vectors[..., 0] -= self.width * np.round(vectors[..., 0] / self.width)
        return vectors

    def with_images(self, shape: Any) -> Any:
        """Return a shape with its images beyond periodic sides."""
        if not self.periodic:
            return shape
        low, high = shape.box[:, 0]
        images = [self.width * k for k, out in ((1.0, low < 0.0), (-1.0, high > self.width)) if out]
        moved = tuple(Shifted(shape, np.array([by, 0.0])) for by in images)
        return Either((shape, *moved)) if moved else shape


@dataclass(frozen=True, eq=False)
class Partition:
    """Boundaries between numbered components.

    Attributes
    ----------
    chains : list of Chain
        The boundaries.
    regions : list of str or None
        Region of each component, None for a hole.
    removed : str
        What was removed, in words.
    """

    chains: list[Chain]
    regions: list[str | None]
    removed: str


def partition(
    scene: Scene, pixel: float, smallest: float, shortest: float = 0.0, exact: float = LONGEST_MOVE
) -> Partition:
    """Return the partition that a scene paints.

    Parameters
    ----------
    scene : Scene
        What is painted.
    pixel : float
        Pixels are at most this wide and high [um].
    smallest : float
        Area below which a component is removed [um²].
    shortest : float
        Length below which a boundary between two grains vanishes, and others if below SHORTEST
        pixels; 0: none does.
    exact : float
        How far boundaries are moved, in pixels, to stand where they belong.

    Raises
    ------
    GeometryError
        The partition cannot be made; TooFine when no other try would help.
    """
    counts = np.ceil(np.array([scene.width, scene.height]) / pixel - 1e-9).astype(int)
    if counts.prod() > MOST_PIXELS:
        raise TooFine(
            f"geometry.layers: {counts[0]} x {counts[1]} pixels are needed for what is "
            f"{3.0 * pixel:.3g} um thin, more than {MOST_PIXELS}; raise "
            "geometry.mesh.size_interface, the thinnest coating, gap, neck or flaw, or make the "
            "cell smaller"
        )
    step = np.array([scene.width, scene.height]) / counts
    labels, table = _paint(scene, counts, step)
    cleaned, removed = _clean(labels, scene.periodic, smallest / step.prod())
    components, owners = number_components(cleaned)
    if len(owners) > MOST_COMPONENTS:
        raise TooFine(
            f"geometry.layers: {len(owners)} separate pieces, more than {MOST_COMPONENTS}; "
            "make fewer"
        )
    raw = trace(components)
    smoothed = smooth(raw, counts.astype(float))
    raw, smoothed = (
        [replace(chain, points=chain.points * step) for chain in each] for each in (raw, smoothed)
    )
    painted = table[owners]
    if shortest > 0.0:
        least = _least_lengths(smoothed, painted, shortest, SHORTEST * step.max())
        raw, smoothed = drop_short_chains(raw, smoothed, least)
    chains = move_to_outlines(scene, raw, smoothed, painted, step, exact)
    items = [scene.items[item] for item, _ in painted]
    for number in {int(item) for item, _ in painted if scene.items[item].strays != ""}:
        inside = painted[components, 0] == number
        pieces, of_item = number_components(inside.astype(np.int64))
        # The piece that stays is the one on the item below, or the largest.
        on_it = inside[1:] & (painted[components[:-1], 0] == number - 1)
        resting = np.bincount(pieces[1:][on_it], minlength=len(of_item))
        held = resting if resting.any() else np.bincount(pieces.ravel()) * of_item
        for stray in np.unique(components[inside & (pieces != np.argmax(held))]):
            items[stray] = replace(items[stray], region=items[stray].strays)
    return _merge(chains, items, removed)


def _least_lengths(
    chains: list[Chain], painted: np.ndarray, in_grains: float, elsewhere: float
) -> np.ndarray:
    """Return the length (c,) below which each boundary vanishes.

    A boundary between grains from one outline to another crosses a gap, which would close without
    it: it stays.
    """
    around: dict[int, set[int]] = {}
    for chain in chains:
        items = {-1 if side < 0 else int(painted[side][0]) for side in (chain.left, chain.right)}
        for node in (chain.start, chain.end):
            around.setdefault(node, set()).update(items)
    found = np.full(len(chains), elsewhere)
    for number, chain in enumerate(chains):
        if not chain.outer and painted[chain.left][0] == painted[chain.right][0]:
            alone = [len(around[node]) == 1 for node in (chain.start, chain.end)]
            found[number] = (
                max(in_grains, elsewhere) if all(alone) else elsewhere if any(alone) else 0.0
            )
    return found


def _paint(scene: Scene, counts: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels (rows from below, columns), and item and grain (k, 2) of each label."""
    x, y = ((np.arange(counts[axis]) + 0.5) * step[axis] for axis in range(2))
    if scene.periodic:
        x[0], x[-1] = 0.0, scene.width
    labels = np.full((counts[1], counts[0]), -1, dtype=np.int64)
    table: list[tuple[int, int]] = []
    for number, item in enumerate(scene.items):
        base = len(table)
        grains = 1 if item.seeds is None else len(item.seeds)
        table += [(number, grain) for grain in range(grains)]
        for shape in item.shape.shapes if isinstance(item.shape, Either) else (item.shape,):
            window = _window(shape, x, y)
            points = np.stack(np.meshgrid(x[window[1]], y[window[0]]), axis=-1).reshape(-1, 2)
            if not len(points):
                continue
            inside = np.ones(len(points), dtype=bool) if shape is None else contains(shape, points)
            view = labels[window]
            found = base if item.seeds is None else base + _grain(scene, item, points[inside])
            view[inside.reshape(view.shape)] = found
    return labels, np.array(table)


def _window(shape: Any, x: np.ndarray, y: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of the pixels in a shape's box."""
    box = getattr(shape, "box", None)
    if box is None:
        return slice(None), slice(None)
    first = [np.searchsorted(along, low) for along, low in zip((x, y), box[0], strict=True)]
    last = [
        np.searchsorted(along, high, side="right")
        for along, high in zip((x, y), box[1], strict=True)
    ]
    return slice(first[1], last[1]), slice(first[0], last[0])


def _grain(scene: Scene, item: Item, points: np.ndarray) -> np.ndarray:
    """Return the grain (n,) in which points lie: the nearest seed, |x - s|² - w smallest.

    One axis more makes it the nearest one.
    """
    seeds = np.empty((0, 2)) if item.seeds is None else item.seeds
    weights = np.zeros(len(seeds)) if item.weights is None else item.weights
    lifted = np.column_stack([seeds, np.sqrt(weights.max() - weights)])
    number = np.arange(len(lifted))
    if scene.periodic:
        aside = np.array([scene.width, 0.0, 0.0])
        lifted, number = (
            np.concatenate([lifted, lifted - aside, lifted + aside]),
            np.tile(number, 3),
        )
    return number[cKDTree(lifted).query(np.column_stack([points, np.zeros(len(points))]))[1]]


def _clean(labels: np.ndarray, periodic: bool, smallest: float) -> tuple[np.ndarray, str]:
    """Return labels without islands and corner contacts, equal on both sides when periodic."""
    margin = labels.shape[1] // 3 if periodic else 0
    wide = np.pad(labels, ((0, 0), (margin, margin)), mode="wrap") if periodic else labels
    kept, islands, pixels = remove_islands(wide, smallest)
    kept = kept[:, margin : kept.shape[1] - margin]
    for _ in range(10 if periodic else 1):
        if periodic:
            kept[:, -1] = kept[:, 0]
        kept = join_corners(kept)
        if not periodic or np.array_equal(kept[:, 0], kept[:, -1]):
            return kept, f"{counted(islands, 'island')} ({counted(pixels, 'pixel')}) removed"
    raise GeometryError(
        "geometry.sides: what leaves on one side does not come in on the other; take another seed"
    )


def _merge(chains: list[Chain], items: Sequence[Item], removed: str) -> Partition:
    """Return the partition after neighbours that are one and the same have become one component."""
    leader = np.arange(len(items))

    def root(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    for chain in chains:
        if chain.outer:
            continue
        one, other = items[chain.left], items[chain.right]
        if one.region == other.region and (one.region is None or not (one.whole or other.whole)):
            leader[root(chain.left)] = root(chain.right)
    number: dict[int, int] = {}
    new = np.array([number.setdefault(root(n), len(number)) for n in range(len(items))])
    regions: list[str | None] = [None] * len(number)
    for n, item in enumerate(items):
        regions[new[n]] = item.region
    kept = []
    for chain in chains:
        left, right = (side if side < 0 else int(new[side]) for side in (chain.left, chain.right))
        if left != right:
            kept.append(replace(chain, left=left, right=right))
    return Partition(kept, regions, removed)
