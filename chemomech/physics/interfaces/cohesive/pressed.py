r"""A cohesive law whose debonded share a filling presses open: the tip of a filled crack.

    t = t_cohesive(d) - P n,        P = p s(D),

p the filling's pressure, D the damage of the law and s the share of the area that the filling has
reached:

    "with damage"   s = D of the step's end: the filling follows the tip at once, into the zone that
                    still holds;
    "when broken"   s = 1 where D >= BROKEN at the step's start, else 0: that zone stays dry, the
                    filling comes a step after the bond has gone.

D is the share of the stiffness that is lost. With a stiff law it is near 1 already at small
openings, so "with damage" presses almost everywhere where the strength has been reached. What stays
dry holds a growing crack: with a small zone

    K_Ic^2 = E' (G_c + p int (1 - s) d(d_n)),

the integral over the law's curve; "when broken" it is the final opening, G_c (1 + 2 p/strength) for
the bilinear law.

The work of the filling on the faces,

    w = int P d(d_n),               stored = that of the law - w,

counts as energy that the interface gives back. It is kept, by the trapezoid over each step (exact
where P and the opening go evenly), so that pressures may change from step to step and the balance
still closes. What it costs to bring the filling in is not part of it.

The tangent takes D's derivative along: exact, and not symmetric. For the laws of this package it is
known; a law of one's own can be filled "when broken". Closed faces are pressed too; contact is
another term. Fatigue scales all tractions of a cohesive law, this pressure with them: do not
combine the two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.interfaces.cohesive.effective import EffectiveParameters
from chemomech.physics.interfaces.cohesive.law import (
    CohesiveLaw,
    CohesiveResponse,
    follow,
    measures,
)
from chemomech.physics.interfaces.cohesive.ppr import DAMAGES, LARGEST, PPRParameters
from chemomech.physics.interfaces.cohesive.ppr_potential import equilibrium
from chemomech.physics.values import Values

WITH_DAMAGE, WHEN_BROKEN = "with damage", "when broken"
# The exponential law never reaches 1; at this damage a few per cent of its strength are left.
BROKEN = 1.0 - 1e-4
# Last history columns: normal opening [m], P [Pa] and w [J/m2] so far.
NORMAL, PRESSED, WORK = -3, -2, -1


@dataclass(frozen=True)
class PressedParameters:
    """A cohesive law and what presses where its bond has gone.

    Attributes
    ----------
    cohesion : CohesiveLaw
        The law that holds the faces.
    pressure : (...) array
        Pressure p of the filling [Pa].
    fills : str
        WITH_DAMAGE or WHEN_BROKEN, see the head of this module.
    """

    cohesion: CohesiveLaw
    pressure: Values
    fills: str = WITH_DAMAGE

    def __post_init__(self):
        if not np.all(np.isfinite(self.pressure)):
            raise ValueError("pressed cohesive law: the pressure must be finite")
        if self.fills not in (WITH_DAMAGE, WHEN_BROKEN):
            raise ValueError(
                f'fills: given "{self.fills}"; known: "{WITH_DAMAGE}", "{WHEN_BROKEN}"'
            )
        if self.fills == WITH_DAMAGE and type(self.cohesion.parameters) not in _DAMAGE_SLOPES:
            raise ValueError(
                f'fills: a law of your own is filled "{WHEN_BROKEN}" only, '
                "its damage has no known slope"
            )


def _effective_slope(opening, history, step_over_viscosity, response, parameters):
    """Return dD/d(opening) (..., d) of a law in effective-opening form.

    It follows from the tangent T = g K 1 - (1 - r) K d dD/dd; d . T is formed with a closed normal
    opening counted as 0.
    """
    m, soft = measures(opening), (1.0 - parameters.residual) * parameters.stiffness
    secant = parameters.stiffness - soft * response.history[..., 0]
    lost = secant[..., None] * m.active - np.einsum("...cd,...c->...d", response.tangent, m.active)
    return lost / np.where(m.size > 0, soft * m.size**2, 1.0)[..., None]


def _ppr_slope(opening, history, step_over_viscosity, response, parameters):
    """Return dD/d(opening) (..., d) of PPR, D the mean of both modes' damages."""
    sliding = np.linalg.norm(opening[..., 1:], axis=-1)
    after = np.stack([np.maximum(opening[..., 0], 0.0), sliding], axis=-1)
    grows = after > history[..., LARGEST]
    by = np.zeros((2, *opening.shape))
    by[0, ..., 0] = grows[..., 0]
    by[1, ..., 1:] = (grows[..., 1] / np.where(sliding > 0, sliding, 1.0))[..., None] * opening[
        ..., 1:
    ]
    ends = equilibrium(np.maximum(history[..., LARGEST], after), parameters.modes)
    slope = np.zeros(opening.shape)
    for mode, end in enumerate(ends):
        growing = follow(step_over_viscosity) * (end.damage > history[..., DAMAGES][..., mode])
        slope += 0.5 * sum((growing * end.slopes[j])[..., None] * by[j] for j in (0, 1))
    return slope


_DAMAGE_SLOPES = {EffectiveParameters: _effective_slope, PPRParameters: _ppr_slope}


def evaluate(
    opening: NDArray, history: NDArray, step_over_viscosity: Values, parameters: PressedParameters
) -> CohesiveResponse:
    """Return the CohesiveResponse at the end of a step.

    Parameters
    ----------
    opening : (..., d) array
        Opening at the step's end, normal first [m].
    history : (..., h + 3) array
        The law's own history, then normal opening [m], P [Pa] and w [J/m2] at the step's start.
    step_over_viscosity : float or (...) array
        dt/tau > 0, inf for the rate-independent law.
    parameters : PressedParameters
        The law, the pressure and where it acts.
    """
    cohesion, start = parameters.cohesion, history[..., : parameters.cohesion.columns]
    response = cohesion(opening, start, step_over_viscosity)
    traction, tangent = np.array(response.traction), np.array(response.tangent)
    if parameters.fills == WITH_DAMAGE:
        pressed = parameters.pressure * response.history[..., 0]
        slope = _DAMAGE_SLOPES[type(cohesion.parameters)](
            opening, start, step_over_viscosity, response, cohesion.parameters
        )
        tangent[..., 0, :] -= np.broadcast_to(parameters.pressure, pressed.shape)[..., None] * slope
    else:
        pressed = parameters.pressure * (history[..., 0] >= BROKEN)
    traction[..., 0] -= pressed
    travelled = opening[..., 0] - history[..., NORMAL]
    work = history[..., WORK] + 0.5 * (history[..., PRESSED] + pressed) * travelled
    own = np.stack([opening[..., 0], pressed, work], axis=-1)
    return CohesiveResponse(
        traction=traction,
        tangent=tangent,
        history=np.concatenate([response.history, own], axis=-1),
        stored=response.stored - work,
        fracture=response.fracture,
        viscous=response.viscous,
    )


def _private(damage, parameters):
    """Return the law's own columns after the damage; nothing has been filled yet."""
    own = parameters.cohesion.initial_history(damage)[..., 1:]
    return np.concatenate([own, np.zeros((*damage.shape, 3))], axis=-1)


def pressed_law(cohesion: CohesiveLaw, pressure: Values, fills: str = WITH_DAMAGE) -> CohesiveLaw:
    """Return the CohesiveLaw of faces that a filling presses open where their bond has gone.

    Parameters
    ----------
    cohesion : CohesiveLaw
        The law that holds the faces.
    pressure : (...) array
        Pressure of the filling [Pa].
    fills : str
        WITH_DAMAGE or WHEN_BROKEN, see the head of this module.

    Raises
    ------
    ValueError
        For an unknown way of filling, and for a law of one's own that is to be filled WITH_DAMAGE.
    """
    symmetric = fills == WHEN_BROKEN and cohesion.symmetric
    return CohesiveLaw(
        evaluate,
        PressedParameters(cohesion, pressure, fills),
        cohesion.columns + 3,
        symmetric,
        _private,
    )
