"""Masias et al. 2019, J. Mater. Sci. 54, 2585: creep of lithium in tension, tables S1 and S2, †.

The library's creep is the fit of this script: a straight line through the logarithms of the seven
smallest secondary rates, about 0.4 MPa, where rate and exponent are independent. Room temperature,
about 26 degC; one test per stress except 0.4 MPa. That of Roy et al. 2021 is its alternative.

Run as `python studies/published/masias2019.py` to draw docs/images/masias2019.png.
"""

from dataclasses import dataclass

import numpy as np
from doux2020 import equal_pressure, hours_to_short
from kasemchainan2019 import critical
from system import MPA, canvas, load, save

from chemomech.materials import load_material
from chemomech.setup.bulk_terms import CREEP

# MPa, 1/s †
TENSION = np.array(
    [
        [0.200, 2.00e-7],
        [0.301, 4.95e-6],
        [0.396, 1.58e-5],
        [0.400, 1.34e-5],
        [0.400, 1.36e-5],
        [0.400, 1.72e-5],
        [0.600, 3.89e-4],
    ]
)
MIDDLE = 0.4  # MPa


@dataclass(frozen=True)
class Fit:
    """ln rate = ln rate_0 + m ln(stress/MIDDLE): rate_0 [1/s], m, their deviations, the scatter.

    rate_factor and scatter are factors of one standard deviation, of rate_0 and of a test.
    """

    rate: float
    exponent: float
    rate_factor: float
    exponent_deviation: float
    scatter: float

    def __call__(self, stress):
        """Rate [1/s] at a stress [MPa]."""
        return self.rate * (np.asarray(stress) / MIDDLE) ** self.exponent


def fit(tests=TENSION):
    """Fit of (stress [MPa], rate [1/s]) by least squares in the logarithm of the rate."""
    (exponent, rate), covariance = np.polyfit(
        np.log(tests[:, 0] / MIDDLE), np.log(tests[:, 1]), 1, cov="unscaled"
    )
    found = Fit(float(np.exp(rate)), float(exponent), 1.0, 0.0, 1.0)
    left = np.log(tests[:, 1] / found(tests[:, 0]))
    scatter = np.sqrt(np.sum(left**2) / (len(tests) - 2))
    spread = scatter * np.sqrt(np.diag(covariance))
    return Fit(
        found.rate, found.exponent, float(np.exp(spread[1])), float(spread[0]), np.exp(scatter)
    )


def library_rate(stress, **alternatives):
    """Rate [1/s] of the library's creep at a stress [MPa]."""
    lithium = load_material({"base": "lithium", **alternatives})
    rate, unit, exponent = (lithium.get(name) for name in CREEP)
    return rate * (np.asarray(stress) * MPA / unit) ** exponent


def consequences(system):
    """What hangs on the choice, each with the library's creep and with that of Roy et al. 2021.

    Critical stripping currents [mA/cm2] of voids at 3 and 7 MPa and hours to short at 10 MPa by
    this creep alone, and the pressure [MPa] above which it outruns diffusion in lithium's grains.
    """
    roy = load_material({"base": "lithium", "alternatives": "Roy 2021"})
    other = type(system)(system.values, system.materials | {"lithium": roy}, system.fitted)
    return {
        name: {
            "stripping_mA_cm2": critical(each, [3.0, 7.0], each.creep, each.void_radius),
            "hours_to_short": float(hours_to_short(each, 10.0, (each.creep,))),
            "equal_MPa": equal_pressure(each),
        }
        for name, each in (("library", system), ("Roy 2021", other))
    }


def claims():
    """Numbers of the text; asserts what it says of them."""
    system = load("li_li6ps5cl")
    found, without = fit(), fit(TENSION[:-1])
    lithium = load_material("lithium")
    assert abs(found.exponent - 6.56) < 0.005 and abs(without.exponent - 6.04) < 0.01  # as printed
    assert abs(lithium.creep_exponent - found.exponent) < 0.005
    assert abs(lithium.creep_rate / found.rate - 1.0) < 0.01
    stress, rate = TENSION.T
    mine, roy = library_rate(stress) / rate, library_rate(stress, alternatives="Roy 2021") / rate
    assert mine.min() > 0.59 and mine.max() < 1.43
    assert roy.min() > 1.9 and roy.max() > 15.9
    return {
        "fit": found,
        "library over tests": mine,
        "Roy over tests": roy,
        "consequences": consequences(system),
    }


def draw():
    """One panel."""
    found, (figure, (axis,)) = fit(), canvas(1, width=5.2)
    stress = np.geomspace(0.15, 2.0, 60)
    inside = stress[(stress >= 0.2) & (stress <= 0.6)]
    axis.loglog(stress, library_rate(stress), ":", color="C0")
    axis.loglog(inside, library_rate(inside), color="C0", label="library: fit, dotted beyond tests")
    away = np.abs(np.log(stress / MIDDLE)) * found.exponent_deviation
    spread = np.exp(np.hypot(np.log(found.rate_factor), away))
    axis.fill_between(
        stress, found(stress) / spread, found(stress) * spread, color="C0", alpha=0.15, lw=0,
        label="one standard deviation of the fit",
    )  # fmt: skip
    axis.loglog(stress, library_rate(stress, alternatives="Roy 2021"), "--", color="C1",
                label="alternative: Roy 2021")  # fmt: skip
    axis.loglog(*TENSION.T, "ko", label="Masias 2019 †, tension")
    axis.set(title="creep of lithium at room temperature", xlabel="stress [MPa]",
             ylabel="rate [1/s]")  # fmt: skip
    save(figure, "masias2019")


if __name__ == "__main__":
    print(claims())
    draw()
