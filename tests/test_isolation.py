"""Parts of a cell that have lost their contacts: they rest, keep their lithium and come back; a
cell without a path for the current says so.

Two particles in electrolyte under carbon, each with a contact of its own to both; lengths,
conductivities and currents of order one, but in the cell with real kinetics.
"""

from dataclasses import replace

import numpy as np
import pytest

from chemomech.fem.domain import build_domain
from chemomech.models.chemical_parts import (
    BLOCKING,
    ELECTRONIC,
    IONIC,
    METAL,
    Conductor,
    Drive,
    Host,
    NoStage,
)
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.network import ohmic
from chemomech.simulation.chemistry import chemical_step
from compare import approx
from currents import (  # fmt: skip
    C_MAX,
    around_of,
    conducts,
    diffuses,
    host,
    intercalates,
    linear,
    plain_flux,
    plates,
    stored,
    totals,
)
from meshes import box, permuted

START, CURRENT, DT = {"left": 0.7, "right": 0.4}, 0.1, 0.1
IONS = {name: f"electrolyte|{name}" for name in START}
ELECTRONS = {name: f"{name}|carbon" for name in START}
ANODE = "metal|electrolyte"


def kinetics(jump, x, stress_at_fixed_x, conducting, around):
    """Sinh around U = 1.5 - x/2, exchange 1/2 + x (1 - x)."""
    eta, exchange, slope = 2.0 * (jump - 1.5 + 0.5 * x), 0.5 + x * (1.0 - x), 1.0 - 2.0 * x
    steep = 2.0 * exchange * np.cosh(eta)
    i, by_x = exchange * np.sinh(eta), slope * np.sinh(eta) + 0.5 * steep
    return conducting * i, conducting * steep, conducting * by_x


def region(x):
    """Particles of 0.5 times 0.375 at x = 0.25 and 1.25 under carbon; a pocket inside the right
    one."""
    if x[1] < 0.25:
        return "metal"
    if x[1] > 0.875:
        return "terminal"
    if x[1] > 0.75:
        return "carbon"
    if 1.375 < x[0] < 1.625 and 0.5 < x[1] < 0.625:
        return "pocket"
    if x[1] > 0.375 and 0.25 < x[0] % 1.0 < 0.75:
        return "left" if x[0] < 1.0 else "right"
    return "electrolyte"


def two_particles(pocket=None, order=None, carbon=5.0, pocket_law=False):
    """pocket: Conductor of it, ions by default; carbon [S/m]: None at the terminal's potential."""
    mesh = box((16, 8), (2.0, 1.0), region, {})
    pairs = [
        ANODE,
        *IONS.values(),
        *ELECTRONS.values(),
        "carbon|terminal",
        *(["right|pocket"] if pocket_law else []),
    ]
    mesh = mesh.with_interfaces({name: mesh.interface_between(*name.split("|")) for name in pairs})
    domain = build_domain(mesh if order is None else permuted(mesh, order))
    conductors = {
        "metal": conducts(METAL),
        "electrolyte": conducts(IONIC, 0.4),
        "left": conducts(ELECTRONIC, 3.0),
        "right": conducts(ELECTRONIC, 2.0),
        "carbon": conducts(ELECTRONIC, carbon),
        "terminal": conducts(ELECTRONIC),
        "pocket": pocket or conducts(IONIC, 0.4),
    }
    laws = {ANODE: ("metal", linear(3.0)), "carbon|terminal": ("carbon", ohmic(0.1))}
    laws |= {IONS[name]: (name, kinetics) for name in START} | {
        ELECTRONS[name]: (name, ohmic(0.4)) for name in START
    }
    laws |= {"right|pocket": ("right", kinetics)} if pocket_law else {}
    hosts = {"left": host(plain_flux(0.1)), "right": host(plain_flux(0.05))}
    return Electrochemistry(domain, conductors, hosts, laws, "terminal", 2.0)


@pytest.fixture(scope="module")
def cell():
    return two_particles()


def solved(model, state, shares, drive=Drive(CURRENT)):
    return model.solve(
        state, state.stoichiometry, DT, around_of(model, shares), drive, tolerance=1e-12
    ).state


def first(model):
    return model.initial_state(START, 1.2)


def nodes(model, name):
    return np.unique(model.space.dofmap.list[model.domain.cells_of(name)])


# A particle on its own ----------------------------------------------------------------------------

LOST = {
    "ions": {IONS["right"]: 0.0}, "electrons": {ELECTRONS["right"]: 0.0},
    "both": {IONS["right"]: 0.0, ELECTRONS["right"]: 0.0},
}  # fmt: skip


@pytest.mark.parametrize("carbon", [5.0, None])
@pytest.mark.parametrize("lost", LOST)
def test_a_lost_particle_keeps_its_lithium_and_comes_back(lost, carbon):
    """Breaks when what has lost ions, electrons or both gains or loses lithium, stops the cell, or
    stays lost."""
    model = two_particles(carbon=carbon)
    whole, broken = around_of(model), around_of(model, LOST[lost])
    before = chemical_step(model, first(model), DT, whole, whole, Drive(CURRENT), 1e-12).state
    state, charge = before, 0.0
    for _ in range(4):
        step = chemical_step(model, state, DT, broken, broken, Drive(CURRENT), 1e-12)
        state, charge = step.state, charge + step.charge
    was, now = stored(model, before.stoichiometry), stored(model, state.stoichiometry)
    assert charge == approx(4 * DT * CURRENT, rel=1e-14)
    assert abs(now["right"] - was["right"]) <= 1e-12 * was["right"]
    assert abs(now["left"] - was["left"] - charge * model.area) <= 1e-12 * was["left"]
    step = chemical_step(model, state, DT, whole, whole, Drive(CURRENT), 1e-12)
    again, through = stored(model, step.state.stoichiometry), totals(model, step.state, whole)
    assert again["right"] - now["right"] > 0.1 * DT * CURRENT * model.area
    assert through[IONS["right"]] == approx(-through[ELECTRONS["right"]], rel=1e-9)
    assert sum(again.values()) - sum(now.values()) == approx(step.charge * model.area, rel=1e-11)


def test_ions_still_flow_through_a_particle_without_electrons(cell):
    """Breaks when a particle without electrons is taken out: its net current is zero, not its local
    one."""
    state = solved(cell, first(cell), LOST["electrons"])
    local = cell.interface_current(state, around_of(cell), IONS["right"])
    weights = cell.junctions[IONS["right"]].operator.weights
    assert abs(np.sum(weights * local)) < 1e-12
    assert np.sum(weights * np.abs(local)) > 1e-3


def test_the_voltage_is_that_of_the_cell_without_the_lost_particle(cell):
    """Breaks when a floating particle draws current from the rest or disturbs its potential."""
    state = solved(cell, first(cell), LOST["both"])
    one = two_particles()
    one.hosts.pop("right")
    conductors = {**one.conductors, "right": Conductor(BLOCKING)}
    laws = {
        ANODE: ("metal", linear(3.0)), "carbon|terminal": ("carbon", ohmic(0.1)),
        IONS["left"]: ("left", kinetics), ELECTRONS["left"]: ("left", ohmic(0.4)),
    }  # fmt: skip
    one = Electrochemistry(
        one.domain, conductors, {"left": one.hosts["left"]}, laws, "terminal", 2.0
    )
    start = one.initial_state({"left": START["left"]}, 1.2)
    assert state.voltage == approx(solved(one, start, {}).voltage, rel=1e-11)


def test_a_floating_particle_keeps_its_potential(cell):
    """Breaks when the potential of what floats wanders off, so that its first contact starts from
    anywhere."""
    before = solved(cell, first(cell), {})
    state = before
    for _ in range(5):
        state = solved(cell, state, LOST["both"])
    right = nodes(cell, "right")
    # Without current the particle is at one potential: that of the place which is kept.
    assert np.ptp(state.potential[right]) < 1e-12
    gaps = np.abs(before.potential[right] - state.potential[right[0]])
    assert gaps.min() < 1e-12 < 1e-5 < gaps.max()
    assert np.abs(state.voltage - before.voltage) > 0.01


def test_a_share_next_to_nothing_is_none(cell):
    """Breaks when round-off through a share of 1e-12 decides on a particle's potential."""
    small = {name: 1e-12 for name in LOST["both"]}
    one, other = (solved(two_particles(), first(cell), shares) for shares in (small, LOST["both"]))
    assert np.array_equal(one.potential, other.potential) and np.array_equal(
        one.stoichiometry, other.stoichiometry
    )
    # A share of one in a million is a contact: the particle takes the carbon's potential.
    some = solved(cell, first(cell), {IONS["right"]: 0.0, ELECTRONS["right"]: 1e-6})
    assert np.ptp(some.potential[nodes(cell, "right")]) < 1e-8
    carbon, right = (some.potential[nodes(cell, name)].mean() for name in ("carbon", "right"))
    assert right == approx(carbon, abs=0.02)


def test_one_point_is_a_contact(cell):
    """Breaks when a contact counts as lost while any of its points conducts: here all current goes
    through one."""
    around = around_of(cell, dict.fromkeys(ELECTRONS.values(), 0.0))
    rows = cell.domain.interface_slices()[ELECTRONS["right"]]
    around.conducting[rows.start, 1] = 1.0
    start = first(cell)
    state = cell.solve(
        start, start.stoichiometry, DT, around, Drive(CURRENT), tolerance=1e-12
    ).state
    through = totals(cell, state, around)
    assert through[ELECTRONS["right"]] == approx(CURRENT * cell.area, rel=1e-10)
    gained = stored(cell, state.stoichiometry)["right"] - stored(cell, start.stoichiometry)["right"]
    assert gained == approx(DT * through[ELECTRONS["right"]], rel=1e-10)


# Pockets and groups -------------------------------------------------------------------------------


def test_a_pocket_of_electrolyte_changes_nothing():
    """Breaks when electrolyte that nothing reaches stops the cell or takes part in it."""
    models = two_particles(), two_particles(Conductor(BLOCKING)), two_particles(pocket_law=True)
    voltages = [solved(model, first(model), {"right|pocket": 0.0}).voltage for model in models]
    assert voltages[1:] == approx([voltages[0]] * 2, rel=1e-11)


def test_a_pocket_in_a_particle_finds_its_potential():
    """Breaks when a pocket that touches one particle only is held anywhere: no net current, at rest
    no current."""
    model = two_particles(pocket_law=True)
    start = replace(first(model), stoichiometry=np.where(first(model).stoichiometry > 0, 0.5, 0.0))
    for shares in ({}, LOST["both"]):
        state = solved(model, start, shares, Drive(0.0))
        inside, around = (
            state.potential[nodes(model, name)].mean() for name in ("pocket", "right")
        )
        assert around - inside == approx(1.25, abs=1e-9)


def test_a_group_that_floats_goes_on_within(cell):
    """Breaks when particles that share an electrolyte no longer even out, or lose lithium, once all
    else is gone."""
    alone = {ANODE: 0.0, "carbon|terminal": 0.0}
    before = start = first(cell)
    for _ in range(3):
        state = solved(cell, start, alone, Drive(0.0))
        was, now = stored(cell, start.stoichiometry), stored(cell, state.stoichiometry)
        assert was["left"] - now["left"] > 1e-3
        assert sum(now.values()) == approx(sum(was.values()), rel=1e-13)
        start = state
    assert state.voltage == before.voltage == 1.2


def test_nothing_depends_on_which_place_is_kept():
    """Breaks when the number of the kept place matters to more than the potential of what
    floats."""
    shares = LOST["both"] | {"carbon|terminal": 0.5}
    ends = []
    for order in (None, 1, 2):
        model = two_particles(order=order)
        state = solved(model, first(model), shares)
        ends.append((state.voltage, *stored(model, state.stoichiometry).values()))
    assert ends[1] == approx(ends[0], rel=1e-11) and ends[2] == approx(ends[0], rel=1e-11)


# A cell without a path ----------------------------------------------------------------------------

CUT = {
    "no ions": dict.fromkeys(IONS.values(), 0.0),
    "no carbon": {"carbon|terminal": 0.0},
    "no metal": {ANODE: 0.0},
    "crossed": {IONS["left"]: 0.0, ELECTRONS["right"]: 0.0},
    "nothing": dict.fromkeys([ANODE, *IONS.values(), *ELECTRONS.values()], 0.0),
}


@pytest.mark.parametrize("cut", CUT)
def test_a_cell_without_a_path(cut, cell):
    """Breaks when a cut cell cannot rest, loses voltage or lithium, passes current, or forces one
    without a word."""
    before = solved(cell, first(cell), {})
    rest = solved(cell, before, CUT[cut], Drive(0.0))
    assert rest.voltage == approx(before.voltage, rel=1e-13)
    assert cell.lithium(rest.stoichiometry) == approx(cell.lithium(before.stoichiometry), rel=1e-13)
    for current in (CURRENT, -CURRENT):
        with pytest.raises(NoStage, match="no path for the current"):
            solved(cell, rest, CUT[cut], Drive(current))
    held = solved(cell, rest, CUT[cut], Drive(voltage=rest.voltage + 0.7))
    assert abs(held.current_density) < 1e-13
    assert held.voltage == approx(rest.voltage + 0.7, rel=1e-13)
    assert cell.lithium(held.stoichiometry) == approx(cell.lithium(rest.stoichiometry), rel=1e-13)
    again = solved(cell, held, {}, Drive(CURRENT))
    gained = cell.lithium(again.stoichiometry) - cell.lithium(held.stoichiometry)
    assert gained == approx(DT * CURRENT * cell.area, rel=1e-10)


# Factors ------------------------------------------------------------------------------------------


def test_factors_are_made_anew_when_contacts_are_lost_and_not_otherwise(cell, monkeypatch):
    """Breaks when factors of a cell with other contacts serve on, or contacts that only weaken cost
    factors."""
    counts, factorise = [], cell.solver.factorise
    monkeypatch.setattr(
        cell.solver, "factorise", lambda parts: (counts.append(1), factorise(parts))
    )
    state = first(cell)
    for shares in ({}, LOST["both"], LOST["ions"], LOST["electrons"], {}, CUT["nothing"], {}):
        drive = Drive(CURRENT if shares != CUT["nothing"] else 0.0)
        fresh = solved(two_particles(), state, shares, drive)
        counts.clear()
        end = solved(cell, state, shares, drive)
        assert len(counts) > 0
        assert end.voltage == approx(fresh.voltage, rel=1e-10)
        assert stored(cell, end.stoichiometry) == approx(
            stored(cell, fresh.stoichiometry), rel=1e-10
        )
        # As a next round of the same step does: nearly the same contacts, from nearly the same
        # state.
        counts.clear()
        around = around_of(cell, {name: 0.9999 * shares.get(name, 1.0) for name in cell.junctions})
        cell.solve(end, state.stoichiometry, DT, around, drive)
        assert not counts
        state = end


# Real kinetics ------------------------------------------------------------------------------------


def micrometres():
    """Two particles of NMC811 side by side on sulfide, under carbon of 100 S/m; micrometres."""

    def layer(x):
        x = x / 1e-6
        below = next(
            (name for name, top in (("metal", 0.5), ("electrolyte", 1.0)) if x[1] < top), None
        )
        above = "carbon" if x[1] < 2.5 else "terminal"
        return below or (above if x[1] > 2.0 else "left" if x[0] < 1.0 else "right")

    mesh = box((8, 12), (2e-6, 3e-6), layer, {})
    pairs = [ANODE, *IONS.values(), *ELECTRONS.values(), "left|right"]
    domain = build_domain(
        mesh.with_interfaces({name: mesh.interface_between(*name.split("|")) for name in pairs})
    )
    conductors = {
        "metal": conducts(METAL),
        "electrolyte": conducts(IONIC, 0.1),
        "left": conducts(ELECTRONIC, 0.5),
        "right": conducts(ELECTRONIC, 0.5),
        "carbon": conducts(ELECTRONIC, 100.0),
        "terminal": conducts(ELECTRONIC),
    }
    laws = {ANODE: ("metal", plates)}
    laws |= {IONS[name]: (name, intercalates) for name in START}
    laws |= {ELECTRONS[name]: (name, ohmic(1e-4)) for name in START}
    hosts = {name: Host(C_MAX, diffuses) for name in START}
    return Electrochemistry(domain, conductors, hosts, laws, "terminal", 2e-6)


@pytest.mark.parametrize("lost", LOST)
def test_a_particle_comes_back_into_a_cell_that_went_far_without_it(lost):
    """Breaks when half a volt of a real particle's return is more than the solver can take, or
    loses lithium."""
    model, drive, dt = micrometres(), Drive(-2.0), 200.0
    whole, broken = around_of(model), around_of(model, LOST[lost])
    state = model.initial_state({"left": 0.9, "right": 0.9}, 3.6)
    begin = stored(model, state.stoichiometry)
    for _ in range(6):
        step = chemical_step(model, state, dt, broken, broken, drive)
        state = step.state
    now = stored(model, state.stoichiometry)
    assert state.voltage > 4.0
    assert abs(now["right"] - begin["right"]) <= 1e-12 * begin["right"]
    for _ in range(3):
        last, step = now, chemical_step(model, state, 20.0, whole, whole, drive)
        state, now = step.state, stored(model, step.state.stoichiometry)
        assert sum(now.values()) - sum(last.values()) == approx(-2.0 * 20.0 * model.area, rel=1e-8)
        assert now["right"] < last["right"]
