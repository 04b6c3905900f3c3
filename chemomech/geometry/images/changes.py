"""What meshing changed of an image: phase fractions before and after, in words."""

import numpy as np

from chemomech.geometry.errors import GeometryError
from chemomech.geometry.mesh.microstructure import Microstructure

LARGEST_SHIFT = 0.005  # of a phase fraction, from the image to the mesh


def fraction_notes(
    mesh: Microstructure,
    names: list[str],
    image: dict[int, float],
    kept: dict[int, float],
    removed: str,
) -> tuple[str, ...]:
    """Return what was changed, in words.

    Parameters
    ----------
    mesh : Microstructure
        The mesh of the image.
    names : list of str
        Region of each number in `image` and `kept`.
    image : dict of int to float
        Region -> share of the image.
    kept : dict of int to float
        Region -> share that the mesh has to have.
    removed : str
        What was removed from the image, in words.

    Raises
    ------
    GeometryError
        A phase fraction was changed too much.
    """
    areas = np.array([mesh.region_measure(name) if name in mesh.regions else 0.0 for name in names])
    after = areas / areas.sum()
    notes = [removed]
    for index, name in enumerate(names):
        was = image.get(index, 0.0)
        notes.append(
            f"{name}: {100 * was:.2f} % of the image, {100 * after[index]:.2f} % of its mesh"
        )
        if abs(after[index] - kept.get(index, 0.0)) > LARGEST_SHIFT:
            raise GeometryError(
                f"geometry.path: the mesh has {100 * after[index]:.2f} % of {name}, the image "
                f"{100 * was:.2f} % ({removed}); give geometry.smallest_island, lower "
                "geometry.mesh.size_interface, or filter the image"
            )
    return tuple(notes)
