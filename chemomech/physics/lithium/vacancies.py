r"""Vacancies that stripping leaves in lithium: in columns below the facets of its face, which exchange them sideways.

    dx/dt = div(D grad x),     -D dx/dz = J at the face z = 0,     x = 0 at z = L.

    a facet that touches:  0 <= x(0) <= x_limit,  J = v unless that leaves the bounds; then x(0) stays on the bound
    a facet that is parted, a void's floor:  x(0) = 0, J follows (negative: vacancies leave into the void)

x(z, t) share of sites that are empty beyond equilibrium, D the diffusivity of vacancies, v = V i/F [m/s] the thickness
that stripping takes (negative: that plating brings). Vacancies are written as thickness of lithium: J is the part of v
that lithium takes up without its face moving, v - J recedes (opens void volume, or with v < 0 grows): at a void's
floor that is what arrives there. What arrives at z = L vanishes there (grain boundaries, dislocations, the collector),
which takes the lithium's thickness back at depth. Lithium taken out is, over the area A of all facets,

    int v dt dA = receded + d(int x dz dA) + lost at L.

In one column, between the bounds, from an empty column, x(0) = 2 v sqrt(t/(pi D)), and the limit is met at Sand's time

    tau = pi D (x_limit/(2 v))^2;      a column in which v <= D x_limit/L never meets it.

Finite volumes, facets by cells of depth, graded towards the face; neighbours at equal depth exchange by D h (shared
edge)/(distance of the middles): second order along a line and between regular triangles, not consistent between
triangles of other shapes (1 % on meshes as they are made; 7 % between halves of squares all cut alike). Implicit Euler
in time (first order, monotone: x keeps its bounds at any step). The bounds are a complementarity problem
(`physics.complementarity`). Sideways the graph of facets is one matrix whatever the depth: its modes are found once,
and each is a column that decays besides (dense matrices: two seconds for 2000 facets).

The face is the frame: sites that recede are not carried through it, which takes (v - J) L/D << 1 or x << 1; lithium
that vacancies swell or shrink by another volume than an atom's is left out. Stress does not drive vacancies, and a
void's curvature does not hold them back. Self-diffusion is D x_e with the share x_e of empty sites at equilibrium: D
x_limit/L is the limiting current of self-diffusion where x_limit = x_e, and larger by x_limit/x_e beyond.

Vacancies as what limits stripping without pressure: Jow, Liang, J. Electrochem. Soc. 130 (1983) 737 (dagger: recalled);
Krauskopf et al., ACS Appl. Mater. Interfaces 11 (2019) 14463 (dagger: recalled). No number is taken from either.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh

from chemomech.physics.lithium.complementarity import bounded_fluxes

GRADING = 50.0  # width of the last cell of a column over that of the first


@dataclass(frozen=True)
class Column:
    """widths (n,) [m] of the cells from the face down, diffusivity D > 0 [m2/s], limit of the site fraction, 0 to 1."""

    widths: np.ndarray
    diffusivity: float
    limit: float


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns alike below k facets: areas (k,) [m2, in two dimensions m], modes (k, k) of exchange sideways, orthonormal
    under the areas, and their rates (k,) >= 0 over the diffusivity [1/m2]."""

    column: Column
    areas: np.ndarray
    modes: np.ndarray
    rates: np.ndarray


class Uptake(NamedTuple):
    """fraction (k, n) at the end of a step; thicknesses of lithium (k,) [m]: taken up by vacancies at the face, receded,
    lost to the sink at depth. Taken is negative where lithium is plated or vacancies leave into a void."""

    fraction: np.ndarray
    taken: np.ndarray
    receded: np.ndarray
    lost: np.ndarray


def graded_column(depth, diffusivity, limit, count=40):
    """Column of a depth [m] > 0 in `count` > 1 cells, whose widths rise geometrically."""
    widths = GRADING ** (np.arange(count) / (count - 1.0))
    return Column(depth * widths / widths.sum(), diffusivity, limit)


def join_columns(column, areas, pairs=(), links=()):
    """Columns below facets of areas (k,) that exchange: pairs (l, 2) of neighbours, links (l,) their shared edge over the
    distance of their middles [-, in two dimensions 1/m]. Without pairs each column stands alone."""
    areas = np.asarray(areas, dtype=float)
    exchange = np.zeros((len(areas), len(areas)))
    for (one, other), link in zip(pairs, links, strict=True):
        exchange[[one, other], [one, other]] += link
        exchange[[one, other], [other, one]] -= link
    root = np.sqrt(areas)
    rates, modes = eigh(exchange / np.outer(root, root))
    return Columns(column, areas, modes / root[:, None], np.maximum(rates, 0.0))


def stored(fraction, column):
    """Thickness of lithium missing in the column, int x dz (k,) [m]."""
    return fraction @ column.widths


def surface_fraction(fraction, taken, dt, column):
    """x at the face (k,), by the flux taken/dt through the upper half of the first cell; dt > 0 [s]."""
    return fraction[:, 0] + taken / dt * column.widths[0] / (2.0 * column.diffusivity)


def advance(fraction, stripped, dt, columns, is_open=False):
    """Uptake after a step of dt [s] > 0 in which a thickness stripped (k,) [m] has left through the face at an even rate.

    fraction (k, n), 0 to 1, at the step's start; stripped is negative where lithium is plated; parted (k,) facets are
    floors of voids.
    """
    column, count = columns.column, len(columns.areas)
    before = fraction * column.widths / dt
    there = _solve_coupled(before, dt, columns)[:, 0]
    high = np.where(is_open, 0.0, np.full(count, column.limit))
    taken = bounded_fluxes(there, _response(columns, dt), stripped, np.zeros(count), high)
    end = _solve_coupled(
        before + (taken / dt)[:, None] * np.eye(1, len(column.widths)), dt, columns
    )
    return Uptake(end, taken, stripped - taken, _sink(column) * end[:, -1] * dt)


@lru_cache(maxsize=2)
def _response(columns, dt):
    """x at the faces (k, k) [1/m] for a thickness taken at each in a step."""
    column, modes = columns.column, columns.modes
    first = np.tile(np.eye(1, len(column.widths)), (len(modes), 1))
    below = (modes * _solve(first, columns.rates, dt, column)[:, 0]) @ (modes.T * columns.areas)
    return (below + np.eye(len(modes)) * column.widths[0] / (2.0 * column.diffusivity)) / dt


def _solve_coupled(right, dt, columns):
    """x (k, n) of all columns. The mean is solved apart from the modes, so that rounding in these loses no lithium."""
    areas, modes = columns.areas, columns.modes
    mean = areas @ right / areas.sum()
    beside = modes.T @ (areas[:, None] * (right - mean))
    solved = _solve(np.vstack([mean, beside]), np.append(0.0, columns.rates), dt, columns.column)
    return solved[0] + modes @ solved[1:]


def _solve(right, rates, dt, column):
    """x (r, n) of r columns that decay at rates (r,) [1/m2] besides: elimination from the face down, and back."""
    h, count = column.widths, len(column.widths)
    between = column.diffusivity / (0.5 * (h[1:] + h[:-1]))
    diagonal = h / dt + np.append(between, _sink(column)) + np.append(0.0, between)
    diagonal = (diagonal + column.diffusivity * np.outer(rates, h)).T
    x = right.T.copy()
    for cell in range(1, count):
        share = between[cell - 1] / diagonal[cell - 1]
        diagonal[cell] -= share * between[cell - 1]
        x[cell] += share * x[cell - 1]
    x[-1] /= diagonal[-1]
    for cell in range(count - 2, -1, -1):
        x[cell] = (x[cell] + between[cell] * x[cell + 1]) / diagonal[cell]
    return x.T


def _sink(column):
    """Conductance [m/s] from the last cell to the sink."""
    return column.diffusivity / (0.5 * column.widths[-1])


def sand_time(rate, diffusivity, limit):
    """tau [s] at which a deep empty column stripped at a rate v [m/s] > 0 meets its limit."""
    return np.pi * diffusivity * (limit / (2.0 * rate)) ** 2


def limiting_rate(depth, diffusivity, limit):
    """v [m/s] up to which a column never recedes: D x_limit/L."""
    return diffusivity * limit / depth
