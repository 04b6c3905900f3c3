"""Contact, overlap and current of an interface, as pure functions of arrays.

Point arrays (k, q) are values at interface quadrature points, weights (k, q) their share of the
interface's length, in 3D its area.
"""

import numpy as np

from chemomech.physics.interfaces import unilateral
from chemomech.physics.interfaces.contact import CONDUCTION_OPENING


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


def share_across_gaps(current_density, opening, weights, gap=CONDUCTION_OPENING):
    """Share of an interface's current, in size, that crosses openings above a gap; nan without any.

    Parameters
    ----------
    current_density : (k, q) array
        At the interface points [A/m2].
    opening : (k, q) array
        Normal opening there [m].
    weights : (k, q) array
        What these stand for [m], in 3D [m2].
    gap : float
        Opening from which it counts [m].
    """
    size = np.abs(current_density) * weights
    total = float(np.sum(size))
    return float(np.sum(size[opening > gap])) / total if total > 0 else float("nan")


def overlap_share(mechanics, mechanical):
    """Share of a body's strain energy that its pressed faces store, 0 to 1; 0 without any.

    w/(w + W), w = int K_c <-d_n>^2/2 of the contact's stiffness K_c, W elastic energy of the cells.
    Faces do not overlap: the share is what K_c takes of a displacement that swelling imposes, and
    by as much pressures are too low (exact for one pressure, as between a particle and its matrix).

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    mechanical : MechanicalState
        Its state.
    """
    pressed, weights = 0.0, mechanics.jump.weights
    for name, law in mechanics.laws.items():
        rows = mechanics.rows[name]
        stored = unilateral.contact(mechanical.opening[rows][..., 0], law.contact_stiffness)[2]
        pressed += float(np.sum(stored * weights[rows]))
    whole = pressed + mechanics.strain.integral(mechanics.elastic_density(mechanical))
    return pressed / whole if whole > 0.0 else 0.0


def current_focusing(current_density, weights):
    """Largest over mean current density of an electrode, >= 1; inf without current."""
    mean = np.sum(current_density * weights) / np.sum(weights)
    return float(np.max(current_density) / mean) if mean > 0 else float("inf")
