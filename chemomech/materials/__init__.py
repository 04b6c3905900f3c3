"""The material library: one TOML file per material or interface, every value with source and sureness.

    lithium = load_material("lithium")
    lithium.young_modulus                          # 7.82e9 (Pa)
    lithium.properties["young_modulus"].source     # where it comes from

A value is marked "paper" (seen in the source), "digest" (seen in a text about the source) or "estimate"
(ours; its note says why). Volume changes are positive when the material grows.
"""

from chemomech.materials.loader import PropertyRow, describe_material, list_materials, load_material
from chemomech.materials.properties import Curve, MaterialError
from chemomech.materials.records import Alternative, Material, Property, names_read

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
