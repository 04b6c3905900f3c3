"""From a case and the models of its cell to the coupled cell that a protocol runs through.

Regions: lithium metal stands at 0 V, a material with an ionic_conductivity conducts ions, one with a
maximum_concentration takes up lithium and is wired to the terminal (its network of carbon is not resolved), any other
with an electronic_conductivity belongs to the terminal. With electrons = "resolved" they flow through the
electronic_conductivity of all these but the collector at the stack's end, and through named interfaces between them by their
contact_resistance and contact. Ions cross a named interface between two of their conductors, a grain boundary or a
crack, by its contact: i = chi [phi]/R with its contact_resistance, or where it has none with NEGLIGIBLE times that of
a layer as thick as its facets are long. Grain boundaries and cracks inside an active material let lithium and
electrons pass, broken or not. Other named interfaces that are no electrode block.

Temperature: diffusivity, electronic conductivity, exchange currents, films and growth of interphases follow their own
activation energies about 25 degC (`thermal.arrhenius_factor`), ion conductivity that of Nernst-Einstein; without an
energy they stay as they are. Left out: the entropy slope dU/dT of equilibrium potentials (below 0.1 mV/K in NMC811,
O'Regan et al. 2022, Electrochim. Acta 425, 140700†), and moduli, strengths and hardness, which stay those given.
"""

from dataclasses import replace

import numpy as np

from chemomech.analysis.cracks import debonded
from chemomech.case import CaseError
from chemomech.case.choices import sides_of
from chemomech.models.body import by_cell
from chemomech.models.chemical_parts import BLOCKING, ELECTRONIC, IONIC, METAL, Conductor, Host
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.electrode_laws import ElectrodeLaw
from chemomech.models.exchange import Exchange
from chemomech.models.network import ohmic
from chemomech.physics import thermal
from chemomech.physics.bulk.swelling import FreeStrain, StressOnLithium
from chemomech.physics.electrochemistry import butler_volmer, diffusion
from chemomech.physics.electrochemistry.equilibrium import equilibrium_potential
from chemomech.setup.cell import ion_conductivity
from chemomech.setup.conditions import conditions_of
from chemomech.setup.interface_laws import facet_sizes
from chemomech.setup.interface_terms import film_of
from chemomech.setup.lithium_face import lithium_face, open_voids
from chemomech.simulation.contact import contacts, initial_memory
from chemomech.simulation.coupled import CoupledState, Coupling, surroundings
from chemomech.simulation.films import film_resistance, films_of

SMALLEST_FACTOR = 0.5  # of thermodynamics, half the ideal solution's: keeps a flat potential from pulling without end
NEGLIGIBLE = 1e-2  # resistance of a whole grain boundary without one, over that of a layer as thick as its facets
NEEDED = ("maximum_concentration", "diffusivity", "equilibrium_potential")


def coupling_of(case, cell, damage_time):
    """Coupling of a case's cell; damage_time [s]: viscosity of damage.

    Its mechanics is the cell's with the voids that the case has from the start.

    Raises CaseError, MaterialError for what is missing."""
    wired = case.electrons == "wired"
    hosts, stressed = {}, {}
    for name, material in cell.materials.items():
        if material.has("volume_change"):
            hosts[name], stressed[name] = _host(case, name, material)
    conductors = {
        name: _conductor(material, name in hosts, wired)
        for name, material in cell.materials.items()
    }
    terminal = _terminal(
        cell, [n for n, c in conductors.items() if c.kind == ELECTRONIC and n not in hosts]
    )
    if terminal not in hosts:
        # A good conductor: resolved, its potential would lose digits to rounding and tell nothing.
        conductors[terminal] = Conductor(ELECTRONIC)
    laws = {
        cell.anode.interface: (cell.anode.region, _metal_law(cell)),
        cell.cathode.interface: (
            cell.cathode.region,
            _intercalation_law(cell, stressed[cell.cathode.region]),
        ),
    }
    inside = [name for name in cell.interface_materials if set(sides_of(name)) <= hosts.keys()]
    laws = {name: law for name, law in laws.items() if name not in inside}
    for each in cell.contacts:
        if each.interface in inside:
            continue
        ions = {conductors[region].kind for region in sides_of(each.interface)} == {IONIC}
        if ions or not wired:
            laws[each.interface] = each.region, ohmic(_contact_resistance(cell, each))
    face = lithium_face(case, cell)
    mechanics = open_voids(cell.mechanics, face)
    chemistry = Electrochemistry(
        cell.domain,
        conductors,
        hosts,
        laws,
        terminal,
        mechanics.area,
        case.solver.displacement_degree,
        joined=inside,
    )
    expansion = by_cell(
        cell.domain, {n: m.get("thermal_expansion", 0.0) for n, m in cell.materials.items()}
    )
    strains = {name: each.strain for name, each in stressed.items()}
    stresses_at_fixed_x = {name: each.stress_at_fixed_x for name, each in stressed.items()}
    if "stress" not in case.solver.feedback:
        stresses_at_fixed_x = {
            name: lambda stress, x, stress_at_fixed_x=stress_at_fixed_x: stress_at_fixed_x(
                0.0 * stress, x
            )
            for name, stress_at_fixed_x in stresses_at_fixed_x.items()
        }
    exchange = Exchange(mechanics, chemistry, strains, stresses_at_fixed_x)
    fresh = _fresh_contacts(case, cell)

    def contact(traction, damage, memory, dt, temperature):
        now = contacts(cell, np.maximum(-traction, 0.0), damage, memory, dt, temperature)
        return now if "contact" in case.solver.feedback else (fresh, now[1])

    return Coupling(
        mechanics, chemistry, exchange, contact,
        metals={cell.anode.interface: cell.materials[cell.anode.region].molar_volume},
        films=films_of(cell.interface_materials, mechanics.rows, len(mechanics.facets)),
        thermal=lambda temperature: thermal.thermal_strain(expansion, temperature, cell.temperature)[0],
        damage_time=damage_time,
        debonded=lambda mechanical: debonded(mechanics, mechanical),
        intact=_intact(case, mechanics),
        face=face,
    )  # fmt: skip


def _contact_resistance(cell, contact):
    """Resistance of a contact in full [ohm m2], a number or a function of Surroundings."""
    given = contact.material.get("contact_resistance")
    if given is not None:
        return given
    size = float(facet_sizes(cell.domain, cell.domain.interfaces[contact.interface]).mean())
    materials = [cell.materials[region] for region in sides_of(contact.interface)]
    return lambda around: (
        NEGLIGIBLE * size / min(ion_conductivity(each, around.temperature) for each in materials)
    )


def _intact(case, mechanics):
    """Function of a mechanical state: share (m, 1) of the cells' conductivity that cracks leave, or None."""
    if case.phase_field is None or case.solver.feedback == "none":
        return lambda mechanical: None
    return lambda mechanical: mechanics.damage.conducting_share(mechanical.phase)


def _terminal(cell, others):
    """The conductor of electrons at an end of the stack, else any, else the active material; others: without hosts."""
    domain = cell.domain
    ends = {
        r for face in ("top", "bottom") for r in domain.region[domain.boundaries[face].cells[:, 0]]
    }
    outer = [name for name in others if domain.regions[name] in ends]
    return (outer or others or [cell.cathode.region])[0]


def _fresh_contacts(case, cell):
    """Conducting fraction (k, q) of interfaces as they were made, without voids, under the stack pressure everywhere."""
    weights = cell.mechanics.jump.weights
    damage = cell.mechanics.initial_state().damage
    return contacts(
        cell,
        np.full(weights.shape, conditions_of(case).stack_pressure),
        damage,
        initial_memory(cell),
        0.0,
    )[0]


def first_state(case, cell, coupling, mechanical, memory):
    """CoupledState at rest before the first current: preloaded, uniformly filled."""
    x = case.cycle.initial_stoichiometry
    potential = equilibrium_potential(cell.materials[cell.cathode.region].equilibrium_potential)
    chemical = coupling.chemistry.initial_state(
        {cell.cathode.region: x}, float(potential(np.array(x)).value)
    )
    around, memory = surroundings(
        coupling,
        mechanical,
        chemical.stoichiometry,
        memory,
        0.0,
        cell.temperature,
        0.0,
        coupling.films.initial(),
    )
    # Mechanics spoke of one strain for all; from here on each point has its own.
    mechanical = replace(
        mechanical, chemical_strain=coupling.exchange.free_strain(chemical.stoichiometry)
    )
    plated, vacancies = coupling.face.first(len(cell.mechanics.facets))
    return CoupledState(mechanical, chemical, around, plated, memory, vacancies)


def _host(case, name, material):
    """Host and StressOnLithium of an active material."""
    lacking = [each for each in NEEDED if not material.has(each)]
    if lacking:
        missing = ", ".join(lacking)
        raise CaseError(
            f"materials.{name}: {material.name} has no {missing}; give it in a table with a base"
        )
    c_max, table = material.maximum_concentration, material.volume_change
    strain = FreeStrain(table.stoichiometry, table.value, case.cycle.initial_stoichiometry)
    stressed = StressOnLithium(
        strain, c_max, 2.0 * material.young_modulus / (3.0 * (1.0 - material.poisson_ratio))
    )
    potential = equilibrium_potential(material.equilibrium_potential)

    def flux(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
        # The molar volume stands in the stress's part already, so that of the law is one.
        law = diffusion.Diffusion(
            material.diffusivity, c_max, "chemical", 1.0, temperature,
            material.get("diffusion_activation_energy", 0.0), equilibrium=potential, floor=SMALLEST_FACTOR,
        )  # fmt: skip
        pull, by_x, by_slope = stressed.gradient(
            x, slope, stress_at_fixed_x, stress_at_fixed_x_slope
        )
        here, d_c, d_slope, d_pull = diffusion.flux(law, c_max * x, c_max * slope, pull)
        return (
            here, c_max * d_c + np.einsum("...ij,...j->...i", d_pull, by_x),
            c_max * d_slope + by_slope[..., None, None] * d_pull,
        )  # fmt: skip

    return Host(c_max, flux), stressed


def _conductor(material, is_host, wired):
    """What moves in a material."""
    electrons = None if wired else lambda temperature: electron_conductivity(material, temperature)
    if material.has("molar_volume"):
        return Conductor(METAL)
    if is_host:
        return Conductor(ELECTRONIC, electrons)
    if material.has("ionic_conductivity"):
        return Conductor(IONIC, lambda temperature: ion_conductivity(material, temperature))
    if material.has("electronic_conductivity"):
        return Conductor(ELECTRONIC, electrons)
    return Conductor(BLOCKING)


def electron_conductivity(material, temperature):
    """Electronic conductivity of a material [S/m] at a temperature [K]; unchanged without an energy."""
    factor, _ = thermal.arrhenius_factor(
        material.get("electronic_activation_energy", 0.0), temperature
    )
    return material.electronic_conductivity * factor


def _resistance(electrode):
    """Function of Surroundings: resistance of an electrode's film, coating and interphase, () or (k, 1) [ohm m2]."""
    film, rows = film_of(electrode.material), electrode.rows

    def resistance(around):
        thickness = 0.0 if around.film is None else around.film[rows]
        return film_resistance(film, thickness, around.temperature)

    return resistance


def _transfer(cell, face):
    """Charge transfer of an electrode's material by a law of one's own, None by Butler and Volmer's."""
    law = cell.laws.of(face, "kinetics")
    return law if callable(law) else None


def _intercalation_law(cell, stressed):
    """Law of the cathode's interface."""
    face, material = cell.cathode.material, cell.materials[cell.cathode.region]
    c_max, potential = (
        material.maximum_concentration,
        equilibrium_potential(material.equilibrium_potential),
    )

    transfer = _transfer(cell, face)

    def kinetics(temperature):
        # The molar volume stands in the stress's part already, so that of the law is one.
        return butler_volmer.Intercalation(
            face.exchange_current_density, potential, c_max, partial_molar_volume=1.0,
            temperature=temperature, activation_energy=face.get("exchange_current_activation_energy", 0.0),
            kinetics=transfer,
        )  # fmt: skip

    return ElectrodeLaw(kinetics, _resistance(cell.cathode), stressed)


def _metal_law(cell):
    """Law of the anode's interface."""
    face = cell.anode.material
    transfer = _transfer(cell, face)

    def kinetics(temperature):
        return butler_volmer.Metal(
            face.exchange_current_density, temperature=temperature,
            activation_energy=face.get("exchange_current_activation_energy", 0.0), kinetics=transfer,
        )  # fmt: skip

    return ElectrodeLaw(kinetics, _resistance(cell.anode))
