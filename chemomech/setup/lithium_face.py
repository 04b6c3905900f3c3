"""From the section [voids] of a case to the lithium's face: where it stands at the start, columns for vacancies below it."""

import numpy as np

from chemomech.case import CaseError
from chemomech.geometry.mesh.facets import shared_facets
from chemomech.physics.lithium import vacancies as vacancy
from chemomech.physics.lithium import voids
from chemomech.simulation.lithium_face import LithiumFace
from chemomech.units.field import MICROMETRE


def lithium_face(case, cell):
    """LithiumFace of a case; see `open_voids` for what its voids mean to mechanics. Raises CaseError."""
    given, even = case.voids, case.plating == "even"
    columns = None
    if given.vacancy_depth is not None:
        column = vacancy.graded_column(
            given.vacancy_depth, given.vacancy_diffusivity, given.vacancy_limit
        )
        columns = vacancy.join_columns(
            column, cell.mechanics.jump.weights[cell.anode.rows].sum(axis=1), *neighbours(cell)
        )
    if not given.seeded:
        return LithiumFace(0.0, columns, even)
    mechanics, rows = cell.mechanics, cell.anode.rows
    corners, shares = _corners(cell)
    _check(given, corners.shape[-1] - 1)
    along = corners[..., :-1]
    low = along.min(axis=(0, 1))
    size = along.max(axis=(0, 1)) - low
    depth = np.zeros(along.shape[:2])
    for middle in given.middles:
        distance = np.linalg.norm(along - (low + np.atleast_1d(middle) * size), axis=-1)
        try:
            depth = np.maximum(depth, voids.floor(distance, given.depth, given.width, given.shape))
        except ValueError as error:
            raise CaseError(f"voids.depth: {error}") from None
    # Straight between the corners of a facet, so that the displacement can follow it and the void
    # can close.
    depth = np.einsum("fqc,fc->fq", shares, depth)
    covered = np.sum(mechanics.jump.weights[rows] * (depth > 0)) / np.sum(
        mechanics.jump.weights[rows]
    )
    if not 0.0 < covered < 0.95:
        raise CaseError(
            f"voids.width: given {given.width / MICROMETRE:g} um; its voids take {100 * covered:.0f} % of the face, accepted "
            "more than 0 (at least a facet of the mesh) and less than 95 %"
        )
    profile = np.zeros(mechanics.jump.weights.shape)
    profile[rows] = -depth
    return LithiumFace(profile, columns, even)


def open_voids(mechanics, face):
    """The Mechanics with the voids that a LithiumFace has from the start debonded; itself where there are none."""
    if not np.any(face.profile):
        return mechanics
    return mechanics.with_initial_damage(
        np.where(face.profile < 0.0, 1.0, mechanics.initial_damage)
    )


def _check(given, along):
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


def _corners(cell):
    """Corners (f, d, d) [m] of the face's facets, and of their points the barycentric coordinates (f, q, d)."""
    domain, facets = cell.domain, cell.domain.interfaces[cell.anode.interface]
    corners = domain.points[facets.of_first_cell(domain.vertices)]
    edges = corners[:, 1:] - corners[:, :1]
    beyond = cell.mechanics.jump.points[cell.anode.rows] - corners[:, :1]
    shares = beyond @ np.linalg.pinv(edges)
    return corners, np.concatenate([1.0 - shares.sum(axis=-1, keepdims=True), shares], axis=-1)


def neighbours(cell):
    """Pairs (l, 2) of the face's facets that share an edge (in two dimensions a vertex), and the edge's length (1) over the
    distance of their middles (l,)."""
    domain, facets = cell.domain, cell.domain.interfaces[cell.anode.interface]
    vertices = facets.of_first_cell(domain.vertices)
    shared = shared_facets(vertices)
    pairs, ends = shared.owners, domain.points[shared.facets]
    middles = domain.points[vertices].mean(axis=1)
    distance = np.linalg.norm(middles[pairs[:, 0]] - middles[pairs[:, 1]], axis=1)
    length = np.linalg.norm(ends[:, -1] - ends[:, 0], axis=1) if vertices.shape[1] > 2 else 1.0
    return pairs, length / distance
