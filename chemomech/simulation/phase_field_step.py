"""One step of a body that cracks: displacement and damage in turn, until neither changes the other.

Each minimises the energy of the step while the other stands still (Bourdin, Francfort, Marigo, J.
Mech. Phys. Solids 48 (2000) 797). Where a crack runs at a fixed load the iteration follows it to
where it stops; what such a jump frees is dissipated by nothing here and stands as the residual of
the energy account. The rounds are quickened by Anderson acceleration over the last few
(`anderson`), always between the bounds of the damage; a round in which the change has grown starts
it anew.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from chemomech.fem.bounded import NoMinimum
from chemomech.fem.linear import SingularMatrix
from chemomech.models.phase_field import CrackingMechanics
from chemomech.simulation.anderson import Anderson
from chemomech.simulation.energy import EnergyAccount, elastic_energy
from chemomech.simulation.errors import NoConvergence
from chemomech.simulation.newton import NewtonOptions, StepResult, step


class CoarseMesh(NoConvergence):
    """A crack runs where the mesh does not resolve it; the message says where.

    No shorter step would help.
    """


@dataclass(frozen=True)
class CrackingOptions:
    """When the rounds of a step agree.

    Attributes
    ----------
    newton : NewtonOptions
        Of the displacement.
    tolerance : float
        Largest change of damage that counts as none.
    maximum_rounds : int
        Rounds after which a step has failed.
    memory : int
        Rounds over which the iteration is accelerated, 0 for none.
    """

    newton: NewtonOptions = NewtonOptions(1e-7, 100)
    tolerance: float = 1e-4
    maximum_rounds: int = 2000
    memory: int = 5


def cracking_step(mechanics, state, load, options=CrackingOptions(), guess=None):
    """Take one step of a body that cracks, from a state that is not changed.

    Parameters
    ----------
    mechanics : CrackingMechanics
        The body.
    state : CrackedState
        At the start.
    load : Load
        At the end.
    options : CrackingOptions
        When the rounds agree.
    guess : (n,) array or None
        Displacement to start from [m].

    Returns
    -------
    StepResult
        Its iterations are those of Newton's method, all rounds together.

    Raises
    ------
    CoarseMesh
        Where a crack runs on cells that are too large.
    """
    damage, phase, displacement = mechanics.damage, state.phase, guess
    iterations, change, accelerate = 0, np.inf, Anderson(options.memory + 1)
    for _ in range(options.maximum_rounds):
        result = step(mechanics, replace(state, phase=phase), load, options.newton, displacement)
        iterations += result.iterations
        if not result.converged:
            return _failed(result.reason, iterations)
        displacement = result.state.displacement
        driving = mechanics.split(displacement, load)[0].active
        try:
            target = damage.minimise(driving, state.phase, phase)
        except (NoMinimum, SingularMatrix) as error:
            return _failed(f"damage: {error}", iterations)
        last, change = change, float(np.max(np.abs(target - phase), initial=0.0))
        if change <= options.tolerance:
            return _accepted(mechanics, state, result, iterations)
        if change > last:
            accelerate = Anderson(options.memory + 1)
        phase = np.clip(accelerate(phase, target), state.phase, 1.0)
    return _failed(
        f"damage still changes by {change:.1e} after {options.maximum_rounds} rounds", iterations
    )


def mechanical_step(mechanics, state, load, newton=NewtonOptions(), guess=None):
    """Take one step of any body: `step`, or `cracking_step` where its bulk may crack.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    state : MechanicalState
        At the start.
    load : Load
        At the end.
    newton : NewtonOptions
        Of the displacement.
    guess : (n,) array or None
        Displacement to start from [m].
    """
    if isinstance(mechanics, CrackingMechanics):
        return cracking_step(mechanics, state, load, CrackingOptions(newton), guess)
    return step(mechanics, state, load, newton, guess)


class Growth(NamedTuple):
    """Cracks at every load.

    Attributes
    ----------
    states : list of CrackedState
        At the loads.
    areas : (l,) array
        Length of the cracks [m], in 3D their area [m2].
    accounts : list of EnergyAccount
        Since the start.
    """

    states: list
    areas: np.ndarray
    accounts: list


def grow(mechanics, loads, options=CrackingOptions(), state=None):
    """Let the cracks of a body grow along a series of loads; return their Growth.

    Parameters
    ----------
    mechanics : CrackingMechanics
        The body.
    loads : iterable of Load
        One after the other.
    options : CrackingOptions
        When the rounds agree.
    state : CrackedState or None
        Where to start; None: unloaded.

    Raises
    ------
    NoConvergence
        It says why.
    """
    state = mechanics.initial_state() if state is None else state
    account, states, accounts = EnergyAccount(), [], []
    for number, load in enumerate(loads):
        result = cracking_step(mechanics, state, load, options)
        if not result.converged:
            raise NoConvergence(f"load {number}: {result.reason}")
        state, account = result.state, account + result.energy
        states.append(state)
        accounts.append(account)
    return Growth(
        states, np.array([mechanics.damage.crack_area(each.phase) for each in states]), accounts
    )


def _failed(reason, iterations):
    return StepResult(False, reason, None, EnergyAccount(), iterations)


def _accepted(mechanics, state, result, iterations):
    """Return the StepResult with the energy that damage has taken.

    It is refused where the mesh is too coarse for the crack.
    """
    coarse = mechanics.damage.coarse_crack(result.state.phase)
    if coarse is not None:
        place = ", ".join(f"{x:.4g}" for x in coarse[1])
        raise CoarseMesh(
            f"a crack at ({place}) m runs through cells with l/h = {coarse[0]:.2g}; refine there"
        )
    end, surface = result.state, mechanics.damage.surface_energy
    energy = replace(
        result.energy,
        # The step's own account started from the new damage.
        elastic=elastic_energy(mechanics, end) - elastic_energy(mechanics, state),
        fracture=result.energy.fracture + surface(end.phase) - surface(state.phase),
    )
    return replace(result, energy=energy, iterations=iterations)
