r"""A particle that has come loose in its matrix.

It floats, rests, is pressed again, slides and lets go, without end.

A disc of radius a in a square shrinks by eps: a gap (1 + nu1) eps a all around. Nothing but the
residual stiffness r K of debonded faces holds it, 2 pi a r K per length against a push F: it
drifts by F/(2 pi a r K). Swollen by eps beyond closing it is pressed by

    p = (1 + nu1) eps a/(S1 + S2 + 1/K), S1 = a (1 + nu1)(1 - 2 nu1)/E1, S2: Lame's ring from a to
      b.

The elastic energy of a body grows with its size, and per area of interface it is p (1 + nu1) eps
a/2, so the mean pressure in a free square lies between those in the circle inside it and in the
circle around it. Twisted about its middle a pressed disc slips all around at the torque 2 pi a^2 mu
p.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from bodies import body_force, bulk_of, damage_of, face_nodes, vector_dofs
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import strain_operator
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports, stack_supports
from chemomech.physics.bulk.elasticity import shear_modulus
from chemomech.physics.interfaces.cohesive import bilinear
from chemomech.physics.interfaces.cohesive.debonded import debonded_law
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import NewtonOptions, step
from chemomech.simulation.run_state import RunState
from chemomech.simulation.step_control import StepControl
from chemomech.simulation.stepping import follow
from compare import approx
from cylinders import lame, rollers
from meshes import disc_in_disc, disc_in_square, moved

PARTICLE, MATRIX = (140e9, 0.3), (22.1e9, 0.37)
RADIUS, WIDTH = 1e-6, 6e-6
CIRCLES = 0.5 * WIDTH, np.sqrt(0.5) * WIDTH  # radii inside the square and around it
PENALTY, RESIDUAL = 1e17, 1e-6  # the residual share is the default of both laws below
SHRUNK = 2e-3
GAP = (1 + PARTICLE[1]) * SHRUNK * RADIUS
COHESIONS = {
    "never bonded": debonded_law(PENALTY),
    "debonded": bilinear(PENALTY, 20e6, 20e6, 1.0, 1.0),
}


def body_of_mesh(mesh, supports, friction=0.0, cohesion="never bonded", penalty=PENALTY):
    """Mechanics of a mesh with regions inclusion and matrix, debonded from the start."""
    domain = build_domain(mesh)
    faces = tuple(domain.interfaces)
    laws = dict.fromkeys(faces, InterfaceLaw(COHESIONS[cohesion], penalty, friction))
    young, poisson = (
        {"inclusion": core, "matrix": matrix} for core, matrix in zip(PARTICLE, MATRIX, strict=True)
    )
    bulk = bulk_of(domain, young, poisson, swelling=("inclusion",))
    return Mechanics(domain, bulk, laws, damage_of(domain, faces), supports=supports)


def particle(supports, size=0.3, **own):
    """A disc in a square, loose."""
    mesh = moved(disc_in_square(1.0, WIDTH / RADIUS, size), RADIUS * np.eye(2))
    return body_of_mesh(mesh, supports, **own)


def of_particle(domain, space):
    """Nodes of the particle."""
    return np.unique(space.dofmap.list[domain.cells_of("inclusion")])


def walls(domain, space):
    """Dofs of all outer faces."""
    nodes = np.concatenate([face_nodes(domain, space, face) for face in domain.boundaries])
    return vector_dofs(np.unique(nodes), 2)


def weighed(domain, space, direction):
    """Nodal forces of a force density direction(x (m, q, 2)) in the particle."""
    operator = strain_operator(domain, space, np.arange(len(domain.region)), 4)
    density = np.zeros((*operator.weights.shape, 2))
    cells = domain.cells_of("inclusion")
    density[cells] = direction(operator.points[cells])
    return body_force(domain, space, operator, density)


def pulled_down(domain, space):
    """Weight of the particle: a pressure P on the handle is the force P A downwards, spread over
    it; walls held."""
    force = weighed(domain, space, lambda x: np.broadcast_to([0.0, 1.0], x.shape))
    handle = np.flatnonzero(force)
    return Supports(walls(domain, space), control_dof=handle, weight=force[handle] / force.sum())


def sheared(domain, space):
    """The top moves to the right by the travel."""
    bottom, top = face_nodes(domain, space, "bottom"), face_nodes(domain, space, "top")
    fixed = np.concatenate([2 * bottom, 2 * bottom + 1, 2 * top + 1, 2 * top])
    factor = np.concatenate([np.zeros(2 * len(bottom) + len(top)), np.ones(len(top))])
    return Supports(fixed, factor=factor)


def unheld(domain, space):
    """Rigid motion of the matrix taken away, no more."""
    left, right = (
        np.intersect1d(face_nodes(domain, space, "bottom"), face_nodes(domain, space, side))
        for side in ("left", "right")
    )
    return Supports(np.concatenate([2 * left, 2 * left + 1, 2 * right + 1]))


TWIST_SPRING = 1e12  # N/m2, some ten times what holds the particle


def twisted(domain, space):
    """The particle's mean rotation times a is the handle, turned by a spring; walls held."""
    middle = 0.5 * WIDTH
    force = weighed(
        domain, space, lambda x: np.stack([middle - x[..., 1], x[..., 0] - middle], axis=-1)
    )
    turned = np.zeros((len(force) // 2, 2))
    nodes, places = of_particle(domain, space), space.tabulate_dof_coordinates()[:, :2] - middle
    turned[nodes] = np.stack([-places[nodes, 1], places[nodes, 0]], axis=-1)
    handle = np.flatnonzero(force)
    weight = RADIUS * force[handle] / (force @ turned.ravel())
    return Supports(walls(domain, space), control_dof=handle, weight=weight, stiffness=TWIST_SPRING)


def settled(body, load=Load(chemical_strain=-SHRUNK)):
    """State at rest under a load, and the iterations it took."""
    result = step(body, body.initial_state(), load)
    assert result.converged, result.reason
    return result.state, result.iterations


def closed(state):
    """Interface points in contact (k, q)."""
    return state.opening[..., 0] <= 0


def push_on_particle(body, state, tractions):
    """Net force (2,) on the particle, net torque about its middle over a, and the sum of the sizes,
    all [N/m]."""
    nodes = of_particle(body.domain, body.space)
    force = body.jump.forces(tractions, body.size).reshape(-1, 2)[nodes]
    places = body.space.tabulate_dof_coordinates()[nodes, :2] - 0.5 * WIDTH
    torque = np.sum(places[:, 0] * force[:, 1] - places[:, 1] * force[:, 0]) / RADIUS
    return np.append(force.sum(axis=0), torque), np.linalg.norm(force, axis=1).sum()


class Watch:
    """Counts how often an interface point changes between open and closed from one iteration to the
    next."""

    def __init__(self, body):
        self.patterns, self.tangent = [], body.tangent
        vars(body)["tangent"] = self

    def __call__(self, trial):
        self.patterns.append(closed(trial.interface.state))
        return self.tangent(trial)

    def flips(self):
        """Most changes of one point since the last call."""
        patterns, self.patterns = np.array(self.patterns, dtype=int), []
        return int(np.abs(np.diff(patterns, axis=0)).sum(axis=0).max(initial=0))


def run(body, load_at, end, length):
    """follow from rest under load_at(0): last Progress, and of all steps states, iterations, flips
    and energies.

    The only cuts are of steps that fail: an energy error cuts none.
    """
    options = StepControl(first=length, largest=length, energy_tolerance=np.inf)
    state, _ = settled(body, load_at(0.0))
    watch, rows = Watch(body), []

    def record(progress):
        rows.append(
            (progress.state, progress.iterations, watch.flips(), progress.energy, progress.time)
        )

    last = follow(body, RunState(state), lambda time, dt: load_at(time), end, options, record)
    states, iterations, flips, energies, times = zip(*rows, strict=True)
    return SimpleNamespace(
        first=state,
        last=last,
        states=states,
        iterations=np.diff([0, *iterations]),
        flips=np.array(flips),
        energies=energies,
        times=np.array(times),
    )


def shrunk(**other):
    """Load of the loose particle and more."""
    return Load(chemical_strain=-SHRUNK, **other)


def mean(body, density):
    """Mean of a density (k, q) over the interface."""
    return body.jump.integral(density) / body.jump.integral(1.0)


def closed_form(strain, outer):
    """Pressure of a disc swollen by a strain in a circle [Pa], zero where it is shrunk."""
    (young, poisson), gap = PARTICLE, (1 + PARTICLE[1]) * strain * RADIUS
    give = RADIUS * (1 + poisson) * (1 - 2 * poisson) / young + lame(
        RADIUS, 1.0, RADIUS, outer, *MATRIX
    )
    return max(gap, 0.0) / (give + 1.0 / PENALTY)


@pytest.mark.parametrize("cohesion", COHESIONS)
def test_a_loose_particle_floats_on_the_residual_stiffness(cohesion):
    """Breaks when a loose body makes the tangent singular, or its residual stiffness is not the
    share it says."""
    body = particle(pulled_down, cohesion=cohesion)
    state, iterations = settled(body)
    assert iterations <= 3  # measured: 2
    body.solver.factorise(body.tangent(body.evaluate(state.displacement, state, shrunk())))
    assert not closed(state).any() and np.all(state.damage == 1.0)
    assert mean(body, state.opening[..., 0]) / GAP == approx(1.0, rel=0.02)
    assert abs(state.position) < 1e-6 * GAP
    force = 1e-3  # N/m, too little to close the gap
    after = step(body, state, shrunk(pressure=force / body.area))
    assert after.converged and after.iterations <= 2 and not closed(after.state).any()
    drift = force / (RESIDUAL * PENALTY * body.jump.integral(1.0))
    assert 0.3 * GAP < drift < 0.8 * GAP
    assert after.state.position / drift == approx(-1.0, rel=1e-4)
    assert np.abs(after.state.displacement).max() < 2 * GAP


@pytest.mark.parametrize("cohesion", COHESIONS)
@pytest.mark.parametrize("force", [1.0, 1e3])
@pytest.mark.parametrize("steps", [1, 10])
def test_a_heavy_particle_comes_to_rest(cohesion, force, steps):
    """Breaks when a particle that would drift 600 gaps and more flies through the wall, or weighs
    something else."""
    body = particle(pulled_down, cohesion=cohesion)
    fall = run(body, lambda time: shrunk(pressure=time * force / body.area), 1.0, 1 / steps)
    assert fall.last.cuts == 0 and fall.last.steps == steps
    assert fall.iterations.max() <= 6 and fall.flips.max() <= 3  # measured: 4 and 2
    state = fall.last.state
    assert 0 < closed(state).mean() < 0.5
    assert np.all(body.jump.points[closed(state), 1] < 0.5 * WIDTH)
    net, _ = push_on_particle(body, state, state.traction)
    assert net == approx([0.0, -force, 0.0], abs=1e-6 * force)
    contact, size = push_on_particle(body, state, state.traction * closed(state)[..., None])
    springs = RESIDUAL * PENALTY * body.jump.integral(1.0 - closed(state)) * abs(state.position)
    assert -contact[1] == approx(force - springs, abs=0.3 * springs + 1e-6 * force)
    assert springs < 0.002 * force and np.abs(contact[[0, 2]]).max() < 2e-4 * force
    assert -state.position > 0.97 * GAP and size >= force


@pytest.mark.parametrize("cohesion", COHESIONS)
def test_a_matrix_pressed_on_its_particle(cohesion):
    """Breaks when recontact bears no load, bonds, or needs cuts: a hole gives more, a particle
    without a gap less."""
    pressure = 100e6
    places = {}
    for name, strain, penalty in (
        ("hole", SHRUNK, 1.0),
        ("loose", SHRUNK, PENALTY),
        ("fitting", 0.0, PENALTY),
    ):
        body = particle(stack_supports, cohesion=cohesion, penalty=penalty)
        load_at = lambda time, strain=strain: Load(time * pressure, -strain)
        pressed = run(body, load_at, 1.0, 0.1)
        assert pressed.last.cuts == 0 and pressed.iterations.max() <= 6  # measured: 4
        places[name] = -pressed.last.state.position
        if name != "loose":
            continue
        state = pressed.last.state
        net, size = push_on_particle(body, state, state.traction)
        assert size > 100.0 and np.abs(net).max() < 1e-6 * size
        high = np.abs(body.jump.points[..., 1] / RADIUS - 3) > 0.9  # top and bottom
        assert np.all(closed(state)[high]) and not closed(state).all()
        assert state.traction[..., 0].max() <= RESIDUAL * PENALTY * GAP * 2
    assert places["fitting"] * 1.02 < places["loose"] < 0.98 * places["hole"]


def test_a_matrix_sheared_about_its_particle():
    """Breaks when contact on one diagonal pushes the particle away, or the other diagonal still
    holds on."""
    body = particle(sheared)
    load_at = lambda time: shrunk(prescribed_displacement=200e-9 * time)
    moved_over = run(body, load_at, 1.0, 0.1)
    assert moved_over.last.cuts == 0
    assert moved_over.iterations.max() <= 7 and moved_over.flips.max() <= 3  # measured: 5 and 2
    state = moved_over.last.state
    net, size = push_on_particle(body, state, state.traction)
    assert size > 500.0 and np.abs(net).max() < 1e-6 * size
    # The top moves right: the diagonal from the upper left is shortened.
    x, y = np.moveaxis(body.jump.points - 0.5 * WIDTH, -1, 0)
    assert np.all((x * y)[closed(state)] < 0.1 * RADIUS**2) and 0.2 < closed(state).mean() < 0.5
    assert np.all(closed(state)[x * y < -0.45 * RADIUS**2])


@pytest.mark.parametrize("steps", [1, 20])
def test_swollen_back_it_is_pressed_as_if_never_loose(steps):
    """Breaks when contact after a gap has lost its stiffness or place: a misfitting core between
    two circles."""
    body = particle(unheld)
    swelling = run(body, lambda time: Load(chemical_strain=SHRUNK * (2 * time - 1)), 1.0, 1 / steps)
    assert swelling.last.cuts == 0 and swelling.iterations.max() <= (
        24 if steps == 1 else 7
    )  # measured: 16 and 5
    state = swelling.last.state
    assert not closed(swelling.first).any() and closed(state).all()
    low, high = (closed_form(SHRUNK, outer) for outer in CIRCLES)
    assert 1.05 < high / low < 1.08
    assert low < -mean(body, state.traction[..., 0]) < high
    never_loose, _ = settled(body, Load(chemical_strain=SHRUNK))
    assert state.traction == approx(never_loose.traction, abs=1e-6 * low)


def test_round_matrix_opened_and_closed_again():
    """Breaks when the gap opens or closes at another misfit than zero, or the pressure is not a
    round matrix's."""
    mesh = moved(disc_in_disc(1.0, 3.0, 0.15), RADIUS * np.eye(2))
    body = body_of_mesh(mesh, lambda domain, space: Supports(rollers(domain, space)))
    load_at = lambda time: Load(chemical_strain=-SHRUNK * np.cos(np.pi * time))
    path = run(body, load_at, 4.0, 0.2)
    assert path.last.cuts == 0 and path.iterations.max() <= 7
    scale = closed_form(SHRUNK, 3 * RADIUS)
    for time, state in zip(path.times, path.states, strict=True):
        strain = load_at(time).chemical_strain
        springs = RESIDUAL * PENALTY * max(-strain, 0.0) * (1 + PARTICLE[1]) * RADIUS
        pressure = closed_form(strain, 3 * RADIUS) - springs
        assert -mean(body, state.traction[..., 0]) == approx(pressure, abs=3e-3 * scale)
        if abs(strain) > 1e-3 * SHRUNK:
            assert np.all(closed(state) == (strain > 0))
        if strain > 0.9 * SHRUNK:
            # Ratios: pytest's absolute tolerance of 1e-12 is not small beside energies in joule.
            area = body.jump.integral(1.0)
            assert state.stored / (area * pressure**2 / (2 * PENALTY)) == approx(1.0, rel=0.02)
    assert abs(path.last.energy.residual) < 1e-6 * path.last.energy_scale


def test_twisting_a_pressed_particle_rubs_by_the_closed_form():
    """Breaks when slip starts at another torque than 2 pi a^2 mu p, or rubs another energy, one way
    and back."""
    friction, penalty, amplitude = (
        0.3,
        PENALTY / 10,
        1.6e-9,
    )  # polygons lock with K h^2/12, so K is smaller here
    body = particle(twisted, size=0.2, friction=friction, penalty=penalty)
    state, _ = settled(body, Load(chemical_strain=SHRUNK))
    limit = -friction * mean(body, state.traction[..., 0]) * 2 * np.pi * RADIUS
    total, rows = EnergyAccount(), []
    for far in amplitude * np.array([0.1, 0.2, 0.7, 0.85, 1.0, 0.9, 0.1, -0.3, -0.65, -0.8, -1.0]):
        load = Load(chemical_strain=SHRUNK, pressure=-TWIST_SPRING * far / body.area)
        result = step(body, state, load, NewtonOptions(1e-8, 20))
        assert result.converged, result.reason
        state, total = result.state, total + result.energy
        rows.append((state.position, -state.pressure * body.area / limit, total.friction))
    place, torque, rubbed = np.array(rows).T
    assert torque[[3, 4, 9, 10]] == approx([1, 1, -1, -1], rel=0.01)
    compliance = place[1] / torque[1]
    assert torque[1] == approx(2 * torque[0], rel=1e-4) and torque[1] < 0.7 and rubbed[1] == 0.0
    # The faces' sticking, the disc within (a load that grows with r) and the hole in a held matrix:
    # circles bound it.
    faces, disc = 1 / (2 * np.pi * RADIUS * penalty), 1 / (12 * np.pi * shear_modulus(*PARTICLE))
    hole = [(1 - (RADIUS / outer) ** 2) / (4 * np.pi * shear_modulus(*MATRIX)) for outer in CIRCLES]
    assert faces + disc + hole[0] < compliance / limit < faces + disc + hole[1]
    slipped = np.cumsum(np.abs(np.diff(place - compliance * torque, prepend=0.0)))
    assert rubbed / rubbed[-1] == approx(limit * slipped / rubbed[-1], abs=0.02)
    assert rubbed[-1] > 0 and np.all(np.diff(rubbed) >= 0)
    assert abs(total.residual) < 0.08 * total.friction  # the steps over the kinks are coarse


def test_energy_of_a_rubbing_particle():
    """Breaks when rubbing costs nothing, or the balance does not close as the steps get finer."""
    errors = []
    for count in (20, 80):
        body = particle(sheared, friction=0.3)
        total = run(
            body,
            lambda time: shrunk(prescribed_displacement=120e-9 * np.sin(1.5 * np.pi * time)),
            1.0,
            1 / count,
        ).last.energy
        errors.append(abs(total.residual) / total.friction)
        assert total.friction > 0.01 * abs(total.external)
    assert errors[1] < 0.06 and errors[1] < 0.7 * errors[0]  # measured: 0.039 and 0.58


def cycle_of(kind, time):
    """Load of one of four ways to close and open the gap again and again, period 1; it starts
    open."""
    wave = np.sin(2 * np.pi * time)
    return {
        "breathing": lambda: Load(1e6, -SHRUNK * np.cos(2 * np.pi * time)),
        "shaken": lambda: shrunk(pressure=100.0 / WIDTH * wave),
        "pressed": lambda: shrunk(pressure=100e6 * np.sin(np.pi * time) ** 2),
        "sheared": lambda: shrunk(prescribed_displacement=120e-9 * wave),
    }[kind]()


HELD = {
    "breathing": stack_supports,
    "shaken": pulled_down,
    "pressed": stack_supports,
    "sheared": sheared,
}


def check_cycles(kind, friction, size, cycles, steps, limits):
    """Cycles of one kind repeat from the first on, with at most limits = (iterations per step,
    flips of a point)."""
    body = particle(HELD[kind], size=size, friction=friction)
    path = run(body, lambda time: cycle_of(kind, time), float(cycles), 1 / steps)
    assert path.last.cuts == 0 and path.last.steps == cycles * steps
    assert path.iterations.max() <= limits[0] and path.flips.max() <= limits[1]
    touching = [closed(state).mean() for state in path.states]
    assert touching[steps - 1] == 0.0 and max(touching) > 0.25
    displacement = np.array(
        [path.first.displacement, *(state.displacement for state in path.states)]
    )
    drift = np.abs(displacement[steps:] - displacement[:-steps]).max(axis=1) / GAP
    assert drift.max() < 1e-6  # measured: 5e-9
    rubbed = np.diff([0.0, *(each.friction for each in path.energies[steps - 1 :: steps])])
    if friction:
        assert rubbed[0] > 0 and rubbed / rubbed[0] == approx(1.0, rel=1e-5)
    else:
        assert not rubbed.any() and abs(path.last.energy.residual) < 1e-6 * path.last.energy_scale


@pytest.mark.parametrize("friction", [0.0, 0.3])
@pytest.mark.parametrize("kind", ["breathing", "shaken", "pressed"])
def test_open_closed_open_for_ever(kind, friction, request):
    """Breaks when a particle creeps away from cycle to cycle, contact chatters, or a step fails.

    Known to fail, and expected to until Newton's direction is bounded where the tangent is nearly
    singular: with rubbing faces whose normals turn, the steps that end without any load are cut
    twice in a cycle of 12 steps (not in 13, 17, 24 or 36).
    """
    if (kind, friction) == ("shaken", 0.3):
        request.applymarker(pytest.mark.xfail(strict=True, reason="cut twice at no load"))
    check_cycles(kind, friction, 0.3, 3, 12, (8, 3))  # measured: 5 and 2


@pytest.mark.parametrize(("friction", "limits"), [(0.0, (9, 3)), (0.3, (33, 10))])
def test_sheared_to_and_fro_for_ever(friction, limits):
    """Breaks when contact that changes from one diagonal to the other creeps, chatters, or fails in
    a step.

    Measured: 6 iterations and 2 flips, with friction 22 and 7, in steps that turn all of the
    contact at once.
    """
    check_cycles("sheared", friction, 0.3, 3, 12, limits)


@pytest.mark.slow
@pytest.mark.parametrize("friction", [0.0, 0.3])
@pytest.mark.parametrize("kind", HELD)
def test_many_cycles_on_a_finer_mesh(kind, friction):
    """Breaks when the same does not hold for twice as many points of contact and finer steps."""
    check_cycles(kind, friction, 0.15, 3, 36, (30, 12) if friction else (9, 4))
