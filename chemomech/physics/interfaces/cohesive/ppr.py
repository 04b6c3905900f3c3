r"""The law of Park, Paulino and Roesler (PPR), curves in `ppr_potential`, with damage.

With kappa_n, kappa_t the largest <d_n>, |d_t| so far and K_n, K_t the initial slopes,

    stored = 1/2 (1 - D_n) K_n <d_n>^2 + 1/2 (1 - D_t) K_t |d_t|^2,
    D_n follows 1 - T_n(kappa_n, kappa_t)/(K_n kappa_n),
    D_t follows 1 - T_t(kappa_n, kappa_t)/(K_t kappa_t),

with a viscosity; both only grow, so that 1/2 K_n d_n^2 dD_n + 1/2 K_t d_t^2 dD_t >= 0 is
dissipated. On paths on which both openings grow this is PPR; if one stands back, its bond weakens
with the other's growth and dissipates less. Damage that viscosity holds back goes on growing after
unloading until it has caught up.

The damage for conduction is the mean of D_n and D_t: it lags as they do, is 1 exactly when no
traction is left in either mode, and 0 only when neither has lost stiffness.

Energies. The rate-independent E of a step is closed in each mode's own opening and takes the mean
of the other mode's weight over the step. Both modes' E then add up to the difference of Psi -
stored, exactly, where both openings grow inside the domain of the potential; elsewhere E is of
second order in the step. A viscous step releases the share z/(1 + z) of E, z the step over the
viscosity time, and of what earlier steps left back ("pending"), never more than the step
dissipates; the rest of what it dissipates is viscous.

The residual r stiffens as in `effective`: the curves are drawn for phi/(1 - r).

Source: Park, Paulino, Roesler, J. Mech. Phys. Solids 57 (2009) 891 (curves); the irreversibility is
this module's.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.interfaces.cohesive.effective import RESIDUAL_STIFFNESS
from chemomech.physics.interfaces.cohesive.law import (
    CohesiveLaw,
    CohesiveResponse,
    check_positive,
    check_residual,
    follow,
)
from chemomech.physics.interfaces.cohesive.ppr_potential import (
    Mode,
    equilibrium,
    largest_indicator,
    mode_of,
    slope_indicator,
)
from chemomech.physics.interfaces.cohesive.viscosity import moments
from chemomech.physics.values import Values

# History columns: mean damage; largest openings [m], damages, and openings at the step's start [m],
# of both modes; energy that the rate-independent law has dissipated and viscosity holds back
# [J/m2].
DAMAGE, LARGEST, DAMAGES, OPENINGS, PENDING = 0, slice(1, 3), slice(3, 5), slice(5, 7), 7
COLUMNS = 8


@dataclass(frozen=True)
class PPRParameters:
    """Parameters of the PPR law, arrays that broadcast to the points (...).

    Attributes
    ----------
    strength, shear_strength : (...) array
        Largest tractions of the pure modes [Pa], > 0.
    fracture_energy, fracture_energy_shear : (...) array
        Fracture energies of the pure modes [J/m2], > 0.
    slope_indicator, slope_indicator_shear : (...) array
        Opening at the strength over final opening, above 0 and at most 1/sqrt(2 shape - 1): above,
        the traction would first stiffen, which damage cannot say.
    shape, shape_shear : (...) array
        Shapes of the curves, > 1: 2 softens almost evenly, more is brittle (concave), and below 2 a
        plateau ends without bounded slope.
    residual : float
        Share of the stiffness that stays when debonded, 0 <= r < 1.
    """

    strength: Values
    shear_strength: Values
    fracture_energy: Values
    fracture_energy_shear: Values
    slope_indicator: Values
    slope_indicator_shear: Values
    shape: Values = 3.0
    shape_shear: Values = 3.0
    residual: float = RESIDUAL_STIFFNESS

    def __post_init__(self):
        check_residual(self.residual)
        check_positive(**{name: value for name, value in vars(self).items() if name != "residual"})
        for end in ("", "_shear"):
            shape, indicator = getattr(self, f"shape{end}"), getattr(self, f"slope_indicator{end}")
            _check_shape(shape, f"shape{end}")
            if np.any(indicator > largest_indicator(shape)):
                raise ValueError(
                    f"cohesive law: slope_indicator{end} must be at most 1/sqrt(2 shape - 1) = "
                    f"{np.min(largest_indicator(shape)):.4g}, got {np.max(indicator):g}"
                )

    @cached_property
    def modes(self) -> tuple[Mode, Mode]:
        """Mode I and mode II, drawn for the energies over 1 - residual."""
        whole = 1.0 - self.residual
        return (
            mode_of(self.strength, self.fracture_energy / whole, self.shape, self.slope_indicator),
            mode_of(
                self.shear_strength,
                self.fracture_energy_shear / whole,
                self.shape_shear,
                self.slope_indicator_shear,
            ),
        )


def _check_shape(shape, name):
    if np.any(np.asarray(shape) <= 1.0):
        raise ValueError(f"cohesive law: {name} must exceed 1, got {np.min(shape):g}")


def _energy_between(mode, start, end, before, after):
    """Return E of one mode between two equilibria.

    before and after are its opening [m] where growth begins and at the end.
    """
    own = (
        (mode.dissipated(end.position) - mode.dissipated(start.position))
        * 0.5
        * (start.weight + end.weight)
    )
    lost = [
        0.5 * mode.slope * e.secant * (d / mode.final) ** 2
        for e, d in ((start, before), (end, after))
    ]
    return np.maximum(own, 0.0) + 0.5 * (lost[0] + lost[1]) * (start.weight - end.weight)


def _growth_begins(before, after, largest):
    """Return the openings (..., 2) where, on an even way, a mode first passes its largest."""
    grows = after > largest
    when = np.where(grows, (largest - before) / np.where(grows, after - before, 1.0), 1.0)
    return before + (after - before) * np.min(when, axis=-1, keepdims=True)


def _dissipation(history, after, start, end, step_over_viscosity, parameters):
    """Return (fracture, viscous, pending) (...) [J/m2] of a step."""
    before, whole = history[..., OPENINGS], 1.0 - parameters.residual
    pace = follow(step_over_viscosity)
    begin = _growth_begins(before, after, history[..., LARGEST])
    first, second = moments(np.minimum(np.asarray(step_over_viscosity, float), 1e12))
    ready, loss = history[..., PENDING], 0.0
    for i, mode in enumerate(parameters.modes):
        energy = whole * _energy_between(mode, start[i], end[i], begin[..., i], after[..., i])
        # What lags relaxes exponentially while the opening goes evenly.
        way = after[..., i] - before[..., i]
        square = before[..., i] ** 2 + 2.0 * before[..., i] * way * first + way**2 * second
        lag = np.maximum(start[i].damage - history[..., DAMAGES][..., i], 0.0)
        ready = ready + energy
        loss = loss + pace * (energy + 0.5 * whole * mode.stiffness * lag * np.maximum(square, 0.0))
    fracture = np.minimum(pace * ready, loss)
    return fracture, loss - fracture, ready - fracture


def evaluate(
    opening: NDArray, history: NDArray, step_over_viscosity: Values, parameters: PPRParameters
) -> CohesiveResponse:
    """Return the CohesiveResponse at the end of a step.

    Parameters
    ----------
    opening : (..., d) array
        Opening at the step's end, normal first [m].
    history : (..., 8) array
        History of the step's start; its columns are named at the top of this module.
    step_over_viscosity : float or (...) array
        dt/tau > 0, inf for the rate-independent law.
    parameters : PPRParameters
        Parameters of the law.
    """
    opening, modes, pace = np.asarray(opening, float), parameters.modes, follow(step_over_viscosity)
    active = opening.copy()
    active[..., 0] = np.maximum(opening[..., 0], 0.0)
    sliding = np.sqrt(np.einsum("...d,...d->...", opening[..., 1:], opening[..., 1:]))
    after = np.stack([active[..., 0], sliding], axis=-1)
    largest = np.maximum(history[..., LARGEST], after)
    start, end = equilibrium(history[..., LARGEST], modes), equilibrium(largest, modes)

    # Derivative (..., d) of each mode's opening, and of its largest opening, by the opening.
    is_open = (opening[..., 0] > 0.0).astype(float)
    by = np.zeros((2, *opening.shape))
    by[0, ..., 0] = is_open
    by[1, ..., 1:] = opening[..., 1:] / np.where(sliding > 0, sliding, 1.0)[..., None]
    by *= np.moveaxis(after > history[..., LARGEST], -1, 0)[..., None]

    traction, tangent = np.zeros(opening.shape), np.zeros((*opening.shape, opening.shape[-1]))
    new, stored = np.empty((*after.shape[:-1], COLUMNS)), np.zeros(after.shape[:-1])
    for i, (mode, parts) in enumerate(zip(modes, (slice(0, 1), slice(1, None)), strict=True)):
        soft = (1.0 - parameters.residual) * mode.stiffness
        damage = history[..., DAMAGES][..., i]
        growth = pace * np.maximum(end[i].damage - damage, 0.0)
        new[..., DAMAGES][..., i] = damage + growth
        secant = mode.stiffness - soft * (damage + growth)
        stored = stored + 0.5 * secant * after[..., i] ** 2
        traction[..., parts] = secant[..., None] * active[..., parts]
        slope = sum(
            (pace * soft * (growth > 0) * end[i].slopes[j])[..., None] * by[j] for j in (0, 1)
        )
        kept = secant * is_open if i == 0 else secant
        tangent[..., parts, :] = (
            kept[..., None, None] * np.eye(opening.shape[-1])[parts]
            - active[..., parts][..., :, None] * slope[..., None, :]
        )
    fracture, viscous, pending = _dissipation(
        history, after, start, end, step_over_viscosity, parameters
    )
    new[..., DAMAGE], new[..., PENDING] = new[..., DAMAGES].mean(axis=-1), pending
    new[..., LARGEST], new[..., OPENINGS] = largest, after
    return CohesiveResponse(traction, tangent, new, stored, fracture, viscous)


def _private(damage, parameters):
    """Return own columns of points at rest, opened with x = y up to this mean damage."""
    modes = parameters.modes
    finals = np.stack(np.broadcast_arrays(modes[0].final, modes[1].final, damage)[:2], axis=-1)
    low, high = np.zeros(damage.shape), np.ones(damage.shape)
    for _ in range(60):
        middle = 0.5 * (low + high)
        reached = (
            sum(e.damage for e in equilibrium(middle[..., None] * finals, modes)) >= 2.0 * damage
        )
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    position = np.where(damage > 0, np.where(damage < 1, high, 1.0), 0.0)
    columns = np.zeros((*damage.shape, COLUMNS - 1))
    columns[..., 0:2] = position[..., None] * finals
    columns[..., 2:4] = np.stack([e.damage for e in equilibrium(columns[..., 0:2], modes)], axis=-1)
    return columns


def ppr_law(parameters: PPRParameters) -> CohesiveLaw:
    """Return the CohesiveLaw of PPRParameters, for slope indicators of one's own."""
    return CohesiveLaw(evaluate, parameters, COLUMNS, symmetric=False, private=_private)


def ppr(
    stiffness: Values,
    strength: Values,
    shear_strength: Values,
    fracture_energy: Values,
    fracture_energy_shear: Values,
    mode_mixity_exponent: object = None,
    mode_mixity: object = None,
    residual: float = RESIDUAL_STIFFNESS,
    shape: Values = 3.0,
    shape_shear: Values | None = None,
) -> CohesiveLaw:
    """Return the CohesiveLaw of PPR whose two modes start with a given stiffness.

    Parameters
    ----------
    stiffness : (...) array
        Initial slope of both modes [Pa/m], > 0.
    strength, shear_strength : (...) array
        Strengths in mode I and mode II [Pa], > 0.
    fracture_energy, fracture_energy_shear : (...) array
        Fracture energies in mode I and mode II [J/m2], > 0.
    mode_mixity_exponent, mode_mixity : object
        Not used: the potential mixes the modes.
    residual : float
        Share of the stiffness that stays when debonded, 0 <= r < 1.
    shape, shape_shear : (...) array
        Shapes alpha and beta of the curves, > 1; beta is alpha if None.

    Raises
    ------
    ValueError
        Where no slope indicator gives the stiffness, or a value is out of range.
    """
    shear = shape if shape_shear is None else shape_shear
    check_residual(residual)
    check_positive(
        stiffness=stiffness,
        strength=strength,
        shear_strength=shear_strength,
        fracture_energy=fracture_energy,
        fracture_energy_shear=fracture_energy_shear,
    )
    _check_shape(shape, "shape")
    _check_shape(shear, "shape_shear")
    whole = 1.0 - np.asarray(residual)
    indicators = (
        slope_indicator(stiffness, strength, fracture_energy / whole, shape),
        slope_indicator(stiffness, shear_strength, fracture_energy_shear / whole, shear),
    )
    return ppr_law(
        PPRParameters(
            strength,
            shear_strength,
            fracture_energy,
            fracture_energy_shear,
            *indicators,
            shape,
            shear,
            residual,
        )
    )
