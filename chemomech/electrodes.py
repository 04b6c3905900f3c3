"""Which interface of a case is which electrode, and between which stoichiometries it cycles.

An interface is the cathode when one of its regions swells (its material has a volume_change) and
the anode when one of its regions is lithium metal (its material has a molar_volume); the other
region conducts ions. A cell has one of each. Everything here needs no mesh, so that a wrong case
is refused before anything is built.
"""

from typing import NamedTuple

from chemomech.case import CaseError
from chemomech.interface_terms import cohesion_of, fatigue_of, is_separated, rough_contact_of
from chemomech.materials import MaterialError, load_material
from chemomech.physics import kinetics


class Role(NamedTuple):
    """Names of an electrode's interface, of the electrode's region and of the electrolyte's region."""

    interface: str
    region: str
    electrolyte: str


class Parts(NamedTuple):
    """Materials by region, materials by interface, and the two electrodes of a case."""

    bulk: dict
    faces: dict
    cathode: Role
    anode: Role


NEEDED = {
    "active material": ("maximum_concentration", "equilibrium_potential"),
    "electrolyte at the lithium": ("fracture_toughness",),
    "electrode interface": ("stiffness", "exchange_current_density"),
    "bonded interface": ("strength", "fracture_energy"),
}


def find_parts(case):
    """Load a case's materials and find its electrodes; raises CaseError, MaterialError."""
    bulk = {name: load_material(choice, case.base_folder, "bulk") for name, choice in case.materials.items()}
    faces = {name: load_material(choice, case.base_folder, "interface") for name, choice in case.interfaces.items()}
    cathode = _one("cathode", "volume_change", bulk, faces)
    anode = _one("anode", "molar_volume", bulk, faces)
    parts = Parts(bulk, faces, cathode, anode)
    _require(bulk[cathode.region], "active material")
    _require(bulk[anode.electrolyte], "electrolyte at the lithium")
    for name, face in faces.items():
        if name in (cathode.interface, anode.interface):
            _require(face, "electrode interface")
            rough_contact_of(name, face, bulk)
        if not is_separated(face):
            _require(face, "bonded interface")
            _check_softening(name, face)
        _check_terms(name, face)
    return parts


def _one(role, mark, bulk, faces):
    """The single interface between a region whose material has the mark and an ion conductor."""
    found = []
    for interface in faces:
        first, second = interface.split("|")
        for region, other in ((first, second), (second, first)):
            if bulk[region].get(mark) is not None and bulk[other].get("ionic_conductivity") is not None:
                found.append(Role(interface, region, other))
    if len(found) != 1:
        raise CaseError(
            f"interfaces: the cell needs one {role}, an interface between a region whose material has a "
            f"'{mark}' and an ion conductor; found {', '.join(r.interface for r in found) or 'none'}"
        )
    return found[0]


def _require(material, use):
    """Raise MaterialError for a property that this use needs and the material lacks."""
    missing = [name for name in NEEDED[use] if material.get(name) is None]
    if missing:
        raise MaterialError(f"{material.name}: as {use} it needs {', '.join(missing)}; add it to its table")


def _check_terms(name, face):
    """Raise CaseError for terms of an interface's law that cannot be."""
    try:
        cohesion_of(face)
        fatigue_of(face)
    except MaterialError:
        raise
    except ValueError as error:
        raise CaseError(f'interfaces."{name}": {error}') from None
    if face.get("weibull_modulus") is not None and face.get("correlation_length") is None:
        raise MaterialError(f"{face.name}.weibull_modulus: needs correlation_length beside it")


def _check_softening(name, face):
    """Raise CaseError unless the traction law can soften: stiffness > strength^2 / (2 fracture energy)."""
    modes = [
        (face.strength, face.fracture_energy),
        (face.get("shear_strength", face.strength), face.get("fracture_energy_shear", face.fracture_energy)),
    ]
    least = max(strength**2 / (2.0 * energy) for strength, energy in modes)
    if not face.stiffness > least:
        raise CaseError(
            f'interfaces."{name}".stiffness: given {face.stiffness:.3g} Pa/m; must be greater than '
            f"strength^2 / (2 fracture_energy) = {least:.3g} Pa/m, or the interface could not soften"
        )


def stoichiometries(case, material):
    """(discharged, charged) stoichiometry of the active material in a case's cycle; raises CaseError."""
    try:
        potential = kinetics.equilibrium_potential(material.equilibrium_potential)
    except ValueError as error:
        raise MaterialError(f"{material.name}.equilibrium_potential: {error}") from None
    low, high = (limit(material.volume_change.stoichiometry) for limit in (min, max))
    start = case.cycle.initial_stoichiometry
    if not low <= start <= high:
        raise CaseError(
            f"cycle.initial_stoichiometry: given {start:g}; the volume change of {material.name} is known "
            f"from {low:g} to {high:g}"
        )
    try:
        return start, kinetics.stoichiometry_at(case.cycle.charge_voltage, potential, low, start)
    except ValueError as error:
        raise CaseError(f"cycle.charge_voltage: {error}") from None


def check_case(case):
    """Everything that can be wrong with a case short of its mesh; returns its Parts."""
    parts = find_parts(case)
    stoichiometries(case, parts.bulk[parts.cathode.region])
    if case.geometry.recipe == "layered_cell" and case.flaw.depth > 0.5 * case.geometry.separator_thickness:
        raise CaseError(
            f"flaw.depth: given {case.flaw.depth * 1e6:g} um; the formula of an edge flaw in a half plane takes at "
            f"most half the separator, {case.geometry.separator_thickness * 5e5:g} um"
        )
    return parts
