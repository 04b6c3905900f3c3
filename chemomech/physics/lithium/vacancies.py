r"""Vacancies that stripping leaves in lithium, in columns that exchange them sideways.

The columns lie below the facets of the lithium's face.

    dx/dt = div(D grad x),     -D dx/dz = J at the face z = 0,     x = 0 at z = L.

    a facet in contact:  0 <= x(0) <= x_limit,  J = v unless that leaves the bounds; then x(0) stays
                         on the bound
    an open facet, a void's floor:  x(0) = 0, J follows (negative: vacancies leave into the void)

x(z, t) share of sites that are empty beyond equilibrium, D the diffusivity of vacancies, v = V i/F
[m/s] the thickness that stripping takes (negative: that plating brings). Vacancies are written as
thickness of lithium: J is the part of v that lithium takes up without its face moving, v - J
recedes (opens void volume, or with v < 0 grows): at a void's floor that is what arrives there. What
arrives at z = L vanishes there (grain boundaries, dislocations, the collector), which takes the
lithium's thickness back at depth. Lithium taken out is, over the area A of all facets,

    int v dt dA = receded + d(int x dz dA) + lost at L.

In one column, between the bounds, from an empty column, x(0) = 2 v sqrt(t/(pi D)), and the limit is
met at Sand's time

    tau = pi D (x_limit/(2 v))^2;      a column in which v <= D x_limit/L never meets it.

Finite volumes, facets by cells of depth, graded towards the face; neighbours at equal depth
exchange by D h (shared edge)/(distance of the middles): second order along a line and between
regular triangles, not consistent between triangles of other shapes (1 % on meshes as they are made;
7 % between halves of squares all cut alike). Implicit Euler in time (first order, monotone: x keeps
its bounds at any step). The bounds are a complementarity problem, see
`physics.lithium.complementarity`.
Sideways the graph of facets is one matrix whatever the depth: its modes are found once, and each is
a column that decays besides (dense matrices: two seconds for 2000 facets).

The face is the frame: sites that recede are not carried through it, which takes (v - J) L/D << 1 or
x << 1; lithium that vacancies swell or shrink by another volume than an atom's is left out. Stress
does not drive vacancies, and a void's curvature does not hold them back. Self-diffusion is D x_e
with the share x_e of empty sites at equilibrium: D x_limit/L is the limiting current of
self-diffusion where x_limit = x_e, and larger by x_limit/x_e beyond.

Vacancies as what limits stripping without pressure: Jow, Liang, J. Electrochem. Soc. 130 (1983) 737
(dagger: recalled); Krauskopf et al., ACS Appl. Mater. Interfaces 11 (2019) 14463 (dagger:
recalled). No number is taken from either.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh

from chemomech.physics.lithium.complementarity import bounded_fluxes
from chemomech.physics.values import Values

GRADING = 50.0  # width of the last cell of a column over that of the first


@dataclass(frozen=True)
class Column:
    """A column of lithium below its face.

    Attributes
    ----------
    widths : (n,) array
        Widths of the cells from the face down [m], > 0.
    diffusivity : float
        D of vacancies [m2/s], > 0.
    limit : float
        x_limit, largest share of empty sites, 0 to 1.
    """

    widths: NDArray
    diffusivity: float
    limit: float


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns alike below k facets.

    Attributes
    ----------
    column : Column
        The column below each facet.
    areas : (k,) array
        Areas of the facets [m2, in two dimensions m].
    modes : (k, k) array
        Modes of exchange sideways, orthonormal under the areas.
    rates : (k,) array
        Their rates over the diffusivity [1/m2], >= 0.
    """

    column: Column
    areas: NDArray
    modes: NDArray
    rates: NDArray


class Uptake(NamedTuple):
    """What vacancies take up in a step, as thickness of lithium.

    Attributes
    ----------
    fraction : (k, n) array
        Share of empty sites at the step's end.
    taken : (k,) array
        Taken up at the face [m]; negative where lithium is plated or vacancies leave into a void.
    receded : (k,) array
        By which the face recedes [m].
    lost : (k,) array
        Lost to the sink at depth [m].
    """

    fraction: NDArray
    taken: NDArray
    receded: NDArray
    lost: NDArray


def graded_column(depth: float, diffusivity: float, limit: float, count: int = 40) -> Column:
    """Return the Column of a depth in cells whose widths rise geometrically.

    Parameters
    ----------
    depth : float
        L [m], > 0.
    diffusivity : float
        D of vacancies [m2/s], > 0.
    limit : float
        x_limit, 0 to 1.
    count : int
        Number of cells, > 1.
    """
    widths = GRADING ** (np.arange(count) / (count - 1.0))
    return Column(depth * widths / widths.sum(), diffusivity, limit)


def join_columns(
    column: Column, areas: ArrayLike, pairs: ArrayLike = (), links: ArrayLike = ()
) -> Columns:
    """Return the Columns below facets that exchange sideways; without pairs each stands alone.

    Parameters
    ----------
    column : Column
        The column below each facet.
    areas : (k,) array
        Areas of the facets [m2, in two dimensions m].
    pairs : (l, 2) array
        Neighbours.
    links : (l,) array
        Their shared edge over the distance of their middles [-, in two dimensions 1/m].
    """
    areas = np.asarray(areas, dtype=float)
    exchange = np.zeros((len(areas), len(areas)))
    for (one, other), link in zip(pairs, links, strict=True):
        exchange[[one, other], [one, other]] += link
        exchange[[one, other], [other, one]] -= link
    root = np.sqrt(areas)
    rates, modes = eigh(exchange / np.outer(root, root))
    return Columns(column, areas, modes / root[:, None], np.maximum(rates, 0.0))


def stored(fraction: NDArray, column: Column) -> NDArray:
    """Return the thickness of lithium missing in each column, int x dz (k,) [m].

    Parameters
    ----------
    fraction : (k, n) array
        Share of empty sites.
    column : Column
        The column below each facet.
    """
    return fraction @ column.widths


def surface_fraction(fraction: NDArray, taken: NDArray, dt: float, column: Column) -> NDArray:
    """Return x at the face (k,), by the flux through the upper half of the first cell.

    Parameters
    ----------
    fraction : (k, n) array
        Share of empty sites.
    taken : (k,) array
        Thickness taken up at the face in the step [m].
    dt : float
        Length of the step [s], > 0.
    column : Column
        The column below each facet.
    """
    return fraction[:, 0] + taken / dt * column.widths[0] / (2.0 * column.diffusivity)


def advance(
    fraction: NDArray,
    stripped: NDArray,
    dt: float,
    columns: Columns,
    is_open: NDArray | bool = False,
) -> Uptake:
    """Return the Uptake of a step in which lithium leaves through the face at an even rate.

    Parameters
    ----------
    fraction : (k, n) array
        Share of empty sites at the step's start, 0 to 1.
    stripped : (k,) array
        Thickness that leaves in the step [m], negative where lithium is plated.
    dt : float
        Length of the step [s], > 0.
    columns : Columns
        The columns.
    is_open : (k,) bool array
        Facets with a gap, the floors of voids.
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
    """Return x at the faces (k, k) [1/m] for a thickness taken at each in a step."""
    column, modes = columns.column, columns.modes
    first = np.tile(np.eye(1, len(column.widths)), (len(modes), 1))
    below = (modes * _solve(first, columns.rates, dt, column)[:, 0]) @ (modes.T * columns.areas)
    return (below + np.eye(len(modes)) * column.widths[0] / (2.0 * column.diffusivity)) / dt


def _solve_coupled(right, dt, columns):
    """Return x (k, n) of all columns.

    The mean is solved by itself, beside the modes, so that rounding in these loses no lithium.
    """
    areas, modes = columns.areas, columns.modes
    mean = areas @ right / areas.sum()
    beside = modes.T @ (areas[:, None] * (right - mean))
    solved = _solve(np.vstack([mean, beside]), np.append(0.0, columns.rates), dt, columns.column)
    return solved[0] + modes @ solved[1:]


def _solve(right, rates, dt, column):
    """Return x (r, n) of r columns that decay at rates (r,) [1/m2] besides.

    It is an elimination from the face down, and back.
    """
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
    """Return the conductance [m/s] from the last cell to the sink."""
    return column.diffusivity / (0.5 * column.widths[-1])


def sand_time(rate: Values, diffusivity: Values, limit: Values) -> Values:
    """Return tau [s] at which a deep empty column that is stripped meets its limit.

    Parameters
    ----------
    rate : (...) array
        v, thickness stripped per time [m/s], > 0.
    diffusivity : (...) array
        D of vacancies [m2/s], > 0.
    limit : (...) array
        x_limit, 0 to 1.
    """
    return np.pi * diffusivity * (limit / (2.0 * rate)) ** 2


def limiting_rate(depth: Values, diffusivity: Values, limit: Values) -> Values:
    """Return v = D x_limit/L [m/s] up to which a column never recedes.

    Parameters
    ----------
    depth : (...) array
        L [m], > 0.
    diffusivity : (...) array
        D of vacancies [m2/s], > 0.
    limit : (...) array
        x_limit, 0 to 1.
    """
    return diffusivity * limit / depth
