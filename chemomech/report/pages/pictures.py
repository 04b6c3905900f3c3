"""Figures on the page: saved as PNG, kept as data addresses; those that every study may have."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from chemomech.files import write_atomically
from chemomech.geometry import GeometryError
from chemomech.geometry.mesh.msh import read_own_msh
from chemomech.report.figures.flaws import drive_table, flaws_figure
from chemomech.report.figures.mesh import mesh_figure
from chemomech.report.figures.style import PAGE_WIDTH, data_address, png_bytes, svg_bytes
from chemomech.report.results import CaseResult, Results

# Of any kind of page, in no order: an earlier report may have left them.
NAMES = (
    "window",
    "map",
    "voltage",
    "timeseries",
    "cycles",
    "fields",
    "stoichiometry",
    "particles",
    "lengths",
    "cracks",
    "flaws",
    "mesh",
)
SHARE = 0.9  # of the progress that the figures make


class Pictures:
    """The figures of a page.

    Attributes
    ----------
    found : dict
        Name -> {"address": data address, and what its caption needs}.
    """

    def __init__(self, folder: Path, notify: Callable[[float, str], Any], parts: int) -> None:
        """Make the folder and remove what an earlier report left there.

        Parameters
        ----------
        folder : Path
            Where the PNGs go.
        notify : callable
            Called with the share done and what comes next.
        parts : int
            Number of parts that will be begun.
        """
        self.folder, self.notify, self.parts, self.count = folder, notify, parts, 0
        self.found: dict[str, dict[str, Any]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (folder / f"{name}.png").unlink(missing_ok=True)

    def begin(self, what: str) -> None:
        """Report progress before a figure is drawn."""
        self.notify(SHARE * self.count / self.parts, what)
        self.count += 1

    def add(self, name: str, figure: Figure, vector: bool = True, **words: Any) -> None:
        """Save a figure and put it on the page.

        Parameters
        ----------
        name : str
            Of NAMES.
        figure : Figure
            What was drawn.
        vector : bool
            As SVG, else as PNG.
        **words
            What its caption needs.
        """
        content = png_bytes(figure)
        write_atomically(self.folder / f"{name}.png", lambda file: file.write(content))
        address = (
            data_address(svg_bytes(figure), "svg+xml") if vector else data_address(content, "png")
        )
        self.found[name] = words | {"address": address}


def add_flaws(cases: Sequence[CaseResult], pictures: Pictures) -> None:
    """Draw the crack drive of the cases that have flaws."""
    pictures.begin("flaws")
    flawed = [case for case in cases if drive_table(case) is not None]
    if flawed:
        pictures.add("flaws", flaws_figure(flawed))


def add_mesh(results: Results, cases: Sequence[CaseResult], pictures: Pictures) -> None:
    """Draw the mesh of the first of the cases that has one; one that cannot be read is left out."""
    pictures.begin("mesh")
    paths = [path for path in map(results.mesh, cases) if path is not None]
    if not paths:
        return
    try:
        mesh = read_own_msh(paths[0])
    except GeometryError:
        return
    geometries = {_geometry(results, case) for case in results.finished if results.mesh(case)}
    figure = mesh_figure(mesh, PAGE_WIDTH)
    pictures.add("mesh", figure, vector=False, geometries=len(geometries))


def _geometry(results: Results, case: CaseResult) -> str:
    """Text that differs where the meshes of two cases do."""
    given = case.result["case"]
    flaws = given.get("meshed_flaws")
    return f"{given['geometry']} {flaws}" if flaws else str(results.mesh(case))
