"""Temperature in the coupled cell: coefficients by their own activation energies, and thermal
strain.

See `flat.py` for the cell of layers.
"""

import numpy as np
import pytest

from bodies import bulk_of, damage_of, face_nodes, fill, laws_of
from chemomech.case import parse_case
from chemomech.fem.domain import build_domain
from chemomech.materials import MaterialError, load_material
from chemomech.models.chemical_parts import ELECTRONIC, METAL, Conductor, Drive, Host, Surroundings
from chemomech.models.electrochemistry import Electrochemistry
from chemomech.models.exchange import Exchange
from chemomech.models.mechanics import Mechanics
from chemomech.models.supports import Supports
from chemomech.physics.electrochemistry.equilibrium import nmc811_chen2020
from chemomech.setup.electrodes import check_case
from chemomech.simulation.coupled import CoupledState, Coupling, coupled_step
from chemomech.simulation.run_state import Conditions
from compare import approx
from flat import (
    FACES,
    HEIGHTS,
    PRESSED_LITHIUM,
    PRESSURE,
    activated,
    flat_cell,
    kinetic_loss,
    stepped,
    surface_filling,
)
from meshes import box
from small import small_case

WARM = 333.15
ENERGIES = {"diffusion": 30e3, "electronic": 12e3, "exchange": (40e3, 55e3), "film": (35e3, 45e3)}


def energies(**values):
    """Properties of activation energies from numbers [J/mol]."""
    return {f"{name}_activation_energy": f"{value} J/mol" for name, value in values.items()}


@pytest.fixture(scope="module")
def activated_cell():
    """Cell whose electrons find their way through the active material; every coefficient has its
    own energy."""
    (exchange_cathode, exchange_anode), (film_cathode, film_anode) = (
        ENERGIES["exchange"],
        ENERGIES["film"],
    )
    active = {
        "electronic_conductivity": "1e-3 S/m",
        **energies(diffusion=ENERGIES["diffusion"], electronic=ENERGIES["electronic"]),
    }
    electrolyte = {"ionic_conductivity": "0.01 S/m", "ionic_activation_energy": "30 kJ/mol"}
    return flat_cell(
        {"active": active, "separator": electrolyte, "electrolyte": electrolyte},
        {
            "film_resistance": "2e-3 ohm*m^2",
            **energies(exchange_current=exchange_cathode, film=film_cathode),
        },
        {
            "film_resistance": "5e-4 ohm*m^2",
            **energies(exchange_current=exchange_anode, film=film_anode),
        },
        electrons="resolved",
    )


@pytest.mark.parametrize("current", [10.0, -10.0])
@pytest.mark.parametrize("temperature", [298.15, WARM, 273.15])
def test_voltage_of_a_flat_cell_by_hand(activated_cell, current, temperature):
    """Breaks when a resistance misses the voltage, or follows the temperature by another's energy
    or the wrong way."""
    _cell, coupling, first = activated_cell
    end = stepped(coupling, first, 1e-3, current, temperature)
    x = surface_filling(coupling, end)
    assert abs(x - 0.9) < 1e-3
    (at_cathode, at_anode), (through_cathode, through_anode) = (
        ENERGIES["exchange"],
        ENERGIES["film"],
    )
    half_filled = load_material("NMC811|Li6PS5Cl").exchange_current_density
    at_lithium = load_material("lithium|Li6PS5Cl").exchange_current_density * activated(
        at_anode, temperature
    )
    exchange = half_filled * 2 * np.sqrt(x * (1 - x)) * activated(at_cathode, temperature)
    touching = PRESSURE / 43e6  # share of the lithium's face that carries the current
    ions = 0.01 * activated(30e3, temperature) * 298.15 / temperature
    electrons = 1e-3 * activated(ENERGIES["electronic"], temperature)
    loss = (
        kinetic_loss(current, exchange, temperature)
        + current * 2e-3 / activated(through_cathode, temperature)
        + current * (HEIGHTS["separator"] + HEIGHTS["electrolyte"]) / ions
        + current * HEIGHTS["active"] / electrons
        + kinetic_loss(current / touching, at_lithium, temperature)
        + current / touching * 5e-4 / activated(through_anode, temperature)
    )
    rest = float(nmc811_chen2020(np.array(x)).value) + PRESSED_LITHIUM
    assert end.chemical.voltage == approx(rest - loss, rel=0, abs=1e-6)


def test_diffusion_by_temperature(activated_cell):
    """Breaks when the flux of lithium does not follow the diffusivity's energy."""
    _, coupling, _ = activated_cell
    host, x, slope = coupling.chemistry.hosts["active"], np.array([0.5]), np.array([[1e5, 0.0]])
    stress_at_fixed_x = np.array([0.0]), np.zeros((1, 2))
    for temperature in (298.15, WARM):
        flux = host.flux(x, slope, *stress_at_fixed_x, temperature)[0]
        diffusivity = 7e-15 * activated(ENERGIES["diffusion"], temperature)
        assert flux[0, 0] == approx(-diffusivity * host.maximum_concentration * 1e5, rel=1e-12)


def test_without_energies_coefficients_stay():
    """Breaks when a missing activation energy becomes another number than none."""
    names = [
        f"{name}_activation_energy"
        for name in ("ionic", "electronic", "diffusion", "exchange_current", "film")
    ]
    cathode = {"film_resistance": "2e-3 ohm*m^2"}
    _, coupling, _ = flat_cell(cathode=cathode, without=names, electrons="resolved")
    chemistry, ones = coupling.chemistry, np.ones((1, 3))
    for region in ("separator", "active"):
        conductivity = chemistry.conductors[region].conductivity
        assert conductivity(WARM) == conductivity(298.15)
    host = chemistry.hosts["active"]
    fluxes = [
        host.flux(ones, ones[..., None], 0 * ones, 0 * ones[..., None], each)[0]
        for each in (298.15, WARM)
    ]
    assert np.array_equal(*fluxes)
    at_lithium = load_material("lithium|Li6PS5Cl")
    exchange = {"lithium|separator": at_lithium.exchange_current_density, "active|electrolyte": 1.0}
    films = {"lithium|separator": at_lithium.film_resistance, "active|electrolyte": 2e-3}
    for interface, junction in chemistry.junctions.items():
        for temperature in (298.15, WARM):
            around = Surroundings(ones, 0 * ones, temperature)
            loss = kinetic_loss(10.0, exchange[interface], temperature) + 10.0 * films[interface]
            jump = loss + (
                float(nmc811_chen2020(np.array(0.5)).value)
                if interface == "active|electrolyte"
                else 0.0
            )
            current = junction.law(jump * ones, 0.5 * ones, 0 * ones, ones, around)[0]
            assert current == approx(10.0, rel=1e-9)


def clamped(material, change, normal):
    """Strain across [1] and stress along [Pa] a layer held sideways, warmer by `change` [K], under
    a normal stress."""
    young, poisson, expansion = (
        material.young_modulus,
        material.poisson_ratio,
        material.get("thermal_expansion", 0.0),
    )
    along = (poisson * normal - young * expansion * change) / (1 - poisson)
    return (normal - 2 * poisson * along) / young + expansion * change, along


@pytest.mark.parametrize("fixture", ["constant_pressure", "fixed_gap"])
def test_clamped_stack(fixture):
    """Breaks when thermal strain has the wrong sign, size, region or reference temperature, or
    misses the platen."""
    given = {
        "active": {"thermal_expansion": "12e-6 1/K"},
        "separator": {"thermal_expansion": "17e-6 1/K"},
    }
    cell, coupling, first = flat_cell(given, fixture=fixture, temperature="40 degC")
    change = 60.0 + 273.15 - 313.15
    stress_at_fixed_x = stepped(coupling, first, 1.0, temperature=313.15)
    assert stress_at_fixed_x.mechanical.stress == approx(first.mechanical.stress, rel=1e-6, abs=1.0)
    end = stepped(coupling, first, 1.0, temperature=WARM)

    # Closed faces by 100 E/h, h the facets' 1 um and E the harmonic mean of the two sides [m/Pa].
    overlap = sum(
        np.mean([1.0 / cell.materials[side].young_modulus for side in face.split("|")]) * 1e-8
        for face in FACES
    )

    def growth(normal):
        layers = sum(
            height * clamped(cell.materials[name], change, normal)[0]
            for name, height in HEIGHTS.items()
        )
        before = sum(
            height * clamped(cell.materials[name], 0.0, -PRESSURE)[0]
            for name, height in HEIGHTS.items()
        )
        return layers - before + (normal + PRESSURE) * overlap

    normal = -PRESSURE
    if fixture == "fixed_gap":
        one, two = growth(0.0), growth(-1.0)
        normal = -one / (one - two)
        assert normal < -1.5 * PRESSURE
    assert end.mechanical.pressure == approx(-normal, rel=1e-6)
    assert end.mechanical.position - first.mechanical.position == approx(
        growth(normal), rel=1e-5, abs=1e-16
    )
    for name in HEIGHTS:
        stress = end.mechanical.stress[cell.domain.cells_of(name)]
        assert stress[..., 1] == approx(normal, rel=1e-6)
        along = clamped(cell.materials[name], change, normal)[1]
        assert stress[..., [0, 2]] == approx(along, rel=1e-6)


def test_a_free_body_expands_without_stress():
    """Breaks when thermal strain reaches only what takes up lithium, or is not the same in all
    directions."""
    domain = build_domain(box((2, 4), (1e-6, 2e-6), lambda x: "host" if x[1] < 1e-6 else "metal"))
    (face,) = domain.interfaces

    def supports(domain, space):
        held = [2 * face_nodes(domain, space, "left"), 2 * face_nodes(domain, space, "bottom") + 1]
        return Supports(np.concatenate(held))

    def no_flux(x, slope, stress_at_fixed_x, stress_at_fixed_x_slope, temperature):
        return 0 * slope, 0 * slope, 0 * slope[..., None] * np.eye(2)

    def contact(jump, x, stress_at_fixed_x, conducting, around):
        return jump, np.ones_like(jump), np.zeros_like(jump)

    young = {"host": 140e9, "metal": 8e9}
    mechanics = Mechanics(
        domain,
        bulk_of(domain, young, 0.3),
        laws_of(domain, 1e15, 50e6, 10.0),
        damage_of(domain),
        supports=supports,
        axisymmetric=True,
    )
    chemistry = Electrochemistry(
        domain,
        {"host": Conductor(ELECTRONIC), "metal": Conductor(METAL)},
        {"host": Host(5e4, no_flux)},
        {face: ("host", contact)},
        "host",
        area=np.pi * 1e-12,
        axisymmetric=True,
    )
    exchange, every = (
        Exchange(mechanics, chemistry, {"host": lambda x: 0 * x}),
        mechanics.jump.weights.shape,
    )
    coupling = Coupling(
        mechanics,
        chemistry,
        exchange,
        lambda traction, opening, damage, memory, dt, temperature: (np.ones(every), memory),
        {},
        thermal=lambda temperature: 20e-6 * (temperature - 298.15),
    )
    chemical = chemistry.initial_state({"host": 0.5}, 0.0)
    around = Surroundings(
        np.ones(every),
        exchange.stress_at_fixed_x(mechanics.initial_state().stress, chemical.stoichiometry),
    )
    first = CoupledState(mechanics.initial_state(), chemical, around, np.zeros((every[0], 1)), None)
    result = coupled_step(coupling, first, 1.0, Drive(0.0), Conditions(0.0, WARM))
    strain = 20e-6 * (WARM - 298.15)
    expected = fill(domain, mechanics.space, dict.fromkeys(young, lambda x: strain * x))
    assert result.state.mechanical.displacement == approx(
        expected, rel=1e-8, abs=1e-8 * strain * 1e-6
    )
    assert np.abs(result.state.mechanical.stress).max() < 1e-6 * 140e9 * strain


def test_library_energies_and_expansions():
    """Breaks when a number read from its source is changed, or put into another unit."""
    nmc, face = load_material("NMC811"), load_material("NMC811|Li6PS5Cl")
    assert nmc.diffusion_activation_energy == approx(1449 * 8.314462618, rel=1e-3)
    assert nmc.electronic_activation_energy == 3.5e3
    assert face.exchange_current_activation_energy == approx(24.0e3, rel=1e-3)
    expansions = {"aluminium": 23.1e-6, "lithium": 46e-6, "silicon": 2.6e-6, "LLZO": 15.5e-6}
    assert {name: load_material(name).thermal_expansion for name in expansions} == approx(
        expansions
    )


def test_a_change_of_temperature_needs_every_expansion(tmp_path):
    """Breaks when a material without an expansion is taken as one that does not expand."""
    lines = ['name = "own"', 'description = "d"', 'kind = "bulk"']
    for name in ("young_modulus", "poisson_ratio", "electronic_conductivity"):
        each = load_material("aluminium").properties[name]
        value = f'"{each.text}"' if each.unit != "1" else each.text
        lines += [f"[{name}]", f"value = {value}", 'source = "s"', 'provenance = "primary source"']
    (tmp_path / "own.toml").write_text("\n".join(lines) + "\n")
    steps = ["Charge at C/5 for 1 hour at 60 degC"]

    def checked(collector, **cycle):
        table = small_case(materials__collector=collector, cycle=cycle)
        return check_case(parse_case(table, tmp_path))

    own = str(tmp_path / "own.toml")
    with pytest.raises(MaterialError, match=r"materials.collector: own has no thermal_expansion"):
        checked(own, protocol=steps)
    assert checked({"base": own, "thermal_expansion": "20e-6 1/K"}, protocol=steps)
    assert checked(own, protocol=steps, temperature="60 degC")
    assert checked("aluminium", protocol=steps)
