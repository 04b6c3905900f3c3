r"""Four ways to a short, each with its time: the first of them decides.

    filled flaw       full of lithium, driven by plating pressure that backflow limits and by the
                      stack pressure: it fills by current and creep, and runs once K >= K_Ic
    creep             lithium flows through a pore (tube) or a grain boundary (slit) under the
                      stack pressure: `shorting.channel_time`, as P^-m and (length/width)^(m + 1)
    pressed flaw      the stack pressure alone drives a flaw that it has filled: K >= K_Ic without
                      current; it runs at once when full
    voids             stripping leaves fewer spots for the next plating, until a spot's current
                      drives a flaw

A stack pressure P presses lithium into the flaw with P and closes its sides with k P, k = nu/(1 -
nu) where the electrolyte cannot give way sideways and has no stress of its own; so K = F (1 - k) P
sqrt(pi a) and the pressed flaw runs above P_c = K_Ic/(F (1 - k) sqrt(pi a)). After a pressing at
hundreds of MPa more may be left to close it: k is an input.

Voids. A void of radius a on the face grows with v, the thickness stripped per time, and creep
closes it at the rate r(P) of `voids.closing_rate`, a' = v - r a, a balance of rates:

    a(t) = v/r - (v/r - a_0) exp(-r t),     contact  chi = 1 - pi a^2/d^2

one void a cell of d by d. The time is that of stripping until chi is what a flaw cannot stand, inf
where v/r is smaller than that void; with plating in between, which may bury a void and does not
close it, twice as long on the clock. Valid while voids do not touch, chi > 0.22.

Each is a time of one flaw, channel or void, given its size; their scatter is the caller's. What
none has: charge that is stripped again, lithium that a filled flaw loses at rest, interphases,
neighbouring flaws, and the strength of micrometre lithium, up to a hundred times that of bulk.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chemomech.physics.fracture.edge_flaw import aspect_factor
from chemomech.physics.lithium import shorting
from chemomech.physics.lithium.extrusion import Creep, at_points, plated_pressure
from chemomech.physics.lithium.penetration import flaw_intensity, flaw_profiles, plating_pressure
from chemomech.physics.lithium.voids import closing_rate
from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY

CLOCKS = "filled flaw", "creep", "pressed flaw", "voids"
REACH = np.linspace(0.0, 1.0, 24)  # from a flaw's depth to the other side, where it is looked at


class Electrolyte(NamedTuple):
    """What lithium has to cross.

    Attributes
    ----------
    thickness : (...) array
        L [m], > 0.
    toughness : (...) array
        K_Ic [Pa sqrt(m)], > 0.
    plane_strain_modulus : (...) array
        E/(1 - nu^2) [Pa], > 0.
    closure : (...) array
        k, compression across a flaw over the stack pressure, 0 to 1.
    """

    thickness: Values
    toughness: Values
    plane_strain_modulus: Values
    closure: Values


class Flaw(NamedTuple):
    """One flaw at the lithium.

    Attributes
    ----------
    depth, width : (...) array
        [m], > 0.
    aspect : float
        Depth over half the length along the face, see `edge_flaw`.
    """

    depth: Values
    width: Values
    aspect: float = 0.0


class Metal(NamedTuple):
    """Lithium.

    Attributes
    ----------
    creep : Creep
        How it flows.
    molar_volume : (...) array
        V [m3/mol], > 0.
    temperature : float
        T [K], > 0.
    """

    creep: Creep
    molar_volume: Values = 13.0e-6
    temperature: float = REFERENCE_TEMPERATURE


def pressed_intensity(pressure: Values, depth: Values, aspect: float, closure: Values) -> Values:
    """Return K (...) [Pa sqrt(m)] of a flaw that the stack pressure fills and closes.

    Parameters
    ----------
    pressure : (...) array
        Stack pressure P [Pa].
    depth : (...) array
        Depth of the flaw [m], > 0.
    aspect : float
        Of the flaw.
    closure : (...) array
        k, 0 to 1.
    """
    return aspect_factor(aspect) * (1.0 - closure) * pressure * np.sqrt(np.pi * depth)


def critical_pressure(flaw: Flaw, electrolyte: Electrolyte) -> NDArray:
    """Return P_c (...) [Pa] above which stack pressure alone drives a full flaw; inf where k is 1.

    Parameters
    ----------
    flaw : Flaw
        The flaw.
    electrolyte : Electrolyte
        What it crosses.
    """
    one = pressed_intensity(1.0, flaw.depth, flaw.aspect, electrolyte.closure)
    return np.divide(
        electrolyte.toughness, one, out=np.full(np.shape(one), np.inf), where=one > 0.0
    )


def pressed_flaw_time(
    pressure: NDArray, flaw: Flaw, electrolyte: Electrolyte, metal: Metal
) -> NDArray:
    """Return the time (...) [s] in which creep fills a flaw that then runs; inf where it is held.

    Parameters
    ----------
    pressure : (...) array
        Stack pressure [Pa], >= 0.
    flaw : Flaw
        The flaw; as it deepens it is driven harder, so it does not stop.
    electrolyte : Electrolyte
        What it crosses.
    metal : Metal
        What fills it.
    """
    pressure = np.asarray(pressure, dtype=float)
    runs = pressure >= critical_pressure(flaw, electrolyte)
    filling = shorting.filling_time(
        flaw.depth, flaw.width, 0.0, pressure, (metal.creep,), metal.temperature
    )
    return np.where(runs, filling, np.inf)


def filled_flaw_time(
    pressure: NDArray,
    current_density: Values,
    overpotential: Values,
    flaw: Flaw,
    electrolyte: Electrolyte,
    metal: Metal,
) -> NDArray:
    """Return the time of plating (...) [s] in which a flaw fills and crosses; inf where it stops.

    Parameters
    ----------
    pressure : (...) array
        Stack pressure [Pa], >= 0.
    current_density : (...) array
        On the flaw's walls [A/m2], > 0, see `penetration.focusing`.
    overpotential : (...) array
        Of plating [V], >= 0.
    flaw : Flaw
        The flaw.
    electrolyte : Electrolyte
        What it crosses.
    metal : Metal
        What fills it.
    """
    shape, fields = _at_cells(
        pressure, current_density, overpotential, flaw.depth, flaw.width,
        *electrolyte, *metal.creep, metal.molar_volume,
    )  # fmt: skip
    stack, current, eta, depth, width, thickness, toughness, modulus, closure = fields[:9]
    plating = np.asarray(plating_pressure(eta, fields[-1]))
    # More than all of the plating pressure, everywhere in it, does not press on a flaw.
    most = pressed_intensity(stack, depth, flaw.aspect, closure) + pressed_intensity(
        plating, depth, flaw.aspect, 0.0
    )
    may = np.flatnonzero((most >= toughness) & (current > 0.0))
    stack, current, depth, width, thickness, toughness, modulus, closure, plating = (
        each[may]
        for each in (
            stack, current, depth, width, thickness, toughness, modulus, closure, plating,
        )
    )  # fmt: skip
    creep, speed = Creep(*(each[may] for each in fields[9:13])), fields[-1][may] * current / FARADAY
    depths = depth[:, None] * np.maximum(thickness / depth, 1.0)[:, None] ** REACH
    inner = at_points(creep)
    tip = np.asarray(
        plated_pressure(speed[:, None], depths, 0.5 * width[:, None], inner, metal.temperature)
    )
    profiles = flaw_profiles(depths, width[:, None], inner.exponent, flaw.aspect)
    driven = flaw_intensity(depths, plating[:, None], tip, profiles, flaw.aspect)
    static = pressed_intensity(stack[:, None], depths, flaw.aspect, closure[:, None])
    runs = np.all(static + driven >= toughness[:, None], axis=-1)
    filling = shorting.filling_time(depth, width, speed, stack, (creep,), metal.temperature)
    running = shorting.running_time(depth, thickness, speed, toughness, modulus)
    found = np.full(fields[0].shape, np.inf)
    found[may] = np.where(runs, filling + running, np.inf)
    return found.reshape(shape)


def _at_cells(*values: Values) -> tuple[tuple[int, ...], list[NDArray]]:
    """Return the common shape of values, and each of them at all of its places, flat."""
    arrays = np.broadcast_arrays(*(np.asarray(each, dtype=float) for each in values))
    return arrays[0].shape, [each.ravel() for each in arrays]


def void_time(
    pressure: NDArray,
    current_density: Values,
    radius: Values,
    distance: Values,
    contact: float,
    metal: Metal,
    others: Sequence[Creep] = (),
) -> NDArray:
    """Return the time of stripping (...) [s] until voids leave a share of the contact; inf: never.

    Parameters
    ----------
    pressure : (...) array
        Stack pressure [Pa], >= 0.
    current_density : (...) array
        Stripped [A/m2], > 0.
    radius : (...) array
        a_0 of the voids at first [m], >= 0.
    distance : (...) array
        d of their middles [m], > 0.
    contact : float
        chi that must be left, 0.22 to 1.
    metal : Metal
        Lithium.
    others : sequence of Creep
        Mechanisms of flow beside the metal's own; their rates of closing add.

    Raises
    ------
    ValueError
        For a contact at which the voids touch each other.
    """
    least = 1.0 - np.pi / 4.0
    if not least < contact < 1.0:
        raise ValueError(f"contact: given {contact:g}, accepted between {least:.3f} and 1")
    speed = metal.molar_volume * np.asarray(current_density, dtype=float) / FARADAY
    largest = distance * np.sqrt((1.0 - contact) / np.pi)
    pressure = np.asarray(pressure, dtype=float)
    rate = sum(
        closing_rate(pressure, creep, "sphere", metal.temperature)
        for creep in (metal.creep, *others)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        left, start = speed - rate * largest, speed - rate * radius
        closing = np.log(start / left) / rate
        found = np.where(rate * largest > 1e-9 * speed, closing, (largest - radius) / speed)
    return np.where(left > 0.0, np.maximum(found, 0.0), np.inf)


def first_clock(times: NDArray) -> tuple[NDArray, NDArray]:
    """Return the shortest time (...) [s] and which of CLOCKS it is (...), -1 where none runs.

    Parameters
    ----------
    times : (4, ...) array
        In the order of CLOCKS [s], inf: never.
    """
    shortest = np.min(times, axis=0)
    return shortest, np.where(np.isinf(shortest), -1, np.argmin(times, axis=0))
