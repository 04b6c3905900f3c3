r"""What drives a flat crack in 3D, along its front, by domain integrals.

Axes of the front as in `fronts`: e_1 ahead, e_2 normal to the crack, e_3 along the front. A
virtual extension moves the vertices of the mesh by q = e_1 p(r) h(s), p(r) = 1 up to half the
radius of a tube about the front and 0 on it, h(s) a tent over the front, 1 at a station. Then

    J = int (s_ij u_i,k - W d_kj) q_k,j dV + int s : e*_,k q_k dV + int t . [u]_,k q_k dA

    over int h ds

is what the discrete body releases when its mesh is so moved, to rounding, in the notation of
`plane`. The intensities come from fields (a) of `crack_tip_fields` laid around the front: u^a has
its components in the axes of the front, s^a and e^a are those of a straight front,
e = c u^a_1/(1 + c x_1) and g = -c u^a_3/(1 + c x_1) are the strains (33, and twice 13) that the
curvature c of the front adds to the gradient of u^a,

    M = int (s_ij u^a_i,k + s^a_ij u_i,k - s : e^a d_kj) q_k,j dV
      + int [s^a : e*_,1 + s_33 e_,1 + s_13 g_,1
             + c/(1 + c x_1) ((s^a_11 - s^a_33) u_1,1 + s^a_12 u_2,1 + 2 s^a_13 u_3,1)] q dV
      + int t . [u^a]_,1 q dA,
    K_I = M_I E'/2,   K_II = M_II E'/2,   K_III = M_III mu,
    G = (K_I^2 + K_II^2)/E' + K_III^2/(2 mu).

Valid for linear elasticity and one isotropic material inside the tube, a flat crack and a front
whose curvature varies slowly; near a free surface, where the fields are others, J holds and the
intensities do not. An open front ends in planes of symmetry: there K_III is put to 0, as a field of
mode III does not fit them. Several tubes show whether the value depends on the path. Sources: Shih,
Moran, Nakamura, Int. J. Fract. 30 (1986) 79; Nahta, Moran, Int. J. Solids Struct. 30 (1993) 2027;
Gosz, Moran, Eng. Fract. Mech. 69 (2002) 299; mode III: Williams' field, Tada, Paris, Irwin (2000),
part I.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemomech.analysis.crack_integrals.front_faces import border_forces, face_forces
from chemomech.analysis.crack_integrals.fronts import (
    CrackFront,
    clear_distance,
    crack_fronts,
    local_coordinates,
)
from chemomech.analysis.crack_integrals.stations import place_stations, tents
from chemomech.fem.operators import gradient_operator
from chemomech.models.mechanical_parts import MechanicalState
from chemomech.models.mechanics import Mechanics
from chemomech.physics.bulk import elasticity
from chemomech.physics.fracture import crack_tip_fields

__all__ = ["CrackFront", "FrontForce", "FrontIntegral", "clear_distance", "crack_fronts"]

SHARES = (0.6, 0.75, 0.9)  # default tubes over the largest possible
PLATEAU = 0.5
DEGREE = 5  # basix has a point of degree 4 on an edge, where a field may be singular
INELASTIC = 1e-6
VOIGT = ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2))
MODES = (crack_tip_fields.mode_one, crack_tip_fields.mode_two, "three")


class FrontForce(NamedTuple):
    """What drives a crack front at its stations: means over tubes, and how far the tubes depart.

    Attributes
    ----------
    stations : (n,) array
        Arc lengths along the front [m].
    energy_release_rate : (n,) array
        G [J/m2].
    modes : (n, 3) array
        K_I, K_II, K_III in the front's axes [Pa sqrt(m)].
    spread : (n,) array
        Largest departure of a tube from the mean, over G and over the size of the modes.
    by_tube : (c, n, 4) array
        G and the modes of each tube.
    """

    stations: NDArray
    energy_release_rate: NDArray
    modes: NDArray
    spread: NDArray
    by_tube: NDArray


class FrontIntegral:
    """Integrals about one front of a body in 3D, prepared once, for any state."""

    def __init__(
        self,
        mechanics: Mechanics,
        front: CrackFront,
        radii: ArrayLike | None = None,
        stations: int | None = None,
    ) -> None:
        """Prepare the integrals.

        Parameters
        ----------
        mechanics : Mechanics
            The body.
        front : CrackFront
            The front.
        radii : (c,) array, optional
            Radii of the tubes [m]; default: SHARES of `clear_distance`.
        stations : int, optional
            Number of tents along the front; default: as many as keep them as wide as the tubes.

        Raises
        ------
        ValueError
            For tubes that hold something else, and for a mesh that is too coarse for them.
        """
        clear = clear_distance(mechanics, front)
        self.mechanics, self.front = mechanics, front
        self.radii = np.asarray(
            [share * clear for share in SHARES] if radii is None else radii, dtype=float
        )
        if self.radii.max() > clear * (1 + 1e-9):
            raise ValueError(
                f'crack "{front.interface}": a tube of {self.radii.max():.3g} m is too large, '
                f"within {clear:.3g} m lies another material, interface, outer face or front"
            )
        self.stations = place_stations(front, self.radii.max(), stations)
        domain = mechanics.domain
        coordinates = local_coordinates(front, domain.points)
        distance = np.hypot(*coordinates.plane.T)
        reached = (distance[domain.vertices] < self.radii.max()).any(axis=1)
        self.cells = np.flatnonzero(reached)
        self.vertices = domain.vertices[self.cells]
        beside = (np.isin(self.vertices, front.vertices)).any(axis=1)
        if distance[self.vertices[beside]].max() > PLATEAU * self.radii.min() * (1 + 1e-9):
            raise ValueError(
                f'crack "{front.interface}": the mesh is too coarse for a tube of '
                f"{self.radii.min():.3g} m"
            )
        tubes = np.clip((1 - distance / self.radii[:, None]) / (1 - PLATEAU), 0.0, 1.0)
        self.move, self.plateaus = coordinates.axes[:, 0], tubes
        self.tents = tents(front, self.stations, coordinates.arc)
        self._prepare()

    def _prepare(self):
        """Prepare the geometry of the cells and of the faces."""
        m, domain = self.mechanics, self.mechanics.domain
        self.gradient = gradient_operator(domain, m.space, self.cells, DEGREE)
        inverse = np.linalg.inv(domain.jacobians(self.cells))
        self.slopes = np.concatenate([-inverse.sum(axis=1, keepdims=True), inverse], axis=1)
        self.hats = self._hats_at(self.gradient.points)
        self.own_hats = self._hats_at(m.strain.points[self.cells])
        shape = self.gradient.points.shape
        coordinates = local_coordinates(self.front, self.gradient.points.reshape(-1, 3))
        self.coordinates = type(coordinates)(
            *(each.reshape(shape[0], shape[1], *each.shape[1:]) for each in coordinates)
        )
        self.shear, self.bulk = (
            float(each[self.cells[0], 0]) for each in (m.bulk.shear, m.bulk.bulk)
        )
        self.poisson = elasticity.poisson_ratio(self.shear, self.bulk)
        self.modulus = elasticity.plane_strain_modulus(
            2.0 * self.shear * (1.0 + self.poisson), self.poisson
        )
        self.front_share = self.gather(self.front.vertices[self._edge_ends()], self._edge_measure())
        self.norm = self.tents @ self.front_share

    def _hats_at(self, points):
        """Return hat functions (e, q, 4) of the cells' corners at points (e, q, 3)."""
        corner = self.mechanics.domain.points[self.vertices[:, 0]]
        hats = np.einsum("eqi,evi->eqv", points - corner[:, None], self.slopes)
        hats[..., 0] += 1.0
        return hats

    def _edge_ends(self):
        n = len(self.front.points)
        first = np.arange(n if self.front.closed else n - 1)
        return np.stack([first, (first + 1) % n], axis=1)

    def _edge_measure(self):
        """Return int hat (e_1 . normal of the edge) ds at the edges' ends.

        It is the area that a unit move of each vertex sweeps.
        """
        ends = self._edge_ends()
        edge = self.front.points[ends[:, 1]] - self.front.points[ends[:, 0]]
        ahead = np.cross(self.front.axes[0, 1], edge)
        swept = np.einsum("ki,kvi->kv", ahead, self.front.axes[ends, 0])
        return 0.5 * np.abs(swept)

    def driving_force(self, state: MechanicalState) -> FrontForce:
        """Return the FrontForce of a state."""
        fields = self._state_fields(state)
        factors = (0.5 * self.modulus, 0.5 * self.modulus, self.shear)
        columns = [self._energy(fields, state)]
        for mode, factor in zip(MODES, factors, strict=True):
            columns.append(factor * self._interaction(fields, state, mode))
        values = (
            np.einsum("cv,nv,vk->cnk", self.plateaus, self.tents, np.stack(columns, axis=1))
            / self.norm[:, None]
        )
        if not self.front.closed:
            values[:, [0, -1], 3] = 0.0
        mean = values.mean(axis=0)
        size = np.linalg.norm(mean[:, 1:], axis=1)
        scale = np.stack([np.abs(mean[:, 0]), size, size, size], axis=1)
        departure = np.abs(values - mean).max(axis=0)
        spread = np.divide(departure, scale, out=np.zeros_like(scale), where=scale > 0).max(axis=1)
        return FrontForce(self.stations, mean[:, 0], mean[:, 1:], spread, values)

    def configurational_forces(self, state: MechanicalState) -> NDArray:
        """Return forces on the mesh's vertices along e_1 (v,) [N].

        Their sum over a tube is int G ds.
        """
        return self._energy(self._state_fields(state), state)

    def _state_fields(self, state):
        """Return fields of the state at the points; ValueError where the stress is not elastic."""
        m = self.mechanics
        # Alike in all directions, or the stress is not what follows from it.
        linear = m.free_strain(state.chemical_strain)[..., 0]
        free = np.broadcast_to(linear, m.strain.weights.shape)[self.cells]
        own = m.strain.subset(self.cells)(state.displacement)
        own[..., :3] -= free[..., None]
        stiffness = elasticity.stiffness(self.shear, self.bulk, 6)
        found = state.stress[self.cells]
        if np.abs(found - own @ stiffness).max() > INELASTIC * max(
            np.abs(found).max(), np.abs(own @ stiffness).max()
        ):
            raise ValueError(
                f'crack "{self.front.interface}": a cell within {self.radii.max():.3g} m has '
                "flowed; the integrals hold in an elastic material only"
            )
        # A free strain given by fewer points than corners is its mean.
        corners = np.einsum("evq,eq->ev", np.linalg.pinv(self.own_hats), free)
        nodal = m.nodal(state.displacement)[self.gradient.dofs]
        gradient = np.einsum("eqjl,eli->eqij", self.gradient.blocks, nodal)
        strain = np.stack(
            [gradient[..., i, j] + (i != j) * gradient[..., j, i] for i, j in VOIGT], axis=-1
        )
        strain[..., :3] -= np.einsum("eqv,ev->eq", self.hats, corners)[..., None]
        stress = strain @ stiffness
        return _StateFields(
            _tensor(stress), 0.5 * np.einsum("eqc,eqc->eq", stress, strain), gradient, corners
        )

    def _energy(self, fields, state):
        """Return J as forces of the vertices along their moves [N]."""
        flux = np.einsum("eqij,eqik->eqkj", fields.stress, fields.gradient)
        mean = np.einsum("eqii->eq", fields.stress)
        along = np.einsum("ev,evk->ek", fields.free, self.slopes)
        w = self.gradient.weights
        local = np.einsum("eq,eqkj,evj->evk", w, flux, self.slopes)
        local -= np.einsum("eq,eq,evk->evk", w, fields.density, self.slopes)
        local += np.einsum("eq,eq,ek,eqv->evk", w, mean, along, self.hats)
        local = np.einsum("evk,evk->ev", local, self.move[self.vertices])
        return (
            self.gather(self.vertices, local)
            + border_forces(self, mean, fields.free)
            + face_forces(self, state)
        )

    def _interaction(self, fields, state, mode):
        """Return M of the state and a field, as forces of the vertices."""
        auxiliary = self._auxiliary_field(mode)
        axes, curvature = self.coordinates.axes, self.coordinates.curvature
        h = 1.0 + curvature * self.coordinates.plane[..., 0]
        local_stress = np.einsum("eqai,eqij,eqbj->eqab", axes, fields.stress, axes)
        local_slope = np.einsum("eqai,eqij,eqj->eqa", axes, fields.gradient, axes[..., 0, :])
        gradient, stress = (
            np.einsum("eqai,eqab,eqbj->eqij", axes, each, axes)
            for each in (auxiliary.gradient, auxiliary.stress)
        )
        flux = np.einsum("eqij,eqik->eqkj", fields.stress, gradient)
        flux += np.einsum("eqij,eqik->eqkj", stress, fields.gradient)
        density = np.einsum("eqab,eqab->eq", local_stress, auxiliary.strain)
        around = curvature / h
        source = (
            local_stress[..., 2, 2] * auxiliary.stretch_slope
            + local_stress[..., 0, 2] * auxiliary.shear_slope
        )
        source += (
            around
            * (auxiliary.stress[..., 0, 0] - auxiliary.stress[..., 2, 2])
            * local_slope[..., 0]
        )
        source += around * auxiliary.stress[..., 0, 1] * local_slope[..., 1]
        source += 2 * around * auxiliary.stress[..., 0, 2] * local_slope[..., 2]
        mean = np.einsum("eqii->eq", auxiliary.stress)
        along = np.einsum("ev,evk->ek", fields.free, self.slopes)
        source += mean * np.einsum("ek,eqk->eq", along, axes[..., 0, :])
        w, move = self.gradient.weights, self.move[self.vertices]
        local = np.einsum("eq,eqkj,evj,evk->ev", w, flux, self.slopes, move, optimize=True)
        local -= np.einsum("eq,eq,evk,evk->ev", w, density, self.slopes, move, optimize=True)
        local += np.einsum("eq,eq,eqv->ev", w, source, self.hats)
        forces = self.gather(self.vertices, local) + border_forces(self, mean, fields.free)
        return forces + face_forces(self, state, mode)

    def _auxiliary_field(self, mode):
        """Return the _AuxiliaryField of a mode at the points."""
        coordinates, shape = self.coordinates, self.coordinates.arc.shape
        place = crack_tip_fields.polar(coordinates.plane)
        u, g, s = np.zeros((*shape, 3)), np.zeros((*shape, 3, 3)), np.zeros((*shape, 3, 3))
        if mode == "three":
            u[..., 2], g[..., 2, :2], out = crack_tip_fields.mode_three(*place, self.shear)
            s[..., 2, :2], s[..., :2, 2] = out, out
        else:
            field = mode(*place, self.shear, self.bulk)
            u[..., :2], g[..., :2, :2] = field.displacement, field.gradient
            s[..., [0, 1, 2, 0, 1], [0, 1, 2, 1, 0]] = field.stress[..., [0, 1, 2, 3, 3]]
        strain = 0.5 * (g + np.swapaxes(g, -1, -2))
        c = coordinates.curvature
        h = 1.0 + c * coordinates.plane[..., 0]
        stretch_slope = c * g[..., 0, 0] / h - c**2 * u[..., 0] / h**2
        shear_slope = -c * g[..., 2, 0] / h + c**2 * u[..., 2] / h**2
        g[..., 2, 2] += c * u[..., 0] / h
        g[..., 0, 2] -= c * u[..., 2] / h
        return _AuxiliaryField(g, s, strain, stretch_slope, shear_slope)

    def gather(self, vertices: NDArray, local: NDArray) -> NDArray:
        """Return the sum of values at vertices, (v,).

        Parameters
        ----------
        vertices : array of int
            Vertices of the mesh.
        local : array
            A value for each.
        """
        return np.bincount(
            np.asarray(vertices).ravel(),
            np.asarray(local).ravel(),
            len(self.mechanics.domain.points),
        )


class _StateFields(NamedTuple):
    """Fields of a state at the points of the cells about the front.

    Attributes
    ----------
    stress : (e, q, 3, 3) array
        Stress [Pa].
    density : (e, q) array
        Energy density W [J/m3].
    gradient : (e, q, 3, 3) array
        du_i/dx_j.
    free : (e, 4) array
        e* at the corners.
    """

    stress: NDArray
    density: NDArray
    gradient: NDArray
    free: NDArray


class _AuxiliaryField(NamedTuple):
    """A field in the front's axes.

    Attributes
    ----------
    gradient, stress, strain : (e, q, 3, 3) array
        Those of a straight front, the gradient with what the curvature adds.
    stretch_slope, shear_slope : (e, q) array
        e_,1 and g_,1 [1/m].
    """

    gradient: NDArray
    stress: NDArray
    strain: NDArray
    stretch_slope: NDArray
    shear_slope: NDArray


def _tensor(voigt):
    """Return the tensors (..., 3, 3) of Voigt stresses (..., 6)."""
    return voigt[..., [0, 3, 5, 3, 1, 4, 5, 4, 2]].reshape(*voigt.shape[:-1], 3, 3)
