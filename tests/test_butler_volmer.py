"""Currents through electrode interfaces: closed forms, second law, signs of stress, and every
derivative."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics.electrochemistry import butler_volmer as bv
from chemomech.physics.electrochemistry import equilibrium, scaled_kinetics
from chemomech.physics.lithium import penetration
from chemomech.units.constants import FARADAY, GAS_CONSTANT
from compare import approx
from rates import EXPECTED, taylor_order

T = 298.15
VOLT = FARADAY / (GAS_CONSTANT * T)  # exponents per volt
C_MAX, OMEGA = 50e3, 4.5e-6
ALPHAS = st.floats(0.02, 0.98)


def volts(bound):
    """Any potential up to a bound, zero too, none so small that floats lose their digits."""
    return st.floats(-bound, bound).map(lambda v: v if abs(v) > 1e-250 else 0.0)


DRIVES = volts(5.0)
EXCHANGES = st.floats(-6.0, 4.0).map(lambda p: 10.0**p)
FILMS = st.one_of(st.just(0.0), st.floats(-8.0, 4.0).map(lambda p: 10.0**p))

# Overpotential regimes: at rest, linear, bent, anodic and cathodic Tafel; films: none, half of all,
# nearly all.
JUMPS = [3.9720, 3.973, 4.03, 4.6, 3.4]
RESISTANCES = [0.0, 5e-3, 10.0]


def volume(x):
    """A partial molar volume that depends on the stoichiometry, and its slope."""
    return OMEGA * (1.0 + 0.5 * np.sin(4.0 * x)), 2.0 * OMEGA * np.cos(4.0 * x)


def electrode(alpha=0.5, molar=OMEGA, **others):
    """Intercalation electrode with the measured potential of NMC811."""
    return bv.Intercalation(4.0, equilibrium.nmc811_chen2020, C_MAX, alpha, molar, **others)


def naive(eta, i0, alpha, temperature=T):
    """Butler-Volmer as printed."""
    f = FARADAY / (GAS_CONSTANT * temperature)
    return i0 * (np.exp(alpha * f * eta) - np.exp(-(1 - alpha) * f * eta))


def check_taylor(function, derivative, scale):
    """Second-order remainder of a scalar function of a change; none where the function is a
    straight line."""
    steps = scale / 2.0 ** np.arange(2, 8)
    remainders = np.array([abs(function(h) - function(0.0) - h * derivative) for h in steps])
    if np.all(remainders <= 1e-12 * abs(function(scale))):
        return
    expected, distance = EXPECTED["Taylor remainder"]
    assert abs(taylor_order(function, derivative, steps) - expected) <= distance


@pytest.mark.parametrize("temperature", [250.0, 333.0])
@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.7])
def test_current_is_the_printed_law(alpha, temperature):
    """Breaks when a coefficient, an exponent or the sense of alpha is wrong."""
    eta = np.linspace(-0.5, 0.5, 21)
    value, slope = bv.current(eta, 3.0, alpha, temperature)
    assert value == approx(naive(eta, 3.0, alpha, temperature), rel=1e-12, abs=1e-14)
    # Away from the bend without curvature near rest, where the remainder is of third order.
    for k in (0, 4, 7, 13, 16, 20):
        check_taylor(
            lambda h, e=eta[k]: bv.current(e + h, 3.0, alpha, temperature)[0], slope[k], 0.02
        )


def test_current_at_rest_is_the_charge_transfer_resistance():
    """Breaks when small overpotentials lose digits or the slope is not that of the linearised law,
    F i0/RT."""
    eta = np.array([1e-18, 1e-12, 1e-9])
    value, slope = bv.current(eta, 2.5, 0.3, T)
    assert eta / value == approx(GAS_CONSTANT * T / (FARADAY * 2.5), rel=1e-7)
    assert eta[0] / value[0] == approx(GAS_CONSTANT * T / (FARADAY * 2.5), rel=1e-14)
    assert 1.0 / slope[0] == approx(GAS_CONSTANT * T / (FARADAY * 2.5), rel=1e-14)


def test_tafel_slopes():
    """Breaks when the anodic branch does not rise with alpha, or the cathodic one with 1 -
    alpha."""
    high, low = (
        bv.current(np.array([1.0, 1.1]), 1.0, 0.3, T)[0],
        bv.current(np.array([-1.0, -1.1]), 1.0, 0.3, T)[0],
    )
    assert np.log(high[1] / high[0]) == approx(0.3 * VOLT * 0.1, rel=1e-10)
    assert np.log(low[1] / low[0]) == approx(0.7 * VOLT * 0.1, rel=1e-10)
    assert high[0] > 0 > low[0]


def test_symmetric_kinetics_invert_by_the_inverse_sine():
    """Breaks when alpha = 1/2 without a film is not i = 2 i0 sinh(F eta/2RT), at any volts."""
    wanted = np.concatenate([-np.logspace(40, -12, 40), np.logspace(-12, 40, 40)])
    drive = 2.0 / VOLT * np.arcsinh(wanted / (2.0 * 0.7))
    local = bv.local_current(drive, 0.7, 0.0, 0.5, T)
    assert local.current == approx(wanted, rel=1e-12, abs=0)
    assert local.overpotential == approx(drive, rel=1e-15, abs=0)


@given(volts(3.0), EXCHANGES, FILMS, ALPHAS)
def test_film_and_kinetics_in_series(eta, exchange, film, alpha):
    """Breaks when the implicit equation is not solved: eta + R i_l(eta) must give i_l back, at any
    film and alpha."""
    i = bv.current(eta, exchange, alpha, T)[0]
    drive = eta + film * i
    local = bv.local_current(drive, exchange, film, alpha, T)
    # What rounding the drive alone can change.
    rounding = 4e-16 * abs(drive) * local.by_drive
    assert local.current == approx(i, rel=1e-13 * max(1.0, VOLT * abs(eta)), abs=rounding)


@given(DRIVES, EXCHANGES, FILMS, ALPHAS)
def test_second_law(drive, exchange, film, alpha):
    """Breaks when an interface gives energy: current and drive, current and overpotential point the
    same way."""
    local = bv.local_current(drive, exchange, film, alpha, T)
    assert local.current * drive >= 0.0
    assert local.current * local.overpotential >= 0.0
    assert abs(local.overpotential) <= abs(drive) * (1 + 1e-15)
    assert local.by_drive > 0.0


@given(DRIVES, EXCHANGES, FILMS, ALPHAS)
def test_exchange_of_directions(drive, exchange, film, alpha):
    """Breaks when oxidation with alpha is not reduction with 1 - alpha: i(V, alpha) = -i(-V, 1 -
    alpha)."""
    one = bv.local_current(drive, exchange, film, alpha, T)
    other = bv.local_current(-drive, exchange, film, 1.0 - alpha, T)
    assert one.current == approx(-other.current, rel=1e-11, abs=0)
    assert one.by_drive == approx(other.by_drive, rel=1e-11, abs=0)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("drive", [-2.0, -1e-3, 1e-3, 2.0])
def test_large_film_is_ohmic(drive, alpha):
    """Breaks when the film does not take the whole voltage, i = V/R, where it is by far the larger
    resistance."""
    local = bv.local_current(drive, 10.0, 1e9, alpha, T)
    assert local.current == approx(drive / 1e9, rel=1e-8, abs=0)
    assert local.by_drive == approx(1e-9, rel=1e-8, abs=0)


def test_small_drive_adds_resistances():
    """Breaks when film and charge transfer are not in series at rest: 1/(R_ct + R)."""
    film = np.array([0.0, 1e-3, 1.0, 1e3])
    local = bv.local_current(1e-12, 3.0, film, 0.4, T)
    assert 1.0 / local.by_drive == approx(GAS_CONSTANT * T / (FARADAY * 3.0) + film, rel=1e-9)
    assert local.current == approx(1e-12 * local.by_drive, rel=1e-9, abs=0)


def test_iterations_are_few(monkeypatch):
    """Breaks when the solver needs more than ten iterations somewhere, as it would from a poor
    start."""
    rng = np.random.default_rng(1)
    exchange, film = 10.0 ** rng.uniform(-12, 6, 20000), 10.0 ** rng.uniform(-12, 8, 20000)
    drive, alpha = (
        rng.choice([-1, 1], 20000) * 10.0 ** rng.uniform(-12, 1, 20000),
        rng.uniform(0.02, 0.98, 20000),
    )
    full = bv.local_current(drive, exchange, film, alpha, T).current
    monkeypatch.setattr(scaled_kinetics, "MAXIMUM_ITERATIONS", 10)
    assert np.array_equal(bv.local_current(drive, exchange, film, alpha, T).current, full)


@pytest.mark.parametrize("alpha", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("film", [0.0, 0.01, 10.0])
@pytest.mark.parametrize("drive", [-6.0, -0.3, -0.01, 0.01, 0.3, 6.0])
def test_derivatives_of_the_local_current(drive, film, alpha):
    """Breaks when implicit differentiation is wrong, without, with and under a dominating film;
    also past 5 V."""
    local = bv.local_current(drive, 2.0, film, alpha, T)
    check_taylor(
        lambda h: bv.local_current(drive + h, 2.0, film, alpha, T).current, local.by_drive, 0.02
    )
    check_taylor(
        lambda h: bv.local_current(drive, 2.0 + h, film, alpha, T).current, local.by_exchange, 1.0
    )


@pytest.mark.parametrize("chi", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("film", RESISTANCES)
@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("stoichiometry", [0.5, 0.32, 3e-7])
@pytest.mark.parametrize("molar", [OMEGA, volume], ids=["constant", "variable"])
def test_derivatives_of_an_intercalation_interface(molar, stoichiometry, jump, film, chi):
    """Breaks when a term of d i/d(jump, c, sigma_h, chi) is missing, doubled or of the wrong
    sign."""
    law, stress = electrode(0.4, molar, temperature=310.0, activation_energy=30e3), 80e6
    c = stoichiometry * C_MAX
    now = bv.intercalation_current(law, jump, c, stress, chi, film)

    def changed(d_jump=0.0, d_c=0.0, d_stress=0.0, d_chi=0.0):
        return bv.intercalation_current(
            law, jump + d_jump, c + d_c, stress + d_stress, chi + d_chi, film
        ).current

    check_taylor(lambda h: changed(d_jump=h), now.by_jump, 0.02)
    check_taylor(lambda h: changed(d_c=h), now.by_concentration, min(0.01 * C_MAX, 0.5 * c))
    check_taylor(lambda h: changed(d_stress=h), now.by_stress, 2e8)
    check_taylor(lambda h: changed(d_chi=h), now.by_conducting, 0.5)
    # No Taylor test sees a derivative too small against the value's rounding: each is compared in
    # itself too.
    step = 1e-3 if stoichiometry > 1e-3 else 1e-9
    slope = (changed(d_c=step * C_MAX) - changed(d_c=-step * C_MAX)) / (2 * step * C_MAX)
    assert now.by_concentration == approx(slope, rel=2e-2, abs=1e-12)


@pytest.mark.parametrize("film", RESISTANCES)
@pytest.mark.parametrize("jump", [-0.5, -1e-3, 0.0, 1e-3, 0.5])
def test_derivatives_of_a_metal_interface(jump, film):
    """Breaks when a term of the metal's derivatives is missing, or it depends on a
    concentration."""
    law, stress = (
        bv.Metal(10.0, 0.6, molar_volume=13e-6, temperature=320.0, activation_energy=40e3),
        -50e6,
    )
    now = bv.metal_current(law, jump, stress, 0.7, film)
    check_taylor(
        lambda h: bv.metal_current(law, jump + h, stress, 0.7, film).current, now.by_jump, 0.02
    )
    check_taylor(
        lambda h: bv.metal_current(law, jump, stress + h, 0.7, film).current, now.by_stress, 1e8
    )
    check_taylor(
        lambda h: bv.metal_current(law, jump, stress, 0.7 + h, film).current, now.by_conducting, 0.3
    )
    assert now.by_concentration == 0.0


def test_ohmic_contact():
    """Breaks when an electronic contact is not i = chi jump/R with its two constant derivatives."""
    now = bv.ohmic_current(np.array([-0.2, 0.1]), np.array([0.5, 1.0]), 2e-3)
    assert now.current == approx([-50.0, 50.0])
    assert now.by_jump == approx([250.0, 500.0])
    assert now.by_conducting == approx([-100.0, 50.0])
    assert not np.any(now.by_concentration) and not np.any(now.by_stress)
    for wrong in (0.0, -1.0, np.nan):
        with pytest.raises(ValueError, match="exceed 0 ohm m2"):
            bv.ohmic_current(0.1, 1.0, wrong)


def test_an_open_interface_carries_nothing():
    """Breaks when a broken share passes current: chi = 0 leaves exact zeros, chi scales the rest,
    film or not."""
    chi, jump = np.array([0.0, 0.25, 1.0]), 4.3
    for film in RESISTANCES:
        for now in (
            bv.intercalation_current(electrode(), jump, 0.4 * C_MAX, 1e8, chi, film),
            bv.metal_current(bv.Metal(10.0, molar_volume=13e-6), 0.3, -1e7, chi, film),
        ):
            for each in now[:4]:
                assert each[0] == 0.0
                assert each[1] == 0.25 * each[2]
            assert now.by_conducting == approx(now.current[2])


def test_direction_of_the_current():
    """Breaks when a positive current does not take lithium out: above its rest potential an
    electrode is oxidised."""
    law, rest = electrode(), equilibrium.nmc811_chen2020(0.5).value
    assert bv.intercalation_current(law, rest, 0.5 * C_MAX, 0.0, 1.0, 0.0).current == 0.0
    assert bv.intercalation_current(law, rest + 0.05, 0.5 * C_MAX, 0.0, 1.0, 0.0).current > 0.0
    assert bv.intercalation_current(law, rest - 0.05, 0.5 * C_MAX, 0.0, 1.0, 0.0).current < 0.0
    # Less lithium, higher potential of rest, smaller drive: an emptied surface loses less.
    assert bv.intercalation_current(law, rest, 0.5 * C_MAX, 0.0, 1.0, 0.0).by_concentration > 0.0


def test_tension_holds_lithium_back():
    """Breaks when the stress shift has the wrong sign or size: rest moves to U + Omega
    sigma_h/F."""
    law, rest = electrode(), equilibrium.nmc811_chen2020(0.5).value
    for stress in (300e6, -300e6):
        moved = rest + OMEGA * stress / FARADAY
        now = bv.intercalation_current(law, moved, 0.5 * C_MAX, stress, 1.0, 0.0)
        assert now.current == approx(0.0, abs=1e-12)
        at_old_rest = bv.intercalation_current(law, rest, 0.5 * C_MAX, stress, 1.0, 0.0).current
        assert at_old_rest * stress < 0.0
    assert approx(13.99e-3, rel=1e-3) == OMEGA * 300e6 / FARADAY


def test_pressed_lithium_rests_at_the_plating_pressure():
    """Breaks when the metal's shift disagrees with p = F eta/V: 7.42 MPa hold back plating at -1
    mV."""
    pressure = penetration.plating_pressure(1e-3, 13e-6)
    law = bv.Metal(10.0, molar_volume=13e-6)
    assert bv.metal_current(law, -1e-3, -pressure, 1.0, 0.0).current == approx(0.0, abs=1e-12)
    assert bv.metal_current(law, 0.0, -pressure, 1.0, 0.0).current > 0.0
    assert bv.metal_current(law, -1e-3, 0.0, 1.0, 0.0).current < 0.0
    alloy = bv.Metal(10.0, equilibrium=0.62)
    assert bv.metal_current(alloy, 0.62, 0.0, 1.0, 0.0).current == 0.0


def test_exchange_current_of_an_electrode():
    """Breaks when stoichiometry or temperature enter the exchange current wrongly, for metal or
    intercalation."""
    hot = 333.0
    factor = np.exp(-30e3 / GAS_CONSTANT * (1 / hot - 1 / 298.15))
    law = electrode(0.5, 0.0, temperature=hot, activation_energy=30e3)
    now = bv.intercalation_current(
        law, equilibrium.nmc811_chen2020(0.2).value, 0.2 * C_MAX, 0.0, 1.0, 0.0
    )
    assert now.by_jump * GAS_CONSTANT * hot / FARADAY == approx(4.0 * 0.8 * factor, rel=1e-12)
    metal = bv.metal_current(
        bv.Metal(7.0, temperature=hot, activation_energy=30e3), 0.0, 0.0, 1.0, 0.0
    )
    assert metal.by_jump * GAS_CONSTANT * hot / FARADAY == approx(7.0 * factor, rel=1e-12)


def test_sites_run_out_smoothly():
    """Breaks when the site dependence departs from the square root inside, jumps at its ends, or
    reacts beyond."""
    inside = np.linspace(1.1e-6, 1 - 1.1e-6, 1001)
    assert bv.site_dependence(inside)[0] == approx(
        2.0 * np.sqrt(inside * (1.0 - inside)), rel=1e-14
    )
    for x in (-0.1, 0.0, 1.0, 1.5):
        assert bv.site_dependence(np.array(x)) == (0.0, 0.0)
    for end in (0.0, 1.0):
        x = end + (1 - 2 * end) * np.linspace(-1e-6, 4e-6, 20001)
        value, slope = bv.site_dependence(x)
        assert np.all(np.diff(value) >= 0.0)
        assert np.max(np.abs(np.diff(value))) < 1e-3 * np.max(value)
        assert np.max(np.abs(np.diff(slope))) < 1e-2 * np.max(np.abs(slope))
    for x in (1e-7, 8e-7, 3e-6, 0.3, 0.9, 1 - 2e-7):
        value, slope = bv.site_dependence(x)
        check_taylor(lambda h, at=x: bv.site_dependence(at + h)[0], slope, 0.5 * min(x, 1 - x))


@given(
    st.floats(-1e4, 1e4), st.floats(-1.0, 2.0), st.floats(-1e11, 1e11), st.floats(0.0, 1.0),
    st.floats(0.0, 1e12), ALPHAS, st.sampled_from(sorted(equilibrium.EQUILIBRIUM_POTENTIALS)),
)  # fmt: skip
def test_trials_far_outside_stay_finite(jump, stoichiometry, stress, chi, film, alpha, name):
    """Breaks when a wild trial of a solver overflows, divides by zero or loses its way."""
    law = bv.Intercalation(5.0, equilibrium.equilibrium_potential(name), C_MAX, alpha, OMEGA)
    now = bv.intercalation_current(law, jump, stoichiometry * C_MAX, stress, chi, film)
    assert np.all(np.isfinite(now))
    assert now.by_jump >= 0.0
    metal = bv.metal_current(bv.Metal(5.0, alpha, molar_volume=13e-6), jump, stress, chi, film)
    assert np.all(np.isfinite(metal))


@given(volts(1e4), st.floats(-200, 10).map(lambda p: 10.0**p), ALPHAS)
def test_tangent_branch_is_solved_too(drive, film, alpha):
    """Breaks when the start of the iteration is wrong beyond the largest exponent."""
    local = bv.local_current(drive, 1.0, film, alpha, T)
    assert local.overpotential + film * local.current == approx(drive, rel=1e-10, abs=0)
    assert local.current == approx(
        bv.current(local.overpotential, 1.0, alpha, T)[0], rel=1e-9, abs=0
    )


def test_beyond_the_largest_exponent_the_law_goes_straight_on():
    """Breaks when the tangent continuation jumps in value or slope."""
    edge = scaled_kinetics.LARGEST_EXPONENT / (0.5 * VOLT)
    value, slope = bv.current(edge * np.array([1 - 1e-9, 1 + 1e-9, 2.0, 3.0]), 1.0, 0.5, T)
    assert value[1] == approx(value[0], rel=1e-6)
    assert slope[1] == approx(slope[0], rel=1e-6)
    assert value[3] - value[2] == approx(slope[2] * edge, rel=1e-12)


def test_points_do_not_see_each_other():
    """Breaks when arrays of parameters are broadcast wrongly or a point's result depends on its
    neighbours."""
    rng, shape = np.random.default_rng(3), (7, 4)
    jump, stoichiometry, film = (
        rng.uniform(3, 5, shape),
        rng.uniform(-0.1, 1.1, shape),
        rng.uniform(0, 0.1, shape),
    )
    alpha, exchange = rng.uniform(0.2, 0.8, (7, 1)), rng.uniform(1, 5, (7, 1))
    law = bv.Intercalation(exchange, equilibrium.nmc811_chen2020, C_MAX, alpha, OMEGA)
    stress, chi = rng.uniform(-1e9, 1e9, shape), rng.uniform(0, 1, shape)
    together = bv.intercalation_current(law, jump, stoichiometry * C_MAX, stress, chi, film)
    for k in np.ndindex(shape):
        one = bv.Intercalation(
            exchange[k[0], 0], equilibrium.nmc811_chen2020, C_MAX, alpha[k[0], 0], OMEGA
        )
        alone = bv.intercalation_current(
            one, jump[k], stoichiometry[k] * C_MAX, stress[k], chi[k], film[k]
        )
        for each, single in zip(together, alone, strict=True):
            assert each.shape == shape
            assert each[k] == approx(single, rel=1e-12, abs=0)


def test_not_a_number_stays_one():
    """Breaks when a diverged trial is turned into a finite current, or spoils the points beside
    it."""
    local = bv.local_current(np.array([0.1, np.nan, 0.2]), 1.0, 0.1, 0.5, T)
    assert np.array_equal(np.isnan(local.current), [False, True, False])


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": 0.0}, {"alpha": 1.0}, {"temperature": 0.0}, {"exchange_current_density": -1.0}],
)
def test_parameters_out_of_range_are_refused(wrong):
    """Breaks when kinetics without a meaning are accepted in silence."""
    given_ = {"exchange_current_density": 1.0, **wrong}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        bv.Metal(**given_)
    with pytest.raises(ValueError, match=next(iter(wrong))):
        bv.Intercalation(
            equilibrium=equilibrium.nmc811_chen2020, maximum_concentration=C_MAX, **given_
        )


def test_an_exchange_current_may_be_constant():
    """Breaks when a constant i0 follows the sites, or its current the wrong derivative by x."""
    potential = equilibrium.equilibrium_potential("NMC811 Chen 2020")
    law = bv.Intercalation(5.0, potential, C_MAX, sites=scaled_kinetics.SITE_DEPENDENCE["constant"])
    x = np.array([1e-3, 0.3, 0.5, 0.999])
    assert bv.exchange_current(law, x * C_MAX) == approx(5.0, rel=1e-14)

    def current(h):
        return bv.intercalation_current(law, 4.0, (0.4 + h) * C_MAX, 0.0, 1.0, 1e-3).current

    here = bv.intercalation_current(law, 4.0, 0.4 * C_MAX, 0.0, 1.0, 1e-3)
    check_taylor(current, here.by_concentration * C_MAX, 0.02)
