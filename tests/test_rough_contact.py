"""Rough contact with memory: unloading, separation, creep of lithium, against closed forms and
bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from chemomech.physics.interfaces import contact
from chemomech.physics.interfaces.contact import RoughContact, advance, initial_memory
from compare import approx

HARDNESS = 50e6
LAWS = list(contact.CONTACT_LAWS)
PRESSURES = st.lists(st.floats(0.0, 3e8), min_size=1, max_size=8)
# Roy et al. 2021, Shishvan et al. 2023: 0.01 1/s at 1 MPa, exponent 5. Masias et al. 2019: 3.9e-4
# 1/s (dagger) at 0.6 MPa, exponent 6.56.
LITHIUM = {
    "Roy": {"creep_rate": 0.01, "creep_stress": 1e6, "creep_exponent": 5.0},
    "Masias": {"creep_rate": 3.9e-4, "creep_stress": 0.6e6, "creep_exponent": 6.56},
}


def parameters(law="plastic", **changes):
    creep = LITHIUM["Roy"] | {"growth_per_strain": 10.0} if law == "creep" else {}
    return RoughContact(**({"conforming_pressure": HARDNESS} | creep | changes))


def run_state(law, pressures, values, dt=1.0, memory=None):
    """Fractions along a path of pressures, and the last memory."""
    memory = initial_memory(()) if memory is None else memory
    fractions = []
    for pressure in pressures:
        fraction, memory = advance(law, pressure, memory, dt, values)
        fractions.append(float(fraction))
    return np.array(fractions), memory


@pytest.mark.parametrize("law", ["plastic", "mikic", "persson"])
def test_first_loading_follows_the_loading_curve(law):
    """Breaks when memory changes contact that is made for the first time."""
    pressures = np.linspace(0.0, 3 * HARDNESS, 31)
    fractions, memory = run_state(law, pressures, parameters())
    assert fractions == approx(contact.CONTACT_LAWS[law](pressures, HARDNESS), rel=1e-14)
    assert memory[..., 0] == pressures[-1]


@pytest.mark.parametrize("law", ["plastic", "mikic", "persson"])
@pytest.mark.parametrize("exponent", [0.0, 0.25, 0.5])
def test_unloading_power_law(law, exponent):
    """Breaks when the exponent or the largest pressure is wrong: f(p) = f_load(p_m) (p/p_m)^n,
    there and back."""
    top, down = 0.4 * HARDNESS, np.array([0.3, 0.1, 0.01, 1e-4, 0.1, 0.39]) * HARDNESS
    fractions, memory = run_state(law, [top, *down], parameters(unloading_exponent=exponent))
    expected = contact.CONTACT_LAWS[law](top, HARDNESS) * (down / top) ** exponent
    assert fractions[1:] == approx(expected, rel=1e-12)
    assert memory[..., 0] == top


def test_default_hysteresis_by_law():
    """Breaks when elastic faces remember, or plastic ones forget, unasked: square root against the
    loading curve."""
    for law, expected in (("plastic", 0.4 / 2), ("mikic", 0.4**0.95 / 2), ("persson", None)):
        fractions, _ = run_state(law, [0.4 * HARDNESS, 0.1 * HARDNESS], parameters())
        expected = (
            contact.CONTACT_LAWS[law](0.1 * HARDNESS, HARDNESS) if expected is None else expected
        )
        assert fractions[1] == approx(expected, rel=1e-12)


def test_recovery_faster_than_loading_leaves_no_memory():
    """Breaks when an unloading exponent above the loading one makes less contact than first loading
    does."""
    for law, exponent in (("plastic", 1.0), ("mikic", 1.0), ("mikic", 0.97), ("persson", 1.0)):
        fractions, _ = run_state(
            law, [0.4 * HARDNESS, 0.1 * HARDNESS], parameters(unloading_exponent=exponent)
        )
        expected = contact.CONTACT_LAWS[law](0.1 * HARDNESS, HARDNESS)
        assert fractions[1] == approx(expected, rel=1e-12), (law, exponent)
    apart, _ = contact.hysteretic_contact_fraction(
        "plastic", 0.0, HARDNESS, parameters(unloading_exponent=0.0)
    )
    assert apart == 0.0


def test_pressure_beyond_full_contact_adds_no_memory():
    """Breaks when pressing harder than needed for full contact makes less contact on the way
    back."""
    for law in ("plastic", "mikic"):
        down = np.array([0.9, 0.5, 0.04]) * HARDNESS
        once, _ = run_state(law, [HARDNESS, *down], parameters())
        hard, _ = run_state(law, [20 * HARDNESS, *down], parameters())
        assert hard == approx(once, rel=1e-12)
        assert hard[1:] == approx(np.sqrt(down / HARDNESS), rel=1e-12)
    soft, _ = run_state(
        "persson", [2 * HARDNESS, 0.04 * HARDNESS], parameters(unloading_exponent=0.5)
    )
    hard, _ = run_state(
        "persson", [50 * HARDNESS, 0.04 * HARDNESS], parameters(unloading_exponent=0.5)
    )
    scale = np.linspace(0.1, 3, 5001)
    best = np.max(contact.persson_contact_fraction(scale, 1.0, 1.0) / np.sqrt(scale))
    assert hard[1] == approx(soft[1], rel=1e-12)
    assert hard[1] == approx(0.2 * best, rel=1e-6)


@given(st.sampled_from(LAWS), PRESSURES, st.floats(0.0, 1.0), st.booleans())
def test_contact_is_a_fraction_above_first_loading(law, pressures, exponent, registry):
    """Breaks when a path leaves 0 to 1, makes less than first loading does, or conducts across
    parted faces."""
    values = parameters(law, unloading_exponent=exponent, keeps_registry=registry)
    fractions, _ = run_state(law, pressures, values)
    first = contact.CONTACT_LAWS[law](np.array(pressures), HARDNESS)
    assert np.all(fractions >= first * (1 - 1e-12))
    assert np.all(fractions <= 1.0)
    assert np.all(fractions[np.array(pressures) == 0] == 0.0)


@given(
    st.sampled_from(LAWS),
    st.floats(1e3, 3e8),
    st.floats(1e3, 3e8),
    st.floats(1e3, 3e8),
    st.floats(0.0, 1.0),
)
def test_pressing_harder_before_never_hurts(law, one, other, now, exponent):
    """Breaks when a larger earlier pressure leaves less contact."""
    values = parameters(law, unloading_exponent=exponent)
    low, high = (run_state(law, [before, now], values)[0][1] for before in sorted((one, other)))
    assert high >= low * (1 - 1e-12)


@pytest.mark.parametrize("law", ["plastic", "mikic", "persson", "creep"])
def test_separation_forgets_unless_the_faces_stay_in_registry(law):
    """Breaks when a parted face conducts, or its memory survives (or dies) against the stated
    choice."""
    path, low = [0.4 * HARDNESS, 0.0, 0.0, 1e-3 * HARDNESS], 1e-3 * HARDNESS
    afresh, _ = run_state(law, path, parameters(law, unloading_exponent=0.5), dt=1e-9)
    refit, _ = run_state(
        law, path, parameters(law, unloading_exponent=0.5, keeps_registry=True), dt=1e-9
    )
    without, _ = run_state(law, [path[0], low], parameters(law, unloading_exponent=0.5), dt=1e-9)
    first, _ = run_state(law, [low], parameters(law), dt=1e-9)
    assert np.all(afresh[1:3] == 0) and np.all(refit[1:3] == 0)
    assert afresh[3] == approx(first[0], rel=1e-12)
    assert refit[3] == approx(without[1], rel=1e-12)
    assert refit[3] > 10 * afresh[3]


@pytest.mark.parametrize("source", LITHIUM)
def test_creep_closed_form_solves_its_equation(source):
    """Breaks when the closed form is not the solution of dx/dt = beta x eps0 (p/(3 x sigma0))^m
    with x = f/(1 - f)."""
    creep, beta, pressure, seconds = LITHIUM[source], 10.0, 0.3e6, 7200.0
    start = pressure / (pressure + HARDNESS)

    def rate(_, f):
        x = f / (1.0 - f)
        stress = pressure / (3.0 * x)
        return (
            beta
            * (1.0 - f) ** 2
            * x
            * creep["creep_rate"]
            * (stress / creep["creep_stress"]) ** creep["creep_exponent"]
        )

    exact = solve_ivp(rate, (0.0, seconds), [start], method="LSODA", rtol=1e-10, atol=1e-14).y[
        0, -1
    ]
    values = parameters("creep", **creep, growth_per_strain=beta)
    fraction, _ = advance("creep", pressure, initial_memory(()), seconds, values)
    assert start < exact < 0.9
    assert fraction == approx(exact, rel=1e-7)


def test_creep_does_not_depend_on_the_time_step():
    """Breaks when many short dwells under one pressure differ from a long one."""
    values = parameters("creep")
    once, _ = advance("creep", 0.3e6, initial_memory(()), 3600.0, values)
    often, _ = run_state("creep", [0.3e6] * 100, values, dt=36.0)
    assert often[-1] == approx(float(once), rel=1e-12)
    assert np.all(np.diff(often) > 0)


def test_creep_growth_laws():
    """Breaks when creep-controlled contact is not f/(1 - f) ~ p t^(1/m), or beta not inside the
    root."""
    values = parameters("creep")
    dwell = np.array([1e2, 1e3, 1e4])
    spots = np.array([spots_of([0.1e6], values, t)[0] for t in dwell])
    assert np.polyfit(np.log(dwell), np.log(spots), 1)[0] == approx(1 / 5, abs=1e-3)
    assert spots_of([0.2e6], values, 1e4)[0] == approx(2 * spots[2], rel=1e-3)
    faster = parameters("creep", growth_per_strain=320.0)
    assert spots_of([0.1e6], faster, 1e4)[0] == approx(2 * spots[2], rel=1e-3)


def spots_of(pressures, values, dt):
    """f/(1 - f) along a path."""
    fractions, _ = run_state("creep", pressures, values, dt=dt)
    return fractions / (1.0 - fractions)


def test_time_to_half_contact_of_bulk_lithium():
    """Breaks when the number 3 or beta is lost: t = (3 sigma0/p)^m/(m beta eps0), 486 s at 1 MPa,
    4.86 ms at 10 MPa; and when gaps do not close in the end, as 1 - f ~ t^(-1/m)/p."""
    values = parameters("creep", conforming_pressure=1e12)
    for pressure, seconds in ((1e6, 486.0), (10e6, 4.86e-3)):
        spots = [spots_of([pressure], values, f * seconds)[0] for f in (0.5, 1.0)]
        assert spots == approx(np.array([0.5**0.2, 1.0]), rel=1e-10)
        late, later = (run_state("creep", [pressure], values, dt=s * seconds)[0][0]
                       for s in (1e15, 32e15))  # fmt: skip
        assert (1 - late) / (1 - later) == approx(2.0, rel=2e-3) and later > 0.999


def test_creep_contact_recovers_as_the_plastic_one_does():
    """Breaks when unloading of crept contact is not (p/p_max)^n of its spots, when n = 0 does not
    keep them, or when an instant's creep differs from plastic contact with filling gaps."""
    for exponent in (0.0, 0.5, 1.0):
        values = parameters("creep", unloading_exponent=exponent)
        held, memory = run_state("creep", [5e5], values, dt=1e3)
        back, _ = run_state("creep", [2e5, 1e3, 5e5], values, dt=0.0, memory=memory)
        held, back = (each / (1 - each) for each in (held, back))
        assert back == approx(held * np.array([0.4, 0.002, 1.0]) ** exponent, rel=1e-12)
    instant = spots_of([25e6, 5e6, 30e6], parameters("creep"), 0.0)
    assert instant == approx(np.array([0.5, 0.5 * 0.2**0.5, 0.6]), rel=1e-12)


def test_creep_goes_on_at_a_lower_pressure_by_its_own_stress():
    """Breaks when what has crept blocks creep below, or creep below runs as fast as above: spots
    that carry less by unloading need the time of x^m - x_0^m = m beta eps0 t (p/(3 sigma0))^m."""
    values = parameters("creep")
    held, memory = run_state("creep", [5e5], values, dt=1e3)
    back, _ = run_state("creep", [4e5], values, dt=1e4, memory=memory)
    start = held[0] / (1 - held[0]) * 0.8**0.5
    grown = (start**5 + 5 * 10.0 * 0.01 * 1e4 * (4e5 / 3e6) ** 5) ** 0.2
    assert back[0] / (1 - back[0]) == approx(grown, rel=1e-12)


@pytest.mark.parametrize("law", LAWS)
def test_adhesion_keeps_contact_at_rest_until_the_faces_part(law):
    """Breaks when contact vanishes with the pressure, or stays where the faces are out of reach."""
    pulling = parameters(law, adhesive_pressure=2e4)
    without = parameters(law)
    _, memory = run_state(law, [20e6], pulling)
    at_rest, kept = advance(law, 0.0, memory, 0.0, pulling)
    pressed, _ = advance(law, 2e4, run_state(law, [20.02e6], without)[1], 0.0, without)
    assert at_rest == approx(float(pressed), rel=1e-12) and at_rest > 0
    again, _ = advance(law, 20e6, kept, 0.0, pulling)
    assert again == approx(run_state(law, [20e6], pulling)[0][0], rel=1e-12)
    apart, lost = advance(law, 0.0, kept, 0.0, pulling, reach=0.0)
    assert apart == 0.0 and lost[..., 0] == 0.0


def test_what_roughness_says():
    """Breaks when strength of spots or adhesion's pressure is off: 105 N/m, 1.5 um and 0.8 MPa make
    88.5, 0.1 J/m2 makes 0.021 MPa; smooth faces stick, and rough ones are as soft as the bulk."""
    assert contact.strengthening(105.0, 1.5e-6, 0.8e6) == approx(88.5)
    assert contact.strengthening(105.0, 1.0, 0.8e6) == approx(1.0, rel=2e-4)
    assert contact.adhesive_pressure(0.1, 1.5e-6) == approx(20944.0, rel=1e-4)
    assert contact.adhesive_pressure(0.0, 1.5e-6) == 0.0


def test_arrays_of_points_are_independent():
    """Breaks when points share memory or the law changes its input in place."""
    pressure, path = np.array([[0.0, 5e6], [20e6, 80e6]]), [1.0, 0.25, 1.0]
    for law in LAWS:
        values = parameters(law, conforming_pressure=np.array([40e6, 60e6]))
        memory = initial_memory(pressure.shape)
        assert memory.shape == (2, 2, 1)
        for factor in path:
            before = memory.copy()
            fraction, after = advance(law, factor * pressure, memory, 2.0, values)
            assert np.array_equal(memory, before)
            memory = after
        single, _ = run_state(
            law, np.array(path) * 20e6, parameters(law, conforming_pressure=40e6), dt=2.0
        )
        assert fraction.shape == (2, 2)
        assert fraction[1, 0] == approx(single[-1], rel=1e-14)


def test_bad_parameters_are_named():
    """Breaks when a misspelt law or a missing creep number passes for physics."""
    with pytest.raises(ValueError, match=r"velcro.*creep"):
        advance("velcro", 1e6, initial_memory(()), 1.0, parameters())
    with pytest.raises(ValueError, match="growth_per_strain"):
        advance("creep", 1e6, initial_memory(()), 1.0, parameters("creep", growth_per_strain=None))
    with pytest.raises(ValueError, match="unloading_exponent"):
        parameters(unloading_exponent=1.5)


def test_warm_asperities_creep_faster():
    """Breaks when the temperature acts the wrong way or on the hardness: x^m grows by the Arrhenius
    factor of the rate."""
    energy, warm = 37e3, 333.15
    rough = RoughContact(
        1e12,
        creep_rate=0.01,
        creep_stress=200e6,
        creep_exponent=5.0,
        growth_per_strain=10.0,
        activation_energy=energy,
    )
    cold, hot = (spots_of([10e6], rough.at(t), 60.0)[0] for t in (298.15, warm))
    factor = np.exp(energy / 8.314462618 * (1 / 298.15 - 1 / warm))
    assert (hot / cold) ** 5 == approx(factor, rel=1e-6)
    assert rough.at(warm).conforming_pressure == rough.conforming_pressure
