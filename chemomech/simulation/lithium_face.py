"""The lithium's face: its voids, and where plating and stripping move it.

A void is an imposed opening as plated lithium is one: opening = plated + face, face = -floor <= 0
in a void, so faces are open until lithium has crept there. Stripped lithium leaves vacancies first
(`physics.lithium.vacancies`), if the face has columns of them; those that gather at a void's floor
deepen it, and what they take to the sink at depth is taken back evenly over the face, since lithium
at depth flows.

A facet counts as a void's floor, where vacancies leave, if more than half of it is open at the
start of a step. In the step's own rounds it would open and close with what it takes; so the floor
is late by a step.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chemomech.physics.lithium import vacancies as vacancy
from chemomech.units.constants import FARADAY

OPEN_DAMAGE = 0.999  # damage from which a gap counts as a void: less is still bonded


@dataclass(frozen=True)
class LithiumFace:
    """Where the face stands at the start, and how it moves.

    Attributes
    ----------
    profile : (k, q) array or float
        Position at the start [m], <= 0 in voids, at all interface points.
    columns : vacancies.Columns or None
        Below the metal's facets; None where the face recedes at once.
    even : bool
        Whether lithium spreads over its face instead of coming and going where the current passes;
        over voids too, which take up no vacancies then.
    """

    profile: np.ndarray | float = 0.0
    columns: vacancy.Columns | None = None
    even: bool = True

    def first(self, count):
        """Return (plated (k, 1) [m], vacancies (k, n) or None) of k facets before any current."""
        if self.columns is None:
            return np.zeros((count, 1)), None
        return np.zeros((count, 1)), np.zeros((count, len(self.columns.column.widths)))

    def move(self, plated, vacancies, rows, weights, charge, molar_volume, dt, apart):
        """Return (plated, vacancies) after charges have passed through one metal's facets.

        Parameters
        ----------
        plated : (k, 1) array
            Thickness of all facets before [m].
        vacancies : (k, n) array or None
            Before.
        rows : slice
            The metal's facets in all.
        weights : (f, q) array
            What the points of these stand for [m], in 3D [m2].
        charge : (f, q) array
            Out of the metal [C/m2].
        molar_volume : float
            [m3/mol].
        dt : float
            Time [s], > 0.
        apart : (f, q) array
            Whether a point is open (`is_open`).
        """
        plated, length = plated.copy(), np.sum(weights, axis=1)
        through = np.sum(weights * charge, axis=1)
        mean = np.full(len(length), through.sum() / length.sum()) if self.even else through / length
        stripped = molar_volume * mean / FARADAY
        if self.columns is None:
            plated[rows, 0] -= stripped
            return plated, vacancies
        floors = np.sum(weights * apart, axis=1) > 0.5 * length
        uptake = vacancy.advance(
            vacancies[rows], stripped, dt, self.columns, floors & (not self.even)
        )
        plated[rows, 0] -= uptake.receded + np.sum(length * uptake.lost) / length.sum()
        vacancies = vacancies.copy()
        vacancies[rows] = uptake.fraction
        return plated, vacancies


class VoidShape(NamedTuple):
    """Voids at one time.

    Attributes
    ----------
    opening : (f, q) array
        Opening of the face's points [m], >= 0.
    area : float
        Volume of the voids per area of the face [m].
    depth : float
        Largest opening [m].
    share : float
        Of the face that is open.
    """

    opening: np.ndarray
    area: float
    depth: float
    share: float


def is_open(mechanical, rows):
    """Return which points (f, q) of a MechanicalState are open: damaged, with a gap.

    rows: slice of all interface facets.
    """
    return (mechanical.damage[rows] >= OPEN_DAMAGE) & (mechanical.opening[rows][..., 0] > 0.0)


def void_shape(mechanical, rows, weights):
    """Return the VoidShape of a MechanicalState at the lithium's face.

    Parameters
    ----------
    mechanical : MechanicalState
        State of the cell.
    rows : slice
        The face's facets in all.
    weights : (f, q) array
        What its points stand for [m], in 3D [m2].
    """
    opening = np.where(is_open(mechanical, rows), mechanical.opening[rows][..., 0], 0.0)
    whole = weights.sum()
    return VoidShape(
        opening, float(np.sum(weights * opening) / whole), float(opening.max()),
        float(np.sum(weights * (opening > 0)) / whole),
    )  # fmt: skip


class Strain(NamedTuple):
    """Equivalent strain sqrt(2/3 e:e) of creep in the lithium.

    Attributes
    ----------
    largest : float
        Of all points.
    mean : float
        Root mean square.
    """

    largest: float
    mean: float


def creep_strain(mechanics, mechanical, cells):
    """Return the Strain of those cells that flow among the given; zeros where none does.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    mechanical : MechanicalState
        Its state.
    cells : (n,) array
        Cells of the lithium.
    """
    here = np.isin(mechanics.yielding, cells)
    if not here.any():
        return Strain(0.0, 0.0)
    strain = mechanical.plastic_strain[here]
    shear = np.where(np.arange(strain.shape[-1]) < 3, 1.0, 0.5)
    square = 2.0 / 3.0 * np.einsum("yqc,c,yqc->yq", strain, shear, strain)
    weights = mechanics.strain.weights[mechanics.yielding[here]]
    return Strain(
        float(np.sqrt(square.max())), float(np.sqrt(np.sum(weights * square) / weights.sum()))
    )
