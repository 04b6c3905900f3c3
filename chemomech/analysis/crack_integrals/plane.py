r"""What drives a straight crack: energy release rate, intensities and T-stress by domain integrals.

Axes of the crack: e_1 ahead of the tip, e_2 normal to it. With q = 1 near the tip and 0 far from
it, per length of front

    J = int (s_ij u_i,1 - W d_1j) q_,j dA + int s : e*_,1 q dA + int t . [u]_,1 q ds,

s stress, W = s : (e - e*)/2, e* strain that no stress holds back (swelling, heat), t traction by
which the faces hold each other, [u] their jump: whatever acts on the faces (filling, contact,
cohesion) is in t. Where e* jumps, e*_,1 is [e*] n_1 on the border, and s the mean of both sides. In
a body of revolution q e_1 is a vector field, with the hoop strain e_1r q/r. Intensities come from
the same integral of the state and a field of `crack_tip_fields` (a):

    M = int (s_ij u^a_i,1 + s^a_ij u_i,1 - s : e^a d_1j) q_,j dA + int s^a : e*_,1 q dA
      + int t . [u^a]_,1 q ds,
    K_I = M_I E'/2,   K_II = M_II E'/2,   T = E' (M_f - (1 + nu) e*) + s_22,   E' = E/(1 - nu^2).

All integrals are linear in q: they are kept as forces of the vertices (configurational forces);
q(r) is 1 up to half the radius of a circle and falls to 0 on it. Several circles show whether the
value depends on the path.

Valid for linear elasticity and one isotropic material inside the circles, a straight crack and a
plane front or a ring; a crack that is curved, kinked or close to something else needs circles that
see its straight end only. What flows or creeps must do so outside: a stress that is not elastic is
refused. K_I < 0: the faces would overlap; where contact holds them apart, a small K_I < 0 that goes
with the root of the first cell's size is left by the facet at the tip, which cannot close. Where e*
jumps inside a circle, G is less accurate than (K_I, K_II). Sources: Shih, Moran, Nakamura, Int. J.
Fract. 30 (1986) 79; Moran, Shih, Eng. Fract. Mech. 27 (1987) 615; Nahta, Moran, Int. J. Solids
Struct. 30 (1993) 2027.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.analysis.crack_integrals import tip_faces
from chemomech.analysis.crack_integrals.tips import CrackTip, clear_radius, crack_tips, in_axes
from chemomech.fem.operators import gradient_operator
from chemomech.geometry.mesh.facets import shared_facets
from chemomech.models.mechanical_parts import MechanicalState
from chemomech.models.mechanics import Mechanics
from chemomech.physics.bulk import elasticity
from chemomech.physics.fracture import crack_tip_fields

__all__ = ["CrackTip", "DomainIntegral", "DrivingForce", "clear_radius", "crack_tips"]

SHARES = (0.45, 0.6, 0.75, 0.9)  # default circles over the largest possible
PLATEAU = 0.5
INELASTIC = 1e-6  # relative departure from the elastic stress that is refused
EDGE_RULE = (0.5 - 0.5 / np.sqrt(3.0), 0.5 + 0.5 / np.sqrt(3.0))


class DrivingForce(NamedTuple):
    """What drives a crack tip: means over circles, and how far the circles depart.

    Attributes
    ----------
    energy_release_rate : float
        G [J/m2].
    mode_one, mode_two : float
        K_I and K_II [Pa sqrt(m)].
    spread : float
        Largest departure of a circle from the mean, over G and over the size of (K_I, K_II).
    by_circle : (c, 3) array
        G, K_I, K_II of each circle.
    """

    energy_release_rate: float
    mode_one: float
    mode_two: float
    spread: float
    by_circle: NDArray


class DomainIntegral:
    """Integrals about one tip of a body, prepared once, for any state.

    The body is in plane strain, also a generalised one, or axisymmetric.
    """

    def __init__(self, mechanics: Mechanics, tip: CrackTip, radii: ArrayLike | None = None) -> None:
        """Prepare the integrals.

        Parameters
        ----------
        mechanics : Mechanics
            The body.
        tip : CrackTip
            The tip.
        radii : (c,) array, optional
            Radii of the circles [m]; default: SHARES of `clear_radius`.

        Raises
        ------
        ValueError
            For circles that hold another material, interface, outer face or tip, a bend of the
            crack, or too few cells.
        """
        domain, clear = mechanics.domain, clear_radius(mechanics, tip)
        self.mechanics, self.tip = mechanics, tip
        self.radii = np.asarray(
            [share * clear for share in SHARES] if radii is None else radii, dtype=float
        )
        if self.radii.max() > clear * (1 + 1e-9):
            raise ValueError(
                f"crack tip {tip.point}: a circle of {self.radii.max():.3g} m is too large, beyond "
                f"{clear:.3g} m is another material, interface, outer face or tip, or the crack "
                "bends"
            )
        distance = np.linalg.norm(domain.points - tip.point, axis=1)
        self.cells = np.flatnonzero((distance[domain.vertices] < self.radii.max()).any(axis=1))
        self.plateaus = np.clip((1 - distance / self.radii[:, None]) / (1 - PLATEAU), 0.0, 1.0)
        beside = np.flatnonzero((distance[domain.vertices] < 1e-9 * clear).any(axis=1))
        if distance[domain.vertices[beside]].max() > PLATEAU * self.radii.min():
            raise ValueError(
                f"crack tip {tip.point}: the mesh is too coarse for a circle of "
                f"{self.radii.min():.3g} m"
            )
        self._prepare()

    def _prepare(self):
        """Prepare the geometry of the cells and of the faces in the crack's axes."""
        m, domain = self.mechanics, self.mechanics.domain
        self.strain = m.strain.subset(self.cells)
        self.axisymmetric = m.axisymmetric
        self.gradient = gradient_operator(domain, m.space, self.cells, m.quadrature_degree)
        self.axes = np.array([self.tip.direction, [-self.tip.direction[1], self.tip.direction[0]]])
        self.outward = self.axes[:, 0]
        self.points = (self.strain.points - self.tip.point) @ self.axes.T
        self.radius = self.strain.points[..., 0]
        inverse = np.linalg.inv(domain.jacobians(self.cells))
        self.slopes = (
            np.concatenate([-inverse.sum(axis=1, keepdims=True), inverse], axis=1) @ self.axes.T
        )
        corner = domain.points[domain.vertices[self.cells[0]]]
        affine = [
            np.vstack([each.T, np.ones(len(each))]) for each in (corner, self.strain.points[0])
        ]
        self.hats = np.linalg.solve(*affine).T
        self.to_corners = np.linalg.pinv(self.hats)
        self.vertices = domain.vertices[self.cells]
        self.shear, self.bulk = (
            float(each[self.cells[0], 0]) for each in (m.bulk.shear, m.bulk.bulk)
        )
        self.poisson = elasticity.poisson_ratio(self.shear, self.bulk)
        self.modulus = elasticity.plane_strain_modulus(
            2.0 * self.shear * (1.0 + self.poisson), self.poisson
        )
        self.front = 2.0 * np.pi * self.tip.point[0] if self.axisymmetric else 1.0
        self.edges = shared_facets(self.vertices)

    def driving_force(self, state: MechanicalState) -> DrivingForce:
        """Return the DrivingForce of a state."""
        fields = self._state_fields(state)
        modes = [
            self._interaction(fields, state, field)
            for field in (crack_tip_fields.mode_one, crack_tip_fields.mode_two)
        ]
        columns = [self._energy(fields, state), *(0.5 * self.modulus * mode for mode in modes)]
        values = self.plateaus @ np.stack(columns, axis=1)
        mean = values.mean(axis=0)
        scale = np.array([abs(mean[0]), *[np.hypot(*mean[1:])] * 2])
        departure = np.abs(values - mean).max(axis=0)
        spread = np.max(np.divide(departure, scale, out=np.zeros(3), where=scale > 0))
        return DrivingForce(*mean, spread, values)

    def t_stress(self, state: MechanicalState) -> NDArray:
        """Return T [Pa] by each circle (c,), in a plane body only (else ValueError).

        It is the stress along the crack at its tip that is not singular.
        """
        if self.axisymmetric:
            raise ValueError("the T-stress is computed in plane strain only")
        fields = self._state_fields(state)
        by_circle = self.plateaus @ self._interaction(fields, state, crack_tip_fields.line_force)
        corners = self.mechanics.domain.points[self.vertices]
        free = fields.free[
            np.linalg.norm(corners - self.tip.point, axis=2) < 1e-9 * self.radii[0]
        ].mean()
        rows = self.mechanics.rows[self.tip.interface]
        points = tip_faces.face_points(self, rows)
        nearest = np.argmin(np.linalg.norm(points, axis=2).min(axis=1))
        across = state.traction[rows][nearest, :, 0].mean()
        axial = fields.hoop.mean()
        free_along = (1 + self.poisson) * free - self.poisson * axial
        return self.modulus * (by_circle - free_along) + across

    def configurational_forces(self, state: MechanicalState) -> NDArray:
        """Return forces along e_1 on the mesh's vertices (v,) [N/m].

        Their sum over any disc about the tip is G.
        """
        return self._energy(self._state_fields(state), state)

    def _state_fields(self, state):
        """Return the fields of a state; ValueError where the stress is not elastic."""
        m = self.mechanics
        # Alike in all directions, or the stress is not what follows from it.
        linear = m.free_strain(state.chemical_strain)[..., 0]
        free = np.broadcast_to(linear, m.strain.weights.shape)[self.cells]
        strain = self.strain(state.displacement)
        elastic = strain.copy()
        elastic[..., :3] -= free[..., None]
        stress = elastic @ elasticity.stiffness(self.shear, self.bulk, 4)
        found = state.stress[self.cells]
        if np.abs(found - stress).max() > INELASTIC * max(
            np.abs(stress).max(), np.abs(found).max()
        ):
            raise ValueError(
                f"crack tip {self.tip.point}: a cell within {self.radii.max():.3g} m has flowed; "
                "the integrals hold in an elastic material only"
            )
        nodal = m.nodal(state.displacement)[self.gradient.dofs] @ self.axes.T
        gradient = np.einsum("eqjl,eli,kj->eqik", self.gradient.blocks, nodal, self.axes)
        corners = free @ self.to_corners.T
        along = np.broadcast_to((corners * self.slopes[:, :, 0]).sum(axis=1)[:, None], free.shape)
        return _StateFields(
            in_axes(stress, self.axes), stress, elastic, gradient, strain[..., 2], corners, along
        )

    def _energy(self, fields, state):
        """Return J as forces of the vertices [N/m]."""
        density = 0.5 * np.einsum("eqc,eqc->eq", fields.voigt, fields.elastic)
        flux = np.einsum("eqij,eqi->eqj", fields.stress, fields.gradient[..., 0])
        around = fields.voigt[..., 2] * fields.hoop - density
        mean = fields.voigt[..., :3].sum(axis=-1)
        forces = self._volume(flux, density, around, mean * fields.along)
        forces = forces + self._borders(fields, mean @ self.to_corners.T)
        return (forces + tip_faces.own_forces(self, state)) / self.front

    def _interaction(self, fields, state, field):
        """Return M of the state and a field of `crack_tip_fields`, as forces of the vertices."""
        auxiliary = field(*crack_tip_fields.polar(self.points), self.shear, self.bulk)
        auxiliary_stress = in_axes(auxiliary.stress, np.eye(2))
        density = np.einsum("eqij,eqij->eq", fields.stress, auxiliary.gradient)
        flux = np.einsum("eqij,eqi->eqj", fields.stress, auxiliary.gradient[..., 0])
        flux = flux + np.einsum("eqij,eqi->eqj", auxiliary_stress, fields.gradient[..., 0])
        mean = auxiliary.stress[..., :3].sum(axis=-1)
        source, around = mean * fields.along, 0.0
        if self.axisymmetric:
            r, out = self.radius, self.outward
            hoop, auxiliary_hoop = fields.voigt[..., 2], auxiliary.displacement @ out / r
            around = hoop * auxiliary_hoop + auxiliary.stress[..., 2] * fields.hoop - density
            # The field is neither in equilibrium around the axis, nor is its hoop strain that of
            # its displacement.
            unbalanced = (auxiliary_stress @ out - auxiliary.stress[..., 2:3] * out) / r[..., None]
            source = source + np.einsum("eqi,eqi->eq", unbalanced, fields.gradient[..., 0])
            ahead = np.einsum("eqi,i->eq", auxiliary.gradient[..., 0], out)
            source = source + hoop * (ahead - auxiliary_hoop * out[0]) / r
        forces = self._volume(flux, density, around, source) + self._borders(fields, field=field)
        return (forces + tip_faces.auxiliary_forces(self, state, field)) / self.front

    def _volume(self, flux, density, around, source):
        """Return int (flux - density e_1) . grad q + around e_1r q/r + source q as forces."""
        flux = flux.copy()
        flux[..., 0] -= density
        if self.axisymmetric:
            source = source + around * self.outward[0] / self.radius
        w = self.strain.weights
        local = np.einsum("eq,eqj,evj->ev", w, flux, self.slopes) + np.einsum(
            "eq,eq,qv->ev", w, source, self.hats
        )
        return self.gather(self.vertices, local)

    def _borders(self, fields, mean=None, field=None):
        """Return int tr(s) [e*] n_1 q ds on edges where e* jumps.

        mean (e, 3) is tr(s) at the corners; a field's own is taken instead if one is given.
        """
        ends, first = self.edges.facets, self.edges.owners[:, 0]
        minus, plus = ((self.edges.owners[:, side], self.edges.corners[:, side]) for side in (0, 1))
        jump = _at_ends(fields.free, *plus) - _at_ends(fields.free, *minus)
        points = self.mechanics.domain.points[ends]
        along = (points[:, 1] - points[:, 0]) @ self.axes.T
        centre = (
            points.mean(axis=1) - self.mechanics.domain.points[self.vertices[first]].mean(axis=1)
        ) @ self.axes.T
        normal = along[:, 1] * np.sign(along[:, 1] * centre[:, 0] - along[:, 0] * centre[:, 1])
        local = np.zeros(ends.shape)
        for share in EDGE_RULE:
            hat = np.array([1.0 - share, share])
            x = np.einsum("v,kvi->ki", hat, points)
            if field is None:
                pull = 0.5 * (_at_ends(mean, *minus) + _at_ends(mean, *plus)) @ hat
            else:
                place = crack_tip_fields.polar((x - self.tip.point) @ self.axes.T)
                pull = field(*place, self.shear, self.bulk).stress[..., :3].sum(axis=-1)
            measure = 2.0 * np.pi * x[:, 0] if self.axisymmetric else 1.0
            local += (0.5 * measure * pull * (jump @ hat) * normal)[:, None] * hat
        return self.gather(ends, local)

    def gather(self, vertices: NDArray, local: NDArray) -> NDArray:
        """Return the sum of values at vertices, (v,).

        Parameters
        ----------
        vertices : array of int
            Vertices of the mesh.
        local : array
            A value for each.
        """
        return np.bincount(vertices.ravel(), local.ravel(), len(self.mechanics.domain.points))


class _StateFields(NamedTuple):
    """Fields of a state at the points of the cells about the tip.

    Attributes
    ----------
    stress : (e, q, 2, 2) array
        Stress in the crack's axes [Pa].
    voigt, elastic : (e, q, 4) array
        Voigt stress [Pa] and elastic strain in the body's axes.
    gradient : (e, q, 2, 2) array
        du_i/dx_j in the crack's axes.
    hoop : (e, q) array
        Hoop strain, or the axial one.
    free : (e, 3) array
        Free strain e* at the cells' corners.
    along : (e, q) array
        Its derivative ahead [1/m].
    """

    stress: NDArray
    voigt: NDArray
    elastic: NDArray
    gradient: NDArray
    hoop: NDArray
    free: NDArray
    along: NDArray


def _at_ends(corner_values, cells, corners):
    """Return values (k, 2) of cells' corner values (e, 3) at two corners each, (k, 2)."""
    return np.take_along_axis(corner_values[cells], corners, axis=1)
