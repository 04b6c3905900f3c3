"""A flat cell made by a case: a column of layers, so that stresses and voltages have closed forms.

Lithium | separator | electrolyte | active | collector, one cell of the mesh wide; no layer yields,
the active one does not swell.
"""

from dataclasses import replace

import numpy as np

from chemomech.case import parse_case
from chemomech.models.chemical_parts import Drive
from chemomech.models.mechanics import Load
from chemomech.models.supports import Fixture
from chemomech.setup.cell import build_cell
from chemomech.setup.coupling import coupling_of, first_state
from chemomech.setup.electrodes import check_case
from chemomech.simulation.contact import initial_memory
from chemomech.simulation.coupled import CouplingOptions, coupled_step
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.run_state import Conditions
from chemomech.units.constants import FARADAY, GAS_CONSTANT
from meshes import box
from small import small_case

HEIGHTS = {
    "lithium": 1e-6,
    "separator": 2e-6,
    "electrolyte": 1e-6,
    "active": 2e-6,
    "collector": 1e-6,
}  # m
PRESSURE = 10e6
# V [m3/mol] p/F: what pressure on lithium adds to the voltage [V].
PRESSED_LITHIUM = 13.0e-6 * PRESSURE / FARADAY
ELASTIC = {"yield_strength": "1000 GPa"}
STILL = {"volume_change": {"stoichiometry": [0.2613, 0.9], "value": [0.0, 0.0]}}
BASES = {
    "lithium": "lithium", "separator": "Li6PS5Cl", "electrolyte": "Li6PS5Cl", "active": "NMC811",
    "collector": "aluminium",
}  # fmt: skip
FACES = {
    "active|electrolyte": {"base": "NMC811|Li6PS5Cl"},
    "lithium|separator": {
        "base": "lithium|Li6PS5Cl",
        "contact_law": "plastic",
        "work_of_adhesion": "0 J/m^2",
    },
}


def bare(materials, without):
    """Materials by name that lack the properties named in `without`."""
    return {
        name: replace(
            each,
            properties={key: value for key, value in each.properties.items() if key not in without},
        )
        for name, each in materials.items()
    }


def flat_cell(
    materials=None,
    cathode=None,
    anode=None,
    fixture="constant_pressure",
    temperature="25 degC",
    without=(),
    electrons="wired",
):
    """(cell, Coupling, first CoupledState) under PRESSURE.

    materials: region -> properties; cathode, anode: properties of the interfaces; without:
    properties that none has; electrons: as in a case.
    """
    table = small_case(electrons=electrons, output__fields="none", cycle__temperature=temperature)
    for region, base in BASES.items():
        stress_at_fixed_x = STILL if region == "active" else {}
        table["materials"][region] = {
            "base": base,
            **ELASTIC,
            **stress_at_fixed_x,
            **(materials or {}).get(region, {}),
        }
    for name, given in zip(FACES, (cathode, anode), strict=True):
        table["interfaces"][name] = FACES[name] | (given or {})
    case = parse_case(table)
    tops = np.cumsum(list(HEIGHTS.values()))
    names = list(HEIGHTS)

    def region(x):
        return names[int(np.searchsorted(tops, x[1]))]

    parts = check_case(case)
    parts = parts._replace(
        bulk=bare(parts.bulk, without), interface_materials=bare(parts.interface_materials, without)
    )
    cell = build_cell(case, parts, box((1, 14), (1e-6, tops[-1]), region, {}))
    tight = NewtonOptions(tolerance=1e-10)
    pressed = step(cell.mechanics, cell.mechanics.initial_state(), Load(PRESSURE), tight)
    assert pressed.converged
    if fixture != "constant_pressure":
        held = cell.mechanics.with_fixture(Fixture(fixture, 0.0, pressed.state.position))
        cell = replace(cell, mechanics=held)
    coupling = coupling_of(case, cell, damage_time=10.0)
    memory = initial_memory(cell)
    return cell, coupling, first_state(case, cell, coupling, pressed.state, memory)


def activated(energy, temperature):
    """exp(-E/R (1/T - 1/298.15 K))."""
    return np.exp(-energy / GAS_CONSTANT * (1 / temperature - 1 / 298.15))


def kinetic_loss(current, exchange, temperature):
    """Overpotential [V] of Butler-Volmer with equal transfer coefficients at a current density
    [A/m2]."""
    return 2 * GAS_CONSTANT * temperature / FARADAY * np.arcsinh(current / (2 * exchange))


def surface_filling(coupling, state):
    """Filling of the active material at its interface, the same at all points."""
    return float(
        coupling.chemistry.junctions["active|electrolyte"]
        .trace(state.chemical.stoichiometry)
        .mean()
    )


def stepped(coupling, state, seconds, current=0.0, temperature=298.15):
    """CoupledState after one step under PRESSURE; current [A/m2], positive on discharge."""
    newton = NewtonOptions(tolerance=1e-9)
    drive, conditions = Drive(current_density=current), Conditions(PRESSURE, temperature)
    result = coupled_step(coupling, state, seconds, drive, conditions, CouplingOptions(newton))
    assert result.converged, result.reason
    return result.state
