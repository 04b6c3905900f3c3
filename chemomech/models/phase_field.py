r"""Cracks in the bulk as a field of damage, in a body that may have interfaces as well.

Unknowns u and d of `physics.phase_field`: u as in `models.mechanics`, d on linear elements in the
regions that have a toughness. Displacement at a given damage: `CrackingMechanics`; damage at a
given energy: `DamageField`, the minimum of

    int g(d) psi_+ + (G_c/c_w)(w(d)/l + l |grad d|^2) dx     under     d_before <= d <= 1,

a quadratic between bounds (`fem.bounded`), so that damage never decreases and its conditions hold
to round-off. Named interfaces break the field of damage: a crack goes through one by opening it.
Where a cracking region meets another one without an interface, grad d has no normal component. What
cracks must be elastic; other regions may flow.

Size of a cell: h = (d! V)^(1/d), the side of the square or cube that right-angled simplices halve.
A crack on cells with l/h below `LEAST_RESOLUTION` is refused, with its place (`coarse_crack`).
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from chemomech.fem.bounded import BoundedQuadratic
from chemomech.fem.linear import constraints
from chemomech.fem.operators import gradient_operator, value_operator
from chemomech.fem.split_space import split_space
from chemomech.models.mechanics import MechanicalState, Mechanics
from chemomech.physics.bulk import elasticity, phase_field

LEAST_RESOLUTION = 2.0
CRACKED = 0.9  # damage from which a crack is there to be resolved


@dataclass(frozen=True)
class Fracture:
    """What cracks, and how: toughness, region -> G_c [J/m2] > 0; length l [m] > 0; model: "AT1" or "AT2"; split: a
    name of phase_field.SPLITS; residual: k of the degraded stiffness. corrected: the functional is
    given G_c/(1 + h/(c_w l)), so that a crack costs `toughness` on this mesh. ValueError for
    anything else.
    """

    toughness: dict
    length: float
    model: str = "AT1"
    split: str = "volumetric_deviatoric"
    residual: float = 1e-6
    corrected: bool = True

    def __post_init__(self):
        phase_field.normalisation(self.model)
        if self.split not in phase_field.SPLITS:
            raise ValueError(
                f"no split of the energy '{self.split}'; known: {', '.join(phase_field.SPLITS)}"
            )
        if not (np.isfinite(self.length) and self.length > 0):
            raise ValueError(f"length: given {self.length}, accepted positive lengths")
        if not 0.0 < self.residual < 1e-2:
            raise ValueError(f"residual: given {self.residual}, accepted above 0 and below 0.01")
        for name, value in self.toughness.items():
            if not (np.isfinite(value) and value > 0):
                raise ValueError(
                    f"toughness of {name}: given {value}, accepted positive energies per area"
                )
        if not self.toughness:
            raise ValueError("toughness: at least one region must have one")


@dataclass(frozen=True)
class CrackedState(MechanicalState):
    """MechanicalState with phase (p,): damage of the nodes of DamageField.space."""

    phase: np.ndarray | float = 0.0


class Cracked(NamedTuple):
    """phase (p,); factor g (m, q) and Split of the cracking cells; taken (m, q, c): stress that damage takes [Pa]."""

    phase: np.ndarray
    factor: np.ndarray
    split: phase_field.Split
    taken: np.ndarray


class DamageField:
    """The field of damage of a Domain: operators, what cracks cost, and its minimum."""

    def __init__(self, domain, fracture, quadrature_degree, axisymmetric=False):
        """quadrature_degree: of the strains, at whose points g(d) psi_+ is summed."""
        unknown = set(fracture.toughness) - set(domain.regions)
        if unknown:
            known = ", ".join(domain.regions)
            raise ValueError(
                f"toughness: no region {', '.join(sorted(unknown))}; there is: {known}"
            )
        self.domain, self.fracture = domain, fracture
        self.cells = domain.cells_of(*fracture.toughness)
        self.space = split_space(domain, 1)
        self.size = self.space.dofmap.index_map.size_local
        cells = (domain, self.space, self.cells)
        self.value = value_operator(*cells, quadrature_degree)
        self.mass, self.gradient = value_operator(*cells, 2), gradient_operator(*cells, 0)
        if axisymmetric:
            self.value, self.mass, self.gradient = (
                each.revolved() for each in (self.value, self.mass, self.gradient)
            )
        self.dofs = np.unique(self.value.dofs)
        self.constraint = constraints(self.size, np.setdiff1d(np.arange(self.size), self.dofs))
        d = domain.dimension
        self.sizes = np.abs(np.linalg.det(domain.jacobians(self.cells))) ** (1.0 / d)
        given = np.empty(len(domain.region))
        for name, value in fracture.toughness.items():
            given[domain.region == domain.regions[name]] = value
        law = (self.sizes, fracture.length, fracture.model)
        asked = given[self.cells]
        self.toughness = (
            phase_field.corrected_toughness(asked, *law) if fracture.corrected else asked
        )
        self.cost = phase_field.numerical_toughness(
            self.toughness, *law
        )  # of a crack on these cells [J/m2]
        self._prepare()

    def _prepare(self):
        """The part of the functional that stays: constant, linear and quadratic in d."""
        length, model = self.fracture.length, self.fracture.model
        self.density = (self.toughness / phase_field.normalisation(model))[:, None]  # G_c/c_w
        none = np.zeros(self.mass.weights.shape)
        _, self.slope, curvature = phase_field.local_dissipation(none, model)
        local = self.mass.matrices((self.density / length * curvature)[..., None, None])
        spread = self.gradient.matrices(
            (2.0 * length * self.density)[..., None, None] * np.eye(self.domain.dimension)
        )
        self.problem = BoundedQuadratic(self.constraint, [self.mass.dofs, self.value.dofs])
        self.problem.keep([local + spread, None])
        self.linear = -self.mass.forces((self.density / length * self.slope)[..., None], self.size)

    def minimise(self, driving, before, start):
        """Damage (p,) that is the minimum under an energy psi_+ (m, q) [J/m3] of the cracking cells and at least
        `before` (p,); start (p,): where to look first. Raises NoMinimum, SingularMatrix."""
        linear = self.linear + self.value.forces(2.0 * driving[..., None], self.size)
        reduced = [self.constraint.restrict(each) for each in (before, start)]
        coupling = self.value.matrices(2.0 * driving[..., None, None])
        found = self.problem.minimise(
            [None, coupling],
            self.constraint.gather(linear),
            reduced[0],
            np.ones(self.constraint.size),
            reduced[1],
        )
        return self.constraint.expand(found.point, np.zeros(self.size))

    def at_points(self, phase):
        """Damage at the points of the strains in the cracking cells, (m, q)."""
        return self.value(phase)[..., 0]

    def conducting_share(self, phase):
        """What the cracks leave of the conductivity of every cell of the domain, (M, 1)."""
        share = np.ones((len(self.domain.region), 1))
        at = self.mass(phase)[..., 0]
        here = phase_field.conducting_share(at, self.fracture.residual)
        share[self.cells, 0] = np.sum(self.mass.weights * here, axis=1) / self.mass.weights.sum(
            axis=1
        )
        return share

    def of_cells(self, phase):
        """Mean damage of every cell of the domain, (M,), 0 where nothing cracks."""
        means = np.zeros(len(self.domain.region))
        means[self.cells] = phase[self.value.dofs].mean(axis=1)
        return means

    def crack_areas(self, phase):
        """region -> `crack_area` in it."""
        areas = self._cost_of_cells(phase) / self.cost
        regions = self.domain.region[self.cells]
        return {
            name: float(areas[regions == self.domain.regions[name]].sum())
            for name in self.fracture.toughness
        }

    def surface_energy(self, phase):
        """What the damage has cost, int (G_c/c_w)(w/l + l |grad d|^2) dx [J/m; J in 3D]."""
        return float(np.sum(self._cost_of_cells(phase)))

    def crack_area(self, phase):
        """Area of cracks [m; m2 in 3D]: their cost over what a unit of area costs on these cells."""
        return sum(self.crack_areas(phase).values())

    def _cost_of_cells(self, phase):
        length = self.fracture.length
        local = phase_field.local_dissipation(self.mass(phase)[..., 0], self.fracture.model)[0]
        square = np.sum(self.gradient(phase) ** 2, axis=-1)
        local = np.sum(self.mass.weights * self.density * local, axis=1) / length
        return local + length * np.sum(self.gradient.weights * self.density * square, axis=1)

    def coarse_crack(self, phase):
        """None, or (l/h, place (d,)) of the coarsest cracked cell where l/h is below LEAST_RESOLUTION."""
        cracked = phase[self.value.dofs].max(axis=1) >= CRACKED
        resolution = np.where(cracked, self.fracture.length / self.sizes, np.inf)
        worst = int(np.argmin(resolution))
        if resolution[worst] >= LEAST_RESOLUTION * (1.0 - 1e-9):
            return None
        return float(resolution[worst]), self.domain.points[
            self.domain.vertices[self.cells[worst]]
        ].mean(axis=0)

    def nodes(self):
        """Place of the nodes of the damage, (p, d) [m]."""
        points = np.zeros((self.size, self.domain.dimension))
        points[self.space.dofmap.list.ravel()] = self.domain.points[self.domain.vertices.ravel()]
        return points


class CrackingMechanics(Mechanics):
    """Mechanics of a body that cracks in its bulk; the damage is that of the state a step starts from."""

    def __init__(
        self,
        domain,
        bulk,
        laws,
        initial_damage,
        fracture,
        degree=1,
        supports=None,
        axisymmetric=False,
    ):
        """fracture: Fracture; the rest as Mechanics. ValueError where a region that cracks can flow."""
        super().__init__(domain, bulk, laws, initial_damage, degree, supports, axisymmetric)
        damage = DamageField(domain, fracture, self.quadrature_degree, axisymmetric)
        self._set(damage=damage, **self._cracking_part(damage.cells))

    def _cracking_part(self, cracking):
        """Parts of the cells that crack; raises ValueError where one can flow."""
        domain, bulk = self.domain, self.bulk
        flows = np.unique(domain.region[np.intersect1d(cracking, self.yielding)])
        if len(flows):
            names = [name for name, number in domain.regions.items() if number in flows]
            raise ValueError(
                f"{', '.join(names)}: a region with a toughness must be elastic, it can flow"
            )
        stiffness = elasticity.stiffness(
            bulk.shear[cracking], bulk.bulk[cracking], self.strain.blocks.shape[2]
        )
        return {
            "cracking": cracking,
            "cracking_strain": self.strain.subset(cracking),
            "cracking_stiffness": stiffness,
        }

    def with_bulk(self, bulk):
        """Body with other constants of its cells; ValueError where a cell that cracks could flow."""
        new = super().with_bulk(bulk)
        return new._changed(**new._cracking_part(self.cracking))

    def with_shape(self, strain, jump, offset):
        """Refuse other operators with ValueError: the phase field is one of small strain."""
        raise ValueError("a body with a phase field stays in its first shape")

    def initial_state(self, seed=None):
        """Unloaded; seed: function of places (p, d) -> bool of the nodes that are cracked from the start, around which
        the damage takes the shape that costs least."""
        phase = np.zeros(self.damage.size)
        if seed is not None:
            inside = np.intersect1d(self.damage.dofs, np.flatnonzero(seed(self.damage.nodes())))
            phase[inside] = 1.0
            phase = self.damage.minimise(np.zeros(self.damage.value.weights.shape), phase, phase)
        return _with_phase(super().initial_state(), phase)

    def split(self, displacement, load):
        """phase_field.Split and elastic strain of the cracking cells under a Load or a state (its chemical strain)."""
        strain = self.cracking_strain(displacement)
        free = np.broadcast_to(self.free_strain(load.chemical_strain), self.strain.weights.shape)
        strain[..., :3] -= free[self.cracking, :, None]
        shear, bulk = self.bulk.shear[self.cracking], self.bulk.bulk[self.cracking]
        return phase_field.split_energy(strain, shear, bulk, self.damage.fracture.split), strain

    def _crack(self, displacement, start, load):
        split, strain = self.split(displacement, load)
        factor = phase_field.degradation(
            self.damage.at_points(start.phase), self.damage.fracture.residual
        )
        intact = np.einsum("mqij,mqj->mqi", self.cracking_stiffness, strain)
        return Cracked(
            start.phase,
            factor,
            split,
            intact - factor[..., None] * split.degraded - split.undegraded,
        )

    def tangent(self, trial):
        """As Mechanics.tangent, with what damage takes from the stiffness."""
        flowing, *others = super().tangent(trial)
        cracked = trial.cracked
        change = (
            cracked.factor[..., None, None] * cracked.split.degraded_tangent
            + cracked.split.undegraded_tangent
        )
        entry = (self.cracking, self.cracking_strain.matrices(change - self.cracking_stiffness))
        if flowing is not None:
            entry = tuple(np.concatenate(both) for both in zip(flowing, entry, strict=True))
        return [entry, *others]

    def state(self, trial, load):
        """CrackedState of a trial that is in equilibrium."""
        state = super().state(trial, load)
        state.stress[self.cracking] -= trial.cracked.taken
        return _with_phase(state, trial.cracked.phase)

    def elastic_density(self, state):
        """g(d) psi_+ + psi_- in the cells that crack, else as Mechanics, (m, q) [J/m3]."""
        density = super().elastic_density(state)
        split, _ = self.split(state.displacement, state)
        factor = phase_field.degradation(
            self.damage.at_points(state.phase), self.damage.fracture.residual
        )
        density[self.cracking] = factor * split.active + split.passive
        return density


def _with_phase(state, phase):
    return CrackedState(
        **{f.name: getattr(state, f.name) for f in fields(MechanicalState)}, phase=phase
    )
