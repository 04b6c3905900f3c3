r"""A pore below the lithium's face that fills through a microcrack until it breaks: initiation.

Lithium is plated into a pore of radius r at the local current density i, all over its wall, while
the only way out is back to the face through a microcrack of length l, width w and, as wide as the
pore, breadth 2 r:

    outflow    4 pi r^2 V i/F = 2 r w u,    so    u = 2 pi r V i/(F w),
    pressure   p = extrusion_pressure(u, l, w/2),   p ~ i^(1/m).

Lithium is viscoplastic, so p is not proportional to the current. The pore breaks where p reaches
one of

    p_s = 2 S                  hoop stress p/2 of a spherical pore in an infinite body, S the local
                               strength
    p_k = K_c sqrt(pi/r)/2     a disc-shaped crack of that radius, K = 2 p sqrt(r/pi), K_c local

Both are local, of a grain boundary, and need not be those of the bulk. Before, the pore has to
fill: a spherical pore at a current that stays the same on its wall is full after F r/(3 V i).
Whether a crack then runs is another question (`penetration`, `shorting`): Ning, Li, Melvin et al.,
Nature 618 (2023) 287, found the two processes apart. This form is this module's own; left out:
neighbouring pores, yield of the electrolyte, pressure of the stack on the crack's walls.
"""

import numpy as np

from chemomech.physics.lithium.extrusion import SLIT, Creep, extrusion_pressure, mean_velocity
from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY


def pore_pressure(
    current_density: Values,
    radius: Values,
    width: Values,
    length: Values,
    creep: Creep,
    molar_volume: Values,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return p [Pa] in a filled pore that lets lithium out through a microcrack.

    Parameters
    ----------
    current_density : (...) array
        i on the pore's wall [A/m2], >= 0.
    radius : (...) array
        r of the pore [m], > 0.
    width, length : (...) array
        Width w and length l of the microcrack [m], > 0.
    creep : Creep
        How lithium flows.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    temperature : (...) array
        T [K], > 0.
    """
    outflow = 2.0 * np.pi * radius * molar_volume * current_density / (FARADAY * width)
    return extrusion_pressure(outflow, length, 0.5 * width, creep, SLIT, temperature)


def critical_current(
    pressure: Values,
    radius: Values,
    width: Values,
    length: Values,
    creep: Creep,
    molar_volume: Values,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return i [A/m2] at which a pore reaches a pressure that breaks it; it falls as 1/r.

    It is the inverse of pore_pressure.

    Parameters
    ----------
    pressure : (...) array
        Pressure that breaks the pore [Pa], >= 0.
    radius : (...) array
        r of the pore [m], > 0.
    width, length : (...) array
        Width w and length l of the microcrack [m], > 0.
    creep : Creep
        How lithium flows.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    temperature : (...) array
        T [K], > 0.
    """
    outflow = mean_velocity(pressure, length, 0.5 * width, creep, SLIT, temperature)
    return FARADAY * width * outflow / (2.0 * np.pi * radius * molar_volume)


def pressure_by_strength(strength: Values) -> Values:
    """Return p_s = 2 S [Pa] of a spherical pore in a body of strength S [Pa]."""
    return 2.0 * strength


def pressure_by_toughness(toughness: Values, radius: Values) -> Values:
    """Return p_k = K_c sqrt(pi/r)/2 [Pa] of a disc-shaped crack.

    Parameters
    ----------
    toughness : (...) array
        K_c [Pa sqrt(m)], > 0.
    radius : (...) array
        r [m], > 0.
    """
    return 0.5 * toughness * np.sqrt(np.pi / radius)


def pore_filling_time(current_density: Values, radius: Values, molar_volume: Values) -> Values:
    """Return F r/(3 V i) [s], the time until a spherical pore is full.

    Parameters
    ----------
    current_density : (...) array
        i on the pore's wall [A/m2], > 0.
    radius : (...) array
        r of the pore [m], > 0.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    """
    return FARADAY * radius / (3.0 * molar_volume * current_density)
