"""What a case's protocol means in this mesh: capacity between its voltages, and the time scale of its currents."""

from dataclasses import dataclass

from chemomech.case.protocol import Protocol, Repeat, distinct_steps
from chemomech.physics.interfaces import interphase
from chemomech.setup.electrodes import Limits, stoichiometries
from chemomech.units.constants import FARADAY
from chemomech.units.field import HOUR


@dataclass(frozen=True)
class Plan:
    """A protocol and its scales.

    capacity [C/m2]: of the active material between the equilibrium fillings of the extreme
    voltages; what 1C means. current_density [A/m2]: the largest of the protocol. half_cycle [s]:
    capacity over it, in which times of the solver are counted. plated [m]: lithium thickness of
    that capacity, spread evenly. expected [s]: time that the protocol may take, for progress alone.
    """

    protocol: Protocol
    limits: Limits
    capacity: float
    current_density: float
    half_cycle: float
    plated: float
    expected: float


def plan_of(case, cell):
    """Plan of a case on its cell; raises CaseError."""
    material = cell.materials[cell.cathode.region]
    limits = stoichiometries(case, material)
    if limits.discharged <= limits.charged:
        # No discharge ends at a voltage, and the lowest that is held is the highest too.
        limits = limits._replace(discharged=limits.start)
    area = cell.mechanics.strain.weights[cell.domain.cells_of(cell.cathode.region)].sum()
    amount = material.maximum_concentration * (limits.discharged - limits.charged)
    capacity = FARADAY * amount * area / cell.mechanics.area
    protocol = case.cycle.steps
    currents = [
        abs(s.current.density(capacity))
        for s in distinct_steps(protocol.entries)
        if s.current is not None
    ]
    # A protocol without currents has no time scale of its own: as if at C/10.
    largest = max(currents, default=capacity / (10.0 * HOUR))
    plated = interphase.plated_thickness(capacity, cell.materials[cell.anode.region].molar_volume)
    expected = expected_time(protocol.entries, capacity)
    return Plan(protocol, limits, capacity, largest, capacity / largest, plated, expected)


def expected_time(entries, capacity):
    """Time [s] that steps take when each current moves the capacity [C/m2], and a hold without time an hour."""
    total = 0.0
    for each in entries:
        if isinstance(each, Repeat):
            total += each.count * expected_time(each.steps, capacity)
        else:
            longest = (
                HOUR if each.current is None else capacity / abs(each.current.density(capacity))
            )
            given = float("inf") if each.duration is None else each.duration
            total += given if each.kind == "rest" else min(longest, given)
    return total
