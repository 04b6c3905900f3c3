r"""A pore below the lithium's face that fills through a microcrack, and the current at which it breaks: initiation.

Lithium is plated into a pore of radius r at the local current density i, all over its wall, while the only way out is
back to the face through a microcrack of length l, width w and, as wide as the pore, breadth 2 r:

    outflow    4 pi r^2 V i/F = 2 r w u,    so    u = 2 pi r V i/(F w),
    pressure   p = extrusion_pressure(u, l, w/2),   p ~ i^(1/m).

Lithium is viscoplastic, so p is not proportional to the current. The pore breaks where p reaches one of

    p_s = 2 S                            hoop stress p/2 of a spherical pore in an infinite body, S the local strength
    p_k = K_c sqrt(pi/r)/2               a disc-shaped crack of that radius, K = 2 p sqrt(r/pi), K_c local

Both are local, of a grain boundary, and need not be those of the bulk. Before, the pore has to fill: a spherical pore
at a current that stays the same on its wall is full after F r/(3 V i). Whether a crack then runs is another question
(`penetration`, `shorting`): Ning, Li, Melvin et al., Nature 618 (2023) 287, found the two processes apart. This form
is this module's own; left out: neighbouring pores, yield of the electrolyte, pressure of the stack on the crack's
walls.
"""

import numpy as np

from chemomech.physics.lithium.extrusion import SLIT, extrusion_pressure, mean_velocity
from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.units.constants import FARADAY


def pore_pressure(
    current_density, radius, width, length, creep, molar_volume, temperature=REFERENCE_TEMPERATURE
):
    """p [Pa] in a filled pore of a radius r [m] whose microcrack has a width w and a length l [m]; current_density
    [A/m2].

    creep: extrusion.Creep; molar_volume [m3/mol].
    """
    outflow = 2.0 * np.pi * radius * molar_volume * current_density / (FARADAY * width)
    return extrusion_pressure(outflow, length, 0.5 * width, creep, SLIT, temperature)


def critical_current(
    pressure, radius, width, length, creep, molar_volume, temperature=REFERENCE_TEMPERATURE
):
    """i [A/m2] at which a pore reaches a pressure [Pa] that breaks it; the inverse of pore_pressure, falls as 1/r."""
    outflow = mean_velocity(pressure, length, 0.5 * width, creep, SLIT, temperature)
    return FARADAY * width * outflow / (2.0 * np.pi * radius * molar_volume)


def pressure_by_strength(strength):
    """p_s = 2 S [Pa] of a spherical pore; strength S [Pa]."""
    return 2.0 * strength


def pressure_by_toughness(toughness, radius):
    """p_k = K_c sqrt(pi/r)/2 [Pa] of a disc-shaped crack; toughness K_c [Pa sqrt(m)], radius r [m]."""
    return 0.5 * toughness * np.sqrt(np.pi / radius)


def pore_filling_time(current_density, radius, molar_volume):
    """F r/(3 V i) [s] until a spherical pore of a radius r [m] is full, at i [A/m2] on its wall."""
    return FARADAY * radius / (3.0 * molar_volume * current_density)
