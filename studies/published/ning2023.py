"""Ning et al. 2023, Nature 618, 287: initiation and propagation of dendrites in Li6PS5Cl, two
processes.

The abstract, recalled †: initiation is the filling of pores below the face through microcracks, and
pressure that builds in them because viscoplastic lithium is slowly extruded back to the face; it
depends on the local strength, the size of the pores and the current. Propagation is wedge opening:
lithium drives a dry crack from the rear; it depends on toughness, the length of the filament that
partly fills the crack, current, stack pressure and the charge of each cycle. Lower stack pressure
suppresses propagation. No number of the paper is used: sense and order of magnitude are compared,
nothing fitted.

Run as `python studies/published/ning2023.py` to draw docs/images/ning2023.png.
"""

import numpy as np
from scipy.optimize import brentq
from system import HOUR, MA_CM2, MPA, UM, canvas, load, save

from chemomech.physics.lithium import extrusion, initiation, shorting
from chemomech.physics.lithium.penetration import filled_share, profile_factor, wedged_intensity
from chemomech.units.constants import FARADAY

STACKS = (0.1, 3.0, 7.0, 25.0)  # MPa
CURRENT = 1.0  # mA/cm2
MICROCRACK = 5 * UM


def closure_share(system):
    """nu/(1 - nu): compression across the crack over the stack pressure where the sides cannot give
    way."""
    ratio = system.materials["electrolyte"].poisson_ratio
    return ratio / (1.0 - ratio)


def drive(system, depth, share, stack, plating=0.0, confined=True):
    """K/K_Ic of a crack of a depth [m] with lithium in a share of it; stack, plating [MPa]."""
    closure = closure_share(system) * stack if confined else 0.0
    intensity = wedged_intensity(depth, share * depth, (stack + plating) * MPA, closure * MPA)
    return intensity / system.materials["electrolyte"].fracture_toughness


def critical_plating(system, depth, share, stack, confined=True):
    """Pressure [MPa] by plating at which the wedge runs; 0 where the stack alone does it."""
    one = (
        wedged_intensity(depth, depth, MPA, 0.0)
        / system.materials["electrolyte"].fracture_toughness
    )
    closure = closure_share(system) * stack if confined else 0.0
    return np.maximum((1.0 / one + closure) / filled_share(share) - stack, 0.0)


def turning_share(system):
    """Share of the crack beyond which stack pressure opens it more than it closes it."""
    return brentq(lambda share: filled_share(share) - closure_share(system), 0.01, 1.0)


def initiation_current(system, radius, width=None):
    """Current density [mA/cm2] at which a pore of a radius [m] breaks."""
    pressure = initiation.pressure_by_strength(system.local_strength)
    width, volume = (
        system.crack_width if width is None else width,
        system.materials["lithium"].molar_volume,
    )
    return (
        initiation.critical_current(pressure, radius, width, MICROCRACK, system.creep, volume)
        / MA_CM2
    )


def propagation_current(system, length, stack, share=1.0, confined=True):
    """Current density [mA/cm2] whose lithium, flowing back through the filament, still drives the
    wedge.

    length [m] of the filament; the crack is length/share deep.
    """
    needed = critical_plating(system, length / share, share, stack, confined) * MPA
    volume, half = system.materials["lithium"].molar_volume, 0.5 * system.crack_width
    one = extrusion.plated_pressure(volume * MA_CM2 / FARADAY, length, half, system.creep)
    one *= profile_factor(length, half, system.creep.exponent, share)
    return (needed / one) ** system.creep.exponent


def charge_to_cross(system, depth, thickness):
    """Charge [mAh/cm2] on a wet crack's walls that takes it from a depth to the separator's
    thickness [m]."""
    electrolyte, volume = system.materials["electrolyte"], system.materials["lithium"].molar_volume
    plane = electrolyte.young_modulus / (1.0 - electrolyte.poisson_ratio**2)
    seconds = shorting.running_time(
        depth, thickness, volume * MA_CM2 / FARADAY, electrolyte.fracture_toughness, plane
    )
    return seconds / HOUR


def claims():
    """Numbers of the text; asserts what it says of them."""
    system = load("li_li6ps5cl")
    turning = turning_share(system)
    assert 0.75 < turning < 0.77
    full = [drive(system, 100 * UM, 1.0, stack) for stack in STACKS]
    half = [drive(system, 100 * UM, 0.5, stack) for stack in STACKS]
    free = [drive(system, 100 * UM, 0.5, stack, confined=False) for stack in STACKS]
    assert np.all(np.diff(full) > 0) and np.all(np.diff(half) < 0) and np.all(np.diff(free) > 0)
    radii = np.array([0.5, 1.0, 2.0, 5.0]) * UM
    starts = initiation_current(system, radii)
    # Above the critical currents of published cells, 0.4 to 2 mA/cm2.
    assert np.all(np.diff(starts) < 0) and 10.0 < starts[1] < 15.0
    wider = initiation_current(system, 1 * UM, 2 * system.crack_width) / starts[1]
    runs = {stack: propagation_current(system, 100 * UM, stack) for stack in STACKS[:3]}
    assert runs[0.1] > runs[3.0] > runs[7.0]
    # Once there, a filament is driven by less current than it takes to break a pore.
    assert propagation_current(system, 5 * UM, 0.1) < starts[1]
    charge = charge_to_cross(system, 50 * UM, 500 * UM)
    assert 0.01 < charge < 1.0
    return {
        "turning share": turning,
        "K/K_Ic, full": full,
        "half full": half,
        "half full, free sides": free,
        "initiation current": starts,
        "width doubled": wider,
        "propagation current, 100 um full": runs,
        "propagation current, 5 um full": propagation_current(system, 5 * UM, 0.1),
        "charge_mAh_cm2": charge,
    }


def draw():
    """Three panels."""
    system = load("li_li6ps5cl")
    figure, (start, wedge, run) = canvas(3, width=4.2)
    radius = np.geomspace(0.3, 8, 50)
    start.set_ylim(1e-3, 1e5)
    for width, style in ((0.4, "--"), (0.2, "-"), (0.1, ":")):
        start.loglog(radius, initiation_current(system, radius * UM, width * UM), style, color="C1",
                     label=f"microcrack {width:g} µm wide")  # fmt: skip
    start.set(title="initiation: a pore breaks above", xlabel="radius of the pore [µm]",
              ylabel="current density [mA cm⁻²]")  # fmt: skip
    share = 1.0 - np.linspace(0.99, 0, 80) ** 2  # fine where the tip gets wet
    for stack, colour in zip(STACKS, ("C0", "C2", "C1", "C3"), strict=True):
        wedge.plot(
            share,
            [drive(system, 100 * UM, each, stack, 5.0) for each in share],
            color=colour,
            label=f"{stack:g} MPa",
        )
    wedge.axvline(turning_share(system), color="0.5", lw=0.9, ls=":")
    wedge.axhline(1.0, color="0.5", lw=0.9)
    wedge.axhspan(-2, 0, color="0.93", lw=0)
    wedge.text(0.97, -0.12, "tip closed", ha="right", va="top", fontsize=8, color="0.35")
    wedge.set(
        title="crack of 100 µm, lithium at stack + 5 MPa",
        xlabel="share filled with lithium",
        xlim=(0, 1.02),
        ylabel="K/K_Ic",
        ylim=(-1.2, 2.0),
    )
    stacks = np.linspace(0.1, 25, 80)
    for share, style in ((0.5, ":"), (0.8, "--"), (1.0, "-")):
        run.plot(stacks, critical_plating(system, 100 * UM, share, stacks), style, color="C0",
                 label=f"{share:.0%} full")  # fmt: skip
    run.plot(
        stacks,
        critical_plating(system, 100 * UM, 0.5, stacks, confined=False),
        ":",
        color="C3",
        label="50% full, sides free",
    )
    run.set(title="plating pressure that runs a crack of 100 µm", xlabel="stack pressure [MPa]",
            ylabel="pressure [MPa]", ylim=(0, 62))  # fmt: skip
    save(figure, "ning2023")


if __name__ == "__main__":
    print(claims())
    draw()
