"""Anderson acceleration of a fixed point x = G(x) that plain iteration reaches slowly or never.

With f = G(x) - x of the last rounds, x_next = G_k - (dX + dF) c, where c makes f_k - dF c least
(Anderson, J. ACM 12 (1965) 547; type II of Walker, Ni, SIAM J. Numer. Anal. 49 (2011) 1715). The
first round is plain.
"""

import numpy as np


class Anderson:
    """Proposes the next x from the pairs (x, G(x)) of the last `depth` rounds."""

    def __init__(self, depth=6):
        self.depth, self.points, self.misses = depth, [], []

    def __call__(self, x, image):
        """Return the next x (n,) after G(x) = image (n,)."""
        self.points.append(x)
        self.misses.append(image - x)
        self.points, self.misses = self.points[-self.depth :], self.misses[-self.depth :]
        if len(self.points) < 2:
            return image
        steps, changes = (np.diff(np.array(each), axis=0).T for each in (self.points, self.misses))
        share, *_ = np.linalg.lstsq(changes, self.misses[-1], rcond=1e-10)
        return image - (steps + changes) @ share
