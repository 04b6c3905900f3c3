"""From a case, its parts and a microstructure to the models of one cell: parameters by region and interface.

Ions move in the regions whose material has an ionic_conductivity.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chemomech.case import CaseError
from chemomech.case.choices import cracks_in, sides_of
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import facet_points
from chemomech.geometry import GeometryError
from chemomech.geometry.mesh.statistics import SIDES
from chemomech.models.body import Solid, bulk_parameters
from chemomech.models.mechanics import Mechanics
from chemomech.models.phase_field import LEAST_RESOLUTION, CrackingMechanics, Fracture
from chemomech.physics import thermal
from chemomech.physics.bulk import viscoplasticity
from chemomech.physics.fracture.energy import fracture_energy
from chemomech.physics.interfaces.contact import RoughContact
from chemomech.setup.bulk_terms import ANAND, CREEP, flow_of, flows_of
from chemomech.setup.conditions import conditions_of
from chemomech.setup.electrodes import check_softening
from chemomech.setup.interface_laws import facet_sizes, interface_law, relative_stiffness
from chemomech.setup.interface_terms import rough_contact_of, with_value
from chemomech.setup.laws import LIBRARY_LAWS, Laws


@dataclass(frozen=True)
class Electrode:
    """One interface that passes current: names of interface and regions, its material, its place in all interfaces.

    contact_law: a name of physics.contact.CONTACT_LAWS or a function; contact: its physics.contact.RoughContact.
    """

    interface: str
    region: str
    electrolyte: str
    material: object
    rows: slice
    contact_law: str | Callable
    contact: RoughContact


@dataclass(frozen=True)
class Cell:
    """Everything that a run of one cell needs and that does not change during it.

    anode, cathode: None where a case only swells. laws: that its interfaces may name. contacts: what passes ions or electrons between two of their
    conductors: interfaces with a contact_resistance, and every one that has conductors of ions on both sides.
    """

    domain: object
    materials: dict
    interface_materials: dict
    mechanics: Mechanics
    anode: Electrode | None
    cathode: Electrode | None
    temperature: float
    contacts: tuple = ()
    laws: Laws = LIBRARY_LAWS

    @property
    def touching(self):
        """Every interface whose contact matters to a current."""
        return (*(each for each in (self.anode, self.cathode) if each is not None), *self.contacts)

    def relative_stiffness(self):
        """Largest K h/E of each interface, by name; see `interfaces.relative_stiffness`."""
        young = {name: material.young_modulus for name, material in self.materials.items()}
        return {
            name: relative_stiffness(
                self.domain, facets, self.interface_materials[name].stiffness, young
            )
            for name, facets in self.domain.interfaces.items()
        }


def _flow(material, kind):
    """viscoplasticity.Flow of a material that flows so, None when it does not creep."""
    if kind == "creep":
        energy = material.get("creep_activation_energy", 0.0)
        rate, stress, exponent = (material.get(name) for name in CREEP)
        return viscoplasticity.power_law(rate, stress, exponent, energy)
    if kind == "anand":
        return viscoplasticity.anand(*(material.get(name) for name in ANAND))
    return None


def solids_of(materials, degree=2):
    """Region -> Solid; raises MaterialError for what the material's flow needs and lacks, which is a displacement degree
    of 2 when it creeps."""
    flows = flows_of(materials, degree)
    return {
        name: Solid(
            young_modulus=material.young_modulus,
            poisson_ratio=material.poisson_ratio,
            yield_strength=material.yield_strength if flows[name] == "plastic" else np.inf,
            hardening=(material.get("hardening_modulus", 0.0) if flows[name] == "plastic" else 0.0),
            swells=material.has("volume_change"),
            flow=_flow(material, flows[name]),
        )
        for name, material in materials.items()
    }


def ion_conductivity(material, temperature):
    """Ionic conductivity of a material [S/m] at a temperature [K]; without an activation energy it does not change."""
    energy = material.get("ionic_activation_energy", 0.0)
    conductivity = material.ionic_conductivity
    return (
        conductivity * thermal.ion_conductivity_factor(energy, temperature)[0]
        if energy
        else conductivity
    )


def build_cell(case, parts, microstructure):
    """Assemble the models of a case on its microstructure; parts: electrodes.Parts. Raises CaseError."""
    bulk, interface_materials, cathode, anode, own = parts
    # What is cut off has a region of its own only where something is.
    spare = {getattr(case.geometry, "cut_off", None)} - set(microstructure.regions)
    bulk = {name: material for name, material in bulk.items() if name not in spare}
    _match_names(bulk, microstructure)
    # A named curve of the user's mesh that the case does not ask for is bonded.
    domain = build_domain(
        replace(microstructure, interfaces=_interfaces(case, interface_materials, microstructure))
    )
    rows, interface_materials = (
        domain.interface_slices(),
        _stiff(domain, interface_materials, bulk, [cracks_in(region) for region in case.cracks]),
    )
    interface_materials = _pressing(
        domain, interface_materials, bulk, [each.interface for each in case.meshed_flaws]
    )
    parts = parts._replace(interface_materials=interface_materials)
    degree = case.solver.displacement_degree
    laws = {}
    for name, facets in domain.interfaces.items():
        try:
            laws[name] = interface_law(
                domain,
                facets,
                interface_materials[name],
                facet_points(domain, facets, 2 * degree),
                own,
            )
        except ValueError as error:
            raise CaseError(f"{_key(name)}: {error}") from None
    damage = np.concatenate([
        np.full((len(facets), 1), interface_materials[name].get("initial_damage", 0.0)) for name, facets in domain.interfaces.items()
    ])  # fmt: skip
    parameters = bulk_parameters(domain, solids_of(bulk, degree))
    if case.phase_field is None:
        mechanics = Mechanics(domain, parameters, laws, damage, degree)
    else:
        mechanics = _cracking(case.phase_field, domain, bulk, parameters, laws, damage, degree)
    return Cell(
        domain=domain,
        materials=bulk,
        interface_materials=interface_materials,
        mechanics=mechanics,
        anode=_electrode(anode, parts, rows),
        cathode=_electrode(cathode, parts, rows),
        temperature=conditions_of(case).temperature,
        laws=own,
        contacts=tuple(
            _electrode((name, *sides_of(name)), parts, rows, True)
            for name, face in interface_materials.items()
            if face.has("contact_resistance") or _conducts_ions(name, bulk)
        ),
    )


CRACK_STIFFNESS = (
    100.0  # K h/E of cracks whose stiffness is left out: 1.7 % too compliant, docs/fracture.md
)

OPEN_SHARE = 1e-3  # stiffness of open flaws over that of their contact


def _match_names(bulk, microstructure):
    """Raise one CaseError for all names of regions and sides that case and mesh do not share."""
    regions, sides = (
        set(microstructure.regions),
        {name for pair in SIDES[microstructure.dimension] for name in pair},
    )
    wrong = []
    if set(bulk) != regions:
        wrong.append(f"materials: the regions of the mesh are {', '.join(sorted(regions))}")
        for names, text in (
            (regions - set(bulk), "without a material"),
            (set(bulk) - regions, "not in the mesh"),
        ):
            wrong += [f"{text}: {', '.join(sorted(names))}"] if names else []
    lacking = sides - set(microstructure.boundaries)
    if lacking:
        wrong.append(
            f"geometry.path: the mesh has no plane side and no face named {', '.join(sorted(lacking))}; it has "
            f"{', '.join(sorted(microstructure.boundaries)) or 'none'}"
        )
    if wrong:
        raise CaseError("; ".join(wrong))


def _key(name):
    """Where an interface stands in the case file."""
    return (
        f"cracks.{sides_of(name)[0]}"
        if name == cracks_in(sides_of(name)[0])
        else f"interfaces.{name}"
    )


def _interfaces(case, interface_materials, microstructure):
    """Facets of every interface; raises CaseError where there are none."""
    between = {}
    flaws = {each.interface for each in case.meshed_flaws}
    for name in interface_materials:
        one, other = sides_of(name)
        if name in flaws:
            if name not in microstructure.interfaces:
                raise CaseError(f"meshed_flaws: the mesh has no {name}")
            between[name] = microstructure.interfaces[name]
            continue
        if name == cracks_in(one):
            between[name] = _rest(
                microstructure, one, [*between.values(), *microstructure.interfaces.values()]
            )
            continue
        try:
            between[name] = microstructure.interface_between(one, other)
        except GeometryError as error:
            raise CaseError(f"interfaces.{name}: {error}") from None
        if not len(between[name]):
            what = "these two regions" if one != other else "the parts of this region"
            raise CaseError(f"interfaces.{name}: {what} do not touch in the mesh")
    return between


def _rest(microstructure, region, taken):
    """Facets (k, d) inside a region that are in none of the sets `taken`; raises CaseError."""
    table, inside = microstructure.facet_table, microstructure.region_cells(region)
    free = table.interior & inside[table.cells].all(axis=1)
    for facets in taken:
        free[table.find(facets)] = False
    if not free.any():
        raise CaseError(f"cracks.{region}: no facet lies inside this region")
    return table.facets[free]


def _stiff(domain, interface_materials, bulk, cracks):
    """The interfaces' materials, cracks without a stiffness with CRACK_STIFFNESS E/h, h the facets' mean size."""
    found = dict(interface_materials)
    for name in cracks:
        if not found[name].has("stiffness"):
            size = float(facet_sizes(domain, domain.interfaces[name]).mean())
            value = CRACK_STIFFNESS * bulk[sides_of(name)[0]].young_modulus / size
            source = f"{CRACK_STIFFNESS:g} E over the facets' size"
            found[name] = with_value(found[name], "stiffness", value, "Pa/m", source)
            check_softening(name, found[name])
    return found


def _pressing(domain, interface_materials, bulk, flaws):
    """The interfaces' materials, meshed flaws without a contact_stiffness with CRACK_STIFFNESS E/h of their facets."""
    found = dict(interface_materials)
    for name in flaws:
        face = found[name]
        if not face.has("contact_stiffness"):
            size = float(facet_sizes(domain, domain.interfaces[name]).mean())
            value = CRACK_STIFFNESS * bulk[sides_of(name)[0]].young_modulus / size
            face = with_value(
                face,
                "contact_stiffness",
                value,
                "Pa/m",
                f"{CRACK_STIFFNESS:g} E over the facets' size",
            )
        # Of it a millionth is left between separated faces, which must not hold a flaw together.
        loose = OPEN_SHARE * face.contact_stiffness
        found[name] = with_value(
            face, "stiffness", loose, "Pa/m", f"{OPEN_SHARE:g} of contact_stiffness"
        )
    return found


def _conducts_ions(name, bulk):
    """Whether ions move on both sides of an interface, which no lithium metal or active material is."""
    return all(
        bulk[region].has("ionic_conductivity")
        and not any(bulk[region].has(mark) for mark in ("molar_volume", "volume_change"))
        for region in sides_of(name)
    )


def _cracking(given, domain, materials, parameters, laws, damage, degree):
    """CrackingMechanics of a case's section; raises CaseError."""
    toughness = {}
    for name in given.regions:
        material = materials[name]
        if flow_of(material) != "elastic":
            raise CaseError(
                f"phase_field.regions: {name} is of {material.name}, which can flow; brittle cracks need an elastic "
                f'one, for example {{ base = "{material.name}", flow = "elastic" }}'
            )
        if given.toughness is None and not material.has("fracture_toughness"):
            raise CaseError(
                f"phase_field.toughness: is required, {material.name} ({name}) has no fracture_toughness; "
                'write a fracture energy, for example "2 J/m^2"'
            )
        toughness[name] = given.toughness or fracture_energy(
            material.fracture_toughness, material.young_modulus, material.poisson_ratio
        )
    fracture = Fracture(
        toughness, given.length, given.model, given.split, corrected=given.corrected
    )
    mechanics = CrackingMechanics(domain, parameters, laws, damage, fracture, degree)
    smallest = float(mechanics.damage.sizes.min())
    if given.length < LEAST_RESOLUTION * smallest:
        raise CaseError(
            f"phase_field.length: given {given.length:.4g} m, the smallest cell of its regions is {smallest:.4g} m; "
            f"a crack needs {LEAST_RESOLUTION:g} cells in this length: refine geometry.mesh or lengthen it"
        )
    return mechanics


def _electrode(role, parts, rows, bare=False):
    """Electrode of (interface, region, electrolyte); bare: without contact_hardness it does not touch when broken."""
    if role is None:
        return None
    interface, region, electrolyte = role
    face = parts.interface_materials[interface]
    law, rough = rough_contact_of(interface, face, parts.bulk, bare, parts.laws)
    return Electrode(interface, region, electrolyte, face, rows[interface], law, rough)
