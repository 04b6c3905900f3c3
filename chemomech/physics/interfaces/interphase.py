r"""What grows at an interface: plated lithium and interphases, the opening they impose, their resistance.

    plated            g = V Q/F                                  (Faraday; Q < 0 strips)
    passivating       L' = k^2/(2 L),  L = sqrt(L_0^2 + k^2 t)   (diffusion through L limits: from nothing k sqrt(t))
    mixed conducting  L' = k,          L = L_0 + k t             (electrons pass: nothing slows it down)
    both              L' = k_p^2/(2 L) + k_m,  L - L_0 - a ln((L + a)/(L_0 + a)) = k_m t,  a = k_p^2/(2 k_m)

An interphase of thickness L replaces what it was made of. With e = (formed - consumed volume)/consumed volume,
consumed per volume of the interphase's own reactants at the interface, the faces' distance changes by

    g = L - L/(1 + e) = L e/(1 + e),

positive apart, an imposed normal opening like that of plated lithium. Its resistance in series is L/sigma.

Sources: Wagner's parabolic law; Wenzel, Leichtweiss, Krueger, Sann, Janek, Solid State Ionics 278 (2015) 98,
for the two kinds of interphase.
"""

import numpy as np

from chemomech.units.constants import FARADAY

MAXIMUM_ITERATIONS = 60
NEGLIGIBLE = 1e-17  # share of the thickness that a linear growth must exceed to count
SERIES_BELOW = (
    0.1  # z below which z - ln(1 + z) is summed as a series: the difference would lose digits
)


def plated_thickness(charge, molar_volume):
    """g = V Q/F [m]; charge (...) [C/m2], positive where metal is plated, molar_volume [m3/mol]."""
    return molar_volume * charge / FARADAY


def passivating_thickness(thickness, dt, rate):
    """sqrt(L^2 + k^2 dt) [m]; thickness (...) >= 0 [m] at the step's start, rate k >= 0 [m/s^0.5]."""
    return np.sqrt(np.square(thickness) + np.square(rate) * dt)


def mixed_conducting_thickness(thickness, dt, rate):
    """L + k dt [m]; thickness (...) >= 0 [m] at the step's start, rate k >= 0 [m/s]."""
    return thickness + rate * dt


def interphase_thickness(thickness, dt, parabolic_rate, linear_rate):
    """L after dt of what both ways of growth add, exact for any dt; all arguments >= 0 and of shapes that broadcast.

    thickness (...) [m] at the step's start, parabolic_rate k_p [m/s^0.5], linear_rate k_m [m/s]. A rate of zero leaves
    the law of the other alone.
    """
    start, parabolic, linear, dt = np.broadcast_arrays(
        *(np.asarray(each, dtype=float) for each in (thickness, parabolic_rate, linear_rate, dt))
    )
    # The two one after the other is exact where one is zero, and more than both together elsewhere.
    ends = mixed_conducting_thickness(passivating_thickness(start, dt, parabolic), dt, linear)
    both = (parabolic**2 > 0) & (linear * dt > NEGLIGIBLE * ends)
    if not np.any(both):
        return ends
    out = np.array(ends)
    out[both] = _joint_thickness(start[both], ends[both], parabolic[both], linear[both], dt[both])
    return out[()]


def _joint_thickness(start, above, parabolic, linear, dt):
    """L of both laws together by Newton's method from above, where the left side is convex; all (n,)."""
    length = parabolic**2 / (2.0 * linear)
    whole = start + length
    grown = above - start
    for _ in range(MAXIMUM_ITERATIONS):
        part, part_slope = _less_logarithm(grown / whole)
        value = grown * (start / whole) + length * part - linear * dt
        step = value / ((start + length * part_slope) / whole)
        grown = np.maximum(grown - step, 0.0)
        # The error after a Newton step is about the step's square.
        if np.all(np.abs(step) <= 1e-9 * grown):
            break
    return start + grown


def _less_logarithm(z):
    """z - ln(1 + z) >= 0 and its derivative, to full relative accuracy; z (...) >= 0."""
    small = np.minimum(z, SERIES_BELOW)
    series = sum((-small) ** n / n for n in range(2, 20))
    return np.where(z < SERIES_BELOW, series, z - np.log1p(z)), z / (1.0 + z)


def imposed_opening(thickness, volume_change):
    """g = L e/(1 + e) [m] of an interphase; thickness (...) [m]; volume_change e > -1, formed against consumed."""
    if np.any(np.asarray(volume_change) <= -1.0):
        raise ValueError("volume_change must exceed -1: an interphase takes up some volume")
    return thickness * volume_change / (1.0 + volume_change)


def series_resistance(thickness, conductivity):
    """L/sigma [ohm m2]; thickness (...) >= 0 [m], conductivity > 0 [S/m]."""
    return thickness / conductivity
