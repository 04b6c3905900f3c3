"""Time until lithium has crossed the separator: filling, running, channels, and pores that
break."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad, solve_ivp

from chemomech.physics.fracture import edge_flaw
from chemomech.physics.fracture.energy import energy_release_rate
from chemomech.physics.lithium import extrusion, initiation, shorting
from chemomech.physics.lithium.extrusion import Creep
from compare import approx

ROY, DIFFUSION = Creep(0.01, 1e6, 5.0), Creep(1.5e-4, 1e6, 1.0)
TOUGHNESS, YOUNG, POISSON, VOLUME = 0.23e6, 22.1e9, 0.37, 13e-6
PLANE = YOUNG / (1 - POISSON**2)
SPEED = VOLUME * 2.0 / 96485.33212  # 0.2 mA/cm2
DEPTH, WIDTH, THICKNESS = 10e-6, 0.5e-6, 30e-6


def test_opened_area_releases_the_energy_of_the_crack():
    """Breaks when area and K belong to different cracks: p/2 dA/da at given pressure is G, with K
    of `fracture`."""
    pressure, step = 7e6, 1e-9
    areas = [shorting.opening_area(pressure, DEPTH + sign * step, PLANE) for sign in (-1, 1)]
    release = 0.5 * pressure * (areas[1] - areas[0]) / (2 * step)
    uniform = edge_flaw.edge_flaw_intensity(np.full(25, pressure), DEPTH)
    assert release == approx(energy_release_rate(uniform, 0.0, YOUNG, POISSON), rel=3e-3)
    critical = TOUGHNESS / (edge_flaw.EDGE * np.sqrt(np.pi * DEPTH))
    assert shorting.critical_area(DEPTH, TOUGHNESS, PLANE) == approx(
        shorting.opening_area(critical, DEPTH, PLANE), rel=1e-12
    )


def test_running_time_of_the_integrated_volume():
    """Breaks when the charge on the walls, 2 c i, or the area it has to fill is counted
    otherwise."""
    area = lambda c: shorting.critical_area(c, TOUGHNESS, PLANE)
    slope = lambda c: (area(1.001 * c) - area(0.999 * c)) / (0.002 * c)
    time = quad(lambda c: slope(c) / (2 * c * SPEED), DEPTH, THICKNESS)[0]
    assert shorting.running_time(DEPTH, THICKNESS, SPEED, TOUGHNESS, PLANE) == approx(
        time, rel=1e-5
    )
    # Twice the toughness takes twice, twice the current half, twice the stiffness half.
    for factor, change in (
        (2, (SPEED, 2 * TOUGHNESS, PLANE)),
        (0.5, (2 * SPEED, TOUGHNESS, PLANE)),
        (0.5, (SPEED, TOUGHNESS, 2 * PLANE)),
    ):
        assert shorting.running_time(DEPTH, THICKNESS, *change) == approx(factor * time, rel=1e-5)
    assert shorting.running_time(THICKNESS, DEPTH, SPEED, TOUGHNESS, PLANE) == 0.0


def test_filling_by_current_alone_and_by_creep_alone():
    """Breaks when either limit is missed: (w/2v) ln(1 + 2 a/w), and the closed form of
    extrusion."""
    plated = shorting.filling_time(DEPTH, WIDTH, SPEED)
    assert plated == approx(WIDTH / (2 * SPEED) * np.log1p(2 * DEPTH / WIDTH), rel=1e-12)
    for creep in (ROY, DIFFUSION):
        crept = shorting.filling_time(DEPTH, WIDTH, 0.0, 5e6, (creep,))
        expected = extrusion.filling_time(5e6, DEPTH, 0.5 * WIDTH, creep, extrusion.SLIT)
        assert crept == approx(expected, rel=1e-9)
    assert shorting.filling_time(DEPTH, WIDTH, 0.0) == np.inf


@pytest.mark.parametrize("pressure", [0.3e6, 3e6])
def test_filling_by_both(pressure):
    """Breaks when the front does not move by the sum: against an integrated front, two mechanisms
    of creep."""

    def front(t, filled):
        half = 0.5 * WIDTH
        crept = sum(
            extrusion.mean_velocity(pressure, filled[0], half, c, extrusion.SLIT)
            for c in (ROY, DIFFUSION)
        )
        return [crept + SPEED * (1 + 2 * filled[0] / WIDTH)]

    through = lambda t, filled: filled[0] - DEPTH
    through.terminal = True
    found = solve_ivp(
        front, (0, 1e9), [1e-4 * DEPTH], events=through, method="LSODA", rtol=1e-9, atol=1e-18
    )
    time = shorting.filling_time(DEPTH, WIDTH, SPEED, pressure, (ROY, DIFFUSION))
    assert time == approx(found.t_events[0][0], rel=2e-4)


@given(
    pressure=st.floats(1e5, 1e8),
    speed=st.floats(1e-12, 1e-8),
    depth=st.floats(1e-6, 2e-5),
    width=st.floats(2e-8, 2e-6),
)
def test_more_pressure_and_more_current_are_never_slower(pressure, speed, depth, width):
    """Breaks when a time to short rises with pressure or current, or falls with the way."""
    base = shorting.filling_time(depth, width, speed, pressure, (ROY,))
    assert 0.0 < base < np.inf
    for change in ((depth, width, 1.5 * speed, pressure), (depth, width, speed, 1.5 * pressure)):
        assert shorting.filling_time(*change, (ROY,)) < base * (1 + 1e-9)
    assert shorting.filling_time(1.5 * depth, width, speed, pressure, (ROY,)) > base
    run = shorting.running_time(depth, 3 * depth, speed, TOUGHNESS, PLANE)
    assert shorting.running_time(depth, 3 * depth, 1.5 * speed, TOUGHNESS, PLANE) < run
    assert shorting.running_time(depth, 4 * depth, speed, TOUGHNESS, PLANE) > run


def test_channel_by_one_mechanism_and_by_two():
    """Breaks when two mechanisms do not share the wall's stress: each alone gives the closed form,
    both are faster than either, and slower than the sum of their rates over the whole length.
    """
    length, radius = 200e-6, 4e-6
    for creep in (ROY, DIFFUSION):
        alone = shorting.channel_time(10e6, length, radius, (creep,))
        assert alone == approx(extrusion.filling_time(10e6, length, radius, creep), rel=1e-12)
    pressures = np.array([5e6, 10e6, 40e6])
    both = shorting.channel_time(pressures, length, radius, (ROY, DIFFUSION))
    each = np.array(
        [shorting.channel_time(pressures, length, radius, (c,)) for c in (ROY, DIFFUSION)]
    )
    assert np.all(both < each.min(axis=0)) and np.all(np.diff(both) < 0)
    speed = lambda l: sum(extrusion.mean_velocity(10e6, l, radius, c) for c in (ROY, DIFFUSION))
    assert both[1] == approx(quad(lambda l: 1 / speed(l), 0, length, epsrel=1e-10)[0], rel=1e-9)


def test_where_a_flaw_stops():
    """Breaks when a flaw jumps a place that holds it, or one is held that nothing stops."""
    depths = np.array([1.0, 2.0, 4.0, 8.0]) * 1e-6
    rows = np.array(
        [
            [1.0, 1.0, 1.0, 1.0],  # runs from the shallowest
            [0.5, 1.5, 1.5, 1.5],  # from half way to the second
            [1.5, 1.5, 0.5, 1.0],  # held at 4 um until the end
            [1.5, 1.5, 1.5, 0.9],  # held at the end
            [0.1, 0.2, 0.3, 0.4],
        ]
    )
    starts = shorting.runs_from(rows, depths, 1.0)
    assert starts == approx([0.0, 1.5e-6, 8e-6, np.inf, np.inf], rel=1e-12)
    time = shorting.time_to_short(3e-6, starts, SPEED, 100.0, THICKNESS, TOUGHNESS, PLANE)
    runs = 100.0 + shorting.running_time(3e-6, THICKNESS, SPEED, TOUGHNESS, PLANE)
    assert time == approx([runs, runs, np.inf, np.inf, np.inf], rel=1e-12)
    assert (
        shorting.time_to_short(3e-6, starts, 0.0, 100.0, THICKNESS, TOUGHNESS, PLANE).min()
        == np.inf
    )


def test_pore_that_is_filled_and_pressed():
    """Breaks when what is plated into a pore does not all leave through its microcrack, or the
    inverse is another law."""
    radius, width, length, creep, current = 2e-6, 0.1e-6, 10e-6, ROY, 5.0
    pressure = initiation.pore_pressure(current, radius, width, length, creep, VOLUME)
    speed = extrusion.mean_velocity(pressure, length, 0.5 * width, creep, extrusion.SLIT)
    plated = 4 * np.pi * radius**2 * VOLUME * current / 96485.33212
    assert speed * width * 2 * radius == approx(plated, rel=1e-9)
    again = initiation.critical_current(pressure, radius, width, length, creep, VOLUME)
    assert again == approx(current, rel=1e-9)
    small = initiation.critical_current(pressure, 0.5 * radius, width, length, creep, VOLUME)
    assert small == approx(2 * current, rel=1e-9)
    full = initiation.pore_filling_time(current, radius, VOLUME)
    assert full * plated == approx(4 / 3 * np.pi * radius**3, rel=1e-9)


def test_what_a_pore_breaks_at():
    """Breaks when the hoop stress of a pressed pore is not p/2 (Lame), or a disc crack's K not 2 p
    sqrt(a/pi)."""
    assert initiation.pressure_by_strength(20e6) == 40e6
    pressure = initiation.pressure_by_toughness(TOUGHNESS, 3e-6)
    assert 2 * pressure * np.sqrt(3e-6 / np.pi) == approx(TOUGHNESS, rel=1e-12)
