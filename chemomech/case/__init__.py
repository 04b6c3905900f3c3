"""What a user may ask: the schema of a case file, checked and held in SI units."""

from chemomech.case.errors import CaseError, read_toml
from chemomech.case.geometry import FileGeometry, LayeredCell
from chemomech.case.identity import case_hash
from chemomech.case.keys import Changes
from chemomech.case.reading import describe_schema, load_case, load_drawing, parse_case
from chemomech.case.schema import Case

__all__ = [
    "Case",
    "CaseError",
    "Changes",
    "FileGeometry",
    "LayeredCell",
    "case_hash",
    "describe_schema",
    "load_case",
    "load_drawing",
    "parse_case",
    "read_toml",
]
