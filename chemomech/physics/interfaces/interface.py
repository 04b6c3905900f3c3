r"""One interface point: cohesion, fatigue, contact and friction as a visible sum of tractions.

    t = (1 - D_c) t_cohesive(d, history)  +  t_contact(d_n)  +  t_friction(d_t, t_contact, D)
    D = 1 - (1 - D_cohesive)(1 - D_c)

d is the opening (normal, tangents), plus side minus minus side, less the thickness that an
interphase or plated lithium fills. Cohesion softens (`cohesive`), cyclic opening weakens it
(`fatigue`), closed faces carry pressure whether bonded or not, and the debonded share D of the area
rubs (`unilateral`). Fatigue and the share that rubs are those of the step's start; they change at
its end, so the tangent of a step is exact without them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.interfaces import fatigue as cyclic
from chemomech.physics.interfaces import unilateral
from chemomech.physics.interfaces.cohesive import CohesiveLaw
from chemomech.physics.interfaces.cohesive.law import measures
from chemomech.physics.values import Values


@dataclass(frozen=True)
class InterfaceLaw:
    """Terms of one interface; arrays broadcast to its points (...).

    Attributes
    ----------
    cohesion : CohesiveLaw
        A law of the library or the user's own.
    contact_stiffness : (...) array
        Penalty of closed faces and of sticking friction [Pa/m], > 0.
    friction : (...) array
        Coulomb coefficient [-], >= 0.
    fatigue : FatigueParameters, optional
        Cyclic degradation, or None.
    strength : (...) array
        What fatigue measures tractions against [Pa].
    """

    cohesion: CohesiveLaw
    contact_stiffness: Values
    friction: Values = 0.0
    fatigue: cyclic.FatigueParameters | None = None
    strength: Values = np.inf

    @property
    def symmetric(self) -> bool:
        """Whether the tangent is always symmetric: sliding friction never is."""
        return self.cohesion.symmetric and not np.any(np.asarray(self.friction) > 0)


class InterfaceState(NamedTuple):
    """What an interface remembers at points (...).

    Attributes
    ----------
    opening : (..., d) array
        Opening, normal first [m].
    history : (..., h) array
        The cohesive law's own history, damage first.
    friction : (..., d - 1) array
        Friction traction on the whole area [Pa].
    weakening : (...) array
        Fatigue damage D_c, 0 to 1.
    travelled : (...) array
        Accumulated opening [m].
    """

    opening: NDArray
    history: NDArray
    friction: NDArray
    weakening: NDArray
    travelled: NDArray

    @property
    def damage(self) -> NDArray:
        """Damage D (...), 0 (bonded) to 1 (debonded)."""
        return 1.0 - (1.0 - self.history[..., 0]) * (1.0 - self.weakening)


class InterfaceResponse(NamedTuple):
    """What an interface answers at a step's end.

    Attributes
    ----------
    traction : (..., d) array
        Traction, normal first [Pa], tension positive.
    tangent : (..., d, d) array
        Its derivative by the opening [Pa/m].
    state : InterfaceState
        What the points remember.
    stored : (...) array
        Recoverable energy at the step's end [J/m2].
    fracture, viscous, weakened, slip : (...) array
        Energies dissipated in the step by the rate-independent cohesive law, by its viscosity, by
        fatigue and by friction [J/m2], each >= 0.
    """

    traction: NDArray
    tangent: NDArray
    state: InterfaceState
    stored: NDArray
    fracture: NDArray
    viscous: NDArray
    weakened: NDArray
    slip: NDArray


def initial_state(law: InterfaceLaw | None, damage: ArrayLike, components: int) -> InterfaceState:
    """Return the InterfaceState of closed points with a damage.

    Parameters
    ----------
    law : InterfaceLaw or None
        The interface's law; None: of no point.
    damage : (...) array
        Damage, 0 to 1.
    components : int
        Components d of the opening, 2 or 3.
    """
    damage = np.asarray(damage, float)
    return InterfaceState(
        opening=np.zeros((*damage.shape, components)),
        history=damage[..., None] if law is None else law.cohesion.initial_history(damage),
        friction=np.zeros((*damage.shape, components - 1)),
        weakening=np.zeros(damage.shape),
        travelled=np.zeros(damage.shape),
    )


def zero_response(opening: NDArray, start: InterfaceState) -> InterfaceResponse:
    """Return the InterfaceResponse of points that carry nothing, as of a body without interfaces.

    Parameters
    ----------
    opening : (..., d) array
        Opening, normal first [m].
    start : InterfaceState
        State of the step's start; it stays but for the opening.
    """
    none = np.zeros(opening.shape[:-1])
    tangent = np.zeros((*opening.shape, opening.shape[-1]))
    return InterfaceResponse(
        np.zeros(opening.shape), tangent, start._replace(opening=opening), *[none] * 5
    )


def respond(
    law: InterfaceLaw, opening: NDArray, start: InterfaceState, step_over_viscosity: Values
) -> InterfaceResponse:
    """Return the InterfaceResponse at the end of a step.

    Parameters
    ----------
    law : InterfaceLaw
        Terms of the interface.
    opening : (..., d) array
        Opening at the step's end, normal first [m].
    start : InterfaceState
        State of the step's start.
    step_over_viscosity : float
        Length of the step over the viscosity time of damage, dt/tau > 0; inf: rate-independent.
    """
    intact = 1.0 - start.weakening
    cohesive = law.cohesion(opening, start.history, step_over_viscosity)
    traction = intact[..., None] * cohesive.traction
    tangent = intact[..., None, None] * cohesive.tangent

    normal, normal_slope, stored = unilateral.contact(opening[..., 0], law.contact_stiffness)
    traction[..., 0] += normal
    tangent[..., 0, 0] += normal_slope

    slip, friction = np.zeros(normal.shape), start.friction
    if np.any(np.asarray(law.friction) > 0):
        friction, by_slide, by_pressure, slip = unilateral.coulomb(
            opening[..., 1:] - start.opening[..., 1:],
            start.friction,
            start.damage,
            -normal,
            law.friction,
            law.contact_stiffness,
        )
        traction[..., 1:] += friction
        tangent[..., 1:, 1:] += by_slide
        tangent[..., 1:, 0] -= by_pressure * normal_slope[..., None]

    weakening, travelled, weakened = start.weakening, start.travelled, np.zeros(normal.shape)
    if law.fatigue is not None:
        weakening, travelled, weakened = _weaken(law, opening, start, cohesive)
    state = InterfaceState(opening, cohesive.history, friction, weakening, travelled)
    stored = stored + (1.0 - weakening) * cohesive.stored
    if np.any(friction):
        before = unilateral.friction_energy(friction, start.damage, law.contact_stiffness)
        after = unilateral.friction_energy(friction, state.damage, law.contact_stiffness)
        stored, slip = stored + after, slip + before - after
    return InterfaceResponse(
        traction,
        tangent,
        state,
        stored,
        intact * cohesive.fracture,
        intact * cohesive.viscous,
        weakened,
        slip,
    )


def _weaken(law, opening, start, cohesive):
    """Return fatigue damage, accumulated opening and energy freed (...) at a step's end."""
    size, before = (measures(each).size for each in (opening, start.opening))
    intact = 1.0 - start.weakening
    weakening, travelled = cyclic.fatigue_step(
        size,
        before,
        intact * np.linalg.norm(cohesive.traction, axis=-1),
        law.strength,
        start.weakening,
        start.travelled,
        law.fatigue,
    )
    return weakening, travelled, (weakening - start.weakening) * cohesive.stored
