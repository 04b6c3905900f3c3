"""What drives lithium into flaws: crack drive and penetration of a saved state.

These are pure functions of arrays. Point arrays (k, q) are values at interface quadrature points,
weights (k, q) their share of the interface's length, in 3D its area. `Sites` holds what the
penetration chain needs at every recorded time of a run.
"""

from dataclasses import dataclass, replace

import numpy as np

from chemomech.physics.fracture.energy import energy_release_rate, fracture_energy
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.fracture.weakest_link import size_nodes
from chemomech.physics.lithium import extrusion, penetration
from chemomech.physics.lithium.first_short import PorePopulation
from chemomech.units.constants import FARADAY


@dataclass(frozen=True)
class Sites:
    """Flaw sites along the lithium | electrolyte interface at t recorded times.

    Attributes
    ----------
    weight : (x,) array
        Share of the interface, adding up to 1.
    profile_depth : (z,) array
        Depths below the lithium [m].
    contact_pressure : (t, x) array
        [Pa].
    conducting_fraction : (t, x) array
        0 to 1.
    overpotential : (t, x) array
        While lithium plates [V], 0 otherwise.
    lateral_stress : (t, x, z) array
        Along the interface [Pa], tension positive.
    current_density : (t,) array
        That plates [A/m2], 0 otherwise.
    time : (t,) array
        [s].
    """

    weight: np.ndarray
    profile_depth: np.ndarray
    contact_pressure: np.ndarray
    conducting_fraction: np.ndarray
    overpotential: np.ndarray
    lateral_stress: np.ndarray
    current_density: np.ndarray
    time: np.ndarray

    def at(self, rows):
        """Return the same sites at fewer times, rows of them."""
        return Sites(
            self.weight, self.profile_depth, *(getattr(self, name)[rows] for name in TIMED)
        )

    def of(self, places, weight):
        """Return fewer sites, the places of them, with weights of their own."""
        timed = (getattr(self, name) for name in TIMED)
        return Sites(
            weight, self.profile_depth, *(v[:, places] if v.ndim > 1 else v for v in timed)
        )


AT_ONCE = 16  # times at which the whole population is looked at
TIMED = (
    "contact_pressure",
    "conducting_fraction",
    "overpotential",
    "lateral_stress",
    "current_density",
    "time",
)


@dataclass(frozen=True)
class FlawInputs:
    """Flaws and properties that the penetration chain takes; see `physics.lithium.penetration`.

    Attributes
    ----------
    depth : float
        Of the named flaw [m]; its width is the population's median.
    population : FlawPopulation
        The flaws. With a width the pressure in one is no more than what lets lithium flow back as
        fast as it is plated.
    area : float
        Of the electrode [m2].
    toughness : float
        K_Ic of the electrolyte [Pa sqrt(m)].
    young_modulus, poisson_ratio : float
        Of the electrolyte [Pa], [-].
    molar_volume : float
        Of lithium [m3/mol].
    creep : extrusion.Creep or None
        Of lithium; None: it does not flow back.
    temperature : float
        [K].
    thickness : float
        That lithium has to cross [m].
    spot_distance : float
        Of the spots where the faces touch [m]; 0: flaws see the means of pressure and current.
    channel_width : float
        Of a channel through the separator [m], 0 without.
    void_radius : float
        Of voids on the lithium's face [m], 0 where none is asked for.
    void_distance : float
        Of their middles [m].
    pores : PorePopulation or None
        Paths through the separator; None: it is dense.
    diffusion : extrusion.Creep or None
        Flow of lithium by diffusion through its grains, beside creep, in pores and at voids.
    plating_share : float
        Of a life, in which lithium plates, 0 to 1.
    life : float
        Wanted [s].
    """

    depth: float
    population: FlawPopulation
    area: float
    toughness: float
    young_modulus: float
    poisson_ratio: float
    molar_volume: float
    creep: extrusion.Creep | None = None
    temperature: float = 298.15
    thickness: float = np.inf
    spot_distance: float = 0.0
    channel_width: float = 0.0
    void_radius: float = 0.0
    void_distance: float = 10e-6
    pores: PorePopulation | None = None
    diffusion: extrusion.Creep | None = None
    plating_share: float = 0.5
    life: float = 3.6e5

    @property
    def creeps(self):
        """Mechanisms by which lithium flows, the power law first; none without it."""
        if self.creep is None:
            return []
        return [self.creep] if self.diffusion is None else [self.creep, self.diffusion]

    @property
    def flows_back(self):
        """Whether lithium flows back out of flaws."""
        return self.creep is not None and self.population.width > 0.0

    def with_draw(self, toughness, size, rate, diffusion=1.0, width=1.0):
        """Return the same of one sample.

        Parameters
        ----------
        toughness : float
            [Pa sqrt(m)].
        size : float
            Factor on the flaws' depths.
        rate, diffusion : float
            Factors on the creep rate and on that of diffusional flow.
        width : float
            Factor on the flaws' widths.
        """
        creep, slow = (
            None if each is None else each._replace(rate=factor * each.rate)
            for each, factor in ((self.creep, rate), (self.diffusion, diffusion))
        )
        population = self.population.with_factors(depth=size, width=width)
        return replace(
            self,
            toughness=toughness,
            depth=size * self.depth,
            population=population,
            creep=creep,
            diffusion=slow,
        )


class Flaws:
    """What drives flaws of some depths and widths at the sites.

    Attributes
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    depths : (a,) array
        [m]; beyond the thickness that lithium has to cross the drive is that at the thickness.
    widths : (w,) array
        [m].
    tip : (t, x, a, w) array
        Pressure of lithium that flows back, at the tip [Pa]; only where it does.
    """

    def __init__(self, sites, inputs, depths, widths):
        """Take what does not depend on time."""
        self.sites, self.inputs, self.widths = sites, inputs, np.atleast_1d(widths)
        self.depths = np.minimum(depths, inputs.thickness)
        if inputs.flows_back:
            creep = inputs.creep
            self.table = penetration.flow_table(
                self.depths, self.widths, creep.exponent, inputs.population.aspect
            )
            # The pressure goes as the speed to the power of 1/m.
            one = extrusion.plated_pressure(
                1.0, self.depths[:, None], 0.5 * self.widths, creep, inputs.temperature
            )
            speed = inputs.molar_volume / FARADAY * self.current()
            self.tip = one * (speed ** (1.0 / creep.exponent))[..., None]

    def pressure(self):
        """Return the pressure on the flaws' mouths (t, x, a) [Pa]."""
        conducting = np.maximum(self.sites.conducting_fraction, 1e-12)[..., None]
        distance = self.inputs.spot_distance
        focused = penetration.focusing(self.depths, distance, 1.0 / conducting)
        return focused * self.sites.contact_pressure[..., None]

    def current(self):
        """Return the current density on the flaws' walls (t, x, a) [A/m2]."""
        mean = self.sites.current_density[:, None, None]
        local = local_current(self.sites)[..., None]
        largest = np.divide(local, mean, out=np.ones_like(local), where=mean > 0.0)
        return mean * penetration.focusing(self.depths, self.inputs.spot_distance, largest)

    def static(self):
        """Return K without current (t, x, a) [Pa sqrt(m)]."""
        sites, aspect = self.sites, self.inputs.population.aspect
        rows = zip(self.pressure(), sites.lateral_stress, strict=True)
        return np.stack([
            penetration.static_intensity(self.depths, each, sites.profile_depth, stress, aspect)
            for each, stress in rows
        ])  # fmt: skip

    def plating(self, factor=1.0, more=1.0):
        """Return K by plating (t, x, a, w) [Pa sqrt(m)].

        Parameters
        ----------
        factor : (t, x) array or float
            On the overpotential.
        more : (t, x) array or float
            Factor on the current, and with it on the overpotential.
        """
        inputs, more = self.inputs, np.asarray(more)
        given = more * factor * self.sites.overpotential
        pressure = penetration.plating_pressure(given, inputs.molar_volume)
        if not inputs.flows_back:
            aspect = inputs.population.aspect
            full = penetration.plating_intensity(self.depths, pressure, aspect)
            return np.repeat(full[..., None], len(self.widths), axis=-1)
        tip = self.tip * (more ** (1.0 / inputs.creep.exponent))[..., None, None]
        return penetration.flowing_intensity(self.depths, pressure, tip, self.table)


def named_flaw(sites, inputs):
    """Return the Flaws of the named flaw alone."""
    return Flaws(sites, inputs, np.array([inputs.depth]), inputs.population.width)


def population_flaws(sites, inputs):
    """Return the Flaws of the population, at `weakest_link.size_nodes` and all its widths."""
    p = inputs.population
    return Flaws(sites, inputs, size_nodes(p.depth_scale, p.depth_shape), p.widths()[0])


def local_current(sites):
    """Return the current density where lithium plates, (t, x) [A/m2].

    It is in proportion to the local overpotential, its mean the cell's.
    """
    share = np.sum(sites.weight * sites.conducting_fraction * sites.overpotential, axis=1)[:, None]
    drawn = sites.current_density[:, None] * sites.overpotential
    return np.divide(drawn, share, out=np.zeros_like(drawn), where=share > 0.0)


def named_drive(sites, inputs):
    """Return K of the named flaw without current and by plating, (t, x) [Pa sqrt(m)] each."""
    flaw = named_flaw(sites, inputs)
    return flaw.static()[..., 0], flaw.plating()[..., 0, 0]


def largest_drive(sites, inputs, before=None):
    """Return the largest K of every site, depth and width over all times (x, a, w) [Pa sqrt(m)].

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    before : (x, a, w) array or None
        The same of times that are not among the sites any more.
    """
    worst = before
    for first in range(0, len(sites.time), AT_ONCE):
        flaws = population_flaws(sites.at(slice(first, first + AT_ONCE)), inputs)
        found = (flaws.static()[..., None] + flaws.plating()).max(axis=0)
        worst = found if worst is None else np.maximum(worst, found)
    return worst


def risk_of(sites, inputs, worst):
    """Return the risk that any flaw of the area runs; worst: `largest_drive`."""
    p = inputs.population
    return penetration.penetration_risk(
        worst, size_nodes(p.depth_scale, p.depth_shape), p, inputs.toughness, inputs.area,
        sites.weight,
    )  # fmt: skip


def tip_pressure(sites, inputs, row, site):
    """Return the pressure by plating at the tip of the named flaw [Pa], at one time and site."""
    pressure = penetration.plating_pressure(sites.overpotential[row, site], inputs.molar_volume)
    if not inputs.flows_back:
        return float(pressure)
    return float(min(pressure, named_flaw(sites.at([row]), inputs).tip[0, site, 0, 0]))


def penetration_summary(sites, inputs, before=None):
    """Return the largest drive of the named flaw over a run, the critical current and the risk.

    All are in SI.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    before : (x, a, w) array or None
        `largest_drive` of times that are not among the sites any more.
    """
    static, plating = named_drive(sites, inputs)
    named = static + plating
    time, site = np.unravel_index(np.argmax(named), named.shape)
    energy = fracture_energy(inputs.toughness, inputs.young_modulus, inputs.poisson_ratio)
    release = energy_release_rate(
        named[time, site], 0.0, inputs.young_modulus, inputs.poisson_ratio
    )
    return {
        "max_K_over_KIc": float(named[time, site] / inputs.toughness),
        "max_K_static_over_KIc": float(static.max() / inputs.toughness),
        "max_G_over_Gc": float(release / energy),
        "critical_current_density": min(critical_currents(sites, inputs)),
        "penetration_risk": risk_of(sites, inputs, largest_drive(sites, inputs, before)),
        "plating_pressure": tip_pressure(sites, inputs, time, site),
        "worst_time_index": int(time),
        "worst_site_index": int(site),
    }


def critical_currents(sites, inputs, factor=1.0):
    """Return the critical current density of the named flaw at every time, a list [A/m2].

    It is inf where nothing plates and nothing runs.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    factor : (t, x) array or float
        On the overpotential.
    """
    if not len(sites.time):
        return []
    flaw = named_flaw(sites, inputs)
    margin = inputs.toughness - flaw.static()[..., 0]
    exponent = inputs.creep.exponent if inputs.flows_back else 1.0
    times = penetration.critical_factor(
        lambda more: flaw.plating(factor, more)[..., 0, 0], margin, exponent
    ).min(axis=1)
    # What runs without current has the critical current 0; what never runs inf, also at rest.
    finite = np.where(np.isinf(times), 0.0, times)
    return np.where(np.isinf(times), np.inf, finite * sites.current_density).tolist()


def worst_times(sites, inputs):
    """Return the rows of the times that set the drive and the critical current density.

    They are those of the largest drive of the named flaw, and of the smallest critical current.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    """
    named = np.sum(named_drive(sites, inputs), axis=0).max(axis=1)
    return int(np.argmax(named)), int(np.argmin(critical_currents(sites, inputs)))
