r"""Families of flaws through a run: K/K_Ic and G/G_c of every one at every recorded state, without meshing any.

The stress of the cell as it is, on the flaws' lines, goes through the weight functions of `physics.flaws`. That is
exact for flaws that are small against what surrounds them; a result warns where they are not. What it takes for
granted:

- the faces of a flaw from the lithium's surface, a pore, or an interface that has separated (damage above 1/2) start
  at a free surface; from a bonded interface they end there as a slit of that length does, in a material of one
  stiffness;
- flaws do not feel each other, nor do they change contact or currents;
- a filled flaw has the pressure of the lithium on its mouth plus the plating pressure; lithium that flows back is left
  out.

K of the criterion is that of the largest hoop stress (mixed mode); G/G_c = (<K_I>^2 + K_II^2)/K_Ic^2, straight ahead.
"""

import numpy as np
import pandas as pd

from chemomech.analysis.flaw_lines import interface_of, lines_of
from chemomech.case import CaseError
from chemomech.materials import MaterialError
from chemomech.physics.fracture import paris, weakest_link, weight_functions
from chemomech.physics.lithium import penetration
from chemomech.units.field import HOUR, MICROMETRE, MPA

SIZE_CLASSES = 24
PARIS_SIZES, PARIS_REACH = (
    16,
    5.0,
)  # a growing flaw is followed up to this many times its first size
SEPARATED = 0.5
HELD = ("worst", "largest", "smallest", "size", "life", "peak", "cycles", "expected")
COLUMNS = (
    "time",
    "K_over_KIc",
    "G_over_Gc",
    "K_I",
    "K_II",
    "x_um",
    "y_um",
    "angle_deg",
    "K_bound_over_KIc",
    "site",
)
MANY_CYCLES = 1e12  # to which the last cycle is repeated for a life


class Family:
    """One family in one cell, and what it has seen in a run: the attributes named in HELD.

    worst (x, k, a): largest K of every size; largest, smallest (x, k, e, g): of the cycle, for growing flaws; size [m]
    and life [cycles] (x, k, e) of these; peak: the row of the largest drive; cycles over; expected: cycles until the
    first growing flaw runs or is PARIS_REACH times its first size, were all like the last, inf for never.
    """

    def __init__(self, cell, settings, area):
        """settings: chemomech.case.flaws.FlawFamily; area [m2] of the electrode. Raises CaseError, MaterialError."""
        self.cell, self.settings = cell, settings
        material = cell.materials[settings.region]
        self.toughness = settings.toughness or material.get("fracture_toughness")
        if self.toughness is None:
            raise MaterialError(
                f"{material.name}: the flaws {settings.name!r} need fracture_toughness, or toughness of their own"
            )
        self.edge = settings.place in ("surface", "particle edge", "pore")
        self.sizes, self.probability, self.grid = self._sizes()
        every = np.concatenate([[settings.depth], self.sizes, self.grid])
        self.lines = lines_of(cell, settings, max(every.max(), 2.0 * settings.depth))
        self.weights, self.bonded = self._weights(every, material.poisson_ratio)
        # A flaw that does not fit into its region at some place is not there.
        self.fits = every[: 1 + len(self.sizes)] <= self.lines.room[..., None] * (1 + 1e-9)
        if not self.fits[..., 0].any():
            size = f"{settings.depth / MICROMETRE:g} um"
            raise CaseError(
                f"flaws: {settings.name}: one of {size} fits nowhere into {settings.region}"
            )
        self.density = settings.volume_density if settings.place == "interior" else settings.density
        self.amount = area / cell.mechanics.area * self.lines.measure
        sites, angles, ends = *self.lines.room.shape, self.weights.shape[2]
        self.worst = np.zeros((sites, angles, len(self.sizes)))
        shape = (sites, angles, ends, len(self.grid))
        self.largest, self.smallest = np.full(shape, -np.inf), np.full(shape, np.inf)
        self.size = np.full(shape[:3], settings.depth if len(self.grid) else 0.0)
        self.life = np.full(shape[:3], np.inf)
        self.peak = np.zeros(10)
        self.cycles, self.expected = 0, np.inf

    def _sizes(self):
        """Sizes (a,) of the family and their probabilities, and those of a growing flaw (g,) [m]."""
        s = self.settings
        if s.depth_scale is None:
            sizes, probability = np.array([s.depth]), np.ones(1)
        else:
            sizes, probability = weakest_link.size_classes(
                s.depth_scale, s.depth_shape, SIZE_CLASSES
            )
        grows = s.paris_rate is not None
        return (
            sizes,
            probability,
            np.geomspace(s.depth, PARIS_REACH * s.depth, PARIS_SIZES) if grows else np.zeros(0),
        )

    def _weights(self, sizes, poisson_ratio):
        """Weights (k, a, e, 2, 2, z) that take stress on the lines to K at the ends, and those of bonded mouths or
        None."""
        place = self.lines.place
        if not self.edge:
            rule = (
                weight_functions.slit_rule()
                if self.settings.shape == "slit"
                else weight_functions.penny_rule(poisson_ratio)
            )
            one = np.stack([_on_profile(*rule, size, place) for size in sizes])
            return np.broadcast_to(one, (len(self.lines.angles), *one.shape)), None
        # The rule counts angles clockwise.
        free = np.stack([
            np.stack([_on_profile(*weight_functions.edge_rule(-float(angle)), size, place) for size in sizes])
            for angle in self.lines.angles
        ])  # fmt: skip
        if self.settings.place != "particle edge":
            return free, None
        at, weights = weight_functions.slit_rule()
        tip = np.stack([_on_profile(1.0 + at, weights[:1], 0.5 * size, place) for size in sizes])
        return free, np.broadcast_to(tip, free.shape)

    def tractions(self, mechanical, pressure):
        """Tension across and shear along the lines (x, k, z, 2) [Pa]; pressure (x,) of the lithium at the
        interface."""
        lines = self.lines
        mean = mechanical.stress[..., [0, 1, 3]].mean(axis=1)[lines.cells]
        found = weight_functions.traction(mean, lines.direction[:, :, None])
        if self.settings.filled:
            found[..., 0] += pressure[lines.facets][:, None, None]
        return found

    def modes(self, mechanical, pressure):
        """(K_I, K_II) (x, k, a, e, 2) of all sizes, K_I >= 0, and of the named one with compression left out (x, k, e,
        2)."""
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
        rows = self.cell.mechanics.rows[interface_of(self.cell, self.settings)]
        loose = mechanical.damage[rows].mean(axis=1)[self.lines.facets] > SEPARATED
        free = by_line(self.weights, loose)
        found = np.empty((len(loose), *free.shape[1:]))
        found[loose], found[~loose] = free, by_line(self.bonded, ~loose)
        return found

    def __call__(self, run_state, pressure):
        """Row of flaws.csv for one state; keeps the largest drive of every size and the range of the cycle."""
        found, upper = self.modes(run_state.state.mechanical, pressure)
        hoop = weight_functions.hoop_intensity(found)
        count = 1 + len(self.sizes)
        grown = np.moveaxis(hoop[:, :, count:], 2, 3)
        hoop = np.where(self.fits[..., None], hoop[:, :, :count], 0.0)
        self.worst = np.maximum(self.worst, hoop[:, :, 1:].max(axis=-1))
        self.largest, self.smallest = (
            np.maximum(self.largest, grown),
            np.minimum(self.smallest, grown),
        )
        named = hoop[:, :, 0]
        site, angle, end = np.unravel_index(np.argmax(named), named.shape)
        one, two = found[site, angle, 0, end]
        x, y = self.lines.points[site]
        bound = weight_functions.hoop_intensity(upper[site, angle, end])
        row = [
            run_state.time, named[site, angle, end] / self.toughness, (one**2 + two**2) / self.toughness**2, one, two,
            x / MICROMETRE, y / MICROMETRE, np.rad2deg(self.lines.angles[angle]), bound / self.toughness, site,
        ]  # fmt: skip
        if row[1] >= self.peak[1]:
            self.peak = np.array(row, dtype=float)
        return dict(zip(COLUMNS, row, strict=True))

    def cycle_ended(self, done):
        """Growth over the cycles up to `done`, those jumped over with it; a row of flaw_growth.csv, or None."""
        count, self.cycles = done - self.cycles, done
        if not len(self.grid) or count <= 0:
            return None
        self.size, life = self._grown(count)
        self.life = np.where(
            np.isfinite(life) & np.isinf(self.life), done - count + life, self.life
        )
        first = self.life.min()
        self.expected = float(
            first if np.isfinite(first) else done + self._grown(MANY_CYCLES)[1].min()
        )
        self.largest, self.smallest = (
            np.full_like(self.largest, -np.inf),
            np.full_like(self.smallest, np.inf),
        )
        largest = np.unravel_index(np.argmax(self.size), self.size.shape)
        x, y = self.lines.points[largest[0]] / MICROMETRE
        return {
            "largest_size_um": self.size[largest] / MICROMETRE, "x_um": x, "y_um": y,
            "broken": int(np.isfinite(self.life).sum()), "flaws": self.life.size, "life_cycles": self.expected,
        }  # fmt: skip

    def _grown(self, count):
        s, g = self.settings, len(self.grid)
        flat = [each.reshape(-1, g) for each in (self.largest, self.smallest)]
        law = (
            self.toughness,
            s.paris_rate,
            s.paris_exponent,
            s.paris_threshold,
            s.paris_acceleration,
        )
        size, life = paris.grow(self.size.ravel(), count, self.grid, *flat, *law)
        return size.reshape(self.size.shape), life.reshape(self.size.shape)

    def failures(self):
        """Expected number of flaws that have run, N; nan without a density."""
        s = self.settings
        if self.density is None:
            return np.nan
        share = weakest_link.failing_share(
            self.worst, self.toughness, s.toughness_deviation, s.toughness_law
        )
        return weakest_link.expected_failures(
            share.mean(axis=1), self.probability, self.density, self.amount, self.lines.weight
        )

    def warnings(self):
        """What speaks against the weight functions at the place of the largest drive, a list of texts."""
        s, lines, site = self.settings, self.lines, int(self.peak[9])
        angle = np.argmin(np.abs(np.rad2deg(lines.angles) - self.peak[7]))
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
        if self.peak[8] > 1.05 * max(self.peak[1], 1e-9):
            found.append(
                f"partly pressed shut: K/K_Ic lies between {self.peak[1]:.3g} and {self.peak[8]:.3g}"
            )
        if self.fits[..., 0].mean() < 0.99:
            share = 100 * (1 - self.fits[..., 0].mean())
            found.append(f"at {share:.0f} % of places and angles it does not fit and is left out")
        return found


def _on_profile(places, weights, size, profile):
    """Weights (e, 2, 2, z) of stresses at a profile (z,) [m], linear between its points; those of a rule times
    sqrt(a)."""
    at = np.clip(places * size, profile[0], profile[-1])
    first = np.clip(np.searchsorted(profile, at) - 1, 0, len(profile) - 2)
    share = (at - profile[first]) / (profile[first + 1] - profile[first])
    spread = np.zeros((len(at), len(profile)))
    rows = np.arange(len(at))
    spread[rows, first], spread[rows, first + 1] = 1.0 - share, share
    return np.sqrt(size) * weights @ spread


class FlawFamilies:
    """All families of a case through a run: rows of flaws.csv and flaw_growth.csv, and what result.json says of
    them."""

    def __init__(self, case, cell):
        """Raises CaseError, MaterialError."""
        self.families = [Family(cell, settings, case.flaw.area) for settings in case.flaws]
        self.cell, self.rows, self.growth = cell, [], []

    def __call__(self, run_state, sites):
        """One accepted Walk, with what `flaw_sites.FlawSites.at` says of it."""
        if not self.families:
            return
        volume = self.cell.materials[self.cell.anode.region].molar_volume
        pressure = sites[0] + penetration.plating_pressure(sites[2], volume)
        rows = self.cell.anode.rows
        pressure = pressure.reshape(rows.stop - rows.start, -1).mean(axis=1)
        for family in self.families:
            row = family(run_state, pressure)
            self.rows.append({
                "time_h": row["time"] / HOUR, "cycle": run_state.cycle, "family": family.settings.name,
                **{name: row[name] for name in ("K_over_KIc", "G_over_Gc", "K_bound_over_KIc")},
                "K_I_MPa_sqrt_m": row["K_I"] / MPA, "K_II_MPa_sqrt_m": row["K_II"] / MPA,
                **{name: row[name] for name in ("x_um", "y_um", "angle_deg")},
            })  # fmt: skip

    def cycle_ended(self, run_state):
        """Let the flaws grow by the cycle that is over and those jumped after it."""
        for family in self.families:
            row = family.cycle_ended(run_state.done)
            if row is not None:
                self.growth.append({"cycle": run_state.done, "family": family.settings.name, **row})

    def saved(self):
        """Everything as arrays, for a checkpoint."""
        found = {
            f"flaws.{i}.{name}": np.asarray(getattr(each, name))
            for i, each in enumerate(self.families)
            for name in HELD
        }
        for name, rows in (("rows", self.rows), ("growth", self.growth)):
            found |= {
                f"flaws.{name}.{key}": np.array([row[key] for row in rows])
                for key in (rows[0] if rows else ())
            }
        return found

    def take_up(self, saved):
        """Go on from what `saved` returned."""
        for i, each in enumerate(self.families):
            for name in HELD:
                value = saved[f"flaws.{i}.{name}"]
                setattr(each, name, value.item() if value.ndim == 0 else value)
        for name in ("rows", "growth"):
            start = f"flaws.{name}."
            held = [key for key in saved if key.startswith(start)]
            columns = {key.removeprefix(start): saved[key].tolist() for key in held}
            setattr(
                self,
                name,
                [
                    dict(zip(columns, row, strict=True))
                    for row in zip(*columns.values(), strict=True)
                ],
            )

    def save(self, folder):
        """Write flaws.csv, and flaw_growth.csv where flaws grow."""
        for name, rows in (("flaws", self.rows), ("flaw_growth", self.growth)):
            if rows:
                pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, float_format="%.9g")

    def summary(self):
        """Which flaw governs and where, every family at its largest drive, and the probability that one runs."""
        found, expected = [], [family.failures() for family in self.families]
        for family, number in zip(self.families, expected, strict=True):
            peak = dict(zip(COLUMNS, family.peak.tolist(), strict=True))
            found.append({
                "name": family.settings.name, "region": family.settings.region, "place": family.settings.place,
                "depth_um": family.settings.depth / MICROMETRE, "toughness_MPa_sqrt_m": family.toughness / MPA,
                **{f"max_{name}": peak[name] for name in ("K_over_KIc", "G_over_Gc", "K_bound_over_KIc")},
                "K_I_MPa_sqrt_m": peak["K_I"] / MPA, "K_II_MPa_sqrt_m": peak["K_II"] / MPA,
                "time_h": peak["time"] / HOUR,
                **{name: peak[name] for name in ("x_um", "y_um", "angle_deg")},
                "failure_probability": weakest_link.failure_probability(number),
                "sites": len(family.lines.points), "sites_in_mesh": family.lines.found,
                "life_cycles": family.expected if len(family.grid) else None, "warnings": family.warnings(),
            })  # fmt: skip
        largest = max(found, key=lambda each: each["max_K_over_KIc"])
        return {
            "governs": largest["name"], "max_K_over_KIc": largest["max_K_over_KIc"],
            "failure_probability": weakest_link.failure_probability(np.sum(expected)), "families": found,
        }  # fmt: skip
