r"""Viscoplastic flow of metals near their melting point (lithium): power-law creep and Anand's law.

    eps_p' = p' (3/2) s/q,   p' = A(T) (q/S)^(1/m),   A(T) = A_ref exp(-Q/R (1/T - 1/T_ref)),
    S' = h0 |1 - S/S*|^a sign(1 - S/S*) p',        S* = Y (p'/A(T))^n.

q is the von Mises stress, p the accumulated creep strain, S [Pa] the resistance to flow, S* the
resistance that it tends to at a steady rate. There is no yield surface: every stress flows.
Power-law creep p' = p0' (q/s0)^k is the case h0 = 0 with S = s0 and m = 1/k. Sources: Anand, Int.
J. Plasticity 1 (1985) 213 (the law); Anand, Narayan, J. Electrochem. Soc. 166 (2019) A1092 (for
lithium, where A(T) = A exp(-Q/RT)).

A step is implicit (backward Euler, first order): at its end, with z = q/S, both rates are taken,
and the trial stress q_t of an elastic step gives one equation for z,

    S(z) z + 3 G p(z) = q_t,        p(z) = dt A(T) z^(1/m),

in which S follows from the start's S_0 exactly as long as the step's own equation for it allows,

    w + c w^a = |1 - S_0/S*|,    S = S* (1 -+ w),    c = h0 p/S*,    S*(z) = Y z^(n/m).

Both rise with their unknown (unless the metal softens by more than 3 G per strain), and with S
fixed they are convex: Newton's method from the smaller of the two terms' own solutions falls onto
the root, for any trial stress, exponent and length of step, in less than ten iterations; a bracket
guards the rest.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.bulk.elasticity import (
    deviatoric_projector,
    stiffness,
    unit_tensor,
    von_mises,
)
from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor
from chemomech.physics.values import Values
from chemomech.units.constants import GAS_CONSTANT

ITERATIONS = 80
TOLERANCE = 1e-14
# Trial stress over the resistance below which a point counts as at rest, to have a tangent there.
REST = 1e-10


class Flow(NamedTuple):
    """Parameters of viscoplastic flow: numbers, or arrays that broadcast to the points.

    Attributes
    ----------
    rate : (...) array
        A at REFERENCE_TEMPERATURE [1/s]; 0 never flows.
    activation_energy : (...) array
        Q [J/mol].
    sensitivity : (...) array
        m, > 0.
    resistance : (...) array
        S at first [Pa], > 0.
    hardening : (...) array
        h0 [Pa], >= 0.
    saturation : (...) array
        Y [Pa], > 0.
    hardening_exponent : (...) array
        a, >= 1.
    saturation_exponent : (...) array
        n, >= 0.
    """

    rate: Values
    activation_energy: Values = 0.0
    sensitivity: Values = 1.0
    resistance: Values = 1.0
    hardening: Values = 0.0
    saturation: Values = 1.0
    hardening_exponent: Values = 1.0
    saturation_exponent: Values = 0.0

    def subset(self, cells: NDArray | slice) -> "Flow":
        """Return the parameters (m, 1) of some cells; only of arrays by cell."""
        return Flow(*(np.asarray(values)[cells] for values in self))


def power_law(
    rate: Values, stress: Values, exponent: Values, activation_energy: Values = 0.0
) -> Flow:
    """Return the Flow with p' = rate (q/stress)^exponent at REFERENCE_TEMPERATURE.

    Parameters
    ----------
    rate : (...) array
        Creep rate [1/s] at the reference stress.
    stress : (...) array
        Reference stress [Pa], > 0.
    exponent : (...) array
        Stress exponent, > 0.
    activation_energy : (...) array
        Q [J/mol].
    """
    return Flow(rate, activation_energy, 1.0 / exponent, stress, saturation=stress)


def anand(
    prefactor: Values,
    activation_energy: Values,
    sensitivity: Values,
    resistance: Values,
    hardening: Values,
    saturation: Values,
    hardening_exponent: Values,
    saturation_exponent: Values,
) -> Flow:
    """Return the Flow of Anand and Narayan 2019.

    Parameters
    ----------
    prefactor : (...) array
        Their A [1/s], that of A exp(-Q/RT).
    activation_energy : (...) array
        Q [J/mol].
    sensitivity, resistance, hardening, saturation, hardening_exponent, saturation_exponent
        As in Flow.
    """
    rate = prefactor * np.exp(-activation_energy / (GAS_CONSTANT * REFERENCE_TEMPERATURE))
    return Flow(
        rate,
        activation_energy,
        sensitivity,
        resistance,
        hardening,
        saturation,
        hardening_exponent,
        saturation_exponent,
    )


class FlowResponse(NamedTuple):
    """What a flowing point answers at a step's end.

    Attributes
    ----------
    stress : (..., c) array
        Voigt stress [Pa]; NaN at points that found no root.
    tangent : (..., c, c) array
        Its derivative by the strain [Pa].
    plastic_strain : (..., c) array
        Voigt creep strain, engineering shear.
    accumulated : (...) array
        Accumulated creep strain p.
    work : (...) array
        Work of the step's creep [J/m3].
    multiplier : (...) array
        Creep strain gained in the step.
    resistance : (...) array
        Resistance to flow S [Pa].
    """

    stress: NDArray
    tangent: NDArray
    plastic_strain: NDArray
    accumulated: NDArray
    work: NDArray
    multiplier: NDArray
    resistance: NDArray


def creep(
    strain: NDArray,
    plastic_strain: NDArray,
    accumulated: NDArray,
    resistance: NDArray,
    before: NDArray,
    shear: NDArray,
    bulk: NDArray,
    flow: Flow,
    seconds: float,
    temperature: Values,
) -> FlowResponse:
    """Return the FlowResponse at the end of a step.

    Its work is the mean of both ends' stresses times the creep strain of the step: what the elastic
    energy and the work of the mean stress leave over, exactly.

    Parameters
    ----------
    strain : (..., c) array
        Total strain less eigenstrain at the step's end, Voigt with engineering shear.
    plastic_strain : (..., c) array
        Creep strain at the step's start.
    accumulated : (...) array
        Accumulated creep strain at the step's start.
    resistance : (...) array
        Resistance to flow at the step's start [Pa], > 0.
    before : (..., c) array
        Stress at the step's start [Pa].
    shear, bulk : (...) array
        Shear and bulk modulus [Pa], > 0.
    flow : Flow
        Parameters.
    seconds : float
        Length of the step [s], >= 0; 0: elastic.
    temperature : (...) array
        Temperature during the step [K], > 0.
    """
    components = strain.shape[-1]
    one, projector = unit_tensor(components), deviatoric_projector(components)
    weights = np.where(one > 0, 1.0, 2.0)
    elastic = strain - plastic_strain
    trial = 2.0 * shear[..., None] * (elastic @ projector)
    norm = np.sqrt(np.einsum("...c,c,...c->...", trial, weights, trial))
    mises = np.maximum(np.sqrt(1.5) * norm, REST * resistance)
    coefficient = flow.rate * arrhenius_factor(flow.activation_energy, temperature)[0] * seconds
    ratio, gain, slope, resistance = flow_of_step(mises, resistance, shear, coefficient, flow)
    stress = (bulk * elastic[..., :3].sum(axis=-1))[..., None] * one + ratio[..., None] * trial
    # Engineering shear doubles the off-diagonal flow.
    creep_strain = (1.5 * gain / mises)[..., None] * trial * weights
    direction = trial / np.where(norm > 0, norm, 1.0)[..., None]
    dyad = direction[..., :, None] * direction[..., None, :]
    tangent = (
        stiffness(shear, bulk, components)
        - (6.0 * shear**2 * gain / mises)[..., None, None] * projector
        + (6.0 * shear**2 * (gain / mises - slope))[..., None, None] * dyad
    )
    multiplier = np.where(np.sqrt(1.5) * norm < mises, 0.0, gain)
    work = 0.5 * np.einsum("...c,...c->...", before + stress, creep_strain)
    return FlowResponse(
        stress,
        tangent,
        plastic_strain + creep_strain,
        accumulated + multiplier,
        work,
        multiplier,
        resistance,
    )


def creep_rate(
    stress: NDArray, resistance: NDArray, flow: Flow, temperature: Values
) -> tuple[NDArray, NDArray]:
    """Return the rate p' (...) [1/s] and its tensor (..., c) [1/s], shear not doubled.

    Parameters
    ----------
    stress : (..., c) array
        Voigt stress [Pa].
    resistance : (...) array
        Resistance to flow S [Pa], > 0.
    flow : Flow
        Parameters.
    temperature : (...) array
        Temperature [K], > 0.

    Examples
    --------
    >>> rate, _ = creep_rate(np.array([2e6, 0.0, 0.0, 0.0]), 1e6, power_law(0.01, 1e6, 5.0), 298.15)
    >>> round(float(rate), 6)
    0.32
    """
    mises = von_mises(stress)
    factor = flow.rate * arrhenius_factor(flow.activation_energy, temperature)[0]
    rate = factor * (mises / resistance) ** (1.0 / flow.sensitivity)
    deviator = stress - stress[..., :3].mean(axis=-1)[..., None] * unit_tensor(stress.shape[-1])
    return rate, (1.5 * rate / np.where(mises > 0, mises, 1.0))[..., None] * deviator


def flow_of_step(
    mises: NDArray, resistance: NDArray, shear: NDArray, coefficient: Values, flow: Flow
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return the flow of a step under a trial stress q_t.

    Parameters
    ----------
    mises : (...) array
        Trial stress q_t [Pa], > 0.
    resistance : (...) array
        Resistance S_0 at the step's start [Pa], > 0.
    shear : (...) array
        Shear modulus G [Pa], > 0.
    coefficient : (...) array
        dt A(T), >= 0.
    flow : Flow
        Parameters.

    Returns
    -------
    ratio : (...) array
        q/q_t.
    gain : (...) array
        Creep strain p of the step.
    slope : (...) array
        dp/dq_t [1/Pa].
    resistance : (...) array
        Resistance S at the step's end [Pa].
    """
    mises, resistance, three, coefficient = np.broadcast_arrays(
        mises, resistance, 3.0 * shear, coefficient
    )
    power = 1.0 / flow.sensitivity

    def at(z):
        """p, S, their slopes by z, and the residual with its slope."""
        gain = coefficient * z**power
        end, end_slope = _resistance(z, gain, resistance, flow)
        gain_slope = power * gain / z
        return (
            gain,
            end,
            gain_slope,
            end * z + three * gain - mises,
            end + end_slope * z + three * gain_slope,
        )

    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        high = np.where(
            coefficient > 0, (mises / (three * coefficient)) ** flow.sensitivity, np.inf
        )
    low, z = np.zeros(mises.shape), np.minimum(mises / resistance, high)
    done = np.zeros(mises.shape, dtype=bool)
    for _ in range(ITERATIONS):
        _, _, _, residual, slope = at(z)
        low, high = np.where(residual < 0, z, low), np.where(residual >= 0, z, high)
        new = z - residual / slope
        done = np.abs(new - z) <= TOLERANCE * z
        new = np.where(done | ((new > low) & (new < high)), new, 0.5 * (low + high))
        if np.all(done):
            break
        z = np.where(done, z, new)
        done |= high - low <= TOLERANCE * high
        if np.all(done):
            break
    gain, end, gain_slope, _, slope = at(np.where(done, z, np.nan))
    return end * z / mises, gain, gain_slope / slope, end


def _resistance(z, gain, start, flow):
    """Return the resistance S at the end of a step [Pa] and its slope by z.

    There p(z) = gain is proportional to z^(1/m).
    """
    steady = flow.saturation * z ** (flow.saturation_exponent / flow.sensitivity)
    steady_slope = flow.saturation_exponent / flow.sensitivity * steady / z
    away, sign = np.abs(1.0 - start / steady), np.sign(steady - start)
    away_slope = sign * start / steady**2 * steady_slope
    factor = flow.hardening * gain / steady
    factor_slope = factor * (1.0 / flow.sensitivity / z - steady_slope / steady)
    left = _power_root(factor, flow.hardening_exponent, away)
    a = flow.hardening_exponent
    left_slope = (away_slope - left**a * factor_slope) / (1.0 + a * factor * left ** (a - 1.0))
    return steady * (1.0 - sign * left), steady_slope * (
        1.0 - sign * left
    ) - steady * sign * left_slope


def _power_root(factor, exponent, total):
    """Return w >= 0 (...) with w + factor w^exponent = total >= 0; factor >= 0, exponent >= 1."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        own = np.where(factor > 0, (total / factor) ** (1.0 / exponent), np.inf)
    w = np.minimum(total, own)
    for _ in range(ITERATIONS):
        term = factor * w ** (exponent - 1.0)
        change = (w + term * w - total) / (1.0 + exponent * term)
        w = np.maximum(w - change, 0.0)
        if np.all(np.abs(change) <= TOLERANCE * w):
            break
    return w
