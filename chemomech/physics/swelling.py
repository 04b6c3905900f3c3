r"""Electrochemical strain of active material from its tabulated volume change.

    eps_chem = ((1 + dV(x)) / (1 + dV(x_ref)))^(1/3) - 1) 1,

x the stoichiometry, dV the relative volume change against the discharged state; isotropic.
Between the table's points dV is a monotone cubic (PCHIP), so it invents no extrema.
"""

import numpy as np
from scipy.interpolate import PchipInterpolator


def volume_change(stoichiometry, table_stoichiometry, table_value):
    """dV at a stoichiometry inside the table's range; ValueError outside."""
    x = np.asarray(stoichiometry, dtype=float)
    low, high = np.min(table_stoichiometry), np.max(table_stoichiometry)
    if np.any(x < low - 1e-9) or np.any(x > high + 1e-9):
        raise ValueError(f"stoichiometry {x} is outside the volume-change table, {low:g} to {high:g}")
    order = np.argsort(table_stoichiometry)
    curve = PchipInterpolator(np.asarray(table_stoichiometry)[order], np.asarray(table_value)[order])
    return curve(np.clip(x, low, high))


def linear_strain(relative_volume, relative_volume_reference=0.0):
    """Isotropic linear strain ((1 + dV)/(1 + dV_ref))^(1/3) - 1; dV > -1."""
    return ((1.0 + relative_volume) / (1.0 + relative_volume_reference)) ** (1.0 / 3.0) - 1.0
