"""End-notched flexure (mode II) and mixed-mode bending against corrected beam theory; see
`specimens`.

The reference while the crack grows is the curve of place against force at G = G_c, with the crack's
length eliminated: a process zone only rounds its corner off. A notch shorter than 0.69 L has no
such curve at its length: at a driven place the crack jumps.
"""

import numpy as np
import pytest

from bodies import reaction
from chemomech.models.mechanics import Load
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from rates import check_order
from specimens import ARM, FACES, BentBeam, bent_body, grown, loaded

HALF, ENERGY, SHEAR_ENERGY, EXPONENT, STIFFNESS = 20e-3, 250.0, 500.0, 2.0, 2e15
SLOW = pytest.mark.slow


def mixed(share):
    """G_c of Benzeggagh and Kenane."""
    return ENERGY + (SHEAR_ENERGY - ENERGY) * share**EXPONENT


def lever_body(beam, refinement, strength):
    """Mixed-mode bending: strengths as the roots of the energies, so that both modes end at the
    same opening."""
    return bent_body(
        beam,
        refinement,
        STIFFNESS,
        20 / beam.compliance(beam.notch),
        strength=strength,
        energy=ENERGY,
        shear_energy=SHEAR_ENERGY,
        shear_strength=strength * np.sqrt(SHEAR_ENERGY / ENERGY),
        exponent=EXPONENT,
    )


def sliding_body(beam, refinement, strength):
    """End-notched flexure, G_c = ENERGY in mode II; mode I would take a tenth, but the faces are
    pressed together."""
    return bent_body(
        beam, refinement, STIFFNESS, strength=strength, energy=0.1 * ENERGY, shear_energy=ENERGY
    )


def against_theory(place, force, curve):
    """Force over the smaller one of the elastic line's and the growth curve's; whether the crack
    surely grows."""
    places, forces = curve
    assert np.all(np.diff(places) > 0), "growth must be stable"
    elastic = place * forces[0] / places[0]
    expected = np.minimum(elastic, np.interp(place, places, forces, left=np.inf))
    return force / expected, place > 1.03 * places[0], place < 0.7 * places[0]


def test_compliance_of_end_notched_flexure():
    """Breaks when the notch's faces stick, carry no pressure, or the arms bend wrongly; converges
    with the mesh."""
    beam, place = BentBeam(HALF, 15e-3), 1e-4
    ratio = {}
    for n in (1, 2, 3, 6):
        body = bent_body(beam, n, 5e15)
        force, _, state = loaded(beam, body, place)
        ratio[n] = force * beam.compliance(beam.notch) / place
        notch = body.rows[FACES]
        # The lower arm carries the upper one's end, and their faces slide freely.
        points = body.jump.points[notch]
        far = body.jump.weights[notch] * (points[..., 0] < 0.5 * beam.notch)
        carried = -np.sum(far * state.traction[notch][..., 0])
        assert carried == approx(force / 4, rel=0.02)
        slid = np.abs(state.opening[notch][..., 1])[points[..., 0] < ARM].max()
        assert (
            np.abs(state.traction[notch][..., 1]).max() < 1e-5 * carried / ARM
            and slid > 0.01 * place
        )
    assert 1.004 < ratio[6] < 1.012
    errors = [ratio[n] / ratio[6] - 1 for n in (1, 2, 3)]
    check_order("end-notched flexure compliance", 1 / np.array([1, 2, 3]), errors)


@pytest.mark.parametrize("lever", [0.5, 0.87, 1.5])
def test_compliance_of_mixed_mode_bending(lever):
    """Breaks when the handle's weights are no lever: place and force are work conjugate over both
    load points."""
    beam = BentBeam(HALF, 14e-3, lever * HALF)
    force, place, _ = loaded(beam, lever_body(beam, 4, 4e8), 1e-4)
    assert 0.997 < force * beam.compliance(beam.notch) / place < 1.012


@pytest.mark.parametrize(
    ("refinement", "strength", "steps", "low"),
    [(3, 100e6, 50, 0.96), pytest.param(6, 150e6, 100, 0.98, marks=SLOW)],
)
def test_mode_two_growth(refinement, strength, steps, low):
    """Breaks when sliding does not take its fracture energy per area, or the crack grows at another
    force."""
    beam = BentBeam(HALF, 15e-3)
    curve = beam.growth(lambda share: ENERGY, np.linspace(beam.notch, 19e-3, 50))
    body = sliding_body(beam, refinement, strength)
    place, force, dissipated, end = grown(
        beam, body, curve[0][0], (curve[0][-1], curve[1][-1]), steps
    )
    ratio, grows, elastic = against_theory(place, force, curve)
    assert ratio[elastic] == approx(1.0, abs=0.02)
    assert ratio[grows] == approx(1.0, abs=0.02)
    assert low < force.max() / curve[1][0] < 1.0
    crack = beam.crack(place[grows] / force[grows])
    assert np.ptp(dissipated[grows]) == approx(ENERGY * np.ptp(crack), rel=0.01)
    assert abs(end.energy.residual) < 5e-3 * end.energy.dissipated


@pytest.mark.parametrize("lever", [0.5, 0.87])
@pytest.mark.parametrize(
    ("refinement", "strength", "steps", "low"),
    [(3, 80e6, 100, 0.95), pytest.param(6, 100e6, 100, 0.96, marks=SLOW)],
)
def test_mixed_mode_growth(lever, refinement, strength, steps, low):
    """Breaks when the toughness between the modes is not that of Benzeggagh and Kenane at the
    beam's share."""
    beam = BentBeam(HALF, 14e-3, lever * HALF)
    curve = beam.growth(mixed, np.linspace(beam.notch, 18e-3, 50))
    body = lever_body(beam, refinement, strength)
    place, force, _dissipated, end = grown(
        beam, body, curve[0][0], (curve[0][-1], curve[1][-1]), steps
    )
    ratio, grows, elastic = against_theory(place, force, curve)
    assert ratio[elastic] == approx(1.0, abs=0.02)
    assert ratio[grows] == approx(1.0, abs=0.02)
    assert low < force.max() / curve[1][0] < 1.0
    # Of second order in the step, changing mode share included.
    assert abs(end.energy.residual) < 0.04 * (50 / steps) ** 2 * end.energy.dissipated


def short_notch(refinement, strength):
    """A notch of L/2, its body, and the place and force where a sharp crack would start to grow."""
    beam = BentBeam(HALF, 0.5 * HALF)
    (place,), (force,) = beam.growth(lambda share: ENERGY, np.array([beam.notch]))
    return beam, sliding_body(beam, refinement, strength), place, force


def arrest(beam, place):
    """Crack length of the stable branch G = G_c at a place."""
    cracks = np.linspace(0.75 * HALF, 0.97 * HALF, 500)
    return np.interp(place, beam.growth(lambda share: ENERGY, cracks)[0], cracks)


def freed(beam, place, start, end):
    """Energy that a crack running from start to end at a place frees beyond G_c; stored is
    place^2/(2 C)."""
    stored = 0.5 * place**2 / beam.compliance(np.array([start, end]))
    return stored[0] - stored[1] - ENERGY * (end - start)


def at_places(body, places, state=None, rate=np.inf):
    """States and EnergyAccounts of steps over places, one step each."""
    state, states, energies = body.initial_state() if state is None else state, [], []
    for place in places:
        result = step(
            body,
            state,
            Load(prescribed_displacement=place, step_over_viscosity=rate),
            NewtonOptions(1e-7, 300),
        )
        assert result.converged, result.reason
        state = result.state
        states.append(state)
        energies.append(result.energy)
    return states, energies


@pytest.mark.parametrize(
    ("refinement", "strength", "starts"),
    [(3, 100e6, 0.979), pytest.param(6, 150e6, 0.985, marks=SLOW)],
)
def test_short_notch_jumps(refinement, strength, starts):
    """Breaks when a step does not fall to the next stable state, runs past it, or loses what a jump
    frees.

    In one step the crack runs from L/2 to 0.87 L and stops where G = G_c again. Were all it frees
    dissipated by fracture it would only stop beyond the load, but a rate-independent step ends in
    equilibrium with the damage of its end's openings: where its iterations passed does not matter.
    What is freed beyond G_c, a tenth of the fracture energy, is the account's residual. It belongs
    to the place where a process zone lets the crack go: at 1/0.98 of that place, where a sharp
    crack would start, it is half as much again.
    """
    beam, body, begins, corner = short_notch(refinement, strength)
    places = begins * np.concatenate(
        [[0.94, 0.96], starts + 0.003 * np.arange(3), [1.0, 1.015, 1.03]]
    )
    states, energies = at_places(body, places)
    force, dissipated = (
        np.array([reaction(body, state) for state in states]),
        np.cumsum([e.fracture for e in energies]),
    )
    crack, last = beam.crack(places / force), 2
    assert np.argmax(force) == last and np.all(crack[: last + 1] < 0.53 * HALF)
    assert 0.955 < force[last] / corner < 0.98
    assert crack[last + 1 :] == approx(arrest(beam, places[last + 1 :]), abs=0.008 * HALF)
    release = beam.release_rates(crack)[1] * force**2
    assert release[last + 1 :] == approx(ENERGY, rel=0.01)

    taken = np.diff(dissipated)[last]
    assert taken == approx(ENERGY * np.diff(crack)[last], rel=0.01)
    expected = freed(beam, places[last + 1], crack[last], arrest(beam, places[last + 1]))
    assert expected > 0.07 * taken and freed(beam, places[last], crack[last], 1.05 * HALF) > 0
    assert energies[last + 1].residual == approx(expected, abs=5e-3 * taken)
    assert sum(abs(energy.residual) for energy in energies[1 : last + 1]) < 1e-3 * taken
    # All of it is given back on a straight line to the origin.
    stored = np.cumsum([energy.elastic + energy.interface for energy in energies])
    assert stored == approx(0.5 * places * force, rel=1e-6)

    # The crack has passed: back on the straight line of its new length, as of the old one before it
    # jumped.
    for number in (last, last + 1):
        (back,), (energy,) = at_places(body, [0.5 * places[number]], states[number])
        assert reaction(body, back) == approx(0.5 * force[number], rel=1e-4)
        assert abs(energy.fracture) < 1e-6 * taken
    # One long step ends where many short ones do.
    (far,), _ = at_places(body, places[-1:], states[last])
    assert reaction(body, far) == approx(force[-1], rel=1e-4)


@SLOW
def test_short_notch_creeps_at_a_fixed_place():
    """Breaks when viscosity changes where a crack stops, or what it dissipates is not what the
    crack frees.

    Without external work what is stored falls by fracture + viscous + an error of second order in
    the step.
    """
    beam, body, begins, _ = short_notch(3, 100e6)
    (start,), _ = at_places(body, [0.97 * begins])
    # So fast that damage cannot follow.
    (start,), _ = at_places(body, [begins], start, rate=1e-6)
    first, errors = beam.crack(begins / reaction(body, start)), []
    for rate in (4.0, 2.0):
        states, energies = at_places(body, np.full(int(1100 / rate), begins), start, rate)
        total = sum(energies, EnergyAccount())
        last = beam.crack(begins / reaction(body, states[-1]))
        assert total.external == 0.0
        assert last == approx(arrest(beam, begins), abs=0.008 * HALF)
        drop = 0.5 * begins * (reaction(body, start) - reaction(body, states[-1]))
        assert total.fracture + total.viscous + total.residual == approx(drop, rel=1e-6)
        assert total.fracture == approx(ENERGY * (last - first), rel=0.01)
        errors.append(total.residual)
    assert total.viscous == approx(freed(beam, begins, first, last), abs=0.01 * total.fracture)
    assert 3 < errors[0] / errors[1] < 5 and errors[1] < 0.01 * total.fracture
