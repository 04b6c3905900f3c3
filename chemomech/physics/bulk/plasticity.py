r"""J2 plasticity with linear isotropic hardening, implicit radial return.

    q <= sigma_y + H p,   deps_plastic = dp (3/2) s/q,   p' = sqrt(2/3 eps_p':eps_p') >= 0,

q the von Mises stress, p the accumulated plastic strain. A point that never yields has an
infinite yield strength. Source: de Souza Neto, Peric, Owen (2008), box 7.4 and eq. (7.120).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.bulk.elasticity import deviatoric_projector, stiffness, unit_tensor


class PlasticResponse(NamedTuple):
    """What a plastic point answers at a step's end.

    Attributes
    ----------
    stress : (..., c) array
        Voigt stress [Pa].
    tangent : (..., c, c) array
        Its derivative by the strain [Pa].
    plastic_strain : (..., c) array
        Voigt plastic strain, engineering shear.
    accumulated : (...) array
        Accumulated plastic strain p.
    work : (...) array
        Plastic work of the step, (sigma_y + H (p + dp/2)) dp [J/m3].
    multiplier : (...) array
        Plastic strain dp gained in the step.
    """

    stress: NDArray
    tangent: NDArray
    plastic_strain: NDArray
    accumulated: NDArray
    work: NDArray
    multiplier: NDArray


def radial_return(
    strain: NDArray,
    plastic_strain: NDArray,
    accumulated: NDArray,
    shear: NDArray,
    bulk: NDArray,
    yield_strength: NDArray,
    hardening: NDArray,
) -> PlasticResponse:
    """Return stress and consistent tangent at the end of a step.

    Parameters
    ----------
    strain : (..., c) array
        Total strain less eigenstrain at the step's end, Voigt with engineering shear.
    plastic_strain : (..., c) array
        Plastic strain at the step's start.
    accumulated : (...) array
        Accumulated plastic strain at the step's start.
    shear, bulk : (...) array
        Shear and bulk modulus [Pa], > 0.
    yield_strength : (...) array
        Yield strength sigma_y [Pa]; inf never yields.
    hardening : (...) array
        Hardening modulus H [Pa], >= 0.
    """
    components = strain.shape[-1]
    one, projector = unit_tensor(components), deviatoric_projector(components)
    elastic = strain - plastic_strain
    trial_deviator = 2.0 * shear[..., None] * (elastic @ projector)
    pressure_part = (bulk * elastic[..., :3].sum(axis=-1))[..., None] * one
    weights = np.where(one > 0, 1.0, 2.0)
    norm = np.sqrt(np.einsum("...c,c,...c->...", trial_deviator, weights, trial_deviator))
    trial_mises = np.sqrt(1.5) * norm
    excess = trial_mises - (yield_strength + hardening * accumulated)
    multiplier = np.maximum(excess, 0.0) / (3.0 * shear + hardening)
    safe_mises = np.where(trial_mises > 0, trial_mises, 1.0)
    ratio = 3.0 * shear * multiplier / safe_mises
    stress = pressure_part + (1.0 - ratio)[..., None] * trial_deviator
    # Engineering shear doubles the off-diagonal flow.
    flow = 1.5 * trial_deviator / safe_mises[..., None] * weights
    direction = trial_deviator / np.where(norm > 0, norm, 1.0)[..., None]
    yielding = multiplier > 0
    soft = np.where(yielding, multiplier / safe_mises - 1.0 / (3.0 * shear + hardening), 0.0)
    tangent = (
        stiffness(shear, bulk, components)
        - (2.0 * shear * ratio)[..., None, None] * projector
        + (6.0 * shear**2 * soft)[..., None, None]
        * direction[..., :, None]
        * direction[..., None, :]
    )
    start_strength = np.where(yielding, yield_strength + hardening * accumulated, 0.0)
    return PlasticResponse(
        stress,
        tangent,
        plastic_strain + multiplier[..., None] * flow,
        accumulated + multiplier,
        (start_strength + 0.5 * hardening * multiplier) * multiplier,
        multiplier,
    )
