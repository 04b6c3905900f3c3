"""Domain integrals along crack fronts in 3D: closed forms, the plane value, the discrete energy
itself, tube by tube."""

from dataclasses import replace

import numpy as np
import pytest

from bodies import bulk_of, face_nodes, node_positions, vector_dofs
from chemomech.analysis.crack_integrals.fronts import local_coordinates
from chemomech.analysis.crack_integrals.space import FrontIntegral, clear_distance, crack_fronts
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import trace_operator
from chemomech.models.mechanics import Load
from chemomech.models.supports import Supports, boundary_dofs
from chemomech.physics.fracture import crack_tip_fields
from compare import approx
from cracked import (
    PLANE,
    POISSON,
    SHEAR,
    YOUNG,
    cracked_body,
    homogeneous,
    open_crack,
    penny_block,
    solved,
)
from meshes import box, mapped, moved

A, PRESSURE = 10e-6, 5e6
GRIFFITH = PRESSURE * np.sqrt(np.pi * A)
PENNY = 2 * PRESSURE * np.sqrt(A / np.pi)
THICKNESS = 0.6 * A


def integral(body, radii, stations=None):
    """FrontIntegral of the only front of the crack."""
    (front,) = crack_fronts(body.domain, "crack")
    return FrontIntegral(body, front, np.multiply(radii, A), stations)


def lines(low, centre, high, first, ratio=1.3):
    """Coordinates of grid lines that grow from `centre` by `ratio`, at first by `first`."""

    def side(length):
        steps = first * ratio ** np.arange(60)
        places = np.cumsum(steps)[: np.searchsorted(np.cumsum(steps), length) + 1]
        return places * length / places[-1]

    return np.concatenate(
        [centre - side(centre - low)[::-1], [centre], centre + side(high - centre)]
    )


def slab(first, layers=2):
    """Half of a Griffith crack (x < a, z = 0) in a slab from y = 0 to THICKNESS; the front along
    y."""
    x, z = lines(0, A, 3 * A, first * A), lines(-2 * A, 0, 2 * A, first * A)
    y = np.linspace(0, THICKNESS, layers + 1)
    tip, middle = np.argmin(np.abs(x - A)), np.argmin(np.abs(z))
    counts = (len(x) - 1, layers, len(z) - 1)
    on_crack = lambda p: abs(p[2] - middle) < 1e-9 and p[0] < tip
    grid = box(counts, np.array(counts, float), interfaces={"crack": on_crack})
    place = lambda p: [np.interp(p[:, i], range(len(c)), c) for i, c in enumerate((x, y, z))]
    return mapped(grid, lambda p: np.stack(place(p), axis=1))


def slab_supports(plane, out=0.0, turn=np.eye(3)):
    """An exact displacement on the lateral faces: plane(points (n, 2)) in x and z, out sqrt(z^2 -
    a^2) along the front.

    Front and back are planes of symmetry, or of antisymmetry where `out` is not 0. turn: axes of
    the slab as columns.
    """

    def supports(domain, space):
        place = np.empty((space.dofmap.index_map.size_local, 3))
        place[space.dofmap.list] = node_positions(domain, space) @ turn
        # A node of the crack sees it from its own cell's side.
        above = np.empty(len(place))
        above[space.dofmap.list] = np.sign(
            (domain.points[domain.vertices].mean(axis=1) @ turn)[:, 2]
        )[:, None]
        flat = place[:, [0, 2]]
        flat[:, 1] = np.where(np.abs(flat[:, 1]) < 1e-9 * A, above * 1e-12 * A, flat[:, 1])
        u, z = plane(flat), flat[:, 0] + 1j * flat[:, 1]
        along = out * (np.sqrt(z - A) * np.sqrt(z + A)).imag
        exact = (np.stack([u[:, 0], along, u[:, 1]], axis=1) @ turn.T).ravel()
        held = [
            vector_dofs(face_nodes(domain, space, face), 3)
            for face in ("left", "right", "bottom", "top")
        ]
        ends = [int(np.argmax(turn[:, i])) for i in ((0, 2) if out else (1,))]
        held += [
            boundary_dofs(domain, space, face, component)
            for face in ("front", "back")
            for component in ends
        ]
        held = np.unique(np.concatenate(held))
        return Supports(held, offset=exact[held])

    return supports


def griffith_supports(pressure=0.0, shear=0.0, antiplane=0.0, turn=np.eye(3)):
    """Of a Griffith crack under pressure inside, and under shear in and out of the plane from
    afar."""
    plane = lambda x: open_crack(x, A, pressure, 0.0, shear) + homogeneous(x, (0.0, 0.0, shear))
    return slab_supports(plane, antiplane / SHEAR, turn)


def test_field_of_mode_three():
    """Breaks when its stress is not that of its displacement, not in equilibrium, loads the faces
    or is too large."""
    x, h = np.random.default_rng(2).uniform(-1, 1, (20, 2)), 1e-6
    at = lambda p: crack_tip_fields.mode_three(*crack_tip_fields.polar(p), SHEAR)
    ends = [(at(x + h * e), at(x - h * e)) for e in np.eye(2)]
    slope = np.stack([(p[0] - m[0]) / (2 * h) for p, m in ends], axis=1)
    assert slope == approx(at(x)[1], rel=1e-6)
    assert at(x)[2] == approx(SHEAR * at(x)[1])
    divergence = sum((p[2][:, i] - m[2][:, i]) / (2 * h) for i, (p, m) in enumerate(ends))
    assert np.abs(divergence).max() < 1e-6 * np.abs(ends[0][0][2]).max() / h**0.5
    assert crack_tip_fields.mode_three(0.3, np.pi, SHEAR)[2][1] == approx(0.0, abs=1e-12)
    assert crack_tip_fields.mode_three(0.02, 0.0, SHEAR)[2][1] * np.sqrt(
        2 * np.pi * 0.02
    ) == approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("mode", "name"), [(0, "pressure"), (1, "shear"), (2, "antiplane")])
def test_straight_front_has_the_plane_value(mode, name):
    """Breaks when a mode, a face term or an axis is wrong: K_I, K_II, K_III of a Griffith crack all
    along the front."""
    sizes, errors, load = [0.12, 0.06], [], {name: PRESSURE}
    for size in sizes:
        body = cracked_body(slab(size), griffith_supports(**load), load.get("pressure", 0.0))
        whole = integral(body, [0.5, 0.7, 0.9], 3)
        force = whole.driving_force(solved(body))
        sign = (1.0, whole.front.axes[0, 1, 2], whole.front.axes[0, 2, 1])[mode]
        # In antisymmetry the ends are not what the integral takes them for.
        inner = force.modes[1:2] if mode == 2 else force.modes
        assert sign * inner[:, mode] == approx(np.full(len(inner), GRIFFITH), rel=0.15 * size)
        assert np.abs(np.delete(inner, mode, axis=1)).max() < 0.1 * size * GRIFFITH
        assert force.spread[1] < 0.03 * size
        errors.append(abs(abs(force.modes[1, mode]) / GRIFFITH - 1))
        expected = GRIFFITH**2 / (2 * SHEAR if mode == 2 else PLANE)
        assert force.energy_release_rate[1] == approx(expected, rel=0.25 * size)
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == approx(1.0, abs=0.35)


def test_turned_axes():
    """Breaks when the axes of the front are mixed up: pressed and sheared with the slab's axes
    renamed."""
    turn = np.eye(3)[[1, 2, 0]]
    body = cracked_body(
        moved(slab(0.12), turn), griffith_supports(PRESSURE, -0.5 * PRESSURE, turn=turn), PRESSURE
    )
    force = integral(body, [0.5, 0.7, 0.9], 3).driving_force(solved(body))
    side = float(turn[:, 2] @ crack_fronts(body.domain, "crack")[0].axes[0, 1])
    assert force.modes[1, :2] / GRIFFITH == approx([1.0, -0.5 * side], rel=0.02)


def energy(body, state):
    """Elastic energy and that of the interfaces [J]."""
    elastic = body.strain(state.displacement)
    elastic[..., :3] -= state.chemical_strain[..., None]
    return (
        0.5 * body.strain.integral(np.einsum("mqc,mqc->mq", state.stress, elastic)) + state.stored
    )


def test_j_is_the_loss_of_discrete_energy():
    """Breaks when any term is missing or off: J equals -dPi/da of the mesh whose front is moved, to
    rounding.

    With pressure on the faces, uneven free strain and a load that shears in all planes.
    """
    size = np.array([2.0, 1.5, 2.0]) * A
    on_crack = lambda x: abs(x[2] - A) < 1e-9 * A and x[0] < A
    mesh = box((10, 4, 10), size, interfaces={"crack": on_crack})

    def supports(domain, space):
        nodes = np.unique(
            np.concatenate([face_nodes(domain, space, face) for face in domain.boundaries])
        )
        place = np.empty((space.dofmap.index_map.size_local, 3))
        place[space.dofmap.list] = node_positions(domain, space)
        shape = lambda x: 1e-3 * x + x[:, [1, 2, 0]] * [2e-4, 1e-4, -3e-4]
        return Supports(vector_dofs(nodes, 3), offset=shape(place[nodes]).ravel())

    def body_of(mesh):
        body = cracked_body(mesh, supports, PRESSURE)
        x = body.strain.points / A
        return body, solved(body, Load(chemical_strain=1e-3 * (1 + x @ [0.3, 0.1, -0.2])))

    body, state = body_of(mesh)
    whole = integral(body, [0.8], 3)
    found = whole.driving_force(state)
    coordinates = local_coordinates(whole.front, mesh.points)
    plateau = np.clip(2 * (1 - np.hypot(*coordinates.plane.T) / (0.8 * A)), 0, 1)
    plateau *= np.interp(coordinates.arc / A, [0, 0.75, 1.5], [0, 1, 0])
    step = 1e-4 * A * plateau[:, None] * coordinates.axes[:, 0]
    ends = [energy(*body_of(replace(mesh, points=mesh.points + sign * step))) for sign in (1, -1)]
    expected = -(ends[0] - ends[1]) / (2e-4 * A) / whole.norm[1]
    assert found.energy_release_rate[1] == approx(expected, rel=1e-6)
    assert whole.norm[1] == approx(0.75 * A)


def penny_supports(domain, space):
    """Rollers on the planes of symmetry and below; the stack pressure spread evenly on top."""
    held = [
        boundary_dofs(domain, space, *each) for each in (("bottom", 2), ("left", 0), ("front", 1))
    ]
    operator = trace_operator(domain, space, domain.boundaries["top"], 4)
    up = np.broadcast_to([0.0, 0.0, 1.0], (*operator.weights.shape, 3))
    share = operator.forces(up, space.dofmap.index_map.size_local * 3)
    fixed = np.unique(np.concatenate(held))
    handle = np.setdiff1d(np.flatnonzero(share), fixed)
    return Supports(
        fixed, control_dof=handle, weight=share[handle] / domain.boundary_measure("top")
    )


def penny_force(finest, pressure, pull):
    """(body, state, FrontForce) of a penny crack."""
    body = cracked_body(moved(penny_block(finest), A * np.eye(3)), penny_supports, pressure)
    state = solved(body, Load(pressure=-pull))
    return body, state, integral(body, [0.6, 0.7, 0.8], 4).driving_force(state)


@pytest.mark.parametrize(("pressure", "pull"), [(PRESSURE, 0.0), (0.0, PRESSURE)])
def test_penny_crack(pressure, pull):
    """Breaks when a term of the curved front is wrong: K_I = 2 p sqrt(a/pi) all along, no K_II, the
    volume."""
    body, state, force = penny_force(0.12, pressure, pull)
    assert force.modes[:, 0] == approx(np.full(4, PENNY), rel=8e-3)
    assert np.abs(force.modes[:, 1:]).max() < 8e-3 * PENNY
    assert force.energy_release_rate == approx(np.full(4, PENNY**2 / PLANE), rel=0.04)
    # Half a tent at a plane of symmetry sees few cells: K_II differs there by tube.
    assert force.spread[1:-1].max() < 2e-3 and force.spread.max() < 0.02
    volume = body.jump.integral(body.jump(state.displacement)[..., 0])
    assert volume == approx(4 * PRESSURE * A**3 / (3 * PLANE), rel=0.06)


@pytest.mark.slow
def test_penny_crack_converges():
    """Breaks when the error of K_I or of G does not fall with the cells at the front."""
    sizes = [0.13, 0.09, 0.06]
    bodies, states, forces = zip(*(penny_force(size, PRESSURE, 0.0) for size in sizes), strict=True)
    volume = bodies[-1].jump.integral(bodies[-1].jump(states[-1].displacement)[..., 0])
    assert volume == approx(4 * PRESSURE * A**3 / (3 * PLANE), rel=0.02)
    modes = [np.abs(force.modes[:, 0] / PENNY - 1).max() for force in forces]
    rates = [np.abs(force.energy_release_rate * PLANE / PENNY**2 - 1).max() for force in forces]
    assert modes[-1] < 1e-3
    assert forces[-1].spread[1:-1].max() < 1e-3 and forces[-1].spread.max() < 5e-3
    assert np.polyfit(np.log(sizes), np.log(rates), 1)[0] == approx(1.0, abs=0.35)


def test_free_strain_by_cell():
    """Breaks when jumps of the free strain between cells are left out: the same K as of the smooth
    strain.

    Clamped across the crack, free strain e0 + b x; see the plane test.
    """
    mean, slope = -2e-4, -0.8e-4 / A
    stress, steep = (-YOUNG * each / (1 - POISSON) for each in (mean, slope))

    def plane(x):
        u = open_crack(x, A, stress, steep)
        u[:, 0] += (1 + POISSON) / (1 - POISSON) * (mean * x[:, 0] + 0.5 * slope * x[:, 0] ** 2)
        return u

    expected = (stress + 0.5 * steep * A) * np.sqrt(np.pi * A)
    body = cracked_body(slab(0.08), slab_supports(plane))
    for by_cell in (False, True):
        strain = mean + slope * body.strain.points[..., 0]
        strain = strain.mean(axis=1, keepdims=True) if by_cell else strain
        force = integral(body, [0.5, 0.7, 0.9], 3).driving_force(
            solved(body, Load(chemical_strain=strain))
        )
        assert force.modes[:, 0] == approx(np.full(3, expected), rel=0.015)
        assert force.spread.max() < 3e-3


def test_fronts_and_room():
    """Breaks when a ring is not closed, an edge on an outer face counts as front, or the room
    ignores what stands in it."""
    grid = box(
        (6, 6, 4),
        (6 * A, 6 * A, 4 * A),
        interfaces={
            "crack": lambda x: (
                abs(x[2] - 2 * A) < 1e-9 and np.hypot(x[0] - 3 * A, x[1] - 3 * A) < 1.6 * A
            )
        },
    )
    domain = build_domain(grid)
    (front,) = crack_fronts(domain, "crack")
    assert front.closed
    outward = np.einsum("ki,ki->k", front.axes[:, 0], front.points - [3 * A, 3 * A, 2 * A])
    assert np.all(outward > 0)
    through = cracked_body(slab(0.12), griffith_supports())
    (front,) = crack_fronts(through.domain, "crack")
    assert not front.closed and front.length == approx(THICKNESS)
    assert front.axes[0, 0] == approx([1.0, 0.0, 0.0], abs=1e-9)
    # Behind the front the crack goes on to x = 0, an outer face.
    assert clear_distance(through, front) == approx(A, rel=1e-6)
    half = np.flatnonzero(slab(0.12).points[slab(0.12).cells].mean(axis=1)[:, 0] > 1.5 * A)
    two = slab(0.12)
    region = two.cell_region.copy()
    region[half] = 2
    two = replace(two, cell_region=region, regions={"block": 1, "stiff": 2})
    bulk = lambda domain: bulk_of(domain, {"block": YOUNG, "stiff": 2 * YOUNG}, POISSON)
    body = cracked_body(two, griffith_supports(), bulk=bulk)
    assert clear_distance(body, crack_fronts(body.domain, "crack")[0]) < 0.9 * A
    with pytest.raises(ValueError, match="too large"):
        integral(through, [1.1])
    with pytest.raises(ValueError, match="too coarse"):
        integral(through, [0.2])
    with pytest.raises(ValueError, match="stations"):
        integral(through, [0.6], 9)
