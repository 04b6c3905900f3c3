"""What a mesh holds: fractions, interfaces, particles and their coverage, quality.

Pure functions of a Microstructure. Everything holds in 2D and 3D alike: a measure is an area [m²]
or a volume [m³], a surface a length [m] or an area [m²]. The stack direction is the last axis. A
layer is what lies between the lowest and the highest point of a region along it: in a layered cell
that of the electrolyte is the composite cathode.
"""

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from chemomech.geometry.mesh.facets import cell_measures, cell_qualities, facet_measures
from chemomech.geometry.mesh.microstructure import Microstructure

SLIVER = 0.1  # scaled Jacobian below which a cell counts as a sliver
FLAT = 1e-9  # of the extent: a side is plane
OUTSIDE = "outside"
SIDES = {
    2: (("left", "right"), ("bottom", "top")),
    3: (("left", "right"), ("front", "back"), ("bottom", "top")),
}  # per axis: the side at its lower and at its upper end


def fractions(mesh: Microstructure) -> dict[str, float]:
    """Return region -> share of the measure of the whole mesh."""
    every = {name: mesh.region_measure(name) for name in mesh.regions}
    return {name: value / sum(every.values()) for name, value in every.items()}


def heights(mesh: Microstructure, region: str) -> tuple[float, float]:
    """Return the lowest and the highest coordinate [m] of a region along the stack."""
    along = mesh.points[mesh.cells[mesh.region_cells(region)], -1]
    return float(along.min()), float(along.max())


def layer(mesh: Microstructure, region: str) -> Microstructure:
    """Return the layer of a region: the cells whose centroid lies within its heights.

    Parameters
    ----------
    mesh : Microstructure
        The whole mesh.
    region : str
        The region that spans the layer, see the module.
    """
    low, high = heights(mesh, region)
    centre = mesh.points[mesh.cells, -1].mean(axis=1)
    return subset(mesh, (centre >= low) & (centre <= high))


def subset(mesh: Microstructure, kept: np.ndarray) -> Microstructure:
    """Return the mesh of some cells, its boundaries the plane sides of its bounding box.

    Interfaces are dropped; particles keep their numbers.

    Parameters
    ----------
    mesh : Microstructure
        The whole mesh.
    kept : (m,) bool array
        Mask of the cells that stay.
    """
    used, cells = np.unique(mesh.cells[kept], return_inverse=True)
    region = mesh.cell_region[kept]
    found = {name: number for name, number in mesh.regions.items() if np.any(region == number)}
    cut = Microstructure(
        mesh.points[used],
        cells.reshape(-1, mesh.dimension + 1),
        region,
        found,
        mesh.cell_particle[kept],
    )
    return replace(cut, boundaries=plane_sides(cut))


def plane_sides(mesh: Microstructure, tolerance: float = FLAT) -> dict[str, np.ndarray]:
    """Return side -> outer facets (k, dimension) in that plane of the bounding box.

    Sides are left and right along x, bottom and top along the last axis, in space front and back
    along y; sides without any facets are left out.

    Parameters
    ----------
    mesh : Microstructure
        The mesh.
    tolerance : float
        Distance from the plane, as a share of the extent, up to which a facet counts.
    """
    outer = mesh.outer_facets()
    low, high = mesh.points.min(axis=0), mesh.points.max(axis=0)
    within = tolerance * (high - low).max()
    sides = {}
    for axis, names in enumerate(SIDES[mesh.dimension]):
        for name, plane in zip(names, (low, high), strict=True):
            on_plane = np.abs(mesh.points[outer, axis] - plane[axis]).max(axis=1) <= within
            if on_plane.any():
                sides[name] = outer[on_plane]
    return sides


@dataclass(frozen=True)
class Interface:
    """The boundary between two regions.

    Attributes
    ----------
    surface : float
        Its length [m] or area [m²].
    per_section : float
        Surface over the box's section across the stack; a length over a length in 2D.
    specific : float or None
        Surface over the measure of the layer that holds both regions side by side [1/m]; None where
        they lie one above the other.
    """

    surface: float
    per_section: float
    specific: float | None


def interfaces(mesh: Microstructure) -> dict[str, Interface]:
    """Return "region|region" (alphabetical) -> Interface, for every two regions that touch.

    One region twice: the boundaries between its particles, for example its grains.
    """
    box = np.ptp(mesh.points, axis=0)
    found = {}
    for one, other in combinations_with_replacement(sorted(mesh.regions), 2):
        if one == other and np.any(mesh.cell_particle[mesh.region_cells(one)] < 0):
            continue
        facets = mesh.interface_between(one, other)
        if not len(facets):
            continue
        surface = float(facet_measures(mesh.points, facets).sum())
        section = float(box[:-1].prod())
        found[f"{one}|{other}"] = Interface(
            surface, surface / section, _specific(mesh, one, other, surface)
        )
    return found


def _specific(mesh: Microstructure, one: str, other: str, surface: float) -> float | None:
    """Return the surface per measure of the higher region's layer.

    None unless half of the other region lies in that layer.
    """
    both = sorted(
        (heights(mesh, name) for name in (one, other)), key=lambda ends: ends[1] - ends[0]
    )
    (low, high), (lower, upper) = both
    if min(high, upper) - max(low, lower) < 0.5 * (high - low):
        return None
    name = one if heights(mesh, one) == both[1] else other
    around = layer(mesh, name)
    return surface / float(cell_measures(around.points, around.cells).sum())


@dataclass(frozen=True)
class Particles:
    """The particles of a region, or its components where it has no particles.

    Attributes
    ----------
    number : (p,) int array
        Number of each as in cell_particle, or counted from 0.
    measure : (p,) array
        Area [m²] or volume [m³].
    centre : (p, dimension) array
        Centroid [m].
    diameter : (p,) array
        Diameter [m] of the disc or sphere of equal measure.
    surface : (p,) array
        Length [m] or area [m²] of the surface.
    coverage : dict of str to (p,) array
        What lies on the other side -> share of the particle's surface: a region, the particle's own
        region for other particles, or "outside".
    """

    number: np.ndarray
    measure: np.ndarray
    centre: np.ndarray
    diameter: np.ndarray
    surface: np.ndarray
    coverage: dict[str, np.ndarray]

    def quantiles(self, shares: tuple[float, ...] = (0.1, 0.5, 0.9)) -> np.ndarray:
        """Return the diameters [m] below which these shares of the particles' measure lie."""
        order = np.argsort(self.diameter, kind="stable")
        sums = np.cumsum(self.measure[order])
        rows = np.searchsorted(sums, np.asarray(shares) * sums[-1] * (1.0 - 1e-12))
        return self.diameter[order][np.minimum(rows, len(order) - 1)]

    def mean_coverage(self) -> dict[str, float]:
        """Return what lies on the other side -> share of the surface of all particles."""
        return {
            name: float(share @ self.surface / self.surface.sum())
            for name, share in self.coverage.items()
        }


def particles(mesh: Microstructure, region: str) -> Particles:
    """Return the particles of a region; GeometryError for an unknown name."""
    inside = mesh.region_cells(region)
    labels = np.where(inside, mesh.cell_particle, -1)
    if np.any(labels[inside] < 0):
        labels = mesh.components(region)[1]
    number, label = np.unique(labels[inside], return_inverse=True)
    rank = np.full(len(mesh.cells), -1)
    rank[inside] = label
    size = cell_measures(mesh.points, mesh.cells)[inside]
    measure = np.bincount(label, size)
    middle = mesh.points[mesh.cells[inside]].mean(axis=1)
    centre = np.column_stack([np.bincount(label, size * x) / measure for x in middle.T])
    coverage = _coverage(mesh, region, rank, len(number))
    surface = np.sum(list(coverage.values()), axis=0)
    factor = 4.0 / np.pi if mesh.dimension == 2 else 6.0 / np.pi
    shares = {name: each / surface for name, each in coverage.items() if each.any()}
    return Particles(
        number, measure, centre, (factor * measure) ** (1.0 / mesh.dimension), surface, shares
    )


def _coverage(
    mesh: Microstructure, region: str, rank: np.ndarray, count: int
) -> dict[str, np.ndarray]:
    """Return what lies on the other side -> surface (count,) of each particle.

    rank (m,): the particle of each cell, -1 for none.
    """
    table = mesh.facet_table
    size = facet_measures(mesh.points, table.facets)
    found = {name: np.zeros(count) for name in (*mesh.regions, OUTSIDE)}
    for near, far in (table.cells.T, table.cells.T[::-1]):
        mine = np.where(near >= 0, rank[near], -1)
        outer = (mine >= 0) & (far < 0)
        found[OUTSIDE] += np.bincount(mine[outer], size[outer], count)
        for name, number in mesh.regions.items():
            at = (mine >= 0) & (far >= 0) & (mesh.cell_region[far] == number)
            at &= (rank[far] != mine) if name == region else True
            found[name] += np.bincount(mine[at], size[at], count)
    return found


def scaled_jacobians(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the scaled Jacobian of each simplex: 1 regular, 0 flat, negative inverted.

    c J / max over the corners of the product of the edge lengths that meet there, J = d! times the
    measure, c = 2/sqrt(3) (triangle) or sqrt(2) (tetrahedron).

    Parameters
    ----------
    points : (n, d) array
        Coordinates [m].
    cells : (m, d + 1) int array
        Vertices of the simplices.

    References
    ----------
    Knupp, SIAM J. Sci. Comput. 23 (2001) 193†.
    """
    corners = cells.shape[1]
    edges = points[cells][:, :, None] - points[cells][:, None, :]
    length = np.linalg.norm(edges, axis=3)
    length[:, np.arange(corners), np.arange(corners)] = 1.0
    factor, factorial = (2.0 / np.sqrt(3.0), 2.0) if corners == 3 else (np.sqrt(2.0), 6.0)
    return factor * factorial * cell_measures(points, cells) / length.prod(axis=2).max(axis=1)


@dataclass(frozen=True)
class Quality:
    """Shapes of the cells; the worst is that of the smallest scaled Jacobian.

    Attributes
    ----------
    scaled_jacobian, mean_ratio : float
        The smallest of each over all cells.
    mean_of_mean_ratio : float
        Mean over all cells.
    slivers : int
        Number of cells whose scaled Jacobian is below SLIVER.
    position : (dimension,) array
        Centroid of the worst cell [m].
    region : str
        Region of the worst cell.
    particle : int
        Particle or grain of the worst cell, -1 for none.
    edges : (float, float)
        Shortest and longest edge [m].
    """

    scaled_jacobian: float
    mean_ratio: float
    mean_of_mean_ratio: float
    slivers: int
    position: np.ndarray
    region: str
    particle: int
    edges: tuple[float, float]


def quality(mesh: Microstructure) -> Quality:
    """Return the quality of a mesh and where it is worst."""
    jacobian, ratio = (
        scaled_jacobians(mesh.points, mesh.cells),
        cell_qualities(mesh.points, mesh.cells),
    )
    worst = int(np.argmin(jacobian))
    region = next(
        name for name, number in mesh.regions.items() if number == mesh.cell_region[worst]
    )
    first, second = np.triu_indices(mesh.cells.shape[1], 1)
    length = np.linalg.norm(
        mesh.points[mesh.cells[:, first]] - mesh.points[mesh.cells[:, second]], axis=2
    )
    return Quality(
        float(jacobian[worst]),
        float(ratio.min()),
        float(ratio.mean()),
        int(np.sum(jacobian < SLIVER)),
        mesh.points[mesh.cells[worst]].mean(axis=0),
        region,
        int(mesh.cell_particle[worst]),
        (float(length.min()), float(length.max())),
    )
