"""Meshed flaws of a case through a run: G, K_I, K_II and T at every tip and recorded state, by domain integrals.

What the run's stress does at the tips is in it whole: swelling, heat, plating, contact of the faces, other flaws,
stiff neighbours. K of the criterion is that of the largest hoop stress, against K_Ic; G/G_c = (<K_I>^2 + K_II^2)/K_Ic^2
is that of the intensities, which converge faster than J (docs/fracture.md); J stands beside it. Where a cell around a
tip has flowed nothing is evaluated: the row is empty.
"""

import numpy as np
import pandas as pd

from chemomech.analysis.crack_integrals.plane import DomainIntegral, clear_radius, crack_tips
from chemomech.case import CaseError
from chemomech.materials import MaterialError
from chemomech.physics.fracture import weight_functions
from chemomech.units.field import HOUR, MICROMETRE, MPA

SMALLEST_SHARE = 1e-6  # room about a tip over the flaw's length below which it lies on a border
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


class MeshedFlaws:
    """The meshed flaws of a case in its cell: `rows` of meshed_flaws.csv, and what result.json says of them."""

    def __init__(self, case, cell):
        """Raises CaseError for a flaw without a tip or with a mesh too coarse about one, MaterialError."""
        self.cell, self.rows, self.tips = cell, [], []
        mechanics = cell.mechanics
        for settings in case.meshed_flaws:
            material = cell.materials[settings.region]
            toughness = settings.toughness or material.get("fracture_toughness")
            if toughness is None:
                raise MaterialError(
                    f"{material.name}: the meshed flaw {settings.name!r} needs fracture_toughness, or "
                    "toughness of its own"
                )
            tips = crack_tips(cell.domain, settings.interface)
            if not tips:
                text = "both ends are mouths; a flaw has a tip inside its region"
                raise CaseError(f"meshed_flaws: {settings.name}: {text}")
            for number, tip in enumerate(sorted(tips, key=lambda each: tuple(each.point))):
                if not clear_radius(mechanics, tip) > SMALLEST_SHARE * self._length(tip.interface):
                    place = ", ".join(f"{each / MICROMETRE:.4g} um" for each in tip.point)
                    raise CaseError(
                        f"meshed_flaws: {settings.name}: its end at ({place}) lies on a border that is bonded for "
                        "good; give that border an interface, or end the flaw inside its region"
                    )
                try:
                    integral = DomainIntegral(mechanics, tip)
                except ValueError as error:
                    raise CaseError(
                        f"meshed_flaws: {settings.name}: {error}; a smaller size helps"
                    ) from None
                self.tips.append((settings, number, tip, integral, toughness))

    def __call__(self, mechanical, **when):
        """Take down one MechanicalState; when: columns that say at which moment."""
        for settings, number, tip, integral, toughness in self.tips:
            x, y = tip.point / MICROMETRE
            row = {**when, "name": settings.name, "tip": number, "x_um": x, "y_um": y}
            self.rows.append(
                row | dict(zip(VALUES, _values(integral, mechanical, toughness), strict=True))
            )

    def saved(self):
        """Everything as arrays, for a checkpoint."""
        return {
            f"meshed_flaws.{key}": np.array([row[key] for row in self.rows]) for key in self.rows[0]
        }

    def take_up(self, saved):
        """Go on from what `saved` returned."""
        start = "meshed_flaws."
        columns = {
            key.removeprefix(start): saved[key].tolist() for key in saved if key.startswith(start)
        }
        self.rows = [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]

    def save(self, folder):
        """Write meshed_flaws.csv."""
        pd.DataFrame(self.rows).to_csv(
            folder / "meshed_flaws.csv", index=False, float_format="%.9g"
        )

    def summary(self, families=None):
        """Which meshed flaw governs, every tip at its largest drive; families: what result.json says of those, with
        which the largest of all is told."""
        found = [self._peak(*each) for each in self.tips]
        known = [each for each in found if np.isfinite(each["max_K_over_KIc"])]
        top = max(known, key=lambda each: each["max_K_over_KIc"], default=None)
        drive = np.nan if top is None else top["max_K_over_KIc"]
        summary = {
            "governs": None if top is None else top["name"],
            "max_K_over_KIc": drive,
            "tips": found,
        }
        if families is not None:
            meshed = top is not None and drive >= families["max_K_over_KIc"]
            of = families["governs"], "family", families["max_K_over_KIc"]
            of = (top["name"], "meshed", drive) if meshed else of
            summary["of_all"] = dict(zip(("governs", "kind", "max_K_over_KIc"), of, strict=True))
        return summary

    def _peak(self, settings, number, tip, integral, toughness):
        """A tip at its largest drive."""
        own = [row for row in self.rows if row["name"] == settings.name and row["tip"] == number]
        known = [row for row in own if np.isfinite(row["K_over_KIc"])]
        peak = max(known, key=lambda row: row["K_over_KIc"], default=dict.fromkeys(own[0], np.nan))
        x, y = tip.point / MICROMETRE
        moments = {
            name: peak[name] for name in own[0] if name in ("time_h", "time", "volume_change")
        }
        return {
            "name": settings.name, "region": settings.region, "tip": number, "x_um": float(x), "y_um": float(y),
            "angle_deg": float(np.rad2deg(np.arctan2(tip.direction[1], tip.direction[0]))),
            "length_um": float(self._length(tip.interface)) / MICROMETRE, "toughness_MPa_sqrt_m": toughness / MPA,
            "max_K_over_KIc": peak["K_over_KIc"], "max_G_over_Gc": peak["G_over_Gc"],
            **{name: peak[name] for name in VALUES[2:]}, **moments,
            "states": len(own), "states_evaluated": len(known), "warnings": _warnings(settings, own, known, peak),
        }  # fmt: skip

    def _length(self, interface):
        mechanics = self.cell.mechanics
        return mechanics.jump.weights[mechanics.rows[interface]].sum()


def _values(integral, mechanical, toughness):
    """VALUES of one tip in one state; nan where the material has flowed."""
    try:
        force, t = integral.driving_force(mechanical), integral.t_stress(mechanical).mean()
    except ValueError:
        return (np.nan,) * len(VALUES)
    modes = np.array([force.mode_one, force.mode_two])
    drive = np.maximum(modes[0], 0.0) ** 2 + modes[1] ** 2
    return (
        float(weight_functions.hoop_intensity(modes)) / toughness, drive / toughness**2, modes[0] / MPA, modes[1] / MPA, t / MPA,
        force.energy_release_rate, force.spread,
    )  # fmt: skip


def _warnings(settings, own, known, peak):
    """What speaks against the values of a tip, a list of texts."""
    found = []
    if len(known) < len(own):
        found.append(
            f"not evaluated at {len(own) - len(known)} of {len(own)} states: {settings.region} has flowed around the "
            'tip (flow = "elastic" keeps a material from that)'
        )
    if known and peak["spread"] > LARGEST_SPREAD:
        found.append(
            f"the integrals depend on their path by {100 * peak['spread']:.2g} %; a smaller size helps"
        )
    if known and peak["K_I_MPa_sqrt_m"] <= 0.0:
        found.append("closed at its largest drive: its faces slide without friction")
    return found


def moment(run_state):
    """Columns that say at which moment of a cycle a Walk is."""
    return {"time_h": run_state.time / HOUR, "cycle": run_state.cycle}
