"""Time to pack and mesh layered cells and their images, in 2D and in 3D, and how it grows.

    environment/run python3 benchmarks/meshing.py [--up-to 400]

Discs at 55 % by area with periodic sides: per row discs, seconds to pack, seconds to pack and mesh,
triangles, lowest and mean quality; then the same for the image of the packing, pixels of a fifth of
the mesh size, and for the same discs from the recipe "layers". Spheres at 45 % by volume with
periodic sides likewise, and the stack of their image, whose voxels are the lattice of the mesh: 60
spheres make 10^6 voxels. Exponents: of seconds against cells, fitted to all rows.
"""

import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from sizes import rows_of

from chemomech.case.geometry import LayersGeometry
from chemomech.geometry import build_microstructure, pack_discs
from chemomech.geometry.drawing.packing import pack_spheres

UM = 1e-6
SIZES = (50, 100, 200, 400)
SPHERES = {50: 15, 100: 24, 200: 38, 400: 60}  # of each row
FRACTION, RADIUS, SIZE = 0.55, 2.5, 0.65
VOLUME_FRACTION, SIZE_3D, VOXELS = 0.45, 0.8, 100  # voxels along a side of 60 spheres
RADII = {
    "radius_mean": RADIUS,
    "radius_standard_deviation": 0.4,
    "radius_minimum": 1.8,
    "radius_maximum": 3.2,
    "minimum_gap": 0.3,
}
RADII_3D = RADII | {
    "radius_standard_deviation": 0.3,
    "radius_minimum": 1.9,
    "radius_maximum": 2.9,
    "minimum_gap": 0.15,
}


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
        row |= timed("image", image(file, SIZE / 5.0, SIZE)) | timed("layers", layers(side))
    return row | measure_spheres(SPHERES[discs])


def measure_spheres(spheres):
    """The part of a row in 3D."""
    side = np.cbrt(spheres * 4.0 / 3.0 * np.pi * RADIUS**3 / VOLUME_FRACTION)
    distribution = tuple(
        RADII_3D[f"radius_{name}"] for name in ("mean", "standard_deviation", "minimum", "maximum")
    )
    box = np.full(3, side)
    began = time.perf_counter()
    centres, radii = pack_spheres(
        box, distribution, VOLUME_FRACTION, RADII_3D["minimum_gap"], 0, periodic=True
    )
    row = {"spheres": len(radii), "packing_3d_s": time.perf_counter() - began}
    row |= timed("cell_3d", layered_cell_3d(side))
    voxel = np.cbrt(60 * 4.0 / 3.0 * np.pi * RADIUS**3 / VOLUME_FRACTION) / VOXELS
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "labels.npy"
        labels = stack(centres, radii, box, voxel)
        np.save(file, labels)
        return row | {"voxels": labels.size} | timed("stack", image(file, voxel, voxel))


def timed(name, geometry):
    """Seconds, cells and quality of a geometry's mesh."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        mesh = build_microstructure(geometry, folder)
    seconds = time.perf_counter() - began
    lowest, mean = mesh.quality()
    found = {"s": seconds, "cells": len(mesh.cells), "lowest": lowest, "mean": mean}
    return {f"{name}_{key}": value for key, value in found.items()}


def layered_cell(side):
    """The cell: a square cathode between thin layers."""
    return SimpleNamespace(
        recipe="layered_cell",
        width=side * UM,
        lithium_thickness=5 * UM,
        separator_thickness=20 * UM,
        cathode_thickness=side * UM,
        collector_thickness=4 * UM,
        seed=0,
        particles=SimpleNamespace(
            area_fraction=FRACTION,
            sides="periodic",
            **{key: value * UM for key, value in RADII.items()},
        ),
        mesh=SimpleNamespace(size_interface=SIZE * UM, size_bulk=2.5 * UM),
    )


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


def layered_cell_3d(side):
    """The cell in 3D, its separator thinner."""
    return SimpleNamespace(
        recipe="layered_cell_3d",
        width=side * UM,
        depth=side * UM,
        lithium_thickness=5 * UM,
        separator_thickness=10 * UM,
        cathode_thickness=side * UM,
        collector_thickness=4 * UM,
        seed=0,
        particles=SimpleNamespace(
            volume_fraction=VOLUME_FRACTION,
            aspect_ratio=1.0,
            sides="periodic",
            **{key: value * UM for key, value in RADII_3D.items()},
        ),
        mesh=SimpleNamespace(size_interface=SIZE_3D * UM, size_bulk=3 * UM),
    )


def image(file, pixel, size):
    """The same cell with its cathode from an image or a stack."""
    return SimpleNamespace(
        recipe="image",
        path=file,
        pixel_size=pixel * UM,
        page_distance=None,
        labels={"0": "electrolyte", "1": "active"},
        smallest_island=None,
        lithium_thickness=5 * UM,
        separator_thickness=20 * UM,
        collector_thickness=4 * UM,
        mesh=SimpleNamespace(size_interface=size * UM, size_bulk=2.5 * UM),
    )


def picture(centres, radii, side, pixel):
    """Labels of a packing with periodic sides, rows from the top."""
    axis = (np.arange(round(side / pixel)) + 0.5) * pixel
    labels = np.zeros((len(axis), len(axis)), dtype=np.uint8)
    for (x, y), radius in zip(centres, radii, strict=True):
        apart = axis - x
        apart -= side * np.round(apart / side)
        labels[apart[None] ** 2 + (axis[:, None] - y) ** 2 < radius**2] = 1
    return labels[::-1]


def stack(centres, radii, box, voxel):
    """Labels of a packing with periodic sides: pages, rows from the top, columns."""
    axes = [(np.arange(round(side / voxel)) + 0.5) * voxel for side in box]
    labels = np.zeros([len(axes[1]), len(axes[2]), len(axes[0])], dtype=np.uint8)
    for centre, radius in zip(centres, radii, strict=True):
        apart = [axis - place for axis, place in zip(axes, centre, strict=True)]
        for lateral in range(2):
            apart[lateral] -= box[lateral] * np.round(apart[lateral] / box[lateral])
        x, y, z = (each**2 for each in apart)
        labels[y[:, None, None] + z[:, None] + x < radius**2] = 1
    return labels[:, ::-1]


if __name__ == "__main__":
    rows = []
    for found in rows_of(__file__, __doc__, measure, SIZES):
        words = (
            f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
            for key, value in found.items()
        )
        print("  ".join(words), flush=True)
        rows.append(found)
    for name in ("cell", "image", "cell_3d", "stack") if len(rows) > 1 else ():
        cells, seconds = (np.log([row[f"{name}_{key}"] for row in rows]) for key in ("cells", "s"))
        print(f"{name}: seconds grow with cells^{np.polyfit(cells, seconds, 1)[0]:.2f}")
