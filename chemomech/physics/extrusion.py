r"""Lithium that creeps into a channel of the electrolyte under pressure: how fast, and when it is through.

Steady flow of a power-law creeping metal that sticks to the wall, rate = e_0 (q/s_0)^m in tension, so in shear

    gamma' = sqrt(3) e_0 (sqrt(3) tau/s_0)^m,

under a pressure that falls by p over the filled length l:

    tube, radius r             tau_wall = p r/(2 l),   mean velocity = r gamma'_wall/(m + 3)
    slit, half its width r     tau_wall = p r/l,       mean velocity = r gamma'_wall/(m + 2)

The front moves with the mean velocity, l' = C/l^m, so a channel of length L is filled at

    t = L^(m + 1)/((m + 1) C),        C = l^m times the mean velocity, which does not depend on l.

t falls as p^-m: what separates a pressed cell that shorts in minutes from one that never does. Pressure lost to
wetting, wider and narrower places of a pore, and friction instead of sticking are left out.

Source: flow of a power-law fluid in pipes and slits, Bird, Armstrong, Hassager, Dynamics of Polymeric Liquids, vol. 1.
"""

from typing import NamedTuple

import numpy as np

from chemomech.physics.thermal import REFERENCE_TEMPERATURE, arrhenius_factor

TUBE, SLIT = "tube", "slit"


class Creep(NamedTuple):
    """rate e_0 [1/s] at stress s_0 [Pa] and the reference temperature, exponent m; activation_energy [J/mol]."""

    rate: float
    stress: float
    exponent: float
    activation_energy: float = 0.0


def mean_velocity(pressure, length, radius, creep, shape=TUBE, temperature=REFERENCE_TEMPERATURE):
    """Mean velocity [m/s] of lithium that fills a length [m] under a pressure [Pa]; radius [m], see the module's text."""
    divisor, offset = _of_shape(shape)
    wall = pressure * radius / (divisor * length)
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    shear = np.sqrt(3.0) * creep.rate * factor * (np.sqrt(3.0) * wall / creep.stress) ** creep.exponent
    return radius * shear / (creep.exponent + offset)


def filling_time(pressure, length, radius, creep, shape=TUBE, temperature=REFERENCE_TEMPERATURE):
    """Time [s] in which a channel of a length [m] is filled under a pressure [Pa] > 0."""
    slowest = mean_velocity(pressure, length, radius, creep, shape, temperature)
    return length / ((creep.exponent + 1.0) * slowest)


def radius_filled_in(time, pressure, length, creep, shape=TUBE, temperature=REFERENCE_TEMPERATURE):
    """Radius [m] of the channel that is filled in a time [s]: t falls as r^-(m + 1)."""
    one = filling_time(pressure, length, length, creep, shape, temperature)
    return length * (one / time) ** (1.0 / (creep.exponent + 1.0))


def _of_shape(shape):
    """(divisor of the wall's stress, what is added to m in the mean)."""
    if shape not in (TUBE, SLIT):
        raise ValueError(f'shape: given "{shape}"; known: "{TUBE}", "{SLIT}"')
    return (2.0, 3.0) if shape == TUBE else (1.0, 2.0)


def extrusion_pressure(velocity, length, radius, creep, shape=SLIT, temperature=REFERENCE_TEMPERATURE):
    """Pressure [Pa] that drives lithium through a filled length at a mean velocity [m/s] >= 0: the inverse of mean_velocity.

    No more than this can build up in a flaw into which lithium is plated at that rate, as long as it may flow back.
    """
    divisor, offset = _of_shape(shape)
    factor, _ = arrhenius_factor(creep.activation_energy, temperature)
    shear = velocity * (creep.exponent + offset) / radius
    rate = np.sqrt(3.0) * creep.rate * factor
    wall = creep.stress / np.sqrt(3.0) * (shear / rate) ** (1.0 / creep.exponent)
    return wall * divisor * length / radius
