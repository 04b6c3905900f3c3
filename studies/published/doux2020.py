"""Doux et al. 2020, Adv. Energy Mater. 10, 1903253: Li | Li6PS5Cl | Li under pressure, all but
"more than 1000 h" read second-hand †: resistance on loading and back, and time to short at 75
uA/cm2.

The face is the library's: spots of lithium that creep, an hour at each pressure, with memory; the
pellet a constant in series. A short comes along a channel that is there: lithium creeps in, by
dislocations (the library's power law) and by diffusion in its grains.

Run as `python studies/published/doux2020.py` to draw docs/images/doux2020.png; `claims()` holds the
text's numbers.
"""

from dataclasses import replace

import numpy as np
from scipy.optimize import least_squares
from system import HOUR, MPA, UM, canvas, load, save

from chemomech.materials import load_material
from chemomech.physics.interfaces.contact import advance, initial_memory
from chemomech.physics.lithium.extrusion import diffusional_creep
from chemomech.physics.lithium.penetration import wedged_intensity
from chemomech.physics.lithium.shorting import channel_time
from chemomech.setup.interface_terms import rough_contact_of
from chemomech.units.constants import FARADAY, GAS_CONSTANT

LOADING = np.array(
    [[5, 110], [10, 50], [15, 40], [20, 35], [25, 32]]
)  # MPa, ohm †; 1 MPa: more than 500 †
STEPS = np.array([1, 5, 10, 15, 20, 25])  # MPa, on the way up
BACK = 50.0  # ohm at 5 MPa after 25 MPa †
SHORTS = np.array([[10, 474], [15, 272], [20, 190], [25, 48]])  # MPa, h †; 75 MPa: at once †
SAFE = 5.0, 1000.0  # MPa, h: more than that, in the abstract
ROOM = 298.15  # K
AREA = np.pi / 4 * 1e-4  # m2, of the disc of 10 mm


def face(system, **changes):
    """(law, parameters, resistance in full contact [ohm m2]) of the library's face, some of its
    properties changed."""
    electrolyte, lithium = system.materials["electrolyte"], system.materials["lithium"]
    material = load_material({"base": system.materials["face"].name} | changes)
    sides = {"lithium": lithium, "electrolyte": electrolyte}
    law, rough = rough_contact_of("lithium|electrolyte", material, sides)
    charge_transfer = GAS_CONSTANT * ROOM / (FARADAY * material.exchange_current_density)
    return law, rough, charge_transfer + material.film_resistance


def resistances(system, pressures, dwell=None, **changes):
    """Resistance [ohm] of the cell at pressures [MPa], each held for a dwell [s] after the other.

    dwell: instead of the system's; changes: of the face.
    """
    law, rough, full = face(system, **changes)
    dwell = system.dwell if dwell is None else dwell
    memory, found = initial_memory(()), []
    for pressure in pressures:
        fraction, memory = advance(law, pressure * MPA, memory, dwell, rough)
        found.append(system.pellet_resistance + 2.0 * full / (AREA * float(fraction)))
    return np.array(found)


def fit(system):
    """(least-squares factor on the strength of spots, resistance that does not change [ohm]) of the
    six published figures: 1 and that of the system where its two fitted numbers are the best."""
    law, rough, full = face(system)

    def misfit(logarithms):
        factor, constant = np.exp(logarithms)
        strong = replace(
            rough,
            creep_stress=factor * rough.creep_stress,
            conforming_pressure=factor * rough.conforming_pressure,
        )
        memory, found = initial_memory(()), []
        for pressure in (*STEPS, 5.0):
            fraction, memory = advance(law, pressure * MPA, memory, system.dwell, strong)
            found.append(constant + 2.0 * full / AREA * (1.0 / float(fraction) - 1.0))
        return np.log(np.array(found)[1:] / [*LOADING[:, 1], BACK])

    return np.exp(least_squares(misfit, [0.0, np.log(14.0)]).x)


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
    law, _, full = face(system)
    found = resistances(system, [*STEPS, 5.0])
    up, back = found[1:-1], found[-1]
    ratio = np.array([*up / LOADING[:, 1], back / BACK])
    assert law == "creep" and ratio.min() > 0.85 and ratio.max() < 1.15
    assert 425 < found[0] < 500  # published: more than 500
    factor, constant = fit(system)
    assert abs(factor - 1.0) < 0.03
    assert abs(constant / (system.pellet_resistance + 2.0 * full / AREA) - 1.0) < 0.03
    # Spots as soft as bulk lithium touch everywhere by 5 MPa: nothing falls any more.
    soft = resistances(system, STEPS, roughness="1 m")
    assert soft[0] < 25 and soft[1] / soft[-1] < 1.08
    slopes = [np.polyfit(np.log(LOADING[:, 0]), np.log(each), 1)[0] for each in (LOADING[:, 1], up)]
    assert abs(slopes[0] + 0.77) < 0.03 and abs(slopes[1] + 0.75) < 0.05
    hours = hours_to_short(system, [5, 10, 15, 20, 25, 75])
    assert np.all(np.diff(hours) < 0) and hours[0] > SAFE[1] and hours[5] < 1.0
    shorts = hours[1:5] / SHORTS[:, 1]
    assert shorts.min() > 0.5 and shorts.max() < 2.0
    dislocations = hours_to_short(system, [10, 15], creeps(system)[:1])
    assert np.all(dislocations > 3.0 * SHORTS[:2, 1])
    return {
        "resistances": found,
        "ratios": ratio,
        "exponents": slopes,
        "as soft as bulk": soft,
        "an instant each": resistances(system, [*STEPS, 5.0], dwell=0.0),
        "a day each": resistances(system, [*STEPS, 5.0], dwell=24 * HOUR),
        "fit": (factor, constant),
        "pellet_um": pellet_thickness(system) / UM,
        "hours": hours,
        "by dislocations": dislocations,
        "equal_MPa": equal_pressure(system),
        "flaw_um_at_25_75_MPa": [flaw_at(system, p) / UM for p in (25, 75)],
    }


def draw():
    """Both panels."""
    system = load("li_li6ps5cl")
    figure, (resistance, short) = canvas(2)
    up, back = resistances(system, STEPS), resistances(system, [*STEPS, 5.0])[-1]
    resistance.loglog(STEPS, up, color="C0", label="creeping contact and pellet, 1 h each")
    resistance.loglog([25, 5], [up[-1], back], "--", color="C0", label="back, after 1 h")
    instant = resistances(system, STEPS, dwell=0.0)
    resistance.loglog(STEPS, instant, ":", color="C0", label="an instant each")
    soft = resistances(system, STEPS, roughness="1 m")
    resistance.loglog(
        STEPS, soft, color="C7", lw=1, label="spots as soft as bulk lithium, 1 h each"
    )
    resistance.loglog(*LOADING.T, "ko", label="Doux 2020 †, loading")
    resistance.loglog(5, BACK, "k^", mfc="none", label="back from 25 MPa †")
    resistance.loglog(1, 500, "k", marker=r"$\uparrow$", ls="", ms=9, label="more than †")
    resistance.set_ylim(10, 1500)
    resistance.set(
        title="resistance: two numbers fitted",
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
