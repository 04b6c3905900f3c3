r"""Thermal strain, and how coefficients follow the temperature.

    eps_th   = alpha (T - T_ref) 1                               thermal strain, isotropic
    k(T)     = k_ref exp(-E_a/R (1/T - 1/T_ref))                 thermally activated coefficient
    kappa(T) = kappa_ref (T_ref/T) exp(-E_a/R (1/T - 1/T_ref))   thermally activated ion conductivity

The last is the Nernst-Einstein form, sigma T ~ exp(-E_a/RT): an activated diffusivity through 1/T. Activation
energies read off a plot of ln(sigma T) belong to it; those read off ln(sigma) belong to the second line and are
lower by about R T, 2.5 kJ/mol at room temperature. Every function returns the value and its derivative by T.
Temperatures [K] > 0, activation energies [J/mol] of either sign.
"""

import numpy as np

from chemomech.units.constants import GAS_CONSTANT

REFERENCE_TEMPERATURE = 298.15  # K


def thermal_strain(expansion, temperature, reference):
    """Linear strain alpha (T - T_ref), and alpha; expansion (...) [1/K], the same at all temperatures.

    temperature (...) and strain-free reference (...) [K]. Positive, expansion, when heated with alpha > 0.
    """
    difference = np.asarray(temperature, dtype=float) - reference
    return expansion * difference, expansion + np.zeros_like(difference)


def arrhenius_factor(activation_energy, temperature, reference=REFERENCE_TEMPERATURE):
    """exp(-E_a/R (1/T - 1/T_ref)) and its derivative by T [1/K]; one at the reference.

    For diffusivities, exchange current densities and other rates: multiply the value at the reference.
    """
    temperature = np.asarray(temperature, dtype=float)
    barrier = activation_energy / GAS_CONSTANT
    factor = np.exp(-barrier * (1.0 / temperature - 1.0 / reference))
    return factor, factor * barrier / temperature**2


def ion_conductivity_factor(activation_energy, temperature, reference=REFERENCE_TEMPERATURE):
    """(T_ref/T) exp(-E_a/R (1/T - 1/T_ref)) and its derivative by T [1/K]; one at the reference.

    For conductivities of which sigma T is activated; the form of Nernst and Einstein.
    """
    temperature = np.asarray(temperature, dtype=float)
    factor, slope = arrhenius_factor(activation_energy, temperature, reference)
    share = reference / temperature
    return share * factor, share * (slope - factor / temperature)
