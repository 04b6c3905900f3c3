r"""Lithium pressed and plated into edge flaws of the electrolyte: drive, criterion and risk.

A flaw of depth a at the lithium interface is filled with lithium at the pressure

    p(s) = p_mouth + min(F eta/V_Li, p_back(s)),     net opening pressure p(s) + sigma_xx(s),

at the distance s from the mouth: p_mouth the pressure with which the lithium stands on the mouth, F
eta/V_Li the plating pressure of the overpotential eta on plating sites (Duan et al. 2023: 10 mV per
75 MPa), p_back the pressure with which lithium flows back out as fast as it is plated
(`extrusion.plated_profile`: it falls from the tip to the mouth, and the profile is what presses),
and sigma_xx the stress across the flaw's line in the unflawed electrolyte (compression closes).
The flaw runs when K >= K_Ic (`edge_flaw`). Flaws are spread with a density per area and Weibull
depths (`population`); by weakest link the risk of at least one running flaw on an area A is
1 - exp(-N), N the expected number of running flaws.

Rough faces touch in spots, a distance d apart, that carry all of pressure and current. A flaw
gathers both over about twice its depth, D = 2 a, so its mouth and its walls see

    p_mouth/p = i_wall/i = min(max((d/D)^2, 1), 1/chi),

chi the conducting share: the mean where flaws are longer than the spots' distance, the spot's own
where they are smaller than a spot. Both are averaged alike; the overpotential, a difference of
potentials that the spots share with the gaps beside them, is not.
That a flaw has to fill first is in `shorting`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import beta, betainc

from chemomech.physics.fracture.edge_flaw import EDGE, edge_flaw_intensity, edge_flaw_rule
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.fracture.weakest_link import (
    expected_failures,
    failure_probability,
    running_share,
)
from chemomech.physics.lithium.extrusion import plated_profile
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY

SECANTS = 12  # a critical current is then found to 1e-12


def plating_pressure(overpotential: Values, molar_volume: Values) -> Values:
    """Return p = F eta/V [Pa]; 7.42 MPa per mV for lithium.

    Parameters
    ----------
    overpotential : (...) array
        eta on plating sites [V].
    molar_volume : (...) array
        V of lithium [m3/mol], > 0.

    Examples
    --------
    >>> round(plating_pressure(1e-3, 13.0e-6) / 1e6, 2)
    7.42
    """
    return FARADAY * overpotential / molar_volume


def focusing(depth: Values, distance: Values, largest: Values) -> Values:
    """Return pressure and current at a flaw over their means, min(max((d/2a)^2, 1), largest).

    Parameters
    ----------
    depth : (...) array
        Depth a of the flaw [m], > 0.
    distance : (...) array
        Distance d of the spots where the faces touch [m], >= 0.
    largest : (...) array
        At a spot, 1/chi; below 1 it counts as 1.
    """
    return np.minimum(np.maximum(np.square(0.5 * distance / depth), 1.0), np.maximum(largest, 1.0))


def static_intensity(
    depths: NDArray,
    contact_pressure: NDArray,
    profile_depth: NDArray,
    lateral_stress: NDArray,
    aspect: float = 0.0,
) -> NDArray:
    """Return K without current (x, a) [Pa sqrt(m)] of flaws at sites x of depth a.

    Parameters
    ----------
    depths : (a,) array
        Depths of the flaws [m], > 0.
    contact_pressure : (x,) or (x, a) array
        Pressure of lithium on the mouth [Pa].
    profile_depth : (z,) array
        Depths of the profile [m], ascending.
    lateral_stress : (x, z) array
        Stress across the flaw's line [Pa], tension positive, linear between and constant beyond.
    aspect : float
        Of the flaws, see `edge_flaw`.
    """
    rule, _ = edge_flaw_rule(aspect=aspect)
    sampled = depths[:, None] * rule
    net = np.stack([np.interp(sampled, profile_depth, row) for row in lateral_stress])
    mouth = contact_pressure.reshape(len(contact_pressure), -1, 1)
    return edge_flaw_intensity(net + mouth, depths, aspect)


def plating_intensity(depths: NDArray, pressure: NDArray, aspect: float = 0.0) -> NDArray:
    """Return K (..., a) [Pa sqrt(m)] of a plating pressure that is the same all along a flaw.

    Parameters
    ----------
    depths : (a,) array
        Depths of the flaws [m], > 0.
    pressure : (...) array
        Plating pressure [Pa].
    aspect : float
        Of the flaws, see `edge_flaw`.
    """
    return pressure[..., None] * (np.sqrt(depths) * edge_flaw_rule(aspect=aspect)[1].sum())


class FlowTable(NamedTuple):
    """K of lithium that flows back, over sqrt(a) p_tip, against p/p_tip.

    With h(y) the integral of the weight function times min(y, b), b the profile of lithium that
    flows back over its pressure p_tip at the tip, K = sqrt(a) p_tip h(p/p_tip): linear between the
    values of b at the places of a rule, and constant beyond 1.

    Attributes
    ----------
    share, value : (a, w, n) array
        y and h(y) of flaws of a depths and w widths.
    """

    share: NDArray
    value: NDArray


def flow_table(depths: NDArray, widths: NDArray, exponent: float, aspect: float = 0.0) -> FlowTable:
    """Return the FlowTable of flaws.

    Parameters
    ----------
    depths, widths : (a,) and (w,) array
        Depths and widths [m], > 0.
    exponent : float
        m of the creep, > 0.
    aspect : float
        Of the flaws, see `edge_flaw`.
    """
    place, weight = edge_flaw_rule(aspect=aspect)
    share = plated_profile(place, depths[:, None, None], 0.5 * widths[:, None], exponent)
    deeper = weight.sum() - np.cumsum(weight)
    value = np.cumsum(share * weight, axis=-1) + deeper * share
    return FlowTable(*(np.pad(each, ((0, 0), (0, 0), (1, 0))) for each in (share, value)))


def profile_factor(length: float, radius: float, exponent: float, share: float = 1.0) -> float:
    """Return K of lithium that flows back, over that of its tip's pressure on all that it fills.

    0.65 for slender through flaws and the creep of lithium.

    Parameters
    ----------
    length, radius : float
        Filled length and half the width of the flaw [m], > 0.
    exponent : float
        m of the creep, > 0.
    share : float
        Filled share of an edge crack, from its mouth, 0 to 1.
    """
    place, weight = edge_flaw_rule(201)
    filled = place <= share
    profile = plated_profile(place[filled] / share, length, radius, exponent)
    return float(weight[filled] @ profile / weight[filled].sum())


def flowing_intensity(
    depths: NDArray, pressure: NDArray, tip_pressure: NDArray, table: FlowTable
) -> NDArray:
    """Return K (..., a, w) [Pa sqrt(m)] of the smaller of two pressures at every place of flaws.

    Parameters
    ----------
    depths : (a,) array
        Depths of the flaws [m], > 0.
    pressure : (...) array
        By the overpotential, the same all along a flaw [Pa], >= 0.
    tip_pressure : (..., a, w) array
        At the tip, of lithium that flows back as fast as it is plated [Pa], >= 0.
    table : FlowTable
        Of the flaws.
    """
    tip = np.ascontiguousarray(np.moveaxis(tip_pressure, (-2, -1), (0, 1)))
    found = np.divide(pressure, tip, out=np.zeros_like(tip), where=tip > 0.0)
    for a, w in np.ndindex(table.share.shape[:2]):
        found[a, w] = np.interp(found[a, w], table.share[a, w], table.value[a, w])
    found *= tip
    return np.sqrt(depths)[:, None] * np.moveaxis(found, (0, 1), (-2, -1))


def flaw_profiles(depth: Values, width: Values, exponent: Values, aspect: float = 0.0) -> NDArray:
    """Return the profiles (..., n) of lithium that flows back, 0 at the mouth to 1, at the rule.

    Parameters
    ----------
    depth, width : (...) array
        Depths and widths of flaws that all have their own [m], > 0.
    exponent : (...) array
        m of the creep, > 0.
    aspect : float
        Of the flaws, see `edge_flaw`.
    """
    depth, half, exponent = (
        np.asarray(each, dtype=float)[..., None]
        for each in (depth, 0.5 * np.asarray(width), exponent)
    )
    found: NDArray = plated_profile(edge_flaw_rule(aspect=aspect)[0], depth, half, exponent)
    return found


def flaw_intensity(
    depth: Values, pressure: NDArray, tip_pressure: NDArray, profiles: NDArray, aspect: float = 0.0
) -> NDArray:
    """Return K (...) [Pa sqrt(m)] as `flowing_intensity`, of flaws that all have their own sizes.

    Parameters
    ----------
    depth : (...) array
        Depths of the flaws [m], > 0.
    pressure, tip_pressure : (...) array
        By the overpotential, and at the tip of lithium that flows back [Pa], >= 0.
    profiles : (..., n) array
        `flaw_profiles` of the flaws.
    aspect : float
        Of the flaws.
    """
    weight = edge_flaw_rule(aspect=aspect)[1]
    pressed = np.minimum(pressure[..., None], tip_pressure[..., None] * profiles)
    return np.sqrt(depth) * (pressed @ weight)


def filled_share(share: ArrayLike) -> NDArray:
    """Return K of a filling in the rear part of an edge crack, over that of one that fills it.

    By the weight function of `edge_flaw` with the pressure on 0 <= s <= a_f, K goes as 1.3 asin(x)
    - 0.15 B(x^2; 9/8, 1/2), x = a_f/a, B the incomplete beta function; the share is 0 to 1. A short
    wedge of force P = p a_f at the mouth gives K = 2.6 P/sqrt(pi a).

    Parameters
    ----------
    share : (...) array
        x = a_f/a, 0 to 1.
    """
    share = np.asarray(share, dtype=float)
    curved = 0.15 * beta(1.125, 0.5)
    return (1.3 * np.arcsin(share) - curved * betainc(1.125, 0.5, share**2)) / (
        0.65 * np.pi - curved
    )


def wedged_intensity(depth: Values, filled: Values, pressure: Values, closure: Values) -> Values:
    """Return K (...) [Pa sqrt(m)] of an edge crack with lithium in its rear part, its tip dry.

    It is negative where the tip is closed.

    Parameters
    ----------
    depth : (...) array
        Depth of the crack [m], > 0.
    filled : (...) array
        How far lithium reaches from the mouth [m], 0 to depth.
    pressure : (...) array
        Pressure of the lithium there [Pa].
    closure : (...) array
        Compression of the electrolyte across the crack, on all of it [Pa].
    """
    full = EDGE * np.sqrt(np.pi * depth)
    return full * (pressure * filled_share(filled / depth) - closure)


def critical_factor(
    drive: Callable[[NDArray], NDArray], margin: NDArray, exponent: float = 1.0
) -> NDArray:
    """Return by what the current is to be multiplied for a site to run (...), 0 to inf.

    K of plating goes with the current i as i where the overpotential sets the pressure and as
    i^(1/m) where backflow does, between both as a power between; its logarithm is followed by
    secants of slopes between these.

    Parameters
    ----------
    drive : callable
        Factors on the current (...) -> K of plating (...) [Pa sqrt(m)].
    margin : (...) array
        K_Ic less K without current [Pa sqrt(m)].
    exponent : float
        m, > 0.
    """
    ends = sorted((1.0, 1.0 / exponent))
    at = np.zeros(margin.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        missing = np.log(margin / drive(np.exp(at)))
        finds = np.isfinite(missing)
        slope = np.ones(margin.shape)
        for _ in range(SECANTS):
            step = np.where(finds, missing / slope, 0.0)
            at = at + step
            left = np.log(margin / drive(np.exp(at)))
            found = (missing - left) / step
            slope = np.clip(np.where(np.isfinite(found), found, 1.0), *ends)
            missing = left
    return np.where(margin <= 0.0, 0.0, np.where(finds, np.exp(at), np.inf))


def penetration_risk(
    intensity: NDArray,
    depths: NDArray,
    population: FlawPopulation,
    toughness: float,
    area: float,
    site_weight: NDArray,
) -> float:
    """Return 1 - exp(-N), N the number of flaws on an area that run; 0 to 1, exact for any area.

    Parameters
    ----------
    intensity : (x, a, w) array
        K at each site, depth and width of the population [Pa sqrt(m)].
    depths : (a,) array
        Depths [m], see `weakest_link.size_nodes`.
    population : FlawPopulation
        The flaws.
    toughness : float
        Mean K_Ic [Pa sqrt(m)].
    area : float
        Area [m2].
    site_weight : (x,) array
        Share of the interface that each site stands for, adding up to 1.
    """
    p = population
    share = running_share(
        np.moveaxis(intensity, 1, -1), depths, p.depth_scale, p.depth_shape,
        toughness, p.toughness_deviation, p.toughness_law,
    )  # fmt: skip
    expected = expected_failures(share @ p.widths()[1], p.density, area, site_weight)
    return failure_probability(expected)
