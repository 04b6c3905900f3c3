r"""A section whose axial strain is uniform and free, against what is exact.

A cylinder with free ends keeps int sigma_zz dA = 0 (generalised plane strain). For a core (1,
radius a) that swells by eps in a tube (2, outer radius b free), the axial strain e of both and the
pressure p between them follow from

    core   u(a) = (1 + nu1) eps a - nu1 e a - p S1,    sigma_1 = E1 (e - eps) - 2 nu1 p,
    tube   u(a) = -nu2 e a + p S2,                     sigma_2 = E2 e + 2 nu2 p a^2/(b^2 - a^2),
    a^2 sigma_1 + (b^2 - a^2) sigma_2 = 0,

S1 = a (1 + nu1)(1 - 2 nu1)/E1, S2 Lame's ring (Timoshenko, Goodier, Theory of Elasticity).
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bodies import bulk_of
from chemomech.case import parse_case
from chemomech.fem.domain import build_domain
from chemomech.models.body import Solid, axial_groups, make_body, touch
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.supports import Supports
from chemomech.physics.bulk import viscoplasticity
from chemomech.runs.run import run
from chemomech.simulation.newton import NewtonOptions, step
from compare import approx
from cylinders import lame, rollers
from meshes import box, disc_in_disc
from rates import EXPECTED, taylor_order
from small import tiny_case

CORE, TUBE = (140e9, 0.3), (22.1e9, 0.37)
OUTER, STRAIN = 3.0, -0.0164
STEPS = np.geomspace(1e-1, 1e-3, 5)
TIGHT = NewtonOptions(tolerance=1e-11)


def cylinder(out_of_plane, size=0.15, **bulk):
    """A quarter of a core of radius 1 in a tube, bonded for good."""
    mesh = replace(disc_in_disc(1.0, OUTER, size), interfaces={})
    domain = build_domain(mesh)
    young, poisson = (
        {"inclusion": core, "matrix": tube} for core, tube in zip(CORE, TUBE, strict=True)
    )
    parameters = bulk_of(domain, young, poisson, swelling=("inclusion",), **bulk)
    axial = axial_groups(domain, out_of_plane, domain.cells_of("inclusion"))
    supports = lambda domain, space: Supports(rollers(domain, space))
    return Mechanics(domain, parameters, {}, np.zeros((0, 1)), supports=supports, axial=axial)


def closed_form(out_of_plane):
    """Pressure [Pa], axial strain, mean axial stress of core and tube [Pa]."""
    (young, poisson), (young_2, poisson_2) = CORE, TUBE
    give = (1 + poisson) * (1 - 2 * poisson) / young
    give_2 = lame(1.0, 1.0, 1.0, OUTER, young_2, poisson_2)
    share = OUTER**2 - 1.0
    held = 1.0 if out_of_plane == "free" else 0.0
    # Unknowns p, e; of the second row the tube counts only where it has the same axial strain.
    matrix = [
        [give + give_2, poisson - held * poisson_2],
        [-2 * poisson + held * 2 * poisson_2, young + held * share * young_2],
    ]
    p, e = np.linalg.solve(matrix, [(1 + poisson) * STRAIN, young * STRAIN])
    return p, e, young * (e - STRAIN) - 2 * poisson * p


@pytest.mark.parametrize("out_of_plane", ["free", "particles"])
def test_a_cylinder_with_free_ends_is_lames(out_of_plane):
    """A failure means that the axial strain is not that of a vanishing mean axial stress, or that
    stress along the axis does not see it. What is left is the polygon's area, of second order."""
    pressure, strain, axial = closed_form(out_of_plane)
    errors = []
    for size in (0.2, 0.1):
        body = cylinder(out_of_plane, size)
        result = step(body, body.initial_state(), Load(chemical_strain=STRAIN), TIGHT)
        assert result.converged, result.reason
        inside = body.domain.cells_of("inclusion")
        mean = np.average(
            result.state.stress[inside], axis=(0, 1),
            weights=np.repeat(body.strain.weights[inside][..., None], 4, axis=2),
        )  # fmt: skip
        found = np.array([*body.axial_strain(result.state.displacement), mean[0], mean[2]])
        scale = np.array([strain, pressure, CORE[0] * strain])
        errors.append(np.abs((found - [strain, -pressure, axial]) / scale))
        # Nothing comes from outside: the swelling's work is stored.
        assert abs(result.energy.residual) < 1e-9 * result.energy.elastic
    assert errors[1].max() < 1.5e-3
    assert np.all(errors[1] < 0.4 * errors[0] + 1e-9)


def layers(out_of_plane, **solids):
    """Two layers on top of each other, held at the sides; what swells is the lower one."""
    mesh = box((4, 4), (2.0, 2.0), lambda x: "low" if x[1] < 1.0 else "high")
    given = {"low": (3.0, 0.3), "high": (1.0, 0.2)}
    made = {
        name: Solid(*values, swells=name == "low", **solids.get(name, {}))
        for name, values in given.items()
    }
    return make_body(mesh, made, out_of_plane=out_of_plane)


def test_a_prism_of_two_materials_is_exact():
    """A failure means a wrong share of a material in the mean axial stress: layers are in plane
    stress across, held along x, and in each sigma_zz = E/(1 - nu^2) (e - (1 + nu) eps)."""
    body, strain = layers("free"), 1e-3
    result = step(body, body.initial_state(), Load(chemical_strain=strain), TIGHT)
    stiff, soft = 3.0 / (1 - 0.3**2), 1.0 / (1 - 0.2**2)
    axial = stiff * 1.3 * strain / (stiff + soft)
    assert body.axial_strain(result.state.displacement) == approx([axial], rel=1e-10)
    low, high = (result.state.stress[body.domain.cells_of(each)] for each in ("low", "high"))
    assert low[..., 2] == approx(stiff * (axial - 1.3 * strain), rel=1e-9)
    assert high[..., 2] == approx(soft * axial, rel=1e-9)
    assert abs(body.strain.integral(result.state.stress[..., 2])) < 1e-12


@pytest.mark.parametrize("flow", ["plastic", "creep"])
def test_what_flows_does_so_along_the_axis_too(flow):
    """A failure means a tangent or a return that leaves out the axial strain: a block free along
    its axis and held at its sides flows as J2 says, here a uniform stress of closed form."""
    law = viscoplasticity.power_law(1e-3, 1e-3, 3.0)
    how = {"flow": law} if flow == "creep" else {"yield_strength": 1e-3, "hardening": 0.1}
    body = make_body(
        box((3, 3), (2.0, 2.0)), {"block": Solid(1.0, 0.3, **how)}, out_of_plane="free"
    )
    load = Load(pressure=2e-3, seconds=1.0)
    result = step(body, body.initial_state(), load, TIGHT)
    assert result.converged, result.reason
    stress = result.state.stress
    assert stress[..., 1] == approx(-2e-3, rel=1e-9)
    assert stress[..., 2] == approx(0.0, abs=1e-11)
    assert result.state.accumulated.min() > 1e-4
    # Held at the sides: no total strain along x.
    plastic = result.state.plastic_strain
    elastic = (stress[..., 0] - 0.3 * stress[..., 1]) / 1.0
    assert elastic + plastic[..., 0] == approx(0.0, abs=1e-11)
    axial = body.axial_strain(result.state.displacement)[0]
    assert -0.3 * (stress[..., 0] + stress[..., 1]) + plastic[..., 2] == approx(axial, rel=1e-8)


def test_the_tangent_is_the_derivative():
    """A failure means that Newton's method is told another stiffness along the axis than stress
    has: the remainder is of second order while plastic cells load."""
    body = layers("free", low={"yield_strength": 1e-3, "hardening": 0.5})
    start, load = body.initial_state(), Load(chemical_strain=4e-3, pressure=1e-3)
    rng = np.random.default_rng(0)
    at, way = 1e-3 * rng.standard_normal((2, body.constraint.size))

    def residual(h):
        return body.evaluate(body.constraint.expand(at + h * way, np.zeros(body.size)), start, load)

    here = residual(0.0)
    body.solver.factorise(body.tangent(here))
    derivative = body.solver.matrix.createVecLeft()
    given = body.solver.matrix.createVecRight()
    given.array[:] = way
    body.solver.matrix.mult(given, derivative)
    order = taylor_order(lambda h: residual(h).residual, derivative.array, STEPS)
    expected, distance = EXPECTED["Taylor remainder"]
    assert abs(order - expected) <= distance


def test_a_loose_particle_is_not_clamped():
    """A failure means that a particle that has come off is held along its axis: its gap would be
    (1 + nu) times what it shrinks, and its axial stress E eps."""
    mesh = disc_in_disc(1.0, OUTER, 0.3)
    name = next(iter(mesh.interfaces))
    solids = {"inclusion": Solid(*CORE, swells=True), "matrix": Solid(*TUBE)}
    found = {}
    for out_of_plane in ("plane_strain", "particles"):
        body = make_body(
            mesh,
            solids,
            {name: touch(1e13)},
            lambda domain, space: Supports(rollers(domain, space)),
            out_of_plane=out_of_plane,
        )
        state = step(body, body.initial_state(), Load(chemical_strain=STRAIN), TIGHT).state
        stress = state.stress[body.domain.cells_of("inclusion")][..., 2].mean()
        found[out_of_plane] = state.opening[..., 0].mean(), stress
    gap, stress = found["plane_strain"]
    assert gap == approx(-1.3 * STRAIN, rel=8e-3)
    assert stress == approx(-CORE[0] * STRAIN, rel=1e-3)
    gap, stress = found["particles"]
    assert gap == approx(-STRAIN, rel=8e-3)
    assert abs(stress) < 1e-6 * CORE[0] * abs(STRAIN)


def test_pieces_that_touch_are_one_particle():
    """A failure means that a particle falls into its cells or grains along the axis, or that
    particles apart are held together by it."""
    domain = build_domain(box((6, 2), (6.0, 2.0), lambda x: "b" if 2.0 < x[0] < 4.0 else "a"))
    group = axial_groups(domain, "particles", domain.cells_of("a"))
    middle = domain.points[domain.vertices].mean(axis=1)[:, 0]
    assert np.all(group[domain.cells_of("b")] == -1)
    left, right = (np.unique(group[side]) for side in (middle < 2.0, middle > 4.0))
    assert len(left) == len(right) == 1 and {int(left[0]), int(right[0])} == {0, 1}
    assert np.all(axial_groups(domain, "particles", np.arange(len(middle))) == 0)


def test_what_has_no_axis_is_refused():
    """A failure means an axial strain of a body in space, or a particle where there is none."""
    domain = build_domain(box((2, 2), (1.0, 1.0)))
    with pytest.raises(ValueError, match="nothing swells"):
        axial_groups(domain, "particles", np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="known: plane_strain"):
        axial_groups(domain, "open", np.zeros(0, dtype=int))
    solid = {"block": Solid(1.0, 0.3)}
    with pytest.raises(ValueError, match="section of a long body"):
        make_body(box((2, 2, 2), (1.0, 1.0, 1.0)), solid, out_of_plane="free")


def test_particles_of_a_run_have_the_gap_and_the_potential_of_loose_ones(tmp_path):
    """A failure means that the axial strain does not reach a run's mechanics, or its potential by
    stress: clamped, a loose particle's gap is 1 + nu times as large and its potential higher."""
    found = {}
    for kind in ("plane_strain", "particles"):
        last = {}
        table = tiny_case(
            stack__out_of_plane=kind, cycle__protocol=["Charge at C/2 for 20 minutes"]
        )
        run(
            parse_case(table),
            tmp_path / kind,
            notify=lambda at, share, last=last: last.update(at=at),
        )
        series = pd.read_csv(tmp_path / kind / "timeseries.csv").iloc[-1]
        stress = last["at"].mechanical.stress[..., 2].max()
        found[kind] = series["largest_opening_um"], series["voltage_V"], stress
    gap, voltage, stress = (
        np.array(each) for each in zip(found["plane_strain"], found["particles"], strict=True)
    )
    assert gap[0] == approx(1.3 * gap[1], rel=0.06)
    assert voltage[0] > voltage[1] + 1e-4
    assert stress[1] < 0.1 * stress[0]
