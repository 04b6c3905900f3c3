"""What a result depends on, as one short hash: the case, the values of its materials, the program's version."""

import hashlib
import json

from chemomech import __version__
from chemomech.materials.loader import load_material
from chemomech.materials.properties import Curve


def inputs_hash(case) -> str:
    """Return 16 hexadecimal digits that change when a result of this case would; raises MaterialError."""
    choices = {**case.materials, **case.cohesive}
    values = {
        name: _values(load_material(choice, case.base_folder)) for name, choice in choices.items()
    }
    text = json.dumps([__version__, case.canonical(), values], sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _values(material):
    """Property -> plain value."""
    return {
        name: [each.value.stoichiometry, each.value.value]
        if isinstance(each.value, Curve)
        else each.value
        for name, each in material.properties.items()
    }
