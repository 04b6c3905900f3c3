r"""No cohesion: faces that were never bonded, or are bonded no more.

    t = r K (<d_n>, d_t),   damage 1.

The residual share r of the stiffness K keeps a loose body from floating; it may be zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.interfaces.cohesive.law import (
    CohesiveLaw,
    CohesiveResponse,
    check_positive,
    check_residual,
    measures,
)
from chemomech.physics.values import Values


@dataclass(frozen=True)
class DebondedParameters:
    """What is left between debonded faces.

    Attributes
    ----------
    stiffness : (...) array
        Stiffness K of the bond that is gone [Pa/m], > 0.
    residual : float
        Share r of it that stays, 0 <= r < 1.
    """

    stiffness: Values
    residual: float = 1e-6

    def __post_init__(self):
        check_positive(stiffness=self.stiffness)
        check_residual(self.residual)


def evaluate(
    opening: NDArray, history: NDArray, step_over_viscosity: Values, parameters: DebondedParameters
) -> CohesiveResponse:
    """Return the CohesiveResponse of debonded faces.

    Parameters
    ----------
    opening : (..., d) array
        Opening at the step's end, normal first [m].
    history : (..., 1) array
        Damage; it is 1 from here on.
    step_over_viscosity : float
        Not used: nothing is left to soften.
    parameters : DebondedParameters
        Stiffness and residual share.
    """
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


def debonded_law(stiffness: Values, residual: float = 1e-6) -> CohesiveLaw:
    """Return the CohesiveLaw of faces that carry no tension.

    Parameters
    ----------
    stiffness : (...) array
        Stiffness K of the bond that is gone [Pa/m], > 0.
    residual : float
        Share of it that stays, 0 <= r < 1.
    """
    return CohesiveLaw(evaluate, DebondedParameters(stiffness, residual), columns=1, symmetric=True)
