"""The parameter set of one material system: a TOML file here, and the library's materials that it
names."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from chemomech.materials import load_material
from chemomech.physics.lithium.extrusion import Creep
from chemomech.report.figures.style import plain_logarithm
from chemomech.setup.bulk_terms import CREEP
from chemomech.units.quantity import to_si

HERE = Path(__file__).parent
IMAGES = HERE.parents[1] / "docs" / "images"
UNITS = {
    "dwell": "s", "pellet_resistance": "ohm", "self_diffusivity": "m^2/s",
    **dict.fromkeys(("cell_diameter", "channel_width", "grain_size", "void_radius"), "m"),
    **dict.fromkeys(("crack_width", "spot_radius"), "m"),
    **dict.fromkeys(("pillar_strength", "local_strength", "contact_hardness"), "Pa"),
}  # fmt: skip
HOUR, MPA, UM, OHM_CM2, MA_CM2 = 3600.0, 1e6, 1e-6, 1e-4, 10.0


@dataclass(frozen=True)
class System:
    """values in SI by name; materials by role; fitted: name -> the published number that set it."""

    values: dict
    materials: dict
    fitted: dict

    def __getattr__(self, name):
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def creep(self):
        """Power-law creep of the library's lithium."""
        lithium = self.materials["lithium"]
        return Creep(
            *(lithium.get(name) for name in CREEP), lithium.get("creep_activation_energy", 0.0)
        )


def load(name):
    """System of a file here, for example "li_li6ps5cl"."""
    table = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    kinds = {
        role: "interface" if "|" in each else "bulk" for role, each in table["materials"].items()
    }
    materials = {
        role: load_material(each, HERE, kinds[role])
        for role, each in table.pop("materials").items()
    }
    values = {name: to_si(entry["value"], UNITS[name]) for name, entry in table.items()}
    return System(
        values,
        materials,
        {name: entry["fitted"] for name, entry in table.items() if "fitted" in entry},
    )


def canvas(panels, width=4.2, height=3.6):
    """(figure, axes) of a row of panels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, panels, figsize=(width * panels, height), layout="constrained", squeeze=False
    )
    return figure, axes[0]


def save(figure, name):
    """Legends and the file docs/images/<name>.png."""
    for axis in figure.axes:
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=False, fontsize=8)
        axis.title.set_fontsize(10)
        axis.grid(alpha=0.25, lw=0.5)
        for side, (low, high) in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
            if side.get_scale() == "log" and high / low < 1e3:
                plain_logarithm(side)
    figure.savefig(IMAGES / f"{name}.png", dpi=120)
