"""One charge and discharge with and without what mechanics hands back to electrochemistry.

The cell of studies/stack_pressure.toml at 5 MPa and C/2. One way: swelling loads the interfaces,
but the current flows as through fresh ones and as without stress. Nothing is fitted.

Run as `python docs/figures/coupling.py` to draw docs/images/coupling.png.
"""

import tempfile
from pathlib import Path

import pandas as pd

from chemomech.case import parse_case
from chemomech.runs.run import run
from chemomech.study.plan import load_study

ROOT = Path(__file__).parents[2]
PROTOCOL = ["Charge at C/2 until 4.3 V", "Discharge at C/2 until 3.5 V"]
FEEDBACK = {
    "none": ("one way", "#7F7F7F"),
    "stress": ("stress", "#E69F00"),
    "contact": ("contact", "#56B4E9"),
    "contact_and_stress": ("both", "#000000"),
}


def runs(pressure="5 MPa"):
    """Run the study's cell: feedback -> (result, time series)."""
    table = load_study(ROOT / "studies" / "stack_pressure.toml").cases[0].table
    found = {}
    for feedback in FEEDBACK:
        case = parse_case(
            table
            | {
                "stack": {"fixture": "constant_pressure", "pressure": pressure},
                "cycle": {"protocol": PROTOCOL},
                "solver": {"feedback": feedback},
                "output": {"fields": "none"},
            }
        )
        with tempfile.TemporaryDirectory() as folder:
            result = run(case, folder)
            found[feedback] = result, pd.read_csv(Path(folder) / "timeseries.csv")
    return found


def draw(target):
    """Draw voltage, loss and damage against charge; prints the numbers that the text quotes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(9.0, 3.0), layout="constrained")
    for feedback, (result, table) in runs().items():
        label, colour = FEEDBACK[feedback]
        charge = -table["charge_mAh_cm2"]
        style = {"color": colour, "label": label, "lw": 1.3}
        axes[0].plot(charge, table["voltage_V"], **style)
        axes[1].plot(charge, table["voltage_loss_mV"], **style)
        axes[2].plot(charge, table["mean_damage_cathode"], **style)
        s = result["summary"]
        print(
            f"{label:8s} charge {s['charge_capacity_mAh_cm2']:.3f}, "
            f"discharge {s['discharge_capacity_mAh_cm2']:.3f} mAh/cm2, "
            f"loss {s['voltage_loss_mV']:.0f} mV, "
            f"damage {table['mean_damage_cathode'].iloc[-1]:.3f}, "
            f"K/K_Ic {s['max_K_over_KIc']:.2f}, energy error {s['energy_balance_error']:.1e}"
        )
    for axis, text in zip(
        axes, ("voltage [V]", "voltage loss [mV]", "mean damage, cathode [–]"), strict=True
    ):
        axis.set(xlabel="charge passed [mAh cm⁻²]", ylabel=text)
    axes[0].legend(title="fed back", frameon=False)
    figure.savefig(target, dpi=150)


if __name__ == "__main__":
    draw(ROOT / "docs" / "images" / "coupling.png")
