"""What a cell weighs per area, and its charge per mass: the table `mass` of a result."""

from typing import Any

from chemomech.physics.electrochemistry.capacity import areal_mass, theoretical_capacity
from chemomech.setup.cell import Cell
from chemomech.units.field import HOUR, MA_CM2

G_CM2 = 10.0  # kg/m2
MAH_G = HOUR  # C/kg


def masses(cell: Cell, capacity: float | None = None) -> dict[str, Any]:
    """Return areal masses and specific capacities; None where a material has no density.

    Geometry is that of the mesh, before swelling and plating.

    Parameters
    ----------
    cell : Cell
        The cell, with a density of its materials where known.
    capacity : float, optional
        Charge between the extreme voltages at equilibrium [C/m2]; left out where no current flows.

    Returns
    -------
    dict
        areal_mass_g_cm2: of every region by name; areal_mass_total_g_cm2: of all. With a capacity
        beside them capacity_mAh_g_active: that charge over the active material's mass;
        capacity_mAh_g_total: over all regions' mass; theoretical_capacity_mAh_g_active: of its
        maximum_concentration; mass_per_site_g_mol: density over maximum_concentration, the
        material's molar_mass where both belong together; molar_mass_g_mol: that one where known.
    """
    found: dict[str, float | None] = {}
    for name, material in cell.materials.items():
        volume = cell.mechanics.strain.weights[cell.domain.cells_of(name)].sum()
        known = material.has("density")
        mass = areal_mass(material.density, volume, cell.mechanics.area) if known else None
        found[name] = None if mass is None else float(mass) / G_CM2
    known_masses = [mass for mass in found.values() if mass is not None]
    total = sum(known_masses) if len(known_masses) == len(found) else None
    table: dict[str, Any] = {"areal_mass_g_cm2": found, "areal_mass_total_g_cm2": total}
    if capacity is None:
        return table
    _, cathode = cell.electrodes()
    active = cell.materials[cathode.region]
    charge, mass = capacity / HOUR / MA_CM2, found[cathode.region]  # mAh/cm2, g/cm2
    table["capacity_mAh_g_total"] = None if total is None else charge / total
    if mass is not None:
        density, sites = active.density, active.maximum_concentration
        table["capacity_mAh_g_active"] = charge / mass
        table["theoretical_capacity_mAh_g_active"] = theoretical_capacity(sites, density) / MAH_G
        table["mass_per_site_g_mol"] = 1e3 * density / sites
        if active.has("molar_mass"):
            table["molar_mass_g_mol"] = 1e3 * active.molar_mass
    return table
