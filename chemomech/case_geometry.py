"""The [geometry] section of a case file: the layered cell, and the user's own mesh.

All lengths in m. A layered cell has the regions and boundaries named here; a mesh file brings its own.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from chemomech.case_choices import base_folder, is_file
from chemomech.case_errors import problem
from chemomech.quantity import NonNegativeLength, PositiveLength, from_si, shown

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


def _micrometre(value: float) -> str:
    """Return a length for a message, in micrometres."""
    return f'"{from_si(value, "um"):.6g} um"'


class Particles(Table):
    """Round particles of active material; radii follow a truncated normal distribution."""

    radius_mean: PositiveLength = Field(description="mean of the normal distribution of radii")
    radius_standard_deviation: NonNegativeLength = Field(description="its standard deviation")
    radius_minimum: PositiveLength = Field(description="smallest radius, at most the mean")
    radius_maximum: PositiveLength = Field(description="largest radius, at least the mean")
    area_fraction: float = Field(gt=0.0, lt=0.9, description="share of the cathode layer's area")
    minimum_gap: PositiveLength = Field(description="smallest gap between particles and to the faces")

    @field_validator("radius_minimum")
    @classmethod
    def _below_mean(cls, value: float, info: ValidationInfo) -> float:
        mean = info.data.get("radius_mean")
        if mean is not None and value > mean:
            raise problem(f"given {_micrometre(value)}; must be at most radius_mean = {_micrometre(mean)}")
        return value

    @field_validator("radius_maximum")
    @classmethod
    def _above_mean(cls, value: float, info: ValidationInfo) -> float:
        mean = info.data.get("radius_mean")
        if mean is not None and value < mean:
            raise problem(f"given {_micrometre(value)}; must be at least radius_mean = {_micrometre(mean)}")
        return value


class MeshSize(Table):
    """Edge lengths of the mesh."""

    size_interface: PositiveLength = Field(description="edge length at the interfaces")
    size_bulk: PositiveLength = Field(description="edge length far from the interfaces")

    @field_validator("size_bulk")
    @classmethod
    def _coarser(cls, value: float, info: ValidationInfo) -> float:
        fine = info.data.get("size_interface")
        if fine is not None and value < fine:
            raise problem(f"given {_micrometre(value)}; must be at least size_interface, {_micrometre(fine)}")
        return value


class LayeredCell(Table):
    """Lithium, separator, cathode of particles in electrolyte, and collector, stacked along y."""

    recipe: Literal["layered_cell"] = Field(description="lithium | separator | composite cathode | collector")
    width: PositiveLength = Field(description="extent along the layers")
    lithium_thickness: PositiveLength = Field(description="thickness of the lithium")
    separator_thickness: PositiveLength = Field(description="thickness of the separator")
    cathode_thickness: PositiveLength = Field(description="thickness of the composite cathode")
    collector_thickness: PositiveLength = Field(description="thickness of the cathode's current collector")
    seed: Seed = Field(description="seed of the particle packing")
    particles: Particles
    mesh: MeshSize

    @field_validator("particles")
    @classmethod
    def _fit(cls, value: Particles, info: ValidationInfo) -> Particles:
        needed = 2.0 * (value.radius_maximum + value.minimum_gap)
        for name in ("cathode_thickness", "width"):
            space = info.data.get(name)
            if space is not None and needed > space:
                given = _micrometre(value.radius_maximum)
                reason = f"diameter and gaps need {_micrometre(needed)}, but {name} is {_micrometre(space)}"
                raise problem(f"given {given}; {reason}", at="radius_maximum")
        return value


def _resolved(value: Any, info: ValidationInfo) -> Path:
    """Return the mesh file's absolute path, relative ones taken from the case file's folder."""
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise problem(f'given {shown(value)}; write the path of a mesh file, for example "cell.msh"')
    path = (base_folder(info) / value).absolute()
    if not is_file(path):
        raise problem(f'given {shown(value)}; there is no such file in "{path.parent}"')
    return path


class FileGeometry(Table):
    """The user's own mesh with named regions."""

    recipe: Literal["file"] = Field(description="a mesh file with named regions")
    path: Annotated[Path, BeforeValidator(_resolved)] = Field(description="file, relative to the case file")
    length_unit: PositiveLength = Field(default="1 m", description="length of one unit of the mesh's coordinates")
