"""What measured cells should show: the laws of runs at given pressures and currents.

Every model takes inputs as numbers or arrays (w, 1) of w walkers and returns (w, n) at n
conditions, in SI. The cell has a face (or two) of lithium and electrolyte under a stack pressure
and current that are the same all over it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.bulk.elasticity import plane_strain_modulus
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.interfaces import contact
from chemomech.physics.lithium import clocks, penetration, shorting, voids
from chemomech.physics.lithium.extrusion import Creep, diffusional_creep, plated_pressure
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY

Inputs = Mapping[str, Any]
LEAST_CONTACT = 1e-12


@dataclass(frozen=True)
class Conditions:
    """What cells were measured at, in the order of measuring.

    Attributes
    ----------
    pressure : (n,) array
        Stack pressure [Pa].
    current_density : (n,) array
        [A/m2]; 0 where none is asked for.
    dwell : (n,) array
        Time at each pressure before the measurement [s], for contact that creeps.
    faces : int
        Of lithium that the resistance has.
    contact_law : str
        A name of physics.interfaces.contact.CONTACT_LAWS.
    """

    pressure: NDArray
    current_density: NDArray
    dwell: NDArray
    faces: int = 2
    contact_law: str = "plastic"


def creeps(v: Inputs, confined: bool = False) -> tuple[Creep, Creep]:
    """Return how lithium flows: by dislocations, and by diffusion in its grains.

    Confined in voids and flaws of about a micrometre dislocations are fewer, and the first slower.
    """
    size = v["confined_creep_factor"] if confined else 1.0
    power = Creep(
        size * v["creep_factor"] * v["creep_rate"], v["creep_stress"], v["creep_exponent"],
        v["creep_activation_energy"],
    )  # fmt: skip
    diffusion = diffusional_creep(
        v["self_diffusivity"], v["grain_size"], v["molar_volume"], v["temperature"]
    )
    return power, diffusion


def _rough(v: Inputs, law: str) -> contact.RoughContact:
    """Return the parameters of the face's contact, as a run has them.

    Asperities are as strong as bodies of the roughness's size where contact creeps.
    """
    if law != "creep":
        return contact.RoughContact(v["contact_hardness"], v["unloading_exponent"])
    power, size, limit = creeps(v)[0], v["roughness"], v["yield_strength"]
    factor = contact.strengthening(v["size_strength"], size, limit)
    return contact.RoughContact(
        contact.CONSTRAINT * factor * limit,
        v["unloading_exponent"],
        creep_rate=power.rate,
        creep_stress=factor * power.stress,
        creep_exponent=power.exponent,
        growth_per_strain=v["contact_creep_growth"],
        activation_energy=v["creep_activation_energy"],
        adhesive_pressure=contact.adhesive_pressure(v["work_of_adhesion"], size),
    ).at(v["temperature"])


def contact_fractions(v: Inputs, at: Conditions) -> NDArray:
    """Return the real contact fraction (w, n) along the pressures, each after the one before."""
    rough = _rough(v, at.contact_law)
    shape = _shape(rough, (1, 1))
    memory, found = contact.initial_memory(shape), []
    for pressure, dwell in zip(at.pressure, at.dwell, strict=True):
        here = np.full(shape, pressure)
        fraction, memory = contact.advance(at.contact_law, here, memory, dwell, rough)
        found.append(fraction)
    return np.concatenate(found, axis=-1)


def _shape(rough: contact.RoughContact, more: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of contact with these parameters."""
    each = rough.conforming_pressure, rough.creep_rate, rough.growth_per_strain
    return np.broadcast_shapes(*(np.shape(one) for one in each if one is not None), more)


def first_contact(v: Inputs, at: Conditions) -> NDArray:
    """Return the real contact fraction (w, n) of cells that each met their pressure first."""
    rough = _rough(v, at.contact_law)
    shape = _shape(rough, at.pressure.shape)
    fraction, _ = contact.advance(
        at.contact_law, np.broadcast_to(at.pressure, shape), contact.initial_memory(shape),
        at.dwell, rough,
    )  # fmt: skip
    return np.maximum(fraction, LEAST_CONTACT)


def resistance(v: Inputs, at: Conditions) -> NDArray:
    """Return the area resistance of a cell (w, n) [ohm m2] along its pressures.

    In series: what does not follow the pressure, and per face R/f and the constriction into spots.
    """
    fraction = np.maximum(contact_fractions(v, at), LEAST_CONTACT)
    spots = contact.spot_resistance(v["spot_radius"], fraction, v["ionic_conductivity"])
    found: NDArray = v["series_resistance"] + at.faces * (v["face_resistance"] / fraction + spots)
    return found


def deepest_flaw(v: Inputs) -> Values:
    """Return the depth [m] that the deepest flaw of the cell's area exceeds with even odds."""
    one = FlawPopulation(v["flaw_density"], 1.0, v["flaw_depth_shape"])
    found: Values = one.deepest(v["area"]) * v["flaw_depth_scale"]
    return found


def _parts(v: Inputs) -> tuple[clocks.Flaw, clocks.Electrolyte, clocks.Metal]:
    """Return flaw, electrolyte and lithium of the clocks."""
    poisson = v["poisson_ratio"]
    return (
        clocks.Flaw(deepest_flaw(v), v["flaw_width"], v["flaw_aspect"]),
        clocks.Electrolyte(
            v["separator_thickness"],
            v["fracture_toughness"],
            plane_strain_modulus(v["young_modulus"], poisson),
            poisson / (1.0 - poisson),
        ),
        clocks.Metal(creeps(v, confined=True)[0], v["molar_volume"], v["temperature"]),
    )


def clock_times(v: Inputs, at: Conditions) -> NDArray:
    """Return the times (4, w, n) [s] of clocks.CLOCKS.

    Current and pressure at a flaw are focused into spots alike; the overpotential is that of the
    face, i R/f. Voids are asked only where stripping outruns what closes them.
    """
    flaw, electrolyte, metal = _parts(v)
    fraction = first_contact(v, at)
    focus = penetration.focusing(flaw.depth, v["spot_distance"], 1.0 / fraction)
    current, eta = at.current_density, at.current_density * v["face_resistance"] / fraction
    with np.errstate(divide="ignore"):
        channel = shorting.channel_time(
            at.pressure, v["separator_thickness"], 0.5 * v["channel_width"], creeps(v),
            v["temperature"],
        )  # fmt: skip
    void = np.where(
        current > critical_stripping_current(v, at),
        clocks.void_time(
            at.pressure, current, v["void_radius"], v["void_distance"], v["contact_left"], metal
        ),
        np.inf,
    )
    times = (
        clocks.filled_flaw_time(
            focus * at.pressure, focus * current, eta, flaw, electrolyte, metal
        ),
        channel,
        clocks.pressed_flaw_time(focus * at.pressure, flaw, electrolyte, metal),
        void,
    )
    return np.stack(np.broadcast_arrays(*times))


def time_to_short(v: Inputs, at: Conditions) -> NDArray:
    """Return the time to a short (w, n) [s], the first of four clocks; inf: never."""
    return clocks.first_clock(clock_times(v, at))[0]


def critical_current(v: Inputs, at: Conditions) -> NDArray:
    """Return the current density (w, n) [A/m2] at which the area's deepest flaw runs.

    The smaller of plating pressure and backflow presses at every place of it, as in a run; 0 where
    the stack pressure alone drives it.
    """
    flaw, electrolyte, metal = _parts(v)
    fraction = first_contact(v, at)
    focus = penetration.focusing(flaw.depth, v["spot_distance"], 1.0 / fraction)
    static = clocks.pressed_intensity(
        focus * at.pressure, flaw.depth, flaw.aspect, electrolyte.closure
    )
    margin = np.asarray(electrolyte.toughness - static)
    exponent = v["creep_exponent"]
    profiles = penetration.flaw_profiles(flaw.depth, flaw.width, exponent, flaw.aspect)
    eta = v["face_resistance"] / fraction
    pressure = np.asarray(penetration.plating_pressure(eta, metal.molar_volume))
    speed = metal.molar_volume * focus / FARADAY
    tip = np.asarray(
        plated_pressure(speed, flaw.depth, 0.5 * flaw.width, metal.creep, metal.temperature)
    )

    def drive(current: NDArray) -> NDArray:
        flowing = tip * current ** (1.0 / exponent)
        return penetration.flaw_intensity(
            flaw.depth, pressure * current, flowing, profiles, flaw.aspect
        )

    shape = np.broadcast_shapes(margin.shape, np.shape(flaw.width))
    return penetration.critical_factor(
        drive, np.broadcast_to(margin, shape), float(np.max(exponent))
    )


def critical_stripping_current(v: Inputs, at: Conditions) -> NDArray:
    """Return the current density (w, n) [A/m2] above which voids on the face grow.

    Both ways of flow close them, and their rates add.
    """
    found: NDArray = sum(
        voids.critical_stripping_current(
            at.pressure, v["void_radius"], creep, v["molar_volume"], temperature=v["temperature"]
        )
        for creep in creeps(v, confined=True)
    )
    return found


MODELS = {
    "resistance": resistance,
    "time_to_short": time_to_short,
    "critical_current": critical_current,
    "critical_stripping_current": critical_stripping_current,
}
