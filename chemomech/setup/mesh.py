"""The mesh of a case: built by its recipe or read, with its flaws put in and its quality checked."""

from pathlib import Path

from chemomech.geometry import build_microstructure, check_quality, lowest_quality, read_msh
from chemomech.geometry.mesh.embed import with_flaws


def mesh_of(case, folder, mesh=None):
    """Microstructure of a case, its meshed flaws in it, and its file in `folder`, None when that is `mesh` as it is.

    mesh: an existing .msh in metres, with or without the flaws. Raises GeometryError.
    """
    made = Path(folder) / "mesh.msh"
    plain = build_microstructure(case.geometry, folder) if mesh is None else read_msh(mesh)
    whole = with_flaws(plain, case.meshed_flaws, made, getattr(case.geometry, "seed", 0))
    if whole is not plain:
        check_quality(whole, lowest_quality(case.geometry))
    return whole, made if mesh is None or whole is not plain else None
