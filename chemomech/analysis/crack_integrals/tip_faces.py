"""What the faces of a straight crack add to the integrals about its tip (2D)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.operators import facet_normals
from chemomech.models.mechanical_parts import MechanicalState


def own_forces(integral: Any, state: MechanicalState) -> NDArray:
    """Return int t . [u]_,1 q ds of the state's own jump, as forces of the vertices (v,).

    Parameters
    ----------
    integral : DomainIntegral
        The tip's integral.
    state : MechanicalState
        State whose traction and jump act.
    """
    rows = integral.mechanics.rows[integral.tip.interface]
    slope = _jump_slope(integral, rows, state.displacement)
    weights = integral.mechanics.jump.subset(rows).weights
    work = weights * np.einsum("kqi,kqi->kq", state.traction[rows], slope)
    ends, share = _hats(integral, face_points(integral, rows))
    return integral.gather(ends, np.einsum("kq,kqv->kv", work, share))


def auxiliary_forces(integral: Any, state: MechanicalState, field: Any) -> NDArray:
    """Return int t . [u^a]_,1 q ds of an auxiliary field, as forces of the vertices (v,).

    A rule in sqrt(r) is taken, for the field is singular.

    Parameters
    ----------
    integral : DomainIntegral
        The tip's integral.
    state : MechanicalState
        State whose traction acts.
    field : callable
        A field of `crack_tip_fields`.
    """
    tip, domain = integral.tip, integral.mechanics.domain
    rows, facets = integral.mechanics.rows[tip.interface], domain.interfaces[tip.interface]
    ends, share = _hats(integral, face_points(integral, rows))
    place = -((domain.points[ends] - tip.point) @ integral.axes.T)[..., 0]
    reach = integral.radii.max()
    inside = np.flatnonzero((place > -1e-9 * reach).all(axis=1) & (place.min(axis=1) < reach))
    place = np.sqrt(np.maximum(place[inside], 0.0))
    node, weight = np.polynomial.legendre.leggauss(2 * share.shape[1])
    root = place.mean(axis=1)[:, None] + 0.5 * (place[:, 1] - place[:, 0])[:, None] * node
    length = np.abs(place[:, 1] - place[:, 0])[:, None] * weight * root
    r = root**2
    upper, lower = (
        field(r, np.full(r.shape, side), integral.shear, integral.bulk).gradient
        for side in (np.pi, -np.pi)
    )
    jump = (upper - lower)[..., 0]
    there = (r - place[:, :1] ** 2) / (place[:, 1:] ** 2 - place[:, :1] ** 2)
    powers = np.arange(share.shape[1])
    coefficients = np.linalg.solve(
        share[inside, :, 1][..., None] ** powers, state.traction[rows][inside]
    )
    traction = there[..., None] ** powers @ coefficients
    normal = facet_normals(domain, facets)[inside] @ integral.axes.T
    tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=1)
    # t and the jump change sign together when the plus side is the lower one.
    vector = traction[..., :1] * normal[:, None] + traction[..., 1:] * tangent[:, None]
    work = length * np.sign(normal[:, 1:]) * np.einsum("kqi,kqi->kq", vector, jump)
    if integral.axisymmetric:
        work = work * 2.0 * np.pi * (tip.point[0] - r * tip.direction[0])
    hats = np.stack([1.0 - there, there], axis=-1)
    return integral.gather(ends[inside], np.einsum("kq,kqv->kv", work, hats))


def face_points(integral: Any, rows: Any) -> NDArray:
    """Return quadrature points of the crack in its axes, (k, q, 2) [m].

    Parameters
    ----------
    integral : DomainIntegral
        The tip's integral.
    rows : slice or array of int
        Rows of the crack's facets among all interfaces.
    """
    return (integral.mechanics.jump.points[rows] - integral.tip.point) @ integral.axes.T


def _hats(integral, points):
    """Return ends (k, 2) of the crack's facets as vertices, and their hat functions.

    The hats are those at points (k, q, 2) in the crack's axes.
    """
    domain, tip = integral.mechanics.domain, integral.tip
    ends = domain.interfaces[tip.interface].of_first_cell(domain.vertices)
    place = (domain.points[ends] - tip.point) @ integral.axes.T
    edge = place[:, 1] - place[:, 0]
    square = np.einsum("ki,ki->k", edge, edge)
    share = np.einsum("kqi,ki->kq", points - place[:, :1], edge) / square[:, None]
    return ends, np.stack([1.0 - share, share], axis=-1)


def _jump_slope(integral, rows, displacement):
    """Return the derivative (k, q, 2) of the jump along e_1 in the frames of the interface."""
    points = face_points(integral, rows)
    share = _hats(integral, points)[1][..., 1]
    # The jump is a polynomial over a facet, and its points are as many as the coefficients.
    powers = np.arange(share.shape[1])
    jump = integral.mechanics.jump.subset(rows)(displacement)
    coefficients = np.linalg.solve(share[..., None] ** powers, jump)
    derivative = powers * share[..., None] ** np.maximum(powers - 1, 0) @ coefficients
    length = (points[:, -1, 0] - points[:, 0, 0]) / (share[:, -1] - share[:, 0])
    return derivative / np.where(np.abs(length) > 0, length, np.inf)[:, None, None]
