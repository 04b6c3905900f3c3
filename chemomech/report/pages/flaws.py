"""Rows of the table "Which flaw governs": families of flaws and tips of meshed flaws."""

import math
from collections.abc import Sequence
from typing import Any

from chemomech.report.results import CaseResult
from chemomech.report.words import number

VALUES = ("depth_um", "max_K_over_KIc", "max_G_over_Gc", "K_I_MPa_sqrt_m", "K_II_MPa_sqrt_m")


def flaw_rows(cases: Sequence[CaseResult]) -> list[dict[str, Any]]:
    """Make the rows: number of the case, name, place, values as text, cautions, whether it governs.

    A row is a family, or a tip of a meshed flaw; the one that governs its case is the largest of
    all.
    """
    rows = []
    for index, case in enumerate(cases):
        result: dict[str, Any] = case.result or {}
        found, meshed = result.get("flaws") or {}, result.get("meshed_flaws") or {}
        # With both, the larger of the two governs.
        kind = meshed.get("of_all", {}).get("kind", "meshed" if meshed else "family")
        for each in found.get("families", ()):
            life = each["life_cycles"] if each["life_cycles"] is not None else math.nan
            probability = each["failure_probability"]
            ends = "" if probability is None else number(probability)
            rows.append({
                "index": index, "name": each["name"], "place": f"{each['place']}, {each['region']}",
                "governs": kind == "family" and each["name"] == found["governs"],
                "values": [*_values(each), ends, "" if math.isnan(life) else number(life)],
                "warnings": "; ".join(each["warnings"]),
            })  # fmt: skip
        rows += _meshed_rows(index, meshed, kind) if meshed else []
    return rows


def _meshed_rows(index: int, found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Make the rows of a case's meshed flaws; depth: half the length of one with two tips."""
    names, rows = [each["name"] for each in found["tips"]], []
    for each in found["tips"]:
        values = each | {"depth_um": each["length_um"] / names.count(each["name"])}
        top = kind == "meshed" and found["max_K_over_KIc"] is not None
        rows.append({
            "index": index, "name": each["name"], "place": f"meshed, {each['region']}",
            "governs": top and each["max_K_over_KIc"] == found["max_K_over_KIc"],
            "values": [*_values(values), "", ""],
            "warnings": "; ".join(each["warnings"]),
        })  # fmt: skip
    return rows


def _values(each: dict[str, Any]) -> list[str]:
    """Write depth, drives and both modes, when, where and at which angle.

    Of a run that only swells "when" is a volume change.
    """
    moment = each["time_h"] if "time_h" in each else each.get("volume_change")
    shown = [*(each[name] for name in VALUES), moment]
    place = f"{number(each['x_um'])}, {number(each['y_um'])}"
    return [
        *("" if value is None else number(value) for value in shown),
        place,
        number(each["angle_deg"]),
    ]
