"""What the equations of electrochemistry are made of: operators, junctions, ties, pieces.

`electrochemistry` solves them.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.domain import Domain, Facets
from chemomech.fem.linear import constraints
from chemomech.fem.operators import (
    PointOperator,
    gradient_operator,
    jump_operator,
    trace_operator,
    value_operator,
)
from chemomech.fem.split_space import broken_between, split_space
from chemomech.models.chemical_parts import (
    ELECTRONIC,
    IONIC,
    KINDS,
    METAL,
    ChemicalState,
    Conductor,
    Host,
    Junction,
    Surroundings,
)
from chemomech.models.network import Network
from chemomech.units.constants import FARADAY

SMALLEST_SHARE = 1e-9  # below, round-off decides on the potential of what hangs on it


class ChemicalBody:
    """Operators, constraint and network of one cell; states are passed in and out."""

    def __init__(
        self,
        domain: Domain,
        conductors: dict[str, Conductor],
        hosts: dict[str, Host],
        laws: dict[str, tuple[str, Callable]],
        terminal: str,
        area: float,
        degree: int = 2,
        output_conductance: float = 1e6,
        axisymmetric: bool = False,
        joined: Sequence[str] = (),
    ):
        """Build the operators of a cell.

        Parameters
        ----------
        domain : Domain
            The mesh with its names.
        conductors : dict
            Region -> Conductor.
        hosts : dict
            Region -> Host.
        laws : dict
            Interface -> (electrode's region, law as a Junction has it). The jump is that of the
            electrode less the other side; of two conductors of one kind either is the electrode.
        terminal : str
            Region whose potential is the voltage.
        area : float
            Area of the cell that current densities count on [m2; m2 per metre of depth in plane
            strain].
        degree : int
            Of both fields, 1 or 2.
        output_conductance : float
            G of the instrument that holds a voltage [S/m2].
        axisymmetric : bool
            Whether the plane mesh is one of a body of revolution about x = 0.
        joined : names
            Interfaces that neither field is broken at.

        Raises
        ------
        ValueError
            For a law between sides that cannot have one.
        """
        self.domain, self.area, self.output_conductance = domain, area, output_conductance
        self.hosts, self.conductors, self.terminal = hosts, conductors, terminal
        self._made = PointOperator.revolve if axisymmetric else lambda operator: operator
        kinds, owners = np.zeros((2, len(domain.region)), dtype=np.int64)
        for name, conductor in conductors.items():
            kinds[domain.cells_of(name)] = KINDS.index(conductor.kind)
        self.kinds = kinds
        for number, name in enumerate(hosts, start=1):
            owners[domain.cells_of(name)] = number
        broken = [name for name in domain.interfaces if name not in joined]
        self.space = split_space(
            domain, degree, (), broken, broken_between(domain, len(KINDS) * owners + kinds)
        )
        self.size = self.space.dofmap.index_map.size_local
        # Lithium stops at the border of a host, phi only between kinds: dofs with the same number
        # here share phi.
        self.shared = np.empty(self.size, dtype=np.int64)
        of_phi = split_space(domain, degree, (), broken, broken_between(domain, kinds))
        self.shared[self.space.dofmap.list] = of_phi.dofmap.list
        self._bulk(degree)
        self._junctions(laws, degree)
        self._constrain()
        unknown = self.constraint.reduced[: self.size]
        metal = np.flatnonzero(kinds == KINDS.index(METAL))
        table = self.space.dofmap.list
        self.network = Network(table, unknown, self.conducting, metal, self.control_dof[0])
        for name in laws:
            self.network.join(name, domain.interfaces[name])

    def _cells(self, kind: str, resolved: bool = True) -> NDArray:
        """Cells of all conductors of a kind, either with a conductivity or without one."""
        conductors = {n: c for n, c in self.conductors.items() if c.kind == kind}
        names = [n for n, c in conductors.items() if (c.conductivity is not None) == resolved]
        return self.domain.cells_of(*names) if names else np.empty(0, dtype=np.int64)

    def _bulk(self, degree: int) -> None:
        """Make the operators: grad phi in conductors; (x, grad x) and grad s in hosts."""
        self.conducting = np.sort(np.concatenate([self._cells(IONIC), self._cells(ELECTRONIC)]))
        self.gradient = self._made(
            gradient_operator(self.domain, self.space, self.conducting, 2 * (degree - 1))
        )
        self.host_cells = self.domain.cells_of(*self.hosts)
        value = self._made(value_operator(self.domain, self.space, self.host_cells, 2 * degree))
        slope = self._made(gradient_operator(self.domain, self.space, self.host_cells, 2 * degree))
        self.value, self.slope = value, slope
        self.stoichiometry = PointOperator(
            np.concatenate([value.blocks, slope.blocks], axis=2),
            value.dofs + self.size,
            value.weights,
            value.points,
        )
        self.capacity = np.empty((len(self.host_cells), 1))  # F c_max [C/m3]
        self.host_rows = {}
        for name, host in self.hosts.items():
            inside = self.domain.region[self.host_cells] == self.domain.regions[name]
            rows = self.host_rows[name] = np.flatnonzero(inside)
            self.capacity[rows] = FARADAY * host.maximum_concentration

    def _junctions(self, laws: dict[str, tuple[str, Callable]], degree: int) -> None:
        """Make the junctions, and list those that cut the cell in two."""
        self.junctions: dict[str, Junction] = {}
        cuts: dict[bool, list[str]] = {True: [], False: []}
        slices = self.domain.interface_slices()
        for name, (electrode, law) in laws.items():
            facets = self.domain.interfaces[name]
            jump = self._made(jump_operator(self.domain, self.space, facets, 2 * degree))
            # Minus side first: the jump is plus - minus, and the law wants electrode - electrolyte.
            side, alike = self._sides(name, facets, electrode)
            blocks, dofs, trace = (
                (2.0 * side - 1.0)[:, None, None, None] * jump.blocks,
                jump.dofs,
                None,
            )
            if electrode in self.hosts and not alike:
                trace = trace_operator(self.domain, self.space, facets, 2 * degree, side)
                k, q, _, own = blocks.shape
                both = np.zeros((k, q, 2, own + trace.blocks.shape[3]))
                both[:, :, :1, :own], both[:, :, 1:, own:] = blocks, trace.blocks
                blocks, dofs = both, np.concatenate([dofs, trace.dofs + self.size], axis=1)
            operator = PointOperator(blocks, dofs, jump.weights, jump.points)
            self.junctions[name] = Junction(operator, law, slices[name], trace, alike)
            # An electrode's current is positive out of it: out of metal on discharge, into
            # conductors of electrons.
            if not alike:
                metal = self.conductors[electrode].kind == METAL
                cuts[metal].append(name)
        self.cuts = (1.0, cuts[True]), (-1.0, cuts[False])

    def _sides(self, name: str, facets: Facets, electrode: str) -> tuple[NDArray, bool]:
        """Side (k,) of the facets where the electrode lies, and whether both conduct alike."""
        there = self.domain.region[facets.cells] == self.domain.regions[electrode]
        alike = self.kinds[facets.cells[:, 0]] == self.kinds[facets.cells[:, 1]]
        if not np.all(there.any(axis=1)) or alike.any() != alike.all():
            raise ValueError(
                f"the interface {name} has facets without {electrode}, or mixes contacts with "
                "electrodes"
            )
        return np.where(there[:, 0], 0, 1), bool(alike.all())

    def _constrain(self) -> None:
        """Fix and tie dofs.

        Fixed: phi of metals and of what blocks, x outside hosts. Tied: phi of the terminal, and
        phi where only a host ends.
        """
        table = self.space.dofmap.list
        at_terminal = np.union1d(
            self._cells(ELECTRONIC, resolved=False), self.domain.cells_of(self.terminal)
        )
        group = np.where(np.isin(self.shared, self.shared[table[at_terminal]]), -1, self.shared)
        one = np.flatnonzero(group < 0)
        phi = np.unique(np.concatenate([self.gradient.dofs.ravel(), one]))
        every = np.arange(self.size)
        fixed = np.concatenate(
            [np.setdiff1d(every, phi), self.size + np.setdiff1d(every, self.value.dofs)]
        )
        self.control_dof = one[:1]
        order = np.argsort(group, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
        self.constraint = constraints(
            2 * self.size, fixed, [each for each in groups if len(each) > 1]
        )
        self.wired = one

    def initial_state(self, stoichiometries: dict[str, float], equilibrium: float) -> ChemicalState:
        """Make a state at rest.

        Parameters
        ----------
        stoichiometries : dict
            Host region -> uniform x.
        equilibrium : float
            Voltage of the terminal [V]; ions stand at 0 V.
        """
        stoichiometry, potential = np.zeros(self.size), np.zeros(self.size)
        for name, x in stoichiometries.items():
            stoichiometry[self.space.dofmap.list[self.domain.cells_of(name)].ravel()] = x
        potential[self.wired] = equilibrium
        electronic = self._cells(ELECTRONIC)
        potential[self.space.dofmap.list[electronic].ravel()] = equilibrium
        return ChemicalState(potential, stoichiometry, equilibrium)

    def conductivity(self, temperature: float, intact: NDArray | None = None) -> NDArray:
        """Conductivity of the cells of `gradient`, (e, 1, 1, 1) [S/m].

        intact (m, 1): share that cracks leave, see Surroundings.
        """
        values = np.zeros(len(self.domain.region))
        for name, conductor in self.conductors.items():
            if conductor.conductivity is not None:
                values[self.domain.cells_of(name)] = conductor.conductivity(temperature)
        if intact is not None:
            values = values * intact[:, 0]
        return values[self.conducting][:, None, None, None]

    def interface_current(self, state: ChemicalState, around: Surroundings, name: str) -> NDArray:
        """Compute the current density of an interface at its points, (k, q) [A/m2]."""
        junction = self.junctions[name]
        values = junction.operator(np.concatenate([state.potential, state.stoichiometry]))
        return self.law_of(junction, values, around)[0]

    def law_of(
        self, junction: Junction, values: NDArray, around: Surroundings
    ) -> tuple[NDArray, NDArray]:
        """(i, (di/djump[, di/dx])) of a junction's points at their values (k, q, 1 or 2)."""
        conducting = conducting_shares(around, junction)
        if junction.trace is None:
            i, d_jump, _ = junction.law(values[..., 0], None, None, conducting, around)
            return i, d_jump[..., None]
        stress_at_fixed_x = junction.trace(around.stress_at_fixed_x)[..., 0]
        i, d_jump, d_x = junction.law(
            values[..., 0], values[..., 1], stress_at_fixed_x, conducting, around
        )
        return i, np.stack([d_jump, d_x], axis=-1)

    def lithium(self, stoichiometry: NDArray) -> float:
        """Charge of the lithium in the hosts, int F c dx [C/m; C in 3D]."""
        return self.value.integral(self.capacity * self.value(stoichiometry)[..., 0])


def conducting_shares(around: Surroundings, junction: Junction) -> NDArray:
    """Conducting share of a junction's points (k, q), none where less than SMALLEST_SHARE."""
    shares = around.conducting[junction.rows]
    return np.where(shares < SMALLEST_SHARE, 0.0, shares)
