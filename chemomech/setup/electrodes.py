"""Which interface of a case is which electrode, and between which stoichiometries it cycles.

An interface is the cathode when one of its regions swells (its material has a volume_change) and
the anode when one of its regions is lithium metal (its material has a molar_volume); the other
region conducts ions. A cell has one of each. Everything here needs no mesh, so that a wrong case
is refused before anything is built.
"""

from typing import NamedTuple

import numpy as np

from chemomech.case import CaseError
from chemomech.case.choices import cracks_in, sides_of
from chemomech.case.protocol import distinct_steps, extreme_voltages
from chemomech.materials import MaterialError, load_material
from chemomech.physics.electrochemistry import equilibrium
from chemomech.setup.bulk_terms import creep_of, flows_of
from chemomech.setup.interface_terms import (
    bond_of,
    by_openings,
    cohesion_of,
    crack_face,
    fatigue_of,
    film_of,
    is_debonded,
    rough_contact_of,
    with_value,
)
from chemomech.setup.laws import LIBRARY_LAWS, Laws
from chemomech.units.field import MICROMETRE


class Role(NamedTuple):
    """Names of an electrode's interface, of the electrode's region and of the electrolyte's region."""

    interface: str
    region: str
    electrolyte: str


class Parts(NamedTuple):
    """Materials by region, materials by interface, the two electrodes of a case, None where it only swells, and the laws
    that its interfaces may name."""

    bulk: dict
    interface_materials: dict
    cathode: Role | None
    anode: Role | None
    laws: Laws = LIBRARY_LAWS


NEEDED = {
    "active material": ("maximum_concentration", "equilibrium_potential"),
    "electrolyte at the lithium": ("fracture_toughness",),
    "electrode interface": ("stiffness", "exchange_current_density"),
    "bonded interface": ("strength", "fracture_energy", "stiffness"),
    "cracks": ("strength", "fracture_energy"),
}


def find_parts(case, laws=LIBRARY_LAWS):
    """Load a case's materials and find its electrodes; raises CaseError, MaterialError.

    laws: Laws that interfaces may name.
    """
    bulk = {
        name: load_material(choice, case.base_folder, "bulk")
        for name, choice in case.materials.items()
    }
    interface_materials = {
        name: load_material(choice, case.base_folder, "interface")
        for name, choice in case.cohesive.items()
    }
    inside = {cracks_in(region): region for region in case.cracks}
    interface_materials |= {
        name: crack_face(interface_materials[name], bulk[region]) for name, region in inside.items()
    }
    for flaw in case.meshed_flaws:
        # That of flaws follows from the mesh.
        interface_materials[flaw.interface] = with_value(
            interface_materials[flaw.interface], "stiffness", 1e21, "Pa/m", ""
        )
    interface_materials = {name: by_openings(face) for name, face in interface_materials.items()}
    if case.swelling is not None:
        if not interface_materials:
            raise CaseError("swelling: nothing can open or crack; give [interfaces] or [cracks]")
        parts = Parts(bulk, interface_materials, None, None, laws)
    else:
        parts = Parts(
            bulk,
            interface_materials,
            _one("cathode", "volume_change", bulk, interface_materials),
            _one("anode", "molar_volume", bulk, interface_materials),
            laws,
        )
        _require(bulk[parts.cathode.region], "active material")
        _require(bulk[parts.anode.electrolyte], "electrolyte at the lithium")
    electrodes = [role.interface for role in (parts.cathode, parts.anode) if role is not None]
    for name, face in interface_materials.items():
        if name in electrodes:
            _require(face, "electrode interface")
            rough_contact_of(name, face, bulk, laws=laws)
            laws.of(face, "kinetics")
            film_of(face)
        if not is_debonded(face):
            _require(face, "cracks" if name in inside else "bonded interface")
            if not face.has("stiffness"):
                # That of cracks follows from the mesh; any stiff one does to check the rest.
                face = with_value(face, "stiffness", 1e21, "Pa/m", "")
            check_softening(name, face, laws)
        _check_terms(name, face, laws)
    laws.check_used(interface_materials)
    return parts


def _one(role, mark, bulk, interface_materials):
    """The single interface between a region whose material has the mark and an ion conductor."""
    found = []
    for interface in interface_materials:
        first, second = sides_of(interface)
        for region, other in ((first, second), (second, first)):
            if bulk[region].has(mark) and bulk[other].has("ionic_conductivity"):
                found.append(Role(interface, region, other))
    if len(found) != 1:
        raise CaseError(
            f"interfaces: the cell needs one {role}, an interface between a region whose material has a "
            f"'{mark}' and an ion conductor; found {', '.join(r.interface for r in found) or 'none'}"
        )
    return found[0]


def _require(material, use):
    """Raise MaterialError for a property that this use needs and the material lacks."""
    missing = [name for name in NEEDED[use] if not material.has(name)]
    if missing:
        raise MaterialError(
            f"{material.name}: as {use} it needs {', '.join(missing)}; add it to its table"
        )


def _check_terms(name, face, laws):
    """Raise CaseError for terms of an interface's law that cannot be."""
    try:
        cohesion_of(face, laws=laws)
        fatigue_of(face)
    except MaterialError:
        raise
    except ValueError as error:
        raise CaseError(f'interfaces."{name}": {error}') from None
    if face.has("weibull_modulus") and not face.has("correlation_length"):
        raise MaterialError(f"{face.name}.weibull_modulus: needs correlation_length beside it")


def check_softening(name, face, laws=LIBRARY_LAWS):
    """Raise CaseError unless the traction law can soften: stiffness > strength^2 / (2 fracture energy).

    A law of one's own checks itself.
    """
    if callable(laws.of(face, "cohesive_law")):
        return
    bond = bond_of(face)
    modes = [
        (bond.strength, bond.fracture_energy),
        (bond.shear_strength, bond.fracture_energy_shear),
    ]
    least = max(strength**2 / (2.0 * energy) for strength, energy in modes)
    if not face.stiffness > least:
        raise CaseError(
            f'interfaces."{name}".stiffness: given {face.stiffness:.3g} Pa/m; must be greater than '
            f"strength^2 / (2 fracture_energy) = {least:.3g} Pa/m, or the interface could not soften"
        )


class Limits(NamedTuple):
    """Stoichiometries of the active material: at the start, and at equilibrium with a protocol's extreme voltages."""

    start: float
    charged: float
    discharged: float


def stoichiometries(case, material):
    """Limits of a case's protocol; raises CaseError, MaterialError.

    Without an upper voltage the charged end is that of the material's range, without a lower one
    the discharged end is the start. A lower voltage may lie below that of the range's discharged
    end: what ends a discharge is the cell's voltage, not that at equilibrium.
    """
    try:
        potential = equilibrium.equilibrium_potential(material.equilibrium_potential)
    except ValueError as error:
        raise MaterialError(f"{material.name}.equilibrium_potential: {error}") from None
    low, high = stoichiometry_range(material)
    start = case.cycle.initial_stoichiometry
    if not low <= start <= high:
        raise CaseError(
            f"cycle.initial_stoichiometry: given {start:g}; {material.name} is known from {low:g} "
            f"to {high:g}, between its stoichiometry_minimum and stoichiometry_maximum and inside "
            "its table of volume_change"
        )
    top, bottom = extreme_voltages(case.cycle.steps.entries)
    try:
        charged = low if top is None else equilibrium.stoichiometry_at(top, potential, low, start)
    except ValueError as error:
        key = "charge_voltage" if case.cycle.protocol is None else "protocol"
        raise CaseError(f"cycle.{key}: {error}") from None
    if bottom is None:
        return Limits(start, charged, start)
    inside = min(max(bottom, potential(FULL).value), potential(charged).value)
    return Limits(start, charged, equilibrium.stoichiometry_at(inside, potential, charged, FULL))


def stoichiometry_range(material):
    """Least and largest stoichiometry in which an active material is known.

    Where its table of volume_change and the stretch between stoichiometry_minimum and
    stoichiometry_maximum overlap; raises MaterialError where they do not.
    """
    table = material.volume_change.stoichiometry
    low = max(min(table), material.get("stoichiometry_minimum", 0.0))
    high = min(max(table), material.get("stoichiometry_maximum", 1.0))
    if not low < high:
        raise MaterialError(
            f"{material.name}: between stoichiometry_minimum and stoichiometry_maximum lies nothing "
            f"of its table of volume_change, which is from {min(table):g} to {max(table):g}"
        )
    return low, high


def range_warnings(material, stoichiometry):
    """Return a text for each end of an active material's range that a run has left.

    Parameters
    ----------
    material : Material
        The active material.
    stoichiometry : (t,) array
        Its mean stoichiometry over the run.
    """
    low, high = stoichiometry_range(material)
    least, most = float(np.min(stoichiometry)), float(np.max(stoichiometry))
    beyond = "its volume change goes on along its tangent there"
    found = []
    if least < low - SLACK:
        found.append(
            f"{material.name} was emptied to {least:.3f} in the mean, below {low:g}: {beyond}"
        )
    if most > high + SLACK:
        found.append(
            f"{material.name} was filled to {most:.3f} in the mean, above {high:g}: {beyond}"
        )
    return found


SLACK = 1e-3  # of the mean stoichiometry beyond its range, of which a result does not warn
FULL = (
    0.999  # filling that counts as full where a discharge goes below the potential of full material
)


def check_case(case, laws=LIBRARY_LAWS):
    """Everything that can be wrong with a case short of its mesh; returns its Parts.

    laws: Laws that its interfaces may name.
    """
    parts = find_parts(case, laws)
    flows_of(parts.bulk, case.solver.displacement_degree)
    if case.swelling is not None:
        return parts
    stoichiometries(case, parts.bulk[parts.cathode.region])
    creep_of(case, parts.bulk[parts.anode.region])
    if case.stack.fixture != "constant_pressure" and any(
        s.pressure for s in distinct_steps(case.cycle.steps.entries)
    ):
        raise CaseError(
            f'cycle.protocol: a step "under" a pressure needs stack.fixture = "constant_pressure", given "{case.stack.fixture}"'
        )
    layered = case.geometry.recipe in ("layered_cell", "layered_cell_3d")
    if layered and case.flaw.depth > 0.5 * case.geometry.separator_thickness:
        raise CaseError(
            f"flaw.depth: given {case.flaw.depth / MICROMETRE:g} um; the formula of an edge flaw in a half plane takes at "
            f"most half the separator, {case.geometry.separator_thickness * 5e5:g} um"
        )
    return parts
