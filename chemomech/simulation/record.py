"""What is kept of every accepted step: a row of the time series, the flaw sites, some whole states."""

from dataclasses import asdict

import numpy as np

from chemomech import observables
from chemomech.simulation.units import HOUR, MICROMETRE, MPA, OHM_CM2


class Recorder:
    """Turns accepted steps into time-series `rows` and flaw `sites`, and keeps the `states` that fields show.

    states: (time [half cycles], MechanicalState, Response) of the charged and the discharged cell, or of
    every step when the case's output asks for all fields.
    """

    def __init__(self, case, cell, cycle, chemistry, notify):
        self.case, self.cell, self.cycle, self.chemistry, self.notify = case, cell, cycle, chemistry, notify
        self.rows, self.sites, self.states = [], [], []
        self.place, self.seconds, self.memory = None, 0.0, chemistry.initial_memory()

    def __call__(self, progress):
        """Evaluate one accepted state."""
        state, x = progress.state, self.cycle.stoichiometry(progress.time)
        response = self._respond(progress, x)
        plates = self.cycle.plates(progress.time)
        if self.place is None:
            self.place = state.place
        self.rows.append(self._row(progress, x, response))
        self.sites.append(self.chemistry.site(state, response, plates))
        if self._keep(progress):
            self.states.append((progress.time, state, response))
        self.notify(progress)

    def _respond(self, progress, x):
        """Response of a state that follows the last one recorded."""
        seconds = progress.time * self.cycle.half_cycle
        response = self.chemistry.respond(progress.state, x, self.memory, seconds, seconds - self.seconds)
        self.memory, self.seconds = response.memory, seconds
        return response

    def _keep(self, progress):
        every = self.case.output.fields == "all"
        last = 2.0 * self.case.cycle.count
        return every or abs(progress.time - last + 1.0) < 1e-9 or abs(progress.time - last) < 1e-9

    def _row(self, progress, x, response):
        cell, state, s = self.cell, progress.state, self.chemistry.summary(response)
        opening = state.opening[cell.cathode.rows][..., 0]
        travel = state.place - self.place
        row = {
            "time_h": progress.time * self.cycle.half_cycle / HOUR,
            "half_cycles": progress.time,
            "stoichiometry": x,
            "stack_pressure_MPa": state.pressure / MPA,
            "thickness_change_um": travel / MICROMETRE,
            "contact_fraction_cathode": s["contact_fraction_cathode"],
            "contact_fraction_anode": s["contact_fraction_anode"],
            "interfacial_resistance_cathode_ohm_cm2": s["interfacial_resistance_cathode"] / OHM_CM2,
            "interfacial_resistance_anode_ohm_cm2": s["interfacial_resistance_anode"] / OHM_CM2,
            "ionic_resistance_ohm_cm2": s["ionic_resistance"] / OHM_CM2,
            "current_focusing_cathode": s["current_focusing_cathode"],
            "current_focusing_anode": s["current_focusing_anode"],
            "mean_damage_cathode": observables.contact_fraction(
                state.damage[cell.cathode.rows], self.chemistry.weights[cell.cathode.rows]
            ),
            "largest_opening_um": float(opening.max()) / MICROMETRE,
            "charge_balance_error": response.conduction.charge_error,
            "energy_balance_error": progress.energy_error,
            "newton_iterations": progress.iterations,
        }
        return row | {f"energy_{name}_J_per_m": value for name, value in asdict(progress.energy).items()}

    def all_sites(self):
        """observables.Sites of all recorded times."""
        columns = [np.stack(column) for column in zip(*self.sites, strict=True)]
        return observables.Sites(self.chemistry.site_weight(), self.chemistry.depth, *columns)
