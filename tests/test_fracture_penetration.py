"""Edge flaws, lithium penetration and risk against closed forms, quadrature and published
numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from chemomech.physics.fracture import edge_flaw
from chemomech.physics.fracture.energy import energy_release_rate, fracture_energy
from chemomech.physics.fracture.weakest_link import size_classes
from chemomech.physics.lithium import penetration
from compare import approx

MOLAR_VOLUME = 13.0e-6
GLASS, GARNET = 0.23e6, 1.25e6  # fracture toughness of Li2S-P2S5 and LLZO [Pa sqrt(m)]


def by_quadrature(pressure, depth):
    """K of a pressure p(s) by adaptive quadrature of the handbook's weight function."""
    # quad's weight 'alg' takes the singular end point: 1/sqrt(1 - s) times a smooth rest.
    smooth = lambda s: pressure(s * depth) * (1.3 - 0.3 * s**1.25) / np.sqrt(1.0 + s)
    value, _ = quad(smooth, 0.0, 1.0, weight="alg", wvar=(0.0, -0.5), epsabs=0, epsrel=1e-11)
    return 2.0 * np.sqrt(depth / np.pi) * value


@pytest.mark.parametrize("depth", [0.4e-6, 10e-6])
def test_uniform_pressure(depth):
    """Breaks when the weight function or its rule is wrong: K = 1.12 p sqrt(pi a)."""
    rule, _ = edge_flaw.edge_flaw_rule()
    intensity = edge_flaw.edge_flaw_intensity(np.full(len(rule), 3e6), depth)
    assert intensity == approx(1.12 * 3e6 * np.sqrt(np.pi * depth), rel=2e-3)


@pytest.mark.parametrize(
    "pressure",
    [
        lambda s: 1e6 + 0.0 * s,
        lambda s: 1e6 * s / 5e-6,
        lambda s: 1e6 * (1 - 2 * s / 5e-6),
        lambda s: 1e6 * np.exp(-s / 2e-6),
    ],
)
def test_varying_pressure(pressure):
    """Breaks when depth is measured from the tip, or the rule's points or weights are off."""
    depth = 5e-6
    rule, _ = edge_flaw.edge_flaw_rule()
    expected = by_quadrature(pressure, depth)
    assert edge_flaw.edge_flaw_intensity(pressure(rule * depth), depth) == approx(
        expected, rel=1e-7
    )


def test_pressure_near_the_tip_counts_most():
    """Breaks when the singular end of the weight function sits at the mouth."""
    depth, width = 5e-6, 0.5e-6

    def patch(centre):
        return lambda s: 1e6 * np.exp(-((s - centre) ** 2) / (2 * (0.5 * width) ** 2))

    rule, weights = edge_flaw.edge_flaw_rule(200)
    near, far = (np.sqrt(depth) * patch(c)(rule * depth) @ weights for c in (4.5e-6, 0.5e-6))
    assert near > 1.7 * far
    assert near == approx(by_quadrature(patch(4.5e-6), depth), rel=1e-6)


def test_energy_release_rate():
    """Breaks when plane strain is left out: G_c of a sulfide glass and of LLZO."""
    assert fracture_energy(GLASS, 18.5e9, 0.37) == approx(2.47, abs=5e-3)
    assert fracture_energy(GARNET, 150e9, 0.26) == approx(9.71, abs=5e-3)
    assert energy_release_rate(GLASS, 0.0, 18.5e9, 0.37) == fracture_energy(GLASS, 18.5e9, 0.37)
    assert energy_release_rate(-GLASS, 0.0, 18.5e9, 0.37) == 0.0


def test_plating_pressure():
    """Breaks when molar volume or Faraday's constant enters wrongly: 7.42 MPa per mV."""
    assert penetration.plating_pressure(1e-3, MOLAR_VOLUME) == approx(7.42e6, abs=5e3)
    assert penetration.plating_pressure(10e-3, MOLAR_VOLUME) == approx(75e6, rel=0.02)


@pytest.mark.parametrize(
    ("toughness", "millivolts"), [(GLASS, (24.7, 15.6, 4.9)), (GARNET, (134, 85, 27))]
)
def test_critical_overpotentials(toughness, millivolts):
    """Breaks when the chain overpotential, pressure, K is wrong by any factor; depths 0.4, 1 and 10
    um."""
    depths = np.array([0.4e-6, 1e-6, 10e-6])
    per_volt = penetration.plating_intensity(
        depths, np.array([penetration.plating_pressure(1.0, MOLAR_VOLUME)])
    )[0]
    # The tables round to three and two figures.
    assert toughness / per_volt * 1e3 == approx(np.array(millivolts), rel=0.011)


def test_static_pressure_that_drives_a_flaw_in_uniaxial_strain():
    """Breaks when lateral compression does not close the flaw: P_c = K_Ic/(1.12 sqrt(pi a)(1 -
    nu/(1 - nu)))."""
    poisson, depth = 0.37, 20e-6
    critical = GLASS / (1.12 * np.sqrt(np.pi * depth) * (1 - poisson / (1 - poisson)))
    assert 30e6 < critical < 80e6
    profile = np.linspace(0, 60e-6, 7)
    lateral = np.full((1, 7), -poisson / (1 - poisson) * critical)
    intensity = penetration.static_intensity(
        np.array([depth]), np.array([critical]), profile, lateral
    )
    assert intensity.shape == (1, 1)
    assert intensity[0, 0] == approx(GLASS, rel=2e-3)


def test_static_intensity_follows_the_stress_profile():
    """Breaks when the profile is read at wrong depths, or sites and depths are mixed up."""
    profile = np.linspace(0, 10e-6, 11)
    slope = np.array([2e11, -5e10])
    depths = np.array([2e-6, 4e-6, 8e-6])
    pressure = np.array([1e6, 3e6])
    found = penetration.static_intensity(depths, pressure, profile, slope[:, None] * profile)
    for x in range(2):
        for a in range(3):
            expected = by_quadrature(lambda s, x=x: pressure[x] + slope[x] * s, depths[a])
            assert found[x, a] == approx(expected, rel=1e-6)
    beyond = penetration.static_intensity(
        np.array([40e-6]), pressure[:1], profile[:2], np.array([[2e6, 2e6]])
    )
    assert beyond[0, 0] == approx(1.12 * 3e6 * np.sqrt(np.pi * 40e-6), rel=2e-3)


def test_critical_current_density():
    """Breaks when the critical current is not linear in the margin, or not the worst site's."""
    static, plating = np.array([0.1e6, 0.05e6]), np.array([0.05e6, 0.2e6])
    assert penetration.critical_current_density(10.0, static, plating, GLASS) == approx(
        10 * 0.18 / 0.2
    )
    assert penetration.critical_current_density(20.0, static, 2 * plating, GLASS) == approx(
        10 * 0.18 / 0.2
    )
    assert penetration.critical_current_density(10.0, np.array([0.3e6, 0.0]), plating, GLASS) == 0.0
    assert penetration.critical_current_density(10.0, static, 0 * plating, GLASS) == np.inf


@given(st.floats(0.3, 3.0), st.floats(1e-7, 1e-5))
def test_flaw_depths_follow_the_weibull_distribution(shape, scale):
    """Breaks when the classes do not carry P(depth > a) = exp(-(a/scale)^shape)."""
    depths, probability = size_classes(scale, shape, 400)
    assert probability.sum() == approx(1.0, rel=1e-12)
    assert np.all(np.diff(depths) > 0)
    for limit in (0.5, 1.0, 1.5):
        # Half a class is the resolution of the sum.
        expected = np.exp(-(limit**shape))
        assert probability[depths > limit * scale].sum() == approx(
            expected, abs=0.018 * expected + 1e-6
        )


def test_risk_limits_and_weakest_link():
    """Breaks when the risk leaves 0 to 1, or is not 1 - exp(-rho A exp(-(a_c/scale)^shape))."""
    depths, probability = size_classes(2e-6, 1.3, 4000)
    weight = np.array([0.25, 0.75])
    density, area = 1e9, 2e-9
    never, always = (np.full((2, len(depths)), value) for value in (0.0, 2 * GLASS))
    assert penetration.penetration_risk(never, GLASS, probability, density, area, weight) == 0.0
    assert penetration.penetration_risk(always, GLASS, probability, 1e20, area, weight) == 1.0
    pressure = np.array([2e8, 1e8])
    intensity = penetration.plating_intensity(depths, pressure)
    factor = intensity[0, 0] / (pressure[0] * np.sqrt(depths[0]))
    critical = (GLASS / (factor * pressure)) ** 2
    expected = density * area * weight @ np.exp(-((critical / 2e-6) ** 1.3))
    risk = penetration.penetration_risk(intensity, GLASS, probability, density, area, weight)
    assert 0.2 < expected < 2
    assert risk == approx(1 - np.exp(-expected), rel=1e-2)
