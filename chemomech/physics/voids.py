r"""Voids in creeping lithium under stack pressure: how fast they close, and which stripping outruns it.

A void of radius a in an infinite metal that creeps as rate = e_0 (q/s_0)^m, under a remote pressure p, closes as

    sphere (or half of one on a face without friction)      a'/a = -(e_0/2) (3 p/(2 m s_0))^m
    cylinder, plane strain                                  a'/a = -(sqrt(3)/2) e_0 (sqrt(3) p/(m s_0))^m

from int 2 (s_theta - s_r)/r dr = p with the velocity of incompressible flow, a^2 a'/r^2 or a a'/r (Wilkinson, Ashby, Acta
Metall. 23 (1975) 1277, for a thick shell without limit). Stripping at i takes the face back by V i/F. A void on it is
fed when that is faster than creep brings its wall back,

    i_c = (F/V) a |a'/a|,

a balance of rates, not a model of how voids form: a is the size of what is there. It rises as p^m.
"""

import numpy as np

from chemomech.constants import FARADAY
from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor

SPHERE, CYLINDER = "sphere", "cylinder"


def closing_rate(pressure, creep, shape=SPHERE, temperature=REFERENCE_TEMPERATURE):
    """-a'/a [1/s] >= 0 under a pressure [Pa] >= 0; creep: extrusion.Creep."""
    m = creep.exponent
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    if shape == SPHERE:
        return 0.5 * creep.rate * factor * (1.5 * pressure / (m * creep.stress)) ** m
    if shape == CYLINDER:
        return 0.5 * np.sqrt(3.0) * creep.rate * factor * (np.sqrt(3.0) * pressure / (m * creep.stress)) ** m
    raise ValueError(f'shape: given "{shape}"; known: "{SPHERE}", "{CYLINDER}"')


def critical_stripping_current(
    pressure, radius, creep, molar_volume, shape=SPHERE, temperature=REFERENCE_TEMPERATURE
):  # fmt: skip
    """i_c [A/m2] above which voids of a radius [m] on the face grow; molar_volume [m3/mol] of lithium."""
    return FARADAY / molar_volume * radius * closing_rate(pressure, creep, shape, temperature)


def radius_held(current_density, pressure, creep, molar_volume, shape=SPHERE, temperature=REFERENCE_TEMPERATURE):
    """Radius [m] of the void that a stripping current density [A/m2] just keeps open; larger ones close."""
    return molar_volume * current_density / FARADAY / closing_rate(pressure, creep, shape, temperature)
