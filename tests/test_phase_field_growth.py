"""Cracks that grow by the phase field: what they cost, how fast they run, where they stop.

Measured, AT1 and AT2, every split, l/h from 2 to 5, strips from 18 x 10 to 36 x 24 l, regular and
irregular meshes: dissipated energy per length and J are within 1.5 % (irregular: 2 %) of G_c (1 +
h/(c_w l)), the largest body within 0.3 %, and in the smallest the crack is as fast as the field
within 1.5 %, whatever the mesh.
"""

from dataclasses import replace

import numpy as np
import pytest

import surfing
from bodies import bulk_of, damage_of, face_nodes, laws_of, node_positions, reaction, vector_dofs
from chemomech.fem.domain import build_domain
from chemomech.models.mechanics import Load, Mechanics
from chemomech.models.phase_field import CrackingMechanics, Fracture
from chemomech.models.supports import Supports, boundary_dofs
from chemomech.physics.bulk import phase_field
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.newton import step
from chemomech.simulation.phase_field_step import cracking_step
from compare import approx
from cracked import plate
from meshes import box, moved
from surfing import Strip, ride, surfer

UNIT = 1e-6


def grown(strip, model, last=5.5, split="none", body=None, **own):
    """(cost per length, power per length, J) over what a crack costs on the mesh, and its speed
    over the field's, from travels of 3.5 l to `last` l."""
    body = surfer(strip, model=model, split=split, **own) if body is None else body
    cost = body.damage.cost.min()
    run = ride(body, strip, np.arange(0.0, last + 0.1, 0.5) * UNIT)
    # From when the crack has found its place in the field.
    late = run.travel > 3.4 * UNIT

    def slope(values):
        return np.polyfit(run.tip[late], values[late], 1)[0]

    speed = np.polyfit(run.travel[late], run.tip[late], 1)[0]
    power = slope(run.work - run.stored)
    return np.array(
        [slope(run.dissipated) / cost, power / cost, run.drive[late].mean() / cost, speed]
    )


@pytest.mark.parametrize(("model", "ratio"), [("AT1", 2.0), ("AT2", 2.5)])
def test_a_crack_costs_what_the_mesh_says(model, ratio):
    """Surfing: cost per length, power and J equal G_c,num within 2 %, and the crack keeps up with
    the field whatever the mesh. A toughness that depends on the mesh in another way, or on the
    load's rate, would show."""
    strip = Strip(18.0, 10.0, 6.0, UNIT, UNIT / ratio)
    load = np.sqrt(1 + 1 / (ratio * (8 / 3 if model == "AT1" else 2)))
    np.testing.assert_allclose(grown(strip, model, load=load), 1.0, atol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["AT1", "AT2"])
@pytest.mark.parametrize("size", [(18.0, 10.0), (24.0, 16.0), (36.0, 24.0)])
@pytest.mark.parametrize("corrected", [False, True])
def test_the_cost_does_not_depend_on_the_size_of_the_body(model, size, corrected):
    """Three bodies of very different size: the same toughness; corrected, it is the material's
    own."""
    strip = Strip(*size, size[0] / 3, UNIT, UNIT / 3)
    load = 1.0 if corrected else np.sqrt(1 + 1 / (3 * (8 / 3 if model == "AT1" else 2)))
    body = surfer(strip, model=model, load=load, corrected=corrected)
    if corrected:
        np.testing.assert_allclose(body.damage.cost, surfing.TOUGHNESS)
    # The larger the body, the longer the crack takes to find its place: its speed is for the meshes
    # to say.
    np.testing.assert_allclose(grown(strip, model, 6.0, body=body)[:3], 1.0, atol=0.02)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("split", "ratio"),
    [("volumetric_deviatoric", r) for r in (2.0, 3.0, 5.0)] + [("spectral", r) for r in (2.0, 3.0)],
)
def test_neither_split_nor_mesh_change_the_cost(split, ratio):
    """An opening crack costs the same with every split and on every mesh, and runs as fast as the
    field."""
    strip = Strip(18.0, 10.0, 6.0, UNIT, UNIT / ratio)
    load = np.sqrt(1 + 3 / (8 * ratio))
    np.testing.assert_allclose(grown(strip, "AT1", 5.5, split, load=load), 1.0, atol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "ratio"), [("AT1", 2.5), ("AT1", 4.0), ("AT2", 4.0)])
def test_irregular_meshes_cost_the_same(model, ratio, monkeypatch):
    """On an irregular mesh, whose cells the crack cannot follow in a row, the same within 2 %; its
    tip is known to a cell only, so the power is not compared."""
    strip = Strip(18.0, 10.0, 6.0, UNIT, UNIT / ratio)
    mesh = plate((0, -5 * UNIT), (18 * UNIT, 5 * UNIT), [], [(0, 0)], UNIT / ratio, growth=0.0)
    body = surfer(
        strip, replace(mesh, regions={"block": next(iter(mesh.regions.values()))}), model, load=1.06
    )
    monkeypatch.setattr(
        surfing,
        "seed",
        lambda strip: (
            lambda x: (np.abs(x[:, 1]) < 0.6 * strip.size) & (x[:, 0] < strip.crack * UNIT)
        ),
    )
    monkeypatch.setattr(
        surfing, "tip_of", lambda body, state: body.damage.nodes()[state.phase > 0.9, 0].max()
    )
    run, cost = ride(body, strip, np.arange(0, 9, 0.5) * UNIT), body.damage.cost.mean()
    late = run.travel > 2.4 * UNIT
    speed, paid = (
        np.polyfit(run.travel[late], each[late], 1)[0] for each in (run.tip, run.dissipated)
    )
    assert speed == approx(1.0, abs=0.03)
    np.testing.assert_allclose([paid / cost, run.drive[late].mean() / cost], 1.0, atol=0.02)


def notched_square(ratio, split, corrected=True):
    """Square of 1 mm with a notch of 0.5 mm, held at the bottom, pulled at the top (Miehe et al.
    2010)."""
    millimetre = 1e-3
    length = 0.015 * millimetre
    tips = [
        (x * millimetre, y * millimetre)
        for x in np.linspace(0, 0.5, 26)
        for y in (-0.02, 0.0, 0.02)
    ]
    half = 0.5 * millimetre
    notch, coarsest = ((-half, 0), (0, 0)), 0.08 * millimetre
    mesh = plate((-half, -half), (half, half), [notch], tips, length / ratio, 0.15, (), coarsest)
    domain = build_domain(mesh)

    def supports(domain, space):
        held = np.concatenate(
            [boundary_dofs(domain, space, *at) for at in (("bottom", 0), ("bottom", 1), ("top", 0))]
        )
        top = boundary_dofs(domain, space, "top", 1)
        return Supports(
            np.concatenate([held, top]),
            factor=np.concatenate([np.zeros(len(held)), np.ones(len(top))]),
        )

    laws = laws_of(domain, 210e9 / length, debonded=("crack",))
    fracture = Fracture({"matrix": 2700.0}, length, "AT2", split, corrected=corrected)
    return CrackingMechanics(
        domain,
        bulk_of(domain, 210e9, 0.3),
        laws,
        damage_of(domain, ("crack",)),
        fracture,
        1,
        supports,
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_single_edge_notch_against_the_published_curve():
    """Peak of the load-displacement curve of Miehe, Hofacker, Welschinger (2010): 0.7 kN at 5.5e-3
    mm†, then the plate breaks through at once. Band 10 %; found 0.635 kN at 5.25e-3 mm with l/h = 3
    (their h is l/15†)."""
    body = notched_square(3.0, "spectral")
    state, rows = body.initial_state(), []
    for travel in np.concatenate([np.linspace(1, 5, 5), np.arange(5.1, 6.2, 0.1)]) * 1e-6:
        result = cracking_step(body, state, Load(prescribed_displacement=travel))
        assert result.converged, result.reason
        state = result.state
        rows.append((travel, reaction(body, state) * 1e-3))
        if rows[-1][1] < 100.0:
            break
    travel, force = np.array(rows).T
    assert force.max() == approx(700.0, rel=0.1)
    assert travel[force.argmax()] == approx(5.5e-6, rel=0.1)
    assert force[-1] < 0.1 * force.max() and body.damage.crack_area(state.phase) == approx(
        0.5e-3, rel=0.25
    )


def swelling_disc():
    """A soft disc that swells in a brittle matrix: body of a quarter, 4 x 4 radii."""

    def region(x):
        return "grain" if np.hypot(*x) < UNIT else "matrix"

    mesh = box((28, 28), (4 * UNIT, 4 * UNIT), region_of=region, interfaces={})
    domain = build_domain(mesh)

    def supports(domain, space):
        return Supports(
            np.concatenate(
                [boundary_dofs(domain, space, "left", 0), boundary_dofs(domain, space, "bottom", 1)]
            )
        )

    bulk = bulk_of(domain, {"grain": 140e9, "matrix": 22e9}, 0.3, swelling=("grain",))
    fracture = Fracture({"matrix": 1.0}, 0.3 * UNIT)
    return CrackingMechanics(domain, bulk, {}, damage_of(domain), fracture, 1, supports)


def test_a_swelling_grain_cracks_its_matrix():
    """Driven by an eigenstrain alone: nothing below the elastic limit, then a crack that runs
    outwards; what swelling worked is stored or dissipated but for what a jump frees, which is never
    negative; going back nothing heals."""
    body = swelling_disc()
    state, account, areas = body.initial_state(), EnergyAccount(), []
    for strain in np.linspace(0.002, 0.03, 15):
        result = cracking_step(body, state, Load(chemical_strain=strain))
        assert result.converged, result.reason
        state, account = result.state, account + result.energy
        areas.append(body.damage.crack_area(state.phase))
    assert areas[0] == 0.0 and np.all(np.diff(areas) >= 0.0)
    assert 1.0 * UNIT < areas[-1] < 12.0 * UNIT
    cracked = body.damage.of_cells(state.phase)
    assert cracked[body.domain.cells_of("grain")].max() == 0.0
    reach = np.linalg.norm(body.damage.nodes()[state.phase > 0.9], axis=1)
    assert reach.max() > 2.0 * UNIT
    assert account.external == 0.0 and account.residual >= -0.01 * account.chemical
    assert account.residual <= 0.3 * account.dissipated
    back = cracking_step(body, state, Load(chemical_strain=0.0))
    np.testing.assert_allclose(back.state.phase, state.phase, atol=1e-4)


def cohesive_strip(strip, strength):
    """The strip with an interface on y = 0 that softens from a strength [Pa] with the same
    toughness."""
    unit, size = strip.unit, (strip.length * strip.unit, strip.height * strip.unit)
    counts = round(size[0] / strip.size), 2 * round(0.5 * size[1] / strip.size)
    middle = 0.5 * size[1]
    mesh = moved(
        box(counts, size, interfaces={"crack": lambda x: abs(x[1] - middle) < 1e-12}),
        shift=(0.0, -middle),
    )
    domain = build_domain(mesh)

    def supports(domain, space):
        nodes = np.unique(
            np.concatenate([face_nodes(domain, space, face) for face in domain.boundaries])
        )
        count = space.dofmap.index_map.size_local
        place, side = np.empty((count, 2)), np.empty(count)
        place[space.dofmap.list] = node_positions(domain, space)
        side[space.dofmap.list] = np.sign(domain.points[domain.vertices].mean(axis=1)[:, 1])[
            :, None
        ]
        # Both ends of the crack's line belong to one of its faces.
        place[:, 1] += 1e-9 * unit * side
        return surfing.TipDriven(
            vector_dofs(nodes, 2), places=place[nodes], start=strip.crack * unit,
            intensity=np.sqrt(surfing.TOUGHNESS * surfing.PLANE),
        )  # fmt: skip

    stiffness = 25 * strength**2 / surfing.TOUGHNESS
    laws = laws_of(domain, stiffness, strength, surfing.TOUGHNESS)
    return Mechanics(
        domain,
        bulk_of(domain, surfing.YOUNG, surfing.POISSON),
        laws,
        damage_of(domain),
        2,
        supports,
    )


@pytest.mark.slow
def test_phase_field_and_cohesive_interface_agree():
    """A straight crack of the same toughness: an interface with the strength of AT1's elastic limit
    and the phase field dissipate the same per length, run as fast, and stand at the same place
    within half a length l of 10 l."""
    strip, travels = Strip(18.0, 10.0, 6.0, UNIT, UNIT / 3), np.arange(0.0, 4.1, 0.5) * UNIT
    body = cohesive_strip(
        strip, phase_field.critical_stress(surfing.PLANE, surfing.TOUGHNESS, UNIT, "AT1")
    )
    state, dissipated_fraction, cost = body.initial_state(), [], 0.0
    for travel in np.concatenate([np.arange(-6.0, 0.0, 0.5) * UNIT, travels]):
        result = step(body, state, Load(prescribed_displacement=travel))
        assert result.converged, result.reason
        state, cost = result.state, cost + result.energy.fracture
        dissipated_fraction.append(cost)
    glued = np.array(dissipated_fraction[-len(travels) :]) / surfing.TOUGHNESS
    run = ride(surfer(strip, corrected=True), strip, travels)
    late = travels > 1.9 * UNIT
    rates = [np.polyfit(travels[late], each[late], 1)[0] for each in (glued, run.length)]
    np.testing.assert_allclose(rates, 1.0, atol=0.02)
    np.testing.assert_allclose(glued[late], run.length[late], atol=0.5 * UNIT)
