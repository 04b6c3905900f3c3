r"""Quasi-static equilibrium of a body with swelling, materials that yield or creep, and interfaces.

Unknown u on the split space, small strain:

    int sigma(eps(u) - eps_chem, h) : eps(v) dx + int t([u] - g n, h) . [v] ds = F y(v),

the opening that an interface law sees is the jump less the thickness g imposed there (plated
lithium). F acts on the control dof of the supports (`models.supports`): for a cell the rigid
platen, F = -P A with the stack pressure P positive in compression. Plane strain, generalised plane
strain, axisymmetric about x = 0, or 3D. What the cells answer is `models.bulk`. Beyond strains of
some per cent `models.displaced` moves the body on between steps.

In generalised plane strain groups of cells, one for the whole body or one for each of its
particles, have a uniform axial strain each, one more unknown for which the group's mean axial
stress vanishes: int sigma_zz dA = 0. Its dofs stand behind those of the space.

A Mechanics never changes: supports, parameters, laws or a displaced geometry give a new one
(`with_supports`, `with_bulk`, ...), which shares with the old one whatever stays as it was.
"""

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain, Facets
from chemomech.fem.linear import Constraints, DirectSolver, constraints
from chemomech.fem.operators import PointOperator, jump_operator, strain_operator, with_axial_strain
from chemomech.fem.split_space import split_space
from chemomech.models.bulk import BulkModel, BulkParameters, Gain, with_mean_dilatation
from chemomech.models.mechanical_parts import Load, MechanicalState, Trial
from chemomech.models.supports import Fixture, Supports, stack_supports
from chemomech.physics.interfaces import interface as interfacial
from chemomech.physics.interfaces.interface import InterfaceLaw, InterfaceResponse, InterfaceState

__all__ = ["Load", "MechanicalState", "Mechanics", "Trial"]


class Mechanics:
    """One body; states are passed in and out, and nothing changes in place.

    Attributes
    ----------
    domain : Domain
        The mesh with its names.
    bulk_model : BulkModel
        What its cells answer.
    laws : dict
        Interface name -> InterfaceLaw.
    initial_damage : (k, 1) or (k, q) array
        Damage of the interfaces at the start, 0 to 1.
    supports : Supports
        What holds and drives it.
    space : dolfinx function space
        Of the displacements, of `degree` 1 or 2, split at the interfaces.
    size : int
        Number of dofs n: of displacements, then of axial strains.
    axial : (m,) array of int or None
        Group of every cell whose axial strain is uniform and free, -1 for none.
    facets : Facets
        Of all interfaces, k; `rows`: name -> slice of them.
    jump, built_jump : PointOperator
        Openings at the points of all interfaces (k, q, d), now and as built.
    area : float
        Of the boundary "top" [m2; m in 2D], 1 without one.
    """

    domain: Domain
    bulk_model: BulkModel
    laws: dict[str, InterfaceLaw]
    initial_damage: NDArray
    supports: Supports
    space: Any
    size: int
    degree: int
    axisymmetric: bool
    axial: NDArray | None
    quadrature_degree: int
    creeps: NDArray
    facets: Facets
    rows: dict[str, slice]
    jump: PointOperator
    built_jump: PointOperator
    area: float

    def __init__(
        self,
        domain: Domain,
        bulk: BulkParameters,
        laws: dict[str, InterfaceLaw],
        initial_damage: NDArray,
        degree: int = 2,
        supports: Callable[..., Supports] | None = None,
        axisymmetric: bool = False,
        axial: NDArray | None = None,
    ):
        """Build the operators of a body.

        Parameters
        ----------
        domain : Domain
            The mesh with its names.
        bulk : BulkParameters
            Constants of every cell.
        laws : dict
            Interface name -> InterfaceLaw with parameters that broadcast to its points (k_i, q).
        initial_damage : (k, 1) or (k, q) array
            From 0 to 1, in the order of domain.interfaces.
        degree : int
            Of the displacements, 1 or 2.
        supports : function (domain, space) -> Supports, optional
            Default: a cell in its stack under constant pressure.
        axisymmetric : bool
            Whether the plane mesh is one of a body of revolution about x = 0.
        axial : (m,) array of int, optional
            Generalised plane strain: group of every cell with a uniform free axial strain, from 0
            on, or -1 for none.

        Raises
        ------
        ValueError
            For linear displacements where a material creeps: they lock; for an axial strain of what
            is no section of a long body.
        """
        if axial is not None and (axisymmetric or domain.dimension != 2):
            raise ValueError("only a section of a long body has a uniform axial strain")
        if degree < 2 and bulk.creeps.any():
            raise ValueError("linear displacements lock where a material creeps; use degree 2")
        space = split_space(domain, degree, (domain.dimension,))
        size = space.dofmap.index_map.size_local * domain.dimension
        size += 0 if axial is None else int(axial.max()) + 1
        facets = domain.all_interfaces()
        jump = jump_operator(domain, space, facets, 2 * degree, axisymmetric)
        self._set(
            domain=domain,
            laws=dict(laws),
            space=space,
            size=size,
            degree=degree,
            axisymmetric=axisymmetric,
            axial=axial,
            quadrature_degree=2 * (degree - 1) + axisymmetric,
            facets=facets,
            rows=domain.interface_slices(),
            jump=jump,
            built_jump=jump,
            initial_damage=initial_damage,
            area=domain.boundary_measure("top") if "top" in domain.boundaries else 1.0,
            supports=(supports or stack_supports)(domain, space),
        )
        self._set(creeps=bulk.creeps)
        strain, offset = self.strain_on(domain), np.zeros((len(domain.region), 1, 1))
        self._set(bulk_model=BulkModel.from_parameters(bulk, strain, offset, size))

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: a change gives a new value."""
        raise AttributeError(f"{name}: a {type(self).__name__} does not change; see its with_...")

    def _set(self, **values: Any) -> None:
        """Give a value that is being made its parts."""
        vars(self).update(values)

    def _changed(self, *stale: str, **values: Any) -> Self:
        """Copy with other parts, without what followed from the old ones, named in `stale`."""
        new = copy.copy(self)
        vars(new).update(values)
        for name in stale:
            vars(new).pop(name, None)
        return new

    @property
    def bulk(self) -> BulkParameters:
        """Constants of every cell."""
        return self.bulk_model.parameters

    @property
    def strain(self) -> PointOperator:
        """Strains at the points of all cells."""
        return self.bulk_model.strain

    @property
    def yielding(self) -> NDArray:
        """Cells that can flow: plastic ones, then creeping ones."""
        return self.bulk_model.yielding

    @cached_property
    def constraint(self) -> Constraints:
        """Which dofs are unknowns: what the supports leave free."""
        return constraints(self.size, self.supports.fixed, self.supports.tied)

    @cached_property
    def solver(self) -> DirectSolver:
        """Solver of the tangent with its symbolic factors; made when it is first asked for."""
        sets = [self.strain.dofs, self.jump.dofs, self.supports.control_dof[None]]
        solver = DirectSolver(self.constraint, sets, self._symmetric)
        solver.keep([self.bulk_model.elastic_matrices, None, self.supports.matrix()])
        return solver

    @property
    def _symmetric(self) -> bool:
        """Whether the tangent is symmetric whatever happens."""
        return all(law.symmetric for law in self.laws.values())

    def strain_on(self, shape: Any) -> PointOperator:
        """Strain operator of all cells on a Domain or on a displaced shape of it."""
        cells, degree = np.arange(len(self.domain.region)), self.quadrature_degree
        strain = strain_operator(shape, self.space, cells, degree, self.axisymmetric)
        if self.axial is not None:
            first = self.space.dofmap.index_map.size_local * self.domain.dimension
            strain = with_axial_strain(strain, self.axial, first)
        return with_mean_dilatation(strain, np.flatnonzero(self.creeps))

    def with_supports(self, supports: Supports) -> Self:
        """Body with other supports, which decide which dofs are unknowns; operators are shared."""
        return self._changed("constraint", "solver", supports=supports)

    def with_fixture(self, fixture: Fixture) -> Self:
        """Body held as a cell in its stack with this Fixture."""
        return self.with_supports(stack_supports(self.domain, self.space, fixture))

    def with_bulk(self, bulk: BulkParameters) -> Self:
        """Body with other constants of its cells; ValueError where other cells creep."""
        if not np.array_equal(bulk.creeps, self.creeps):
            raise ValueError("other cells creep, which decides on the strains: build the body anew")
        model = self.bulk_model
        model = BulkModel.from_parameters(bulk, model.strain, model.offset, self.size)
        return self._changed("solver", bulk_model=model)

    def with_laws(self, laws: dict) -> Self:
        """Body with other laws of its interfaces; the solver is shared where it still fits."""
        new = self._changed(laws=dict(laws))
        return new if new._symmetric == self._symmetric else new._changed("solver")

    def with_initial_damage(self, initial_damage: NDArray) -> Self:
        """Body whose interfaces start with other damage (k, 1) or (k, q); all else is shared."""
        return self._changed(initial_damage=initial_damage)

    def with_shape(self, strain: PointOperator, jump: PointOperator, offset: NDArray) -> Self:
        """Body with other operators; its strain is strain(u) + offset (m, q, c) from now on."""
        model = BulkModel.from_parameters(self.bulk, strain, offset, self.size)
        return self._changed("solver", bulk_model=model, jump=jump)

    def initial_state(self) -> MechanicalState:
        """Unloaded, unstrained and undamaged but for the initial damage of the interfaces."""
        (m, q, c), (k, s, d) = self.strain.blocks.shape[:3], self.jump.blocks.shape[:3]
        damage = np.broadcast_to(self.initial_damage, (k, s))
        states = [
            interfacial.initial_state(law, damage[self.rows[name]], d)
            for name, law in self.laws.items()
        ]
        states = states or [interfacial.initial_state(None, damage, d)]
        flowing = len(self.yielding)
        return MechanicalState(
            displacement=np.zeros(self.size),
            plastic_strain=np.zeros((flowing, q, c)),
            accumulated=np.zeros((flowing, q)),
            resistance=self.bulk_model.first_resistance(),
            gain=Gain(
                *(np.zeros(shape) for shape in ((flowing, q, c), (flowing, q), (flowing, q)))
            ),
            interface=_join(states),
            stress=np.zeros((m, q, c)),
            traction=np.zeros((k, s, d)),
        )

    def nodal(self, displacement: NDArray) -> NDArray:
        """Displacements of the nodes (n_nodes, d) [m] of a vector of dofs (n,)."""
        nodes, d = self.space.dofmap.index_map.size_local, self.domain.dimension
        return displacement[: nodes * d].reshape(nodes, d)

    def axial_strain(self, displacement: NDArray) -> NDArray:
        """Axial strains (g,) of the groups that have one, of a vector of dofs (n,)."""
        if self.axial is None:
            return np.zeros(0)
        taken = self.axial >= 0
        area = np.bincount(self.axial[taken], self.strain.weights.sum(axis=1)[taken])
        return displacement[self.size - len(area) :] / np.sqrt(area)

    def fixed_values(self, load: Load) -> NDArray:
        """Prescribed values of the fixed dofs, (n,)."""
        return self.supports.values(self.size, load.prescribed_displacement)

    def evaluate(self, displacement: NDArray, start: MechanicalState, load: Load) -> Trial:
        """Try a displacement.

        Parameters
        ----------
        displacement : (n,) array
            Displacement [m] at the end of the step.
        start : MechanicalState
            State whose history the laws start from.
        load : Load
            Load at the end of the step.
        """
        flowing = self.bulk_model.flow(displacement, start, load)
        opening = self.jump(displacement)
        opening[..., 0] -= load.imposed_opening
        interface = self._interfaces(opening, start.interface, load.step_over_viscosity)
        swelling = self.bulk_model.swelling_force(load.chemical_strain)
        elastic = self.bulk_model.stiffness @ displacement + self.bulk_model.locked - swelling
        if flowing is not None:
            elastic -= self.bulk_model.yielding_strain.forces(flowing.taken, self.size)
        cracked, taken = self._crack(displacement, start, load), 0.0
        if cracked is not None:
            taken = cracked.force
            elastic -= taken
        internal = elastic + self.jump.forces(interface.traction, self.size)
        dead = -load.pressure * self.area
        force = self.supports.force(dead, displacement, internal)
        residual = self.constraint.gather(internal - self.supports.applied(self.size, force))
        # A thousandth of the held-back swelling keeps the scale from vanishing where all is free to
        # swell, a millionth of what damage has taken where all is broken.
        held = 1e-3 * float(np.linalg.norm(swelling)) + 1e-6 * float(np.linalg.norm(taken))
        scale = float(np.linalg.norm(elastic)) + abs(dead) + held
        return Trial(displacement, residual, scale, internal, flowing, interface, cracked)

    def _crack(self, displacement: NDArray, start: Any, load: Load) -> Any:
        """Say what cracks in the bulk take away, with the nodal forces `force`; here nothing."""
        return None

    def free_strain(self, chemical_strain: float | NDArray) -> NDArray:
        """Strain that no stress holds back, (m, 1 or q, c), of a chemical strain."""
        return self.bulk_model.free_strain(chemical_strain)

    def _interfaces(
        self, opening: NDArray, start: InterfaceState, step_over_viscosity: float
    ) -> InterfaceResponse:
        """InterfaceResponse of all interface points, law by law."""
        parts = []
        if not self.laws:
            return interfacial.zero_response(opening, start)
        for name, law in self.laws.items():
            rows = self.rows[name]
            here = InterfaceState(*(values[rows] for values in start))
            here = here._replace(history=here.history[..., : law.cohesion.columns])
            parts.append(interfacial.respond(law, opening[rows], here, step_over_viscosity))
        if len(parts) == 1:
            return parts[0]
        names = (name for name in InterfaceResponse._fields if name != "state")
        columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return InterfaceResponse(state=_join([part.state for part in parts]), **columns)

    def tangent(self, trial: Trial) -> list[Any]:
        """List what the tangent adds to the elastic stiffness, by the solver's groups."""
        return [
            self.bulk_model.tangent(trial.bulk),
            self.jump.matrices(trial.interface.tangent),
            None,
        ]

    def state(self, trial: Trial, load: Load) -> MechanicalState:
        """State of a trial that is in equilibrium under the load."""
        u = trial.displacement
        force = self.supports.force(-load.pressure * self.area, u, trial.internal)
        return MechanicalState(
            displacement=u,
            interface=trial.interface.state,
            stress=self.bulk_model.stress(u, load.chemical_strain, trial.bulk),
            traction=trial.interface.traction,
            position=self.supports.position(u, load.prescribed_displacement),
            pressure=-force / self.area,
            chemical_strain=load.chemical_strain,
            imposed_opening=load.imposed_opening,
            stored=self.jump.integral(trial.interface.stored),
            **self.bulk_model.history(trial.bulk),
        )

    def elastic_density(self, state: MechanicalState) -> NDArray:
        """Compute the stored energy sigma : eps_elastic/2 at all points, (m, q) [J/m3]."""
        return self.bulk_model.elastic_density(state.stress)

    def weaken(
        self, state: MechanicalState, load: Load, weakening: NDArray, travelled: NDArray
    ) -> MechanicalState:
        """Give a state's interface points other fatigue, (k, q) each, at the same displacement."""
        interface = state.interface._replace(weakening=weakening, travelled=travelled)
        state = replace(state, interface=interface)
        opening = state.imposed_opening
        load = replace(load, imposed_opening=opening, step_over_viscosity=np.inf, seconds=0.0)
        trial = self.evaluate(state.displacement, state, load)
        return replace(state, stored=self.jump.integral(trial.interface.stored))


def _join(states: list[InterfaceState]) -> InterfaceState:
    """Join InterfaceStates one after the other, with histories padded to the longest."""
    width = max(state.history.shape[-1] for state in states)
    pad = [(0, 0), (0, 0)]
    states = [
        state._replace(history=np.pad(state.history, [*pad, (0, width - state.history.shape[-1])]))
        for state in states
    ]
    return InterfaceState(*(np.concatenate(column) for column in zip(*states, strict=True)))
