"""What drives lithium into flaws: crack drive and penetration of a saved state.

These are pure functions of arrays. Point arrays (k, q) are values at interface quadrature points,
weights (k, q) their share of the interface's length, in 3D its area. `Sites` holds what the
penetration chain needs at every recorded time of a run.
"""

from dataclasses import dataclass, replace

import numpy as np

from chemomech.physics.fracture import weakest_link
from chemomech.physics.fracture.energy import energy_release_rate, fracture_energy
from chemomech.physics.lithium import extrusion, penetration
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
        Of the named flaw [m].
    depth_scale, depth_shape : float
        Weibull law of the depths [m], [-].
    density : float
        Flaws per area [1/m2].
    area : float
        Of the electrode [m2].
    toughness : float
        K_Ic of the electrolyte [Pa sqrt(m)].
    young_modulus, poisson_ratio : float
        Of the electrolyte [Pa], [-].
    molar_volume : float
        Of lithium [m3/mol].
    width : float
        Of the flaws [m]: the pressure in one is no more than what lets lithium flow back as fast as
        it is plated. 0: none flows back.
    creep : extrusion.Creep or None
        Of lithium.
    temperature : float
        [K].
    thickness : float
        That lithium has to cross [m].
    channel_width : float
        Of a channel through the separator [m], 0 without.
    void_radius : float
        Of voids on the lithium's face [m], 0 where none is asked for.
    """

    depth: float
    depth_scale: float
    depth_shape: float
    density: float
    area: float
    toughness: float
    young_modulus: float
    poisson_ratio: float
    molar_volume: float
    width: float = 0.0
    creep: object = None
    temperature: float = 298.15
    thickness: float = np.inf
    channel_width: float = 0.0
    void_radius: float = 0.0

    def with_draw(self, toughness, size, rate):
        """Return the same of one sample.

        Parameters
        ----------
        toughness : float
            [Pa sqrt(m)].
        size : float
            Factor on the flaws' depths.
        rate : float
            Factor on the creep rate.
        """
        creep = None if self.creep is None else self.creep._replace(rate=rate * self.creep.rate)
        scale = size * self.depth_scale
        return replace(
            self, toughness=toughness, depth=size * self.depth, depth_scale=scale, creep=creep
        )


@dataclass(frozen=True)
class Drive:
    """K [Pa sqrt(m)] of flaws by depth and site, and of the named flaw.

    Attributes
    ----------
    depths, probability : (a,) array
        Classes of depths [m].
    static : (t, x, a) array
        By what presses without current.
    overpotential : (t, x, a) array
        By plating at the local overpotential.
    backflow : (t, a) array
        By the largest pressure that lithium stands which flows back, inf where none does.
    named_static, named_overpotential, named_backflow : (t, x), (t, x) and (t,) array
        The same of the named flaw.
    """

    depths: np.ndarray
    probability: np.ndarray
    static: np.ndarray
    overpotential: np.ndarray
    backflow: np.ndarray
    named_static: np.ndarray
    named_overpotential: np.ndarray
    named_backflow: np.ndarray

    @property
    def plating(self):
        """K by plating (t, x, a)."""
        return np.minimum(self.overpotential, self.backflow[:, None])

    @property
    def named_plating(self):
        """K of the named flaw by plating (t, x)."""
        return np.minimum(self.named_overpotential, self.named_backflow[:, None])


def drive(sites, inputs):
    """Crack drive of the named flaw and of the flaw population at every site and time."""
    depths, probability = weakest_link.size_classes(inputs.depth_scale, inputs.depth_shape)
    every = np.append(depths, inputs.depth)
    static = np.stack(
        [
            penetration.static_intensity(every, pressure, sites.profile_depth, stress)
            for pressure, stress in zip(sites.contact_pressure, sites.lateral_stress, strict=True)
        ]
    )
    pressure = penetration.plating_pressure(sites.overpotential, inputs.molar_volume)
    plating = np.stack([penetration.plating_intensity(every, row) for row in pressure])
    backflow = penetration.plating_intensity(every, backflow_pressure(sites, inputs, every))
    return Drive(
        depths, probability, static[..., :-1], plating[..., :-1], backflow[:, :-1],
        static[..., -1], plating[..., -1], backflow[:, -1],
    )  # fmt: skip


def backflow_pressure(sites, inputs, depths):
    """Return the pressure [Pa] at which lithium flows out of flaws as fast as it is plated, (t, a).

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    depths : (a,) array
        Of the flaws [m].
    """
    if not inputs.width > 0.0:
        return np.full((len(sites.current_density), len(depths)), np.inf)
    velocity = inputs.molar_volume * sites.current_density[:, None] / FARADAY
    return extrusion.plated_pressure(
        velocity, depths, 0.5 * inputs.width, inputs.creep, inputs.temperature
    )


def largest_drive(sites, inputs, before=None):
    """Return the largest K of every site and depth over all times (x, a) [Pa sqrt(m)].

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    before : (x, a) array or None
        The same of times that are not among the sites any more.
    """
    d = drive(sites, inputs)
    worst = (d.static + d.plating).max(axis=0)
    return worst if before is None else np.maximum(worst, before)


def penetration_summary(sites, inputs, before=None):
    """Return the largest drive of the named flaw over a run, the critical current and the risk.

    All are in SI.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    before : (x, a) array or None
        `largest_drive` of times that are not among the sites any more.
    """
    d = drive(sites, inputs)
    named = d.named_static + d.named_plating
    time, site = np.unravel_index(np.argmax(named), named.shape)
    energy = fracture_energy(inputs.toughness, inputs.young_modulus, inputs.poisson_ratio)
    release = energy_release_rate(
        named[time, site], 0.0, inputs.young_modulus, inputs.poisson_ratio
    )
    worst = largest_drive(sites, inputs, before)
    limits = critical_currents(sites, d, inputs)
    return {
        "max_K_over_KIc": float(named[time, site] / inputs.toughness),
        "max_K_static_over_KIc": float(d.named_static.max() / inputs.toughness),
        "max_G_over_Gc": float(release / energy),
        "critical_current_density": min(limits),
        "penetration_risk": penetration.penetration_risk(
            worst, inputs.toughness, d.probability, inputs.density, inputs.area, sites.weight
        ),
        "plating_pressure": float(
            min(
                penetration.plating_pressure(sites.overpotential[time, site], inputs.molar_volume),
                backflow_pressure(sites, inputs, np.array([inputs.depth]))[time, 0],
            )
        ),
        "worst_time_index": int(time),
        "worst_site_index": int(site),
    }


def critical_currents(sites, drive, inputs):
    """Return the critical current density of the named flaw at every time (t,) [A/m2].

    It is inf where nothing plates and nothing runs.
    """
    exponent = inputs.creep.exponent if inputs.width > 0.0 else 1.0
    columns = (
        sites.current_density,
        drive.named_static,
        drive.named_overpotential,
        drive.named_backflow,
    )
    return [
        penetration.critical_current_density(
            current, static, plating, inputs.toughness, backflow, exponent
        )
        for current, static, plating, backflow in zip(*columns, strict=True)
    ]


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
    d = drive(sites, inputs)
    named = (d.named_static + d.named_plating).max(axis=1)
    return int(np.argmax(named)), int(np.argmin(critical_currents(sites, d, inputs)))
