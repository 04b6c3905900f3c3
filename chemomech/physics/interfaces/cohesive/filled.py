r"""No cohesion, and a filling that presses the faces open.

    t = (-p, 0),   damage 1,   stored energy -p d_n,

p the filling's pressure, given and the same whatever the faces do (lithium that is fed by plating).
The stored energy is the potential of this load, so that the work of the filling counts as energy
given back by the interface.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.interfaces.cohesive.law import CohesiveLaw, CohesiveResponse
from chemomech.physics.values import Values


@dataclass(frozen=True)
class FilledParameters:
    """What presses between filled faces.

    Attributes
    ----------
    pressure : (...) array
        Pressure of the filling [Pa]; positive opens the faces, 0 leaves them free.
    """

    pressure: Values

    def __post_init__(self):
        if not np.all(np.isfinite(self.pressure)):
            raise ValueError("filled faces: the pressure must be finite")


def evaluate(
    opening: NDArray, history: NDArray, step_over_viscosity: Values, parameters: FilledParameters
) -> CohesiveResponse:
    """Return the CohesiveResponse of faces under a filling's pressure.

    Parameters
    ----------
    opening : (..., d) array
        Opening at the step's end, normal first [m].
    history : (..., 1) array
        Damage; it is 1 from here on.
    step_over_viscosity : float
        Not used: nothing is left to soften.
    parameters : FilledParameters
        The pressure.
    """
    traction, nothing = np.zeros(opening.shape), np.zeros(opening.shape[:-1])
    traction[..., 0] = -np.asarray(parameters.pressure)
    return CohesiveResponse(
        traction=traction,
        tangent=np.zeros((*opening.shape, opening.shape[-1])),
        history=np.ones_like(history),
        stored=traction[..., 0] * opening[..., 0],
        fracture=nothing,
        viscous=nothing,
    )


def filled_law(pressure: Values) -> CohesiveLaw:
    """Return the CohesiveLaw of faces between which a filling stands at a pressure (...) [Pa]."""
    return CohesiveLaw(evaluate, FilledParameters(pressure), columns=1, symmetric=True)
