"""Ions through two electrolytes between metal and terminal, with imperfect interfaces: resistors in
series, a manufactured potential, bounds and balances.

Lengths, conductivities and conductances are of order one; whatever the interfaces conduct, they
take 0.1 V or less.
"""

import numpy as np
import pytest

from bodies import cell_values
from chemomech.fem.domain import build_domain
from chemomech.fem.operators import facet_points, gradient_operator
from chemomech.models.chemical_parts import ELECTRONIC, IONIC, METAL, Drive, Surroundings
from chemomech.models.electrochemistry import Electrochemistry
from compare import approx
from currents import conducts, linear, totals
from meshes import box, moved, permuted, rotation
from rates import check_order

WIDTH = 2.0
# Heights of the layers' upper ends; the electrolyte is `lower` and `upper`, 0.25 to 0.75.
LAYERS = {"lithium": 0.25, "lower": 0.5, "upper": 0.75, "active": 1.0}
ANODE, CATHODE = "lithium|lower", "upper|active"
FULL = {ANODE: 0.5, CATHODE: 3.0}  # S/m2 in full contact
LOWER, UPPER = 0.4, 0.1  # S/m
CURRENT = 0.02  # A/m2


def layer(x):
    return next(name for name, top in LAYERS.items() if x[-1] < top)


def layered(count=8, turn=None, dimension=2, jiggle=0.2):
    """Lithium below, two electrolytes, active material above; only the electrodes are
    interfaces."""
    interfaces = {
        ANODE: lambda x: abs(x[-1] - 0.25) < 1e-9,
        CATHODE: lambda x: abs(x[-1] - 0.75) < 1e-9,
    }
    counts = (count,) * (dimension - 1) + (max(count, 4),)
    mesh = box(counts, (WIDTH,) + (1.0,) * (dimension - 1), layer, interfaces, jiggle)
    mesh = permuted(mesh)
    return build_domain(mesh if turn is None else moved(mesh, turn))


def conduction(domain, lower=LOWER, upper=UPPER, degree=2, full=FULL):
    """The layered domain with conductivities of the two electrolytes; full: conductances of the
    interfaces."""
    conductors = {
        "lithium": conducts(METAL),
        "lower": conducts(IONIC, lower),
        "upper": conducts(IONIC, upper),
        "active": conducts(ELECTRONIC),
    }
    laws = {ANODE: ("lithium", linear(full[ANODE])), CATHODE: ("active", linear(full[CATHODE]))}
    return Electrochemistry(domain, conductors, {}, laws, "active", WIDTH, degree)


def points(model, name):
    """Points (k, q, d) of an interface."""
    return model.junctions[name].operator.points


def surroundings(model, anode=1.0, cathode=1.0):
    """Conducting shares of the two interfaces, one or one per point (k, q)."""
    shares = np.ones((len(model.domain.all_interfaces()), points(model, ANODE).shape[1]))
    for name, share in ((ANODE, anode), (CATHODE, cathode)):
        shares[model.domain.interface_slices()[name]] = share
    return Surroundings(shares, np.zeros(model.size))


def ends(model, around, drive=Drive(CURRENT)):
    start = model.initial_state({}, 0.0)
    return model.solve(start, start.stoichiometry, 1.0, around, drive, tolerance=1e-13).state


def resistances(model, end, around):
    """Dissipation of each part over I2 A, [ohm m2], and "total" by Ohm's law."""
    per_current = 1.0 / (end.current_density**2 * model.area)
    found = {"total": -end.voltage / end.current_density}
    for name, junction in model.junctions.items():
        i = model.interface_current(end, around, name)
        found[name] = per_current * junction.operator.integral(
            i * junction.operator(end.potential)[..., 0]
        )
    slope, sigma = model.gradient(end.potential), model.conductivity(around.temperature)[..., 0, 0]
    return found | {
        "ionic": per_current * model.gradient.integral(sigma * np.sum(slope**2, axis=-1))
    }


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("dimension", [2, 3])
def test_layers_in_series(dimension, degree):
    """Breaks when a conductance, a conductivity or a side is wrong: R = 1/g_a + L/k + L/k +
    1/g_c."""
    domain = layered(8 if dimension == 2 else 4, rotation(dimension), dimension)
    model = conduction(domain, degree=degree)
    around = surroundings(model, cathode=0.7)
    end = ends(model, around)
    parts = {ANODE: 1 / 0.5, "ionic": 0.25 / 0.4 + 0.25 / 0.1, CATHODE: 1 / (0.7 * 3.0)}
    assert resistances(model, end, around) == approx(
        parts | {"total": sum(parts.values())}, rel=1e-10
    )
    # The current leaves the metal and enters the active material; each jump is the electrode's less
    # the other side's.
    for name, sign in ((ANODE, 1.0), (CATHODE, -1.0)):
        assert model.interface_current(end, around, name) == approx(sign * CURRENT, rel=1e-9)
        jump = model.junctions[name].operator(end.potential)
        assert jump == approx(sign * CURRENT * parts[name], rel=1e-9)
    table = model.space.dofmap.list
    assert np.all(end.potential[table[domain.cells_of("lithium")]] == 0.0)
    assert np.all(end.potential[table[domain.cells_of("active")]] == end.voltage)
    ions = end.potential[table[domain.cells_of("lower", "upper")]]
    assert end.voltage < ions.min() < ions.max() < 0.0


VOLTAGE, BASE, SLOPE, WAVE, WAVENUMBER = -0.1, -0.02, 0.12, 0.0004, 2 * np.pi


def potential(x):
    """Harmonic, without flux through the sides: phi = A - B y + C cos(k x) cosh(k y), y from the
    lithium."""
    y = x[..., 1] - 0.25
    return BASE - SLOPE * y + WAVE * np.cos(WAVENUMBER * x[..., 0]) * np.cosh(WAVENUMBER * y)


def slope(x):
    """Its derivative along y."""
    y = x[..., 1] - 0.25
    return -SLOPE + WAVE * WAVENUMBER * np.cos(WAVENUMBER * x[..., 0]) * np.sinh(WAVENUMBER * y)


@pytest.mark.parametrize(
    ("degree", "counts", "bound"), [(1, (8, 16, 32), 2e-4), (2, (8, 16, 32), 1e-6)]
)
def test_manufactured_potential(degree, counts, bound):
    """Breaks when shares that vary along an interface, or the diffusion operator, lose their
    order."""
    kappa, errors, gaps = 0.3, [], []
    for count in counts:
        domain = layered(count, jiggle=0.1)
        at, top = (
            facet_points(domain, domain.interfaces[name], 2 * degree) for name in (ANODE, CATHODE)
        )
        anode = kappa * slope(at) / potential(at)
        cathode = kappa * slope(top) / (VOLTAGE - potential(top))
        assert anode.min() > 0 and cathode.min() > 0
        model = conduction(
            domain, kappa, kappa, degree, {ANODE: anode.max(), CATHODE: cathode.max()}
        )
        around = surroundings(model, anode / anode.max(), cathode / cathode.max())
        end = ends(model, around, Drive(kappa * SLOPE))
        fine = gradient_operator(domain, model.space, np.arange(len(domain.region)), 6)
        inside = domain.cells_of("lower", "upper")
        gap = cell_values(domain, model.space, fine, end.potential)[inside, :, 0] - potential(
            fine.points[inside]
        )
        errors.append(np.sqrt(np.sum(fine.weights[inside] * gap**2)))
        gaps.append(abs(end.voltage - VOLTAGE))
    check_order(f"conduction P{degree} potential", 1.0 / np.array(counts), errors)
    assert errors[-1] < bound and gaps[-1] < bound


@pytest.mark.parametrize("drive", [Drive(CURRENT), Drive(voltage=0.1)])
def test_uneven_interfaces_keep_charge_and_power_balances(drive):
    """Breaks when charge is lost, or dissipation does not add up to what the instrument puts in: V
    A/I."""
    model, random = conduction(layered(8)), np.random.default_rng(5)
    around = surroundings(
        model,
        *(
            10.0 ** random.uniform(-4, 0, points(model, name).shape[:2])
            for name in (ANODE, CATHODE)
        ),
    )
    end = ends(model, around, drive)
    terminal = end.current_density * WIDTH
    assert totals(model, end, around) == approx({ANODE: terminal, CATHODE: -terminal}, rel=1e-9)
    found = resistances(model, end, around)
    assert found.pop("total") == approx(sum(found.values()), rel=1e-9)


def test_uneven_interfaces_in_any_frame():
    """Breaks when an axis of space is hard-wired in 3D: a half-open electrode, turned and
    mirrored."""
    totals = []
    for turn in (None, rotation(3), np.diag([-1.0, 1.0, 1.0])):
        model = conduction(layered(4, turn, dimension=3))
        place = points(model, CATHODE) @ (np.eye(3) if turn is None else turn)
        around = surroundings(model, cathode=np.where(place[..., 0] < 1.0, 1.0, 0.003))
        totals.append(resistances(model, ends(model, around), around)["total"])
    assert totals[1:] == approx([totals[0]] * 2, rel=1e-10)


def test_half_blocked_interface_lies_between_the_bounds():
    """Breaks when blocking part of an interface does not crowd the current: between no and perfect
    spreading."""
    model = conduction(layered(16), 0.4, 0.4)
    x = points(model, CATHODE)[..., 0]
    around = surroundings(model, cathode=x < 0.5 * WIDTH)
    end = ends(model, around)
    found, bulk = resistances(model, end, around), 0.5 / 0.4
    assert 1 / 0.5 + bulk + 2 / 3.0 < found["total"] < 2 * (1 / 0.5 + bulk + 1 / 3.0)
    assert found[CATHODE] > 2 / 3.0
    current = -model.interface_current(end, around, CATHODE)
    assert np.all(current[x > 0.5 * WIDTH] == 0.0)
    # The quarter of the cathode next to the blocked half draws the most.
    assert abs(x.ravel()[np.argmax(current)] - 0.5 * WIDTH) < WIDTH / 8


@pytest.mark.parametrize("remnant", [1e-6, 2e-9])
@pytest.mark.parametrize("name", [ANODE, CATHODE])
def test_broken_interface_gives_its_own_huge_resistance(name, remnant):
    """Breaks when an electrode that all but lost its contact stops a held voltage, looks harmless
    or loses charge."""
    model = conduction(layered(4))
    around = surroundings(model, **{"anode" if name == ANODE else "cathode": remnant})
    end = ends(model, around, Drive(voltage=-0.1))
    found = resistances(model, end, around)
    assert found[name] == approx(1 / (remnant * FULL[name]), rel=1e-5)
    assert found.pop("total") == approx(sum(found.values()), rel=1e-8)
    terminal, through = end.current_density * WIDTH, totals(model, end, around)
    signs = {ANODE: 1.0, CATHODE: -1.0}
    assert through[name] == approx(signs[name] * terminal, rel=1e-9)
    # The drop across the other one is a difference of two equal potentials: rounding is left of it.
    (other,) = signs.keys() - {name}
    rounding = 32 * np.finfo(float).eps * 0.1 * FULL[other] * WIDTH
    assert through[other] == approx(signs[other] * terminal, rel=1e-9, abs=rounding)
