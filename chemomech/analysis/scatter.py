"""What scatters of the penetration chain: samples of the uncertain inputs, and bands over them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chemomech.analysis.penetration import Drive, backflow_pressure, critical_currents, drive
from chemomech.physics.interfaces import contact
from chemomech.physics.lithium import penetration


@dataclass(frozen=True)
class UncertaintyInputs:
    """What scatters, and how.

    Attributes
    ----------
    samples : int
        Number of samples.
    fracture_toughness : float
        Relative standard deviation.
    anode_resistance, lithium_hardness, flaw_depth, creep_rate : float
        Factors of one standard deviation, >= 1.
    seed : int
        Of the draws.
    contact_law : str or callable
        A name of physics.interfaces.contact.CONTACT_LAWS, or a function.
    conforming_pressure : float
        Of that law [Pa], which lithium_hardness scatters.
    """

    samples: int
    fracture_toughness: float
    anode_resistance: float
    lithium_hardness: float
    flaw_depth: float
    seed: int
    contact_law: str | Callable
    conforming_pressure: float
    creep_rate: float = 1.0


@dataclass(frozen=True)
class Draw:
    """One sample.

    Attributes
    ----------
    toughness : float
        [Pa sqrt(m)].
    overpotential : (t, x) array
        Factor on it.
    size, rate : float
        Factors on the flaws' depths and on the creep rate.
    """

    toughness: float
    overpotential: np.ndarray
    size: float
    rate: float


def draws(sites, inputs, uncertainty):
    """Yield Draw after Draw of the uncertain inputs, the same ones for the same seed.

    Sampled independently: toughness (normal, cut at a tenth of its mean), anode resistance, lithium
    hardness, flaw depths and creep rate (log-normal). Resistance and hardness act through the
    overpotential, eta' = m f(H)/f(H') eta, with the current distribution of the run kept.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    uncertainty : UncertaintyInputs
        What scatters, and how.
    """
    generator = np.random.default_rng(uncertainty.seed)
    normal = generator.standard_normal((uncertainty.samples, 4))
    toughness = inputs.toughness * np.maximum(
        1.0 + uncertainty.fracture_toughness * normal[:, 0], 0.1
    )
    resistance = uncertainty.anode_resistance ** normal[:, 1]
    law, conforming = (
        contact.first_loading(uncertainty.contact_law),
        uncertainty.conforming_pressure,
    )
    softer = uncertainty.lithium_hardness ** normal[:, 2]
    size = uncertainty.flaw_depth ** normal[:, 3]
    rate = uncertainty.creep_rate ** generator.standard_normal(uncertainty.samples)
    base = np.maximum(law(sites.contact_pressure, conforming), 1e-12)
    for k in range(uncertainty.samples):
        real = np.maximum(law(sites.contact_pressure, conforming * softer[k]), 1e-12)
        yield Draw(toughness[k], resistance[k] * base / real, size[k], rate[k])


def quantiles_of(values, quantiles=(0.1, 0.5, 0.9)):
    """Return quantiles of samples (k, n) as (q, n).

    Between two infinities numpy finds no number, and the quantile is infinite.
    """
    with np.errstate(invalid="ignore"):
        rows = np.quantile(np.array(values), quantiles, axis=0)
    return np.where(np.isnan(rows), np.inf, rows)


def penetration_band(sites, inputs, uncertainty, quantiles=(0.1, 0.5, 0.9)):
    """Return quantiles of K/K_Ic, critical current density and risk over `draws`: name -> list.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    uncertainty : UncertaintyInputs
        What scatters, and how.
    quantiles : sequence of float
        0 to 1.
    """
    d = drive(sites, inputs)
    plates = np.flatnonzero(sites.overpotential.max(axis=1) > 0)
    every = np.append(d.depths, inputs.depth)
    values = []
    for draw in draws(sites, inputs, uncertainty):
        taken = inputs.with_draw(draw.toughness, draw.size, draw.rate)
        root, factor = np.sqrt(draw.size), draw.overpotential
        deep = draw.size * every
        backflow = penetration.plating_intensity(deep, backflow_pressure(sites, taken, deep))
        # A flaw m times as deep under a slowly varying stress: K grows with sqrt(m).
        drawn = Drive(
            depths=deep[:-1],
            probability=d.probability,
            static=root * d.static,
            overpotential=root * factor[..., None] * d.overpotential,
            backflow=backflow[:, :-1],
            named_static=root * d.named_static,
            named_overpotential=root * factor * d.named_overpotential,
            named_backflow=backflow[:, -1],
        )
        limits = critical_currents(sites, drawn, taken)
        worst = (drawn.static + drawn.plating).max(axis=0)
        risk = penetration.penetration_risk(
            worst, draw.toughness, d.probability, inputs.density, inputs.area, sites.weight
        )
        named = (drawn.named_static + drawn.named_plating).max()
        values.append(
            (named / draw.toughness, min((limits[t] for t in plates), default=np.inf), risk)
        )
    names = ("max_K_over_KIc", "critical_current_density", "penetration_risk")
    rows = quantiles_of(values, quantiles)
    return {name: [float(value) for value in rows[:, i]] for i, name in enumerate(names)}
