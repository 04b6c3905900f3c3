"""From a case to the flaws that its run watches: at the lithium, in families, in the mesh.

What a case asks for and a mesh cannot give is refused here; `analysis` knows no case.
"""

import numpy as np

from chemomech.analysis.crack_integrals.plane import DomainIntegral, clear_radius, crack_tips
from chemomech.analysis.flaws.family import Family
from chemomech.analysis.flaws.meshed import Tip, interface_length
from chemomech.analysis.flaws.sites import FlawSites
from chemomech.analysis.limits import separator_thickness
from chemomech.analysis.penetration import FlawInputs
from chemomech.case import CaseError
from chemomech.case.flaws import FlawFamily, MeshedFlaw
from chemomech.case.schema import Case
from chemomech.materials import MaterialError
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.lithium.first_short import PorePopulation
from chemomech.setup.bulk_terms import creep_of, diffusion_of
from chemomech.setup.cell import Cell
from chemomech.setup.conditions import conditions_of
from chemomech.units.field import MICROMETRE

SMALLEST_SHARE = 1e-6  # room about a tip over the flaw's length below which it lies on a border


def flaw_inputs(case: Case, cell: Cell) -> FlawInputs:
    """Return the FlawInputs of a case, with what the electrolyte at the lithium is made of.

    Parameters
    ----------
    case : Case
        Its section [flaw].
    cell : Cell
        A cell with electrodes.
    """
    anode, _ = cell.electrodes()
    electrolyte, lithium = cell.materials[anode.electrolyte], cell.materials[anode.region]
    flaw = case.flaw
    return FlawInputs(
        depth=flaw.depth,
        population=FlawPopulation(
            density=flaw.density,
            depth_scale=flaw.depth_scale,
            depth_shape=flaw.depth_shape,
            width=flaw.width if flaw.backflow else 0.0,
            width_factor=flaw.width_factor,
            aspect=flaw.aspect,
            toughness_deviation=flaw.toughness_deviation,
        ),
        area=flaw.area,
        toughness=electrolyte.fracture_toughness,
        young_modulus=electrolyte.young_modulus,
        poisson_ratio=electrolyte.poisson_ratio,
        molar_volume=lithium.molar_volume,
        creep=creep_of(case, lithium),
        diffusion=diffusion_of(lithium, conditions_of(case).temperature),
        temperature=conditions_of(case).temperature,
        thickness=separator_thickness(cell),
        spot_distance=flaw.spot_distance,
        channel_width=flaw.channel_width or 0.0,
        void_radius=flaw.void_radius or 0.0,
        void_distance=flaw.void_distance,
        pores=_pores(case),
        plating_share=case.life.plating_share,
        life=case.life.duration,
    )


def _pores(case: Case) -> PorePopulation | None:
    """Return the paths through the separator of a case, None where it is dense."""
    pores, width = case.pores, case.flaw.channel_width
    if pores.dense and width is None:
        return None
    return PorePopulation(width or pores.width, pores.shape, pores.tortuosity)


def flaw_sites(case: Case, cell: Cell) -> FlawSites:
    """Return the sites of flaws at the lithium, with lines as deep as the deepest 1e-9 of them."""
    flaw = case.flaw
    deepest = flaw.depth_scale * np.log(1e9) ** (1.0 / flaw.depth_shape)
    return FlawSites(cell, max(flaw.depth, deepest))


def families_of(case: Case, cell: Cell) -> list[Family]:
    """Return the families of flaws of a case in its cell.

    Raises
    ------
    CaseError
        For a family without a place in this mesh.
    MaterialError
        Where a toughness is missing.
    """
    found = []
    for settings in case.flaws:
        toughness = _toughness(cell, settings, "flaws")
        interface = None
        if settings.place in ("surface", "particle edge"):
            interface = _interface(cell, settings)
        try:
            family = Family.from_cell(cell, settings, toughness, interface, case.flaw.area)
        except ValueError as error:
            raise CaseError(f"flaws: {settings.name}: {error}") from None
        found.append(family)
    return found


def _toughness(cell: Cell, settings: FlawFamily | MeshedFlaw, what: str) -> float:
    """Return the toughness of a flaw [Pa sqrt(m)], its own or that of its region's material."""
    material = cell.materials[settings.region]
    toughness = settings.toughness or material.get("fracture_toughness")
    if toughness is None:
        whose = "their own" if what == "flaws" else "its own"
        need = "need" if what == "flaws" else "needs"
        raise MaterialError(
            f"{material.name}: the {what} {settings.name!r} {need} "
            f"fracture_toughness, or toughness of {whose}"
        )
    return toughness


def _interface(cell: Cell, settings: FlawFamily) -> str:
    """Return the name of the interface from which flaws of a surface or a particle edge start."""
    if settings.interface is not None:
        first, second = settings.interface.split("|")
        return "|".join(sorted((first.strip(), second.strip())))
    anode, cathode = cell.electrodes()
    electrode = anode if settings.place == "surface" else cathode
    if settings.region not in electrode.interface.split("|"):
        raise CaseError(
            f"flaws: {settings.name}: {settings.region} is not at {electrode.interface}; "
            f'name its interface, for example interface = "{settings.region}|..."'
        )
    return electrode.interface


def tips_of(case: Case, cell: Cell) -> list[Tip]:
    """Return the tips of the meshed flaws of a case in its cell.

    Raises
    ------
    CaseError
        For a flaw without a tip or with a mesh too coarse about one.
    MaterialError
        Where a toughness is missing.
    """
    mechanics, found = cell.mechanics, []
    for settings in case.meshed_flaws:
        toughness = _toughness(cell, settings, "meshed flaw")
        tips = crack_tips(cell.domain, settings.interface)
        if not tips:
            text = "both ends are mouths; a flaw has a tip inside its region"
            raise CaseError(f"meshed_flaws: {settings.name}: {text}")
        for number, tip in enumerate(sorted(tips, key=lambda each: tuple(each.point))):
            length = interface_length(mechanics, tip.interface)
            if not clear_radius(mechanics, tip) > SMALLEST_SHARE * length:
                place = ", ".join(f"{each / MICROMETRE:.4g} um" for each in tip.point)
                raise CaseError(
                    f"meshed_flaws: {settings.name}: its end at ({place}) lies on a border "
                    "that is bonded for good; give that border an interface, or end the flaw "
                    "inside its region"
                )
            try:
                integral = DomainIntegral(mechanics, tip)
            except ValueError as error:
                raise CaseError(
                    f"meshed_flaws: {settings.name}: {error}; a smaller size helps"
                ) from None
            found.append(
                Tip(
                    settings.name,
                    settings.region,
                    number,
                    tip.point,
                    tip.direction,
                    length,
                    integral,
                    toughness,
                )
            )
    return found
