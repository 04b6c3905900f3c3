"""The material library: one TOML file per material or interface, every value with its source.

    lithium = load_material("lithium")
    lithium.young_modulus                          # 7.82e9 (Pa)
    lithium.properties["young_modulus"].source     # where it comes from

The provenance of a value is "primary source" (seen there), "secondary source" (seen in a text about
the source) or "estimate" (ours; its note says why). Volume changes are positive when the material
grows.
"""

from chemomech.materials.loader import PropertyRow, describe_material, list_materials, load_material
from chemomech.materials.records import Alternative, Material, Property, names_read
from chemomech.materials.specifications import Curve, MaterialError

__all__ = [
    "Alternative",
    "Curve",
    "Material",
    "MaterialError",
    "Property",
    "PropertyRow",
    "describe_material",
    "list_materials",
    "load_material",
    "names_read",
]
