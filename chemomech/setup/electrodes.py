"""Which interface of a case is which electrode, and between which stoichiometries it cycles.

An interface is the cathode when one of its regions swells (its material has a volume_change) and
the anode when one of its regions is lithium metal (its material has a molar_volume); the other
region conducts ions. A cell has one of each. Everything here needs no mesh, so that a wrong case
is refused before anything is built.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.case import CaseError
from chemomech.case.choices import cracks_in, sides_of
from chemomech.case.protocol import distinct_steps, extreme_voltages
from chemomech.materials import MaterialError, load_material
from chemomech.materials.posteriors import load_posterior
from chemomech.materials.records import Material
from chemomech.physics.electrochemistry import equilibrium
from chemomech.setup.bulk_terms import check_thermal, creep_of, flows_of
from chemomech.setup.interface_terms import (
    bond_of,
    by_openings,
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
    bulk = {name: load_material(each, folder, "bulk") for name, each in case.materials.items()}
    interfaces = _interface_materials(case, bulk)
    if case.swelling is not None:
        if not interfaces:
            raise CaseError("swelling: nothing can open or crack; give [interfaces] or [cracks]")
        parts = Parts(bulk, interfaces, None, None, laws)
    else:
        cathode = _one("cathode", "volume_change", bulk, interfaces)
        anode = _one("anode", "molar_volume", bulk, interfaces)
        parts = Parts(bulk, interfaces, cathode, anode, laws)
        _require(bulk[cathode.region], "active material")
        _require(bulk[anode.electrolyte], "electrolyte at the lithium")
    for name in interfaces:
        _check_interface(case, parts, name)
    laws.check_used(interfaces)
    return parts


def _interface_materials(case: "Case", bulk: Mapping[str, Material]) -> dict[str, Material]:
    """Materials of all interfaces, with what follows from other properties of theirs."""
    interfaces = {
        name: load_material(choice, case.base_folder, "interface")
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
        _require(material, "electrode interface")
        rough_contact_of(name, material, parts.bulk, laws=laws)
        laws.of(material, "kinetics")
        film_of(material)
    if not is_debonded(material):
        cracks = name in (cracks_in(region) for region in case.cracks)
        _require(material, "cracks" if cracks else "bonded interface")
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
            f"found {', '.join(r.interface for r in found) or 'none'}"
        )
    return found[0]


def _require(material: Material, use: str) -> None:
    """Raise MaterialError for a property that this use needs and the material lacks."""
    missing = [name for name in NEEDED[use] if not material.has(name)]
    if missing:
        raise MaterialError(
            f"{material.name}: as {use} it needs {', '.join(missing)}; add it to its table"
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


def check_softening(name: str, material: Material, laws: Laws = LIBRARY_LAWS) -> None:
    """Raise CaseError unless a traction law can soften.

    It can where stiffness > strength^2 / (2 fracture energy) in both modes. A law of one's own
    checks itself.
    """
    if callable(laws.of(material, "cohesive_law")):
        return
    bond = bond_of(material)
    modes = [
        (bond.strength, bond.fracture_energy),
        (bond.shear_strength, bond.fracture_energy_shear),
    ]
    least = max(strength**2 / (2.0 * energy) for strength, energy in modes)
    if not material.stiffness > least:
        raise CaseError(
            f'interfaces."{name}".stiffness: given {material.stiffness:.3g} Pa/m; must be greater '
            f"than strength^2 / (2 fracture_energy) = {least:.3g} Pa/m, "
            "or the interface could not soften"
        )


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


def range_warnings(material: Material, stoichiometry: NDArray) -> list[str]:
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
    beyond = "its potential and its volume change go on along their tangents there"
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
    layered = case.geometry.recipe in ("layered_cell", "layered_cell_3d")
    thickness = getattr(case.geometry, "separator_thickness", np.inf) if layered else np.inf
    if case.flaw.depth > 0.5 * thickness:
        raise CaseError(
            f"flaw.depth: given {case.flaw.depth / MICROMETRE:g} um; the formula of an edge flaw "
            "in a half plane takes at most half the separator, "
            f"{0.5 * thickness / MICROMETRE:g} um"
        )
    return parts
