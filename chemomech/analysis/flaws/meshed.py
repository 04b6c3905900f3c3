"""Meshed flaws: G, K_I, K_II and T at their tips in one state, by domain integrals.

What the run's stress does at the tips is in it whole: swelling, heat, plating, contact of the
faces, other flaws, stiff neighbours. K of the criterion is that of the largest hoop stress, against
K_Ic; G/G_c = (<K_I>^2 + K_II^2)/K_Ic^2 is that of the intensities, which converge faster than J
(docs/fracture.md); J stands beside it. Where a cell around a tip has flowed nothing is evaluated:
the row is empty.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chemomech.analysis.crack_integrals.plane import DomainIntegral
from chemomech.physics.fracture import weight_functions
from chemomech.units.field import MICROMETRE, MPA

LARGEST_SPREAD = 5e-3  # between circles, of which a result warns
VALUES = (
    "K_over_KIc",
    "G_over_Gc",
    "K_I_MPa_sqrt_m",
    "K_II_MPa_sqrt_m",
    "T_MPa",
    "G_J_m2",
    "spread",
)


@dataclass(frozen=True)
class Tip:
    """One tip of a meshed flaw.

    Attributes
    ----------
    flaw, region : str
        Name of the flaw, and the region that it lies in.
    number : int
        Of the flaw's tips.
    point, direction : (2,) array
        Where it is [m], and the unit vector in which the flaw goes on.
    length : float
        Of the flaw [m].
    integral : DomainIntegral
        Over the cells about the tip.
    toughness : float
        [Pa sqrt(m)].
    """

    flaw: str
    region: str
    number: int
    point: NDArray
    direction: NDArray
    length: float
    integral: DomainIntegral
    toughness: float

    def values(self, mechanical) -> dict[str, float]:
        """Return the VALUES in a MechanicalState by name; nan where the material has flowed."""
        try:
            force = self.integral.driving_force(mechanical)
            t_stress = self.integral.t_stress(mechanical).mean()
        except ValueError:
            return dict.fromkeys(VALUES, np.nan)
        modes = np.array([force.mode_one, force.mode_two])
        drive = np.maximum(modes[0], 0.0) ** 2 + modes[1] ** 2
        hoop = float(weight_functions.hoop_intensity(modes))
        values = (
            hoop / self.toughness,
            drive / self.toughness**2,
            modes[0] / MPA,
            modes[1] / MPA,
            t_stress / MPA,
            force.energy_release_rate,
            force.spread,
        )
        return dict(zip(VALUES, values, strict=True))

    def row(self, mechanical) -> dict[str, object]:
        """Return the row of meshed_flaws.csv of a MechanicalState, without its time."""
        x, y = self.point / MICROMETRE
        return {"name": self.flaw, "tip": self.number, "x_um": x, "y_um": y} | self.values(
            mechanical
        )

    def peak(self, row: dict | None, when: tuple[str, ...], states: int, evaluated: int) -> dict:
        """Return what a result says of the tip.

        Parameters
        ----------
        row : dict or None
            At its largest drive; None where it was never evaluated.
        when : tuple of str
            Columns that say at which time.
        states, evaluated : int
            Recorded states, and those in which the integrals are defined.
        """
        row = dict.fromkeys((*VALUES, *when), np.nan) if row is None else row
        x, y = self.point / MICROMETRE
        return {
            "name": self.flaw,
            "region": self.region,
            "tip": self.number,
            "x_um": float(x),
            "y_um": float(y),
            "angle_deg": float(np.rad2deg(np.arctan2(self.direction[1], self.direction[0]))),
            "length_um": float(self.length) / MICROMETRE,
            "toughness_MPa_sqrt_m": self.toughness / MPA,
            "max_K_over_KIc": row["K_over_KIc"],
            "max_G_over_Gc": row["G_over_Gc"],
            **{name: row[name] for name in (*VALUES[2:], *when)},
            "states": states,
            "states_evaluated": evaluated,
            "warnings": self._warnings(row, states, evaluated),
        }

    def _warnings(self, row, states, evaluated):
        """Return what speaks against the values of the tip, a list of texts."""
        found = []
        if evaluated < states:
            found.append(
                f"not evaluated at {states - evaluated} of {states} states: "
                f"{self.region} has flowed around the "
                'tip (flow = "elastic" keeps a material from that)'
            )
        if evaluated and row["spread"] > LARGEST_SPREAD:
            found.append(
                f"the integrals depend on their path by {100 * row['spread']:.2g} %; "
                "a smaller size helps"
            )
        if evaluated and row["K_I_MPa_sqrt_m"] <= 0.0:
            found.append("closed at its largest drive: its faces slide without friction")
        return found


def interface_length(mechanics, interface: str) -> float:
    """Return the length of a named interface [m]."""
    return mechanics.jump.weights[mechanics.rows[interface]].sum()


def governing(tips: list[dict], families: dict | None = None) -> dict:
    """Return which meshed flaw governs, and every tip at its largest drive.

    Parameters
    ----------
    tips : list of dict
        What `Tip.peak` says of each.
    families : dict or None
        What the result says of the families of flaws, with which the largest of all is told.
    """
    known = [each for each in tips if np.isfinite(each["max_K_over_KIc"])]
    top = max(known, key=lambda each: each["max_K_over_KIc"], default=None)
    name, drive = (None, np.nan) if top is None else (top["name"], top["max_K_over_KIc"])
    found = {"governs": name, "max_K_over_KIc": drive, "tips": tips}
    if families is not None:
        of = families["governs"], "family", families["max_K_over_KIc"]
        if top is not None and drive >= families["max_K_over_KIc"]:
            of = name, "meshed", drive
        found["of_all"] = dict(zip(("governs", "kind", "max_K_over_KIc"), of, strict=True))
    return found
