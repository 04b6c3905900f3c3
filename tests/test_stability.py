"""Stability of a plating interface: the elastic half of it against finite elements, the rest
against its limits."""

import numpy as np
import pytest

from bodies import bulk_of, damage_of, laws_of
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load, Mechanics
from chemomech.physics.lithium import stability
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.units.constants import FARADAY
from compare import approx
from meshes import box

LITHIUM, SULFIDE = (7.82e9, 0.38), (22.1e9, 0.37)
MOLAR, GAMMA, KAPPA, KINETIC = 13e-6, 0.5, 0.2, 400.0  # m3/mol, J/m2, S/m, S/m2


@pytest.mark.parametrize("metal", [LITHIUM, SULFIDE, (200e9, 0.2)])
def test_pressure_and_bulge_of_a_wave_in_finite_elements(metal):
    """Breaks when p = E* k A/2 or the share of the bulge is wrong by 2 %: half a wave between two
    deep blocks."""
    length, depth, rows = 5e-6, 15e-6, 36
    below = lambda x: "metal" if x[1] < depth else "electrolyte"
    domain = build_domain(box((24, 2 * rows), (length, 2 * depth), below))
    young, poisson = ({"metal": m, "electrolyte": e} for m, e in zip(metal, SULFIDE, strict=True))
    laws = laws_of(domain, 1e19, debonded=tuple(domain.interfaces))
    body = Mechanics(
        domain, bulk_of(domain, young, poisson), laws, damage_of(domain, tuple(domain.interfaces))
    )
    wavenumber, amplitude = np.pi / length, 1e-10
    wave = amplitude * np.cos(wavenumber * body.jump.points[..., 0])
    flat = step(body, body.initial_state(), Load(50e6), NewtonOptions(1e-10)).state
    end = step(body, flat, Load(50e6, imposed_opening=wave), NewtonOptions(1e-10)).state
    pressure = -(end.traction - flat.traction)[..., 0]
    weights = body.jump.weights
    found = (
        2
        * np.sum(weights * pressure * np.cos(wavenumber * body.jump.points[..., 0]))
        / weights.sum()
    )
    assert found == approx(
        stability.crest_pressure(amplitude, wavenumber, *metal, *SULFIDE), rel=0.02
    )
    share = 2 * (1 - SULFIDE[1] ** 2) / (SULFIDE[0] * wavenumber) * found / amplitude
    assert share == approx(stability.bulge(*metal, *SULFIDE), rel=0.02)


def rate(current, wavenumber, ratio=0.2, metal=LITHIUM):
    return stability.growth_rate(
        current, wavenumber, KAPPA, KINETIC, MOLAR, GAMMA, ratio, *metal, *SULFIDE
    )


def test_the_critical_current_is_where_growth_begins():
    """Breaks when the closed form and the growth rate disagree, or a sign turns."""
    wavenumber = np.geomspace(1e4, 1e8, 9)
    critical = stability.critical_current_density(wavenumber, KAPPA, MOLAR, GAMMA, 0.2, *SULFIDE)
    assert np.all(rate(1.001 * critical, wavenumber) > 0) and np.all(
        rate(0.999 * critical, wavenumber) < 0
    )
    assert np.all(rate(-critical, wavenumber) < 0)


def test_room_for_ions_turns_the_sign():
    """Breaks when stiffness steadies an electrolyte whose ions take up more room than they
    leave."""
    turning = 3 / (2 * (1 + SULFIDE[1]))
    assert stability.room(turning, SULFIDE[1]) == approx(0.0, abs=1e-12)
    wavenumber = 1e6
    stiff = [
        stability.critical_current_density(wavenumber, KAPPA, MOLAR, GAMMA, ratio, 100e9, 0.37)
        - stability.critical_current_density(wavenumber, KAPPA, MOLAR, GAMMA, ratio, 10e9, 0.37)
        for ratio in (0.5 * turning, 2.0 * turning)
    ]
    assert stiff[0] > 0 > stiff[1] or (stiff[0] > 0 and stiff[1] == 0)
    assert (
        stability.critical_current_density(
            wavenumber, KAPPA, MOLAR, GAMMA, 2 * turning, 100e9, 0.37
        )
        == 0.0
    )


def test_flowing_metal_leaves_surface_energy_alone():
    """Breaks when the lower bound keeps an elastic part, or the wavelength does not belong to
    it."""
    current = 5.0
    longest = stability.critical_wavelength(current, KAPPA, MOLAR, GAMMA)
    k = 2 * np.pi / longest
    assert stability.critical_current_density(
        k, KAPPA, MOLAR, GAMMA, 0.2, *SULFIDE, flowing=True
    ) == approx(current)
    assert KAPPA * MOLAR / FARADAY * GAMMA * k**2 == approx(current)


def test_slow_kinetics_slow_growth_but_move_no_limit():
    """Breaks when kinetics enter the critical current, or do not limit the rate of short waves."""
    fast, slow = (
        stability.growth_rate(1e9, 1e6, KAPPA, g, MOLAR, GAMMA, 0.2, *LITHIUM, *SULFIDE)
        for g in (1e9, 1.0)
    )
    assert fast > 0 and slow > 0
    assert slow / fast == approx(
        (1 / (1 + 1 / (KAPPA * 1e6))) / (1e9 / (1 + 1e9 / (KAPPA * 1e6))), rel=1e-9
    )
