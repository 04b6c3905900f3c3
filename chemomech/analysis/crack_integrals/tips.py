"""Where a crack ends in 2D, and how much room is around its tip, for the domain integrals."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain
from chemomech.geometry.mesh.facets import single_facets
from chemomech.models.mechanics import Mechanics


class CrackTip(NamedTuple):
    """An end of a straight crack.

    Attributes
    ----------
    point : (2,) array
        The tip [m].
    direction : (2,) array
        Unit vector along the crack, pointing ahead.
    interface : str
        Name of the crack's facets.
    """

    point: NDArray
    direction: NDArray
    interface: str


def in_axes(stress: NDArray, axes: NDArray) -> NDArray:
    """Return the in-plane stress (..., 2, 2) of a Voigt stress in rotated axes.

    Parameters
    ----------
    stress : (..., 4) array
        Voigt stress [Pa].
    axes : (2, 2) array
        Axes as rows.
    """
    tensor = np.stack([stress[..., 0], stress[..., 3], stress[..., 3], stress[..., 1]], axis=-1)
    return axes @ tensor.reshape(*stress.shape[:-1], 2, 2) @ axes.T


def crack_tips(domain: Domain, interface: str) -> list[CrackTip]:
    """Return the tips of an interface: its ends that touch no outer face and no other interface.

    Parameters
    ----------
    domain : Domain
        A body in two dimensions, else ValueError.
    interface : str
        Name of the crack's facets.
    """
    _planar(domain)
    ends = domain.interfaces[interface].of_first_cell(domain.vertices)
    vertices, count = np.unique(ends, return_counts=True)
    others = [
        each.of_first_cell(domain.vertices)
        for name, each in domain.interfaces.items()
        if name != interface
    ]
    taken = np.concatenate(
        [single_facets(domain.vertices)[0].ravel(), *(each.ravel() for each in others)]
    )
    tips = []
    for vertex in np.setdiff1d(vertices[count == 1], taken):
        row = ends[(ends == vertex).any(axis=1)][0]
        ahead = domain.points[vertex] - domain.points[row[row != vertex][0]]
        tips.append(
            CrackTip(domain.points[vertex].copy(), ahead / np.linalg.norm(ahead), interface)
        )
    return tips


def clear_radius(mechanics: Mechanics, tip: CrackTip) -> float:
    """Return the radius [m] of the largest disc about a tip that holds nothing but its crack.

    There is one material in it, and the crack is straight.

    Parameters
    ----------
    mechanics : Mechanics
        A body in two dimensions, else ValueError.
    tip : CrackTip
        The tip.
    """
    domain = mechanics.domain
    _planar(domain)
    obstacles = [single_facets(domain.vertices)[0]]
    for name, facets in domain.interfaces.items():
        ends = facets.of_first_cell(domain.vertices)
        obstacles.append(ends if name != tip.interface else _off_the_line(domain, tip, ends))
    vertices, distance = domain.vertices, np.linalg.norm(domain.points - tip.point, axis=1)
    here = vertices[np.argmin(distance[vertices].min(axis=1))]
    here = np.flatnonzero((vertices == here[np.argmin(distance[here])]).any(axis=1))[0]
    moduli = np.hstack([mechanics.bulk.shear, mechanics.bulk.bulk])
    foreign = vertices[~np.isclose(moduli, moduli[here], rtol=1e-9).all(axis=1)]
    obstacles += [foreign[:, pair] for pair in ([0, 1], [1, 2], [2, 0])]
    edges = domain.points[np.concatenate(obstacles)] - tip.point
    along = edges[:, 1] - edges[:, 0]
    square = np.einsum("ki,ki->k", along, along)
    share = np.clip(
        -np.einsum("ki,ki->k", edges[:, 0], along) / np.where(square > 0, square, 1.0), 0.0, 1.0
    )
    return float(np.linalg.norm(edges[:, 0] + share[:, None] * along, axis=1).min())


def _off_the_line(domain, tip, ends):
    """Return edges of the crack off the tip's line, and its other ends as edges of no length."""
    place = domain.points[ends] - tip.point
    across = np.abs(place @ [-tip.direction[1], tip.direction[0]])
    small = 1e-6 * np.linalg.norm(place[:, 1] - place[:, 0], axis=1)
    off = ends[across.max(axis=1) > small]
    vertices, count = np.unique(ends, return_counts=True)
    other = vertices[
        (count == 1) & (np.linalg.norm(domain.points[vertices] - tip.point, axis=1) > small.min())
    ]
    beyond = ends[np.isin(ends, other).any(axis=1)]
    # The last facet starts inside the crack; only its far end is an obstacle.
    far = np.where(np.isin(beyond, other), beyond, beyond[:, ::-1])
    return np.concatenate([off, np.stack([far[:, 0], far[:, 0]], axis=1)])


def _planar(domain):
    if domain.dimension != 2:
        raise ValueError(
            "crack integrals need plane strain or a body of revolution; "
            "fronts in 3D are not supported"
        )
