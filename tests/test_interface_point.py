"""One interface point as a sum of terms: cohesion weakened by fatigue, contact, friction; its
tangent, its energies.

Stiffness 1e3, strengths 30 and 45, energies 2 and 5: onset at openings of 0.03 and 0.045, end at
0.13 and 0.22.
"""

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, CohesiveLaw, CohesiveResponse
from chemomech.physics.interfaces.cohesive.debonded import debonded_law
from chemomech.physics.interfaces.cohesive.law import measures
from chemomech.physics.interfaces.fatigue import FatigueParameters, fatigue_step
from chemomech.physics.interfaces.interface import (
    InterfaceLaw,
    InterfaceState,
    initial_state,
    respond,
)
from compare import approx
from rates import EXPECTED, fitted_order, taylor_order

STIFFNESS, STRENGTH, CONTACT, COEFFICIENT = 1e3, 30.0, 2e3, 0.4
FATIGUE = FatigueParameters(0.5, 0.1, 0.02)
ENERGIES = ("fracture", "viscous", "weakened", "slip")


def cohesion(name="bilinear", equal=False):
    """A cohesive law of the library; equal: the same strength and energy in both modes."""
    shear, energy = (STRENGTH, 2.0) if equal else (45.0, 5.0)
    return COHESIVE_LAWS[name](
        STIFFNESS, STRENGTH, shear, 2.0, energy, 1.8, "benzeggagh_kenane", 1e-6
    )


LAWS = {
    "cohesion": InterfaceLaw(cohesion(), CONTACT),
    "equal modes": InterfaceLaw(cohesion(equal=True), CONTACT),
    "friction": InterfaceLaw(cohesion(), CONTACT, COEFFICIENT),
    "fatigue": InterfaceLaw(cohesion(), CONTACT, 0.0, FATIGUE, STRENGTH),
    "friction and fatigue": InterfaceLaw(cohesion(), CONTACT, COEFFICIENT, FATIGUE, STRENGTH),
    "exponential, all": InterfaceLaw(
        cohesion("exponential"), CONTACT, COEFFICIENT, FATIGUE, STRENGTH
    ),
    "ppr, all": InterfaceLaw(cohesion("ppr"), CONTACT, COEFFICIENT, FATIGUE, STRENGTH),
    "debonded": InterfaceLaw(debonded_law(STIFFNESS, 1e-4), CONTACT, COEFFICIENT),
}
every_law = pytest.mark.parametrize("name", LAWS)
COMPONENTS = pytest.mark.parametrize("components", [2, 3])


def walked(law, path, step_over_viscosity=np.inf):
    """Responses of a law along a path (n, ..., d) whose first point is the closed, unloaded one."""
    whole = np.zeros(path.shape[1:-1])
    state = initial_state(law, whole + 1.0 if law is LAWS["debonded"] else whole, path.shape[-1])
    responses = []
    for opening in path:
        responses.append(respond(law, opening, state, step_over_viscosity))
        state = responses[-1].state
    return responses


def random_path(points, steps, components, seed):
    """Openings (steps, points, components): closed and open, from far below the onset to past the
    end."""
    random = np.random.default_rng(seed)
    reach = 10.0 ** random.uniform(-2.5, -0.5, (1, points, 1))
    path = reach * random.uniform(-1, 1, (steps, points, components))
    path[..., 0] -= 0.3 * reach[..., 0]
    path[0] = 0.0
    return path


def mid_state(damage, weakening, friction, components, opening=None):
    """A state of the bilinear law amid its life."""
    last = np.zeros(components) if opening is None else np.array(opening)
    before = measures(last)
    history = np.array([damage, before.size, before.share])
    return InterfaceState(last, history, np.array(friction), np.array(weakening), np.array(0.1))


@pytest.mark.parametrize(
    "opening", [[-0.02, 0.05], [0.04, 0.05], [-0.02, 0.05, -0.03], [0.06, 0.01, 0.0]]
)
def test_tractions_add_up(opening):
    """Breaks when a term is dropped, weakened by fatigue though it is not cohesive, or counted on
    the wrong area."""
    opening, law = np.array(opening), LAWS["friction and fatigue"]
    start = mid_state(0.4, 0.25, 0.3 * np.ones(len(opening) - 1), len(opening))
    cohesive = law.cohesion(opening, start.history, np.inf)
    expected = 0.75 * cohesive.traction
    pressure = CONTACT * max(-opening[0], 0.0)
    expected[0] -= pressure
    share = 1 - 0.6 * 0.75
    trial = start.friction + share * CONTACT * opening[1:]
    size = np.linalg.norm(trial)
    friction = trial * min(1.0, COEFFICIENT * share * pressure / size)
    expected[1:] += friction
    found = respond(law, opening, start, np.inf)
    assert found.traction == approx(expected, rel=1e-12)
    assert found.state.friction == approx(friction, rel=1e-12, abs=1e-15)
    assert np.array_equal(found.state.opening, opening)
    assert np.array_equal(found.state.history, cohesive.history)


@pytest.mark.parametrize("opening", [[-0.02, 0.12], [0.06, 0.05]])
def test_energies_add_up(opening):
    """Breaks when an energy keeps a share that fatigue has taken, takes one twice, or contact
    stores nothing."""
    opening, law = np.array(opening), LAWS["fatigue"]
    start = mid_state(0.4, 0.25, [0.0], 2)
    cohesive = law.cohesion(opening, start.history, 0.8)
    found = respond(law, opening, start, 0.8)
    assert found.fracture == approx(0.75 * cohesive.fracture) and cohesive.fracture > 0
    assert found.viscous == approx(0.75 * cohesive.viscous) and cohesive.viscous > 0
    size = np.hypot(max(opening[0], 0.0), opening[1])
    traction = 0.75 * np.linalg.norm(cohesive.traction)
    weakening, travelled = fatigue_step(size, 0.0, traction, STRENGTH, 0.25, 0.1, FATIGUE)
    assert found.state.weakening == approx(weakening) and weakening > 0.25
    assert found.state.travelled == approx(travelled)
    assert found.weakened == approx((weakening - 0.25) * cohesive.stored)
    pressed = 0.5 * CONTACT * min(opening[0], 0.0) ** 2
    assert found.stored == approx((1 - weakening) * cohesive.stored + pressed, rel=1e-12)


def test_damage_is_what_neither_loads_nor_fatigue_left():
    """Breaks when the two damages add, or one hides the other: 1 - D = (1 - D_cohesive)(1 -
    D_c)."""
    for cohesive, weakening, expected in (
        (0.4, 0.25, 0.55),
        (1.0, 0.0, 1.0),
        (0.0, 1.0, 1.0),
        (0.0, 0.3, 0.3),
    ):
        assert mid_state(cohesive, weakening, [0.0], 2).damage == approx(expected)


REGIMES = {
    # name: (opening, damage, weakening, friction at the start, dt/tau, linear around it)
    "bonded, closed, sticking": ([-0.02, 0.01], 0.0, 0.0, [0.0], np.inf, True),
    "open, elastic": ([0.01, 0.01], 0.0, 0.0, [0.0], np.inf, True),
    "open, softening": ([0.06, 0.05], 0.1, 0.0, [0.2], np.inf, False),
    "open, softening, weakened": ([0.06, 0.05], 0.1, 0.3, [0.2], np.inf, False),
    "open, viscous, weakened": ([0.06, 0.05], 0.1, 0.3, [0.2], 0.6, False),
    "broken, closed, sticking": ([-0.02, 0.003], 1.0, 0.0, [0.5], np.inf, True),
    "broken, closed, slipping": ([-0.02, 0.3], 1.0, 0.0, [0.5], np.inf, True),
    "broken, open": ([0.02, 0.3], 1.0, 0.2, [0.5], np.inf, True),
    "closed, softening and slipping": ([-0.01, 0.09], 0.5, 0.2, [0.5], np.inf, True),
    "closed, unloading and slipping": ([-0.01, -0.03], 0.8, 0.2, [0.5], np.inf, True),
    "closed, softening and sticking": ([-0.2, 0.09], 0.5, 0.0, [0.5], np.inf, True),
    "closed, slipping, 3D": ([-0.02, 0.2, 0.15], 1.0, 0.0, [0.5, -2.0], np.inf, False),
    "closed, softening and slipping, 3D": (
        [-0.01, 0.06, 0.07],
        0.5,
        0.2,
        [0.5, 0.1],
        np.inf,
        False,
    ),
    "closed, viscous and slipping, 3D": ([-0.01, 0.06, 0.07], 0.5, 0.2, [0.5, 0.1], 0.4, False),
    "open, softening, 3D": ([0.05, 0.06, 0.03], 0.2, 0.1, [0.5, 0.1], np.inf, False),
}


@pytest.mark.parametrize("regime", REGIMES)
def test_tangent_is_consistent(regime):
    """Breaks when the tangent of the sum is not its derivative, in any state of bond, contact,
    friction or fatigue."""
    opening, damage, weakening, friction, step_over_viscosity, linear = REGIMES[regime]
    opening, law = np.array(opening), LAWS["friction and fatigue"]
    start = mid_state(damage, weakening, friction, len(opening))
    response = respond(law, opening, start, step_over_viscosity)
    assert ("softening" in regime or "viscous" in regime) == (response.state.history[0] > damage)
    assert "slipping" not in regime or response.slip > 0
    assert ("sticking" in regime or "slipping" in regime) == bool(
        np.any(response.state.friction) or response.traction[0] < 0
    )
    random = np.random.default_rng(len(regime))
    for _ in range(3):
        along = random.standard_normal(len(opening))
        along *= 0.004 / np.linalg.norm(along)
        derivative = response.tangent @ along

        def traction(h, along=along):
            return respond(law, opening + h * along, start, step_over_viscosity).traction

        if linear:
            assert traction(0.5) - traction(0.0) == approx(0.5 * derivative, abs=1e-11)
            continue
        order = taylor_order(traction, derivative, 1.0 / 2.0 ** np.arange(2, 8))
        expected, distance = EXPECTED["Taylor remainder"]
        assert abs(order - expected) <= distance


@every_law
@COMPONENTS
@pytest.mark.parametrize("step_over_viscosity", [np.inf, 0.5])
def test_energies_and_damage_along_random_paths(name, components, step_over_viscosity):
    """Breaks when any term gives energy on any path, a damage heals or leaves 0 to 1, or open faces
    rub."""
    law, path = LAWS[name], random_path(2000, 20, components, 5)
    responses = walked(law, path, step_over_viscosity)
    scale = STIFFNESS * 1e-12
    before = responses[0].state
    for response, opening in zip(responses, path, strict=True):
        assert response.stored.min() >= -scale
        for energy in ENERGIES:
            assert getattr(response, energy).min() >= -scale, energy
        state = response.state
        assert np.all(state.damage >= before.damage - 1e-14) and state.damage.max() <= 1.0
        assert np.all(state.weakening >= before.weakening) and state.weakening.max() <= 1.0
        limit = COEFFICIENT * before.damage * CONTACT * np.maximum(-opening[:, 0], 0.0)
        assert np.all(np.linalg.norm(state.friction, axis=-1) <= limit * (1 + 1e-12))
        before = state
    assert (sum(r.slip for r in responses).max() > 0) == np.any(np.asarray(law.friction) > 0)
    assert (before.weakening.max() > 0.05) == (law.fatigue is not None)
    assert before.damage.max() > 0.95


def smooth_path(steps, components):
    """Five points that open, close under pressure while they slide, and slide back, with everything
    going on."""
    t, phase = np.linspace(0, 1, steps + 1)[:, None], np.linspace(0, 1.5, 5)[None]
    normal = 0.05 * np.sin(7 * t + phase) ** 2 - 0.02 * t
    normal[0] = 0.0
    slides = [0.1 * np.sin(9 * t) * np.cos(phase), 0.05 * t * np.sin(11 * t + phase)][
        : components - 1
    ]
    return np.stack([(normal - normal[:1]) * np.minimum(20 * t, 1), *slides], axis=-1)


IDENTITIES = [
    # law, components, viscosity, order: friction whose limit grows and explicit fatigue are of
    # first order.
    ("equal modes", 2, 0.0, 2.0),
    ("equal modes", 3, 0.05, 2.0),
    ("friction", 2, 0.0, 1.0),
    ("friction", 3, 0.05, 1.0),
    ("fatigue", 2, 0.05, 1.0),
    ("friction and fatigue", 3, 0.0, 1.0),
    ("debonded", 3, 0.0, 1.0),
]


@pytest.mark.parametrize(("name", "components", "viscosity", "expected"), IDENTITIES)
def test_energy_identity(name, components, viscosity, expected):
    """Breaks when an energy is missing or doubled: work = stored change + all that is dissipated,
    as steps shrink."""
    errors, counts = [], (300, 600, 1200, 2400)
    for steps in counts:
        path = smooth_path(steps, components)
        responses = walked(LAWS[name], path, 1 / steps / viscosity if viscosity else np.inf)
        traction = np.array([r.traction for r in responses])
        work = (0.5 * (traction[1:] + traction[:-1]) * np.diff(path, axis=0)).sum(axis=(0, 2))
        dissipated_fraction = sum(getattr(r, energy) for r in responses[1:] for energy in ENERGIES)
        gap = work - (responses[-1].stored - responses[0].stored) - dissipated_fraction
        errors.append(np.abs(gap).max() / dissipated_fraction.max())
        if "friction" in name:
            assert sum(r.slip for r in responses).max() > 0.01 * dissipated_fraction.max()
    order = fitted_order(1.0 / np.array(counts), errors)
    assert abs(order - expected) < 0.25, f"{order:.3f}: {errors}"
    assert errors[-1] < (1e-4 if expected == 2.0 else 4e-3)


def test_open_closed_open():
    """Breaks when a debonded point stays open or bonds again: pulled apart, pressed and slid,
    pulled once more."""
    law = LAWS["friction"]
    corners = [[0.0, 0.0], [0.3, 0.0], [-0.02, 0.0], [-0.02, 0.2], [0.3, 0.2]]
    opened, pressed, slid, pulled = walked(law, np.array(corners))[1:]
    assert opened.state.damage == 1.0 and opened.fracture == approx(2.0, rel=1e-6)
    assert pressed.traction == approx([-0.02 * CONTACT, 0.0], abs=1e-12)
    limit = COEFFICIENT * 0.02 * CONTACT
    assert slid.traction == approx([-0.02 * CONTACT, limit], rel=1e-4)
    assert slid.slip == approx(limit * (0.2 - limit / CONTACT), rel=1e-6)
    assert np.abs(pulled.traction).max() < 1e-3 and np.all(pulled.state.friction == 0.0)
    assert pulled.fracture == 0.0


def test_area_that_separates_in_a_step_rubs_from_the_next_one_on():
    """Breaks when the share that rubs is not that of the step's start: the step's tangent would be
    wrong."""
    law, opening = LAWS["friction"], np.array([-0.02, 0.3])
    first = respond(law, opening, initial_state(law, np.array(0.0), 2), np.inf)
    assert first.state.damage == 1.0 and np.all(first.state.friction == 0.0) and first.slip == 0.0
    second = respond(law, opening + [0.0, 0.1], first.state, np.inf)
    assert second.state.friction == approx([COEFFICIENT * 0.02 * CONTACT])


def test_damage_that_grows_spreads_friction_and_frees_what_it_stored():
    """Breaks when f^2/(2 K_t D) does not fall as D grows, or the difference is not counted as
    slip."""
    law = LAWS["friction"]
    start = mid_state(0.5, 0.0, [1.0], 2, [-0.4, 0.02])
    opening = np.array([-0.4, 0.15])  # sticks under the pressure, while the bond goes on breaking
    found = respond(law, opening, start, np.inf)
    after = found.state.damage
    friction = 1.0 + 0.5 * CONTACT * 0.13
    assert 0.5 < after < 1.0 and found.state.friction == approx([friction])
    lost = friction**2 / (2 * CONTACT) * (1 / 0.5 - 1 / after)
    assert found.slip == approx(lost, rel=1e-12)
    kept = law.cohesion(opening, start.history, np.inf).stored + 0.5 * CONTACT * 0.4**2
    assert found.stored == approx(kept + friction**2 / (2 * CONTACT * after), rel=1e-12)


@every_law
def test_symmetry_flag(name):
    """Breaks when a solver for symmetric matrices is given an unsymmetric tangent, or a symmetric
    one is not known."""
    law = LAWS[name]
    found = [response.tangent for response in walked(law, random_path(500, 12, 3, 3))]
    gap = max(np.abs(tangent - np.swapaxes(tangent, -1, -2)).max() for tangent in found)
    assert law.symmetric == (gap < 1e-9 * STIFFNESS)
    assert law.symmetric == (name == "equal modes")
    smooth = InterfaceLaw(debonded_law(STIFFNESS), CONTACT, np.array([[0.0], [0.0]]))
    rough = InterfaceLaw(debonded_law(STIFFNESS), CONTACT, np.array([[0.0], [0.3]]))
    assert smooth.symmetric and not rough.symmetric


@every_law
@COMPONENTS
def test_initial_state(name, components):
    """Breaks when a point does not start with the damage it is given, at rest and closed, with its
    law's history."""
    law = LAWS[name]
    damage = np.array([[0.0, 0.4, 1.0], [1.0, 0.7, 0.2]])
    state = initial_state(law, damage, components)
    assert state.damage == approx(damage, abs=1e-15)
    assert state.opening.shape == (2, 3, components) and state.friction.shape == (
        2,
        3,
        components - 1,
    )
    assert state.history.shape == (2, 3, law.cohesion.columns)
    assert np.array_equal(state.history, law.cohesion.initial_history(damage))
    for memory in (state.opening, state.friction, state.weakening, state.travelled):
        assert not memory.any()
    rest = respond(law, state.opening, state, np.inf)
    assert np.all(rest.traction == 0.0) and np.all(rest.stored == 0.0)
    assert all(np.all(getattr(rest, energy) == 0.0) for energy in ENERGIES)


@COMPONENTS
def test_a_debonded_law_starts_and_stays_debonded(components):
    """Breaks when faces that were never bonded carry tension, damage or a fracture energy, or do
    not rub at once."""
    law = LAWS["debonded"]
    start = initial_state(law, np.ones(3), components)
    slide = np.zeros(components)
    slide[1] = 0.2
    opening = np.array([-0.02, 0.0, 0.5])[:, None] * np.eye(components)[0] + slide
    found = respond(law, opening, start, np.inf)
    assert np.all(found.state.damage == 1.0)
    assert np.all(found.fracture == 0.0) and np.all(found.viscous == 0.0)
    residual = 1e-4 * STIFFNESS
    limit = COEFFICIENT * 0.02 * CONTACT
    expected = [
        [-0.02 * CONTACT, limit + residual * 0.2],
        [0.0, residual * 0.2],
        [0.5 * residual, 0.2 * residual],
    ]
    assert found.traction[:, :2] == approx(np.array(expected), rel=1e-12)
    assert found.slip == approx([limit * (0.2 - limit / CONTACT), 0.0, 0.0], rel=1e-12)


def test_start_is_not_changed():
    """Breaks when a trial writes into the history of the step's start."""
    for name, law in LAWS.items():
        path = random_path(30, 4, 3, 8)
        state = walked(law, path)[-1].state
        before = [np.copy(each) for each in state]
        for each in state:
            each.setflags(write=False)
        opening = random_path(30, 2, 3, 9)[1]
        given = opening.copy()
        one, two = (respond(law, opening, state, 0.7) for _ in range(2))
        assert np.array_equal(opening, given), name
        assert all(np.array_equal(a, b) for a, b in zip(state, before, strict=True)), name
        assert np.array_equal(one.traction, two.traction), name


def test_points_are_independent_and_parameters_broadcast():
    """Breaks when a point sees another's numbers, or a parameter given by facet (k, 1) does not
    reach its points."""
    random = np.random.default_rng(6)
    stiffness, coefficient = np.array([[1e3], [2e3], [1.5e3]]), np.array([[0.0], [0.4], [0.8]])
    strength = random.uniform(20, 40, (3, 2))
    lengths = np.array([[0.5], [0.2], [0.9]])
    make = lambda k, s: COHESIVE_LAWS["bilinear"](k, s, s, 2.0, 5.0)

    def law_of(rows, columns):
        k, s, mu, length = (each[rows][:, columns] for each in (
            np.broadcast_to(stiffness, (3, 2)), strength, np.broadcast_to(coefficient, (3, 2)),
            np.broadcast_to(lengths, (3, 2)),
        ))  # fmt: skip
        return InterfaceLaw(make(k, s), 2 * k, mu, FatigueParameters(length, 0.1, 0.0), s)

    whole = InterfaceLaw(
        make(stiffness, strength),
        2 * stiffness,
        coefficient,
        FatigueParameters(lengths, 0.1, 0.0),
        strength,
    )
    path = random_path(6, 8, 2, 4).reshape(8, 3, 2, 2)
    together = walked(whole, path, 0.8)[-1]
    for i in range(3):
        for j in range(2):
            alone = walked(law_of([i], [j]), path[:, [i]][:, :, [j]], 0.8)[-1]
            for field in ("traction", "tangent", "stored", *ENERGIES):
                expected = getattr(together, field)[i, j]
                assert getattr(alone, field)[0, 0] == approx(expected, rel=1e-12, abs=1e-12), field
            assert alone.state.damage[0, 0] == approx(together.state.damage[i, j], rel=1e-12)


def test_a_law_of_the_users_own_joins_the_sum():
    """Breaks when a term asks a cohesive law for more than what `cohesive.law` promises."""

    def glue(opening, history, step_over_viscosity, stiffness):
        nothing = np.zeros(opening.shape[:-1])
        tangent = np.broadcast_to(
            stiffness * np.eye(opening.shape[-1]), (*opening.shape, opening.shape[-1])
        )
        stored = 0.5 * stiffness * (opening**2).sum(axis=-1)
        return CohesiveResponse(stiffness * opening, tangent, history, stored, nothing, nothing)

    law = InterfaceLaw(CohesiveLaw(glue, 7.0, symmetric=True), CONTACT)
    state = initial_state(law, np.zeros(2), 2)
    found = respond(law, np.array([[0.1, 0.2], [-0.1, 0.2]]), state, np.inf)
    assert found.traction == approx(np.array([[0.7, 1.4], [-0.7 - 0.1 * CONTACT, 1.4]]))
    assert law.symmetric and np.all(found.state.damage == 0.0)
