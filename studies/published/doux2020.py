"""Doux et al. 2020, Adv. Energy Mater. 10, 1903253: Li | Li6PS5Cl | Li under pressure, all but
"more than 1000 h" read second-hand †: resistance on loading and back, and time to short at 75
uA/cm2.

The face is the package's rough contact (plastic, with memory), the pellet a constant in series. A
short comes along a channel that is there: lithium creeps in, by dislocations (the library's power
law) and by diffusion in its grains.

Run as `python studies/published/doux2020.py` to draw docs/images/doux2020.png; `claims()` holds the
text's numbers.
"""

import numpy as np
from system import HOUR, MPA, OHM_CM2, UM, canvas, load, save

from chemomech.physics.interfaces.contact import (
    RoughContact,
    advance,
    initial_memory,
    spot_radius,
    spot_resistance,
)
from chemomech.physics.lithium.extrusion import diffusional_creep
from chemomech.physics.lithium.penetration import wedged_intensity
from chemomech.physics.lithium.shorting import channel_time

LOADING = np.array(
    [[5, 110], [10, 50], [15, 40], [20, 35], [25, 32]]
)  # MPa, ohm †; 1 MPa: more than 500 †
BACK = 50.0  # ohm at 5 MPa after 25 MPa †
SHORTS = np.array([[10, 474], [15, 272], [20, 190], [25, 48]])  # MPa, h †; 75 MPa: at once †
SAFE = 5.0, 1000.0  # MPa, h: more than that, in the abstract
AREA = np.pi / 4 * 1e-4  # m2, of the disc of 10 mm


def resistances(system, up, down, full=None, pellet=None):
    """(loading, unloading) [ohm] of the cell at pressures [MPa] walked up and then down.

    full [ohm m2], pellet [ohm]: instead of those of the system.
    """
    full = system.full_contact_resistance if full is None else full
    pellet = system.pellet_resistance if pellet is None else pellet
    face = system.materials["face"]
    rough = RoughContact(face.contact_hardness, face.get("unloading_exponent"))
    memory, found = initial_memory((1,)), []
    for pressure in (*up, *down):
        fraction, memory = advance("plastic", np.array([pressure * MPA]), memory, 0.0, rough)
        found.append(pellet + 2.0 * full / (AREA * fraction[0]))
    return np.array(found[: len(up)]), np.array(found[len(up) :])


def one_number(system):
    """Largest error factor over the five points of laws of contact with one fitted number each, and
    no pellet.

    "spots": a fixed number of spots per area that grow with pressure, each with its constriction,
    so that R ~ p^-1/2.
    """
    hardness, pressure = system.materials["face"].contact_hardness, LOADING[:, 0] * MPA
    fractions = {
        law: advance(law, pressure, initial_memory(pressure.shape), 0.0, RoughContact(hardness))[0]
        for law in ("plastic", "mikic")
    }
    shapes = {law: 1.0 / fraction for law, fraction in fractions.items()}
    few = 1e-6 * fractions["plastic"]  # far from full contact, where only the power is left
    shapes["spots"] = spot_resistance(spot_radius(few, 1.0), few, 1.0)
    ratios = {law: LOADING[:, 1] / shape for law, shape in shapes.items()}
    return {law: float(np.sqrt(ratio.max() / ratio.min())) for law, ratio in ratios.items()}


def pellet_thickness(system):
    """Thickness [m] of the pellet by the library's conductivity."""
    return system.pellet_resistance * AREA * system.materials["electrolyte"].ionic_conductivity


def creeps(system):
    """(by dislocations, by diffusion) of lithium."""
    volume = system.materials["lithium"].molar_volume
    return system.creep, diffusional_creep(system.self_diffusivity, system.grain_size, volume)


def hours_to_short(system, pressures, mechanisms=None):
    """Time to short [h] at pressures [MPa]."""
    mechanisms = creeps(system) if mechanisms is None else mechanisms
    radius = 0.5 * system.channel_width
    return (
        channel_time(np.asarray(pressures) * MPA, pellet_thickness(system), radius, mechanisms)
        / HOUR
    )


def equal_pressure(system):
    """Pressure [MPa] at which either mechanism alone would take as long."""
    power = system.creep.exponent - 1.0
    by_dislocations, by_diffusion = (
        hours_to_short(system, 1.0, (each,)) for each in creeps(system)
    )
    return float((by_dislocations / by_diffusion) ** (1.0 / power))


def flaw_at(system, pressure):
    """Depth [m] of the flaw, full of lithium, that a static stack pressure [MPa] alone drives to K
    = K_Ic."""
    electrolyte = system.materials["electrolyte"]
    closure = electrolyte.poisson_ratio / (1.0 - electrolyte.poisson_ratio)
    one = wedged_intensity(1.0, 1.0, pressure * MPA, closure * pressure * MPA)
    return float((electrolyte.fracture_toughness / one) ** 2)


def claims():
    """Numbers of the text; asserts what it says of them."""
    system = load("li_li6ps5cl")
    up, back = resistances(system, LOADING[:, 0], [5.0])
    single = 5.78 * OHM_CM2  # one number for all five, without a pellet
    alone, alone_back = resistances(system, LOADING[:, 0], [5.0], single, 0.0)
    ratio, ratio_alone = up / LOADING[:, 1], alone / LOADING[:, 1]
    assert ratio.min() > 0.89 and ratio.max() < 1.12 and abs(back[0] / BACK - 1) < 0.03
    assert ratio_alone.min() > 0.7 and ratio_alone.max() < 1.3 and 1.1 < alone_back[0] / BACK < 1.2
    laws = one_number(system)
    assert max(laws.values()) < 1.3  # the published points do not tell these laws apart
    first = resistances(system, [1.0], [])[0][0]
    assert 400 < first < 500
    slopes = [
        np.polyfit(np.log(LOADING[:, 0]), np.log(each), 1)[0] for each in (LOADING[:, 1], up, alone)
    ]
    assert (
        abs(slopes[0] + 0.77) < 0.03
        and abs(slopes[1] + 0.77) < 0.08
        and abs(slopes[2] + 1.0) < 1e-9
    )
    hours = hours_to_short(system, [5, 10, 15, 20, 25, 75])
    assert np.all(np.diff(hours) < 0) and hours[0] > SAFE[1] and hours[5] < 1.0
    shorts = hours[1:5] / SHORTS[:, 1]
    assert shorts.min() > 0.5 and shorts.max() < 2.0
    dislocations = hours_to_short(system, [10, 15], creeps(system)[:1])
    assert np.all(dislocations > 3.0 * SHORTS[:2, 1])
    return {
        "loading": up,
        "back": back[0],
        "one number": alone,
        "one number, back": alone_back[0],
        "at 1 MPa": first,
        "exponents": slopes,
        "pellet_um": pellet_thickness(system) / UM,
        "hours": hours,
        "by dislocations": dislocations,
        "laws of one number": laws,
        "equal_MPa": equal_pressure(system),
        "flaw_um_at_25_75_MPa": [flaw_at(system, p) / UM for p in (25, 75)],
    }


def draw():
    """Both panels."""
    system = load("li_li6ps5cl")
    figure, (resistance, short) = canvas(2)
    up, down = np.geomspace(1, 25, 60), np.geomspace(25, 5, 40)
    loading, unloading = resistances(system, up, down)
    resistance.loglog(up, loading, color="C0", label="contact and pellet, loading")
    resistance.loglog(down, unloading, "--", color="C0", label="back")
    single, single_back = resistances(system, up, down, 5.78 * OHM_CM2, 0.0)
    resistance.loglog(up, single, color="C7", lw=1, label="contact alone, loading")
    resistance.loglog(down, single_back, "--", color="C7", lw=1, label="back")
    resistance.loglog(*LOADING.T, "ko", label="Doux 2020 †, loading")
    resistance.loglog(5, BACK, "k^", mfc="none", label="back from 25 MPa †")
    resistance.loglog(1, 500, "k", marker=r"$\uparrow$", ls="", ms=9, label="more than †")
    resistance.set_ylim(20, 1500)
    resistance.set(
        title="resistance: two numbers fitted (grey: one)",
        xlabel="stack pressure [MPa]",
        ylabel="resistance of the cell [Ω]",
    )
    pressure = np.geomspace(4, 90, 80)
    dislocations, diffusion = creeps(system)
    short.loglog(pressure, hours_to_short(system, pressure), color="C1", label="both")
    short.loglog(pressure, hours_to_short(system, pressure, (dislocations,)), ":", color="C1",
                 label="by dislocations alone")  # fmt: skip
    short.loglog(pressure, hours_to_short(system, pressure, (diffusion,)), "--", color="C1",
                 label="by diffusion alone")  # fmt: skip
    short.loglog(*SHORTS.T, "ko", label="Doux 2020 †")
    short.loglog(*SAFE, "k", marker=r"$\uparrow$", ls="", ms=9, label="more than")
    short.loglog(75, 0.1, "k", marker=r"$\downarrow$", ls="", ms=9, label="at once †")
    short.set(
        title="time to short: 48 h and 474 h fitted",
        xlabel="stack pressure [MPa]",
        ylabel="time [h]",
        ylim=(0.05, 1e4),
    )
    save(figure, "doux2020")


if __name__ == "__main__":
    print(claims())
    draw()
