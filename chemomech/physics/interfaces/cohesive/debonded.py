r"""No cohesion: faces that were never bonded, or are bonded no more.

    t = r K (<d_n>, d_t),   damage 1.

r is a residual share of the stiffness K that keeps a loose body from floating; it may be zero.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.physics.interfaces.cohesive.law import (
    CohesiveLaw,
    CohesiveResponse,
    check_positive,
    check_residual,
    measures,
)


@dataclass(frozen=True)
class DebondedParameters:
    """stiffness [Pa/m], an array that broadcasts to the points; residual share of it, 0 <= r < 1."""

    stiffness: np.ndarray
    residual: float = 1e-6

    def __post_init__(self):
        check_positive(stiffness=self.stiffness)
        check_residual(self.residual)


def evaluate(opening, history, step_over_viscosity, parameters):
    """CohesiveResponse of separated faces; opening (..., d) [m], history (..., 1): damage 1."""
    m = measures(opening)
    spring = np.broadcast_to(parameters.residual * np.asarray(parameters.stiffness), m.size.shape)
    axes = np.ones(opening.shape)
    axes[..., 0] = opening[..., 0] > 0.0
    nothing = np.zeros(m.size.shape)
    return CohesiveResponse(
        traction=spring[..., None] * m.active,
        tangent=(spring[..., None] * axes)[..., :, None] * np.eye(opening.shape[-1]),
        history=np.ones_like(history),
        stored=0.5 * spring * m.size**2,
        fracture=nothing,
        viscous=nothing,
    )


def debonded_law(stiffness, residual=1e-6):
    """CohesiveLaw of faces that carry no tension; stiffness [Pa/m]."""
    return CohesiveLaw(evaluate, DebondedParameters(stiffness, residual), columns=1, symmetric=True)
