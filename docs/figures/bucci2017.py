"""The fracture map after Bucci et al. 2017, what conduction is left, and who breaks more.

The last panel compares stiff and compliant electrolytes.

Run `chemomech study` on studies/bucci2017.toml and studies/stiff_or_compliant.toml, then `python
docs/figures/bucci2017.py RESULTS/bucci2017 RESULTS/stiff_or_compliant` to draw
docs/images/bucci2017.png.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from chemomech.report.figures.cracks import draw_cracks, total_length
from chemomech.report.reading import read_results

CHANGES = (0.03, 0.075, 0.15, 0.30)
COLOURS = ("#0072B2", "#8E4A86", "#D55E00")


def series_of(folder):
    """Read a study: ({varied values: (table, case's folder)}, the values of each axis)."""
    results = read_results(folder)
    found = {
        tuple(case.values[axis.key] for axis in results.axes): (
            pd.read_csv(case.folder / "timeseries.csv"),
            case.folder,
        )
        for case in results.finished
    }
    return found, [axis.values for axis in results.axes]


def at(table, values, change):
    """Interpolate a column at a volume change on the way."""
    size = table["volume_change"].abs()
    return float(np.interp(abs(change), size, values))


def draw_map(axis, found, energies, young, largest):
    """Draw cracked length by volume change and fracture energy, the published corner framed."""
    grid = np.array([
        [
            at(found[energy, young][0], total_length(found[energy, young][0], "cracked"), change)
            if (energy, young) in found else np.nan
            for change in CHANGES
        ]
        for energy in energies
    ])  # fmt: skip
    picture = axis.imshow(
        np.sqrt(grid / largest), cmap="magma_r", vmin=0.0, vmax=1.15, origin="lower", aspect="auto"
    )
    for (row, column), value in np.ndenumerate(grid):
        text = (
            "–"
            if np.isnan(value)
            else "0"
            if value < 0.05
            else f"{value:.1f}"
            if value < 10
            else f"{value:.0f}"
        )
        axis.text(
            column,
            row,
            text,
            ha="center",
            va="center",
            color="white" if value > 0.3 * largest else "black",
        )
    # "lower than 7.5 %" and "higher than 4 J/m2": the corner that these two bound.
    axis.plot([-0.48, 1.5, 1.5], [2.5, 2.5, 3.48], color="#0072B2", lw=2.0)
    axis.set_xticks(range(len(CHANGES)), [f"{100 * change:g}" for change in CHANGES])
    axis.set_yticks(range(len(energies)), [energy.split()[0] for energy in energies])
    axis.set(title=f"electrolyte of {young}", xlabel="volume change / %")
    return picture


def draw(bucci, debonding, target):
    """Draw maps above; below cracks of one case, conduction left, and both ways to break."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 9})
    found, (energies, moduli) = series_of(bucci)
    loose, _ = series_of(debonding)
    largest = max(float(total_length(table, "cracked").max()) for table, _ in found.values())
    figure, axes = plt.subplots(2, 3, figsize=(11, 7.2), layout="constrained")
    for axis, young in zip(axes[0], moduli, strict=True):
        draw_map(axis, found, energies, young, largest)
    axes[0, 0].set_ylabel("fracture energy / (J/m²)")
    title = (
        "Cracked length in µm (half of the fracture energy dissipated) in 11 × 11 µm; "
        "framed: no fracture as published"
    )
    figure.suptitle(title, fontsize=10)

    axis, (_, folder) = axes[1, 0], found["1 J/m^2", moduli[0]]
    lines = draw_cracks(axis, folder, 1.0)
    axis.set_title(f"{moduli[0]}, 1 J/m², 30 %")
    figure.colorbar(lines, ax=axis, label="dissipated share of $G_c$", shrink=0.8)

    axis = axes[1, 1]
    for colour, energy in zip(("#D55E00", "#B07A00", "#009E73", "#0072B2"), energies, strict=True):
        for style, young in (("-", moduli[0]), ("--", moduli[-1])):
            if (energy, young) not in found:
                continue
            table = found[energy, young][0]
            axis.plot(
                100 * table["volume_change"],
                table["relative_conductivity"] / table["relative_conductivity"].iloc[0],
                style,
                color=colour,
                label=f"{energy.split()[0]} J/m²" if style == "-" else None,
            )
    axis.set(
        xlabel="volume change / %",
        ylabel="ionic conduction over that without cracks",
        ylim=(0, 1.03),
    )
    axis.set_title(f"solid: {moduli[0]}, dashed: {moduli[-1]}")
    axis.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 0.22))

    axis = axes[1, 2]
    other = axis.twinx()
    for colour, young in zip(COLOURS, moduli, strict=True):
        table = found[energies[-1], young][0]
        axis.plot(
            100 * table["volume_change"], total_length(table, "cracked"), color=colour, label=young
        )
        table = loose[(young,)][0]
        other.plot(
            100 * table["volume_change"].abs(), total_length(table, "cracked"), "--", color=colour
        )
    axis.set(
        xlabel="volume change / %",
        ylabel="solid: cracked electrolyte, swelling, 4 J/m² / µm",
        ylim=(0, None),
    )
    other.set(ylabel="dashed: debonded faces, shrinking, 1 J/m² / µm", ylim=(0, None))
    axis.set_title("who breaks more?")
    axis.legend(frameon=False, loc="upper center")
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    draw(*sys.argv[1:3], Path(__file__).parents[1] / "images" / "bucci2017.png")
