"""Flaws at a face, lithium penetration and risk against closed forms, drawing and published
numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from chemomech.physics.fracture import edge_flaw, weakest_link
from chemomech.physics.fracture.energy import energy_release_rate, fracture_energy
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.lithium import extrusion, penetration
from chemomech.physics.lithium.extrusion import Creep
from compare import approx

MOLAR_VOLUME = 13.0e-6
GLASS, GARNET = 0.23e6, 1.25e6  # fracture toughness of Li2S-P2S5 and LLZO [Pa sqrt(m)]


def by_quadrature(pressure, depth):
    """K of a pressure p(s) by the handbook's weight function (Tada, case 8.3), good to 0.3 %."""
    # quad's weight 'alg' takes the singular end point: 1/sqrt(1 - s) times a smooth rest.
    smooth = lambda s: pressure(s * depth) * (1.3 - 0.3 * s**1.25) / np.sqrt(1.0 + s)
    value, _ = quad(smooth, 0.0, 1.0, weight="alg", wvar=(0.0, -0.5), epsabs=0, epsrel=1e-11)
    return 2.0 * np.sqrt(depth / np.pi) * value


@pytest.mark.parametrize("depth", [0.4e-6, 10e-6])
def test_uniform_and_linear_pressure(depth):
    """Breaks when the edge flaw has another constant than 1.1215, or a pressure that rises from the
    mouth to the tip not 0.6829 (its mirror image 0.4387, Tada, case 8.2: 0.439)."""
    rule, _ = edge_flaw.edge_flaw_rule()
    scale = 3e6 * np.sqrt(np.pi * depth)
    for shape, factor in ((1.0 + 0.0 * rule, 1.1215), (rule, 0.68286), (1.0 - rule, 0.43864)):
        found = edge_flaw.edge_flaw_intensity(3e6 * shape, depth)
        assert found == approx(factor * scale, rel=2e-5)


@pytest.mark.parametrize(
    "pressure",
    [
        lambda s: 1e6 * (1 - 2 * s / 5e-6),
        lambda s: 1e6 * np.exp(-s / 2e-6),
        lambda s: 1e6 * np.exp(-np.square((s - 4.5e-6) / 1e-6)),
    ],
)
def test_varying_pressure(pressure):
    """Breaks when depth is measured from the tip, or the rule's points or weights are off."""
    depth = 5e-6
    rule, _ = edge_flaw.edge_flaw_rule()
    found = edge_flaw.edge_flaw_intensity(pressure(rule * depth), depth)
    whole = 1.12 * 1e6 * np.sqrt(np.pi * depth)
    assert found == approx(by_quadrature(pressure, depth), abs=4e-3 * whole)
    fine, _ = edge_flaw.edge_flaw_rule(97)
    assert found == approx(
        edge_flaw.edge_flaw_intensity(pressure(fine * depth), depth, count=97), rel=5e-4
    )


def test_rule_of_a_pressure_with_a_kink():
    """Breaks when the smaller of two pressures is not integrated to a thousandth: K of min(s, 0.4)
    over p sqrt(pi a) is 0.38255, by 400 dislocations."""
    for count, bound in ((25, 1.5e-3), (97, 3e-4)):
        place, weight = edge_flaw.edge_flaw_rule(count)
        found = weight @ np.minimum(place, 0.4) / np.sqrt(np.pi)
        assert found == approx(0.38255, rel=bound)


def test_aspect_between_a_half_disc_and_a_through_flaw():
    """Breaks when a half-penny has not about 0.64 of the through flaw's K (Newman, Raju: 0.729 at
    the surface, Tada's disc 2/pi), or its rule not the disc's profile."""
    through = edge_flaw.aspect_factor(0.0)
    assert through == approx(1.1215, rel=1e-12)
    for aspect in (1.0, edge_flaw.EQUILIBRIUM):
        assert edge_flaw.aspect_factor(aspect) / through == approx(0.645, abs=0.006)
    # Newman and Raju, a/c = 1: 1.04 1.1/sqrt(2.464) = 0.729; a/c = 0.4, the deepest: 0.944.
    assert edge_flaw.aspect_factor([1.0, 0.4]) == approx([0.729, 0.944], rel=1e-2)
    assert edge_flaw.aspect_factor(np.linspace(0, 0.8, 9)) == approx(
        np.sort(edge_flaw.aspect_factor(np.linspace(0, 0.8, 9)))[::-1], rel=1e-12
    )
    for aspect in (0.0, 0.5, 1.0):
        place, weight = edge_flaw.edge_flaw_rule(25, aspect)
        assert np.all(np.diff(place) > 0) and np.all(weight >= 0)
        total = np.sqrt(np.pi) * edge_flaw.aspect_factor(aspect)
        assert weight.sum() == approx(total, rel=1e-12)
        # Of a pressure that rises to the tip: disc 0.7197 of the uniform one's K, edge 0.6089.
        mean = (1 - aspect) * 0.60889 + aspect * 0.71965
        assert weight @ place == approx(mean * total, rel=1e-3)
    with pytest.raises(ValueError, match="from 0 to 1"):
        edge_flaw.edge_flaw_rule(25, 1.5)


def test_thickness_of_the_separator():
    """Breaks when the strip's factors do not start at the half plane, or leave the handbook's
    values at three tenths: 1.04 held (tangent formula), 1.48 free (1.66/1.12)."""
    assert np.array(edge_flaw.thickness_factors(1e-6)) == approx([1.0, 1.0], rel=1e-5)
    assert np.array(edge_flaw.thickness_factors(0.3)) == approx([1.0398, 1.482], rel=1e-3)


@pytest.mark.parametrize(("exponent", "factor"), [(5.0, 1.5522), (6.56, 1.5716)])
def test_profile_presses_less_than_its_tip(exponent, factor):
    """Breaks when the tip's pressure is pressed on the whole flaw: K is then 1.54 to 1.57 times too
    large for slender flaws."""
    width, depth = 0.5e-6, 10e-6
    table = penetration.flow_table(np.array([depth]), np.array([width]), exponent)
    tip = np.full((1, 1, 1), 30e6)
    profile = penetration.flowing_intensity(np.array([depth]), np.array([np.inf]), tip, table)
    uniform = penetration.plating_intensity(np.array([depth]), np.array([30e6]))
    assert uniform[0, 0] / profile[0, 0, 0] == approx(factor, rel=2e-3)
    assert penetration.profile_factor(depth, 0.5 * width, exponent) == approx(1 / factor, rel=2e-3)
    # The profile is that of the flow: its slope goes as (1 + s/r)^(1/m), s from the tip.
    place, step, radius = 0.3, 1e-6, 0.5 * width
    slope = lambda t: (
        extrusion.plated_profile(t + step, depth, radius, exponent)
        - extrusion.plated_profile(t - step, depth, radius, exponent)
    )
    ratio = ((1 + 0.7 * depth / radius) / (1 + 0.1 * depth / radius)) ** (1 / exponent)
    assert slope(place) / slope(0.9) == approx(ratio, rel=1e-6)
    assert extrusion.plated_profile(np.array([0.0, 1.0]), depth, radius, exponent) == approx(
        [0.0, 1.0], abs=1e-14
    )


def test_smaller_of_two_pressures_point_by_point():
    """Breaks when the smaller of the two intensities is taken instead of the smaller pressure."""
    depth, width, exponent, tip = np.array([10e-6]), np.array([0.5e-6]), 5.0, 30e6
    table = penetration.flow_table(depth, width, exponent)
    rule, _ = edge_flaw.edge_flaw_rule()
    profile = tip * extrusion.plated_profile(rule, 10e-6, 0.25e-6, exponent)
    given = np.array([0.0, 1e6, 12e6, 20e6, 29e6, 40e6])
    found = penetration.flowing_intensity(depth, given, np.full((6, 1, 1), tip), table)[:, 0, 0]
    for pressure, intensity in zip(given, found, strict=True):
        least = np.minimum(pressure, profile)
        assert intensity == approx(edge_flaw.edge_flaw_intensity(least, 10e-6), rel=1e-3, abs=1e-6)
    uniform = penetration.plating_intensity(depth, given)[:, 0]
    assert np.all(found[1:] < np.minimum(uniform[1:], found[-1]) * (1 + 1e-12))


def test_focusing_is_the_spot_s_or_the_mean():
    """Breaks when a flaw longer than the spots' distance sees a spot's pressure or current, or one
    smaller than a spot the mean."""
    depth = np.array([0.1, 0.5, 1.0, 2.5, 10.0]) * 1e-6
    found = penetration.focusing(depth, 5e-6, 10.0)
    assert found == approx([10.0, 10.0, 6.25, 1.0, 1.0], rel=1e-12)
    assert np.all(penetration.focusing(depth, 0.0, 10.0) == 1.0)
    assert np.all(penetration.focusing(depth, 5e-6, 0.5) == 1.0)


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
    critical = GLASS / (1.1215 * np.sqrt(np.pi * depth) * (1 - poisson / (1 - poisson)))
    assert 30e6 < critical < 80e6
    profile = np.linspace(0, 60e-6, 7)
    lateral = np.full((1, 7), -poisson / (1 - poisson) * critical)
    intensity = penetration.static_intensity(
        np.array([depth]), np.array([critical]), profile, lateral
    )
    assert intensity.shape == (1, 1)
    assert intensity[0, 0] == approx(GLASS, rel=2e-5)


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
            assert found[x, a] == approx(expected, rel=4e-3)
    beyond = penetration.static_intensity(
        np.array([40e-6]), pressure[:1], profile[:2], np.array([[2e6, 2e6]])
    )
    assert beyond[0, 0] == approx(1.1215 * 3e6 * np.sqrt(np.pi * 40e-6), rel=2e-5)


def test_critical_current():
    """Breaks when the current at which a flaw runs is not that of its margin: linear under an
    overpotential, to the power of m where lithium flows back, between both in between."""
    margin = np.array([0.1e6, 0.2e6, -1.0, 0.1e6])
    linear = lambda more: np.array([0.05e6, 0.2e6, 0.1e6, 0.0]) * more
    assert penetration.critical_factor(linear, margin) == approx([2.0, 1.0, 0.0, np.inf], rel=1e-12)
    both = lambda more: np.minimum(0.2e6 * more, 0.05e6 * more**0.2)
    found = penetration.critical_factor(both, np.array([0.02e6, 0.1e6]), 5.0)
    assert found == approx([0.1, 32.0], rel=1e-10)
    table = penetration.flow_table(np.array([1e-5]), np.array([5e-7]), 5.0)
    mixed = lambda more: penetration.flowing_intensity(
        np.array([1e-5]), 30e6 * more, 20e6 * more[..., None, None] ** 0.2, table
    )[..., 0, 0]
    some = np.array([0.01e6, 0.05e6, 0.15e6, 0.4e6])
    factor = penetration.critical_factor(mixed, some, 5.0)
    assert mixed(factor) == approx(some, rel=1e-9)


def test_quantiles_of_the_sizes():
    """Breaks when sizes are not quantiles of P(size > a) = exp(-(a/scale)^shape), down to 1e-26."""
    sizes = weakest_link.size_nodes(2e-6, 1.3, 24)
    population = FlawPopulation(1e9, 2e-6, 1.3)
    assert np.all(np.diff(sizes) > 0)
    assert -np.log(population.survival(sizes)) == approx(60 * (np.arange(1, 25) / 24) ** 2)


@given(shape=st.floats(0.7, 4.0), critical=st.floats(0.05, 50.0))
def test_share_that_runs_is_the_survival_at_the_critical_size(shape, critical):
    """Breaks when the tail is cut: without scatter exp(-(a_c/scale)^shape) however rare."""
    sizes = weakest_link.size_nodes(2e-6, shape)
    depth = 2e-6 * critical ** (1 / shape)
    intensity = GLASS * np.sqrt(sizes / depth)
    share = weakest_link.running_share(intensity, sizes, 2e-6, shape, GLASS)
    assert share == approx(np.exp(-critical), rel=1e-9)


@pytest.mark.parametrize("strength", [0.02, 0.3, 3.0])
def test_share_that_runs_where_toughness_scatters(strength):
    """Breaks when toughness does not scatter flaw by flaw: with K ~ a^(1/2), a Weibull law of
    modulus m and sizes of shape m/2 the share is c/(1 + c), in closed form."""
    deviation, scale = 0.28, 2e-6
    modulus = weakest_link.weibull_modulus(deviation)
    unit = weakest_link.weibull_scale(GLASS, modulus)
    sizes = weakest_link.size_nodes(scale, 0.5 * modulus)
    intensity = unit * strength ** (1 / modulus) * np.sqrt(sizes / scale)
    share = weakest_link.running_share(intensity, sizes, scale, 0.5 * modulus, GLASS, deviation)
    assert share == approx(strength / (1 + strength), rel=4e-3)
    # Another shape of the sizes, by quadrature; rare failures are not lost.
    sizes = weakest_link.size_nodes(scale, 2.0)
    intensity = 0.3 * unit * np.sqrt(sizes / scale)
    whole = quad(
        lambda u: np.exp(-u) * -np.expm1(-((0.3 * u**0.25) ** modulus)),
        0,
        60,
        epsabs=0,
        epsrel=1e-9,
    )[0]
    share = weakest_link.running_share(intensity, sizes, scale, 2.0, GLASS, deviation)
    assert share == approx(whole, rel=4e-3)


def test_flaws_that_only_some_depths_hold():
    """Breaks when a flaw counts that is pressed shut, or K that falls with depth is taken for one
    that rises: shares of intervals, with both signs."""
    sizes = weakest_link.size_nodes(1.0, 1.0, 400)
    band = np.where((sizes > 1.0) & (sizes < 3.0), 2.0, 0.0) * GLASS
    share = weakest_link.running_share(band, sizes, 1.0, 1.0, GLASS)
    assert share == approx(np.exp(-1.0) - np.exp(-3.0), rel=2e-2)
    assert weakest_link.running_share(-band, sizes, 1.0, 1.0, GLASS) == 0.0


def test_risk_against_drawing():
    """Breaks when depths, widths and toughness of the flaws are not drawn one by one: against
    20,000 flaws drawn, and the rare tail of a square metre (0.65 where 0.0 was printed)."""
    law = dict(depth_scale=3e-6, depth_shape=2.0, width=0.2e-6, width_factor=1.6, aspect=0.83)
    population = FlawPopulation(1e7, **law, toughness_deviation=0.17)
    creep, speed = Creep(0.01, 1e6, 5.0), MOLAR_VOLUME * 10.0 / 96485.33212

    def drives(depths, widths, pressure=120e6):
        tip = extrusion.plated_pressure(speed, depths[:, None], 0.5 * widths, creep)
        table = penetration.flow_table(depths, widths, 5.0, 0.83)
        return penetration.flowing_intensity(depths, np.array([pressure]), tip[None], table)

    generator, count = np.random.default_rng(5), 20_000
    depth = population.depth_scale * generator.weibull(2.0, count)
    width = population.width * 1.6 ** generator.standard_normal(count)
    tough = weakest_link.draw_toughness(GLASS, 0.17, "weibull", generator, count)
    # On a grid of depths and widths, interpolated: one table a flaw would take long.
    grid = np.geomspace(0.05e-6, 20e-6, 60), np.geomspace(0.01e-6, 4e-6, 60)
    inside = [np.interp(np.log(v), np.log(g), np.arange(60.0)) for v, g in
              zip((depth, width), grid, strict=True)]  # fmt: skip
    (i, x), (j, y) = ((v.astype(int).clip(0, 58), v % 1.0) for v in inside)
    k = drives(*grid)[0]
    drawn = (k[i, j] * (1 - x) * (1 - y) + k[i + 1, j] * x * (1 - y)
             + k[i, j + 1] * (1 - x) * y + k[i + 1, j + 1] * x * y)  # fmt: skip
    expected = np.mean(drawn > tough)
    assert 0.01 < expected < 0.2
    sizes = weakest_link.size_nodes(3e-6, 2.0)
    found = drives(sizes, population.widths()[0])
    risk = penetration.penetration_risk(found, sizes, population, GLASS, 1e-9, np.ones(1))
    share = -np.log1p(-risk) / (1e7 * 1e-9)
    assert share == approx(expected, abs=3 * np.sqrt(expected / count) + 0.02 * expected)
    # 1 m2, critical at 1.05e-7 of the flaws: N = 1.05.
    certain = FlawPopulation(1e7, 3e-6, 2.0)
    critical = 3e-6 * np.sqrt(np.log(1e7 / 1.05))
    rare = (GLASS * np.sqrt(sizes / critical))[None, :, None]
    risk = penetration.penetration_risk(rare, sizes, certain, GLASS, 1.0, np.ones(1))
    assert risk == approx(-np.expm1(-1.05), rel=1e-9) and risk == approx(0.65, abs=1e-3)
    small = penetration.penetration_risk(rare, sizes, certain, GLASS, 1e-12, np.ones(1))
    assert small == approx(1.05e-12, rel=1e-9)


def test_widths_stand_for_all_flaws():
    """Breaks when shares do not add up to one, or their logarithms do not scatter by the factor."""
    population = FlawPopulation(1e7, 3e-6, 2.0, 0.5e-6, 1.6)
    widths, share = population.widths()
    assert share.sum() == approx(1.0, rel=1e-12)
    spread = np.log(widths / 0.5e-6) / np.log(1.6)
    assert (share @ spread, share @ spread**2) == (approx(0.0, abs=1e-12), approx(1.0, abs=0.1))
    for single in (
        FlawPopulation(1e7, 3e-6, 2.0, 0.5e-6),
        FlawPopulation(1e7, 3e-6, 2.0, 0.0, 2.0),
    ):
        assert len(single.widths()[0]) == 1


def test_risk_limits_and_weakest_link():
    """Breaks when the risk leaves 0 to 1, or is not 1 - exp(-rho A exp(-(a_c/scale)^shape))."""
    sizes = weakest_link.size_nodes(2e-6, 1.3)
    weight, area = np.array([0.25, 0.75]), 2e-9
    population = FlawPopulation(1e9, 2e-6, 1.3)
    risk = lambda k, p=population: penetration.penetration_risk(
        k[..., None], sizes, p, GLASS, area, weight
    )
    never, always = (np.full((2, len(sizes)), value) for value in (0.0, 2 * GLASS))
    assert risk(never) == 0.0
    assert risk(always, FlawPopulation(1e20, 2e-6, 1.3)) == 1.0
    pressure = np.array([2e8, 1e8])
    intensity = penetration.plating_intensity(sizes, pressure)
    critical = (GLASS / (1.1215 * pressure)) ** 2 / np.pi
    expected = 1e9 * area * weight @ np.exp(-((critical / 2e-6) ** 1.3))
    assert 0.2 < expected < 2
    assert risk(intensity) == approx(-np.expm1(-expected), rel=1e-9)
