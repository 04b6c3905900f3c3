"""The lithium's face: voids that it has from the start, where plating and stripping move it, the
voids that are open.

A void is an imposed opening as plated lithium is one: growth = plated + face, face = -floor <= 0 in
a void, so faces are apart until lithium has crept there. Stripped lithium leaves vacancies first
(`physics.vacancies`), if the face has columns of them; those that gather at a void's floor deepen
it, and what they take to the sink at depth is taken back evenly over the face, since lithium at
depth flows.

A facet counts as a void's floor, where vacancies leave, if more than half of it is parted at the
start of a step. In the step's own rounds it would open and close with what it takes; so the floor
is late by a step.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chemomech.physics.lithium import vacancies as vacancy
from chemomech.units.constants import FARADAY

PARTED = 0.999  # damage from which a gap counts as a void: less is still bonded


@dataclass(frozen=True)
class LithiumFace:
    """profile (k, q) or a number [m]: where the face stands at the start, <= 0 in voids, at all
    interface points.

    columns: vacancies.Columns below the metal's facets, None where the face recedes at once. even:
    lithium spreads over its face instead of coming and going where the current passes, over voids
    too, which take up no vacancies then.
    """

    profile: np.ndarray | float = 0.0
    columns: vacancy.Columns | None = None
    even: bool = True

    def first(self, count):
        """(plated (k, 1), vacancies (k, n) or None) of k facets before any current."""
        if self.columns is None:
            return np.zeros((count, 1)), None
        return np.zeros((count, 1)), np.zeros((count, len(self.columns.column.widths)))

    def moved(self, plated, vacancies, rows, weights, charge, molar_volume, dt, apart):
        """(plated, vacancies) after charges [C/m2] at the points (f, q) of one metal's facets have
        passed.

        rows: its facets in all; weights (f, q); molar_volume [m3/mol]; dt [s] > 0; apart (f, q):
        `parted` points.
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
    """Voids at one time, of the face's points (f, q) with their weights: opening >= 0 [m], area:
    volume per area of the face [m], depth: the largest opening [m], share: of the face that is
    parted.
    """

    opening: np.ndarray
    area: float
    depth: float
    share: float


def parted(mechanical, rows):
    """Points (f, q) of a MechanicalState that are apart: damaged, with a gap; rows of all
    interface facets.
    """
    return (mechanical.damage[rows] >= PARTED) & (mechanical.opening[rows][..., 0] > 0.0)


def void_shape(mechanical, rows, weights):
    """VoidShape of a MechanicalState at the lithium's face; rows of all interface facets,
    weights (f, q).
    """
    opening = np.where(parted(mechanical, rows), mechanical.opening[rows][..., 0], 0.0)
    whole = weights.sum()
    return VoidShape(
        opening, float(np.sum(weights * opening) / whole), float(opening.max()),
        float(np.sum(weights * (opening > 0)) / whole),
    )  # fmt: skip


class Strain(NamedTuple):
    """Equivalent strain sqrt(2/3 e:e) of creep in the lithium: largest of all points, and root
    mean square.
    """

    largest: float
    mean: float


def creep_strain(mechanics, mechanical, cells):
    """Strain of the cells (n,) that flow among those given; zeros where none does."""
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
