"""What a material is once it has been read: values in SI units, each with where it comes from.

Sureness: "paper" was seen in the source, "digest" in a text about it, "estimate" is ours and its note
says why; a value overridden in a case file has the sureness "user".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chemomech.case.errors import nearest
from chemomech.materials.properties import KINDS, Curve, MaterialError

Value = float | str | Curve


@dataclass(frozen=True)
class Alternative:
    """What another source gives for a property: SI value, the text it was written as, and its source."""

    value: Value
    text: str
    source: str
    provenance: str
    note: str = ""


@dataclass(frozen=True)
class Property:
    """A value with where it comes from; `value` and `standard_deviation` in SI units."""

    name: str
    value: Value
    text: str
    unit: str
    source: str
    provenance: str
    standard_deviation: float | None = None
    standard_deviation_text: str = ""
    note: str = ""
    alternatives: tuple[Alternative, ...] = ()


def unknown_property(name: str, kind: str, owner: str = "") -> MaterialError:
    """Return the error for a property that this kind of material cannot have."""
    where = f"{owner}: " if owner else ""
    hint = nearest(name, KINDS[kind])
    return MaterialError(f'{where}"{name}" is not a property of a {kind} material; {hint}')


@dataclass(frozen=True)
class Material:
    """A bulk material or an interface: its properties by name; material.young_modulus is the SI value."""

    name: str
    kind: str
    description: str
    properties: Mapping[str, Property] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        """Return the SI value of a property; raise MaterialError when this material has none."""
        if name.startswith("_"):
            raise AttributeError(name)
        found = self.properties.get(name)
        if found is not None:
            return found.value
        if name in KINDS[self.kind]:
            raise MaterialError(f'material "{self.name}" has no "{name}"; add it to its table')
        raise unknown_property(name, self.kind)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the SI value of a property, or the default when this material has none."""
        if name not in KINDS[self.kind]:
            raise unknown_property(name, self.kind)
        found = self.properties.get(name)
        return default if found is None else found.value
