r"""What every cohesive law is: a pure function on arrays of points, and the law object around it.

    evaluate(opening, history, step_over_viscosity, parameters) -> CohesiveResponse

The opening (..., d) [m] is the displacement jump at the step's end in the local frame, normal
first, positive when open, d = 2 or 3. The history (..., h) is that of the step's start; column 0 is
the damage from 0 (bonded) to 1 (debonded), the rest is the law's own. step_over_viscosity > 0 is
the step's length over the viscosity time of damage, dt/tau; it is inf for the rate-independent law.
The parameters are a frozen dataclass of arrays that broadcast to the points (...).

A law carries no compression: where the normal opening is <= 0 its normal traction is zero (contact
is another term) and the normal opening drives no damage. Damage never heals.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.values import Values


class CohesiveResponse(NamedTuple):
    """What a cohesive law answers at a step's end.

    Attributes
    ----------
    traction : (..., d) array
        Traction between the faces, normal first [Pa], tension positive.
    tangent : (..., d, d) array
        Derivative of the traction by the opening at the history of the step's start [Pa/m].
    history : (..., h) array
        History at the step's end.
    stored : (...) array
        Recoverable energy, a function of the opening and the new history [J/m2].
    fracture : (...) array
        Energy that the rate-independent law dissipates in this step [J/m2], >= 0; from damage 0 to
        1 it sums to G_c.
    viscous : (...) array
        Energy that the viscosity of damage dissipates in this step on top [J/m2], >= 0; zero for an
        infinite step_over_viscosity.
    """

    traction: NDArray
    tangent: NDArray
    history: NDArray
    stored: NDArray
    fracture: NDArray
    viscous: NDArray


@dataclass(frozen=True)
class CohesiveLaw:
    """A law with its parameters; `law(opening, history, step_over_viscosity)` evaluates it.

    Attributes
    ----------
    evaluate : callable
        (opening, history, step_over_viscosity, parameters) -> CohesiveResponse.
    parameters : object
        Frozen dataclass that `evaluate` reads.
    columns : int
        Number of history columns; the first is the damage.
    symmetric : bool
        Whether the tangent is always symmetric.
    private : callable, optional
        (damage (...), parameters) -> (..., columns - 1), the law's own columns of a point that
        starts with this damage; None: zeros.
    dissipated : callable, optional
        (history, parameters) -> fraction (...) of G_c that is dissipated; None: the damage stands
        for it.
    """

    evaluate: Callable
    parameters: object
    columns: int = 1
    symmetric: bool = False
    private: Callable | None = None
    dissipated: Callable | None = None

    def initial_history(self, damage: ArrayLike) -> NDArray:
        """Return the history (..., columns) of points that start with a damage (...), 0 to 1."""
        damage = np.asarray(damage, float)
        history = np.zeros((*damage.shape, self.columns))
        history[..., 0] = damage
        if self.private is not None:
            history[..., 1:] = self.private(damage, self.parameters)
        return history

    def dissipated_fraction(self, history: NDArray) -> NDArray:
        """Return the fraction (...) of G_c that is dissipated at a history (..., h), 0 to 1."""
        return (
            history[..., 0]
            if self.dissipated is None
            else self.dissipated(history, self.parameters)
        )

    def __call__(
        self, opening: NDArray, history: NDArray, step_over_viscosity: Values
    ) -> CohesiveResponse:
        """Return the response at a step's end, see the head of this module."""
        return self.evaluate(opening, history, step_over_viscosity, self.parameters)


class Measures(NamedTuple):
    """Measures of an opening.

    Attributes
    ----------
    active : (..., d) array
        Opening of which a closed normal part counts as zero, (<d_n>, d_t) [m].
    size : (...) array
        Effective opening lambda = sqrt(<d_n>^2 + |d_t|^2) [m].
    share : (...) array
        Share of shear B = |d_t|^2/lambda^2, 0 (mode I) to 1 (mode II).
    share_slope : (..., d) array
        dB/d(opening) [1/m].
    """

    active: NDArray
    size: NDArray
    share: NDArray
    share_slope: NDArray


def measures(opening: NDArray) -> Measures:
    """Return the Measures of an opening (..., d) [m].

    A point at rest counts as mode I and has no slope.
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


def follow(step_over_viscosity: Values) -> NDArray:
    """Return the share z/(1 + z) of the way to its equilibrium that damage goes in a step.

    That is one step of implicit Euler; z > 0 is the step over the viscosity time, and inf gives 1.
    """
    return 1.0 / (1.0 + 1.0 / np.asarray(step_over_viscosity, float))


def check_positive(**values: Values) -> None:
    """Raise ValueError that names the first argument which is not finite and > 0 everywhere."""
    for name, value in values.items():
        if not np.all(np.isfinite(value) & (np.asarray(value) > 0)):
            raise ValueError(
                f"cohesive law: {name} must be positive and finite, got {np.min(value):g}"
            )


def check_residual(residual: Values) -> None:
    """Raise ValueError unless the residual share of the stiffness is >= 0 and < 1."""
    if not np.all((np.asarray(residual) >= 0) & (np.asarray(residual) < 1)):
        raise ValueError(
            f"cohesive law: residual must be at least 0 and below 1, got {np.max(residual):g}"
        )
