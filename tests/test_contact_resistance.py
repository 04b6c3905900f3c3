"""What imperfect contact costs: finite-element constriction against closed forms, published
exponents and values.

Published: electrode | Li6PS5Cl, R ~ A^-1 and R ~ P^-0.5 (arXiv 2501.00600, abstract); Li | LLZO,
300 ohm cm2 at 10 MPa, 50 at 41 MPa, below 0.1 at 400 MPa (dagger: Krauskopf et al. 2019, read
second-hand in Eckhardt et al. 2023).
"""

from functools import cache

import numpy as np
import pytest

from chemomech.fem.domain import build_domain
from chemomech.models.chemical_parts import ELECTRONIC, IONIC, METAL, Drive
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.physics.interfaces import contact
from chemomech.physics.interfaces.contact import RoughContact, advance, initial_memory
from compare import approx
from currents import LI6PS5CL, LLZO, OHM_CM2, around_of, conducts, graded, linear
from meshes import box, mapped


def exponent(x, y):
    return np.polyfit(np.log(x), np.log(y), 1)[0]


@cache
def resistance(dimension, half_width, half_spacing, conductivity, counts, interface=None):
    """Interfacial resistance [ohm m2] of one symmetric cell: metal touches x, y < half_width of x,
    y < half_spacing.

    Electrolyte three half cells high; beyond it the current is even. interface [ohm m2]: of the
    contact itself, default half_width/(1000 conductivity). Second value: interface/fraction, what
    it alone adds.
    """
    height, n = 3.0 * half_spacing, counts[-1]

    def region(x):
        return "lithium" if x[-1] < 1 else "active" if x[-1] > n - 1 else "electrolyte"

    def place(x):
        y = x.copy()
        y[:, :-1] = half_spacing * graded(x[:, :-1] / counts[:-1], half_width / half_spacing)
        below, above = np.minimum(x[:, -1] - 1, 0.0), np.maximum(x[:, -1] - (n - 1), 0.0)
        y[:, -1] = height * (0.1 * (below + above) + np.clip((x[:, -1] - 1) / (n - 2), 0, 1) ** 2)
        return y

    domain = build_domain(mapped(box(counts, np.array(counts, dtype=float), region), place))
    interface = 1e-3 * half_width / conductivity if interface is None else interface
    top = 1e3 * conductivity / height
    conductors = {
        "lithium": conducts(METAL),
        "electrolyte": conducts(IONIC, conductivity),
        "active": conducts(ELECTRONIC),
    }
    faces = "lithium|electrolyte", "electrolyte|active"
    laws = {faces[0]: ("lithium", linear(1 / interface)), faces[1]: ("active", linear(top))}
    model = Electrochemistry(
        domain, conductors, {}, laws, "active", half_spacing ** (dimension - 1)
    )
    touching = np.all(model.junctions[faces[0]].operator.points[..., :-1] < half_width, axis=-1)
    start = model.initial_state({}, 0.0)
    around, current = around_of(model, {faces[0]: touching}), 1e-3 * conductivity / height
    end = model.solve(start, start.stoichiometry, 1.0, around, Drive(current)).state
    total = -end.voltage / current - height / conductivity - 1.0 / top
    return total, interface * (half_spacing / half_width) ** (dimension - 1)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.8])
def test_strips_match_their_exact_constriction(share):
    """Breaks when conduction past a partly touching face, or the closed form for strips, is wrong
    by 2 %."""
    spacing = 10e-6
    exact = contact.strip_resistance(share * spacing, spacing, LLZO)
    computed, own = resistance(2, share * spacing, spacing, LLZO, (16, 16))
    coarse, _ = resistance(2, share * spacing, spacing, LLZO, (8, 8))
    # A finite-element potential dissipates at least the true power, so the resistance comes from
    # below. The contact's own resistance adds its share by area, and a little more as the current
    # crowds at the edge.
    assert coarse < computed < exact + 1.2 * own
    assert 0.98 * exact < computed - own < 1.01 * exact


@pytest.mark.parametrize("share", [0.1, 0.2, 0.4])
def test_square_spots_near_the_formula_of_round_ones(share):
    """Breaks when conduction in 3D, or the many-spot formula, is wrong: a square of the same area
    within 8 %."""
    spacing = 10e-6
    computed, own = resistance(3, share * spacing, spacing, LLZO, (12, 12, 10))
    radius = 2.0 * share * spacing / np.sqrt(np.pi)
    formula = contact.spot_resistance(radius, share**2, LLZO)
    assert 0.92 * formula < computed - own < 1.0 * formula


def test_closed_forms_of_spots():
    """Breaks when a factor of the spot formulas is lost: 50 ohm cm2 of 10 um spots on 2.6 % of
    LLZO; one in many."""
    many = contact.spot_resistance(10e-6, 0.026, LLZO)
    assert many / OHM_CM2 == approx(50.0, rel=0.02)
    radius, fraction = 2e-6, 1e-10
    density = fraction / (np.pi * radius**2)
    assert contact.spot_radius(fraction, density) == approx(radius, rel=1e-12)
    one = contact.single_spot_resistance(radius, LLZO)
    assert contact.spot_resistance(radius, fraction, LLZO) == approx(one / density, rel=1e-4)
    assert contact.spot_resistance(radius, np.array([0.0, 1.0]), LLZO).tolist() == [np.inf, 0.0]
    assert contact.strip_resistance(1e-6, 1e-6, LLZO) == approx(0.0, abs=1e-12)


def test_spots_far_apart_share_the_current():
    """Breaks when n separate spots do not conduct n times as well as one: R ~ A^-1 at a fixed size
    of the spots."""
    fraction = np.geomspace(1e-6, 3e-3, 9)
    assert exponent(fraction, contact.spot_resistance(5e-6, fraction, LI6PS5CL)) == approx(
        -1.0, abs=0.05
    )


def test_exponents_of_area_in_the_field():
    """Breaks when solved conduction does not tell more spots (R ~ A^-1) from larger ones (R ~
    A^-1/2)."""
    spacing = np.array([10e-6, 14e-6, 20e-6])
    more = [np.subtract(*resistance(3, 1e-6, b, LI6PS5CL, (12, 12, 10))) for b in spacing]
    width = np.array([0.5e-6, 0.7e-6, 1e-6])
    larger = [np.subtract(*resistance(3, a, 10e-6, LI6PS5CL, (12, 12, 10))) for a in width]
    assert exponent((1e-6 / spacing) ** 2, more) == approx(-1.0, abs=0.1)
    assert exponent((width / 10e-6) ** 2, larger) == approx(-0.5, abs=0.1)


def test_small_strips_of_a_slow_electrode_share_by_area():
    """Breaks when a resistance of the contact itself, far above its constriction, is not shared by
    area: R ~ A^-1."""
    share = np.array([1 / 16, 1 / 8, 1 / 4, 1 / 2])
    slow = 7.5 * OHM_CM2  # Li | Li6PS5Cl in full contact, the library's estimate
    values = [resistance(2, s * 20e-6, 20e-6, LI6PS5CL, (12, 12), slow)[0] for s in share]
    assert exponent(share, values) == approx(-1.0, abs=0.03)
    assert values == approx(slow / share, rel=0.04)
    assert np.all(np.array(values) > slow / share)


PRESSURES = np.geomspace(1e6, 10e6, 9)
SULFIDE_HARDNESS = 1.9e9  # Li2S-P2S5, McGrogan et al. 2017; argyrodite is of the same family


def first_loading(law, conforming):
    return advance(law, PRESSURES, initial_memory(PRESSURES.shape), 0.0, RoughContact(conforming))[
        0
    ]


@pytest.mark.parametrize("hardness", [0.5e9, SULFIDE_HARDNESS])
def test_pressure_exponent_of_growing_spots(hardness):
    """Breaks when R ~ P^-0.5 at a sulfide no longer follows from spots that grow plastically at a
    fixed number.

    The model: f = p/H, the number of spots stays, the constriction into them resists. No exponent
    goes in, and neither the hardness nor the number of spots matters to it; spots of one size that
    become more give R ~ A^-1.
    """
    for density in (1e7, 1e10):
        fraction = first_loading("plastic", hardness)
        values = contact.spot_resistance(contact.spot_radius(fraction, density), fraction, LI6PS5CL)
        assert exponent(PRESSURES, values) == approx(-0.5, abs=0.1)


def test_pressure_exponent_after_pressing_the_cell():
    """Breaks when contact made at 370 MPa does not fall with the root of the pressure: also P^-0.5,
    of R = R_ct/f.

    Here the exponent is an input of the law, so this is consistent with the published one and no
    evidence for it.
    """
    values = RoughContact(SULFIDE_HARDNESS)
    _, memory = advance(
        "plastic", np.full(PRESSURES.shape, 370e6), initial_memory(PRESSURES.shape), 0.0, values
    )
    kept, _ = advance("plastic", PRESSURES, memory, 0.0, values)
    assert exponent(PRESSURES, 1 / kept) == approx(-0.5, abs=1e-9)
    assert np.all(kept > 5 * first_loading("plastic", SULFIDE_HARDNESS))


@pytest.mark.parametrize(
    ("law", "expected"), [("plastic", -1.0), ("mikic", -0.95), ("persson", -1.0)]
)
def test_pressure_exponents_of_the_other_models(law, expected):
    """Breaks when first loading of spots of one size, or of a resistance shared by area, is taken
    for P^-0.5."""
    fraction = first_loading(law, SULFIDE_HARDNESS)
    assert exponent(PRESSURES, 1 / fraction) == approx(expected, abs=0.01)
    one_size = contact.spot_resistance(5e-6, fraction, LI6PS5CL)
    assert exponent(PRESSURES, one_size) == approx(expected, abs=0.1)


GARNET_PRESSURE = np.array([10e6, 41e6, 400e6])
GARNET = np.array([300.0, 50.0, 0.1]) * OHM_CM2  # the last an upper bound
# Micrometre asperities: 3 times the strength of micrometre lithium, 105 MPa (Xu et al., PNAS 114
# (2017) 57).
SMALL_SCALE_HARDNESS = 3 * 105e6


def garnet(hardness, radius=None):
    """Resistances at the three pressures by spots of one radius, fitted to the first two unless
    given; and it."""
    fraction = np.minimum(GARNET_PRESSURE / hardness, 1.0)
    unit = contact.spot_resistance(1.0, fraction, LLZO)
    radius = np.exp(np.mean(np.log(GARNET[:2] / unit[:2]))) if radius is None else radius
    return radius * unit, radius


def met(values):
    ratio = values / GARNET
    return np.all((ratio[:2] > 0.5) & (ratio[:2] < 2)) and ratio[2] < 2


def test_lithium_on_garnet_with_one_fitted_radius():
    """Breaks when plastic spots no longer give 300, 50 and < 0.1 ohm cm2 within a factor of two.

    Fitted: the spots' radius, one number, 75 um. Not fitted: hardness, conductivity. That radius is
    one of contact patches, not of the micrometre asperities whose hardness is used: a description,
    in which the two scales are not resolved. Above the hardness contact is full, so the third value
    tests no more than that it lies below 400 MPa.
    """
    values, radius = garnet(SMALL_SCALE_HARDNESS)
    assert met(values)
    assert values[:2] == approx(GARNET[:2], rel=0.05)
    assert 60e-6 < radius < 90e-6


def test_what_does_not_meet_lithium_on_garnet():
    """Breaks when the comparison has become one that any input passes."""
    # The hardness 43 MPa of the library's lithium, any radius; 10 um spots, any hardness.
    assert not met(garnet(43e6)[0])
    assert not any(met(garnet(hardness, 10e-6)[0]) for hardness in np.geomspace(10e6, 1e10, 200))
    # Growing spots as far apart as asperities, 10 um; half a millimetre apart they would do as well
    # as the above.
    fraction = np.minimum(GARNET_PRESSURE / SMALL_SCALE_HARDNESS, 1.0)
    for spacing, meets in ((10e-6, False), (500e-6, True)):
        grown = contact.spot_resistance(contact.spot_radius(fraction, spacing**-2), fraction, LLZO)
        assert met(grown) == meets
    # Creep with the numbers of bulk lithium closes most gaps within a second, even at 10 MPa.
    bulk = RoughContact(
        SMALL_SCALE_HARDNESS,
        creep_rate=0.01,
        creep_stress=1e6,
        creep_exponent=5.0,
        growth_per_strain=10.0,
    )
    crept, _ = advance("creep", GARNET_PRESSURE, initial_memory((3,)), 1.0, bulk)
    assert np.all(crept > 0.7)


def test_creep_over_a_dwell_is_a_lower_hardness():
    """Breaks when creep-controlled contact after one dwell is not the instant's with H = 3 sigma0
    (m beta eps0 t)^(-1/m)."""
    dwell, beta, sigma, rate, m = 60.0, 10.0, 200e6, 0.01, 5.0
    values = RoughContact(
        1e12, creep_rate=rate, creep_stress=sigma, creep_exponent=m, growth_per_strain=beta
    )
    crept, _ = advance("creep", GARNET_PRESSURE, initial_memory((3,)), dwell, values)
    effective = 3 * sigma * (m * beta * rate * dwell) ** (-1 / m)
    assert crept == approx(GARNET_PRESSURE / (GARNET_PRESSURE + effective), rel=1e-9)
