"""Weight functions of small flaws, growth by Paris' law, weakest link: closed forms, symmetries,
draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import dblquad

from chemomech.physics.fracture import edge_flaw, paris, weakest_link, weight_functions
from chemomech.physics.fracture.energy import energy_release_rate
from compare import approx

A, STRESS, KIC = 3e-6, 20e6, 0.23e6
ROOT = np.sqrt(np.pi * A)


def along(rule, stress, angle=0.0, size=A):
    """(K_I, K_II) at the ends of a flaw along `angle` in the stress (xx, yy, xy) at points,
    stress(x (n, 2)) -> (n, 3)."""
    place, weights = rule
    direction = np.array([np.cos(angle), np.sin(angle)])
    stresses = np.broadcast_to(stress(place[:, None] * size * direction), (len(place), 3))
    return weight_functions.intensities(
        weights, weight_functions.traction(stresses, direction), size
    )


def test_slit_in_uniform_and_linear_stress():
    """Breaks when Griffith's weights, the mixed mode by angle or an end is wrong: K = s cos^2, s
    sin cos; +- s_1 a/2."""
    for angle in (0.0, 0.4, -1.1, 1.5):
        found = along(weight_functions.slit_rule(), lambda x: np.array([0.0, STRESS, 0.0]), angle)
        expected = STRESS * ROOT * np.array([np.cos(angle) ** 2, np.sin(angle) * np.cos(angle)])
        assert found == approx(np.array([expected, expected]), abs=1e-9 * STRESS * ROOT)
    ends = along(
        weight_functions.slit_rule(),
        lambda x: np.stack([0 * x[:, 0], x[:, 0] / A, x[:, 0] / A], axis=1) * STRESS,
    )
    assert ends == approx(0.5 * STRESS * ROOT * np.array([[1, 1], [-1, -1]]))


def test_penny():
    """Breaks when the disc's weights are off: 2 s sqrt(a/pi), 4/(2 - nu), and the integral over the
    disc itself."""
    rule, unit = weight_functions.penny_rule(0.3), 2 * STRESS * np.sqrt(A / np.pi)
    found = along(rule, lambda x: np.array([0.0, STRESS, STRESS]))
    assert found == approx(unit * np.array([[1.0, 2 / 1.7]] * 2))
    ends = along(
        rule, lambda x: np.stack([0 * x[:, 0], (x[:, 0] / A) ** 3, 0 * x[:, 0]], axis=1) * STRESS
    )[:, 0]
    kernel = lambda r, t: (
        (r * np.cos(t)) ** 3 * np.sqrt(1 - r**2) / (1 + r**2 - 2 * r * np.cos(t)) * r
    )
    by_disc = dblquad(kernel, 0, 2 * np.pi, 0, 1, epsabs=1e-7)[0] / np.pi**1.5 * STRESS * np.sqrt(A)
    assert ends == approx([by_disc, -by_disc], rel=1e-4)


def test_edge_flaw_at_a_free_surface():
    """Breaks when the image of a dislocation is wrong: 1.1215 in both modes, and oblique flaws of
    the handbooks.

    45 degrees: F_I = 0.705, F_II = 0.364 (Murakami, Stress Intensity Factors Handbook; recalled).
    """
    rule = weight_functions.edge_rule()
    assert along(rule, lambda x: np.array([0.0, STRESS, STRESS])) / (STRESS * ROOT) == approx(
        1.1215, abs=2e-4
    )
    for sign in (1, -1):
        down = 0.5 * np.pi - sign * 0.25 * np.pi
        found = along(
            weight_functions.edge_rule(sign * 0.25 * np.pi),
            lambda x: np.array([STRESS, 0.0, 0.0]),
            down,
        )[0]
        assert found / (STRESS * ROOT) == approx([0.705, -sign * 0.3645], abs=1e-3)
    # The handbook's weight function for a flaw along the normal, in a steep field.
    steep = lambda x: (
        np.stack([0 * x[:, 0], np.exp(-2 * x[:, 0] / A), 0 * x[:, 0]], axis=1) * STRESS
    )
    depth, _ = edge_flaw.edge_flaw_rule()
    handbook = edge_flaw.edge_flaw_intensity(STRESS * np.exp(-2 * depth), A)
    assert along(rule, steep)[0, 0] == approx(handbook, rel=5e-3)


def test_edge_rule_converges():
    """Breaks when the dislocations' rule stops short: the error against 1.12152 falls as 1/n or
    faster."""
    counts = np.array([16, 32, 64])
    unit = lambda n: (
        along(weight_functions.edge_rule(0.0, n), lambda x: np.array([0.0, 1.0, 0.0]))[0, 0] / ROOT
    )
    errors = [1.12152 - unit(int(n)) for n in counts]
    assert -np.polyfit(np.log(counts), np.log(errors), 1)[0] == approx(1.9, abs=0.4)
    with pytest.raises(ValueError, match="45 from the normal"):
        weight_functions.edge_rule(1.0)


def test_turning_the_axes_changes_nothing():
    """Breaks when a traction's sign depends on the frame: stress and flaw turned together."""
    generator, turn = np.random.default_rng(4), 0.8
    stress = generator.normal(size=3)
    tensor = np.array([[stress[0], stress[2]], [stress[2], stress[1]]])
    r = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = r @ tensor @ r.T
    one = weight_functions.traction(stress, np.array([1.0, 0.0]))
    assert one == approx([stress[1], stress[2]])
    assert weight_functions.traction(turned[[0, 1, 0], [0, 1, 1]], r[:, 0]) == approx(one)


def test_closed_flaws():
    """Breaks when faces pass through each other, or friction is felt: K_I >= 0, the slide
    unchanged; bounds in order."""
    place, weights = weight_functions.slit_rule()
    pressed = np.stack([-STRESS * np.ones_like(place), STRESS * np.ones_like(place)], axis=1)
    linear, upper = weight_functions.intensity_bounds(weights, pressed, A)
    assert linear[:, 0] == approx(0.0) and upper[:, 0] == approx(0.0)
    assert linear[:, 1] == approx(STRESS * ROOT)
    bent = np.stack([STRESS * place, 0 * place], axis=1)
    linear, upper = weight_functions.intensity_bounds(weights, bent, A)
    assert linear[:, 0] == approx([0.5 * STRESS * ROOT, 0.0])
    # Tension on one half only: 1/2 + 1/pi of the far end's weight... by quadrature.
    assert upper[0, 0] == approx(STRESS * ROOT * (0.25 + 1 / np.pi), rel=5e-3)
    assert np.all(upper[:, 0] >= linear[:, 0])


@given(one=st.floats(-1.0, 1.0), two=st.floats(-1.0, 1.0))
@settings(max_examples=60, deadline=None)
def test_hoop_stress(one, two):
    """Breaks when the kink's angle is not the largest hoop stress."""
    modes = np.array([one, two])
    angle = np.linspace(-np.pi, np.pi, 20001)
    half, opens = 0.5 * angle, max(one, 0.0)
    hoop = np.cos(half) * (opens * np.cos(half) ** 2 - 1.5 * two * np.sin(angle))
    assert weight_functions.hoop_intensity(modes) == approx(hoop.max(), abs=1e-6)


def test_hoop_stress_by_numbers():
    """Breaks when the pure modes are off: K_I; 1.155 K_II at 70.5 degrees; G of both."""
    assert weight_functions.hoop_intensity(np.array([2.0, 0.0])) == approx(2.0)
    assert weight_functions.hoop_intensity(np.array([0.0, 1.0])) == approx(2 / np.sqrt(3))
    assert np.rad2deg(weight_functions.kink_angle(np.array([0.0, 1.0]))) == approx(-70.53, abs=0.01)
    assert energy_release_rate(3.0, 4.0, 10.0, 0.5) == approx(25 * 0.75 / 10)
    assert energy_release_rate(-3.0, 4.0, 10.0, 0.5) == approx(16 * 0.75 / 10)


@pytest.mark.parametrize("exponent", [2.0, 4.0, 11.0])
@pytest.mark.parametrize(
    ("cycles", "accelerated"), [(1, False), (7, True), (400, False), (400, True)]
)
def test_growth_at_constant_range(exponent, cycles, accelerated):
    """Breaks when the numbers of cycles do not meet the closed form, in one jump or in many."""
    rate, geometry, start = 1e-9, 1.1215, 1e-6
    limit = paris.critical_size(STRESS, geometry, KIC)
    sizes = np.geomspace(start, 1.2 * limit, 400)
    intensity = (geometry * STRESS * np.sqrt(np.pi * sizes))[None]
    law = KIC, rate, exponent
    whole = paris.cycles_to(limit, start, STRESS, geometry, *law, accelerated)
    count, size = 0.7 * whole, np.array([start])
    for _ in range(cycles):
        size, life = paris.grow(
            size, count / cycles, sizes, intensity, 0 * intensity, *law, accelerated=accelerated
        )
    assert paris.cycles_to(size[0], start, STRESS, geometry, *law, accelerated) == approx(
        count, rel=2e-3
    )
    assert np.isinf(life[0])
    _, life = paris.grow(
        np.array([start]), 1e30, sizes, intensity, 0 * intensity, *law, accelerated=accelerated
    )
    assert life[0] == approx(whole, rel=3e-3)
    if accelerated:
        assert whole < 0.95 * paris.cycles_to(limit, start, STRESS, geometry, *law)


def test_threshold_and_closure():
    """Breaks when a flaw grows below its threshold, when compression counts as range, or the step
    matters."""
    assert paris.intensity_range(2.0, -5.0) == 2.0
    assert paris.intensity_range(-1.0, -5.0) == 0.0
    assert paris.advance(np.array([0.9, 1.1]), 2.0, 1e-9, 2.0, 1.0) == approx([0.0, 1e-9 * 0.55**2])
    sizes, large = np.array([1e-6, 2e-6]), np.array([[0.9, 1.0]])
    size, life = paris.grow(np.array([1e-6]), 1e9, sizes, large, 0 * large, 2.0, 1e-9, 2.0, 1.0)
    assert size[0] == 1e-6 and np.isinf(life[0])
    # A flaw that grows out of its drive comes to rest where the range meets the threshold.
    falls = np.array([[1.2, 0.8]])
    size, life = paris.grow(np.array([1e-6]), 1e15, sizes, falls, 0 * falls, 2.0, 1e-9, 2.0, 1.0)
    assert size[0] == approx(1.5e-6, rel=0.01) and np.isinf(life[0])


@pytest.mark.parametrize("law", weakest_link.LAWS)
def test_scatter_of_toughness(law):
    """Breaks when a law has another mean, deviation or share than asked for."""
    generator = np.random.default_rng(5)
    drawn = weakest_link.draw_toughness(KIC, 0.17, law, generator, 200_000)
    assert drawn.mean() == approx(KIC, rel=2e-3)
    assert drawn.std() == approx(0.17 * KIC, rel=1e-2)
    levels = KIC * np.array([0.7, 1.0, 1.2])
    found = weakest_link.failing_share(levels, KIC, 0.17, law)
    assert found == approx([(drawn <= level).mean() for level in levels], abs=4e-3)
    assert weakest_link.failing_share(levels, KIC) == approx([0.0, 1.0, 1.0])
    assert weakest_link.failing_share(-KIC, KIC, 0.17, law) == 0.0
    with pytest.raises(ValueError, match="weibull, normal"):
        weakest_link.failing_share(levels, KIC, 0.1, "log")


def test_weibull_modulus():
    """Breaks when the modulus does not give its deviation: s = 1 is the exponential law; 0.17 is
    6.9."""
    assert weakest_link.weibull_modulus(1.0) == approx(1.0, rel=1e-9)
    assert weakest_link.weibull_modulus(0.17) == approx(6.9, abs=0.05)
    with pytest.raises(ValueError, match="between"):
        weakest_link.weibull_modulus(0.001)


def test_two_parameter_weibull_strength():
    """Breaks when the weakest link is not the closed form: 1 - exp(-V/V0 (s/s0)^m), and 1/(m + 1)
    of it in bending."""
    modulus, scale = 8.0, 50e6
    uniform = weakest_link.weibull_failure(
        np.full(5, 30e6), np.full(5, 0.2), 3e-15, scale, modulus, 1e-15
    )
    assert uniform == approx(1 - np.exp(-3 * 0.6**8))
    node, weight = np.polynomial.legendre.leggauss(12)
    bent = weakest_link.weibull_failure(
        60e6 * 0.5 * (node + 1), 0.5 * weight, 1e-15, scale, modulus, 1e-15
    )
    assert bent == approx(1 - np.exp(-(1.2**8) / 9), rel=1e-6)


def test_flaw_sizes_give_weibull_strength():
    """Breaks when the share of failing sizes is wrong: slits in a uniform stress are Weibull links
    with modulus twice the shape.

    With P(a > x) = exp(-(x/scale)^shape) and a_c = (K_Ic/s)^2/pi: N = rho V
    exp(-(a_c/scale)^shape).
    """
    scale, shape, density, volume = 2e-6, 1.5, 1e16, 1e-12
    stress = 80e6
    critical = (KIC / stress) ** 2 / np.pi
    sizes = weakest_link.size_nodes(scale, shape)
    share = weakest_link.running_share(
        stress * np.sqrt(np.pi * sizes)[None], sizes, scale, shape, KIC
    )
    found = weakest_link.expected_failures(share, density, volume, np.ones(1))
    assert found == approx(1e4 * np.exp(-((critical / scale) ** shape)), rel=1e-9)


def test_weakest_link_against_draws():
    """Breaks when sizes, places and toughness are not combined as drawn flaws are: a Poisson
    number, each its own."""
    generator, deviation = np.random.default_rng(6), 0.25
    sizes = weakest_link.size_nodes(1e-6, 2.0)
    places, weight = np.array([1.0, 0.6, 0.2]), np.array([0.2, 0.3, 0.5])
    intensity = 80e6 * places[:, None] * np.sqrt(np.pi * sizes)
    share = weakest_link.running_share(intensity, sizes, 1e-6, 2.0, KIC, deviation)
    expected = weakest_link.expected_failures(share, 40.0, 1.0, weight)
    failed, trials = 0, 20_000
    numbers = generator.poisson(40.0, trials)
    place = generator.choice(3, numbers.sum(), p=weight)
    size = 1e-6 * generator.weibull(2.0, numbers.sum())
    tough = weakest_link.draw_toughness(KIC, deviation, "weibull", generator, numbers.sum())
    runs = 80e6 * places[place] * np.sqrt(np.pi * size) >= tough
    failed = np.logical_or.reduceat(runs, np.concatenate([[0], np.cumsum(numbers)[:-1]])).mean()
    assert weakest_link.failure_probability(expected) == approx(failed, abs=0.015)
    assert 0.1 < failed < 0.9
