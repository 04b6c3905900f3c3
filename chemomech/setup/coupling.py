"""From a case and the models of its cell to the coupled cell that a protocol runs through.

Regions: lithium metal stands at 0 V, a material with an ionic_conductivity conducts ions, one with
a volume_change takes up lithium and is wired to the terminal (its network of carbon is not
resolved), any other with an electronic_conductivity belongs to the terminal. With electrons =
"resolved" they flow through the electronic_conductivity of all these but the collector at the
stack's end, and through named interfaces between them by their contact_resistance and contact. Ions
cross a named interface between two of their conductors, a grain boundary or a crack, by its
contact: i = chi [phi]/R with its contact_resistance, or where it has none with THIN
(`analysis.effective_conductivity`) times that of a layer as thick as its facets are long. Grain
boundaries and cracks inside an active material let lithium and electrons pass, broken or not. Other
named interfaces that are no electrode block.

With [crystals] every grain of active material strains along its own c axis
(`physics.bulk.crystal`). What stress does to lithium there is still that of the mean stress on the
volume: deviators of stress on the axes' difference are left out of potential and flux.

Left out of the temperature's work (`chemistry`): the entropy slope dU/dT of equilibrium potentials
(below 0.1 mV/K in NMC811, O'Regan et al. 2022, Electrochim. Acta 425, 140700†), and moduli,
strengths and hardness, which stay those given.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.cracks import debonded
from chemomech.case.choices import cracks_in, sides_of
from chemomech.materials.records import Material
from chemomech.models.body import by_cell
from chemomech.models.chemical_parts import ELECTRONIC, IONIC, Conductor
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.exchange import Exchange
from chemomech.models.mechanical_parts import MechanicalState
from chemomech.models.mechanics import Mechanics
from chemomech.models.phase_field import CrackingMechanics
from chemomech.physics import thermal
from chemomech.physics.bulk.crystal import AxisDifference, axis_tensor, random_axes
from chemomech.physics.bulk.swelling import StressOnLithium
from chemomech.physics.electrochemistry.equilibrium import equilibrium_potential
from chemomech.setup.cell import Cell
from chemomech.setup.chemistry import (
    conductors_of,
    contact_law,
    host_of,
    intercalation_law,
    metal_law,
    terminal_of,
)
from chemomech.setup.conditions import attached_of, conditions_of
from chemomech.setup.lithium_face import lithium_face, open_voids
from chemomech.simulation.contact import contacts, initial_memory
from chemomech.simulation.coupled import CoupledState, Coupling, surroundings
from chemomech.simulation.films import films_of

if TYPE_CHECKING:
    from chemomech.case.schema import Case


def coupling_of(case: "Case", cell: Cell, damage_time: float) -> Coupling:
    """Join the models of a case's cell.

    The cell stays as it is: the coupling's mechanics is the cell's with the voids that the case has
    from the start.

    Parameters
    ----------
    case : Case
        The case.
    cell : Cell
        Its models.
    damage_time : float
        Time of the damage's viscosity [s].

    Raises
    ------
    CaseError, MaterialError
        For what is missing.
    """
    active = {name: m for name, m in cell.materials.items() if m.has("volume_change")}
    made = {name: host_of(case, name, material) for name, material in active.items()}
    stressed = {name: each for name, (_, each) in made.items()}
    face = lithium_face(case, cell)
    mechanics = open_voids(cell.mechanics, face)
    anode, _ = cell.electrodes()
    chemistry = _chemistry(case, cell, {name: host for name, (host, _) in made.items()}, stressed)
    expansions = {name: m.get("thermal_expansion", 0.0) for name, m in cell.materials.items()}
    expansion = by_cell(cell.domain, expansions)
    reference = cell.temperature
    cracks = [name for name in mechanics.rows if name == cracks_in(sides_of(name)[0])]
    return Coupling(
        mechanics,
        chemistry,
        _exchange(case, cell, mechanics, chemistry, stressed),
        _contact(case, cell),
        metals={anode.interface: cell.materials[anode.region].molar_volume},
        films=films_of(cell.interface_materials, mechanics.rows, len(mechanics.facets)),
        thermal=lambda temperature: thermal.thermal_strain(expansion, temperature, reference)[0],
        damage_time=damage_time,
        debonded=lambda mechanical: debonded(mechanics, mechanical, cracks),
        intact=_intact(case, mechanics),
        face=face,
    )


def _chemistry(
    case: "Case", cell: Cell, hosts: dict, stressed: dict[str, StressOnLithium]
) -> Electrochemistry:
    """Electrochemistry of a cell: what its regions conduct, and the laws of its interfaces."""
    wired = case.electrons == "wired"
    conductors = conductors_of(cell, hosts, wired)
    terminal = terminal_of(cell, conductors, hosts)
    if terminal not in hosts:
        # A good conductor: resolved, its potential would lose digits to rounding and tell nothing.
        conductors[terminal] = Conductor(ELECTRONIC)
    # Interfaces inside an active material break neither field.
    inside = [name for name in cell.interface_materials if set(sides_of(name)) <= hosts.keys()]
    laws = _laws(cell, conductors, stressed, inside, wired, "stress" in case.solver.feedback)
    return Electrochemistry(
        cell.domain,
        conductors,
        hosts,
        laws,
        terminal,
        cell.mechanics.area,
        case.solver.displacement_degree,
        joined=inside,
    )


def _laws(
    cell: Cell,
    conductors: dict[str, Conductor],
    stressed: dict[str, StressOnLithium],
    inside: Collection[str],
    wired: bool,
    pressed: bool,
) -> dict[str, tuple[str, Callable]]:
    """(electrode's region, law) of every interface that passes a current.

    pressed: whether lithium's equilibrium is told of its traction.
    """
    anode, cathode = cell.electrodes()
    laws: dict[str, tuple[str, Callable]] = {
        anode.interface: (anode.region, metal_law(cell, pressed)),
        cathode.interface: (cathode.region, intercalation_law(cell, stressed[cathode.region])),
    }
    laws = {name: law for name, law in laws.items() if name not in inside}
    for each in cell.contacts:
        if each.interface in inside:
            continue
        ions = {conductors[region].kind for region in sides_of(each.interface)} == {IONIC}
        if ions or not wired:
            laws[each.interface] = each.region, contact_law(cell, each)
    return laws


def _exchange(
    case: "Case",
    cell: Cell,
    mechanics: Mechanics,
    chemistry: Electrochemistry,
    stressed: dict[str, StressOnLithium],
) -> Exchange:
    """Exchange of both models through the bulk; without its feedback stress is told as none."""
    strains = {name: each.strain for name, each in stressed.items()}
    told = {name: each.stress_at_fixed_x for name, each in stressed.items()}
    if "stress" not in case.solver.feedback:
        told = {name: _without_stress(each) for name, each in told.items()}
    return Exchange(mechanics, chemistry, strains, told, _axial(case, cell, strains))


def _axial(case: "Case", cell: Cell, hosts: Collection[str]) -> dict[str, Callable]:
    """Strain along the axes of the grains of every host; none where they are not asked for."""
    if case.crystals is None:
        return {}
    particle, components = cell.domain.particle, cell.mechanics.strain.blocks.shape[2]
    # The last axis is that of cells without a grain, -1.
    axes = random_axes(int(particle.max()) + 2, case.crystals.seed)
    tensors = axis_tensor(axes[particle], components)
    return {
        name: _along(cell.materials[name], case.cycle.initial_stoichiometry, tensors)
        for name in hosts
    }


def _along(material: Material, start: float, tensors: NDArray) -> Callable:
    """Strain (r, q, c) along axes at a stoichiometry (r, q) in cells (r,)."""
    table = material.axial_strain
    difference = AxisDifference(table.stoichiometry, table.value, start)
    return lambda x, cells: difference(x)[..., None] * tensors[cells][:, None]


def _without_stress(stress_at_fixed_x: Callable) -> Callable:
    """Stress at fixed composition of a body without stress."""
    return lambda stress, x: stress_at_fixed_x(0.0 * stress, x)


def _contact(case: "Case", cell: Cell) -> Callable:
    """Conducting fraction of all points; without its feedback that of interfaces as made."""
    fresh = _fresh_contacts(case, cell)

    def contact(
        traction: NDArray,
        opening: NDArray,
        damage: NDArray,
        memory: NDArray,
        dt: float,
        temperature: float,
    ) -> tuple[NDArray, NDArray]:
        now = contacts(cell, np.maximum(-traction, 0.0), opening, damage, memory, dt, temperature)
        return now if "contact" in case.solver.feedback else (fresh, now[1])

    return contact


def _fresh_contacts(case: "Case", cell: Cell) -> NDArray:
    """Conducting fraction (k, q) of interfaces as made, without voids, under the stack pressure."""
    pressure = np.full(cell.mechanics.jump.weights.shape, conditions_of(case).stack_pressure)
    damage = cell.mechanics.initial_state().damage
    memory = initial_memory(cell, attached_of(case))
    return contacts(cell, pressure, 0.0 * pressure, damage, memory, 0.0)[0]


def _intact(case: "Case", mechanics: Mechanics) -> Callable:
    """Share (m, 1) of the cells' conductivity that a state's cracks leave, None where none grow."""
    if not isinstance(mechanics, CrackingMechanics) or case.solver.feedback == "none":
        return lambda mechanical: None
    damage = mechanics.damage
    return lambda mechanical: damage.conducting_share(mechanical.phase)


def first_state(
    case: "Case", cell: Cell, coupling: Coupling, mechanical: MechanicalState, memory: NDArray
) -> CoupledState:
    """Make the state at rest before the first current: preloaded, at one stoichiometry.

    Parameters
    ----------
    case, cell, coupling
        The case, its models and how they are joined.
    mechanical : MechanicalState
        State at the end of the preload.
    memory : (k, q, 2) array
        Memory of the contacts, see `simulation.contact.initial_memory`.
    """
    x, (_, cathode) = case.cycle.initial_stoichiometry, cell.electrodes()
    potential = equilibrium_potential(cell.materials[cathode.region].equilibrium_potential)
    rest = float(potential(np.array(x)).value)
    # Lithium cannot reach other hosts: they keep what they hold, and their volume.
    chemical = coupling.chemistry.initial_state(dict.fromkeys(coupling.chemistry.hosts, x), rest)
    film = coupling.films.initial()
    around, memory = surroundings(
        coupling, mechanical, chemical.stoichiometry, memory, 0.0, cell.temperature, 0.0, film
    )
    # Mechanics spoke of one strain for all; from here on each point has its own.
    strain = coupling.exchange.free_strain(chemical.stoichiometry)
    mechanical = replace(mechanical, chemical_strain=strain)
    plated, vacancies = coupling.face.first(len(cell.mechanics.facets))
    return CoupledState(mechanical, chemical, around, plated, memory, vacancies)
