"""Equilibrium potentials: published values, derivatives, tables and what stress adds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.materials import MaterialError, load_material
from chemomech.physics.electrochemistry import equilibrium
from chemomech.units.constants import FARADAY, GAS_CONSTANT
from compare import approx
from rates import EXPECTED, taylor_order

T = 298.15
X = np.array([0.27, 0.35, 0.47, 0.65, 0.77, 0.88])
TABLE = equilibrium.from_table([0.9, 0.6, 0.4, 0.2], [3.5, 3.7, 4.0, 4.45])
POTENTIALS = {
    **equilibrium.EQUILIBRIUM_POTENTIALS,
    "table": TABLE,
    "ideal solution": equilibrium.plateau(3.0, 1.0, 350.0),
}


def check_taylor(function, derivative, scale=0.01):
    """Second-order remainder of an array function of a change."""
    expected, distance = EXPECTED["Taylor remainder"]
    assert (
        abs(taylor_order(function, derivative, scale / 2.0 ** np.arange(1, 7)) - expected)
        <= distance
    )


def test_nmc811_meets_its_published_values():
    """Breaks when a coefficient is mistyped."""
    value = equilibrium.equilibrium_potential("NMC811 Chen 2020")(np.array([0.3, 0.5, 0.9])).value
    assert value == approx([4.2054, 3.9720, 3.5682], abs=5e-5)


@pytest.mark.parametrize("name", sorted(POTENTIALS))
def test_slope_and_curvature(name):
    """Breaks when a derivative is not that of the value."""
    potential = POTENTIALS[name]
    now = potential(X)
    for k, x in enumerate(X):
        check_taylor(lambda h, at=x: potential(at + h).value, now.slope[k])
        step = 1e-5
        ahead, behind = potential(x + step).slope, potential(x - step).slope
        assert now.curvature[k] == approx((ahead - behind) / (2 * step), rel=1e-5)


@pytest.mark.parametrize("name", sorted(POTENTIALS))
def test_potential_falls_with_lithium_everywhere(name):
    """Breaks when an electrode would be unstable, jumps, or is not finite on a solver's way outside
    0 to 1."""
    x = np.linspace(-1.0, 2.0, 30001)
    now = POTENTIALS[name](x)
    assert np.all(np.isfinite(now))
    assert np.all(np.diff(now.value) <= 0.0) and np.all(now.slope <= 0.0)
    inside = (x > 1e-3) & (x < 1 - 1e-3)
    assert np.all(np.diff(now.value[inside]) < 0.0)
    trapezoid = 0.5 * (now.slope[1:] + now.slope[:-1]) * np.diff(x)
    assert np.diff(now.value)[inside[1:]] == approx(trapezoid[inside[1:]], rel=0.05)


def test_plateau_is_an_ideal_solution_of_groups():
    """Breaks when the plateau's level, its flatness or its ends are wrong."""
    names = {
        "LFP plateau (idealised)": 3.42,
        "LTO plateau (idealised)": 1.55,
        "Li-In plateau (idealised)": 0.62,
    }
    for name, level in names.items():
        potential = equilibrium.equilibrium_potential(name)
        assert potential(0.5).value == approx(level, abs=1e-14)
        assert potential(0.1).value - level == approx(
            0.1 * GAS_CONSTANT * T / FARADAY * np.log(9.0)
        )
        # The ends are steep: 1e-4 beyond the last filled site is more than 0.2 V away.
        assert potential(-1e-4).value > level + 0.2 and potential(1 + 1e-4).value < level - 0.2
    for groups in (1.0, 4.0, 25.0):
        now = equilibrium.plateau(3.0, groups, 350.0)(X)
        assert equilibrium.thermodynamic_factor(now, X, 350.0)[0] == approx(1.0 / groups, rel=1e-12)
    with pytest.raises(ValueError, match=r"cooperativity: given 0.5"):
        equilibrium.plateau(3.0, 0.5)


@pytest.mark.parametrize("share", [2e-6, 5e-7, -3e-4])
@pytest.mark.parametrize("full", [False, True])
def test_plateau_ends(full, share):
    """Breaks when the tangent that follows the logarithm has another slope, value or curvature."""
    potential, x = equilibrium.plateau(3.0, 5.0), 1.0 - share if full else share
    step = 0.2 * abs(share)
    ahead, now, behind = potential(x + step), potential(x), potential(x - step)
    assert now.slope == approx((ahead.value - behind.value) / (2 * step), rel=2e-2)
    assert now.curvature == approx((ahead.slope - behind.slope) / (2 * step), rel=1e-1, abs=1e-3)
    end = equilibrium.SMALLEST_SHARE * np.array([1 - 1e-9, 1 + 1e-9])
    edge = potential(1.0 - end if full else end)
    assert edge.value[0] == approx(edge.value[1], rel=1e-9)
    assert edge.slope[0] == approx(edge.slope[1], rel=1e-8)


def test_unknown_name_lists_the_known():
    """Breaks when a misspelt electrode is not told which exist."""
    with pytest.raises(ValueError, match=r"unobtainium.*NMC811 Chen 2020"):
        equilibrium.equilibrium_potential("unobtainium")


def test_table_meets_its_points_and_goes_on_straight():
    """Breaks when points are missed, sorted wrongly, or the ends bend or jump."""
    assert TABLE(np.array([0.2, 0.4, 0.6, 0.9])).value == approx([4.45, 4.0, 3.7, 3.5], rel=1e-14)
    for end, outward in ((0.2, -1.0), (0.9, 1.0)):
        edge, beyond = TABLE(end), TABLE(end + outward * np.array([0.1, 0.4]))
        assert beyond.value == approx(
            edge.value + edge.slope * outward * np.array([0.1, 0.4]), rel=1e-14
        )
        assert np.all(beyond.slope == edge.slope) and not np.any(beyond.curvature)
        assert edge.slope < 0.0


@given(
    st.lists(st.floats(1e-3, 1.0), min_size=2, max_size=12),
    st.lists(st.floats(1e-3, 1.0), min_size=12, max_size=12),
)
def test_any_falling_table_gives_a_falling_potential(gaps, drops):
    """Breaks when the interpolation overshoots between points of some table."""
    x = 0.999 * np.cumsum(gaps) / np.sum(gaps)
    values = 4.5 - np.cumsum(drops[: len(gaps)])
    now = equilibrium.from_table(x, values)(np.linspace(-0.5, 1.5, 500))
    assert (
        np.all(np.isfinite(now))
        and np.all(now.slope <= 0.0)
        and np.all(np.diff(now.value) <= 1e-12)
    )


@pytest.mark.parametrize(
    "x, values, message",
    [
        (
            [0.1, 0.5, 0.9],
            [4.0, 3.5, 3.6],
            "must fall with lithium: 3.5 V at x = 0.5, 3.6 V at 0.9",
        ),
        ([0.1, 0.9], [4.0, 4.0], "must fall with lithium"),
        ([0.1, 0.1, 0.9], [4.0, 3.9, 3.5], "0.1 stands twice"),
        ([0.1, 1.2], [4.0, 3.5], "accepted 0 to 1"),
        ([-0.1, 0.9], [4.0, 3.5], "accepted 0 to 1"),
        ([0.1], [4.0], "two or more"),
        ([0.1, 0.5, 0.9], [4.0, 3.5], "two or more"),
        ([0.1, 0.5], [4.0, np.nan], "not finite"),
    ],
)
def test_bad_tables_are_refused(x, values, message):
    """Breaks when a table without a physical meaning is interpolated all the same."""
    with pytest.raises(ValueError, match=message):
        equilibrium.from_table(x, values)


def test_tension_raises_the_potential():
    """Breaks when stress enters with the wrong sign or size: -F U_eff must be mu = -F U - Omega
    sigma_h."""
    stress, volume = np.array([-2e8, 0.0, 3e8]), 4.5e-6
    mu = -FARADAY * 3.9 - volume * stress
    assert 3.9 + equilibrium.stress_shift(stress, volume) == approx(-mu / FARADAY, rel=1e-15)
    assert equilibrium.stress_shift(3e8, volume) == approx(0.01399, rel=1e-3)


@pytest.mark.parametrize("name", sorted(POTENTIALS))
def test_thermodynamic_factor(name):
    """Breaks when the factor is not x (1 - x) dmu/dx over RT, or its derivative misses a term."""
    potential, temperature = POTENTIALS[name], 320.0
    for x in X:
        value, slope = equilibrium.thermodynamic_factor(potential(x), x, temperature)
        step = 1e-5
        mu = [-FARADAY * potential(at).value for at in (x + step, x - step)]
        chemical = (mu[0] - mu[1]) / (2 * step)
        assert value == approx(x * (1 - x) / (GAS_CONSTANT * temperature) * chemical, rel=1e-5)
        ahead = equilibrium.thermodynamic_factor(potential(x + step), x + step, temperature)[0]
        behind = equilibrium.thermodynamic_factor(potential(x - step), x - step, temperature)[0]
        assert slope == approx((ahead - behind) / (2 * step), rel=1e-4, abs=1e-4)
        assert value > 0.0


def test_a_table_of_a_material_is_its_potential():
    """Breaks when a measured curve cannot be given for a material, or is read between its points
    only by a name."""
    table = {
        "stoichiometry": [0.3, 0.5, 0.9],
        "value": ["4.3 V", "3900 mV", "3.5 V"],
        "source": "mine",
        "provenance": "primary source",
    }
    material = load_material({"base": "LCO", "equilibrium_potential": table})
    given = material.equilibrium_potential
    potential = equilibrium.equilibrium_potential(given)
    assert potential(np.array([0.3, 0.5, 0.9])).value == approx([4.3, 3.9, 3.5], rel=1e-12)
    assert equilibrium.fitted_range(given) == (0.3, 0.9)
    written = "4.3 V at 0.3, 3900 mV at 0.5, 3.5 V at 0.9"
    assert material.properties["equilibrium_potential"].text == written


@pytest.mark.parametrize(
    "values, words",
    [
        (["4.3 V", "3.5 V", "3.5 V"], "must fall with lithium; from 3.5 V at 0.5"),
        ([4.3, 3.9, 3.5], "4.3"),
        (["4.3 V", "3.9 V"], "same number of entries"),
        ("4.3 V", "not a list"),
    ],
)
def test_a_wrong_table_of_a_material_is_named(values, words):
    """Breaks when a table without a unit, or one that rises, is taken."""
    table = {"stoichiometry": [0.3, 0.5, 0.9], "value": values}
    with pytest.raises(MaterialError, match="equilibrium_potential") as caught:
        load_material({"base": "LCO", "equilibrium_potential": table})
    assert words in str(caught.value)
