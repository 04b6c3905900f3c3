"""Fields of one state of a cell as ParaView files."""

import numpy as np

from chemomech.fem import output
from chemomech.physics.elasticity import von_mises


class FieldWriter:
    """Writes states into `folder`/fields and keeps the two collections (cell.pvd, interfaces.pvd) up to date."""

    def __init__(self, cell, folder):
        self.cell, self.folder, self.entries = cell, folder / "fields", []
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, label, time, state, response):
        """Save one state; label names the files, time [s] goes into the collections."""
        self._bulk(self.folder / f"cell_{label}.vtu", state, response)
        self._interfaces(self.folder / f"interfaces_{label}.vtu", state, response)
        self.entries.append((time, label))
        for kind in ("cell", "interfaces"):
            rows = [(t, f"{kind}_{name}.vtu") for t, name in self.entries]
            output.write_collection(self.folder / f"{kind}.pvd", rows)

    def _bulk(self, path, state, response):
        mechanics, domain = self.cell.mechanics, self.cell.domain
        stress = state.stress.mean(axis=1)
        displacement = output.as_vector(state.displacement.reshape(-1, domain.dimension))
        potential = response.scale * response.conduction.potential
        names = ("xx", "yy", "zz", "xy", "yz", "xz")
        output.write_cells(
            path, domain, mechanics.space,
            {"displacement_m": displacement, "overpotential_V": self._on_displacement_nodes(potential)},
            {
                "region": domain.region, "particle": domain.part,
                "plastic_strain": self._plastic(state),
                "von_mises_Pa": von_mises(stress), "mean_stress_Pa": stress[:, :3].mean(axis=1),
                **{f"stress_{names[i]}_Pa": stress[:, i] for i in range(stress.shape[1])},
            },
        )

    def _plastic(self, state):
        """Mean accumulated plastic strain of every cell; zero where a cell cannot yield."""
        values = np.zeros(len(self.cell.domain.region))
        values[self.cell.mechanics.yielding] = state.accumulated.mean(axis=1)
        return values

    def _on_displacement_nodes(self, potential):
        """The potential's values at the displacement's nodes; both spaces have the same split nodes."""
        values = np.empty(self.cell.mechanics.size // self.cell.domain.dimension)
        values[self.cell.mechanics.space.dofmap.list] = potential[self.cell.conduction.space.dofmap.list]
        return values

    def _interfaces(self, path, state, response):
        domain, mechanics = self.cell.domain, self.cell.mechanics
        weights = mechanics.jump.weights / mechanics.jump.weights.sum(axis=1, keepdims=True)

        def mean(values):
            return np.einsum("kq,kq->k", values, weights)

        number = np.concatenate([np.full(len(f), i) for i, f in enumerate(domain.interfaces.values())])
        output.write_facets(
            path, domain, mechanics.space, mechanics.facets,
            state.displacement.reshape(-1, domain.dimension),
            {
                "interface": number, "opening_m": mean(state.opening[..., 0]),
                "sliding_m": mean(state.opening[..., 1]), "damage": mean(state.damage),
                "conducting_fraction": mean(response.conducting),
                "traction_normal_Pa": mean(state.traction[..., 0]),
                "contact_pressure_Pa": mean(response.pressure),
            },
        )
