"""Vacancies below the lithium's face: what goes in is there or gone, Sand's time, the limiting current, the bounds."""

import numpy as np
import pytest
from rates import check_order

from chemomech.physics import vacancies
from chemomech.physics.vacancies import advance, graded_column, limiting_rate, sand_time, stored, surface_fraction

DIFFUSIVITY, LIMIT, DEPTH = 1e-14, 0.05, 20e-6


def until_limit(rate, steps, count=400):
    """Time [s] at which the fraction at the face passes the limit, of steps a part of Sand's time long."""
    column = graded_column(DEPTH, DIFFUSIVITY, 10.0 * LIMIT, count)
    dt = sand_time(rate, DIFFUSIVITY, LIMIT) / steps
    fraction, before = np.zeros((1, count)), 0.0
    for number in range(1, 3 * steps):
        uptake = advance(fraction, np.array([rate * dt]), dt, column)
        fraction = uptake.fraction
        here = surface_fraction(fraction, uptake.taken, dt, column)[0]
        if here >= LIMIT:
            return dt * (number - (here - LIMIT) / (here - before))
        before = here
    raise AssertionError("the limit was never met")


def test_sand_time():
    """Breaks when the flux, a factor of pi or 2 or the grid is wrong: first order in the step, to half a per cent."""
    rate = 40 * limiting_rate(DEPTH, DIFFUSIVITY, LIMIT)
    tau, counts = sand_time(rate, DIFFUSIVITY, LIMIT), (25, 50, 100, 200)
    errors = [abs(until_limit(rate, steps) / tau - 1.0) for steps in counts]
    check_order("creep step", 1.0 / np.array(counts), errors)
    assert errors[-1] < 5e-3
    # By hand, i = v F/V: tau = pi D (c F/(2 i))^2 with c = x/V the vacancies per volume.
    current, molar = rate * 96485.33212 / 13e-6, 13e-6
    assert tau == pytest.approx(np.pi * DIFFUSIVITY * (LIMIT / molar * 96485.33212 / (2 * current)) ** 2, rel=1e-9)


@pytest.mark.parametrize("share", [0.9, 1.5, 4.0])
def test_limiting_current(share):
    """Breaks when a finite column takes up more, or less, than D x/L in the long run, or what it cannot take does not
    recede."""
    column = graded_column(DEPTH, DIFFUSIVITY, LIMIT)
    rate, dt = share * limiting_rate(DEPTH, DIFFUSIVITY, LIMIT), DEPTH**2 / DIFFUSIVITY
    fraction = np.zeros((1, 40))
    for _ in range(30):
        uptake = advance(fraction, np.array([rate * dt]), dt, column)
        fraction = uptake.fraction
    expected = min(share, 1.0)
    assert uptake.taken[0] / dt / limiting_rate(DEPTH, DIFFUSIVITY, LIMIT) == pytest.approx(expected, rel=1e-6)
    assert uptake.lost[0] == pytest.approx(uptake.taken[0], rel=1e-6)
    assert uptake.receded[0] / (rate * dt) == pytest.approx(1.0 - expected / share, abs=1e-6)
    # Steady: straight from what the face has to nothing at the sink.
    middle = np.cumsum(column.widths) - 0.5 * column.widths
    assert fraction[0] == pytest.approx(expected * LIMIT * (1.0 - middle / DEPTH), abs=1e-6 * LIMIT)


def test_second_order_in_space():
    """Breaks when fluxes between cells of unequal width are wrong: decay of a half cosine, exp(-D (pi/2L)^2 t)."""
    errors, counts, wave = [], (10, 20, 40), 0.5 * np.pi / DEPTH
    for count in counts:
        column = vacancies.Column(np.full(count, DEPTH / count), DIFFUSIVITY, LIMIT)
        z = (np.arange(count) + 0.5) * DEPTH / count
        fraction, dt = LIMIT * np.cos(wave * z)[None], 1e-3 / (DIFFUSIVITY * wave**2)
        for _ in range(100):
            fraction = advance(fraction, np.zeros(1), dt, column).fraction
        exact = LIMIT * np.cos(wave * z) * (1 + 1e-3) ** -100
        errors.append(np.abs(fraction[0] - exact).max())
    order = np.polyfit(np.log(counts), -np.log(errors), 1)[0]
    assert 1.9 < order < 2.1


def test_nothing_is_lost_and_bounds_hold():
    """Breaks when lithium is made or lost (1e-12), or a fraction leaves 0 to the limit: random stripping and plating of
    many columns in steps of any length."""
    column, random = graded_column(DEPTH, DIFFUSIVITY, LIMIT), np.random.default_rng(1)
    fraction, passed = np.zeros((50, 40)), np.zeros(50)
    gone = np.zeros((2, 50))
    for _ in range(60):
        dt = 10 ** random.uniform(-3, 6)
        stripped = random.normal(0.3, 1.0, 50) * 1e-9 * 10 ** random.uniform(-3, 3)
        before = fraction
        uptake = advance(fraction, stripped, dt, column)
        fraction = uptake.fraction
        change = stored(fraction, column) - stored(before, column)
        size = np.abs(stripped) + stored(before, column)
        assert np.all(np.abs(uptake.taken - change - uptake.lost) <= 1e-12 * size)
        assert np.all(np.abs(stripped - uptake.taken - uptake.receded) <= 1e-12 * size)
        face = surface_fraction(fraction, uptake.taken, dt, column)
        assert np.all(fraction > -1e-15) and np.all(fraction < LIMIT * (1 + 1e-12))
        assert np.all(face > -1e-12 * LIMIT) and np.all(face < LIMIT * (1 + 1e-9))
        assert np.all(uptake.lost >= 0)
        # The face moves only where a bound holds it.
        moves = np.abs(uptake.receded) > 1e-9 * np.abs(stripped)
        held = np.minimum(np.abs(face), np.abs(face - LIMIT)) < 1e-8 * LIMIT
        assert np.all(held | ~moves)
        assert np.all(uptake.receded * np.sign(stripped) >= -1e-12 * size)
        passed += stripped
        gone += uptake.receded, uptake.lost
    assert passed == pytest.approx(gone.sum(axis=0) + stored(fraction, column), abs=1e-12 * np.abs(gone).sum())


def test_plating_fills_vacancies_first():
    """Breaks when plating thickens lithium while its vacancies are there to be filled, or fills more than there are."""
    column, dt = graded_column(DEPTH, DIFFUSIVITY, LIMIT), 10.0
    gently, much = np.array([1e-10]), np.array([1e-8])
    first = advance(np.zeros((1, 40)), gently, dt, column)
    assert first.receded[0] == 0.0 and first.taken[0] > 0
    back = advance(first.fraction, -0.1 * gently, dt, column)
    assert back.receded[0] == pytest.approx(0.0, abs=1e-24)
    over = advance(first.fraction, -much, dt, column)
    assert -much[0] < over.receded[0] < -0.9 * much[0]
    # Nothing below, nothing to fill: all of it grows.
    assert advance(np.zeros((1, 40)), -much, dt, column).receded[0] == pytest.approx(-much[0], rel=1e-12)
