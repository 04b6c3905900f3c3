"""How much of each electrode's and each electronic contact's interface conducts.

The conducting fraction has the memory of its rough contacts in it.
"""

import numpy as np

from chemomech.physics.interfaces import contact
from chemomech.physics.thermal import REFERENCE_TEMPERATURE


def initial_memory(cell):
    """Return the memory (k, q, 1) of contacts that have felt their assembly pressure, if any."""
    weights = cell.mechanics.jump.weights
    memory = contact.initial_memory(weights.shape)
    for electrode in cell.conducting_interfaces:
        before = np.full(
            weights[electrode.rows].shape, electrode.material.get("assembly_pressure", 0.0)
        )
        _, memory[electrode.rows] = contact.advance(
            electrode.contact_law, before, memory[electrode.rows], 0.0, electrode.contact
        )
    return memory


def contacts(cell, pressure, damage, memory, dt, temperature=REFERENCE_TEMPERATURE):
    """Return the conducting fraction (k, q) of all interface points and the contacts' memory.

    Where nothing passes the fraction is one.

    Parameters
    ----------
    cell : Cell
        The cell.
    pressure : (k, q) array
        Contact pressure [Pa], >= 0.
    damage : (k, q) array
        Debonded fraction.
    memory : (k, q, 1) array
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
        real, memory[rows] = contact.advance(
            electrode.contact_law, pressure[rows], memory[rows], dt, rough
        )
        conducting[rows] = contact.conducting_fraction(damage[rows], real)
    return conducting, memory
