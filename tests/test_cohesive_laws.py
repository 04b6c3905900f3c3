"""Properties that every cohesive law must have, at single points: energies, irreversibility,
tangent, frame.

Works are computed from tractions and openings alone, never from the dissipation that a law reports.
The fracture energies themselves are checked law by law in the files beside this one.
"""

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, CohesiveLaw, CohesiveResponse
from cohesive import (
    BEFORE,
    ENERGY,
    EXPONENT,
    LAWS,
    SHEAR_ENERGY,
    SHEAR_STRENGTH,
    STIFFNESS,
    STRENGTH,
    every_law,
    smooth_path,
    walked,
)
from compare import approx
from rates import EXPECTED, fitted_order, taylor_order


def total(responses, field):
    """Sum of an energy over a list of responses."""
    return sum(getattr(r, field) for r in responses)


def random_walk(points, steps, components, seed, same_side=False):
    """Openings (steps, points, components): from far below the strength to past the end, opening
    and closing."""
    random = np.random.default_rng(seed)
    scale = 10.0 ** random.uniform(-2, 0.3, (1, points, 1))
    path = np.cumsum(random.standard_normal((steps, points, components)), axis=0) * 0.1 * scale
    path += (
        0.02
        * scale
        * np.arange(steps)[:, None, None]
        * random.uniform(0, 1, (1, points, components))
    )
    if same_side:
        path[..., 1:] = np.abs(path[..., 1:])
    return path


@every_law
@pytest.mark.parametrize(("step_over_viscosity", "components"), [(np.inf, 3), (0.7, 3), (1e4, 2)])
def test_damage_never_heals_and_no_share_of_the_dissipation_is_negative(
    name, step_over_viscosity, components
):
    """Breaks when any of 10,000 paths, compression and large steps included, heals a point or gains
    energy."""
    law = LAWS[name]
    damage = np.random.default_rng(3).choice([0.0, 0.0, 0.3, 1.0], 10000)
    history, broken = law.initial_history(damage), 0
    for opening in random_walk(10000, 16, components, 5):
        response = law(opening, history, step_over_viscosity)
        assert (
            np.all(response.fracture >= 0)
            and np.all(response.viscous >= 0)
            and np.all(response.stored >= 0)
        )
        assert np.all(response.history[..., 0] >= history[..., 0]) and np.all(
            response.history[..., 0] <= 1
        )
        assert all(np.all(np.isfinite(field)) for field in response)
        history, broken = response.history, np.mean(response.history[..., 0] > 0.99)
    assert 0.3 < broken < 0.95


@every_law
@pytest.mark.parametrize("step_over_viscosity", [np.inf, 0.7])
def test_traction_never_gives_more_than_was_stored(name, step_over_viscosity):
    """Breaks when tractions and stored energy create energy on any of 10,000 paths.

    Openings with the normal cut at zero (a closed one has no traction and does no work) and
    tangential components that keep their sign: there the trapezoid's dissipation is sum K d_0 d_1
    dD/2, of one sign.
    """
    law = LAWS[name]
    history = law.initial_history(np.zeros(10000))
    before, traction, stored, most = (
        np.zeros((10000, 3)),
        np.zeros((10000, 3)),
        np.zeros(10000),
        0.0,
    )
    for opening in random_walk(10000, 16, 3, 8, same_side=True):
        response = law(opening, history, step_over_viscosity)
        active = np.maximum(opening, 0.0)
        work = 0.5 * np.einsum("pd,pd->p", traction + response.traction, active - before)
        gain = work - (response.stored - stored)
        scale = ENERGY + STIFFNESS * np.sum(active**2 + before**2, axis=-1)
        assert np.all(gain >= -1e-12 * scale)
        most = max(most, gain.max())
        before, traction, stored, history = (
            active,
            response.traction,
            response.stored,
            response.history,
        )
    assert most > 0.1 * ENERGY


def imbalance(law, path, step_over_viscosity):
    """|trapezoidal work - stored - fracture - viscous| over G_c on a path (n, d), and the viscous
    share."""
    responses = walked(law, path, step_over_viscosity)
    traction = np.array([np.zeros(path.shape[-1]), *(r.traction for r in responses)])
    travel = np.diff(np.concatenate([np.zeros((1, path.shape[-1])), path]), axis=0)
    work = 0.5 * np.sum((traction[1:] + traction[:-1]) * travel)
    viscous = total(responses, "viscous")
    error = work - responses[-1].stored - total(responses, "fracture") - viscous
    return abs(error) / ENERGY, viscous / ENERGY


@every_law
def test_energy_identity_with_viscosity(name):
    """Breaks when fracture and viscous dissipation do not add up to work less stored energy.

    The duration is ten viscosity times; all is of second order in the step, changing mode share
    included.
    """
    steps = 50 * 2 ** np.arange(4)
    errors, viscous = zip(
        *(imbalance(LAWS[name], smooth_path(n), 10.0 / n) for n in steps), strict=True
    )
    assert min(viscous) > 0.2
    assert abs(fitted_order(1.0 / steps, errors) - 2.0) < 0.3, errors
    assert errors[-1] < 4e-4


@every_law
def test_energy_identity_without_viscosity(name):
    """Breaks when the rate-independent dissipation is not work less stored energy to second order
    in the step.

    Taken at the share of a step's end alone it would be of first order where the share changes and
    the modes differ. Mean over paths of different size: where within a step growth begins is of
    second order, too, but erratic.
    """
    steps, sizes, errors = 100 * 2 ** np.arange(4), np.linspace(0.9, 1.1, 9), []
    for n in steps:
        found = [
            imbalance(LAWS[name], size * smooth_path(n, unload=False), np.inf) for size in sizes
        ]
        assert all(viscous == 0.0 for _, viscous in found)
        errors.append(np.mean([error for error, _ in found]))
    assert abs(fitted_order(1.0 / steps, errors) - 2.0) < 0.3, errors
    assert errors[-1] < 2e-5


@every_law
@pytest.mark.parametrize("step_over_viscosity", [0.1, 3.0, 1e3])
def test_held_opening_gives_back_what_it_dissipates(name, step_over_viscosity):
    """Breaks when damage that grows at a held opening does not dissipate just the stored energy
    that it takes."""
    law = LAWS[name]
    history = walked(law, np.array([[0.05, 0.0, 0.04]]), 0.3)[0].history
    held = np.array([0.05, 0.0, 0.04])
    first, last = walked(law, np.array([held, held]), step_over_viscosity, history)
    assert first.stored - last.stored > 1e-4 * first.stored * min(1.0, 1.0 / step_over_viscosity)
    assert last.fracture + last.viscous == approx(first.stored - last.stored, rel=1e-9)


@pytest.mark.parametrize("name", COHESIVE_LAWS)
def test_viscous_dissipation_of_large_steps(name):
    """Breaks when steps of a viscosity time or of a thousand misjudge what they dissipate.

    Opened at constant speed, 0.01 per viscosity time, until debonded. Up to one viscosity time per
    step the sum is that of small steps within 3 % (what implicit Euler holds back), and the
    trapezoidal work within 1 %. A leap of a thousand viscosity times to 15 final openings leaves no
    lag to speak of.
    """
    law = COHESIVE_LAWS[name](STIFFNESS, STRENGTH, STRENGTH, ENERGY, ENERGY, residual=0.0)
    sums = {}
    for step_over_viscosity in (0.05, 0.3, 1.0):
        path = np.outer(
            np.arange(1, int(0.6 / (0.01 * step_over_viscosity)) + 1) * 0.01 * step_over_viscosity,
            [1.0, 0.0],
        )
        responses = walked(law, path, step_over_viscosity)
        sums[step_over_viscosity] = (
            total(responses, "fracture") + total(responses, "viscous")
        ) / ENERGY
        assert total(responses, "fracture") == approx(ENERGY, rel=1e-3)
        assert imbalance(law, path, step_over_viscosity)[0] < 0.01 * sums[step_over_viscosity]
    assert sums[0.05] > 1.3
    assert sums[0.3] == approx(sums[0.05], rel=0.01)
    assert sums[1.0] == approx(sums[0.05], rel=0.03)
    assert walked(law, np.array([[2.0, 0.0]]), 1000.0)[0].viscous < 0.05 * ENERGY


@every_law
def test_viscous_damage_follows_by_implicit_euler(name):
    """Breaks when dt/tau enters the damage evolution with a wrong factor."""
    law, opening = LAWS[name], np.array([0.05, 0.03])
    history = walked(law, np.array([[0.03, 0.02]]))[0].history
    start, instant = history[0], law(opening, history, np.inf).history[0]
    assert start + 0.05 < instant < 1
    for step_over_viscosity in (1e-3, 0.5, 20.0, 1e9):
        slow = law(opening, history, step_over_viscosity).history[0]
        assert slow == approx(
            (start + step_over_viscosity * instant) / (1 + step_over_viscosity), rel=1e-13
        )


@every_law
def test_compression_never_damages_and_is_left_to_contact(name):
    """Breaks when compression drives damage, or a cohesive law carries what contact carries."""
    law = LAWS[name]
    for damage in (0.0, 0.4, 1.0):
        for step_over_viscosity in (np.inf, 0.5):
            history = law.initial_history(np.array(damage))
            for response in walked(
                law, np.array([[-0.3, 0.0], [-3.0, 0.0]]), step_over_viscosity, history
            ):
                assert response.history[0] == approx(damage, abs=1e-15)
                assert np.all(response.traction == 0.0) and np.all(response.tangent[0] == 0.0)
                assert response.stored == response.fracture == response.viscous == 0.0
    pressed, free = (walked(law, np.array([[n, 0.1]]))[0] for n in (-1.0, 0.0))
    assert pressed.history[0] == free.history[0] > 0
    assert np.all(pressed.traction == free.traction)


@every_law
def test_unloading_goes_to_the_origin(name):
    """Breaks when unloading leaves an opening, or reloading is not on the same line."""
    law, opening = LAWS[name], np.array([0.06, 0.04, 0.01])
    loaded = walked(law, opening[None])[0]
    assert 0.05 < loaded.history[0] < 1
    for share in (0.7, 0.1, 0.0, 0.4, 1.0):
        response = law(share * opening, loaded.history, np.inf)
        assert response.history[0] == loaded.history[0]
        assert response.traction == approx(share * loaded.traction, rel=1e-14)
        assert response.fracture == response.viscous == 0.0


@every_law
def test_shear_direction_does_not_matter(name):
    """Breaks when the two tangents of a 3D interface are treated differently, or 2D and 3D
    disagree."""
    law, angle = LAWS[name], 0.8
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), np.sin(angle)], [0, -np.sin(angle), np.cos(angle)]]
    )
    path = np.array([[0.02, 0.03, 0.0], [0.05, 0.06, 0.0]])
    base, turned, flat = (walked(law, p, 0.8)[-1] for p in (path, path @ turn.T, path[:, :2]))
    assert 0.1 < base.history[0] < 1
    for other in (turned, flat):
        assert other.history == approx(base.history, rel=1e-12)
        assert other.viscous == approx(base.viscous, rel=1e-9)
        assert other.fracture == approx(base.fracture, rel=1e-9)
    assert turned.traction == approx(turn @ base.traction, rel=1e-12)
    assert turned.tangent == approx(turn @ base.tangent @ turn.T, rel=1e-10, abs=1e-9)
    assert flat.traction == approx(base.traction[:2])
    assert flat.tangent == approx(base.tangent[:2, :2])


@every_law
@pytest.mark.parametrize("mode", [0, 1])
def test_strength_and_initial_slope(name, mode):
    """Breaks when the peak traction of a mode is not its strength or the first slope not the
    stiffness."""
    law = LAWS[name]
    path = np.linspace(0, 0.12, 10001)[:, None] * np.eye(2)[mode]
    response = law(path, law.initial_history(np.zeros(len(path))), np.inf)
    strength = SHEAR_STRENGTH if mode == 1 and "equal" not in name else STRENGTH
    assert response.traction[:, mode].max() == approx(strength, rel=1e-3)
    assert response.traction[1, mode] == approx(STIFFNESS * path[1, mode], rel=1e-3)
    assert response.tangent[0, mode, mode] == approx(STIFFNESS * (mode == 1), rel=1e-12)


@every_law
def test_broken_points_keep_the_residual_only(name):
    """Breaks when a debonded point carries more than the residual stiffness, or still
    dissipates."""
    law = LAWS[name]
    residual = law.parameters.residual
    for history in (
        law.initial_history(np.array(1.0)),
        walked(law, np.array([[20.0, 30.0]]))[0].history,
    ):
        assert history[0] == 1.0
        response = law(np.array([0.3, 0.2]), history, np.inf)
        assert response.traction == approx(residual * STIFFNESS * np.array([0.3, 0.2]), rel=1e-9)
        assert response.fracture == response.viscous == 0.0


@every_law
def test_stored_energy_has_the_tractions_as_slopes(name):
    """Breaks when traction and stored energy do not belong together."""
    law, opening, h = LAWS[name], np.array([0.04, 0.02, -0.02]), 1e-6
    history = walked(law, np.array([[0.06, 0.03, -0.04]]))[0].history
    for axis in range(3):
        shift = h * np.eye(3)[axis]
        slope = (
            law(opening + shift, history, 1.0).stored - law(opening - shift, history, 1.0).stored
        ) / (2 * h)
        assert slope == approx(law(opening, history, 1.0).traction[axis], rel=1e-8)


REGIMES = {
    # name: (opening, opening before, dt/tau, a law in effective-opening form is linear around it,
    # ppr is)
    "elastic": ([0.01, 0.01], None, np.inf, True, False),
    "elastic, 3D": ([0.01, 0.01, -0.01], None, np.inf, True, False),
    "closed": ([-0.01, 0.01], None, np.inf, True, False),
    "closed and broken": ([-0.01, 0.9], [20.0, 20.0], np.inf, True, True),
    "broken": ([0.3, 0.2], [20.0, 20.0], np.inf, True, True),
    "broken, viscous": ([0.3, 0.2], [20.0, 20.0], 0.5, True, True),
    "unloading": ([0.03, 0.02], [0.06, 0.05], np.inf, True, True),
    "unloading, viscous, 3D": ([0.01, 0.01, 0.02], [0.05, 0.03, 0.03], 0.5, True, True),
    "softening in mode I": ([0.08, 0.0], BEFORE, np.inf, False, False),
    "softening in mode II": ([0.004, 0.09], BEFORE, np.inf, False, False),
    "softening, mixed": ([0.06, 0.05], BEFORE, np.inf, False, False),
    "softening, mixed, viscous": ([0.06, -0.05], BEFORE, 0.7, False, False),
    "softening, only the shear grows": ([0.01, 0.085], BEFORE, np.inf, False, False),
    "softening under pressure, 3D": ([-0.02, 0.07, 0.05], [0.01, 0.03, 0.03], np.inf, False, False),
    "softening, mixed, 3D": ([0.06, 0.04, -0.05], [0.03, 0.03, 0.0], np.inf, False, False),
    "softening, mixed, viscous, 3D": ([0.06, 0.04, 0.05], [0.03, 0.03, 0.0], 0.4, False, False),
}


@every_law
@pytest.mark.parametrize("regime", REGIMES)
def test_tangent_is_consistent(name, regime):
    """Breaks when the tangent is not the derivative of the traction in a regime."""
    opening, before, step_over_viscosity, linear, ppr_linear = REGIMES[regime]
    law, opening = LAWS[name], np.array(opening)
    history = walked(law, np.array([before or np.zeros(len(opening))]))[0].history
    linear = ppr_linear if name.startswith("ppr") else linear
    random = np.random.default_rng(len(regime))
    response = law(opening, history, step_over_viscosity)
    assert (history[0] < response.history[0] < 1) == (not linear)
    for _ in range(3):
        along = random.standard_normal(len(opening))
        along *= 0.02 / np.linalg.norm(along)
        derivative = response.tangent @ along

        def traction(h, along=along):
            return law(opening + h * along, history, step_over_viscosity).traction

        if linear:
            assert traction(0.1) - traction(0.0) == approx(0.1 * derivative, abs=1e-11)
            continue
        order = taylor_order(traction, derivative, 0.1 / 2.0 ** np.arange(2, 8))
        expected, distance = EXPECTED["Taylor remainder"]
        assert abs(order - expected) <= distance


@every_law
@pytest.mark.parametrize("step_over_viscosity", [np.inf, 0.5])
def test_symmetry_flag(name, step_over_viscosity):
    """Breaks when a symmetric solver is chosen for an unsymmetric tangent, or wrongly refused."""
    law, skew = LAWS[name], 0.0
    history = law.initial_history(np.zeros(2000))
    for opening in random_walk(2000, 10, 3, 4):
        response = law(opening, history, step_over_viscosity)
        history = response.history
        skew = max(
            skew, np.abs(response.tangent - np.swapaxes(response.tangent, -1, -2)).max() / STIFFNESS
        )
    assert law.symmetric == (skew < 1e-12)
    assert law.symmetric == (name in ("bilinear, equal modes", "exponential, equal modes"))


@every_law
def test_points_are_independent_and_parameters_broadcast(name):
    """Breaks when arrays of points, or parameters by facet, give other values than single
    points."""
    maker = COHESIVE_LAWS[name.split(",")[0]]
    strengths = np.array([[20.0], [30.0]])
    law = maker(
        np.array([[1000.0], [1100.0]]), strengths, 1.2 * strengths, ENERGY, SHEAR_ENERGY, EXPONENT
    )
    path = random_walk(6, 5, 2, 2).reshape(5, 2, 3, 2)
    rows = walked(law, path, 0.6)
    assert law.initial_history(np.full((2, 1), 0.5)).shape == (2, 1, law.columns)
    for i, stiffness in enumerate((1000.0, 1100.0)):
        single = maker(
            stiffness, strengths[i, 0], 1.2 * strengths[i, 0], ENERGY, SHEAR_ENERGY, EXPONENT
        )
        for one, many in zip(walked(single, path[:, i, 1], 0.6), rows, strict=True):
            assert all(
                a == approx(b[i, 1], rel=1e-10, abs=1e-12) for a, b in zip(one, many, strict=True)
            )


@pytest.mark.parametrize("maker", COHESIVE_LAWS)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"stiffness": 0.0}, "stiffness must be positive"),
        ({"strength": -1.0}, "strength must be positive"),
        ({"shear_strength": np.array([45.0, np.nan])}, "shear_strength must be positive"),
        ({"fracture_energy": np.inf}, "fracture_energy must be positive and finite"),
        ({"fracture_energy_shear": 0.0}, "fracture_energy_shear must be positive"),
        ({"residual": 1.0}, "residual must be at least 0 and below 1"),
        ({"residual": -1e-9}, "residual must be at least 0 and below 1"),
    ],
)
def test_bad_parameters_are_refused(maker, bad, message):
    """Breaks when a law accepts numbers that it has no meaning for, or does not name them."""
    good = dict(
        stiffness=STIFFNESS, strength=STRENGTH, shear_strength=SHEAR_STRENGTH,
        fracture_energy=ENERGY, fracture_energy_shear=SHEAR_ENERGY,
    )  # fmt: skip
    COHESIVE_LAWS[maker](**good)
    with pytest.raises(ValueError, match=message):
        COHESIVE_LAWS[maker](**{**good, **bad})


def test_a_law_of_the_users_own():
    """Breaks when a CohesiveLaw around any function, with a history of its own, cannot be handed
    around."""

    def spring(opening, history, step_over_viscosity, stiffness):
        zero = np.zeros(opening.shape[:-1])
        tangent = np.broadcast_to(
            stiffness * np.eye(opening.shape[-1]), (*opening.shape, opening.shape[-1])
        )
        stored = 0.5 * stiffness * np.sum(opening**2, axis=-1)
        return CohesiveResponse(stiffness * opening, tangent, history, stored, zero, zero)

    law = CohesiveLaw(spring, 5.0, columns=3, symmetric=True)
    history = law.initial_history(np.array([0.0, 1.0]))
    assert history.tolist() == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    assert law(np.ones((2, 2)), history, 1.0).traction.tolist() == [[5.0, 5.0], [5.0, 5.0]]
