r"""Isotropic linear elasticity in Voigt form, with eigenstrain.

    sigma = C : (eps - eps_eigen - eps_plastic),   C = K 1 x 1 + 2 G I_dev.

Voigt vectors are (xx, yy, zz, xy[, yz, xz]) with engineering shear; tension is positive. Source:
any text, e.g. de Souza Neto, Peric, Owen, Computational Methods for Plasticity (2008), ch. 4.
"""

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.values import Values


def shear_modulus(young_modulus: Values, poisson_ratio: Values) -> Values:
    """Return G = E/(2 (1 + nu)) [Pa].

    Parameters
    ----------
    young_modulus : (...) array
        E [Pa], > 0.
    poisson_ratio : (...) array
        nu [-], above -1.

    Examples
    --------
    >>> round(shear_modulus(20e9, 0.25) / 1e9, 6)
    8.0
    """
    return young_modulus / (2.0 * (1.0 + poisson_ratio))


def bulk_modulus(young_modulus: Values, poisson_ratio: Values) -> Values:
    """Return K = E/(3 (1 - 2 nu)) [Pa].

    Parameters
    ----------
    young_modulus : (...) array
        E [Pa], > 0.
    poisson_ratio : (...) array
        nu [-], below 0.5.
    """
    return young_modulus / (3.0 * (1.0 - 2.0 * poisson_ratio))


def poisson_ratio(shear: Values, bulk: Values) -> Values:
    """Return nu = (3 K - 2 G)/(6 K + 2 G) [-].

    Parameters
    ----------
    shear, bulk : (...) array
        Shear modulus G and bulk modulus K [Pa], > 0.
    """
    return (3.0 * bulk - 2.0 * shear) / (6.0 * bulk + 2.0 * shear)


def plane_strain_modulus(young_modulus: Values, poisson_ratio: Values) -> Values:
    """Return E' = E/(1 - nu^2) [Pa], the modulus of a body that cannot stretch along one axis.

    Parameters
    ----------
    young_modulus : (...) array
        E [Pa], > 0.
    poisson_ratio : (...) array
        nu [-].
    """
    return young_modulus / (1.0 - poisson_ratio**2)


def unit_tensor(components: int) -> NDArray:
    """Return the Voigt form of the unit tensor, (components,), components = 4 or 6."""
    one = np.zeros(components)
    one[:3] = 1.0
    return one


def deviatoric_projector(components: int) -> NDArray:
    """Return the matrix (c, c) from engineering strain to the deviator, stress-like Voigt."""
    one = unit_tensor(components)
    symmetric = np.diag(np.where(one > 0, 1.0, 0.5))
    return symmetric - np.outer(one, one) / 3.0


def stiffness(shear: Values, bulk: Values, components: int) -> NDArray:
    """Return C = K 1 x 1 + 2 G I_dev, (..., c, c) [Pa].

    Parameters
    ----------
    shear, bulk : (...) array
        Shear modulus G and bulk modulus K [Pa], > 0.
    components : int
        Components c of a Voigt vector, 4 or 6.
    """
    one = unit_tensor(components)
    shear, bulk = np.asarray(shear)[..., None, None], np.asarray(bulk)[..., None, None]
    return bulk * np.outer(one, one) + 2.0 * shear * deviatoric_projector(components)


def von_mises(stress: NDArray) -> NDArray:
    """Return sqrt(3/2 s:s) (...) of a Voigt stress (..., c) [Pa]."""
    components = stress.shape[-1]
    deviator = stress - stress[..., :3].sum(axis=-1, keepdims=True) / 3.0 * unit_tensor(components)
    weights = np.where(np.arange(components) < 3, 1.0, 2.0)
    return np.sqrt(1.5 * np.einsum("...c,c,...c->...", deviator, weights, deviator))


def tensor(stress: NDArray, dimension: int) -> NDArray:
    """Return the upper left (..., d, d) of the tensor of a Voigt stress.

    Parameters
    ----------
    stress : (..., c) array
        Voigt stress [Pa].
    dimension : int
        d, 2 or 3.
    """
    place = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2]])[:dimension, :dimension]
    return stress[..., place]


def largest_principal(symmetric: NDArray) -> NDArray:
    """Return the largest eigenvalue (...) of symmetric tensors (..., n, n), n = 1 or 2."""
    if symmetric.shape[-1] == 1:
        return symmetric[..., 0, 0]
    half = 0.5 * (symmetric[..., 0, 0] - symmetric[..., 1, 1])
    middle = 0.5 * (symmetric[..., 0, 0] + symmetric[..., 1, 1])
    return middle + np.hypot(half, symmetric[..., 0, 1])
