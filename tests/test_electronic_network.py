"""Electrons through particles, carbon and contacts of their own resistance: resistors by hand, a
manufactured field across a contact, particles in parallel, what crosses a contact and what does
not, the tangent.

Lengths, conductivities and currents are of order one but in the test of the tangent.
"""

from dataclasses import replace

import numpy as np
import pytest

from chemomech.fem.domain import build_domain
from chemomech.fem.operators import facet_points
from chemomech.models.chemical_parts import BLOCKING, ELECTRONIC, IONIC, METAL, Drive, Host, NoStage
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.network import ohmic
from compare import approx
from currents import (  # fmt: skip
    C_MAX,
    around_of,
    check,
    conducts,
    diffuses,
    error_of,
    host,
    intercalates,
    linear,
    plain_flux,
    plates,
    stacked,
    stored,
    totals,
    with_rest,
)
from meshes import box, permuted
from rates import taylor_order

# A stack by hand ----------------------------------------------------------------------------------

TOPS = {
    "metal": 0.5,
    "electrolyte": 1.0,
    "active": 1.5,
    "carbon": 2.0,
    "collector": 2.5,
    "terminal": 3.0,
}
SIGMA = {"electrolyte": 0.4, "active": 2.0, "carbon": 5.0, "collector": 8.0}
ANODE, CATHODE, EQUILIBRIUM = 3.0, 0.5, 1.5  # S/m2, V
BOTH = {
    "metal|electrolyte": ("metal", linear(ANODE)),
    "electrolyte|active": ("active", linear(CATHODE, EQUILIBRIUM)),
}
BARE = 1 / ANODE + 1 / CATHODE + sum(0.5 / value for value in SIGMA.values())
HEIGHTS = {
    "metal|electrolyte": 0.5,
    "electrolyte|active": 1.0,
    "active|carbon": 1.5,
    "carbon|collector": 2.0,
    "touch": 1.5,
}


def stack(contacts=(), named=(), dimension=2, hosts=("active",), **kinds):
    """Layers half a unit thick, 2 units wide. contacts: interface -> (electrode, law); named:
    without a law."""
    names = ["metal|electrolyte", "electrolyte|active", *contacts, *named]
    interfaces = {name: (lambda x, y=HEIGHTS[name]: abs(x[-1] - y) < 1e-9) for name in names}

    def region(x):
        return next(name for name, top in TOPS.items() if x[-1] < top)

    sizes = (2.0,) + (1.0,) * (dimension - 2) + (3.0,)
    domain = build_domain(permuted(box((2,) * (dimension - 1) + (6,), sizes, region, interfaces)))
    conductors = {"metal": conducts(METAL), "electrolyte": conducts(IONIC, SIGMA["electrolyte"])}
    conductors |= {
        name: conducts(ELECTRONIC, SIGMA[name]) for name in ("active", "carbon", "collector")
    }
    conductors |= {"terminal": conducts(ELECTRONIC)} | kinds
    laws = BOTH | dict(contacts)
    takes = {name: host(plain_flux(0.1)) for name in hosts}
    return Electrochemistry(
        domain, conductors, takes, laws, "terminal", 2.0, output_conductance=1e3
    )


def ends(model, around, drive):
    start = model.initial_state({name: 0.5 for name in model.hosts}, EQUILIBRIUM)
    return model.solve(start, start.stoichiometry, 1.0, around, drive, tolerance=1e-12).state


R = 0.7  # ohm m2


@pytest.mark.parametrize(
    ("resistance", "changes", "shares"),
    [
        (0.0, {}, {}),
        (R, {"contacts": {"active|carbon": ("carbon", ohmic(R))}}, {}),
        (R, {"contacts": {"active|carbon": ("active", ohmic(R))}}, {}),
        (R, {"contacts": {"active|carbon": ("active", ohmic(R))}, "dimension": 3}, {}),
        (R / 0.25, {"contacts": {"active|carbon": ("active", ohmic(R))}}, {"active|carbon": 0.25}),
        (
            R + 0.2,
            {
                "contacts": {
                    "active|carbon": ("active", ohmic(R)),
                    "carbon|collector": ("carbon", ohmic(0.2)),
                }
            },
            {},
        ),
        # Carbon that is not resolved stands at the terminal's potential, the particle behind its
        # contact does not.
        (
            R / 0.5 - 0.5 / 5.0 - 0.5 / 8.0,
            {
                "contacts": {"active|carbon": ("active", ohmic(R))},
                "carbon": conducts(ELECTRONIC),
                "collector": conducts(ELECTRONIC),
            },
            {"active|carbon": 0.5},
        ),
        # All at one potential: no contact between them matters.
        (
            -0.5 / 2.0 - 0.5 / 5.0 - 0.5 / 8.0,
            {"contacts": {"active|carbon": ("active", ohmic(R))}}
            | {name: conducts(ELECTRONIC) for name in ("active", "carbon", "collector")},
            {"active|carbon": 0.5},
        ),
    ],
)
def test_contacts_and_layers_in_series(resistance, changes, shares):
    """Breaks when a border of electron conductors resists, or a contact counts twice or with a
    wrong sign or share."""
    model, resistance = stack(**changes), BARE + resistance
    around = around_of(model, shares)
    assert ends(model, around, Drive(0.1)).voltage == approx(
        EQUILIBRIUM - 0.1 * resistance, rel=1e-10
    )
    held = ends(model, around, Drive(voltage=1.2))
    assert held.current_density == approx((EQUILIBRIUM - 1.2) / (resistance + 1e-3), rel=1e-9)


def test_resistance_of_a_contact_may_change():
    """Breaks when a contact's resistance does not hear of the surroundings."""
    changing = ohmic(lambda around: around.temperature / 300.0 + np.zeros((2, 1)))
    model = stack({"active|carbon": ("active", changing)})
    for temperature in (300.0, 360.0):
        end = ends(model, replace(around_of(model), temperature=temperature), Drive(0.1))
        assert end.voltage == approx(EQUILIBRIUM - 0.1 * (BARE + temperature / 300.0), rel=1e-10)


def test_a_name_that_says_nothing_of_sides():
    """Breaks when the side of an interface's first facet is taken for that of all: each facet has
    its own."""
    model = stack({"touch": ("active", ohmic(R))}, dimension=3)
    around = around_of(model, {"touch": 0.5})
    end = ends(model, around, Drive(0.1))
    assert end.voltage == approx(EQUILIBRIUM - 0.1 * (BARE + 2 * R), rel=1e-10)
    assert len(np.unique(model.domain.region[model.domain.interfaces["touch"].cells[:, 0]])) == 2
    assert model.interface_current(end, around, "touch") == approx(0.1, rel=1e-10)


def test_a_very_good_conductor():
    """Breaks when round-off of potentials times the conductivity of aluminium stops Newton or
    counts as current."""
    model = stack(collector=conducts(ELECTRONIC, 4e7))
    around, resistance = around_of(model), BARE - 0.5 / SIGMA["collector"]
    assert ends(model, around, Drive(0.1)).voltage == approx(
        EQUILIBRIUM - 0.1 * resistance, abs=1e-7
    )
    end = ends(model, around, Drive(voltage=1.2))
    through = totals(model, end, around)
    assert end.current_density == approx((EQUILIBRIUM - 1.2) / (resistance + 1e-3), rel=1e-6)
    assert -through["electrolyte|active"] == approx(2.0 * end.current_density, rel=1e-12)
    assert through["metal|electrolyte"] == approx(2.0 * end.current_density, rel=1e-10)


def test_a_named_border_without_a_law_blocks():
    """Breaks when electrons cross a crack that nobody gave a law."""
    model = stack(named=["active|carbon"])
    with pytest.raises(NoStage, match="no path for the current"):
        ends(model, around_of(model), Drive(0.1))


@pytest.mark.parametrize("electrode", ["active", "carbon"])
def test_charge_crosses_a_contact_and_lithium_does_not(electrode):
    """Breaks when a contact fills or empties the host beside it, whichever side it is named after,
    or loses charge."""
    model = stack({"active|carbon": (electrode, ohmic(R))})
    around = around_of(model)
    start = model.initial_state({"active": 0.5}, EQUILIBRIUM)
    end = model.solve(start, start.stoichiometry, 0.3, around, Drive(0.1), tolerance=1e-12).state
    sign = 1.0 if electrode == "active" else -1.0
    through = totals(model, end, around)
    assert through["active|carbon"] == approx(sign * 0.2, rel=1e-10)
    assert model.lithium(end.stoichiometry) - model.lithium(start.stoichiometry) == approx(
        0.3 * 0.2, rel=1e-10
    )
    # It comes in from below and nowhere else.
    plain = stack()
    start = plain.initial_state({"active": 0.5}, EQUILIBRIUM)
    same = plain.solve(start, start.stoichiometry, 0.3, around_of(plain), Drive(0.1)).state
    one, other = (
        np.sort(
            state.stoichiometry[each.space.dofmap.list[each.domain.cells_of("active")]], axis=None
        )
        for each, state in ((model, end), (plain, same))
    )
    assert one == approx(other, rel=1e-8)


def test_lithium_stays_in_particles_that_touch():
    """Breaks when electrons that pass from one particle into the next take lithium along."""
    model = stack({"active|carbon": ("carbon", ohmic(R))}, hosts=("active", "carbon"))
    around = around_of(model)
    start = model.initial_state({"active": 0.5, "carbon": 0.3}, EQUILIBRIUM)
    end = model.solve(start, start.stoichiometry, 0.3, around, Drive(0.1), tolerance=1e-12).state
    before, after = stored(model, start.stoichiometry), stored(model, end.stoichiometry)
    assert after["carbon"] == approx(before["carbon"], rel=1e-14)
    assert after["active"] - before["active"] == approx(0.3 * 0.2, rel=1e-10)
    assert end.voltage == approx(EQUILIBRIUM - 0.1 * (BARE + R), rel=1e-10)


# A field across a contact -------------------------------------------------------------------------


def test_manufactured_potential_across_a_contact():
    """Breaks when i = jump/R has not the local jump: particle and carbon harmonic, i = A + B cos(k
    X) between them."""
    active, carbon, volts, current, ripple, k = 0.6, 1.7, 0.9, 0.8, 0.05, np.pi
    low, middle, top = 0.25, 0.5, 0.75

    def in_carbon(x, y):
        return (
            volts + current / carbon * (top - y) + ripple * np.cos(k * x) * np.sinh(k * (top - y))
        )

    deep = k * (top - middle)
    level = volts + current * ((top - middle) / carbon + R)
    even = ripple * (np.sinh(deep) + R * carbon * k * np.cosh(deep))
    odd = ripple * carbon / active * np.cosh(deep)

    def in_active(x, y):
        y = middle - y
        return (
            level
            + current / active * y
            + np.cos(k * x) * (even * np.cosh(k * y) + odd * np.sinh(k * y))
        )

    def upwards(x):
        """Current density through the particle's lower end."""
        y = middle - low
        return current + active * k * np.cos(k * x) * (even * np.sinh(k * y) + odd * np.cosh(k * y))

    errors, counts = {"active": [], "carbon": []}, (8, 16, 32)
    for count in counts:
        tops = {"metal": low, "active": middle, "carbon": top, "terminal": 1.0}
        domain = stacked(count, tops, named={"metal|active": low, "active|carbon": middle})
        x = facet_points(domain, domain.interfaces["metal|active"], 4)
        laws = {
            "metal|active": (
                "active",
                with_rest(x, -upwards(x[..., 0]), in_active(x[..., 0], low)),
            ),
            "active|carbon": ("carbon", ohmic(R)),
        }
        conductors = {
            "metal": conducts(METAL),
            "active": conducts(ELECTRONIC, active),
            "carbon": conducts(ELECTRONIC, carbon),
            "terminal": conducts(ELECTRONIC),
        }
        model = Electrochemistry(domain, conductors, {}, laws, "terminal", 1.0)
        start = model.initial_state({}, 0.5)
        end = model.solve(start, start.stoichiometry, 1.0, around_of(model), Drive(current)).state
        errors["active"].append(error_of(model, end.potential, in_active, "active"))
        errors["carbon"].append(error_of(model, end.potential, in_carbon, "carbon"))
    for name, each in errors.items():
        check(name, 1 / np.array(counts), each, 3.0, 0.2, 2e-6)


# Particles in parallel ----------------------------------------------------------------------------

WIDTHS = {"left": 1.0, "right": 2.0}
FACE = {"left": 0.5, "right": 0.8}  # S/m2 towards the metal
INSIDE = {"left": 2.0, "right": 0.7}  # S/m
TOUCH = {"left": 0.3, "right": 1.1}  # ohm m2
LEVEL = {"left": 1.5, "right": 1.3}  # V


def parallel():
    """Metal below two columns that do not touch, each with a contact of its own to the terminal on
    top."""

    def region(x):
        return (
            "metal"
            if x[1] < 0.5
            else "terminal"
            if x[1] > 1.5
            else "left"
            if x[0] < 1.0
            else "right"
        )

    mesh = box((6, 8), (3.0, 2.0), region, {})
    pairs = ("metal|left", "metal|right", "left|terminal", "right|terminal", "left|right")
    mesh = mesh.with_interfaces({name: mesh.interface_between(*name.split("|")) for name in pairs})
    domain = build_domain(permuted(mesh))
    laws = {f"metal|{name}": (name, linear(FACE[name], LEVEL[name])) for name in WIDTHS}
    laws |= {f"{name}|terminal": (name, ohmic(TOUCH[name])) for name in WIDTHS}
    conductors = {"metal": conducts(METAL), "terminal": conducts(ELECTRONIC)}
    conductors |= {name: conducts(ELECTRONIC, INSIDE[name]) for name in WIDTHS}
    hosts = {name: host(plain_flux(0.1)) for name in WIDTHS}
    return Electrochemistry(domain, conductors, hosts, laws, "terminal", 3.0)


@pytest.mark.parametrize("shares", [{}, {"left": 0.1}, {"left": 0.6, "right": 0.2}, {"right": 0.0}])
def test_current_splits_between_particles_as_their_contacts_allow(shares):
    """Breaks when what a particle takes up does not follow its own contact: exact split and
    voltage."""
    model, dt, current = parallel(), 0.3, 0.1
    around = around_of(model, {f"{name}|terminal": share for name, share in shares.items()})
    conductance = {
        name: width
        / (1 / FACE[name] + 1.0 / INSIDE[name] + TOUCH[name] / max(shares.get(name, 1.0), 1e-99))
        for name, width in WIDTHS.items()
    }
    level = sum(conductance[name] * LEVEL[name] for name in WIDTHS)
    voltage = (level - current * 3.0) / sum(conductance.values())
    start = model.initial_state({"left": 0.6, "right": 0.4}, 1.4)
    end = model.solve(start, start.stoichiometry, dt, around, Drive(current), tolerance=1e-13).state
    assert end.voltage == approx(voltage, rel=1e-11)
    through = totals(model, end, around)
    gained = {
        name: stored(model, end.stoichiometry)[name] - stored(model, start.stoichiometry)[name]
        for name in WIDTHS
    }
    for name in WIDTHS:
        into = conductance[name] * (LEVEL[name] - voltage)
        assert through[f"{name}|terminal"] == approx(into, rel=1e-10, abs=1e-13)
        assert through[f"metal|{name}"] == approx(-into, rel=1e-10, abs=1e-13)
        assert gained[name] == approx(dt * into, rel=1e-9, abs=1e-13)


# What has no law, and what a law is refused -------------------------------------------------------


@pytest.mark.parametrize("named", [False, True])
def test_carbon_takes_no_current_from_the_electrolyte(named):
    """Breaks when ions discharge on carbon that they touch, whether its border has a name or
    not."""

    def region(x):
        if x[1] < 1.0:
            return "metal" if x[1] < 0.5 else "electrolyte"
        return "terminal" if x[1] > 1.5 else "active" if x[0] < 1.0 else "carbon"

    mesh = box((6, 8), (3.0, 2.0), region, {})
    pairs = ["metal|electrolyte", "electrolyte|active", *(["electrolyte|carbon"] if named else [])]
    domain = build_domain(
        mesh.with_interfaces({name: mesh.interface_between(*name.split("|")) for name in pairs})
    )
    conductors = {
        "metal": conducts(METAL),
        "electrolyte": conducts(IONIC, 1e6),
        "terminal": conducts(ELECTRONIC),
        "active": conducts(ELECTRONIC, 1e6),
        "carbon": conducts(ELECTRONIC, 1e6),
    }
    model = Electrochemistry(
        domain, conductors, {"active": host(plain_flux(0.1))}, BOTH, "terminal", 3.0
    )
    # All of the current, 0.3 A/m, through a face 1 wide on one side and 3 on the other.
    voltage = EQUILIBRIUM - 0.3 / CATHODE - 0.1 / ANODE
    assert ends(model, around_of(model), Drive(0.1)).voltage == approx(voltage, abs=1e-6)


@pytest.mark.parametrize(
    ("contacts", "kinds", "words"),
    [
        (
            {"active|carbon": ("active", ohmic(R))},
            {"carbon": conducts(BLOCKING)},
            "does not conduct",
        ),
        ({"active|carbon": ("collector", ohmic(R))}, {}, "without collector"),
    ],
)
def test_laws_that_make_no_sense_are_refused(contacts, kinds, words):
    """Breaks when a law beside something that does not conduct, or of a region elsewhere, is taken
    without a word."""
    with pytest.raises(ValueError, match=words):
        stack(contacts, **kinds)


def test_one_law_for_a_contact_and_an_electrode_is_refused():
    """Breaks when the law of a particle's whole skin is taken for a contact to carbon, or for an
    electrode."""

    def region(x):
        return "metal" if x[1] < 1.0 else "active" if x[1] < 2.0 else "carbon"

    domain = build_domain(
        box((1, 3), (1.0, 3.0), region, {"skin": lambda x: abs(abs(x[1] - 1.5) - 0.5) < 1e-9})
    )
    conductors = {
        "metal": conducts(METAL),
        "active": conducts(ELECTRONIC, 2.0),
        "carbon": conducts(ELECTRONIC),
    }
    with pytest.raises(ValueError, match="mixes"):
        Electrochemistry(domain, conductors, {}, {"skin": ("active", linear(ANODE))}, "carbon", 1.0)


# The tangent --------------------------------------------------------------------------------------


def test_tangent_with_a_contact():
    """Breaks when a derivative of an ohmic contact is missing, misplaced or doubled."""
    tops = {
        "metal": 0.5e-6,
        "electrolyte": 1e-6,
        "active": 2e-6,
        "carbon": 2.5e-6,
        "terminal": 3e-6,
    }

    def region(x):
        return next(name for name, top in tops.items() if x[1] < top)

    heights = {"metal|electrolyte": 0.5e-6, "electrolyte|active": 1e-6, "active|carbon": 2e-6}
    interfaces = {name: (lambda x, y=y: abs(x[1] - y) < 1e-12) for name, y in heights.items()}
    domain = build_domain(box((3, 12), (1e-6, 3e-6), region, interfaces, jiggle=0.1))
    conductors = {
        "metal": conducts(METAL),
        "electrolyte": conducts(IONIC, 0.1),
        "active": conducts(ELECTRONIC, 0.02),
        "carbon": conducts(ELECTRONIC, 5.0),
        "terminal": conducts(ELECTRONIC),
    }
    laws = {
        "metal|electrolyte": ("metal", plates), "electrolyte|active": ("active", intercalates),
        "active|carbon": ("active", ohmic(1e-4)),
    }  # fmt: skip
    model = Electrochemistry(
        domain, conductors, {"active": Host(C_MAX, diffuses)}, laws, "terminal", 1e-6
    )
    random, drive = np.random.default_rng(5), Drive(voltage=3.7)
    size, count, dt = model.size, model.constraint.size, 20.0
    rough = lambda height: height * random.uniform(-1, 1, size)
    start = model.initial_state({"active": 0.6}, 3.9)
    around = around_of(model, stress_at_fixed_x=rough(1e9))
    around = replace(around, conducting=random.uniform(0.2, 1.0, around.conducting.shape))
    sigma, stress_at_fixed_x = (
        model.conductivity(298.15),
        (model.value(around.stress_at_fixed_x)[..., 0], model.slope(around.stress_at_fixed_x)),
    )
    before = model.value(start.stoichiometry)[..., 0]
    base = model.constraint.restrict(
        np.concatenate([start.potential + rough(0.05), start.stoichiometry + rough(0.1)])
    )

    def assembled(q):
        full = model.constraint.expand(q, np.zeros(2 * size))
        return model._assemble(full, before, dt, around, drive, sigma, stress_at_fixed_x)

    model.solver.insert(
        model._matrices(model.gradient.matrices(sigma * np.eye(2)), assembled(base)[1], drive)
    )
    at = model.junctions["active|carbon"].operator.dofs
    phi, x = (np.unique(part[part >= 0]) for part in np.split(model.constraint.reduced, 2))
    contact = np.unique(model.constraint.reduced[at])
    right, left = model.solver.matrix.createVecs()
    for moved in (np.arange(count), phi, contact):
        direction = np.zeros(count)
        direction[moved] = random.uniform(-1, 1, len(moved))
        right.array[:] = direction
        model.solver.matrix.mult(right, left)
        for rows in (phi, x):
            along = lambda h, rows=rows, way=direction: assembled(base + h * way)[0][rows]
            slope = left.array[rows].copy()
            if moved is contact:
                # Nothing but the contact and conduction depends on these: linear.
                noise = 1e-10 * np.abs(along(0.0)).max()
                assert along(1e-3) - along(0.0) == approx(1e-3 * slope, rel=1e-6, abs=noise)
                continue
            assert taylor_order(along, slope, 1e-3 / 2.0 ** np.arange(5)) == approx(2.0, abs=0.05)
