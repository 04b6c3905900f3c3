"""Where a flat crack ends in 3D: its front as a line of vertices with local axes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain
from chemomech.fem.operators import facet_normals
from chemomech.geometry.mesh.facets import facet_keys, simplex_facets, single_facets
from chemomech.models.mechanics import Mechanics


class CrackFront(NamedTuple):
    """A front of n vertices in order, of a flat crack.

    Attributes
    ----------
    vertices : (n,) array
        Vertices of the mesh.
    points : (n, 3) array
        Where they lie [m].
    axes : (n, 3, 3) array
        Rows e_1 ahead of the front, e_2 normal to the crack, from its minus to its plus side, and
        e_3 = e_1 x e_2 along it.
    arc : (n,) array
        Arc length from the first vertex [m].
    length : float
        Length of the front [m].
    closed : bool
        Whether it is a ring.
    curvature : (n,) array
        c with de_1/ds = c e_3 [1/m], positive where the material ahead lies outside.
    interface : str
        Name of the crack's facets.
    """

    vertices: NDArray
    points: NDArray
    axes: NDArray
    arc: NDArray
    length: float
    closed: bool
    curvature: NDArray
    interface: str


class LocalCoordinates(NamedTuple):
    """Points in the local coordinates of a front.

    Attributes
    ----------
    plane : (..., 2) array
        x_1 and x_2 in the normal plane of the front [m].
    arc : (...) array
        Arc length of that plane [m].
    axes : (..., 3, 3) array
        Axes of the front there, as rows.
    curvature : (...) array
        Curvature of the front there [1/m].
    """

    plane: NDArray
    arc: NDArray
    axes: NDArray
    curvature: NDArray


def crack_fronts(domain: Domain, interface: str) -> list[CrackFront]:
    """Return the fronts of an interface: free edges of its facets.

    They are edges of one of its facets that lie on no outer face and no other interface.

    Parameters
    ----------
    domain : Domain
        A body in three dimensions.
    interface : str
        Name of the crack's facets.

    Raises
    ------
    ValueError
        For a body in two dimensions, and a crack that is not flat, branches or turns back.
    """
    if domain.dimension != 3:
        raise ValueError("a crack front needs a body in 3D; crack_tips is for two dimensions")
    facets = domain.interfaces[interface].of_first_cell(domain.vertices)
    edges, owner = single_facets(facets)
    others = [
        each.of_first_cell(domain.vertices)
        for name, each in domain.interfaces.items()
        if name != interface
    ]
    others += [single_facets(domain.vertices)[0]]
    taken, count = simplex_facets(np.concatenate(others))[0], len(domain.points)
    free = ~np.isin(facet_keys(edges, count), facet_keys(taken, count))
    order = np.flatnonzero(free)[np.lexsort(edges[free].T[::-1])]
    edges, owner = edges[order], owner[order]
    facet_of = dict(zip(map(tuple, edges), owner, strict=True))
    return [
        _front(domain, interface, chain, closed, facets, facet_of)
        for chain, closed in _chains(edges)
    ]


def _chains(edges):
    """Return edges (k, 2) as lines: (vertices in order, whether it is a ring).

    Where more than two edges meet it raises ValueError.
    """
    beside = {}
    for a, b in edges.tolist():
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    if any(len(each) > 2 for each in beside.values()):
        raise ValueError("a crack front branches")
    left, found = set(beside), []
    for start in [v for v, each in beside.items() if len(each) == 1] + list(beside):
        if start not in left:
            continue
        chain, here = [start], start
        left.discard(start)
        while following := [v for v in beside[here] if v in left]:
            here = following[0]
            left.discard(here)
            chain.append(here)
        found.append((np.array(chain), start in beside[here] and len(chain) > 2))
    return found


def _front(domain, interface, chain, closed, facets, facet_of):
    """Return the CrackFront of vertices in order."""
    points, n = domain.points[chain], len(chain)
    ends = np.arange(n if closed else n - 1)
    after = (ends + 1) % n
    segment = points[after] - points[ends]
    length = np.linalg.norm(segment, axis=1)
    beside = [
        facet_of[tuple(sorted((chain[a], chain[b])))] for a, b in zip(ends, after, strict=True)
    ]
    corner = domain.points[facets[beside]]
    normal = facet_normals(domain, domain.interfaces[interface])[beside]
    # One side may be named minus here and plus there.
    normal = normal * np.sign(normal @ normal[0])[:, None]
    flat = normal.mean(axis=0)
    if np.abs(normal @ flat - 1.0).max() > 1e-6:
        raise ValueError(
            f'crack "{interface}": it bends along its front; the integrals are for a flat one'
        )
    ahead = np.cross(flat, segment / length[:, None])
    back = corner.mean(axis=1) - 0.5 * (points[ends] + points[after])
    ahead *= -np.sign(back[0] @ ahead[0])
    if np.any(np.einsum("ki,ki->k", ahead, back) > 0):
        raise ValueError(f'crack "{interface}": its front turns back on itself')
    # At a vertex the bisector, weighted so that it is exact on a circle.
    one = np.zeros((n, 3))
    np.add.at(one, ends, ahead / length[:, None])
    np.add.at(one, after, ahead / length[:, None])
    one -= (one @ flat)[:, None] * flat
    one /= np.linalg.norm(one, axis=1)[:, None]
    if not closed and n > 2:
        # The line's ends have one segment only: turn on as between the two segments before.
        one[0], one[-1] = _mirror(one[1], ahead[0]), _mirror(one[-2], ahead[-1])
    three = np.cross(one, flat)
    axes = np.stack([one, np.broadcast_to(flat, one.shape), three], axis=1)
    turn = np.einsum("ki,ki->k", one[after] - one[ends], three[after] + three[ends]) / (2 * length)
    along = np.sign(np.einsum("ki,ki->k", segment, three[ends] + three[after]))
    curvature, weight = np.zeros(n), np.zeros(n)
    for index in (ends, after):
        np.add.at(curvature, index, turn * along)
        np.add.at(weight, index, 1.0)
    arc = np.concatenate([[0.0], np.cumsum(length)])
    return CrackFront(
        chain, points, axes, arc[:n], float(arc[-1]), closed, curvature / weight, interface
    )


def _mirror(one, middle):
    """Return the direction that lies as far from `middle` as `one` does, on the other side."""
    return 2 * (one @ middle) * middle - one


def local_coordinates(front: CrackFront, points: NDArray, chunk: int = 4000) -> LocalCoordinates:
    """Return the LocalCoordinates of points.

    Each is that of the point of the front in whose normal plane it lies.

    Parameters
    ----------
    front : CrackFront
        The front.
    points : (k, 3) array
        Points [m].
    chunk : int
        Points that are treated at once.
    """
    n = len(front.points)
    first = np.arange(n if front.closed else n - 1)
    second = (first + 1) % n
    start, step = front.points[first], front.points[second] - front.points[first]
    arcs = np.linalg.norm(step, axis=1)
    parts = []
    for each in np.array_split(points, max(len(points) // chunk, 1)):
        out = each[:, None] - front.points
        along = np.einsum("kni,ni->kn", out, front.axes[:, 2])
        sense = np.sign(np.einsum("ni,ni->n", step, front.axes[first, 2]))
        begin, end = sense * along[:, first], sense * along[:, second]
        share = np.clip(begin / np.where(begin - end > 0, begin - end, 1.0), 0.0, 1.0)
        foot = start + share[..., None] * step
        distance = np.linalg.norm(each[:, None] - foot, axis=2)
        if front.closed:
            # A ring is seen from its near side only: the normal plane goes through the far side
            # too.
            distance = np.where(
                (begin >= -1e-12 * front.length) & (end <= 1e-12 * front.length), distance, np.inf
            )
            nearest = np.argmin(np.linalg.norm(out, axis=2), axis=1)
            lost = ~np.isfinite(distance.min(axis=1))
            distance[lost, nearest[lost] % len(first)] = 0.0
        parts.append(
            _local_coordinates(front, each, first, second, share, np.argmin(distance, axis=1), arcs)
        )
    return LocalCoordinates(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _local_coordinates(front, points, first, second, share, best, arcs):
    """Return the LocalCoordinates of points from segments `best` (k,), at shares (k, s) of them."""
    share = share[np.arange(len(points)), best]
    one, other = first[best], second[best]

    def mix(values):
        return (1 - share)[:, None] * values[one] + share[:, None] * values[other]

    axes = mix(front.axes.reshape(-1, 9)).reshape(-1, 3, 3)
    axes /= np.linalg.norm(axes, axis=2, keepdims=True)
    place = points - mix(front.points)
    plane = np.einsum("kai,ki->ka", axes[:, :2], place)
    arc = front.arc[one] + share * arcs[best]
    return LocalCoordinates(plane, arc, axes, mix(front.curvature[:, None])[:, 0])


def clear_distance(mechanics: Mechanics, front: CrackFront) -> float:
    """Return the distance [m] from a front within which there is nothing but its flat crack.

    There is one material, by vertices. Outer faces in which the front ends do not count where they
    stand across it; nor does the front bend more than once.

    Parameters
    ----------
    mechanics : Mechanics
        A body in three dimensions.
    front : CrackFront
        The front.
    """
    domain = mechanics.domain
    blocked = [_outer(domain, front)]
    for name, facets in domain.interfaces.items():
        vertices = facets.of_first_cell(domain.vertices)
        if name == front.interface:
            height = np.abs((domain.points[vertices] - front.points[0]) @ front.axes[0, 1]).max(
                axis=1
            )
            vertices = vertices[height > 1e-6 * front.length]
        blocked.append(vertices.ravel())
    moduli = np.hstack([mechanics.bulk.shear, mechanics.bulk.bulk])
    here = np.flatnonzero((domain.vertices == front.vertices[0]).any(axis=1))[0]
    blocked.append(
        domain.vertices[~np.isclose(moduli, moduli[here], rtol=1e-9).all(axis=1)].ravel()
    )
    vertices = np.unique(np.concatenate(blocked))
    bend = 1.0 / max(np.abs(front.curvature).max(), 1e-300)
    if not len(vertices):
        return bend
    return min(
        float(np.linalg.norm(domain.points[vertices][:, None] - front.points, axis=2).min()), bend
    )


def _outer(domain, front):
    """Return vertices of outer facets, but those that stand across an end of the front."""
    facets = single_facets(domain.vertices)[0]
    corner = domain.points[facets]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    across = np.zeros(len(facets), dtype=bool)
    for end in () if front.closed else (0, -1):
        far = np.abs(np.einsum("kvi,ki->kv", corner - front.points[end], normal)).max(axis=1)
        across |= (np.abs(normal @ front.axes[end, 2]) > 0.9) & (far < 1e-6 * front.length)
    return facets[~across].ravel()
