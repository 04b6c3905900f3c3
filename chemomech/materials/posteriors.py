"""Cards of calibrated inputs: joint samples of what measured cells leave possible.

A card is a TOML file as `chemomech calibrate` writes it:

    name = "Li|Li6PS5Cl"
    description = "..."
    version = 1                       # of the card
    made_with = "chemomech 0.1.0"
    converged = true
    words = ["..."]                   # what the data do not identify

    [inputs.creep_factor]
    unit = "1"
    meaning = "on the library's creep rate of lithium"
    prior = "lognormal, median 1.0, factor 1.44"
    reason = "..."                    # of the prior
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

    [samples]                         # of every input, in its unit; the n-th of all belong together
    creep_factor = [1.02, 0.87]

A study draws whole samples, so that what the data know of combinations is kept.
"""

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
# Units in which tables are written, and SI.
FIELD_UNITS = {
    "MPa": "Pa", "um": "m", "ohm*cm^2": "ohm*m^2", "mA/cm^2": "A/m^2", "h": "s",
    "MPa*m^0.5": "Pa*m^0.5", "mS/cm": "S/m", "cm^2": "m^2", "cm^-2": "1/m^2", "cm^3/mol": "m^3/mol",
}  # fmt: skip
SHOWN = {base: field for field, base in FIELD_UNITS.items()}
TEXTS = ("name", "description", "made_with")


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

    def best(self) -> dict[str, float]:
        """Return the most probable inputs [SI], one set that belongs together."""
        return {
            name: float(each["best"]) * _in_si(each["unit"], self.name)
            for name, each in self.inputs.items()
        }


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
    for key, kind, word in (
        ("inputs", dict, "a table"), ("samples", dict, "a table"), ("data", list, "tables"),
    ):  # fmt: skip
        if not isinstance(table.get(key), kind) or (kind is dict and not table[key]):
            raise MaterialError(f"{file}: {key} is required; write {word}")
    samples = _read_samples(table, file)
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


def _read_samples(table: Mapping[str, Any], file: Path) -> dict[str, NDArray]:
    """Return the samples of every input in SI."""
    given, inputs = table["samples"], table["inputs"]
    for name in sorted(set(given) ^ set(inputs)):
        raise MaterialError(f"{file}: {name} stands in one of inputs and samples alone")
    found = {}
    for name, listed in given.items():
        try:
            values = np.array(listed, dtype=float)
        except (TypeError, ValueError):
            values = np.empty(0)
        if values.ndim != 1 or not values.size or not np.all(np.isfinite(values)):
            raise MaterialError(f"{file}: samples.{name}: write a list of finite numbers")
        unit = inputs[name].get("unit") if isinstance(inputs[name], dict) else None
        if not isinstance(unit, str):
            raise MaterialError(f"{file}: inputs.{name}.unit is required; write a text in quotes")
        found[name] = values * _in_si(unit, file)
    if len({len(values) for values in found.values()}) > 1:
        raise MaterialError(f"{file}: samples: the lists differ in length; they belong together")
    return found


def _in_si(unit: str, file: Path | str) -> float:
    """Return the SI value of one of a unit."""
    try:
        return 1.0 if unit == "1" else to_si(f"1 {unit}", FIELD_UNITS.get(unit, unit))
    except QuantityError as error:
        raise MaterialError(f"{file}: {error}") from None
