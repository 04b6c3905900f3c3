"""The path of a case: from its voltages and current to stoichiometry, swelling and plated lithium in time."""

from dataclasses import dataclass

import numpy as np

from chemomech.constants import FARADAY
from chemomech.electrodes import stoichiometries
from chemomech.models.mechanics import Load
from chemomech.physics import swelling


@dataclass(frozen=True)
class Cycle:
    """Charge from stoichiometry `start` to `end` at constant current, and back.

    half_cycle [s]: time from one end to the other; capacity [C/m2]; plated [m]: lithium thickness
    that the capacity makes, spread evenly. Time is counted in half cycles: 0 to 1 is the charge
    (lithium plates), 1 to 2 the discharge.
    """

    start: float
    end: float
    half_cycle: float
    capacity: float
    plated: float

    def share(self, time):
        """How much of the charge stands at a time, 0 to 1."""
        return time if time <= 1.0 else 2.0 - time

    def stoichiometry(self, time):
        """Stoichiometry of the active material."""
        return self.start + (self.end - self.start) * self.share(time)

    def growth(self, time):
        """Plated lithium [m]."""
        return self.plated * self.share(time)


def plan_cycle(case, cell):
    """Cycle of a case from its voltages and the amount of active material in the mesh; raises CaseError."""
    material = cell.materials[cell.cathode.region]
    start, end = stoichiometries(case, material)
    amount = material.maximum_concentration * abs(start - end)
    area = cell.mechanics.strain.weights[cell.domain.cells_of(cell.cathode.region)].sum()
    capacity = FARADAY * amount * area / cell.mechanics.area
    plated = capacity / FARADAY * cell.materials[cell.anode.region].molar_volume
    return Cycle(start, end, capacity / case.cycle.current_density, capacity, plated)


def load_path(case, cell, cycle):
    """Function load_at(time, dt) -> Load of a case's cycle; time and dt in half cycles."""
    table = cell.materials[cell.cathode.region].volume_change
    reference = float(swelling.volume_change(cycle.start, table.stoichiometry, table.value))
    viscosity = case.solver.viscosity
    plates = np.zeros((len(cell.mechanics.facets), 1))
    plates[cell.anode.rows] = 1.0

    def load_at(time, dt):
        volume = float(swelling.volume_change(cycle.stoichiometry(time), table.stoichiometry, table.value))
        rate = dt / viscosity if viscosity > 0 else np.inf
        return Load(case.stack.pressure, swelling.linear_strain(volume, reference), cycle.growth(time) * plates, rate)

    return load_at
