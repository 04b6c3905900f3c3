"""Cylinders against Lame's closed form: how they are held, and what is exact."""

import numpy as np

from bodies import face_nodes

INNER, OUTER, YOUNG, POISSON = 1.0, 2.0, 3.0, 0.3


def lame(r, pressure, inner, outer, young=YOUNG, poisson=POISSON):
    """Radial displacement of a ring under internal pressure, plane strain."""
    factor = (1 + poisson) / young * pressure * inner**2 / (outer**2 - inner**2)
    return factor * ((1 - 2 * poisson) * r + outer**2 / r)


def rollers(domain, space):
    """Dofs that the symmetry of a quarter fixes."""
    return np.concatenate(
        [face_nodes(domain, space, "bottom") * 2 + 1, face_nodes(domain, space, "left") * 2]
    )
