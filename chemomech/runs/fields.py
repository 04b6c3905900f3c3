"""Fields of one state of a cell as ParaView files."""

import numpy as np

from chemomech.analysis.cracks import dissipated_fractions
from chemomech.analysis.losses import drops_of
from chemomech.fem import output
from chemomech.physics.bulk.elasticity import von_mises


class FieldWriter:
    """Writes states into `folder`/fields and keeps the two collections (cell.pvd, interfaces.pvd) up to date."""

    def __init__(self, cell, coupling, folder):
        self.cell, self.coupling, self.folder, self.entries = cell, coupling, folder / "fields", []
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, label, time, state):
        """Save one CoupledState; label names the files, time [s] goes into the collections."""
        self._bulk(self.folder / f"cell_{label}.vtu", state)
        self._interfaces(self.folder / f"interfaces_{label}.vtu", state)
        self.entries.append((time, label))
        for kind in ("cell", "interfaces"):
            rows = [(t, f"{kind}_{name}.vtu") for t, name in self.entries]
            output.write_collection(self.folder / f"{kind}.pvd", rows)

    def _bulk(self, path, state):
        chemistry, domain, mechanical = self.coupling.chemistry, self.cell.domain, state.mechanical
        stress = mechanical.stress.mean(axis=1)
        names = ("xx", "yy", "zz", "xy", "yz", "xz")
        output.write_cells(
            path,
            domain,
            chemistry.space,
            {
                "displacement_m": output.as_vector(
                    self._on_chemical_nodes(mechanical.displacement)
                ),
                "potential_V": state.chemical.potential,
                "stoichiometry": state.chemical.stoichiometry,
            },
            {
                "region": domain.region,
                "particle": domain.particle,
                "plastic_strain": self._plastic(mechanical),
                "von_mises_Pa": von_mises(stress),
                "mean_stress_Pa": stress[:, :3].mean(axis=1),
                **self._cracks(mechanical),
                **{f"stress_{names[i]}_Pa": stress[:, i] for i in range(stress.shape[1])},
            },
        )

    def _cracks(self, state):
        """Damage of every cell by cracks in the bulk, where there may be some."""
        damage = getattr(self.cell.mechanics, "damage", None)
        return {} if damage is None else {"crack_damage": damage.of_cells(state.phase)}

    def _plastic(self, state):
        """Mean accumulated plastic strain of every cell; zero where a cell cannot yield."""
        values = np.zeros(len(self.cell.domain.region))
        values[self.cell.mechanics.yielding] = state.accumulated.mean(axis=1)
        return values

    def _on_chemical_nodes(self, displacement):
        """The displacement (n, d) at the nodes of the potentials, which are split at more borders."""
        chemistry, mechanics = self.coupling.chemistry, self.cell.mechanics
        values = np.empty((chemistry.size, self.cell.domain.dimension))
        values[chemistry.space.dofmap.list] = displacement.reshape(-1, values.shape[1])[
            mechanics.space.dofmap.list
        ]
        return values

    def _electrodes(self, state):
        """Current density and overpotential at all interface points, zero off the electrodes: name -> (k, q)."""
        found = (
            np.zeros_like(self.cell.mechanics.jump.weights),
            np.zeros_like(self.cell.mechanics.jump.weights),
        )
        for electrode in (self.cell.anode, self.cell.cathode):
            drops = drops_of(
                self.coupling.chemistry, state.chemical, state.around, electrode.interface
            )
            for values, here in zip(found, (drops.current, drops.overpotential), strict=True):
                values[electrode.rows] = here
        return dict(zip(("current_density_A_m2", "overpotential_V"), found, strict=True))

    def _interfaces(self, path, coupled):
        state = coupled.mechanical
        domain, mechanics = self.cell.domain, self.cell.mechanics
        weights = mechanics.jump.weights / mechanics.jump.weights.sum(axis=1, keepdims=True)

        def mean(values):
            return np.einsum("kq,kq->k", values, weights)

        number = np.concatenate(
            [np.full(len(f), i) for i, f in enumerate(domain.interfaces.values())]
        )
        output.write_facets(
            path,
            domain,
            mechanics.space,
            mechanics.facets,
            state.displacement.reshape(-1, domain.dimension),
            {
                "interface": number,
                "opening_m": mean(state.opening[..., 0]),
                "sliding_m": mean(_sliding(state.opening)),
                "damage": mean(state.damage),
                "dissipated_fraction": mean(dissipated_fractions(mechanics, state)),
                "conducting_fraction": mean(coupled.around.conducting),
                "traction_normal_Pa": mean(state.traction[..., 0]),
                "contact_pressure_Pa": mean(np.maximum(-state.traction[..., 0], 0.0)),
                **{name: mean(values) for name, values in self._electrodes(coupled).items()},
            },
        )


def _sliding(opening):
    """Sliding (k, q) [m] of openings (k, q, d): with its sign in 2D, the distance in 3D."""
    return opening[..., 1] if opening.shape[-1] == 2 else np.linalg.norm(opening[..., 1:], axis=-1)
