r"""Fields of unit amplitude near the tip of a straight crack, isotropic, plane strain.

The crack lies on theta = +-pi, e_1 points ahead of it. With kappa = 3 - 4 nu, mu the shear modulus:

    mode I    u = sqrt(r/2pi)/(2 mu) (cos(theta/2) (kappa - cos theta),
                                      sin(theta/2) (kappa - cos theta))
    mode II   u = sqrt(r/2pi)/(2 mu) (sin(theta/2) (kappa + 2 + cos theta),
                                      -cos(theta/2) (kappa - 2 + cos theta))
    line force 1 N/m on the tip along e_1:
              s_rr = -cos(theta)/(pi r),  all other stresses in the plane zero,
              u = (-B ln r + (A - C) sin^2 theta, A theta + (C - A) sin theta cos theta),
              B = (1 - nu^2)/(pi E),  C = nu (1 + nu)/(pi E),  A = (C - B)/2.

    mode III  u_3 = sqrt(2r/pi)/mu sin(theta/2),
              s_13 + i s_23 = (-sin(theta/2) + i cos(theta/2))/sqrt(2 pi r)

All leave the faces of the crack free. K_I, K_II, K_III and T are read off with them (interaction
integral). Sources: Williams, J. Appl. Mech. 24 (1957) 109; the line force: Kfouri, Int. J. Fract.
30 (1986) 301.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.bulk import elasticity


class TipField(NamedTuple):
    """A field near a crack tip, in the crack's axes.

    Attributes
    ----------
    displacement : (..., 2) array
        u [m].
    gradient : (..., 2, 2) array
        du_i/dx_j.
    stress : (..., 4) array
        Voigt stress [Pa].
    """

    displacement: NDArray
    gradient: NDArray
    stress: NDArray


def polar(points: NDArray) -> tuple[NDArray, NDArray]:
    """Return r (...) [m] and theta (...), -pi to pi, of points (..., 2) [m] in the crack's axes."""
    return np.hypot(points[..., 0], points[..., 1]), np.arctan2(points[..., 1], points[..., 0])


def mode_one(r: NDArray, theta: NDArray, shear: float, bulk: float) -> TipField:
    """Return the TipField of K_I = 1 Pa sqrt(m).

    Parameters
    ----------
    r, theta : (...) array
        Distance from the tip [m] and angle from the direction ahead, -pi to pi.
    shear, bulk : float
        Shear and bulk modulus [Pa], > 0.
    """
    kappa, half = 3.0 - 4.0 * elasticity.poisson_ratio(shear, bulk), 0.5 * theta
    cosine, sine = np.cos(theta), np.sin(theta)
    shape = np.stack([np.cos(half) * (kappa - cosine), np.sin(half) * (kappa - cosine)], axis=-1)
    slope = np.stack(
        [
            -0.5 * np.sin(half) * (kappa - cosine) + np.cos(half) * sine,
            0.5 * np.cos(half) * (kappa - cosine) + np.sin(half) * sine,
        ],
        axis=-1,
    )
    return _square_root(r, theta, shape, slope, shear, bulk)


def mode_two(r: NDArray, theta: NDArray, shear: float, bulk: float) -> TipField:
    """Return the TipField of K_II = 1 Pa sqrt(m).

    Positive slides the upper face ahead, towards e_1.

    Parameters
    ----------
    r, theta : (...) array
        Distance from the tip [m] and angle from the direction ahead, -pi to pi.
    shear, bulk : float
        Shear and bulk modulus [Pa], > 0.
    """
    kappa, half = 3.0 - 4.0 * elasticity.poisson_ratio(shear, bulk), 0.5 * theta
    cosine, sine = np.cos(theta), np.sin(theta)
    shape = np.stack(
        [np.sin(half) * (kappa + 2.0 + cosine), -np.cos(half) * (kappa - 2.0 + cosine)], axis=-1
    )
    slope = np.stack(
        [
            0.5 * np.cos(half) * (kappa + 2.0 + cosine) - np.sin(half) * sine,
            0.5 * np.sin(half) * (kappa - 2.0 + cosine) + np.cos(half) * sine,
        ],
        axis=-1,
    )
    return _square_root(r, theta, shape, slope, shear, bulk)


def line_force(r: NDArray, theta: NDArray, shear: float, bulk: float) -> TipField:
    """Return the TipField of a force of 1 N per metre of front on the tip, along e_1.

    Parameters
    ----------
    r, theta : (...) array
        Distance from the tip [m] and angle from the direction ahead, -pi to pi.
    shear, bulk : float
        Shear and bulk modulus [Pa], > 0.
    """
    nu = elasticity.poisson_ratio(shear, bulk)
    young = 2.0 * shear * (1.0 + nu)
    b, c = (1.0 - nu**2) / (np.pi * young), nu * (1.0 + nu) / (np.pi * young)
    a, sine = 0.5 * (c - b), np.sin(theta)
    displacement = np.stack(
        [-b * np.log(r) + (a - c) * sine**2, a * theta + (c - a) * sine * np.cos(theta)], axis=-1
    )
    by_radius = np.stack([-b / r, np.zeros_like(r)], axis=-1)
    by_angle = np.stack([(a - c) * np.sin(2.0 * theta), a + (c - a) * np.cos(2.0 * theta)], axis=-1)
    return _field(r, theta, displacement, by_radius, by_angle, shear, bulk)


def mode_three(r: NDArray, theta: NDArray, shear: float) -> tuple[NDArray, NDArray, NDArray]:
    """Return the field of K_III = 1 Pa sqrt(m).

    Parameters
    ----------
    r, theta : (...) array
        Distance from the tip [m] and angle from the direction ahead, -pi to pi.
    shear : float
        Shear modulus [Pa], > 0.

    Returns
    -------
    displacement : (...) array
        u_3 [m].
    slope : (..., 2) array
        Its slopes by x_1 and x_2.
    stress : (..., 2) array
        s_13 and s_23 [Pa].
    """
    out = np.sqrt(2.0 * r / np.pi) * np.sin(0.5 * theta) / shear
    stress = (
        np.stack([-np.sin(0.5 * theta), np.cos(0.5 * theta)], axis=-1)
        / np.sqrt(2.0 * np.pi * r)[..., None]
    )
    return out, stress / shear, stress


def _square_root(r, theta, shape, slope, shear, bulk):
    """Return the TipField sqrt(r) shape(theta), from the shape and its slope (..., 2)."""
    size = np.sqrt(r / (2.0 * np.pi)) / (2.0 * shear)
    displacement = size[..., None] * shape
    return _field(
        r,
        theta,
        displacement,
        displacement / (2.0 * r[..., None]),
        size[..., None] * slope,
        shear,
        bulk,
    )


def _field(r, theta, displacement, by_radius, by_angle, shear, bulk):
    """Return the TipField from the derivatives of a displacement by r and theta, (..., 2)."""
    cosine, sine = np.cos(theta)[..., None], np.sin(theta)[..., None]
    around = by_angle / r[..., None]
    gradient = np.stack(
        [cosine * by_radius - sine * around, sine * by_radius + cosine * around], axis=-1
    )
    g, none = gradient, np.zeros_like(r)
    strain = np.stack([g[..., 0, 0], g[..., 1, 1], none, g[..., 0, 1] + g[..., 1, 0]], axis=-1)
    return TipField(displacement, gradient, strain @ elasticity.stiffness(shear, bulk, 4))
