"""Where the flaws of a family sit in a cell, and along which lines the stress is taken.

A site is a facet of a face or boundary, or a piece of a region's area; every site has a line for
each angle. The stress on a line is the mean of the cell that holds each point: what stood there in
the cell without the flaw.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.fem.probe import locate
from chemomech.geometry.mesh.facets import facet_keys, shared_facets, single_facets

PROFILE_POINTS = 33
MOST_SITES = 400
ANGLES = {"edge": 6, "inside": 12}  # classes of a random angle
START = 1e-3  # of the profile's length: how far inside a face its first point lies


@dataclass(frozen=True)
class Lines:
    """Sites (x,) and their lines (x, k) of k angles, points (z,) each.

    Attributes
    ----------
    points : (x, 2) array
        Mouths, or middles of slits [m].
    weight : (x,) array
        Share of the measure, adding up to 1.
    measure : float
        Length of faces [m], area of a region [m2].
    found : int
        Number of sites before some were left out.
    angles : (k,) array
        [rad].
    direction : (x, k, 2) array
        Unit vectors of the lines.
    place : (z,) array
        Points along a line, from the mouth or the middle [m].
    cells : (x, k, z) array
        Cells that hold them.
    room : (x, k) array
        How far a line stays in its region [m].
    size : (x,) array
        Of the cell at the site [m].
    facets : (x,) array
        Rows of the interface, -1 for none.
    """

    points: np.ndarray
    weight: np.ndarray
    measure: float
    found: int
    angles: np.ndarray
    direction: np.ndarray
    place: np.ndarray
    cells: np.ndarray
    room: np.ndarray
    size: np.ndarray
    facets: np.ndarray


def lines_of(cell, family, interface, reach):
    """Return the Lines of a family of flaws in a cell.

    Parameters
    ----------
    cell : Cell
        Cell in 2D.
    family : object
        Its region, place, angle [rad] or "random", and name; see case.flaws.FlawFamily.
    interface : str or None
        Name of the interface from which flaws of a surface or a particle edge start.
    reach : float
        Length of the lines [m].

    Raises
    ------
    ValueError
        Where the family has no place in this mesh.
    """
    domain, edge = cell.domain, family.place in ("surface", "particle edge", "pore")
    points, across, share, facets = _sites(cell, family, interface)
    if not len(points):
        raise ValueError(f"the mesh has no {family.place} of {family.region}")
    found, measure = len(points), float(share.sum())
    chosen, count = _thinned(share)
    points, across, facets = points[chosen], across[chosen], facets[chosen]
    weight = count / count.sum() if found > MOST_SITES else share[chosen] / measure
    angles = _angles(family, edge)
    turn = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    left = np.stack([-across[:, 1], across[:, 0]], axis=1)
    direction = across[:, None] * turn[:, :1] + left[:, None] * turn[:, 1:]
    # Denser at the mouth or the middle, for the small flaws of a wide law.
    share = np.linspace(0.0 if edge else -1.0, 1.0, PROFILE_POINTS)
    place = reach * share * np.abs(share)
    start = START * reach * across if edge else np.zeros_like(across)
    line = (points + start)[:, None, None] + place[:, None] * direction[:, :, None]
    inside = domain.cells_of(family.region)
    cells = locate(domain, line.reshape(-1, 2), inside).reshape(line.shape[:3])
    cells, room = _within(cells, place, edge)
    if np.any(cells < 0):
        raise ValueError(f"a site does not lie in {family.region}")
    at_site = cells[:, 0, 0 if edge else len(place) // 2]
    size = np.sqrt(2.0 * np.abs(np.linalg.det(domain.jacobians(at_site))) / np.sqrt(3.0))
    return Lines(
        points, weight, measure, found, angles, direction, place, cells, room, size, facets
    )


def _angles(family, edge):
    """Return angles (k,) [rad]; a random one by classes of equal share.

    From a face within 45 degrees of its normal.
    """
    if family.angle != "random":
        return np.array([family.angle])
    count = ANGLES["edge" if edge else "inside"]
    middle = (np.arange(count) + 0.5) / count
    return (middle - 0.5) * (0.5 if edge else 1.0) * np.pi


def _thinned(share):
    """Sites (x,) that are kept and how often each counts: as many as MOST_SITES, by their share."""
    if len(share) <= MOST_SITES:
        return np.arange(len(share)), np.ones(len(share))
    steps = (np.arange(MOST_SITES) + 0.5) / MOST_SITES * share.sum()
    return np.unique(np.searchsorted(np.cumsum(share), steps), return_counts=True)


def _sites(cell, family, interface):
    """Return sites and what belongs to them.

    Points (x, 2), unit directions of angle 0 (x, 2), share of the measure (x,), rows of the
    interface (x,).
    """
    domain, region = cell.domain, cell.domain.regions[family.region]
    corner = domain.points[domain.vertices]
    if family.place == "interior":
        cells = domain.cells_of(family.region)
        area = 0.5 * np.abs(np.linalg.det(domain.jacobians(cells)))
        along = np.broadcast_to([1.0, 0.0], (len(cells), 2))
        return corner[cells].mean(axis=1), along, area, np.full(len(cells), -1)
    if family.place in ("surface", "particle edge"):
        facets = domain.interfaces[interface]
        ends = domain.points[facets.of_first_cell(domain.vertices)]
        side = np.where(domain.region[facets.cells[:, 0]] == region, 0, 1)
        beside, rows = facets.cells[np.arange(len(facets)), side], np.arange(len(facets))
    else:
        ends, beside = (
            _boundaries(domain, region)
            if family.place == "grain boundary"
            else _free(domain, region)
        )
        ends, rows = domain.points[ends], np.full(len(ends), -1)
    edge = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(edge, axis=1)
    middle = ends.mean(axis=1)
    if family.place == "grain boundary":
        return middle, edge / length[:, None], length, rows
    normal = np.stack([-edge[:, 1], edge[:, 0]], axis=1) / length[:, None]
    normal *= np.sign(np.einsum("ki,ki->k", corner[beside].mean(axis=1) - middle, normal))[:, None]
    return middle, normal, length, rows


def _boundaries(domain, region):
    """Edges (k, 2) between two grains of a region, and a cell of each."""
    cells = np.flatnonzero(domain.region == region)
    edges = shared_facets(domain.vertices[cells])
    part = domain.particle[cells][edges.owners]
    between = (part[:, 0] != part[:, 1]) & (part >= 0).all(axis=1)
    return edges.facets[between], cells[edges.owners[between, 0]]


def _free(domain, region):
    """Return edges (k, 2) of a region on the outside that belong to no named face.

    They are those of pores left out of the mesh.
    """
    ends, cells = single_facets(domain.vertices)
    kept = domain.region[cells] == region
    count = len(domain.points)
    for facets in domain.boundaries.values():
        named = facet_keys(facets.of_first_cell(domain.vertices), count)
        kept &= ~np.isin(facet_keys(ends, count), named)
    return ends[kept], cells[kept]


def _within(cells, place, edge):
    """Return cells (x, k, z), and how far each line stays in its region (x, k) [m].

    Cells beyond the region's end are taken from before it.
    """
    filled, middle = cells.copy(), 0 if edge else len(place) // 2
    inside = np.ones(cells.shape[:2], dtype=bool)
    room = np.full(cells.shape[:2], np.inf)
    for columns in (range(middle + 1, len(place)), range(middle - 1, -1, -1)):
        before, inside = middle, filled[..., middle] >= 0
        for column in columns:
            left = inside & (cells[..., column] < 0)
            room[left] = np.minimum(room[left], abs(place[before]))
            inside = inside & ~left
            filled[..., column] = np.where(inside, cells[..., column], filled[..., before])
            before = column
    return filled, room
