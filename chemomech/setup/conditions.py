"""What a case imposes on its cell from outside, where a protocol's step names nothing else."""

from chemomech.case.schema import Case
from chemomech.models.supports import Fixture
from chemomech.simulation.run_state import Conditions


def conditions_of(case: Case) -> Conditions:
    """Return the Conditions of a case: stack pressure and temperature are read here alone."""
    return Conditions(case.stack.pressure, case.cycle.temperature)


def attached_of(case: Case) -> tuple[float, float]:
    """Return the pressure [Pa] under which lithium was attached, and for how long [s]."""
    return case.stack.assembly_pressure, case.stack.assembly_time


def fixture_of(case: Case) -> Fixture:
    """Return what holds the stack of a case after its preload; its position is not known yet."""
    return Fixture(case.stack.fixture, case.stack.stiffness or 0.0)
