"""What an electrochemical model is made of, what it is shown, and what it remembers.

`electrochemistry` joins them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from numpy.typing import NDArray

from chemomech.fem.operators import PointOperator

# In the reason of a NoStage where a current is imposed and nothing conducts.
NO_PATH = "no path for the current"
KINDS = IONIC, ELECTRONIC, METAL, BLOCKING = "ionic", "electronic", "metal", "blocking"


@dataclass(frozen=True)
class Conductor:
    """What moves in a region.

    Attributes
    ----------
    kind : str
        "ionic", "electronic", "metal" (at phi = 0) or "blocking".
    conductivity : function (temperature [K]) -> conductivity [S/m], or None
        An electronic region without one stands at the terminal's potential.
    """

    kind: str
    conductivity: Callable[[float], float] | None = None


@dataclass(frozen=True)
class Host:
    """A region that takes up lithium.

    Attributes
    ----------
    maximum_concentration : float
        c_max [mol/m3]; x = c/c_max.
    flux : function (x, grad_x, stress, grad_stress, temperature) -> (J, dJ/dx, dJ/dgrad_x)
        Flux of lithium with shapes (..., d), (..., d), (..., d, d) [mol/m2/s]; the stress is that
        at fixed composition, see Surroundings.
    """

    maximum_concentration: float
    flux: Callable


@dataclass(frozen=True)
class Surroundings:
    """What mechanics and temperature do to a step.

    Attributes
    ----------
    conducting : (k, q) array
        Conducting share of all interface points, 0 to 1.
    stress_at_fixed_x : (n,) array
        Field on the space of x [Pa]: what laws and fluxes are told of the stress in a host. When
        stress follows the stoichiometry at once, as it does in a stiff particle, only the part that
        does not should be handed over, and the laws should add the rest
        (`physics.bulk.swelling.StressOnLithium`): then little is left to iterate.
    temperature : float
        Temperature [K].
    seconds : float
        Time since the start [s].
    film : (k, 1) array or None
        Thickness of the interphase at all interface points [m], None where none grows.
    intact : (m, 1) array or None
        Share of the cells' conductivity that cracks in them leave, None where nothing cracks.
    traction : (k, q) array or None
        Normal traction at all interface points [Pa], compression negative; None: told as none.
    """

    conducting: NDArray
    stress_at_fixed_x: NDArray
    temperature: float = 298.15
    seconds: float = 0.0
    film: NDArray | None = None
    intact: NDArray | None = None
    traction: NDArray | None = None

    def towards(self, end: "Surroundings", share: float) -> "Surroundings":
        """Mix these surroundings with those at the end of a step, of which `share` is taken."""
        mixed = {}
        for name in self.__dataclass_fields__:
            one, other = getattr(self, name), getattr(end, name)
            if one is not None and other is not None:
                mixed[name] = (1 - share) * one + share * other
        return replace(end, **mixed)


@dataclass(frozen=True)
class Drive:
    """What the instrument imposes, one of both.

    Attributes
    ----------
    current_density : float or None
        Current density [A/m2], positive on discharge.
    voltage : float or None
        Voltage [V].
    """

    current_density: float | None = None
    voltage: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless exactly one of both is given."""
        if (self.current_density is None) == (self.voltage is None):
            raise ValueError("a drive is either a current_density or a voltage")


@dataclass(frozen=True)
class ChemicalState:
    """Everything electrochemistry remembers.

    Attributes
    ----------
    potential : (n,) array
        Potential phi [V].
    stoichiometry : (n,) array
        Stoichiometry x, zero outside hosts.
    voltage : float
        Potential of the terminal [V].
    current_density : float
        At the terminal [A/m2], positive on discharge.
    """

    potential: NDArray
    stoichiometry: NDArray
    voltage: float
    current_density: float = 0.0


class Stage(NamedTuple):
    """An implicit stage.

    Attributes
    ----------
    state : ChemicalState
        State at its end.
    rate : (n,) array
        Rate dx/dt of the stoichiometry [1/s].
    iterations : int
        Newton's iterations.
    """

    state: ChemicalState
    rate: NDArray
    iterations: int


class NoStage(Exception):
    """Newton did not converge, or there is no path for the current; the message says which."""


class Junction(NamedTuple):
    """An interface that passes current.

    Attributes
    ----------
    operator : PointOperator
        From the unknowns to the jump of phi, and in a host x, at its points.
    law : function (jump, x, stress, conducting, surroundings) -> (i, di/djump, di/dx)
        All 0 where conducting is 0; x and stress (at fixed composition) are None without a host or
        between conductors of one kind, where di/dx is ignored.
    rows : slice
        Its facets among all interfaces.
    trace : PointOperator or None
        A field of the host at its points.
    contact : bool
        Whether it lies between conductors of one kind, with a linear law.
    """

    operator: PointOperator
    law: Callable
    rows: slice
    trace: PointOperator | None
    contact: bool = False
