r"""Quasi-static equilibrium of a cell with swelling, yielding materials and cohesive interfaces.

Unknown u on the split space, small strain:

    int sigma(eps(u) - eps_chem, h) : eps(v) dx + int t([u], D) . [v] ds = -P A V,

the opening that the interface law sees is the jump less the thickness grown there (plated lithium),
[u]_n - g. u = 0 normal to the bottom and the lateral faces, u_n = U on the whole top face (a rigid
platen). The stack pressure acts on the platen by one of three fixtures:

    constant_pressure: P;   spring: P = P_0 + k (U - U_0);   fixed_gap: U = U_0,

U_0 the platen's place after the preload (U positive outwards, P positive in compression).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import jump_operator, strain_operator
from chemomech.fem.split_space import split_space
from chemomech.physics import cohesion, elasticity, plasticity


@dataclass(frozen=True)
class BulkParameters:
    """Per cell (m, 1): shear, bulk, yield_strength, hardening [Pa]; swells: share of the chemical strain, 0 or 1."""

    shear: np.ndarray
    bulk: np.ndarray
    yield_strength: np.ndarray
    hardening: np.ndarray
    swells: np.ndarray


@dataclass(frozen=True)
class Load:
    """Stack pressure [Pa], chemical strain of the swelling regions (linear), thickness grown at the growing
    interfaces [m] (negative when stripped), step length over the damage viscosity time."""

    pressure: float
    chemical_strain: float = 0.0
    growth: float = 0.0
    rate: float = np.inf


@dataclass(frozen=True)
class Fixture:
    """kind: constant_pressure, spring or fixed_gap; stiffness [Pa/m] of a spring; place U_0 [m] after preload."""

    kind: str = "constant_pressure"
    stiffness: float = 0.0
    place: float = 0.0


@dataclass(frozen=True)
class MechanicalState:
    """Everything mechanics remembers.

    displacement (n,) [m]; plastic_strain (m, q, c); accumulated (m, q); damage (k, q);
    stress (m, q, c) [Pa]; traction (k, q, d) [Pa]; opening (k, q, d) [m];
    opening is the jump less the grown thickness. pressure [Pa]: what the platen exerts;
    chemical_strain; growth [m].
    """

    displacement: np.ndarray
    plastic_strain: np.ndarray
    accumulated: np.ndarray
    damage: np.ndarray
    stress: np.ndarray
    traction: np.ndarray
    opening: np.ndarray
    pressure: float = 0.0
    chemical_strain: float = 0.0
    growth: float = 0.0


class Evaluation(NamedTuple):
    """Residual of the reduced unknowns [N/m], its scale, element matrices (None unless asked), the trial state, plastic work (m, q)."""

    residual: np.ndarray
    scale: float
    matrices: list | None
    state: MechanicalState
    plastic_work: np.ndarray


class Mechanics:
    """Operators, parameters and constraints of one cell; the state is passed in and out."""

    def __init__(self, domain, bulk, cohesive, initial_damage, grows=0.0, degree=2, fixture=Fixture()):
        """cohesive: cohesion.BilinearParameters with arrays (k, 1) in the order of domain.interfaces;
        initial_damage (k, 1); grows (k, 1): 1 where an interface grows, else 0."""
        self.grows = grows
        self.domain, self.bulk, self.cohesive = domain, bulk, cohesive
        self.space = split_space(domain, degree, (domain.dimension,))
        cells = np.arange(len(domain.region))
        self.strain = strain_operator(domain, self.space, cells, 2 * (degree - 1))
        self.facets = domain.all_interfaces()
        self.jump = jump_operator(domain, self.space, self.facets, 2 * degree)
        self.initial_damage = initial_damage
        self.size = self.space.dofmap.index_map.size_local * domain.dimension
        self.held_swelling = self._held_swelling()
        self.with_fixture(fixture)

    def with_fixture(self, fixture):
        """Set the fixture: it decides whether the platen's place is an unknown."""
        self.fixture = fixture
        up = self.domain.dimension - 1
        fixed = [self._face_dofs("bottom", up)]
        fixed += [self._face_dofs(face, 0) for face in ("left", "right")]
        if up == 2:
            fixed += [self._face_dofs(face, 1) for face in ("front", "back")]
        self.platen = self._face_dofs("top", up)
        if fixture.kind == "fixed_gap":
            fixed.append(self.platen)
        self.constraint = constraints(self.size, np.concatenate(fixed), [self.platen])
        dof_sets = [self.strain.dofs, self.jump.dofs, self.platen[:1, None]]
        self.solver = DirectSolver(self.constraint, dof_sets, self.cohesive.symmetric)
        self.area = self.domain.face_measure("top")

    def _face_dofs(self, face, component):
        """Dofs of one displacement component on a named outer face."""
        facets = self.domain.faces[face]
        layout, tdim = self.space.dofmap.dof_layout, self.domain.dimension
        closure = np.array([layout.entity_closure_dofs(tdim - 1, i) for i in range(tdim + 1)])
        nodes = self.space.dofmap.list[facets.cells[:, :1], closure[facets.local[:, 0]]]
        return np.unique(nodes).astype(np.int64) * tdim + component

    def _held_swelling(self):
        """Norm of the nodal forces that would hold back a unit of swelling, per metre of depth [N/m]."""
        components = self.strain.blocks.shape[2]
        stress = 3.0 * (self.bulk.bulk * self.bulk.swells)[..., None] * elasticity.unit_tensor(components)
        points = self.strain.weights.shape
        return float(np.linalg.norm(self.strain.forces(np.broadcast_to(stress, (*points, components)), self.size)))

    def initial_state(self):
        """Unloaded, unstrained, undamaged but for the interfaces that are only pressed together."""
        m, q, c = self.strain.blocks.shape[:3]
        k, s, d = self.jump.blocks.shape[:3]
        return MechanicalState(
            displacement=np.zeros(self.size),
            plastic_strain=np.zeros((m, q, c)),
            accumulated=np.zeros((m, q)),
            damage=np.broadcast_to(self.initial_damage, (k, s)).copy(),
            stress=np.zeros((m, q, c)),
            traction=np.zeros((k, s, d)),
            opening=np.zeros((k, s, d)),
        )

    def platen_place(self, displacement):
        """U, the outward displacement of the platen [m]."""
        return float(displacement[self.platen[0]])

    def fixed_values(self):
        """Prescribed values of the fixed dofs, (n,)."""
        values = np.zeros(self.size)
        if self.fixture.kind == "fixed_gap":
            values[self.platen] = self.fixture.place
        return values

    def evaluate(self, displacement, start, load, tangent=True):
        """Residual (and tangent) at a displacement, from the history in `start` under a load."""
        b = self.bulk
        eigenstrain = (b.swells * load.chemical_strain)[..., None] * elasticity.unit_tensor(self.strain.blocks.shape[2])
        bulk = plasticity.radial_return(
            self.strain(displacement) - eigenstrain,
            start.plastic_strain, start.accumulated, b.shear, b.bulk, b.yield_strength, b.hardening,
        )
        opening = self.jump(displacement)
        opening[..., 0] -= self.grows * load.growth
        interface = cohesion.bilinear(opening, start.damage, load.rate, self.cohesive)
        bulk_force = self.strain.forces(bulk.stress, self.size)
        force = bulk_force + self.jump.forces(interface.traction, self.size)
        pressure, platen_stiffness = self._platen(displacement, load, force)
        force[self.platen[0]] += pressure * self.area
        matrices = None
        if tangent:
            matrices = [
                self.strain.matrices(bulk.tangent),
                self.jump.matrices(interface.tangent),
                np.full((1, 1, 1), platen_stiffness),
            ]
        trial = replace(
            start, displacement=displacement, plastic_strain=bulk.plastic_strain, accumulated=bulk.accumulated,
            damage=interface.damage, stress=bulk.stress, traction=interface.traction, opening=opening,
            pressure=pressure, chemical_strain=load.chemical_strain, growth=load.growth,
        )
        # A thousandth of the held-back swelling keeps the scale from vanishing where all is free to swell.
        scale = (
            float(np.linalg.norm(bulk_force))
            + load.pressure * self.area
            + 1e-3 * abs(load.chemical_strain) * self.held_swelling
        )
        return Evaluation(self.constraint.gather(force), scale, matrices, trial, bulk.work)

    def _platen(self, displacement, load, force):
        """Pressure that the fixture exerts [Pa] and its stiffness [N/m per m]."""
        if self.fixture.kind == "fixed_gap":
            return -float(force[self.platen].sum()) / self.area, 0.0
        if self.fixture.kind == "spring":
            travel = self.platen_place(displacement) - self.fixture.place
            return load.pressure + self.fixture.stiffness * travel, self.fixture.stiffness * self.area
        return load.pressure, 0.0
