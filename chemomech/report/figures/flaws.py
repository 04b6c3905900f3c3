"""Which flaw governs: a table of the families and the meshed flaws of every case, and their drive over time."""

import math

import pandas as pd

from chemomech.report.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILLION, new_figure
from chemomech.report.words import number

COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE)
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1.5)))
VALUES = (
    "depth_um",
    "max_K_over_KIc",
    "max_G_over_Gc",
    "K_I_MPa_sqrt_m",
    "K_II_MPa_sqrt_m",
    "time_h",
)


def flaw_rows(cases):
    """Rows of the table: number of the case, family or tip of a meshed flaw, its values as text, cautions, whether it
    governs its case."""
    rows = []
    for index, case in enumerate(cases):
        found, meshed = ((case.result or {}).get(name) for name in ("flaws", "meshed_flaws"))
        # With both, the larger of the two governs.
        kind = (meshed or {}).get("of_all", {}).get("kind", "meshed" if meshed else "family")
        for each in found["families"] if found else ():
            place = f"{number(each['x_um'])}, {number(each['y_um'])}"
            life = each["life_cycles"] if each["life_cycles"] is not None else math.nan
            probability = each["failure_probability"]
            rows.append({
                "index": index, "name": each["name"], "place": f"{each['place']}, {each['region']}",
                "governs": kind == "family" and each["name"] == found["governs"],
                "values": [
                    *(number(each[name]) for name in VALUES), place, number(each["angle_deg"]),
                    "" if probability is None else number(probability), "" if math.isnan(life) else number(life),
                ],
                "warnings": "; ".join(each["warnings"]),
            })  # fmt: skip
        rows += _meshed_rows(index, meshed, kind) if meshed else []
    return rows


def _meshed_rows(index, found, kind):
    """Rows of the tips of a case's meshed flaws; depth: half the length of one with two tips."""
    names, rows = [each["name"] for each in found["tips"]], []
    for each in found["tips"]:
        values = each | {"depth_um": each["length_um"] / names.count(each["name"])}
        top = kind == "meshed" and found["max_K_over_KIc"] is not None
        rows.append({
            "index": index, "name": each["name"], "place": f"meshed, {each['region']}",
            "governs": top and each["max_K_over_KIc"] == found["max_K_over_KIc"],
            "values": [
                *("" if values[name] is None else number(values[name]) for name in VALUES),
                f"{number(each['x_um'])}, {number(each['y_um'])}", number(each["angle_deg"]), "", "",
            ],
            "warnings": "; ".join(each["warnings"]),
        })  # fmt: skip
    return rows


def drive_table(case):
    """time_h, family and K_over_KIc of a case's families, and of its meshed flaws the largest of their tips."""
    tables = []
    if case.result.get("flaws") and case.file("flaws.csv"):
        tables.append(pd.read_csv(case.file("flaws.csv"))[["time_h", "family", "K_over_KIc"]])
    if case.result.get("meshed_flaws") and case.file("meshed_flaws.csv"):
        meshed = pd.read_csv(case.file("meshed_flaws.csv")).rename(columns={"name": "family"})
        tables.append(
            meshed.groupby(["family", "time_h"], as_index=False, sort=False)["K_over_KIc"].max()
        )
    return pd.concat(tables, ignore_index=True) if tables else None


def style_of(order):
    """Colour and dashes of a family by its order: no two alike up to fifteen."""
    return COLOURS[order % len(COLOURS)], DASHES[order // len(COLOURS) % len(DASHES)]


def flaws_figure(cases):
    """K/K_Ic of every family and meshed flaw over time, one panel for each of up to three cases."""
    tables = [drive_table(case) for case in cases]
    names = list(dict.fromkeys(name for table in tables for name in table["family"]))
    rows = (len(names) + 2) // 3
    height = 2.5 + 0.2 * rows
    figure = new_figure(height)
    top = 1.0 - (0.35 + 0.2 * rows) / height
    grid = {"left": 0.075, "right": 0.985, "bottom": 0.45 / height, "top": top, "wspace": 0.12}
    axes = figure.subplots(1, len(cases), sharey=True, squeeze=False, gridspec_kw=grid)[0]
    for axis, case, table in zip(axes, cases, tables, strict=True):
        for order, name in enumerate(names):
            own, (colour, dashes) = table[table["family"] == name], style_of(order)
            axis.plot(own["time_h"], own["K_over_KIc"], color=colour, ls=dashes, marker="", lw=1.2)
        axis.axhline(1.0, color=GREY, lw=0.7, ls="--")
        axis.set_title(case.title)
        axis.set_xlabel("time [h]")
        axis.set_xlim(table["time_h"].min(), table["time_h"].max())
    axes[0].set_ylim(bottom=0.0)
    axes[0].set_ylabel(r"$\mathit{K}/\mathit{K}_{Ic}$ [–]")
    lines = [
        axes[0].plot([], [], color=style_of(i)[0], ls=style_of(i)[1])[0] for i in range(len(names))
    ]
    figure.legend(lines, names, loc="upper center", ncols=3, bbox_to_anchor=(0.53, 1.0))
    return figure
