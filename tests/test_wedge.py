"""A crack with lithium in its rear part: closed form and weight function against limits and a
meshed slit."""

import numpy as np
import pytest

from chemomech.analysis.crack_integrals.plane import DomainIntegral, crack_tips
from chemomech.models.mechanics import Load
from chemomech.physics.fracture.edge_flaw import edge_flaw_intensity, edge_flaw_rule
from chemomech.physics.interfaces.cohesive.filled import filled_law
from chemomech.physics.interfaces.interface import InterfaceLaw
from chemomech.physics.lithium import penetration, shorting
from compare import approx
from cracked import PLANE, POISSON, SOFT_CONTACT, cracked_body, plate, pressed, solved

DEPTH, WIDTH, PRESSURE, STACK = 10e-6, 400e-6, 8e6, 5e6
ROOT = np.sqrt(np.pi * DEPTH)
CLOSURE = POISSON / (1 - POISSON)


def test_limits_of_the_wedge():
    """Breaks when a full crack is not 1.1215 p sqrt(pi a), or a short wedge not the point force of
    2.6 P/sqrt(pi a)."""
    assert penetration.filled_share(np.array([0.0, 1.0])) == approx([0.0, 1.0], abs=1e-14)
    full = penetration.wedged_intensity(DEPTH, DEPTH, PRESSURE, 0.0)
    assert full == approx(1.1215 * PRESSURE * ROOT, rel=1e-12)
    short = 1e-4 * DEPTH
    force = penetration.wedged_intensity(DEPTH, short, PRESSURE, 0.0)
    assert force == approx(2.6 * PRESSURE * short / ROOT, rel=1e-3)
    assert penetration.wedged_intensity(DEPTH, 0.3 * DEPTH, PRESSURE, 3e6) == approx(
        penetration.wedged_intensity(DEPTH, 0.3 * DEPTH, PRESSURE, 0.0) - 3e6 / PRESSURE * full,
        rel=1e-12,
    )


def test_wedge_of_the_weight_function():
    """Breaks when the incomplete beta function is not the weight function's integral over the rear
    part."""
    depth = np.linspace(0, 1, 20001) ** 2  # fine at the mouth; the rule is that of `fracture`
    places, _ = edge_flaw_rule(401)
    for share in (0.2, 0.5, 0.9):
        pressure = np.where(places <= share, PRESSURE, 0.0)
        by_rule, full = (
            edge_flaw_intensity(each, DEPTH, count=401)
            for each in (pressure, np.full(401, PRESSURE))
        )
        by_rule /= full
        assert penetration.filled_share(share) == approx(by_rule, abs=5e-3)
    shares = penetration.filled_share(depth)
    assert np.all(np.diff(shares) > 0)


@pytest.fixture(scope="module")
def slit():
    """A meshed slit in a wide strip, its tip and the depth of its facets."""
    tips = [(0, -DEPTH), *((0, -share * DEPTH) for share in (0.25, 0.5))]
    mesh = plate((-WIDTH / 2, -WIDTH), (WIDTH / 2, 0), [((0, -DEPTH), (0, 0))], tips, 0.02 * DEPTH)
    body = cracked_body(mesh, pressed("top"))
    (tip,) = crack_tips(body.domain, "crack")
    ends = body.domain.points[body.domain.interfaces["crack"].of_first_cell(body.domain.vertices)]
    return body, DomainIntegral(body, tip), -ends[..., 1].mean(axis=1)


def state_of(slit, share, stack=0.0):
    """State with a pressure on the rear part alone, and how much of the slit the facets under it
    take."""
    body, _, depth = slit
    inside = depth < share * DEPTH
    law = InterfaceLaw(filled_law(np.where(inside, PRESSURE, 0.0)[:, None]), SOFT_CONTACT)
    body = body.with_laws({"crack": law})
    lengths = body.jump.weights.sum(axis=1)
    return solved(body, Load(pressure=stack)), lengths[inside].sum() / lengths.sum()


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_wedge_of_a_meshed_slit(slit, share):
    """Breaks when the formula is not the K of a meshed slit pressed open from the rear, with a
    stack or not: 2 %."""
    for stack in (0.0, STACK):
        state, filled_part = state_of(slit, share, stack)
        meshed = slit[1].driving_force(state).mode_one
        formula = penetration.wedged_intensity(
            DEPTH, filled_part * DEPTH, PRESSURE, CLOSURE * stack
        )
        assert meshed == approx(formula, abs=0.02 * 1.12 * PRESSURE * ROOT)


def test_area_of_a_meshed_slit(slit):
    """Breaks when the lithium that a crack takes is not what it opens: Castigliano's area within 3
    %."""
    state, _ = state_of(slit, 1.0)
    body = slit[0]
    opened = body.jump.integral(body.jump(state.displacement)[..., 0])
    assert opened == approx(shorting.opening_area(PRESSURE, DEPTH, PLANE), rel=0.03)
