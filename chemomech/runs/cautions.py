"""What a reader should know of a result beside its numbers: one list, from all parts of a run."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from chemomech.analysis.penetration import FlawInputs
from chemomech.case.schema import Case
from chemomech.materials.records import Material
from chemomech.physics.fracture.edge_flaw import thickness_factors
from chemomech.setup.electrodes import stoichiometry_range
from chemomech.simulation.energy import EnergyAccount
from chemomech.simulation.errors import ENDS

LARGEST_CREEP, MEAN_CREEP = 0.2, 0.04
LARGE_STRAIN, LARGEST_OVERLAP = 0.05, 0.03
SHORT_FLAW = 0.15  # of the separator's thickness: beyond, K may be more than a tenth larger
SLACK = 1e-3  # of the mean stoichiometry beyond its range, of which a result says nothing
LARGE_SHARE = 0.1  # of the stored energy in the interfaces' penalties where a fixture holds


@dataclass(frozen=True)
class Caution:
    """One thing to know.

    Attributes
    ----------
    code : str
        What it is, a word that stays the same.
    text : str
        For people.
    where : str
        Region, interface or step of the protocol; "" for the whole.
    when : str
        At which time of the run; "" for all of it.
    """

    code: str
    text: str
    where: str = ""
    when: str = ""


def tables(cautions: Iterable[Caution]) -> list[dict[str, str]]:
    """Return cautions as result.json has them, each once."""
    return [asdict(each) for each in dict.fromkeys(cautions)]


def of_mesh(texts: Iterable[str]) -> list[Caution]:
    """Return what a mesh's maker says of it."""
    return [Caution("mesh", text) for text in texts]


def of_ends(table: pd.DataFrame) -> list[Caution]:
    """Return the steps of a protocol that ended before their own limit, or where they began.

    Parameters
    ----------
    table : DataFrame
        The time series: time_h, cycle, protocol_step, step_ended.
    """
    found = []
    begun = table["time_h"].where(table["step_ended"] != "").ffill().shift().fillna(0.0)
    for row, begin in zip(table.to_dict("records"), begun, strict=True):
        reason = row["step_ended"]
        text = ENDS.get(reason, "")
        if reason and row["protocol_step"] and row["time_h"] <= begin and not text:
            text = "it ended where it began"
        if text:
            where = f"step {row['protocol_step']} of the protocol, cycle {row['cycle']}"
            code = reason.replace(" ", "_") if reason in ENDS else "no_time_passed"
            found.append(
                Caution(code, f"the step ended early: {text}", where, f"{row['time_h']:.6g} h")
            )
    return found


def of_range(region: str, material: Material, table: pd.DataFrame) -> list[Caution]:
    """Return the ends of an active material's range that a run has left.

    Parameters
    ----------
    region : str
        The active material's.
    material : Material
        The active material.
    table : DataFrame
        The time series: time_h, and stoichiometry, its mean.
    """
    low, high = stoichiometry_range(material)
    x, found = table["stoichiometry"], []
    for beyond, end, words in (
        (x < low - SLACK, x.min(), f"emptied to {{:.3f}} in the mean, below {low:g}"),
        (x > high + SLACK, x.max(), f"filled to {{:.3f}} in the mean, above {high:g}"),
    ):
        if beyond.any():
            text = (
                f"{material.name} was {words.format(end)}: its volume change goes on along its "
                "tangent there"
            )
            first = table["time_h"][beyond].iloc[0]
            found.append(Caution("stoichiometry_range", text, region, f"from {first:.4g} h"))
    return found


def of_creep(summary: dict[str, float]) -> list[Caution]:
    """Return what creep of the lithium has done to the geometry.

    Geometry is that of the mesh as built. A void that closes is right to 5 % of its volume up to a
    creep strain of 0.2 at the worst point (tests/test_lithium_face.py); a layer that thins by e is
    too soft by (1 - e)^(1 + 1/m), 5 % at 0.04.
    """
    largest = summary["lithium_creep_strain_largest_maximum"]
    mean = summary["lithium_creep_strain_mean_maximum"]
    if largest <= LARGEST_CREEP and mean <= MEAN_CREEP:
        return []
    text = (
        f"lithium crept by {largest:.2g} at the worst point and {mean:.2g} in the mean; beyond "
        f"{LARGEST_CREEP:g} and {MEAN_CREEP:g} the geometry as built is more than 5 % off"
    )
    return [Caution("lithium_creep_strain", text)]


def of_overlap(summary: dict[str, float]) -> list[Caution]:
    """Return what is said where faces overlap so much that pressures of swelling are wrong."""
    overlap = summary["overlap_share"]
    if not overlap > LARGEST_OVERLAP:  # nor where no current flowed, and it is not known
        return []
    text = (
        f"pressed faces overlap by {100 * overlap:.2g} % of what they should resist, and pressures "
        "of swelling are too low by as much: raise contact_stiffness or leave it out"
    )
    return [Caution("overlap", text)]


def of_flaws(inputs: FlawInputs) -> list[Caution]:
    """Return what speaks against the formula of a short flaw for the flaws of a result.

    Parameters
    ----------
    inputs : FlawInputs
        Flaws and properties.
    """
    depths = {
        "the named flaw": inputs.depth,
        "the area's deepest flaw": inputs.population.deepest(inputs.area),
    }
    found = []
    for name, depth in depths.items():
        share = depth / inputs.thickness
        if share <= SHORT_FLAW:
            continue
        held, free = thickness_factors(min(share, 0.6))
        text = (
            f"{name} takes {100 * share:.0f} % of the separator; the formula is that of a short "
            f"one: K is {100 * (held - 1):.0f} % larger where neighbours hold the separator, "
            f"{100 * (free - 1):.0f} % where it may bend"
        )
        found.append(Caution("flaw_against_thickness", text))
    return found


def of_strains(strains: dict[str, dict[str, Any]]) -> list[Caution]:
    """Return the regions whose linear strain is more than small.

    Measures of strain differ by half of it: e against ln(1 + e) by 2.5 % at 0.05.

    Parameters
    ----------
    strains : dict
        Region -> what `observers.strain` says of it.
    """
    return [
        Caution(
            "linear_strain",
            f"{region} strains by {each['linear_strain_largest']:.3g}; strains are taken as small: "
            "by another measure of strain, as the logarithmic, stresses differ by about "
            f"{50.0 * each['linear_strain_largest']:.2g} %",
            region,
            each["when"],
        )
        for region, each in strains.items()
        if each["linear_strain_largest"] > LARGE_STRAIN
    ]


def of_fixture(case: Case, energy: EnergyAccount) -> list[Caution]:
    """Return what the interfaces' penalties take of the compliance where a fixture holds the stack.

    The shares of the stored energy are those of the compliance in series.

    Parameters
    ----------
    case : Case
        With its stack.
    energy : EnergyAccount
        Since the start.
    """
    stored = abs(energy.elastic) + abs(energy.interface)
    share = abs(energy.interface) / stored if stored > 0.0 else 0.0
    if case.stack.fixture == "constant_pressure" or share <= LARGE_SHARE:
        return []
    text = (
        f"{100.0 * share:.0f} % of the stored energy lies in the interfaces' stiffness, an "
        "estimate: a stiffer one gives another stack pressure under this fixture"
    )
    return [Caution("interface_compliance", text, "stack.fixture")]
