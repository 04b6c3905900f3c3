r"""Which parts of a cell hang together, and where a potential is left undetermined.

A piece is what conducts without a break: a particle, a web of carbon, a body of electrolyte, or the
terminal with all that stands at its potential. Junctions join pieces where any of their points
conducts. A group of pieces that does not reach the metal floats: what flows into it flows out of
it, and its potential is known but for a constant.

A floating group is held by one anchor: an entry k on the diagonal of the tangent and nowhere else.
As its rows of the residual r and of the rest of the tangent sum up to zero whatever the potentials,
those of tangent d = -r give

    k d(anchor) = -sum r = 0.

The potential at the anchor stays where it was, and no current flows through it: equations and
balances are those of the cell without anchors.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chemomech.fem.domain import Facets
from chemomech.models.chemical_parts import Surroundings
from chemomech.physics.electrochemistry.butler_volmer import ohmic_current

METAL, NOTHING = -1, -2  # in place of a piece


class Groups(NamedTuple):
    """Which pieces hang together.

    Attributes
    ----------
    label : (p + 1,) array
        Group of every piece and, last, of the metal.
    floating : (g,) array
        One piece of each floating group, to be anchored, the terminal's if it is among them.
    cut : bool
        Whether the terminal does not reach the metal.
    """

    label: NDArray
    floating: NDArray
    cut: bool


class Network:
    """Pieces of a cell and where they may touch.

    Piece 0 is the terminal's; anchors (p,): a dof of each piece.
    """

    def __init__(
        self,
        table: NDArray,
        unknown: NDArray,
        conducting: NDArray,
        metal: NDArray,
        control_dof: int,
    ):
        """Find the pieces of a cell.

        Parameters
        ----------
        table : (m, l) array
            Dofs of the cells.
        unknown : (n,) array
            Unknown of each dof's potential, -1 where it is fixed.
        conducting, metal : arrays
            Numbers of the cells that conduct, and of those of metal.
        control_dof : int
            A dof of the terminal.
        """
        held = unknown[table[conducting]]
        pairs = np.repeat(held[:, 0], held.shape[1] - 1), held[:, 1:].ravel()
        graph = coo_array((np.ones(len(pairs[0])), pairs), shape=(unknown.max() + 1,) * 2)
        label = connected_components(graph, directed=False)[1]
        # One dof of every label that conducts, the terminal's first.
        dofs = np.concatenate([[control_dof], np.unique(table[conducting])])
        _, first = np.unique(label[unknown[dofs]], return_index=True)
        self.anchors = dofs[np.sort(first)]
        piece = np.full(label.max() + 1, NOTHING)
        piece[label[unknown[self.anchors]]] = np.arange(len(self.anchors))
        at = unknown[table[:, 0]]
        self.piece = np.where(at < 0, NOTHING, piece[label[at]])  # of every cell
        self.piece[metal] = METAL
        self.joints: dict[str, Any] = {}

    def join(self, name: str, facets: Facets) -> None:
        """Take in a junction; raises ValueError where one side does not conduct."""
        pairs = self.piece[facets.cells]
        if np.any(pairs == NOTHING):
            raise ValueError(
                f"the interface {name} has a law, but what lies on one side of it does not conduct"
            )
        self.joints[name] = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)

    def groups(self, conducting: Mapping[str, NDArray]) -> Groups:
        """Find which pieces hang together; conducting: junction -> (k,) bool of its facets."""
        count = len(self.anchors)
        pairs = np.concatenate(
            [np.empty((0, 2), dtype=np.int64)]
            + [
                pairs[np.unique(place.ravel()[conducting[name]])]
                for name, (pairs, place) in self.joints.items()
            ]
        )
        # METAL is -1: the last of count + 1.
        pairs %= count + 1
        graph = coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(count + 1,) * 2)
        label = connected_components(graph, directed=False)[1]
        _, first = np.unique(label[:count], return_index=True)
        return Groups(label, first[label[first] != label[count]], bool(label[0] != label[count]))


def ohmic(resistance: float | Callable[[Surroundings], Any]) -> Callable:
    """Make the law of a contact between two conductors of one kind: i = chi jump/R, no lithium.

    Parameters
    ----------
    resistance : float or function (Surroundings) -> () or (k, 1)
        R > 0 [ohm m2], of ions or of electrons.
    """

    def law(
        jump: NDArray, x: Any, stress_at_fixed_x: Any, conducting: NDArray, around: Surroundings
    ) -> tuple[NDArray, NDArray, None]:
        here = ohmic_current(
            jump, conducting, resistance(around) if callable(resistance) else resistance
        )
        return here.current, here.by_jump, None

    return law
