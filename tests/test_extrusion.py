"""Lithium that creeps into channels and out of them: against integrated flow."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from chemomech.physics.lithium import extrusion
from chemomech.physics.lithium.extrusion import SLIT, TUBE, Creep
from compare import approx

ROY = Creep(0.01, 1e6, 5.0)


@pytest.mark.parametrize("shape", [TUBE, SLIT])
@pytest.mark.parametrize("exponent", [1.0, 5.0, 6.56])
def test_mean_velocity_of_the_integrated_profile(shape, exponent):
    """Breaks when the wall's stress, sqrt(3) of shear or the divisor of the mean is wrong."""
    creep, pressure, length, radius = Creep(0.01, 1e6, exponent), 2e6, 20e-6, 1e-6
    gradient = pressure / length / (2.0 if shape == TUBE else 1.0)

    def velocity(x):
        rate = lambda s: (
            np.sqrt(3) * creep.rate * (np.sqrt(3) * gradient * s / creep.stress) ** exponent
        )
        return quad(rate, x, radius)[0]

    measure = (lambda x: 2 * x / radius**2) if shape == TUBE else (lambda x: 1 / radius)
    mean = quad(lambda x: velocity(x) * measure(x), 0, radius)[0]
    assert extrusion.mean_velocity(pressure, length, radius, creep, shape) == approx(mean, rel=1e-6)


def test_filling_time_of_the_integrated_front():
    """Breaks when the front's law is not integrated right: from a hundredth of the channel on."""
    pressure, length, radius = 5e6, 50e-6, 2e-6
    front = solve_ivp(
        lambda t, l: [extrusion.mean_velocity(pressure, max(l[0], 1e-12), radius, ROY)],
        (0, 1e9),
        [0.01 * length],
        events=lambda t, l: l[0] - length,
        rtol=1e-8,
        atol=1e-14,
        method="LSODA",
    )
    reached = front.t_events[0]
    assert len(reached) == 1
    assert extrusion.filling_time(pressure, length, radius, ROY) == approx(reached[0], rel=1e-3)


def test_powers_of_the_filling_time():
    """Breaks when time does not fall as p^-m and r^-(m + 1), or rise as L^(m + 1); and the inverse
    by radius."""
    t = extrusion.filling_time(5e6, 50e-6, 2e-6, ROY)
    assert extrusion.filling_time(10e6, 50e-6, 2e-6, ROY) == approx(t / 2**5, rel=1e-12)
    assert extrusion.filling_time(5e6, 100e-6, 2e-6, ROY) == approx(t * 2**6, rel=1e-12)
    assert extrusion.filling_time(5e6, 50e-6, 4e-6, ROY) == approx(t / 2**6, rel=1e-12)
    assert extrusion.radius_filled_in(t, 5e6, 50e-6, ROY) == approx(2e-6, rel=1e-12)


def test_warm_lithium_is_faster():
    """Breaks when the activation energy acts the wrong way: 37 kJ/mol and 60 degC give a factor of
    4.8."""
    warm = Creep(0.01, 1e6, 5.0, 37e3)
    cold, hot = (
        extrusion.filling_time(5e6, 50e-6, 2e-6, warm, temperature=t) for t in (298.15, 333.15)
    )
    assert cold / hot == approx(np.exp(37e3 / 8.314462618 * (1 / 298.15 - 1 / 333.15)), rel=1e-9)


@pytest.mark.parametrize("exponent", [1.0, 5.0])
@pytest.mark.parametrize("slenderness", [1e-4, 1.0, 40.0])
def test_pressure_where_lithium_is_plated_on_the_walls(exponent, slenderness):
    """Breaks when the flow through a place is not what is plated beyond it: integrated along the
    slit; at the tip alone when it is short.
    """
    creep, radius, velocity = Creep(0.01, 1e6, exponent), 0.3e-6, 2.7e-10
    length = slenderness * radius
    per_length = lambda u: extrusion.extrusion_pressure(u, 1.0, radius, creep)
    whole = quad(lambda s: per_length(velocity * (1 + s / radius)), 0, length, epsrel=1e-12)[0]
    found = extrusion.plated_pressure(velocity, length, radius, creep)
    assert found == approx(whole, rel=1e-9)
    if slenderness < 1e-3:
        assert found == approx(
            extrusion.extrusion_pressure(velocity, length, radius, creep), rel=1e-3
        )


def test_diffusional_creep_of_lithium():
    """Breaks when the rate does not fall with the square of the grain, or its number 14 D V/(R T)
    changes.

    Viscosity s/(3 rate) of grains of 1 um with D = 5.6e-15 m2/s: 8e8 Pa s.
    """
    one, two = (extrusion.diffusional_creep(5.6e-15, size, 13e-6) for size in (1e-6, 2e-6))
    assert one.exponent == 1.0
    assert one.rate / two.rate == approx(4.0, rel=1e-12)
    assert one.stress / one.rate / 3 == approx(
        8.314462618 * 298.15 * 1e-12 / (42 * 5.6e-15 * 13e-6), rel=1e-9
    )
    # At the same stress a body at twice the absolute temperature and the same diffusivity flows
    # half as fast.
    assert extrusion.diffusional_creep(5.6e-15, 1e-6, 13e-6, 596.3).rate == approx(
        0.5 * one.rate, rel=1e-12
    )
