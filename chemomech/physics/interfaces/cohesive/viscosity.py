r"""What damage viscosity dissipates within one step, on top of the rate-independent law.

The step gives the damages D_0, D_1 and the effective openings lambda_0, lambda_1 of its ends. The
energy int (lambda^2 - lambda(D)^2)/2 dD above that of the curve's own opening lambda(D) depends on
what happens in between, for which the opening is taken to move evenly in time. Damage starts to
grow where lambda passes lambda(D_0) and then follows D' = <D_eq(lambda) - D>/tau. That is solved on
PARTS parts of the remaining way, graded towards its beginning where D_eq is steep, exactly for a
D_eq linear in each part; the growths are scaled so that they add up to D_1 - D_0. Within a part
damage decays towards its target, with density z exp(-z s)/(1 - exp(-z)) over 0 < s < 1, z the
part's length over tau. No part gives back: each counts as <..>.

Why not the trapezoid of the excess at both ends: for dt of many tau, and an opening that goes far
past the end of the curve, that charges the last opening although damage had long grown to one. At
dt = 1000 tau and 15 final openings per step the trapezoid is 500 G_c where the viscosity dissipates
next to nothing, this 0.03 G_c. And with the opening limited to the final one it loses what slow
damage costs beyond it.

Accuracy, bilinear curve, opened at constant speed v until debonded, sum of fracture and viscous
over G_c; d_f the final opening; "work" is trapezoidal work minus stored energy of the same steps:

    dt/tau                 0 (exact)    0.3           1             3             10
    v tau = 0.015 d_f      1.060        1.060         1.060         1.059         1.032
    v tau = 0.075 d_f      1.339        1.347         1.368         1.436         1.480
      the same, work                    1.347         1.367         1.445         1.082
    v tau = 0.375 d_f      3.694        3.911         4.209         5.918         12.48
      the same, work                    3.902         4.073         5.000         13.74

What is left is not this formula: implicit Euler holds damage back by one more step, dt on top of
tau, and the point really carries the larger traction; the energies follow the steps as they were.
"""

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.interfaces.cohesive.softening import Softening
from chemomech.physics.values import Values

PARTS = 4
_GRADE = (np.arange(PARTS + 1) / PARTS) ** 2
_FASTEST = 1e12  # stands for an infinite step over the viscosity time


def moments(z: Values) -> tuple[NDArray, NDArray]:
    """Return the means of s and s^2 under z exp(-z s)/(1 - exp(-z)) on 0 < s < 1; z > 0."""
    small = z < 1e-3
    safe = np.where(small, 1.0, np.minimum(z, 600.0))
    tail = 1.0 / np.expm1(safe)
    first = np.where(z > 600.0, 1.0 / z, 1.0 / safe - tail)
    second = np.where(z > 600.0, 2.0 / z**2, 2.0 / safe**2 - tail * (1.0 + 2.0 / safe))
    return np.where(small, 0.5 - z / 12.0, first), np.where(small, 1.0 / 3.0 - z / 12.0, second)


def _follow_damage(damage, target, z):
    """Return the damages (PARTS + 1, ...) at the ends of the parts.

    The targets (PARTS + 1, ...) are those at the ends, z (PARTS, ...) the parts' lengths over tau.
    """
    decay = np.exp(-z)
    mean_decay = -np.expm1(-z) / z
    damages = [damage]
    for part in range(PARTS):
        now = damages[-1]
        first, last = np.maximum(target[part], now), np.maximum(target[part + 1], now)
        d, m = decay[part], mean_decay[part]
        damages.append(np.maximum(now * d + first * (m - d) + last * (1.0 - m), now))
    return np.stack(damages)


def viscous_excess(
    curve: Softening,
    onset: Values,
    energy: Values,
    damage: tuple[NDArray, NDArray],
    size: tuple[NDArray, NDArray],
    step_over_viscosity: Values,
) -> NDArray:
    """Return int <lambda^2 - lambda(D)^2>/2 dD of a step [m2], >= 0.

    Parameters
    ----------
    curve : Softening
        The softening curve.
    onset : (...) array
        Onset opening d_0 of the step [m].
    energy : (...) array
        Energy over stiffness c = G/K of the step [m2].
    damage : pair of (...) arrays
        Damage at the step's start and end, 0 to 1.
    size : pair of (...) arrays
        Effective opening at the step's start and end [m].
    step_over_viscosity : float or (...) array
        dt/tau > 0; where it is infinite the result is zero.
    """
    step_over_viscosity = np.asarray(step_over_viscosity, float)
    growth = damage[1] - damage[0]
    if np.all(np.isinf(step_over_viscosity)) or not np.any(growth > 0):
        return np.zeros(np.shape(growth))
    column = _GRADE.reshape(-1, *(1,) * np.ndim(growth))
    begin = np.maximum(size[0], np.minimum(curve.opening(damage[0], onset, energy), size[1]))
    moving = size[1] != size[0]
    rest = np.where(moving, (size[1] - begin) / np.where(moving, size[1] - size[0], 1.0), 1.0)
    places = begin + (size[1] - begin) * column
    z = np.maximum(np.minimum(step_over_viscosity, _FASTEST) * rest * np.diff(column, axis=0), 1e-9)
    followed = _follow_damage(damage[0], curve.equilibrium(places, onset, energy).damage, z)
    reached = followed[-1] - damage[0]
    scale = np.where(reached > 0, growth / np.where(reached > 0, reached, 1.0), 0.0)
    damages = np.minimum(damage[0] + (followed - damage[0]) * scale, 1.0)
    first, second = moments(z)
    way = np.diff(places, axis=0)
    square = places[:-1] ** 2 + 2.0 * places[:-1] * way * first + way**2 * second
    needed = np.diff(curve.dissipated(damages, onset, energy), axis=0)
    excess = np.maximum(0.5 * square * np.diff(damages, axis=0) - needed, 0.0).sum(axis=0)
    return np.where(np.isinf(step_over_viscosity), 0.0, excess)
