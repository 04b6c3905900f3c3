"""Why a state cannot advance, and why a step of a protocol ends before its own limit.

A state may come to where its models stop to mean something: the active material leaves the range in
which it is known, its face is full or empty, all metal is stripped, the metal melts. A step ends
there, and what was computed stands.

Of a face that fills or empties the exchange current vanishes as sqrt(x (1 - x)) and the
overpotential grows without bound, so that no current passes to the end. What is left of it is
measured by the sites,

    s = int chi 4 x (1 - x) dA / int chi dA,

chi the conducting share. At s = LEAST_SITES the sites cost 2 RT/F ln(1/sqrt(s)) = 0.24 V at 25 degC
beside half filling, and x is 2.5e-5 from its end: nothing is left to pass there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

LEAST_SITES = 1e-4
FEW_SITES = 1e-2  # below which a step that fails without contact lost fails for a lack of sites

LIMIT, LIMIT_AT_ONCE = "limit", "limit at once"
FACE_FULL, FACE_EMPTY = "face full", "face empty"
MATERIAL_RANGE = "material range"
NO_LITHIUM = "no lithium"
LITHIUM_MELTS = "lithium melts"
NO_PATH = "no path"
# What each means, for people.
ENDS = {
    LIMIT_AT_ONCE: "the limit is passed at once by the overpotential, however short the step: it "
    "is left out, the state is that before it",
    FACE_FULL: "the active material's face is full: the overpotential grows without bound there, "
    "and any lower voltage is met",
    FACE_EMPTY: "the active material's face is empty: the overpotential grows without bound there, "
    "and any higher voltage is met",
    MATERIAL_RANGE: "the active material is emptied to the end of the range in which it is known "
    "(its stoichiometry_minimum and its table of volume_change)",
    NO_LITHIUM: "all lithium metal is stripped",
    LITHIUM_MELTS: "the lithium metal reaches its melting point",
    NO_PATH: "all contact between terminal and metal is lost",
}


class NoConvergence(Exception):
    """No step that is short enough, or no other way on; the message says where and why."""

    exit_code = 3


class OutOfWork(NoConvergence):
    """The steps or the time that a run may take are used up; the message says where it stands."""


class Event(NamedTuple):
    """Where a step ends.

    Attributes
    ----------
    reason : str
        What ends it.
    value : callable
        CoupledState -> number, negative before the event and positive beyond.
    tolerance : float
        How well it is met, in units of the value.
    """

    reason: str
    value: Callable[[Any], float]
    tolerance: float


def cut_off(entry, capacity, tolerance):
    """Return the Event of a step's own cut-off in a list, which is empty without one.

    Its value is in volts, or the share of the current.

    Parameters
    ----------
    entry : Step
        The protocol's step.
    capacity : float
        What 1C means [C/m2].
    tolerance : float
        How well it is met.
    """
    if entry.kind == "voltage" and entry.until_current is not None:
        limit = entry.until_current.density(capacity)
        return [Event(LIMIT, lambda at: 1.0 - abs(at.chemical.current_density) / limit, tolerance)]
    if entry.until_voltage is not None:
        sign = 1.0 if entry.current.value > 0 else -1.0
        volts = lambda at: sign * (entry.until_voltage - at.chemical.voltage)  # noqa: E731
        return [Event(LIMIT, volts, tolerance)]
    return []


@dataclass(frozen=True)
class Bounds:
    """Where the states of a cell stop to mean something.

    Attributes
    ----------
    host, metal : str
        Junctions of the active material and of the metal; "" for none.
    region : str
        The active material's.
    least_stoichiometry : float
        Mean of the active material at which its range ends.
    thickness : float
        Of the metal as built, its volume over its face [m].
    melting : float
        Temperature at which the metal melts [K].
    """

    host: str = ""
    metal: str = ""
    region: str = ""
    least_stoichiometry: float = 0.0
    thickness: float = np.inf
    melting: float = np.inf

    def events(self, coupling: Any, entry: Any, current: float, temperature: float) -> list[Event]:
        """Return what ends a step of a protocol beside its own limit, time and current.

        Parameters
        ----------
        coupling : Coupling
            The cell.
        entry : Step
            The protocol's step.
        current : float
            That is driven [A/m2], positive on discharge; 0 at rest and at a given voltage.
        temperature : float
            At which the step aims [K].
        """
        found = []
        if temperature >= self.melting:
            found.append(
                Event(LITHIUM_MELTS, lambda at: at.around.temperature - self.melting, 1e-3)
            )
        if current > 0.0 and self.metal and np.isfinite(self.thickness):
            found.append(
                Event(
                    NO_LITHIUM, lambda at: self.stripped(coupling, at) / self.thickness - 1.0, 1e-4
                )
            )
        # A charge that ends at a voltage ends inside the range: higher voltages are refused.
        if current < 0.0 and self.host and entry.until_voltage is None:
            least = self.least_stoichiometry
            found.append(Event(MATERIAL_RANGE, lambda at: least - self.mean(coupling, at), 1e-5))
        return found

    def stripped(self, coupling: Any, state: Any) -> float:
        """Return the mean thickness of metal stripped since the start [m]."""
        junction = coupling.chemistry.junctions[self.metal]
        weights = junction.operator.weights.sum(axis=1)
        return -float(weights @ state.plated[junction.rows, 0] / weights.sum())

    def mean(self, coupling: Any, state: Any) -> float:
        """Return the mean stoichiometry of the active material."""
        chemistry = coupling.chemistry
        rows = chemistry.host_rows[self.region]
        x = chemistry.value(state.chemical.stoichiometry)[rows, :, 0]
        weights = chemistry.value.weights[rows]
        return float(np.sum(weights * x) / weights.sum())

    def exhausted(self, coupling: Any, state: Any, current: float, least: float) -> str:
        """Return FACE_FULL or FACE_EMPTY where a current leaves the face fewer sites, else "".

        Parameters
        ----------
        coupling : Coupling
            The cell.
        state : CoupledState
            Its state.
        current : float
            At the terminal [A/m2].
        least : float
            Sites, see the module.
        """
        if not self.host or not current:
            return ""
        junction = coupling.chemistry.junctions[self.host]
        both = np.concatenate([state.chemical.potential, state.chemical.stoichiometry])
        x = junction.operator(both)[..., 1]
        share = junction.operator.weights * state.around.conducting[junction.rows].reshape(x.shape)
        if not share.sum() > 0.0:
            return ""
        toward = x if current > 0.0 else 1.0 - x
        # The half that the current runs away from has all its sites.
        sites = np.where(toward > 0.5, np.clip(4.0 * x * (1.0 - x), 0.0, 1.0), 1.0)
        if float(np.sum(share * sites) / share.sum()) > least:
            return ""
        return FACE_FULL if current > 0.0 else FACE_EMPTY
