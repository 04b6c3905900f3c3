"""The energy account of a run: exact for an elastic path, of second order in the step for yielding
and debonding."""

import numpy as np
import pytest

from blocks import HEIGHT, WIDTH, held_in
from bodies import bulk_of, laws_of
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load
from chemomech.models.supports import Fixture
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from meshes import box
from rates import check_order


def layers(yield_strength=np.inf, strength=None, energy=None, fixture=Fixture()):
    """Two layers; the left half of the upper one swells."""

    def region(x):
        if x[1] < 0.5 * HEIGHT:
            return "low"
        return "swelling" if x[0] < 0.5 * WIDTH else "still"

    mesh = box(
        (8, 4),
        (WIDTH, HEIGHT),
        region,
        interfaces={"low|high": lambda x: abs(x[1] - 0.5 * HEIGHT) < 1e-12},
    )
    domain = build_domain(mesh)
    bulk = bulk_of(
        domain, 20e9, 0.3, yield_strength=yield_strength, hardening=2e9, swelling=("swelling",)
    )
    laws = laws_of(domain, 1e15, strength, energy, None if energy is None else 2 * energy)
    return held_in(fixture, domain, bulk, laws)


def account(mechanics, load_at, steps):
    """Sum of the energies over steps of equal length, and the last state."""
    state, total = mechanics.initial_state(), EnergyAccount()
    for number in range(1, steps + 1):
        result = step(
            mechanics, state, load_at(number / steps, 1.0 / steps), NewtonOptions(1e-11, 40)
        )
        assert result.converged, result.reason
        state, total = result.state, total + result.energy
    return total, state


@pytest.mark.parametrize("kind", ["constant_pressure", "spring", "fixed_gap"])
def test_elastic_path_closes_exactly(kind):
    """Breaks when a work or a stored energy is missing, doubled or has the wrong sign; loads are
    not proportional."""
    mechanics = layers(fixture=Fixture(kind, 5e14, 0.0))
    total, _ = account(mechanics, lambda t, dt: Load(1e6 + 20e6 * t**2, 0.002 * t, 3e-9 * t**3), 5)
    assert total.elastic > 0 and total.interface > 0 and total.chemical != 0
    assert total.plastic == total.fracture == 0.0
    assert abs(total.residual) < 1e-9 * total.size
    if kind == "fixed_gap":
        assert total.external == 0.0
    else:
        assert abs(total.external) > 1e-3 * total.size


def test_stored_energy_of_a_uniform_block():
    """Breaks when the elastic energy has a wrong factor: P^2 W H/(2 M) in the block, P^2 W/(2 K) in
    the interface."""
    mechanics, pressure = layers(), 30e6
    total, _ = account(mechanics, lambda t, dt: Load(pressure * t), 1)
    modulus = 20e9 * 0.7 / (1.3 * 0.4)
    assert total.elastic == approx(pressure**2 * WIDTH * HEIGHT / (2 * modulus), rel=1e-9)
    assert total.interface == approx(pressure**2 * WIDTH / (2 * 1e15), rel=1e-9)
    assert total.external == approx(total.elastic + total.interface, rel=1e-9)


def errors(mechanics, load_at, counts):
    totals = [account(mechanics, load_at, count)[0] for count in counts]
    return totals[-1], [abs(total.residual) / total.size for total in totals]


def test_plastic_path_closes_with_second_order():
    """Breaks when plastic work is wrong, or works along a step are not trapezoidal."""
    counts = (8, 16, 32, 64)
    mechanics = layers(yield_strength=40e6, fixture=Fixture("spring", 2e15))
    total, found = errors(
        mechanics, lambda t, dt: Load(5e6 + 100e6 * t**2, 0.01 * np.sin(2 * t)), counts
    )
    assert total.plastic > 0.2 * total.size
    check_order("energy balance plastic", 1.0 / np.array(counts), found)
    assert found[-1] < 1e-3


def test_debonding_path_closes_with_second_order():
    """Breaks when fracture, viscous or stored interface energy is wrong."""
    counts = (16, 32, 64, 128)
    mechanics = layers(strength=20e6, energy=0.5, fixture=Fixture("fixed_gap"))
    load = lambda t, dt: Load(1e6, -0.015 * t, step_over_viscosity=dt / 0.2)
    total, found = errors(mechanics, load, counts)
    _, state = account(mechanics, load, counts[0])
    assert state.damage.max() > 0.6 and state.damage.min() < 0.1
    assert total.fracture > 0.02 * total.size and total.viscous > 0
    check_order("energy balance debonding", 1.0 / np.array(counts), found)
    assert found[-1] < 1e-3


def test_fully_separated_interface_dissipates_its_fracture_energy():
    """Breaks when dissipation is not counted per length: G_c times the length for a uniform pull to
    separation."""
    energy, strain = 0.5, -0.012
    mesh = box((4, 4), (WIDTH, HEIGHT), lambda x: "low" if x[1] < 0.5 * HEIGHT else "high")
    domain = build_domain(mesh)
    bulk = bulk_of(domain, 20e9, 0.3, swelling=("low", "high"))
    mechanics = held_in(Fixture("fixed_gap"), domain, bulk, laws_of(domain, 1e15, 20e6, energy))
    total, state = account(mechanics, lambda t, dt: Load(1e6, strain * t), 200)
    assert state.damage == approx(1.0)
    assert total.fracture == approx(energy * WIDTH, rel=1e-6)
    assert total.viscous == approx(0.0, abs=2e-3 * total.fracture)
    assert abs(total.residual) < 2e-3 * total.size


def test_accounts_add_and_size():
    """Breaks when a term is dropped from the sum or lifting the stack hides an error."""
    one = EnergyAccount(5.0, 1.0, -2.0, 1.0, 3.0, 0.5, 0.25, 0.125, 0.0625)
    assert one + one == EnergyAccount(10.0, 2.0, -4.0, 2.0, 6.0, 1.0, 0.5, 0.25, 0.125)
    assert one.residual == approx(5 + 1 - (-2 + 1 + 3 + 0.5 + 0.25 + 0.125 + 0.0625))
    assert one.size == approx(2 + 1 + 3 + 0.5 + 0.25 + 0.125 + 0.0625)
    assert one.dissipated == approx(3 + 0.5 + 0.25 + 0.125 + 0.0625)
