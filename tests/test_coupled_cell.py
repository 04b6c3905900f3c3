"""From a case file to the coupled cell: what a short charge of a small cell must do."""

from dataclasses import replace

import numpy as np

from chemomech.case import parse_case
from chemomech.case.protocol import parse_protocol
from chemomech.geometry import build_microstructure
from chemomech.models.chemical_parts import Drive
from chemomech.models.mechanics import Load
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from chemomech.setup.cell import build_cell
from chemomech.setup.conditions import conditions_of
from chemomech.setup.coupling import coupling_of, first_state
from chemomech.setup.electrodes import check_case
from chemomech.simulation.contact import initial_memory
from chemomech.simulation.coupled import coupled_step
from chemomech.simulation.newton import step
from chemomech.simulation.protocol_steps import run_protocol
from chemomech.simulation.run_state import RunState
from compare import approx
from small import small_case, tiny_case


def test_short_charge_of_a_case(tmp_path):
    """Breaks when a case's materials reach the fields with a wrong sign, unit or place."""
    case = parse_case(small_case(output__fields="none"))
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    coupling = coupling_of(case, cell, damage_time=10.0)
    pressed = step(cell.mechanics, cell.mechanics.initial_state(), Load(case.stack.pressure))
    assert pressed.converged
    first = first_state(case, cell, coupling, pressed.state, initial_memory(cell))
    start = coupling.chemistry.lithium(first.chemical.stoichiometry)
    assert_pressed_lithium_raises_the_voltage(cell, coupling, first)
    protocol = parse_protocol(["Charge at 0.2 mA/cm2 for 10 minutes"])
    end = run_protocol(coupling, RunState(first), protocol, 1.0, conditions_of(case))

    assert end.charge == approx(-2.0 * 600.0, rel=1e-12)
    lost = start - coupling.chemistry.lithium(end.state.chemical.stoichiometry)
    assert lost == approx(1200.0 * cell.mechanics.area, rel=1e-8)
    x = case.cycle.initial_stoichiometry * (1.0 - lost / start)
    rest = float(nmc811_chen2020(np.array(x)).value)
    # Charging lifts the voltage, by overpotentials of some ten millivolts at this current.
    assert rest < end.state.chemical.voltage < rest + 0.2
    # Lithium plates: charge times molar volume over F, spread over the metal's whole face.
    plated = end.state.plated[cell.anode.rows]
    molar_volume = cell.materials[cell.anode.region].molar_volume
    face = cell.mechanics.jump.weights[cell.anode.rows].sum()
    assert plated == approx(
        molar_volume * 1200.0 / 96485.33212 * cell.mechanics.area / face, rel=1e-6
    )


def assert_pressed_lithium_raises_the_voltage(cell, coupling, first):
    """Breaks when the lithium's equilibrium does not feel its traction, or with the wrong sign: V
    p/F, 1.35 mV at 10 MPa, by which pressed lithium is the easier to dissolve; the case's stack
    pressure is what the run tells it."""
    weights = cell.mechanics.jump.weights[cell.anode.rows]
    told = first.around.traction[cell.anode.rows]
    assert np.sum(weights * told) / weights.sum() == approx(-10e6, rel=1e-2)
    voltages = []
    for pressure in (0.0, 10e6):
        around = replace(first.around, traction=np.full(first.around.traction.shape, -pressure))
        x = first.chemical.stoichiometry
        at_rest = coupling.chemistry.solve(first.chemical, x, 1.0, around, Drive(0.0), 1e-10)
        voltages.append(at_rest.state.voltage)
    assert voltages[1] - voltages[0] == approx(1.347e-3, rel=1e-3)


def test_a_step_in_which_most_contact_goes_is_taken(tmp_path):
    """Breaks when rounds go in circles where current opens the places that it passes, which cuts
    steps without end, or when what is accepted is not the contact of the body that is kept."""
    weak = {"base": "NMC811|Li6PS5Cl", "strength": "20 MPa", "stiffness": "4e16 Pa/m"}
    table = tiny_case()
    table["interfaces"]["active|electrolyte"] = weak
    case = parse_case(table)
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    coupling = coupling_of(case, cell, damage_time=10.0)
    pressed = step(cell.mechanics, cell.mechanics.initial_state(), Load(case.stack.pressure))
    first = first_state(case, cell, coupling, pressed.state, initial_memory(cell))
    given = 755.0, Drive(-2.0), conditions_of(case)
    taken = coupled_step(coupling, first, *given)
    assert taken.converged and taken.counts["rounds"] <= 8
    end, rows = taken.state, cell.electrodes()[1].rows
    assert np.mean(end.around.conducting[rows]) < 0.25
    told, _ = coupling.contact(
        end.mechanical.traction[..., 0], end.mechanical.opening[..., 0],
        coupling.debonded(end.mechanical), first.memory, given[0], cell.temperature,
    )  # fmt: skip
    assert np.array_equal(told, end.around.conducting)


def test_building_a_coupling_changes_no_cell(tmp_path):
    """Breaks when the voids of the start are marked in the cell itself: then the contact of
    interfaces as they were made, which a run without the feedback of contact keeps, depends on what
    was built before it."""
    voids = {"depth": "0.3 um", "width": "3 um"}
    mesh = {"size_interface": "0.4 um", "size_bulk": "4 um"}
    table = tiny_case(voids=voids, geometry__mesh=mesh, solver__feedback="stress")
    table["interfaces"]["lithium|separator"] = {
        "base": "lithium|Li6PS5Cl",
        "initial_damage": 0.0,
        "strength": "1 MPa",
        "fracture_energy": "1 J/m^2",
    }
    case = parse_case(table)
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    damage, rows = cell.mechanics.initial_damage.copy(), cell.anode.rows
    found = []
    for _ in range(2):
        coupling = coupling_of(case, cell, damage_time=10.0)
        start = coupling.mechanics.initial_state()
        conducting, _ = coupling.contact(
            start.traction[..., 0],
            start.opening[..., 0],
            start.damage,
            initial_memory(cell),
            0.0,
            cell.temperature,
        )
        found.append(conducting)
        assert np.any(start.damage[rows] == 1.0)
    assert np.array_equal(*found) and np.all(found[0][rows] > 0.0)
    assert np.array_equal(cell.mechanics.initial_damage, damage)
    assert not cell.mechanics.initial_state().damage[rows].any()
