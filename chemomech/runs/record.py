"""What is kept of a run: a row per accepted step, flaw sites, particles at every step's end, some states as fields."""

from dataclasses import asdict
from typing import NamedTuple

import numpy as np
import pandas as pd

from chemomech.analysis import contact, penetration
from chemomech.analysis.cracks import bulk_columns, columns
from chemomech.analysis.losses import drops_of, losses
from chemomech.analysis.meshed_flaws import moment
from chemomech.physics.electrochemistry.equilibrium import equilibrium_potential
from chemomech.physics.lithium.vacancies import stored
from chemomech.runs.void_record import VoidRecord
from chemomech.simulation.lithium_face import creep_strain, void_shape
from chemomech.units.field import HOUR, MA_CM2, MICROMETRE, MILLIVOLT, MPA, OHM_CM2, energy_unit


class Reference(NamedTuple):
    """What balances and thickness start from: lithium of the hosts [C/m, in 3D C], height of the platen [m]."""

    lithium: float
    position: float


class Recorder:
    """Turns accepted steps into `rows` of the time series, `particles` and flaw `sites`; writes states with `writer`.

    families: FlawFamilies of the case; meshed: its MeshedFlaws. Of cycles that are over, only the flaw sites at the
    times of the largest drive and of the smallest critical current are kept.
    """

    def __init__(
        self,
        case,
        cell,
        coupling,
        plan,
        flaws,
        inputs,
        notify,
        writer=None,
        families=None,
        meshed=None,
    ):
        self.case, self.cell, self.coupling, self.plan, self.flaws = (
            case,
            cell,
            coupling,
            plan,
            flaws,
        )
        self.inputs, self.notify, self.writer, self.families, self.meshed = (
            inputs,
            notify,
            writer,
            families,
            meshed,
        )
        self.rows, self.particles, self.sites, self.reference = [], [], [], None
        rows = cell.anode.rows
        self.voids = VoidRecord(cell.mechanics.jump.points[rows], cell.mechanics.jump.weights[rows])
        self.potential = equilibrium_potential(
            cell.materials[cell.cathode.region].equilibrium_potential
        )
        chemistry = coupling.chemistry
        rows = chemistry.host_rows[cell.cathode.region]
        self.volumes, self.host = chemistry.value.weights[rows], rows
        # An active material of one piece has no numbers; it counts as particle 0.
        self.particle = np.maximum(cell.domain.particle[chemistry.host_cells[rows]], 0)
        facets = cell.domain.interfaces[cell.cathode.interface]
        side = (
            0
            if cell.domain.region[facets.cells[0, 0]] == cell.domain.regions[cell.cathode.region]
            else 1
        )
        self.facet_part = np.maximum(cell.domain.particle[facets.cells[:, side]], 0)
        # Electrodes have their contact; other interfaces have cracks.
        electrodes = (cell.anode.interface, cell.cathode.interface)
        self.inner = [name for name in cell.mechanics.rows if name not in electrodes]
        self.last_cycle = plan.protocol.cycles
        self.lithium = cell.domain.cells_of(cell.anode.region)
        self.energy_unit = energy_unit(cell)

    def __call__(self, run_state):
        """Evaluate one accepted Walk."""
        state = run_state.state
        if self.reference is None:
            lithium = self.coupling.chemistry.lithium(state.chemical.stoichiometry)
            self.reference = Reference(lithium, state.mechanical.position)
        stoichiometry = self.coupling.chemistry.value(state.chemical.stoichiometry)[self.host, :, 0]
        mean = float(np.sum(self.volumes * stoichiometry) / self.volumes.sum())
        drops = {
            electrode.interface: drops_of(
                self.coupling.chemistry, state.chemical, state.around, electrode.interface
            )
            for electrode in (self.cell.anode, self.cell.cathode)
        }
        shape = void_shape(
            state.mechanical,
            self.cell.anode.rows,
            self.cell.mechanics.jump.weights[self.cell.anode.rows],
        )
        self.rows.append(self._row(run_state, mean, drops, shape))
        self.voids.add(run_state, shape.opening, drops[self.cell.anode.interface].current)
        overpotential = np.maximum(-drops[self.cell.anode.interface].overpotential, 0.0)
        sites = self.flaws.at(state, overpotential)
        self.sites.append((run_state.time, *sites))
        if self.families is not None:
            self.families(run_state, sites)
        if self.meshed is not None:
            self.meshed(state.mechanical, **moment(run_state))
        if run_state.reason or not run_state.steps:
            self.particles.extend(self._particles(run_state, stoichiometry))
        if self.writer is not None and (label := self._label(run_state)):
            self.writer.write(label, run_state.time, state)
        self.notify(run_state, self._share(run_state))

    def _share(self, run_state):
        """How much of the run is over, 0 to 1."""
        steps = len(self.plan.protocol)
        if run_state.number == steps and run_state.reason:
            return 1.0
        return min(
            max(run_state.time / self.plan.expected, (run_state.number - 1) / steps, 0.0), 0.99
        )

    def _label(self, run_state):
        """Name of a state's fields, or None when it is not kept."""
        current, kept = run_state.state.chemical.current_density, self.case.output.fields
        end = (
            ("charged" if current < 0.0 else "discharged") if run_state.reason and current else None
        )
        if kept == "all":
            return (
                end if end and run_state.cycle == self.last_cycle else f"{len(self.rows) - 1:04d}"
            )
        if end is None or (run_state.cycle < self.last_cycle and kept == "worst"):
            return None
        return end if kept == "worst" else f"{end}_{run_state.cycle:04d}"

    def _row(self, run_state, mean, drops, shape):
        cell, state = self.cell, run_state.state
        chemical, mechanical, around = state.chemical, state.mechanical, state.around
        equilibrium = float(self.potential(np.array(mean)).value)
        lost = losses(self.coupling, state, drops, equilibrium)
        ohm = 1.0 / abs(chemical.current_density) / OHM_CM2 if np.isfinite(lost.ionic) else np.nan
        weights = cell.mechanics.jump.weights
        strain = creep_strain(cell.mechanics, mechanical, self.lithium)
        sides = (("cathode", cell.cathode), ("anode", cell.anode))
        fraction = {
            side: contact.contact_fraction(
                around.conducting[electrode.rows], weights[electrode.rows]
            )
            for side, electrode in sides
        }
        focusing = {
            side: contact.current_focusing(
                np.abs(drops[electrode.interface].current), weights[electrode.rows]
            )
            for side, electrode in sides
        }
        return (
            {
                "time_h": run_state.time / HOUR,
                "cycle": run_state.cycle,
                "protocol_step": run_state.number,
                "step_ended": run_state.reason,
                "voltage_V": chemical.voltage,
                "current_density_mA_cm2": chemical.current_density / MA_CM2,
                "charge_mAh_cm2": run_state.charge / HOUR / MA_CM2,
                "stoichiometry": mean,
                "equilibrium_potential_V": equilibrium,
                "stack_pressure_MPa": mechanical.pressure / MPA,
                "temperature_degC": around.temperature - 273.15,
                "thickness_change_um": (mechanical.position - self.reference.position) / MICROMETRE,
                **{f"contact_fraction_{side}": value for side, value in fraction.items()},
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
                **{f"current_focusing_{side}": value for side, value in focusing.items()},
                "mean_damage_cathode": contact.contact_fraction(
                    mechanical.damage[cell.cathode.rows], weights[cell.cathode.rows]
                ),
                **columns(cell.mechanics, mechanical, self.inner),
                "largest_opening_um": float(mechanical.opening[cell.cathode.rows][..., 0].max())
                / MICROMETRE,
                "void_volume_um": shape.area / MICROMETRE,
                "void_depth_um": shape.depth / MICROMETRE,
                "void_share": shape.share,
                "vacancies_um": self._vacancies(state) / MICROMETRE,
                "lithium_creep_strain_largest": strain.largest,
                "lithium_creep_strain_mean": strain.mean,
                "lithium_balance_error": self._lithium_error(run_state),
                "charge_balance_error": self._charge_error(run_state),
                "power_balance_error": lost.imbalance,
                "energy_balance_error": run_state.energy_error,
                "rounds": run_state.counts.get("rounds", 0),
                "newton_iterations": run_state.counts.get("mechanical", 0),
            }
            | self._cracks(mechanical)
            | {
                f"energy_{name}_{self.energy_unit}": value
                for name, value in asdict(run_state.energy).items()
            }
        )

    def _cracks(self, mechanical):
        """Size of the cracks in every region that may crack."""
        if self.case.phase_field is None:
            return {}
        return bulk_columns(self.cell.mechanics, mechanical)

    def _vacancies(self, state):
        """Mean thickness of lithium [m] that is missing in the lithium as vacancies."""
        if state.vacancies is None:
            return 0.0
        rows = self.cell.anode.rows
        length = self.cell.mechanics.jump.weights[rows].sum(axis=1)
        return float(
            length @ stored(state.vacancies[rows], self.coupling.face.columns.column) / length.sum()
        )

    def _lithium_error(self, run_state):
        """Lithium in the hosts against the charge that has passed, over the content at the start."""
        gained = (
            self.coupling.chemistry.lithium(run_state.state.chemical.stoichiometry)
            - self.reference.lithium
        )
        return abs(gained - run_state.charge * self.cell.mechanics.area) / self.reference.lithium

    def _charge_error(self, run_state):
        """Charge through each electrode against that through the terminal, over all charge passed either way."""
        if not run_state.throughput:
            return 0.0
        area = self.cell.mechanics.area
        through = (
            run_state.through[self.cell.anode.interface],
            -run_state.through[self.cell.cathode.interface],
        )
        return max(abs(each - run_state.charge * area) for each in through) / (
            run_state.throughput * area
        )

    def _particles(self, run_state, stoichiometry):
        """Mean stoichiometry and contact of every particle."""
        numbers, place = np.unique(self.particle, return_inverse=True)
        volume = np.bincount(place, weights=self.volumes.sum(axis=1))
        means = np.bincount(place, weights=(self.volumes * stoichiometry).sum(axis=1)) / volume
        rows = self.cell.cathode.rows
        fractions = contact.contact_by_part(
            run_state.state.around.conducting[rows],
            self.cell.mechanics.jump.weights[rows],
            self.facet_part,
        )
        current = run_state.state.chemical.current_density / MA_CM2
        for number, x, size in zip(numbers, means, volume, strict=True):
            yield {
                "time_h": run_state.time / HOUR, "cycle": run_state.cycle, "protocol_step": run_state.number,
                "current_density_mA_cm2": current, "particle": int(number), "share": size / volume.sum(),
                "stoichiometry": x, "contact_fraction": fractions.get(int(number), 0.0),
            }  # fmt: skip

    def cycle_ended(self, run_state):
        """Forget what is not needed of flaw sites and voids of a cycle that is over, but for the last."""
        self.voids.cycle_ended(run_state.done >= self.last_cycle)
        if self.families is not None:
            self.families.cycle_ended(run_state)
        if run_state.done >= self.last_cycle:
            return
        begun = next(
            (row["time_h"] * HOUR for row in self.rows if row["cycle"] == run_state.cycle), 0.0
        )
        old, new = (
            [s for s in self.sites if (s[0] >= begun - 1e-6) is late] for late in (False, True)
        )
        if new:
            worst = penetration.worst_times(_sites(self.flaws, new), self.inputs)
            self.sites = old + [new[i] for i in sorted(set(worst))]

    def table(self):
        """The time series as a pandas table."""
        return pd.DataFrame(self.rows)

    def all_sites(self):
        """penetration.Sites of all times that were kept."""
        return _sites(self.flaws, self.sites)

    def saved(self):
        """Everything recorded so far as arrays, for a checkpoint."""
        found = {"reference": np.array(self.reference)}
        for name, rows in (("rows", self.rows), ("particles", self.particles)):
            found |= {f"{name}.{key}": np.array([row[key] for row in rows]) for key in rows[0]}
        found |= {f"voids.{name}": each for name, each in self.voids.arrays().items()}
        if self.writer is not None and self.writer.entries:
            found |= {
                f"fields.{i}": np.array(column)
                for i, column in enumerate(zip(*self.writer.entries, strict=True))
            }
        if self.families is not None:
            found |= self.families.saved()
        if self.meshed is not None:
            found |= self.meshed.saved()
        return found | {
            f"sites.{i}": np.stack(column) for i, column in enumerate(zip(*self.sites, strict=True))
        }

    def take_up(self, saved):
        """Go on from what `saved` returned."""
        self.reference = Reference(*saved["reference"].tolist())
        if self.families is not None:
            self.families.take_up(saved)
        if self.meshed is not None:
            self.meshed.take_up(saved)
        for name in ("rows", "particles"):
            columns = {
                key.removeprefix(f"{name}."): each
                for key, each in saved.items()
                if key.startswith(f"{name}.")
            }
            values = [each.tolist() for each in columns.values()]
            setattr(
                self,
                name,
                [dict(zip(columns, row, strict=True)) for row in zip(*values, strict=True)],
            )
        self.voids.take_up({key.removeprefix("voids."): each for key, each in saved.items()})
        count = sum(key.startswith("sites.") for key in saved)
        self.sites = list(zip(*(saved[f"sites.{i}"] for i in range(count)), strict=True))
        if self.writer is not None and "fields.0" in saved:
            self.writer.entries = list(
                zip(saved["fields.0"].tolist(), saved["fields.1"].tolist(), strict=True)
            )


def _sites(flaws, kept):
    """penetration.Sites of kept times."""
    columns = [np.stack(column) for column in zip(*kept, strict=True)]
    return penetration.Sites(flaws.weight(), flaws.depth, *columns[1:], time=columns[0])
