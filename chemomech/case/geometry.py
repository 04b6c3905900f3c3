"""The [geometry] section of a case file: the layered cell, a labelled image, and the user's own mesh.

All lengths in m. A layered cell has the regions and boundaries named here; an image and a mesh file bring their own.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
    field_validator,
)

from chemomech.case.choices import base_folder, check_region_name, file_content, is_file
from chemomech.case.errors import problem
from chemomech.case.labels import IMAGE_SUFFIXES, read_labels
from chemomech.units.quantity import NonNegativeLength, PositiveLength, from_si, shown

LARGEST_SEED = 2**32 - 1
LAYERED_CELL_REGIONS = ("lithium", "separator", "electrolyte", "active", "collector")
LAYERED_CELL_BOUNDARIES = (
    "lithium|separator",
    "electrolyte|separator",
    "active|electrolyte",
    "collector|electrolyte",
)

Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


class Table(BaseModel):
    """A section of the case file: unknown keys are refused, values never change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


def micrometres(value: float) -> str:
    """Return a length for a message, in micrometres."""
    return f'"{from_si(value, "um"):.6g} um"'


class Radii(Table):
    """Round particles of active material; radii follow a truncated normal distribution."""

    radius_mean: PositiveLength = Field(description="mean of the normal distribution of radii")
    radius_standard_deviation: NonNegativeLength = Field(description="its standard deviation")
    radius_minimum: PositiveLength = Field(description="smallest radius, at most the mean")
    radius_maximum: PositiveLength = Field(description="largest radius, at least the mean")
    minimum_gap: PositiveLength = Field(
        description="smallest gap between particles and to the faces"
    )
    sides: Literal["walls", "periodic"] = Field(
        default="walls", description="lateral faces: particles keep off, or go on at the other side"
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
                reason = f"diameter and gaps need {micrometres(needed)}, but {name} is {micrometres(space)}"
                raise problem(f"given {given}; {reason}", at="radius_maximum")
        return value


def _resolved(value: Any, info: ValidationInfo) -> Path:
    """Return the absolute path of a mesh or an image, relative ones taken from the case file's folder."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise problem(
            f'given {shown(value)}; write the path of a file, for example "cell.msh" or "slice.png"'
        )
    path = (base_folder(info) / value).absolute()
    if not is_file(path):
        raise problem(f'given {shown(value)}; there is no such file in "{path.parent}"')
    return path


class FileMesh(MeshOptions):
    """Edge lengths of what is drawn in a file and meshed here."""

    size_interface: PositiveLength | None = Field(
        default=None, description="edge length where regions meet; left out: as the drawing says"
    )
    size_bulk: PositiveLength | None = Field(default=None, description="edge length far from there")

    @field_validator("size_bulk")
    @classmethod
    def _both(cls, value: float | None, info: ValidationInfo) -> float | None:
        fine = info.data.get("size_interface")
        if (value is None) != (fine is None) and "size_interface" in info.data:
            raise problem("size_interface and size_bulk belong together; write both or none")
        if value is not None and fine is not None and value < fine:
            raise problem(
                f"given {micrometres(value)}; must be at least size_interface, {micrometres(fine)}"
            )
        return value


class FileGeometry(Table):
    """The user's own mesh or drawing with named regions."""

    recipe: Literal["file"] = Field(description="a mesh or a drawing with named regions")
    path: Annotated[Path, BeforeValidator(_resolved)] = Field(
        description="file (.msh, .geo, .step, .vtu, .xdmf, .med, .inp, ...), relative to the case file"
    )
    length_unit: PositiveLength | None = Field(
        default=None,
        description="length of one unit of the coordinates; left out: 1 m, of a .step file its own unit",
    )
    region_data: str | None = Field(
        default=None, description="cell data whose whole numbers are the regions (meshio)"
    )
    region_names: dict[str, str] = Field(
        default_factory=dict,
        description='region of each of its numbers or named sets: { "1" = "active" }',
    )
    mesh: FileMesh = Field(default_factory=FileMesh)

    @field_validator("region_names")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        for region in value.values():
            check_region_name(region)
        return value


def _labels_of(key: str, present: list[int]) -> list[int]:
    """Return the labels that a key of `labels` stands for: "3" for itself, "1..200" for those present among them."""
    found = re.fullmatch(r"(-?[0-9]{1,18})(?:\.\.(-?[0-9]{1,18}))?", key)
    if not found:
        raise problem(
            'is not a label; write a whole number in quotes, or for several "1..200"', at=key
        )
    first = int(found[1])
    return (
        [first]
        if found[2] is None
        else [each for each in present if first <= each <= int(found[2])]
    )


class ImageGeometry(Table):
    """A labelled image of the microstructure or a stack of them, with layers below and above it."""

    recipe: Literal["image"] = Field(
        description="a labelled image of a section, or a stack of them"
    )
    path: Annotated[Path, BeforeValidator(_resolved), PlainSerializer(file_content)] = Field(
        description="file of grey levels or numbers (.npy, .png, .tif), relative to the case file"
    )
    pixel_size: PositiveLength = Field(description="width and height of a pixel")
    page_distance: PositiveLength | None = Field(
        default=None, description="from page to page of a stack; left out: pixel_size"
    )
    labels: dict[str, str] = Field(
        description='region of each label: { "0" = "electrolyte", "1..90" = "active" }'
    )
    smallest_island: NonNegativeLength | None = Field(
        default=None,
        description="diameter of a disc of the smallest component's area; left out: size_interface",
    )
    lithium_thickness: PositiveLength | None = Field(
        default=None, description="of a layer below; left out: none"
    )
    separator_thickness: PositiveLength | None = Field(
        default=None, description="of a layer between lithium and image; left out: none"
    )
    collector_thickness: PositiveLength | None = Field(
        default=None, description="of a layer above; left out: none"
    )
    mesh: MeshSize

    @field_validator("path")
    @classmethod
    def _readable(cls, value: Path) -> Path:
        if value.suffix.lower() not in IMAGE_SUFFIXES:
            raise problem(
                f'given "{value.name}"; write a file that ends in {", ".join(IMAGE_SUFFIXES)}'
            )
        return value

    @field_validator("labels")
    @classmethod
    def _all_named(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if "path" not in info.data:
            return value
        try:
            present = sorted(set(read_labels(info.data["path"]).ravel().tolist()))
        except ValueError as error:
            raise problem(f"the labels of the image are needed, but {error}") from None
        named: dict[int, str] = {}
        for key, region in value.items():
            check_region_name(region)
            for label in _labels_of(key, present):
                if label in named:
                    raise problem(f"label {label} is given twice", at=key)
                named[label] = region
        unnamed = [f'"{each}"' for each in present if each not in named]
        if unnamed:
            more = f" and {len(unnamed) - 20} more" if len(unnamed) > 20 else ""
            raise problem(
                f"name a region for {', '.join(unnamed[:20])}{more}, which the image holds"
            )
        return {str(label): named[label] for label in sorted(named)}

    @field_validator("lithium_thickness", "separator_thickness", "collector_thickness")
    @classmethod
    def _not_twice(cls, value: float | None, info: ValidationInfo) -> float | None:
        name = str(info.field_name).removesuffix("_thickness")
        if value is not None and name in info.data.get("labels", {}).values():
            raise problem(
                f'given {micrometres(value)}; but "{name}" is a region of the image already'
            )
        return value

    def regions(self) -> tuple[str, ...]:
        """Return the regions of the mesh."""
        return _with_layers(self, set(self.labels.values()))


def _with_layers(geometry: Any, names: set[str]) -> tuple[str, ...]:
    """Return these regions and those of the layers around them, in alphabetical order."""
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
        return _with_layers(self, {self.region})
