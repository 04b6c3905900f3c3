r"""Thermal strain, and how coefficients follow the temperature.

    eps_th   = alpha (T - T_ref) 1                               thermal strain, isotropic
    k(T)     = k_ref exp(-E_a/R (1/T - 1/T_ref))                 thermally activated coefficient
    kappa(T) = kappa_ref (T_ref/T) exp(-E_a/R (1/T - 1/T_ref))   activated conductivity of ions

The last is the Nernst-Einstein form, sigma T ~ exp(-E_a/RT): an activated diffusivity through 1/T.
Activation energies read off a plot of ln(sigma T) belong to it; those read off ln(sigma) belong to
the second line and are lower by about R T, 2.5 kJ/mol at room temperature. Every function returns
the value and its derivative by T. Temperatures [K] > 0, activation energies [J/mol] of either sign.
"""

import numpy as np

from chemomech.physics.values import Values
from chemomech.units.constants import GAS_CONSTANT

REFERENCE_TEMPERATURE = 298.15  # K


def thermal_strain(
    expansion: Values, temperature: Values, reference: Values
) -> tuple[Values, Values]:
    """Return the linear strain alpha (T - T_ref), positive when heated with alpha > 0, and alpha.

    Parameters
    ----------
    expansion : (...) array
        Coefficient of linear expansion alpha [1/K], the same at all temperatures.
    temperature, reference : (...) array
        Temperature and strain-free reference [K], > 0.
    """
    difference = np.asarray(temperature, dtype=float) - reference
    return expansion * difference, expansion + np.zeros_like(difference)


def arrhenius_factor(
    activation_energy: Values, temperature: Values, reference: Values = REFERENCE_TEMPERATURE
) -> tuple[Values, Values]:
    """Return exp(-E_a/R (1/T - 1/T_ref)) and its derivative by T [1/K]; one at the reference.

    For diffusivities, exchange current densities and other rates: multiply the value at the
    reference.

    Parameters
    ----------
    activation_energy : (...) array
        E_a [J/mol], of either sign.
    temperature, reference : (...) array
        T and T_ref [K], > 0.

    Examples
    --------
    >>> factor, slope = arrhenius_factor(50e3, 308.15)
    >>> round(float(factor), 3)
    1.924
    """
    temperature = np.asarray(temperature, dtype=float)
    barrier = activation_energy / GAS_CONSTANT
    factor = np.exp(-barrier * (1.0 / temperature - 1.0 / reference))
    return factor, factor * barrier / temperature**2


def ion_conductivity_factor(
    activation_energy: Values, temperature: Values, reference: Values = REFERENCE_TEMPERATURE
) -> tuple[Values, Values]:
    """Return (T_ref/T) exp(-E_a/R (1/T - 1/T_ref)) and its derivative by T; one at the reference.

    For conductivities of which sigma T is activated; the form of Nernst and Einstein.

    Parameters
    ----------
    activation_energy : (...) array
        E_a [J/mol], of either sign.
    temperature, reference : (...) array
        T and T_ref [K], > 0.
    """
    temperature = np.asarray(temperature, dtype=float)
    factor, slope = arrhenius_factor(activation_energy, temperature, reference)
    share = reference / temperature
    return share * factor, share * (slope - factor / temperature)
