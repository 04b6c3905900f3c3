"""Plated lithium and interphases: thickness, opening and resistance against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics.interfaces import interphase
from compare import approx


def test_plated_lithium():
    """Breaks when Faraday's law or its sign is wrong: 4.85 um per mAh/cm2, stripping takes the same
    away."""
    charge = 3.6 / 1e-4
    assert interphase.plated_thickness(charge, 13.0e-6) == approx(4.85e-6, abs=0.005e-6)
    assert interphase.plated_thickness(-charge, 13.0e-6) == -interphase.plated_thickness(
        charge, 13.0e-6
    )


def test_closed_forms_from_nothing():
    """Breaks when an interphase does not follow k sqrt(t) or k t."""
    times = np.array([1.0, 100.0, 1e6])
    assert interphase.passivating_thickness(0.0, times, 2e-11) == approx(
        2e-11 * np.sqrt(times), rel=1e-14
    )
    assert interphase.mixed_conducting_thickness(0.0, times, 2e-14) == approx(
        2e-14 * times, rel=1e-14
    )


@pytest.mark.parametrize(
    "advance, rate",
    [(interphase.passivating_thickness, 2e-11), (interphase.mixed_conducting_thickness, 3e-14)],
)
@given(st.floats(0.0, 1e-7), st.lists(st.floats(0.1, 1e5), min_size=1, max_size=20))
def test_growth_does_not_depend_on_the_time_step(advance, rate, start, steps):
    """Breaks when the thickness after many steps differs from that after one."""
    thickness = start
    for dt in steps:
        thickness = advance(thickness, dt, rate)
    assert thickness == approx(float(advance(start, sum(steps), rate)), rel=1e-12)


def test_passivation_obeys_its_rate_equation():
    """Breaks when a thick layer grows as fast as a thin one: dL/dt = k^2/(2 L)."""
    thickness, rate, dt = np.array([1e-9, 1e-8, 1e-7]), 2e-11, 1e-4
    slope = (interphase.passivating_thickness(thickness, dt, rate) - thickness) / dt
    assert slope == approx(rate**2 / (2 * thickness), rel=1e-3)


def test_imposed_opening_by_volume():
    """Breaks when the opening is not formed minus consumed thickness, or swelling pulls instead of
    pushes."""
    consumed, change = 40e-9, 0.25
    formed = consumed * (1 + change)
    assert interphase.imposed_opening(formed, change) == approx(formed - consumed, rel=1e-14)
    assert interphase.imposed_opening(formed, -0.2) == approx(-0.25 * formed, rel=1e-14)
    assert interphase.imposed_opening(formed, 0.0) == 0.0
    with pytest.raises(ValueError, match="volume_change"):
        interphase.imposed_opening(formed, np.array([0.1, -1.0]))


def test_series_resistance():
    """Breaks when thickness and conductivity are swapped: 10 nm of 1e-7 S/m is 0.1 ohm m2 = 1000
    ohm cm2."""
    assert interphase.series_resistance(10e-9, 1e-7) == approx(0.1, rel=1e-14)
