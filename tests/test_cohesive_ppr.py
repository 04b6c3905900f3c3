"""The law of Park, Paulino and Roesler: the published potential, its ends, energies and
parameters."""

import itertools

import numpy as np
import pytest

from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, PPRParameters, ppr_law
from chemomech.physics.interfaces.cohesive.ppr_potential import largest_indicator, slope_indicator
from cohesive import ENERGY, SHEAR_STRENGTH, STIFFNESS, STRENGTH, equal, segment_work, walked
from compare import approx

CASES = {
    # name: strengths, energies, shapes, slope indicators
    "equal energies": (30.0, 45.0, 2.0, 2.0, 3.0, 4.0, 0.2, 0.3),
    "tougher in shear": (30.0, 45.0, 2.0, 5.0, 3.0, 2.0, 0.1, 0.25),
    "tougher in opening": (30.0, 25.0, 3.0, 1.5, 5.0, 1.6, 0.05, 0.4),
}
every_case = pytest.mark.parametrize("case", CASES)


def law_of(case, residual=0.0):
    """CohesiveLaw of a case with slope indicators given."""
    sigma, tau, phi_n, phi_t, alpha, beta, lambda_n, lambda_t = CASES[case]
    return ppr_law(
        PPRParameters(sigma, tau, phi_n, phi_t, lambda_n, lambda_t, alpha, beta, residual)
    )


class Published:
    """The potential as printed: constants Gamma, m, n, final openings (Park, Paulino, Roesler
    2009)."""

    def __init__(self, sigma, tau, phi_n, phi_t, alpha, beta, lambda_n, lambda_t):
        m = alpha * (alpha - 1) * lambda_n**2 / (1 - alpha * lambda_n**2)
        n = beta * (beta - 1) * lambda_t**2 / (1 - beta * lambda_t**2)
        over_n, over_t = max(phi_n - phi_t, 0.0), max(phi_t - phi_n, 0.0)
        if phi_n == phi_t:
            gamma_n, gamma_t = -phi_n * (alpha / m) ** m, (beta / n) ** n
        else:
            gamma_n = (-phi_n) ** (over_n / (phi_n - phi_t)) * (alpha / m) ** m
            gamma_t = (-phi_t) ** (over_t / (phi_t - phi_n)) * (beta / n) ** n
        self.delta_n = phi_n / sigma * alpha * lambda_n * (1 - lambda_n) ** (alpha - 1)
        self.delta_n *= (alpha / m + 1) * (alpha / m * lambda_n + 1) ** (m - 1)
        self.delta_t = phi_t / tau * beta * lambda_t * (1 - lambda_t) ** (beta - 1)
        self.delta_t *= (beta / n + 1) * (beta / n * lambda_t + 1) ** (n - 1)

        def normal_factor(d):
            x = d / self.delta_n
            return gamma_n * (1 - x) ** alpha * (m / alpha + x) ** m + over_n

        def shear_factor(d):
            y = d / self.delta_t
            return gamma_t * (1 - y) ** beta * (n / beta + y) ** n + over_t

        self.normal_factor, self.shear_factor = normal_factor, shear_factor
        self.potential = lambda d_n, d_t: min(phi_n, phi_t) + normal_factor(d_n) * shear_factor(d_t)

    def conjugate(self):
        """Openings at which the other mode's traction ends: the zeros of the two factors, final
        ones where none."""
        ends = []
        for factor, final in (
            (self.normal_factor, self.delta_n),
            (self.shear_factor, self.delta_t),
        ):
            grid = np.linspace(0, final, 100001)[:-1]
            sign = np.sign(factor(grid))
            change = np.nonzero(sign != sign[0])[0]
            ends.append(grid[change[0]] if len(change) else final)
        return ends


@every_case
def test_tractions_are_the_slopes_of_the_published_potential(case):
    """Breaks when a monotone path does not follow the printed law, in any mix of modes."""
    law, paper = law_of(case), Published(*CASES[case])
    end_n, end_t = paper.conjugate()
    shares = np.linspace(0.02, 0.95, 12)
    normal, shear = np.meshgrid(shares * end_n, shares * end_t)
    opening = np.stack([normal, shear], axis=-1)
    traction = law(opening, law.initial_history(np.zeros(normal.shape)), np.inf).traction
    for axis, h in ((0, 1e-5 * end_n), (1, 1e-5 * end_t)):
        up, down = opening + h * np.eye(2)[axis], opening - h * np.eye(2)[axis]
        slope = (
            paper.potential(*np.moveaxis(up, -1, 0)) - paper.potential(*np.moveaxis(down, -1, 0))
        ) / (2 * h)
        assert traction[..., axis] == approx(slope, rel=1e-6, abs=1e-7 * STRENGTH)


@every_case
def test_domain_ends(case):
    """Breaks when a traction goes on past its final or conjugate final opening, or stops short of
    it."""
    law, paper = law_of(case), Published(*CASES[case])
    conjugate_n, conjugate_t = paper.conjugate()
    one = law.initial_history(np.array(0.0))

    def traction(normal, shear):
        return law(np.array([normal, shear]), one, np.inf).traction

    assert traction(0.99 * paper.delta_n, 0.0)[0] > 0 == traction(1.001 * paper.delta_n, 0.0)[0]
    assert traction(0.0, 0.99 * paper.delta_t)[1] > 0 == traction(0.0, 1.001 * paper.delta_t)[1]
    little_n, little_t = 0.01 * paper.delta_n, 0.01 * paper.delta_t
    assert (
        traction(0.99 * conjugate_n, little_t)[1] > 0 == traction(1.001 * conjugate_n, little_t)[1]
    )
    assert (
        traction(little_n, 0.99 * conjugate_t)[0] > 0 == traction(little_n, 1.001 * conjugate_t)[0]
    )
    # Equal energies: either end separates. Else the tougher mode still carries past the weaker
    # one's conjugate end.
    phi_n, phi_t = CASES[case][2:4]
    assert (traction(0.5 * (conjugate_n + paper.delta_n), little_t)[0] > 0) == (phi_n > phi_t)
    assert (traction(little_n, 0.5 * (conjugate_t + paper.delta_t))[1] > 0) == (phi_t > phi_n)
    for opening in (
        (1.01 * paper.delta_n, 1.01 * paper.delta_t),
        (3 * paper.delta_n, 4 * paper.delta_t),
    ):
        assert law(np.array(opening), one, np.inf).history[0] == 1.0


@every_case
def test_scalar_damage_is_one_exactly_when_nothing_is_carried(case):
    """Breaks when conduction sees a debonded point that still carries, or the other way round."""
    law = law_of(case)
    opening = np.random.default_rng(1).uniform(0, 0.3, (4000, 2))
    response = law(opening, law.initial_history(np.zeros(4000)), np.inf)
    free = np.all(response.traction == 0.0, axis=-1)
    assert np.array_equal(response.history[:, 0] == 1.0, free) and 0.1 < free.mean() < 0.95


def monotone_corners(points, end_n, end_t, seed):
    """Corners (7, points, 2) whose two components grow at random from 0 to the ends."""
    grown = np.sort(np.random.default_rng(seed).uniform(0, 1, (5, points, 2)), axis=0)
    return np.concatenate([np.zeros((1, points, 2)), grown, np.ones((1, points, 2))]) * [
        end_n,
        end_t,
    ]


def dissipated_along(law, corners, paper):
    """(work - stored, fracture, response), (p,), along straight ways between corners (n, p, 2)."""
    history, work, fracture = law.initial_history(np.zeros(corners.shape[1])), 0.0, 0.0
    for a, b in itertools.pairwise(corners):
        cuts = (np.array([paper.delta_n, paper.delta_t]) - a) / np.where(b > a, b - a, 1.0)
        # The bond ends like (1 - x)^(alpha - 1) and is steep at 0: parts that halve towards both
        # keep the rule exact.
        graded = [cuts * (1 - 0.5**k) for k in range(1, 12)] + [
            np.full((len(a), 1), 0.5**k) for k in range(1, 10)
        ]
        work = work + segment_work(
            law, a, b, history, np.concatenate([cuts, *graded], axis=1), panels=1
        )
        response = law(b, history, np.inf)
        history, fracture = response.history, fracture + response.fracture
    return work - response.stored, fracture, response


@pytest.mark.parametrize("shapes", [(3.0, 4.0), (2.0, 6.0)])
def test_separation_dissipates_the_energy_on_any_monotone_path_with_equal_energies(shapes):
    """Breaks when a mixed path on which both openings grow spends anything but phi."""
    case = (30.0, 45.0, 2.0, 2.0, *shapes, 0.2, 0.3)
    paper, points = Published(*case), 200
    law = ppr_law(PPRParameters(30.0, 45.0, 2.0, 2.0, 0.2, 0.3, *shapes, 0.0))
    corners = monotone_corners(points, 1.3 * paper.delta_n, 1.3 * paper.delta_t, 3)
    work, fracture, last = dissipated_along(law, corners, paper)
    assert np.all(last.history[:, 0] == 1.0)
    assert work == approx(2.0, rel=1e-10)
    assert fracture == approx(2.0, rel=1e-12)


@pytest.mark.parametrize("case", ["tougher in shear", "tougher in opening"])
def test_monotone_paths_with_unequal_energies_spend_the_potential(case):
    """Breaks when, inside the potential's domain, work is not Psi or fracture not Psi less stored
    energy."""
    law, paper = law_of(case), Published(*CASES[case])
    end_n, end_t = paper.conjugate()
    corners = monotone_corners(200, 0.999 * end_n, 0.999 * end_t, 4)
    for last in (3, 5, 7):
        work, fracture, response = dissipated_along(law, corners[:last], paper)
        psi = paper.potential(*corners[last - 1].T)
        assert work + response.stored == approx(psi, rel=1e-10)
        assert fracture == approx(psi - response.stored, rel=1e-10)


@every_case
@pytest.mark.parametrize("mode", [0, 1])
def test_pure_modes_spend_their_energy_with_unloading(case, mode):
    """Breaks when a pure mode, unloaded, pressed and reloaded on its way, spends anything but its
    own energy."""
    law, paper = law_of(case, residual=1e-3), Published(*CASES[case])
    end = (paper.delta_n, paper.delta_t)[mode]
    sizes = np.array([0.2, 0.1, 0.3, 0.0, -0.2 * (mode == 0), 0.5, 0.45, 0.8, 0.1, 1.1]) * end
    fracture = sum(r.fracture for r in walked(law, sizes[:, None] * np.eye(2)[mode]))
    assert fracture == approx(CASES[case][2 + mode], rel=1e-12)


def test_mixed_reloading_in_one_step_spends_the_energy():
    """Breaks when growth of a step that reloads from rest is charged with the openings before it
    began."""
    law = equal("ppr", residual=0.0)
    path = np.outer([0.04, 0.0, 0.06, 0.01, 0.0, 0.2], [1.0, 0.8, 0.6])
    assert sum(r.fracture for r in walked(law, path)) == approx(ENERGY, rel=1e-12)


@every_case
def test_strength_is_met_at_the_slope_indicator(case):
    """Breaks when the peak is not the strength or not at lambda times the final opening."""
    law, paper = law_of(case), Published(*CASES[case])
    for mode, final in ((0, paper.delta_n), (1, paper.delta_t)):
        path = np.linspace(0, final, 20001)[:, None] * np.eye(2)[mode]
        traction = law(path, law.initial_history(np.zeros(len(path))), np.inf).traction[:, mode]
        assert traction.max() == approx(CASES[case][mode], rel=1e-7)
        assert np.argmax(traction) / 20000 == approx(CASES[case][6 + mode], abs=1e-3)


def test_a_mode_that_stands_back_is_weakened_by_the_other():
    """Breaks when breaking one mode leaves the other whole, or when what stands back dissipates in
    full."""
    law = equal("ppr", residual=0.0)
    sheared, back, opened, apart = walked(
        law, np.array([[0.0, 0.08], [0.0, 0.0], [0.03, 0.0], [0.3, 0.0]])
    )
    fresh = walked(law, np.array([[0.03, 0.0]]))[0]
    assert 0 < opened.traction[0] < 0.3 * fresh.traction[0]
    assert back.fracture == 0.0 and apart.history[0] == 1.0
    assert 0.5 * ENERGY < sum(r.fracture for r in (sheared, back, opened, apart)) < ENERGY


def test_initial_history_is_a_state_of_the_law():
    """Breaks when a point that starts damaged is not on the law: it would jump or dissipate what it
    has not."""
    for law in (equal("ppr"), law_of("tougher in shear"), law_of("tougher in opening")):
        damage = np.array([0.0, 0.2, 0.9, 0.999, 1.0])
        history = law.initial_history(damage)
        assert history[:, 0] == approx(damage, abs=1e-15)
        assert 0.5 * (history[:, 3] + history[:, 4]) == approx(damage, abs=1e-12)
        again = law(history[:, 1:3], history, np.inf)
        assert again.history[:, 0] == approx(damage, abs=1e-12)
        assert again.fracture == approx(0.0, abs=1e-12)


def test_what_viscosity_holds_back_is_fracture_in_the_end():
    """Breaks when lagging damage loses part of the fracture energy, or books it before damage has
    come."""
    law = equal("ppr", residual=0.0)
    first, *rest = walked(law, np.array([[0.3, 0.2]] * 60), 0.5)
    assert first.fracture == approx(ENERGY / 3, rel=1e-12)
    assert first.fracture + sum(r.fracture for r in rest) == approx(ENERGY, rel=1e-9)


@pytest.mark.parametrize("shape", [1.4, 2.0, 3.0, 7.0])
def test_slope_indicator_gives_the_stiffness(shape):
    """Breaks when a user who switches laws does not keep his interface stiffness."""
    stiffness = np.array([[3e3], [1e5], [1e9]])
    found = slope_indicator(stiffness, STRENGTH, ENERGY, shape)
    assert found.shape == (3, 1) and np.all((found > 0) & (found <= largest_indicator(shape)))
    law = COHESIVE_LAWS["ppr"](
        stiffness, STRENGTH, SHEAR_STRENGTH, ENERGY, 2.5 * ENERGY, shape=shape
    )
    for mode in law.parameters.modes:
        assert mode.stiffness == approx(stiffness, rel=1e-9)


def test_parameters_out_of_range_are_refused():
    """Breaks when a curve that does not exist is drawn all the same."""
    make = COHESIVE_LAWS["ppr"]
    with pytest.raises(ValueError, match="no PPR curve has this initial slope"):
        make(800.0, STRENGTH, STRENGTH, ENERGY, ENERGY)
    with pytest.raises(ValueError, match=r"must be at least 2.035 for the shape 3"):
        make(STIFFNESS, STRENGTH, np.array([STRENGTH, 2 * STRENGTH]), ENERGY, ENERGY)
    with pytest.raises(ValueError, match="shape must exceed 1"):
        make(STIFFNESS, STRENGTH, STRENGTH, ENERGY, ENERGY, shape=1.0)
    with pytest.raises(ValueError, match="shape_shear must exceed 1"):
        make(STIFFNESS, STRENGTH, STRENGTH, ENERGY, ENERGY, shape_shear=0.5)
    with pytest.raises(ValueError, match="slope_indicator_shear must be at most"):
        PPRParameters(30.0, 30.0, 2.0, 2.0, 0.3, 0.5)
    with pytest.raises(ValueError, match="slope_indicator must be positive"):
        PPRParameters(30.0, 30.0, 2.0, 2.0, 0.0, 0.2)
