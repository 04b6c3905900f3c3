"""Bodies from plain numbers: what the builder makes of regions, interfaces and supports, and what
it refuses."""

import numpy as np
import pytest

from chemomech.fem.domain import build_domain
from chemomech.geometry.mesh.structured import box_mesh
from chemomech.models.body import Held, Solid, bond, bulk_parameters, hold, make_body, touch
from chemomech.models.mechanics import Load
from chemomech.models.phase_field import CrackingMechanics, Fracture
from chemomech.physics.bulk.viscoplasticity import power_law
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx

STIFF = 1e15


def layers():
    """Two layers, one above the other."""
    return box_mesh((2, 4), (1e-6, 2e-6), lambda x: "low" if x[1] < 1e-6 else "high")


def test_a_pulled_column():
    """Breaks when a modulus goes to the wrong region, an interface is lost or a support pulls
    elsewhere: two springs and a bond in series, without lateral strain."""
    solids = {"low": Solid(10e9, 0.0), "high": Solid(40e9, 0.0)}
    supports = hold(Held("left", 0), Held("bottom"), Held("top", 1, factor=1.0))
    body = make_body(layers(), solids, {"low|high": bond(STIFF, 1e9, 1e6)}, supports)
    load = Load(prescribed_displacement=1e-9)
    result = step(body, body.initial_state(), load, NewtonOptions(1e-11, 20))
    stress = 1e-9 / (1e-6 / 10e9 + 1e-6 / 40e9 + 1 / STIFF)
    assert result.state.stress[..., 1] == approx(stress, rel=1e-8)
    assert -result.state.pressure * body.area == approx(stress * 1e-6, rel=1e-8)


def test_interfaces_without_a_law_do_not_open():
    """Breaks when the mesh is split where nothing may open, or where a law is missing in
    silence."""
    solids = dict.fromkeys(("low", "high"), Solid(10e9, 0.3))
    whole, split = (
        make_body(layers(), solids),
        make_body(layers(), solids, {"low|high": touch(1e15)}),
    )
    assert split.size > whole.size and not whole.laws
    assert np.all(split.initial_damage == 1.0)
    with pytest.raises(ValueError, match=r"no interface a\|b"):
        make_body(layers(), solids, {"a|b": touch(STIFF)})
    with pytest.raises(ValueError, match="needs a law"):
        make_body(build_domain(layers()), solids)
    with pytest.raises(ValueError, match="no constants of high"):
        make_body(layers(), {"low": Solid(10e9, 0.3)})


def test_what_a_region_is_made_of():
    """Breaks when yield, swelling or creep of one region reaches another, or a body without creep
    gets a clock."""
    domain = build_domain(layers())
    low = domain.cells_of("low")
    flow = power_law(0.01, 1e6, 5.0)
    solids = {"low": Solid(10e9, 0.3, 5e6, 1e8, True, flow), "high": Solid(20e9, 0.3)}
    bulk = bulk_parameters(domain, solids)
    assert np.all(bulk.yield_strength[low] == 5e6) and np.isinf(bulk.yield_strength).any()
    assert bulk.swells.sum() == len(low) == bulk.creeps.sum() and np.all(bulk.swells[low] == 1)
    assert bulk_parameters(domain, dict.fromkeys(solids, Solid(1e9, 0.3))).flow is None


def test_later_conditions_count():
    """Breaks when a dof that two conditions share is prescribed twice, and its reaction counted
    twice."""
    supports = hold(Held("left"), Held("bottom", 1), Held("left", 1, factor=2.0, offset=3.0))
    made = make_body(layers(), dict.fromkeys(("low", "high"), Solid(1e9, 0.3)), supports=supports)
    fixed = made.supports.fixed
    assert len(np.unique(fixed)) == len(fixed)
    up = made.supports.factor == 2.0
    assert np.all(fixed[up] % 2 == 1) and np.all(made.supports.offset[up] == 3.0)


def test_a_region_of_a_boundary():
    """Breaks when a condition on one region's share of a side holds the other region too."""
    solids = dict.fromkeys(("low", "high"), Solid(1e9, 0.3))
    laws = {"low|high": touch(STIFF)}
    dofs = {
        region: set(
            make_body(layers(), solids, laws, hold(Held("left", 0, region=region))).supports.fixed
        )
        for region in ("low", "high", None)
    }
    assert not dofs["low"] & dofs["high"] and dofs["low"] | dofs["high"] == dofs[None]


def test_bodies_that_crack_and_names_of_laws():
    """Breaks when the builder forgets the phase field, or takes a law that does not exist."""
    fracture = Fracture({"low": 2.0}, 2e-6)
    solids = dict.fromkeys(("low", "high"), Solid(1e9, 0.3))
    assert isinstance(make_body(layers(), solids, degree=1, fracture=fracture), CrackingMechanics)
    with pytest.raises(ValueError, match="known: bilinear"):
        bond(STIFF, 1e6, 1.0, law="trilinear")
    assert bond(STIFF, 1e6, 10.0, law="ppr", shape=3.0).cohesion.columns > 1
