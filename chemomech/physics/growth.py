r"""What grows at an interface: plated lithium and interphases, the opening they impose, their resistance.

    plated            g = V Q/F                                  (Faraday; Q < 0 strips)
    passivating       L' = k^2/(2 L),  L = sqrt(L_0^2 + k^2 t)   (diffusion through L limits: from nothing k sqrt(t))
    mixed conducting  L' = k,          L = L_0 + k t             (electrons pass: nothing slows it down)

An interphase of thickness L replaces what it was made of. With e = (formed - consumed volume)/consumed volume,
consumed per volume of the interphase's own reactants at the interface, the faces' distance changes by

    g = L - L/(1 + e) = L e/(1 + e),

positive apart, an imposed normal opening like that of plated lithium. Its resistance in series is L/sigma.

Sources: Wagner's parabolic law; Wenzel, Leichtweiss, Krueger, Sann, Janek, Solid State Ionics 278 (2015) 98,
for the two kinds of interphase.
"""

import numpy as np

from chemomech.constants import FARADAY


def plated_thickness(charge, molar_volume):
    """g = V Q/F [m]; charge (...) [C/m2], positive where metal is plated, molar_volume [m3/mol]."""
    return molar_volume * charge / FARADAY


def passivating_growth(thickness, dt, rate):
    """sqrt(L^2 + k^2 dt) [m]; thickness (...) >= 0 [m] at the step's start, rate k >= 0 [m/s^0.5]."""
    return np.sqrt(np.square(thickness) + np.square(rate) * dt)


def mixed_conducting_growth(thickness, dt, rate):
    """L + k dt [m]; thickness (...) >= 0 [m] at the step's start, rate k >= 0 [m/s]."""
    return thickness + rate * dt


# Interphases by the name a user writes: thickness(thickness at the start, dt, rate).
INTERPHASES = {"passivating": passivating_growth, "mixed_conducting": mixed_conducting_growth}


def imposed_opening(thickness, volume_change):
    """g = L e/(1 + e) [m] of an interphase; thickness (...) [m]; volume_change e > -1, formed against consumed."""
    if np.any(np.asarray(volume_change) <= -1.0):
        raise ValueError("volume_change must exceed -1: an interphase takes up some volume")
    return thickness * volume_change / (1.0 + volume_change)


def series_resistance(thickness, conductivity):
    """L/sigma [ohm m2]; thickness (...) >= 0 [m], conductivity > 0 [S/m]."""
    return thickness / conductivity
