r"""Normals of an interface that vary along its facets, as those of the curve that they stand for.

    n(x) = sum_c lambda_c(x) N_c/|...|,     N_c = sum_f w_f n_f/|...| at the corner c

Facets of a curved interface meet at an angle. With one normal a facet, an opening g imposed along
it asks both sides of a corner for two different jumps; the misfit, g times half the angle, shears
a bond by as much as the facets are coarse, and pressed faces lock like teeth. Normals N_c of the
corners, common to all facets that meet there smoothly, ask for one.

The weights w_f = sin(a)/(|e_1| |e_2|), in a plane 1/|e|, of the edges e at the corner and the angle
a between them make N_c exact on spheres and circles whatever the sizes of the facets (Max, J.
Graphics Tools 4 (1999) 1). Facets belong together when they part the same two pieces, regions or
particles; where N_c and n_f differ by more than CREASE there is a corner of the body, and the facet
keeps its own. The ends of a curve get the normal that its curvature goes on to. Facets inside one
piece, cracks, stay flat.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Facets

CREASE = np.cos(np.radians(30.0))


def corner_normals(domain: Any, facets: Facets, normal: NDArray) -> NDArray:
    """Find the normals at the corners of facets, (k, d, d): facet, corner, component.

    Parameters
    ----------
    domain : Domain
        The mesh.
    facets : Facets
        Of one or more interfaces.
    normal : (k, d) array
        Their own unit normals, from minus to plus.
    """
    corners, d = facets.of_first_cell(domain.vertices), domain.dimension
    piece = domain.region[facets.cells] * (domain.particle.max(initial=0) + 2)
    piece = piece + domain.particle[facets.cells] + 1
    # From the lower piece to the higher one: the two cells of a grain boundary come in any order.
    sign = np.where(piece[:, 0] < piece[:, 1], 1.0, -1.0)[:, None]
    own = normal * sign
    ends = np.broadcast_to(np.sort(piece, axis=1)[:, None], (len(facets), d, 2))
    keys = np.concatenate([corners[..., None], ends], axis=2).reshape(-1, 3)
    _, group, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(corners.shape)
    weighted = _weights(domain.points[corners])[..., None] * own[:, None]
    mean = np.stack(
        [np.bincount(group.ravel(), weights=each.ravel()) for each in np.moveaxis(weighted, -1, 0)],
        axis=-1,
    )
    mean = mean / np.maximum(np.linalg.norm(mean, axis=1), np.finfo(float).tiny)[:, None]
    several = count[group] == 2 if d == 2 else count[group] > 1
    smooth = several & (np.einsum("kcd,kd->kc", mean[group], own) > CREASE)
    smooth &= (piece[:, 0] != piece[:, 1])[:, None]
    found = np.where(smooth[..., None], mean[group], own[:, None])
    if d == 2:
        beyond = 2.0 * np.einsum("kcd,kd->kc", found, own)[..., None] * own[:, None] - found
        ends = ~smooth & smooth[:, ::-1]
        found = np.where(ends[..., None], beyond[:, ::-1], found)
    return found * sign[:, None]


def _weights(points: NDArray) -> NDArray:
    """Weights (k, d) of facets (k, d, d) [m] at their corners; they need not sum to one."""
    edges = [np.roll(points, -turn, axis=1) - points for turn in range(1, points.shape[1])]
    size = np.prod([np.linalg.norm(edge, axis=2) for edge in edges], axis=0)
    if points.shape[2] == 2:
        return 1.0 / size
    return np.linalg.norm(np.cross(*edges), axis=2) / size**2


def least_rotation(old: NDArray, new: NDArray) -> NDArray:
    """Rotations (..., d, d) that turn unit vectors (..., d) into others by the shortest way."""
    outer = new[..., :, None] * old[..., None, :]
    skew = outer - np.swapaxes(outer, -1, -2)
    cosine = np.sum(new * old, axis=-1)[..., None, None]
    return np.eye(old.shape[-1]) + skew + skew @ skew / (1.0 + cosine)
