"""What ends plating and stripping of a run, with bands.

Times to short, critical overpotential and stripping current, as pure functions of
`penetration.Sites` and FlawInputs; the physics stands in physics.lithium.shorting, extrusion and
voids.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from chemomech.analysis.penetration import Flaws, named_drive
from chemomech.analysis.scatter import draws, quantiles_of
from chemomech.physics.bulk.elasticity import plane_strain_modulus
from chemomech.physics.lithium import extrusion, penetration, shorting, voids
from chemomech.units.constants import FARADAY
from chemomech.units.field import HOUR, MA_CM2, MILLIVOLT

DEPTHS = 16  # of a running flaw at which its drive is looked at
LEAST = 0.2  # of the shallower flaw's depth, the shallowest of them: flaws scatter


def separator_thickness(cell):
    """Shortest way [m] from the lithium's face to the active material's."""
    points = cell.mechanics.jump.points
    ends = [
        points[electrode.rows].reshape(-1, points.shape[-1])
        for electrode in (cell.anode, cell.cathode)
    ]
    return float(cKDTree(ends[0]).query(ends[1])[0].min())


@dataclass(frozen=True)
class Running:
    """K [Pa sqrt(m)] of flaws up to the separator's thickness at every recorded time and site.

    Attributes
    ----------
    flaws : Flaws
        Of depths up to the thickness, of the population's median width.
    static : (t, x, c) array
        By what presses without current.
    """

    flaws: Flaws
    static: np.ndarray

    def at(self, rows):
        """Return the same at fewer times, rows of them."""
        few = self.flaws
        return Running(
            Flaws(few.sites.at(rows), few.inputs, few.depths, few.widths), self.static[rows]
        )


def flaws_of(inputs):
    """Return the depths [m] of the named flaw and of the deepest that the area holds.

    The latter with even odds, and where there is one.
    """
    deepest = inputs.population.deepest(inputs.area)
    return [inputs.depth, deepest] if deepest > 0.0 else [inputs.depth]


def running(sites, inputs):
    """Return the Running of a run's sites.

    Without a finite inputs.thickness it goes to twice the named flaw's depth.
    """
    end = inputs.thickness if math.isfinite(inputs.thickness) else 2.0 * inputs.depth
    first = min(flaws_of(inputs))
    depths = np.geomspace(LEAST * first, max(end, (1 + 1e-9) * first), DEPTHS)
    flaws = Flaws(sites, inputs, depths, inputs.population.width)
    return Running(flaws, flaws.static())


def time_to_short(sites, inputs, found, factor=1.0):
    """Return the least time [s] in which one of `flaws_of` bridges the separator; inf: never.

    It is the least over all recorded times and sites, each state taken to last. A flaw fills and
    runs by the current on its walls, see `physics.lithium.penetration`. Where lithium does not flow
    back a flaw is full from the start.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    found : Running
        Of these sites.
    factor : (t, x) array or float
        On the overpotential.
    """
    if not math.isfinite(inputs.thickness):
        return math.inf
    flaws = Flaws(sites, inputs, found.flaws.depths, found.flaws.widths)
    drive = found.static + flaws.plating(factor)[..., 0]
    starts = shorting.runs_from(drive, flaws.depths, inputs.toughness)
    return min(_least_time(sites, inputs, starts, depth) for depth in flaws_of(inputs))


def _least_time(sites, inputs, starts, depth):
    """time_to_short of flaws of one depth [m]; starts (t, x): shorting.runs_from."""
    flaw = Flaws(sites, inputs, np.array([depth]), inputs.population.width)
    speed = inputs.molar_volume / FARADAY * flaw.current()[..., 0]
    runs = (depth >= starts) & (speed > 0.0)
    if not runs.any():
        return math.inf
    speed, filling = speed[runs], 0.0
    if inputs.flows_back:
        pressure = flaw.pressure()[..., 0][runs]
        filling = shorting.filling_time(
            depth, inputs.population.width, speed, pressure, (inputs.creep,), inputs.temperature
        )
    modulus = plane_strain_modulus(inputs.young_modulus, inputs.poisson_ratio)
    times = shorting.time_to_short(
        depth, starts[runs], speed, filling, inputs.thickness, inputs.toughness, modulus
    )
    return float(times.min())


def channel_time(sites, inputs):
    """Return the time [s] in which lithium creeps along a channel through the separator.

    It is inf without a channel or without pressure.
    """
    pressure = float((sites.contact_pressure @ sites.weight).max())
    if not inputs.channel_width > 0.0 or not pressure > 0.0:
        return math.inf
    radius = 0.5 * inputs.channel_width
    return float(
        shorting.channel_time(
            pressure, inputs.thickness, radius, (inputs.creep,), inputs.temperature
        )
    )


def critical_overpotential(inputs, static):
    """Overpotential [V] that makes the named flaw run; static: its K/K_Ic without current."""
    margin = inputs.toughness * max(1.0 - static, 0.0)
    one_pascal = penetration.plating_intensity(
        np.array([inputs.depth]), np.ones(1), inputs.population.aspect
    )[0, 0]
    return float(inputs.molar_volume / FARADAY * margin / one_pascal)


def lithium_limits(sites, inputs, static):
    """Return what lithium says of flaws and voids: columns of the summary.

    They are nan without a width of flaws or a radius of voids. critical_overpotential: of the named
    flaw, the least over the run. flaw_filling_time: until lithium has crept into the named flaw
    under the largest contact pressure. critical_stripping_current under the least mean contact
    pressure. time_to_short: by the named flaw, the area's deepest or the channel, whichever is
    first.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    static : float
        Largest K/K_Ic of the named flaw without current.
    """
    found = {
        "critical_overpotential_mV": critical_overpotential(inputs, static) / MILLIVOLT,
        "flaw_filling_time_h": math.nan,
        "critical_stripping_current_density_mA_cm2": _stripping(sites, inputs) / MA_CM2,
    }
    if inputs.flows_back:
        pressure, half, shape = (
            float(sites.contact_pressure.max()),
            0.5 * inputs.population.width,
            extrusion.SLIT,
        )
        time = extrusion.filling_time(
            pressure, inputs.depth, half, inputs.creep, shape, inputs.temperature
        )
        found["flaw_filling_time_h"] = float(time) / HOUR
    by_flaw = time_to_short(sites, inputs, running(sites, inputs))
    return found | {"time_to_short_h": min(by_flaw, channel_time(sites, inputs)) / HOUR}


def limiting_times(sites, inputs):
    """Return the rows of the times that set the limits of the run, as a tuple.

    They are those of the soonest short, of the least and the largest mean contact pressure, of the
    largest drive without current, and of the largest contact pressure anywhere.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    """
    found = running(sites, inputs)
    rows = [
        time_to_short(sites.at([row]), inputs, found.at([row])) for row in range(len(sites.time))
    ]
    mean = sites.contact_pressure @ sites.weight
    static = named_drive(sites, inputs)[0].max(axis=1)
    highest = sites.contact_pressure.max(axis=1)
    found = np.argmin(rows), np.argmin(mean), np.argmax(mean), np.argmax(static), np.argmax(highest)
    return tuple(int(row) for row in found)


def _stripping(sites, inputs):
    """Critical stripping current density [A/m2]; nan without a radius of voids."""
    if not inputs.void_radius > 0.0:
        return math.nan
    pressure = float((sites.contact_pressure @ sites.weight).min())
    return float(
        voids.critical_stripping_current(
            pressure,
            inputs.void_radius,
            inputs.creep,
            inputs.molar_volume,
            temperature=inputs.temperature,
        )
    )


def limits_band(sites, inputs, uncertainty):
    """Return quantiles of the columns of `lithium_limits` that scatter: name -> list.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    uncertainty : UncertaintyInputs
        What scatters, and how.
    """
    found = running(sites, inputs)
    static = float(named_drive(sites, inputs)[0].max())
    channel, stripping = channel_time(sites, inputs), _stripping(sites, inputs)
    values = []
    for draw in draws(sites, inputs, uncertainty):
        taken = draw.of(inputs)
        short = min(time_to_short(sites, taken, found, draw.overpotential), channel / draw.rate)
        overpotential = critical_overpotential(taken, np.sqrt(draw.size) * static / draw.toughness)
        values.append((overpotential / MILLIVOLT, short / HOUR, draw.rate * stripping / MA_CM2))
    names = [
        "critical_overpotential_mV",
        "time_to_short_h",
        "critical_stripping_current_density_mA_cm2",
    ]
    names = names[: 2 if math.isnan(stripping) else 3]
    rows = quantiles_of(np.array(values)[:, : len(names)])
    return {name: [float(value) for value in rows[:, i]] for i, name in enumerate(names)}
