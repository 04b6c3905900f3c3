r"""Lithium in the active material and potentials everywhere, on one split mesh.

Unknowns: potential phi in every conductor (of ions or of electrons) and stoichiometry x = c/c_max
in every host,

    div(sigma grad phi) = 0,                     sigma: ionic or electronic conductivity,
    c_max dx/dt + div J(x, grad x, s) = 0,       s: stress,
    -sigma grad phi . n = i,   J . n = i/F,      on host | electrolyte, n out of the host,

phi jumps at every boundary between conductors of different kinds and at named interfaces; where
these have no law they block. Every other border of a host blocks lithium alone. i(jump of phi, x,
s, chi) is the law of an interface, positive when lithium leaves the host (or the metal). Between
two conductors of one kind i carries their charge over a contact (`network.ohmic`), and no lithium.
Lithium metal stands at phi = 0. The terminal is one value V of the collector and, where the
electronic network is not resolved ("wired"), of all hosts: sum of what flows into it from inside =
I A, I positive on discharge. The terminal is driven by a current or, as by an instrument of output
conductance G, by a voltage: I = G (V - V_set). What has lost every path to the metal floats: it
keeps its potential at one place, and its charge (`network`). A terminal that floats keeps its
voltage at rest.

Both equations are kept in A/m (lithium times F). Weak form, v and w the test functions:

    int sigma grad phi . grad v dx + int i [v] ds + I A v(terminal) = 0,
    int F c_max (x - x_0)/dt w dx - int F J . grad w dx + int i w ds = 0.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.linear import DirectSolver, SingularMatrix
from chemomech.fem.operators import PointOperator
from chemomech.models.chemical_body import ChemicalBody, conducting_shares
from chemomech.models.chemical_parts import (
    NO_PATH,
    ChemicalState,
    Drive,
    NoStage,
    Stage,
    Surroundings,
)
from chemomech.models.network import Groups
from chemomech.units.constants import FARADAY

ROUNDING = (
    4 * np.finfo(float).eps
)  # of a potential times the conductance around it, in its residual
LARGEST_JUMP, BEHIND = 0.3, 0.05  # V: how far the jump that a law is shown moves in an iteration
LARGEST_CHANGE = 0.1  # of x in an iteration
SLOW = 0.02  # reduction of the residual above which the tangent is made anew, else not
AT_REST = 1e-2  # A/m2: keeps the residual's scale from vanishing with the current


class Electrochemistry(ChemicalBody):
    """Solver of one cell; states are passed in and out, only factors of its tangent are kept."""

    factored: tuple[Any, ...] | None

    def __init__(self, *arguments: Any, **named: Any):
        """Build the operators of a cell and the pattern of its tangent, as ChemicalBody."""
        super().__init__(*arguments, **named)
        junctions = (each.operator.dofs for each in self.junctions.values())
        sets = [self.gradient.dofs, self.stoichiometry.dofs, *junctions]
        sets.append(self.network.anchors[:, None])
        self.solver = DirectSolver(self.constraint, sets, symmetric=False)
        # What the solver's factors stand for: (dt, current or voltage, temperature, cracks,
        # groups).
        self.factored = None

    def solve(
        self,
        state: ChemicalState,
        before: NDArray,
        dt: float,
        around: Surroundings,
        drive: Drive,
        tolerance: float = 1e-10,
        maximum_iterations: int = 40,
    ) -> Stage:
        """Solve an implicit stage.

        Parameters
        ----------
        state : ChemicalState
            Where Newton's method starts; what floats keeps its potential of it.
        before : (n,) array
            Stoichiometry at the start of the stage.
        dt : float
            Length of the stage [s].
        around : Surroundings
            Contact, stress and temperature at its end.
        drive : Drive
            Current or voltage at its end.
        tolerance : float
            Largest residual over the sum of its parts' sizes.
        maximum_iterations : int
            Of Newton's method.

        Raises
        ------
        NoStage
            Without convergence, and where an imposed current has no path.
        """
        groups = self._groups(around, drive)
        sigma = self.conductivity(around.temperature, around.intact)
        bulk = self.gradient.matrices(sigma * np.eye(self.domain.dimension))
        stress = self.value(around.stress_at_fixed_x)[..., 0], self.slope(around.stress_at_fixed_x)
        given = self.value(before)[..., 0], dt, around, drive, sigma, stress
        unknown = self.constraint.restrict(np.concatenate([state.potential, state.stoichiometry]))
        fixed = np.zeros(2 * self.size)
        stiff = _diagonal(self.gradient, bulk, self.size) + self._contact_diagonal(around)
        stored = self._stored_diagonal(dt) * np.abs(before)
        cracks = None if around.intact is None else around.intact.tobytes()
        like = (dt, drive.voltage is None, around.temperature, cracks, groups.label.tobytes())
        slow, last, places = False, np.inf, dict[str, NDArray]()
        for iteration in range(maximum_iterations + 1):
            full = self.constraint.expand(unknown, fixed)
            places, behind = self._places(full, places)
            residual, tangents, scale, current = self._assemble(full, *given, places)
            rounding = self._round_off(drive, stiff * np.abs(full[: self.size]), stored)
            size = np.max(np.abs(residual) - rounding)
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
                    matrices = self._matrices(bulk, tangents, drive, groups.floating, stiff)
                    self.solver.factorise(matrices)
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
        voltage = float(potential[self.control_dof[0]])
        end = ChemicalState(potential, stoichiometry, voltage, current)
        return Stage(end, (stoichiometry - before) / dt, iteration)

    def _groups(self, around: Surroundings, drive: Drive) -> Groups:
        """Find which pieces hang together; raises NoStage where a current has no path."""
        conducting = {
            name: np.any(conducting_shares(around, each) > 0.0, axis=1)
            for name, each in self.junctions.items()
        }
        groups = self.network.groups(conducting)
        if groups.cut and drive.current_density:
            raise NoStage(
                f"electrochemistry: {NO_PATH}: no contact is left between terminal and metal"
            )
        return groups

    def _current(self, full: NDArray, around: Surroundings) -> float:
        """Sum up the current density [A/m2] at the terminal from what crosses the electrodes.

        G (V - V_set) has lost its last digits. As no charge is stored, the current is the sum over
        all junctions of the metal, and over all between electrons and ions. Each is a difference of
        potentials, and where a contact is all but lost its own jump is large and all others are
        lost in rounding: the sum that rounds less is taken.
        """
        found = []
        for sign, names in (each for each in self.cuts if each[1]):
            total = noise = 0.0
            for name in names:
                operator = self.junctions[name].operator
                i, slopes = self.law_of(self.junctions[name], operator(full), around)
                size = np.abs(full[operator.dofs]).max()
                total += sign * operator.integral(i)
                noise += size * operator.integral(np.abs(slopes[..., 0]))
            found.append((noise, total / self.area))
        return min(found)[1]

    def _contact_diagonal(self, around: Surroundings) -> NDArray:
        """Conductances of the contacts on the diagonal of the tangent, (n,)."""
        found = np.zeros(self.size)
        for junction in self.junctions.values():
            if junction.contact:
                slopes = self.law_of(
                    junction, np.zeros((*junction.operator.weights.shape, 1)), around
                )[1]
                found += _diagonal(
                    junction.operator, junction.operator.matrices(slopes[..., None]), self.size
                )
        return found

    def _stored_diagonal(self, dt: float) -> NDArray:
        """Currents [A/m] that fill hosts by one in a time [s], on the tangent's diagonal, (n,)."""
        store = np.broadcast_to(self.capacity / dt, self.value.weights.shape)
        return _diagonal(self.value, self.value.matrices(store[..., None, None]), self.size)

    def _round_off(self, drive: Drive, conducted: NDArray, stored: NDArray) -> NDArray:
        """Residual by rounding [A/m], reduced: of what is conducted, stored (n,), and a voltage."""
        out = self.constraint.gather(ROUNDING * np.concatenate([conducted, stored]))
        held = 0.0 if drive.voltage is None else abs(drive.voltage) * self.output_conductance
        out[self.constraint.reduced[self.control_dof]] += (
            16 * np.finfo(float).eps * held * self.area
        )
        return out

    def _limit(self, direction: NDArray) -> float:
        """Share of a Newton step that moves no stoichiometry by more than LARGEST_CHANGE."""
        part = self.constraint.reduced[self.size :]
        moved = np.abs(direction[np.unique(part[part >= 0])]).max(initial=0.0)
        return min(1.0, LARGEST_CHANGE / moved) if moved > 0 else 1.0

    def _places(self, full: NDArray, last: dict[str, NDArray]) -> tuple[dict[str, NDArray], bool]:
        """Jumps (k, q) at which the electrodes' laws are evaluated, and whether one lags behind.

        They follow the jumps by LARGEST_JUMP in one iteration and only as a logarithm beyond; from
        there the law goes on along its tangent. So exponentials never run away, and all else may
        move as far as it takes.
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

    def _assemble(
        self,
        full: NDArray,
        before: NDArray,
        dt: float,
        around: Surroundings,
        drive: Drive,
        sigma: NDArray,
        stress_at_fixed_x: tuple[NDArray, NDArray],
        places: Mapping[str, NDArray] | None = None,
    ) -> tuple[NDArray, list[tuple[PointOperator, NDArray]], float, float]:
        """Residual [A/m], (operator, tangent) of what is not linear, scale, and current."""
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
            if places and name in places:
                ahead = values[..., 0] - places[name]
                values[..., 0] = places[name]
            i, slopes = self.law_of(junction, values, around)
            i = i + slopes[..., 0] * ahead
            # What leaves a host as charge leaves it as lithium: both equations see the same i.
            flux = np.broadcast_to(i[..., None], values.shape)
            tangent = np.broadcast_to(slopes[..., None, :], (*values.shape, values.shape[-1]))
            part = junction.operator.forces(flux, 2 * self.size)
            force, scale = force + part, max(scale, np.abs(part).max())
            tangents.append((junction.operator, tangent))
        if drive.voltage is not None:
            ahead = full[self.control_dof[0]] - drive.voltage
            current = self.output_conductance * ahead
        else:
            current = drive.current_density or 0.0
        force[self.control_dof[0]] += current * self.area
        scale = scale + (abs(current) + AT_REST) * self.area
        return self.constraint.gather(force), tangents, scale, current

    def _matrices(
        self,
        bulk: NDArray,
        tangents: list[tuple[PointOperator, NDArray]],
        drive: Drive,
        floating: Any = (),
        stiff: Any = None,
    ) -> list[NDArray]:
        """All parts of the tangent; bulk: of the conductors, stiff (n,) its diagonal.

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


def _diagonal(operator: PointOperator, matrices: NDArray, size: int) -> NDArray:
    """Diagonal (size,) of what element matrices add up to."""
    return np.bincount(operator.dofs.ravel(), np.einsum("ell->el", matrices).ravel(), size)
