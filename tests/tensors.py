"""Strains and stresses as tensors and as Voigt vectors, drawn at random."""

import numpy as np

PAIRS = [(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2)]


def tensor(voigt, engineering):
    """Symmetric tensor (3, 3) of six components; engineering: with shear strains doubled."""
    full, half = np.zeros((3, 3)), 0.5 if engineering else 1.0
    for value, (i, j) in zip(voigt, PAIRS, strict=False):
        full[i, j] = full[j, i] = value * (1.0 if i == j else half)
    return full


def voigt(full, engineering):
    """Six components of a symmetric tensor, as `tensor` takes them."""
    return np.array([full[i, j] * (2.0 if engineering and i != j else 1.0) for i, j in PAIRS])


def random_strain(components, seed, size):
    """A strain of the given norm in a random direction."""
    strain = np.random.default_rng(seed).standard_normal(components)
    return size * strain / np.linalg.norm(strain)
