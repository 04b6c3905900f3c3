"""Viscoplastic flow at single points: power-law creep and Anand's law, their steps, tangents and
energies."""

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from chemomech.physics.bulk import elasticity
from chemomech.physics.bulk.viscoplasticity import creep, flow_of_step, power_law
from chemomech.units.constants import GAS_CONSTANT
from compare import approx
from creep import ARRHENIUS, BARRIER, BULK, LITHIUM, MASIAS, POISSON, ROOM, ROY, SHEAR, WARM, YOUNG
from meshes import rotation
from rates import EXPECTED, check_order, taylor_order
from tensors import random_strain, tensor, voigt

FLOWS = pytest.mark.parametrize("flow", [ROY, MASIAS, LITHIUM], ids=["Roy", "Masias", "Anand"])
COMPONENTS = pytest.mark.parametrize("components", [4, 6])


def respond(strain, flow, seconds, plastic=None, resistance=None, before=None, temperature=ROOM):
    strain = np.asarray(strain, dtype=float)
    plastic = np.zeros_like(strain) if plastic is None else plastic
    resistance = np.asarray(flow.resistance if resistance is None else resistance)
    before = np.zeros_like(strain) if before is None else before
    numbers = (
        np.asarray(0.0),
        resistance,
        before,
        np.asarray(SHEAR),
        np.asarray(BULK),
        flow,
        seconds,
        temperature,
    )
    return creep(strain, plastic, *numbers)


def sheared(mises, components=4):
    """Strain of pure shear whose elastic von Mises stress this is."""
    return mises / (np.sqrt(3) * SHEAR) * np.eye(components)[3]


def walked(strain_at, times, flow, temperature=ROOM):
    """Responses along strain_at(t) over these times, the first of which is reached at once."""
    now = respond(strain_at(times[0]), flow, 0.0)
    found = [now]
    for before, time in itertools.pairwise(times):
        now = respond(
            strain_at(time),
            flow,
            time - before,
            now.plastic_strain,
            now.resistance,
            now.stress,
            temperature,
        )
        found.append(now)
    return found


@pytest.mark.parametrize(
    ("flow", "stress", "rate"),
    [
        (ROY, 1e6, 0.01),
        (ROY, 2e6, 0.32),
        (MASIAS, 0.2e6, 2.0e-7),
        (power_law(3.9e-4, 0.6e6, 6.56), 0.6e6, 3.9e-4),
        (power_law(2.0e-7, 0.2e6, np.log(1950) / np.log(3)), 0.6e6, 3.9e-4),
    ],
)
def test_published_creep_rates(flow, stress, rate):
    """Breaks when rate, stress and exponent are joined wrongly: under a constant uniaxial stress
    the strain grows at the published rate, at each point and (with the exponent 6.9 that they
    imply) through both of Masias et al."""
    seconds, axial = 10.0, np.array([1.0, -0.5, -0.5, 0.0])
    elastic = stress / YOUNG * np.array([1.0, -POISSON, -POISSON, 0.0])
    now = respond(elastic + rate * seconds * axial, flow, seconds)
    assert now.stress == approx([stress, 0.0, 0.0, 0.0], rel=1e-9, abs=1e-9 * stress)
    assert now.plastic_strain == approx(rate * seconds * axial, rel=1e-9)
    assert now.accumulated == approx(rate * seconds, rel=1e-9)


def test_prefactor_and_rate_of_anand():
    """Breaks when the rate at the reference temperature is not A exp(-Q/RT) with the published
    A."""
    assert LITHIUM.rate == approx(4.25e4 * np.exp(-BARRIER / (GAS_CONSTANT * ROOM)), rel=1e-12)
    slow = respond(sheared(1e4), LITHIUM, 1.0, temperature=WARM).accumulated
    expected = 4.25e4 * np.exp(-BARRIER / (GAS_CONSTANT * WARM)) * (1e4 / 0.95e6) ** (1 / 0.15)
    assert slow == approx(expected, rel=1e-3)


@FLOWS
def test_no_time_no_creep(flow):
    """Breaks when a step at once lets anything flow: then it must be Hooke's law."""
    strain = random_strain(6, 1, 1e-2)
    now, stiffness = respond(strain, flow, 0.0), elasticity.stiffness(SHEAR, BULK, 6)
    assert now.stress == approx(stiffness @ strain, rel=1e-12)
    assert now.tangent == approx(stiffness, rel=1e-12)
    assert now.accumulated == now.work == 0.0
    assert now.resistance == approx(flow.resistance, rel=1e-14)


def test_relaxation_at_fixed_strain():
    """Breaks when the elastic strain does not feed the creep: q^(1-k) = q0^(1-k) + (k - 1) 3 G p0'
    t/s0^k, from which steps of one length are off by the first order."""
    start, end, k = 5e6, 30.0, 5.0
    expected = (start ** (1 - k) + (k - 1) * 3 * SHEAR * 0.01 * end / 1e6**k) ** (1 / (1 - k))
    counts, errors = (40, 80, 160, 320), []
    for count in counts:
        # The stress falls by decades: steps of equal length in the logarithm of the time.
        times = np.concatenate([[0.0], np.geomspace(1e-6 * end, end, count)])
        stress = walked(lambda t: sheared(start), times, ROY)[-1].stress
        errors.append(abs(elasticity.von_mises(stress) / expected - 1))
    assert expected < 0.1 * start
    check_order("creep step", 1.0 / np.array(counts), errors)
    assert errors[-1] < 0.02


@pytest.mark.parametrize("flow", [MASIAS, LITHIUM], ids=["Masias", "Anand"])
def test_rate_and_temperature_jumps(flow):
    """Breaks when the rate sensitivity, the saturation or the activation energy enters wrongly. At
    a steady rate q = S (rate/A)^m with 1/(1 - S/S*) = 1/(1 - S0/S*) + h0 p/S* (a = 2); just after a
    jump of the rate the stress has changed by (rate ratio)^m, and warmth acts like a slower
    rate."""
    rate, m, n = 1e-3, flow.sensitivity, flow.saturation_exponent
    end, jump = 4000.0, 10.0
    slow = np.linspace(0.0, end, 401)
    fast = end + np.linspace(0.0, end / jump, 401)[1:]

    def strain_at(t):
        return (min(t, end) + jump * max(t - end, 0.0)) * rate * np.sqrt(3) * np.eye(4)[3]

    def resistance(start, relative):
        if flow.hardening == 0:
            return start
        steady = flow.saturation * relative**n
        return steady * (1 - 1 / (1 / (1 - start / steady) + flow.hardening * rate * end / steady))

    found = walked(strain_at, np.concatenate([slow, fast]), flow)
    stress = np.array([elasticity.von_mises(each.stress) for each in found])
    first = resistance(flow.resistance, rate / flow.rate)
    assert stress[400] == approx(first * (rate / flow.rate) ** m, rel=2e-3)
    assert stress[402] / stress[400] == approx(jump**m, rel=5e-3)
    expected = resistance(first, jump * rate / flow.rate) * (jump * rate / flow.rate) ** m
    assert stress[-1] == approx(expected, rel=2e-3)
    warm = elasticity.von_mises(walked(strain_at, slow, flow, WARM)[-1].stress)
    relative = rate / (flow.rate * ARRHENIUS)
    assert warm == approx(resistance(flow.resistance, relative) * relative**m, rel=2e-3)


@pytest.mark.parametrize("resistance", [0.3e6, 0.95e6, 3e6])
def test_anand_follows_its_rate_equations(resistance):
    """Breaks when the resistance hardens or softens at a wrong rate: against the same equations in
    an independent integrator, hardening (0.3, 0.95 MPa) and softening (3 MPa), with an error of the
    first order."""
    rate, end, f = 5e-3, 30.0, LITHIUM

    def slope(t, y):
        mises, hard = y
        flows = f.rate * (max(mises, 0.0) / hard) ** (1 / f.sensitivity)
        steady = f.saturation * (max(flows, 1e-300) / f.rate) ** f.saturation_exponent
        away = 1 - hard / steady
        return [3 * SHEAR * (rate - flows), f.hardening * abs(away) ** 2 * np.sign(away) * flows]

    exact = solve_ivp(slope, (0, end), [0.0, resistance], method="Radau", rtol=1e-9, atol=1e-3).y[
        :, -1
    ]
    counts, errors = (50, 100, 200, 400), []
    for count in counts:
        times = np.linspace(0, end, count + 1)
        flow = f._replace(resistance=resistance)
        now = walked(lambda t: rate * t * np.sqrt(3) * np.eye(4)[3], times, flow)[-1]
        errors.append(abs(float(now.resistance) / exact[1] - 1))
        assert elasticity.von_mises(now.stress) == approx(exact[0], rel=0.02)
    assert abs(exact[1] / resistance - 1) > 0.1
    check_order("creep step", 1.0 / np.array(counts), errors)
    assert errors[-1] < 2e-3


@pytest.mark.parametrize("seconds", [1e-3, 1.0, 1e5])
@pytest.mark.parametrize("start", [0.1e6, 0.95e6, 8e6])
def test_anand_step_solves_its_equations(start, seconds):
    """Breaks when the two equations of a step are not solved together: bisection on the creep
    strain, with bisection on the resistance inside, must find the same."""
    f = LITHIUM

    def hardness(p):
        steady = f.saturation * (p / (seconds * f.rate)) ** f.saturation_exponent

        def lack(s):
            return s - start - p * f.hardening * abs(1 - s / steady) ** 2 * np.sign(1 - s / steady)

        return brentq(lack, *sorted((start, steady)), xtol=1e-12 * start, rtol=1e-14)

    for mises in (1e5, 2e6, 1e9):

        def lack(p, mises=mises):
            return hardness(p) * (p / (seconds * f.rate)) ** f.sensitivity + 3 * SHEAR * p - mises

        p = brentq(lack, 1e-40, mises / (3 * SHEAR), xtol=1e-40, rtol=1e-14)
        ratio, gain, _, resistance = flow_of_step(
            np.array(mises), np.array(start), SHEAR, seconds * f.rate, f
        )
        assert gain == approx(p, rel=1e-9)
        assert resistance == approx(hardness(p), rel=1e-9)
        assert ratio * mises == approx(
            resistance * (p / (seconds * f.rate)) ** f.sensitivity, rel=1e-9
        )


def test_every_step_has_its_root():
    """Breaks when a stiff exponent, a large trial stress or a long step leaves the iteration
    without an answer: from 1 mPa to 3 GPa, from a microsecond to 30 years, exponents 1 to 20,
    resistances from a hundredth to tenfold."""
    mises, seconds = np.logspace(-3, 9.5, 60)[:, None, None], np.logspace(-6, 9, 40)[None, :, None]
    for flow in (ROY, MASIAS, power_law(1e-3, 1e6, 1.0), power_law(1e-3, 1e6, 20.0), LITHIUM):
        start = flow.resistance * (
            np.array([0.01, 0.3, 1.0, 3.0, 10.0]) if flow is LITHIUM else np.ones(1)
        )
        ratio, gain, slope, resistance = flow_of_step(
            mises, start, SHEAR, flow.rate * seconds, flow
        )
        assert np.all(np.abs(ratio * mises + 3 * SHEAR * gain - mises) < 1e-12 * mises)
        law = flow.rate * seconds * (ratio * mises / resistance) ** (1 / flow.sensitivity)
        assert np.all(np.abs(gain - law) <= 1e-11 * law)
        # Where the resistance softens while it flows, a larger trial stress is followed by a little
        # less stress.
        assert slope.min() >= 0 and np.max(3 * SHEAR * slope) < 1.001
        assert np.all(np.diff(gain, axis=0) > 0)


REGIMES = {"at once": 1e-9, "short": 1e-4, "between": 0.1, "long": 1e3, "relaxed": 1e7}


@pytest.mark.parametrize("seconds", REGIMES.values(), ids=REGIMES)
@COMPONENTS
@pytest.mark.parametrize(
    ("flow", "resistance"),
    [
        (ROY, None),
        (MASIAS, None),
        (power_law(1e-3, 1e6, 1.0), None),
        (LITHIUM, 0.5e6),
        (LITHIUM, 6e6),
    ],
    ids=["Roy", "Masias", "linear", "hardening", "softening"],
)
def test_tangent_is_consistent(flow, resistance, components, seconds):
    """Breaks when the tangent is not the derivative of the stress: elastic to relaxed, hardening
    and softening."""
    strain, along = random_strain(components, 3, 2e-3), random_strain(components, 53, 2e-3)
    plastic = respond(random_strain(components, 8, 1e-3), ROY, 1.0).plastic_strain
    now = respond(strain, flow, seconds, plastic, resistance)

    def stress(h):
        return respond(strain + h * along, flow, seconds, plastic, resistance).stress

    assert now.tangent == approx(now.tangent.T, abs=1e-12 * YOUNG)
    steps = 1.0 / 2.0 ** np.arange(4, 9)
    remainder = np.linalg.norm(stress(steps[0]) - stress(0.0) - steps[0] * now.tangent @ along)
    if remainder < 1e-10 * np.linalg.norm(now.stress):
        return  # nothing flows, or linearly: no second order to see
    expected, distance = EXPECTED["Taylor remainder"]
    assert abs(taylor_order(stress, now.tangent @ along, steps) - expected) <= distance


def test_tangent_at_rest():
    """Breaks when a point without stress has no tangent: elastic for a power law, viscous for a
    linear one."""
    elastic = elasticity.stiffness(SHEAR, BULK, 4)
    assert respond(np.zeros(4), ROY, 1.0).tangent == approx(elastic, rel=1e-12)
    linear = respond(np.zeros(4), power_law(1e-3, 1e6, 1.0), 1.0)
    shear = SHEAR / (1 + 3 * SHEAR * 1e-3 / 1e6)
    assert linear.tangent == approx(elasticity.stiffness(shear, BULK, 4), rel=1e-9)
    assert np.all(linear.stress == 0) and linear.accumulated == 0


@FLOWS
def test_turned_axes(flow):
    """Breaks when a shear component is weighted wrongly: turning the axes must turn the stress and
    leave the rest."""
    turn = rotation(3, 1.1)
    strain, before = random_strain(6, 3, 2e-3), 1e9 * random_strain(6, 5, 1e-3)
    plastic = respond(random_strain(6, 4, 1e-3), flow, 1.0).plastic_strain
    turned = [voigt(turn @ tensor(v, True) @ turn.T, True) for v in (strain, plastic)]
    turned_before = voigt(turn @ tensor(before, False) @ turn.T, False)
    plain = respond(strain, flow, 3.0, plastic, before=before)
    other = respond(turned[0], flow, 3.0, turned[1], before=turned_before)
    assert other.stress == approx(
        voigt(turn @ tensor(plain.stress, False) @ turn.T, False), abs=1e-3
    )
    assert other.accumulated == approx(plain.accumulated, rel=1e-10)
    assert other.resistance == approx(plain.resistance, rel=1e-10)
    assert other.work == approx(plain.work, rel=1e-10)
    assert plain.plastic_strain[:3].sum() == approx(0.0, abs=1e-15)


@FLOWS
def test_plane_strain_is_the_three_dimensional_law(flow):
    """Breaks when four components and six disagree."""
    strain = random_strain(4, 5, 2e-3)
    flat, full = (
        respond(strain, flow, 10.0),
        respond(np.concatenate([strain, [0.0, 0.0]]), flow, 10.0),
    )
    assert full.stress == approx(np.concatenate([flat.stress, [0.0, 0.0]]), rel=1e-12)
    assert full.tangent[:4, :4] == approx(flat.tangent, rel=1e-9)
    assert full.resistance == approx(flat.resistance, rel=1e-13)


@FLOWS
def test_energy_account(flow):
    """Breaks when the work of creep is not what the elastic energy leaves of the stress's work, on
    a path that turns round, for any step; and, with many steps, not the dissipated int q dp."""

    def strain_at(t):
        return 1e-3 * (
            np.sin(t) * random_strain(6, 3, 1.0) + np.sin(2 * t) * random_strain(6, 4, 1.0)
        )

    def elastic_energy(stress, strain, plastic):
        return 0.5 * stress @ (strain - plastic)

    for count in (7, 400):
        times = np.linspace(0.0, 3.0, count)
        found = walked(strain_at, times, flow)
        external = dissipated = 0.0
        for i in range(count - 1):
            change = strain_at(times[i + 1]) - strain_at(times[i])
            external += 0.5 * (found[i].stress + found[i + 1].stress) @ change
            dissipated += elasticity.von_mises(found[i + 1].stress) * found[i + 1].multiplier
        stored = elastic_energy(found[-1].stress, strain_at(times[-1]), found[-1].plastic_strain)
        work = sum(each.work for each in found)
        assert external == approx(stored + work, rel=1e-10)
        assert work > 0
    assert work == approx(dissipated, rel=0.02)
