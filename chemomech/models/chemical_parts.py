"""What an electrochemical model is made of, what it is shown, and what it remembers; `electrochemistry` joins them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from chemomech.fem.operators import PointOperator

NO_PATH = "no path for the current"  # in the reason of a NoStage where a current is imposed and nothing conducts
KINDS = IONIC, ELECTRONIC, METAL, BLOCKING = "ionic", "electronic", "metal", "blocking"


@dataclass(frozen=True)
class Conductor:
    """What moves in a region: kind is ionic, electronic, metal (at phi = 0) or blocking; conductivity(T) [S/m].

    An electronic region without conductivity stands at the terminal's potential.
    """

    kind: str
    conductivity: Callable | None = None


@dataclass(frozen=True)
class Host:
    """A region that takes up lithium: c_max [mol/m3] and its flux.

    flux(x, grad_x, still, grad_still, temperature) -> (J, dJ/dx, dJ/dgrad_x) with shapes (..., d),
    (..., d), (..., d, d) [mol/m2/s], for x = c/c_max; still: see Surroundings.
    """

    maximum_concentration: float
    flux: Callable


@dataclass(frozen=True)
class Surroundings:
    """What mechanics and temperature do to a step: conducting (k, q) share of all interface points; still (n,), a
    field on the space of x; temperature [K]; seconds since the start; film (k, 1) thickness of the
    interphase [m] at all interface points, None where none grows; sound (m, 1) share of the cells'
    conductivity that cracks in them leave, None where nothing cracks.

    still is what laws and fluxes are told of the stress in a host. When stress follows the filling
    at once, as it does in a stiff particle, only the part that does not should be handed over, and
    the laws should add the rest (`physics.swelling.StressOnLithium`): then little is left to
    iterate.
    """

    conducting: np.ndarray
    stress_at_fixed_x: np.ndarray
    temperature: float = 298.15
    seconds: float = 0.0
    film: np.ndarray | None = None
    intact: np.ndarray | None = None

    def towards(self, end, share):
        """Surroundings between these and those at the end of a step."""
        mixed = {
            name: (1 - share) * getattr(self, name) + share * getattr(end, name)
            for name in (
                "conducting",
                "stress_at_fixed_x",
                "temperature",
                "seconds",
                "film",
                "intact",
            )
            if getattr(self, name) is not None and getattr(end, name) is not None
        }
        return replace(end, **mixed)


@dataclass(frozen=True)
class Drive:
    """What the instrument imposes: current density [A/m2], positive on discharge, or voltage [V]."""

    current_density: float | None = None
    voltage: float | None = None

    def __post_init__(self):
        if (self.current_density is None) == (self.voltage is None):
            raise ValueError("a drive is either a current_density or a voltage")


@dataclass(frozen=True)
class ChemicalState:
    """potential (n,) [V]; filling (n,), zero outside hosts; voltage of the terminal [V]; current density [A/m2]."""

    potential: np.ndarray
    stoichiometry: np.ndarray
    voltage: float
    current_density: float = 0.0


class Stage(NamedTuple):
    """An implicit stage: its state, rate dx/dt of its filling (n,) [1/s], Newton iterations."""

    state: ChemicalState
    rate: np.ndarray
    iterations: int


class NoStage(Exception):
    """Newton did not converge, or there is no path for the current; the message says which."""


class Junction(NamedTuple):
    """A conducting interface: operator of (jump of phi[, x]) at its points, law, rows in all interfaces, stress trace.

    law(jump, x, still, conducting, surroundings) -> (i, di/djump, di/dx), all 0 where conducting is
    0; x and still are None without a host or between conductors of one kind, di/dx is ignored then.
    trace: a field of the host at them. contact: between conductors of one kind, with a linear law.
    """

    operator: PointOperator
    law: Callable
    rows: slice
    trace: PointOperator | None
    contact: bool = False
