"""A void beside which lithium is stripped, at some stack pressures: the runs of studies/voids.toml in one picture.

Run `chemomech study studies/voids.toml --out results/voids`, then `python docs/figures/voids.py [FOLDER ...]` (default
results/voids) to draw docs/images/voids.png.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from chemomech.constants import FARADAY

ROOT = Path(__file__).parents[2]
UM = 1e-6


def runs(folders):
    """(result, time series, voids.npz) of every case, by stack pressure."""
    found = []
    for path in (path for folder in folders for path in sorted(Path(folder).glob("cases/*/result.json"))):
        with np.load(path.parent / "voids.npz") as file:
            shapes = {name: file[name] for name in file.files}
        found.append((json.loads(path.read_text()), pd.read_csv(path.parent / "timeseries.csv"), shapes))
    return sorted(found, key=lambda each: each[0]["case"]["stack"]["pressure"])


def draw(folders, target):
    """All panels; prints the numbers that the text quotes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(9.0, 5.6), layout="constrained")
    volume, contact, shape, loss = axes.flat
    for number, (result, table, shapes) in enumerate(runs(folders)):
        pressure, colour = result["case"]["stack"]["pressure"] / 1e6, f"C{number}"
        charge, style = 1e3 * table["charge_mAh_cm2"], {"color": colour, "marker": ".", "lw": 1.2}
        volume.plot(charge, 1e3 * table["void_volume_um"], label=f"{pressure:g} MPa", **style)
        contact.plot(charge, 100 * (1 - table["void_share"]), **style)
        loss.plot(charge[1:], table["voltage_loss_mV"][1:], **style)
        x = shapes["position"][:, 0] / UM
        if number == 0:
            shape.plot(x, 1e3 * shapes["opening"][0] / UM, "k:", lw=1.0, label="start")
        shape.plot(x, 1e3 * shapes["opening"][-1] / UM, color=colour, lw=1.2)
        last, first = table.iloc[-1], table.iloc[0]
        stripped = 13e-6 * 36.0 * 1e3 * last["charge_mAh_cm2"] / 1e3 * 1e3 / FARADAY / UM
        print(
            f"{pressure} MPa: stripped {stripped * 1e3:.0f} nm; void volume {first['void_volume_um']:.4f} -> {last['void_volume_um']:.4f} um, "
            f"depth {first['void_depth_um']:.3f} -> {last['void_depth_um']:.3f} um, share {first['void_share']:.2f} -> {last['void_share']:.2f}, "
            f"least contact {100 * (1 - table['void_share'].max()):.0f} %, conducting {last['contact_fraction_anode']:.4f}, "
            f"focusing {table['current_focusing_anode'][1:].max():.2f}, loss {last['voltage_loss_mV']:.1f} mV, "
            f"energy error {last['energy_balance_error']:.4f}, strain {last['lithium_creep_strain_largest']:.3f}, {last['lithium_creep_strain_mean']:.3f}"
        )
    volume.set(ylabel="void volume per area [nm]", ylim=(0, None))
    contact.set(ylabel="face that touches [%]", ylim=(0, 105))
    loss.set(ylabel="overpotential [mV]", ylim=(0, None))
    for axis in (volume, contact, loss):
        axis.set_xlabel("charge stripped [µAh cm⁻²]")
    shape.set(xlabel="along the face [µm]", ylabel="void's depth at the end [nm]", ylim=(0, None))
    shape.legend(frameon=False)
    volume.legend(title="stack pressure", frameon=False)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, dpi=150)


if __name__ == "__main__":
    draw(sys.argv[1:] or [ROOT / "results" / "voids"], ROOT / "docs" / "images" / "voids.png")
