r"""Stress intensity of a flaw at a free surface from the stress on its line.

    K = F sqrt(pi a) int_0^1 w(t) p(t a) dt,    int w = 1,

p the net opening pressure on the flaw's line (pressure of its filling plus the tension that
stood there), t = s/a, s the distance from the mouth, a the depth. q = a/c is the aspect, c half the
length along the surface: 0 runs through the section, 1 is half a disc.

    F = 1.1215 G(q)/G(0),  G = M max(1, 1.1 sqrt q)/sqrt Q,  M = 1.13 - 0.09 q,
    Q = 1 + 1.464 q^1.65,
    w = (1 - q) w_edge + q w_disc

G is the largest K of the front, at its deepest point or at the surface (Newman, Raju, Eng. Fract.
Mech. 15 (1981) 185, for a body that is large against the flaw, 5 %). A flaw that grows where K is
largest tends to q = 0.83, where both are equal: there, as at q = 1, F is 0.65 of a through
flaw's. w_edge is the weight function of an edge crack in a half plane, by dislocations
(`weight_functions.edge_rule`); w_disc that of a disc under the same pressure and its mirror image,
at the deepest point (`weight_functions.penny_rule`, Tada, Paris, Irwin, Stress Analysis of Cracks
Handbook (2000), part 24). The straight line between the two is this module's own. Under a pressure
that is larger at the tip the surface is driven less than F says, so that K is then an upper
estimate.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.fracture.weight_functions import edge_rule, penny_rule
from chemomech.physics.values import Values

EDGE = 1.1215  # K/(p sqrt(pi a)) of an edge crack in a half plane (Tada, Paris, Irwin, case 8.1)
EQUILIBRIUM = 0.83  # aspect at which K is the same all along the front


def aspect_factor(aspect: Values) -> Values:
    """Return F (...), K of a uniform pressure over p sqrt(pi a).

    Parameters
    ----------
    aspect : (...) array
        Depth over half the length along the surface, 0 to 1.

    Examples
    --------
    >>> [round(float(aspect_factor(q) / aspect_factor(0.0)), 2) for q in (0.0, 0.83)]
    [1.0, 0.65]
    """
    aspect = np.asarray(aspect, dtype=float)
    most = (1.13 - 0.09 * aspect) * np.maximum(1.0, 1.1 * np.sqrt(aspect))
    return EDGE / 1.13 * most / np.sqrt(1.0 + 1.464 * aspect**1.65)


@cache
def edge_flaw_rule(count: int = 25, aspect: float = 0.0) -> tuple[NDArray, NDArray]:
    """Return depths s/a (n,), ascending, and weights (n,) with K = sqrt(a) sum weights p(s).

    Parameters
    ----------
    count : int
        Number of places on the line of an edge crack, odd, and of as many in a disc.
    aspect : float
        Depth over half the length along the surface, 0 to 1.

    Raises
    ------
    ValueError
        For an aspect out of range.
    """
    if not 0.0 <= aspect <= 1.0:
        raise ValueError(f"aspect of a flaw: given {aspect:g}, accepted from 0 to 1")
    place, weight = _edge(count - 1)
    if aspect > 0.0:
        disc, disc_weight = penny_rule(0.0, 2 * count)
        inner = len(disc) // 2
        # The deepest point lies at +1; stress at -x is that at x.
        mirrored = disc_weight[0, 0, 0, inner:] + disc_weight[0, 0, 0, inner - 1 :: -1]
        place = np.concatenate([place, disc[inner:]])
        weight = np.concatenate([(1.0 - aspect) * weight, aspect * mirrored / mirrored.sum()])
        order = np.argsort(place)
        place, weight = place[order], weight[order]
    return place, np.sqrt(np.pi) * float(aspect_factor(aspect)) * weight


def _edge(count):
    """Return places (n + 1,) of an edge crack and weights that add up to one.

    What the dislocations miss of the whole lies at the mouth: moments with s are right to 1e-7.
    """
    place, weight = edge_rule(0.0, count)
    share = weight[0, 0, 0] / (np.sqrt(np.pi) * EDGE)
    return np.append(0.0, place[::-1]), np.append(1.0 - share.sum(), share[::-1])


def edge_flaw_intensity(
    pressure: NDArray, depth: Values, aspect: float = 0.0, count: int = 25
) -> Values:
    """Return K (...) [Pa sqrt(m)] of flaws at a surface under an opening pressure.

    Parameters
    ----------
    pressure : (..., n) array
        Opening pressure at edge_flaw_rule's depths [Pa].
    depth : (...) array
        Depths of the flaws [m], > 0.
    aspect : float
        Depth over half the length along the surface, 0 to 1.
    count : int
        Of edge_flaw_rule.
    """
    _, weights = edge_flaw_rule(count, aspect)
    return np.sqrt(depth) * (pressure @ weights)


def thickness_factors(share: Values) -> tuple[Values, Values]:
    """Return by what a strip of finite thickness multiplies K of an edge crack, held and free.

    Held against bending, as a separator between stiff layers: sqrt(2 tan(pi x/2)/(pi x)), the
    periodic row of cracks (Tada, Paris, Irwin, case 7.1); free to bend: (1.12 - 0.231 x + 10.55 x^2
    - 21.72 x^3 + 30.39 x^4)/1.12 (case 2.10, x < 0.6). A separator lies between the two.

    Parameters
    ----------
    share : (...) array
        x = a/W, depth over thickness, 0 to 0.6.
    """
    half = 0.5 * np.pi * np.maximum(share, 1e-9)
    series = (0.0, -0.231, 10.55, -21.72, 30.39)
    free = 1.0 + sum(each * share**power for power, each in enumerate(series)) / 1.12
    return np.sqrt(np.tan(half) / half), free
