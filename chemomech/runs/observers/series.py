"""The time series of a cell that is cycled, and its particles at the ends of steps."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chemomech.analysis import contact
from chemomech.analysis.cracks import bulk_columns, columns
from chemomech.analysis.flaws.sites import FlawSites
from chemomech.analysis.losses import Losses, drops_of, losses
from chemomech.physics.electrochemistry.equilibrium import equilibrium_potential
from chemomech.physics.lithium.vacancies import stored
from chemomech.runs.cycles_table import cycles_table, utilisation
from chemomech.runs.outputs import write_table
from chemomech.runs.record import Arrays, Observer, Rows, part_of, to_columns, to_rows
from chemomech.setup.cell import Cell, Electrode
from chemomech.setup.plan import Plan
from chemomech.simulation.coupled import CoupledState, Coupling
from chemomech.simulation.lithium_face import VoidShape, creep_strain, void_shape
from chemomech.simulation.run_state import Conditions, RunState
from chemomech.units.field import HOUR, MA_CM2, MICROMETRE, MILLIVOLT, MPA, OHM_CM2, energy_unit

SMALL_CHARGE = 1e-3  # of the capacity: below it a share of the charge passed is mostly rounding


@dataclass(frozen=True)
class CellView:
    """What observers see of one state of a cell that is cycled.

    What several of them need is computed once.

    Attributes
    ----------
    run_state : RunState
        The accepted state.
    cell : Cell
        Held by its fixture.
    coupling : Coupling
        Its models.
    flaws : FlawSites
        Sites of flaws at the lithium.
    """

    run_state: RunState
    cell: Cell
    coupling: Coupling
    flaws: FlawSites

    @property
    def anode(self) -> Electrode:
        """The lithium's electrode."""
        return self.cell.electrodes()[0]

    @property
    def cathode(self) -> Electrode:
        """The active material's electrode."""
        return self.cell.electrodes()[1]

    @property
    def when(self) -> dict[str, Any]:
        """Columns that say at which time of a run the state is."""
        return {"time_h": self.run_state.time / HOUR, "cycle": self.run_state.cycle}

    @property
    def step_ended(self) -> bool:
        """Whether a step of the protocol ends here, or the run starts."""
        return bool(self.run_state.reason) or not self.run_state.steps

    @cached_property
    def volumes(self) -> NDArray:
        """Volumes that the points of the active material stand for (m, q) [m2], in 3D [m3]."""
        chemistry = self.coupling.chemistry
        return chemistry.value.weights[chemistry.host_rows[self.cathode.region]]

    @cached_property
    def stoichiometry(self) -> NDArray:
        """Stoichiometry at these points (m, q)."""
        chemistry = self.coupling.chemistry
        rows = chemistry.host_rows[self.cathode.region]
        return chemistry.value(self.run_state.state.chemical.stoichiometry)[rows, :, 0]

    @cached_property
    def mean_stoichiometry(self) -> float:
        """Mean over the active material."""
        return float(np.sum(self.volumes * self.stoichiometry) / self.volumes.sum())

    @cached_property
    def drops(self) -> dict[str, Any]:
        """Interface -> Drops of the anode's and of the cathode's."""
        state = self.run_state.state
        return {
            each.interface: drops_of(
                self.coupling.chemistry, state.chemical, state.around, each.interface
            )
            for each in self.cell.electrodes()
        }

    @cached_property
    def void_shape(self) -> VoidShape:
        """Voids on the lithium's face."""
        rows, weights = self.anode.rows, self.cell.mechanics.jump.weights
        return void_shape(self.run_state.mechanical, rows, weights[rows])

    @cached_property
    def sites(self) -> tuple[NDArray, ...]:
        """What drives flaws at the lithium, in the order of `FlawSites.at`."""
        drops = self.drops[self.anode.interface]
        return self.flaws.at(self.run_state.state, np.maximum(-drops.overpotential, 0.0))


class TimeSeries(Observer):
    """A row per accepted step: timeseries.csv, and cycles.csv of it."""

    name = "series"

    def __init__(self, case: Any, cell: Cell, coupling: Coupling, capacity: float):
        """Start without rows; lithium and thickness are counted from the first state.

        capacity: what 1C means [C/m2].
        """
        self.capacity = capacity
        self.cell, self.coupling, self.cracks = cell, coupling, case.phase_field is not None
        self.anode, self.cathode = cell.electrodes()
        self.rows: Rows = []
        self.lithium, self.position = np.nan, np.nan
        self.potential = equilibrium_potential(
            cell.materials[self.cathode.region].equilibrium_potential
        )
        # Electrodes have their contact; other interfaces have cracks.
        electrodes = (self.anode.interface, self.cathode.interface)
        self.inner = [name for name in cell.mechanics.rows if name not in electrodes]

    def table(self) -> pd.DataFrame:
        """Return the time series."""
        return pd.DataFrame(self.rows)

    def observe(self, seen: CellView) -> None:
        """Take down an accepted state."""
        state = seen.run_state.state
        if not self.rows:
            self.lithium = self.coupling.chemistry.lithium(state.chemical.stoichiometry)
            self.position = state.mechanical.position
        potential = float(self.potential(np.array(seen.mean_stoichiometry)).value)
        lost = losses(self.coupling, state, seen.drops, potential)
        self.rows.append(
            self._when(seen, potential)
            | self._resistances(seen, lost)
            | self._interfaces(seen)
            | self._lithium_side(seen)
            | self._balances(seen.run_state, lost)
        )

    def _when(self, seen: CellView, potential: float) -> dict[str, Any]:
        """Return time, voltage, current and what is imposed.

        potential: equilibrium at the mean stoichiometry [V].
        """
        run_state, state = seen.run_state, seen.run_state.state
        conditions = run_state.conditions or Conditions(np.nan, np.nan)
        thickness = state.mechanical.position - self.position
        return {
            "time_h": run_state.time / HOUR,
            "cycle": run_state.cycle,
            "protocol_step": run_state.number,
            "step_ended": run_state.reason,
            "voltage_V": state.chemical.voltage,
            "current_density_mA_cm2": state.chemical.current_density / MA_CM2,
            "charge_mAh_cm2": run_state.charge / HOUR / MA_CM2,
            "stoichiometry": seen.mean_stoichiometry,
            "equilibrium_potential_V": potential,
            "stack_pressure_MPa": conditions.stack_pressure / MPA,
            "measured_stack_pressure_MPa": state.mechanical.pressure / MPA,
            "temperature_degC": state.around.temperature - 273.15,
            "thickness_change_um": thickness / MICROMETRE,
        }

    def _resistances(self, seen: CellView, lost: Losses) -> dict[str, float]:
        """Return how much of the electrodes conducts, what resists and where the voltage goes."""
        cell, state = self.cell, seen.run_state.state
        weights, conducting = cell.mechanics.jump.weights, state.around.conducting
        current = abs(state.chemical.current_density)
        ohm = 1.0 / current / OHM_CM2 if np.isfinite(lost.ionic) else np.nan
        fraction, focusing, gaps = {}, {}, {}
        for side, electrode in (("cathode", self.cathode), ("anode", self.anode)):
            here, through = weights[electrode.rows], seen.drops[electrode.interface].current
            fraction[f"contact_fraction_{side}"] = contact.contact_fraction(
                conducting[electrode.rows], here
            )
            focusing[f"current_focusing_{side}"] = contact.current_focusing(np.abs(through), here)
            gaps[f"current_share_across_gaps_{side}"] = contact.share_across_gaps(
                through, state.mechanical.opening[electrode.rows][..., 0], here
            )
        return {
            **fraction,
            "interfacial_resistance_cathode_ohm_cm2": (lost.transfer + lost.contact + lost.film)
            * ohm,
            "interfacial_resistance_anode_ohm_cm2": lost.anode * ohm,
            "ionic_resistance_ohm_cm2": lost.ionic * ohm,
            "electronic_resistance_ohm_cm2": lost.electronic * ohm,
            "charge_transfer_resistance_cathode_ohm_cm2": lost.transfer * ohm,
            "contact_resistance_cathode_ohm_cm2": lost.contact * ohm,
            "film_resistance_cathode_ohm_cm2": lost.film * ohm,
            "voltage_loss_mV": lost.total() / MILLIVOLT,
            "concentration_mV": lost.concentration / MILLIVOLT,
            "stress_mV": lost.stress / MILLIVOLT,
            **focusing,
            **gaps,
        }

    def _interfaces(self, seen: CellView) -> dict[str, float]:
        """Return damage and opening of the cathode, and cracks."""
        mechanics, mechanical = self.cell.mechanics, seen.run_state.mechanical
        rows = self.cathode.rows
        damage = contact.contact_fraction(mechanical.damage[rows], mechanics.jump.weights[rows])
        opening = float(mechanical.opening[rows][..., 0].max())
        return {
            "mean_damage_cathode": damage,
            **columns(mechanics, mechanical, self.inner),
            "largest_opening_um": opening / MICROMETRE,
            "overlap_share": contact.overlap_share(mechanics, mechanical),
            **(bulk_columns(mechanics, mechanical) if self.cracks else {}),
        }

    def _lithium_side(self, seen: CellView) -> dict[str, float]:
        """Return voids, vacancies and creep of the lithium."""
        shape, mechanics = seen.void_shape, self.cell.mechanics
        lithium = self.cell.domain.cells_of(self.anode.region)
        strain = creep_strain(mechanics, seen.run_state.mechanical, lithium)
        return {
            "void_volume_um": shape.area / MICROMETRE,
            "void_depth_um": shape.depth / MICROMETRE,
            "void_share": shape.share,
            "vacancies_um": self._vacancies(seen.run_state.state) / MICROMETRE,
            "lithium_creep_strain_largest": strain.largest,
            "lithium_creep_strain_mean": strain.mean,
        }

    def _balances(self, run_state: RunState, lost: Losses) -> dict[str, float]:
        """Return what is lost of lithium, charge, power and energy, the work, and the energies."""
        unit = energy_unit(self.cell)
        return {
            "lithium_balance_error": self._lithium_error(run_state),
            "charge_balance_error": self._charge_error(run_state),
            "power_balance_error": lost.imbalance,
            "energy_balance_error": run_state.energy_error,
            "rounds": run_state.counts.get("rounds", 0),
            "newton_iterations": run_state.iterations,
            **{f"energy_{name}_{unit}": value for name, value in asdict(run_state.energy).items()},
        }

    def _vacancies(self, state: CoupledState) -> float:
        """Return the mean thickness of lithium [m] that is missing in the lithium as vacancies."""
        columns = self.coupling.face.columns
        if state.vacancies is None or columns is None:
            return 0.0
        rows = self.anode.rows
        length = self.cell.mechanics.jump.weights[rows].sum(axis=1)
        missing = stored(state.vacancies[rows], columns.column)
        return float(length @ missing / length.sum())

    def _lithium_error(self, run_state: RunState) -> float:
        """Return lithium in the hosts against the charge passed, over the content at the start.

        Of empty hosts it is over the capacity.
        """
        content = self.coupling.chemistry.lithium(run_state.state.chemical.stoichiometry)
        passed = run_state.charge * self.cell.mechanics.area
        whole = max(self.lithium, self.capacity * self.cell.mechanics.area)
        return abs(content - self.lithium - passed) / whole

    def _charge_error(self, run_state: RunState) -> float:
        """Return charge through each electrode against that through the terminal, relative.

        It is over all charge passed either way, or SMALL_CHARGE of the capacity where that is more.
        """
        if not run_state.throughput:
            return 0.0
        area = self.cell.mechanics.area
        through = (
            run_state.through[self.anode.interface],
            -run_state.through[self.cathode.interface],
        )
        missed = max(abs(each - run_state.charge * area) for each in through)
        return missed / (max(run_state.throughput, SMALL_CHARGE * self.capacity) * area)

    def arrays(self) -> Arrays:
        """Return rows and what they are counted from."""
        rows = {f"rows.{key}": each for key, each in to_columns(self.rows).items()}
        return rows | {"lithium": np.array(self.lithium), "position": np.array(self.position)}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.rows = to_rows(part_of(arrays, "rows"))
        self.lithium, self.position = arrays["lithium"].item(), arrays["position"].item()

    def save(self, folder: Path) -> None:
        """Write timeseries.csv and cycles.csv."""
        table = self.table()
        write_table(folder / "timeseries.csv", table)
        write_table(folder / "cycles.csv", cycles_table(table))


class Particles(Observer):
    """Mean stoichiometry and contact of every particle at the ends of steps: particles.csv."""

    name = "particles"

    def __init__(self, cell: Cell, coupling: Coupling, plan: Plan):
        """Start without rows."""
        self.cell, self.limits = cell, plan.limits
        _, self.cathode = cell.electrodes()
        self.rows: Rows = []
        chemistry, region = coupling.chemistry, self.cathode.region
        # An active material of one piece has no numbers; it counts as particle 0.
        cells = chemistry.host_cells[chemistry.host_rows[region]]
        self.particle = np.maximum(cell.domain.particle[cells], 0)
        facets = cell.domain.interfaces[self.cathode.interface]
        first = cell.domain.region[facets.cells[0, 0]] == cell.domain.regions[region]
        self.of_facet = np.maximum(cell.domain.particle[facets.cells[:, 0 if first else 1]], 0)

    def observe(self, seen: CellView) -> None:
        """Take down an accepted state."""
        if seen.step_ended:
            self.rows.extend(self._rows(seen))

    def _rows(self, seen: CellView) -> Iterator[dict[str, Any]]:
        """Return a row per particle."""
        run_state, rows = seen.run_state, self.cathode.rows
        numbers, place = np.unique(self.particle, return_inverse=True)
        volume = np.bincount(place, weights=seen.volumes.sum(axis=1))
        content = np.bincount(place, weights=(seen.volumes * seen.stoichiometry).sum(axis=1))
        conducting = run_state.state.around.conducting[rows]
        weights = self.cell.mechanics.jump.weights[rows]
        fractions = contact.contact_by_part(conducting, weights, self.of_facet)
        current = run_state.state.chemical.current_density / MA_CM2
        for number, x, size in zip(numbers, content / volume, volume, strict=True):
            yield {
                **seen.when, "protocol_step": run_state.number, "current_density_mA_cm2": current,
                "particle": int(number), "share": size / volume.sum(), "stoichiometry": x,
                "contact_fraction": fractions.get(int(number), 0.0),
            }  # fmt: skip

    def arrays(self) -> Arrays:
        """Return rows as columns."""
        return to_columns(self.rows)

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.rows = to_rows(arrays)

    def save(self, folder: Path) -> None:
        """Write particles.csv."""
        write_table(folder / "particles.csv", pd.DataFrame(self.rows))

    def summary(self) -> dict[str, Any]:
        """Return contact after the last charge and utilisation in the last cycle, by particle."""
        table = pd.DataFrame(self.rows)
        cycle = int(table["cycle"].iloc[-1])
        return {
            "contact_fraction_by_particle_charged": charged_contact(table, cycle),
            "utilisation_by_particle": utilisation(table, cycle, self.limits),
        }


def charged_contact(particles: pd.DataFrame, cycle: int) -> dict[int, float]:
    """Return particle -> conducting fraction at the end of a cycle's last charge.

    It is empty where the cycle has none.

    Parameters
    ----------
    particles : DataFrame
        Rows of particles.csv.
    cycle : int
        Number of the cycle.
    """
    charged = particles[(particles["cycle"] == cycle) & (particles["current_density_mA_cm2"] < 0.0)]
    charged = charged[charged["time_h"] == charged["time_h"].max()]
    return {
        int(number): float(value)
        for number, value in zip(charged["particle"], charged["contact_fraction"], strict=True)
    }
