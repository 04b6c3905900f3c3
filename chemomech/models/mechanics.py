r"""Quasi-static equilibrium of a body with swelling, materials that yield or creep, and interfaces.

Unknown u on the split space, small strain:

    int sigma(eps(u) - eps_chem, h) : eps(v) dx + int t([u] - g n, h) . [v] ds = F y(v),

the opening that an interface law sees is the jump less the thickness g grown there (plated lithium).
F acts on the handle of the supports (`models.supports`): for a cell the rigid platen, F = -P A with the
stack pressure P positive in compression. Plane strain, axisymmetric about x = 0, or 3D.

The elastic stiffness is made once. What a step adds is the stress that plastic strain takes away,
    sigma = C : (eps - eps_chem) - C : eps_p,
in the cells that can flow, and the interfaces. Plastic cells have a yield surface and no clock; creeping ones flow
under any stress, for the seconds of a step. Creep keeps the volume, and in a long step little shear stiffness is left:
in cells that creep the dilatation is the mean over the cell (Nagtegaal, Parks, Rice, Comput. Methods Appl. Mech. Eng.
4 (1974) 153; B-bar), without which mean stresses oscillate by their own size on regular meshes. Beyond strains of some
per cent `models.displaced` moves the body on between steps.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array

from chemomech.fem.linear import DirectSolver, constraints
from chemomech.fem.operators import PointOperator, jump_operator, strain_operator
from chemomech.fem.split_space import split_space
from chemomech.models.supports import stack_supports
from chemomech.physics.bulk import elasticity, plasticity, viscoplasticity
from chemomech.physics.interfaces import interface as interfacial
from chemomech.physics.interfaces.interface import InterfaceState
from chemomech.physics.thermal import REFERENCE_TEMPERATURE


@dataclass(frozen=True)
class BulkParameters:
    """Per cell (m, 1): shear, bulk, yield_strength, hardening [Pa]; swells: share of the chemical strain, 0 or 1;
    flow: viscoplasticity.Flow with rate 0 where a cell does not creep, None when none does."""

    shear: np.ndarray
    bulk: np.ndarray
    yield_strength: np.ndarray
    hardening: np.ndarray
    swells: np.ndarray
    flow: viscoplasticity.Flow | None = None

    def of(self, cells):
        """The parameters of some cells."""
        columns = (
            getattr(self, name)[cells] for name in self.__dataclass_fields__ if name != "flow"
        )
        return BulkParameters(*columns, flow=None if self.flow is None else self.flow.subset(cells))


@dataclass(frozen=True)
class Load:
    """Stack pressure [Pa], chemical strain (linear: a number, of the swelling regions, or (m, q), at the points of all
    cells and with their thermal strain), thickness grown at the interfaces [m] (a number, (k, 1) or (k, q);
    negative when stripped), step length over the damage viscosity time, travel of a handle that is driven by its place
    [m], seconds that the step lasts, in which what creeps does (0: at once, nothing creeps), temperature [K]."""

    pressure: float = 0.0
    chemical_strain: float | np.ndarray = 0.0
    imposed_opening: float | np.ndarray = 0.0
    step_over_viscosity: float = np.inf
    prescribed_displacement: float = 0.0
    seconds: float = 0.0
    temperature: float = REFERENCE_TEMPERATURE


@dataclass(frozen=True)
class MechanicalState:
    """Everything mechanics remembers.

    displacement (n,) [m]; plastic_strain (y, q, c), accumulated (y, q) and resistance to creep (y, q) [Pa] (0 in
    plastic cells) of the cells that can flow, in the order of Mechanics.yielding; interface: InterfaceState of all
    interface points (k, q); stress (m, q, c) [Pa]; traction (k, q, d) [Pa]; position y [m] and force F of the handle
    [N/m], pressure -F/A [Pa]; chemical_strain; growth (k, 1) [m]; stored: energy at the interfaces [J/m].
    """

    displacement: np.ndarray
    plastic_strain: np.ndarray
    accumulated: np.ndarray
    resistance: np.ndarray
    interface: InterfaceState
    stress: np.ndarray
    traction: np.ndarray
    position: float = 0.0
    pressure: float = 0.0
    chemical_strain: float | np.ndarray = 0.0
    imposed_opening: float | np.ndarray = 0.0
    stored: float = 0.0

    @property
    def opening(self):
        """Jump less grown thickness, (k, q, d) [m], normal first."""
        return self.interface.opening

    @property
    def damage(self):
        """Separated share of the interface points, (k, q)."""
        return self.interface.damage


class Trial(NamedTuple):
    """A displacement tried in a step: residual of the reduced unknowns [N/m], its scale, and what the laws said;
    cracked: of a body with a phase field."""

    displacement: np.ndarray
    residual: np.ndarray
    scale: float
    internal: np.ndarray
    bulk: object
    interface: object
    cracked: object = None


class Mechanics:
    """Operators, parameters and supports of one body; the state is passed in and out."""

    def __init__(
        self, domain, bulk, laws, initial_damage, degree=2, supports=None, axisymmetric=False
    ):
        """laws: interface name -> InterfaceLaw with parameters that broadcast to its points (k_i, q).

        initial_damage (k, 1) in the order of domain.interfaces, 0 to 1. supports: a function (domain, space) ->
        Supports; default: a cell in its stack under constant pressure.
        """
        self.domain, self.bulk, self.laws = domain, bulk, laws
        self.space = split_space(domain, degree, (domain.dimension,))
        self.size = self.space.dofmap.index_map.size_local * domain.dimension
        self.degree, self.axisymmetric = degree, axisymmetric
        self.quadrature_degree = 2 * (degree - 1) + axisymmetric
        self.creeps = (
            np.zeros(len(domain.region), dtype=bool)
            if bulk.flow is None
            else bulk.flow.rate[:, 0] > 0
        )
        if degree < 2 and self.creeps.any():
            raise ValueError("linear displacements lock where a material creeps; use degree 2")
        self.strain, self.offset = self.strain_on(domain), np.zeros((len(domain.region), 1, 1))
        self.facets = domain.all_interfaces()
        self.rows = domain.interface_slices()
        self.jump = self.built_jump = jump_operator(
            domain, self.space, self.facets, 2 * degree, axisymmetric
        )
        self.initial_damage = initial_damage
        self.area = domain.boundary_measure("top") if "top" in domain.boundaries else 1.0
        self._elastic_part()
        self.hold((supports or stack_supports)(domain, self.space))

    def strain_on(self, shape):
        """Strain operator of all cells on a Domain or on a displaced shape of it."""
        cells = np.arange(len(self.domain.region))
        strain = strain_operator(
            shape, self.space, cells, self.quadrature_degree, self.axisymmetric
        )
        return _with_mean_dilatation(strain, np.flatnonzero(self.creeps))

    def set_shape(self, strain, jump, offset):
        """Take other operators: the strain is strain(u) + offset (m, q, c) from now on; the supports stay."""
        self.strain, self.jump, self.offset = strain, jump, offset
        self._elastic_part()
        self.hold(self.supports)

    def _elastic_part(self):
        """Elastic stiffness, forces of a swelling, and the cells that can flow: plastic ones, then creeping ones."""
        components, one = (
            self.strain.blocks.shape[2],
            elasticity.unit_tensor(self.strain.blocks.shape[2]),
        )
        points = self.strain.weights.shape
        stiffness = elasticity.stiffness(self.bulk.shear, self.bulk.bulk, components)
        self.elastic_matrices = self.strain.matrices(
            np.broadcast_to(stiffness, (*points, components, components))
        )
        dofs = self.strain.dofs
        rows, columns = np.broadcast_arrays(dofs[:, :, None], dofs[:, None, :])
        self.stiffness = coo_array(
            (self.elastic_matrices.ravel(), (rows.ravel(), columns.ravel())),
            shape=(self.size, self.size),
        ).tocsr()
        # Force of a unit of free strain at each point: B^T w 3 K 1.
        force = np.einsum(
            "mq,mqcl,c->mql", 3.0 * self.bulk.bulk * self.strain.weights, self.strain.blocks, one
        )
        rows = np.broadcast_to(dofs[:, None, :], force.shape)
        columns = np.broadcast_to(np.arange(points[0] * points[1]).reshape(*points, 1), force.shape)
        self.swelling = coo_array(
            (force.ravel(), (rows.ravel(), columns.ravel())),
            shape=(self.size, points[0] * points[1]),
        ).tocsr()
        self.uniform_swelling = self.swelling @ np.broadcast_to(self.bulk.swells, points).ravel()
        offset = np.broadcast_to(self.offset, (*points, components))
        self.locked = self.strain.forces(np.einsum("mqij,mqj->mqi", stiffness, offset), self.size)
        plastic = np.flatnonzero(np.isfinite(self.bulk.yield_strength[:, 0]) & ~self.creeps)
        self.yielding = np.concatenate([plastic, np.flatnonzero(self.creeps)])
        self.plastic, self.creeping = slice(0, len(plastic)), slice(len(plastic), None)
        self.yielding_bulk = self.bulk.of(self.yielding)
        self.yielding_strain = self.strain.of(self.yielding)
        self.yielding_stiffness = stiffness[self.yielding]

    def hold(self, supports):
        """Set the supports: they decide which dofs are unknowns."""
        self.supports = supports
        self.constraint = constraints(self.size, supports.fixed, supports.tied)
        sets = [self.strain.dofs, self.jump.dofs, supports.control_dof[None]]
        symmetric = all(law.symmetric for law in self.laws.values())
        self.solver = DirectSolver(self.constraint, sets, symmetric)
        self.solver.keep([self.elastic_matrices, None, supports.matrix()])

    def with_fixture(self, fixture):
        """Hold the body as a cell in its stack with this Fixture."""
        self.hold(stack_supports(self.domain, self.space, fixture))

    def initial_state(self):
        """Unloaded, unstrained, undamaged but for the interfaces that are only pressed together."""
        (_, q, c), (k, s, d) = self.strain.blocks.shape[:3], self.jump.blocks.shape[:3]
        damage = np.broadcast_to(self.initial_damage, (k, s))
        states = [
            interfacial.initial_state(law, damage[self.rows[name]], d)
            for name, law in self.laws.items()
        ]
        states = states or [interfacial.initial_state(None, damage, d)]
        return MechanicalState(
            displacement=np.zeros(self.size),
            plastic_strain=np.zeros((len(self.yielding), q, c)),
            accumulated=np.zeros((len(self.yielding), q)),
            resistance=self._first_resistance(q),
            interface=_joined(states),
            stress=np.zeros((len(self.domain.region), q, c)),
            traction=np.zeros((k, s, d)),
        )

    def fixed_values(self, load):
        """Prescribed values of the fixed dofs, (n,)."""
        return self.supports.values(self.size, load.prescribed_displacement)

    def evaluate(self, displacement, start, load):
        """Trial of a displacement, from the history in `start` under a load."""
        bulk = self._yield(displacement, start, load)
        opening = self.jump(displacement)
        opening[..., 0] -= load.imposed_opening
        interface = self._interfaces(opening, start.interface, load.step_over_viscosity)
        swelling = self._swelling_force(load.chemical_strain)
        elastic = self.stiffness @ displacement + self.locked - swelling
        if bulk is not None:
            elastic -= self.yielding_strain.forces(bulk.taken, self.size)
        cracked, taken = self._crack(displacement, start, load), 0.0
        if cracked is not None:
            taken = self.cracking_strain.forces(cracked.taken, self.size)
            elastic -= taken
        internal = elastic + self.jump.forces(interface.traction, self.size)
        dead = -load.pressure * self.area
        force = self.supports.force(dead, displacement, internal)
        residual = self.constraint.gather(internal - self.supports.applied(self.size, force))
        # A thousandth of the held-back swelling keeps the scale from vanishing where all is free to swell, a millionth
        # of what damage has taken where all is broken.
        held = 1e-3 * float(np.linalg.norm(swelling)) + 1e-6 * float(np.linalg.norm(taken))
        scale = float(np.linalg.norm(elastic)) + abs(dead) + held
        return Trial(displacement, residual, scale, internal, bulk, interface, cracked)

    def _crack(self, displacement, start, load):
        """What cracks in the bulk take away, with `taken` at the points of `cracking_strain`; here there are none."""
        return None

    def free_strain(self, chemical_strain):
        """Linear strain that no stress holds back, (m, 1) or (m, q), of a chemical strain as a Load has it."""
        return chemical_strain if np.ndim(chemical_strain) else self.bulk.swells * chemical_strain

    def _swelling_force(self, chemical_strain):
        """int 3 K eps tr(eps(v)) dx of a chemical strain, (n,)."""
        if not np.ndim(chemical_strain):
            return chemical_strain * self.uniform_swelling
        return self.swelling @ np.broadcast_to(chemical_strain, self.strain.weights.shape).ravel()

    def _first_resistance(self, points):
        """Resistance to creep of the cells that can flow at the start, (y, points) [Pa]."""
        resistance = np.zeros((len(self.yielding), points))
        if self.bulk.flow is not None:
            resistance[self.creeping] = self.yielding_bulk.flow.resistance[self.creeping]
        return resistance

    def _yield(self, displacement, start, load):
        """Flow of the cells that can, with the stress `taken` (y, q, c) by plastic strain; None: no such cell."""
        if not len(self.yielding):
            return None
        strain = self.yielding_strain(displacement) + self.offset[self.yielding]
        strain[..., :3] -= self.free_strain(load.chemical_strain)[self.yielding][..., None]
        parts = []
        if self.plastic.stop:
            parts.append(self._plastic_flow(self.plastic, strain, start))
        if self.plastic.stop < len(self.yielding):
            parts.append(self._creep_flow(self.creeping, strain, start, load))
        response = viscoplasticity.FlowResponse(
            *(np.concatenate(column) for column in zip(*parts, strict=True))
        )
        return _Yielding(
            response, np.einsum("mqij,mqj->mqi", self.yielding_stiffness, response.plastic_strain)
        )

    def _plastic_flow(self, rows, strain, start):
        """FlowResponse of the plastic cells."""
        b = self.yielding_bulk.of(rows)
        response = plasticity.radial_return(
            strain[rows], start.plastic_strain[rows], start.accumulated[rows], b.shear, b.bulk, b.yield_strength,
            b.hardening,
        )  # fmt: skip
        return viscoplasticity.FlowResponse(*response, resistance=start.resistance[rows])

    def _creep_flow(self, rows, strain, start, load):
        """FlowResponse of the cells that creep."""
        b, before = self.yielding_bulk.of(rows), start.stress[self.yielding[rows]]
        return viscoplasticity.creep(
            strain[rows], start.plastic_strain[rows], start.accumulated[rows], start.resistance[rows], before, b.shear,
            b.bulk, b.flow, load.seconds, load.temperature,
        )  # fmt: skip

    def _interfaces(self, opening, start, rate):
        """InterfaceResponse of all interface points, law by law."""
        parts = []
        if not self.laws:
            return interfacial.zero_response(opening, start)
        for name, law in self.laws.items():
            rows = self.rows[name]
            here = InterfaceState(*(values[rows] for values in start))
            here = here._replace(history=here.history[..., : law.cohesion.columns])
            parts.append(interfacial.respond(law, opening[rows], here, rate))
        if len(parts) == 1:
            return parts[0]
        fields = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in interfacial.InterfaceResponse._fields if name != "state"
        }  # fmt: skip
        return interfacial.InterfaceResponse(
            state=_joined([part.state for part in parts]), **fields
        )

    def tangent(self, trial):
        """What the tangent adds to the elastic stiffness, in the order of the solver's groups."""
        plastic = None
        if trial.bulk is not None:
            flows = np.flatnonzero((trial.bulk.response.multiplier > 0).any(axis=1))
            if len(flows):
                change = trial.bulk.response.tangent[flows] - self.yielding_stiffness[flows]
                plastic = (self.yielding[flows], self.yielding_strain.of(flows).matrices(change))
        return [plastic, self.jump.matrices(trial.interface.tangent), None]

    def state(self, trial, load):
        """MechanicalState of a trial that is in equilibrium."""
        b, u = self.bulk, trial.displacement
        strain = self.strain(u) + self.offset
        strain[..., :3] -= self.free_strain(load.chemical_strain)[..., None]
        stress = np.einsum(
            "mqij,mqj->mqi", elasticity.stiffness(b.shear, b.bulk, strain.shape[-1]), strain
        )
        history = {}
        if trial.bulk is not None:
            response = trial.bulk.response
            stress[self.yielding] = response.stress
            history = {
                name: getattr(response, name)
                for name in ("plastic_strain", "accumulated", "resistance")
            }
        else:
            none = np.zeros((0, *strain.shape[1:]))
            history = {
                "plastic_strain": none,
                "accumulated": none[..., 0],
                "resistance": none[..., 0],
            }
        force = self.supports.force(-load.pressure * self.area, u, trial.internal)
        return MechanicalState(
            displacement=u, interface=trial.interface.state, stress=stress, traction=trial.interface.traction,
            position=self.supports.position(u, load.prescribed_displacement), pressure=-force / self.area,
            chemical_strain=load.chemical_strain, imposed_opening=load.imposed_opening,
            stored=self.jump.integral(trial.interface.stored), **history,
        )  # fmt: skip

    def elastic_density(self, state):
        """sigma : eps_elastic/2 at the points of all cells, (m, q) [J/m3]."""
        stress, b = state.stress, self.bulk
        one = elasticity.unit_tensor(stress.shape[-1])
        mean = stress[..., :3].sum(axis=-1) / 3.0
        deviator = stress - mean[..., None] * one
        shear_part = np.einsum("mqc,c,mqc->mq", deviator, np.where(one > 0, 1.0, 2.0), deviator) / (
            4.0 * b.shear
        )
        return shear_part + mean**2 / (2.0 * b.bulk)

    def weakened(self, state, load, weakening, travelled):
        """The state with other fatigue of its interface points, (k, q) each, at the same displacement."""
        interface = state.interface._replace(weakening=weakening, travelled=travelled)
        state = replace(state, interface=interface)
        trial = self.evaluate(
            state.displacement,
            state,
            replace(
                load, imposed_opening=state.imposed_opening, step_over_viscosity=np.inf, seconds=0.0
            ),
        )
        return replace(state, stored=self.jump.integral(trial.interface.stored))


def _with_mean_dilatation(strain, cells):
    """The strain operator with one dilatation per cell, its mean, in these cells: B + 1 (mean(tr B) - tr B)/3."""
    blocks = strain.blocks.copy()
    dilatation, weights = blocks[cells][:, :, :3].sum(axis=2), strain.weights[cells]
    mean = np.einsum("mq,mql->ml", weights, dilatation) / weights.sum(axis=1)[:, None]
    blocks[cells, :, :3] += ((mean[:, None] - dilatation) / 3.0)[:, :, None]
    return PointOperator(blocks, strain.dofs, strain.weights, strain.points)


class _Yielding(NamedTuple):
    """FlowResponse of the cells that can flow, and the stress that plastic strain takes away (y, q, c) [Pa]."""

    response: viscoplasticity.FlowResponse
    taken: np.ndarray


def _joined(states):
    """InterfaceStates one after the other; histories padded to the longest."""
    width = max(state.history.shape[-1] for state in states)
    pad = [(0, 0), (0, 0)]
    states = [
        state._replace(history=np.pad(state.history, [*pad, (0, width - state.history.shape[-1])]))
        for state in states
    ]
    return InterfaceState(*(np.concatenate(column) for column in zip(*states, strict=True)))
