"""Energy account of a mechanical run, per metre of depth in plane strain [J/m]; in 3D in all [J].

    external + chemical = stored (elastic + interface)
                          + plastic + fracture + viscous + friction + fatigue

external: work of the platen; chemical: - int sigma : d(eps_chem) - int t_n dg, the work that
swelling and plating do; plastic: work on plastic strain (hardening included) and creep; fracture:
what the rate-independent cohesive law dissipates, and what cracks in the bulk have cost; viscous:
what the damage viscosity dissipates on top; friction: slip; fatigue: what cyclic weakening frees.
Works along a step are trapezoidal, the stored parts exact, so the error falls with the square of
the step while nothing lets go at once. The work of creep is trapezoidal too, with the stresses of
both ends: it leaves no error here, so the balance does not tell how well a step resolves creep
(`rates` does).

Equilibrium at both ends makes the trapezoids of all works add up to those of the interfaces,
int mean(t) d(opening), so what is left over is what these miss, the curvature of an interface's law
within one step. For faces that close or open, contact stores p^2/(2 K) and takes no other work, and
the trapezoid sees half the pressure over the whole gap: p gap/2 per area (`contact_error`). It is
of the first order in the step, and not small where the path is short against the step, a void that
creep closes at once or lithium that draws back where no current passes. Nothing but a shorter step
mends it, since the work of creep and of plating on that path is not known from its ends; the steps
are cut for it (`protocol_steps`).
"""

from dataclasses import dataclass, fields

import numpy as np

from chemomech.physics.interfaces import unilateral


@dataclass(frozen=True)
class EnergyAccount:
    """Energies since the start of a run [J/m], in 3D [J]; what each is stands above."""

    external: float = 0.0
    chemical: float = 0.0
    elastic: float = 0.0
    interface: float = 0.0
    plastic: float = 0.0
    fracture: float = 0.0
    viscous: float = 0.0
    friction: float = 0.0
    fatigue: float = 0.0

    def __add__(self, other):
        return EnergyAccount(
            *(getattr(self, f.name) + getattr(other, f.name) for f in fields(self))
        )

    @property
    def residual(self):
        """External + chemical - stored - dissipated; zero for an exact time integration."""
        return self.external + self.chemical - self.elastic - self.interface - self.dissipated

    @property
    def dissipated(self):
        """What is not stored any more: plastic, fracture, viscous, friction and fatigue."""
        return self.plastic + self.fracture + self.viscous + self.friction + self.fatigue

    @property
    def size(self):
        """Scale that errors are relative to: what is stored and dissipated.

        External and plating work are left out: lifting the stack against its pressure would dwarf
        the rest.
        """
        return abs(self.elastic) + abs(self.interface) + self.dissipated


def error_scale(energy, largest_size):
    """Return what energy errors are measured against [J/m].

    It is what was dissipated, plus a fiftieth of the largest size. Against the whole stored energy
    errors of the dissipation would look small; the second term keeps runs that dissipate nothing
    from being judged by round-off.

    Parameters
    ----------
    energy : EnergyAccount
        Energies since the start of the run.
    largest_size : float
        Largest `EnergyAccount.size` so far [J/m].
    """
    return energy.dissipated + 0.02 * largest_size


def elastic_energy(mechanics, state):
    """Return int sigma : eps_elastic / 2 [J/m] of a body in a MechanicalState."""
    return mechanics.strain.integral(mechanics.elastic_density(state))


def energy_of_step(mechanics, start, end, trial):
    """Return the EnergyAccount of one accepted step.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    start, end : MechanicalState
        At both ends of the step.
    trial : Trial
        What `end` was made from.
    """
    mean_stress = 0.5 * (start.stress + end.stress)
    swelling = mechanics.free_strain(end.chemical_strain) - mechanics.free_strain(
        start.chemical_strain
    )
    mean_traction = 0.5 * (start.traction + end.traction)[..., 0]
    imposed = np.asarray(end.imposed_opening) - start.imposed_opening
    mean_force = -0.5 * (start.pressure + end.pressure) * mechanics.area
    integral, interface = mechanics.jump.integral, trial.interface
    plastic = (
        0.0
        if trial.bulk is None
        else mechanics.bulk_model.yielding_strain.integral(trial.bulk.response.work)
    )
    return EnergyAccount(
        external=mean_force * (end.position - start.position),
        chemical=-mechanics.strain.integral((mean_stress * swelling).sum(axis=-1))
        - integral(mean_traction * imposed),
        elastic=elastic_energy(mechanics, end) - elastic_energy(mechanics, start),
        interface=end.stored - start.stored,
        plastic=plastic,
        fracture=integral(interface.fracture),
        viscous=integral(interface.viscous),
        friction=integral(interface.slip),
        fatigue=integral(interface.weakened),
    )


def contact_error(mechanics, start, end):
    """Return the part of a step's residual [J/m] that is due to faces which close or open in it.

    See the module's text.

    Parameters
    ----------
    mechanics : Mechanics
        The body.
    start, end : MechanicalState
        At both ends of the step.
    """
    error = 0.0
    for name, law in mechanics.laws.items():
        rows = mechanics.rows[name]
        openings = [state.opening[rows][..., 0] for state in (start, end)]
        (before, _, stored), (after, _, left) = (
            unilateral.contact(each, law.contact_stiffness) for each in openings
        )
        missed = 0.5 * (before + after) * (openings[1] - openings[0]) - (left - stored)
        error += float(np.sum(mechanics.jump.weights[rows] * missed))
    return error
