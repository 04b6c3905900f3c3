"""Vacancies below the lithium's face: what goes in is there or gone, Sand's time, the limiting
current, the bounds, and what columns exchange sideways: decay of a wave, what gathers in a void's
floor.

Below a face that is stripped evenly between strips 2a wide, every 2b, where x = 0 (voids), over a
sink at L >> b, the share of what is stripped that the strips get follows from the field w that is 1
on them and 0 at L (Green's second identity):

    absorbed = v int w dx,    w = 1 - f/(L + e),    f = (2b/pi) arcosh(sin(pi x/2b)/sin(pi a/2b)),
    e = (2b/pi) ln(1/sin(pi a/2b)),    x from the middle of a strip; good to exp(-pi L/b).
"""

import numpy as np
import pytest
from scipy.integrate import quad

from chemomech.physics.lithium import vacancies
from chemomech.physics.lithium.complementarity import bounded_fluxes
from chemomech.physics.lithium.vacancies import (
    advance,
    graded_column,
    join_columns,
    limiting_rate,
    sand_time,
    stored,
    surface_fraction,
)
from compare import approx
from rates import check_order, fitted_order

DIFFUSIVITY, LIMIT, DEPTH = 1e-14, 0.05, 20e-6


def alone(column, count=1):
    """Columns that exchange nothing."""
    return join_columns(column, np.full(count, 1e-6))


def in_a_row(column, widths):
    """Columns below facets of these widths [m], one beside the other."""
    first = np.arange(len(widths) - 1)
    return join_columns(
        column, widths, np.column_stack([first, first + 1]), 2.0 / (widths[1:] + widths[:-1])
    )


def until_limit(rate, steps, count=400):
    """Time [s] at which the fraction at the face passes the limit, of steps a part of Sand's time
    long."""
    column = graded_column(DEPTH, DIFFUSIVITY, 10.0 * LIMIT, count)
    dt = sand_time(rate, DIFFUSIVITY, LIMIT) / steps
    fraction, before = np.zeros((1, count)), 0.0
    for number in range(1, 3 * steps):
        uptake = advance(fraction, np.array([rate * dt]), dt, alone(column))
        fraction = uptake.fraction
        here = surface_fraction(fraction, uptake.taken, dt, column)[0]
        if here >= LIMIT:
            return dt * (number - (here - LIMIT) / (here - before))
        before = here
    raise AssertionError("the limit was never met")


def test_sand_time():
    """Breaks when the flux, a factor of pi or 2 or the grid is wrong: first order in the step, to
    half a per cent."""
    rate = 40 * limiting_rate(DEPTH, DIFFUSIVITY, LIMIT)
    tau, counts = sand_time(rate, DIFFUSIVITY, LIMIT), (25, 50, 100, 200)
    errors = [abs(until_limit(rate, steps) / tau - 1.0) for steps in counts]
    check_order("creep step", 1.0 / np.array(counts), errors)
    assert errors[-1] < 5e-3
    # By hand, i = v F/V: tau = pi D (c F/(2 i))^2 with c = x/V the vacancies per volume.
    current, molar = rate * 96485.33212 / 13e-6, 13e-6
    assert tau == approx(
        np.pi * DIFFUSIVITY * (LIMIT / molar * 96485.33212 / (2 * current)) ** 2, rel=1e-9
    )


@pytest.mark.parametrize("share", [0.9, 1.5, 4.0])
def test_limiting_current(share):
    """Breaks when a finite column takes up more, or less, than D x/L in the long run, or what it
    cannot take does not recede."""
    column = graded_column(DEPTH, DIFFUSIVITY, LIMIT)
    rate, dt = share * limiting_rate(DEPTH, DIFFUSIVITY, LIMIT), DEPTH**2 / DIFFUSIVITY
    fraction = np.zeros((1, 40))
    for _ in range(30):
        uptake = advance(fraction, np.array([rate * dt]), dt, alone(column))
        fraction = uptake.fraction
    expected = min(share, 1.0)
    assert uptake.taken[0] / dt / limiting_rate(DEPTH, DIFFUSIVITY, LIMIT) == approx(
        expected, rel=1e-6
    )
    assert uptake.lost[0] == approx(uptake.taken[0], rel=1e-6)
    assert uptake.receded[0] / (rate * dt) == approx(1.0 - expected / share, abs=1e-6)
    # Steady: straight from what the face has to nothing at the sink.
    middle = np.cumsum(column.widths) - 0.5 * column.widths
    assert fraction[0] == approx(expected * LIMIT * (1.0 - middle / DEPTH), abs=1e-6 * LIMIT)


def test_second_order_in_space():
    """Breaks when fluxes between cells of unequal width are wrong: decay of a half cosine, exp(-D
    (pi/2L)^2 t)."""
    errors, counts, wave = [], (10, 20, 40), 0.5 * np.pi / DEPTH
    for count in counts:
        column = vacancies.Column(np.full(count, DEPTH / count), DIFFUSIVITY, LIMIT)
        z = (np.arange(count) + 0.5) * DEPTH / count
        fraction, dt = LIMIT * np.cos(wave * z)[None], 1e-3 / (DIFFUSIVITY * wave**2)
        for _ in range(100):
            fraction = advance(fraction, np.zeros(1), dt, alone(column)).fraction
        exact = LIMIT * np.cos(wave * z) * (1 + 1e-3) ** -100
        errors.append(np.abs(fraction[0] - exact).max())
    order = np.polyfit(np.log(counts), -np.log(errors), 1)[0]
    assert 1.9 < order < 2.1


@pytest.mark.parametrize("exchange", [0.0, 1e-9, 1.0])
def test_nothing_is_lost_and_bounds_hold(exchange):
    """Breaks when lithium is made or lost (1e-12), a fraction leaves 0 to the limit, or the face
    moves where nothing holds it: random stripping and plating of facets of random size and
    neighbours, some open, in steps of any length."""
    column, random = graded_column(DEPTH, DIFFUSIVITY, LIMIT), np.random.default_rng(1)
    areas, pairs = (
        10 ** random.uniform(-7, -5, 50),
        [random.choice(50, 2, replace=False) for _ in range(90)],
    )
    columns = join_columns(column, areas, pairs, exchange * 10 ** random.uniform(4, 6, 90))
    fraction, passed, gone = np.zeros((50, 40)), 0.0, np.zeros(2)
    for _ in range(60):
        dt = 10 ** random.uniform(-3, 6)
        stripped = random.normal(0.3, 1.0, 50) * 1e-9 * 10 ** random.uniform(-3, 3)
        before, is_open = fraction, random.uniform(size=50) < 0.3
        uptake = advance(fraction, stripped, dt, columns, is_open)
        fraction = uptake.fraction
        change = stored(fraction, column) - stored(before, column)
        size = areas @ (np.abs(stripped) + stored(before, column))
        assert abs(areas @ (uptake.taken - change - uptake.lost)) <= 1e-12 * size
        assert np.all(
            np.abs(stripped - uptake.taken - uptake.receded) <= 1e-12 * np.abs(stripped).max()
        )
        face = surface_fraction(fraction, uptake.taken, dt, column)
        high = np.where(is_open, 0.0, LIMIT)
        assert np.all(fraction > -1e-13 * LIMIT) and np.all(fraction < LIMIT * (1 + 1e-12))
        assert np.all(face > -1e-11 * LIMIT) and np.all(face < high + 1e-11 * LIMIT)
        # The face moves only where a bound holds it, and to its side; into a void's floor vacancies
        # only leave.
        moves = np.abs(uptake.receded) > 1e-9 * np.abs(stripped)
        bound = np.where(uptake.receded > 0, high, 0.0)
        assert np.all((np.abs(face - bound) < 1e-8 * LIMIT) | ~moves | is_open)
        assert np.all(uptake.taken[is_open] <= 1e-11 * np.abs(stripped).max())
        passed += areas @ stripped
        gone += areas @ uptake.receded, areas @ uptake.lost
    assert passed == approx(
        gone.sum() + areas @ stored(fraction, column), abs=1e-12 * np.abs(gone).sum()
    )


def test_even_stripping_is_one_column():
    """Breaks when columns that are stripped alike do not each do what a column alone does, as a
    dense solution of it says."""
    column, random = graded_column(DEPTH, DIFFUSIVITY, LIMIT, 12), np.random.default_rng(2)
    columns, h = in_a_row(column, 10 ** random.uniform(-7, -5, 9)), column.widths
    matrix = np.diag(np.append(np.full(11, 0.0), 2 * DIFFUSIVITY / h[-1]))
    for cell, link in enumerate(2 * DIFFUSIVITY / (h[1:] + h[:-1])):
        matrix[cell : cell + 2, cell : cell + 2] += link * np.array([[1, -1], [-1, 1]])
    x, fraction, held_ones = np.zeros(12), np.zeros((9, 12)), 0
    for _ in range(40):
        dt, stripped = (
            10 ** random.uniform(0, 5),
            random.normal(0.5, 1.0) * 1e-9 * 10 ** random.uniform(-1, 2),
        )
        inverse = np.linalg.inv(matrix + np.diag(h / dt))
        there, more = inverse @ (x * h / dt), inverse[:, 0] / dt
        slope = more[0] + h[0] / (2 * DIFFUSIVITY * dt)
        taken = np.clip(stripped, -there[0] / slope, (LIMIT - there[0]) / slope)
        x, held_ones = there + taken * more, held_ones + (taken != stripped)
        uptake = advance(fraction, np.full(9, stripped), dt, columns)
        fraction = uptake.fraction
        assert fraction == approx(np.tile(x, (9, 1)), abs=1e-12 * LIMIT)
        assert uptake.taken == approx(np.full(9, taken), rel=1e-10, abs=1e-12 * abs(stripped))
    assert 5 < held_ones < 35


def test_a_wave_decays_sideways():
    """Breaks when the exchange of neighbours has a wrong factor or a wrong distance: a cosine along
    the face decays faster than the mean by D k^2, at second order also where facets are unequal."""
    errors, counts, length = [], (8, 16, 32), 5e-6
    column = vacancies.Column(np.full(4, DEPTH / 4), DIFFUSIVITY, 1.0)
    wave = 2 * np.pi / length
    for count in counts:
        ends = np.linspace(0, 1, count + 1)
        ends = length * (ends + 0.05 * np.sin(2 * np.pi * ends))
        columns, x = in_a_row(column, np.diff(ends)), 0.5 * (ends[1:] + ends[:-1])
        fraction, dt = (
            np.tile(0.4 + 0.3 * np.cos(wave * x)[:, None], (1, 4)),
            1e-3 / (DIFFUSIVITY * wave**2),
        )
        for _ in range(500):
            fraction = advance(fraction, np.zeros(count), dt, columns).fraction
        # The sink takes from mean and wave alike; the wave of a field that depends on depth is seen
        # in each layer.
        mean = columns.areas @ fraction / length
        found = (
            (columns.areas * np.cos(wave * x))
            @ fraction
            / (columns.areas @ np.cos(wave * x) ** 2)
            / mean
            / 0.75
        )
        assert np.ptp(found) < 1e-6 * found.mean() + 0.02 / count**2
        errors.append(abs(np.log(found[0]) / (-500 * np.log1p(1e-3)) - 1))
    assert 1.8 < fitted_order(1 / np.array(counts), errors) < 2.2
    assert errors[-1] < 0.01


def test_what_gathers_in_a_void():
    """Breaks when a void's floor takes in too much or too little of what is stripped beside it:
    against the exact field of strips, first order in the grid (the flux is singular at the rim)."""
    a, b, errors, counts = 2e-6, 4e-6, [], (16, 32, 64)
    depth, sine = 3 * b, np.sin(0.5 * np.pi * a / b)
    reach = depth + 2 * b / np.pi * np.log(1 / sine)
    whole = quad(
        lambda x: 1 - 2 * b / np.pi * np.arccosh(np.sin(0.5 * np.pi * x / b) / sine) / reach, a, b
    )[0]
    for count in counts:
        column = graded_column(depth, DIFFUSIVITY, 0.9, 3 * count)
        columns = in_a_row(column, np.full(count, b / count))
        is_open = (np.arange(count) + 0.5) * b / count < a
        rate, dt = 1e-3 * DIFFUSIVITY / b, 1e9 * depth**2 / DIFFUSIVITY
        stripped = np.where(is_open, 0.0, rate * dt)
        uptake = advance(np.zeros((count, 3 * count)), stripped, dt, columns, is_open)
        assert np.all(uptake.receded[~is_open] == 0.0)
        absorbed = columns.areas @ uptake.receded
        errors.append(abs(absorbed / (rate * dt * whole) - 1))
        assert absorbed + columns.areas @ uptake.lost == approx(rate * dt * (b - a), rel=1e-6)
    assert 0.8 < whole / (b - a) < 0.95
    assert 0.8 < fitted_order(1 / np.array(counts), errors) < 1.2
    assert errors[-1] < 0.005


@pytest.mark.parametrize("seed", range(200))
def test_fluxes_between_bounds(seed):
    """Breaks when what is held at a bound and what is free contradict each other: conditions of
    complementarity of random diffusion problems, with pinned points and starts out of bounds."""
    random = np.random.default_rng(seed)
    count = random.integers(1, 30)
    matrix = -random.uniform(size=(count, count)) * (random.uniform(size=(count, count)) < 0.3)
    matrix = np.triu(matrix, 1) + np.triu(matrix, 1).T
    response = np.linalg.inv(
        matrix - np.diag(matrix.sum(axis=1)) + np.diag(10 ** random.uniform(-3, 1, count))
    )
    start, wanted = (
        random.normal(0.5, 1.0, count),
        random.normal(0, 1, count) * 10 ** random.uniform(-2, 2),
    )
    high = np.where(random.uniform(size=count) < 0.3, 0.0, 1.0)
    given = bounded_fluxes(start, response, wanted, np.zeros(count), high)
    x, size = start + response @ given, 1e-9 * (1 + np.abs(response).max() * np.abs(given).max())
    assert np.all(x > -size) and np.all(x < high + size)
    assert np.all((np.abs(given - wanted) <= 1e-9) | (x < size) | (x > high - size))
    touching = high > 0
    assert np.all((given <= wanted + 1e-9) | (x < size) | ~touching)
    assert np.all((given >= wanted - 1e-9) | (x > high - size) | ~touching)


def test_held_points_that_go_in_circles():
    """Breaks when the search never ends where changing all points at once repeats itself (a
    P-matrix, not of diffusion)."""
    response = np.array([[1.0, 0.0, 4.0], [4.0, 1.0, 0.0], [0.0, 4.0, 1.0]])
    start, wanted = np.array([2.0, -2.0, -4.0]), np.array([-2.0, -1.0, 2.0])
    given = bounded_fluxes(start, response, wanted, np.zeros(3), np.full(3, 100.0))
    x = start + response @ given
    assert np.all(x >= -1e-12) and np.all(given >= wanted - 1e-12)
    assert np.abs(x * (given - wanted)).max() < 1e-12


def test_plating_fills_vacancies_first():
    """Breaks when plating thickens lithium while its vacancies are there to be filled, or fills
    more than there are."""
    column, dt = alone(graded_column(DEPTH, DIFFUSIVITY, LIMIT)), 10.0
    gently, much = np.array([1e-10]), np.array([1e-8])
    first = advance(np.zeros((1, 40)), gently, dt, column)
    assert first.receded[0] == 0.0 and first.taken[0] > 0
    back = advance(first.fraction, -0.1 * gently, dt, column)
    assert back.receded[0] == approx(0.0, abs=1e-24)
    over = advance(first.fraction, -much, dt, column)
    assert -much[0] < over.receded[0] < -0.9 * much[0]
    # Nothing below, nothing to fill: all of it grows.
    assert advance(np.zeros((1, 40)), -much, dt, column).receded[0] == approx(-much[0], rel=1e-12)
