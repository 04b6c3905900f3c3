r"""What forms at an interface, plated lithium and interphases: opening and resistance.

    plated             g = V Q/F                            (Faraday; Q < 0 strips)
    passivating        L' = k^2/(2 L),  L = sqrt(L_0^2 + k^2 t)   (diffusion through L limits:
                                                             from nothing k sqrt(t))
    mixed conducting   L' = k,  L = L_0 + k t               (electrons pass: nothing slows it down)
    both               L' = k_p^2/(2 L) + k_m,
                       L - L_0 - a ln((L + a)/(L_0 + a)) = k_m t,  a = k_p^2/(2 k_m)

An interphase of thickness L replaces what it was made of. With e = (formed - consumed
volume)/consumed volume, consumed per volume of the interphase's own reactants at the interface, the
faces' distance changes by

    g = L - L/(1 + e) = L e/(1 + e),

positive where it opens, an imposed normal opening like that of plated lithium. Its resistance in
series is L/sigma.

Sources: Wagner's parabolic law; Wenzel, Leichtweiss, Krueger, Sann, Janek, Solid State Ionics 278
(2015) 98, for the two kinds of interphase.
"""

import numpy as np

from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY

MAXIMUM_ITERATIONS = 60
NEGLIGIBLE = 1e-17  # share of the thickness that a linear growth must exceed to count
# z below which z - ln(1 + z) is summed as a series: the difference would lose digits.
SERIES_BELOW = 0.1


def plated_thickness(charge: Values, molar_volume: Values) -> Values:
    """Return the thickness of plated metal g = V Q/F [m].

    Parameters
    ----------
    charge : (...) array
        Charge Q per area [C/m2], positive where metal is plated.
    molar_volume : (...) array
        Molar volume V of the metal [m3/mol], > 0.

    Examples
    --------
    A milliampere hour per square centimetre of lithium is 4.85 micrometres:

    >>> round(plated_thickness(36e3, 13.0e-6) * 1e6, 2)
    4.85
    """
    return molar_volume * charge / FARADAY


def passivating_thickness(thickness: Values, dt: Values, parabolic_rate: Values) -> Values:
    """Return L = sqrt(L_0^2 + k^2 dt) [m], growth that diffusion through L limits.

    Parameters
    ----------
    thickness : (...) array
        L_0 at the step's start [m], >= 0.
    dt : (...) array
        Length of the step [s], >= 0.
    parabolic_rate : (...) array
        k [m/s^0.5], >= 0.
    """
    return np.sqrt(np.square(thickness) + np.square(parabolic_rate) * dt)


def mixed_conducting_thickness(thickness: Values, dt: Values, linear_rate: Values) -> Values:
    """Return L = L_0 + k dt [m], growth that nothing slows down.

    Parameters
    ----------
    thickness : (...) array
        L_0 at the step's start [m], >= 0.
    dt : (...) array
        Length of the step [s], >= 0.
    linear_rate : (...) array
        k [m/s], >= 0.
    """
    return thickness + linear_rate * dt


def interphase_thickness(
    thickness: Values, dt: Values, parabolic_rate: Values, linear_rate: Values
) -> Values:
    """Return the thickness [m] after a step in which both ways of growth add, exactly.

    A rate of zero leaves the law of the other alone.

    Parameters
    ----------
    thickness : (...) array
        L_0 at the step's start [m], >= 0.
    dt : (...) array
        Length of the step [s], >= 0.
    parabolic_rate : (...) array
        k_p [m/s^0.5], >= 0.
    linear_rate : (...) array
        k_m [m/s], >= 0.
    """
    start, parabolic, linear, dt = np.broadcast_arrays(
        *(np.asarray(each, dtype=float) for each in (thickness, parabolic_rate, linear_rate, dt))
    )
    # The two one after the other is exact where one is zero, and more than both together elsewhere.
    ends = np.asarray(
        mixed_conducting_thickness(passivating_thickness(start, dt, parabolic), dt, linear)
    )
    both = (parabolic**2 > 0) & (linear * dt > NEGLIGIBLE * ends)
    if not np.any(both):
        return ends
    out = np.array(ends)
    out[both] = _joint_thickness(start[both], ends[both], parabolic[both], linear[both], dt[both])
    return out[()]


def _joint_thickness(start, above, parabolic, linear, dt):
    """Return L (n,) by Newton's method from above, where the left side is convex."""
    length = parabolic**2 / (2.0 * linear)
    whole = start + length
    gain = above - start
    for _ in range(MAXIMUM_ITERATIONS):
        part, part_slope = _less_logarithm(gain / whole)
        value = gain * (start / whole) + length * part - linear * dt
        step = value / ((start + length * part_slope) / whole)
        gain = np.maximum(gain - step, 0.0)
        # The error after a Newton step is about the step's square.
        if np.all(np.abs(step) <= 1e-9 * gain):
            break
    return start + gain


def _less_logarithm(z):
    """Return z - ln(1 + z) >= 0 and its derivative, to full relative accuracy; z (...) >= 0."""
    small = np.minimum(z, SERIES_BELOW)
    series = sum((-small) ** n / n for n in range(2, 20))
    return np.where(z < SERIES_BELOW, series, z - np.log1p(z)), z / (1.0 + z)


def imposed_opening(thickness: Values, volume_change: Values) -> Values:
    """Return the opening g = L e/(1 + e) [m] that an interphase imposes on an interface.

    Parameters
    ----------
    thickness : (...) array
        L [m], >= 0.
    volume_change : (...) array
        e > -1, volume formed against consumed.

    Raises
    ------
    ValueError
        For e <= -1: an interphase takes up some volume.
    """
    if np.any(np.asarray(volume_change) <= -1.0):
        raise ValueError("volume_change must exceed -1: an interphase takes up some volume")
    return thickness * volume_change / (1.0 + volume_change)


def series_resistance(thickness: Values, conductivity: Values) -> Values:
    """Return the area resistance L/sigma [ohm m2] of an interphase in series.

    Parameters
    ----------
    thickness : (...) array
        L [m], >= 0.
    conductivity : (...) array
        Conductivity sigma of the interphase [S/m], > 0.
    """
    return thickness / conductivity
