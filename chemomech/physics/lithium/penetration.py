r"""Lithium pressed and plated into edge flaws of the electrolyte: drive, criterion and risk.

A flaw of depth a at the lithium interface is filled with lithium at the pressure

    p(s) = p_contact + F eta/V_Li,     net opening pressure p(s) + sigma_xx(s),

p_contact the pressure with which the lithium stands on the flaw's mouth, F eta/V_Li the plating
pressure of the overpotential eta on plating sites (Duan et al. 2023: 10 mV per 75 MPa), and
sigma_xx the stress across the flaw's line in the unflawed electrolyte (compression closes).
The flaw runs when K >= K_Ic. Flaws are spread with a density per area and Weibull depths,
P(depth > a) = exp(-(a/scale)^shape); by weakest link the risk of at least one running flaw on
an area A is 1 - exp(-N), N the expected number of running flaws.

That a flaw has to fill first is in `shorting`, that lithium which flows back out of a wide one bounds its
pressure in `extrusion.plated_pressure`; `observables` takes the smaller of the two pressures.
"""

import numpy as np
from scipy.special import beta, betainc

from chemomech.physics.fracture.edge_flaw import edge_flaw_intensity, edge_flaw_rule
from chemomech.units.constants import FARADAY


def plating_pressure(overpotential, molar_volume):
    """p = F eta/V [Pa]; eta [V], molar_volume [m3/mol]; 7.42 MPa per mV for lithium."""
    return FARADAY * overpotential / molar_volume


def static_intensity(depths, contact_pressure, profile_depth, lateral_stress):
    """K without current [Pa sqrt(m)], (x, a).

    depths (a,) [m]; contact_pressure (x,) [Pa] on the mouth; lateral_stress (x, z) [Pa], tension
    positive, at profile_depth (z,) [m], linear between and constant beyond.
    """
    rule, _ = edge_flaw_rule()
    sampled = depths[:, None] * rule
    net = np.stack([np.interp(sampled, profile_depth, row) for row in lateral_stress])
    return edge_flaw_intensity(net + contact_pressure[:, None, None], depths)


def plating_intensity(depths, pressure):
    """K of a uniform plating pressure (x,) or (x, a) [Pa] in flaws (a,) [m]: (x, a)."""
    rule, _ = edge_flaw_rule()
    uniform = np.ones((len(depths), len(rule)))
    return (pressure[:, None] if pressure.ndim == 1 else pressure) * edge_flaw_intensity(
        uniform, depths
    )


def filled_share(share):
    """K of a filling that presses on the rear part a_f of an edge crack alone, over that of one that fills it; 0 to 1.

    share a_f/a (...), 0 to 1. By the weight function of `fracture` with the pressure on 0 <= s <= a_f:
    1.3 asin(x) - 0.15 B(x^2; 9/8, 1/2), x = a_f/a, B the incomplete beta function. A short wedge of force P = p a_f at
    the mouth gives K = 2.6 P/sqrt(pi a).
    """
    share = np.asarray(share, dtype=float)
    curved = 0.15 * beta(1.125, 0.5)
    return (1.3 * np.arcsin(share) - curved * betainc(1.125, 0.5, share**2)) / (
        0.65 * np.pi - curved
    )


def wedged_intensity(depth, filled, pressure, closure):
    """K [Pa sqrt(m)] of an edge crack of a depth [m] with lithium in its rear part: wedge opening of a dry tip.

    filled [m], 0 to depth: how far lithium reaches from the mouth; pressure [Pa] of the lithium there; closure [Pa]:
    the electrolyte's compression across the crack, on all of it. Negative where the tip is closed.
    """
    full = edge_flaw_rule()[1].sum() * np.sqrt(depth)
    return full * (pressure * filled_share(filled / depth) - closure)


def critical_current_density(
    current_density, static, plating, toughness, backflow=np.inf, exponent=1.0
):
    """Smallest current at which some site runs [A/m2]; 0 when it runs without current.

    static, plating (x,) [Pa sqrt(m)] of one flaw depth at each site for the given current density i; the current that
    overpotential asks for is i (K_Ic - K_static)/K_plating. backflow (x,) [Pa sqrt(m)]: K of the largest pressure that
    lithium stands which flows back at i; it grows as i^(1/m), m the exponent, so both are met at the larger of the two.
    """
    margin = np.maximum(toughness - static, 0.0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        limit = np.maximum(margin / plating, (margin / backflow) ** exponent)
        limit = np.where(plating > 0, current_density * limit, np.inf)
    return float(np.min(np.where(margin > 0, limit, 0.0)))


def flaw_depth_grid(scale, shape, count=60):
    """Depths (n,) [m] and probabilities (n,) of equal-probability classes down to the deepest 1e-6 of the flaws.

    Classes are even in the exponent of the survival probability, so the dangerous tail is resolved.
    """
    edges = np.linspace(0.0, np.log(1e6), count + 1)
    survival = np.exp(-edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    return scale * middle ** (1.0 / shape), survival[:-1] - survival[1:]


def deepest_flaw(scale, shape, number):
    """Depth [m] that the deepest of `number` expected flaws exceeds with even odds; 0 where there may well be none.

    number exp(-(a/scale)^shape) = ln 2, flaws scattered at random.
    """
    return scale * np.log(max(number / np.log(2.0), 1.0)) ** (1.0 / shape)


def penetration_risk(intensity, toughness, probability, density, area, site_weight):
    """1 - exp(-N), N = density area sum_x w_x sum_a P_a [K(x, a) >= K_Ic]; between 0 and 1.

    intensity (x, a); probability (a,) of each depth class; density [1/m2]; area [m2];
    site_weight (x,): share of the interface each site stands for, adding up to 1.
    """
    running = (intensity >= toughness) @ probability
    return float(-np.expm1(-density * area * np.dot(site_weight, running)))
