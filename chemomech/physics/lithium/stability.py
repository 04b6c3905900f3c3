r"""Does a plating lithium | electrolyte interface stay flat? Linear stability of a wavy one, as a screening.

Both bodies are half-planes pressed together without friction. Plated thickness g = A cos(k x) pushes them apart:

    p_1 = (E*/2) k A,        1/E* = (1 - nu_m^2)/E_m + (1 - nu_e^2)/E_e      pressure on the crests (m metal, e electrolyte)
    zeta = s A,              s = E* (1 - nu_e^2)/E_e                         how far the interface bulges into the electrolyte

(cosine loading of an elastic half-plane, Johnson, Contact Mechanics, section 13.2). On a crest lithium costs more by
V p_1 + V gamma k^2 zeta; an ion, of partial molar volume v V in the electrolyte, has more by v V p_h, with
p_h = 2 (1 + nu_e)/3 p_1 at the surface in plane strain. With an electrolyte of conductivity kappa whose field, i/kappa,
gathers current on crests, and kinetics of conductance G, a wave grows as A' = omega A,

    omega = (V/F) G/(1 + G/(kappa k)) [ s i/kappa - (V/F) ( (E* k/2)(1 - v 2 (1 + nu_e)/3) + s gamma k^2 ) ],

and omega = 0 at

    i_c = kappa (V/F) [ k E_e/(2 (1 - nu_e^2)) (1 - v 2 (1 + nu_e)/3) + gamma k^2 ].

The question is that of Monroe, Newman, J. Electrochem. Soc. 152 (2005) A396 and of Ahmad, Viswanathan, Phys. Rev. Lett.
119 (2017) 056003; the derivation for faces without friction is this module's own. As there, stiffness steadies an
electrolyte whose ions take up little room (v below 3/(2 (1 + nu_e)), about 1.1) and unsettles one whose ions take up more.
Elastic throughout: lithium that flows cannot push, p_1 falls to what its flow resists, and only gamma is left. So i_c with
the elastic term is an upper bound, that of `flowing=True` a lower one.
"""

import numpy as np

from chemomech.physics.interfaces.contact import contact_modulus
from chemomech.units.constants import FARADAY


def crest_pressure(amplitude, wavenumber, young_metal, poisson_metal, young, poisson):
    """p_1 = (E*/2) k A [Pa] of a plated wave; amplitude A [m], wavenumber k [1/m] > 0, moduli [Pa]."""
    return (
        0.5 * contact_modulus(young_metal, poisson_metal, young, poisson) * wavenumber * amplitude
    )


def bulge(young_metal, poisson_metal, young, poisson):
    """s = E* (1 - nu_e^2)/E_e, 0 to 1: share of a plated wave that goes into the electrolyte."""
    return contact_modulus(young_metal, poisson_metal, young, poisson) * (1.0 - poisson**2) / young


def room(volume_ratio, poisson):
    """1 - v 2 (1 + nu_e)/3: share of the crest's pressure that holds lithium back; negative where it draws ions instead."""
    return 1.0 - volume_ratio * 2.0 * (1.0 + poisson) / 3.0


def growth_rate(
    current_density, wavenumber, conductivity, kinetic_conductance, molar_volume, surface_energy, volume_ratio,
    young_metal, poisson_metal, young, poisson,
):  # fmt: skip
    """omega [1/s] of a wave while current_density i [A/m2] > 0 plates (negative: strips).

    conductivity kappa [S/m], kinetic_conductance G = F i0/(R T) [S/m2], molar_volume V [m3/mol], surface_energy gamma
    [J/m2] of lithium | electrolyte, volume_ratio v = V(ion in the electrolyte)/V. Arrays broadcast.
    """
    per_charge = molar_volume / FARADAY
    share = bulge(young_metal, poisson_metal, young, poisson)
    gathers = share * current_density / conductivity
    pushes = crest_pressure(1.0, wavenumber, young_metal, poisson_metal, young, poisson) * room(
        volume_ratio, poisson
    )
    holds = per_charge * (pushes + share * surface_energy * wavenumber**2)
    return (
        per_charge
        * kinetic_conductance
        / (1.0 + kinetic_conductance / (conductivity * wavenumber))
        * (gathers - holds)
    )


def critical_current_density(
    wavenumber,
    conductivity,
    molar_volume,
    surface_energy,
    volume_ratio,
    young,
    poisson,
    flowing=False,
):
    """i_c [A/m2] above which a wave grows; 0 where it grows at any current. Arguments as in growth_rate.

    flowing: the metal yields to every pressure, so that only surface energy holds.
    """
    elastic = (
        0.0
        if flowing
        else wavenumber * young / (2.0 * (1.0 - poisson**2)) * room(volume_ratio, poisson)
    )
    holds = elastic + surface_energy * np.square(wavenumber)
    return np.maximum(conductivity * molar_volume / FARADAY * holds, 0.0)


def critical_wavelength(current_density, conductivity, molar_volume, surface_energy):
    """2 pi/k [m] above which waves grow against surface energy alone: 2 pi sqrt(kappa V gamma/(F i))."""
    return (
        2.0
        * np.pi
        * np.sqrt(conductivity * molar_volume * surface_energy / (FARADAY * current_density))
    )
