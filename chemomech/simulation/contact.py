"""How much of each electrode's and each electronic contact's interface conducts.

Its memory has two columns: that of the rough contact, and the share of the bond that has not opened
since it was damaged (`physics.interfaces.contact`).
"""

import numpy as np

from chemomech.physics.interfaces import contact
from chemomech.physics.thermal import REFERENCE_TEMPERATURE


def initial_memory(cell, attached=(0.0, 0.0)):
    """Return the memory (k, q, 2) of contacts that have felt their assembly, if any.

    Parameters
    ----------
    cell : Cell
        The cell.
    attached : (float, float)
        Pressure [Pa] under which lithium was attached, and for how long [s], at 25 degC. An
        interface that has an assembly_pressure of its own felt that instead, for no time.
    """
    weights = cell.mechanics.jump.weights
    memory = np.concatenate(
        [contact.initial_memory(weights.shape), np.ones((*weights.shape, 1))], -1
    )
    for electrode in cell.conducting_interfaces:
        pressure, seconds = attached if electrode is cell.anode else (0.0, 0.0)
        if electrode.material.has("assembly_pressure"):
            pressure, seconds = electrode.material.assembly_pressure, 0.0
        before = np.full(weights[electrode.rows].shape, pressure)
        _, memory[electrode.rows, :, :1] = contact.advance(
            electrode.contact_law, before, memory[electrode.rows], seconds, electrode.contact
        )
    return memory


def contacts(cell, pressure, opening, damage, memory, dt, temperature=REFERENCE_TEMPERATURE):
    """Return the conducting fraction (k, q) of all interface points and the contacts' memory.

    Where nothing passes the fraction is one.

    Parameters
    ----------
    cell : Cell
        The cell.
    pressure : (k, q) array
        Contact pressure [Pa], >= 0.
    opening : (k, q) array
        Normal opening [m].
    damage : (k, q) array
        Debonded fraction.
    memory : (k, q, 2) array
        At the start of a step.
    dt : float
        Length of the step [s].
    temperature : float
        [K].
    """
    conducting, memory = np.ones_like(pressure), memory.copy()
    for electrode in cell.conducting_interfaces:
        rows = electrode.rows
        rough = electrode.contact.at(temperature)
        limit = electrode.material.get("conduction_opening", contact.CONDUCTION_OPENING)
        reach = contact.within_reach(opening[rows], limit)
        real, memory[rows, :, :1] = contact.advance(
            electrode.contact_law, pressure[rows], memory[rows], dt, rough, reach
        )
        bonded, memory[rows, :, 1] = contact.bonded_share(
            opening[rows], damage[rows], memory[rows, :, 1], limit
        )
        conducting[rows] = contact.conducting_fraction(bonded, real)
    return conducting, memory
