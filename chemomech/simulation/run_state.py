"""Where a run stands, and what is imposed on it from outside.

Both are values that steps pass on; they are never changed in place.
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from chemomech.models.mechanics import Load
from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.simulation.energy import EnergyAccount, error_scale


@dataclass(frozen=True)
class Conditions:
    """What the instrument sets beside the current: the one place of stack pressure and temperature.

    Attributes
    ----------
    stack_pressure : float
        Prescribed stack pressure [Pa], positive in compression; with a spring or a fixed gap that
        of the preload.
    temperature : float
        Temperature of the whole cell [K].
    """

    stack_pressure: float
    temperature: float = REFERENCE_TEMPERATURE

    def of_step(self, step: Any) -> "Conditions":
        """Return those of one step of a protocol: what it names, and these where it names nothing.

        Parameters
        ----------
        step : object
            It has a pressure [Pa] and a temperature [K], None where it names none.
        """
        return Conditions(
            self.stack_pressure if step.pressure is None else step.pressure,
            self.temperature if step.temperature is None else step.temperature,
        )

    def towards(self, other: "Conditions", elapsed: float, whole: float) -> "Conditions":
        """Return those on a straight way to others.

        Parameters
        ----------
        other : Conditions
            At the end of the way.
        elapsed, whole : float
            Time since its begin and in all [s].
        """
        return Conditions(
            *(
                one + (end - one) * elapsed / whole
                for one, end in (
                    (self.stack_pressure, other.stack_pressure),
                    (self.temperature, other.temperature),
                )
            )
        )

    def load(self, **imposed: Any) -> Load:
        """Return the Load of mechanics under these conditions.

        Parameters
        ----------
        imposed : dict
            Fields of Load beside pressure and temperature.
        """
        return Load(pressure=self.stack_pressure, temperature=self.temperature, **imposed)


class Motion(NamedTuple):
    """The last step of a cell that is cycled, from which the next is extrapolated.

    Attributes
    ----------
    before : CoupledState
        Where it began.
    length : float
        How long it was [s].
    """

    before: Any
    length: float


@dataclass(frozen=True)
class RunState:
    """Where a run stands, of a cell that is cycled or of a body on a load path.

    Attributes
    ----------
    state : CoupledState or MechanicalState
        Everything that the models remember.
    time : float
        Since the start: [s] of a cell that is cycled, in parts of the path of a body on a load
        path.
    conditions : Conditions or None
        What is imposed now; None before anything was set.
    energy : EnergyAccount
        Energies since the start [J/m], in 3D [J].
    energy_scale : float
        Largest size of the account so far [J/m], which energy errors are measured against.
    steps, cuts : int
        Steps that were accepted, and steps that were tried in vain.
    counts : dict
        Work so far by name: rounds, and iterations of mechanics ("mechanical") and of
        electrochemistry ("chemical").
    reason : str
        How the protocol's step or the path ended ("limit", "time", or one of `errors.ENDS`, and the
        rest of the step is left out), "" while it goes on.
    next_length : float
        Length that the next step is proposed to have, in units of time; 0 for none yet.
    motion : (n,) array, Motion or None
        From where the next step starts: along a load path the displacement per time of the last
        step [m], of a cell that is cycled what was before it; None for nothing.
    began, began_under : float, Conditions or None
        Time at which the protocol's step began, and what was imposed then.
    cycle, number : int
        Cycle and step of the protocol.
    done, skipped : int
        Last cycle that is over, -1 for none; cycles that were jumped over.
    charge, throughput : float
        Charge passed since the start, positive on discharge, and charge passed either way [C/m2].
    through : dict
        Junction -> charge out of its electrode [C/m], in 3D [C].
    splitting_stoichiometry, splitting_voltage : float
        Largest change in the last round of a step, of x and of the voltage [V].
    """

    state: Any
    time: float = 0.0
    conditions: Conditions | None = None
    energy: EnergyAccount = EnergyAccount()
    energy_scale: float = 0.0
    steps: int = 0
    cuts: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    next_length: float = 0.0
    motion: Any = None
    began: float = 0.0
    began_under: Conditions | None = None
    cycle: int = 0
    number: int = 0
    done: int = -1
    skipped: int = 0
    charge: float = 0.0
    throughput: float = 0.0
    through: dict[str, float] = field(default_factory=dict)
    splitting_stoichiometry: float = 0.0
    splitting_voltage: float = 0.0

    @property
    def energy_error(self) -> float:
        """Energy balance error relative to `energy.error_scale`."""
        scale = error_scale(self.energy, self.energy_scale)
        return abs(self.energy.residual) / scale if scale > 0 else 0.0

    @property
    def iterations(self) -> int:
        """Iterations of mechanics so far."""
        return self.counts.get("mechanical", 0)

    @property
    def mechanical(self) -> Any:
        """The MechanicalState of either kind of run."""
        return getattr(self.state, "mechanical", self.state)

    @property
    def words(self) -> str:
        """Where the run stands, for people."""
        chemical = getattr(self.state, "chemical", None)
        if chemical is None:
            change = (1.0 + float(self.state.chemical_strain)) ** 3 - 1.0
            return f"volume change {change:+.4f}"
        where = f"cycle {self.cycle}, step {self.number} of the protocol"
        return f"{where}, {chemical.voltage:.3f} V"

    def is_within(self, cycle: int, number: int) -> bool:
        """Say whether it stands on the way through a step of the protocol, given by its place."""
        began = self.began_under is not None and not self.reason
        return began and (self.cycle, self.number) == (cycle, number)

    def with_energy(self, energy: EnergyAccount) -> "RunState":
        """Return the same after a step that took this energy."""
        total = self.energy + energy
        return replace(self, energy=total, energy_scale=max(self.energy_scale, total.size))

    def with_counts(self, counts: dict[str, int]) -> "RunState":
        """Return the same with more work done."""
        return replace(self, counts=add(self.counts, counts))

    def begin(self) -> "RunState":
        """Return the same at the start of a protocol's step or of a path."""
        return replace(
            self,
            reason="",
            next_length=0.0,
            motion=None,
            began=self.time,
            began_under=self.conditions,
        )


def add(one: dict, other: dict) -> dict:
    """Sum of two dictionaries of numbers, name by name."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in {*one, *other}}


def at_rest(run_state, reason):
    """Return a RunState whose step ends here without a current, since none can pass."""
    chemical = replace(run_state.state.chemical, current_density=0.0)
    return replace(run_state, state=replace(run_state.state, chemical=chemical), reason=reason)
