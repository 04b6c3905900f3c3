"""The microstructures of meshes/*.toml side by side.

Run as `python docs/figures/generated.py` to draw docs/images/generated.png.
"""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from chemomech.case import load_case
from chemomech.geometry import build_microstructure

HERE = Path(__file__).resolve().parents[2]
NAMES = ("bimodal", "coated", "polycrystalline_particles", "interdigitated", "rough_lithium", "bilayer")
COLOURS = {
    "lithium": "#BFC6CC", "separator": "#F2D9A0", "sulfide": "#F7ECCB", "electrolyte": "#F7ECCB", "buffer": "#C98B9B",
    "active": "#5B7FA6", "coating": "#B0413E", "binder": "#3D3D3D", "isolated": "#8FB8A0", "collector": "#A6A6B8",
}  # fmt: skip
MICROMETRE = 1e-6


def draw(axis, case, mesh):
    """Regions in their colours, lines between regions and between parts."""
    points = mesh.points / MICROMETRE
    for name, region in mesh.regions.items():
        corners = points[mesh.cells[mesh.cell_region == region]]
        axis.add_collection(PolyCollection(corners, facecolors=COLOURS[name], edgecolors="face", linewidths=0.3))
    table = mesh.facet_table
    kind = mesh.cell_region * 100_000 + np.maximum(mesh.cell_part, 0)
    boundary = ~table.interior | (kind[table.cells[:, 0]] != kind[table.cells[:, 1]])
    axis.add_collection(LineCollection(points[table.facets[boundary]], colors="black", linewidths=0.5))
    axis.set(xlim=(points[:, 0].min(), points[:, 0].max()), ylim=(0.0, points[:, 1].max()), aspect="equal")
    axis.set_title(case.name, fontsize=9)
    axis.set_xlabel("x [µm]", fontsize=8)
    axis.tick_params(labelsize=7)


def main():
    """Mesh and draw all."""
    figure = Figure(figsize=(11.0, 11.5), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 3).ravel()
    seen = set()
    with tempfile.TemporaryDirectory() as folder:
        for axis, name in zip(axes, NAMES, strict=True):
            case = load_case(HERE / "meshes" / f"{name}.toml")
            mesh = build_microstructure(case.geometry, folder)
            seen |= set(mesh.regions)
            draw(axis, case, mesh)
    axes[0].set_ylabel("height [µm]", fontsize=8)
    axes[3].set_ylabel("height [µm]", fontsize=8)
    shown = {name: colour for name, colour in COLOURS.items() if name in seen}
    handles = [Patch(facecolor=colour, edgecolor="black", lw=0.4, label=name) for name, colour in shown.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=9, frameon=False)
    figure.savefig(HERE / "docs" / "images" / "generated.png")


if __name__ == "__main__":
    main()
