r"""Lithium in the active material and potentials everywhere, on one split mesh.

Unknowns: potential phi in every conductor (of ions or of electrons) and filling x = c/c_max in every host,

    div(sigma grad phi) = 0,                    sigma: ionic or electronic conductivity,
    c_max dx/dt + div J(x, grad x, s) = 0,           s: stress,
    -sigma grad phi . n = i,   J . n = i/F,     on a host | electrolyte interface, n out of the host,

phi jumps at every boundary between conductors of different kinds and at named interfaces; where these have no law they
block. Every other border of a host blocks lithium alone. i(jump of phi, x, s, chi) is the law of an interface,
positive when lithium leaves the host (or the metal). Between two conductors of one kind i carries their charge over a
contact (`network.ohmic`), and no lithium. Lithium metal stands at phi = 0. The terminal is one value V of
the collector and, where the electronic network is not resolved ("wired"), of all hosts: sum of what flows into it from
inside = I A, I positive on discharge. The terminal is driven by a current or, as by an instrument of output
conductance G, by a voltage: I = G (V - V_set). What has lost every path to the metal floats: it keeps its potential at
one place, and its charge (`network`). A terminal that floats keeps its voltage at rest.

Both equations are kept in A/m (lithium times F). Weak form, v and w the test functions:

    int sigma grad phi . grad v dx + int i [v] ds + I A v(terminal) = 0,
    int F c_max (x - x_0)/dt w dx - int F J . grad w dx + int i w ds = 0.
"""

import numpy as np

from chemomech.fem.linear import DirectSolver, SingularMatrix, constraints
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
    NO_PATH,
    ChemicalState,
    Junction,
    NoStage,
    Stage,
)
from chemomech.models.network import Network
from chemomech.units.constants import FARADAY


class Electrochemistry:
    """Operators of one cell; states are passed in and out."""

    def __init__(
        self, domain, conductors, hosts, laws, terminal, area, degree=2, output_conductance=1e6,
        axisymmetric=False, joined=(),
    ):  # fmt: skip
        """conductors: region -> Conductor; hosts: region -> Host; laws: interface -> (electrode's region, law).

        The jump is that of the electrode less the other side; of two conductors of one kind either is the electrode.
        terminal: region whose potential is the voltage. area [m2 per m depth]. output_conductance G [S/m2] of
        the instrument that holds a voltage. joined: interfaces that neither field is broken at.
        """
        self.domain, self.area, self.output_conductance = domain, area, output_conductance
        self.hosts, self.conductors, self.terminal = hosts, conductors, terminal
        self._made = PointOperator.revolved if axisymmetric else lambda operator: operator
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
        # Lithium stops at the border of a host, phi only between kinds: dofs with the same number here share phi.
        self.shared = np.empty(self.size, dtype=np.int64)
        of_phi = split_space(domain, degree, (), broken, broken_between(domain, kinds))
        self.shared[self.space.dofmap.list] = of_phi.dofmap.list
        self._bulk(degree)
        self._junctions(laws, degree)
        self._constrain()
        self.network = Network(
            self.space.dofmap.list, self.constraint.reduced[: self.size], self.conducting,
            np.flatnonzero(kinds == KINDS.index(METAL)), self.control_dof[0],
        )  # fmt: skip
        for name in laws:
            self.network.join(name, domain.interfaces[name])
        sets = [
            self.gradient.dofs,
            self.stoichiometry.dofs,
            *(j.operator.dofs for j in self.junctions.values()),
        ]
        self.solver = DirectSolver(
            self.constraint, [*sets, self.network.anchors[:, None]], symmetric=False
        )
        self.factored = None  # what the solver's factors stand for: (dt, current or voltage, temperature, groups)

    def _cells(self, kind, resolved=True):
        names = [
            n
            for n, c in self.conductors.items()
            if c.kind == kind and (c.conductivity is not None) == resolved
        ]
        return self.domain.cells_of(*names) if names else np.empty(0, dtype=np.int64)

    def _bulk(self, degree):
        """Operators of both fields: grad phi in conductors; (x, grad x) and grad s in hosts."""
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

    def _junctions(self, laws, degree):
        self.junctions, cuts = {}, {True: [], False: []}
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
                k, q, _, l = blocks.shape
                both = np.zeros((k, q, 2, l + trace.blocks.shape[3]))
                both[:, :, :1, :l], both[:, :, 1:, l:] = blocks, trace.blocks
                blocks, dofs = both, np.concatenate([dofs, trace.dofs + self.size], axis=1)
            operator = PointOperator(blocks, dofs, jump.weights, jump.points)
            self.junctions[name] = Junction(operator, law, slices[name], trace, alike)
            # An electrode's current is positive out of it: out of metal on discharge, into conductors of electrons.
            if not alike:
                metal = self.conductors[electrode].kind == METAL
                cuts[metal].append(name)
        self.cuts = (1.0, cuts[True]), (-1.0, cuts[False])

    def _sides(self, name, facets, electrode):
        """On which side (k,) of the facets the electrode lies, and whether both sides conduct the same kind."""
        there = self.domain.region[facets.cells] == self.domain.regions[electrode]
        alike = self.kinds[facets.cells[:, 0]] == self.kinds[facets.cells[:, 1]]
        if not np.all(there.any(axis=1)) or alike.any() != alike.all():
            raise ValueError(
                f"the interface {name} has facets without {electrode}, or mixes contacts with electrodes"
            )
        return np.where(there[:, 0], 0, 1), bool(alike.all())

    def _constrain(self):
        """Fixed: phi of metals and what blocks, x outside hosts. Tied: phi of the terminal, and where a host ends."""
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

    def initial_state(self, fillings, equilibrium):
        """Uniform filling by host region -> x and terminal at a voltage `equilibrium` [V], ions at 0 V."""
        stoichiometry, potential = np.zeros(self.size), np.zeros(self.size)
        for name, x in fillings.items():
            stoichiometry[self.space.dofmap.list[self.domain.cells_of(name)].ravel()] = x
        potential[self.wired] = equilibrium
        electronic = self._cells(ELECTRONIC)
        potential[self.space.dofmap.list[electronic].ravel()] = equilibrium
        return ChemicalState(potential, stoichiometry, equilibrium)

    def conductivity(self, temperature, intact=None):
        """Of the cells of `gradient`, (e, 1, 1, 1) [S/m]; sound (m, 1): share that cracks leave, see Surroundings."""
        values = np.zeros(len(self.domain.region))
        for name, conductor in self.conductors.items():
            if conductor.conductivity is not None:
                values[self.domain.cells_of(name)] = conductor.conductivity(temperature)
        if intact is not None:
            values = values * intact[:, 0]
        return values[self.conducting][:, None, None, None]

    def interface_current(self, state, around, name):
        """Current density of an interface at its points (k, q) [A/m2]."""
        junction = self.junctions[name]
        values = junction.operator(np.concatenate([state.potential, state.stoichiometry]))
        return self._law(junction, values, around)[0]

    def _law(self, junction, values, around):
        """(i, (di/djump[, di/dx])) of a junction's points."""
        conducting = _shares(around, junction)
        if junction.trace is None:
            i, d_jump, _ = junction.law(values[..., 0], None, None, conducting, around)
            return i, d_jump[..., None]
        stress_at_fixed_x = junction.trace(around.stress_at_fixed_x)[..., 0]
        i, d_jump, d_x = junction.law(
            values[..., 0], values[..., 1], stress_at_fixed_x, conducting, around
        )
        return i, np.stack([d_jump, d_x], axis=-1)

    def solve(self, state, before, dt, around, drive, tolerance=1e-10, maximum_iterations=40):
        """Stage of length dt [s] from fillings `before` (n,), Newton's start in `state`; raises NoStage.

        What floats keeps its potential of `state`.

        tolerance: largest residual over the sum of its parts' sizes.
        """
        touching = {
            name: np.any(_shares(around, each) > 0.0, axis=1)
            for name, each in self.junctions.items()
        }
        groups = self.network.groups(touching)
        if groups.cut and drive.current_density:
            raise NoStage(
                f"electrochemistry: {NO_PATH}: no contact is left between terminal and metal"
            )
        sigma = self.conductivity(around.temperature, around.intact)
        bulk = self.gradient.matrices(sigma * np.eye(self.domain.dimension))
        stress_at_fixed_x = (
            self.value(around.stress_at_fixed_x)[..., 0],
            self.slope(around.stress_at_fixed_x),
        )
        before_at = self.value(before)[..., 0]
        unknown = self.constraint.restrict(np.concatenate([state.potential, state.stoichiometry]))
        fixed = np.zeros(2 * self.size)
        stiff = _diagonal(self.gradient, bulk, self.size) + self._contact_diagonal(around)
        cracks = None if around.intact is None else around.intact.tobytes()
        like = (dt, drive.voltage is None, around.temperature, cracks, groups.label.tobytes())
        slow, last, places = False, np.inf, {}
        for iteration in range(maximum_iterations + 1):
            full = self.constraint.expand(unknown, fixed)
            places, behind = self._places(full, places)
            given = before_at, dt, around, drive, sigma, stress_at_fixed_x, places
            residual, tangents, scale, current = self._assemble(full, *given)
            size = np.max(
                np.abs(residual) - self._round_off(drive, stiff * np.abs(full[: self.size]))
            )
            if size <= tolerance * scale and iteration > 0 and not behind:
                break
            if iteration == maximum_iterations or not np.isfinite(size):
                raise NoStage(
                    f"electrochemistry: residual {size / scale:.1e} after {iteration} iterations"
                )
            slow, last = slow or behind or size > SLOW * last, size
            try:
                if slow or self.factored != like:
                    self.factored = None
                    self.solver.factorise(
                        self._matrices(bulk, tangents, drive, groups.floating, stiff)
                    )
                    self.factored = like
                direction = self.solver.solve(-residual)
            except SingularMatrix as error:
                raise NoStage(f"electrochemistry: singular tangent: {error}") from None
            share = self._limit(direction)
            slow = share < 1.0
            unknown = unknown + share * direction
        if drive.voltage is not None:
            current = self._current(full, around)
        potential, stoichiometry = full[: self.size], full[self.size :]
        end = ChemicalState(
            potential, stoichiometry, float(potential[self.control_dof[0]]), current
        )
        return Stage(end, (stoichiometry - before) / dt, iteration)

    def _current(self, full, around):
        """Current density [A/m2] at the terminal, positive on discharge, from what crosses the electrodes.

        G (V - V_set) has lost its last digits. As no charge is stored, the current is the sum over all junctions of the
        metal, and over all between electrons and ions. Each is a difference of potentials, and where a contact is all
        but lost its own jump is large and all others are lost in rounding: the sum that rounds less is taken.
        """
        found = []
        for sign, names in (each for each in self.cuts if each[1]):
            total = noise = 0.0
            for name in names:
                operator = self.junctions[name].operator
                i, slopes = self._law(self.junctions[name], operator(full), around)
                size = np.abs(full[operator.dofs]).max()
                total += sign * operator.integral(i)
                noise += size * operator.integral(np.abs(slopes[..., 0]))
            found.append((noise, total / self.area))
        return min(found)[1]

    def _contact_diagonal(self, around):
        """Conductances of the contacts on the diagonal of the tangent, (n,)."""
        found = np.zeros(self.size)
        for junction in self.junctions.values():
            if junction.contact:
                slopes = self._law(
                    junction, np.zeros((*junction.operator.weights.shape, 1)), around
                )[1]
                found += _diagonal(
                    junction.operator, junction.operator.matrices(slopes[..., None]), self.size
                )
        return found

    def _round_off(self, drive, conducted):
        """Residual by rounding [A/m], reduced: of potentials, conducted (n,), and of a held voltage."""
        out = self.constraint.gather(np.concatenate([ROUNDING * conducted, np.zeros(self.size)]))
        held = 0.0 if drive.voltage is None else abs(drive.voltage) * self.output_conductance
        out[self.constraint.reduced[self.control_dof]] += (
            16 * np.finfo(float).eps * held * self.area
        )
        return out

    def _limit(self, direction):
        """Share of a Newton step that moves no filling by more than LARGEST_FILLING."""
        part = self.constraint.reduced[self.size :]
        moved = np.abs(direction[np.unique(part[part >= 0])]).max(initial=0.0)
        return min(1.0, LARGEST_FILLING / moved) if moved > 0 else 1.0

    def _places(self, full, last):
        """Jumps (k, q) by name at which the electrodes' laws are evaluated, and whether one is behind its own jump.

        They follow the jumps by LARGEST_JUMP in one iteration and only as a logarithm beyond; from there the law goes on
        along its tangent. So exponentials never run away, and all else may move as far as it takes.
        """
        found, behind = {}, False
        for name, junction in self.junctions.items():
            if not junction.contact:
                jump = junction.operator(full)[..., 0]
                start = last.get(name, jump)
                move = jump - start
                beyond = np.maximum(np.abs(move) - LARGEST_JUMP, 0.0)
                follows = np.minimum(np.abs(move), LARGEST_JUMP) + BEHIND * np.log1p(
                    beyond / BEHIND
                )
                found[name] = start + np.copysign(follows, move)
                behind |= bool(beyond.any())
        return found, behind

    def _assemble(self, full, before, dt, around, drive, sigma, stress_at_fixed_x, places=None):
        """Residual of the reduced unknowns [A/m], (operator, tangent) of what is not linear, its scale, current."""
        force = self.gradient.forces(
            sigma[..., 0] * self.gradient(full[: self.size]), 2 * self.size
        )
        scale = np.abs(force).max()
        values = self.stoichiometry(full)
        flux, tangent = np.zeros_like(values), np.zeros((*values.shape, values.shape[-1]))
        store = self.capacity / dt
        flux[..., 0] = store * (values[..., 0] - before)
        tangent[..., 0, 0] = store
        for name, rows in self.host_rows.items():
            host = self.hosts[name]
            x, slope = values[rows, :, 0], values[rows][..., 1:]
            here, d_x, d_slope = host.flux(
                x, slope, *(part[rows] for part in stress_at_fixed_x), around.temperature
            )
            flux[rows, :, 1:] = -FARADAY * here
            tangent[rows, :, 1:, 0] = -FARADAY * d_x
            tangent[rows, :, 1:, 1:] = -FARADAY * d_slope
        part = self.stoichiometry.forces(flux, 2 * self.size)
        force, scale = force + part, max(scale, np.abs(part).max())
        tangents = [(self.stoichiometry, tangent)]
        for name, junction in self.junctions.items():
            values = junction.operator(full)
            ahead = 0.0 * values[..., 0]
            if places is not None and name in places:
                ahead = values[..., 0] - places[name]
                values[..., 0] = places[name]
            i, slopes = self._law(junction, values, around)
            i = i + slopes[..., 0] * ahead
            # What leaves a host as charge leaves it as lithium: both equations see the same i.
            flux = np.broadcast_to(i[..., None], values.shape)
            tangent = np.broadcast_to(slopes[..., None, :], (*values.shape, values.shape[-1]))
            part = junction.operator.forces(flux, 2 * self.size)
            force, scale = force + part, max(scale, np.abs(part).max())
            tangents.append((junction.operator, tangent))
        held = drive.voltage is not None
        current = (
            self.output_conductance * (full[self.control_dof[0]] - drive.voltage)
            if held
            else drive.current_density
        )
        force[self.control_dof[0]] += current * self.area
        return (
            self.constraint.gather(force),
            tangents,
            scale + (abs(current) + AT_REST) * self.area,
            current,
        )

    def _matrices(self, bulk, tangents, drive, floating=(), stiff=None):
        """All parts of the tangent for the solver; bulk: of the conductors, stiff (n,) its diagonal.

        floating: pieces to be anchored.
        """
        hold = np.zeros(len(self.network.anchors))
        if len(floating):
            hold[floating] = stiff[self.network.anchors[floating]]
        if drive.voltage is not None or 0 in floating:
            hold[0] = self.output_conductance * self.area
        return [
            bulk,
            *(operator.matrices(each) for operator, each in tangents),
            hold[:, None, None],
        ]

    def lithium(self, stoichiometry):
        """Charge of the lithium in the hosts, int F c dx [C/m]."""
        return self.value.integral(self.capacity * self.value(stoichiometry)[..., 0])


def _diagonal(operator, matrices, size):
    """Diagonal (size,) of what element matrices add up to."""
    return np.bincount(operator.dofs.ravel(), np.einsum("ell->el", matrices).ravel(), size)


def _shares(around, junction):
    """Conducting share of a junction's points (k, q), none where less than SMALLEST_SHARE."""
    shares = around.conducting[junction.rows]
    return np.where(shares < SMALLEST_SHARE, 0.0, shares)


SMALLEST_SHARE = 1e-9  # below, round-off decides on the potential of what hangs on it
ROUNDING = (
    4 * np.finfo(float).eps
)  # of a potential times the conductance around it, in its residual
LARGEST_JUMP, BEHIND, LARGEST_FILLING = (
    0.3,
    0.05,
    0.1,
)  # V, V and 1: how far a law and a filling go in an iteration
SLOW = 0.02  # reduction of the residual above which the tangent is made anew; else its old factors serve on
AT_REST = 1e-2  # A/m2: keeps the residual's scale from vanishing with the current
