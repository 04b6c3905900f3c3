"""What `chemomech mesh` says about a mesh: every measure as plain data (mesh.json) and as a table.

Where a region shares its layer with others - electrolyte and particles in a composite electrode -
the layer is measured by itself: fractions beside their targets, bodies that percolate, effective
conductivity, tortuosity. Lengths are in metres in the data and in micrometres in the table.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from chemomech.analysis.effective_conductivity import effective_conductivity
from chemomech.geometry import Microstructure
from chemomech.geometry.mesh import statistics as measures
from chemomech.geometry.mesh.paths import bodies, shortest_paths
from chemomech.units.field import MICROMETRE

MOST_QUADRATIC = 150_000  # cells in space up to which the potential is quadratic
MOST_PATHS = 300_000  # cells up to which shortest paths are searched
MOST_LISTED = 10


def summarise(
    mesh: Microstructure, conductivity: Mapping[str, float], targets: Mapping[str, float]
) -> dict:
    """Return every measure of a mesh as plain data; lengths, areas and conductivities in SI.

    Parameters
    ----------
    mesh : Microstructure
        The mesh, in memory: no file is read.
    conductivity : mapping of str to float
        Ion conductor -> conductivity [S/m]; empty: unknown, then every region counts as a conductor
        of its own.
    targets : mapping of str to float
        Region -> share of its layer that was asked for.
    """
    quality = measures.quality(mesh)
    return _plain(
        {
            "dimension": mesh.dimension,
            "cells": len(mesh.cells),
            "points": len(mesh.points),
            "box": np.ptp(mesh.points, axis=0),
            "regions": {name: _region(mesh, name) for name in mesh.regions},
            "interfaces": {name: vars(each) for name, each in measures.interfaces(mesh).items()},
            "boundaries": {name: mesh.boundary_measure(name) for name in mesh.boundaries},
            "layers": _layers(mesh, dict(conductivity), targets),
            "quality": vars(quality),
            "notes": list(mesh.notes),
        }
    )


def _region(mesh: Microstructure, name: str) -> dict:
    """Return the measures of one region: share, size, particles."""
    every, low_high = measures.particles(mesh, name), measures.heights(mesh, name)
    return {
        "fraction": measures.fractions(mesh)[name],
        "measure": mesh.region_measure(name),
        "heights": low_high,
        "cells": int(mesh.region_cells(name).sum()),
        "particles": len(every.number),
        "diameters_10_50_90": every.quantiles(),
        "coverage": every.mean_coverage(),
    }


def _layers(
    mesh: Microstructure, conductivity: dict[str, float], targets: Mapping[str, float]
) -> list[dict]:
    """Return the composite layers: each found from a region that shares its layer with others."""
    found, seen = [], []
    for name in sorted(
        conductivity or mesh.regions, key=lambda each: -np.ptp(measures.heights(mesh, each))
    ):
        low, high = measures.heights(mesh, name)
        if any(low >= below and high <= above for below, above in seen):
            continue
        layer = measures.layer(mesh, name)
        if len(layer.regions) > 1:
            seen.append((low, high))
            found.append(_layer(layer, conductivity, targets))
    return found


def _layer(
    layer: Microstructure, conductivity: dict[str, float], targets: Mapping[str, float]
) -> dict:
    """Return the measures of a composite layer."""
    inside = {name: conductivity[name] for name in layer.regions if name in conductivity}
    sets = [inside] if inside else [{name: 1.0} for name in layer.regions]
    low, high = layer.points[:, -1].min(), layer.points[:, -1].max()
    result = {
        "heights": (low, high),
        "fractions": measures.fractions(layer),
        "targets": {name: share for name, share in targets.items() if name in layer.regions},
        "bodies": {
            name: _bodies(layer, name)
            for name in layer.regions
            if {"bottom", "top"} <= set(layer.boundaries)
        },
        "conduction": [],
    }
    degree = 1 if layer.dimension == 3 and len(layer.cells) > MOST_QUADRATIC else 2
    for conductors in sets:
        axes = {}
        for axis, sides in zip("xyz", measures.SIDES[layer.dimension], strict=False):
            if set(sides) <= set(layer.boundaries):
                axes[axis] = _conduction(layer, conductors, sides, degree)
        result["conduction"].append(
            {"conductors": conductors, "absolute": bool(inside), "axes": axes}
        )
    return result


def _conduction(
    layer: Microstructure, conductors: dict[str, float], sides: tuple[str, str], degree: int
) -> dict:
    """Return effective conductivity, tortuosity factor and geometric tortuosity of a layer."""
    found = effective_conductivity(layer, conductors, sides, degree=degree)
    short = None
    if len(layer.cells) <= MOST_PATHS:
        short = shortest_paths(layer, list(conductors), *sides).tortuosity
    return {
        "effective_conductivity": found.conductivity,
        "tortuosity_factor": found.tortuosity,
        "connected": found.connected,
        "geometric_tortuosity": short,
    }


def _bodies(layer: Microstructure, name: str) -> dict:
    """Return what of a region reaches bottom and top of its layer, and its isolated bodies."""
    every = bodies(layer, name, "bottom", "top")
    isolated = np.flatnonzero(every.isolated)
    return {
        "count": len(every.measure),
        "through": every.share(every.through),
        "at_bottom": every.share(every.at_start),
        "at_top": every.share(every.at_end),
        "isolated": every.share(every.isolated),
        "isolated_count": len(isolated),
        "largest_isolated": [
            {"measure": every.measure[i], "centre": every.centre[i]} for i in isolated[:MOST_LISTED]
        ],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it; what is not finite becomes None."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def summary_lines(summary: dict[str, Any]) -> list[str]:
    """Return the summary as lines to print."""
    d, quality = summary["dimension"], summary["quality"]
    unit, surface = {2: ("um2", "um"), 3: ("um3", "um2")}[d]
    box = " x ".join(f"{side / MICROMETRE:.4g}" for side in summary["box"])
    lines = [f"{summary['cells']} cells, {summary['points']} points, box {box} um", ""]
    sizes = "d10 / d50 / d90 um"
    lines.append(
        f"{'region':16s} {'share':>8s} {unit:>11s} {'bodies':>7s}  {sizes:22s} its surface touches"
    )
    for name, each in summary["regions"].items():
        sizes = " / ".join(f"{value / MICROMETRE:.3g}" for value in each["diameters_10_50_90"])
        sizes = sizes if each["particles"] > 1 else "-"
        touches = ", ".join(
            f"{other} {100 * share:.0f} %" for other, share in each["coverage"].items()
        )
        lines.append(
            f"{name:16s} {100 * each['fraction']:6.2f} % {each['measure'] / MICROMETRE**d:11.2f} "
            f"{each['particles']:7d}  {sizes:22s} {touches}"
        )
    lines += [
        "",
        f"{'interface':30s} {surface:>10s} {'per section':>12s} "
        f"{'per volume of the layer 1/um':>30s}",
    ]
    for name, each in summary["interfaces"].items():
        specific = "-" if each["specific"] is None else f"{each['specific'] * MICROMETRE:.4f}"
        size = each["surface"] / MICROMETRE ** (d - 1)
        lines.append(f"{name:30s} {size:10.2f} {each['per_section']:12.3f} {specific:>30s}")
    for layer in summary["layers"]:
        lines += ["", *_layer_lines(layer, unit, d)]
    place = ", ".join(f"{x / MICROMETRE:.2f}" for x in quality["position"])
    shortest, longest = (f"{edge / MICROMETRE:.3g}" for edge in quality["edges"])
    lines += [
        "",
        f"quality: scaled Jacobian {quality['scaled_jacobian']:.3f} and mean ratio "
        f"{quality['mean_ratio']:.3f} at least ({quality['mean_of_mean_ratio']:.2f} on average), "
        f"{quality['slivers']} slivers below {measures.SLIVER:g}; worst in {quality['region']} at "
        f"({place}) um; edges {shortest} to {longest} um",
    ]
    return lines + [f"note: {note}" for note in summary["notes"]]


def _layer_lines(layer: dict[str, Any], unit: str, dimension: int) -> list[str]:
    """Return the lines of one composite layer."""
    low, high = layer["heights"]
    lines = [f"layer from {low / MICROMETRE:.4g} to {high / MICROMETRE:.4g} um"]
    for name, share in layer["fractions"].items():
        asked = layer["targets"].get(name)
        text = f"  {name:14s} {100 * share:6.2f} %" + (
            "" if asked is None else f" (asked: {100 * asked:.2f} %)"
        )
        each = layer["bodies"].get(name)
        if each:
            text += f"  {each['count']} bodies: {_share(each['through'])} of it runs from bottom "
            text += f"to top; {_share(each['at_bottom'])} reaches the bottom, "
            text += f"{_share(each['at_top'])} the top, "
            text += f"{_share(each['isolated'])} neither"
        lines.append(text)
    for name, each in layer["bodies"].items():
        if not each["through"]:
            continue
        for island in each["largest_isolated"]:
            place = ", ".join(f"{x / MICROMETRE:.1f}" for x in island["centre"])
            lines.append(
                f"    isolated {name}: {island['measure'] / MICROMETRE**dimension:.3g} {unit} at "
                f"({place}) um"
            )
    for each in layer["conduction"]:
        names = " + ".join(each["conductors"])
        for axis, found in each["axes"].items():
            if found["tortuosity_factor"] is None:
                lines.append(f"  through {names} along {axis}: no way")
                continue
            sigma = f", {found['effective_conductivity']:.4g} S/m" if each["absolute"] else ""
            short = found["geometric_tortuosity"]
            path = "" if short is None else f", shortest paths {short:.3f} of the distance"
            factor = f"tortuosity factor {found['tortuosity_factor']:.3f}"
            lines.append(f"  through {names} along {axis}: {factor}{path}{sigma}")
    return lines


def _share(value: float) -> str:
    """Return a share as words."""
    return f"{100 * value:.0f} %"
