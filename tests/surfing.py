"""A crack drawn through a strip by the field of its own tip: the boundary moves as that of K_I at
(x0 + travel, 0).

The crack advances with the field and settles where its driving force is what the mesh makes a crack
cost, so length, dissipation, work and J can be held against each other. Source: Hossain, Hsueh,
Bourdin, Bhattacharya, J. Mech. Phys. Solids 71 (2014) 15.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bodies import bulk_of, damage_of, face_nodes, node_positions, vector_dofs
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import gradient_operator
from chemomech.models.mechanics import Load
from chemomech.models.phase_field import CrackingMechanics, Fracture
from chemomech.models.supports import Supports
from chemomech.physics.bulk import elasticity
from chemomech.physics.fracture import crack_tip_fields
from chemomech.simulation.phase_field_step import CrackingOptions, cracking_step
from meshes import box, mapped

YOUNG, POISSON, TOUGHNESS = 150e9, 0.26, 9.71  # a garnet
SHEAR, BULK = elasticity.shear_modulus(YOUNG, POISSON), elasticity.bulk_modulus(YOUNG, POISSON)
PLANE = YOUNG / (1 - POISSON**2)


@dataclass(frozen=True)
class TipDriven(Supports):
    """Outer nodes (n, 2) that follow a mode I field whose tip stands at `start` + travel."""

    places: np.ndarray = None
    start: float = 0.0
    intensity: float = 0.0

    def values(self, size, travel):
        """Prescribed displacement of the outer nodes."""
        values = np.zeros(size)
        away = self.places - [self.start + travel, 0.0]
        field = crack_tip_fields.mode_one(*crack_tip_fields.polar(away), SHEAR, BULK)
        values[self.fixed] = self.intensity * field.displacement.ravel()
        return values


class Strip(NamedTuple):
    """length, height, first crack, all in lengths of regularisation l [m]; h: side of the cells'
    squares [m]."""

    length: float
    height: float
    crack: float
    unit: float
    size: float


def graded(strip):
    """Mesh of the strip: squares of side h about y = 0, a strip of them on it, growing towards the
    edges."""
    l, h = strip.unit, strip.size
    half, y = 0.5 * strip.height * l, [0.5 * h]
    while y[-1] < half:
        growth = 1.0 if y[-1] < 3.0 * l else 1.15
        y.append(y[-1] + growth * (y[-1] - y[-2] if len(y) > 1 else h))
    y = np.array(y)
    if len(y) > 1:
        outer = y > 3.0 * l
        if outer.any():
            base = y[~outer].max()
            y[outer] = base + (y[outer] - base) * (half - base) / (y[-1] - base)
    rows = np.concatenate([-y[::-1], y])
    columns = round(strip.length * l / h)
    grid = box((columns, len(rows) - 1))
    last = len(rows) - 1
    return mapped(
        grid,
        lambda p: np.stack(
            [p[:, 0] * strip.length * l, rows[np.rint(p[:, 1] * last).astype(int)]], 1
        ),
    )


def surfer(strip, mesh=None, model="AT1", split="none", load=1.0, corrected=False, degree=1):
    """CrackingMechanics of a strip; load: intensity over that of G = toughness."""
    domain = build_domain(graded(strip) if mesh is None else mesh)

    def supports(domain, space):
        nodes = np.unique(
            np.concatenate([face_nodes(domain, space, face) for face in domain.boundaries])
        )
        place = np.empty((space.dofmap.index_map.size_local, 2))
        place[space.dofmap.list] = node_positions(domain, space)
        return TipDriven(
            vector_dofs(nodes, 2), places=place[nodes], start=strip.crack * strip.unit,
            intensity=load * np.sqrt(TOUGHNESS * PLANE),
        )  # fmt: skip

    fracture = Fracture({"block": TOUGHNESS}, strip.unit, model, split, corrected=corrected)
    return CrackingMechanics(
        domain, bulk_of(domain, YOUNG, POISSON), {}, damage_of(domain), fracture, degree, supports
    )


def seed(strip):
    """The nodes of the first crack."""
    return lambda x: (np.abs(x[:, 1]) < 0.51 * strip.size) & (x[:, 0] < strip.crack * strip.unit)


def driving_force(body, state):
    """J [J/m2] as a domain integral of the elastic field, q falling from 1 within to 0 on the outer
    faces."""
    domain, points = body.domain, body.domain.points
    gradient = gradient_operator(
        domain, body.space, np.arange(len(domain.region)), body.quadrature_degree
    )
    nodal = state.displacement.reshape(-1, 2)[gradient.dofs]
    slope = np.einsum("eqjl,eli->eqij", gradient.blocks, nodal)
    stress = np.empty((*state.stress.shape[:2], 2, 2))
    for (i, j), row in {(0, 0): 0, (1, 1): 1, (0, 1): 3, (1, 0): 3}.items():
        stress[..., i, j] = state.stress[..., row]
    lower, upper = points.min(axis=0), points.max(axis=0)
    edge = np.minimum(points - lower, upper - points).min(axis=1)
    weight = np.clip(edge / (0.35 * edge.max()), 0.0, 1.0)
    inverse = np.linalg.inv(domain.jacobians())
    hats = np.concatenate([-inverse.sum(axis=1, keepdims=True), inverse], axis=1)
    fall = np.einsum("evj,ev->ej", hats, weight[domain.vertices])
    flux = np.einsum("eqij,eqi->eqj", stress, slope[..., 0])
    flux[..., 0] -= body.elastic_density(state)
    return gradient.integral(np.einsum("eqj,ej->eq", flux, fall))


class Ride(NamedTuple):
    """By step: travel [m], crack length by its cost and by its tip [m], dissipated, stored energy
    and work [J/m], J [J/m2]."""

    travel: np.ndarray
    length: np.ndarray
    tip: np.ndarray
    dissipated: np.ndarray
    stored: np.ndarray
    work: np.ndarray
    drive: np.ndarray


def tip_of(body, state, level=0.9):
    """Farthest x [m] that the damage reaches a level, linear between nodes along the line next to y
    = 0."""
    x, y = body.damage.nodes().T
    line = np.flatnonzero(np.abs(y - y[np.argmin(np.abs(y))]) < 1e-12)
    line = line[np.argsort(x[line])]
    x, d = x[line], state.phase[line]
    last = np.flatnonzero(d >= level)[-1]
    if last + 1 == len(x):
        return x[-1]
    return x[last] + (d[last] - level) / (d[last] - d[last + 1]) * (x[last + 1] - x[last])


def ride(body, strip, travels, options=CrackingOptions(), notify=lambda *_: None):
    """Ride of a body along the travels [m]."""
    state = body.initial_state(seed(strip))
    rows, work, before = [], 0.0, None
    first = body.damage.surface_energy(state.phase)
    for travel in travels:
        load = Load(prescribed_displacement=travel)
        result = cracking_step(body, state, load, options)
        assert result.converged, result.reason
        state = result.state
        force = body.evaluate(state.displacement, state, load).internal
        now = (force, state.displacement)
        if before is not None:
            fixed = body.supports.fixed
            work += 0.5 * (force + before[0])[fixed] @ (now[1] - before[1])[fixed]
        before = now
        stored = body.strain.integral(body.elastic_density(state))
        cost = body.damage.surface_energy(state.phase) - first
        area, drive = body.damage.crack_area(state.phase), driving_force(body, state)
        rows.append((travel, area, tip_of(body, state), cost, stored, work, drive))
        notify(rows[-1], result)
    return Ride(*np.array(rows).T)
