"""The user's own mesh, drawing or labelled image."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, ValidationInfo, field_validator

from chemomech.case.choices import base_folder, check_region_name, file_content, is_file
from chemomech.case.errors import problem
from chemomech.case.geometry.cells import MeshOptions, MeshSize, with_layers
from chemomech.case.geometry.labels import IMAGE_SUFFIXES, read_labels
from chemomech.case.table import Table, micrometres
from chemomech.received import SCRIPTS
from chemomech.units.quantity import NonNegativeLength, PositiveLength, shown


def _resolved(value: Any, info: ValidationInfo) -> Path:
    """Return the absolute path of a mesh or an image; a relative one starts at the case file."""
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


def untrusted(name: str) -> str:
    """Return why a drawing that nobody has said to trust is not opened."""
    return (
        f'"{name}" is a program: gmsh runs what stands in it, commands of the shell too; when you '
        "know who wrote it, write geometry.trusted = true; else ask for the mesh (.msh) or the "
        "solids (.step)"
    )


class FileGeometry(Table):
    """The user's own mesh or drawing with named regions."""

    recipe: Literal["file"] = Field(description="a mesh or a drawing with named regions")
    trusted: bool = Field(
        default=False, description="a .geo drawing may be run; gmsh does whatever stands in it"
    )
    path: Annotated[Path, BeforeValidator(_resolved)] = Field(
        description="file (.msh, .geo, .step, .vtu, .xdmf, .med, .inp, ...), relative to the case "
        "file"
    )
    length_unit: PositiveLength | None = Field(
        default=None,
        description="length of one unit of the coordinates; left out: 1 m, of a .step file its own "
        "unit",
    )
    region_data: str | None = Field(
        default=None, description="cell data whose whole numbers are the regions (meshio)"
    )
    region_names: dict[str, str] = Field(
        default_factory=dict,
        description='region of each of its numbers or named sets: { "1" = "active" }',
    )
    mesh: FileMesh = Field(default_factory=FileMesh)

    @field_validator("path")
    @classmethod
    def _no_program(cls, value: Path, info: ValidationInfo) -> Path:
        drawing = value.suffix.lower() in SCRIPTS
        if drawing and "trusted" in info.data and not info.data["trusted"]:
            raise problem(untrusted(value.name))
        return value

    @field_validator("region_names")
    @classmethod
    def _names(cls, value: dict[str, str]) -> dict[str, str]:
        for region in value.values():
            check_region_name(region)
        return value


def _labels_of(key: str, present: list[int]) -> list[int]:
    """Return the labels of a key: "3" stands for itself, "1..200" for those present among them."""
    found = re.fullmatch(r"(-?[0-9]{1,19})(?:\.\.(-?[0-9]{1,19}))?", key)
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
        try:
            read_labels(value)
        except ValueError as error:
            raise problem(f'"{value.name}": {error}') from None
        return value

    @field_validator("labels")
    @classmethod
    def _all_named(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if "path" not in info.data:
            return value
        present = np.unique(read_labels(info.data["path"])).tolist()
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
        held = {named[each] for each in present}
        empty = sorted(f'"{each}"' for each in set(value.values()) - held)
        if empty:
            every = ", ".join(map(str, present[:20])) + (", ..." if len(present) > 20 else "")
            raise problem(
                f"no pixel belongs to {', '.join(empty)}; the image holds {every}: leave out what "
                "is not in it"
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
        return with_layers(self, set(self.labels.values()))
