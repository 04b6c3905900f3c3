"""The layered cell of particles in electrolyte, grains of one region, sizes of meshes."""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from chemomech.case.choices import check_region_name
from chemomech.case.errors import problem
from chemomech.case.table import Seed, Table, micrometres
from chemomech.units.quantity import NonNegativeLength, PositiveLength

LAYERED_CELL_REGIONS = ("lithium", "separator", "electrolyte", "active", "collector")
LAYERED_CELL_BOUNDARIES = (
    "lithium|separator",
    "electrolyte|separator",
    "active|electrolyte",
    "collector|electrolyte",
)


class Radii(Table):
    """Round particles of active material; radii follow a truncated normal distribution."""

    radius_mean: PositiveLength = Field(description="mean of the normal distribution of radii")
    radius_standard_deviation: NonNegativeLength = Field(description="its standard deviation")
    radius_minimum: PositiveLength = Field(description="smallest radius, at most the mean")
    radius_maximum: PositiveLength = Field(description="largest radius, at least the mean")
    minimum_gap: PositiveLength = Field(
        description="smallest gap between particles and to the boundaries of their layer"
    )
    sides: Literal["walls", "periodic"] = Field(
        default="walls",
        description="lateral boundaries: particles keep off, or go on at the other side",
    )

    @field_validator("radius_minimum")
    @classmethod
    def _below_mean(cls, value: float, info: ValidationInfo) -> float:
        mean = info.data.get("radius_mean")
        if mean is not None and value > mean:
            raise problem(
                f"given {micrometres(value)}; must be at most radius_mean = {micrometres(mean)}"
            )
        return value

    @field_validator("radius_maximum")
    @classmethod
    def _above_mean(cls, value: float, info: ValidationInfo) -> float:
        mean = info.data.get("radius_mean")
        if mean is not None and value < mean:
            raise problem(
                f"given {micrometres(value)}; must be at least radius_mean = {micrometres(mean)}"
            )
        return value


class Particles(Radii):
    """Discs."""

    area_fraction: float = Field(gt=0.0, lt=0.9, description="share of the cathode layer's area")


class MeshOptions(Table):
    """What may be said of every mesh."""

    size_by_region: dict[str, PositiveLength] = Field(
        default_factory=dict, description='largest edge length in regions: { active = "0.4 um" }'
    )
    growth: float = Field(
        default=0.4,
        gt=0.0,
        le=2.0,
        description="of the edge length, per distance from the interfaces",
    )
    lowest_quality: float | None = Field(
        default=None, ge=0.0, le=1.0,
        description="mean ratio of the worst cell; left out: 0.1 of a recipe's mesh, 0 of a file's",
    )  # fmt: skip


class MeshSize(MeshOptions):
    """Edge lengths of the mesh."""

    size_interface: PositiveLength = Field(description="edge length at the interfaces")
    size_bulk: PositiveLength = Field(description="edge length far from the interfaces")

    @field_validator("size_bulk")
    @classmethod
    def _coarser(cls, value: float, info: ValidationInfo) -> float:
        fine = info.data.get("size_interface")
        if fine is not None and value < fine:
            raise problem(
                f"given {micrometres(value)}; must be at least size_interface, {micrometres(fine)}"
            )
        return value


class LayeredCell(Table):
    """Lithium, separator, cathode of particles in electrolyte, and collector, stacked along y."""

    recipe: Literal["layered_cell"] = Field(
        description="lithium | separator | composite cathode | collector"
    )
    width: PositiveLength = Field(description="extent along the layers")
    lithium_thickness: PositiveLength = Field(description="thickness of the lithium")
    separator_thickness: PositiveLength = Field(description="thickness of the separator")
    cathode_thickness: PositiveLength = Field(description="thickness of the composite cathode")
    collector_thickness: PositiveLength = Field(
        description="thickness of the cathode's current collector"
    )
    seed: Seed = Field(description="seed of the particle packing")
    particles: Particles
    mesh: MeshSize

    @field_validator("particles")
    @classmethod
    def _fit(cls, value: Particles, info: ValidationInfo) -> Particles:
        for name in ("cathode_thickness", "width"):
            space = info.data.get(name)
            times = 4.0 if value.sides == "periodic" and name == "width" else 2.0
            needed = times * (value.radius_maximum + value.minimum_gap)
            if space is not None and needed > space:
                given = micrometres(value.radius_maximum)
                reason = f"diameter and gaps need {micrometres(needed)}, but {name} is "
                f"{micrometres(space)}"
                raise problem(f"given {given}; {reason}", at="radius_maximum")
        return value


def with_layers(geometry: Any, names: set[str]) -> tuple[str, ...]:
    """Return these regions and those of the layers around them, in alphabetical order.

    Parameters
    ----------
    geometry : model
        Its thicknesses say which layers there are.
    names : set of str
        The regions inside.
    """
    around = ("lithium", "separator", "collector")
    return tuple(
        sorted(
            names | {each for each in around if getattr(geometry, f"{each}_thickness") is not None}
        )
    )


class Polycrystal(Table):
    """Grains of one region, each a part, with layers below and above."""

    recipe: Literal["polycrystal"] = Field(description="Voronoi grains of one region")
    region: str = Field(default="electrolyte", description="region of the grains")
    width: PositiveLength = Field(description="extent along the layers")
    height: PositiveLength = Field(description="extent across the layers")
    grain_size: PositiveLength = Field(description="diameter of a disc of the mean grain's area")
    seed: Seed = Field(description="seed of the grains")
    lithium_thickness: PositiveLength | None = Field(
        default=None, description="of a layer below; left out: none"
    )
    separator_thickness: PositiveLength | None = Field(
        default=None, description="of a layer between lithium and grains; left out: none"
    )
    collector_thickness: PositiveLength | None = Field(
        default=None, description="of a layer above; left out: none"
    )
    mesh: MeshSize

    @field_validator("region")
    @classmethod
    def _named(cls, value: str) -> str:
        check_region_name(value)
        return value

    def regions(self) -> tuple[str, ...]:
        """Return the regions of the mesh."""
        return with_layers(self, {self.region})
