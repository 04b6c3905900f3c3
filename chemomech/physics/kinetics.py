"""Equilibrium potentials by name, fillings at a voltage, and activated ion conductivity."""

from scipy.optimize import brentq

from chemomech.physics import equilibrium, thermal


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


def arrhenius(value, activation_energy, temperature, reference=298.15):
    """Ion conductivity sigma T ~ exp(-E_a/RT), from its value at the reference temperature; E_a [J/mol]."""
    return value * thermal.ion_conductivity_factor(activation_energy, temperature, reference)[0]
