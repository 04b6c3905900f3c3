"""Specimens of fracture mechanics: two arms of height h and unit width, joined along their middle,
and beam theory.

Plane strain, E' = E/(1 - nu^2). End-notched flexure (ENF): three-point bending over the span 2 L,
the notch of length a starts at the left support. Mixed-mode bending (MMB): a lever over the same
beam pulls the upper arm's end up with P c/L and presses the middle down with P (c + L)/L. With A_I
= a + chi h, A_II = a + 0.42 chi h:

    P_I = P (3 c - L)/(4 L),          P_II = P (c + L)/L        (ENF: P_I = 0, P_II = P),
    G_I = 12 P_I^2 A_I^2/(E' h^3),    G_II = 9 P_II^2 A_II^2/(16 E' h^3),
    C P^2 = P_I^2 8 A_I^3/(E' h^3) + P_II^2 [(3 A_II^3 + 2 L^3)/(8 E' h^3) + 3 L/(10 G h)].

Sources: Williams, Int. J. Fract. 36 (1988) 101 (chi); Wang, Williams, Compos. Sci. Technol. 43
(1992) 251 (0.42); Reeder, Crews, AIAA J. 28 (1990) 1270 (the lever). ISO 15024 is the standard of
the mode I specimen.
"""

from dataclasses import dataclass

import numpy as np

from bodies import (
    body_of,
    bulk_of,
    damage_of,
    face_nodes,
    fill,
    laws_of,
    nodes_where,
    reaction,
    vector_dofs,
)
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from meshes import box

YOUNG, POISSON, ARM = 70e9, 0.3, 1e-3
PLANE, SHEAR = YOUNG / (1 - POISSON**2), YOUNG / (2 * (1 + POISSON))
BOND, FACES = "lower|upper", "lower|upper, notch"


def rotation_correction():
    """chi of an isotropic beam: sqrt(E/(11 G) (3 - 2 (g/(1 + g))^2)), g = 1.18 E/G."""
    ratio = 2 * (1 + POISSON)
    gamma = 1.18 * ratio
    return np.sqrt(ratio / 11 * (3 - 2 * (gamma / (1 + gamma)) ** 2))


def notched_mesh(length, notch, refinement, jiggle=0.0, seed=0):
    """Two arms of `refinement` elements each over their height; before x = notch the faces only
    touch."""
    interfaces = {
        BOND: lambda x: abs(x[1] - ARM) < 1e-9 and x[0] > notch,
        FACES: lambda x: abs(x[1] - ARM) < 1e-9 and x[0] < notch,
    }
    counts = (round(length / ARM) * refinement, 2 * refinement)
    region = lambda x: "lower" if x[1] < ARM else "upper"
    return box(counts, (length, 2 * ARM), region, interfaces, jiggle, seed)


def notched_beam(length, notch, refinement):
    """Domain of `notched_mesh`."""
    return build_domain(notched_mesh(length, notch, refinement))


def pulled_apart(domain, stiffness, strength=None, energy=None):
    """Double cantilever beam: both arms' left ends are pulled apart by the travel, the right end is
    held."""

    def held(space):
        dofs = dict.fromkeys(vector_dofs(face_nodes(domain, space, "right"), 2), 0.0)
        left = face_nodes(domain, space, "left")
        for name, side in (("lower", -0.5), ("upper", 0.5)):
            ends = np.intersect1d(left, space.dofmap.list[domain.cells_of(name)])
            dofs |= dict.fromkeys(2 * ends + 1, side)
        return dofs

    # Slender arms feel even a millionth of the interface's stiffness over the open crack.
    laws = laws_of(domain, stiffness, strength, energy, residual=1e-11, debonded=(FACES,))
    return body_of(domain, bulk_of(domain, YOUNG, POISSON), laws, held, (FACES,))


def bent_arms(body, notch):
    """Displacement of arms that bend apart from the notch's end, by half a unit each at their free
    ends.

    From closed faces Newton would open the notch point by point, in 50 to 120 iterations instead of
    1 to 5.
    """
    share = lambda x: 0.5 * np.maximum(1 - x[:, 0] / notch, 0.0) ** 2
    arms = {
        name: lambda x, sign=sign: np.stack([0 * x[:, 0], sign * share(x)], axis=1)
        for name, sign in (("lower", -1.0), ("upper", 1.0))
    }
    return fill(body.domain, body.space, arms)


@dataclass(frozen=True)
class BentBeam:
    """Half span L and notch a [m]; lever arm c [m], 0 for ENF. All forces P per metre of width
    [N/m]."""

    half_span: float
    notch: float
    lever: float = 0.0

    @property
    def shares(self):
        """P_I/P and P_II/P."""
        c, length = self.lever, self.half_span
        return ((3 * c - length) / (4 * length), (c + length) / length) if c else (0.0, 1.0)

    def lengths(self, crack):
        """A_I and A_II of a crack length."""
        return crack + rotation_correction() * ARM, crack + 0.42 * rotation_correction() * ARM

    def release_rates(self, crack):
        """G_I/P^2 and G_II/P^2."""
        (one, two), (first, second) = self.shares, self.lengths(crack)
        return 12 * (one * first) ** 2 / (PLANE * ARM**3), 9 * (two * second) ** 2 / (
            16 * PLANE * ARM**3
        )

    def compliance(self, crack):
        """Place of the load over P [m2/N]."""
        (one, two), (first, second) = self.shares, self.lengths(crack)
        bending = (3 * second**3 + 2 * self.half_span**3) / (8 * PLANE * ARM**3)
        return one**2 * 8 * first**3 / (PLANE * ARM**3) + two**2 * (
            bending + 3 * self.half_span / (10 * SHEAR * ARM)
        )

    def crack(self, compliance):
        """Crack length that a compliance tells, up to the load in the middle and a little
        further."""
        cracks = np.linspace(0.3 * self.half_span, 1.3 * self.half_span, 4000)
        return np.interp(compliance, self.compliance(cracks), cracks)

    def growth(self, toughness, cracks):
        """Place and force while the crack grows through `cracks` at G = toughness(B), B =
        G_II/G."""
        one, two = self.release_rates(cracks)
        force = np.sqrt(toughness(two / (one + two)) / (one + two))
        return force * self.compliance(cracks), force


def bent_body(beam, refinement, stiffness, control=None, **law):
    """Mechanics of the beam, lower arm on rollers at both ends; its notch carries pressure without
    friction.

    control [N/m2]: stiffness of the spring that drives the lever; None: the middle is driven by its
    place.
    """
    domain = notched_beam(2 * beam.half_span, beam.notch, refinement)

    def supports(domain, space):
        at = lambda place: nodes_where(domain, space, lambda x: abs(x[:, 0] - place) < 1e-9)
        upper = np.unique(space.dofmap.list[domain.cells_of("upper")])
        middle, left = at(beam.half_span), face_nodes(domain, space, "left")
        rollers = (
            np.concatenate([np.setdiff1d(left, upper), face_nodes(domain, space, "right")]) * 2 + 1
        )
        fixed = np.concatenate([rollers, np.setdiff1d(middle, upper)[:1] * 2])
        if control is None:
            driven = middle * 2 + 1
            factor = np.concatenate([np.zeros(len(fixed)), -np.ones(len(driven))])
            return Supports(np.concatenate([fixed, driven]), factor=factor)
        end, middle = np.intersect1d(left, upper) * 2 + 1, middle * 2 + 1
        weight = np.array([beam.lever, -(beam.lever + beam.half_span)]) / beam.half_span
        handle = np.array([end[0], middle[0]])
        return Supports(
            fixed, tied=(end, middle), control_dof=handle, weight=weight, stiffness=control
        )

    laws = laws_of(domain, stiffness, residual=1e-11, debonded=(FACES,), **law)
    return Mechanics(
        domain,
        bulk_of(domain, YOUNG, POISSON),
        laws,
        damage_of(domain, (FACES,)),
        supports=supports,
    )


def driven_to(body, share, last):
    """Load that brings the specimen's drive to a share of the one that ends at last = (place,
    force)."""
    if not len(body.supports.control_dof):
        return Load(prescribed_displacement=share * last[0])
    return Load(pressure=-share * (last[1] + body.supports.stiffness * last[0]) / body.area)


def loaded(beam, body, place):
    """Force and place of an unbroken specimen at about a place [m], and its state."""
    load = driven_to(body, 1.0, (place, place / beam.compliance(beam.notch)))
    guess = bent_arms(body, beam.notch) * place if beam.lever else None
    result = step(body, body.initial_state(), load, NewtonOptions(1e-9, 80), guess)
    assert result.converged, result.reason
    return reaction(body, result.state), result.state.position, result.state


def grown(beam, body, first, last, steps):
    """Places, forces, fracture energies from half the place `first` on to last = (place, force),
    the last Progress."""
    _, _, state = loaded(beam, body, 0.5 * first)
    if len(body.supports.control_dof):
        begin = 0.5 * first * (1 / beam.compliance(beam.notch) + body.supports.stiffness)
        begin /= last[1] + body.supports.stiffness * last[0]
    else:
        begin = 0.5 * first / last[0]
    rows = []

    def record(progress):
        rows.append(
            (progress.state.position, reaction(body, progress.state), progress.energy.fracture)
        )

    options = StepControl(1 / steps, 1 / steps, 1e-5, energy_tolerance=np.inf)
    start = RunState(state, time=begin)
    newton = NewtonOptions(1e-7, 150)
    end = follow(
        body, start, lambda time, dt: driven_to(body, time, last), 1.0, options, record, newton
    )
    return *np.array(rows).T, end
