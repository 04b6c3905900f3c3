"""From materials to hosts, conductors and the laws of interfaces of an electrochemistry.

Temperature: diffusivity, electronic conductivity, exchange currents and films follow their own
activation energies about 25 degC (`thermal.arrhenius_factor`), ion conductivity that of
Nernst-Einstein; without an energy they stay as they are.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.effective_conductivity import THIN
from chemomech.case import CaseError
from chemomech.case.choices import sides_of
from chemomech.materials.records import Material
from chemomech.models.chemical_parts import (
    BLOCKING,
    ELECTRONIC,
    IONIC,
    METAL,
    Conductor,
    Host,
    Surroundings,
)
from chemomech.models.electrode_laws import ElectrodeLaw
from chemomech.models.network import ohmic
from chemomech.physics import thermal
from chemomech.physics.bulk.swelling import FreeStrain, StressOnLithium
from chemomech.physics.electrochemistry import butler_volmer, diffusion
from chemomech.physics.electrochemistry.equilibrium import equilibrium_potential
from chemomech.setup.cell import Cell, Electrode
from chemomech.setup.interface_laws import facet_sizes
from chemomech.setup.interface_terms import film_of, site_dependence_of
from chemomech.simulation.films import film_resistance

if TYPE_CHECKING:
    from chemomech.case.schema import Case

SMALLEST_FACTOR = (
    0.5  # of thermodynamics, half the ideal one: a flat potential must not pull without end
)
NEEDED = ("maximum_concentration", "diffusivity", "equilibrium_potential")


def ion_conductivity(material: Material, temperature: float) -> float:
    """Ionic conductivity of a material [S/m] at a temperature [K]; unchanged without an energy."""
    energy = material.get("ionic_activation_energy", 0.0)
    conductivity = material.ionic_conductivity
    if not energy:
        return conductivity
    return conductivity * thermal.ion_conductivity_factor(energy, temperature)[0]


def electron_conductivity(material: Material, temperature: float) -> float:
    """Electronic conductivity of a material [S/m] at a temperature [K], as `ion_conductivity`."""
    energy = material.get("electronic_activation_energy", 0.0)
    factor, _ = thermal.arrhenius_factor(energy, temperature)
    return material.electronic_conductivity * factor


def host_of(case: "Case", region: str, material: Material) -> tuple[Host, StressOnLithium]:
    """Make what takes up lithium, and what stress does to it, of an active material.

    Parameters
    ----------
    case : Case
        Says at which stoichiometry the material has no strain.
    region : str
        Name of its region.
    material : Material
        The active material.

    Raises
    ------
    CaseError
        For what the material lacks.
    """
    lacking = [each for each in NEEDED if not material.has(each)]
    if lacking:
        raise CaseError(
            f"materials.{region}: {material.name} has no {', '.join(lacking)}; "
            "give it in a table with a base"
        )
    c_max, table = material.maximum_concentration, material.volume_change
    strain = FreeStrain(table.stoichiometry, table.value, case.cycle.initial_stoichiometry)
    # In a stiff particle stress follows x with this slope over the free strain, without change.
    stiffness = 2.0 * material.young_modulus / (3.0 * (1.0 - material.poisson_ratio))
    stressed = StressOnLithium(strain, c_max, stiffness)
    potential = equilibrium_potential(material.equilibrium_potential)
    diffusivity = material.diffusivity
    energy = material.get("diffusion_activation_energy", 0.0)

    def flux(
        x: NDArray, slope: NDArray, stress: NDArray, stress_slope: NDArray, temperature: float
    ) -> tuple[NDArray, NDArray, NDArray]:
        # The molar volume stands in the stress's part already, so that of the law is one.
        law = diffusion.Diffusion(
            diffusivity,
            c_max,
            "chemical",
            1.0,
            temperature,
            energy,
            equilibrium=potential,
            floor=SMALLEST_FACTOR,
        )
        pull, by_x, by_slope = stressed.gradient(x, slope, stress, stress_slope)
        here, d_c, d_slope, d_pull = diffusion.flux(law, c_max * x, c_max * slope, pull)
        return (
            here,
            c_max * d_c + np.einsum("...ij,...j->...i", d_pull, by_x),
            c_max * d_slope + by_slope[..., None, None] * d_pull,
        )

    return Host(c_max, flux), stressed


def conductors_of(cell: Cell, hosts: Collection[str], wired: bool) -> dict[str, Conductor]:
    """List what moves in every region; wired: electrons flow without loss."""
    return {
        name: _conductor(material, name in hosts, wired)
        for name, material in cell.materials.items()
    }


def _conductor(material: Material, is_host: bool, wired: bool) -> Conductor:
    """Conductor of a material."""
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


def terminal_of(cell: Cell, conductors: dict[str, Conductor], hosts: Collection[str]) -> str:
    """Choose the terminal.

    It is a conductor of electrons at an end of the stack, else any that is no host, else the
    cathode.
    """
    domain, (_, cathode) = cell.domain, cell.electrodes()
    others = [n for n, c in conductors.items() if c.kind == ELECTRONIC and n not in hosts]
    faces = (domain.boundaries[name].cells[:, 0] for name in ("top", "bottom"))
    ends = {region for cells in faces for region in domain.region[cells]}
    outer = [name for name in others if domain.regions[name] in ends]
    return (outer or others or [cathode.region])[0]


def contact_law(cell: Cell, contact: Electrode) -> Callable:
    """Law of a contact between two conductors of one kind, by its resistance in full."""
    if contact.material.has("contact_resistance"):
        return ohmic(contact.material.contact_resistance)
    size = float(np.mean(facet_sizes(cell.domain, cell.domain.interfaces[contact.interface])))
    materials = [cell.materials[region] for region in sides_of(contact.interface)]

    def resistance(around: Surroundings) -> float:
        least = min(ion_conductivity(each, around.temperature) for each in materials)
        return THIN * size / least

    return ohmic(resistance)


def _film(electrode: Electrode) -> Callable[[Surroundings], Any]:
    """Resistance of an electrode's film, coating and interphase, () or (k, 1) [ohm m2]."""
    film, rows = film_of(electrode.material), electrode.rows

    def resistance(around: Surroundings) -> Any:
        thickness = 0.0 if around.film is None else around.film[rows]
        return film_resistance(film, thickness, around.temperature)

    return resistance


def _own_kinetics(cell: Cell, electrode: Electrode) -> Callable | None:
    """Charge transfer by a law of one's own, None by that of Butler and Volmer."""
    law = cell.laws.of(electrode.material, "kinetics")
    return law if callable(law) else None


def intercalation_law(cell: Cell, stressed: StressOnLithium) -> ElectrodeLaw:
    """Law of the cathode's interface."""
    _, cathode = cell.electrodes()
    material, interface = cell.materials[cathode.region], cathode.material
    c_max = material.maximum_concentration
    potential = equilibrium_potential(material.equilibrium_potential)
    exchange = interface.exchange_current_density
    energy = interface.get("exchange_current_activation_energy", 0.0)
    own, sites = _own_kinetics(cell, cathode), site_dependence_of(interface)

    def kinetics(temperature: float) -> butler_volmer.Intercalation:
        # The molar volume stands in the stress's part already, so that of the law is one.
        return butler_volmer.Intercalation(
            exchange,
            potential,
            c_max,
            partial_molar_volume=1.0,
            temperature=temperature,
            activation_energy=energy,
            kinetics=own,
            sites=sites,
        )

    return ElectrodeLaw(kinetics, _film(cathode), stressed)


def metal_law(cell: Cell, stressed: bool = True) -> ElectrodeLaw:
    """Law of the anode's interface; stressed: pressure shifts the metal's equilibrium.

    The traction is that of the interface's points, the mean over spots and gaps.
    """
    anode, _ = cell.electrodes()
    exchange = anode.material.exchange_current_density
    energy = anode.material.get("exchange_current_activation_energy", 0.0)
    own, rows = _own_kinetics(cell, anode), anode.rows
    volume = cell.materials[anode.region].molar_volume if stressed else 0.0

    def kinetics(temperature: float) -> butler_volmer.Metal:
        return butler_volmer.Metal(
            exchange,
            molar_volume=volume,
            temperature=temperature,
            activation_energy=energy,
            kinetics=own,
        )

    def traction(around: Surroundings) -> Any:
        return 0.0 if around.traction is None else around.traction[rows]

    return ElectrodeLaw(kinetics, _film(anode), traction=traction)
