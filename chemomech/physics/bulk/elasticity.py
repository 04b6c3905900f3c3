r"""Isotropic linear elasticity in Voigt form, with eigenstrain.

    sigma = C : (eps - eps_eigen - eps_plastic),   C = K 1 x 1 + 2 G I_dev.

Voigt vectors are (xx, yy, zz, xy[, yz, xz]) with engineering shear; tension is positive.
Source: any text, e.g. de Souza Neto, Peric, Owen, Computational Methods for Plasticity (2008), ch. 4.
"""

import numpy as np

from chemomech.physics.values import Values


def shear_modulus(young_modulus, poisson_ratio):
    """G = E / (2 (1 + nu)) [Pa]."""
    return young_modulus / (2.0 * (1.0 + poisson_ratio))


def bulk_modulus(young_modulus, poisson_ratio):
    """K = E / (3 (1 - 2 nu)) [Pa]; nu < 0.5."""
    return young_modulus / (3.0 * (1.0 - 2.0 * poisson_ratio))


def poisson_ratio(shear: Values, bulk: Values) -> Values:
    """Return nu = (3 K - 2 G)/(6 K + 2 G) [-]; shear and bulk modulus [Pa]."""
    return (3.0 * bulk - 2.0 * shear) / (6.0 * bulk + 2.0 * shear)


def plane_strain_modulus(young_modulus: Values, poisson_ratio: Values) -> Values:
    """Return E' = E/(1 - nu^2) [Pa], the modulus of a body that cannot stretch along one axis."""
    return young_modulus / (1.0 - poisson_ratio**2)


def unit_tensor(components):
    """Voigt form of the unit tensor, (components,), components = 4 or 6."""
    one = np.zeros(components)
    one[:3] = 1.0
    return one


def deviatoric_projector(components):
    """Matrix that takes an engineering strain to its deviator in stress-like Voigt form, (c, c)."""
    one = unit_tensor(components)
    symmetric = np.diag(np.where(one > 0, 1.0, 0.5))
    return symmetric - np.outer(one, one) / 3.0


def stiffness(shear, bulk, components):
    """C = K 1x1 + 2 G I_dev; shear and bulk (...,) [Pa] -> (..., c, c) [Pa]."""
    one = unit_tensor(components)
    shear, bulk = np.asarray(shear)[..., None, None], np.asarray(bulk)[..., None, None]
    return bulk * np.outer(one, one) + 2.0 * shear * deviatoric_projector(components)


def von_mises(stress):
    """sqrt(3/2 s:s) of a Voigt stress (..., c) [Pa]."""
    components = stress.shape[-1]
    deviator = stress - stress[..., :3].sum(axis=-1, keepdims=True) / 3.0 * unit_tensor(components)
    weights = np.where(np.arange(components) < 3, 1.0, 2.0)
    return np.sqrt(1.5 * np.einsum("...c,c,...c->...", deviator, weights, deviator))


def tensor(stress, dimension):
    """The upper left (..., d, d) of the tensor of a Voigt stress (..., c) [Pa], d = 2 or 3."""
    place = np.array([[0, 3, 5], [3, 1, 4], [5, 4, 2]])[:dimension, :dimension]
    return stress[..., place]


def largest_principal(symmetric):
    """Largest eigenvalue (...) of symmetric tensors (..., n, n), n = 1 or 2."""
    if symmetric.shape[-1] == 1:
        return symmetric[..., 0, 0]
    half = 0.5 * (symmetric[..., 0, 0] - symmetric[..., 1, 1])
    middle = 0.5 * (symmetric[..., 0, 0] + symmetric[..., 1, 1])
    return middle + np.hypot(half, symmetric[..., 0, 1])
