"""What the laws for lithium say beside published figures, in one picture; every published number is second-hand.

Resistance of Li | Li6PS5Cl on loading and unloading and times to short (Doux et al. 2020), Li | LLZO (Krauskopf et al.
2019, in Eckhardt et al. 2023), critical stripping current (Kasemchainan et al. 2019), and the current above which a plated
wave grows. What is fitted stands in each panel's title.

Run as `python docs/figures/lithium.py` to draw docs/images/lithium.png.
"""

from pathlib import Path

import numpy as np

from chemomech.materials import load_material
from chemomech.physics import contact, extrusion, stability, voids
from chemomech.physics.contact import RoughContact, advance, initial_memory
from chemomech.physics.extrusion import Creep

ROOT = Path(__file__).parents[2]
MPA, HOUR, OHM_CM2, MA_CM2 = 1e6, 3600.0, 1e-4, 10.0
ROY, MASIAS = Creep(0.01, 1e6, 5.0), Creep(3.9e-4, 0.6e6, 6.56)
DOUX = np.array([[5, 110], [10, 50], [15, 40], [20, 35], [25, 32]])  # MPa, ohm
DOUX_BACK = 50.0  # ohm, at 5 MPa again
CELL = 2.0 / 0.785  # two interfaces on a disc of 10 mm: ohm of the cell over ohm cm2 of a face
SHORT = np.array([[10, 474], [15, 272], [20, 190], [25, 48]])  # MPa, h; 5 MPa: more than 1000, 75 MPa: at once
GARNET = np.array([[10, 300], [41, 50], [400, 0.1]])  # MPa, ohm cm2, the last an upper bound
STRIPPING = np.array([[3, 0.2], [7, 1.0]])  # MPa, mA/cm2


def resistances():
    """(pressures [MPa], loading, pressures back, unloading [ohm]) of a symmetric cell with the library's Li | Li6PS5Cl."""
    face = load_material("lithium|Li6PS5Cl", ROOT, "interface")
    full = 7.5 * OHM_CM2
    rough = RoughContact(face.contact_hardness, face.get("unloading_exponent"))
    up, down, memory = np.linspace(1, 25, 49), np.linspace(25, 5, 41), initial_memory((1,))
    found = []
    for pressure in (*up, *down):
        fraction, memory = advance("plastic", np.array([pressure * MPA]), memory, 0.0, rough)
        found.append(CELL * full / fraction[0] / OHM_CM2)
    return up, np.array(found[: len(up)]), down, np.array(found[len(up) :])


def times_to_short(pressure, creep):
    """(hours, radius [m]) of a 0.5 mm channel whose radius is fitted to 48 h at 25 MPa."""
    radius = extrusion.radius_filled_in(48 * HOUR, 25 * MPA, 500e-6, creep)
    return extrusion.filling_time(pressure * MPA, 500e-6, radius, creep) / HOUR, radius


def garnet(pressure):
    """Resistance [ohm cm2] by plastic spots of one fitted radius, 75 um, at a hardness of 315 MPa."""
    fraction = np.minimum(pressure * MPA / 315e6, 1.0)
    return contact.spot_resistance(75e-6, fraction, 0.046) / OHM_CM2


def draw(target):
    """All panels; prints the numbers that the text quotes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(12, 7), layout="constrained")
    resistance, short, llzo, strip, waves, flaws = axes.flat

    up, loading, down, unloading = resistances()
    resistance.loglog(up, loading, color="C0", label="law, loading")
    resistance.loglog(down, unloading, "--", color="C0", label="law, unloading")
    resistance.loglog(*DOUX.T, "ko", label="Doux 2020†")
    resistance.loglog(5, DOUX_BACK, "k^", mfc="none", label="† back at 5 MPa")
    resistance.set(title="Li | Li6PS5Cl, fitted: 32 Ω at 25 MPa", xlabel="pressure [MPa]", ylabel="resistance of the cell [Ω]")
    print("back at 5 MPa", unloading[-1], "loading", np.interp(5, up, loading), np.interp(10, up, loading))

    pressure = np.geomspace(5, 75, 60)
    for creep, label, colour in ((ROY, "creep, Roy 2021", "C1"), (MASIAS, "creep, Masias 2019†", "C2")):
        hours, radius = times_to_short(pressure, creep)
        short.loglog(pressure, hours, color=colour, label=f"{label}, {2e6 * radius:.0f} µm wide")
        print(label, radius, [float(times_to_short(p, creep)[0]) for p in (5, 10, 15, 20, 25, 75)])
    short.loglog(*SHORT.T, "ko", label="Doux 2020†")
    short.loglog(5, 1000, "k^", mfc="none", label="† more than")
    short.set(title="time to short, fitted: 48 h at 25 MPa", xlabel="pressure [MPa]", ylabel="time [h]", ylim=(0.05, 1e5))

    pressure = np.geomspace(5, 400, 60)
    llzo.loglog(pressure, np.maximum(garnet(pressure), 1e-2), color="C0", label="plastic spots")
    llzo.loglog(*GARNET.T, "ko", label="Krauskopf 2019†")
    llzo.set(title="Li | LLZO, fitted: radius 75 µm", xlabel="pressure [MPa]", ylabel="resistance [Ω cm²]")

    pressure, metal = np.geomspace(1, 10, 40), 13e-6
    radius = voids.radius_held(2.0, 3 * MPA, ROY, metal)
    strip.loglog(pressure, voids.critical_stripping_current(pressure * MPA, radius, ROY, metal) / MA_CM2, color="C1",
                 label=f"creep, voids of {1e9 * radius:.0f} nm")  # fmt: skip
    strip.loglog(*STRIPPING.T, "ko", label="Kasemchainan 2019†")
    strip.set(title="critical stripping, fitted: 3 MPa", xlabel="pressure [MPa]", ylabel="current density [mA cm⁻²]")
    print("void radius", radius)

    wave = np.geomspace(1e-7, 1e-3, 80)
    for young, ratio, style in ((22e9, 0.2, "-"), (150e9, 0.2, "--"), (22e9, 1.5, ":")):
        limit = stability.critical_current_density(2 * np.pi / wave, 0.2, metal, 0.5, ratio, young, 0.37)
        waves.loglog(1e6 * wave, np.maximum(limit, 1e-9) / MA_CM2, style, color="C0",
                     label=f"elastic, {young / 1e9:.0f} GPa, V⁺/V {ratio}")  # fmt: skip
    limit = stability.critical_current_density(2 * np.pi / wave, 0.2, metal, 0.5, 0.2, 22e9, 0.37, flowing=True)
    waves.loglog(1e6 * wave, limit / MA_CM2, color="C1", label="flowing lithium")
    waves.set(title="waves grow above (0.2 S/m)", xlabel="wavelength [µm]", ylabel="current density [mA cm⁻²]", ylim=(1e-4, 1e6))

    width, velocity = np.geomspace(0.02, 2, 60), metal * 2.0 / 96485.33
    for depth, style in ((1e-6, ":"), (10e-6, "-"), (30e-6, "--")):
        most = extrusion.extrusion_pressure(velocity, depth, 0.5e-6 * width, ROY) / MPA
        flaws.loglog(width, most, style, color="C1", label=f"{1e6 * depth:.0f} µm deep")
        critical = 0.23e6 / (1.12 * np.sqrt(np.pi * depth)) / MPA
        flaws.axhline(critical, ls=style, color="0.5", lw=0.9)
    flaws.set(title="lithium flows back above, 0.2 mA cm⁻²", xlabel="flaw width [µm]", ylabel="pressure [MPa]")
    flaws.text(0.021, 0.4, "grey: K = K_Ic, 0.23 MPa√m", color="0.4", fontsize=8)
    for axis in axes.flat:
        axis.legend(frameon=False, fontsize=8)
        axis.title.set_fontsize(10)
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    draw(ROOT / "docs" / "images" / "lithium.png")
