"""The flaws of a case file: families that are followed, and straight cracks that are meshed."""

from chemomech.case.flaws.families import FlawFamily, check_flaws
from chemomech.case.flaws.meshed import OPEN_CRACK, MeshedFlaw, MeshedFlaws, meshed_flaw_materials

__all__ = [
    "OPEN_CRACK",
    "FlawFamily",
    "MeshedFlaw",
    "MeshedFlaws",
    "check_flaws",
    "meshed_flaw_materials",
]
