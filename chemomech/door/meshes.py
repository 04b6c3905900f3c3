"""The mesh of a case by itself: built, measured and drawn.

mesh = chemomech.build_mesh(case)
mesh.measure()["quality"]["slivers"]
mesh.plot().savefig("mesh.png")
"""

import json
import tempfile
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from chemomech.geometry import Microstructure

FILES = ("mesh.msh", "mesh.png", "mesh.json")


@dataclass(frozen=True)
class Mesh:
    """The mesh of a case.

    Attributes
    ----------
    case : Case or Drawing
        What it was built for; a Drawing is a case of which only the geometry is known.
    microstructure : Microstructure
        Points [m], cells, named regions, interfaces and boundaries.
    file : Path or None
        Where it stands on disk as mesh.msh, if anywhere.
    """

    case: Any = field(repr=False)
    microstructure: "Microstructure" = field(repr=False)
    file: Path | None = None

    @cached_property
    def _conductors(self) -> tuple[dict[str, float], list[str]]:
        """Conductivity [S/m] of every ion conductor, and notes of what does not fit."""
        from chemomech.setup.mesh import ion_conductors

        return ion_conductors(self.case, self.microstructure)

    @property
    def notes(self) -> list[str]:
        """What of mesh, materials and library does not fit together, as lines to print."""
        return list(self._conductors[1])

    @cached_property
    def _summary(self) -> dict[str, Any]:
        """Every measure, computed once."""
        from chemomech.analysis.mesh_summary import summarise
        from chemomech.setup.mesh import targets_of

        targets = targets_of(self.case.geometry)
        return summarise(self.microstructure, self._conductors[0], targets)

    def measure(self) -> dict[str, Any]:
        """Return every measure as plain data in SI units, as it stands in mesh.json."""
        found: dict[str, Any] = json.loads(json.dumps(self._summary))
        return found

    def lines(self) -> list[str]:
        """Return the measures as lines to read, in micrometres."""
        from chemomech.analysis.mesh_summary import summary_lines

        return [*summary_lines(self._summary), *self.notes]

    def plot(self) -> "Figure":
        """Draw the regions, interfaces and boundaries; a body in space with an octant cut out."""
        from chemomech.report.figures.mesh import mesh_figure

        return mesh_figure(self.microstructure)

    def save(self, folder: str | Path) -> list[Path]:
        """Write mesh.msh (in metres), mesh.png and mesh.json and return their paths."""
        from chemomech.files import write_text
        from chemomech.geometry.mesh.write import write_msh
        from chemomech.report.figures.mesh import save_mesh_picture

        paths = [Path(folder) / name for name in FILES]
        if self.file is None or self.file.resolve() != paths[0].resolve():
            write_msh(self.microstructure, paths[0])
        text = json.dumps(self._summary, indent=1, allow_nan=False) + "\n"
        write_text(paths[2], text)
        save_mesh_picture(self.microstructure, paths[1])
        return paths


def build(case: Any, folder: str | Path | None = None) -> Mesh:
    """Build or read the mesh of a case with its meshed flaws.

    Parameters
    ----------
    case : Case or Drawing
        Its geometry, and its meshed flaws where it has some.
    folder : path, optional
        Where mesh.msh is left; nothing is kept on disk without it.

    Raises
    ------
    GeometryError
        The geometry cannot be made or meshed, or a cell is below the lowest quality.
    """
    from chemomech.files import try_folder
    from chemomech.setup.mesh import build_mesh

    if folder is None:
        with tempfile.TemporaryDirectory() as beside:
            return replace(build(case, beside), file=None)
    try_folder(folder)
    return Mesh(case, *build_mesh(case, folder))
