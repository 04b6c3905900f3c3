"""Steps in time of lithium and potential: their order, what the error estimate is worth, very large
steps, balances.

A host of unit thickness over an ohmic contact, F c_max = 1 C/m3, diffusivity of order one.
"""

import numpy as np
import pytest

from bodies import fill
from chemomech.fem.domain import build_domain
from chemomech.models.chemical_parts import (
    ELECTRONIC,
    IONIC,
    METAL,
    Conductor,
    Drive,
    Host,
    Surroundings,
)
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.simulation.chemistry import chemical_step, stoichiometry_error
from chemomech.units.constants import FARADAY
from compare import approx
from meshes import box
from rates import fitted_order

DIFFUSIVITY = 0.2
GAMMA = 1.0 - 1.0 / np.sqrt(2.0)


def flux(growth):
    """F J = -D (1 + growth x) grad x."""

    def law(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
        d = DIFFUSIVITY / FARADAY * (1.0 + growth * x)
        unit = np.eye(slope.shape[-1]) * np.ones(x.shape)[..., None, None]
        by_x = -DIFFUSIVITY / FARADAY * growth * slope
        return -d[..., None] * slope, by_x, -d[..., None, None] * unit

    return law


def kinetics(jump, x, stress_at_fixed_x, conducting, around):
    """i = 0.8 sinh(2 eta) with U = 1 - x + 0.3 x^2, and a contact that grows with the time and with
    chi."""
    eta, slope = jump - (1.0 - x + 0.3 * x**2), 1.0 - 0.6 * x
    grown = 0.8 * conducting * (1.0 + 0.5 * around.seconds)
    steep = 2.0 * grown * np.cosh(2.0 * eta)
    return grown * np.sinh(2.0 * eta), steep, slope * steep


def plates(jump, x, stress_at_fixed_x, conducting, around):
    return 3.0 * jump, 3.0 + 0 * jump, 0 * jump


def build(growth=2.0, count=12):
    """Metal | electrolyte | host, a column one cell wide."""

    def region(x):
        return "metal" if x[1] < 0.25 else "electrolyte" if x[1] < 0.5 else "host"

    domain = build_domain(box((1, 6 * count // 4), (0.25, 1.5), region))
    ions = Conductor(IONIC, lambda temperature: 0.5)
    conductors = {"metal": Conductor(METAL), "electrolyte": ions, "host": Conductor(ELECTRONIC)}
    laws = {"metal|electrolyte": ("metal", plates), "electrolyte|host": ("host", kinetics)}
    return Electrochemistry(
        domain, conductors, {"host": Host(1.0 / FARADAY, flux(growth))}, laws, "host", 0.25
    )


def around(model, seconds=0.0, conducting=1.0):
    shares = np.full((len(model.domain.all_interfaces()), 3), conducting)
    return Surroundings(shares, np.zeros(model.size), seconds=seconds)


def smooth_start(model, drive):
    """A state some time after the current was switched on: its profile is smooth."""
    state = model.initial_state({"host": 0.2}, 0.5)
    for _ in range(4):
        state = chemical_step(model, state, 0.05, around(model), around(model), drive).state
    return state


def walked(model, state, drive, length, count, tolerance=1e-12):
    """State and charge [C/m2] after `count` equal steps; contacts grow and are lost while time goes
    on."""
    charge = 0.0
    at = lambda t: around(model, t, 1.0 - 0.5 * t)
    for k in range(count):
        start, end = (at(length * j / count) for j in (k, k + 1))
        step = chemical_step(model, state, length / count, start, end, drive, tolerance)
        state, charge = step.state, charge + step.charge
    return state, charge


@pytest.mark.parametrize("drive", [Drive(0.2), Drive(voltage=0.4)])
def test_second_order_in_time(drive):
    """Breaks when a stage's weight, its time or its surroundings are wrong: stoichiometry, voltage,
    current and charge."""
    model, length, counts = build(), 0.8, (2, 4, 8, 16)
    start = smooth_start(model, Drive(0.2))
    exact, exact_charge = walked(model, start, drive, length, 128)
    errors = {"stoichiometry": [], "terminal": [], "charge": []}
    for count in counts:
        end, charge = walked(model, start, drive, length, count)
        errors["stoichiometry"].append(
            stoichiometry_error(model, end.stoichiometry - exact.stoichiometry)
        )
        terminal = (end.voltage - exact.voltage, end.current_density - exact.current_density)
        errors["terminal"].append(np.abs(terminal).max())
        errors["charge"].append(abs(charge - exact_charge))
    if drive.voltage is None:
        assert max(errors.pop("charge")) < 1e-14
    for name, each in errors.items():
        order = fitted_order(1.0 / np.array(counts), each)
        assert order == approx(2.0, abs=0.15), (name, each)
    assert errors["stoichiometry"][-1] < 2e-4


def growth_factor(z):
    """What two stages make of dx/dt = -lambda x over z = lambda dt: (1 - (1 - 2 gamma) z)/(1 +
    gamma z)^2."""
    return (1.0 - (1.0 - 2.0 * GAMMA) * z) / (1.0 + GAMMA * z) ** 2


def mode(model):
    """A wave of the stoichiometry over the thickness of the host, that decays with D pi^2."""
    wave = {"host": lambda x: np.cos(np.pi * (x[:, 1] - 0.5))}
    return np.nan_to_num(fill(model.domain, model.space, wave))


@pytest.mark.parametrize("z", [0.03, 1.0, 2.0, 10.0, 1e3, 1e6])
def test_a_wave_decays_as_the_method_says(z):
    """Breaks when gamma or a weight is wrong, or a large step leaves the wave standing or turns it
    over for good."""
    model = build(growth=0.0, count=24)
    wave = mode(model)
    state = model.initial_state({"host": 0.5}, 0.575)
    disturbed = type(state)(state.potential, state.stoichiometry + 0.1 * wave, state.voltage)
    dt = z / (DIFFUSIVITY * np.pi**2)
    end = chemical_step(
        model, disturbed, dt, around(model), around(model), Drive(0.0), tolerance=1e-11
    ).state
    at, shape = (
        model.value(end.stoichiometry - state.stoichiometry)[..., 0],
        model.value(wave)[..., 0],
    )
    factor = model.value.integral(at * shape) / (0.1 * model.value.integral(shape**2))
    assert factor == approx(growth_factor(z), rel=1e-4, abs=1e-9)
    assert stoichiometry_error(model, end.stoichiometry - state.stoichiometry) < 0.1 * min(
        1.0, 5.0 / z
    )


def test_a_very_large_step_ends_at_rest():
    """Breaks when rough fields ring instead of dying in a step far longer than diffusion takes."""
    model, random = build(), np.random.default_rng(1)
    state = model.initial_state({"host": 0.5}, 0.5)
    rough = np.where(
        state.stoichiometry > 0, state.stoichiometry + 0.3 * random.uniform(-1, 1, model.size), 0.0
    )
    state = type(state)(state.potential, rough, state.voltage)
    end = chemical_step(model, state, 1e8, around(model), around(model), Drive(voltage=0.6)).state
    level = (1.0 - np.sqrt(1.0 - 1.2 * 0.4)) / 0.6  # U(x) = 0.6 V
    inside = end.stoichiometry[np.unique(model.value.dofs)]
    assert inside == approx(level, abs=1e-6)
    assert abs(end.current_density) < 1e-6


@pytest.mark.parametrize("drive", [Drive(0.2), Drive(voltage=0.4)])
@pytest.mark.parametrize("smooth", [True, False])
def test_the_estimate_bounds_the_error(drive, smooth):
    """Breaks when the estimate is smaller than the error of a step, or so large that steps are cut
    for nothing."""
    model = build()
    start = smooth_start(model, Drive(0.2)) if smooth else model.initial_state({"host": 0.2}, 0.8)
    lengths, estimates, errors = 0.4 / 2.0 ** np.arange(5), [], []
    for dt in lengths:
        step = chemical_step(
            model, start, dt, around(model, 0.0), around(model, dt), drive, tolerance=1e-12
        )
        state = start
        for k in range(32):
            ends = (around(model, dt * j / 32) for j in (k, k + 1))
            state = chemical_step(model, state, dt / 32, *ends, drive, tolerance=1e-12).state
        estimates.append(stoichiometry_error(model, step.error))
        errors.append(stoichiometry_error(model, step.state.stoichiometry - state.stoichiometry))
    ratio = np.array(estimates) / errors
    assert np.all((ratio > 3.0) & (ratio < 40.0)), ratio


def test_lithium_and_charge_balance():
    """Breaks when lithium, charge and what crosses each interface are not summed with the stages'
    own weights."""
    model = build()
    state = model.initial_state({"host": 0.3}, 0.7)
    first, charge = model.lithium(state.stoichiometry), 0.0
    drives = [
        Drive(0.2),
        Drive(-0.3),
        Drive(voltage=0.5),
        Drive(0.0),
        Drive(voltage=0.9),
        Drive(0.1),
        Drive(voltage=0.3),
    ]
    for number, drive in enumerate(drives):
        for dt in (1e-3, 0.02, 0.3) if drive.voltage is None else (1e-3, 0.02, 0.3, 5.0, 50.0):
            ends = around(model, 0.0, 1.0 - 0.1 * number), around(model, 0.2, 0.9 - 0.1 * number)
            step = chemical_step(model, state, dt, *ends, drive, tolerance=1e-12)
            gone = model.lithium(step.state.stoichiometry) - model.lithium(state.stoichiometry)
            through = {
                name: junction.operator.integral(step.passed[name])
                for name, junction in model.junctions.items()
            }
            sums = [
                step.charge * model.area,
                through["metal|electrolyte"],
                -through["electrolyte|host"],
            ]
            assert sums == approx([gone] * 3, rel=0, abs=1e-11 * first), (drive, dt)
            state, charge = step.state, charge + step.charge
    assert abs(charge) > 0.1
    assert model.lithium(state.stoichiometry) - first == approx(
        charge * model.area, rel=0, abs=1e-11 * first
    )


@pytest.mark.parametrize("voltage", [0.3, 0.9])
def test_a_current_that_changes_within_a_step_is_summed(voltage):
    """Breaks when the charge of a held voltage is the last current times the step, or its rounding
    is that of G V."""
    model, dt = build(), 0.4
    state = model.initial_state({"host": 0.3}, 0.7)
    step = chemical_step(model, state, dt, around(model), around(model), Drive(voltage=voltage))
    last = step.state.current_density
    assert abs(step.charge / (dt * last) - 1.0) > 0.05
    gone = model.lithium(step.state.stoichiometry) - model.lithium(state.stoichiometry)
    assert step.charge * model.area == approx(gone, rel=1e-9)
    assert step.state.voltage == approx(voltage + last / model.output_conductance, abs=1e-14)
