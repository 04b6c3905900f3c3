r"""Cyclic degradation of a cohesive interface: what many small openings do that one would not.

The cohesive part of the traction (not contact) is multiplied by 1 - D_c, T = (1 - D_c) T_0,
strength and stiffness alike, and D_c grows with the way lambda travels back and forth:

    D_c' = |lambda'|/delta_sigma <T/(sigma (1 - D_c)) - C_f>,    once int |lambda'| dt > delta_0.

delta_sigma: accumulated length [m], C_f: endurance limit over the strength sigma, delta_0:
threshold [m]. Under a fixed opening amplitude lambda_a below the onset, T = (1 - D_c) K lambda: the
drive does not depend on D_c, and a cycle 0 - lambda_a - 0 adds K (lambda_a - lambda_e)^2/(sigma
delta_sigma), lambda_e = C_f sigma/K. Under a fixed traction amplitude T_a and C_f = 0 the rate
rises as (1 - D_c)^-2: (1 - D_c)^3 = 1 - 3 A N, A = T_a^2/(K sigma delta_sigma) small.

Source: Roe, Siegmund, Eng. Fract. Mech. 70 (2003) 209-232.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values


@dataclass(frozen=True)
class FatigueParameters:
    """Parameters of cyclic degradation: numbers, or arrays that broadcast to the points.

    Attributes
    ----------
    accumulated_length : (...) array
        delta_sigma [m], > 0.
    endurance : (...) array
        Endurance limit over strength C_f, 0 to 1.
    threshold : (...) array
        delta_0, accumulated opening before damage begins [m], >= 0.
    """

    accumulated_length: Any
    endurance: Any
    threshold: Any

    def __post_init__(self):
        if np.any(np.asarray(self.accumulated_length) <= 0):
            raise ValueError("accumulated_length must be positive")
        if np.any(np.asarray(self.endurance) < 0) or np.any(np.asarray(self.threshold) < 0):
            raise ValueError("endurance and threshold must not be negative")


class CycleJump(NamedTuple):
    """Where a jump over cycles ends.

    Attributes
    ----------
    cycles : int
        Cycles that are skipped.
    damage : (...) array
        Cyclic damage D_c at their end, 0 to 1.
    accumulated : (...) array
        Accumulated opening at their end [m].
    """

    cycles: int
    damage: NDArray
    accumulated: NDArray


def fatigue_step(
    opening_size: NDArray,
    opening_size_start: NDArray,
    traction_size: NDArray,
    strength: Values,
    damage: NDArray,
    accumulated: NDArray,
    parameters: FatigueParameters,
) -> tuple[NDArray, NDArray]:
    """Return cyclic damage and accumulated opening (...) at the end of an accepted step.

    Only the way beyond the threshold damages. Along the way the traction is taken on the line from
    the origin to its end, on which a cohesive point unloads; this is of second order where nothing
    softens.

    Parameters
    ----------
    opening_size, opening_size_start : (...) array
        Effective opening lambda at the step's end and start [m].
    traction_size : (...) array
        Size of the cohesive traction with its factor 1 - D_c, at the step's end [Pa].
    strength : (...) array
        Strength sigma without that factor [Pa].
    damage : (...) array
        Cyclic damage D_c at the step's start, 0 to 1.
    accumulated : (...) array
        Opening accumulated so far [m].
    parameters : FatigueParameters
        Parameters of the law.
    """
    change = opening_size - opening_size_start
    way = np.abs(change)
    accumulated = accumulated + way
    active = np.clip(accumulated - parameters.threshold, 0.0, way)
    integrity = 1.0 - damage
    end = traction_size / (strength * np.where(integrity > 0, integrity, 1.0))
    secant = end / np.where(opening_size > 0, opening_size, 1.0)
    begin = secant * (opening_size - np.sign(change) * active)
    growth = active / parameters.accumulated_length * _mean_excess(begin, end, parameters.endurance)
    return np.minimum(damage + growth, 1.0), accumulated


def _mean_excess(first, last, limit):
    """Return the mean of <x - limit> while x goes evenly from first to last.

    It is (high^2 - low^2)/2 over the way of x.
    """
    low, high = np.maximum(first - limit, 0.0), np.maximum(last - limit, 0.0)
    way = np.abs(last - first)
    above = np.where(way > 0, np.abs(high - low) / np.where(way > 0, way, 1.0), 1.0)
    return 0.5 * (high + low) * np.minimum(above, 1.0)


def fatigue_dissipation(stored: Values, damage_start: NDArray, damage_end: NDArray) -> NDArray:
    """Return the energy lost when D_c grows at a frozen opening [J/m2].

    It is stored (D_end - D_start)/(1 - D_start); nothing is left to lose where D_start is 1.

    Parameters
    ----------
    stored : (...) array
        Energy that the cohesive part stores at damage_start [J/m2].
    damage_start, damage_end : (...) array
        D_c before and after, 0 to 1.
    """
    integrity = 1.0 - damage_start
    return stored * (damage_end - damage_start) / np.where(integrity > 0, integrity, 1.0)


def cycle_jump(
    damage: NDArray,
    accumulated: NDArray,
    increment: float,
    longest: float,
    parameters: FatigueParameters,
) -> CycleJump:
    """Skip as many cycles as let no point's D_c grow by more than an increment, along a parabola.

    With r the last cycle's growth and s how much it exceeds the one before,

        D(N + n) = D(N) + n r + n (n + 1)/2 s,

    exact for a growth that changes evenly; growth that slows down stops at its vertex. No point
    whose way is still growing jumps over the threshold: its damage has not begun, so the parabola
    does not know of it.

    Parameters
    ----------
    damage, accumulated : (3, ...) array
        D_c and accumulated opening [m] at the ends of the last three cycles, oldest first.
    increment : float
        Largest growth of D_c that a jump may bring, > 0.
    longest : int
        Most cycles to skip.
    parameters : FatigueParameters
        Parameters of the law; the threshold is read.
    """
    last, rate, bend = _differences(damage)
    way_last, way_rate, _ = _differences(accumulated)
    waiting = (way_last < parameters.threshold) & (way_rate > 0)
    until = np.where(
        waiting, (parameters.threshold - way_last) / np.where(waiting, way_rate, 1.0), np.inf
    )
    # At 1 a point cannot grow, and must not hold up the others.
    limit = np.where(last < 1.0, _cycles_to(increment, rate, bend), np.inf)
    cycles = int(np.floor(min(np.min(limit) * (1.0 + 1e-12), np.min(until), longest)))
    new_damage = np.minimum(last + _growth(cycles, rate, bend), 1.0)
    return CycleJump(cycles, new_damage, way_last + _growth(cycles, *_differences(accumulated)[1:]))


def _differences(values):
    """Return last value, last growth and its change over the one before."""
    rate = values[2] - values[1]
    return values[2], rate, rate - (values[1] - values[0])


def _growth(cycles, rate, bend):
    """Return n r + n (n + 1)/2 s, up to where it stops growing; zero where it does not."""
    slowing = bend < 0
    vertex = np.where(slowing, -rate / np.where(slowing, bend, 1.0) - 0.5, np.inf)
    n = np.minimum(cycles, np.maximum(vertex, 0.0))
    return np.maximum(n * rate + 0.5 * n * (n + 1.0) * bend, 0.0)


def _cycles_to(increment, rate, bend):
    """Return the real n with n r + n (n + 1)/2 s = increment, inf where it is never reached."""
    slope = rate + 0.5 * bend
    root = slope**2 + 2.0 * bend * increment
    divisor = slope + np.sqrt(np.maximum(root, 0.0))
    reached = (root >= 0) & (divisor > 0)
    return np.where(reached, 2.0 * increment / np.where(reached, divisor, 1.0), np.inf)
