"""Keys of a case by their dotted path, and the case as a table with some of them changed.

A path names tables by their keys, entries of a list by their number from 0, and quotes a key that
has dots: stack.pressure, geometry.layers.2.thickness, interfaces."active|electrolyte".strength. A
material given by its name becomes a table around it when one of its properties is changed.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chemomech.case.errors import CaseError, nearest
from chemomech.units.quantity import shown

CHOICES = ("materials", "interfaces")  # sections whose entries are a name or a table with a base


@dataclass(frozen=True)
class Changes:
    """New values of a case.

    Attributes
    ----------
    values : mapping
        Dotted path -> value as it stands in a case file.
    section : str
        Where the changes stand in the user's file, in front of every message: "vary" in a study.
    """

    values: Mapping[str, Any]
    section: str = ""

    def apply(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Return a copy of nested tables with every change made; raises CaseError.

        What holds another key is set before it, whatever their order, so that both count.
        """
        found = copy.deepcopy(dict(table))
        paths = self.paths()
        for key in sorted(paths, key=lambda key: len(paths[key])):
            self._set(found, key, paths[key], copy.deepcopy(self.values[key]))
        return found

    def paths(self) -> dict[str, tuple[str, ...]]:
        """Return key -> its parts; raises CaseError where two keys are spellings of one."""
        if not isinstance(self.values, Mapping):
            raise CaseError(
                f"{self.section or 'values'}: given {shown(self.values)}; write a table, "
                '"stack.pressure" -> "10 MPa"'
            )
        found: dict[str, tuple[str, ...]] = {}
        seen: dict[tuple[str, ...], str] = {}
        for key in self.values:
            parts = tuple(split_key(key, self._where(key)))
            other = seen.setdefault(parts, key)
            if other != key:
                raise CaseError(f"{self._where(key)}: is the key '{other}' once more; give one")
            found[key] = parts
        return found

    def _where(self, key: str) -> str:
        """Return what a message calls a key."""
        return f"{self.section}.{key}" if self.section else key

    def _set(self, table: dict[str, Any], key: str, parts: Sequence[str], value: Any) -> None:
        """Set the value at one path of a table of our own."""
        where = self._where(key)
        at: Any = table
        self._check_base(table, parts, where)
        for part in parts[:-1]:
            below = (
                at[_number(at, part, where)] if isinstance(at, list) else at.setdefault(part, {})
            )
            if isinstance(below, str) and isinstance(at, dict):
                below = at[part] = {"base": below}
            if not isinstance(below, dict | list):
                raise CaseError(f"{where}: '{part}' is not a section of the case")
            at = below
        at[_number(at, parts[-1], where) if isinstance(at, list) else parts[-1]] = value

    def _check_base(self, table: Mapping[str, Any], parts: Sequence[str], where: str) -> None:
        """Raise CaseError for a property of a material that the case and the changes lack."""
        if len(parts) < 3 or parts[0] not in CHOICES:
            return
        known = table.get(parts[0])
        if not isinstance(known, dict) or parts[1] in known:
            return
        if not any(split_key(key)[:3] == [*parts[:2], "base"] for key in self.values):
            turned = "|".join(reversed(parts[1].split("|")))
            hint = f'did you mean "{turned}"?' if turned in known else nearest(parts[1], known)
            raise CaseError(f'{where}: the case has no "{parts[1]}" under {parts[0]}; {hint}')


def stands_in(table: Any, parts: Sequence[str]) -> bool:
    """Say whether nested tables have a value at a path, given by its parts."""
    for part in parts:
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


def split_key(key: str, where: str = "") -> list[str]:
    """Split a path at its dots, but not inside quotes.

    Parameters
    ----------
    key : str
        The dotted path.
    where : str
        What to call it in a message; left out: the path itself.

    Raises
    ------
    CaseError
        A quote is not closed.
    """
    parts: list[str] = []
    rest = key
    if not isinstance(key, str) or not key:
        raise CaseError(
            f"{where or 'case'}: given {shown(key)}; write the path of a key, for example "
            '"stack.pressure"'
        )
    while rest:
        if rest[0] == '"':
            end = rest.find('"', 1)
            if end < 0:
                raise CaseError(f"{where or key}: a quote is not closed")
            part, rest = rest[1:end], rest[end + 1 :]
        else:
            part, dot, tail = rest.partition(".")
            rest = dot + tail
        parts.append(part)
        rest = rest.removeprefix(".")
    return parts


def _number(entries: list[Any], part: str, where: str) -> int:
    """Return which entry of a list a part of a path names; raises CaseError."""
    if not (part.isdecimal() and int(part) < len(entries)):
        raise CaseError(
            f"{where}: '{part}' is no entry of the list; write a number from 0 to "
            f"{len(entries) - 1}"
        )
    return int(part)
