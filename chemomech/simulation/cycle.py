"""The path of a case: from its voltages and current to stoichiometry, swelling and plated lithium in time."""

from dataclasses import dataclass

import numpy as np

from chemomech.constants import FARADAY
from chemomech.electrodes import stoichiometries
from chemomech.models.mechanics import Load
from chemomech.physics import growth as growing
from chemomech.physics import swelling


@dataclass(frozen=True)
class Cycle:
    """Charge from stoichiometry `start` to `end` at constant current, and back, again and again.

    half_cycle [s]: time from one end to the other; capacity [C/m2]; plated [m]: lithium thickness
    that the capacity makes, spread evenly. Time is counted in half cycles: 0 to 1 is the first charge
    (lithium plates), 1 to 2 the first discharge.
    """

    start: float
    end: float
    half_cycle: float
    capacity: float
    plated: float

    def share(self, time):
        """How much of the charge stands at a time, 0 to 1."""
        phase = time % 2.0
        return phase if phase <= 1.0 else 2.0 - phase

    def plates(self, time):
        """Whether lithium plates just before a time."""
        return (time - 1e-9) % 2.0 < 1.0 or time < 1e-9

    def stoichiometry(self, time):
        """Stoichiometry of the active material."""
        return self.start + (self.end - self.start) * self.share(time)

    def growth(self, time):
        """Plated lithium at a time [m]."""
        return self.plated * self.share(time)


def plan_cycle(case, cell):
    """Cycle of a case from its voltages and the amount of active material in the mesh; raises CaseError."""
    material = cell.materials[cell.cathode.region]
    start, end = stoichiometries(case, material)
    amount = material.maximum_concentration * abs(start - end)
    area = cell.mechanics.strain.weights[cell.domain.cells_of(cell.cathode.region)].sum()
    capacity = FARADAY * amount * area / cell.mechanics.area
    plated = growing.plated_thickness(capacity, cell.materials[cell.anode.region].molar_volume)
    return Cycle(start, end, capacity / case.cycle.current_density, capacity, plated)


def load_path(case, cell, cycle):
    """Function load_at(time, dt) -> Load of a case's cycle; time and dt in half cycles."""
    table = cell.materials[cell.cathode.region].volume_change
    reference = float(swelling.volume_change(cycle.start, table.stoichiometry, table.value))
    viscosity = case.solver.viscosity
    plated = np.zeros((len(cell.mechanics.facets), 1))
    plated[cell.anode.rows] = 1.0

    def load_at(time, dt):
        volume = float(swelling.volume_change(cycle.stoichiometry(time), table.stoichiometry, table.value))
        rate = dt / viscosity if viscosity > 0 else np.inf
        growth = cycle.growth(time) * plated + interphase_openings(cell, time * cycle.half_cycle)
        return Load(case.stack.pressure, swelling.linear_strain(volume, reference), growth, rate)

    return load_at


def interphase_thickness(face, seconds):
    """Thickness of the interphase [m] that an interface's material has grown; 0 when it grows none."""
    parabolic, linear = face.get("interphase_parabolic_rate", 0.0), face.get("interphase_linear_rate", 0.0)
    return growing.mixed_conducting_growth(growing.passivating_growth(0.0, seconds, parabolic), seconds, linear)


def interphase_openings(cell, seconds):
    """Opening that interphases impose on every facet, (k, 1) [m]."""
    openings = np.zeros((len(cell.mechanics.facets), 1))
    for name, face in cell.faces.items():
        thickness = interphase_thickness(face, seconds)
        openings[cell.mechanics.rows[name]] = growing.imposed_opening(
            thickness, face.get("interphase_volume_change", 0.0)
        )
    return openings
