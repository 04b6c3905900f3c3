"""Draws meshes/section.png: an invented section through a composite cathode.

It has 300 x 240 pixels of 0.1 um. Particles are discs whose outlines wander, packed as the recipe
layered_cell packs them; grey 0 is electrolyte, 255 active material. Run as `python
docs/figures/section.py`.
"""

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from chemomech.geometry import pack_discs

WIDTH, HEIGHT, PIXEL, SEED = 30.0, 24.0, 0.1, 4
WANDER, LENGTH = 0.3, 8.0  # of the outlines [um], and along them [pixels]


def labels():
    """Tell (rows from the top, columns) where active material is."""
    centres, radii = pack_discs(
        WIDTH,
        HEIGHT,
        radius_mean=2.4,
        radius_standard_deviation=0.7,
        radius_minimum=1.2,
        radius_maximum=3.6,
        area_fraction=0.48,
        minimum_gap=0.9,
        seed=SEED,
    )
    x, y = ((np.arange(round(side / PIXEL)) + 0.5) * PIXEL for side in (WIDTH, HEIGHT))
    outside = np.min(
        [
            np.hypot(x[None] - a, y[:, None] - b) - r
            for (a, b), r in zip(centres, radii, strict=True)
        ],
        axis=0,
    )
    noise = gaussian_filter(np.random.default_rng(SEED).standard_normal(outside.shape), LENGTH)
    return (outside < WANDER * noise / np.abs(noise).max())[::-1]


if __name__ == "__main__":
    target = Path(__file__).parents[2] / "meshes" / "section.png"
    Image.fromarray(np.where(labels(), 255, 0).astype(np.uint8), mode="L").save(
        target, optimize=True
    )
    print(f"wrote {target}")
