"""Kasemchainan et al. 2019, Nat. Mater. 18, 1105: critical stripping current of Li | Li6PS5Cl, †.

A void on the face grows when stripping outruns the flow that closes it (physics.voids). Nothing is
fitted here: lithium's diffusional creep has the grain size that doux2020.py was fitted with; the
void's radius, 1 um, is assumed.

Run as `python studies/published/kasemchainan2019.py` to draw docs/images/kasemchainan2019.png.
"""

import numpy as np
from doux2020 import creeps
from system import MA_CM2, MPA, UM, canvas, load, save

from chemomech.physics.lithium.voids import critical_stripping_current, equilibrium_radius

PUBLISHED = np.array([[3, 0.2], [7, 1.0]])  # MPa, mA/cm2 †


def critical(system, pressures, creep, radius):
    """Critical stripping current density [mA/cm2] at pressures [MPa] of voids of a radius [m]."""
    volume = system.materials["lithium"].molar_volume
    return critical_stripping_current(np.asarray(pressures) * MPA, radius, creep, volume) / MA_CM2


def claims():
    """Numbers of the text; asserts what it says of them."""
    system = load("li_li6ps5cl")
    dislocations, diffusion = creeps(system)
    found = critical(system, PUBLISHED[:, 0], diffusion, system.void_radius)
    ratio = found / PUBLISHED[:, 1]
    assert 0.9 < ratio[0] < 1.0 and 0.43 < ratio[1] < 0.45
    fast = critical(system, PUBLISHED[:, 0], dislocations, system.void_radius) / PUBLISHED[:, 1]
    assert 1.1 < fast[0] < 1.3 and fast[1] > 60.0
    # Small lithium is strong: at the strength of pillars the power law stands still.
    strong = dislocations._replace(stress=dislocations.stress * system.pillar_strength / 0.8e6)
    held = critical(system, 3.0, strong, system.void_radius)
    assert held < 1e-6
    published = np.log(PUBLISHED[1, 1] / PUBLISHED[0, 1]) / np.log(
        PUBLISHED[1, 0] / PUBLISHED[0, 0]
    )
    radii = [critical(system, 3.0, diffusion, radius * UM) for radius in (0.3, 3.0)]
    volume = system.materials["lithium"].molar_volume
    return {
        "by diffusion": found,
        "over published": ratio,
        "by dislocations over published": fast,
        "exponent": 1.0,
        "exponent published": published,
        "radii 0.3 and 3 um": radii,
        "radius held by dislocations_um": equilibrium_radius(2.0, 3 * MPA, dislocations, volume)
        / UM,
        "at pillar strength": held,
    }


def draw():
    """One panel."""
    system = load("li_li6ps5cl")
    figure, (axis,) = canvas(1, width=5.2)
    pressure = np.geomspace(1, 12, 50)
    dislocations, diffusion = creeps(system)
    low, high = (critical(system, pressure, diffusion, radius * UM) for radius in (0.3, 3.0))
    axis.fill_between(
        pressure, low, high, color="C0", alpha=0.15, lw=0, label="voids of 0.3 to 3 µm"
    )
    axis.loglog(pressure, critical(system, pressure, diffusion, system.void_radius), color="C0",
                label="diffusional flow, voids of 1 µm")  # fmt: skip
    axis.loglog(
        pressure,
        critical(system, pressure, dislocations, system.void_radius),
        ":",
        color="C1",
        label="bulk power-law creep, 1 µm",
    )
    axis.loglog(*PUBLISHED.T, "ko", label="Kasemchainan 2019 †")
    axis.set(title="critical stripping, nothing fitted here", xlabel="stack pressure [MPa]",
             ylabel="current density [mA cm⁻²]", ylim=(1e-2, 1e3))  # fmt: skip
    save(figure, "kasemchainan2019")


if __name__ == "__main__":
    print(claims())
    draw()
