r"""A sphere and a long cylinder that take up lithium through their surface: concentration and
stress, exactly.

The flux J = I/F is constant and positive inward, the diffusivity D is constant, the start c_0 is
uniform. With x = r/R, tau = D t/R^2 and n = 3 (sphere) or 2 (cylinder),

    c - c_0 = (J R/D) { n tau + x^2/2 - n/(2(n+2)) - 2 sum_k phi(beta_k x)/(beta_k^2 phi(beta_k))
    exp(-beta_k^2 tau) },

phi(z) = sin z/z and tan beta = beta in the sphere, phi = J_0 and J_1(beta) = 0 in the cylinder. The
mean over r' < r has the same form with x^2 n/(2(n+2)) for x^2/2 and n phi_1(z)/z for phi(z), phi_1
= -dphi/dz.

Stress follows from three moments: c at r, its mean inside r and its mean over the body. The body is
elastic and isotropic, its surface free, the cylinder in plane strain (epsilon_z = 0). Tension is
positive.

Sources: Crank, The Mathematics of Diffusion, 2nd ed. 1975, the chapters on the cylinder and on the
sphere, constant flux at the surface; Prussin, J. Appl. Phys. 32 (1961) 1876; Cheng, Verbrugge, J.
Power Sources 190 (2009) 453; Timoshenko, Goodier, Theory of Elasticity (thermal stress in spheres
and cylinders, the same equations).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import jv, jvp, spherical_jn

from chemomech.units.constants import GAS_CONSTANT

SPHERE, CYLINDER = 3, 2


@dataclass(frozen=True)
class Uptake:
    """Radius [m], diffusivity [m2/s], flux I/F into the surface [mol/(m2 s)], concentration at t =
    0 [mol/m3]."""

    radius: float
    diffusivity: float
    flux: float
    start: float


@dataclass(frozen=True)
class Solid:
    """Partial molar volume [m3/mol], Young's modulus [Pa], Poisson's ratio; strain (Omega/3)(c -
    c_ref)."""

    molar_volume: float
    young: float
    poisson: float


class Stress(NamedTuple):
    """Principal stresses [Pa]; `third` is the sphere's other hoop stress or the cylinder's axial
    stress."""

    radial: np.ndarray
    hoop: np.ndarray
    third: np.ndarray

    @property
    def hydrostatic(self):
        return (self.radial + self.hoop + self.third) / 3


@lru_cache
def roots(count, dimension):
    """The first `count` positive roots beta of tan(beta) = beta (sphere) or J_1(beta) = 0
    (cylinder)."""
    k = np.arange(1, count + 1)
    if dimension == SPHERE:
        beta = (k + 0.5) * np.pi - 1 / ((k + 0.5) * np.pi)
        for _ in range(6):
            beta = beta - (np.sin(beta) - beta * np.cos(beta)) / (beta * np.sin(beta))
        return beta
    beta = (k + 0.25) * np.pi - 3 / (8 * (k + 0.25) * np.pi)
    for _ in range(6):
        beta = beta - jv(1, beta) / jvp(1, beta)
    return beta


def shape(z, dimension):
    """phi(z): sin z/z in the sphere, J_0(z) in the cylinder."""
    return spherical_jn(0, z) if dimension == SPHERE else jv(0, z)


def shape_mean(z, dimension):
    """Mean of phi over the sphere or disc of radius z, n phi_1(z)/z; 1 at z = 0."""
    first = spherical_jn(1, z) if dimension == SPHERE else jv(1, z)
    return np.where(z > 0, dimension * first / np.where(z > 0, z, 1.0), 1.0)


def _series(x, tau, dimension, profile, mode):
    """{...} of the module's formula; exactly zero at tau = 0, where the sum converges too slowly to
    be used."""
    x, tau = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(tau, dtype=float))
    later = tau > 0
    if np.any(tau < 0) or np.any(tau[later] < 1e-7):
        raise ValueError(f"D t/R^2 must be 0 or at least 1e-7, not {tau.min():g}")
    # The first term that is left out is below exp(-46) = 1e-20.
    smallest = tau[later].min() if np.any(later) else 1.0
    beta = roots(int(np.sqrt(46 / smallest) / np.pi) + 2, dimension)
    decay = np.exp(-(beta**2) * tau[..., None]) / (beta**2 * shape(beta, dimension))
    modes = mode(beta * x[..., None], dimension)
    flat = dimension * tau - dimension / (2 * (dimension + 2))
    return np.where(later, flat + profile(x) - 2 * np.sum(modes * decay, axis=-1), 0.0)


def concentration(r, time, uptake, dimension=SPHERE):
    """c(r, t) [mol/m3]; r [m] in 0..R and time [s] (0, or D t/R^2 >= 1e-7, else ValueError)
    broadcast."""
    x, tau = np.asarray(r) / uptake.radius, uptake.diffusivity * np.asarray(time) / uptake.radius**2
    shown = _series(x, tau, dimension, lambda x: x**2 / 2, shape)
    return uptake.start + uptake.flux * uptake.radius / uptake.diffusivity * shown


def inner_mean(r, time, uptake, dimension=SPHERE):
    """Mean of c over the sphere or cylinder inside r, (n/r^n) int_0^r c s^(n-1) ds [mol/m3]; as
    `concentration`."""
    x, tau = np.asarray(r) / uptake.radius, uptake.diffusivity * np.asarray(time) / uptake.radius**2
    weight = dimension / (2 * (dimension + 2))
    shown = _series(x, tau, dimension, lambda x: weight * x**2, shape_mean)
    return uptake.start + uptake.flux * uptake.radius / uptake.diffusivity * shown


def mean_concentration(time, uptake, dimension=SPHERE):
    """Mean over the whole body, c_0 + n J t/R [mol/m3]: what has gone in."""
    return uptake.start + dimension * uptake.flux * np.asarray(time) / uptake.radius


def quasi_steady_excess(r, uptake, dimension=SPHERE):
    """c - mean after all modes have died, (J R/D) [(r/R)^2/2 - n/(2(n+2))] [mol/m3]; 3/10 in the
    sphere."""
    x = np.asarray(r) / uptake.radius
    return (
        uptake.flux
        * uptake.radius
        / uptake.diffusivity
        * (x**2 / 2 - dimension / (2 * (dimension + 2)))
    )


def quasi_steady_hoop(uptake, solid, dimension=SPHERE):
    """Hoop stress at the surface once c - mean is steady, -Omega E J R/(3 (n+2) (1-nu) D) [Pa]; 15
    in the sphere.

    The centre has the opposite in the sphere and half the opposite (radial and hoop) in the
    cylinder.
    """
    scale = solid.molar_volume * solid.young * uptake.flux * uptake.radius / (1 - solid.poisson)
    return -scale / (3 * (dimension + 2) * uptake.diffusivity)


def sphere_stress(local, inner, mean, solid):
    """Stress at a radius of a free sphere from c there, its mean inside that radius and its mean
    over the sphere.

    sigma_r = 2 Omega E/(9(1-nu)) (mean - inner), sigma_theta = Omega E/(9(1-nu)) (2 mean + inner -
    3 c); hence sigma_h = 2 Omega E/(9(1-nu)) (mean - c). Concentrations [mol/m3]; only differences
    count.
    """
    scale = solid.molar_volume * solid.young / (9 * (1 - solid.poisson))
    hoop = scale * (2 * mean + inner - 3 * local)
    return Stress(2 * scale * (mean - inner), hoop, hoop)


def cylinder_stress(local, inner, mean, solid, reference):
    """The same for a free cylinder in plane strain, unstrained at the concentration `reference`
    [mol/m3].

    sigma_r = Omega E/(6(1-nu)) (mean - inner), sigma_theta = Omega E/(6(1-nu)) (mean + inner - 2 c)
    and sigma_z = Omega E/(3(1-nu)) [nu (mean - c_ref) - (c - c_ref)].
    """
    scale = solid.molar_volume * solid.young / (6 * (1 - solid.poisson))
    axial = 2 * scale * (solid.poisson * (mean - reference) - (local - reference))
    return Stress(scale * (mean - inner), scale * (mean + inner - 2 * local), axial)


def sphere_displacement(r, inner, mean, solid, reference):
    """Radial displacement (Omega r/9) [(1+nu)/(1-nu) inner + 2(1-2nu)/(1-nu) mean] [m], both above
    c_ref."""
    nu = solid.poisson
    moved = (1 + nu) * (inner - reference) + 2 * (1 - 2 * nu) * (mean - reference)
    return solid.molar_volume * r / (9 * (1 - nu)) * moved


def cylinder_displacement(r, inner, mean, solid, reference):
    """Radial displacement (Omega r/6) (1+nu)/(1-nu) [inner + (1-2nu) mean] [m], both above c_ref;
    plane strain."""
    nu = solid.poisson
    moved = (inner - reference) + (1 - 2 * nu) * (mean - reference)
    return solid.molar_volume * r * (1 + nu) / (6 * (1 - nu)) * moved


def stress_drift(solid, temperature):
    """theta = 2 Omega^2 E/(9 (1-nu) R T) [m3/mol], by which stress speeds up diffusion: N = -D (1 +
    theta c) grad c.

    It is N = -D [grad c - Omega c/(R T) grad sigma_h] with grad sigma_h = -2 Omega E/(9(1-nu)) grad
    c, which holds in the sphere and in the plane-strain cylinder. Dilute mobility D c/(R T); Zhang,
    Shyy, Sastry, J. Electrochem. Soc. 154 (2007) A910.
    """
    scale = 2 * solid.molar_volume * solid.young / (9 * (1 - solid.poisson))
    return scale * solid.molar_volume / (GAS_CONSTANT * temperature)
