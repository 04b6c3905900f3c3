"""A lithium-filled edge flaw that grows: the law of its tip at single points, and a meshed flaw
against K = K_Ic."""

import numpy as np
import pytest

from bodies import bulk_of
from chemomech.analysis.crack_integrals.plane import DomainIntegral, crack_tips
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load, Mechanics
from chemomech.physics.interfaces.cohesive import COHESIVE_LAWS, CohesiveLaw, pressed_law
from chemomech.physics.interfaces.cohesive.debonded import debonded_law
from chemomech.physics.interfaces.cohesive.filled import filled_law
from chemomech.physics.interfaces.cohesive.pressed import BROKEN, WHEN_BROKEN, WITH_DAMAGE
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.physics.lithium import shorting
from chemomech.physics.lithium.extrusion import SLIT as OPEN_SLIT
from chemomech.physics.lithium.extrusion import Creep, filling_time
from chemomech.simulation.energy import EnergyAccount, energy_of_step
from chemomech.simulation.newton import NewtonOptions, step
from cohesive import BEFORE, ENERGY, LAWS, every_law, smooth_path, walked
from compare import approx
from cracked import PLANE, POISSON, YOUNG, cracked_body, plate, pressed, solved
from rates import EXPECTED, taylor_order

PRESSURE = 7.0
both_ways = pytest.mark.parametrize("fills", [WITH_DAMAGE, WHEN_BROKEN])
REGIMES = {
    # name: (opening, opening before, dt/tau, damage grows)
    "elastic": ([0.01, 0.01], None, np.inf, False),
    "elastic, 3D": ([0.01, 0.01, -0.01], None, np.inf, False),
    "closed and broken": ([-0.01, 0.9], [20.0, 20.0], np.inf, False),
    "broken, viscous": ([0.3, 0.2], [20.0, 20.0], 0.5, False),
    "unloading, viscous, 3D": ([0.01, 0.01, 0.02], [0.05, 0.03, 0.03], 0.5, False),
    "softening in mode I": ([0.08, 0.0], BEFORE, np.inf, True),
    "softening in mode II": ([0.004, 0.09], BEFORE, np.inf, True),
    "softening, mixed": ([0.06, 0.05], BEFORE, np.inf, True),
    "softening, mixed, viscous": ([0.06, -0.05], BEFORE, 0.7, True),
    "softening, only the shear grows": ([0.01, 0.085], BEFORE, np.inf, True),
    "softening while closed, 3D": ([-0.02, 0.07, 0.05], [0.01, 0.03, 0.03], np.inf, True),
    "softening, mixed, viscous, 3D": ([0.06, 0.04, 0.05], [0.03, 0.03, 0.0], 0.4, True),
}


def grown_before(law, opening, before):
    """History of points that were opened as given before."""
    return walked(law, np.array([before or np.zeros(len(opening))]))[0].history


@every_law
@both_ways
@pytest.mark.parametrize("regime", REGIMES)
def test_traction_and_tangent_of_the_law(name, fills, regime):
    """Breaks when the filling presses on more than the debonded share, or D's derivative is
    missing or wrong."""
    opening, before, step_over_viscosity, grows = REGIMES[regime]
    law, opening = pressed_law(LAWS[name], PRESSURE, fills), np.array(opening)
    history = grown_before(law, opening, before)
    bond = LAWS[name](opening, history[: LAWS[name].columns], step_over_viscosity)
    response = law(opening, history, step_over_viscosity)
    share = response.history[0] if fills == WITH_DAMAGE else float(history[0] >= BROKEN)
    assert response.traction == approx(
        bond.traction - PRESSURE * share * np.eye(len(opening))[0], rel=1e-14
    )
    assert np.all(response.history[: LAWS[name].columns] == bond.history)
    if fills == WHEN_BROKEN:
        assert np.all(response.tangent == bond.tangent)
        return
    filled = pressed_law(
        LAWS[name], 1e6, fills
    )  # so large that D's derivative is all there is to see
    response, random = (
        filled(opening, history, step_over_viscosity),
        np.random.default_rng(len(regime)),
    )
    ways = random.standard_normal((3, len(opening)))
    ways *= 0.02 / np.linalg.norm(ways, axis=1)[:, None]
    starts = np.repeat(history[None], 3, axis=0)
    traction = lambda h: filled(opening + h * ways, starts, step_over_viscosity).traction
    assert grows <= (response.history[0] > history[0])
    if response.history[0] > history[0]:
        order = taylor_order(traction, ways @ response.tangent.T, 0.1 / 2.0 ** np.arange(4, 10))
        assert abs(order - EXPECTED["Taylor remainder"][0]) <= EXPECTED["Taylor remainder"][1]
    else:
        assert traction(0.1) - traction(0.0) == approx(0.1 * ways @ response.tangent.T, abs=1e-7)


@every_law
@both_ways
@pytest.mark.parametrize("viscous", [False, True])
def test_energy_of_the_law(name, fills, viscous):
    """Breaks when the work of the filling is left out, counted with a wrong sign or taken at a
    step's end alone.

    It is taken from the tractions. Pressure rises along paths that open, turn, partly close and
    open past the end.
    """
    n, sizes, bond = 100, np.linspace(0.9, 1.1, 5)[:, None], LAWS[name]
    history = pressed_law(bond, 0.0).initial_history(np.zeros(5))
    before, earlier, work = np.zeros((5, 3)), np.zeros(5), np.zeros(5)
    for number, opening in enumerate(1.3 * sizes * each for each in smooth_path(n)):
        step_over_viscosity = 10.0 / n if viscous else np.inf
        response = pressed_law(bond, PRESSURE * (1 + number / n), fills)(
            opening, history, step_over_viscosity
        )
        alone = bond(opening, history[:, : bond.columns], step_over_viscosity)
        pressing = (alone.traction - response.traction)[:, 0]
        work += 0.5 * (earlier + pressing) * (opening - before)[:, 0]
        assert response.stored == approx(alone.stored - work, rel=1e-10)
        assert np.all(response.fracture == alone.fracture) and np.all(
            response.viscous == alone.viscous
        )
        before, earlier, history = opening, pressing, response.history
    if fills == WITH_DAMAGE:
        assert np.all(work > 0.5 * ENERGY)


def test_broken_faces_are_filled_faces():
    """Breaks when a slit's energy is not half p d_n while it is filled, and p times what it opens
    further then on."""
    law = pressed_law(LAWS["bilinear"], PRESSURE)
    history = law.initial_history(np.array(1.0))
    first = law(np.array([0.4, 0.0]), history, np.inf)
    second = law(np.array([0.7, 0.0]), first.history, np.inf)
    spring = 0.5e-6 * 1e3
    assert first.stored - spring * 0.4**2 == approx(-0.5 * PRESSURE * 0.4, rel=1e-12)
    change = filled_law(PRESSURE)(np.array([0.3, 0.0]), np.ones(1), np.inf).stored
    assert second.stored - first.stored - spring * (0.7**2 - 0.4**2) == approx(change, rel=1e-12)


@every_law
def test_start_of_the_law(name):
    """Breaks when points that start with a damage lose the law's own memory of it, or a tangent
    with D's derivative, which has a row of the normal only, counts as symmetric.
    """
    law, damage = pressed_law(LAWS[name], PRESSURE), np.array([0.0, 0.4, 1.0])
    history = law.initial_history(damage)
    assert np.all(history[:, :-3] == LAWS[name].initial_history(damage)) and not np.any(
        history[:, -3:]
    )
    assert not law.symmetric
    assert pressed_law(LAWS[name], PRESSURE, WHEN_BROKEN).symmetric == LAWS[name].symmetric


def test_what_cannot_be_filled():
    """Breaks when a law without a known slope of its damage gets a wrong tangent instead of an
    error."""
    own = CohesiveLaw(debonded_law(1.0).evaluate, debonded_law(1.0).parameters)
    assert pressed_law(own, 1.0, WHEN_BROKEN).symmetric == own.symmetric
    with pytest.raises(ValueError, match="slope"):
        pressed_law(own, 1.0)
    with pytest.raises(ValueError, match="known"):
        pressed_law(LAWS["ppr"], 1.0, "at once")
    with pytest.raises(ValueError, match="finite"):
        pressed_law(LAWS["ppr"], np.inf)


DEPTH, END, WIDTH, TOUGHNESS, CELL = 10e-6, 14.5e-6, 400e-6, 0.23e6, 0.1e-6
STRENGTH = TOUGHNESS / np.sqrt(0.1 * DEPTH)  # E' G_c/strength^2 is a tenth of the depth
RELEASE = TOUGHNESS**2 / PLANE
SOFTER = 10.0  # final opening over that of the onset
STIFFNESS = SOFTER * STRENGTH**2 / (2 * RELEASE)
LOWER, UPPER, SLIT, LIGAMENT = (
    (-WIDTH / 2, -WIDTH),
    (WIDTH / 2, 0),
    ((0, -DEPTH), (0, 0)),
    ((0, -END), (0, -DEPTH)),
)


class Flaw:
    """A slit filled with lithium at the top of a strip, bonded ahead of its tip until END."""

    def __init__(self):
        fine = [(0, -y) for y in np.arange(0.95 * DEPTH, END, 2 * CELL)]
        self.domain = build_domain(plate(LOWER, UPPER, [SLIT, LIGAMENT], fine, CELL, 0.25))
        ends = self.domain.points[
            self.domain.interfaces["crack"].of_first_cell(self.domain.vertices)
        ]
        self.slit = (ends[..., 1].mean(axis=1) > -DEPTH)[:, None]
        bulk = bulk_of(self.domain, YOUNG, POISSON)
        self.body = Mechanics(
            self.domain, bulk, self.laws(0.0), self.slit.astype(float), 2, pressed("top")
        )
        self.normal = np.zeros((*self.body.jump.weights.shape, 2))
        self.normal[..., 0] = 1.0

    @staticmethod
    def laws(pressure, fills=WITH_DAMAGE):
        """Laws of the whole line at a pressure."""
        bond = COHESIVE_LAWS["bilinear"](
            STIFFNESS, STRENGTH, STRENGTH, RELEASE, RELEASE, residual=0.0
        )
        return {"crack": InterfaceLaw(pressed_law(bond, pressure, fills), STIFFNESS)}

    def volume(self, displacement):
        """Opened volume per depth [m2]."""
        return self.body.jump.integral(self.body.jump(displacement)[..., 0])

    def under_pressure(self, state, pressure, fills=WITH_DAMAGE):
        """StepResult of a filling at a given pressure."""
        return step(
            self.body.with_laws(self.laws(pressure, fills)), state, Load(), NewtonOptions(1e-6, 200)
        )

    def with_volume(self, state, volume, pressure):
        """(state, pressure, EnergyAccount) at a given opened volume: Newton with the pressure as
        one more unknown.

        The direction is cut back where the residual would grow.
        """
        body, constraint, load = self.body, self.body.constraint, Load()
        expand = lambda q: constraint.expand(q, body.fixed_values(load))
        by_unknowns = constraint.gather(body.jump.forces(self.normal, body.size))

        def at(q, p):
            trial = self.body.with_laws(self.laws(p)).evaluate(expand(q), state, load)
            return np.linalg.norm(trial.residual) / max(trial.scale, 1e-9), q, p, trial

        size, q, p, trial = at(constraint.restrict(state.displacement), pressure)
        for iteration in range(60):
            body.solver.factorise(body.tangent(trial))
            filled = -self.normal * trial.interface.state.history[..., :1]
            one = body.solver.solve(-trial.residual)
            two = body.solver.solve(-constraint.gather(body.jump.forces(filled, body.size)))
            change = (volume - self.volume(expand(q)) - by_unknowns @ one) / (by_unknowns @ two)
            shares, tried = (1.0, 0.5, 0.25, 0.1) if iteration else (1.0,), []
            for share in shares:
                tried.append(at(q + share * (one + change * two), p + share * change))
                if tried[-1][0] < 0.9 * size:
                    break
            size, q, p, trial = min(tried, key=lambda each: each[0])
            if size < 1e-6 and self.volume(expand(q)) == approx(volume, rel=1e-7):
                body = self.body.with_laws(self.laws(p))
                end = body.state(trial, load)
                return end, p, energy_of_step(body, state, end, trial)
        raise AssertionError(f"no equilibrium at a volume of {volume:.3g}: residual {size:.1e}")


def critical_pressure(depth):
    """p [Pa] with 1.12 p sqrt(pi a) = K_Ic."""
    return TOUGHNESS / (1.12 * np.sqrt(np.pi * depth))


@pytest.fixture(scope="module")
def flaw():
    """The meshed flaw."""
    return Flaw()


@pytest.fixture(scope="module")
def branch(flaw):
    """Volumes, pressures, lengths by fracture energy, and the energy account since the start of
    each state."""
    state = flaw.under_pressure(flaw.body.initial_state(), 0.3 * critical_pressure(DEPTH)).state
    first = flaw.volume(state.displacement) / 0.3
    state, pressure, total, rows = (
        flaw.body.initial_state(),
        0.5 * critical_pressure(DEPTH),
        EnergyAccount(),
        [],
    )
    for volume in first * np.array(
        [0.5, 0.7, 0.8, 0.9, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7]
    ):
        state, pressure, energy = flaw.with_volume(state, volume, pressure)
        total = total + energy
        rows.append((volume, pressure, DEPTH + total.fracture / RELEASE, total.residual / RELEASE))
    return np.array(rows).T


def test_growth_begins_at_the_toughness(branch):
    """Breaks when the flaw starts to grow at another pressure than that at which the interaction
    integral is K_Ic."""
    body = cracked_body(plate(LOWER, UPPER, [SLIT], [SLIT[0]], 2 * CELL), pressed("top"), 1e6)
    intensity = (
        DomainIntegral(body, crack_tips(body.domain, "crack")[0])
        .driving_force(solved(body))
        .mode_one
    )
    critical = 1e6 * TOUGHNESS / intensity
    assert critical == approx(critical_pressure(DEPTH), rel=0.01)
    _, pressure, length, _ = branch
    assert pressure.max() == approx(critical, rel=0.03)
    assert np.all(length[pressure < 0.9 * critical][:4] < 1.01 * DEPTH)


def test_growth_at_given_volume_is_stable(branch):
    """Breaks when the pressure of a growing flaw does not fall as 1.12 p sqrt(pi a) = K_Ic: 5 % at
    three lengths.

    With a zone in which the filling presses on D only, K_Ic^2/E' = G_c + p int (1 - D) d(d_n): the
    rest is that.
    """
    volume, pressure, length, _ = branch
    falling = slice(int(np.argmax(pressure)), None)
    assert np.all(np.diff(volume[falling]) > 0) and np.all(np.diff(pressure[falling]) < 0)
    assert np.all(np.diff(length[falling]) > 0) and length[-1] > 1.3 * DEPTH
    dry = 2 * RELEASE / STRENGTH * np.log(SOFTER) / (SOFTER - 1)  # int (1 - D) of the bilinear law
    for share in (1.1, 1.2, 1.3):
        p = np.interp(share * DEPTH, length[falling], pressure[falling])
        intensity = 1.12 * p * np.sqrt(np.pi * share * DEPTH)
        assert intensity == approx(TOUGHNESS, rel=0.05)
        assert intensity == approx(TOUGHNESS * np.sqrt(1 + p * dry / RELEASE), rel=0.01)


def test_lithium_that_growth_takes(branch):
    """Breaks when the area that shorting fills is not what a growing flaw opens, 3 % at its
    pressure at three lengths.

    At a sharp tip's critical pressure it would be less by the 4 % that the process zone adds to K.
    """
    volume, pressure, length, _ = branch
    falling = slice(int(np.argmax(pressure)), None)
    for depth in np.array([1.1, 1.2, 1.3]) * DEPTH:
        meshed, p = (
            np.interp(depth, length[falling], each[falling]) for each in (volume, pressure)
        )
        assert meshed == approx(shorting.opening_area(p, depth, PLANE), rel=0.03)
        assert 1.02 < meshed / shorting.critical_area(depth, TOUGHNESS, PLANE) < 1.07


def test_energy_of_growth(branch):
    """Breaks when the work of the filling is not all that drives the growth: p dV = elastic + G_c
    da."""
    volume, pressure, _length, residual = branch
    work = np.sum(0.5 * (pressure[1:] + pressure[:-1]) * np.diff(volume)) / RELEASE
    assert abs(residual[-1]) < 0.02 * work


def test_growth_at_given_pressure_is_unstable(flaw, branch):
    """Breaks when a flaw above its critical pressure does not run through all that is bonded, in
    one step.

    All but the last few facets: the line's end is held by what cannot crack.
    """
    state = flaw.body.initial_state()
    highest = branch[1].max()
    for share, runs in ((0.5, False), (0.8, False), (0.97, False), (1.03, True)):
        result = flaw.under_pressure(state, share * highest)
        assert result.converged, result.reason
        state = result.state
        bonded = np.mean(state.damage[~flaw.slit[:, 0]] < 0.999)
        assert bonded < 0.1 if runs else bonded > 0.8


def test_dry_tip_holds_more(flaw):
    """Breaks when a filling that waits for the bond to break reaches the zone before: there p int
    d(d_n) is missing.

    K_Ic^2/E' = G_c + p d_f, d_f the final opening: the flaw stands a pressure that runs a wet tip,
    and one tenth above this bound it runs step by step, as the filling follows.
    """
    wet = critical_pressure(DEPTH)
    share = wet / STRENGTH
    dry = wet * (share + np.sqrt(1 + share**2))  # p^2 = wet^2 (1 + 2 p/strength)
    assert 1.15 < dry / wet < 1.2
    state, broken = flaw.body.initial_state(), []
    pressures = [0.5 * wet, 0.8 * wet, wet, *[1.07 * wet] * 4, *[1.1 * dry] * 5]
    for pressure in pressures:
        result = flaw.under_pressure(state, pressure, WHEN_BROKEN)
        assert result.converged, result.reason
        state = result.state
        broken.append(int(np.sum(state.damage[~flaw.slit[:, 0]] >= BROKEN)))
    assert broken[6] == broken[5] < 6
    assert np.all(np.diff(broken[7:]) > 0)


ROY = Creep(0.01, 1e6, 5.0)
DEPTHS, HALF_WIDTHS = (
    np.array([2.0, 5.0, 10.0, 20.0, 40.0]) * 1e-6,
    np.array([0.1, 0.3, 1.0]) * 1e-6,
)


def test_initiation_and_propagation_order_flaws_differently():
    """Breaks when filling a flaw and running from it ask for the same flaw: at a width, the shallow
    fill first, the deep run first; narrow ones fill last, and the width does not matter to running.
    """
    times = filling_time(20e6, DEPTHS, HALF_WIDTHS[:, None], ROY, OPEN_SLIT)
    pressures = critical_pressure(DEPTHS)
    assert np.all(np.argsort(times, axis=1) == np.arange(5)) and np.all(
        np.argsort(pressures) == np.arange(5)[::-1]
    )
    assert np.all(np.diff(times, axis=0) < 0)
    assert np.log(times[:, -1] / times[:, 0]) / np.log(20) == approx(ROY.exponent + 1, rel=1e-9)
    assert pressures[0] / pressures[-1] == approx(np.sqrt(20), rel=1e-12)


@pytest.mark.parametrize("half_width", HALF_WIDTHS)
def test_most_dangerous_depth(half_width):
    """Breaks when the flaw that shorts at the lowest pressure within an hour is the deepest: it
    must be filled, too.

    Filling within a time t needs p ~ a^(1 + 1/m), running p ~ a^(-1/2): the lowest of both is where
    they meet.
    """
    hour, m = 3600.0, ROY.exponent
    to_fill = lambda a: 1e6 * (filling_time(1e6, a, half_width, ROY, OPEN_SLIT) / hour) ** (1 / m)
    meets = (critical_pressure(1e-6) / to_fill(1e-6)) ** (1 / (1.5 + 1 / m)) * 1e-6
    assert to_fill(meets) == approx(critical_pressure(meets), rel=1e-9)
    assert filling_time(critical_pressure(meets), meets, half_width, ROY, OPEN_SLIT) == approx(
        hour, rel=1e-9
    )
    depths = meets * np.geomspace(0.1, 10, 201)
    needed = np.maximum(to_fill(depths), critical_pressure(depths))
    assert depths[np.argmin(needed)] == approx(meets, rel=1e-6)
    assert needed[0] > 3 * needed.min() and needed[-1] > 10 * needed.min()
