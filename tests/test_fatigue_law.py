"""Cyclic degradation against closed forms under fixed opening and fixed traction, and jumps over
cycles."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemomech.physics.interfaces.fatigue import (
    FatigueParameters,
    cycle_jump,
    fatigue_dissipation,
    fatigue_step,
)
from compare import approx
from rates import fitted_order

STIFFNESS, STRENGTH = 1e15, 50e6
ONSET = STRENGTH / STIFFNESS
AMPLITUDE = 0.6 * ONSET


def values(length=100 * ONSET, endurance=0.25, threshold=0.0):
    return FatigueParameters(length, endurance, threshold)


def travel(path, parameters, damage=0.0, accumulated=0.0):
    """Damage and way after a path of openings below the onset, traction (1 - D) K lambda."""
    damage, accumulated = np.asarray(damage, dtype=float), np.asarray(accumulated, dtype=float)
    for start, end in itertools.pairwise(path):
        traction = (1.0 - damage) * STIFFNESS * end
        damage, accumulated = fatigue_step(
            end, start, traction, STRENGTH, damage, accumulated, parameters
        )
    return damage, accumulated


def cycle(amplitude, steps):
    """Openings of one cycle 0 - amplitude - 0."""
    up = np.linspace(0.0, 1.0, steps + 1)
    return np.concatenate([up, up[-2::-1]]) * amplitude


def per_cycle(p, amplitude=AMPLITUDE):
    """K (lambda_a - lambda_e)^2/(sigma delta_sigma)."""
    reach = max(amplitude - p.endurance * ONSET, 0.0)
    return STIFFNESS * reach**2 / (STRENGTH * p.accumulated_length)


@pytest.mark.parametrize("steps", [1, 3, 16])
@pytest.mark.parametrize("endurance", [0.0, 0.25, 0.6, 0.9])
def test_opening_control_meets_its_closed_form_in_any_steps(steps, endurance):
    """Breaks when a factor of the law is wrong, or a step counts another traction than the one
    along its way."""
    p = values(endurance=endurance)
    damage, accumulated = travel(np.linspace(0.0, AMPLITUDE, steps + 1), p)
    assert damage == approx(0.5 * per_cycle(p), rel=1e-12, abs=1e-16)
    assert accumulated == approx(AMPLITUDE, rel=1e-12)
    # Back to a little above zero, where the traction still tells the stiffness.
    back, _ = travel(np.linspace(AMPLITUDE, 1e-6 * AMPLITUDE, steps + 1), p)
    assert back == approx(0.5 * per_cycle(p), rel=1e-11, abs=1e-16)


def test_opening_control_adds_the_same_every_cycle():
    """Breaks when the drive depends on the damage under a fixed opening amplitude."""
    p, damage, accumulated, grown = values(), 0.0, 0.0, []
    for _ in range(200):
        after, accumulated = travel(cycle(AMPLITUDE, 40), p, damage, accumulated)
        grown.append(float(after - damage))
        damage = after
    assert grown == approx([grown[0]] * 200, rel=1e-9)
    # Only the last step down to zero, below the endurance here, is not exact.
    assert grown[0] == approx(per_cycle(p), rel=1e-9)
    assert damage == approx(200 * per_cycle(p), rel=1e-9)
    assert accumulated == approx(400 * AMPLITUDE, rel=1e-12)


def loaded_cycle(traction, damage, accumulated, p, steps=20):
    """One cycle of traction 0 - traction - 0."""
    opening = np.zeros_like(damage)
    for share in cycle(1.0, steps)[1:]:
        now = share * traction
        new = now / ((1.0 - damage) * STIFFNESS)
        damage, accumulated = fatigue_step(new, opening, now, STRENGTH, damage, accumulated, p)
        # The opening grows with the damage at once: its way belongs to the next step.
        opening = new
    return damage, accumulated


def test_traction_control_accelerates_to_its_closed_form():
    """Breaks when the traction is not measured against the degraded strength: (1 - D)^3 = 1 - 3 A
    N."""
    rate, traction = np.array([1e-3, 5e-4]), 0.5 * STRENGTH
    p = values(traction**2 / (STIFFNESS * STRENGTH * rate), endurance=0.0)
    damage, accumulated = np.zeros(2), np.zeros(2)
    for number in range(1, 281):
        damage, accumulated = loaded_cycle(traction, damage, accumulated, p)
        if number in (100, 200, 280):
            exact = 1.0 - (1.0 - 3.0 * rate * number) ** (1.0 / 3.0)
            assert damage == approx(exact, rel=6e-3)
    assert damage[0] > 0.45


def test_no_damage_below_the_endurance_or_the_threshold():
    """Breaks when a traction below C_f sigma or a way below delta_0 damages, or one just above does
    not."""
    p = values(endurance=0.61)
    damage, _ = travel(np.tile(cycle(AMPLITUDE, 10), 5), p)
    assert damage == 0.0
    assert travel(cycle(AMPLITUDE, 100), values(endurance=0.59))[0] > 0.0
    late = values(threshold=3.0 * AMPLITUDE)
    early, accumulated = travel(
        np.concatenate([cycle(AMPLITUDE, 10), np.linspace(0, AMPLITUDE, 11)[1:]]), late
    )
    assert early == approx(0.0, abs=1e-14)
    after, _ = travel(cycle(AMPLITUDE, 100)[100:], late, early, accumulated)
    assert after == approx(0.5 * per_cycle(late), rel=2e-2)


def test_only_the_way_beyond_the_threshold_damages():
    """Breaks when the step that crosses the threshold counts wholly or not at all."""
    p = values(endurance=0.0, threshold=0.75 * AMPLITUDE)
    damage, _ = travel([0.0, AMPLITUDE], p)
    mean = 0.5 * (0.75 + 1.0) * AMPLITUDE / ONSET
    assert damage == approx(0.25 * AMPLITUDE / p.accumulated_length * mean, rel=1e-12)


@given(
    st.lists(st.floats(0.0, 5.0), min_size=2, max_size=12), st.floats(0.0, 1.0), st.floats(0.0, 1.0)
)
def test_damage_stays_a_fraction_and_never_falls(path, start, endurance):
    """Breaks when damage heals, passes 1 or turns into no number on a broken point."""
    p, damage, accumulated = values(0.3 * ONSET, endurance), start, 0.0
    for pair in itertools.pairwise(path):
        after, accumulated = travel(np.array(pair) * ONSET, p, damage, accumulated)
        assert damage <= after <= 1.0
        damage = after


def test_dissipation_is_the_stored_energy_lost():
    """Breaks when the energy of the degraded cohesion is not what its stored energy loses at a
    frozen opening."""
    start, end = np.array([0.0, 0.2, 0.5, 1.0]), np.array([0.1, 0.2, 1.0, 1.0])
    stored = 0.5 * STIFFNESS * AMPLITUDE**2 * (1.0 - start)
    left = 0.5 * STIFFNESS * AMPLITUDE**2 * (1.0 - end)
    assert fatigue_dissipation(stored, start, end) == approx(stored - left, rel=1e-12, abs=1e-300)


def test_jump_is_exact_for_a_parabola():
    """Breaks when a term of the extrapolation is wrong, or the longest allowed jump is not
    taken."""
    number = np.arange(3.0)[:, None]
    slope, bend = np.array([1e-3, 2e-3, 1e-4]), np.array([5e-5, -1e-5, 0.0])

    def damage(n):
        return 0.1 + slope * n + bend * n**2

    way = number * np.array([1.0, 2.0, 3.0]) * 1e-9
    growth = damage(2.0 + np.arange(0, 80)[:, None]) - damage(2.0)
    for increment in np.linspace(0.002, 0.1, 50):
        jump = cycle_jump(damage(number), way, increment, 1000, values())
        assert jump.cycles == np.flatnonzero(growth.max(axis=1) <= increment)[-1]
        assert jump.damage == approx(damage(2.0 + jump.cycles), rel=1e-12)
        assert jump.accumulated == approx((2.0 + jump.cycles) * way[1], rel=1e-12)
    assert cycle_jump(damage(number), way, 0.03, 4, values()).cycles == 4


def test_jump_neither_heals_nor_waits_for_the_broken():
    """Breaks when a slowing point is carried past its vertex, a broken one blocks, or idle points
    bound the jump."""
    damage = np.array([[0.1, 0.8, 0.3, 0.14], [0.2, 0.9, 0.3, 0.18], [0.21, 1.0, 0.3, 0.20]])
    jump = cycle_jump(damage, np.zeros((3, 4)), 0.5, 50, values())
    assert jump.cycles == 50
    # The last one's parabola, 0.02 n - 0.01 n (n + 1), is highest at n = 1/2.
    assert jump.damage == approx([0.21, 1.0, 0.3, 0.2025])
    nearly = np.array([[0.9], [0.93], [0.96]])
    assert cycle_jump(nearly, np.zeros((3, 1)), 1.0, 50, values()).damage == 1.0


def test_jump_stops_before_a_threshold():
    """Breaks when a point whose damage has not begun is carried past its beginning."""
    way = np.array([[0.0], [1e-9], [2e-9]])
    jump = cycle_jump(np.zeros((3, 1)), way, 0.01, 10**6, values(threshold=10.5e-9))
    assert jump.cycles == 8
    assert jump.accumulated == approx(10e-9)


def jumped(cycles, increment, traction, p):
    """Damage after a number of cycles, three computed between two jumps; and how many were
    computed."""
    damage, accumulated = [np.zeros(3)], [np.zeros(3)]
    done, computed = 0, 0
    while done < cycles:
        if len(damage) == 3 and done + 1 < cycles:
            jump = cycle_jump(np.array(damage), np.array(accumulated), increment, cycles - done, p)
            if jump.cycles:
                done += jump.cycles
                damage, accumulated = [jump.damage], [jump.accumulated]
                continue
        after, way = loaded_cycle(traction, damage[-1], accumulated[-1], p, steps=6)
        damage, accumulated = [*damage, after][-3:], [*accumulated, way][-3:]
        done, computed = done + 1, computed + 1
    return damage[-1], computed


def test_jumping_agrees_with_cycle_by_cycle():
    """Breaks when skipped cycles are lost or miscounted; the error falls with the square of the
    increment."""
    traction = np.array([0.5, 0.4, 0.1]) * STRENGTH
    p = values(1.0 / 1.5e-4 * 0.25 * ONSET, endurance=0.0)
    every, computed = jumped(2000, 0.0, traction, p)
    assert computed == 2000
    increments, errors = (0.08, 0.04, 0.02), []
    for increment in increments:
        damage, computed = jumped(2000, increment, traction, p)
        errors.append(np.abs(damage - every).max())
        assert computed < 200
    assert every[0] > 0.5
    assert errors[0] < 0.02
    assert fitted_order(increments, errors) == approx(2.0, abs=0.5)


def test_bad_fatigue_parameters_are_refused():
    """Breaks when a length of zero or a negative limit gives numbers."""
    with pytest.raises(ValueError, match="accumulated_length"):
        values(length=0.0)
    with pytest.raises(ValueError, match="endurance"):
        values(endurance=-0.1)
