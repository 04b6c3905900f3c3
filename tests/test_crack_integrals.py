"""Domain integrals around crack tips against closed forms, against the discrete energy itself, and
path by path."""

from dataclasses import replace

import numpy as np
import pytest

from bodies import bulk_of, face_nodes, vector_dofs
from chemomech.analysis.crack_integrals.plane import DomainIntegral, clear_radius, crack_tips
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import trace_operator
from chemomech.models.mechanics import Load
from chemomech.models.supports import Supports
from chemomech.physics.fracture import crack_tip_fields
from chemomech.physics.fracture.energy import energy_release_rate
from compare import approx
from cracked import (
    BULK,
    PLANE,
    POISSON,
    SHEAR,
    YOUNG,
    cracked_body,
    homogeneous,
    on_boundary,
    open_crack,
    plate,
    pressed,
    solved,
)  # fmt: skip
from meshes import box, moved, rotation

A, PRESSURE = 10e-6, 5e6
GRIFFITH = PRESSURE * np.sqrt(np.pi * A)
PENNY = 2 * PRESSURE * np.sqrt(A / np.pi)
FIELDS = [crack_tip_fields.mode_one, crack_tip_fields.mode_two, crack_tip_fields.line_force]


def centre_crack(finest=0.02, growth=0.25):
    """A crack of length 2 a in a square of 6 a."""
    return plate(
        (-3 * A, -3 * A), (3 * A, 3 * A), [((-A, 0), (A, 0))], [(-A, 0), (A, 0)], finest * A, growth
    )


def at(body, point, radii=None):
    """DomainIntegral at the tip nearest to a point."""
    tip = min(crack_tips(body.domain, "crack"), key=lambda each: np.linalg.norm(each.point - point))
    return DomainIntegral(body, tip, radii)


def field_at(field, x):
    """A TipField at points (..., 2)."""
    return field(*crack_tip_fields.polar(x), SHEAR, BULK)


@pytest.mark.parametrize("field", FIELDS)
def test_tip_fields(field):
    """Breaks when a gradient is not that of its displacement, a stress is out of equilibrium or
    loads the faces."""
    x = np.random.default_rng(1).uniform(-1, 1, (20, 2))
    h, unit = 1e-6, np.eye(2)
    found = field_at(field, x)
    ends = [(field_at(field, x + h * e), field_at(field, x - h * e)) for e in unit]
    slope = np.stack([(p.displacement - m.displacement) / (2 * h) for p, m in ends], axis=-1)
    assert np.abs(slope - found.gradient).max() < 1e-6 * np.abs(found.gradient).max()
    along_x, along_y = ((p.stress - m.stress) / (2 * h) for p, m in ends)
    force = np.stack([along_x[:, 0] + along_y[:, 3], along_x[:, 3] + along_y[:, 1]])
    assert np.abs(force).max() < 1e-6 * np.abs(along_x).max()
    for side in (np.pi, -np.pi):
        face = field(np.array([0.3]), np.array([side]), SHEAR, BULK).stress
        assert np.abs(face[:, [1, 3]]).max() < 1e-12


def test_tip_fields_have_unit_amplitude():
    """Breaks when a field is too large, or a mode's sign is turned."""
    ahead = np.array([[0.02, 0.0]])
    root = np.sqrt(2 * np.pi * 0.02)
    assert field_at(crack_tip_fields.mode_one, ahead).stress[0, 1] * root == approx(1.0, rel=1e-12)
    assert field_at(crack_tip_fields.mode_two, ahead).stress[0, 3] * root == approx(1.0, rel=1e-12)
    angle = (np.arange(400) + 0.5) / 400 * 2 * np.pi - np.pi
    normal = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    stress = field_at(crack_tip_fields.line_force, normal).stress
    tensor = stress[:, [0, 3, 3, 1]].reshape(-1, 2, 2)
    pull = np.einsum("kij,kj->ki", tensor, normal).mean(axis=0) * 2 * np.pi
    assert pull == approx([-1.0, 0.0], abs=1e-12)


def test_griffith_crack_under_pressure():
    """Breaks when a face term, E' or the plateau is wrong: K, T = -p, the area; G converges with
    the first cell."""
    sizes, errors = [0.08, 0.04, 0.02, 0.01], []
    for finest in sizes:
        body = cracked_body(
            centre_crack(finest, 0.15), on_boundary(lambda x: open_crack(x, A, PRESSURE)), PRESSURE
        )
        state = solved(body)
        integral = at(body, (A, 0))
        force = integral.driving_force(state)
        errors.append(force.energy_release_rate * PLANE / GRIFFITH**2 - 1)
        assert force.mode_one == approx(GRIFFITH, rel=5e-3)
        assert abs(force.mode_two) < 1e-3 * GRIFFITH
        assert force.spread < 2e-3
    assert force.mode_one == approx(GRIFFITH, rel=1e-3)
    assert integral.t_stress(state) == approx(-PRESSURE, rel=2e-3)
    assert np.abs(errors[-1]) < 1e-3
    assert np.polyfit(np.log(sizes), np.log(np.abs(errors)), 1)[0] == approx(1.0, abs=0.3)
    area = body.jump.integral(body.jump(state.displacement)[..., 0])
    assert area == approx(2 * np.pi * PRESSURE * A**2 / PLANE, rel=2e-3)
    # The forces of the vertices are G on the tip's side and nothing in between.
    forces = integral.configurational_forces(state)
    distance = np.linalg.norm(body.domain.points - integral.tip.point, axis=1)
    sums = [forces[distance < share * A].sum() for share in (0.3, 0.6, 0.9)]
    assert sums == approx([GRIFFITH**2 / PLANE] * 3, rel=0.01)


@pytest.mark.parametrize("angle", [0.5, -1.1])
def test_slanted_crack(angle):
    """Breaks when the crack's axes are mixed up: K_I, K_II and T under remote tension, at both
    tips."""
    turn = rotation(2, angle)
    remote = turn.T @ np.diag([0.0, PRESSURE]) @ turn

    def displacement(x):
        local = x @ turn
        u = homogeneous(local, (remote[0, 0], remote[1, 1], remote[0, 1]))
        return (u + open_crack(local, A, remote[1, 1], 0.0, remote[0, 1])) @ turn.T

    body = cracked_body(moved(centre_crack(), turn), on_boundary(displacement))
    state = solved(body)
    for sign in (1, -1):
        integral = at(body, sign * A * turn[:, 0])
        force = integral.driving_force(state)
        assert force.mode_one / GRIFFITH == approx(np.cos(angle) ** 2, abs=2e-3)
        assert force.mode_two / GRIFFITH == approx(np.sin(angle) * np.cos(angle), abs=2e-3)
        assert force.spread < 2e-3
        size = energy_release_rate(force.mode_one, force.mode_two, YOUNG, POISSON)
        assert force.energy_release_rate == approx(size, rel=3e-3)
        assert integral.t_stress(state) / PRESSURE == approx(-np.cos(2 * angle), abs=2e-3)


@pytest.mark.parametrize("by_cell", [False, True])
def test_crack_in_a_heated_clamped_body(by_cell):
    """Breaks when the gradient of the free strain or its jumps between cells are left out, or T
    counts it as stress.

    Clamped along the crack's normal, free strain e0 + b x: stress across -E (e0 + b x)/(1 - nu), so
    that K = (s0 +- s1 a/2) sqrt(pi a).
    """
    mean, slope = -2e-4, -0.8e-4 / A
    stress, steep = (-YOUNG * each / (1 - POISSON) for each in (mean, slope))

    def displacement(x):
        u = open_crack(x, A, stress, steep)
        u[:, 0] += (1 + POISSON) / (1 - POISSON) * (mean * x[:, 0] + 0.5 * slope * x[:, 0] ** 2)
        return u

    body = cracked_body(centre_crack(), on_boundary(displacement))
    strain = mean + slope * body.strain.points[..., 0]
    strain = strain.mean(axis=1, keepdims=True) if by_cell else strain
    state = solved(body, Load(chemical_strain=strain))
    for sign in (1, -1):
        integral = at(body, (sign * A, 0))
        force = integral.driving_force(state)
        expected = (stress + 0.5 * sign * steep * A) * np.sqrt(np.pi * A)
        assert force.mode_one == approx(expected, rel=3e-3)
        assert force.energy_release_rate == approx(expected**2 / PLANE, rel=6e-3)
        assert force.spread < 2e-3
        assert integral.t_stress(state) == approx(-(stress + sign * steep * A), rel=0.02)


@pytest.mark.parametrize("axisymmetric", [False, True])
@pytest.mark.parametrize(("other", "tip"), [((1, 0), (2, 0)), ((2, -1), (2, 1))])
def test_j_is_the_loss_of_discrete_energy(axisymmetric, other, tip):
    """Breaks when any term is missing or off: J equals -dPi/da of the mesh whose tip is moved, to
    rounding.

    With pressure on the faces, uneven free strain, a skew load; along the radius and along the
    axis.
    """
    ahead = np.subtract(tip, other) / np.linalg.norm(np.subtract(tip, other))
    tip, other, reach = np.multiply(tip, A), np.multiply(other, A), 0.9 * A
    mesh = plate((0.5 * A, -3 * A), (4 * A, 4 * A), [(other, tip)], [tip], 0.05 * A, 0.3)
    plateau = np.clip(2 * (1 - np.linalg.norm(mesh.points - tip, axis=1) / reach), 0, 1)

    def body_of(move):
        grown = replace(mesh, points=mesh.points + move * plateau[:, None] * ahead)
        body = cracked_body(
            grown,
            on_boundary(lambda x: 1e-3 * x + x[:, ::-1] * [2e-4, 1e-4]),
            PRESSURE,
            axisymmetric,
        )
        x = body.strain.points / A
        return body, solved(
            body, Load(chemical_strain=1e-3 * (1 + 0.3 * x[..., 0] - 0.2 * x[..., 1]))
        )

    def energy(body, state):
        elastic = body.strain(state.displacement)
        elastic[..., :3] -= state.chemical_strain[..., None]
        return (
            0.5 * body.strain.integral(np.einsum("mqc,mqc->mq", state.stress, elastic))
            + state.stored
        )

    move = 1e-4 * A
    front = 2 * np.pi * tip[0] if axisymmetric else 1.0
    expected = -(energy(*body_of(move)) - energy(*body_of(-move))) / (2 * move * front)
    body, state = body_of(0.0)
    force = at(body, tip, [reach]).driving_force(state)
    assert force.energy_release_rate == approx(expected, rel=1e-7)
    # The intensities say the same, to the accuracy of this coarse mesh;
    # K_I < 0 counts, as nothing keeps the faces from overlapping.
    assert energy_release_rate(abs(force.mode_one), force.mode_two, YOUNG, POISSON) == approx(
        expected, rel=0.03
    )
    several = at(body, tip).driving_force(state).by_circle[:, 1:]
    assert np.ptp(several, axis=0).max() < 2e-3 * np.hypot(*several[0])


@pytest.mark.parametrize("axisymmetric", [False, True])
def test_circles_that_cut_a_swollen_inclusion(axisymmetric):
    """Breaks when the jump of the free strain on a border is left out: K depends on the circle, by
    far more."""
    disc = (4.6 * A, 0.3 * A, 0.5 * A)
    tips = [(2 * A, 0), (4 * A, 0)]
    mesh = plate((0.5 * A, -5 * A), (9 * A, 5 * A), [tips], tips, 0.02 * A, 0.15, [disc])
    swelling = lambda domain: bulk_of(domain, YOUNG, POISSON, swelling=("inclusion",))
    body = cracked_body(mesh, on_boundary(lambda x: 0 * x), PRESSURE, axisymmetric, swelling)
    state = solved(body, Load(chemical_strain=1e-3))
    found = (
        at(body, tips[1], np.array([0.1, 0.3, 0.5, 0.8, 1.1, 1.4]) * A)
        .driving_force(state)
        .by_circle
    )
    assert np.abs(found[:, 1:] / found[:1, 1:] - 1).max() < 1e-3
    # G suffers from the stress that jumps on the border; on a mesh of half the size its error is
    # half as large.
    assert np.abs(found[:, 0] * PLANE / (found[:, 1] ** 2 + found[:, 2] ** 2) - 1).max() < 0.12


def penny(finest, growth, pressure):
    """A disc-shaped crack of radius a in a cylinder of radius and half height 15 a."""
    mesh = plate((0, -15 * A), (15 * A, 15 * A), [((0, 0), (A, 0))], [(A, 0)], finest * A, growth)
    return cracked_body(
        mesh, pressed("top", (("left", 0), ("bottom", 1)), axisymmetric=True), pressure, True
    )


def test_penny_crack():
    """Breaks when a hoop term or 2 pi r is wrong: K = 2 p sqrt(a/pi) pressed open or pulled open,
    volume, opening."""
    body = penny(0.01, 0.15, PRESSURE)
    state = solved(body)
    force = at(body, (A, 0)).driving_force(state)
    assert force.mode_one == approx(PENNY, rel=1e-3)
    assert abs(force.mode_two) < 5e-4 * PENNY
    assert force.spread < 1e-3
    assert force.energy_release_rate == approx(PENNY**2 / PLANE, rel=5e-3)
    opening = body.jump(state.displacement)[..., 0]
    assert body.jump.integral(opening) == approx(16 * PRESSURE * A**3 / (3 * PLANE), rel=5e-3)
    r = body.jump.points[..., 0]
    closed_form = 8 * PRESSURE * A / (np.pi * PLANE) * np.sqrt(1 - (r / A) ** 2)
    assert np.abs(opening - closed_form)[r < 0.95 * A].max() < 0.01 * closed_form.max()
    pulled = penny(0.01, 0.15, 0.0)
    force = at(pulled, (A, 0)).driving_force(solved(pulled, Load(pressure=-PRESSURE)))
    assert force.mode_one == approx(PENNY, rel=2e-3)


def test_double_cantilever_beam():
    """Breaks when K or G is wrong in a bent body: K = sqrt(12/h) P (a/h + 0.673) (Foote, Buchwald
    1985)."""
    arm, force = 1e-3, 100.0

    def ends(domain, space):
        operator = trace_operator(domain, space, domain.boundaries["left"], 4)
        side = np.sign(operator.points[..., 1:])
        weight = operator.forces(side * [0.0, 1.0], 2 * space.dofmap.index_map.size_local) / arm
        handle = np.flatnonzero(weight)
        return Supports(
            vector_dofs(face_nodes(domain, space, "right"), 2),
            control_dof=handle,
            weight=weight[handle],
        )

    for notch in (3 * arm, 6 * arm):
        corners = (0, -arm), (notch + 8 * arm, arm)
        mesh = plate(
            *corners, [((0, 0), (notch, 0))], [(notch, 0)], 0.01 * arm, 0.2, coarsest=arm / 3
        )
        body = cracked_body(mesh, ends)
        found = at(body, (notch, 0)).driving_force(solved(body, Load(pressure=-force / body.area)))
        expected = np.sqrt(12 / arm) * force * (notch / arm + 0.673)
        assert found.mode_one == approx(expected, rel=5e-3)
        assert found.energy_release_rate == approx(expected**2 / PLANE, rel=0.01)
        assert found.spread < 2e-3


def test_closed_crack_slides():
    """Breaks when contact pressure on the faces is not counted: pressed and sheared, K_I = 0 and
    K_II = s sqrt(pi a).

    The facet at the tip cannot close and carries no pressure, so K_I vanishes with the root of its
    size only.
    """

    def displacement(x):
        return homogeneous(x, (0.0, -2 * PRESSURE, PRESSURE)) + open_crack(x, A, 0.0, 0.0, PRESSURE)

    sizes, left = [0.08, 0.02, 0.005], []
    for finest in sizes:
        body = cracked_body(centre_crack(finest), on_boundary(displacement), contact=1e18)
        force = at(body, (A, 0)).driving_force(solved(body))
        left.append(abs(force.mode_one) / GRIFFITH)
        assert force.mode_two == approx(GRIFFITH, rel=5e-3)
        assert force.energy_release_rate == approx(GRIFFITH**2 / PLANE, rel=0.03)
        assert force.spread < 2e-3
    assert left[-1] < 0.06
    assert np.polyfit(np.log(sizes), np.log(left), 1)[0] == approx(0.5, abs=0.15)


def test_tips_and_room():
    """Breaks when a mouth counts as a tip, a direction points back, or the room ignores what stands
    in it."""
    mesh = plate(
        (-4 * A, -4 * A),
        (4 * A, 0),
        [((0, -A), (0, 0))],
        [(0, -A)],
        0.05 * A,
        0.3,
        [(2 * A, -A, 0.5 * A)],
    )
    young = {"matrix": YOUNG, "inclusion": YOUNG / 2}
    body = cracked_body(mesh, pressed("top"), bulk=lambda domain: bulk_of(domain, young, POISSON))
    (tip,) = crack_tips(body.domain, "crack")
    assert tip.point == approx([0.0, -A], abs=1e-9 * A)
    assert tip.direction == approx([0.0, -1.0], abs=1e-9)
    assert clear_radius(body, tip) == approx(A, rel=1e-6)
    assert clear_radius(body, tip._replace(point=np.array([A, -2 * A]))) < A
    body = cracked_body(centre_crack(), on_boundary(lambda x: 0 * x))
    first, second = crack_tips(body.domain, "crack")
    assert first.direction @ second.direction == approx(-1.0)
    assert clear_radius(body, first) == approx(2 * A, rel=1e-6)
    # A kink half a crack length behind the tip; another interface near by.
    bent = plate(
        (-3 * A, -3 * A),
        (3 * A, 3 * A),
        [((-A, A), (0, 0)), ((0, 0), (A, 0))],
        [(A, 0)],
        0.05 * A,
        0.3,
    )
    body = cracked_body(bent, on_boundary(lambda x: 0 * x))
    tip = at(body, (A, 0)).tip
    assert clear_radius(body, tip) == approx(A, rel=1e-6)
    middle = bent.points[bent.facet_table.facets].mean(axis=1)
    nearest = np.argmin(np.linalg.norm(middle - [1.5 * A, 0.2 * A], axis=1))
    grain = bent.with_interfaces({"grain boundary": bent.facet_table.facets[[nearest]]})
    assert 0.3 * A < clear_radius(cracked_body(grain, on_boundary(lambda x: 0 * x)), tip) < 0.8 * A


def test_refusals():
    """Breaks when a value is given where the integrals do not hold."""
    body = cracked_body(centre_crack(0.3, 0.3), on_boundary(lambda x: 0 * x))
    with pytest.raises(ValueError, match="too large"):
        at(body, (A, 0), [2.5 * A])
    with pytest.raises(ValueError, match="too coarse"):
        at(body, (A, 0), [0.2 * A])
    solid = build_domain(box((1, 1, 2), interfaces={"crack": lambda x: abs(x[2] - 0.5) < 1e-9}))
    with pytest.raises(ValueError, match="not supported"):
        crack_tips(solid, "crack")
    ring = penny(0.1, 0.4, PRESSURE)
    with pytest.raises(ValueError, match="plane strain only"):
        at(ring, (A, 0)).t_stress(solved(ring))


def test_flow_inside_is_refused():
    """Breaks when plastic strain inside the circles goes unnoticed, or flow outside of them is
    refused."""
    disc = (1.8 * A, 0.0, 0.3 * A)
    mesh = plate(
        (-3 * A, -3 * A),
        (3 * A, 3 * A),
        [((-A, 0), (A, 0))],
        [(-A, 0), (A, 0)],
        0.05 * A,
        0.3,
        [disc],
    )
    soft = {"matrix": np.inf, "inclusion": 1e5}
    yielding = lambda domain: bulk_of(domain, YOUNG, POISSON, soft, 1e8)
    body = cracked_body(
        mesh, on_boundary(lambda x: open_crack(x, A, PRESSURE)), PRESSURE, bulk=yielding
    )
    state = solved(body)
    assert np.any(state.accumulated > 0)
    with pytest.raises(ValueError, match="flowed"):
        at(body, (A, 0), [0.9 * A]).driving_force(state)
    assert at(body, (A, 0), np.array([0.2, 0.3]) * A).driving_force(state).spread < 0.02
