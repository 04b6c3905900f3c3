"""The mesh of a case: built by its recipe or read, its flaws put in, its quality checked.

Beside it: what of the case its measures need, which are the ion conductors and the asked shares.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chemomech.case.geometry import read_labels
from chemomech.files import copy_file, only_one
from chemomech.geometry import (
    MESH_FILE,
    GeometryError,
    Microstructure,
    build_microstructure,
    check_asked,
    check_extent,
    check_quality,
    lowest_quality,
    read_msh,
    sound,
)
from chemomech.geometry.mesh.embed import with_flaws
from chemomech.geometry.mesh.write import write_msh
from chemomech.materials import MaterialError, load_material

LOCK = ".lock"


def build_mesh(
    case: Any, folder: str | Path, mesh: str | Path | None = None
) -> tuple[Microstructure, Path | None]:
    """Return the microstructure of a case with its meshed flaws in it, and its file in `folder`.

    This is the one way from a case to its mesh. `folder` is made and written only when the mesh has
    passed every check, that of its quality after the flaws were put in included; beside `mesh.msh`,
    `mesh.txt` holds the notes of the recipe.

    Parameters
    ----------
    case : Case or Drawing
        Its geometry, and its meshed flaws where it has any.
    folder : path
        Where `mesh.msh` is left.
    mesh : path, optional
        An existing .msh in metres to take instead of building one, with or without the flaws.

    Returns
    -------
    microstructure : Microstructure
        The mesh with the flaws as interfaces; its `notes` say what the recipe has changed.
    file : Path or None
        The file in `folder`; None when the mesh is the given one as it is.

    Raises
    ------
    GeometryError
        The geometry cannot be built or read, a flaw cannot be put in, or a cell is below the
        lowest quality.
    """
    with tempfile.TemporaryDirectory() as beside:
        draft = Path(beside) / MESH_FILE
        if mesh is None:
            plain = build_microstructure(case.geometry, beside)
        else:
            given = read_msh(mesh)
            check_extent(
                given,
                f"mesh {mesh}",
                'a mesh beside the case is in metres; recipe = "file" takes a length_unit',
            )
            plain = sound(given)
            check_asked(plain, case.geometry)
            if len(plain.points) < len(given.points):
                write_msh(plain, draft)
        flaws, seed = getattr(case, "meshed_flaws", ()), getattr(case.geometry, "seed", 0)
        whole = with_flaws(plain, flaws, draft, seed)
        if whole is not plain:
            check_quality(whole, lowest_quality(case.geometry))
        if not draft.is_file():
            return whole, None
        for made in sorted(Path(beside).iterdir()):
            copy_file(made, Path(folder) / made.name)
    return whole, Path(folder) / MESH_FILE


def shared_mesh(geometry: Any, path: str | Path) -> Path:
    """Return the mesh file of a geometry that several runs share; the first that comes makes it.

    The others wait meanwhile. A file that is cut off or spoilt is made anew.

    Parameters
    ----------
    geometry : object
        The section [geometry] of a case.
    path : path
        The file, named mesh.msh.

    Raises
    ------
    GeometryError
        The geometry cannot be built or read.
    """
    path = Path(path)
    with only_one(path.with_name(LOCK)):
        try:
            if path.is_file():
                read_msh(path)
                return path
        except GeometryError:
            path.unlink()
        build_microstructure(geometry, path.parent)
    return path


def ion_conductors(case: Any, mesh: Microstructure) -> tuple[dict[str, float], list[str]]:
    """Return the regions that conduct ions, and what of the materials does not fit the mesh.

    Parameters
    ----------
    case : Case or Drawing
        A Drawing has no materials: then there is nothing to say.
    mesh : Microstructure
        The mesh whose regions are looked up.

    Returns
    -------
    conductivity : dict of str to float
        Region -> ionic conductivity [S/m], of what the mesh and the library both have.
    problems : list of str
        One line for each region without a material, material without a region, and material that
        is unknown.
    """
    materials = getattr(case, "materials", None)
    found: dict[str, float] = {}
    problems: list[str] = []
    if materials is None:
        return found, problems
    for name in sorted(set(materials) ^ set(mesh.regions)):
        what = "not in the mesh" if name in materials else "without a material"
        problems.append(f"note: {name} is {what}")
    for name in sorted(set(materials) & set(mesh.regions)):
        try:
            material = load_material(materials[name], case.base_folder, "bulk")
        except MaterialError as error:
            problems.append(f"note: {error}")
            continue
        sigma = material.get("ionic_conductivity")
        if sigma:
            found[name] = sigma
    return found, problems


def targets_of(geometry: Any) -> dict[str, float]:
    """Return region -> share of its layer that a geometry asks for, where it does."""
    asked = getattr(geometry, "targets", None)
    if isinstance(asked, Mapping):
        return dict(asked)
    if geometry.recipe == "image":
        labels = read_labels(geometry.path)
        values, counts = np.unique(labels, return_counts=True)
        shares = dict.fromkeys(geometry.labels.values(), 0.0)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            shares[geometry.labels[str(value)]] += count / labels.size
        return shares
    share = getattr(getattr(geometry, "particles", None), "area_fraction", None)
    return {} if share is None else {"active": share}
