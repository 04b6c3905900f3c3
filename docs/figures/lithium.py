"""When a plating face stays flat and how hard lithium can press in a flaw, in one picture.

Nothing is fitted. Run as `python docs/figures/lithium.py` to draw docs/images/lithium.png.
Published figures: studies/published.
"""

from pathlib import Path

import numpy as np

from chemomech.physics.lithium import extrusion, stability
from chemomech.physics.lithium.extrusion import Creep
from chemomech.physics.lithium.penetration import profile_factor

ROOT = Path(__file__).parents[2]
MPA, MA_CM2 = 1e6, 10.0
ROY = Creep(0.01, 1e6, 5.0)


def draw(target):
    """Draw both panels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (waves, flaws) = plt.subplots(1, 2, figsize=(8.4, 3.6), layout="constrained")
    metal = 13e-6
    wave = np.geomspace(1e-7, 1e-3, 80)
    for young, ratio, style in ((22e9, 0.2, "-"), (150e9, 0.2, "--"), (22e9, 1.5, ":")):
        limit = stability.critical_current_density(
            2 * np.pi / wave, 0.2, metal, 0.5, ratio, young, 0.37
        )
        waves.loglog(1e6 * wave, np.maximum(limit, 1e-9) / MA_CM2, style, color="C0",
                     label=f"elastic, {young / 1e9:.0f} GPa, V⁺/V {ratio}")  # fmt: skip
    limit = stability.critical_current_density(
        2 * np.pi / wave, 0.2, metal, 0.5, 0.2, 22e9, 0.37, True
    )
    waves.loglog(1e6 * wave, limit / MA_CM2, color="C1", label="flowing lithium")
    waves.set(
        title="waves grow above (0.2 S/m)",
        xlabel="wavelength [µm]",
        ylabel="current density [mA cm⁻²]",
        ylim=(1e-4, 1e6),
    )

    width, velocity = np.geomspace(0.02, 2, 60), metal * 2.0 / 96485.33
    for depth, style in ((1e-6, ":"), (10e-6, "-"), (30e-6, "--")):
        most = extrusion.plated_pressure(velocity, depth, 0.5e-6 * width, ROY) / MPA
        # As one pressure on all of the flaw: the profile falls from the tip to the mouth.
        most *= [profile_factor(depth, 0.5e-6 * each, ROY.exponent) for each in width]
        flaws.loglog(width, most, style, color="C1", label=f"{1e6 * depth:.0f} µm deep")
        critical = 0.23e6 / (1.1215 * np.sqrt(np.pi * depth)) / MPA
        flaws.axhline(critical, ls=style, color="0.5", lw=0.9)
    flaws.set(
        title="lithium flows back above, 0.2 mA cm⁻²",
        xlabel="flaw width [µm]",
        ylabel="pressure [MPa]",
    )
    flaws.text(0.021, 0.4, "grey: K = K_Ic, 0.23 MPa√m", color="0.4", fontsize=8)
    for axis in (waves, flaws):
        axis.legend(frameon=False, fontsize=8)
        axis.title.set_fontsize(10)
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    draw(ROOT / "docs" / "images" / "lithium.png")
