"""A flaw of the electrolyte filled with lithium: meshed, against the half-plane's formula and its
weight function."""

import numpy as np
import pytest

from bodies import bulk_of
from chemomech.analysis.crack_integrals.plane import DomainIntegral, crack_tips
from chemomech.models.mechanics import Load
from chemomech.physics.interfaces.cohesive.filled import filled_law
from chemomech.physics.lithium import penetration
from chemomech.simulation.newton import step
from compare import approx
from cracked import POISSON, YOUNG, bonded_body, cracked_body, line_stress, plate, pressed, solved

DEPTH, STACK, PLATING = 10e-6, 5e6, 8e6
CLOSURE = POISSON / (1 - POISSON)
ROOT = np.sqrt(np.pi * DEPTH)
TOUGHNESS = 0.23e6


def strip(share=0.025, discs=(), growth=0.2):
    """A strip of electrolyte under the lithium, the flaw in the middle of its top; share: depth
    over width."""
    width = DEPTH / share
    lower, upper = (-width / 2, -width), (width / 2, 0)
    return plate(
        lower,
        upper,
        [((0, -DEPTH), (0, 0))],
        [(0, -DEPTH)],
        0.02 * DEPTH,
        growth,
        np.multiply(discs, DEPTH),
    )


def driving_force(mesh, filling, load, bulk=None, radii=None):
    """DrivingForce of the flaw in the strip."""
    body = cracked_body(mesh, pressed("top"), filling, bulk=bulk)
    (tip,) = crack_tips(body.domain, "crack")
    return DomainIntegral(body, tip, radii).driving_force(solved(body, load))


def test_law_of_the_filling():
    """Breaks when a filling pulls the faces together, or its energy is not the potential of its
    pressure."""
    law, opening = (
        filled_law(np.array([[2e6], [-1e6]])),
        np.random.default_rng(0).normal(size=(2, 3, 2)),
    )
    response = law(opening, law.initial_history(np.ones((2, 3))), np.inf)
    assert response.traction[..., 0] == approx(np.broadcast_to([[-2e6], [1e6]], (2, 3)))
    assert not np.any(response.traction[..., 1])
    assert not np.any(response.tangent)
    assert np.all(response.history == 1.0)
    h = 1e-3
    ends = [
        law(opening + sign * h * np.array([1.0, 0.0]), response.history, np.inf).stored
        for sign in (1, -1)
    ]
    assert (ends[0] - ends[1]) / (2 * h) == approx(response.traction[..., 0], rel=1e-9)
    with pytest.raises(ValueError, match="finite"):
        filled_law(np.nan)


@pytest.mark.parametrize("share", [0.05, 0.025])
@pytest.mark.parametrize(
    ("filling", "stack"), [(PLATING, 0.0), (0.0, STACK), (STACK + PLATING, STACK)]
)
def test_filled_flaw_under_stack_pressure(share, filling, stack):
    """Breaks when filling or closure is wrong: K = 1.12 (p - nu/(1 - nu) P) sqrt(pi a), within 3
    %."""
    force = driving_force(strip(share), filling, Load(pressure=stack))
    assert force.mode_one == approx(1.12 * (filling - CLOSURE * stack) * ROOT, rel=0.03)
    assert abs(force.mode_two) < 1e-3 * abs(force.mode_one)
    assert force.spread < 1e-3


def test_half_plane():
    """Breaks when K is off by more than the formula's own error: flaws of 1/20 to 1/80 of the width
    tend to 1.1215."""
    shares = np.array([0.05, 0.025, 0.0125])
    factors = [
        driving_force(strip(share), PLATING, Load()).mode_one / (PLATING * ROOT) for share in shares
    ]
    assert np.polyfit(shares**2, factors, 1)[1] == approx(1.1215, rel=2e-3)


def test_critical_stack_pressure():
    """Breaks when lithium at stack pressure does not open a flaw: P_c = K_Ic/(1.12 sqrt(pi a) (1 -
    nu/(1 - nu)))."""
    intensity = driving_force(strip(), STACK, Load(pressure=STACK)).mode_one
    expected = TOUGHNESS / (1.12 * ROOT * (1 - CLOSURE))
    assert STACK * TOUGHNESS / intensity == approx(expected, rel=0.03)
    assert expected == approx(88.8e6, rel=5e-3)


def test_energy_of_filling():
    """Breaks when the work of a filling is missing from the balance: the stack presses on a filled
    flaw."""
    body = cracked_body(strip(), pressed("top"), STACK + PLATING)
    filled_only = solved(body)
    result = step(body, filled_only, Load(pressure=STACK))
    assert result.converged and result.iterations <= 3
    assert result.energy.interface > 0.0
    assert abs(result.energy.residual) < 1e-6 * result.energy.interface
    assert result.energy.dissipated == 0.0


@pytest.mark.parametrize("swelling", [-1e-3, 5e-4, 2e-3])
@pytest.mark.parametrize(
    ("disc", "radii"), [((0, -3, 1.2), None), ((1.5, -1, 0.8), (0.3, 0.5, 0.65))]
)
def test_weight_function_in_uneven_stress(swelling, disc, radii):
    """Breaks when the stress of the unflawed electrolyte does not give the meshed flaw's K: 3 % of
    the filling's.

    A swollen or shrunken inclusion below the flaw or beside it, as stiff as the electrolyte.
    """
    mesh = strip(discs=[disc], growth=0.12)
    radii = None if radii is None else np.multiply(radii, DEPTH)
    bulk = lambda domain: bulk_of(domain, YOUNG, POISSON, swelling=("inclusion",))
    load = Load(pressure=STACK, chemical_strain=swelling)
    meshed = driving_force(mesh, PLATING, load, bulk, radii)
    unflawed = bonded_body(mesh, pressed("top"), bulk)
    depth, stress = line_stress(unflawed, solved(unflawed, load))
    weighed = penetration.static_intensity(
        np.array([DEPTH]), np.array([PLATING]), depth, stress[None]
    )[0, 0]
    assert weighed == approx(meshed.mode_one, abs=0.03 * 1.1215 * PLATING * ROOT)
