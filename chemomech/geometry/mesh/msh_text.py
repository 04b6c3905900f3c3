"""Read .msh 4.1 in text, the format that `write_msh` writes: numbers and names, nothing else.

The file format is described in the manual of gmsh 4, "MSH file format". Nodes and elements are
given in the order of the file, groups by their number and their entities likewise, as gmsh has
them.
"""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chemomech.geometry.errors import GeometryError

# gmsh's type of an element -> its name and how many nodes it has.
ELEMENTS = {
    1: ("Line 2", 2),
    2: ("Triangle 3", 3),
    3: ("Quadrilateral 4", 4),
    4: ("Tetrahedron 4", 4),
    5: ("Hexahedron 8", 8),
    6: ("Prism 6", 6),
    7: ("Pyramid 5", 5),
    8: ("Line 3", 3),
    9: ("Triangle 6", 6),
    10: ("Quadrilateral 9", 9),
    11: ("Tetrahedron 10", 10),
    12: ("Hexahedron 27", 27),
    13: ("Prism 18", 18),
    14: ("Pyramid 14", 14),
    15: ("Point", 1),
    16: ("Quadrilateral 8", 8),
    17: ("Hexahedron 20", 20),
    18: ("Prism 15", 15),
    19: ("Pyramid 13", 13),
    20: ("Triangle 9", 9),
    21: ("Triangle 10", 10),
    26: ("Line 4", 4),
    27: ("Line 5", 5),
    28: ("Line 6", 6),
    29: ("Tetrahedron 20", 20),
}
PLAIN = re.compile(rb"\$MeshFormat[ \t]*\r?\n\s*4\.1\s+0\s+\d+\s*\r?\n\$EndMeshFormat")
NAME = re.compile(r'\s*([0-3])\s+(-?\d+)\s+"([^"]*)"')
NODE_TAG = 2**53  # numbers of nodes stand among coordinates, and are exact up to here


@dataclass(frozen=True)
class MshContent:
    """What stands in a mesh file.

    Attributes
    ----------
    nodes : (n,) int array
        Numbers of the nodes.
    points : (n, 3) array
        Their coordinates, in the unit of the file.
    elements : mapping of (int, int) to list of (int, (k, nodes) int array)
        Dimension and number of an entity -> gmsh's type and the nodes of its elements.
    groups : mapping of int to list of (str, int, list of int)
        Dimension -> name, number and entities of the physical groups.
    """

    nodes: NDArray
    points: NDArray
    elements: Mapping[tuple[int, int], list[tuple[int, NDArray]]]
    groups: Mapping[int, list[tuple[str, int, list[int]]]]


def is_plain(path: Path) -> bool:
    """Return whether a file is of the one version that `read_text` reads."""
    with path.open("rb") as file:
        return PLAIN.match(file.read(4096)) is not None


def read_text(path: Path) -> MshContent:
    """Read a file of the version 4.1 in text.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    GeometryError
        It is of another version, or its sections are not what the format asks for.
    """
    content = path.read_bytes()
    if PLAIN.match(content) is None:
        raise GeometryError("it is not of the version 4.1 in text ($MeshFormat, 4.1 0 8)")
    if b"$PartitionedEntities" in content:
        raise GeometryError("it is partitioned; save it as one mesh")
    nodes, points = _nodes(_Numbers("Nodes", _section(content, "Nodes"), float))
    elements = _elements(_Numbers("Elements", _section(content, "Elements"), np.int64))
    names = _names(_section(content, "PhysicalNames"))
    entities = _groups(_Numbers("Entities", _section(content, "Entities"), float))
    groups: dict[int, list[tuple[str, int, list[int]]]] = {each: [] for each in range(4)}
    for dimension, tag in sorted(entities):
        name = names.get((dimension, tag), "")
        groups[dimension].append((name, tag, sorted(set(entities[dimension, tag]))))
    return MshContent(nodes, points, elements, groups)


def _section(content: bytes, name: str) -> bytes:
    """Return what stands between $name and $Endname, nothing where there is no such section."""
    starts = [each.end() for each in re.finditer(rb"^\$%b\s*?\n" % name.encode(), content, re.M)]
    if not starts:
        return b""
    end = content.find(b"\n$End" + name.encode(), starts[0] - 1)
    if len(starts) > 1 or end < 0:
        raise GeometryError(f"its section ${name} has no end, or stands there twice")
    return content[starts[0] : end]


class _Numbers:
    """The numbers of a section, taken one after the other."""

    def __init__(self, name: str, text: bytes, kind: type) -> None:
        self.name, self.at = name, 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # text that is no number is only warned of
                self.values = (
                    np.fromstring(text, dtype=kind, sep=" ") if text.strip() else np.empty(0, kind)
                )
        except (ValueError, DeprecationWarning):
            raise self.wrong("holds what is no number") from None

    def wrong(self, what: str) -> GeometryError:
        return GeometryError(f"its section ${self.name} {what}")

    def take(self, count: int) -> NDArray:
        """Return the next numbers."""
        if not 0 <= count <= len(self.values) - self.at:
            raise self.wrong("ends too early")
        self.at += count
        return self.values[self.at - count : self.at]

    def whole(self, count: int) -> list[int]:
        """Return the next few numbers, which have to be whole."""
        return [int(each) for each in self.tags(count)]

    def tags(self, count: int) -> NDArray:
        """Return the next numbers, which have to be whole."""
        found = self.take(count)
        if not np.all(np.abs(found) < NODE_TAG) or not np.array_equal(found, np.rint(found)):
            raise self.wrong("holds a number that has to be whole and below 2^53")
        return found.astype(np.int64)

    def end(self) -> None:
        if self.at < len(self.values):
            raise self.wrong("holds more numbers than it says")


def _nodes(numbers: _Numbers) -> tuple[NDArray, NDArray]:
    """Return number and coordinates of every node."""
    tags, points = [np.empty(0, np.int64)], [np.empty((0, 3))]
    if len(numbers.values):
        for _ in range(numbers.whole(4)[0]):
            dimension, _, parametric, count = numbers.whole(4)
            if dimension not in range(4) or parametric not in (0, 1):
                raise numbers.wrong("has a block that is none")
            tags.append(numbers.tags(count))
            width = 3 + dimension * parametric
            points.append(numbers.take(width * count).reshape(count, width)[:, :3])
        numbers.end()
    nodes, places = np.concatenate(tags), np.concatenate(points)
    if len(np.unique(nodes)) < len(nodes):
        raise numbers.wrong("gives a node twice")
    if not np.all(np.isfinite(places)):
        raise numbers.wrong("has coordinates that are not finite")
    return nodes, places


def _elements(numbers: _Numbers) -> dict[tuple[int, int], list[tuple[int, NDArray]]]:
    """Return the elements of every entity, by their types."""
    found: dict[tuple[int, int], dict[int, list[NDArray]]] = {}
    if len(numbers.values):
        for _ in range(numbers.whole(4)[0]):
            dimension, entity, kind, count = numbers.whole(4)
            if kind not in ELEMENTS or dimension not in range(4):
                raise GeometryError(
                    f"element of gmsh's type {kind} found; only linear triangles, quadrilaterals "
                    "and tetrahedra are read"
                )
            width = 1 + ELEMENTS[kind][1]
            block = numbers.take(width * count).reshape(count, width)[:, 1:]
            found.setdefault((dimension, entity), {}).setdefault(kind, []).append(block)
        numbers.end()
    return {
        each: [(kind, np.concatenate(blocks[kind])) for kind in sorted(blocks)]
        for each, blocks in found.items()
    }


def _names(text: bytes) -> dict[tuple[int, int], str]:
    """Return dimension and number of a physical group -> its name."""
    try:
        lines = text.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise GeometryError("its names are not text in UTF-8") from None
    found = (NAME.match(line) for line in lines[1:])
    return {(int(each[1]), int(each[2])): each[3] for each in found if each}


def _groups(numbers: _Numbers) -> dict[tuple[int, int], list[int]]:
    """Return dimension and number of a physical group -> its entities."""
    groups: dict[tuple[int, int], list[int]] = {}
    if len(numbers.values):
        for dimension, count in enumerate(numbers.whole(4)):
            for _ in range(count):
                (entity,) = numbers.whole(1)
                numbers.take(3 if dimension == 0 else 6)
                # The sign of a group's number is the orientation of the entity in it.
                for tag in numbers.whole(numbers.whole(1)[0]):
                    groups.setdefault((dimension, abs(tag)), []).append(entity)
                if dimension:
                    numbers.take(numbers.whole(1)[0])
        numbers.end()
    return groups
