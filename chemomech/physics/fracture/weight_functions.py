r"""Weight functions: stress intensities of small flaws from the stress on their line before.

    K = sqrt(a) sum_k w_k (s_k, t_k),

s tension across the line plus the pressure of a filling, t shear along it, for (K_I, K_II) in plane
strain, exact for a field that varies slowly over the flaw and a body that is large against it:

    slit, half length a   K(+-a) = 1/sqrt(pi a) int_-a^a s(x) sqrt((a +- x)/(a -+ x)) dx,
                          K_II with t (Griffith)
    penny, radius a       stress varies along one diameter only:
                          K_I = 1/(pi sqrt(pi a)) int s sqrt(a^2 - r^2)/|x - x_0|^2 dA,
                          K_II = 4/(2 - nu) sqrt(a/pi) <t>, <t> the mean over the disc weighted in
                          the same way (exact for uniform t)
    edge, depth a         at any angle to the normal of a free surface: dislocations along the flaw
                          in a half-plane, sum of their tractions = -(s + i t), bounded at the
                          mouth, singular at the tip.

A dislocation of strength g at z_0 of the half-plane y > 0 has the potentials

    Phi = g/(z - z_0) + Phi_1,   Psi = g*/(z - z_0) + g z_0*/(z - z_0)^2 + Psi_1,
    Phi_1 = -(Phi_0* + z Phi_0*' + Psi_0*),   Psi_1 = -(Phi_1 + z Phi_1' + Phi_0*),
    f*(z) = conj(f(conj z)),

which leave y = 0 free. Faces that
would overlap touch: K_I < 0 counts as 0 and the faces slide without friction. Where only a part of
a flaw is pressed shut its K_I lies between that of all stress and that of the tension alone;
`intensity_bounds` gives both. Sources: Tada, Paris, Irwin, Stress Analysis of Cracks Handbook
(2000), parts 5, 8, 24; the numerical method: Hills, Kelly, Dai, Korsunsky, Solution of Crack
Problems (1996); hoop stress: Erdogan, Sih, J. Basic Eng. 85 (1963) 519.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

POINTS = 24
EDGE_POINTS = 128
STEEPEST = np.deg2rad(45.0)  # of an edge flaw; beyond it the rule converges too slowly at the mouth


@cache
def slit_rule(count: int = POINTS) -> tuple[NDArray, NDArray]:
    """Return places x/a (n,) of a slit and weights (2, 2, 2, n): [end, mode, stress].

    End 0 lies at +a, end 1 at -a.
    """
    place = np.cos((np.arange(count) + 0.5) * np.pi / count)
    weight = np.sqrt(np.pi) / count * np.stack([1.0 + place, 1.0 - place])
    return place, weight[:, None, None] * np.eye(2)[..., None]


@cache
def penny_rule(poisson_ratio: float, count: int = POINTS) -> tuple[NDArray, NDArray]:
    """Return places and weights as slit_rule, of a disc under a stress that varies along x only.

    Parameters
    ----------
    poisson_ratio : float
        nu of the body [-].
    count : int
        Number n of places; the intensities are those at (+a, 0) and (-a, 0).
    """
    node, weight = np.polynomial.legendre.leggauss(count)
    place = np.sin(0.5 * np.pi * node)
    # Inner integral over y of sqrt(1 - x^2 - y^2)/((1 - x)^2 + y^2), in closed form.
    inner = np.pi * (np.sqrt(2.0 / (1.0 - place)) - 1.0)
    stretch = weight * 0.5 * np.pi * np.cos(0.5 * np.pi * node)
    one = inner * stretch / np.pi**1.5
    both = np.stack([one, one[::-1]])
    modes = np.diag([1.0, 2.0 / (2.0 - poisson_ratio)])
    return place, both[:, None, None] * modes[..., None]


@cache
def edge_rule(angle: float = 0.0, count: int = EDGE_POINTS) -> tuple[NDArray, NDArray]:
    """Return places s/a (n,) from the mouth and weights (1, 2, 2, n) of an edge flaw.

    The weights stand as [tip, mode, stress]. Axes along the flaw: e_1 from the mouth to the tip,
    e_2 to its left; shear t is positive as s_12.

    Parameters
    ----------
    angle : float
        Angle of the flaw from the inward normal, clockwise [rad], at most 45 degrees either way.
    count : int
        Number n of places.

    Raises
    ------
    ValueError
        For a steeper flaw.
    """
    if not abs(angle) <= STEEPEST * (1 + 1e-9):
        raise ValueError(
            f"angle of an edge flaw: given {np.rad2deg(angle):.4g} degrees, "
            "at most 45 from the normal"
        )
    n = count
    nodes = np.cos((2 * np.arange(1, n + 1) - 1) * np.pi / (2 * n + 1))
    weights = 2.0 * np.pi * (1.0 + nodes) / (2 * n + 1)
    places = np.cos(2 * np.arange(1, n + 1) * np.pi / (2 * n + 1))
    turn = np.exp(1j * (0.5 * np.pi - angle))
    at, local = turn * 0.5 * (1.0 + nodes), turn * 0.5 * (1.0 + places)
    # Unit dislocations in the flaw's axes that open (normal) and slide (tangent), strength 2 conj(g
    # e^-i) = 1, i.
    opens, slides = (
        _traction(local[:, None], at[None, :], turn * strength, turn) for strength in (0.5, -0.5j)
    )
    scale = 0.5 * weights  # dt = du/2
    system = np.block(
        [
            [(opens * scale).real, (slides * scale).real],
            [(opens * scale).imag, (slides * scale).imag],
        ]
    )
    density = np.linalg.solve(system, -np.eye(2 * n)).reshape(2, n, 2, n)
    end = np.einsum("j,mjsk->msk", _at_one(nodes), density)
    return 0.5 * (1.0 + places), np.pi**1.5 * np.sqrt(2.0) * end[None]


def _traction(z, z0, g, turn):
    """Return s + i t at z across a line of direction `turn`.

    They come from a dislocation of strength g at z0 in the half-plane.
    """
    w = np.conj(z0)
    first, slope = g / (z - z0), -g / (z - z0) ** 2
    psi = np.conj(g) / (z - z0) + g * w / (z - z0) ** 2
    # The image: f* of the three, all singular at conj(z0), outside the body.
    h, d = np.conj(g), z - w
    image, image1, image2 = h / d, -h / d**2, 2 * h / d**3
    other, other1 = g / d + h * z0 / d**2, -g / d**2 - 2 * h * z0 / d**3
    more = -(image + z * image1 + other)
    more1 = -(2 * image1 + z * image2 + other1)
    more_psi = -(more + z * more1 + image)
    phi = first + more
    return 2.0 * phi.real + turn**2 * (np.conj(z) * (slope + more1) + psi + more_psi)


def _at_one(nodes):
    """Return weights (n,) that take a polynomial's values at nodes to its value at 1."""
    share = (1.0 - nodes[None, :]) / (nodes[:, None] - nodes[None, :] + np.eye(len(nodes)))
    np.fill_diagonal(share, 1.0)
    return share.prod(axis=1)


def traction(stress: NDArray, direction: NDArray) -> NDArray:
    """Return (s, t) (..., 2) [Pa] across and along a line.

    Parameters
    ----------
    stress : (..., 3) array
        Stress (xx, yy, xy) [Pa], tension positive.
    direction : (..., 2) array
        Unit vector along the line.
    """
    c, d = direction[..., 0], direction[..., 1]
    xx, yy, xy = (stress[..., i] for i in range(3))
    return np.stack(
        [xx * d**2 + yy * c**2 - 2 * xy * c * d, (yy - xx) * c * d + xy * (c**2 - d**2)], axis=-1
    )


def intensities(weights: NDArray, tractions: NDArray, size: ArrayLike) -> NDArray:
    """Return (K_I, K_II) (..., e, 2) [Pa sqrt(m)] at the ends e of flaws; K_I may be negative.

    Parameters
    ----------
    weights : (e, 2, 2, n) array
        Weights of a rule.
    tractions : (..., n, 2) array
        (s, t) at the places of the rule, pressure of a filling included in s [Pa].
    size : (...) array
        Sizes a of the flaws [m], > 0.
    """
    return np.sqrt(np.asarray(size))[..., None, None] * np.einsum(
        "emsk,...ks->...em", weights, tractions
    )


def intensity_bounds(
    weights: NDArray, tractions: NDArray, size: ArrayLike
) -> tuple[NDArray, NDArray]:
    """Return (K_I, K_II) with K_I >= 0, of all stress and without compression, each (..., e, 2).

    They bound a flaw that is partly pressed shut.

    Parameters
    ----------
    weights : (e, 2, 2, n) array
        Weights of a rule.
    tractions : (..., n, 2) array
        (s, t) at the places of the rule, pressure of a filling included in s [Pa].
    size : (...) array
        Sizes a of the flaws [m], > 0.
    """
    linear = intensities(weights, tractions, size)
    tension = tractions.copy()
    tension[..., 0] = np.maximum(tension[..., 0], 0.0)
    upper = intensities(weights, tension, size)
    for each in (linear, upper):
        each[..., 0] = np.maximum(each[..., 0], 0.0)
    return linear, upper


def kink_angle(modes: NDArray) -> NDArray:
    """Return the angle (...) [rad] to which a flaw turns, where the hoop stress is largest.

    There K_I sin + K_II (3 cos - 1) = 0; modes (..., 2) are K_I and K_II, of which K_I < 0 counts
    as 0.
    """
    one, two = np.maximum(modes[..., 0], 0.0), modes[..., 1]
    # The half-angle form is free of 0/0: tan(theta/2) = -2 K_II/(K_I + sqrt(K_I^2 + 8 K_II^2)).
    return 2.0 * np.arctan2(-2.0 * two, one + np.hypot(one, np.sqrt(8.0) * two))


def hoop_intensity(modes: NDArray) -> NDArray:
    """Return K (...) [Pa sqrt(m)] of the largest hoop stress; the flaw runs where it is K_Ic.

    It is cos(th/2) (K_I cos^2(th/2) - 3/2 K_II sin th); modes (..., 2) are K_I and K_II, of which
    K_I < 0 counts as 0.
    """
    half = 0.5 * kink_angle(modes)
    one, two = np.maximum(modes[..., 0], 0.0), modes[..., 1]
    return np.cos(half) * (one * np.cos(half) ** 2 - 1.5 * two * np.sin(2.0 * half))
