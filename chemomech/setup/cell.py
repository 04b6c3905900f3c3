"""From a case, its parts and a microstructure to the models of one cell.

Ions move in the regions whose material has an ionic_conductivity.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemomech.case import CaseError
from chemomech.case.choices import sides_of
from chemomech.fem.domain import Domain, build_domain
from chemomech.fem.operators import facet_points
from chemomech.geometry import Microstructure
from chemomech.materials.records import Material
from chemomech.models.body import Solid, axial_groups, bulk_parameters
from chemomech.models.damage_field import LEAST_RESOLUTION, Fracture
from chemomech.models.mechanics import Mechanics
from chemomech.models.phase_field import CrackingMechanics
from chemomech.physics.bulk import viscoplasticity
from chemomech.physics.bulk.elasticity import shear_modulus
from chemomech.physics.fracture.energy import fracture_energy
from chemomech.physics.interfaces.contact import RoughContact
from chemomech.setup.bulk_terms import ANAND, CREEP, flow_of, flows_of
from chemomech.setup.conditions import conditions_of
from chemomech.setup.electrodes import Parts
from chemomech.setup.interface_laws import interface_law, relative_stiffness
from chemomech.setup.interface_terms import rough_contact_of
from chemomech.setup.interfaces import check_names, facets_of, key_of, materials_on_mesh
from chemomech.setup.laws import LIBRARY_LAWS, Laws

if TYPE_CHECKING:
    from chemomech.case.schema import Case
    from chemomech.case.sections import PhaseField


@dataclass(frozen=True)
class Electrode:
    """One interface that passes current.

    Attributes
    ----------
    interface, region, electrolyte : str
        Names of the interface and of the regions on its sides.
    material : Material
        Of the interface.
    rows : slice
        Its place among the facets of all interfaces.
    contact_law : str or function
        A name of physics.interfaces.contact.CONTACT_LAWS, or a law of one's own.
    contact : RoughContact
        Parameters of that law.
    """

    interface: str
    region: str
    electrolyte: str
    material: Material
    rows: slice
    contact_law: str | Callable
    contact: RoughContact


@dataclass(frozen=True)
class Cell:
    """Everything that a run of one cell needs and that does not change during it.

    Attributes
    ----------
    domain : Domain
        The mesh with its names.
    materials, interface_materials : dict
        Materials by region and by interface.
    mechanics : Mechanics
        The body.
    anode, cathode : Electrode or None
        None where a case only swells.
    temperature : float
        Temperature of the start [K].
    contacts : tuple of Electrode
        What passes ions or electrons between two of their conductors: interfaces with a
        contact_resistance, and every one that has conductors of ions on both sides.
    laws : Laws
        What the interfaces may name.
    """

    domain: Domain
    materials: dict[str, Material]
    interface_materials: dict[str, Material]
    mechanics: Mechanics
    anode: Electrode | None
    cathode: Electrode | None
    temperature: float
    contacts: tuple[Electrode, ...] = ()
    laws: Laws = LIBRARY_LAWS

    @property
    def conducting_interfaces(self) -> tuple[Electrode, ...]:
        """Every interface whose contact matters to a current."""
        return (*(each for each in (self.anode, self.cathode) if each is not None), *self.contacts)

    def electrodes(self) -> tuple[Electrode, Electrode]:
        """Anode and cathode; ValueError in a cell that only swells."""
        if self.anode is None or self.cathode is None:
            raise ValueError("a cell that only swells has no electrodes")
        return self.anode, self.cathode

    def relative_stiffness(self) -> dict[str, float]:
        """Largest K h/E of each interface, by name; see `interface_laws.relative_stiffness`."""
        young = {name: material.young_modulus for name, material in self.materials.items()}
        return {
            name: relative_stiffness(
                self.domain, facets, self.interface_materials[name].stiffness, young
            )
            for name, facets in self.domain.interfaces.items()
        }

    def contact_ratio(self) -> dict[str, float]:
        """Find the smallest K R/4G of each interface's contact, by name.

        A sphere of radius R that swells in a matrix sees 1/(K R) beside 1/(3 K_1) + 1/(4 G_2):
        where the ratio is not far above 1, overlap takes the swelling's pressure. G is that of the
        softer side, R = d V/A of the smaller side's volume V over the interface's area A, in d
        dimensions.
        """
        body, found = self.mechanics, {}
        volume = body.strain.weights.sum(axis=1)
        for name, rows in body.rows.items():
            sides = [self.materials[side] for side in sides_of(name)]
            shear = min(float(shear_modulus(s.young_modulus, s.poisson_ratio)) for s in sides)
            least = min(volume[self.domain.cells_of(side)].sum() for side in sides_of(name))
            radius = self.domain.dimension * least / body.jump.weights[rows].sum()
            stiffness = np.min(body.laws[name].contact_stiffness)
            found[name] = float(stiffness * radius / (4.0 * shear))
        return found


def _flow(material: Material, kind: str) -> viscoplasticity.Flow | None:
    """Flow of a material that flows so, None when it does not creep."""
    if kind == "creep":
        energy = material.get("creep_activation_energy", 0.0)
        rate, stress, exponent = (material.get(name) for name in CREEP)
        return viscoplasticity.power_law(rate, stress, exponent, energy)
    if kind == "anand":
        return viscoplasticity.anand(*(material.get(name) for name in ANAND))
    return None


def solids_of(materials: Mapping[str, Material], degree: int = 2) -> dict[str, Solid]:
    """Read the constants of every region from its material.

    Parameters
    ----------
    materials : mapping of str to Material
        By region.
    degree : int
        Of the displacements.

    Raises
    ------
    MaterialError
        For what a material's flow needs and lacks, which is a degree of 2 when it creeps.
    """
    flows = flows_of(materials, degree)
    solids = {}
    for name, material in materials.items():
        plastic = flows[name] == "plastic"
        solids[name] = Solid(
            young_modulus=material.young_modulus,
            poisson_ratio=material.poisson_ratio,
            yield_strength=material.yield_strength if plastic else np.inf,
            hardening=material.get("hardening_modulus", 0.0) if plastic else 0.0,
            swells=material.has("volume_change"),
            flow=_flow(material, flows[name]),
        )
    return solids


def build_cell(case: "Case", parts: Parts, microstructure: Microstructure) -> Cell:
    """Assemble the models of a case on its microstructure.

    Parameters
    ----------
    case : Case
        A case that `electrodes.check_case` has found good.
    parts : Parts
        What that has returned.
    microstructure : Microstructure
        The mesh of the case.

    Raises
    ------
    CaseError
        Where case and mesh do not fit.
    """
    # What is cut off has a region of its own only where something is.
    spare = {getattr(case.geometry, "cut_off", None)} - set(microstructure.regions)
    bulk = {name: material for name, material in parts.bulk.items() if name not in spare}
    check_names(bulk, microstructure)
    facets = facets_of(case, parts.interface_materials, microstructure)
    domain = build_domain(replace(microstructure, interfaces=facets))
    materials = materials_on_mesh(case, domain, parts.interface_materials, bulk, parts.laws)
    parts = parts._replace(bulk=bulk, interface_materials=materials)
    rows = domain.interface_slices()
    anode = None if parts.anode is None else _electrode(*parts.anode, parts, rows)
    cathode = None if parts.cathode is None else _electrode(*parts.cathode, parts, rows)
    contacts = tuple(
        _electrode(name, *sides_of(name), parts, rows, bare=True)
        for name, material in materials.items()
        if material.has("contact_resistance") or _conducts_ions(name, bulk)
    )
    return Cell(
        domain=domain,
        materials=bulk,
        interface_materials=materials,
        mechanics=_mechanics(case, domain, parts),
        anode=anode,
        cathode=cathode,
        temperature=conditions_of(case).temperature,
        contacts=contacts,
        laws=parts.laws,
    )


def _mechanics(case: "Case", domain: Domain, parts: Parts) -> Mechanics:
    """Body of a case, with a phase field where it asks for one; raises CaseError."""
    degree, laws, damage = case.solver.displacement_degree, {}, [np.zeros((0, 1))]
    for name, facets in domain.interfaces.items():
        material, points = parts.interface_materials[name], facet_points(domain, facets, 2 * degree)
        try:
            laws[name] = interface_law(domain, facets, material, parts.bulk, points, parts.laws)
        except ValueError as error:
            raise CaseError(f"{key_of(name)}: {error}") from None
        damage.append(np.full((len(facets), 1), material.get("initial_damage", 0.0)))
    parameters, start = bulk_parameters(domain, solids_of(parts.bulk, degree)), np.vstack(damage)
    axial = _axial_groups(case, domain, parts.bulk)
    if case.phase_field is None:
        return Mechanics(domain, parameters, laws, start, degree, axial=axial)
    fracture = _fracture(case.phase_field, parts.bulk)
    body = CrackingMechanics(domain, parameters, laws, start, fracture, degree, axial=axial)
    _check_resolution(fracture, body)
    return body


def _axial_groups(case: "Case", domain: Domain, bulk: Mapping[str, Material]) -> NDArray | None:
    """Cells that strain along the axis together; raises CaseError."""
    given = case.stack.out_of_plane
    if given != "plane_strain" and domain.dimension != 2:
        raise CaseError(
            f'stack.out_of_plane: given "{given}"; is only for a section in 2D, leave it out'
        )
    if case.swelling is not None:
        swelling = [case.swelling.region]
    else:
        swelling = [name for name, material in bulk.items() if material.has("volume_change")]
    cells = np.flatnonzero(np.isin(domain.region, [domain.regions[name] for name in swelling]))
    try:
        return axial_groups(domain, given, cells)
    except ValueError as error:
        raise CaseError(f'stack.out_of_plane: given "{given}"; {error}') from None


def _conducts_ions(name: str, bulk: Mapping[str, Material]) -> bool:
    """Whether ions move on both sides; neither is lithium metal or active material."""
    return all(
        bulk[region].has("ionic_conductivity")
        and not any(bulk[region].has(mark) for mark in ("molar_volume", "volume_change"))
        for region in sides_of(name)
    )


def unreached(cell: Cell) -> list[tuple[str, str, str]]:
    """Return (code, text, where) of each active material that lithium cannot reach.

    It crosses the cathode's own face and named interfaces between active materials.
    """
    _, cathode = cell.electrodes()
    active = {name for name, material in cell.materials.items() if material.has("volume_change")}
    reached, found = {cathode.region}, {cathode.region}
    while found:
        sides = (set(sides_of(name)) for name in cell.interface_materials)
        found = {n for pair in sides if pair <= active and pair & reached for n in pair} - reached
        reached |= found
    return [
        (
            "no_lithium_path",
            f"lithium cannot reach {name}: it keeps its stoichiometry and its volume; a named "
            f"interface with {cathode.region} would let it",
            name,
        )
        for name in sorted(active - reached)
    ]


def _fracture(given: "PhaseField", materials: Mapping[str, Material]) -> Fracture:
    """Fracture of a case's section; raises CaseError."""
    toughness = {name: _toughness(given, name, materials[name]) for name in given.regions}
    return Fracture(toughness, given.length, given.model, given.split, corrected=given.corrected)


def _check_resolution(fracture: Fracture, body: CrackingMechanics) -> None:
    """Raise CaseError where cells are too coarse for a crack."""
    smallest = float(body.damage.sizes.min())
    if fracture.length < LEAST_RESOLUTION * smallest:
        raise CaseError(
            f"phase_field.length: given {fracture.length:.4g} m, the smallest cell of its regions "
            f"is {smallest:.4g} m; a crack needs {LEAST_RESOLUTION:g} cells in this length: "
            "refine geometry.mesh or lengthen it"
        )


def _toughness(given: "PhaseField", region: str, material: Material) -> float:
    """Fracture energy [J/m2] of a region that cracks; CaseError where it can flow or has none."""
    if flow_of(material) != "elastic":
        raise CaseError(
            f"phase_field.regions: {region} is of {material.name}, which can flow; brittle cracks "
            f'need an elastic one, for example {{ base = "{material.name}", flow = "elastic" }}'
        )
    if given.toughness is not None:
        return given.toughness
    if not material.has("fracture_toughness"):
        raise CaseError(
            f"phase_field.toughness: is required, {material.name} ({region}) has no "
            'fracture_toughness; write a fracture energy, for example "2 J/m^2"'
        )
    constants = material.young_modulus, material.poisson_ratio
    return float(fracture_energy(material.fracture_toughness, *constants))


def _electrode(
    interface: str,
    region: str,
    electrolyte: str,
    parts: Parts,
    rows: Mapping[str, slice],
    bare: bool = False,
) -> Electrode:
    """Electrode of an interface; bare: without contact_hardness it does not touch when broken."""
    material = parts.interface_materials[interface]
    law, rough = rough_contact_of(interface, material, parts.bulk, bare, parts.laws)
    return Electrode(interface, region, electrolyte, material, rows[interface], law, rough)
