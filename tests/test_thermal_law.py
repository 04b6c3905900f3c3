"""Thermal strain and temperature dependence of coefficients against closed forms."""

import numpy as np
import pytest

from chemomech.physics import thermal
from chemomech.units.constants import GAS_CONSTANT
from compare import approx
from rates import EXPECTED, taylor_order

TEMPERATURES = np.array([250.0, 298.15, 353.0])


def test_thermal_strain():
    """Breaks when heating shrinks, or the strain does not vanish at its reference."""
    strain, slope = thermal.thermal_strain(1.3e-5, TEMPERATURES, 298.15)
    assert strain == approx([1.3e-5 * -48.15, 0.0, 1.3e-5 * 54.85], rel=1e-12)
    assert slope == approx([1.3e-5] * 3)
    per_point, _ = thermal.thermal_strain(np.array([1e-5, 2e-5]), 308.15, 298.15)
    assert per_point == approx([1e-4, 2e-4])


def test_arrhenius_factor():
    """Breaks when the barrier's sign is wrong, the factor is not one at the reference, or carries a
    1/T."""
    barrier = 35e3
    assert thermal.arrhenius_factor(barrier, 298.15)[0] == 1.0
    assert thermal.arrhenius_factor(barrier, 310.0, 310.0)[0] == 1.0
    factor, _ = thermal.arrhenius_factor(barrier, TEMPERATURES)
    assert np.polyfit(1 / TEMPERATURES, np.log(factor), 1)[0] == approx(
        -barrier / GAS_CONSTANT, rel=1e-10
    )
    assert np.all(np.diff(factor) > 0)
    # Ten kelvin above room temperature and 53.6 kJ/mol double a rate.
    assert thermal.arrhenius_factor(53.6e3, 308.15, 298.15)[0] == approx(2.0, rel=0.02)


def test_ion_conductivity_factor_is_the_other_form():
    """Breaks when the two forms are mixed up: this one is activated in sigma T."""
    factor, _ = thermal.ion_conductivity_factor(35e3, TEMPERATURES)
    activated, _ = thermal.arrhenius_factor(35e3, TEMPERATURES)
    assert factor * TEMPERATURES == approx(activated * 298.15, rel=1e-14)
    other = thermal.ion_conductivity_factor(35e3, TEMPERATURES, 310.0)[0]
    exact = 310.0 / TEMPERATURES * np.exp(-35e3 / GAS_CONSTANT * (1 / TEMPERATURES - 1 / 310.0))
    assert other == approx(exact, rel=1e-14)


@pytest.mark.parametrize("barrier", [0.0, 35e3, -10e3])
@pytest.mark.parametrize("law", [thermal.arrhenius_factor, thermal.ion_conductivity_factor])
def test_derivatives_by_temperature(law, barrier):
    """Breaks when a derivative misses a term."""
    if barrier == 0.0 and law is thermal.arrhenius_factor:
        value, slope = law(barrier, TEMPERATURES)
        assert np.all(value == 1.0) and not np.any(slope)
        return
    expected, distance = EXPECTED["Taylor remainder"]
    for temperature in TEMPERATURES:
        _, slope = law(barrier, temperature)
        order = taylor_order(
            lambda h, t=temperature: law(barrier, t + h)[0], slope, 4.0 / 2.0 ** np.arange(6)
        )
        assert abs(order - expected) <= distance
