"""What a result depends on, as one short hash: the case, its materials' values and the program."""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chemomech.materials.loader import load_material
from chemomech.materials.posteriors import load_posterior
from chemomech.materials.records import Material
from chemomech.materials.specifications import Curve
from chemomech.version import __version__

PACKAGE = Path(__file__).parents[1]
SHOWS_ONLY = {
    "study", "report", "door", "api", "progress", "completion", "endings", "cli", "__main__",
}  # fmt: skip

if TYPE_CHECKING:
    from chemomech.case import Case


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return 16 hexadecimal digits of the program that computes results.

    They are of the content of its modules: a number of a version stays while code changes, and a
    commit is not known to an installation. What only plans, shows or hands out results is left out.
    """
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0].removesuffix(".py") not in SHOWS_ONLY:
            found.update(f"{name.as_posix()}\n".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def inputs_hash(
    case: "Case",
    own_laws: Mapping[str, str] | None = None,
    canonical: Mapping[str, Any] | None = None,
) -> str:
    """Return 16 hexadecimal digits that change when a result of this case would.

    Parameters
    ----------
    case : Case
        The case.
    own_laws : mapping, optional
        Source texts of the laws of one's own by their names, where the case has some.
    canonical : mapping, optional
        What counts of the case; left out: all of it.

    Raises
    ------
    MaterialError
        A material of the case cannot be read.
    """
    choices = {**case.materials, **case.cohesive}
    values = {
        name: _values(load_material(choice, case.base_folder)) for name, choice in choices.items()
    }
    plain = case.canonical() if canonical is None else dict(canonical)
    if case.uncertainty.posterior is not None:
        card = load_posterior(case.uncertainty.posterior, case.base_folder)
        values["posterior"] = {name: each.tolist() for name, each in card.samples.items()}
    parts = [__version__, code_version(), plain, values, *([dict(own_laws)] if own_laws else [])]
    text = json.dumps(parts, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _values(material: Material) -> dict[str, Any]:
    """Return the plain value of every property by its name."""
    plain: dict[str, Any] = {}
    for name, each in material.properties.items():
        value = each.value
        plain[name] = [value.stoichiometry, value.value] if isinstance(value, Curve) else value
    return plain
