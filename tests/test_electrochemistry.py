"""Potential and lithium on the split mesh: manufactured fields, resistors by hand, a constriction,
the tangent, what blocks, balances and symmetries.

Lengths, conductivities and currents are of order one, and F c_max is CAPACITY, so that the laws
stay readable.
"""

from dataclasses import replace

import numpy as np
import pytest

from chemomech.fem.domain import build_domain
from chemomech.fem.operators import facet_points
from chemomech.models.chemical_parts import ELECTRONIC, IONIC, METAL, Drive, Host, NoStage
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.physics.interfaces.contact.constriction import strip_resistance
from chemomech.units.constants import FARADAY
from compare import approx
from currents import (
    C_MAX,
    CAPACITY,
    FOLLOWS,
    S_BEND,
    S_SLOPE,
    X_BEND,
    X_SLOPE,
    K,
    X,
    around_of,
    check,
    conducts,
    diffuses,
    diffusivity,
    error_of,
    field,
    host,
    intercalates,
    linear,
    plain_flux,
    plates,
    stacked,
    stored,
    stress_at_fixed_x,
    totals,
    with_rest,
)
from meshes import box, moved, permuted, rotation
from rates import taylor_order

# Manufactured fields ------------------------------------------------------------------------------

COUNTS = (8, 16, 32)


def test_manufactured_potential():
    """Breaks when conduction, a jump law, its side or its sign is wrong: phi = A - B y + C cos(k X)
    cosh(k y)."""
    a, b, c, sigma, terminal = 0.3, 0.8, 0.05, 0.7, 0.9

    def phi(x, y):
        return a - b * (y - 0.25) + c * np.cos(K * x) * np.cosh(K * (y - 0.25))

    def rise(x, y):
        return -b + c * K * np.cos(K * x) * np.sinh(K * (y - 0.25))

    errors, gaps = [], []
    for count in COUNTS:
        tops = {"metal": 0.25, "electrolyte": 0.75, "collector": 1.0}
        domain = stacked(
            count, tops, named={"metal|electrolyte": 0.25, "electrolyte|collector": 0.75}
        )
        low, top = (facet_points(domain, domain.interfaces[name], 4) for name in domain.interfaces)
        exact = [f(p[..., 0], p[..., 1]) for p in (low, top) for f in (rise, phi)]
        laws = {
            "metal|electrolyte": ("metal", with_rest(low, -sigma * exact[0], -exact[1])),
            "electrolyte|collector": (
                "collector",
                with_rest(top, sigma * exact[2], terminal - exact[3]),
            ),
        }
        conductors = {
            "metal": conducts(METAL),
            "electrolyte": conducts(IONIC, sigma),
            "collector": conducts(ELECTRONIC),
        }
        model = Electrochemistry(domain, conductors, {}, laws, "collector", 1.0)
        start = model.initial_state({}, 0.5)
        end = model.solve(start, start.stoichiometry, 1.0, around_of(model), Drive(sigma * b)).state
        errors.append(error_of(model, end.potential, phi, "electrolyte"))
        gaps.append(abs(end.voltage - terminal))
    check("potential", 1 / np.array(COUNTS), errors, 3.0, 0.2, 1e-6)
    assert gaps[-1] < 1e-7


def mobility(x):
    """What a gradient of stress drives, and its slope."""
    return 0.8 * x * (1.0 - x), 0.8 * (1.0 - 2.0 * x)


def nonlinear_flux(extra=lambda x: 0.0):
    """F J = -D(x) grad x + M(x) grad s + extra: s = still + FOLLOWS x, extra(x) a field at the
    points."""

    def flux(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
        (d, d_slope), (m, m_slope) = diffusivity(x), mobility(x)
        pull = stress_at_fixed_x_slope + FOLLOWS * slope
        return (
            (m[..., None] * pull - d[..., None] * slope + extra(x)) / FARADAY,
            (m_slope[..., None] * pull - d_slope[..., None] * slope) / FARADAY,
            ((m * FOLLOWS - d) / FARADAY)[..., None, None] * np.eye(slope.shape[-1]),
        )  # fmt: skip

    return flux


def flow(x, y):
    """F J of the exact fields and its divergence."""
    (d, d_slope), (m, m_slope) = diffusivity(X(x, y)), mobility(X(x, y))
    up, pull = X_SLOPE(x, y), S_SLOPE(x, y)
    bend = -d_slope * np.sum(up * up, axis=-1) - d * X_BEND(x, y)
    return m[..., None] * pull - d[..., None] * up, bend + m_slope * np.sum(
        up * pull, axis=-1
    ) + m * S_BEND(x, y)


def test_manufactured_filling():
    """Breaks when storage, diffusion by D(x), drift, stress that follows x, or what crosses the
    interface is wrong."""
    dt, terminal, errors, gaps = 0.4, 0.7, [], []
    for count in COUNTS:
        domain = stacked(count, {"metal": 0.25, "host": 1.0}, named={"metal|host": 0.25})
        at = facet_points(domain, domain.interfaces["metal|host"], 4)
        x, y = at[..., 0], at[..., 1]
        leaves = -flow(x, y)[0][..., 1]

        def law(jump, stoichiometry, handed, conducting, around, x=x, y=y, leaves=leaves):
            rest = (
                0.9 * (jump - terminal)
                + 0.5 * (stoichiometry - X(x, y))
                + 0.3 * (handed - stress_at_fixed_x(x, y))
            )
            return leaves + rest, 0.9 + 0 * x, 0.5 + 0 * x

        hosts = {"host": host(nonlinear_flux())}
        conductors = {"metal": conducts(METAL), "host": conducts(ELECTRONIC)}
        model = Electrochemistry(
            domain, conductors, hosts, {"metal|host": ("host", law)}, "host", 1.0
        )
        before = field(model, lambda x, y: X(x, y) + dt / CAPACITY * flow(x, y)[1], "host")
        nodes, weights = np.polynomial.legendre.leggauss(40)
        total = 0.5 * weights @ flow(0.5 + 0.5 * nodes, 0.25)[0][..., 1]
        start = model.initial_state({"host": 0.5}, 0.5)
        around = around_of(model, stress_at_fixed_x=field(model, stress_at_fixed_x, "host"))
        end = model.solve(start, before, dt, around, Drive(total)).state
        errors.append(error_of(model, end.stoichiometry, X, "host"))
        gaps.append(abs(end.voltage - terminal))
    check("stoichiometry", 1 / np.array(COUNTS), errors, 3.0, 0.2, 1.5e-6)
    assert gaps[-1] < 1e-5


def test_manufactured_filling_and_potential():
    """Breaks when i(jump, x, s) is not the same in the equations of ions, electrons and lithium."""
    dt, terminal, ionic, electronic, mean, ripple = 0.4, 0.9, 0.6, 1.4, -0.5, 0.2
    slope = (
        -mean / electronic
    )  # of phi in the host, i = mean + ripple cos(k X) leaves it at Y = 1/2

    def host_phi(x, y):
        share = ripple / (electronic * K * np.cosh(K / 4))
        return terminal + slope * (0.75 - y) - share * np.cos(K * x) * np.sinh(K * (0.75 - y))

    def ion_phi(x, y):
        share = ripple / (ionic * K * np.sinh(K / 4))
        return 0.2 + mean / ionic * (y - 0.25) + share * np.cos(K * x) * np.cosh(K * (y - 0.25))

    def current(x):
        return mean + ripple * np.cos(K * x)

    def prescribed(x, y):
        """A flow of lithium that carries this current through Y = 1/2 and nothing through the other
        sides."""
        share = 4.0 * (0.75 - y)
        across = 0.3 * np.sin(K * x) * (1.0 + y)
        return np.stack([across, -current(x) * share], axis=-1), 0.3 * K * np.cos(K * x) * (
            1.0 + y
        ) + 4.0 * current(x)

    errors, gaps = {"host": [], "ions": [], "stoichiometry": []}, []
    for count in COUNTS:
        tops = {"metal": 0.25, "electrolyte": 0.5, "host": 0.75, "collector": 1.0}
        domain = stacked(count, tops, named={"metal|electrolyte": 0.25, "electrolyte|host": 0.5})
        low, top = (facet_points(domain, domain.interfaces[name], 4) for name in domain.interfaces)
        x, y = top[..., 0], top[..., 1]

        def kinetics(jump, stoichiometry, handed):
            """Butler-Volmer with U = 1 - x/2 + 0.1 s, exchange 0.2 + x (1 - x)."""
            eta = jump - (1.0 - 0.5 * stoichiometry) - 0.1 * (handed + FOLLOWS * stoichiometry)
            exchange, slope = 0.2 + stoichiometry * (1.0 - stoichiometry), 1.0 - 2.0 * stoichiometry
            g, g_slope = np.exp(eta) - np.exp(-2.0 * eta), np.exp(eta) + 2.0 * np.exp(-2.0 * eta)
            return (
                exchange * g,
                exchange * g_slope,
                slope * g + (0.5 - 0.1 * FOLLOWS) * exchange * g_slope,
            )

        rest = (
            current(x)
            - kinetics(host_phi(x, y) - ion_phi(x, y), X(x, y), stress_at_fixed_x(x, y))[0]
        )

        def law(jump, stoichiometry, handed, conducting, around, rest=rest):
            i, *slopes = kinetics(jump, stoichiometry, handed)
            return i + rest, *slopes

        places = {}

        def extra(x, places=places):
            return places["extra"]

        hosts = {"host": host(nonlinear_flux(extra))}
        conductors = {
            "metal": conducts(METAL),
            "electrolyte": conducts(IONIC, ionic),
            "host": conducts(ELECTRONIC, electronic),
            "collector": conducts(ELECTRONIC),
        }
        below = low[..., 0]
        laws = {
            "metal|electrolyte": (
                "metal",
                with_rest(low, -mean + 0 * below, -ion_phi(below, 0.25)),
            ),
            "electrolyte|host": ("host", law),
        }
        model = Electrochemistry(domain, conductors, hosts, laws, "collector", 1.0)
        inside = model.value.points[..., 0], model.value.points[..., 1]
        places["extra"] = prescribed(*inside)[0] - flow(*inside)[0]
        before = field(model, lambda x, y: X(x, y) + dt / CAPACITY * prescribed(x, y)[1], "host")
        start, around = (
            model.initial_state({"host": 0.5}, 0.5),
            around_of(model, stress_at_fixed_x=field(model, stress_at_fixed_x, "host")),
        )
        end = model.solve(start, before, dt, around, Drive(-mean)).state
        errors["host"].append(error_of(model, end.potential, host_phi, "host"))
        errors["ions"].append(error_of(model, end.potential, ion_phi, "electrolyte"))
        errors["stoichiometry"].append(error_of(model, end.stoichiometry, X, "host"))
        gaps.append(abs(end.voltage - terminal))
    for name, each in errors.items():
        check(f"coupled, {name}", 1 / np.array(COUNTS), each, 3.0, 0.2, 1e-6)
    assert gaps[-1] < 1e-5


# Resistors in series ------------------------------------------------------------------------------

TOPS = {"metal": 0.5, "lower": 1.0, "upper": 1.5, "host": 2.0, "collector": 2.5, "terminal": 3.0}
KINDS = {
    "metal": conducts(METAL),
    "lower": conducts(IONIC, 0.4),
    "upper": conducts(IONIC, 0.1),
    "host": conducts(ELECTRONIC, 2.0),
    "collector": conducts(ELECTRONIC, 5.0),
    "terminal": conducts(ELECTRONIC),
}
ANODE, CATHODE, CONTACT, EQUILIBRIUM = 3.0, 0.5, 4.0, 1.5


def layers(dimension=2, contact=False, width=2.0, turn=None, **kinds):
    """Stack of all layers, each half a unit thick, `width` wide; contact: host | collector is an
    ohmic one."""
    heights = {"metal|lower": 0.5, "upper|host": 1.5} | ({"collector|host": 2.0} if contact else {})
    interfaces = {name: (lambda x, y=y: abs(x[-1] - y) < 1e-9) for name, y in heights.items()}

    def region(x):
        return next(name for name, top in TOPS.items() if x[-1] < top)

    sizes = (width,) + (1.0,) * (dimension - 2) + (3.0,)
    mesh = permuted(box((2,) * (dimension - 1) + (6,), sizes, region, interfaces))
    domain = build_domain(mesh if turn is None else moved(mesh, turn))
    laws = {
        "metal|lower": ("metal", linear(ANODE)),
        "upper|host": ("host", linear(CATHODE, EQUILIBRIUM)),
    }
    laws |= {"collector|host": ("collector", linear(CONTACT))} if contact else {}
    hosts = {"host": host(plain_flux(0.1))}
    return Electrochemistry(
        domain, KINDS | kinds, hosts, laws, "terminal", width, output_conductance=1e3
    )


RESISTANCE = 1 / ANODE + 0.5 / 0.4 + 0.5 / 0.1 + 1 / CATHODE


@pytest.mark.parametrize(
    ("resistance", "changes"),
    [
        (RESISTANCE, {"host": conducts(ELECTRONIC), "collector": conducts(ELECTRONIC)}),
        (RESISTANCE + 0.5 / 5.0 + 0.5 / 2.0, {}),
        (RESISTANCE + 0.5 / 5.0 + 0.5 / 2.0, {"dimension": 3}),
        (RESISTANCE + 0.5 / 5.0 + 0.5 / 2.0, {"turn": rotation(2)}),
        (RESISTANCE + 0.5 / 5.0 + 1 / CONTACT + 0.5 / 2.0, {"contact": True}),
    ],
)
def test_resistors_in_series(resistance, changes):
    """Breaks when a layer, an interface, the terminal's area or the instrument's conductance is
    counted wrong."""
    model = layers(**changes)
    start = model.initial_state({"host": 0.5}, EQUILIBRIUM)
    around = around_of(model)
    end = model.solve(start, start.stoichiometry, 1.0, around, Drive(0.1)).state
    assert end.current_density == 0.1
    assert end.voltage == approx(EQUILIBRIUM - 0.1 * resistance, rel=1e-10)
    end = model.solve(start, start.stoichiometry, 1.0, around, Drive(voltage=1.2)).state
    assert end.current_density == approx((EQUILIBRIUM - 1.2) / (resistance + 1e-3), rel=1e-9)
    assert end.voltage == approx(1.2 + 1e-3 * end.current_density, rel=1e-12)


def test_a_wired_host_and_a_resolved_collector():
    """Breaks when a wired host does not stand at the terminal's potential whatever lies between."""
    model = layers(host=conducts(ELECTRONIC))
    start = model.initial_state({"host": 0.5}, EQUILIBRIUM)
    end = model.solve(start, start.stoichiometry, 1.0, around_of(model), Drive(0.1)).state
    assert end.voltage == approx(EQUILIBRIUM - 0.1 * RESISTANCE, rel=1e-10)


def test_symmetric_cell_without_hosts():
    """Breaks when a cell of metal | electrolyte | collector, with no lithium to follow, is
    refused."""
    model = layers()
    laws = {"metal|lower": ("metal", linear(ANODE)), "upper|host": ("host", linear(CATHODE))}
    model = Electrochemistry(model.domain, KINDS, {}, laws, "terminal", 2.0)
    start = model.initial_state({}, 0.0)
    end = model.solve(start, start.stoichiometry, 1.0, around_of(model), Drive(0.1)).state
    assert end.voltage == approx(-0.1 * (RESISTANCE + 0.5 / 5.0 + 0.5 / 2.0), rel=1e-10)


# Constriction -------------------------------------------------------------------------------------


def test_constriction_of_a_strip():
    """Breaks when conducting = 0 conducts, 1 does not, or the current does not crowd: against the
    closed form."""
    sigma, spacing, length, touching, perfect = 0.3, 1.0, 1.5, 0.5, 1e6
    exact = strip_resistance(touching, spacing, sigma)
    errors, counts = [], (8, 16, 32)
    for count in counts:

        def region(x):
            return (
                "metal" if x[1] < 0.25 else "electrolyte" if x[1] < 0.25 + length else "collector"
            )

        domain = build_domain(box((count, 2 * count), (spacing, 0.5 + length), region))
        laws = {
            "metal|electrolyte": ("metal", linear(perfect)),
            "electrolyte|collector": ("collector", linear(perfect)),
        }
        conductors = {
            "metal": conducts(METAL),
            "electrolyte": conducts(IONIC, sigma),
            "collector": conducts(ELECTRONIC),
        }
        model = Electrochemistry(domain, conductors, {}, laws, "collector", spacing)
        around = around_of(model)
        rows = domain.interface_slices()["electrolyte|collector"]
        around.conducting[rows] = (
            model.junctions["electrolyte|collector"].operator.points[..., 0] < touching
        )
        start = model.initial_state({}, 0.0)
        end = model.solve(start, start.stoichiometry, 1.0, around, Drive(1.0)).state
        errors.append(-end.voltage - length / sigma - exact)
    check("constriction", 1 / np.array(counts), np.abs(errors) / exact, 1.0, 0.1, 0.016)
    # The error of a corner is of first order: two meshes extrapolate it away.
    assert 2 * errors[2] - errors[1] == approx(0.0, abs=1e-3 * exact)


# The tangent --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_cell():
    """Micrometres of lithium, sulfide and NMC811, all resolved."""

    def region(x):
        return next(name for name, top in TOPS.items() if x[1] < 1e-6 * top)

    heights = {"metal|lower": 0.5e-6, "upper|host": 1.5e-6}
    interfaces = {name: (lambda x, y=y: abs(x[1] - y) < 1e-12) for name, y in heights.items()}
    domain = build_domain(box((3, 12), (1e-6, 3e-6), region, interfaces, jiggle=0.1))
    kinds = KINDS | {"host": conducts(ELECTRONIC, 0.02)}
    laws = {"metal|lower": ("metal", plates), "upper|host": ("host", intercalates)}
    return Electrochemistry(domain, kinds, {"host": Host(C_MAX, diffuses)}, laws, "terminal", 1e-6)


@pytest.mark.parametrize("drive", [Drive(2.0), Drive(voltage=3.7)])
def test_tangent(real_cell, drive):
    """Breaks when a derivative is missing or wrong: of each unknown alone and all together, in each
    equation."""
    model, random = real_cell, np.random.default_rng(3)
    size, count, dt = model.size, model.constraint.size, 20.0
    rough = lambda height: height * random.uniform(-1, 1, size)
    start = model.initial_state({"host": 0.6}, 3.9)
    around = around_of(model, stress_at_fixed_x=rough(1e9))
    shares = random.uniform(0.2, 1.0, around.conducting.shape)
    around = replace(around, conducting=shares, temperature=320.0)
    sigma, stress_at_fixed_x = (
        model.conductivity(320.0),
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
    tangent = model.solver.matrix
    phi, x = (np.unique(part[part >= 0]) for part in np.split(model.constraint.reduced, 2))
    terminal = model.constraint.reduced[model.control_dof]
    every = {"phi": phi, "x": x, "terminal": terminal, "all": np.arange(count)}
    for name, moved_ones in every.items():
        direction = np.zeros(count)
        direction[moved_ones] = random.uniform(-1, 1, len(moved_ones))
        right, left = tangent.createVecs()
        right.array[:] = direction
        tangent.mult(right, left)
        for rows in (phi, x):
            slope = left.array[rows].copy()
            along = lambda h, rows=rows, way=direction: assembled(base + h * way)[0][rows]
            if np.allclose(
                along(1e-3) - along(0.0),
                1e-3 * slope,
                rtol=1e-6,
                atol=1e-12 * np.abs(along(0.0)).max(),
            ):
                assert name == "terminal"  # the only part that is linear
                continue
            order = taylor_order(along, slope, 1e-3 / 2.0 ** np.arange(5))
            assert order == approx(2.0, abs=0.05), name


# What blocks, and what is kept --------------------------------------------------------------------


def two_particles(apart=True, resolved=False, turn=None, order=None, size=8):
    """Metal below, two particles in the electrolyte under the collector, side by side or `apart`.

    The electrolyte touches the collector, and the particles each other: neither is a named
    interface.
    """

    def region(x):
        if not 0.25 < x[1] < 0.75:
            return "metal" if x[1] < 0.5 else "collector" if x[1] < 0.875 else "terminal"
        if x[1] < 0.5 or not 0.25 < x[0] < 1.75 or (apart and 0.75 < x[0] < 1.25):
            return "electrolyte"
        return "left" if x[0] < 1.0 else "right"

    mesh = box((2 * size, size), (2.0, 1.0), region, {})
    names = "metal|electrolyte", "electrolyte|left", "electrolyte|right"
    mesh = mesh.with_interfaces({name: mesh.interface_between(*name.split("|")) for name in names})
    mesh = mesh if order is None else permuted(mesh, order)
    domain = build_domain(mesh if turn is None else moved(mesh, turn))

    def kinetics(jump, x, stress_at_fixed_x, conducting, around):
        """Sinh around U = 1.5 - x/2, exchange 1/2 + x (1 - x)."""
        eta, exchange, slope = 2.0 * (jump - 1.5 + 0.5 * x), 0.5 + x * (1.0 - x), 1.0 - 2.0 * x
        steep = 2.0 * exchange * np.cosh(eta)
        i, by_x = exchange * np.sinh(eta), slope * np.sinh(eta) + 0.5 * steep
        return conducting * i, conducting * steep, conducting * by_x

    laws = {"metal|electrolyte": ("metal", linear(ANODE))}
    laws |= {f"electrolyte|{name}": (name, kinetics) for name in ("left", "right")}
    conductors = {
        "metal": conducts(METAL),
        "electrolyte": conducts(IONIC, 0.4),
        "terminal": conducts(ELECTRONIC),
    }
    for name, value in {"left": 3.0, "right": 2.0, "collector": 5.0}.items():
        conductors[name] = conducts(ELECTRONIC, value if resolved else None)
    hosts = {"left": host(plain_flux(0.1)), "right": host(plain_flux(0.05))}
    return Electrochemistry(domain, conductors, hosts, laws, "terminal", 2.0)


START = {"left": 0.7, "right": 0.4}
CURRENT, DT = 0.1, 0.3


@pytest.mark.parametrize("resolved", [False, True])
@pytest.mark.parametrize("drive", [Drive(CURRENT), Drive(-CURRENT), Drive(voltage=1.1)])
def test_balances(drive, resolved):
    """Breaks when current leaks from electrolyte to collector, or lithium from host to host or
    away."""
    model = two_particles(apart=False, resolved=resolved)
    start, around = model.initial_state(START, 1.2), around_of(model)
    stage = model.solve(start, start.stoichiometry, DT, around, drive, tolerance=1e-12)
    end, through = stage.state, totals(model, stage.state, around)
    terminal = end.current_density * model.area
    assert abs(terminal) > 0.05
    assert through["metal|electrolyte"] == approx(terminal, rel=1e-8)
    assert through["electrolyte|left"] + through["electrolyte|right"] == approx(-terminal, rel=1e-8)
    before, after = stored(model, start.stoichiometry), stored(model, end.stoichiometry)
    for name in START:
        gone = after[name] - before[name]
        assert gone == approx(-DT * through[f"electrolyte|{name}"], rel=1e-10)
    assert model.lithium(end.stoichiometry) - model.lithium(start.stoichiometry) == approx(
        DT * terminal, rel=1e-8
    )


def test_potential_jumps_where_nothing_conducts():
    """Breaks when the electrolyte is held at the collector's potential where they touch."""
    model = two_particles()
    start = model.initial_state(START, 1.2)
    end = model.solve(start, start.stoichiometry, DT, around_of(model), Drive(CURRENT)).state
    ions = end.potential[model.space.dofmap.list[model.domain.cells_of("electrolyte")]]
    assert ions.max() < 0.0 < end.voltage - 0.5


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("resolved", [False, True])
def test_a_broken_particle_rests_until_it_is_touched_again(apart, resolved):
    """Breaks when a debonded interface conducts, a lost particle loses lithium, or its contact is
    lost for good."""
    model = two_particles(apart, resolved)
    start, whole = model.initial_state(START, 1.2), around_of(model)
    broken = around_of(model, {"electrolyte|right": 0.0})
    end = model.solve(start, start.stoichiometry, DT, broken, Drive(CURRENT)).state
    assert np.all(model.interface_current(end, broken, "electrolyte|right") == 0.0)
    assert stored(model, end.stoichiometry)["right"] == approx(
        stored(model, start.stoichiometry)["right"], rel=1e-12
    )
    assert totals(model, end, broken)["electrolyte|left"] == approx(-CURRENT * model.area, rel=1e-8)
    again = model.solve(end, end.stoichiometry, DT, whole, Drive(CURRENT)).state
    through = totals(model, again, whole)
    assert through["electrolyte|right"] < -0.1 * CURRENT * model.area
    assert sum(through.values()) == approx(0.0, abs=1e-8 * CURRENT * model.area)


def test_a_cell_without_any_contact_says_so():
    """Breaks when a current is forced through nothing without a word."""
    model = two_particles()
    start = model.initial_state(START, 1.2)
    around = around_of(model, {"electrolyte|left": 0.0, "electrolyte|right": 0.0})
    with pytest.raises(NoStage, match="no path for the current"):
        model.solve(start, start.stoichiometry, DT, around, Drive(CURRENT))


def test_voltage_depends_neither_on_numbering_nor_on_axes():
    """Breaks when a side is picked by cell order or an axis is hard-wired."""
    voltages = []
    for turn, order in (
        (None, None),
        (rotation(2, 2.5), None),
        (np.diag([-1.0, 1.0]), 1),
        (None, 2),
    ):
        model = two_particles(False, True, turn, order, size=8)
        start = model.initial_state(START, 1.2)
        voltages.append(
            model.solve(
                start, start.stoichiometry, DT, around_of(model), Drive(CURRENT)
            ).state.voltage
        )
    assert voltages[1:] == approx([voltages[0]] * 3, rel=1e-10)
