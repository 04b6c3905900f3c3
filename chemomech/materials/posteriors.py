"""Cards of calibrated inputs: joint samples of what measured cells leave possible.

A card is a TOML file and a CSV table beside it, as `chemomech calibrate` writes them:

    name = "Li|Li6PS5Cl"
    description = "..."
    version = 1                       # of the card
    made_with = "chemomech 0.1.0"
    samples = "li_li6ps5cl.csv"       # a header "input [unit]", ..., and a row per joint sample
    converged = true

    [inputs.creep_factor]             # per column of the table
    unit = "1"
    meaning = "on the library's creep rate of lithium"
    prior = "lognormal, median 1.0, factor 1.44"
    median = 1.1
    band_80 = [0.7, 1.7]
    best = 1.05                       # of the most probable sample
    shrinkage = 0.1                   # 0: the data say nothing of it

    [fixed]                           # inputs that were not fitted, as text with unit
    area = "0.785 cm^2"

    [[data]]                          # what it was fitted to
    name = "resistance"
    kind = "resistance"
    count = 7
    inside = 6                        # of the 80 % predictive band
    source = "..."
    provenance = "secondary source"

A study draws whole rows, so that what the data know of combinations is kept.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.case.errors import CaseError, nearest, read_toml
from chemomech.materials.specifications import MaterialError
from chemomech.units.quantity import QuantityError, shown, to_si

FOLDER = Path(__file__).parent / "calibrated"
HEADER = re.compile(r"\s*(\w+)\s*\[([^\]]+)\]\s*")
# Units in which tables are written, and SI.
FIELD_UNITS = {
    "MPa": "Pa", "um": "m", "ohm*cm^2": "ohm*m^2", "mA/cm^2": "A/m^2", "h": "s",
    "MPa*m^0.5": "Pa*m^0.5", "mS/cm": "S/m", "cm^2": "m^2", "cm^-2": "1/m^2", "cm^3/mol": "m^3/mol",
}  # fmt: skip
SHOWN = {base: field for field, base in FIELD_UNITS.items()}
TEXTS = ("name", "description", "made_with", "samples")


@dataclass(frozen=True)
class PosteriorCard:
    """Joint samples of inputs, and what they were fitted to.

    Attributes
    ----------
    name, description, made_with : str
        As the file says.
    version : int
        Of the card.
    converged : bool
        Whether the chain was long enough.
    samples : mapping of str to (s,) array
        Joint samples by input [SI].
    inputs : mapping of str to mapping
        Unit, meaning, prior, median, band and shrinkage of each.
    fixed : mapping of str to str
        Inputs that were not fitted, as text.
    data : tuple of mapping
        Name, kind, number, source and provenance of each data set.
    """

    name: str
    description: str
    made_with: str
    version: int
    converged: bool
    samples: Mapping[str, NDArray]
    inputs: Mapping[str, Mapping[str, Any]]
    fixed: Mapping[str, str]
    data: tuple[Mapping[str, Any], ...]

    def draw(self, count: int, seed: int) -> dict[str, NDArray]:
        """Return joint samples (count,) of every input [SI], whole rows drawn at random.

        Parameters
        ----------
        count : int
            Number of samples.
        seed : int
            The same draws for the same seed.
        """
        rows = len(next(iter(self.samples.values())))
        chosen = np.random.default_rng(seed).integers(rows, size=count)
        return {name: values[chosen] for name, values in self.samples.items()}

    def median(self, name: str) -> float:
        """Return the median of an input [SI]."""
        return float(np.median(self.samples[name]))


@lru_cache(maxsize=1)
def posterior_library() -> dict[str, Path]:
    """Return the library's cards by the name a user writes."""
    return {str(read_toml(file).get("name")): file for file in sorted(FOLDER.glob("*.toml"))}


def load_posterior(choice: str, base_folder: str | Path = ".") -> PosteriorCard:
    """Return a card of calibrated inputs.

    Parameters
    ----------
    choice : str
        A name of the library, or a path ending in .toml.
    base_folder : path
        Where a relative path starts.

    Raises
    ------
    MaterialError
        There is no such card, or it is damaged.

    Examples
    --------
    >>> card = load_posterior("Li|Li6PS5Cl")
    >>> sorted(card.inputs)[:2]
    ['channel_width', 'contact_hardness']
    """
    if choice.endswith(".toml"):
        return read_posterior(Path(base_folder) / choice)
    if choice not in posterior_library():
        raise MaterialError(
            f'"{choice}" is no card of calibrated inputs; {nearest(choice, posterior_library())}'
        )
    return read_posterior(posterior_library()[choice])


def read_posterior(file: Path) -> PosteriorCard:
    """Read a card and its table; raise MaterialError naming file and key."""
    try:
        table = read_toml(file)
    except CaseError as error:
        raise MaterialError(str(error)) from None
    for key in TEXTS:
        if not isinstance(table.get(key), str):
            raise MaterialError(f"{file}: {key} = {shown(table.get(key))}; write a text in quotes")
    for key, kind, word in (("inputs", dict, "a table"), ("data", list, "a list of tables")):
        if not isinstance(table.get(key), kind):
            raise MaterialError(f"{file}: {key} is required; write {word}")
    samples = _read_samples(file.parent / table["samples"])
    if set(samples) != set(table["inputs"]):
        wrong = sorted(set(samples) ^ set(table["inputs"]))[0]
        raise MaterialError(f"{file}: {wrong} stands in one of inputs and {table['samples']} alone")
    return PosteriorCard(
        table["name"],
        table["description"],
        table["made_with"],
        int(table.get("version", 1)),
        bool(table.get("converged", False)),
        samples,
        table["inputs"],
        table.get("fixed", {}),
        tuple(table["data"]),
    )


def _read_samples(file: Path) -> dict[str, NDArray]:
    """Return the columns of a table of samples in SI."""
    try:
        with open(file, encoding="utf-8", newline="") as opened:
            header, *rows = csv.reader(opened)
        values = np.array(rows, dtype=float)
    except OSError as error:
        raise MaterialError(f"{file}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise MaterialError(f"{file}: is not a table of numbers under a header") from None
    if values.ndim != 2 or values.shape[1] != len(header) or not np.all(np.isfinite(values)):
        raise MaterialError(f"{file}: needs rows of {len(header)} finite numbers")
    found = {}
    for cell, column in zip(header, values.T, strict=True):
        named = HEADER.fullmatch(cell)
        if named is None:
            raise MaterialError(f'{file}: header {shown(cell)}; write "input [unit]"')
        found[named[1]] = column * _in_si(named[2], file)
    return found


def _in_si(unit: str, file: Path) -> float:
    """Return the SI value of one of a unit."""
    try:
        return 1.0 if unit == "1" else to_si(f"1 {unit}", FIELD_UNITS.get(unit, unit))
    except QuantityError as error:
        raise MaterialError(f"{file}: {error}") from None
