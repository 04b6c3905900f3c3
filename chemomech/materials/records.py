"""What a material is once it has been read: values in SI units, each with where it comes from.

Provenance of a value: a "primary source" is where it was measured or computed and was seen there, a
"secondary source" is a text about that one, an "estimate" is this library's own and its note says
why; a value that a case gives has the provenance "user", one that a model has made from others
"derived".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from chemomech.case.errors import nearest
from chemomech.materials.properties import KINDS
from chemomech.materials.specifications import Curve, MaterialError
from chemomech.units.quantity import shown
from chemomech.units.words import with_article

PROVENANCE = ("primary source", "secondary source", "estimate")
GIVEN_BY_USER = "user"
DERIVED = "derived"

Value = float | str | Curve


@dataclass(frozen=True)
class Alternative:
    """What another source gives for a property.

    Attributes
    ----------
    value : float, str or Curve
        The value in SI units.
    text : str
        The value as written.
    source : str
        Where it comes from.
    provenance : str
        How that source was read, see the module's text.
    note : str
        What else is to be known of it.
    name : str
        By which a case chooses it, with all alternatives of that name; "" where none does.
    """

    value: Value
    text: str
    source: str
    provenance: str
    note: str = ""
    name: str = ""


@dataclass(frozen=True)
class Property:
    """A value with where it comes from.

    Attributes
    ----------
    name : str
        Name of the property.
    value : float, str or Curve
        The value in SI units.
    text : str
        The value as written.
    unit : str
        SI unit of the value; "1" for plain numbers, "name" for names of functions.
    source : str
        Where it comes from.
    provenance : str
        How that source was read, see the module's text.
    standard_deviation : float or None
        Spread of the value in SI units, where known.
    standard_deviation_text : str
        The spread as written.
    note : str
        What else is to be known of it.
    alternatives : tuple of Alternative
        What other sources give.
    """

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
    """Return the error for a property that this kind of material cannot have.

    Parameters
    ----------
    name : str
        The unknown property.
    kind : str
        "bulk" or "interface".
    owner : str
        What the message names in front: a file or a material.
    """
    where = f"{owner}: " if owner else ""
    hint = nearest(name, KINDS[kind])
    return MaterialError(
        f"{where}{shown(name)} is not a property of {with_article(kind)} material; {hint}"
    )


@dataclass(frozen=True, repr=False)
class Material:
    """A bulk material or an interface with its properties; each is an attribute, in SI units.

    >>> from chemomech.materials import load_material
    >>> electrolyte = load_material("Li6PS5Cl")
    >>> electrolyte.ionic_conductivity  # S/m
    0.16
    >>> electrolyte.properties["ionic_conductivity"].text
    '1.6 mS/cm'
    >>> electrolyte.get("molar_volume", 0.0)  # it has none
    0.0
    >>> electrolyte.has("molar_volume")
    False

    Attributes
    ----------
    name : str
        Name of the material.
    kind : str
        "bulk" or "interface".
    description : str
        What it is, in a sentence.
    properties : mapping of str to Property
        Properties by name, with source and provenance.
    reads : set of str
        Names of the properties whose value was taken so far, from this material or from a copy of
        it with other values: an attribute and `get` write there, `has`, which only looks, does not.
        A value that a model has derived does not count; those that it was derived from do.
    """

    name: str
    kind: str
    description: str
    properties: Mapping[str, Property] = field(default_factory=dict)
    reads: set[str] = field(default_factory=set, compare=False)

    def __post_init__(self) -> None:
        """Make the properties a mapping that cannot be written to."""
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what copies and other processes make the material from."""
        given = (self.name, self.kind, self.description, dict(self.properties), self.reads)
        return type(self), given

    def __getattr__(self, name: str) -> Any:
        """Return the SI value of a property; raise MaterialError when this material has none."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self.properties:
            return self._value(name)
        if name in KINDS[self.kind]:
            raise MaterialError(f'material "{self.name}" has no "{name}"; add it to its table')
        raise unknown_property(name, self.kind)

    def __dir__(self) -> Iterable[str]:
        """Return the names of attributes and properties."""
        return [*super().__dir__(), *self.properties]

    def __repr__(self) -> str:
        """Return name, kind, description and every property as written, one a line."""
        lines = [f'<{self.kind} material "{self.name}": {self.description}']
        lines += [
            f"  {each.name}: {each.text} ({each.provenance})" for each in self.properties.values()
        ]
        return "\n".join(lines) + ">"

    def get(self, name: str, default: Any = None) -> Any:
        """Return the SI value of a property, or the default when this material has none.

        Parameters
        ----------
        name : str
            Name of the property.
        default : object
            What is returned when this material does not have it.

        Raises
        ------
        MaterialError
            When no material of this kind can have such a property.
        """
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
    """Return the names of the properties read so far of each place's material, sorted."""
    return {place: sorted(material.reads) for place, material in materials.items()}
