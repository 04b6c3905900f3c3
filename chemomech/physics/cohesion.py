r"""Bilinear cohesive law with mixed modes, irreversible damage and unilateral contact.

Opening d = (d_n, d_t..) in the local frame, plus side minus minus side; traction t likewise:

    t_n = g K d_n for d_n > 0,  K d_n for d_n <= 0;   t_t = g K d_t;   g = 1 - (1 - r) D.

    lambda = sqrt(<d_n>^2 + |d_t|^2),   B = |d_t|^2 / lambda^2   (share of shear),
    D_eq   = d_f (lambda - d_0) / (lambda (d_f - d_0)),   d_0 = strength(B)/K,   d_f = 2 G_c(B) / (K d_0),
    G_c(B) = G_I + (G_II - G_I) B^eta  (Benzeggagh-Kenane),   d_0^2 likewise between the two modes.

Damage follows its equilibrium value with a viscosity (Duvaut-Lions), D' = <D_eq - D>/tau, and
never heals; compression does not damage. r = 1e-6 is a residual stiffness that keeps a loose
particle from floating. At equilibrium the work to separate at a fixed mode share is G_c(B).

Source: Camanho, Davila (2002) NASA/TM-2002-211737; Turon et al., Mech. Mater. 38 (2006) 1072;
Benzeggagh, Kenane, Compos. Sci. Technol. 56 (1996) 439.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

RESIDUAL_STIFFNESS = 1e-6


@dataclass(frozen=True)
class BilinearParameters:
    """Arrays that broadcast to the points: stiffness [Pa/m], strength [Pa], fracture energies [J/m2], exponent.

    Valid when the softening branch exists in both modes: 2 G_c K > strength^2.
    """

    stiffness: np.ndarray
    strength: np.ndarray
    fracture_energy: np.ndarray
    fracture_energy_shear: np.ndarray
    mixed_mode_exponent: np.ndarray
    shear_strength: np.ndarray

    @property
    def symmetric(self):
        """Whether the tangent is symmetric: so it is when both modes have the same strength and energy."""
        return bool(
            np.all(self.strength == self.shear_strength) and np.all(self.fracture_energy == self.fracture_energy_shear)
        )

    def __post_init__(self):
        for energy, strength in (
            (self.fracture_energy, self.strength),
            (self.fracture_energy_shear, self.shear_strength),
        ):
            if np.any(2.0 * np.asarray(energy) * self.stiffness <= np.asarray(strength) ** 2):
                raise ValueError(
                    "the cohesive law has no softening branch: 2 * fracture_energy * stiffness must exceed "
                    "strength^2; raise the stiffness or lower the strength"
                )


class CohesiveResponse(NamedTuple):
    """traction (..., d) [Pa], tangent (..., d, d) [Pa/m], damage (...)."""

    traction: np.ndarray
    tangent: np.ndarray
    damage: np.ndarray


class _Mix(NamedTuple):
    onset: np.ndarray
    final: np.ndarray
    onset_slope: np.ndarray
    final_slope: np.ndarray


def _mode_mix(share, p):
    """Onset and final openings at a share of shear, and their derivatives by the share."""
    eta = p.mixed_mode_exponent
    power = share**eta
    power_slope = eta * np.where(share > 0, share, 1.0) ** (eta - 1.0) * (share > 0)
    normal, shear = p.strength / p.stiffness, p.shear_strength / p.stiffness
    onset = np.sqrt(normal**2 + (shear**2 - normal**2) * power)
    onset_slope = (shear**2 - normal**2) * power_slope / (2.0 * onset)
    energy = p.fracture_energy + (p.fracture_energy_shear - p.fracture_energy) * power
    energy_slope = (p.fracture_energy_shear - p.fracture_energy) * power_slope
    final = 2.0 * energy / (p.stiffness * onset)
    final_slope = 2.0 * energy_slope / (p.stiffness * onset) - final * onset_slope / onset
    return _Mix(onset, final, onset_slope, final_slope)


def _measures(opening):
    """Damaging part of the opening, its size and the share of shear."""
    active = opening.copy()
    active[..., 0] = np.maximum(opening[..., 0], 0.0)
    size = np.sqrt(np.einsum("...d,...d->...", active, active))
    safe = np.where(size > 0, size, 1.0)
    share = np.where(size > 0, 1.0 - (active[..., 0] / safe) ** 2, 0.0)
    return active, size, np.clip(share, 0.0, 1.0)


def bilinear(opening, damage, rate, parameters):
    """Traction, consistent tangent and new damage at the end of a step.

    opening (..., d) [m]: at the step's end. damage (...): at its start, 0 to 1.
    rate: step length over viscosity time, dt/tau; inf for the rate-independent law.
    """
    p = parameters
    active, size, share = _measures(opening)
    mix = _mode_mix(share, p)
    safe = np.maximum(size, mix.onset * 1e-9)
    equilibrium = np.clip(mix.final * (safe - mix.onset) / (safe * (mix.final - mix.onset)), 0.0, 1.0)
    follow = 1.0 if np.isinf(rate) else rate / (1.0 + rate)
    loading = equilibrium > damage
    new_damage = np.where(loading, damage + follow * (equilibrium - damage), damage)

    integrity = 1.0 - (1.0 - RESIDUAL_STIFFNESS) * new_damage
    closed = opening[..., 0] <= 0.0
    secant = np.repeat((integrity * p.stiffness)[..., None], opening.shape[-1], axis=-1)
    secant[..., 0] = np.where(closed, p.stiffness, secant[..., 0])
    traction = secant * opening
    tangent = secant[..., :, None] * np.eye(opening.shape[-1])

    # dD/d(opening) where damage grows; a clipped equilibrium (broken) has no slope.
    span = mix.final - mix.onset
    by_size = mix.final * mix.onset / (safe**2 * span)
    by_onset = mix.final * (safe - mix.final) / (safe * span**2)
    by_final = -mix.onset * (safe - mix.onset) / (safe * span**2)
    by_share = by_onset * mix.onset_slope + by_final * mix.final_slope
    share_slope = 2.0 * active / safe[..., None] ** 2
    share_slope[..., 0] *= -share
    share_slope[..., 1:] *= (1.0 - share)[..., None]
    slope = by_size[..., None] * active / safe[..., None] + by_share[..., None] * share_slope
    growing = loading & (equilibrium < 1.0)
    slope *= np.where(growing, follow * (1.0 - RESIDUAL_STIFFNESS) * p.stiffness, 0.0)[..., None]
    tangent = tangent - active[..., :, None] * slope[..., None, :]
    return CohesiveResponse(traction, tangent, new_damage)


def stored_energy(opening, damage, parameters):
    """Recoverable energy of the interface, g K lambda^2/2 + K <-d_n>^2/2 [J/m2]."""
    _, size, _ = _measures(opening)
    integrity = 1.0 - (1.0 - RESIDUAL_STIFFNESS) * damage
    penetration = np.minimum(opening[..., 0], 0.0)
    return 0.5 * parameters.stiffness * (integrity * size**2 + penetration**2)


def fracture_dissipation(damage_start, damage_end, opening, parameters):
    """Energy that the rate-independent law dissipates between two damages at the opening's mode share [J/m2].

    Integral of K lambda(D)^2/2 dD with lambda(D) = d_0 d_f/(d_f - D (d_f - d_0)); from 0 to 1 it is G_c.
    """
    mix = _mode_mix(_measures(opening)[2], parameters)

    def primitive(damage):
        return 0.5 * parameters.stiffness * mix.onset**2 * mix.final * damage / (
            mix.final - damage * (mix.final - mix.onset)
        )

    return primitive(damage_end) - primitive(damage_start)


def overshoot(opening, damage, parameters):
    """Energy release rate above that of the rate-independent law at the same damage, >= 0 [J/m2].

    <Y(lambda) - Y(lambda(D))> with Y = (1 - r) K lambda^2/2, lambda no larger than the final opening:
    what damage viscosity dissipates per unit of damage. Zero for the rate-independent law.
    """
    _, size, share = _measures(opening)
    mix = _mode_mix(share, parameters)
    equilibrium = mix.onset * mix.final / (mix.final - damage * (mix.final - mix.onset))
    excess = np.minimum(size, mix.final) ** 2 - equilibrium**2
    return 0.5 * (1.0 - RESIDUAL_STIFFNESS) * parameters.stiffness * np.maximum(excess, 0.0)
