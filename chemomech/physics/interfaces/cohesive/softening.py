r"""Softening curves of the laws in effective-opening form.

A curve says how damage follows the effective opening lambda when it grows for the first time:
traction = (1 - D) K lambda is linear up to the onset opening d_0, then softens, and encloses the
energy G. With c = G/K [m2] a curve is known by (d_0, c), and has a softening branch when
2 c > d_0^2.

    bilinear     D = d_f (lambda - d_0)/(lambda (d_f - d_0)),         d_f = 2 c/d_0
    exponential  D = 1 - (d_0/lambda) exp(-(lambda - d_0)/l),         l = c/d_0 - d_0/2

The bilinear curve breaks at d_f. The exponential one is left whole, without a cut: it never breaks,
1 - D falls below 1e-4 d_0/lambda at d_0 + 9.2 l and below rounding near d_0 + 36 l. So its tangent
has no jump at an end, the enclosed energy is G without a correction, and the conduction through
what is left, (1 - D), is as small as the traction is.

dissipated: int_0^D lambda(D')^2/2 dD' [m2], times K the energy dissipated until the damage D; c at
D = 1.

Sources: Camanho, Davila (2002) NASA/TM-2002-211737 (bilinear); the exponential tail is that of the
fictitious crack models, e.g. Bazant, Planas, Fracture and Size Effect (1998).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import wrightomega


class Equilibrium(NamedTuple):
    """Damage in equilibrium with an effective opening, and its derivatives.

    Attributes
    ----------
    damage : (...) array
        D_eq, 0 to 1.
    by_size : (...) array
        Derivative by the effective opening lambda [1/m].
    by_onset : (...) array
        Derivative by the onset opening d_0 [1/m].
    by_energy : (...) array
        Derivative by c = G/K [1/m2].
    """

    damage: NDArray
    by_size: NDArray
    by_onset: NDArray
    by_energy: NDArray


class Softening(NamedTuple):
    """A softening curve as three functions of a first argument, d_0 [m] and c = G/K [m2].

    Attributes
    ----------
    equilibrium : callable
        (lambda, d_0, c) -> Equilibrium.
    opening : callable
        (D, d_0, c) -> lambda [m], the inverse.
    dissipated : callable
        (D, d_0, c) -> int_0^D lambda(D')^2/2 dD' [m2], energy over stiffness.
    """

    equilibrium: Callable
    opening: Callable
    dissipated: Callable


def _bilinear_equilibrium(size, onset, energy):
    final = 2.0 * energy / onset
    span = final - onset
    softening = (size > onset) & (size < final)
    safe = np.where(softening, size, final)
    damage = np.where(softening, final * (safe - onset) / (safe * span), size >= final)
    by_final = -onset * (safe - onset) / (safe * span**2)
    return Equilibrium(
        damage,
        softening * final * onset / (safe**2 * span),
        softening * (final * (safe - final) / (safe * span**2) - by_final * final / onset),
        softening * by_final * 2.0 / onset,
    )


def _bilinear_opening(damage, onset, energy):
    final = 2.0 * energy / onset
    return onset * final / (final - damage * (final - onset))


def _bilinear_dissipated(damage, onset, energy):
    final = 2.0 * energy / onset
    return energy * onset * damage / (final - damage * (final - onset))


def _exponential_equilibrium(size, onset, energy):
    length = energy / onset - 0.5 * onset
    softening = size > onset
    safe = np.where(softening, size, onset)
    left = onset / safe * np.exp(-(safe - onset) / length)
    by_length = -left * (safe - onset) / length**2
    length_by_onset = -energy / onset**2 - 0.5
    return Equilibrium(
        1.0 - left,
        softening * left * (1.0 / safe + 1.0 / length),
        softening * (-left * (1.0 / onset + 1.0 / length) + by_length * length_by_onset),
        softening * by_length / onset,
    )


def _exponential_opening(damage, onset, energy):
    # lambda/l exp(lambda/l) = (d_0/l) exp(d_0/l)/(1 - D); the logarithm of it has no overflow.
    length = energy / onset - 0.5 * onset
    left = np.maximum(1.0 - damage, 1e-300)
    return length * wrightomega(np.log(onset / length) + onset / length - np.log(left))


def _exponential_dissipated(damage, onset, energy):
    length = energy / onset - 0.5 * onset
    left, opening = 1.0 - damage, _exponential_opening(damage, onset, energy)
    return 0.5 * onset**2 + length * (onset - left * opening) - 0.5 * left * opening**2


BILINEAR = Softening(_bilinear_equilibrium, _bilinear_opening, _bilinear_dissipated)
EXPONENTIAL = Softening(_exponential_equilibrium, _exponential_opening, _exponential_dissipated)
