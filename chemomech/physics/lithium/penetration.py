r"""Lithium pressed and plated into edge flaws of the electrolyte: drive, criterion and risk.

A flaw of depth a at the lithium interface is filled with lithium at the pressure

    p(s) = p_contact + F eta/V_Li,     net opening pressure p(s) + sigma_xx(s),

p_contact the pressure with which the lithium stands on the flaw's mouth, F eta/V_Li the plating
pressure of the overpotential eta on plating sites (Duan et al. 2023: 10 mV per 75 MPa), and
sigma_xx the stress across the flaw's line in the unflawed electrolyte (compression closes).
The flaw runs when K >= K_Ic. Flaws are spread with a density per area and Weibull depths,
P(depth > a) = exp(-(a/scale)^shape); by weakest link the risk of at least one running flaw on
an area A is 1 - exp(-N), N the expected number of running flaws.

That a flaw has to fill first is in `shorting`, that lithium which flows back out of a wide one
bounds its pressure in `extrusion.plated_pressure`; `analysis.penetration` takes the smaller of the
two pressures.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import beta, betainc

from chemomech.physics.fracture.edge_flaw import edge_flaw_intensity, edge_flaw_rule
from chemomech.physics.fracture.weakest_link import (
    expected_failures,
    failing_share,
    failure_probability,
)
from chemomech.physics.values import Values
from chemomech.units.constants import FARADAY


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


def static_intensity(
    depths: NDArray, contact_pressure: NDArray, profile_depth: NDArray, lateral_stress: NDArray
) -> NDArray:
    """Return K without current (x, a) [Pa sqrt(m)] of flaws at sites x of depth a.

    Parameters
    ----------
    depths : (a,) array
        Depths of the flaws [m], > 0.
    contact_pressure : (x,) array
        Pressure of lithium on the mouth [Pa].
    profile_depth : (z,) array
        Depths of the profile [m], ascending.
    lateral_stress : (x, z) array
        Stress across the flaw's line [Pa], tension positive, linear between and constant beyond.
    """
    rule, _ = edge_flaw_rule()
    sampled = depths[:, None] * rule
    net = np.stack([np.interp(sampled, profile_depth, row) for row in lateral_stress])
    return edge_flaw_intensity(net + contact_pressure[:, None, None], depths)


def plating_intensity(depths: NDArray, pressure: NDArray) -> NDArray:
    """Return K (x, a) [Pa sqrt(m)] of a uniform plating pressure in flaws.

    Parameters
    ----------
    depths : (a,) array
        Depths of the flaws [m], > 0.
    pressure : (x,) or (x, a) array
        Plating pressure [Pa].
    """
    rule, _ = edge_flaw_rule()
    uniform = np.ones((len(depths), len(rule)))
    return (pressure[:, None] if pressure.ndim == 1 else pressure) * edge_flaw_intensity(
        uniform, depths
    )


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
    full = edge_flaw_rule()[1].sum() * np.sqrt(depth)
    return full * (pressure * filled_share(filled / depth) - closure)


def critical_current_density(
    current_density: float,
    static: NDArray,
    plating: NDArray,
    toughness: float,
    backflow: Values = np.inf,
    exponent: float = 1.0,
) -> float:
    """Return the smallest current at which some site runs [A/m2]; 0 when it runs without current.

    The current that overpotential asks for is i (K_Ic - K_static)/K_plating. The pressure that
    lithium stands which flows back grows as i^(1/m), so both are met at the larger of the two
    currents.

    Parameters
    ----------
    current_density : float
        The given current density i [A/m2], > 0.
    static, plating : (x,) array
        K of one flaw depth at each site without current, and of plating at i [Pa sqrt(m)].
    toughness : float
        K_Ic [Pa sqrt(m)], > 0.
    backflow : (x,) array
        K of the largest pressure that lithium stands which flows back at i [Pa sqrt(m)].
    exponent : float
        m, > 0.
    """
    margin = np.maximum(toughness - static, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        limit = np.maximum(margin / plating, (margin / backflow) ** exponent)
        limit = np.where(plating > 0, current_density * limit, np.inf)
    return float(np.min(np.where(margin > 0, limit, 0.0)))


def deepest_flaw(scale: Values, shape: Values, number: Values) -> Values:
    """Return the depth [m] that the deepest of some flaws exceeds with even odds.

    There number exp(-(a/scale)^shape) = ln 2, flaws scattered at random; 0 where there may well be
    none.

    Parameters
    ----------
    scale : float
        Weibull scale of the depths [m], > 0.
    shape : float
        Weibull shape, > 0.
    number : float
        Expected number of flaws, >= 0.
    """
    return scale * np.log(max(number / np.log(2.0), 1.0)) ** (1.0 / shape)


def penetration_risk(
    intensity: NDArray,
    toughness: float,
    probability: NDArray,
    density: float,
    area: float,
    site_weight: NDArray,
) -> float:
    """Return 1 - exp(-N), N = density area sum_x w_x sum_a P_a [K(x, a) >= K_Ic]; 0 to 1.

    Parameters
    ----------
    intensity : (x, a) array
        K at each site and depth [Pa sqrt(m)].
    toughness : float
        K_Ic [Pa sqrt(m)].
    probability : (a,) array
        Probability of each depth class.
    density : float
        Flaws per area [1/m2].
    area : float
        Area [m2].
    site_weight : (x,) array
        Share of the interface that each site stands for, adding up to 1.
    """
    running = failing_share(intensity, toughness)
    return failure_probability(expected_failures(running, probability, density, area, site_weight))
