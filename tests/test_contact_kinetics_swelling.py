"""Real contact, kinetics, equilibrium potential and swelling against closed forms and published
numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics import thermal
from chemomech.physics.bulk import swelling
from chemomech.physics.electrochemistry import equilibrium
from chemomech.physics.interfaces import contact
from chemomech.units.constants import GAS_CONSTANT
from compare import approx

PRESSURES = st.floats(0.0, 1e10)
NMC811 = equilibrium.equilibrium_potential("NMC811 Chen 2020")


@given(PRESSURES, PRESSURES)
def test_contact_fractions_are_monotone_fractions(one, other):
    """Breaks when more pressure gives less contact or a fraction leaves 0 to 1."""
    low, high = sorted((one, other))
    for fraction in (
        lambda p: contact.plastic_contact_fraction(p, 4e6),
        lambda p: contact.persson_contact_fraction(p, 1e10, 0.1),
    ):
        assert 0.0 <= fraction(low) <= fraction(high) <= 1.0


def test_contact_limits():
    """Breaks when contact does not start at zero, saturate at one, or a tension makes contact."""
    assert contact.plastic_contact_fraction(np.array([-1.0, 0.0, 2e6, 4e6, 9e9]), 4e6) == approx(
        [0, 0, 0.5, 1, 1]
    )
    assert contact.persson_contact_fraction(np.array([-1e6, 0.0, 1e12]), 1e10, 0.1) == approx(
        [0, 0, 1]
    )


def test_persson_slope():
    """Breaks when a factor in Persson's law is wrong: small loads give 1.596 p/(E* h')."""
    modulus, slope, pressure = 1e10, 0.1, 1e4
    fraction = contact.persson_contact_fraction(pressure, modulus, slope)
    assert fraction * modulus * slope / pressure == approx(1.596, abs=5e-4)


def test_contact_modulus():
    """Breaks when the two compliances are not added: two equal faces are half as stiff as one on a
    rigid face."""
    both = contact.contact_modulus(10e9, 0.3, 10e9, 0.3)
    assert both == approx(0.5 * 10e9 / (1 - 0.09))
    assert contact.contact_modulus(10e9, 0.3, 1e30, 0.2) == approx(10e9 / 0.91)


@given(st.floats(0, 1), st.floats(0, 1))
def test_conducting_fraction_lies_between_real_contact_and_one(bonded, real):
    """Breaks when a bonded part does not conduct fully or a debonded one conducts more than its
    asperities."""
    value = contact.conducting_fraction(bonded, real)
    assert real - 1e-15 <= value <= 1.0 + 1e-15
    assert contact.conducting_fraction(1.0, real) == 1.0
    assert contact.conducting_fraction(0.0, real) == real


def test_equilibrium_potential_of_nmc811():
    """Breaks when a coefficient of the published fit is mistyped."""
    assert NMC811(np.array([0.3, 0.5, 0.9])).value == approx([4.2054, 3.9720, 3.5682], abs=5e-5)
    with pytest.raises(ValueError, match="NMC811 Chen 2020"):
        equilibrium.equilibrium_potential("unobtainium")


@given(st.floats(0.25, 0.92))
def test_stoichiometry_inverts_the_potential(x):
    """Breaks when the charge voltage is turned into a wrong stoichiometry."""
    found = equilibrium.stoichiometry_at(NMC811(x).value, NMC811, 0.2, 0.95)
    assert found == approx(x, abs=1e-9)


def test_unreachable_potential_states_the_range():
    """Breaks when a charge voltage outside the electrode's range is silently clipped."""
    for volts in (3.0, 4.9):
        with pytest.raises(ValueError, match="outside the electrode's equilibrium range"):
            equilibrium.stoichiometry_at(volts, NMC811, 0.25, 0.9)


def test_arrhenius():
    """Breaks when the sign of the activation energy or the prefactor 1/T is wrong."""
    assert thermal.ion_conductivity_factor(35e3, 298.15)[0] == approx(1.0)
    temperatures = np.array([280.0, 300.0, 320.0])
    values = thermal.ion_conductivity_factor(35e3, temperatures)[0]
    slope = np.polyfit(1 / temperatures, np.log(values * temperatures), 1)[0]
    assert slope == approx(-35e3 / GAS_CONSTANT, rel=1e-9)
    assert values[2] > values[0]


TABLE = (np.array([0.9, 0.6, 0.4, 0.2]), np.array([0.0, -0.01, -0.02, -0.05]))


def test_volume_change_between_table_points():
    """Breaks when the table is not met, sorted wrongly, or the interpolation invents extrema."""
    assert swelling.volume_change(TABLE[0], *TABLE) == approx(TABLE[1], abs=1e-15)
    steep = np.array([0.0, 0.0, -0.05, -0.05])
    for values in (TABLE[1], steep):
        fine = swelling.volume_change(np.linspace(0.2, 0.9, 200), TABLE[0], values)
        assert np.all(np.diff(fine) >= 0)


@pytest.mark.parametrize("x", [0.1, 0.95, [0.5, 1.2]])
def test_stoichiometry_outside_the_table_is_refused(x):
    """Breaks when swelling is extrapolated."""
    with pytest.raises(ValueError, match=r"outside the volume-change table, 0.2 to 0.9"):
        swelling.volume_change(x, *TABLE)


def test_linear_strain():
    """Breaks when volume and length strains are mixed up: 5 % of volume is 1.640 % of length."""
    assert swelling.linear_strain(0.05) == approx(0.0163964, abs=1e-7)
    assert swelling.linear_strain(-0.05) == approx(-0.0169524, abs=1e-7)
    there, back = swelling.linear_strain(-0.05, 0.02), swelling.linear_strain(0.02, -0.05)
    assert (1 + there) * (1 + back) == approx(1.0, rel=1e-14)
    assert swelling.linear_strain(0.03, 0.03) == 0.0


def test_contact_laws_start_at_none_end_at_full_and_grow():
    """Breaks when a law that a user can name does not run from no contact to full contact."""
    pressure = np.linspace(-1.0, 20.0, 200)
    for name, law in contact.CONTACT_LAWS.items():
        fraction = law(pressure, 2.0)
        assert np.all(fraction[pressure <= 0] == 0), name
        assert np.all(np.diff(fraction) >= 0), name
        assert law(1e9, 2.0) == approx(1.0), name
    assert contact.CONTACT_LAWS["plastic"](0.5, 2.0) == approx(0.25)
    assert contact.CONTACT_LAWS["creep"](0.5, 2.0) == approx(0.2)
    assert contact.CONTACT_LAWS["mikic"](0.5, 2.0) == approx(0.25**0.95)
    assert contact.CONTACT_LAWS["persson"](1e-3, 2.0) == approx(1.596 * 1e-3 / 2.0, rel=1e-3)
