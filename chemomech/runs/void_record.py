"""Shape of the voids on the lithium's face and the current beside them, at the recorded times of a run."""

import numpy as np


class VoidRecord:
    """Rows (seconds, charge [C/m2], opening (x,) [m], current density (x,) [A/m2], whether a protocol step ended).

    Of cycles that are over only the ends of their protocol's steps are kept.
    """

    NAMES = ("time", "charge", "opening", "current_density", "step_ended")

    def __init__(self, points, weights):
        """Points (f, q, d) [m] and weights (f, q) of the lithium's face."""
        place = points[..., :-1].reshape(-1, points.shape[-1] - 1)
        self.order = np.lexsort(place.T[::-1])
        self.position, self.weight = place[self.order], weights.ravel()[self.order]
        self.rows, self.begun = [], 0

    def add(self, run_state, opening, current):
        """Keep the opening (f, q) and the current density (f, q) of an accepted Walk."""
        opening, current = (values.ravel()[self.order] for values in (opening, current))
        self.rows.append(
            (
                run_state.time,
                run_state.charge,
                opening,
                current,
                bool(run_state.reason) or not run_state.steps,
            )
        )

    def cycle_ended(self, last):
        """Thin out the cycle that is over, unless it is the last of the run."""
        if not last:
            self.rows = [
                row for number, row in enumerate(self.rows) if number < self.begun or row[-1]
            ]
            self.begun = len(self.rows)

    def arrays(self):
        """Everything recorded as name -> array, time first: (t,), (t, x); position (x, d - 1) [m], weight (x,)."""
        columns = {
            name: np.array(each)
            for name, each in zip(self.NAMES, zip(*self.rows, strict=True), strict=True)
        }
        return columns | {"position": self.position, "weight": self.weight}

    def take_up(self, arrays):
        """Go on from what `arrays` returned at a cycle's end."""
        columns = [list(arrays[name]) for name in self.NAMES]
        self.rows = list(zip(*columns, strict=True))
        self.begun = len(self.rows)
