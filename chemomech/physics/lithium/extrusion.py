r"""Lithium that creeps into a channel of the electrolyte under pressure: how fast it fills it.

Steady flow of a power-law creeping metal that sticks to the wall, rate = e_0 (q/s_0)^m in tension,
so in shear

    gamma' = sqrt(3) e_0 (sqrt(3) tau/s_0)^m,

under a pressure that falls by p over the filled length l:

    tube, radius r             tau_wall = p r/(2 l),   mean velocity = r gamma'_wall/(m + 3)
    slit, half its width r     tau_wall = p r/l,       mean velocity = r gamma'_wall/(m + 2)

The front moves with the mean velocity, l' = C/l^m, so a channel of length L is filled at

    t = L^(m + 1)/((m + 1) C),        C = l^m times the mean velocity, which does not depend on l.

t falls as p^-m: what separates a pressed cell that shorts in minutes from one that never does.
Pressure lost to wetting, wider and narrower places of a pore, and friction instead of sticking are
left out.

Small bodies of lithium also flow by diffusion through their grains, of size d (Nabarro, Herring),
with m = 1:

    rate = 14 D V s/(R T d^2).

The wall's stress follows from equilibrium alone, so the mean velocities of two mechanisms add.

Sources: flow of power-law fluids in pipes and slits, Bird, Armstrong, Hassager, Dynamics of
Polymeric Liquids, vol. 1; diffusional flow, Frost, Ashby, Deformation-Mechanism Maps (1982),
section 2.5, there 42 of shear rate and stress.
"""

from typing import NamedTuple

import numpy as np

from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor
from chemomech.physics.values import Values
from chemomech.units.constants import GAS_CONSTANT

TUBE, SLIT = "tube", "slit"


class Creep(NamedTuple):
    """Power-law creep of lithium.

    Attributes
    ----------
    rate : (...) array
        e_0 at the stress s_0 and the reference temperature [1/s], > 0.
    stress : (...) array
        s_0 [Pa], > 0.
    exponent : (...) array
        m, > 0.
    activation_energy : (...) array
        Q [J/mol].
    """

    rate: Values
    stress: Values
    exponent: Values
    activation_energy: Values = 0.0


def at_points(creep: Creep) -> Creep:
    """Return the Creep (..., 1) that broadcasts to points along a channel."""
    return Creep(*(np.asarray(each, dtype=float)[..., None] for each in creep))


def diffusional_creep(
    self_diffusivity: float,
    grain_size: float,
    molar_volume: float,
    temperature: float = REFERENCE_TEMPERATURE,
) -> Creep:
    """Return the Creep of exponent 1 by diffusion through grains.

    It is valid while the grain is smaller than the body that flows.

    Parameters
    ----------
    self_diffusivity : float
        D at the temperature [m2/s], > 0.
    grain_size : float
        d [m], > 0.
    molar_volume : float
        V [m3/mol], > 0.
    temperature : float
        T [K], > 0.
    """
    rate = 14.0 * self_diffusivity * molar_volume / (GAS_CONSTANT * temperature * grain_size**2)
    return Creep(rate * 1e6, 1e6, 1.0)


def mean_velocity(
    pressure: Values,
    length: Values,
    radius: Values,
    creep: Creep,
    shape: str = TUBE,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return the mean velocity [m/s] of lithium that fills a channel under a pressure.

    Parameters
    ----------
    pressure : (...) array
        Pressure at the mouth [Pa], >= 0.
    length : (...) array
        Filled length [m], > 0.
    radius : (...) array
        Radius of a tube, half the width of a slit [m], > 0.
    creep : Creep
        How lithium flows.
    shape : str
        TUBE or SLIT.
    temperature : (...) array
        T [K], > 0.
    """
    divisor, offset = _of_shape(shape)
    wall = pressure * radius / (divisor * length)
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    shear = (
        np.sqrt(3.0) * creep.rate * factor * (np.sqrt(3.0) * wall / creep.stress) ** creep.exponent
    )
    return radius * shear / (creep.exponent + offset)


def filling_time(
    pressure: Values,
    length: Values,
    radius: Values,
    creep: Creep,
    shape: str = TUBE,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return the time [s] in which a channel is filled.

    Parameters
    ----------
    pressure : (...) array
        Pressure at the mouth [Pa], > 0.
    length : (...) array
        Length of the channel [m], > 0.
    radius : (...) array
        Radius of a tube, half the width of a slit [m], > 0.
    creep : Creep
        How lithium flows.
    shape : str
        TUBE or SLIT.
    temperature : (...) array
        T [K], > 0.
    """
    slowest = mean_velocity(pressure, length, radius, creep, shape, temperature)
    return length / ((creep.exponent + 1.0) * slowest)


def radius_filled_in(
    time: Values,
    pressure: Values,
    length: Values,
    creep: Creep,
    shape: str = TUBE,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return the radius [m] of the channel that is filled in a time: t falls as r^-(m + 1).

    Parameters
    ----------
    time : (...) array
        Time [s], > 0.
    pressure : (...) array
        Pressure at the mouth [Pa], > 0.
    length : (...) array
        Length of the channel [m], > 0.
    creep : Creep
        How lithium flows.
    shape : str
        TUBE or SLIT.
    temperature : (...) array
        T [K], > 0.
    """
    one = filling_time(pressure, length, length, creep, shape, temperature)
    return length * (one / time) ** (1.0 / (creep.exponent + 1.0))


def _of_shape(shape):
    """Return the divisor of the wall's stress, and what is added to m in the mean."""
    if shape not in (TUBE, SLIT):
        raise ValueError(f'shape: given "{shape}"; known: "{TUBE}", "{SLIT}"')
    return (2.0, 3.0) if shape == TUBE else (1.0, 2.0)


def extrusion_pressure(
    velocity: Values,
    length: Values,
    radius: Values,
    creep: Creep,
    shape: str = SLIT,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return the pressure [Pa] that drives lithium through a filled length at a mean velocity.

    It is the inverse of mean_velocity. No more than this can build up in a flaw into which lithium
    is plated at that rate, as long as it may flow back.

    Parameters
    ----------
    velocity : (...) array
        Mean velocity [m/s], >= 0.
    length : (...) array
        Filled length [m], > 0.
    radius : (...) array
        Radius of a tube, half the width of a slit [m], > 0.
    creep : Creep
        How lithium flows.
    shape : str
        TUBE or SLIT.
    temperature : (...) array
        T [K], > 0.
    """
    divisor, offset = _of_shape(shape)
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    shear = velocity * (creep.exponent + offset) / radius
    rate = np.sqrt(3.0) * creep.rate * factor
    wall = creep.stress / np.sqrt(3.0) * (shear / rate) ** (1.0 / creep.exponent)
    return wall * divisor * length / radius


def plated_pressure(
    velocity: Values,
    length: Values,
    radius: Values,
    creep: Creep,
    temperature: Values = REFERENCE_TEMPERATURE,
) -> Values:
    """Return the pressure [Pa] at the tip of a slit in which lithium is plated and flows back.

    It is plated on the walls and the tip and flows to the open mouth. Through a place at s from the
    tip flows velocity (1 + s/radius); the pressure is that of extrusion_pressure at the velocity
    times the mean of (1 + s/radius)^(1/m).

    Parameters
    ----------
    velocity : (...) array
        Plated thickness per time V i/F [m/s], >= 0, the same on both walls and the tip.
    length : (...) array
        Length of the slit [m], > 0.
    radius : (...) array
        Half its width [m], > 0.
    creep : Creep
        How lithium flows.
    temperature : (...) array
        T [K], > 0.
    """
    power, slenderness = 1.0 + 1.0 / creep.exponent, length / radius
    mean = np.expm1(power * np.log1p(slenderness)) / (power * slenderness)
    return mean * extrusion_pressure(velocity, length, radius, creep, SLIT, temperature)


def plated_profile(place: Values, length: Values, radius: Values, exponent: float) -> Values:
    """Return the pressure along such a slit over that at its tip, 0 at the mouth to 1.

    With b = length/radius, t the place and q = 1 + 1/m it is
    ((1 + b)^q - (1 + b (1 - t))^q)/((1 + b)^q - 1).

    Parameters
    ----------
    place : (...) array
        Distance from the mouth over the length, 0 to 1.
    length, radius : (...) array
        Length and half the width of the slit [m], > 0.
    exponent : float
        m of the creep, > 0.
    """
    power, slenderness = 1.0 + 1.0 / exponent, length / radius
    rest = np.expm1(power * np.log1p(slenderness * (1.0 - place)))
    return 1.0 - rest / np.expm1(power * np.log1p(slenderness))
