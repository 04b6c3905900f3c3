"""Which interface of a case is which electrode, and between which stoichiometries it cycles.

An interface is the cathode when one of its regions swells (its material has a volume_change) and
the anode when one of its regions is lithium metal (its material has a molar_volume); the other
region conducts ions. A cell has one of each. Everything here needs no mesh, so that a wrong case
is refused before anything is built.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chemomech.case import CaseError
from chemomech.case.choices import cracks_in, sides_of
from chemomech.case.geometry import LayeredCell
from chemomech.case.protocol import distinct_steps, extreme_voltages
from chemomech.materials import MaterialError, load_material
from chemomech.materials.posteriors import load_posterior
from chemomech.materials.properties import KINDS
from chemomech.materials.records import Material
from chemomech.physics.electrochemistry import equilibrium
from chemomech.setup.bulk_terms import check_thermal, creep_of, flows_of
from chemomech.setup.interface_terms import (
    by_openings,
    check_softening,
    cohesion_of,
    crack_material,
    fatigue_of,
    film_of,
    is_debonded,
    rough_contact_of,
    site_dependence_of,
    with_value,
)
from chemomech.setup.laws import LIBRARY_LAWS, Laws
from chemomech.units.field import MICROMETRE

if TYPE_CHECKING:
    from chemomech.case.schema import Case


class Role(NamedTuple):
    """Names of an electrode.

    Attributes
    ----------
    interface, region, electrolyte : str
        Its interface, its region, and the region of the electrolyte beside it.
    """

    interface: str
    region: str
    electrolyte: str


class Parts(NamedTuple):
    """What a case is made of.

    Attributes
    ----------
    bulk, interface_materials : dict
        Materials by region and by interface.
    cathode, anode : Role or None
        Its electrodes, None where it only swells.
    laws : Laws
        What its interfaces may name.
    """

    bulk: dict[str, Material]
    interface_materials: dict[str, Material]
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


def find_parts(case: "Case", laws: Laws = LIBRARY_LAWS) -> Parts:
    """Load a case's materials, find its electrodes, and check what the materials must have.

    Parameters
    ----------
    case : Case
        The case.
    laws : Laws
        What its interfaces may name.

    Raises
    ------
    CaseError, MaterialError
        For what is missing or cannot be.
    """
    folder = case.base_folder
    bulk = {
        name: _material(each, folder, "bulk", f"materials.{name}")
        for name, each in case.materials.items()
    }
    interfaces = _interface_materials(case, bulk)
    if case.swelling is not None:
        if not interfaces and case.phase_field is None:
            raise CaseError(
                "swelling: nothing can open or crack; give [interfaces], [cracks] or [phase_field]"
            )
        parts = Parts(bulk, interfaces, None, None, laws)
    else:
        cathode = _one("cathode", "volume_change", bulk, interfaces)
        anode = _one("anode", "molar_volume", bulk, interfaces)
        parts = Parts(bulk, interfaces, cathode, anode, laws)
        for region, use in (
            (cathode.region, "active material"),
            (anode.electrolyte, "electrolyte at the lithium"),
        ):
            _require(f"materials.{region}", bulk[region], use)
    for name in interfaces:
        _check_interface(case, parts, name)
    laws.check_used(interfaces)
    return parts


def _material(choice: Any, folder: Path, kind: str, key: str) -> Material:
    """Load a material of a case; raises MaterialError that begins with its key."""
    try:
        return load_material(choice, folder, kind)
    except MaterialError as error:
        raise MaterialError(f"{key}: {error}") from None


def _key_of(interface: str, case: "Case") -> str:
    """Return the key of a case under which the material of an interface stands."""
    if interface in case.interfaces:
        return f'interfaces."{interface}"'
    region = sides_of(interface)[0]
    return f"cracks.{region}" if cracks_in(region) == interface else "meshed_flaws"


def _interface_materials(case: "Case", bulk: Mapping[str, Material]) -> dict[str, Material]:
    """Materials of all interfaces, with what follows from other properties of theirs."""
    interfaces = {
        name: _material(choice, case.base_folder, "interface", _key_of(name, case))
        for name, choice in case.cohesive.items()
    }
    for region in case.cracks:
        name = cracks_in(region)
        interfaces[name] = crack_material(interfaces[name], bulk[region])
    for flaw in case.meshed_flaws:
        # That of flaws follows from the mesh.
        interfaces[flaw.interface] = _with_any_stiffness(interfaces[flaw.interface])
    return {name: by_openings(material) for name, material in interfaces.items()}


def _with_any_stiffness(material: Material) -> Material:
    """Material with a stiffness that any law takes, where the mesh decides on it later."""
    return with_value(material, "stiffness", 1e21, "Pa/m", "")


def _check_interface(case: "Case", parts: Parts, name: str) -> None:
    """Raise CaseError or MaterialError for an interface that lacks something or cannot be."""
    material, laws = parts.interface_materials[name], parts.laws
    if name in (role.interface for role in (parts.cathode, parts.anode) if role is not None):
        _require(_key_of(name, case), material, "electrode interface")
        rough_contact_of(name, material, parts.bulk, laws=laws)
        laws.of(material, "kinetics")
        film_of(material)
    if not is_debonded(material):
        cracks = name in (cracks_in(region) for region in case.cracks)
        _require(_key_of(name, case), material, "cracks" if cracks else "bonded interface")
        if not material.has("stiffness"):
            material = _with_any_stiffness(material)
        check_softening(name, material, laws)
    _check_terms(name, material, laws)


def _one(
    role: str, mark: str, bulk: Mapping[str, Material], interface_materials: Iterable[str]
) -> Role:
    """Single interface between a region whose material has the mark and an ion conductor."""
    found = []
    for interface in interface_materials:
        first, second = sides_of(interface)
        for region, other in ((first, second), (second, first)):
            if bulk[region].has(mark) and bulk[other].has("ionic_conductivity"):
                found.append(Role(interface, region, other))
    if len(found) != 1:
        raise CaseError(
            f"interfaces: the cell needs one {role}, an interface between a region whose material "
            f"has a '{mark}' and an ion conductor; "
            f"found {', '.join(r.interface for r in found) or 'none'}; cells have one active "
            "material against lithium metal, other anodes are not known yet"
        )
    return found[0]


def _require(key: str, material: Material, use: str) -> None:
    """Raise MaterialError for a property that this use needs and the material lacks."""
    missing = [name for name in NEEDED[use] if not material.has(name)]
    if missing:
        known = KINDS[material.kind]
        raise MaterialError(
            f"{key}: {material.name}: as {use} it needs {', '.join(missing)}; add to its table "
            + ", ".join(f"{name} ({known[name].meaning})" for name in missing)
        )


def _check_terms(name: str, material: Material, laws: Laws) -> None:
    """Raise CaseError for terms of an interface's law that cannot be."""
    try:
        cohesion_of(material, laws=laws)
        fatigue_of(material)
    except MaterialError:
        raise
    except ValueError as error:
        raise CaseError(f'interfaces."{name}": {error}') from None
    if material.has("weibull_modulus") and not material.has("correlation_length"):
        raise MaterialError(f"{material.name}.weibull_modulus: needs correlation_length beside it")


class Limits(NamedTuple):
    """Stoichiometries of the active material.

    Attributes
    ----------
    start : float
        At the start.
    charged, discharged : float
        At equilibrium with a protocol's extreme voltages.
    """

    start: float
    charged: float
    discharged: float


def stoichiometries(case: "Case", material: Material) -> Limits:
    """Find the limits of a case's protocol; raises CaseError, MaterialError.

    Without an upper voltage the charged end is that of the material's range, without a lower one
    the discharged end is the start. A lower voltage may lie below that of the range's discharged
    end, which then counts: a cycle takes back no more than is known.
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
            "its table of volume_change and the fit of its equilibrium_potential"
        )
    top, bottom = extreme_voltages(case.cycle.steps.entries)
    try:
        charged = low if top is None else equilibrium.stoichiometry_at(top, potential, low, start)
    except ValueError as error:
        key = "charge_voltage" if case.cycle.protocol is None else "protocol"
        raise CaseError(f"cycle.{key}: {error}") from None
    if bottom is None:
        return Limits(start, charged, start)
    full, empty = (float(potential(np.array(x)).value) for x in (high, charged))
    inside = min(max(bottom, full), empty)
    return Limits(start, charged, equilibrium.stoichiometry_at(inside, potential, charged, high))


def stoichiometry_range(material: Material) -> tuple[float, float]:
    """Find the least and the largest stoichiometry in which an active material is known.

    Where its table of volume_change, the fit of its equilibrium_potential and the stretch between
    stoichiometry_minimum and stoichiometry_maximum overlap; raises MaterialError where they do not.
    """
    table = material.volume_change.stoichiometry
    fit = equilibrium.fitted_range(material.get("equilibrium_potential", ""))
    low = max(min(table), fit[0], material.get("stoichiometry_minimum", 0.0))
    high = min(max(table), fit[1], material.get("stoichiometry_maximum", 1.0))
    if not low < high:
        raise MaterialError(
            f"{material.name}: between stoichiometry_minimum and stoichiometry_maximum lies "
            f"nothing of both its table of volume_change, which is from {min(table):g} to "
            f"{max(table):g}, and its equilibrium_potential, known from {fit[0]:g} to {fit[1]:g}"
        )
    return low, high


DEEPEST = 0.5  # of the electrolyte's thickness that a flaw may have
FULL = 0.999  # x that counts as full where a discharge goes below the potential of full material


def check_case(case: "Case", laws: Laws = LIBRARY_LAWS) -> Parts:
    """Check everything that can be wrong with a case short of its mesh.

    Parameters
    ----------
    case : Case
        The case.
    laws : Laws
        What its interfaces may name.

    Returns
    -------
    Parts
        What the case is made of.

    Raises
    ------
    CaseError, MaterialError
        For what is wrong.
    """
    parts = find_parts(case, laws)
    if case.uncertainty.posterior is not None:
        load_posterior(case.uncertainty.posterior, case.base_folder)
    flows_of(parts.bulk, case.solver.displacement_degree)
    if parts.cathode is None or parts.anode is None:
        return parts
    stoichiometries(case, parts.bulk[parts.cathode.region])
    site_dependence_of(parts.interface_materials[parts.cathode.interface])
    check_thermal(case, parts.bulk)
    for name, material in parts.bulk.items():
        if case.crystals and material.has("volume_change") and not material.has("axial_strain"):
            raise CaseError(
                f"crystals: materials.{name}: {material.name} has no axial_strain; "
                "give it in a table with a base, or leave [crystals] out"
            )
    creep_of(case, parts.bulk[parts.anode.region])
    if case.stack.fixture != "constant_pressure" and any(
        s.pressure for s in distinct_steps(case.cycle.steps.entries)
    ):
        raise CaseError(
            'cycle.protocol: a step "under" a pressure needs stack.fixture = "constant_pressure", '
            f'given "{case.stack.fixture}"'
        )
    if isinstance(case.geometry, LayeredCell):
        flaw_that_is_too_deep(case, case.geometry.separator_thickness)
    return parts


def flaw_that_is_too_deep(case: "Case", thickness: float) -> list[tuple[str, str, str]]:
    """Return what to say of a default flaw that the electrolyte is too thin for, in a list.

    The formula of an edge flaw in a half plane takes a short one: through half a strip under far
    tension, K is 2.5 times that of a half plane (Tada: F = 2.83 against 1.12).

    Parameters
    ----------
    case : Case
        With its flaw.
    thickness : float
        Of the electrolyte at the lithium [m].

    Raises
    ------
    CaseError
        For a depth that the case gives itself.
    """
    depth, most = case.flaw.depth, DEEPEST * thickness
    if depth <= most * (1.0 + 1e-9):
        return []
    text = (
        f"given {depth / MICROMETRE:g} um; the electrolyte at the lithium is "
        f"{thickness / MICROMETRE:.4g} um thick, and the formula of an edge flaw in a half plane "
        f"takes at most half of it, {most / MICROMETRE:.4g} um"
    )
    if "depth" in case.flaw.model_fields_set:
        raise CaseError(f"flaw.depth: {text}")
    return [("flaw_depth", f"flaw.depth is at its default, {text}", "flaw.depth")]
