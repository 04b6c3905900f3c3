"""A meshed microstructure: one simplex mesh with named regions, interfaces and boundaries.

The mesh is conforming, and interfaces stay ordinary interior facets of it: no point is doubled.
Lengths are in metres; cells are positively oriented (counter-clockwise in 2D).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.facets import (
    FacetTable,
    build_facet_table,
    cell_measures,
    cell_qualities,
    facet_measures,
    place_of,
)
from chemomech.units.words import counted


@dataclass(frozen=True, eq=False)
class Microstructure:
    """A mesh and the names of what it holds.

    Attributes
    ----------
    points : (n, dimension) array
        Coordinates [m].
    cells : (m, dimension + 1) int array
        Vertices of each cell.
    cell_region : (m,) int array
        Region id of each cell.
    regions : dict of str to int
        Region name -> id.
    cell_particle : (m,) int array
        Number of the particle or grain that a cell belongs to, unique over all regions; -1 where
        there is none.
    interfaces : dict of str to (k, dimension) int array
        Name -> interior facets by their vertices.
    boundaries : dict of str to (k, dimension) int array
        Name -> facets of the outer boundary by their vertices.
    notes : tuple of str
        What the recipe has to say about it.
    cautions : tuple of str
        Those of the notes that a reader should know before anything is computed on it.
    """

    points: np.ndarray
    cells: np.ndarray
    cell_region: np.ndarray
    regions: dict[str, int]
    cell_particle: np.ndarray
    interfaces: dict[str, np.ndarray] = field(default_factory=dict)
    boundaries: dict[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def dimension(self) -> int:
        """Number of space dimensions, 2 or 3."""
        return self.points.shape[1]

    @cached_property
    def facet_table(self) -> FacetTable:
        """All facets of the mesh with the cells on their sides."""
        return build_facet_table(self.cells, len(self.points), self.points)

    def region_cells(self, regions: str | Sequence[str]) -> np.ndarray:
        """Return the mask (m,) of the cells of one region or of several.

        Raises GeometryError for an unknown name.
        """
        names = [regions] if isinstance(regions, str) else list(regions)
        return np.isin(self.cell_region, [_look_up(self.regions, name, "region") for name in names])

    def region_measure(self, name: str) -> float:
        """Return the area [m²] (2D) or volume [m³] (3D) of a region."""
        return float(cell_measures(self.points, self.cells[self.region_cells(name)]).sum())

    def interface_measure(self, name: str) -> float:
        """Return the length [m] (2D) or area [m²] (3D) of an interface."""
        return float(
            facet_measures(self.points, _look_up(self.interfaces, name, "interface")).sum()
        )

    def boundary_measure(self, name: str) -> float:
        """Return the length [m] (2D) or area [m²] (3D) of an outer boundary."""
        return float(facet_measures(self.points, _look_up(self.boundaries, name, "boundary")).sum())

    def outer_facets(self) -> np.ndarray:
        """Return all facets (k, dimension) that have a cell on one side only."""
        return self.facet_table.facets[~self.facet_table.interior]

    def interface_between(self, region_a: str, region_b: str) -> np.ndarray:
        """Return all interior facets (k, dimension) that separate two regions; k may be 0.

        One region twice: the boundaries between its particles or grains.

        Parameters
        ----------
        region_a, region_b : str
            Names of the regions.

        Raises
        ------
        GeometryError
            A name is unknown, or a region named twice has neither particles nor grains.
        """
        in_a, in_b = self.region_cells(region_a), self.region_cells(region_b)
        table = self.facet_table
        first, second = table.cells.T
        between = (in_a[first] & in_b[second]) | (in_b[first] & in_a[second])
        if region_a == region_b:
            if np.any(self.cell_particle[in_a] < 0):
                raise GeometryError(
                    f"an interface needs two different regions, or particles: '{region_a}' has none"
                )
            between &= self.cell_particle[first] != self.cell_particle[second]
        return table.facets[table.interior & between]

    def with_interfaces(self, interfaces: Mapping[str, np.ndarray]) -> "Microstructure":
        """Return the same mesh with these interfaces (name -> facets) added or replaced."""
        return replace(self, interfaces={**self.interfaces, **interfaces})

    def components(self, regions: str | Sequence[str]) -> tuple[int, np.ndarray]:
        """Return the number of facet-connected components of some regions, and each cell's label.

        The labels (m,) count from 0 and are -1 outside the regions. Cells that touch in a vertex
        only, or in 3D along an edge only, are not connected.
        """
        inside = self.region_cells(regions)
        pairs = self.facet_table.cells[self.facet_table.interior]
        first, second = pairs[inside[pairs].all(axis=1)].T
        size = len(self.cells)
        graph = coo_matrix((np.ones(len(first), dtype=bool), (first, second)), shape=(size, size))
        every_label = connected_components(graph, directed=False)[1]
        found, labels_inside = np.unique(every_label[inside], return_inverse=True)
        labels = np.full(size, -1)
        labels[inside] = labels_inside
        return len(found), labels

    def percolates(self, regions: str | Sequence[str], start: str, end: str) -> bool:
        """Return whether one component of the regions touches both `start` and `end`.

        Parameters
        ----------
        regions : str or sequence of str
            Names of one region or several.
        start, end : str
            Names of outer boundaries or interfaces.
        """
        labels = self.components(regions)[1]
        return bool(
            np.intersect1d(self._labels_at(start, labels), self._labels_at(end, labels)).size
        )

    def quality(self) -> tuple[float, float]:
        """Return the smallest and the mean mean-ratio quality of the cells (1 regular, 0 flat)."""
        qualities = cell_qualities(self.points, self.cells)
        return float(qualities.min()), float(qualities.mean())

    def validate(self) -> "Microstructure":
        """Return this microstructure; GeometryError says why when it is not consistent."""
        _check_arrays(self)
        _check_cells(self)
        _check_facet_groups(self)
        return self

    def _labels_at(self, name: str, labels: np.ndarray) -> np.ndarray:
        facets = _look_up({**self.interfaces, **self.boundaries}, name, "boundary or interface")
        rows = self.facet_table.find(facets)
        beside = self.facet_table.cells[rows[rows >= 0]].ravel()
        found = np.unique(labels[beside[beside >= 0]])
        return found[found >= 0]


def _look_up(names: Mapping, name: str, kind: str) -> Any:
    """Return what a name stands for; GeometryError lists the known ones."""
    if name not in names:
        raise GeometryError(f"no {kind} '{name}'; there is: {', '.join(sorted(names)) or 'none'}")
    return names[name]


def _check_arrays(mesh: Microstructure) -> None:
    """Raise GeometryError for arrays of a wrong shape or with values that cannot be."""
    if mesh.points.ndim != 2 or mesh.dimension not in (2, 3):
        raise GeometryError(f"points must have the shape (n, 2) or (n, 3), not {mesh.points.shape}")
    if mesh.cells.ndim != 2 or mesh.cells.shape[1] != mesh.dimension + 1 or len(mesh.cells) == 0:
        shape = f"(m > 0, {mesh.dimension + 1})"
        raise GeometryError(f"cells must have the shape {shape}, not {mesh.cells.shape}")
    for name, values in (("cell_region", mesh.cell_region), ("cell_particle", mesh.cell_particle)):
        if values.shape != (len(mesh.cells),):
            raise GeometryError(
                f"{name} must have the shape ({len(mesh.cells)},), not {values.shape}"
            )
    if not np.isfinite(mesh.points).all():
        raise GeometryError("a point has a coordinate that is not finite")
    if mesh.cells.min() < 0 or mesh.cells.max() >= len(mesh.points):
        raise GeometryError(f"a cell has a vertex index outside 0..{len(mesh.points) - 1}")


def _check_cells(mesh: Microstructure) -> None:
    """Raise GeometryError for unused points, flat cells, and regions without cells or name."""
    unused = len(mesh.points) - len(np.unique(mesh.cells))
    if unused:
        raise GeometryError(f"{unused} of {len(mesh.points)} points belong to no cell")
    inverted = np.flatnonzero(cell_measures(mesh.points, mesh.cells) <= 0.0)
    if inverted.size:
        place = place_of(mesh.points[mesh.cells[inverted[0]]].mean(axis=0))
        said = counted(inverted.size, "cell is", "cells are")
        raise GeometryError(f"{said} inverted or flat, the first at {place}")
    if len(set(mesh.regions.values())) < len(mesh.regions):
        raise GeometryError("two regions have the same id")
    empty = [
        name for name, region in mesh.regions.items() if not np.any(mesh.cell_region == region)
    ]
    if empty:
        raise GeometryError(f"regions without cells: {', '.join(empty)}")
    unnamed = np.count_nonzero(~np.isin(mesh.cell_region, list(mesh.regions.values())))
    if unnamed:
        raise GeometryError(
            counted(
                int(unnamed), "cell belongs to no named region", "cells belong to no named region"
            )
        )


def _check_facet_groups(mesh: Microstructure) -> None:
    """Raise GeometryError for interfaces and boundaries that are no facets or overlap."""
    both = sorted(mesh.interfaces.keys() & mesh.boundaries.keys())
    if both:
        raise GeometryError(f"the name '{both[0]}' stands for an interface and for a boundary")
    table = mesh.facet_table
    owner: dict[str, np.ndarray] = {}
    for kind, groups, interior in (
        ("interface", mesh.interfaces, True),
        ("boundary", mesh.boundaries, False),
    ):
        for name, facets in groups.items():
            if facets.ndim != 2 or facets.shape[1] != mesh.dimension or len(facets) == 0:
                shape = f"(k > 0, {mesh.dimension})"
                raise GeometryError(
                    f"{kind} '{name}' must have the shape {shape}, not {facets.shape}"
                )
            rows = table.find(facets)
            missing = np.count_nonzero(rows < 0)
            if missing:
                lost = counted(int(missing), "facet is", "facets are")
                raise GeometryError(f"{kind} '{name}': {lost} not in the mesh")
            wrong = np.count_nonzero(table.interior[rows] != interior)
            if wrong:
                place = "on the outer boundary" if interior else "inside the mesh"
                raise GeometryError(f"{kind} '{name}': {wrong} of {len(rows)} facets lie {place}")
            if len(np.unique(rows)) < len(rows):
                raise GeometryError(f"{kind} '{name}' holds a facet twice")
            for other, others in owner.items():
                if np.isin(rows, others).any():
                    raise GeometryError(f"'{name}' and '{other}' share facets")
            owner[name] = rows
