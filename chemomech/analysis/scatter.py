"""What scatters of the penetration chain: samples of the uncertain inputs, and bands over them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from chemomech.analysis.penetration import critical_currents, named_flaw, population_flaws, risk_of
from chemomech.physics.interfaces import contact


@dataclass(frozen=True)
class UncertaintyInputs:
    """What scatters, and how.

    Attributes
    ----------
    samples : int
        Number of samples.
    fracture_toughness : float
        Relative standard deviation.
    anode_resistance, lithium_hardness, flaw_depth, creep_rate, diffusional_flow, pore_width : float
        Factors of one standard deviation, >= 1.
    seed : int
        Of the draws.
    contact_law : str or callable
        A name of physics.interfaces.contact.CONTACT_LAWS, or a function.
    conforming_pressure : float
        Of that law [Pa], which lithium_hardness scatters.
    joint : mapping of str to (samples,) array
        By a name of FACTORS, factors on the best value that belong together; they stand in place of
        the scatter of that name.
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
    diffusional_flow: float = 1.0
    pore_width: float = 1.0
    joint: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Draw:
    """One sample.

    Attributes
    ----------
    toughness : float
        [Pa sqrt(m)].
    overpotential : (t, x) array
        Factor on it.
    size, rate, diffusion, pore_width, width : float
        Factors on the flaws' depths, the creep rate, the diffusional flow, the pores' width and the
        flaws' widths.
    scores : dict
        By what is uncertain, the logarithm of its value over the best one.
    """

    toughness: float
    overpotential: np.ndarray
    size: float
    rate: float
    diffusion: float
    pore_width: float
    width: float
    scores: dict[str, float]

    def of(self, inputs):
        """Return the FlawInputs of this sample."""
        return inputs.with_draw(self.toughness, self.size, self.rate, self.diffusion, self.width)


FACTORS = (
    "fracture_toughness", "anode_resistance", "lithium_hardness", "flaw_depth", "creep_rate",
    "diffusional_flow", "pore_width", "flaw_width",
)  # fmt: skip
LATE = "flaw_width"  # it scatters with a card of joint samples alone


def draws(sites, inputs, uncertainty):
    """Yield Draw after Draw of the uncertain inputs, the same ones for the same seed.

    Sampled independently: toughness (normal, cut at a tenth of its mean), anode resistance, lithium
    hardness, flaw depths, creep rate, diffusional flow and pores' width (log-normal). Resistance
    and hardness act through the overpotential, eta' = m f(H)/f(H') eta, with the current
    distribution of the run kept.

    Parameters
    ----------
    sites : Sites
        At the recorded times.
    inputs : FlawInputs
        Flaws and properties.
    uncertainty : UncertaintyInputs
        What scatters, and how.
    """
    law, conforming = (
        contact.first_loading(uncertainty.contact_law),
        uncertainty.conforming_pressure,
    )
    joint = uncertainty.joint
    factors = {**_independent(uncertainty), **joint}
    base = np.maximum(law(sites.contact_pressure, conforming), 1e-12)
    for k in range(uncertainty.samples):
        own = {name: float(values[k]) for name, values in factors.items()}
        softer = own["lithium_hardness"]
        real = np.maximum(law(sites.contact_pressure, conforming * softer), 1e-12)
        yield Draw(
            inputs.toughness * own["fracture_toughness"],
            own["anode_resistance"] * base / real,
            own["flaw_depth"],
            own["creep_rate"],
            own["diffusional_flow"],
            own["pore_width"],
            own["flaw_width"],
            {name: float(np.log(own[name])) for name in FACTORS if name != LATE or name in joint},
        )


def _independent(uncertainty):
    """Return factors on the best values by the names of FACTORS, each drawn by itself."""
    generator, count = np.random.default_rng(uncertainty.seed), uncertainty.samples
    normal = generator.standard_normal((count, 4))
    toughness = np.maximum(1.0 + uncertainty.fracture_toughness * normal[:, 0], 0.1)
    rate = uncertainty.creep_rate ** generator.standard_normal(count)
    later = generator.standard_normal((2, count))
    found = (
        toughness,
        uncertainty.anode_resistance ** normal[:, 1],
        uncertainty.lithium_hardness ** normal[:, 2],
        uncertainty.flaw_depth ** normal[:, 3],
        rate,
        uncertainty.diffusional_flow ** later[0],
        uncertainty.pore_width ** later[1],
        np.ones(count),
    )
    return dict(zip(FACTORS, found, strict=True))


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
    plates = np.flatnonzero(sites.overpotential.max(axis=1) > 0)
    static = [each(sites, inputs).static()[..., None] for each in (population_flaws, named_flaw)]
    values = []
    for draw in draws(sites, inputs, uncertainty):
        taken = draw.of(inputs)
        # A flaw m times as deep under a slowly varying stress: K grows with sqrt(m).
        worst, named = (
            np.sqrt(draw.size) * without + each(sites, taken).plating(draw.overpotential)
            for without, each in zip(static, (population_flaws, named_flaw), strict=True)
        )
        limits = critical_currents(sites.at(plates), taken, draw.overpotential[plates])
        values.append(
            (
                named.max() / draw.toughness,
                min(limits, default=np.inf),
                risk_of(sites, taken, worst.max(axis=0)),
            )
        )
    names = ("max_K_over_KIc", "critical_current_density", "penetration_risk")
    rows = quantiles_of(values, quantiles)
    return {name: [float(value) for value in rows[:, i]] for i, name in enumerate(names)}
