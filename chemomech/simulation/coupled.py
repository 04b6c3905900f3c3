"""One step of mechanics and electrochemistry together.

The two are solved in turn until neither changes the other. Electrochemistry takes the stress and
the contact at both ends of the step, mechanics the stoichiometry and the deposit at its end. Of the
stress only the part that does not follow x at once is handed over
(`physics.bulk.swelling.StressOnLithium`), so the iteration contracts although stress may speed
diffusion up tenfold. What is left between the last two rounds, the splitting, is measured in x and
in volts and bounded by the tolerances.

Lithium that comes and goes where the current passes presses there, and pressed contact passes more
current. At the same voltage the current then spreads in other ways, so the rounds are bounded in
the thickness plated too: what mechanics took may differ from what the charge says by
`tolerance_plated` of the step's own. More would come back as a sudden opening in the next step.
Plain rounds do not contract there; they are accelerated (`anderson`).

Where few places still touch, current opens the place it passes: that active material shrinks, and
the next round sends the current elsewhere, and back again. Rounds that do not agree soon are
accelerated in the conducting fraction; what is accepted has been confirmed by a plain round after
these, so current and contact are those of one body.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from chemomech.models.chemical_parts import ChemicalState, NoStage, Surroundings
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.exchange import Exchange
from chemomech.models.mechanics import MechanicalState, Mechanics
from chemomech.simulation.anderson import Anderson
from chemomech.simulation.chemistry import GAMMA, ChemicalStep, chemical_step, stoichiometry_error
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.lithium_face import LithiumFace, is_open
from chemomech.simulation.newton import NewtonOptions
from chemomech.simulation.phase_field_step import mechanical_step as step

LEFT = 0.1  # share of its conducting fraction that a guess leaves a point at least


@dataclass(frozen=True)
class Coupling:
    """The parts of one cell and what joins them.

    Attributes
    ----------
    mechanics : Mechanics
        The body.
    chemistry : Electrochemistry
        Lithium and potential in it.
    exchange : Exchange
        What one hands the other: free strain, and stress at fixed x.
    contact : callable
        (normal traction, normal opening, damage, memory, dt, temperature) -> (conducting fraction,
        memory), of all interface points (k, q).
    metals : dict
        Junction -> molar volume of the lithium that it plates [m3/mol].
    films : Films or None
        How interphases grow; None where none does.
    thermal : callable
        (temperature) -> linear strain of the cells (m, 1), or a number.
    damage_time : float
        Viscosity of damage [s].
    debonded : callable
        (mechanical state) -> debonded fraction of all interface points (k, q).
    intact : callable
        (mechanical state) -> intact fraction (m, 1) of the cells' conductivity beside cracks in the
        bulk; None where nothing cracks.
    face : LithiumFace
        Voids at the start, and how plating and stripping move the metal's face.
    """

    mechanics: Mechanics
    chemistry: Electrochemistry
    exchange: Exchange
    contact: Callable
    metals: dict
    films: Any = None
    thermal: Callable = lambda temperature: 0.0
    damage_time: float = 0.0
    debonded: Callable = lambda mechanical: mechanical.damage
    intact: Callable = lambda mechanical: None
    face: LithiumFace = LithiumFace()


@dataclass(frozen=True)
class CoupledState:
    """Everything that a cell remembers.

    Attributes
    ----------
    mechanical : MechanicalState
        Of the body.
    chemical : ChemicalState
        Of lithium and potential.
    around : Surroundings
        What electrochemistry sees of the rest.
    plated : (k, 1) array
        Thickness of lithium plated since the start [m].
    memory : (k, q, 2) array
        Of contacts, see `simulation.contact`.
    vacancies : (k, n) array or None
        Fraction of vacancies below the facets, None without.
    """

    mechanical: MechanicalState
    chemical: ChemicalState
    around: Surroundings
    plated: np.ndarray
    memory: np.ndarray
    vacancies: np.ndarray | None = None


@dataclass(frozen=True)
class CouplingOptions:
    """When the rounds of a step agree.

    A round leaves about 0.02 to 0.1 of the error before it (measured while particles debond), so
    what is left of the splitting in x and in the voltage is by as much less than the tolerances.

    Attributes
    ----------
    newton : NewtonOptions
        Of mechanics.
    tolerance_stoichiometry, tolerance_voltage : float
        Largest change of the last round: root mean square of x, and [V].
    tolerance_plated : float
        Largest miss of the thickness that mechanics took, over the largest plated in the step,
        where plating is local.
    maximum_rounds, plain_rounds : int
        Rounds after which a step has failed, where lithium plates locally and where evenly. They
        agree within about eight or not at all: a shorter step ends that.
    rounds_before_mixing : int
        Plain rounds before those that are accelerated in the conducting fraction.
    """

    newton: NewtonOptions = NewtonOptions()
    tolerance_stoichiometry: float = 1e-4
    tolerance_voltage: float = 5e-4
    tolerance_plated: float = 5e-3
    maximum_rounds: int = 30
    plain_rounds: int = 10
    rounds_before_mixing: int = 3


class CoupledStep(NamedTuple):
    """Outcome of one step.

    Attributes
    ----------
    converged : bool
        Whether there is a new state.
    reason : str
        Why there is none.
    state : CoupledState or None
        At the end.
    chemical : ChemicalStep or None
        Charge passed, and the estimated error of x.
    energy : EnergyAccount
        What the step took.
    counts : dict
        rounds, and iterations of mechanics ("mechanical") and of electrochemistry ("chemical").
    splitting : (float, float)
        Last change of x, and of the voltage [V].
    """

    converged: bool
    reason: str
    state: CoupledState | None
    chemical: ChemicalStep | None
    energy: EnergyAccount
    counts: dict
    splitting: tuple = (0.0, 0.0)


def load_of(coupling, stoichiometry, plated, film, conditions, dt):
    """Return the Load of mechanics at the end of a step.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    stoichiometry : (n,) array
        At the end.
    plated : (k, 1) array
        Thickness of lithium plated since the start [m].
    film : (k, 1) array or None
        Thickness of the interphases [m].
    conditions : Conditions
        Stack pressure and temperature.
    dt : float
        Length of the step [s].
    """
    opening = plated + coupling.face.profile
    if coupling.films is not None:
        opening = opening + coupling.films.opening(film)
    return conditions.load(
        chemical_strain=coupling.exchange.free_strain(
            stoichiometry, coupling.thermal(conditions.temperature)
        ),
        imposed_opening=opening,
        step_over_viscosity=dt / coupling.damage_time if coupling.damage_time > 0 else np.inf,
        seconds=dt,
    )


def surroundings(coupling, mechanical, stoichiometry, memory, dt, temperature, seconds, film=None):
    """Return what electrochemistry sees of a mechanical state, and the contacts' new memory.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    mechanical : MechanicalState
        At the end of a step.
    stoichiometry : (n,) array
        At the end.
    memory : (k, q, 2) array
        Of the contacts at the start of the step.
    dt : float
        Length of the step [s].
    temperature, seconds : float
        At its end [K], [s].
    film : (k, 1) array or None
        Thickness of the interphases [m].
    """
    debonded = coupling.debonded(mechanical)
    conducting, memory = coupling.contact(
        mechanical.traction[..., 0], mechanical.opening[..., 0], debonded, memory, dt, temperature
    )
    stress_at_fixed_x = coupling.exchange.stress_at_fixed_x(mechanical.stress, stoichiometry)
    return Surroundings(
        conducting, stress_at_fixed_x, temperature, seconds, film,
        coupling.intact(mechanical), mechanical.traction[..., 0],
    ), memory  # fmt: skip


def plated_by(coupling, passed, state, dt):
    """Return thickness plated (k, 1) [m] and vacancies (k, n) after charges have passed.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    passed : dict
        Junction -> charge per interface point (k, q) [C/m2], positive out of the electrode.
    state : CoupledState
        Before the step.
    dt : float
        Length of the step [s].
    """
    plated, vacancies = state.plated, state.vacancies
    for name, molar_volume in coupling.metals.items():
        junction = coupling.chemistry.junctions[name]
        weights = junction.operator.weights
        plated, vacancies = coupling.face.move(
            plated, vacancies, junction.rows, weights, passed[name], molar_volume, dt,
            is_open(state.mechanical, junction.rows),
        )  # fmt: skip
    return plated, vacancies


def extrapolate(before, state, share):
    """Return a CoupledState to start a step's iterations from.

    Parameters
    ----------
    before, state : CoupledState
        Two states on the way.
    share : float
        The new one is as many times as far beyond `state` as `before` is behind it.
    """

    def beyond(one, other, low=-np.inf, high=np.inf):
        return np.clip(other + share * (other - one), low, high)

    shown, chemical, mechanical = state.around, state.chemical, state.mechanical
    least = LEFT * shown.conducting
    displacement = beyond(before.mechanical.displacement, mechanical.displacement)
    return replace(
        state,
        mechanical=replace(mechanical, displacement=displacement),
        chemical=replace(
            chemical, potential=beyond(before.chemical.potential, chemical.potential),
            stoichiometry=beyond(before.chemical.stoichiometry, chemical.stoichiometry, 0.0, 1.0),
        ),
        around=replace(
            shown, conducting=beyond(before.around.conducting, shown.conducting, least, 1.0),
            stress_at_fixed_x=beyond(before.around.stress_at_fixed_x, shown.stress_at_fixed_x),
        ),
    )  # fmt: skip


def coupled_step(coupling, state, dt, drive, conditions, options=CouplingOptions(), guess=None):
    """Take one step from a CoupledState, which is not changed.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    state : CoupledState
        At the start.
    dt : float
        Length of the step [s], > 0.
    drive : Drive
        Current density or voltage that the instrument imposes.
    conditions : Conditions
        Stack pressure and temperature at the end.
    options : CouplingOptions
        When the rounds agree.
    guess : CoupledState or None
        To start iterations from.
    """
    counts = {"rounds": 0, "mechanical": 0, "chemical": 0}
    seconds, film = state.around.seconds + dt, state.around.film
    temperature = conditions.temperature
    if coupling.films is not None:
        film = coupling.films.grow(film, dt, temperature)
    end = replace((guess or state).around, temperature=temperature, seconds=seconds, film=film)
    last, mechanics, accelerate, used = None, None, Anderson(), state.plated
    memory, mix, mixed = state.memory, Anderson(), False
    most = options.plain_rounds if coupling.face.even else options.maximum_rounds
    for _ in range(most):
        counts["rounds"] += 1
        agree = False
        try:
            near = last.stages if last else _stages(state, guess)
            now = chemical_step(
                coupling.chemistry, state.chemical, dt, state.around, end, drive, guess=near
            )
        except NoStage as error:
            return CoupledStep(False, str(error), None, None, EnergyAccount(), counts)
        counts["chemical"] += now.iterations
        plated, vacancies = plated_by(coupling, now.passed, state, dt)
        if last is not None:
            splitting = _splitting(coupling, last.state, now.state)
            missed = 0.0 if coupling.face.even else _misses(plated, used, state.plated)
            agree = (
                splitting[0] <= options.tolerance_stoichiometry
                and splitting[1] <= options.tolerance_voltage
                and missed <= options.tolerance_plated
            )
            if agree and not mixed:
                new = CoupledState(mechanics.state, now.state, end, plated, memory, vacancies)
                return CoupledStep(True, "", new, now, mechanics.energy, counts, splitting)
        if last is None or coupling.face.even:
            used = plated
        else:
            used = accelerate(used.ravel(), plated.ravel()).reshape(plated.shape)
        load = load_of(coupling, now.state.stoichiometry, used, film, conditions, dt)
        start = (
            (guess or state).mechanical.displacement
            if mechanics is None
            else mechanics.state.displacement
        )
        mechanics = step(coupling.mechanics, state.mechanical, load, options.newton, start)
        counts["mechanical"] += mechanics.iterations
        if not mechanics.converged:
            return CoupledStep(False, mechanics.reason, None, None, EnergyAccount(), counts)
        given = end.conducting
        end, memory = surroundings(
            coupling, mechanics.state, now.state.stoichiometry, state.memory, dt, temperature,
            seconds, film,
        )  # fmt: skip
        proposed = mix(given.ravel(), end.conducting.ravel()).reshape(given.shape)
        mixed = counts["rounds"] >= options.rounds_before_mixing and not (agree and mixed)
        if mixed:
            end = replace(end, conducting=np.clip(proposed, LEFT * given, 1.0))
        last = now
    return CoupledStep(
        False, f"no agreement after {counts['rounds']} rounds", None, None, EnergyAccount(), counts
    )


def _splitting(coupling, before, state):
    """Return the change of x, root mean square, and of the voltage [V] between ChemicalStates."""
    change = stoichiometry_error(coupling.chemistry, state.stoichiometry - before.stoichiometry)
    return change, abs(state.voltage - before.voltage)


def _misses(plated, used, before):
    """Return the largest difference of two thicknesses over the largest plated since `before`.

    Where nothing was plated it is 0.
    """
    size = np.abs(plated - before).max()
    return np.abs(plated - used).max() / size if size > 0 else 0.0


def _stages(state, guess):
    """ChemicalStates to start both stages from."""
    if guess is None:
        return None
    one, other = state.chemical, guess.chemical
    between = {
        name: (1.0 - GAMMA) * getattr(one, name) + GAMMA * getattr(other, name)
        for name in ("potential", "stoichiometry")
    }
    return replace(one, **between), other
