"""Time to pack and mesh a layered cell of N discs at 55 % by area with periodic sides, and to mesh its image.

    environment/run python3 benchmarks/meshing.py [--up-to 400]

Per row: discs, seconds to pack, seconds to pack and mesh, triangles, lowest and mean quality; then the same for the
image of the packing, pixels of a fifth of the mesh size, and for the same discs from the recipe "layers".
"""

import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from sizes import rows_of

from chemomech.case_layers import LayersGeometry
from chemomech.geometry import build_microstructure, pack_discs

UM = 1e-6
SIZES = (50, 100, 200, 400)
FRACTION, RADIUS, SIZE = 0.55, 2.5, 0.65
RADII = {
    "radius_mean": RADIUS, "radius_standard_deviation": 0.4, "radius_minimum": 1.8, "radius_maximum": 3.2,
    "minimum_gap": 0.3,
}  # fmt: skip


def measure(discs):
    """Row of one size: what was built and how long it took."""
    side = np.sqrt(discs * np.pi * RADIUS**2 / FRACTION)
    began = time.perf_counter()
    centres, radii = pack_discs(side, side, area_fraction=FRACTION, seed=0, periodic=True, **RADII)
    row = {"discs": len(radii), "packing_s": time.perf_counter() - began}
    row |= timed("cell", layered_cell(side))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "labels.npy"
        np.save(file, picture(centres, radii, side, SIZE / 5.0))
        return row | timed("image", image(file, SIZE / 5.0)) | timed("layers", layers(side))


def timed(name, geometry):
    """Seconds, triangles and quality of a geometry's mesh."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        mesh = build_microstructure(geometry, folder)
    seconds = time.perf_counter() - began
    lowest, mean = mesh.quality()
    found = {"s": seconds, "triangles": len(mesh.cells), "lowest": lowest, "mean": mean}
    return {f"{name}_{key}": value for key, value in found.items()}


def layered_cell(side):
    """The cell: a square cathode between thin layers."""
    particles = {key: value * UM for key, value in RADII.items()}
    return SimpleNamespace(
        recipe="layered_cell", width=side * UM, lithium_thickness=5 * UM, separator_thickness=20 * UM,
        cathode_thickness=side * UM, collector_thickness=4 * UM, seed=0,
        particles=SimpleNamespace(area_fraction=FRACTION, sides="periodic", **particles),
        mesh=SimpleNamespace(size_interface=SIZE * UM, size_bulk=2.5 * UM),
    )  # fmt: skip


def layers(side):
    """The same cell as a list of layers."""
    particles = {key: f"{value} um" for key, value in RADII.items() if key != "minimum_gap"}
    kind = {"region": "active", "area_fraction": FRACTION, **particles}
    stack = [("lithium", 5.0), ("separator", 20.0), ("electrolyte", side), ("collector", 4.0)]
    table = [{"region": name, "thickness": f"{thickness} um"} for name, thickness in stack]
    table[2] |= {"minimum_gap": f"{RADII['minimum_gap']} um", "particles": [kind]}
    return LayersGeometry.model_validate({
        "recipe": "layers", "width": f"{side} um", "seed": 0, "sides": "periodic", "layers": table,
        "mesh": {"size_interface": f"{SIZE} um", "size_bulk": "2.5 um"},
    })  # fmt: skip


def image(file, pixel):
    """The same cell with its cathode from an image."""
    return SimpleNamespace(
        recipe="image", path=file, pixel_size=pixel * UM, labels={"0": "electrolyte", "1": "active"},
        smallest_island=None, lithium_thickness=5 * UM, separator_thickness=20 * UM, collector_thickness=4 * UM,
        mesh=SimpleNamespace(size_interface=SIZE * UM, size_bulk=2.5 * UM),
    )  # fmt: skip


def picture(centres, radii, side, pixel):
    """Labels of a packing with periodic sides, rows from the top."""
    axis = (np.arange(round(side / pixel)) + 0.5) * pixel
    labels = np.zeros((len(axis), len(axis)), dtype=np.uint8)
    for (x, y), radius in zip(centres, radii, strict=True):
        apart = axis - x
        apart -= side * np.round(apart / side)
        labels[apart[None] ** 2 + (axis[:, None] - y) ** 2 < radius**2] = 1
    return labels[::-1]


if __name__ == "__main__":
    for found in rows_of(__file__, __doc__, measure, SIZES):
        words = (f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in found.items())
        print("  ".join(words))
