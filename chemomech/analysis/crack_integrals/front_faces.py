"""What faces of a flat crack and borders of eigenstrain add to the integrals along a front (3D)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.crack_integrals.fronts import local_coordinates
from chemomech.fem.operators import facet_frames
from chemomech.geometry.mesh.facets import shared_facets
from chemomech.models.mechanical_parts import MechanicalState
from chemomech.physics.fracture import crack_tip_fields


def border_forces(integral: Any, mean: NDArray, free: NDArray) -> NDArray:
    """Return int tr(s) [e*] n . q dA between cells as forces of the vertices (v,) [N].

    s is the mean of both sides.

    Parameters
    ----------
    integral : FrontIntegral
        The front's integral.
    mean : (e, q) array
        tr(s) at the points [Pa].
    free : (e, 4) array
        e* at the corners.
    """
    if np.ptp(free) == 0.0:
        return np.zeros(len(integral.mechanics.domain.points))
    mean = np.einsum("vq,eq->ev", np.linalg.pinv(integral.hats[0]), mean)
    domain, vertices = integral.mechanics.domain, integral.vertices
    faces, pair, corner = shared_facets(vertices)
    pick = lambda values: np.take_along_axis(values[pair], corner, axis=2)  # noqa: E731
    tr, e = pick(mean).mean(axis=1), pick(free)
    points = domain.points[faces]
    normal = 0.5 * np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    inside = domain.points[vertices[pair[:, 0]]].mean(axis=1)
    normal *= np.sign(np.einsum("ki,ki->k", normal, points[:, 0] - inside))[:, None]
    # Out of the first cell: [e*] = second - first; three points, exact to degree 2.
    share = np.array([[4, 1, 1], [1, 4, 1], [1, 1, 4]]) / 6.0
    value = (tr @ share.T) * ((e[:, 1] - e[:, 0]) @ share.T) / 3.0
    local = np.einsum("kg,gv,ki,kvi->kv", value, share, normal, integral.move[faces])
    return integral.gather(faces, local)


def face_forces(
    integral: Any, state: MechanicalState, mode: Callable | str | None = None
) -> NDArray:
    """Return int t . [u]_,k q_k dA as forces of the vertices (v,) [N].

    Parameters
    ----------
    integral : FrontIntegral
        The front's integral.
    state : MechanicalState
        State whose traction acts.
    mode : callable or str, optional
        A field of `crack_tip_fields`, or "three", whose jump is taken instead of the state's.
    """
    m, domain, front = integral.mechanics, integral.mechanics.domain, integral.front
    rows, facets = m.rows[front.interface], domain.interfaces[front.interface]
    vertices = facets.of_first_cell(domain.vertices)
    reached = (integral.plateaus.max(axis=0)[vertices] > 0).any(axis=1)
    inside = np.flatnonzero(reached)
    traction = state.traction[rows][inside]
    if not np.any(traction):
        return np.zeros(len(domain.points))
    vertices, points = vertices[inside], m.jump.points[rows][inside]
    corner = domain.points[vertices]
    edges = corner[:, 1:] - corner[:, :1]
    dual = np.linalg.pinv(edges)
    flat = np.einsum("kqi,kij->kqj", points - corner[:, :1], dual)
    weight = m.jump.weights[rows][inside]
    if mode is None:
        share, slope = (
            flat,
            _polynomial_slope(flat, m.jump.subset(rows)(state.displacement)[inside]),
        )
        slope = np.einsum("kqcj,kij->kqci", slope, dual)
        pull = np.einsum("kqc,kqci->kqi", traction, slope)
    else:
        share, stretched = _singular_rule(np.isin(vertices, front.vertices))
        area = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
        weight = 2 * area[:, None] * stretched
        place = corner[:, :1] + np.einsum("kqj,kji->kqi", share, edges)
        frames = facet_frames(domain, facets)[inside]
        t = np.einsum("kqc,kci->kqi", _polynomial(flat, traction, share), frames)
        coordinates = local_coordinates(front, place.reshape(-1, 3))
        side = np.repeat(np.sign(frames[:, 0] @ front.axes[0, 1]), share.shape[1])
        jump = _jump_slope(integral, mode, np.hypot(*coordinates.plane.T))
        local = np.einsum("kai,ki->ka", coordinates.axes, t.reshape(-1, 3))
        pull = (side * np.einsum("ka,ka->k", local, jump))[:, None] * coordinates.axes[:, 0]
        pull = pull.reshape(*share.shape[:2], 3)
    hats = np.concatenate([1.0 - share.sum(axis=-1, keepdims=True), share], axis=-1)
    local = np.einsum(
        "kq,kqi,kqv,kvi->kv", weight, pull, hats, integral.move[vertices], optimize=True
    )
    return integral.gather(vertices, local)


def _jump_slope(integral, mode, r):
    """Return [u^a]_,1 (k, 3) in the front's axes at distances r (k,) behind it."""
    found, angles = np.zeros((len(r), 3)), [np.full(len(r), side) for side in (np.pi, -np.pi)]
    if mode == "three":
        sides = [crack_tip_fields.mode_three(r, angle, integral.shear)[1][:, 0] for angle in angles]
        found[:, 2] = sides[0] - sides[1]
    else:
        sides = [mode(r, angle, integral.shear, integral.bulk).gradient[..., 0] for angle in angles]
        found[:, :2] = sides[0] - sides[1]
    return found


def _singular_rule(on_front, count=5):
    """Return shares (k, q, 2) and weights (k, q), adding up to 1/2, on triangles.

    Some of their corners lie on_front (k, 3): a rule for functions that go as r^(-1/2) from an edge
    or from a corner.
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    node, weight = 0.5 * (node + 1), 0.5 * weight
    far, side = (each.ravel() for each in np.meshgrid(node**2, node, indexing="ij"))
    w = np.outer(2 * node * weight, weight).ravel()
    corner = [
        np.stack([1 - far, far * (1 - side), far * side], axis=1),
        w * far,
    ]  # from the first corner
    edge = [
        np.stack([far, (1 - far) * (1 - side), (1 - far) * side], axis=1),
        w * (1 - far),
    ]  # from the edge opposite
    hats, weights = np.empty((len(on_front), len(w), 3)), np.empty((len(on_front), len(w)))
    by_edge = on_front.sum(axis=1) == 2
    lead = np.where(by_edge, np.argmin(on_front, axis=1), np.argmax(on_front, axis=1))
    for first in range(3):
        turn = np.roll(np.arange(3), first)  # column of `order` that each corner takes
        for chosen, (table, weigh) in ((by_edge, edge), (~by_edge, corner)):
            here = chosen & (lead == first)
            hats[here], weights[here] = table[:, turn], weigh
    return hats[..., 1:], weights


def _powers(flat):
    """Return quadratic monomials (..., 6) of coordinates (..., 2), and their slopes (..., 6, 2)."""
    x, y = flat[..., 0], flat[..., 1]
    one, none = np.ones_like(x), np.zeros_like(x)
    values = np.stack([one, x, y, x * x, x * y, y * y], axis=-1)
    slopes = np.stack(
        [
            np.stack([none, one, none, 2 * x, y, none], axis=-1),
            np.stack([none, none, one, none, x, 2 * y], axis=-1),
        ],
        axis=-1,
    )
    return values, slopes


def _coefficients(flat, values):
    """Return the quadratic (k, 6, c) that fits values (k, q, c) at flat (k, q, 2)."""
    return np.linalg.pinv(_powers(flat)[0]) @ values


def _polynomial(flat, values, at):
    return _powers(at)[0] @ _coefficients(flat, values)


def _polynomial_slope(flat, values):
    """Return slopes (k, q, c, 2) in the flat coordinates."""
    return np.einsum("kqpj,kpc->kqcj", _powers(flat)[1], _coefficients(flat, values))
