r"""How well a step of the coupled cell resolves all that has a rate.

What a step holds at its end's value throughout is compared with the mean of both ends,

    e = dt/2 |y'(end) - y'(start)|,

the error of backward Euler to leading order. Over a scale of its own it is the share by which each
of these may be wrong after the step:

    creep      y' the creep rate of all points that creep. An error e of the strain is one of the
               von Mises stress q, of which flow lets go within the step: with dp'/dq = p'/(m q)
               what is left is q e/(q/3G + p/m), p the step's creep strain, m the sensitivity
    contact    growth of rough contacts by creep alone, under the pressures of both ends, over what
               conducts
    films      growth of interphases at the temperatures of both ends, over their thickness
    vacancies  one step against two of half its length, of the face's place and of the vacancies at
               every depth, over how much the face moves, all that is missing below it and a share
               of what could be
    fatigue    half of what cyclic damage grows by: it weakens at the step's end alone

Sizes are root mean squares, of an interface over its points. Lithium in its hosts has the error of
`simulation.chemistry`. What follows at once has no rate: potentials, elastic and thermal strain.
"""

from dataclasses import replace

import numpy as np

from chemomech.physics.bulk.elasticity import von_mises
from chemomech.physics.bulk.viscoplasticity import creep_rate
from chemomech.physics.lithium.vacancies import stored
from chemomech.simulation.coupled import plated_by

BEGUN = 0.05  # of all vacancies that lithium takes: fewer have no shape yet that a step must meet
LEAST_CONDUCTING = 1e-3  # conducting share below which an error of it is not taken relative to it


def errors_of_step(coupling, start, end, passed, dt):
    """Return name -> estimated relative error of a step's end.

    Parameters
    ----------
    coupling : Coupling
        The cell.
    start, end : CoupledState
        At both ends.
    passed : dict
        Junction -> charge per interface point (k, q) [C/m2], as `plated_by` takes it.
    dt : float
        Length of the step [s], > 0.
    """
    temperatures = start.around.temperature, end.around.temperature
    mechanics, bodies = coupling.mechanics, (start.mechanical, end.mechanical)
    return {
        "creep": creep_error(mechanics, *bodies, dt, temperatures),
        "contact": _contact_error(coupling, start, end, dt),
        "films": _film_error(coupling.films, start.around.film, dt, temperatures),
        "vacancies": _vacancy_error(coupling, start, end, passed, dt),
        "fatigue": _fatigue_error(mechanics, *bodies),
    }


def creep_error(mechanics, start, end, dt, temperatures):
    """Return the relative error of the von Mises stress that a step of creep makes; 0 without.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    start, end : MechanicalState
        At both ends.
    dt : float
        Length of the step [s], > 0.
    temperatures : (float, float)
        At both ends [K].
    """
    model = mechanics.bulk_model
    rows, cells = model.creeping, model.yielding[model.creeping]
    if not len(cells):
        return 0.0
    bulk, weights = model.yielding_bulk.subset(rows), mechanics.strain.weights[cells]
    rates = [
        creep_rate(state.stress[cells], state.resistance[rows], bulk.flow, temperature)[1]
        for state, temperature in zip((start, end), temperatures, strict=True)
    ]
    twice = np.where(np.arange(rates[0].shape[-1]) < 3, 1.0, 2.0)
    missed = 0.5 * dt * np.sqrt(2.0 / 3.0 * (rates[1] - rates[0]) ** 2 @ twice)
    mises = np.maximum(*(von_mises(state.stress[cells]) for state in (start, end)))
    gain = end.accumulated[rows] - start.accumulated[rows]
    return _ratio(missed, mises / (3.0 * bulk.shear) + gain / bulk.flow.sensitivity, weights)


def _contact_error(coupling, start, end, dt):
    """Return the largest relative error of a junction's conducting share."""
    closed = end.mechanical.opening[..., 0], coupling.debonded(end.mechanical)
    grown = []
    for state in (start, end):
        pressed = state.mechanical.traction[..., 0], *closed, start.memory
        after, before = (
            coupling.contact(*pressed, seconds, state.around.temperature)[0]
            for seconds in (dt, 0.0)
        )
        grown.append(after - before)
    missed, scale = 0.5 * (grown[1] - grown[0]), end.around.conducting + LEAST_CONDUCTING
    return max(
        (
            _ratio(missed[each.rows], scale[each.rows], each.operator.weights)
            for each in coupling.chemistry.junctions.values()
        ),
        default=0.0,
    )


def _film_error(films, film, dt, temperatures):
    """Return the relative error of the interphases' thickness."""
    if films is None or temperatures[0] == temperatures[1]:
        return 0.0
    one, other = (films.grow(film, dt, temperature) for temperature in temperatures)
    return _ratio(0.5 * (other - one), other, np.ones(one.shape))


def _vacancy_error(coupling, start, end, passed, dt):
    """Return the relative error of the lithium's face and of the vacancies below it."""
    if start.vacancies is None:
        return 0.0
    column = coupling.face.columns.column
    half = {name: 0.5 * charge for name, charge in passed.items()}
    plated, vacancies = plated_by(coupling, half, start, 0.5 * dt)
    between = replace(start, plated=plated, vacancies=vacancies)
    plated, vacancies = plated_by(coupling, half, between, 0.5 * dt)
    missing = stored(end.vacancies, column)
    apart = stored(np.abs(vacancies - end.vacancies), column)
    # Two half steps still make half the error.
    missed = 2.0 * (np.abs(plated - end.plated)[:, 0] + apart)
    scale = np.abs(end.plated - start.plated)[:, 0] + missing
    scale = scale + BEGUN * column.limit * column.widths.sum()
    rows = [coupling.chemistry.junctions[name].rows for name in coupling.metals]
    weights = np.sum(coupling.mechanics.jump.weights, axis=1)
    return max(_ratio(missed[each], scale[each], weights[each]) for each in rows)


def _fatigue_error(mechanics, start, end):
    """Return the largest error of an interface's strength over that of an intact one."""
    gain = 0.5 * (end.interface.weakening - start.interface.weakening)
    names = [name for name, law in mechanics.laws.items() if law.fatigue is not None]
    rows = [mechanics.rows[name] for name in names]
    weights = mechanics.jump.weights
    return max((_ratio(gain[each], 1.0, weights[each]) for each in rows), default=0.0)


def _ratio(missed, scale, weights):
    """Return root mean square of an error over that of its scale; 0 where nothing is missed."""
    top, bottom = (np.sum(weights * np.square(each)) for each in (missed, scale))
    return float(np.sqrt(top / bottom)) if top > 0 else 0.0
