r"""Equilibrium potentials and the linearised kinetics of an interface.

Butler-Volmer i = i0 [exp(a F eta/RT) - exp(-(1-a) F eta/RT)] for small eta gives the area
resistance R_ct = R T/(F i0), with i0 = 2 i0_ref sqrt(x (1 - x)) for an intercalation electrode
(i0_ref at half filling; square-root site dependence of Doyle, Fuller, Newman 1993).
"""

import numpy as np
from scipy.optimize import brentq

from chemomech.constants import FARADAY, GAS_CONSTANT


def nmc811_chen2020(x):
    """Equilibrium potential of NMC811 [V] at stoichiometry x; Chen et al., J. Electrochem. Soc. 167 (2020) 080534."""
    return (
        -0.8090 * x
        + 4.4875
        - 0.0428 * np.tanh(18.5138 * (x - 0.5542))
        - 17.7326 * np.tanh(15.7890 * (x - 0.3117))
        + 17.5842 * np.tanh(15.9308 * (x - 0.3120))
    )


EQUILIBRIUM_POTENTIALS = {"NMC811 Chen 2020": nmc811_chen2020}


def equilibrium_potential(name):
    """Function U(x) [V] of a named electrode; ValueError that lists the names it knows."""
    if name not in EQUILIBRIUM_POTENTIALS:
        raise ValueError(f"no equilibrium potential '{name}'; known: {', '.join(EQUILIBRIUM_POTENTIALS)}")
    return EQUILIBRIUM_POTENTIALS[name]


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
    exponent = -activation_energy / GAS_CONSTANT * (1.0 / temperature - 1.0 / reference)
    return value * reference / temperature * np.exp(exponent)
