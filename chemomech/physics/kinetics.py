r"""Equilibrium potentials and the linearised kinetics of an interface.

Butler-Volmer i = i0 [exp(a F eta/RT) - exp(-(1-a) F eta/RT)] for small eta gives the area
resistance R_ct = R T/(F i0), with i0 = 2 i0_ref sqrt(x (1 - x)) for an intercalation electrode
(i0_ref at half filling; square-root site dependence of Doyle, Fuller, Newman 1993).
"""

import numpy as np
from scipy.optimize import brentq

from chemomech.constants import FARADAY, GAS_CONSTANT
from chemomech.physics import equilibrium, thermal


def nmc811_chen2020(x):
    """Equilibrium potential of NMC811 [V] at stoichiometry x, see `equilibrium`."""
    return equilibrium.nmc811_chen2020(x).value


def equilibrium_potential(name):
    """Function U(x) [V] of a named electrode; ValueError that lists the names that `equilibrium` knows."""
    potential = equilibrium.equilibrium_potential(name)
    return lambda x: potential(x).value


def stoichiometry_at(potential, function, low, high):
    """x in [low, high] with U(x) = potential; ValueError that states the reachable range [V]."""
    top, bottom = function(low), function(high)
    if not bottom <= potential <= top:
        raise ValueError(
            f"{potential:g} V is outside the electrode's equilibrium range, {bottom:.4g} V at x = {high:g} "
            f"to {top:.4g} V at x = {low:g}"
        )
    return brentq(lambda x: function(x) - potential, low, high, xtol=1e-12)


def site_dependence(x):
    """i0/i0_ref = 2 sqrt(x (1 - x)), 0 < x < 1."""
    return 2.0 * np.sqrt(x * (1.0 - x))


def charge_transfer_resistance(exchange_current_density, temperature):
    """R_ct = R T/(F i0) [ohm m2]; i0 > 0 [A/m2], temperature [K]."""
    return GAS_CONSTANT * temperature / (FARADAY * exchange_current_density)


def arrhenius(value, activation_energy, temperature, reference=298.15):
    """Ion conductivity sigma T ~ exp(-E_a/RT), from its value at the reference temperature; E_a [J/mol]."""
    return value * thermal.ion_conductivity_factor(activation_energy, temperature, reference)[0]
