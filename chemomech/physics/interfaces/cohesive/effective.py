r"""Cohesive laws in effective-opening form: one damage, mixed modes by a rule, any curve.

    t_n = g K <d_n>,  t_t = g K d_t,  g = 1 - (1 - r) D,  stored = g K lambda^2/2,
    lambda = sqrt(<d_n>^2 + |d_t|^2),  B = |d_t|^2/lambda^2,
    D grows towards D_eq(lambda, d_0(B), G_c(B)) where that is larger, with a (Duvaut-Lions)
    viscosity.

D_eq is a curve of `softening`; d_0 = strength/K; G_c and d_0^2 go from mode I to mode II by a rule
of `mode_mixity`. The energy release rate by damage is Y = (1 - r) K lambda^2/2, so the curve is
drawn for G_c/(1 - r): then int Y dD from 0 to 1 is exactly G_c in spite of the residual
stiffness r.

Energies of a step from D_0 to D_1, lambda_0 to lambda_1, with lambda(D) the inverse of the curve:

    fracture = int_{D_0}^{D_1} Y(lambda(D)) dD,         closed, at the middle of the step's shares,
    viscous  = int_{D_0}^{D_1} <Y - Y(lambda(D))> dD,   at the same share, see `viscosity`.

The middle is that of the share where growth begins, on an even way of <d_n> and |d_t|, and of the
end's. fracture is exact for a fixed share, and for every path when the energies do not depend on
the share; else of second order.

Source: Turon, Camanho, Costa, Davila, Mech. Mater. 38 (2006) 1072; Camanho, Davila (2002)
NASA/TM-2002-211737.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.interfaces.cohesive.law import (
    CohesiveLaw,
    CohesiveResponse,
    check_positive,
    check_residual,
    follow,
    measures,
)
from chemomech.physics.interfaces.cohesive.mode_mixity import (
    Rule,
    benzeggagh_kenane,
    mode_mixity_rule,
)
from chemomech.physics.interfaces.cohesive.softening import BILINEAR, EXPONENTIAL, Softening
from chemomech.physics.interfaces.cohesive.viscosity import viscous_excess
from chemomech.physics.values import Values

DAMAGE, SIZE, SHARE = 0, 1, 2  # history columns: damage, effective opening [m], share of shear
RESIDUAL_STIFFNESS = 1e-6


@dataclass(frozen=True)
class EffectiveParameters:
    """Parameters of a law in effective-opening form; arrays broadcast to the points (...).

    They are valid when a softening branch exists in both modes, 2 G_c K > strength^2. For both
    curves this says that the energy of the linear part is below G_c; any rule of mode mixity that
    grows with both end values keeps it between them.

    Attributes
    ----------
    stiffness : (...) array
        Stiffness K of the intact bond [Pa/m], > 0.
    strength, shear_strength : (...) array
        Tractions at the onset of damage in mode I and in mode II [Pa], > 0.
    fracture_energy, fracture_energy_shear : (...) array
        G_c in mode I and in mode II [J/m2], > 0.
    mode_mixity_exponent : (...) array
        Exponent of the rule, above 1/2.
    mode_mixity : callable or str
        A rule of `mode_mixity` or its name.
    residual : float
        Share r of the stiffness that stays when debonded, 0 <= r < 1.
    """

    stiffness: Values
    strength: Values
    shear_strength: Values
    fracture_energy: Values
    fracture_energy_shear: Values
    mode_mixity_exponent: Values = 2.0
    mode_mixity: Rule | str = benzeggagh_kenane
    residual: float = RESIDUAL_STIFFNESS

    def __post_init__(self):
        object.__setattr__(self, "mode_mixity", mode_mixity_rule(self.mode_mixity))
        check_positive(
            stiffness=self.stiffness,
            strength=self.strength,
            shear_strength=self.shear_strength,
            fracture_energy=self.fracture_energy,
            fracture_energy_shear=self.fracture_energy_shear,
            mode_mixity_exponent=self.mode_mixity_exponent,
        )
        check_residual(self.residual)
        if np.any(np.asarray(self.mode_mixity_exponent) <= 0.5):
            raise ValueError(
                "cohesive law: mode_mixity_exponent must exceed 0.5, got "
                f"{np.min(self.mode_mixity_exponent):g}; "
                "below, the tangent has no bound near a pure mode"
            )
        modes = (
            (self.fracture_energy, self.strength),
            (self.fracture_energy_shear, self.shear_strength),
        )
        for energy, strength in modes:
            if np.any(2.0 * np.asarray(energy) * self.stiffness <= np.asarray(strength) ** 2):
                raise ValueError(
                    "the cohesive law has no softening branch: 2 * fracture_energy * stiffness "
                    "must exceed strength^2; raise the stiffness or lower the strength"
                )

    @property
    def symmetric(self) -> bool:
        """Whether the tangent is symmetric: only if nothing depends on the shear share."""
        shares = np.linspace(0.05, 0.95, 7)
        return all(
            np.all(self.mode_mix(share)[place] == 0.0) for share in shares for place in (1, 3)
        )

    def mode_mix(self, share: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Return the onset opening and the energy of a share of shear (...), with their slopes.

        They are d_0 [m], its slope by the share [m], G_c/((1 - r) K) [m2] and its slope [m2].
        """
        rule = mode_mixity_rule(self.mode_mixity)
        square, square_slope = rule(
            share,
            (self.strength / self.stiffness) ** 2,
            (self.shear_strength / self.stiffness) ** 2,
            self.mode_mixity_exponent,
        )
        energy, energy_slope = rule(
            share, self.fracture_energy, self.fracture_energy_shear, self.mode_mixity_exponent
        )
        onset, scale = np.sqrt(square), 1.0 / ((1.0 - self.residual) * self.stiffness)
        return onset, 0.5 * square_slope / onset, energy * scale, energy_slope * scale


def middle_share(
    history: NDArray,
    size: NDArray,
    share: NDArray,
    parameters: EffectiveParameters,
    curve: Softening,
) -> NDArray:
    """Return the mean share of shear (...) of where damage begins to grow and of the end.

    From rest the way keeps its end's share.

    Parameters
    ----------
    history : (..., 3) array
        History of the step's start.
    size, share : (...) array
        Effective opening [m] and share of shear at the step's end.
    parameters : EffectiveParameters
        Parameters of the law.
    curve : Softening
        Its softening curve.
    """
    before, old = history[..., SIZE], history[..., SHARE]
    onset, _, energy, _ = parameters.mode_mix(old)
    begin = np.maximum(before, np.minimum(curve.opening(history[..., DAMAGE], onset, energy), size))
    moving = size != before
    way = np.where(moving, (begin - before) / np.where(moving, size - before, 1.0), 0.0)
    normal, sliding = (
        (1.0 - way) * before * np.sqrt(first) + way * size * np.sqrt(last)
        for first, last in ((1.0 - old, 1.0 - share), (old, share))
    )
    square = normal**2 + sliding**2
    return 0.5 * (
        share + np.where(square > 0, sliding**2 / np.where(square > 0, square, 1.0), share)
    )


def evaluate(
    opening: NDArray,
    history: NDArray,
    step_over_viscosity: Values,
    parameters: EffectiveParameters,
    curve: Softening,
) -> CohesiveResponse:
    """Return the CohesiveResponse at the end of a step.

    Parameters
    ----------
    opening : (..., d) array
        Opening at the step's end, normal first [m].
    history : (..., 3) array
        Damage, effective opening [m] and share of shear at the step's start.
    step_over_viscosity : float or (...) array
        dt/tau > 0, inf for the rate-independent law.
    parameters : EffectiveParameters
        Parameters of the law.
    curve : Softening
        Its softening curve.
    """
    p, m = parameters, measures(opening)
    damage = history[..., DAMAGE]
    onset, onset_slope, energy, energy_slope = p.mode_mix(m.share)
    target = curve.equilibrium(m.size, onset, energy)
    pace = follow(step_over_viscosity)
    growing = target.damage > damage
    new_damage = np.where(growing, damage + pace * (target.damage - damage), damage)

    soft = (1.0 - p.residual) * p.stiffness
    secant = p.stiffness - soft * new_damage
    open_axes = np.ones(m.active.shape)
    open_axes[..., 0] = opening[..., 0] > 0.0
    by_share = target.by_onset * onset_slope + target.by_energy * energy_slope
    direction = m.active / np.where(m.size > 0, m.size, 1.0)[..., None]
    slope = target.by_size[..., None] * direction + by_share[..., None] * m.share_slope
    slope *= np.where(growing, pace * soft, 0.0)[..., None]
    tangent = (secant[..., None] * open_axes)[..., :, None] * np.eye(m.active.shape[-1])

    onset, _, energy, _ = p.mode_mix(middle_share(history, m.size, m.share, p, curve))
    fracture = curve.dissipated(new_damage, onset, energy) - curve.dissipated(damage, onset, energy)
    damages, sizes = (damage, new_damage), (history[..., SIZE], m.size)
    return CohesiveResponse(
        traction=secant[..., None] * m.active,
        tangent=tangent - m.active[..., :, None] * slope[..., None, :],
        history=np.stack([new_damage, m.size, m.share], axis=-1),
        stored=0.5 * secant * m.size**2,
        fracture=soft * np.maximum(fracture, 0.0),
        viscous=soft * viscous_excess(curve, onset, energy, damages, sizes, step_over_viscosity),
    )


def dissipated_fraction(
    history: NDArray, parameters: EffectiveParameters, curve: Softening
) -> NDArray:
    """Return the fraction (...) of G_c that is dissipated, 0 to 1.

    G_c is that of the share of shear with which the history ends.

    Parameters
    ----------
    history : (..., 3) array
        Damage, effective opening [m] and share of shear.
    parameters : EffectiveParameters
        Parameters of the law.
    curve : Softening
        Its softening curve.
    """
    onset, _, energy, _ = parameters.mode_mix(history[..., SHARE])
    return np.clip(curve.dissipated(history[..., DAMAGE], onset, energy) / energy, 0.0, 1.0)


def _maker(curve: Softening, name: str) -> Callable[..., CohesiveLaw]:
    def make(*values: Any, **named: Any) -> CohesiveLaw:
        parameters = EffectiveParameters(*values, **named)
        return CohesiveLaw(
            partial(evaluate, curve=curve),
            parameters,
            columns=3,
            symmetric=parameters.symmetric,
            dissipated=partial(dissipated_fraction, curve=curve),
        )

    make.__name__ = make.__qualname__ = name
    make.__doc__ = (
        f"Return the CohesiveLaw with {name} softening.\n\n"
        "The arguments are those of EffectiveParameters, and all of them are used.\n"
    )
    return make


bilinear = _maker(BILINEAR, "bilinear")
exponential = _maker(EXPONENTIAL, "exponential")
