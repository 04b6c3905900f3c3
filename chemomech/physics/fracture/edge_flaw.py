r"""Stress intensity of an edge flaw from the stress on its line.

    K = (2/sqrt(pi a)) int_0^a p(s) [1.3 - 0.3 (s/a)^(5/4)] / sqrt(1 - (s/a)^2) ds,

p the net opening pressure on the flaw's line (pressure of its filling plus the tension that
stood there), s the distance from the mouth. A uniform p gives 1.12 p sqrt(pi a). It
is the formula of the half-plane, so the flaw must be short against the layer.

Source: Tada, Paris, Irwin, Stress Analysis of Cracks Handbook (2000), case 8.3.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values


@cache
def edge_flaw_rule(count: int = 24) -> tuple[NDArray, NDArray]:
    """Return depths s/a (n,) and weights (n,) with K = sqrt(a) sum weights p(s).

    It is a Gauss rule in asin(s/a).

    Parameters
    ----------
    count : int
        Number n of places.
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    angle = 0.25 * np.pi * (node + 1.0)
    depth = np.sin(angle)
    factor = 1.3 - 0.3 * depth**1.25
    return depth, 2.0 / np.sqrt(np.pi) * factor * weight * 0.25 * np.pi


def edge_flaw_intensity(pressure: NDArray, depth: Values) -> Values:
    """Return K (...) [Pa sqrt(m)] of edge flaws under an opening pressure.

    Parameters
    ----------
    pressure : (..., n) array
        Opening pressure at edge_flaw_rule's depths [Pa].
    depth : (...) array
        Depths of the flaws [m], > 0.
    """
    _, weights = edge_flaw_rule(pressure.shape[-1])
    return np.sqrt(depth) * (pressure @ weights)
