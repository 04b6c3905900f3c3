"""From the section [voids] of a case to the lithium's face.

Where the face stands at the start, and the columns below it that vacancies diffuse in.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemomech.case import CaseError
from chemomech.geometry.mesh.facets import shared_facets
from chemomech.models.mechanics import Mechanics
from chemomech.physics.lithium import vacancies as vacancy
from chemomech.physics.lithium import voids
from chemomech.setup.cell import Cell
from chemomech.simulation.lithium_face import LithiumFace
from chemomech.units.field import MICROMETRE

if TYPE_CHECKING:
    from chemomech.case.schema import Case
    from chemomech.case.voids import Voids

MOST_COVERED = 0.95  # share of the face that voids may take


def lithium_face(case: "Case", cell: Cell) -> LithiumFace:
    """Make the lithium's face of a case; see `open_voids` for what its voids mean to mechanics.

    Parameters
    ----------
    case : Case
        Its section [voids], and whether lithium spreads evenly.
    cell : Cell
        Its models, which stay as they are.

    Raises
    ------
    CaseError
        For voids that do not fit the face.
    """
    given, even = case.voids, case.plating == "even"
    anode, _ = cell.electrodes()
    weights, rows = cell.mechanics.jump.weights, anode.rows
    columns = None
    depth, diffusivity, limit = given.vacancy_depth, given.vacancy_diffusivity, given.vacancy_limit
    if depth is not None and diffusivity is not None and limit is not None:
        column, widths = vacancy.graded_column(depth, diffusivity, limit), weights[rows].sum(axis=1)
        facets = cell.domain.interfaces[anode.interface].of_first_cell(cell.domain.vertices)
        beside = neighbours(cell.domain.points, facets)
        columns = vacancy.join_columns(column, widths, *beside)
    if not given.seeded:
        return LithiumFace(0.0, columns, even)
    floors = _void_depths(given, cell)
    covered = np.sum(weights[rows] * (floors > 0)) / np.sum(weights[rows])
    if not 0.0 < covered < MOST_COVERED:
        raise CaseError(
            f"voids.width: given {_micrometres(given.width)} um; its voids take "
            f"{100 * covered:.0f} % of the face, accepted more than 0 (at least a facet of the "
            f"mesh) and less than {100 * MOST_COVERED:.0f} %"
        )
    profile = np.zeros(weights.shape)
    profile[rows] = -floors
    return LithiumFace(profile, columns, even)


def _micrometres(length: float | None) -> str:
    """Write a length as a user does."""
    return "none" if length is None else f"{length / MICROMETRE:g}"


def _void_depths(given: "Voids", cell: Cell) -> NDArray:
    """Depth of the voids at the face's points, (f, q) [m]; raises CaseError."""
    corners, shares = _corners(cell)
    _check(given, corners.shape[-1] - 1)
    along = corners[..., :-1]
    low = along.min(axis=(0, 1))
    size = along.max(axis=(0, 1)) - low
    depth = np.zeros(along.shape[:2])
    if given.depth is None or given.width is None:
        return depth
    for middle in given.middles:
        distance = np.linalg.norm(along - (low + np.atleast_1d(middle) * size), axis=-1)
        try:
            depth = np.maximum(depth, voids.floor(distance, given.depth, given.width, given.shape))
        except ValueError as error:
            raise CaseError(f"voids.depth: {error}") from None
    # Straight between the corners of a facet, so that the displacement can follow it and the void
    # can close.
    return np.einsum("fqc,fc->fq", shares, depth)


def open_voids(mechanics: Mechanics, face: LithiumFace) -> Mechanics:
    """Debond the voids that a LithiumFace has from the start; without any the body stays itself."""
    if not np.any(face.profile):
        return mechanics
    damage = np.where(face.profile < 0.0, 1.0, mechanics.initial_damage)
    return mechanics.with_initial_damage(damage)


def _check(given: "Voids", along: int) -> None:
    """Raise CaseError where positions do not fit a face of `along` dimensions."""
    if along == 2 and given.positions is None:
        raise CaseError(
            "voids.positions: is required in three dimensions: pairs of shares of the face"
        )
    if any(np.size(middle) != along for middle in given.middles):
        wanted = "pairs" if along == 2 else "numbers"
        raise CaseError(
            f"voids.positions: the face has {along} dimension{'s' * (along > 1)}; write {wanted}"
        )


def _corners(cell: Cell) -> tuple[NDArray, NDArray]:
    """Corners (f, d, d) [m] of the facets, barycentric coordinates (f, q, d) of their points."""
    anode, _ = cell.electrodes()
    domain, facets = cell.domain, cell.domain.interfaces[anode.interface]
    corners = domain.points[facets.of_first_cell(domain.vertices)]
    edges = corners[:, 1:] - corners[:, :1]
    beyond = cell.mechanics.jump.points[anode.rows] - corners[:, :1]
    shares = beyond @ np.linalg.pinv(edges)
    return corners, np.concatenate([1.0 - shares.sum(axis=-1, keepdims=True), shares], axis=-1)


def neighbours(points: NDArray, facets: NDArray) -> tuple[NDArray, NDArray]:
    """Find which facets of the lithium's face lie beside each other.

    Parameters
    ----------
    points : (n, d) array
        Positions of the vertices [m].
    facets : (f, d) array
        Vertices of the facets.

    Returns
    -------
    pairs : (l, 2) array
        Facets that share an edge, in two dimensions a vertex.
    ratio : (l,) array
        The edge's length (1 in two dimensions) over the distance of their middles.
    """
    shared = shared_facets(facets)
    pairs, ends = shared.owners, points[shared.facets]
    middles = points[facets].mean(axis=1)
    distance = np.linalg.norm(middles[pairs[:, 0]] - middles[pairs[:, 1]], axis=1)
    length = np.linalg.norm(ends[:, -1] - ends[:, 0], axis=1) if facets.shape[1] > 2 else 1.0
    return pairs, length / distance
