"""Contact lost over cycles in a small cell: all computed, most jumped over, without fatigue.

Three particles of the cathode shrink by about 1 % (linear) as the cell is charged to 4.23 V. Their
interface is strong enough to keep most of its area in the first cycle; from then on only fatigue
opens it. Strength, fracture energy and fatigue length are chosen to show this within 200 cycles,
not fitted to any cell.

Run as `python docs/figures/fatigue.py` to draw docs/images/fatigue.png.
"""

import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from chemomech.case import parse_case
from chemomech.runs.run import run

CELL = {
    "name": "fatigue of a small cell",
    "geometry": {
        "recipe": "layered_cell",
        "width": "10 um",
        "lithium_thickness": "3 um",
        "separator_thickness": "8 um",
        "cathode_thickness": "10 um",
        "collector_thickness": "1 um",
        "seed": 1,
        "particles": {
            "radius_mean": "1.8 um",
            "radius_standard_deviation": "0.1 um",
            "radius_minimum": "1.5 um",
            "radius_maximum": "2.1 um",
            "area_fraction": 0.35,
            "minimum_gap": "0.6 um",
        },
        "mesh": {"size_interface": "1.1 um", "size_bulk": "6 um"},
    },
    "materials": {
        "lithium": "lithium",
        "separator": "Li6PS5Cl",
        "electrolyte": "Li6PS5Cl",
        "active": "NMC811",
        "collector": "aluminium",
    },
    "stack": {"fixture": "constant_pressure", "pressure": "10 MPa"},
    "flaw": {"depth": "4 um"},
    "uncertainty": {"samples": 20},
    "output": {"fields": "none"},
}
FACE = {
    "base": "NMC811|Li6PS5Cl",
    "strength": "100 MPa",
    "fracture_energy": "10 J/m^2",
    "stiffness": "1e16 Pa/m",
}
FATIGUE = {"fatigue_length": "3 um", "fatigue_endurance": 0.2}
EVERY, ALL, JUMP = 30, 200, 0.05


class History(NamedTuple):
    """Of the cathode's interface when charged, in every computed cycle (n,); result: of the whole
    run.

    cycle: number; lost: 1 - conducting fraction; damage: mean debonded share.
    """

    cycle: np.ndarray
    lost: np.ndarray
    damage: np.ndarray
    result: dict


def cell_case(count, jump=0.0, fatigue=None, steps=6):
    """Make the case of a number of cycles; fatigue: properties of the interface, {} for none."""
    cycle = {
        "count": count, "jump": jump, "charge_voltage": "4.23 V", "discharge_voltage": "3.7 V",
        "current_density": "0.5 mA/cm^2",
    }  # fmt: skip
    face = FACE | (FATIGUE if fatigue is None else fatigue)
    interfaces = {"active|electrolyte": face, "lithium|separator": "lithium|Li6PS5Cl"}
    solver = {"steps_per_half_cycle": steps, "displacement_degree": 1}
    return parse_case(CELL | {"cycle": cycle, "interfaces": interfaces, "solver": solver})


def history(*choices, **named):
    """Run cell_case(...) and give its History."""
    with tempfile.TemporaryDirectory() as folder:
        result = run(cell_case(*choices, **named), folder)
        table = pd.read_csv(Path(folder) / "cycles.csv")
    lost = 1.0 - table["contact_fraction_cathode"].to_numpy()
    return History(table["cycle"].to_numpy(), lost, table["mean_damage_cathode"].to_numpy(), result)


def draw(target):
    """Draw contact loss over cycle number; prints the numbers that the text quotes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    every, jumped, without = history(EVERY), history(ALL, JUMP), history(EVERY, fatigue={})
    for name, each_run in {"every": every, "jumped": jumped, "without": without}.items():
        print(
            name,
            len(each_run.cycle),
            each_run.lost[0],
            each_run.lost[-1],
            each_run.result["summary"]["energy_balance_error"],
        )
    common = jumped.cycle[jumped.cycle <= EVERY]
    print("largest difference", np.abs(jumped.lost[: len(common)] - every.lost[common - 1]).max())

    figure, (whole, start) = plt.subplots(
        1, 2, figsize=(9, 3.6), layout="constrained", width_ratios=(3, 2)
    )
    level = np.append(without.cycle, ALL), 100 * np.append(without.lost, without.lost[-1])
    for axis, last in ((whole, ALL), (start, EVERY)):
        axis.plot(jumped.cycle, 100 * jumped.lost, color="C0", lw=1.4, label="with jumps")
        computed = f"computed among the jumps ({len(jumped.cycle)})"
        axis.plot(jumped.cycle, 100 * jumped.lost, ".", color="C0", ms=5, label=computed)
        shown = {
            "mfc": "none",
            "color": "C3",
            "ms": 6,
            "mew": 0.9,
            "markevery": 1 if axis is start else (4, 5),
        }
        axis.plot(
            every.cycle, 100 * every.lost, "o", label=f"every cycle computed ({EVERY})", **shown
        )
        axis.plot(*level, "--", color="0.4", lw=1.2, label=f"without fatigue ({EVERY} computed)")
        axis.set(xlabel="cycle", xlim=(0, 1.02 * last))
    whole.set(ylim=(0, None), ylabel="contact lost when charged / %")
    start.set(ylim=(100 * without.lost[0] - 0.6, 100 * every.lost[-1] + 0.6))
    start.set_title(f"the first {EVERY} cycles", fontsize=10)
    whole.legend(frameon=False, loc="upper left")
    figure.savefig(target, dpi=120)


if __name__ == "__main__":
    draw(Path(__file__).parents[1] / "images" / "fatigue.png")
