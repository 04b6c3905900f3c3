"""Meshes of Abaqus and CalculiX (.inp): nodes, elements and named sets of elements.

A flat mesh is read: nodes and elements of one part without transformation. What would place or make
parts of a mesh elsewhere (instances, generated nodes, other files) is refused by its keyword.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.geometry.errors import GeometryError

# Families of elements, the number of nodes after them: plane stress, plane strain, shells,
# membranes, heat transfer; solids; trusses and beams.
PLANE = re.compile(r"(?:CPS|CPEG|CPE|STRI|SFM3D|M3D|R3D|DC2D|S)([34689])[A-Z0-9]*")
SOLID = re.compile(r"(?:DC3D|AC3D|C3D)(\d+)[A-Z]*")
LINE = re.compile(r"(?:[TBR][23]D([23])|B[23]([12]))H?")
PLANE_KINDS = {3: "triangle", 4: "quad", 6: "triangle6", 8: "quad8", 9: "quad9"}
SOLID_KINDS = {
    4: "tetra", 5: "pyramid", 6: "wedge", 8: "hexahedron",
    10: "tetra10", 15: "wedge15", 20: "hexahedron20", 27: "hexahedron27",
}  # fmt: skip
ELSEWHERE = ("INCLUDE", "NGEN", "NCOPY", "NFILL", "NMAP", "ELGEN", "ELCOPY", "SYSTEM")
MOST_NUMBERS = 5_000_000  # in one line of a generated set
FLAT = "export a flat mesh, without parts and instances"


def read_abaqus(path: Path) -> Any:
    """Return the mesh in a file as meshio holds it, with one block of cells for each *ELEMENT.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    GeometryError
        The file is not understood, or is no flat mesh.
    """
    import meshio

    reader = _Reader()
    for keyword, keys, rows in _sections(path.read_text(encoding="utf-8", errors="replace")):
        reader.take(keyword, keys, rows)
    points, blocks, sets = reader.mesh()
    return meshio.Mesh(points, blocks, cell_sets=sets)


class _Reader:
    """What has been read so far of a file."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.row_of: dict[int, int] = {}  # number of a node -> row of its coordinates
        self.points: list[list[float]] = []
        self.blocks: list[tuple[str, list[list[int]]]] = []
        self.place_of: dict[int, tuple[int, int]] = {}  # number of an element -> block and row
        self.sets: dict[str, list[int]] = {}
        self.names: dict[str, str] = {}  # name of a set in capitals -> as first written
        self.parts = self.instances = 0

    def take(self, keyword: str, keys: dict[str, str], rows: list[list[str]]) -> None:
        """Take one keyword with its data."""
        if keyword in ELSEWHERE or (keyword in ("NODE", "ELEMENT", "ELSET") and "INPUT" in keys):
            raise GeometryError(f"*{keyword}: what it makes or reads is not known here; {FLAT}")
        if keyword == "NODE":
            if keys.get("SYSTEM", "R").upper() != "R":
                raise GeometryError("*NODE: SYSTEM is not rectangular; export x, y and z")
            self._nodes(rows)
        elif keyword == "ELEMENT":
            self._elements(keys, rows)
        elif keyword == "ELSET":
            self._set(keys, rows)
        elif keyword == "PART":
            self.parts += 1
        elif keyword == "INSTANCE":
            self.instances += 1
            if any(any(row) for row in rows):
                raise GeometryError(f"*INSTANCE moves a part: instances are not read; {FLAT}")
        if self.parts > 1 or self.instances > 1:
            raise GeometryError(f"several parts or instances are not read; {FLAT}")

    def _nodes(self, rows: list[list[str]]) -> None:
        """Take nodes: number and coordinates."""
        for row in rows:
            number = _whole(row[0], "*NODE")
            try:
                place = [float(each) if each else 0.0 for each in row[1:4]]
            except ValueError:
                raise GeometryError(f"*NODE: node {number} has no numbers for its place") from None
            place += [0.0] * (3 - len(place))
            old = self.row_of.setdefault(number, len(self.points))
            if old == len(self.points):
                self.points.append(place)
            elif self.points[old] != place:
                raise GeometryError(f"node {number} is defined twice, in two places; {FLAT}")

    def _elements(self, keys: dict[str, str], rows: list[list[str]]) -> None:
        """Take elements: number and nodes, of some on several lines."""
        name = keys.get("TYPE", "").upper()
        kind, count = _kind_of(name)
        numbers = [_whole(each, "*ELEMENT") for row in rows for each in row if each]
        if len(numbers) % (count + 1):
            raise GeometryError(f"*ELEMENT: elements of type '{name}' have {count} nodes each")
        cells: list[list[int]] = []
        for at in range(0, len(numbers), count + 1):
            element, nodes = numbers[at], numbers[at + 1 : at + 1 + count]
            lacking = [each for each in nodes if each not in self.row_of]
            if lacking:
                raise GeometryError(f"element {element} has node {lacking[0]}, which is not there")
            if element in self.place_of:
                raise GeometryError(f"element {element} is defined twice; {FLAT}")
            self.place_of[element] = (len(self.blocks), len(cells))
            cells.append([self.row_of[each] for each in nodes])
        if cells:
            self.blocks.append((kind, cells))
        if keys.get("ELSET"):
            self._members(keys["ELSET"]).extend(numbers[:: count + 1])

    def _set(self, keys: dict[str, str], rows: list[list[str]]) -> None:
        """Take a set: numbers, or first, last and step, or names of other sets."""
        members = self._members(keys.get("ELSET", ""))
        for row in rows:
            given = [each for each in row if each]
            if "GENERATE" in keys:
                bounds = [_whole(each, "*ELSET") for each in given]
                if len(bounds) not in (2, 3) or (len(bounds) == 3 and bounds[2] < 1):
                    raise GeometryError("*ELSET, GENERATE: first, last and step are needed")
                first, last, step = (*bounds, 1)[:3]
                if last - first > MOST_NUMBERS:
                    raise GeometryError(f"*ELSET, GENERATE: more than {MOST_NUMBERS} elements")
                members.extend(range(first, last + 1, step))
                continue
            for each in given:
                if each.lstrip("+").isdigit():
                    members.append(int(each))
                elif each.upper() in self.names:
                    members.extend(self.sets[self.names[each.upper()]])
                else:
                    raise GeometryError(f"*ELSET: there is no set '{each}' before it")

    def _members(self, name: str) -> list[int]:
        """Return the list of a set, which a second keyword of its name goes on with."""
        name = name.strip().strip('"')
        if not name:
            raise GeometryError("*ELSET has no name")
        return self.sets.setdefault(self.names.setdefault(name.upper(), name), [])

    def mesh(self) -> tuple[np.ndarray, list[tuple[str, np.ndarray]], dict[str, list[np.ndarray]]]:
        """Return points, blocks of cells, and of each set its rows in every block."""
        if not self.blocks:
            raise GeometryError("there are no *NODE and *ELEMENT in it")
        sets = {}
        for name, members in self.sets.items():
            rows: list[list[int]] = [[] for _ in self.blocks]
            for number in dict.fromkeys(members):
                if number in self.place_of:
                    block, row = self.place_of[number]
                    rows[block].append(row)
            sets[name] = [np.array(each, dtype=np.int64) for each in rows]
        blocks = [(kind, np.array(cells, dtype=np.int64)) for kind, cells in self.blocks]
        return np.array(self.points), blocks, sets


def _sections(text: str) -> Iterator[tuple[str, dict[str, str], list[list[str]]]]:
    """Give each keyword in capitals, its parameters, and its lines of data as entries."""
    keyword, keys, rows = "", {}, []  # type: str, dict[str, str], list[list[str]]
    head = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("**"):
            continue
        if line.startswith("*") or head:
            if not head and keyword:
                yield keyword, keys, rows
            head += line
            if head.endswith(","):
                continue
            keyword, keys, rows = *_keyword(head), []
            head = ""
        elif keyword:
            rows.append([each.strip() for each in line.split(",")])
    if keyword:
        yield keyword, keys, rows


def _keyword(line: str) -> tuple[str, dict[str, str]]:
    """Return the keyword of a line and its parameters, those without a value as empty texts."""
    first, *others = line.lstrip("*").split(",")
    pairs = (each.partition("=") for each in others)
    keys = {key.strip().upper(): value.strip() for key, _, value in pairs if key.strip()}
    return " ".join(first.upper().split()), keys


def _kind_of(name: str) -> tuple[str, int]:
    """Return meshio's name of an element type and its number of nodes."""
    plane, solid, line = (each.fullmatch(name) for each in (PLANE, SOLID, LINE))
    if plane:
        count = int(plane[1])
        return PLANE_KINDS[count], count
    if solid and int(solid[1]) in SOLID_KINDS:
        return SOLID_KINDS[int(solid[1])], int(solid[1])
    if line:
        count = int(line[1]) if line[1] else int(line[2]) + 1
        return ("line" if count == 2 else "line3"), count
    raise GeometryError(
        f"elements of type '{name}' are not read; write plane ones as CPS3, CPS4, CPE3 or CPE4, "
        "those in space as C3D4"
    )


def _whole(text: str, keyword: str) -> int:
    """Return a whole number."""
    try:
        return int(text)
    except ValueError:
        raise GeometryError(f"{keyword}: '{text[:40]}' is no whole number") from None
