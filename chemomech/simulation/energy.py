"""Energy account of a mechanical run, per metre of depth in plane strain [J/m].

    external + chemical = stored (elastic + interface) + plastic + fracture + viscous

external: work of the platen; chemical: - int sigma : d(eps_chem) - int t_n dg, the work that swelling
and plating do;
plastic: work on plastic strain (hardening included); fracture: what the rate-independent
cohesive law dissipates; viscous: what the damage viscosity dissipates on top. Works along a step
are trapezoidal, the stored parts exact, so the error falls with the square of the step.
"""

from dataclasses import dataclass, fields

import numpy as np

from chemomech.physics import cohesion, elasticity


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

    def __add__(self, other):
        return EnergyAccount(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def residual(self):
        """External + chemical - stored - dissipated [J/m]; zero for an exact time integration."""
        taken = self.elastic + self.interface + self.plastic + self.fracture + self.viscous
        return self.external + self.chemical - taken

    @property
    def dissipated(self):
        """Plastic work, fracture and viscous dissipation [J/m]."""
        return self.plastic + self.fracture + self.viscous

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


def energy_of_step(mechanics, start, end, plastic_work):
    """EnergyAccount of one accepted step; plastic_work (m, q) as the law returned it."""
    travel = mechanics.platen_place(end.displacement) - mechanics.platen_place(start.displacement)
    mean_stress = 0.5 * (start.stress + end.stress)[..., :3].sum(axis=-1)
    swelling = mechanics.bulk.swells * (end.chemical_strain - start.chemical_strain)
    mean_traction = 0.5 * (start.traction + end.traction)[..., 0]
    growth = mechanics.grows * (end.growth - start.growth)
    law, integral = mechanics.cohesive, mechanics.jump.integral
    fracture = cohesion.fracture_dissipation(start.damage, end.damage, end.opening, law)
    excess = 0.5 * sum(cohesion.overshoot(state.opening, state.damage, law) for state in (start, end))
    stored = [cohesion.stored_energy(state.opening, state.damage, law) for state in (start, end)]
    return EnergyAccount(
        external=-0.5 * (start.pressure + end.pressure) * mechanics.area * travel,
        chemical=-mechanics.strain.integral(mean_stress * swelling) - integral(mean_traction * growth),
        elastic=elastic_energy(mechanics, end) - elastic_energy(mechanics, start),
        interface=integral(stored[1] - stored[0]),
        plastic=mechanics.strain.integral(plastic_work),
        fracture=integral(fracture),
        viscous=integral(excess * (end.damage - start.damage)),
    )
