"""From a case to the flaws that its run watches: at the lithium, in families, in the mesh.

What a case asks for and a mesh cannot give is refused here; `analysis` knows no case.
"""

import numpy as np
from numpy.typing import NDArray

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
from chemomech.materials.posteriors import PosteriorCard, load_posterior
from chemomech.physics.fracture.population import FlawPopulation
from chemomech.physics.interfaces import contact
from chemomech.physics.lithium.first_short import PorePopulation
from chemomech.setup.bulk_terms import creep_of, diffusion_of
from chemomech.setup.cell import Cell, Electrode
from chemomech.setup.conditions import conditions_of
from chemomech.setup.electrodes import flaw_that_is_too_deep
from chemomech.setup.interface_terms import film_of
from chemomech.units.constants import FARADAY, GAS_CONSTANT
from chemomech.units.field import MICROMETRE
from chemomech.units.quantity import to_si

# Width of the widest pore and thickness of the pellet [m] of the times to short that it was fitted
# to: creep knows their ratio alone, so that is what another separator has.
PORE_WIDTH, PELLET = 6.8e-6, 138e-6
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
        pores=_pores(case, separator_thickness(cell)),
        plating_share=case.life.plating_share,
        life=case.life.duration,
    )


def flaw_cautions(case: Case, cell: Cell) -> list[tuple[str, str, str]]:
    """Return (code, text, where) of what to know of a case's flaws; CaseError for one too deep."""
    return flaw_that_is_too_deep(case, separator_thickness(cell))


def _pores(case: Case, thickness: float) -> PorePopulation | None:
    """Return the paths through the separator of a case, None where it is dense."""
    pores, width = case.pores, case.flaw.channel_width
    if pores.dense and width is None:
        return None
    fitted = PORE_WIDTH * thickness / PELLET
    return PorePopulation(width or pores.width or fitted, pores.shape, pores.tortuosity)


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


def calibrated_factors(case: Case, cell: Cell) -> dict[str, NDArray]:
    """Return factors (samples,) by the names of analysis.scatter.FACTORS; none without a card.

    The card's joint samples are taken whole; a case whose values differ from the card's is drawn
    about the card's. What belongs to the measured cell alone, its series resistance and voids,
    stays out.
    Creep that is slower in flaws than in pores, c times, acts on the pressure in a slender flaw of
    width w as a width w c^(1/(m + 2)) does, and is drawn as that.

    Parameters
    ----------
    case : Case
        With uncertainty.posterior, or without.
    cell : Cell
        Its cell.

    Raises
    ------
    MaterialError
        There is no such card, or it is damaged.
    """
    settings = case.uncertainty
    if settings.posterior is None:
        return {}
    card = load_posterior(settings.posterior, case.base_folder)
    drawn = card.draw(settings.samples, settings.seed)
    anode, _ = cell.electrodes()
    lithium = cell.materials[anode.region]
    own = {
        "fracture_toughness": ("fracture_toughness",
                               cell.materials[anode.electrolyte].fracture_toughness),
        "face_resistance": ("anode_resistance", _resistance(anode)),
        "contact_hardness": ("lithium_hardness", anode.contact.conforming_pressure),
        "flaw_depth_scale": ("flaw_depth", case.flaw.depth_scale),
        "creep_factor": ("creep_rate", 1.0),
        "channel_width": ("pore_width",
                          case.flaw.channel_width or case.pores.width or PORE_WIDTH),
        "flaw_width": ("flaw_width", case.flaw.width),
    }  # fmt: skip
    found = {
        goal: drawn[name] / best for name, (goal, best) in own.items() if name in drawn and best > 0
    }
    if "roughness" in drawn and anode.material.has("roughness"):
        size, limit = lithium.size_strength, lithium.yield_strength
        found["lithium_hardness"] = contact.strengthening(
            size, drawn["roughness"], limit
        ) / contact.strengthening(size, anode.material.roughness, limit)
    if "grain_size" in drawn and lithium.has("self_diffusivity") and lithium.has("grain_size"):
        flow = _fixed(card, "self_diffusivity", "m^2/s") / np.square(drawn["grain_size"])
        found["diffusional_flow"] = flow / (lithium.self_diffusivity / lithium.grain_size**2)
    creep = creep_of(case, lithium)
    if "confined_creep_factor" in drawn and creep is not None and "flaw_width" in found:
        power = 1.0 / (creep.exponent + 2.0)
        found["flaw_width"] = found["flaw_width"] * drawn["confined_creep_factor"] ** power
    return found


def _resistance(anode: Electrode) -> float:
    """Return the resistance of the lithium's face in full contact [ohm m2]."""
    transfer = GAS_CONSTANT * 298.15 / (FARADAY * anode.material.exchange_current_density)
    return float(transfer + film_of(anode.material).resistance)


def _fixed(card: PosteriorCard, name: str, unit: str) -> float:
    """Return an input that the card's calibration did not fit [SI]."""
    return to_si(card.fixed[name], unit)
