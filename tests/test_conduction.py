"""Ion conduction with imperfect interfaces: resistors in series, a manufactured potential, bounds and
balances."""

import numpy as np
import pytest
from bodies import cell_values
from meshes import box, moved, permuted, rotation
from rates import check_order

from chemomech.fem.domain import build_domain
from chemomech.fem.operators import gradient_operator
from chemomech.models.conduction import Conduction

WIDTH = 2.0
# Heights of the layers' upper ends; the electrolyte is `lower` and `upper`, 0.25 to 0.75.
LAYERS = {"lithium": 0.25, "lower": 0.5, "upper": 0.75, "active": 1.0}


def layer(x):
    return next(name for name, top in LAYERS.items() if x[-1] < top)


def layered(count=8, turn=None, dimension=2, jiggle=0.2):
    """Lithium below, two electrolytes, active material above; only the electrodes are interfaces."""
    interfaces = {
        "lithium|lower": lambda x: abs(x[-1] - 0.25) < 1e-9,
        "upper|active": lambda x: abs(x[-1] - 0.75) < 1e-9,
    }
    counts = (count,) * (dimension - 1) + (max(count, 4),)
    mesh = box(counts, (WIDTH,) + (1.0,) * (dimension - 1), layer, interfaces, jiggle)
    mesh = permuted(mesh)
    return build_domain(mesh if turn is None else moved(mesh, turn))


def conduction(domain, lower=0.4, upper=0.1, degree=2):
    """Conduction of the layered domain with conductivities of the two electrolytes."""
    kappa = np.zeros(len(domain.region))
    kappa[domain.cells_of("lower")], kappa[domain.cells_of("upper")] = lower, upper
    return Conduction(
        domain, kappa, domain.interfaces["lithium|lower"], domain.interfaces["upper|active"], WIDTH, degree
    )


def uniform(model, anode, cathode):
    return np.full(model.anode.weights.shape, anode), np.full(model.cathode.weights.shape, cathode)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("dimension", [2, 3])
def test_layers_in_series(dimension, degree):
    """Breaks when a conductance, a conductivity or a side is wrong: R = 1/g_a + L/k + L/k + 1/g_c."""
    count = 8 if dimension == 2 else 4
    domain = layered(count, rotation(dimension), dimension)
    model = conduction(domain, degree=degree)
    result = model.solve(*uniform(model, 0.5, 3.0))
    parts = {"anode": 1 / 0.5, "ionic": 0.25 / 0.4 + 0.25 / 0.1, "cathode": 1 / 3.0}
    total = sum(parts.values())
    assert result.resistance == pytest.approx(parts, rel=1e-10)
    assert result.current == pytest.approx(WIDTH / total, rel=1e-10)
    assert result.anode_jump == pytest.approx(parts["anode"] / total, rel=1e-10)
    assert result.anode_current == pytest.approx(1 / total, rel=1e-9)
    assert result.cathode_current == pytest.approx(1 / total, rel=1e-9)
    assert result.charge_error < 1e-10
    inside = np.unique(model.space.dofmap.list[domain.cells_of("lower", "upper")])
    assert np.all(np.delete(result.potential, inside) == 0.0)
    assert 0 < result.potential[inside].min() < result.potential[inside].max() < 1


BASE, SLOPE, WAVE, WAVENUMBER = 0.8, 1.2, 0.004, 2 * np.pi


def potential(x):
    """Harmonic, without flux through the sides: phi = A - B y + C cos(k x) cosh(k y), y from the lithium."""
    y = x[..., 1] - 0.25
    return BASE - SLOPE * y + WAVE * np.cos(WAVENUMBER * x[..., 0]) * np.cosh(WAVENUMBER * y)


def slope(x):
    """Its derivative along y."""
    y = x[..., 1] - 0.25
    return -SLOPE + WAVE * WAVENUMBER * np.cos(WAVENUMBER * x[..., 0]) * np.sinh(WAVENUMBER * y)


@pytest.mark.parametrize(("degree", "counts", "bound"), [(1, (8, 16, 32), 2e-3), (2, (8, 16, 32), 1e-5)])
def test_manufactured_potential(degree, counts, bound):
    """Breaks when the Robin conditions or the diffusion operator lose their order; conductances vary along
    x."""
    kappa, errors = 0.3, []
    for count in counts:
        domain = layered(count, jiggle=0.1)
        model = conduction(domain, kappa, kappa, degree)
        at, top = model.anode.points, model.cathode.points
        anode, cathode = kappa * slope(at) / (potential(at) - 1.0), -kappa * slope(top) / potential(top)
        assert anode.min() > 0 and cathode.min() > 0
        result = model.solve(anode, cathode)
        fine = gradient_operator(domain, model.space, np.arange(len(domain.region)), 6)
        inside = domain.cells_of("lower", "upper")
        gap = cell_values(domain, model.space, fine, result.potential)[inside, :, 0] - potential(
            fine.points[inside]
        )
        errors.append(np.sqrt(np.sum(fine.weights[inside] * gap**2)))
        assert result.charge_error < 1e-9
        assert sum(result.resistance.values()) == pytest.approx(WIDTH / result.current, rel=1e-9)
    check_order(f"conduction P{degree} potential", 1.0 / np.array(counts), errors)
    assert errors[-1] < bound


def test_uneven_interfaces_keep_charge_and_resistance_balances():
    """Breaks when charge is lost or the dissipation shares do not add up to V A/I."""
    domain = layered(8)
    model = conduction(domain)
    random = np.random.default_rng(5)
    anode, cathode = (g * 10.0 ** random.uniform(-3, 1, g.shape) for g in uniform(model, 0.5, 3.0))
    result = model.solve(anode, cathode)
    assert result.charge_error < 1e-10
    assert sum(result.resistance.values()) == pytest.approx(WIDTH / result.current, rel=1e-10)
    assert model.anode.integral(result.anode_current) == pytest.approx(result.current, rel=1e-12)
    assert model.cathode.integral(result.cathode_current) == pytest.approx(result.current, rel=1e-10)


def test_charge_error_shows_a_wrong_solution(monkeypatch):
    """Breaks when the charge balance is compared with itself."""
    model = conduction(layered(4))
    solve = model.solver.solve
    monkeypatch.setattr(model.solver, "solve", lambda right: 1.001 * solve(right))
    assert model.solve(*uniform(model, 0.5, 3.0)).charge_error > 1e-4


def test_resistance_does_not_depend_on_numbering_or_orientation():
    """Breaks when a side is picked by cell order or an axis is hard-wired."""
    totals = []
    for turn in (None, rotation(2, 2.5), np.diag([-1.0, 1.0])):
        domain = layered(8, turn)
        model = conduction(domain)
        half = model.cathode.points @ (np.eye(2) if turn is None else turn)
        anode, cathode = uniform(model, 0.5, 3.0)
        result = model.solve(anode, np.where(half[..., 0] < 1.0, cathode, 0.01))
        totals.append(sum(result.resistance.values()))
    assert totals[1] == pytest.approx(totals[0], rel=1e-10)
    assert totals[2] == pytest.approx(totals[0], rel=1e-10)


def test_half_blocked_interface_lies_between_the_bounds():
    """Breaks when blocking part of an interface does not crowd the current: between no and perfect
    spreading."""
    domain = layered(16)
    model = conduction(domain, 0.4, 0.4)
    anode, cathode = uniform(model, 0.5, 3.0)
    open_half = model.cathode.points[..., 0] < 0.5 * WIDTH
    result = model.solve(anode, np.where(open_half, cathode, 1e-9 * cathode))
    total, bulk = sum(result.resistance.values()), 0.5 / 0.4
    assert 1 / 0.5 + bulk + 2 / 3.0 < total < 2 * (1 / 0.5 + bulk + 1 / 3.0)
    assert result.resistance["cathode"] > 2 / 3.0
    # The quarter of the cathode next to the open half draws the most.
    assert np.argmax(result.cathode_current.max(axis=1)) in np.flatnonzero(
        np.abs(model.cathode.points[:, 0, 0] - 0.5 * WIDTH) < WIDTH / 8
    )


def test_zero_conductance_is_refused():
    """Breaks when an electrode without any conductance passes for a harmless one."""
    model = conduction(layered(4))
    anode, cathode = uniform(model, 0.5, 3.0)
    with pytest.raises(ValueError, match="positive"):
        model.solve(anode, 0.0 * cathode)


@pytest.mark.parametrize("remnant", [1e-6, 1e-9])
def test_broken_interface_gives_its_own_huge_resistance(remnant):
    """Breaks when an electrode that lost its contact crashes the run, looks harmless or loses the charge
    balance."""
    domain = layered(4)
    model = conduction(domain)
    for anode, cathode, name in ((0.5, 3.0 * remnant, "cathode"), (0.5 * remnant, 3.0, "anode")):
        result = model.solve(*uniform(model, anode, cathode))
        assert result.resistance[name] == pytest.approx(1 / min(anode, cathode), rel=1e-5)
        assert sum(result.resistance.values()) == pytest.approx(WIDTH / result.current, rel=1e-6)
        assert result.charge_error < 1e-6


def test_interface_without_an_ion_conductor_is_refused():
    """Breaks when an electrode at a material that conducts no ions passes silently."""
    domain = layered(4)
    with pytest.raises(ValueError, match="no ion conductor"):
        Conduction(
            domain,
            np.zeros(len(domain.region)) + (domain.region == domain.regions["lower"]),
            domain.interfaces["lithium|lower"],
            domain.interfaces["upper|active"],
            WIDTH,
        )
