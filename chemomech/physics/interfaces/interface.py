r"""One interface point: cohesion, fatigue, contact and friction as a visible sum of tractions.

    t = (1 - D_c) t_cohesive(d, history)  +  t_contact(d_n)  +  t_friction(d_t, t_contact, D)
    D = 1 - (1 - D_cohesive)(1 - D_c)

d opening (normal, tangents) less the thickness grown there, plus side minus minus side. Cohesion softens
(`cohesive`), cyclic opening weakens it (`fatigue`), closed faces carry pressure whether bonded or not, and the
separated share D of the area rubs (`unilateral`). Fatigue and the share that rubs are those of the step's
start; they change at its end, so the tangent of a step is exact without them.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chemomech.physics.interfaces import fatigue as cyclic
from chemomech.physics.interfaces import unilateral
from chemomech.physics.interfaces.cohesive import CohesiveLaw
from chemomech.physics.interfaces.cohesive.law import measures


@dataclass(frozen=True)
class InterfaceLaw:
    """Terms of one interface; arrays broadcast to its points.

    cohesion: a CohesiveLaw, of the library or the user's own. contact_stiffness [Pa/m]: penalty of closed faces and of
    sticking friction. friction: Coulomb coefficient, >= 0. fatigue: FatigueParameters, or None.
    strength [Pa]: what fatigue measures tractions against.
    """

    cohesion: CohesiveLaw
    contact_stiffness: np.ndarray
    friction: np.ndarray = 0.0
    fatigue: cyclic.FatigueParameters | None = None
    strength: np.ndarray = np.inf

    @property
    def symmetric(self):
        """Whether the tangent is always symmetric: sliding friction never is."""
        return self.cohesion.symmetric and not np.any(np.asarray(self.friction) > 0)


class InterfaceState(NamedTuple):
    """What an interface remembers at points (...).

    opening (..., d) [m]; history (..., h): the cohesive law's own, damage first; friction (..., d - 1) [Pa];
    weakening (...): fatigue damage D_c; travelled (...) [m]: opening accumulated.
    """

    opening: np.ndarray
    history: np.ndarray
    friction: np.ndarray
    weakening: np.ndarray
    travelled: np.ndarray

    @property
    def damage(self):
        """D, 0 (bonded) to 1 (separated)."""
        return 1.0 - (1.0 - self.history[..., 0]) * (1.0 - self.weakening)


class InterfaceResponse(NamedTuple):
    """traction (..., d) [Pa], tangent (..., d, d) [Pa/m], state, and energies (...) [J/m2].

    stored: at the step's end. fracture, viscous, weakened, slip: dissipated in the step by the rate-independent
    cohesive law, by its viscosity, by fatigue and by friction; each >= 0.
    """

    traction: np.ndarray
    tangent: np.ndarray
    state: InterfaceState
    stored: np.ndarray
    fracture: np.ndarray
    viscous: np.ndarray
    weakened: np.ndarray
    slip: np.ndarray


def initial_state(law, damage, components):
    """InterfaceState of closed points with a damage (...), 0 to 1; law None: of no point."""
    damage = np.asarray(damage, float)
    return InterfaceState(
        opening=np.zeros((*damage.shape, components)),
        history=damage[..., None] if law is None else law.cohesion.initial_history(damage),
        friction=np.zeros((*damage.shape, components - 1)),
        weakening=np.zeros(damage.shape),
        travelled=np.zeros(damage.shape),
    )


def zero_response(opening, start):
    """InterfaceResponse of points (..., d) that carry nothing, as of a body without interfaces."""
    none = np.zeros(opening.shape[:-1])
    tangent = np.zeros((*opening.shape, opening.shape[-1]))
    return InterfaceResponse(
        np.zeros(opening.shape), tangent, start._replace(opening=opening), *[none] * 5
    )


def respond(law, opening, start, step_over_viscosity):
    """InterfaceResponse at the end of a step; opening (..., d) [m], start: InterfaceState, rate: dt over viscosity time."""
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
            start.friction, start.damage, -normal, law.friction, law.contact_stiffness,
        )  # fmt: skip
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
    """Fatigue damage and accumulated opening at the end of a step, and the energy (...) that weakening frees."""
    size, before = (measures(each).size for each in (opening, start.opening))
    intact = 1.0 - start.weakening
    weakening, travelled = cyclic.fatigue_step(
        size, before, intact * np.linalg.norm(cohesive.traction, axis=-1), law.strength,
        start.weakening, start.travelled, law.fatigue,
    )  # fmt: skip
    return weakening, travelled, (weakening - start.weakening) * cohesive.stored
