r"""Time until lithium has crossed the separator, by a flaw that fills and runs or a channel.

Filling. In a slit of width w lithium stands to a depth l. It is pressed in by creep from the mouth
and plated on its walls and its front at the local current density i, evenly, v = V i/F:

    l' = u(p, l) + v (1 + 2 l/w),        t_fill = int_0^a dl/l',

u the mean velocity of `extrusion`. Current alone gives (w/2v) ln(1 + 2 a/w), creep alone
extrusion.filling_time.

Running. A filled flaw of depth a with K >= K_Ic runs: the front ahead is dry and sharp, and runs as
far as K = K_Ic at the lithium's pressure lets it, which is a matter of how much lithium has come in
behind. Uniform pressure p in an edge crack of depth c in a half plane, F = 1.1215, E' = E/(1 -
nu^2) (Tada, Paris, Irwin 2000, case 8.1; the area is dA/dp = 2 int K^2/(p^2 E') dc, Castigliano):

    K = F p sqrt(pi c),   A = pi F^2 p c^2/E',   at K = K_Ic:  A_c(c) = sqrt(pi) F K_Ic c^(3/2)/E'.

Lithium comes in as charge on both walls, 2 c i per length of front, which is also what a conducting
fin of height c collects of a uniform field. A_c' dc = 2 c v dt from a to the separator's thickness
L gives

    t_run = (3/2) sqrt(pi) F K_Ic (sqrt L - sqrt a)/(E' v).

A crack of which lithium wets only the rear part (penetration.wedged_intensity) needs less lithium,
so t_run is then an upper estimate; as c nears L the half plane's K is too small, another one. Where
K < K_Ic at some depth between a and L the flaw stops there, and no time is stated for this way.
Charge that is stripped again does not count.

Channel. A tube that is there already, of radius r, is filled by creep alone, under several
mechanisms at once, t = int_0^L dl/sum u_k. Current that alternates brings nothing in on balance.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.physics.fracture.edge_flaw import EDGE
from chemomech.physics.lithium.extrusion import SLIT, TUBE, Creep, at_points, mean_velocity
from chemomech.physics.thermal import REFERENCE_TEMPERATURE
from chemomech.physics.values import Values

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(64)


def opening_area(pressure: Values, depth: Values, plane_strain_modulus: Values) -> Values:
    """Return A [m2] that a pressure opens in an edge crack.

    Parameters
    ----------
    pressure : (...) array
        p [Pa].
    depth : (...) array
        c [m].
    plane_strain_modulus : (...) array
        E' = E/(1 - nu^2) [Pa], > 0.
    """
    return np.pi * EDGE**2 * pressure * np.square(depth) / plane_strain_modulus


def critical_area(depth: Values, toughness: Values, plane_strain_modulus: Values) -> Values:
    """Return A_c [m2] of an edge crack that the pressure in it holds at K_Ic.

    Parameters
    ----------
    depth : (...) array
        c [m].
    toughness : (...) array
        K_Ic [Pa sqrt(m)].
    plane_strain_modulus : (...) array
        E' = E/(1 - nu^2) [Pa], > 0.
    """
    return np.sqrt(np.pi) * EDGE * toughness * np.power(depth, 1.5) / plane_strain_modulus


def running_time(
    depth: Values, thickness: Values, speed: Values, toughness: Values, plane_strain_modulus: Values
) -> Values:
    """Return t_run [s] from a depth to the separator's thickness.

    Parameters
    ----------
    depth, thickness : (...) array
        Depth a of the flaw and thickness L of the separator [m].
    speed : (...) array
        Plated thickness per time v = V i/F [m/s], > 0.
    toughness : (...) array
        K_Ic [Pa sqrt(m)].
    plane_strain_modulus : (...) array
        E' = E/(1 - nu^2) [Pa], > 0.
    """
    way = np.maximum(np.sqrt(thickness) - np.sqrt(depth), 0.0)
    return 1.5 * np.sqrt(np.pi) * EDGE * toughness * way / (plane_strain_modulus * speed)


def filling_time(
    depth: ArrayLike,
    width: ArrayLike,
    speed: ArrayLike,
    pressure: ArrayLike = 0.0,
    creeps: Sequence[Creep] = (),
    temperature: Values = REFERENCE_TEMPERATURE,
) -> NDArray:
    """Return t_fill (...) [s] of a slit; inf where neither current nor pressure fills it.

    A Gauss rule in ln(1 + 2 l/w) is taken, in which the part of the current is constant.

    Parameters
    ----------
    depth : (...) array
        Depth a of the slit [m], > 0.
    width : (...) array
        Width w of the slit [m], > 0.
    speed : (...) array
        Plated thickness per time v = V i/F [m/s], >= 0.
    pressure : (...) array
        Pressure at the mouth [Pa], >= 0.
    creeps : sequence of Creep
        Mechanisms of flow that act at once, any number, of numbers or (...) arrays.
    temperature : float
        T [K], > 0.
    """
    depth, half, speed, pressure = np.broadcast_arrays(
        *(np.asarray(each, dtype=float)[..., None] for each in (depth, width, speed, pressure))
    )
    half = 0.5 * half
    end = np.log1p(depth / half)
    place = 0.5 * end * (1.0 + _NODE)
    filled = half * np.expm1(place)
    crept = sum(
        (
            mean_velocity(pressure, filled, half, at_points(creep), SLIT, temperature)
            for creep in creeps
        ),
        np.zeros(place.shape),
    )
    rate = speed + crept * np.exp(-place)
    with np.errstate(divide="ignore"):
        return 0.5 * (half * end)[..., 0] * np.sum(_WEIGHT / rate, axis=-1)


def channel_time(
    pressure: ArrayLike,
    length: ArrayLike,
    radius: ArrayLike,
    creeps: Sequence[Creep],
    temperature: Values = REFERENCE_TEMPERATURE,
    shape: str = TUBE,
) -> NDArray:
    """Return the time (...) [s] in which lithium creeps along a channel.

    Parameters
    ----------
    pressure : (...) array
        Pressure at the mouth [Pa], > 0.
    length, radius : (...) array
        Length of the channel, and radius of a tube or half the width of a slit [m], > 0.
    creeps : sequence of Creep
        Mechanisms of flow that act at once, one or more; of numbers or (...) arrays.
    temperature : float
        T [K], > 0.
    shape : str
        extrusion.TUBE, a pore, or SLIT, a grain boundary.
    """
    pressure, length, radius = (
        np.asarray(each, dtype=float)[..., None] for each in (pressure, length, radius)
    )
    filled = 0.5 * length * (1.0 + _NODE)
    rate = sum(
        mean_velocity(pressure, filled, radius, at_points(creep), shape, temperature)
        for creep in creeps
    )
    return 0.5 * length[..., 0] * np.sum(_WEIGHT / rate, axis=-1)


def runs_from(intensity: NDArray, depths: NDArray, toughness: Values) -> NDArray:
    """Return the least depth (...) [m] from which a flaw runs through; inf where it stops.

    There and at every deeper place K >= K_Ic.

    Parameters
    ----------
    intensity : (..., c) array
        K at the depths [Pa sqrt(m)], linear between two of them.
    depths : (c,) array
        Depths, ascending to the separator's thickness [m].
    toughness : float
        K_Ic [Pa sqrt(m)].
    """
    margin = intensity - toughness
    stops = margin < 0.0
    # The deepest place that holds the flaw; -1 where none does.
    last = np.where(stops.any(axis=-1), len(depths) - 1 - np.argmax(stops[..., ::-1], axis=-1), -1)
    inside = np.clip(last, 0, len(depths) - 2)
    low, high = (
        np.take_along_axis(margin, (inside + k)[..., None], axis=-1)[..., 0] for k in (0, 1)
    )
    share = np.clip(-low / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    place = depths[inside] + share * (depths[inside + 1] - depths[inside])
    return np.where(last < 0, 0.0, np.where(last == len(depths) - 1, np.inf, place))


def time_to_short(
    depth: Values,
    starts: Values,
    speed: Values,
    filling: Values,
    thickness: Values,
    toughness: Values,
    plane_strain_modulus: Values,
) -> NDArray:
    """Return t_fill + t_run (...) [s]; inf where the flaw does not run or nothing is plated.

    Parameters
    ----------
    depth : (...) array
        Depth of the flaw [m].
    starts : (...) array
        Depth from which it runs, see runs_from [m].
    speed : (...) array
        Plated thickness per time v = V i/F [m/s].
    filling : (...) array
        t_fill [s].
    thickness : float
        Thickness L of the separator [m].
    toughness : float
        K_Ic [Pa sqrt(m)].
    plane_strain_modulus : float
        E' = E/(1 - nu^2) [Pa], > 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        time = filling + running_time(depth, thickness, speed, toughness, plane_strain_modulus)
    return np.where((depth >= starts) & (speed > 0.0), time, np.inf)
