"""The [geometry] section of a case file: recipes, labelled images, the user's own mesh.

All lengths in m. A layered cell has the regions and boundaries named here; an image and a mesh file
bring their own.
"""

from chemomech.case.geometry.cells import (
    LAYERED_CELL_BOUNDARIES,
    LAYERED_CELL_REGIONS,
    LayeredCell,
    MeshSize,
    Particles,
    Polycrystal,
)
from chemomech.case.geometry.files import FileGeometry, ImageGeometry, untrusted
from chemomech.case.geometry.labels import read_labels
from chemomech.case.geometry.layers import LayersGeometry, check_regions
from chemomech.case.geometry.pictures import said_pixel
from chemomech.case.geometry.space import GeometryIn3D, PennyFlaws, Polycrystal3D

__all__ = [
    "LAYERED_CELL_BOUNDARIES",
    "LAYERED_CELL_REGIONS",
    "FileGeometry",
    "GeometryIn3D",
    "ImageGeometry",
    "LayeredCell",
    "LayersGeometry",
    "MeshSize",
    "Particles",
    "PennyFlaws",
    "Polycrystal",
    "Polycrystal3D",
    "check_regions",
    "read_labels",
    "said_pixel",
    "untrusted",
]
