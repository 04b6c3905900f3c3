"""Cracks of a mechanical state: dissipated fraction of G_c, lengths by interface, debonding."""

import numpy as np

from chemomech.analysis.crack_paths import crack_lengths
from chemomech.units.field import crack_unit


def dissipated_fractions(mechanics, state):
    """Return the dissipated share of the fracture energy at all interface points, (k, q)."""
    found = np.empty_like(mechanics.jump.weights)
    for name, law in mechanics.laws.items():
        rows = mechanics.rows[name]
        found[rows] = law.cohesion.dissipated_fraction(
            state.interface.history[rows][..., : law.cohesion.columns]
        )
    return found


def lengths_by_interface(mechanics, state, dissipated_fraction=None):
    """Return the CrackLengths of each interface, by name.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    state : MechanicalState
        Its state.
    dissipated_fraction : (k, q) array or None
        Where it is known already.
    """
    dissipated_fraction = (
        dissipated_fractions(mechanics, state)
        if dissipated_fraction is None
        else dissipated_fraction
    )
    return {
        name: crack_lengths(
            dissipated_fraction[rows], state.opening[rows], mechanics.jump.weights[rows]
        )
        for name, rows in mechanics.rows.items()
    }


def columns(mechanics, state, names, dissipated_fraction=None):
    """Return columns of a time series: cracked, opened, sheared, broken and equivalent length [um].

    In 3D they are areas [um2].

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    state : MechanicalState
        Its state.
    names : iterable of str
        Interfaces.
    dissipated_fraction : (k, q) array or None
        Where it is known already.
    """
    found = lengths_by_interface(mechanics, state, dissipated_fraction)
    unit, size = crack_unit(mechanics.domain.dimension)
    return {
        f"{key}_{unit} {name}": value / size
        for name in names
        for key, value in found[name]._asdict().items()
        if key != "total"
    }


def bulk_columns(mechanics, state):
    """Return columns of a time series: size of the cracks in every region that may crack.

    It is a length [um], in 3D an area [um2].
    """
    unit, size = crack_unit(mechanics.domain.dimension)
    kind = "area" if unit == "um2" else "length"
    found = mechanics.damage.crack_areas(state.phase)
    return {f"crack_{kind}_{name}_{unit}": value / size for name, value in found.items()}


def debonded(mechanics, state, cracks=()):
    """Return the debonded fraction of all interface points (k, q), for conduction.

    It is the damage, and of cracks the share of G_c that is dissipated: cracks are so stiff that
    their damage, a loss of stiffness, is near 1 as soon as they soften.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    state : MechanicalState
        Its state.
    cracks : sequence of str
        Names of the interfaces that are every facet inside a region.
    """
    if not cracks:
        return state.damage
    found, dissipated_fraction = state.damage.copy(), dissipated_fractions(mechanics, state)
    for name in cracks:
        found[mechanics.rows[name]] = dissipated_fraction[mechanics.rows[name]]
    return found
