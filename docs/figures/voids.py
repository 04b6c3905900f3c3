"""A void beside which lithium is stripped or plated, without and with vacancies that gather in it.

Run `chemomech study studies/voids.toml --out results/voids` and alike void_vacancies, then `python
docs/figures/voids.py [FOLDER ...]` (default results/voids results/void_vacancies) to draw
docs/images/voids.png.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from chemomech.units.constants import FARADAY

ROWS = ("stripped", "plated", "stripped, vacancies gather")
HARDLY = 1e-15  # diffusivity [m2/s] below which vacancies do not reach the void
ROOT = Path(__file__).parents[2]
UM = 1e-6
COLOURS = {0.4: "C0", 0.6: "C1", 1.0: "C2"}  # by stack pressure [MPa]


def runs(folders):
    """Read (result, time series, voids.npz) of every case, by stack pressure."""
    found = []
    for path in (
        path for folder in folders for path in sorted(Path(folder).glob("cases/*/result.json"))
    ):
        with np.load(path.parent / "voids.npz") as file:
            shapes = {name: file[name] for name in file.files}
        found.append(
            (json.loads(path.read_text()), pd.read_csv(path.parent / "timeseries.csv"), shapes)
        )
    return sorted(found, key=lambda each: each[0]["case"]["stack"]["pressure"])


def draw(folders, target):
    """Draw all panels; prints the numbers that the text quotes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        3, 3, figsize=(11.0, 8.2), layout="constrained", sharex="col", sharey="col"
    )
    for result, table, shapes in runs(folders):
        case = result["case"]
        pressure, diffusivity = (
            case["stack"]["pressure"] / 1e6,
            case["voids"]["vacancy_diffusivity"],
        )
        row = 2 if diffusivity else int(table["charge_mAh_cm2"].iloc[-1] < 0)
        hardly = diffusivity is not None and diffusivity < HARDLY
        volume, shape, loss = axes[row]
        colour, charge = COLOURS[pressure], 1e3 * table["charge_mAh_cm2"].abs()
        style = {"color": colour, "marker": ".", "lw": 1.2, "ls": "--" if hardly else "-"}
        volume.plot(
            charge,
            1e3 * table["void_volume_um"],
            label=None if hardly else f"{pressure:g} MPa",
            **style,
        )
        loss.plot(charge[1:], table["voltage_loss_mV"][1:], **style)
        x = shapes["position"][:, 0] / UM
        if not shape.lines:
            shape.plot(x, 1e3 * shapes["opening"][0] / UM, "k:", lw=1.2, label="at the start")
        shape.plot(x, 1e3 * shapes["opening"][-1] / UM, color=colour, lw=1.2, ls=style["ls"])
        _say(ROWS[row] + ", hardly" * hardly, pressure, table)
    for row, word in zip(axes, ROWS, strict=True):
        row[0].set(ylabel=f"lithium {word}\nvoid volume per area [nm]", ylim=(0, None))
        row[1].set(ylabel="gap at the end [nm]", ylim=(0, None))
        row[2].set(ylabel="overpotential [mV]", ylim=(0, None))
    for axis, label in zip(
        axes[-1], ("charge [µAh cm⁻²]", "along the face [µm]", "charge [µAh cm⁻²]"), strict=True
    ):
        axis.set_xlabel(label)
    axes[0, 1].legend(frameon=False)
    for row in (0, 2):
        axes[row, 2].legend(
            *axes[row, 0].get_legend_handles_labels(),
            title="stack pressure",
            frameon=False,
            ncols=3,
        )
    vacancies = [axes[2, 0].plot([], [], f"k{ls}", lw=1.2)[0] for ls in ("-", "--")]
    axes[2, 0].legend(
        vacancies, ("vacancies gather", "hardly any vacancies"), frameon=False, loc="lower left"
    )
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=130)


def _say(word, pressure, table):
    """Print the numbers of one case."""
    first, last = table.iloc[0], table.iloc[-1]
    thickness = 13e-6 * 36000.0 * abs(last["charge_mAh_cm2"]) / FARADAY / 1e-9
    print(
        f"{word} at {pressure:g} MPa: {thickness:.0f} nm; "
        f"void volume {1e3 * first['void_volume_um']:.1f} -> "
        f"{1e3 * last['void_volume_um']:.1f} nm, depth {1e3 * first['void_depth_um']:.0f} -> "
        f"{1e3 * last['void_depth_um']:.0f} nm, "
        f"share {first['void_share']:.2f} -> {last['void_share']:.2f}; contact "
        f"{1e2 * table['contact_fraction_anode'].iloc[1]:.2f} -> "
        f"{1e2 * last['contact_fraction_anode']:.2f} %; overpotential "
        f"{table['voltage_loss_mV'].iloc[1]:.1f} -> "
        f"{last['voltage_loss_mV']:.1f} mV, focusing at most "
        f"{table['current_focusing_anode'][1:].max():.1f}, energy error "
        f"{last['energy_balance_error']:.4f}, strain {last['lithium_creep_strain_largest']:.3f}, "
        f"{last['lithium_creep_strain_mean']:.3f}"
    )


if __name__ == "__main__":
    draw(
        sys.argv[1:] or [ROOT / "results" / "voids", ROOT / "results" / "void_vacancies"],
        ROOT / "docs" / "images" / "voids.png",
    )
