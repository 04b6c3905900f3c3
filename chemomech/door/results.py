"""The results of one case, read from its folder when they are asked for.

result = chemomech.load_result("results/one")
result.summary["contact_fraction_cathode"]      # one row of numbers
result.timeseries["voltage_V"]                  # pandas tables, units at the end of a column's name
result.fields("charged").values["stress_xx_Pa"] # arrays on the split mesh
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chemomech.door.tables import CONVENTIONS, result_dataset
from chemomech.runs.columns import column
from chemomech.study.errors import ResultError
from chemomech.study.folder import caution_line, cautions_of, read_result

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

# The columns that `plot` draws where they are there: one panel each, in this order.
PANELS = (
    "voltage_V",
    "current_density_mA_cm2",
    "stack_pressure_MPa",
    "contact_fraction_cathode",
    "contact_fraction_anode",
    "relative_conductivity",
    "largest_opening_um",
    "energy_balance_error",
)


@dataclass(frozen=True)
class Fields:
    """Fields of one saved state, on the cells or on the facets of the interfaces.

    Attributes
    ----------
    points : (p, 3) array
        Vertices [m] of the undeformed mesh, one for each side of an interface.
    cells : (m, k) array of int
        Points of every triangle, tetrahedron or facet.
    values : dict
        Name, with its unit at the end -> array over the points (p, ...) or the cells (m, ...).
    """

    points: np.ndarray
    cells: np.ndarray
    values: dict[str, np.ndarray]


@dataclass(frozen=True, repr=False)
class Result:
    """What a run left in its folder; every part is read at first use and never changed.

    Attributes
    ----------
    folder : Path
        The results folder of one case.
    """

    folder: Path

    @cached_property
    def data(self) -> dict[str, Any]:
        """Everything in result.json; raises ResultError when it is missing or malformed."""
        path = self.folder / "result.json"
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            why = error.strerror or error
            raise ResultError(f"{path}: cannot be read: {why}; a finished run has it") from None
        except (ValueError, RecursionError) as error:
            raise ResultError(f"{path}: is not valid JSON: {error}") from None
        if read_result(self.folder) is None:
            raise ResultError(f"{path}: is not the result of a case")
        return found

    def __repr__(self) -> str:
        """Return title, folder, how many numbers there are, and which gates failed."""
        gates = "; ".join(self.gates_failed) or "all gates passed"
        return f'<result "{self.name}" in {self.folder}: {len(self.summary)} numbers; {gates}>'

    @property
    def name(self) -> str:
        """Title of the case."""
        return str(self.data["name"])

    @property
    def summary(self) -> dict[str, float | None]:
        """One row of numbers, units at the end of the names; None where one is not finite."""
        return dict(self.data["summary"])

    @property
    def cautions(self) -> list[dict[str, str]]:
        """What a reader should know of a result: code, text, where and when of each."""
        return cautions_of(self.data)

    @property
    def warnings(self) -> list[str]:
        """The `cautions`, each on one line."""
        return [caution_line(each) for each in self.cautions]

    @property
    def stopped(self) -> dict[str, str] | None:
        """Where and why a run was stopped short; None of one that came to its end."""
        return self.data.get("stopped")

    @property
    def gates_failed(self) -> list[str]:
        """One text per balance that is off by more than its gate."""
        return list(self.data["gates_failed"])

    @cached_property
    def timeseries(self) -> "pd.DataFrame":
        """One row per accepted step."""
        return self._table("timeseries")

    @cached_property
    def cycles(self) -> "pd.DataFrame":
        """One row per cycle: capacities, state of health, efficiencies, resistance, contact."""
        return self._table("cycles")

    @cached_property
    def particles(self) -> "pd.DataFrame":
        """Stoichiometry and contact of every particle at the ends of the protocol's steps."""
        return self._table("particles")

    @property
    def dataset(self) -> "xr.Dataset":
        """The tables as an xarray Dataset with units, long names and provenance."""
        names = [each for each in ("timeseries", "cycles", "particles") if self._file(each)]
        tables = {name: self._table(name) for name in names}
        return result_dataset(tables, self.provenance)

    @property
    def provenance(self) -> dict[str, str]:
        """What the result was made of and by: versions, hash of the inputs, materials."""
        data = self.data
        found = {"Conventions": CONVENTIONS, "title": self.name, "source": str(self.folder)}
        for key in ("inputs_hash", "chemomech", "dolfinx", "python"):
            found |= {key: str(data[key])} if key in data else {}
        return found | {"materials": json.dumps(data.get("materials", {}), sort_keys=True)}

    @property
    def states(self) -> list[str]:
        """Names of the states of which fields were saved, as `fields` takes them."""
        files = (self.folder / "fields").glob("cell_*.vtu")
        return sorted(each.stem.removeprefix("cell_") for each in files)

    def fields(self, state: str = "charged", on: str = "cell") -> Fields:
        """Read the fields of one saved state.

        Parameters
        ----------
        state : str
            One of `states`: "charged", "discharged", "charged_0003", a number.
        on : {"cell", "interfaces"}
            Fields of the bulk or of the interfaces.

        Raises
        ------
        ResultError
            No such state was saved, or its file cannot be read; the case's output.fields decides
            which are saved.

        Examples
        --------
        >>> import chemomech as cm
        >>> fields = cm.load_result("results/one").fields("charged")
        >>> fields.values["stress_xx_Pa"].shape == (len(fields.cells),)
        True
        """
        path = self.folder / "fields" / f"{on}_{state}.vtu"
        if on not in ("cell", "interfaces") or not path.is_file():
            known = ", ".join(self.states) or "none (see output.fields)"
            raise ResultError(f'{path}: there is no such state; saved, on "cell": {known}')
        from chemomech.geometry import GeometryError
        from chemomech.geometry.mesh.mesh_import import read_foreign

        try:
            mesh = read_foreign(path)
        except GeometryError as error:
            raise ResultError(str(error)) from None
        values = {name: np.asarray(each) for name, each in mesh.point_data.items()}
        values |= {name: np.concatenate(each) for name, each in mesh.cell_data.items()}
        return Fields(mesh.points, mesh.cells[0].data, values)

    def plot(self) -> "Figure":
        """Draw the run over its time: voltage, pressure, contact and what else was recorded.

        Examples
        --------
        >>> import chemomech as cm
        >>> cm.load_result("results/one").plot().savefig("one.png")
        """
        from matplotlib.figure import Figure

        table = self.timeseries
        time = "time_h" if "time_h" in table else "time"
        shown = [name for name in PANELS if name in table and table[name].notna().any()]
        figure = Figure(figsize=(7.0, 1.4 * len(shown) + 0.6), layout="constrained")
        axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
        for axis, name in zip(axes, shown, strict=True):
            axis.plot(table[time], table[name])
            axis.set_ylabel(_label(name), fontsize=8)
        axes[-1].set_xlabel(_label(time))
        axes[0].set_title(self.name, loc="left", parse_math=False)
        return figure

    def _file(self, name: str) -> Path | None:
        """Return the path of a table, None when it was not written."""
        path = self.folder / f"{name}.csv"
        return path if path.is_file() else None

    def _table(self, name: str) -> "pd.DataFrame":
        """Read one of the tables; raises ResultError when it was not written."""
        import pandas as pd

        path = self._file(name)
        if path is None:
            raise ResultError(f"{self.folder / name}.csv: was not written by this run")
        return pd.read_csv(path)


def _label(name: str) -> str:
    """Return the label of an axis: what is measured, and its unit in brackets."""
    try:
        found = column(name)
    except KeyError:
        return name.replace("_", " ")
    text = found.label or name.replace("_", " ")
    return text if found.unit in ("", "1") else f"{text}\n[{found.shown_unit}]"
