r"""Does a plating lithium | electrolyte interface stay flat? A linear stability screening.

Both bodies are half-planes pressed together without friction. Plated thickness g = A cos(k x)
pushes one away from the other:

    p_1 = (E*/2) k A      pressure on the crests, 1/E* = (1 - nu_m^2)/E_m + (1 - nu_e^2)/E_e
                          (m metal, e electrolyte)
    zeta = s A            how far the interface bulges into the electrolyte, s = E* (1 - nu_e^2)/E_e

(cosine loading of an elastic half-plane, Johnson, Contact Mechanics, section 13.2). On a crest
lithium costs more by V p_1 + V gamma k^2 zeta; an ion, of partial molar volume v V in the
electrolyte, has more by v V p_h, with p_h = 2 (1 + nu_e)/3 p_1 at the surface in plane strain. With
an electrolyte of conductivity kappa whose field, i/kappa, gathers current on crests, and kinetics
of conductance G, a wave grows as A' = omega A,

    omega = (V/F) G/(1 + G/(kappa k))
            [ s i/kappa - (V/F) ( (E* k/2)(1 - v 2 (1 + nu_e)/3) + s gamma k^2 ) ],

and omega = 0 at

    i_c = kappa (V/F) [ k E_e/(2 (1 - nu_e^2)) (1 - v 2 (1 + nu_e)/3) + gamma k^2 ].

The question is that of Monroe, Newman, J. Electrochem. Soc. 152 (2005) A396 and of Ahmad,
Viswanathan, Phys. Rev. Lett. 119 (2017) 056003; the derivation for faces without friction is this
module's own. As there, stiffness steadies an electrolyte whose ions take up little room (v below
3/(2 (1 + nu_e)), about 1.1) and unsettles one whose ions take up more. Elastic throughout: lithium
that flows cannot push, p_1 falls to what its flow resists, and only gamma is left. So i_c with the
elastic term is an upper bound, that of `flowing=True` a lower one.
"""

import numpy as np

from chemomech.physics.interfaces.contact import contact_modulus
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY


def crest_pressure(
    amplitude: Values,
    wavenumber: Values,
    young_metal: Values,
    poisson_metal: Values,
    young: Values,
    poisson: Values,
) -> Values:
    """Return p_1 = (E*/2) k A [Pa] of a plated wave.

    Parameters
    ----------
    amplitude : (...) array
        A [m].
    wavenumber : (...) array
        k [1/m], > 0.
    young_metal, poisson_metal, young, poisson : (...) array
        E_m [Pa], nu_m, E_e [Pa] and nu_e of metal and electrolyte.
    """
    modulus = contact_modulus(young_metal, poisson_metal, young, poisson)
    return 0.5 * modulus * wavenumber * amplitude


def bulge(young_metal: Values, poisson_metal: Values, young: Values, poisson: Values) -> Values:
    """Return s = E* (1 - nu_e^2)/E_e, the share of a wave that goes into the electrolyte.

    Parameters
    ----------
    young_metal, poisson_metal, young, poisson : (...) array
        E_m [Pa], nu_m, E_e [Pa] and nu_e of metal and electrolyte.
    """
    return contact_modulus(young_metal, poisson_metal, young, poisson) * (1.0 - poisson**2) / young


def room(volume_ratio: Values, poisson: Values) -> Values:
    """Return 1 - v 2 (1 + nu_e)/3, the share of the crest's pressure that holds lithium back.

    It is negative where the pressure draws ions instead.

    Parameters
    ----------
    volume_ratio : (...) array
        v, molar volume of the ion in the electrolyte over that of lithium.
    poisson : (...) array
        nu_e of the electrolyte.
    """
    return 1.0 - volume_ratio * 2.0 * (1.0 + poisson) / 3.0


def growth_rate(
    current_density: Values,
    wavenumber: Values,
    conductivity: Values,
    kinetic_conductance: Values,
    molar_volume: Values,
    surface_energy: Values,
    volume_ratio: Values,
    young_metal: Values,
    poisson_metal: Values,
    young: Values,
    poisson: Values,
) -> Values:
    """Return omega [1/s] of a wave while a current plates (or, negative, strips); arrays broadcast.

    Parameters
    ----------
    current_density : (...) array
        i [A/m2], positive where it plates.
    wavenumber : (...) array
        k [1/m], > 0.
    conductivity : (...) array
        kappa of the electrolyte [S/m], > 0.
    kinetic_conductance : (...) array
        G = F i0/(R T) [S/m2], > 0.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    surface_energy : (...) array
        gamma of lithium | electrolyte [J/m2].
    volume_ratio : (...) array
        v, molar volume of the ion in the electrolyte over V.
    young_metal, poisson_metal, young, poisson : (...) array
        E_m [Pa], nu_m, E_e [Pa] and nu_e of metal and electrolyte.
    """
    per_charge = molar_volume / FARADAY
    share = bulge(young_metal, poisson_metal, young, poisson)
    gathers = share * current_density / conductivity
    pushes = crest_pressure(1.0, wavenumber, young_metal, poisson_metal, young, poisson) * room(
        volume_ratio, poisson
    )
    holds = per_charge * (pushes + share * surface_energy * wavenumber**2)
    in_series = 1.0 + kinetic_conductance / (conductivity * wavenumber)
    return per_charge * kinetic_conductance / in_series * (gathers - holds)


def critical_current_density(
    wavenumber: Values,
    conductivity: Values,
    molar_volume: Values,
    surface_energy: Values,
    volume_ratio: Values,
    young: Values,
    poisson: Values,
    flowing: bool = False,
) -> Values:
    """Return i_c [A/m2] above which a wave grows; 0 where it grows at any current.

    Parameters
    ----------
    wavenumber, conductivity, molar_volume, surface_energy, volume_ratio, young, poisson
        As in growth_rate.
    flowing : bool
        Whether the metal yields to every pressure, so that only surface energy holds.
    """
    elastic = (
        0.0
        if flowing
        else wavenumber * young / (2.0 * (1.0 - poisson**2)) * room(volume_ratio, poisson)
    )
    holds = elastic + surface_energy * np.square(wavenumber)
    return np.maximum(conductivity * molar_volume / FARADAY * holds, 0.0)


def critical_wavelength(
    current_density: Values, conductivity: Values, molar_volume: Values, surface_energy: Values
) -> Values:
    """Return 2 pi/k [m] above which waves grow against surface energy alone.

    It is 2 pi sqrt(kappa V gamma/(F i)).

    Parameters
    ----------
    current_density : (...) array
        i [A/m2], > 0.
    conductivity : (...) array
        kappa of the electrolyte [S/m], > 0.
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.
    surface_energy : (...) array
        gamma of lithium | electrolyte [J/m2], > 0.
    """
    square = conductivity * molar_volume * surface_energy / (FARADAY * current_density)
    return 2.0 * np.pi * np.sqrt(square)
