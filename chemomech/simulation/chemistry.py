"""One time step of the fields of lithium and potential, of second order and L-stable.

Two implicit stages. With gamma = 1 - 1/sqrt(2), k the rate of the stoichiometry x:

    x_1 = x_0 + gamma dt k_1,    x_2 = x_0 + (1 - gamma) dt k_1 + gamma dt k_2,

the state at the end is the second stage; gamma dt (k_2 - k_1) is what a first-order method would
have missed, and bounds the error from above. The charge passed is summed with the stages' weights,
so lithium and charge balance to the last digit for any step.

Source: Alexander, SIAM J. Numer. Anal. 14 (1977) 1006.
"""

from dataclasses import dataclass

import numpy as np

from chemomech.models.chemical_parts import Drive

GAMMA = 1.0 - 1.0 / np.sqrt(2.0)
WEIGHTS = (1.0 - GAMMA, GAMMA)


@dataclass(frozen=True)
class ChemicalStep:
    """Outcome of one step.

    Attributes
    ----------
    state : ChemicalState
        At the end.
    error : (n,) array
        Of the stoichiometry, an upper bound.
    charge : float
        Charge passed [C/m2], positive on discharge.
    passed : dict
        Junction -> charge per interface point (k, q) [C/m2], positive out of the electrode.
    iterations : int
        Of both stages.
    stages : (ChemicalState, ChemicalState)
        Both states.
    """

    state: object
    error: np.ndarray
    charge: float
    passed: dict
    iterations: int
    stages: tuple


def chemical_step(model, state, dt, start, end, drive, tolerance=1e-10, guess=None):
    """Take one step from a ChemicalState.

    Parameters
    ----------
    model : Electrochemistry
        Lithium and potential in the cell.
    state : ChemicalState
        At the start.
    dt : float
        Length of the step [s], > 0.
    start, end : Surroundings
        At both ends.
    drive : Drive
        Current density or voltage that the instrument imposes.
    tolerance : float
        Of each stage.
    guess : (ChemicalState, ChemicalState) or None
        To start the stages' iterations from, as `stages` of a step that differs little.

    Raises
    ------
    NoStage
        Where a stage has no solution.
    """
    guess = guess or (state, None)
    between = start.towards(end, GAMMA)
    first = model.solve(guess[0], state.stoichiometry, GAMMA * dt, between, drive, tolerance)
    before = state.stoichiometry + (1.0 - GAMMA) * dt * first.rate
    second = model.solve(guess[1] or first.state, before, GAMMA * dt, end, drive, tolerance)
    stages, places = (first, second), (between, end)
    passed = {
        name: dt * sum(
            weight * model.interface_current(stage.state, place, name)
            for weight, stage, place in zip(WEIGHTS, stages, places, strict=True)
        )
        for name in model.junctions
    }  # fmt: skip
    currents = [stage.state.current_density for stage in stages]
    return ChemicalStep(
        state=second.state,
        error=GAMMA * dt * (second.rate - first.rate),
        charge=dt * float(np.dot(WEIGHTS, currents)),
        passed=passed,
        iterations=first.iterations + second.iterations,
        stages=(first.state, second.state),
    )


def stoichiometry_error(model, error):
    """Return the root mean square of an error (n,) of the stoichiometry over the hosts."""
    at = model.value(error)[..., 0]
    return float(np.sqrt(model.value.integral(at**2) / np.sum(model.value.weights)))


def drive_of(entry, capacity):
    """Return what the instrument drives during a step of a protocol.

    Parameters
    ----------
    entry : Step
        The protocol's step.
    capacity : float
        What 1C means [C/m2].
    """
    if entry.kind == "voltage":
        return Drive(voltage=entry.voltage)
    return Drive(current_density=0.0 if entry.current is None else entry.current.density(capacity))
