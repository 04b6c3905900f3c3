"""Four ways to a short: closed forms, limits, and which of them comes first."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from chemomech.physics.lithium import clocks, extrusion, shorting
from chemomech.physics.lithium.clocks import Electrolyte, Flaw, Metal
from chemomech.physics.lithium.extrusion import SLIT, TUBE, Creep
from chemomech.physics.lithium.voids import closing_rate
from compare import approx

MASIAS = Creep(1.9e-5, 0.4e6, 6.56)
METAL, POISSON = Metal(MASIAS), 0.37
SULFIDE = Electrolyte(140e-6, 0.23e6, 22.1e9 / (1 - POISSON**2), POISSON / (1 - POISSON))
FLAW = Flaw(10e-6, 0.5e-6)
SPEED = 13e-6 * 0.75 / 96485.33212  # 75 uA/cm2


@pytest.mark.parametrize(("shape", "offset"), [(TUBE, 3.0), (SLIT, 2.0)])
def test_creep_through_a_pore_or_a_grain_boundary(shape, offset):
    """Breaks when the front of a power law is not the integral of its mean velocity, or the time
    does not go as P^-m and (length/width)^(m + 1)."""
    time = lambda pressure, length, radius: shorting.channel_time(
        pressure, length, radius, (MASIAS,), shape=shape
    )
    one = time(10e6, 140e-6, 3e-6)
    assert one == approx(extrusion.filling_time(10e6, 140e-6, 3e-6, MASIAS, shape), rel=1e-9)
    wall = 10e6 * 3e-6 / ((2.0 if shape == TUBE else 1.0) * 140e-6)
    shear = np.sqrt(3) * 1.9e-5 * (np.sqrt(3) * wall / 0.4e6) ** 6.56
    assert one == approx(140e-6 / 7.56 / (3e-6 * shear / (6.56 + offset)), rel=1e-9)
    assert time(20e6, 140e-6, 3e-6) == approx(one / 2**6.56, rel=1e-9)
    assert time(10e6, 280e-6, 6e-6) == approx(one, rel=1e-9)
    assert time(10e6, 280e-6, 3e-6) == approx(one * 2**7.56, rel=1e-9)


def test_pressure_that_drives_a_flaw_by_itself():
    """Breaks when P_c is not K_Ic/(1.1215 sqrt(pi a)(1 - nu/(1 - nu))), 88.7 MPa at 10 um and 75
    MPa at 14 um of a sulfide, or a rounder flaw is not held longer."""
    assert clocks.critical_pressure(FLAW, SULFIDE) == approx(88.7e6, rel=1e-3)
    assert clocks.critical_pressure(Flaw(14e-6, 1e-6), SULFIDE) == approx(75e6, rel=1e-2)
    half = clocks.critical_pressure(Flaw(10e-6, 0.5e-6, 0.83), SULFIDE)
    assert half == approx(88.7e6 / 0.65, rel=2e-2)
    assert clocks.critical_pressure(FLAW, SULFIDE._replace(closure=1.0)) == np.inf
    deep = Flaw(100e-6, 2e-6)
    found = clocks.pressed_flaw_time(np.array([5e6, 27e6, 29e6, 58e6]), deep, SULFIDE, METAL)
    assert np.isinf(found[:2]).all()
    fills = extrusion.filling_time(29e6, 100e-6, 1e-6, MASIAS, SLIT)
    assert found[2] == approx(fills, rel=1e-6)
    assert found[3] == approx(fills / 2**6.56, rel=1e-6)


def test_filled_flaw():
    """Breaks when a flaw runs that its lithium cannot drive, or its time is not filling and running
    by the current on its walls."""
    time = lambda eta, flaw=FLAW, pressure=5e6, current=0.75: float(
        clocks.filled_flaw_time(pressure, current, eta, flaw, SULFIDE, METAL)
    )
    narrow = Flaw(10e-6, 0.02e-6)
    critical = (88.7e6 - 5e6) * (1 - SULFIDE.closure) / 7.42e9  # V, without backflow
    assert time(0.98 * critical, narrow) == np.inf
    fills = shorting.filling_time(10e-6, 0.02e-6, SPEED, 5e6, (MASIAS,))
    runs = shorting.running_time(
        10e-6, 140e-6, SPEED, SULFIDE.toughness, SULFIDE.plane_strain_modulus
    )
    assert time(1.02 * critical, narrow) == approx(fills + runs, rel=1e-6)
    # Of half a micrometre lithium flows back: no overpotential drives it at 75 uA/cm2.
    assert time(0.0) == time(1.0) == np.inf
    # Stack pressure alone drives it once it is full, above P_c.
    assert time(0.0, pressure=90e6) < np.inf and time(0.0, pressure=88e6) == np.inf


def test_voids_that_strip_the_contact():
    """Breaks when a' = v - r a is not followed, or voids grow that creep closes: against an
    integrated radius, and the two limits."""
    pressure, distance, contact, start = 1.45e6, 10e-6, 0.5, 0.5e-6
    rate = float(closing_rate(pressure, MASIAS))
    end = distance * np.sqrt(0.5 / np.pi)
    assert 0.05 < rate * end / SPEED < 1.0
    reached = lambda t, a: a[0] - end
    reached.terminal = True
    found = solve_ivp(
        lambda t, a: SPEED - rate * a, (0, 1e9), [start], events=reached, rtol=1e-10, atol=1e-16
    )
    time = clocks.void_time(pressure, 0.75, start, distance, contact, METAL)
    assert time == approx(found.t_events[0][0], rel=1e-6)
    free = clocks.void_time(np.array([0.0, 1e3]), 0.75, start, distance, contact, METAL)
    assert free == approx((end - start) / SPEED, rel=1e-9)
    assert clocks.void_time(5e6, 0.75, start, distance, contact, METAL) == np.inf
    with pytest.raises(ValueError, match=r"between 0\.215 and 1"):
        clocks.void_time(1e6, 0.75, start, distance, 0.1, METAL)


def test_the_first_clock_decides():
    """Breaks when the shortest time is not named, or none where all are infinite."""
    times = np.array([[np.inf, np.inf], [3.0, np.inf], [np.inf, np.inf], [2.0, np.inf]])
    shortest, which = clocks.first_clock(times)
    assert shortest.tolist() == [2.0, np.inf] and which.tolist() == [3, -1]
    assert clocks.CLOCKS[which[0]] == "voids"


def test_order_of_times_under_pressure():
    """Breaks when more pressure is slower on the clock of creep: 5 to 75 MPa of the published
    cells (Doux et al. 2020), a slit fitted to 48 h at 25 MPa."""
    pressure = np.array([5.0, 10.0, 15.0, 20.0, 25.0, 75.0]) * 1e6
    hours = shorting.channel_time(pressure, 140e-6, 1.94e-6, (MASIAS,), shape=SLIT) / 3600
    assert hours[4] == approx(48.0, rel=0.05) and np.all(np.diff(hours) < 0)
    # What bulk creep alone says, and by how much it is steeper than the published 474 and 1000 h.
    assert hours[1] / hours[4] == approx(2.5**6.56, rel=1e-6)
    assert hours[0] > 1000 and hours[5] < 0.1
