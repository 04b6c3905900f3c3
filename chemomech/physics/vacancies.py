r"""Vacancies that stripping leaves in lithium, in a column below each point of its face.

    dx/dt = d/dz (D dx/dz),     -D dx/dz = J at the face z = 0,     x = 0 at z = L,
    0 <= x(0) <= x_limit,       J = v unless that leaves the bounds; then x(0) stays on the bound and J follows.

x(z, t) share of empty sites, D their diffusivity, v = V i/F [m/s] the thickness that stripping takes (negative: that
plating brings). Vacancies are written as thickness of lithium: J is the part of v that lithium takes up without its
face moving, v - J recedes (opens void volume, or with v < 0 grows), and what arrives at z = L vanishes there (grain
boundaries, dislocations, the collector), which takes the lithium's thickness back at depth. Lithium taken out is

    v dt = receded + d(int x dz) + lost at L.

Between the bounds, from an empty column, x(0) = 2 v sqrt(t/(pi D)), and the limit is met at Sand's time

    tau = pi D (x_limit/(2 v))^2;      a column in which v <= D x_limit/L never meets it.

Implicit Euler in time (first order, monotone: x keeps its bounds at any step), finite volumes on a grid that is graded
towards the face (second order). The face is the frame: sites that recede are not carried through it, which takes
(v - J) L/D << 1 or x << 1; lithium that vacancies swell or shrink by another volume than an atom's is left out. Columns
do not exchange vacancies sideways: their depth must stay below the distance over which the current varies. Stress does
not drive vacancies.

Vacancies as what limits stripping without pressure: Jow, Liang, J. Electrochem. Soc. 130 (1983) 737 (dagger: recalled);
Krauskopf et al., ACS Appl. Mater. Interfaces 11 (2019) 14463 (dagger: recalled). No number is taken from either.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_banded

GRADING = 50.0  # width of the last cell of a column over that of the first


@dataclass(frozen=True)
class Column:
    """widths (n,) [m] of the cells from the face down, diffusivity D > 0 [m2/s], limit of the site fraction, 0 to 1."""

    widths: np.ndarray
    diffusivity: float
    limit: float


class Uptake(NamedTuple):
    """fraction (k, n) at the end of a step; thicknesses of lithium (k,) [m]: taken up by vacancies at the face, receded,
    lost to the sink at depth. Negative where lithium is plated."""

    fraction: np.ndarray
    taken: np.ndarray
    receded: np.ndarray
    lost: np.ndarray


def graded_column(depth, diffusivity, limit, count=40):
    """Column of a depth [m] > 0 in `count` > 1 cells, whose widths rise geometrically."""
    widths = GRADING ** (np.arange(count) / (count - 1.0))
    return Column(depth * widths / widths.sum(), diffusivity, limit)


def stored(fraction, column):
    """Thickness of lithium missing in the column, int x dz (k,) [m]."""
    return fraction @ column.widths


def surface_fraction(fraction, taken, dt, column):
    """x at the face (k,), by the flux taken/dt through the upper half of the first cell; dt > 0 [s]."""
    return fraction[:, 0] + taken / dt * column.widths[0] / (2.0 * column.diffusivity)


def advance(fraction, stripped, dt, column):
    """Uptake after a step of dt [s] > 0 in which a thickness stripped (k,) [m] has left through the face at an even rate.

    fraction (k, n), 0 to 1, at the step's start; stripped is negative where lithium is plated.
    """
    h, diffusivity = column.widths, column.diffusivity
    between = diffusivity / (0.5 * (h[1:] + h[:-1]))
    sink = diffusivity / (0.5 * h[-1])
    bands = np.zeros((3, len(h)))
    bands[0, 1:], bands[2, :-1] = -between, -between
    bands[1] = h / dt
    bands[1, :-1] += between
    bands[1, 1:] += between
    bands[1, -1] += sink
    # Linear in J: what is there already, and what a flux of one adds.
    right = np.column_stack([(fraction * h / dt).T, np.eye(len(h), 1)])
    solved = solve_banded((1, 1), bands, right).T
    there, added = solved[:-1], solved[-1]
    per_flux = added[0] + h[0] / (2.0 * diffusivity)
    per_thickness = per_flux / dt
    taken = np.clip(stripped, -there[:, 0] / per_thickness, (column.limit - there[:, 0]) / per_thickness)
    end = there + (taken / dt)[:, None] * added
    return Uptake(end, taken, stripped - taken, sink * end[:, -1] * dt)


def sand_time(rate, diffusivity, limit):
    """tau [s] at which a deep empty column stripped at a rate v [m/s] > 0 meets its limit."""
    return np.pi * diffusivity * (limit / (2.0 * rate)) ** 2


def limiting_rate(depth, diffusivity, limit):
    """v [m/s] up to which a column never recedes: D x_limit/L."""
    return diffusivity * limit / depth
