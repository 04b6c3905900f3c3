"""Conduction from bottom to top through a body whose cells conduct unevenly, as cracks in the bulk
make them."""

import numpy as np
import pytest

from bodies import bulk_of, damage_of
from chemomech.analysis.effective_conductivity import conduction
from chemomech.fem.domain import build_domain
from chemomech.models.phase_field import CrackingMechanics, Fracture
from chemomech.models.supports import Supports
from compare import approx
from meshes import box

LENGTH = 0.2


def through(domain, intact=None, degree=2):
    """Relative conductivity of a body without interfaces."""
    return conduction(
        domain,
        list(domain.regions),
        np.ones((0, degree + 1)),
        2 * degree,
        degree=degree,
        intact=intact,
    ).relative


@pytest.mark.parametrize("degree", [1, 2])
def test_series_and_parallel(degree):
    """One after the other resistances add, side by side conductances do: exact where the border
    lies in the mesh."""
    for axis, exact in ((1, 1 / (0.5 / 0.2 + 0.5 / 0.7)), (0, 0.5 * 0.2 + 0.5 * 0.7)):
        region = lambda x, axis=axis: "a" if x[axis] < 0.5 else "b"
        domain = build_domain(box((6, 6), region_of=region, interfaces={}))
        intact = np.where(domain.region[:, None] == domain.regions["a"], 0.2, 0.7)
        assert through(domain, intact, degree) == approx(exact)
        assert through(domain, None, degree) == approx(1.0)


@pytest.mark.parametrize("along", [False, True])
def test_a_crack_across_blocks_and_one_along_costs_its_width(along):
    """Damage lets nothing but the residual through; along the current a crack takes away a strip of
    the order of l: int 1 - (1 - d)^2 dx = 2 l int_0^2 (1 - s/2)^2 (2 - (1 - s/2)^2) ds = 28 l/15
    for AT1, plus the strip of cells itself."""
    axis, counts = (0, (61, 30)) if along else (1, (30, 61))
    size = (2.0, 3.0) if along else (3.0, 2.0)
    domain = build_domain(box(counts, size))
    fracture = Fracture({"block": 1.0}, LENGTH)
    body = CrackingMechanics(
        domain, bulk_of(domain, 1.0, 0.3), {}, damage_of(domain), fracture, 1,
        lambda domain, space: Supports(np.arange(2)),
    )  # fmt: skip
    state = body.initial_state(lambda x: np.abs(x[:, axis] - 1.0) < 0.51 * 2.0 / 61)
    intact = body.damage.conducting_share(state.phase)
    assert intact.min() == approx(fracture.residual, rel=1e-6) and intact.max() <= 1.0
    if along:
        lost = 2.0 * (1.0 - through(domain, intact))
        assert lost == approx(28 / 15 * LENGTH + 2.0 / 61, rel=0.02)
    else:
        assert through(domain, intact) < 1e-4
