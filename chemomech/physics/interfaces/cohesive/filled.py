r"""No cohesion, and a filling that presses the faces apart.

    t = (-p, 0),   damage 1,   stored energy -p d_n,

p the filling's pressure, given and the same whatever the faces do (lithium that is fed by plating). The stored energy
is the potential of this load, so that the work of the filling counts as energy given back by the interface.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.physics.interfaces.cohesive.law import CohesiveLaw, CohesiveResponse


@dataclass(frozen=True)
class FilledParameters:
    """pressure [Pa], an array that broadcasts to the points; positive pushes apart, 0 leaves free faces."""

    pressure: np.ndarray

    def __post_init__(self):
        if not np.all(np.isfinite(self.pressure)):
            raise ValueError("filled faces: the pressure must be finite")


def evaluate(opening, history, step_over_viscosity, parameters):
    """CohesiveResponse of faces under pressure; opening (..., d) [m], history (..., 1): damage 1."""
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


def filled_law(pressure):
    """CohesiveLaw of faces between which a filling stands at a pressure [Pa]."""
    return CohesiveLaw(evaluate, FilledParameters(pressure), columns=1, symmetric=True)
