"""The report of a study of cases that only swell: cracked length against volume change, cracks drawn, one table."""

import html
import os
from pathlib import Path

import meshio
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Normalize

from chemomech.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    data_address,
    new_figure,
    png_bytes,
    styled,
)  # fmt: skip
from chemomech.report.results import build_axis, read_json
from chemomech.units.field import MICROMETRE

COLOURS, DASHES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, GREY), ("-", "--", ":", "-.")
PARTICLE, SPENT_MAP = "#D9DCDE", "plasma_r"
COLUMNS = {
    "cracked_um": "cracked / µm", "opened_um": "opened / µm", "sheared_um": "sheared / µm", "broken_um": "broken / µm",
    "equivalent_um": "energy over G_c / µm", "longest_crack_um": "longest / µm", "tortuosity": "tortuosity",
    "relative_conductivity_before": "conductivity before", "relative_conductivity_after": "after",
    "energy_balance_error": "energy error", "wall_time_s": "time / s",
}  # fmt: skip


def is_swelling(folder):
    """Whether the finished cases of a study's folder only swell."""
    found = sorted(Path(folder).glob("cases/*/result.json"))
    return bool(found) and all(
        read_json(path).get("case", {}).get("swelling") for path in found[:1]
    )


def total_of(table, key):
    """A length [um] of all interfaces together along a run's time series."""
    return table[[name for name in table if name.startswith(f"{key}_um ")]].sum(axis=1)


def draw_cracks(axis, folder, width=1.2, least=0.02):
    """Draw a case's last state: particles grey, facets by the share of energy spent; returns the lines."""
    cell, faces = (
        meshio.read(Path(folder) / "fields" / f"{kind}_end.vtu") for kind in ("cell", "interfaces")
    )
    points, triangles = cell.points[:, :2] / MICROMETRE, cell.cells_dict["triangle"]
    particle = cell.cell_data["region"][0] != _cracked_region(cell, faces)
    grey = {"facecolors": PARTICLE, "edgecolors": PARTICLE, "linewidths": 0.2}
    axis.add_collection(PolyCollection(points[triangles[particle]], **grey))
    dissipated_fraction = faces.cell_data["dissipated_fraction"][0]
    order = np.argsort(dissipated_fraction)
    order = order[dissipated_fraction[order] > least]
    lines = LineCollection(
        (faces.points[:, :2] / MICROMETRE)[faces.cells_dict["line"][order]], cmap=SPENT_MAP, norm=Normalize(0.0, 1.0),
        linewidths=width, capstyle="round",
    )  # fmt: skip
    lines.set_array(dissipated_fraction[order])
    axis.add_collection(lines)
    low, high = points.min(axis=0), points.max(axis=0)
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[], aspect="equal")
    axis.spines[:].set_visible(True)
    return lines


def _cracked_region(cell, faces):
    """Region that most facets of the interfaces lie in: that of the cell nearest to the middle facet of many."""
    middle = faces.points[faces.cells_dict["line"]].mean(axis=1)[
        :: max(1, len(faces.cells_dict["line"]) // 200)
    ]
    centres = cell.points[cell.cells_dict["triangle"]].mean(axis=1)
    near = [np.argmin(np.sum((centres - place) ** 2, axis=1)) for place in middle]
    values, counts = np.unique(cell.cell_data["region"][0][near], return_counts=True)
    return values[np.argmax(counts)]


def lengths_figure(cases, axes):
    """Cracked length against volume change: colour by the first varied key, dashes by the second."""
    figure = new_figure(3.4)
    axis = figure.add_axes([0.09, 0.15, 0.55, 0.8])
    for case in cases:
        table = pd.read_csv(case["folder"] / "timeseries.csv")
        places = [each.values.index(case["values"][each.key]) for each in axes]
        axis.plot(
            100.0 * table["volume_change"], total_of(table, "cracked"), color=COLOURS[places[0] % len(COLOURS)],
            ls=DASHES[places[1] % len(DASHES)] if len(places) > 1 else "-", label=case["short"], lw=1.2,
        )  # fmt: skip
    axis.set(xlabel="volume change [%]", ylabel="cracked length [µm]")
    names = ", ".join(each.name for each in axes)
    axis.legend(
        loc="upper left",
        bbox_to_anchor=(1.01, 1.02),
        fontsize=7,
        borderaxespad=0.0,
        title=names,
        title_fontsize=7,
    )
    return figure


def pictures_figure(cases):
    """The cracks of up to three cases beside each other."""
    figure = new_figure(2.9)
    for number, case in enumerate(cases):
        axis = figure.add_axes([0.01 + 0.3 * number, 0.03, 0.285, 0.8])
        lines = draw_cracks(axis, case["folder"])
        axis.set_title(case["title"].replace(", ", "\n"), fontsize=7)
    bar = figure.add_axes([0.915, 0.1, 0.015, 0.65])
    figure.colorbar(lines, cax=bar, label="share of $G_c$ spent [–]")
    return figure


def read_cases(folder):
    """(name, description, axes, finished cases as dicts) of a study's folder."""
    manifest = read_json(folder / "study.json")
    axes = [build_axis(key, values) for key, values in manifest["vary"].items()]
    cases = []
    for entry in manifest["cases"]:
        place = folder / "cases" / entry["label"]
        if (place / "result.json").is_file():
            texts = [axis.text(entry["values"][axis.key]) for axis in axes]
            title = ", ".join(f"{axis.name} {text}" for axis, text in zip(axes, texts, strict=True))
            result = read_json(place / "result.json")
            words = {"title": title, "short": ", ".join(texts)}
            cases.append({"folder": place, "values": entry["values"], "result": result} | words)
    return manifest["name"], manifest["description"], axes, cases


def write_crack_report(folder):
    """Write report.html and figures/*.png; returns the page's path."""
    folder = Path(folder)
    name, description, axes, cases = read_cases(folder)
    drawn = [case for case in cases if (case["folder"] / "fields" / "interfaces_end.vtu").is_file()]
    (folder / "figures").mkdir(exist_ok=True)
    parts = []
    with styled():
        figures = {"lengths": lengths_figure(cases, axes)}
        if drawn:
            figures["cracks"] = pictures_figure(
                [drawn[i] for i in sorted({0, len(drawn) // 2, len(drawn) - 1})]
            )
        for title, figure in figures.items():
            content = png_bytes(figure)
            (folder / "figures" / f"{title}.png").write_bytes(content)
            parts.append(f'<img alt="{title}" src="{data_address(content, "png")}">')
    rows = [f"<tr><th>case</th>{''.join(f'<th>{text}</th>' for text in COLUMNS.values())}</tr>"]
    for case in cases:
        values = (case["result"]["summary"].get(key) for key in COLUMNS)
        cells = "".join(
            f"<td>{'–' if value is None else format(value, '.3g')}</td>" for value in values
        )
        rows.append(f"<tr><td>{html.escape(case['title'])}</td>{cells}</tr>")
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(name)}</title>'
        "<style>body{font:15px sans-serif;max-width:70em;margin:2em auto}img{max-width:100%}"
        "td,th{padding:.1em .5em;text-align:right}td:first-child{text-align:left}</style>"
        f"<h1>{html.escape(name)}</h1><p>{html.escape(description)}</p>{''.join(parts)}"
        f"<table>{''.join(rows)}</table></html>"
    )
    path, beside = folder / "report.html", folder / ".report.html.part"
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
    return path
