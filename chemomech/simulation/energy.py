"""Energy account of a mechanical run, per metre of depth in plane strain [J/m]; of the whole body in 3D [J].

    external + chemical = stored (elastic + interface) + plastic + fracture + viscous + friction + fatigue

external: work of the platen; chemical: - int sigma : d(eps_chem) - int t_n dg, the work that swelling
and plating do; plastic: work on plastic strain (hardening included) and creep; fracture: what the rate-independent
cohesive law dissipates; viscous: what the damage viscosity dissipates on top; friction: slip;
fatigue: what cyclic weakening frees. Works along a step are trapezoidal, the stored parts exact,
so the error falls with the square of the step while nothing lets go at once. The work of creep is trapezoidal too,
with the stresses of both ends: it leaves no error here, so the balance does not tell how well a step resolves creep,
which itself is of first order in the step.
"""

from dataclasses import dataclass, fields

import numpy as np


from chemomech.physics import elasticity


@dataclass(frozen=True)
class EnergyAccount:
    """Energies [J/m] since the start of the run."""

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
        return EnergyAccount(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def residual(self):
        """External + chemical - stored - dissipated [J/m]; zero for an exact time integration."""
        return self.external + self.chemical - self.elastic - self.interface - self.dissipated

    @property
    def dissipated(self):
        """What is not stored any more [J/m]: plastic, fracture, viscous, friction and fatigue."""
        return self.plastic + self.fracture + self.viscous + self.friction + self.fatigue

    @property
    def size(self):
        """Scale that errors are relative to: what is stored and dissipated [J/m].

        External and plating work are left out: lifting the stack against its pressure would dwarf the rest.
        """
        return abs(self.elastic) + abs(self.interface) + self.dissipated


def elastic_energy(mechanics, state):
    """int sigma : eps_elastic / 2 [J/m]."""
    stress, b = state.stress, mechanics.bulk
    one = elasticity.unit_tensor(stress.shape[-1])
    mean = stress[..., :3].sum(axis=-1) / 3.0
    weights = np.where(one > 0, 1.0, 2.0)
    deviator = stress - mean[..., None] * one
    shear_part = np.einsum("mqc,c,mqc->mq", deviator, weights, deviator) / (4.0 * b.shear)
    return mechanics.strain.integral(shear_part + mean**2 / (2.0 * b.bulk))


def energy_of_step(mechanics, start, end, trial):
    """EnergyAccount of one accepted step from state to state; trial: the Trial that `end` was made from."""
    mean_stress = 0.5 * (start.stress + end.stress)[..., :3].sum(axis=-1)
    swelling = mechanics.free_strain(end.chemical_strain) - mechanics.free_strain(start.chemical_strain)
    mean_traction = 0.5 * (start.traction + end.traction)[..., 0]
    growth = np.asarray(end.growth) - start.growth
    mean_force = -0.5 * (start.pressure + end.pressure) * mechanics.area
    integral, interface = mechanics.jump.integral, trial.interface
    plastic = 0.0 if trial.bulk is None else mechanics.yielding_strain.integral(trial.bulk.response.work)
    return EnergyAccount(
        external=mean_force * (end.place - start.place),
        chemical=-mechanics.strain.integral(mean_stress * swelling) - integral(mean_traction * growth),
        elastic=elastic_energy(mechanics, end) - elastic_energy(mechanics, start),
        interface=end.stored - start.stored,
        plastic=plastic,
        fracture=integral(interface.fracture),
        viscous=integral(interface.viscous),
        friction=integral(interface.slip),
        fatigue=integral(interface.weakened),
    )
