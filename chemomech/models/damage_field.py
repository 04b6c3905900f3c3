r"""The field of damage of a body that cracks in its bulk: its operators, its cost, and its minimum.

Damage d at a given energy is the minimum of

    int g(d) psi_+ + (G_c/c_w)(w(d)/l + l |grad d|^2) dx     under     d_before <= d <= 1,

a quadratic between bounds (`fem.bounded`), so that damage never decreases and its conditions hold
to round-off. Size of a cell: h = (d! V)^(1/d), the side of the square or cube that right-angled
simplices halve. A crack on cells with l/h below `LEAST_RESOLUTION` is refused, with its position
(`coarse_crack`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemomech.fem.bounded import BoundedQuadratic
from chemomech.fem.domain import Domain
from chemomech.fem.linear import constraints
from chemomech.fem.operators import gradient_operator, value_operator
from chemomech.fem.split_space import split_space
from chemomech.physics.bulk import phase_field

LEAST_RESOLUTION = 2.0
CRACKED = 0.9  # damage from which a crack is there to be resolved


@dataclass(frozen=True)
class Fracture:
    """What cracks, and how; ValueError for anything but this.

    Attributes
    ----------
    toughness : dict
        Region -> G_c [J/m2] > 0.
    length : float
        Length l of the phase field [m] > 0.
    model : str
        "AT1" or "AT2".
    split : str
        A name of phase_field.SPLITS: which part of the energy drives cracks.
    residual : float
        Share k of the stiffness that is left, above 0 and below 0.01.
    corrected : bool
        Whether the functional is given G_c/(1 + h/(c_w l)), so that a crack costs `toughness` on
        this mesh.
    """

    toughness: dict[str, float]
    length: float
    model: str = "AT1"
    split: str = "volumetric_deviatoric"
    residual: float = 1e-6
    corrected: bool = True

    def __post_init__(self) -> None:
        """Raise ValueError for what is out of range."""
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


class DamageField:
    """The field of damage of a Domain: operators, what cracks cost, and its minimum."""

    def __init__(
        self, domain: Domain, fracture: Fracture, quadrature_degree: int, axisymmetric: bool = False
    ):
        """Build the operators.

        Parameters
        ----------
        domain : Domain
            The mesh; its interfaces break the field.
        fracture : Fracture
            What cracks, and how.
        quadrature_degree : int
            Of the strains, at whose points g(d) psi_+ is summed.
        axisymmetric : bool
            Whether the plane mesh is one of a body of revolution about x = 0.

        Raises
        ------
        ValueError
            For a region that the mesh does not have.
        """
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
                each.revolve() for each in (self.value, self.mass, self.gradient)
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
        corrected = phase_field.corrected_toughness(asked, *law)
        self.toughness = corrected if fracture.corrected else asked
        # Of a crack on these cells [J/m2].
        self.cost = phase_field.numerical_toughness(self.toughness, *law)
        self._prepare()

    def _prepare(self) -> None:
        """Make the part of the functional that stays: constant, linear and quadratic in d."""
        length, model = self.fracture.length, self.fracture.model
        # G_c/c_w.
        self.density = np.asarray(self.toughness / phase_field.normalisation(model))[:, None]
        none = np.zeros(self.mass.weights.shape)
        _, self.slope, curvature = phase_field.local_dissipation(none, model)
        local = self.mass.matrices((self.density / length * curvature)[..., None, None])
        spread = self.gradient.matrices(
            (2.0 * length * self.density)[..., None, None] * np.eye(self.domain.dimension)
        )
        self.problem = BoundedQuadratic(self.constraint, [self.mass.dofs, self.value.dofs])
        self.problem.keep([local + spread, None])
        self.linear = -self.mass.forces((self.density / length * self.slope)[..., None], self.size)

    def minimise(self, active: NDArray, before: NDArray, start: NDArray) -> NDArray:
        """Find the damage (p,) of least energy.

        Parameters
        ----------
        active : (m, q) array
            Active energy psi_+ of the cells that crack [J/m3].
        before : (p,) array
            Least damage of every node.
        start : (p,) array
            Where to look first.

        Raises
        ------
        NoMinimum, SingularMatrix
            Where the iterations end before.
        """
        linear = self.linear + self.value.forces(2.0 * active[..., None], self.size)
        reduced = [self.constraint.restrict(each) for each in (before, start)]
        coupling = self.value.matrices(2.0 * active[..., None, None])
        found = self.problem.minimise(
            [None, coupling],
            self.constraint.gather(linear),
            reduced[0],
            np.ones(self.constraint.size),
            reduced[1],
        )
        return self.constraint.expand(found.point, np.zeros(self.size))

    def at_points(self, phase: NDArray) -> NDArray:
        """Damage at the points of the strains in the cracking cells, (m, q)."""
        return self.value(phase)[..., 0]

    def conducting_share(self, phase: NDArray) -> NDArray:
        """Share of the conductivity of every cell of the domain that cracks leave, (M, 1)."""
        share = np.ones((len(self.domain.region), 1))
        at = self.mass(phase)[..., 0]
        here = phase_field.conducting_share(at, self.fracture.residual)
        share[self.cells, 0] = np.sum(self.mass.weights * here, axis=1) / self.mass.weights.sum(
            axis=1
        )
        return share

    def of_cells(self, phase: NDArray) -> NDArray:
        """Mean damage of every cell of the domain, (M,), 0 where nothing cracks."""
        means = np.zeros(len(self.domain.region))
        means[self.cells] = phase[self.value.dofs].mean(axis=1)
        return means

    def crack_areas(self, phase: NDArray) -> dict[str, float]:
        """List the `crack_area` of every region that cracks."""
        areas = self._cost_of_cells(phase) / self.cost
        regions = self.domain.region[self.cells]
        return {
            name: float(areas[regions == self.domain.regions[name]].sum())
            for name in self.fracture.toughness
        }

    def surface_energy(self, phase: NDArray) -> float:
        """Sum up what the damage has cost, int (G_c/c_w)(w/l + l |grad d|^2) dx [J/m; J in 3D]."""
        return float(np.sum(self._cost_of_cells(phase)))

    def crack_area(self, phase: NDArray) -> float:
        """Area of cracks [m; m2 in 3D]: their cost over that of a unit of area on these cells."""
        return sum(self.crack_areas(phase).values())

    def _cost_of_cells(self, phase: NDArray) -> NDArray:
        """Cost of the damage in every cell that can crack, (m,) [J/m; J in 3D]."""
        length = self.fracture.length
        local = phase_field.local_dissipation(self.mass(phase)[..., 0], self.fracture.model)[0]
        square = np.sum(self.gradient(phase) ** 2, axis=-1)
        local = np.sum(self.mass.weights * self.density * local, axis=1) / length
        return local + length * np.sum(self.gradient.weights * self.density * square, axis=1)

    def coarse_crack(self, phase: NDArray) -> tuple[float, NDArray] | None:
        """Find the coarsest cracked cell where l/h is below LEAST_RESOLUTION.

        Returns
        -------
        None or (float, (d,) array)
            l/h and the cell's middle [m].
        """
        cracked = phase[self.value.dofs].max(axis=1) >= CRACKED
        resolution = np.where(cracked, self.fracture.length / self.sizes, np.inf)
        worst = int(np.argmin(resolution))
        if resolution[worst] >= LEAST_RESOLUTION * (1.0 - 1e-9):
            return None
        return float(resolution[worst]), self.domain.points[
            self.domain.vertices[self.cells[worst]]
        ].mean(axis=0)

    def nodes(self) -> NDArray:
        """Positions of the nodes of the damage, (p, d) [m]."""
        points = np.zeros((self.size, self.domain.dimension))
        points[self.space.dofmap.list.ravel()] = self.domain.points[self.domain.vertices.ravel()]
        return points
