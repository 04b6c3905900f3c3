"""Which facets each interface of a case is, and what its material takes from their size."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chemomech.case import CaseError
from chemomech.case.choices import cracks_in, sides_of
from chemomech.fem.domain import Domain
from chemomech.geometry import GeometryError, Microstructure
from chemomech.geometry.mesh.statistics import SIDES
from chemomech.materials.records import Material
from chemomech.setup.interface_laws import facet_sizes
from chemomech.setup.interface_terms import check_softening, with_value
from chemomech.setup.laws import Laws

if TYPE_CHECKING:
    from chemomech.case.schema import Case

CRACK_STIFFNESS = (
    100.0  # K h/E where a stiffness is left out: 1.7 % too compliant, docs/fracture.md
)
OPEN_SHARE = 1e-3  # stiffness of open flaws over that of their contact


def check_names(bulk: Iterable[str], microstructure: Microstructure) -> None:
    """Raise one CaseError for all names of regions and sides that case and mesh do not share."""
    regions, given = set(microstructure.regions), set(bulk)
    sides = {name for pair in SIDES[microstructure.dimension] for name in pair}
    wrong = []
    if given != regions:
        wrong.append(f"materials: the regions of the mesh are {', '.join(sorted(regions))}")
        named = ((regions - given, "without a material"), (given - regions, "not in the mesh"))
        wrong += [f"{text}: {', '.join(sorted(names))}" for names, text in named if names]
    lacking = sides - set(microstructure.boundaries)
    if lacking:
        known = ", ".join(sorted(microstructure.boundaries)) or "none"
        wrong.append(
            f"geometry.path: the mesh has no plane side and no face named "
            f"{', '.join(sorted(lacking))}; it has {known}"
        )
    if wrong:
        raise CaseError("; ".join(wrong))


def key_of(name: str) -> str:
    """Where an interface stands in the case file."""
    region = sides_of(name)[0]
    return f"cracks.{region}" if name == cracks_in(region) else f"interfaces.{name}"


def facets_of(
    case: "Case", names: Iterable[str], microstructure: Microstructure
) -> dict[str, NDArray]:
    """Find the facets (k, d) of every interface of a case.

    Parameters
    ----------
    case : Case
        Its meshed flaws have facets of their own.
    names : names
        Interfaces "region|region", cracks inside a region last.
    microstructure : Microstructure
        The mesh. A named curve of it that the case does not ask for is bonded.

    Raises
    ------
    CaseError
        For an interface that has none.
    """
    found: dict[str, NDArray] = {}
    flaws = {each.interface for each in case.meshed_flaws}
    for name in names:
        region = sides_of(name)[0]
        if name in flaws:
            if name not in microstructure.interfaces:
                raise CaseError(f"meshed_flaws: the mesh has no {name}")
            found[name] = microstructure.interfaces[name]
        elif name == cracks_in(region):
            taken = [*found.values(), *microstructure.interfaces.values()]
            found[name] = _rest(microstructure, region, taken)
        else:
            found[name] = _between(microstructure, name)
    return found


def _between(microstructure: Microstructure, name: str) -> NDArray:
    """Facets between two regions, or between the grains of one; raises CaseError."""
    one, other = sides_of(name)
    try:
        facets = microstructure.interface_between(one, other)
    except GeometryError as error:
        raise CaseError(f"interfaces.{name}: {error}") from None
    if not len(facets):
        what = "these two regions" if one != other else "the parts of this region"
        raise CaseError(f"interfaces.{name}: {what} do not touch in the mesh")
    return facets


def _rest(microstructure: Microstructure, region: str, taken: Sequence[NDArray]) -> NDArray:
    """Facets inside a region that are in none of the sets `taken`; raises CaseError."""
    table, inside = microstructure.facet_table, microstructure.region_cells(region)
    free = table.interior & inside[table.cells].all(axis=1)
    for facets in taken:
        free[table.find(facets)] = False
    if not free.any():
        raise CaseError(f"cracks.{region}: no facet lies inside this region")
    return table.facets[free]


def materials_on_mesh(
    case: "Case",
    domain: Domain,
    materials: Mapping[str, Material],
    bulk: Mapping[str, Material],
    laws: Laws,
) -> dict[str, Material]:
    """Complete the interfaces' materials by what follows from the size of their facets.

    Cracks without a stiffness and meshed flaws without a contact_stiffness get CRACK_STIFFNESS E/h,
    h the mean size of their facets. Of a flaw's contact OPEN_SHARE is left as its stiffness:
    between open faces a millionth of that stays, which must not hold a flaw together.

    Parameters
    ----------
    case : Case
        Says which regions crack and where flaws are meshed.
    domain : Domain
        The mesh with its interfaces.
    materials, bulk : mappings of str to Material
        Of the interfaces and of the regions.
    laws : Laws
        What interfaces may name.

    Raises
    ------
    CaseError
        Where an interface could not soften with the stiffness found.
    """
    found = dict(materials)
    for name in (cracks_in(region) for region in case.cracks):
        if not found[name].has("stiffness"):
            found[name] = _stiffened(domain, name, "stiffness", found[name], bulk)
            check_softening(name, found[name], laws)
    for name in (each.interface for each in case.meshed_flaws):
        flaw = found[name]
        if not flaw.has("contact_stiffness"):
            flaw = _stiffened(domain, name, "contact_stiffness", flaw, bulk)
        source = f"{OPEN_SHARE:g} of contact_stiffness"
        open_stiffness = OPEN_SHARE * flaw.contact_stiffness
        found[name] = with_value(flaw, "stiffness", open_stiffness, "Pa/m", source)
    return found


def _stiffened(
    domain: Domain, name: str, key: str, material: Material, bulk: Mapping[str, Material]
) -> Material:
    """Material of an interface with CRACK_STIFFNESS E/h under `key`."""
    size = float(np.mean(facet_sizes(domain, domain.interfaces[name])))
    value = CRACK_STIFFNESS * bulk[sides_of(name)[0]].young_modulus / size
    return with_value(material, key, value, "Pa/m", f"{CRACK_STIFFNESS:g} E over the facets' size")
