r"""What every cohesive law is: a pure function on arrays of material points, and the law object around it.

    evaluate(opening, history, rate, parameters) -> CohesiveResponse

opening (..., d) [m]: displacement jump at the step's end in the local frame, normal first, positive
when open, d = 2 or 3. history (..., h): at the step's start, column 0 the damage from 0 (bonded) to
1 (separated), the rest the law's own. rate > 0: step length over the viscosity time of damage,
dt/tau, inf for the rate-independent law. parameters: a frozen dataclass of arrays that broadcast
to the points (...).

A law carries no compression: where the normal opening is <= 0 its normal traction is zero (contact
is another term) and the normal opening drives no damage. Damage never heals.
"""

from dataclasses import dataclass
from typing import Callable, NamedTuple

import numpy as np


class CohesiveResponse(NamedTuple):
    """traction (..., d) [Pa], tangent (..., d, d) [Pa/m], history (..., h) and energies (...) [J/m2] of a step's end.

    tangent: derivative of the traction by the opening with the history of the step's start held.
    stored: recoverable energy, a function of the opening and the new history.
    fracture: dissipated in this step by the rate-independent law, >= 0; from damage 0 to 1 it sums to G_c.
    viscous: dissipated in this step by the viscosity of damage on top, >= 0; zero for rate = inf.
    """

    traction: np.ndarray
    tangent: np.ndarray
    history: np.ndarray
    stored: np.ndarray
    fracture: np.ndarray
    viscous: np.ndarray


@dataclass(frozen=True)
class CohesiveLaw:
    """A law with its parameters; `law(opening, history, rate)` evaluates it.

    columns: number of history columns, the first is the damage. symmetric: whether the tangent is always symmetric.
    private: function (damage (...), parameters) -> (..., columns - 1) giving the law's own columns of a point that
    starts with this damage; None: zeros. dissipated: function (history, parameters) -> share (...) of G_c that is spent;
    None: the damage stands for it.
    """

    evaluate: Callable
    parameters: object
    columns: int = 1
    symmetric: bool = False
    private: Callable | None = None
    dissipated: Callable | None = None

    def initial_history(self, damage):
        """History (..., columns) of points that start with a damage (...), 0 to 1."""
        damage = np.asarray(damage, float)
        history = np.zeros((*damage.shape, self.columns))
        history[..., 0] = damage
        if self.private is not None:
            history[..., 1:] = self.private(damage, self.parameters)
        return history

    def dissipated_fraction(self, history):
        """Share (...) of G_c that is spent at points with this history (..., h), 0 to 1."""
        return (
            history[..., 0]
            if self.dissipated is None
            else self.dissipated(history, self.parameters)
        )

    def __call__(self, opening, history, step_over_viscosity):
        return self.evaluate(opening, history, step_over_viscosity, self.parameters)


class Measures(NamedTuple):
    """active (..., d) [m], size (...) [m] and share (...) of an opening, and the share's slope (..., d) [1/m]."""

    active: np.ndarray
    size: np.ndarray
    share: np.ndarray
    share_slope: np.ndarray


def measures(opening):
    """Active opening (<d_n>, d_t), its size lambda, the share of shear B = |d_t|^2/lambda^2 and dB/d(opening).

    opening (..., d) [m]. A point at rest counts as mode I and has no slope.
    """
    active = np.array(opening, float)
    active[..., 0] = np.maximum(active[..., 0], 0.0)
    sliding = np.einsum("...d,...d->...", active[..., 1:], active[..., 1:])
    square = active[..., 0] ** 2 + sliding
    safe = np.where(square > 0, square, 1.0)
    share = sliding / safe
    slope = 2.0 * active / safe[..., None]
    slope[..., 0] *= -share
    slope[..., 1:] *= (active[..., 0] ** 2 / safe)[..., None]
    return Measures(active, np.sqrt(square), share, slope)


def follow(step_over_viscosity):
    """Share of the way to its equilibrium that damage goes in a step of implicit Euler, rate/(1 + rate); 1 for inf."""
    return 1.0 / (1.0 + 1.0 / np.asarray(step_over_viscosity, float))


def check_positive(**values):
    """Raise ValueError naming the first argument that is not finite and > 0 everywhere."""
    for name, value in values.items():
        if not np.all(np.isfinite(value) & (np.asarray(value) > 0)):
            raise ValueError(
                f"cohesive law: {name} must be positive and finite, got {np.min(value):g}"
            )


def check_residual(residual):
    """Raise ValueError unless the residual share of the stiffness is >= 0 and < 1."""
    if not np.all((np.asarray(residual) >= 0) & (np.asarray(residual) < 1)):
        raise ValueError(
            f"cohesive law: residual must be at least 0 and below 1, got {np.max(residual):g}"
        )
