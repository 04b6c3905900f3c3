"""Fields of one state of a cell as ParaView files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.cracks import dissipated_fractions
from chemomech.analysis.losses import drops_of
from chemomech.fem import output
from chemomech.physics.bulk.elasticity import von_mises
from chemomech.runs.record import Arrays, Observer
from chemomech.setup.cell import Cell
from chemomech.simulation.coupled import CoupledState, Coupling
from chemomech.simulation.run_state import RunState

STRESSES = ("xx", "yy", "zz", "xy", "yz", "xz")


class FieldWriter:
    """Writes states into `folder`/fields and keeps two collections, cell.pvd and interfaces.pvd."""

    def __init__(self, cell: Cell, folder: Path, coupling: Coupling | None = None):
        """Start a folder.

        Parameters
        ----------
        cell : Cell
            The cell.
        folder : Path
            Of the case's results.
        coupling : Coupling or None
            The cell's models where current flows; with it the fields of lithium and current are
            written too.
        """
        self.cell, self.coupling, self.folder = cell, coupling, folder / "fields"
        self.entries: list[tuple[float, str]] = []
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, label: str, run_state: RunState) -> None:
        """Save the state of a RunState.

        label names the files; the state's time goes into the collections.
        """
        self._bulk(self.folder / f"cell_{label}.vtu", run_state)
        self._interfaces(self.folder / f"interfaces_{label}.vtu", run_state)
        self.entries.append((run_state.time, label))
        for kind in ("cell", "interfaces"):
            rows = [(t, f"{kind}_{name}.vtu") for t, name in self.entries]
            output.write_collection(self.folder / f"{kind}.pvd", rows)

    def _bulk(self, path: Path, run_state: RunState) -> None:
        """Write the fields of the solids."""
        domain, mechanics, mechanical = self.cell.domain, self.cell.mechanics, run_state.mechanical
        stress = mechanical.stress.mean(axis=1)
        space, nodes = mechanics.space, mechanics.nodal(mechanical.displacement)
        points = {}
        if self.coupling is not None:
            space, nodes = (
                self.coupling.chemistry.space,
                self._on_chemical_nodes(self.coupling, nodes),
            )
            chemical = run_state.state.chemical
            points = {"potential_V": chemical.potential, "stoichiometry": chemical.stoichiometry}
        cells = {
            "region": domain.region,
            "particle": domain.particle,
            "plastic_strain": self._plastic(mechanical),
            "von_mises_Pa": von_mises(stress),
            "mean_stress_Pa": stress[:, :3].mean(axis=1),
            **self._cracks(mechanical),
            **{f"stress_{STRESSES[i]}_Pa": stress[:, i] for i in range(stress.shape[1])},
        }
        points = {"displacement_m": output.as_vector(nodes)} | points
        output.write_cells(path, domain, space, points, cells)

    def _cracks(self, mechanical: Any) -> dict[str, NDArray]:
        """Return the damage of every cell by cracks in the bulk, where there may be some."""
        damage = getattr(self.cell.mechanics, "damage", None)
        return {} if damage is None else {"crack_damage": damage.of_cells(mechanical.phase)}

    def _plastic(self, mechanical: Any) -> NDArray:
        """Return the mean accumulated plastic strain of every cell; zero where none can yield."""
        values = np.zeros(len(self.cell.domain.region))
        values[self.cell.mechanics.yielding] = mechanical.accumulated.mean(axis=1)
        return values

    def _on_chemical_nodes(self, coupling: Coupling, displacement: NDArray) -> NDArray:
        """Return the displacement (n, d) at the nodes of the potentials.

        These are split at more borders.
        """
        chemistry, mechanics = coupling.chemistry, self.cell.mechanics
        values = np.empty((chemistry.size, self.cell.domain.dimension))
        values[chemistry.space.dofmap.list] = displacement[mechanics.space.dofmap.list]
        return values

    def _currents(self, coupling: Coupling, state: CoupledState) -> dict[str, NDArray]:
        """Return contact, current density and overpotential at all interface points, by name.

        They are zero off the electrodes.
        """
        shape = self.cell.mechanics.jump.weights.shape
        current, overpotential = np.zeros(shape), np.zeros(shape)
        for electrode in self.cell.electrodes():
            drops = drops_of(coupling.chemistry, state.chemical, state.around, electrode.interface)
            current[electrode.rows], overpotential[electrode.rows] = (
                drops.current, drops.overpotential
            )  # fmt: skip
        return {
            "conducting_fraction": state.around.conducting,
            "current_density_A_m2": current,
            "overpotential_V": overpotential,
        }

    def _interfaces(self, path: Path, run_state: RunState) -> None:
        """Write the fields of the interfaces."""
        domain, mechanics, mechanical = self.cell.domain, self.cell.mechanics, run_state.mechanical
        weights = mechanics.jump.weights / mechanics.jump.weights.sum(axis=1, keepdims=True)
        number = np.concatenate(
            [np.full(len(f), i) for i, f in enumerate(domain.interfaces.values())]
        )
        values = {
            "opening_m": mechanical.opening[..., 0],
            "sliding_m": _sliding(mechanical.opening),
            "damage": mechanical.damage,
            "dissipated_fraction": dissipated_fractions(mechanics, mechanical),
            "traction_normal_Pa": mechanical.traction[..., 0],
            "contact_pressure_Pa": np.maximum(-mechanical.traction[..., 0], 0.0),
            **({} if self.coupling is None else self._currents(self.coupling, run_state.state)),
        }
        means = {name: np.einsum("kq,kq->k", each, weights) for name, each in values.items()}
        nodes = mechanics.nodal(mechanical.displacement)
        output.write_facets(
            path, domain, mechanics.space, mechanics.facets, nodes, {"interface": number} | means
        )


class FieldRecord(Observer):
    """Saves those states of a cell that is cycled which a case asks for."""

    name = "fields"

    def __init__(self, writer: FieldWriter, kept: str, last_cycle: int):
        """Start without files.

        Parameters
        ----------
        writer : FieldWriter
            Writes the states.
        kept : str
            output.fields of the case.
        last_cycle : int
            Number of the run's last cycle.
        """
        self.writer, self.kept, self.last_cycle, self.count = writer, kept, last_cycle, 0

    def observe(self, seen: Any) -> None:
        """Save a state when it is one of those that are kept."""
        label = self._label(seen.run_state)
        self.count += 1
        if label:
            self.writer.write(label, seen.run_state)

    def _label(self, run_state: RunState) -> str | None:
        """Return the name of a state's fields, or None when it is not kept."""
        current, end = run_state.state.chemical.current_density, None
        if run_state.reason and current:
            end = "charged" if current < 0.0 else "discharged"
        if self.kept == "all":
            return end if end and run_state.cycle == self.last_cycle else f"{self.count:04d}"
        if end is None or (run_state.cycle < self.last_cycle and self.kept == "worst"):
            return None
        return end if self.kept == "worst" else f"{end}_{run_state.cycle:04d}"

    def cycle_ended(self, run_state: RunState) -> None:
        """Forget the ends of a cycle that was the last before cycles were added."""
        if run_state.done < self.last_cycle:
            ends = ("charged", "discharged")
            self.writer.entries = [each for each in self.writer.entries if each[1] not in ends]

    def arrays(self) -> Arrays:
        """Return what was saved and how many states were seen."""
        times, labels = (
            [time for time, _ in self.writer.entries],
            [n for _, n in self.writer.entries],
        )
        return {
            "count": np.array(self.count),
            "time": np.array(times, dtype=float),
            "label": np.array(labels, dtype=str),
        }

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.count = arrays["count"].item()
        times, labels = arrays["time"].tolist(), arrays["label"].tolist()
        self.writer.entries = list(zip(times, labels, strict=True))


def _sliding(opening: NDArray) -> NDArray:
    """Return sliding (k, q) [m] of openings (k, q, d): with its sign in 2D, the distance in 3D."""
    return opening[..., 1] if opening.shape[-1] == 2 else np.linalg.norm(opening[..., 1:], axis=-1)
