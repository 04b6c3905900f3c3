"""Contact and current of an interface, as pure functions of arrays.

Point arrays (k, q) are values at interface quadrature points, weights (k, q) their share of the
interface's length, in 3D its area.
"""

import numpy as np


def contact_fraction(conducting_fraction, weights):
    """Mean conducting fraction of an interface, 0 to 1."""
    return float(np.sum(conducting_fraction * weights) / np.sum(weights))


def contact_by_part(conducting_fraction, weights, part):
    """Return particle -> mean conducting fraction of its facets.

    Parameters
    ----------
    conducting_fraction : (k, q) array
        At the interface points, 0 to 1.
    weights : (k, q) array
        What these stand for [m], in 3D [m2].
    part : (k,) array
        Particle of each facet.
    """
    numbers, place = np.unique(part, return_inverse=True)
    total = np.bincount(place, weights=weights.sum(axis=1))
    carried = np.bincount(place, weights=(conducting_fraction * weights).sum(axis=1))
    return {
        int(number): float(value) for number, value in zip(numbers, carried / total, strict=True)
    }


def current_focusing(current_density, weights):
    """Largest over mean current density of an electrode, >= 1; inf without current."""
    mean = np.sum(current_density * weights) / np.sum(weights)
    return float(np.max(current_density) / mean) if mean > 0 else float("inf")
