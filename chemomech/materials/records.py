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
DERIVED = "derived"  # provenance of a value that a model has made from others


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
    """A bulk material or an interface: its properties by name; material.young_modulus is the SI value.

    `reads` holds the names of the properties whose value was taken from this material or from a copy of it that a
    model made (with another value, say): `material.name` and `get` write there, `has`, which only looks, does not.
    Values that a model has derived from others do not count, those others do.
    """

    name: str
    kind: str
    description: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set, compare=False, repr=False)

    def __getattr__(self, name: str) -> Any:
        """Return the SI value of a property; raise MaterialError when this material has none."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.properties:
            return self._value(name)
        if name in KINDS[self.kind]:
            raise MaterialError(f'material "{self.name}" has no "{name}"; add it to its table')
        raise unknown_property(name, self.kind)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the SI value of a property, or the default when this material has none."""
        return self._value(name) if self.has(name) else default

    def has(self, name: str) -> bool:
        """Return whether this material has a property, without taking its value."""
        if name not in KINDS[self.kind]:
            raise unknown_property(name, self.kind)
        return name in self.properties

    def _value(self, name: str) -> Any:
        """Return the SI value of a property that is there, and note that it was taken."""
        found = self.properties[name]
        if found.provenance != DERIVED:
            self.reads.add(name)
        return found.value


def names_read(materials: Mapping[str, Material]) -> dict[str, list[str]]:
    """Return the names of the properties read so far of the material at each place, in alphabetical order."""
    return {place: sorted(material.reads) for place, material in materials.items()}
