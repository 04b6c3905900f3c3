r"""Voids in creeping lithium under stack pressure: how fast they close, and which stripping outruns it.

A void of radius a in an infinite metal that creeps as rate = e_0 (q/s_0)^m, under a remote pressure p, closes as

    sphere (or half of one on a face without friction)      a'/a = -(e_0/2) (3 p/(2 m s_0))^m
    cylinder, plane strain                                  a'/a = -(sqrt(3)/2) e_0 (sqrt(3) p/(m s_0))^m

from int 2 (s_theta - s_r)/r dr = p with the velocity of incompressible flow, a^2 a'/r^2 or a a'/r (Wilkinson, Ashby, Acta
Metall. 23 (1975) 1277, for a thick shell without limit). Stripping at i takes the face back by V i/F. A void on it is
fed when that is faster than creep brings its wall back,

    i_c = (F/V) a |a'/a|,

a balance of rates, not a model of how voids form: a is the size of what is there. It rises as p^m.

A shallow void on a face, of width w = 2 a and depth d << w, is a slit whose floor comes up. Creep has no length of its
own, so under a pressure p all of one shape move alike,

    -d' = C(m) a e_0 (p/s_0)^m,

as p^m, and with the width, not with the depth: of one shape large and small voids close in the same time. Newtonian
lithium (m = 1, where an elliptic floor stays elliptic) has C = 3/2, by analogy with the slit crack in an incompressible
solid, u = p sqrt(a^2 - x^2)/(2 G) with G as viscosity s_0/(3 e_0), under lithium that far away is pressed from all sides.
"""

import numpy as np

from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor
from chemomech.units.constants import FARADAY

SPHERE, CYLINDER = "sphere", "cylinder"
FLOORS = ("parabola", "ellipse", "cap")


def closing_rate(pressure, creep, shape=SPHERE, temperature=REFERENCE_TEMPERATURE):
    """-a'/a [1/s] >= 0 under a pressure [Pa] >= 0; creep: extrusion.Creep."""
    m = creep.exponent
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    if shape == SPHERE:
        return 0.5 * creep.rate * factor * (1.5 * pressure / (m * creep.stress)) ** m
    if shape == CYLINDER:
        return (
            0.5
            * np.sqrt(3.0)
            * creep.rate
            * factor
            * (np.sqrt(3.0) * pressure / (m * creep.stress)) ** m
        )
    raise ValueError(f'shape: given "{shape}"; known: "{SPHERE}", "{CYLINDER}"')


def critical_stripping_current(
    pressure, radius, creep, molar_volume, shape=SPHERE, temperature=REFERENCE_TEMPERATURE
):  # fmt: skip
    """i_c [A/m2] above which voids of a radius [m] on the face grow; molar_volume [m3/mol] of lithium."""
    return FARADAY / molar_volume * radius * closing_rate(pressure, creep, shape, temperature)


def radius_held(
    current_density, pressure, creep, molar_volume, shape=SPHERE, temperature=REFERENCE_TEMPERATURE
):
    """Radius [m] of the void that a stripping current density [A/m2] just keeps open; larger ones close."""
    return (
        molar_volume * current_density / FARADAY / closing_rate(pressure, creep, shape, temperature)
    )


def floor(distance, depth, width, shape="parabola"):
    """Depth [m] >= 0 of a void's floor at a distance (...) [m] from its middle; 0 from width/2 on.

    parabola d (1 - r^2), ellipse d sqrt(1 - r^2) with r = 2 distance/width; cap: the arc of a circle (a sphere's in three
    dimensions) through middle and rims, which takes depth <= width/2. Raises ValueError.
    """
    r2 = np.minimum(np.square(2.0 * np.asarray(distance) / width), 1.0)
    if shape == "parabola":
        return depth * (1.0 - r2)
    if shape == "ellipse":
        return depth * np.sqrt(1.0 - r2)
    if shape == "cap":
        if depth > 0.5 * width:
            raise ValueError(
                f"a cap of width {width:g} m is at most {0.5 * width:g} m deep; given {depth:g} m"
            )
        radius = 0.5 * depth + width**2 / (8.0 * depth)
        return np.sqrt(radius**2 - 0.25 * width**2 * r2) - (radius - depth)
    raise ValueError(f'shape: given "{shape}"; known: {", ".join(FLOORS)}')
