"""What a result says of shorts: their chance within the wanted life, their time, what comes first.

shorts.npz keeps the shorts per area over time, of the best values and of every sample, so that a
study states the chance for any life and any area without running a case again.
"""

from typing import Any

import numpy as np

from chemomech.analysis.scatter import UncertaintyInputs, quantiles_of
from chemomech.analysis.shorts import DrawnShorts, deciding, drawn_shorts, short_curve
from chemomech.physics.lithium.first_short import ShortCurve
from chemomech.runs.columns.shorts import short_columns
from chemomech.runs.observers.face import SiteRecord
from chemomech.units.field import MA_CM2


class Shorts:
    """Shorts of one run."""

    def __init__(self, record: SiteRecord, uncertain: UncertaintyInputs):
        """Find them.

        Parameters
        ----------
        record : SiteRecord
            What drove flaws at the lithium.
        uncertain : UncertaintyInputs
            What scatters, and how.
        """
        sites, self.inputs = record.sites(), record.inputs
        self.current = float(sites.current_density.max(initial=0.0))
        few = deciding(sites, self.inputs)
        self.best: ShortCurve = short_curve(few, self.inputs)
        self.drawn: DrawnShorts = drawn_shorts(few, self.inputs, uncertain)

    def summary(self) -> dict[str, Any]:
        """Return the columns of the summary, for the case's own life and area."""
        found = short_columns(self.best, self.inputs.life, self.inputs.area)
        return found | {"plating_current_density_mA_cm2": self.current / MA_CM2}

    def band(self) -> dict[str, list[float]]:
        """Return quantiles at 10, 50 and 90 % of the chance over the samples."""
        risks = self.drawn.curve.risk(self.inputs.life, self.inputs.area)
        return {"short_risk": quantiles_of(risks).tolist()}

    def arrays(self) -> dict[str, Any]:
        """Return the content of shorts.npz: time (n,) [s], shorts by it [1/m2], samples."""
        scores = self.drawn.scores
        return {
            "time": self.best.time,
            "expected": self.best.expected,
            "drawn": self.drawn.curve.expected.astype(np.float32),
            "inputs": np.array(list(scores)),
            "scores": np.stack(list(scores.values()), axis=1),
        }
