"""From a case and the models of its cell to the coupled cell that a protocol runs through.

Regions: lithium metal stands at 0 V, a material with an ionic_conductivity conducts ions, one with a maximum_concentration
takes up lithium and is wired to the terminal (its network of carbon is not resolved), any other with an
electronic_conductivity belongs to the terminal. Named interfaces that are no electrode block.
"""

from dataclasses import replace

import numpy as np

from chemomech.case import CaseError
from chemomech.models.cell import by_cell, ion_conductivity
from chemomech.models.electrochemistry import BLOCKING, ELECTRONIC, IONIC, METAL, Conductor, Electrochemistry, Host
from chemomech.models.exchange import Exchange
from chemomech.physics import butler_volmer, diffusion, thermal
from chemomech.physics.equilibrium import equilibrium_potential
from chemomech.physics.swelling import FreeStrain, StressOnLithium
from chemomech.simulation.coupled import CoupledState, Coupling, surroundings
from chemomech.simulation.cycle import interphase_openings
from chemomech.simulation.response import contacts, film_resistance

SMALLEST_FACTOR = 0.5  # of thermodynamics, half the ideal solution's: keeps a flat potential from pulling without end
NEEDED = ("maximum_concentration", "diffusivity", "equilibrium_potential")


def coupling_of(case, cell, damage_time):
    """Coupling of a case's cell; damage_time [s]: viscosity of damage. Raises CaseError for what is missing."""
    hosts, stressed = {}, {}
    for name, material in cell.materials.items():
        if material.get("volume_change") is not None:
            hosts[name], stressed[name] = _host(case, name, material)
    conductors = {name: _conductor(material, name in hosts) for name, material in cell.materials.items()}
    others = [n for n, c in conductors.items() if c.kind == ELECTRONIC and n not in hosts]
    terminal = others[0] if others else cell.cathode.region
    laws = {
        cell.anode.interface: (cell.anode.region, _metal_law(cell)),
        cell.cathode.interface: (cell.cathode.region, _intercalation_law(cell, stressed[cell.cathode.region])),
    }
    mechanics = cell.mechanics
    chemistry = Electrochemistry(
        cell.domain, conductors, hosts, laws, terminal, mechanics.area, case.solver.displacement_degree
    )
    expansion = by_cell(cell.domain, {n: m.get("thermal_expansion", 0.0) for n, m in cell.materials.items()})
    strains = {name: each.strain for name, each in stressed.items()}
    exchange = Exchange(mechanics, chemistry, strains, {name: each.still for name, each in stressed.items()})
    return Coupling(
        mechanics, chemistry, exchange,
        lambda traction, damage, memory, dt: contacts(cell, np.maximum(-traction, 0.0), damage, memory, dt),
        metals={cell.anode.interface: cell.materials[cell.anode.region].molar_volume},
        films=lambda seconds: interphase_openings(cell, seconds),
        thermal=lambda temperature: thermal.thermal_strain(expansion, temperature, cell.temperature)[0],
        damage_time=damage_time,
    )  # fmt: skip


def first_state(case, cell, coupling, mechanical, memory):
    """CoupledState at rest before the first current: preloaded, uniformly filled."""
    x = case.cycle.initial_stoichiometry
    potential = equilibrium_potential(cell.materials[cell.cathode.region].equilibrium_potential)
    chemical = coupling.chemistry.initial_state({cell.cathode.region: x}, float(potential(np.array(x)).value))
    around, memory = surroundings(coupling, mechanical, chemical.filling, memory, 0.0, cell.temperature, 0.0)
    # Mechanics spoke of one strain for all; from here on each point has its own.
    mechanical = replace(mechanical, chemical_strain=coupling.exchange.free_strain(chemical.filling))
    return CoupledState(mechanical, chemical, around, np.zeros((len(cell.mechanics.facets), 1)), memory)


def _host(case, name, material):
    """Host and StressOnLithium of an active material."""
    lacking = [each for each in NEEDED if material.get(each) is None]
    if lacking:
        raise CaseError(f"materials.{name}: {material.name} has no {', '.join(lacking)}; give it in a table with a base")
    c_max, table = material.maximum_concentration, material.volume_change
    strain = FreeStrain(table.stoichiometry, table.value, case.cycle.initial_stoichiometry)
    stressed = StressOnLithium(strain, c_max, 2.0 * material.young_modulus / (3.0 * (1.0 - material.poisson_ratio)))
    potential = equilibrium_potential(material.equilibrium_potential)

    def flux(x, slope, still, still_slope, temperature):
        # The molar volume stands in the stress's part already, so that of the law is one.
        law = diffusion.Diffusion(
            material.diffusivity, c_max, "chemical", 1.0, temperature, equilibrium=potential, floor=SMALLEST_FACTOR
        )
        pull, by_x, by_slope = stressed.gradient(x, slope, still, still_slope)
        here, d_c, d_slope, d_pull = diffusion.flux(law, c_max * x, c_max * slope, pull)
        return (
            here, c_max * d_c + np.einsum("...ij,...j->...i", d_pull, by_x),
            c_max * d_slope + by_slope[..., None, None] * d_pull,
        )  # fmt: skip

    return Host(c_max, flux), stressed


def _conductor(material, is_host):
    """What moves in a material."""
    if material.get("molar_volume") is not None:
        return Conductor(METAL)
    if is_host:
        return Conductor(ELECTRONIC)
    if material.get("ionic_conductivity") is not None:
        return Conductor(IONIC, lambda temperature: ion_conductivity(material, temperature))
    return Conductor(ELECTRONIC if material.get("electronic_conductivity") is not None else BLOCKING)


def _intercalation_law(cell, stressed):
    """Law of the cathode's interface, for Electrochemistry."""
    face, material = cell.cathode.material, cell.materials[cell.cathode.region]
    c_max, potential = material.maximum_concentration, equilibrium_potential(material.equilibrium_potential)

    def law(jump, x, still, conducting, around):
        kinetic = butler_volmer.Intercalation(
            face.exchange_current_density, potential, c_max, partial_molar_volume=1.0, temperature=around.temperature
        )
        stress, by_x = stressed.potential(x, still)
        film = film_resistance(face, around.seconds)
        here = butler_volmer.intercalation_current(kinetic, jump, c_max * x, stress, conducting, film)
        return here.current, here.by_jump, c_max * here.by_concentration + here.by_stress * by_x

    return law


def _metal_law(cell):
    """Law of the anode's interface, for Electrochemistry."""
    face = cell.anode.material

    def law(jump, x, still, conducting, around):
        kinetic = butler_volmer.Metal(face.exchange_current_density, temperature=around.temperature)
        here = butler_volmer.metal_current(kinetic, jump, 0.0 * jump, conducting, film_resistance(face, around.seconds))
        return here.current, here.by_jump, None

    return law
