"""Families of flaws: K/K_Ic and G/G_c of every one in one state, without meshing any.

The stress of the cell as it is, on the flaws' lines, goes through the weight functions of
`physics.fracture.weight_functions`. That is exact for flaws that are small against what surrounds
them; a result warns where they are not. What it takes for granted:

- the faces of a flaw from the lithium's surface, a pore, or an interface that has debonded (damage
  above 1/2) start at a free surface; from a bonded interface they end there as a slit of that
  length does, in a material of one stiffness;
- flaws do not feel each other, nor do they change contact or currents;
- a filled flaw has the pressure of the lithium on its mouth plus the plating pressure; lithium that
  flows back is left out.

K of the criterion is that of the largest hoop stress (mixed mode); G/G_c = (<K_I>^2 +
K_II^2)/K_Ic^2, straight ahead.
"""

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.flaws.lines import Lines, lines_of
from chemomech.analysis.flaws.weights import flaw_weights
from chemomech.physics.fracture import paris, weakest_link, weight_functions
from chemomech.units.field import MICROMETRE

SIZE_NODES = 32
PARIS_SIZES = 16
PARIS_REACH = 5.0  # times its first size up to which a growing flaw is followed
SEPARATED = 0.5
MANY_CYCLES = 1e12  # to which the last cycle is repeated for a life


class Peak(NamedTuple):
    """What drives the named flaw of a family at its worst place at one time, and how it lies."""

    time: float = 0.0  # [s]
    K_over_KIc: float = 0.0
    G_over_Gc: float = 0.0
    K_I: float = 0.0  # [Pa sqrt(m)]
    K_II: float = 0.0
    x_um: float = 0.0
    y_um: float = 0.0
    angle_deg: float = 0.0
    # With compression left out, where part of the flaw is pressed shut.
    K_bound_over_KIc: float = 0.0
    site: float = 0.0  # row of the family's lines


class Drives(NamedTuple):
    """What drives a family in one state [Pa sqrt(m)].

    Attributes
    ----------
    hoop : (x, k, 1 + a, e) array
        K of the named size and of the family's, 0 where it does not fit.
    growing : (x, k, e, g) array
        K of the sizes of a growing flaw.
    peak : Peak
        Of the named one.
    """

    hoop: NDArray
    growing: NDArray
    peak: Peak


@dataclass(frozen=True)
class History:
    """What a family has seen in a run.

    Attributes
    ----------
    worst : (x, k, a) array
        Largest K of every size [Pa sqrt(m)].
    largest, smallest : (x, k, e, g) array
        Of the cycle, for growing flaws [Pa sqrt(m)].
    size, life : (x, k, e) array
        Of growing flaws [m], [cycles]; life inf for one that has not run.
    peak : Peak
        At the largest drive.
    cycles : int
        Cycles over.
    expected : float
        Cycles until the first growing flaw runs or is PARIS_REACH times its first size, were all
        like the last; inf for never.
    """

    worst: NDArray
    largest: NDArray
    smallest: NDArray
    size: NDArray
    life: NDArray
    peak: Peak = field(default_factory=Peak)
    cycles: int = 0
    expected: float = np.inf


@dataclass(frozen=True)
class Family:
    """One family of flaws in one cell.

    Attributes
    ----------
    mechanics : Mechanics
        Of the cell.
    settings : case.flaws.FlawFamily
        What the case says of the family, in SI.
    toughness : float
        [Pa sqrt(m)].
    interface : str or None
        From which flaws of a surface or a particle edge start.
    lines : Lines
        Where the flaws are, and where the stress is taken.
    sizes : (a,) array
        Sizes of the family [m], see weakest_link.size_nodes.
    grid : (g,) array
        Sizes of a growing flaw [m]; none where none grows.
    weights, bonded : (k, 1 + a + g, e, 2, 2, z) array
        They take stress on the lines to K at the ends, of open mouths and of bonded ones, None
        where there are none.
    fits : (x, k, 1 + a) array
        Whether a flaw fits into its region; one that does not is not there.
    density : float or None
        Flaws per volume or per area of their face [1/m3, 1/m2].
    amount : float
        Volume or area of the whole electrode that they are spread over [m3, m2].
    """

    mechanics: Any
    settings: Any
    toughness: float
    interface: str | None
    lines: Lines
    sizes: NDArray
    grid: NDArray
    weights: NDArray
    bonded: NDArray | None
    fits: NDArray
    density: float | None
    amount: float

    @classmethod
    def from_cell(cls, cell, settings, toughness, interface, area):
        """Build a family.

        Parameters
        ----------
        cell : Cell
            Cell in 2D.
        settings : case.flaws.FlawFamily
            What the case says of it, in SI.
        toughness : float
            [Pa sqrt(m)].
        interface : str or None
            From which flaws of a surface or a particle edge start.
        area : float
            Area of the electrode [m2].

        Raises
        ------
        ValueError
            Where it has no place in this mesh.
        """
        sizes, grid = _sizes(settings)
        every = np.concatenate([[settings.depth], sizes, grid])
        lines = lines_of(cell, settings, interface, max(every.max(), 2.0 * settings.depth))
        poisson_ratio = cell.materials[settings.region].poisson_ratio
        weights, bonded = flaw_weights(settings, lines, every, poisson_ratio)
        fits = every[: 1 + len(sizes)] <= lines.room[..., None] * (1 + 1e-9)
        if not fits[..., 0].any():
            size = f"{settings.depth / MICROMETRE:g} um"
            raise ValueError(f"one of {size} fits nowhere into {settings.region}")
        inside = settings.place == "interior"
        return cls(
            cell.mechanics, settings, toughness, interface, lines, sizes, grid,
            weights, bonded, fits,
            density=settings.volume_density if inside else settings.density,
            amount=area / cell.mechanics.area * lines.measure,
        )  # fmt: skip

    @property
    def grows(self) -> bool:
        """Whether its flaws grow cycle by cycle."""
        return len(self.grid) > 0

    def begin(self) -> History:
        """Return the History before anything was seen."""
        sites, angles, ends = *self.lines.room.shape, self.weights.shape[2]
        shape = (sites, angles, ends, len(self.grid))
        return History(
            worst=np.zeros((sites, angles, len(self.sizes))),
            largest=np.full(shape, -np.inf),
            smallest=np.full(shape, np.inf),
            size=np.full(shape[:3], self.settings.depth if self.grows else 0.0),
            life=np.full(shape[:3], np.inf),
        )

    def tractions(self, mechanical, pressure):
        """Return tension across and shear along the lines (x, k, z, 2) [Pa].

        Parameters
        ----------
        mechanical : MechanicalState
            State of the cell.
        pressure : (f,) array
            Of the lithium at the facets of the interface [Pa].
        """
        lines = self.lines
        mean = mechanical.stress[..., [0, 1, 3]].mean(axis=1)[lines.cells]
        found = weight_functions.traction(mean, lines.direction[:, :, None])
        if self.settings.filled:
            found[..., 0] += pressure[lines.facets][:, None, None]
        return found

    def modes(self, mechanical, pressure):
        """Return (K_I, K_II) (x, k, a, e, 2) of all sizes, and of the named one (x, k, e, 2).

        K_I >= 0. The latter have compression left out.

        Parameters
        ----------
        mechanical : MechanicalState
            State of the cell.
        pressure : (f,) array
            Of the lithium at the facets of the interface [Pa].
        """
        tractions = self.tractions(mechanical, pressure)
        found = self._intensities(mechanical, tractions, slice(None))
        tractions[..., 0] = np.maximum(tractions[..., 0], 0.0)
        upper = self._intensities(mechanical, tractions, slice(1))[:, :, 0]
        for each in (found, upper):
            each[..., 0] = np.maximum(each[..., 0], 0.0)
        return found, upper

    def _intensities(self, mechanical, tractions, sizes):
        """K (x, k, a, e, 2) of some sizes, by whether the interface of each site holds."""
        by_line = lambda weights, rows: np.einsum(  # noqa: E731
            "kaemsz,xkzs->xkaem", weights[:, sizes], tractions[rows], optimize=True
        )  # fmt: skip
        if self.bonded is None:
            return by_line(self.weights, slice(None))
        rows = self.mechanics.rows[self.interface]
        loose = mechanical.damage[rows].mean(axis=1)[self.lines.facets] > SEPARATED
        free = by_line(self.weights, loose)
        found = np.empty((len(loose), *free.shape[1:]))
        found[loose], found[~loose] = free, by_line(self.bonded, ~loose)
        return found

    def drives(self, mechanical, time, pressure) -> Drives:
        """Return the Drives of one state.

        Parameters
        ----------
        mechanical : MechanicalState
            State of the cell.
        time : float
            [s].
        pressure : (f,) array
            Pressure of the lithium at the facets of the interface [Pa].
        """
        found, upper = self.modes(mechanical, pressure)
        hoop = weight_functions.hoop_intensity(found)
        count = 1 + len(self.sizes)
        growing = np.moveaxis(hoop[:, :, count:], 2, 3)
        hoop = np.where(self.fits[..., None], hoop[:, :, :count], 0.0)
        named = hoop[:, :, 0]
        site, angle, end = np.unravel_index(np.argmax(named), named.shape)
        one, two = found[site, angle, 0, end]
        x, y = self.lines.points[site]
        bound = weight_functions.hoop_intensity(upper[site, angle, end])
        peak = Peak(
            time=time,
            K_over_KIc=named[site, angle, end] / self.toughness,
            G_over_Gc=(one**2 + two**2) / self.toughness**2,
            K_I=one,
            K_II=two,
            x_um=x / MICROMETRE,
            y_um=y / MICROMETRE,
            angle_deg=np.rad2deg(self.lines.angles[angle]),
            K_bound_over_KIc=bound / self.toughness,
            site=site,
        )
        return Drives(hoop, growing, Peak(*(float(each) for each in peak)))

    def see(self, history: History, drives: Drives) -> History:
        """Return the History after one more state."""
        higher = drives.peak.K_over_KIc >= history.peak.K_over_KIc
        return replace(
            history,
            worst=np.maximum(history.worst, drives.hoop[:, :, 1:].max(axis=-1)),
            largest=np.maximum(history.largest, drives.growing),
            smallest=np.minimum(history.smallest, drives.growing),
            peak=drives.peak if higher else history.peak,
        )

    def end_cycle(self, history: History, done: int) -> tuple[History, dict | None]:
        """Let flaws grow over the cycles up to `done`, those jumped over with it.

        Returns
        -------
        history : History
            After it.
        row : dict or None
            Row of flaw_growth.csv, None where nothing grows.
        """
        count = done - history.cycles
        if not self.grows or count <= 0:
            return replace(history, cycles=done), None
        size, life = self._grow(history, count)
        first = np.isfinite(life) & np.isinf(history.life)
        known = np.where(first, done - count + life, history.life)
        grown = replace(history, size=size, life=known, cycles=done)
        expected = float(known.min())
        if not np.isfinite(expected):
            expected = float(done + self._grow(grown, MANY_CYCLES)[1].min())
        blank = self.begin()
        largest = np.unravel_index(np.argmax(size), size.shape)
        x, y = self.lines.points[largest[0]] / MICROMETRE
        row = {
            "largest_size_um": size[largest] / MICROMETRE, "x_um": x, "y_um": y,
            "broken": int(np.isfinite(known).sum()), "flaws": known.size, "life_cycles": expected,
        }  # fmt: skip
        return replace(
            grown, largest=blank.largest, smallest=blank.smallest, expected=expected
        ), row

    def _grow(self, history, count):
        """Return sizes and lives (x, k, e) after so many cycles like the one seen."""
        s, g = self.settings, len(self.grid)
        flat = [each.reshape(-1, g) for each in (history.largest, history.smallest)]
        law = (
            self.toughness,
            s.paris_rate,
            s.paris_exponent,
            s.paris_threshold,
            s.paris_acceleration,
        )
        size, life = paris.grow(history.size.ravel(), count, self.grid, *flat, *law)
        return size.reshape(history.size.shape), life.reshape(history.size.shape)

    def failures(self, history: History) -> float:
        """Return the expected number of flaws that have run, N; nan without a density."""
        s = self.settings
        if self.density is None:
            return np.nan
        law = self.toughness, s.toughness_deviation, s.toughness_law
        if s.depth_scale is None:
            share = weakest_link.failing_share(history.worst[..., 0], *law)
        else:
            share = weakest_link.running_share(
                history.worst, self.sizes, s.depth_scale, s.depth_shape, *law
            )
        return weakest_link.expected_failures(
            share.mean(axis=1), self.density, self.amount, self.lines.weight
        )

    def warnings(self, peak: Peak) -> list[str]:
        """Return what speaks against the weight functions at the place of the largest drive."""
        s, lines, site = self.settings, self.lines, int(peak.site)
        angle = np.argmin(np.abs(np.rad2deg(lines.angles) - peak.angle_deg))
        found, room, cell = [], lines.room[site, angle], lines.size[site]
        if s.depth > 0.5 * room:
            found.append(
                f"the flaw takes {100 * s.depth / room:.0f} % of the way to the region's end; "
                "weight functions are for small ones"
            )
        if s.depth < 2.0 * cell:
            found.append(
                f"the flaw is shorter than two cells of the mesh ({cell / MICROMETRE:.2g} um): "
                "its stress is that of one place"
            )
        if peak.K_bound_over_KIc > 1.05 * max(peak.K_over_KIc, 1e-9):
            found.append(
                f"partly pressed shut: K/K_Ic lies between {peak.K_over_KIc:.3g} and "
                f"{peak.K_bound_over_KIc:.3g}"
            )
        if self.fits[..., 0].mean() < 0.99:
            share = 100 * (1 - self.fits[..., 0].mean())
            found.append(f"at {share:.0f} % of places and angles it does not fit and is left out")
        return found


def _sizes(settings):
    """Return sizes (a,) of a family, and sizes of a growing flaw (g,) [m]."""
    s = settings
    sizes = np.array([s.depth])
    if s.depth_scale is not None:
        sizes = weakest_link.size_nodes(s.depth_scale, s.depth_shape, SIZE_NODES)
    grows = s.paris_rate is not None
    return sizes, np.geomspace(s.depth, PARIS_REACH * s.depth, PARIS_SIZES if grows else 0)
