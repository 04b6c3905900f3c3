r"""The largest linear strain of every region, which small-strain kinematics must be able to mean.

It is the larger of

    |eps_free|                      of lithium and temperature, at the worst point
    max |eig(C^-1 : <sigma>)|       the elastic strain of the region's mean stress

Creep and plastic flow stand beside: lithium's in columns of its own. A held body has a large
elastic strain, a free one a large free strain. Peaks of stress at corners and crack tips, which
depend on the mesh, are not in a mean.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemomech.runs.record import Arrays, Observer
from chemomech.setup.cell import Cell


def elastic_strain(stress: NDArray, young_modulus: float, poisson_ratio: float) -> float:
    """Return the largest principal strain, by size, of an isotropic body under a stress.

    Parameters
    ----------
    stress : (c,) array
        xx, yy, zz, xy and in 3D yz, xz [Pa].
    young_modulus : float
        E [Pa].
    poisson_ratio : float
        nu.
    """
    tensor = np.diag(stress[:3])
    for value, (i, j) in zip(stress[3:], ((0, 1), (1, 2), (0, 2)), strict=False):
        tensor[i, j] = tensor[j, i] = value
    principal = np.linalg.eigvalsh(tensor)
    strain = (1.0 + poisson_ratio) * principal - poisson_ratio * principal.sum()
    return float(np.abs(strain).max() / young_modulus)


class Strains(Observer):
    """Keeps the largest linear strain of every region, and when it was."""

    name = "strains"

    def __init__(self, cell: Cell):
        """Start at zero; cell: held by its fixture."""
        self.cell, mechanics = cell, cell.mechanics
        self.regions = [name for name in cell.materials if len(cell.domain.cells_of(name))]
        self.cells = [cell.domain.cells_of(name) for name in self.regions]
        self.weights = [mechanics.strain.weights[cells] for cells in self.cells]
        self.largest = np.zeros(len(self.regions))
        self.when = np.full(len(self.regions), "", dtype="U40")

    def observe(self, seen: Any) -> None:
        """Take down an accepted state."""
        mechanics, state = self.cell.mechanics, seen.run_state.mechanical
        free = mechanics.free_strain(state.chemical_strain)
        for number, (name, cells, weights) in enumerate(
            zip(self.regions, self.cells, self.weights, strict=True)
        ):
            material = self.cell.materials[name]
            mean = np.einsum("mq,mqc->c", weights, state.stress[cells]) / weights.sum()
            elastic = elastic_strain(mean, material.young_modulus, material.poisson_ratio)
            here = max(elastic, float(np.abs(free[cells]).max()))
            if here > self.largest[number]:
                self.largest[number] = here
                self.when[number] = ", ".join(
                    f"{key.removesuffix('_h')} {value:.4g}" for key, value in seen.when.items()
                )

    def arrays(self) -> Arrays:
        """Return the largest so far and when it was."""
        return {"largest": self.largest.copy(), "when": self.when.copy()}

    def restore(self, arrays: Arrays) -> None:
        """Go on from what `arrays` returned."""
        self.largest, self.when = arrays["largest"].copy(), arrays["when"].astype("U40")

    def table(self) -> dict[str, dict[str, Any]]:
        """Return region -> its largest linear strain and when it was."""
        return {
            name: {"linear_strain_largest": float(value), "when": str(when)}
            for name, value, when in zip(self.regions, self.largest, self.when, strict=True)
        }

    def worst(self) -> dict[str, float]:
        """Return the largest of all regions, for the summary."""
        return {"linear_strain_largest": float(self.largest.max())}

    def summary(self) -> dict[str, Any]:
        """Return what result.json says of every region."""
        return {"strains": self.table()}
