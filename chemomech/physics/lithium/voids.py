r"""Voids in creeping lithium under pressure: how fast they close, which stripping outruns it.

A void of radius a in an infinite metal that creeps as rate = e_0 (q/s_0)^m, under a remote pressure
p, closes as

    sphere (or half of one on a face without friction)  a'/a = -(e_0/2) (3 p/(2 m s_0))^m
    cylinder, plane strain                     a'/a = -(sqrt(3)/2) e_0 (sqrt(3) p/(m s_0))^m

from int 2 (s_theta - s_r)/r dr = p with the velocity of incompressible flow, a^2 a'/r^2 or a a'/r
(Wilkinson, Ashby, Acta Metall. 23 (1975) 1277, for a thick shell without limit). Stripping at i
takes the face back by V i/F. A void on it is fed when that is faster than creep brings its wall
back,

    i_c = (F/V) a |a'/a|,

a balance of rates, not a model of how voids form: a is the size of what is there. It rises as p^m.

A shallow void on a face, of width w = 2 a and depth d << w, is a slit whose floor comes up. Creep
has no length of its own, so under a pressure p all of one shape move alike,

    -d' = C(m) a e_0 (p/s_0)^m,

as p^m, and with the width, not with the depth: of one shape large and small voids close in the same
time. Newtonian lithium (m = 1, where an elliptic floor stays elliptic) has C = 3/2, by analogy with
the slit crack in an incompressible solid, u = p sqrt(a^2 - x^2)/(2 G) with G as viscosity
s_0/(3 e_0), under lithium that far away is pressed from all sides.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.lithium.extrusion import Creep
from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY

SPHERE, CYLINDER = "sphere", "cylinder"
FLOORS = ("parabola", "ellipse", "cap")


def closing_rate(
    pressure: Values, creep: Creep, shape: str = SPHERE, temperature: Values = REFERENCE_TEMPERATURE
) -> Values:
    """Return -a'/a [1/s] >= 0 of a void under a pressure.

    Parameters
    ----------
    pressure : (...) array
        p [Pa], >= 0.
    creep : Creep
        How lithium flows.
    shape : str
        SPHERE or CYLINDER.
    temperature : (...) array
        T [K], > 0.

    Raises
    ------
    ValueError
        For an unknown shape.
    """
    m = creep.exponent
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    if shape == SPHERE:
        return 0.5 * creep.rate * factor * (1.5 * pressure / (m * creep.stress)) ** m
    if shape == CYLINDER:
        rate = 0.5 * np.sqrt(3.0) * creep.rate * factor
        return rate * (np.sqrt(3.0) * pressure / (m * creep.stress)) ** m
    raise ValueError(f'shape: given "{shape}"; known: "{SPHERE}", "{CYLINDER}"')


def critical_stripping_current(
    pressure: Values,
    radius: Values,
    creep: Creep,
    molar_volume: Values,
    shape: str = SPHERE,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return i_c [A/m2] above which voids on the face grow.

    Parameters
    ----------
    pressure : (...) array
        p [Pa], >= 0.
    radius : (...) array
        a of the voids [m], > 0.
    creep : Creep
        How lithium flows.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    shape : str
        SPHERE or CYLINDER.
    temperature : (...) array
        T [K], > 0.
    """
    return FARADAY / molar_volume * radius * closing_rate(pressure, creep, shape, temperature)


def equilibrium_radius(
    current_density: Values,
    pressure: Values,
    creep: Creep,
    molar_volume: Values,
    shape: str = SPHERE,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return the radius [m] of the void that a stripping current just keeps open.

    Larger ones close.

    Parameters
    ----------
    current_density : (...) array
        Stripping current density [A/m2], >= 0.
    pressure : (...) array
        p [Pa], > 0.
    creep : Creep
        How lithium flows.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    shape : str
        SPHERE or CYLINDER.
    temperature : (...) array
        T [K], > 0.
    """
    speed = molar_volume * current_density / FARADAY
    return speed / closing_rate(pressure, creep, shape, temperature)


def floor(distance: ArrayLike, depth: Values, width: Values, shape: str = "parabola") -> NDArray:
    """Return the depth (...) [m] >= 0 of a void's floor; 0 from half its width on.

    parabola: d (1 - r^2), ellipse: d sqrt(1 - r^2) with r = 2 distance/width; cap: the arc of a
    circle (a sphere's in three dimensions) through middle and rims.

    Parameters
    ----------
    distance : (...) array
        Distance from the void's middle [m].
    depth : float
        d [m], > 0; of a cap at most width/2.
    width : float
        w [m], > 0.
    shape : str
        A name of FLOORS.

    Raises
    ------
    ValueError
        For an unknown shape and for a cap that is too deep.
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
