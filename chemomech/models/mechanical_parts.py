"""What is imposed on a body in a step, what it remembers, and what a trial says."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.models.bulk import Flowing, Gain
from chemomech.physics.interfaces.interface import InterfaceResponse, InterfaceState
from chemomech.physics.thermal import REFERENCE_TEMPERATURE


@dataclass(frozen=True)
class Load:
    """What is imposed on a body at the end of a step.

    Attributes
    ----------
    pressure : float
        Stack pressure [Pa], positive in compression.
    chemical_strain : float, (m, q) or (m, q, c) array
        Free strain: a number, taken by the cells that swell, or given at the points of all cells,
        thermal strain included; with c components where it is not alike in all directions.
    imposed_opening : float, (k, 1) or (k, q) array
        Thickness grown at the interfaces [m], negative when stripped.
    step_over_viscosity : float
        Length of the step over the viscosity time of damage; infinite without viscosity.
    prescribed_displacement : float
        Displacement [m] of a control dof that is driven by its position.
    seconds : float
        How long the step lasts, in which what creeps does; 0: at once, and nothing creeps.
    temperature : float
        Temperature [K].
    """

    pressure: float = 0.0
    chemical_strain: float | NDArray = 0.0
    imposed_opening: float | NDArray = 0.0
    step_over_viscosity: float = np.inf
    prescribed_displacement: float = 0.0
    seconds: float = 0.0
    temperature: float = REFERENCE_TEMPERATURE


@dataclass(frozen=True)
class MechanicalState:
    """Everything mechanics remembers.

    Attributes
    ----------
    displacement : (n,) array
        Displacement [m].
    plastic_strain : (y, q, c) array
        Of the cells that can flow, in the order of Mechanics.yielding.
    accumulated : (y, q) array
        Their accumulated plastic strain.
    resistance : (y, q) array
        Their resistance to creep [Pa], 0 in plastic cells.
    gain : Gain
        What creep has changed in the last step.
    interface : InterfaceState
        Of all interface points (k, q).
    stress : (m, q, c) array
        Stress at the points of all cells [Pa], tension positive.
    traction : (k, q, d) array
        Traction at all interface points [Pa], normal first.
    position : float
        Position y of the control dof [m].
    pressure : float
        -F/A [Pa] of the force F on it.
    chemical_strain, imposed_opening
        As the Load had them.
    stored : float
        Energy stored at the interfaces [J/m; J in 3D].
    """

    displacement: NDArray
    plastic_strain: NDArray
    accumulated: NDArray
    resistance: NDArray
    gain: Gain
    interface: InterfaceState
    stress: NDArray
    traction: NDArray
    position: float = 0.0
    pressure: float = 0.0
    chemical_strain: float | NDArray = 0.0
    imposed_opening: float | NDArray = 0.0
    stored: float = 0.0

    @property
    def opening(self) -> NDArray:
        """Jump less imposed opening, (k, q, d) [m], normal first."""
        return self.interface.opening

    @property
    def damage(self) -> NDArray:
        """Damage of the interface points, (k, q), from 0 bonded to 1 debonded."""
        return self.interface.damage


class Trial(NamedTuple):
    """A displacement tried in a step.

    Attributes
    ----------
    displacement : (n,) array
        Displacement [m].
    residual : (r,) array
        Residual of the reduced unknowns [N/m].
    scale : float
        Size of the forces that the residual is measured against [N/m].
    internal : (n,) array
        Nodal forces of the body [N/m].
    bulk : Flowing or None
        What the cells that can flow say.
    interface : InterfaceResponse
        What the laws of the interfaces say.
    cracked : Cracked or None
        What the phase field of a body that has one says.
    """

    displacement: NDArray
    residual: NDArray
    scale: float
    internal: NDArray
    bulk: Flowing | None
    interface: InterfaceResponse
    cracked: Any = None
