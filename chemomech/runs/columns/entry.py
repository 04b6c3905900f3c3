"""What is known of one column of the results, and how a row of the table is written down."""

import re
from dataclasses import dataclass
from functools import cached_property

FILES = {
    "timeseries": "timeseries.csv: one row per accepted step",
    "cycles": "cycles.csv: one row per computed cycle",
    "particles": "particles.csv: one row per particle at the end of every step of the protocol",
    "summary": "`summary` in result.json; summary.csv and study.nc of a study: one row per case",
    "flaws": "flaws.csv: one row per family of flaws and recorded state",
    "flaw_growth": "flaw_growth.csv: one row per growing family and computed cycle",
    "meshed_flaws": "meshed_flaws.csv: one row per tip of a meshed flaw and recorded state",
    "cracks": "cracks.csv: one row per corner of the crack paths of the last state",
}
# How the summary's column of the same name is taken from the time series.
WORST = {
    "largest": "largest while current flows",
    "smallest": "smallest of the run",
    "last": "at the end of the run",
    "range": "largest less smallest of the run",
    "none": "",
}
# Unit -> how it ends a name, and how it is written in figures.
UNITS = {
    "MPa": ("_MPa", "MPa"),
    "MPa m^0.5": ("_MPa_sqrt_m", "MPa √m"),
    "ohm cm2": ("_ohm_cm2", "Ω cm²"),
    "mA cm-2": ("_mA_cm2", "mA cm⁻²"),
    "mAh cm-2": ("_mAh_cm2", "mAh cm⁻²"),
    "um": ("_um", "µm"),
    "um2": ("_um2", "µm²"),
    "cm2": ("_cm2", "cm²"),
    "um-1": ("_per_um", "µm⁻¹"),
    "mV": ("_mV", "mV"),
    "V": ("_V", "V"),
    "h": ("_h", "h"),
    "s": ("_s", "s"),
    "degC": ("_degC", "°C"),
    "degree": ("_deg", "°"),
    "J": ("_J", "J"),
    "J m-1": ("_J_per_m", "J m⁻¹"),
    "J m-2": ("_J_m2", "J m⁻²"),
    "1": ("", "–"),
    "": ("", ""),
}


@dataclass(frozen=True)
class Column:
    """A column of the results, or a family of them.

    Attributes
    ----------
    name : str
        Header in the file; a family has a word in angle brackets in it.
    unit : str
        Unit as the CF conventions write it, "1" for plain numbers, "" for texts; a key of UNITS.
    meaning : str
        What it is, as a phrase without a full stop.
    source : str
        Module and function below `chemomech` that make it, or its formula.
    cycling : tuple of str
        Keys of FILES that hold it in a run of a protocol.
    swelling : tuple of str
        Keys of FILES that hold it in a run of a case with [swelling].
    worst : str
        Key of WORST: how the summary of a run of a protocol takes it from the time series.
    label : str
        Short name for headings.
    """

    name: str
    unit: str
    meaning: str
    source: str
    cycling: tuple[str, ...] = ()
    swelling: tuple[str, ...] = ()
    worst: str = "none"
    label: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """Keys of FILES that hold it in either kind of run, in the order of FILES."""
        return tuple(name for name in FILES if name in self.cycling or name in self.swelling)

    @property
    def is_family(self) -> bool:
        """Whether the name stands for several columns."""
        return "<" in self.name

    @property
    def shown_unit(self) -> str:
        """Unit as figures and pages write it: "mA cm⁻²", "–" for plain numbers."""
        return UNITS[self.unit][1]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Regular expression of the whole names that it stands for."""
        parts = re.split(r"(<\w+>)", self.name)
        return re.compile("".join(".+?" if part[:1] == "<" else re.escape(part) for part in parts))


def row(
    name: str,
    unit: str,
    cycling: str,
    source: str,
    meaning: str,
    worst: str = "none",
    label: str = "",
    swelling: str = "",
) -> Column:
    """Make a Column from words: files are given as one text, a label is made from the name.

    Parameters
    ----------
    name, unit, source, meaning, worst, label : str
        As in Column; without a label it is the name without its unit.
    cycling, swelling : str
        Keys of FILES with blanks between them.
    """
    label = label or name.removesuffix(UNITS[unit][0]).replace("_", " ")
    files = tuple(cycling.split()), tuple(swelling.split())
    return Column(name, unit, meaning, source, *files, worst=worst, label=label)
