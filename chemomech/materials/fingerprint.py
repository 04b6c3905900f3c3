"""What a result depends on, as one short hash: the case, its materials' values and the version."""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from chemomech import __version__
from chemomech.materials.loader import load_material
from chemomech.materials.records import Material
from chemomech.materials.specifications import Curve

if TYPE_CHECKING:
    from chemomech.case import Case


def inputs_hash(case: "Case") -> str:
    """Return 16 hexadecimal digits that change when a result of this case would.

    Raises MaterialError when a material of the case cannot be read.
    """
    choices = {**case.materials, **case.cohesive}
    values = {
        name: _values(load_material(choice, case.base_folder)) for name, choice in choices.items()
    }
    text = json.dumps([__version__, case.canonical(), values], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _values(material: Material) -> dict[str, Any]:
    """Return the plain value of every property by its name."""
    plain: dict[str, Any] = {}
    for name, each in material.properties.items():
        value = each.value
        plain[name] = [value.stoichiometry, value.value] if isinstance(value, Curve) else value
    return plain
