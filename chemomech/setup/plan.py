"""What a case's protocol means in this mesh: capacity, and the time scale of its currents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chemomech.case.protocol import Protocol, Repeat, Step, distinct_steps
from chemomech.physics.interfaces import interphase
from chemomech.setup.cell import Cell
from chemomech.setup.electrodes import Limits, stoichiometries, stoichiometry_range
from chemomech.simulation.errors import Bounds
from chemomech.units.constants import FARADAY
from chemomech.units.field import HOUR

if TYPE_CHECKING:
    from chemomech.case.schema import Case


@dataclass(frozen=True)
class Plan:
    """A protocol and its scales.

    Attributes
    ----------
    protocol : Protocol
        Its steps.
    limits : Limits
        Stoichiometries between which it cycles.
    capacity : float
        Of the active material between the stoichiometries at equilibrium with the extreme voltages
        [C/m2]; what 1C means.
    current_density : float
        The largest of the protocol [A/m2].
    half_cycle : float
        Capacity over it [s], in which times of the solver are counted.
    plated : float
        Thickness of lithium of that capacity, spread evenly [m].
    expected : float
        Time that the protocol may take [s], for progress alone.
    """

    protocol: Protocol
    limits: Limits
    capacity: float
    current_density: float
    half_cycle: float
    plated: float
    expected: float


def plan_of(case: "Case", cell: Cell) -> Plan:
    """Find the scales of a case's protocol on its cell; raises CaseError.

    Parameters
    ----------
    case : Case
        The case.
    cell : Cell
        Its models.
    """
    anode, cathode = cell.electrodes()
    material = cell.materials[cathode.region]
    limits = stoichiometries(case, material)
    if limits.discharged <= limits.charged:
        # No discharge ends at a voltage, and the lowest that is held is the highest too.
        limits = limits._replace(discharged=limits.start)
    if limits.discharged <= limits.charged:
        # It starts charged and no discharge ends at a voltage: all that the material takes up.
        limits = limits._replace(discharged=stoichiometry_range(material)[1])
    area = cell.mechanics.strain.weights[cell.domain.cells_of(cathode.region)].sum()
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
    molar_volume = cell.materials[anode.region].molar_volume
    plated = float(interphase.plated_thickness(capacity, molar_volume))
    expected = expected_time(protocol.entries, capacity)
    return Plan(protocol, limits, capacity, largest, capacity / largest, plated, expected)


def bounds_of(cell: Cell) -> Bounds:
    """Find where the states of a cell stop to mean something, for its protocol to end steps there.

    Parameters
    ----------
    cell : Cell
        Its models.
    """
    anode, cathode = cell.electrodes()
    metal, mechanics = cell.materials[anode.region], cell.mechanics
    volume = mechanics.strain.weights[cell.domain.cells_of(anode.region)].sum()
    return Bounds(
        host=cathode.interface,
        metal=anode.interface,
        region=cathode.region,
        least_stoichiometry=stoichiometry_range(cell.materials[cathode.region])[0],
        thickness=float(volume / mechanics.jump.weights[anode.rows].sum()),
        melting=metal.get("melting_temperature", float("inf")),
    )


def expected_time(entries: Iterable[Step | Repeat], capacity: float) -> float:
    """Estimate the time that steps take [s].

    Parameters
    ----------
    entries : iterable of Step and Repeat
        The steps; a hold without a time counts as an hour.
    capacity : float
        What each current moves [C/m2].
    """
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
