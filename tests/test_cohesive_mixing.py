"""Rules that carry fracture energy and strength from mode I to mode II."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics.interfaces.cohesive import (
    COHESIVE_LAWS,
    MODE_MIXITY,
    EffectiveParameters,
    benzeggagh_kenane,
    power_law,
)
from compare import approx
from rates import EXPECTED, taylor_order

every_rule = pytest.mark.parametrize("rule", MODE_MIXITY.values(), ids=MODE_MIXITY)
values = st.floats(0.1, 10.0)


@every_rule
@given(normal=values, shear=values, exponent=st.floats(0.6, 4.0), share=st.floats(0.0, 1.0))
def test_values_lie_between_finite_ends(rule, normal, shear, exponent, share):
    """Breaks when a pure mode has not its own value, or a mix is not finite and positive."""
    ends = rule(np.array([0.0, 1.0]), normal, shear, exponent)
    assert ends[0] == approx([normal, shear], rel=1e-13)
    value, slope = rule(np.array(share), normal, shear, exponent)
    assert 0 < value < np.inf and np.isfinite(slope)
    if rule is benzeggagh_kenane:
        assert min(normal, shear) * (1 - 1e-12) <= value <= max(normal, shear) * (1 + 1e-12)


@every_rule
@given(normal=values, shear=values, exponent=st.floats(0.6, 4.0), share=st.floats(0.05, 0.95))
def test_rules_grow_with_both_ends(rule, normal, shear, exponent, share):
    """Breaks when a tougher mode makes a mix weaker: the softening branch would not exist between
    the modes."""
    base = rule(share, normal, shear, exponent)[0]
    assert rule(share, 1.1 * normal, shear, exponent)[0] >= base * (1 - 1e-14)
    assert rule(share, normal, 1.1 * shear, exponent)[0] >= base * (1 - 1e-14)
    assert rule(share, 1.1 * normal, 1.1 * shear, exponent)[0] == approx(1.1 * base, rel=1e-12)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_formulas(share):
    """Breaks when a rule is not its published formula."""
    assert benzeggagh_kenane(share, 2.0, 5.0, 1.8)[0] == approx(2.0 + 3.0 * share**1.8, rel=1e-14)
    for alpha in (1.0, 1.6):
        value = power_law(share, 2.0, 5.0, alpha)[0]
        # The energies of both modes at the share, (1 - B) v and B v, fulfil (G_I/G_Ic)^a +
        # (G_II/G_IIc)^a = 1.
        assert ((1 - share) * value / 2.0) ** alpha + (share * value / 5.0) ** alpha == approx(
            1.0, rel=1e-13
        )


@every_rule
@pytest.mark.parametrize("exponent", [0.8, 1.0, 1.8, 3.0])
def test_slopes(rule, exponent):
    """Breaks when a slope is not the derivative of the value."""
    for share in (0.2, 0.5, 0.85):
        slope = rule(share, 2.0, 5.0, exponent)[1]
        if rule is benzeggagh_kenane and exponent == 1.0:
            assert slope == 3.0
            continue
        order = taylor_order(
            lambda h, b=share: rule(b + h, 2.0, 5.0, exponent)[0], slope, 0.02 / 2.0 ** np.arange(6)
        )
        expected, distance = EXPECTED["Taylor remainder"]
        assert abs(order - expected) <= distance


def test_power_law_for_the_onset_is_the_quadratic_stress_criterion():
    """Breaks when the rule is not applied to the squared onset opening."""
    law = COHESIVE_LAWS["bilinear"](1e3, 30.0, 45.0, 2.0, 5.0, 1.0, "power_law", residual=0.0)
    for angle in np.linspace(0.0, 0.5 * np.pi, 7):
        path = np.outer(np.linspace(0.02, 0.06, 40001), [np.cos(angle), np.sin(angle)])
        response = law(path, law.initial_history(np.zeros(len(path))), np.inf)
        first = np.argmax(response.history[:, 0] > 0)
        normal, shear = response.traction[first]
        assert (normal / 30.0) ** 2 + (shear / 45.0) ** 2 == approx(1.0, abs=1e-4)


def test_a_constant_only_where_it_is_one():
    """Breaks when a law counts as symmetric though its rule depends on the share for equal modes
    too."""
    for maker in ("bilinear", "exponential"):
        for mode_mixity, exponent, symmetric in (
            ("benzeggagh_kenane", 1.8, True), ("power_law", 1.0, True), ("power_law", 1.5, False),
        ):  # fmt: skip
            law = COHESIVE_LAWS[maker](1e3, 30.0, 30.0, 2.0, 2.0, exponent, mode_mixity)
            assert law.symmetric == symmetric
        assert not COHESIVE_LAWS[maker](1e3, 30.0, np.array([30.0, 31.0]), 2.0, 2.0).symmetric
        assert not COHESIVE_LAWS[maker](1e3, 30.0, 30.0, 2.0, np.array([2.0, 2.1])).symmetric


def test_rules_by_name_or_function():
    """Breaks when a misspelt rule is taken for another, or a user's own is not taken."""
    good = (1e3, 30.0, 45.0, 2.0, 5.0)
    assert EffectiveParameters(*good, 2.0, "power_law").mode_mixity is power_law

    def even(share, normal, shear, exponent):
        return normal + (shear - normal) * share, shear - normal

    assert EffectiveParameters(*good, 2.0, even).mode_mixity is even
    with pytest.raises(
        ValueError,
        match="no rule of mode mixity 'powerlaw'; choose one of benzeggagh_kenane, power_law",
    ):
        EffectiveParameters(*good, 2.0, "powerlaw")


@pytest.mark.parametrize("exponent", [0.0, 0.5, -1.0])
def test_exponents_without_a_bounded_tangent_are_refused(exponent):
    """Breaks when a tangent without bound near a pure mode reaches the solver."""
    with pytest.raises(ValueError, match="mode_mixity_exponent must"):
        COHESIVE_LAWS["bilinear"](1e3, 30.0, 45.0, 2.0, 5.0, exponent)
