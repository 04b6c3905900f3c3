"""A calibration that is ready to be sampled: priors, data, models and what is not fitted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from chemomech.calibration.file import CalibrationFile, Data, Parameter
from chemomech.calibration.inputs import INPUTS, default_value, reads
from chemomech.calibration.likelihood import Observations
from chemomech.calibration.models import MODELS, Conditions
from chemomech.calibration.priors import Prior, make_prior
from chemomech.calibration.reading import read_observations
from chemomech.case.errors import CaseError, explain, nearest, read_toml
from chemomech.materials import Material, load_material
from chemomech.units.quantity import QuantityError, shown, to_si

SCATTER = "scatter of "


@dataclass(frozen=True)
class DataSet:
    """Measured numbers with the model that they speak of.

    Attributes
    ----------
    data : Data
        As written.
    conditions : Conditions
        What cells were measured at.
    observations : Observations
        What was measured.
    """

    data: Data
    conditions: Conditions
    observations: Observations

    def predict(self, values: Any) -> NDArray:
        """Return what the model says (w, n) [SI] for inputs of w walkers."""
        return MODELS[self.data.kind](values, self.conditions)


@dataclass(frozen=True)
class Problem:
    """A posterior: parameters with priors, and data sets.

    Attributes
    ----------
    file : CalibrationFile
        As written.
    priors : dict of str to Prior
        By name: fitted inputs first, then the scatter of each set that has none measured.
    units : dict of str to str
        SI units of the parameters.
    fixed : dict of str to float
        Inputs that are not fitted [SI].
    origins : dict of str to str
        Where each of those comes from.
    sets : tuple of DataSet
        The data.
    """

    file: CalibrationFile
    priors: dict[str, Prior]
    units: dict[str, str]
    fixed: dict[str, float]
    origins: dict[str, str]
    sets: tuple[DataSet, ...]

    @property
    def names(self) -> list[str]:
        """Names of the parameters."""
        return list(self.priors)

    def values(self, z: NDArray) -> dict[str, Any]:
        """Return all inputs of walkers z (w, d): numbers, or arrays (w, 1)."""
        columns = {
            name: prior.to_value(z[:, k : k + 1])
            for k, (name, prior) in enumerate(self.priors.items())
        }
        return {**self.fixed, **columns}

    def log_prior(self, z: NDArray) -> NDArray:
        """Return the logarithm of the prior (w,) up to a constant."""
        each = [prior.log_density(z[:, k]) for k, prior in enumerate(self.priors.values())]
        return np.sum(each, axis=0)

    def scatter_of(self, values: dict[str, Any], data: Data) -> NDArray:
        """Return the scatter of a set (w, 1) in ln of what is measured: measured, or fitted."""
        if data.error is None:
            found: NDArray = values[SCATTER + data.name]
            return found
        walkers = len(values[next(iter(self.priors))])
        return np.full((walkers, 1), data.error)

    def log_probability(self, z: NDArray) -> NDArray:
        """Return the logarithm of the posterior (w,) up to a constant, -inf outside the priors."""
        found = self.log_prior(z)
        inside = np.isfinite(found)
        if inside.any():
            values = self.values(z[inside])
            for each in self.sets:
                found[inside] += each.observations.log_likelihood(
                    each.predict(values), self.scatter_of(values, each.data)
                )
        return found

    def prior_samples(self, count: int, generator: np.random.Generator) -> NDArray:
        """Return draws of the prior (count, d) in z."""
        shares = generator.uniform(1e-9, 1.0 - 1e-9, (count, len(self.priors)))
        columns = [prior.quantile(shares[:, k]) for k, prior in enumerate(self.priors.values())]
        return np.stack(columns, axis=1)


def load_problem(path: str | Path) -> Problem:
    """Read and check a calibration file.

    Parameters
    ----------
    path : path
        The TOML file.

    Raises
    ------
    CaseError
        One line per problem, with key, value and what is accepted.
    """
    return parse_problem(read_toml(path), Path(path).parent)


def parse_problem(table: Any, base_folder: str | Path = ".") -> Problem:
    """Check a calibration given as nested tables, as read from TOML.

    Parameters
    ----------
    table : dict
        Section -> keys.
    base_folder : path
        Where the relative paths in it start.

    Raises
    ------
    CaseError
        One line per problem.
    """
    try:
        file = CalibrationFile.model_validate(table)
    except ValidationError as failure:
        raise explain(failure, CalibrationFile) from None
    _check_names(file)
    priors = {name: _prior(name, each) for name, each in file.parameters.items()}
    fixed, origins = _fixed(file, Path(base_folder))
    area = fixed.get("area")
    sets = []
    for number, data in enumerate(file.data):
        conditions, observed = read_observations(
            data, f"data.{number}", Path(base_folder), area, file.contact_law
        )
        sets.append(DataSet(data, conditions, observed))
        if data.error is None:
            spread = data.scatter
            text = f"lognormal, median {spread.median:g}, factor {spread.factor:g}"
            name = SCATTER + data.name
            priors[name] = make_prior("lognormal", spread.median, spread.factor, text=text)
    units = {name: INPUTS[name].unit if name in INPUTS else "1" for name in priors}
    if file.sampler.walkers < 2 * len(priors) or file.sampler.walkers % 2:
        raise CaseError(
            f"sampler.walkers: given {file.sampler.walkers}; write an even number of at least "
            f"{2 * len(priors)}, twice the number of parameters"
        )
    return Problem(file, priors, units, fixed, origins, tuple(sets))


def _check_names(file: CalibrationFile) -> None:
    """Refuse unknown inputs, inputs given twice, and parameters that no data read."""
    for section in ("inputs", "parameters"):
        for name in getattr(file, section):
            if name not in INPUTS:
                raise CaseError(f"{section}.{name}: is not a known input; {nearest(name, INPUTS)}")
    for name in file.parameters:
        if name in file.inputs:
            raise CaseError(f"inputs.{name}: is a parameter too; give one")
        if not INPUTS[name].draws:
            raise CaseError(f"parameters.{name}: cannot be fitted; give it under inputs")
    names = [each.name for each in file.data]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise CaseError(f"data: the name {shown(min(twice))} stands twice")


def _fixed(file: CalibrationFile, folder: Path) -> tuple[dict[str, float], dict[str, str]]:
    """Return the inputs that are not fitted, and where each comes from."""
    materials: dict[str, Material] = {
        str(role): load_material(choice, folder, "interface" if role == "face" else "bulk")
        for role, choice in file.materials.items()
    }
    needed = {name for each in file.data for name in reads(each.kind, file.contact_law)}
    needed |= set(file.inputs)
    fixed: dict[str, float] = {}
    origins: dict[str, str] = {}
    for name in [name for name in INPUTS if name in needed and name not in file.parameters]:
        if name in file.inputs:
            value = _number(file.inputs[name], name, f"inputs.{name}")
            fixed[name], origins[name] = value, "the calibration file"
            continue
        found = default_value(name, materials)
        if found is None:
            raise CaseError(
                f"inputs.{name}: is required ({INPUTS[name].meaning}); give it under inputs, or "
                "name the material that has it under materials"
            )
        fixed[name], origins[name] = found
    return fixed, origins


def _number(given: Any, name: str, where: str) -> float:
    """Return an input in SI, >= 0."""
    unit = INPUTS[name].unit
    if unit == "1":
        if isinstance(given, bool) or not isinstance(given, int | float) or not np.isfinite(given):
            raise CaseError(f"{where}: given {shown(given)}; write a number")
        value = float(given)
    else:
        try:
            value = to_si(given, unit, where)
        except QuantityError as error:
            raise CaseError(str(error)) from None
    if value < 0.0:
        raise CaseError(f"{where}: given {shown(given)}; write a value of at least zero")
    return value


def _prior(name: str, given: Parameter) -> Prior:
    """Return the prior of a parameter; raise CaseError naming what is wrong with it."""
    where = f"parameters.{name}"
    takes = {
        "normal": ("mean", "deviation"),
        "lognormal": ("median", "factor"),
        "uniform": (),
        "loguniform": (),
    }[given.prior]
    for key in ("mean", "deviation", "median", "factor"):
        if getattr(given, key) is not None and key not in takes:
            raise CaseError(f"{where}.{key}: a {given.prior} prior has none; remove it")
    numbers: dict[str, float] = {}
    for key, goal in (
        ("mean", "middle"), ("median", "middle"), ("deviation", "width"), ("low", "low"),
        ("high", "high"),
    ):  # fmt: skip
        if getattr(given, key) is not None:
            numbers[goal] = _number(getattr(given, key), name, f"{where}.{key}")
    if given.factor is not None:
        numbers["width"] = given.factor
    for key in takes:
        if getattr(given, key) is None:
            raise CaseError(f"{where}.{key}: is required with a {given.prior} prior")
    # Inputs are sizes and rates: none is negative.
    numbers["low"] = max(numbers.get("low", 0.0), 0.0)
    written = [
        f"{key} {getattr(given, key)}"
        for key in ("mean", "deviation", "median", "factor", "low", "high")
        if getattr(given, key) is not None
    ]
    try:
        return make_prior(given.prior, **numbers, text=", ".join([given.prior, *written]))
    except ValueError as error:
        raise CaseError(f"{where}: {error}") from None
