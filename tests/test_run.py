"""A whole run: balances, files, fixtures, and what the physics must do whatever the numbers."""

import json
from math import erf, sqrt

import meshio
import numpy as np
import pandas as pd
import pytest

from chemomech.case import parse_case
from chemomech.materials import load_material
from chemomech.physics.electrochemistry.equilibrium import equilibrium_potential
from chemomech.physics.interfaces import contact
from chemomech.runs.run import run
from chemomech.setup.interface_terms import rough_contact_of
from chemomech.setup.mesh import build_mesh
from chemomech.units.constants import FARADAY
from compare import approx
from small import SHORT_CYCLE, small_case, tiny_case


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """One run of the small cell: (result, folder)."""
    folder = tmp_path_factory.mktemp("run")
    return run(parse_case(small_case(output__fields="all")), folder), folder


def test_balances(finished):
    """Breaks when a work or an energy is left out, or an electrode's charge or lithium is not the
    terminal's."""
    result, _ = finished
    energies = result["energies_J_per_m"]
    taken = sum(
        energies[name] for name in ("elastic", "interface", "plastic", "fracture", "viscous")
    )
    given = energies["external"] + energies["chemical"]
    assert given == approx(taken, rel=0.03)
    assert result["summary"]["energy_balance_error"] < 0.03
    assert result["summary"]["charge_balance_error"] < 1e-8
    assert result["summary"]["lithium_balance_error"] < 1e-10
    assert result["summary"]["power_balance_error"] < 1e-8
    assert min(energies["plastic"], energies["fracture"], energies["viscous"]) >= 0
    assert not result["gates_failed"]


def test_no_current_crosses_a_gap_and_pressed_faces_do_not_overlap(finished):
    """Breaks when ions follow the tail of a traction law, or contact is as soft as the bond."""
    result, _ = finished
    assert result["summary"]["current_share_across_gaps_cathode"] < 1e-3
    assert 0.0 < result["summary"]["overlap_share"] < 0.01
    assert min(result["solver"]["contact_stiffness_K_R_over_4G"].values()) > 100.0


def test_files(finished):
    """Breaks when a promised file is missing or does not open with common tools."""
    result, folder = finished
    assert json.loads((folder / "result.json").read_text())["summary"] == result["summary"]
    names = {
        "result.json",
        "timeseries.csv",
        "cycles.csv",
        "particles.csv",
        "sites.npz",
        "shorts.npz",
        "voids.npz",
        "mesh.msh",
        "fields",
    }
    assert {p.name for p in folder.iterdir()} == names
    table, cycles, particles = (
        pd.read_csv(folder / f"{name}.csv") for name in ("timeseries", "cycles", "particles")
    )
    assert table["time_h"].iloc[0] == 0 and np.all(np.diff(table["time_h"]) > 0)
    assert table["time_h"].iloc[-1] == approx(result["cycle"]["time_h"], rel=1e-8)
    assert table["step_ended"].dropna().tolist() == ["limit", "limit"]
    assert cycles["cycle"].tolist() == [1]
    # At rest, at the end of the charge and of the discharge: four particles each.
    assert len(particles) == 12 and particles["time_h"].nunique() == 3
    cell = meshio.read(folder / "fields" / "cell_charged.vtu")
    assert {"displacement_m", "potential_V", "stoichiometry"} <= set(cell.point_data)
    assert {"region", "particle", "stress_xx_Pa", "von_mises_Pa"} <= set(cell.cell_data)
    faces = meshio.read(folder / "fields" / "interfaces_charged.vtu")
    wanted = (
        "opening_m sliding_m damage conducting_fraction traction_normal_Pa "
        "contact_pressure_Pa overpotential_V"
    )
    assert {*wanted.split(), "current_density_A_m2"} <= set(faces.cell_data)
    assert len(list((folder / "fields").glob("cell_*.vtu"))) == len(table)
    with np.load(folder / "sites.npz") as sites:
        assert sites["time"] / 3600.0 == approx(table["time_h"].to_numpy(), rel=1e-8)


def test_recorded_ranges(finished):
    """Breaks when a fraction is none, damage heals, or a cut-off of the protocol is passed."""
    result, folder = finished
    table = pd.read_csv(folder / "timeseries.csv")
    for column in ("contact_fraction_cathode", "contact_fraction_anode", "mean_damage_cathode"):
        assert table[column].between(0, 1).all()
    assert np.all(np.diff(table["mean_damage_cathode"]) >= -1e-9)
    assert (
        (table[["current_focusing_cathode", "current_focusing_anode"]].iloc[1:] >= 1 - 1e-9)
        .all()
        .all()
    )
    assert table["stack_pressure_MPa"].to_numpy() == approx(10.0)
    assert table["temperature_degC"].to_numpy() == approx(25.0)
    ends = table[table["step_ended"] == "limit"]
    assert ends["voltage_V"].to_numpy() == approx([4.3, 3.5], abs=1.01e-4)
    assert result["cycle"]["stoichiometry_charged"] < table["stoichiometry"].min()
    # The cell starts above the cut-off's potential, so a discharge may end beyond its start.
    potential = equilibrium_potential(load_material("NMC811").equilibrium_potential)
    assert potential(np.array(table["stoichiometry"].max())).value >= 3.5
    # A bond that holds stretches by its strength over its stiffness.
    assert table["largest_opening_um"].max() > 400e6 / 1e18 / 1e-6


def test_charge_and_filling_go_together(finished):
    """Breaks when the current, its sign or its unit does not reach the lithium of the active
    material."""
    result, folder = finished
    table, cycle = pd.read_csv(folder / "timeseries.csv"), result["cycle"]
    charge, current = table["charge_mAh_cm2"], table["current_density_mA_cm2"]
    assert current.to_numpy() == approx(
        table["protocol_step"].map({0: 0.0, 1: -0.2, 2: 0.2}).to_numpy()
    )
    assert np.diff(charge) == approx(
        (current * table["time_h"].diff()).iloc[1:], rel=1e-6, abs=2e-9
    )
    whole = cycle["capacity_mAh_cm2"] / (
        cycle["stoichiometry_discharged"] - cycle["stoichiometry_charged"]
    )
    assert charge.to_numpy() == approx(whole * (table["stoichiometry"] - 0.9), abs=1e-7 * whole)
    assert cycle["half_cycle_h"] == approx(cycle["capacity_mAh_cm2"] / 0.2)


def test_where_the_voltage_goes(finished):
    """Breaks when a loss is left out, counted twice, or stands with the wrong sign or unit in the
    time series."""
    _, folder = finished
    table = pd.read_csv(folder / "timeseries.csv").iloc[1:]
    sign = np.sign(table["current_density_mA_cm2"])
    inside = table["concentration_mV"] + table["stress_mV"]
    volts = table["equilibrium_potential_V"] + 1e-3 * (inside - sign * table["voltage_loss_mV"])
    # Clamped out of plane, a particle that has shrunk is in tension, which raises its potential.
    assert table["stress_mV"][table["current_density_mA_cm2"] < 0].iloc[-1] > 20.0
    assert table["voltage_V"].to_numpy() == approx(volts.to_numpy(), abs=1e-7)
    parts = table[
        [f"{name}_resistance_cathode_ohm_cm2" for name in ("charge_transfer", "contact", "film")]
    ]
    cathode = table["interfacial_resistance_cathode_ohm_cm2"]
    assert parts.sum(axis=1).to_numpy() == approx(cathode.to_numpy(), rel=1e-7)
    whole = (
        cathode + table["interfacial_resistance_anode_ohm_cm2"] + table["ionic_resistance_ohm_cm2"]
    )
    assert table["voltage_loss_mV"].to_numpy() == approx(0.2 * whole.to_numpy(), rel=1e-7)
    assert (table["electronic_resistance_ohm_cm2"] == 0.0).all()


def test_rest_has_no_resistance(finished):
    """Breaks when a resistance is made of round-off over no current."""
    _, folder = finished
    first = pd.read_csv(folder / "timeseries.csv").iloc[0]
    assert (
        first[[name for name in first.index if "resistance" in name or name.endswith("_mV")]]
        .isna()
        .all()
    )
    assert first["voltage_V"] == approx(first["equilibrium_potential_V"])


def test_anode_contact_by_hand(finished):
    """Lithium under a held pressure after its assembly: real contact that creeps from its memory to
    what the run's time makes of it, and the area resistance R/f, by the library's numbers."""
    result, folder = finished
    sides = {name: load_material(each) for name, each in SIDES.items()}
    law, rough = rough_contact_of("lithium|separator", load_material("lithium|Li6PS5Cl"), sides)
    _, memory = contact.advance(law, 25e6, contact.initial_memory(()), 60.0, rough)
    seconds = 3600.0 * pd.read_csv(folder / "timeseries.csv")["time_h"].to_numpy()
    by_hand = [contact.advance(law, 10e6, memory, each, rough)[0] for each in seconds]
    found = pd.read_csv(folder / "timeseries.csv")
    assert found["contact_fraction_anode"].to_numpy() == approx(np.array(by_hand), rel=2e-2)
    fraction = result["summary"]["contact_fraction_anode"]
    assert by_hand[0] == approx(0.0929, rel=1e-3) and by_hand[-1] > 1.15 * by_hand[0]
    assert result["summary"]["interfacial_resistance_anode_ohm_cm2"] == approx(
        2.0 / fraction, rel=2e-2
    )


def test_ionic_resistance_by_hand(finished):
    """Breaks when the electrolyte's loss is not that of its thickness: more than the separator's,
    less than twice."""
    _, folder = finished
    resistance = pd.read_csv(folder / "timeseries.csv")["ionic_resistance_ohm_cm2"].dropna()
    conductivity = load_material("Li6PS5Cl").ionic_conductivity
    assert resistance.min() > 1e4 * 20e-6 / conductivity
    assert resistance.max() < 1e4 * 40e-6 / conductivity


def test_plated_lithium_by_hand(finished):
    """4.85 um of lithium per mAh/cm2 lift the platen on charge, less what the shrinking particles
    give back."""
    result, folder = finished
    cycle = result["cycle"]
    assert cycle["plated_lithium_um"] == approx(4.85 * cycle["capacity_mAh_cm2"], rel=2e-3)
    table = pd.read_csv(folder / "timeseries.csv")
    passed = -table["charge_mAh_cm2"].min()
    assert table["thickness_change_um"].max() == approx(4.85 * passed, rel=0.07)
    assert table["thickness_change_um"].max() < 4.85 * passed


def test_utilisation(finished):
    """Breaks when a particle's share is not between its fillings at the cycle's ends."""
    result, folder = finished
    particles, limits = pd.read_csv(folder / "particles.csv"), result["cycle"]
    assert set(result["utilisation_by_particle"]) == {
        str(number) for number in particles["particle"].unique()
    }
    shares = particles.drop_duplicates("particle").set_index("particle")["share"]
    assert shares.sum() == approx(1.0)
    mean = sum(
        shares[int(number)] * used for number, used in result["utilisation_by_particle"].items()
    )
    table = pd.read_csv(folder / "timeseries.csv")
    width = limits["stoichiometry_discharged"] - limits["stoichiometry_charged"]
    assert mean >= np.ptp(table["stoichiometry"]) / width - 1e-9
    assert mean == approx(np.ptp(table["stoichiometry"]) / width, rel=0.05)
    share = result["summary"]["discharge_capacity_mAh_cm2"] / limits["capacity_mAh_cm2"]
    assert result["summary"]["capacity_share"] == approx(share, rel=1e-9)
    assert result["summary"]["state_of_health"] == 1.0


def test_band_without_uncertainty_is_the_summary(finished, tmp_path):
    """Breaks when the sampled chain leaves out the time that sets a number of the summary, or is
    another chain."""
    factors = ("anode_resistance", "lithium_hardness", "flaw_depth", "creep_rate")
    sure = dict.fromkeys((*factors, "diffusional_flow", "pore_width"), 1.0)
    table = tiny_case(cycle__protocol=["Charge at 1C for 12 minutes"])
    table["uncertainty"] = {"samples": 3, "fracture_toughness": 0.0, **sure}
    result = run(parse_case(table), tmp_path)
    for name, band in result["band_10_50_90"].items():
        assert band == approx([result["summary"][name]] * 3, rel=1e-9), name
    for name, band in finished[0]["band_10_50_90"].items():
        low, middle, high, best = (
            np.inf if value is None else value for value in (*band, finished[0]["summary"][name])
        )
        assert low <= middle <= high and low <= best <= high, name


STILL = {"base": "NMC811", "volume_change": {"stoichiometry": [0.2613, 0.9], "value": [0.0, 0.0]}}
INSTANT = {"base": "lithium|Li6PS5Cl", "contact_law": "plastic"}
SIDES = {"lithium": "lithium", "separator": "Li6PS5Cl"}
SOFT = {
    "base": "lithium|Li6PS5Cl",
    "contact_law": "plastic",
    "contact_hardness": "0.5 MPa",
}  # full contact at any stack pressure
BOND = "NMC811|Li6PS5Cl"
TOUGH = {
    "base": BOND, "strength": "1 GPa", "fracture_energy": "1 kJ/m^2", "stiffness": "2e18 Pa/m",
}  # fmt: skip


def summary_of(table, folder, cathode=None, anode=None, active=None):
    """Summary of a run of a table with other materials."""
    for section, name, choice in (
        ("interfaces", "active|electrolyte", cathode), ("interfaces", "lithium|separator", anode),
        ("materials", "active", active),
    ):  # fmt: skip
        if choice is not None:
            table[section][name] = choice
    result = run(parse_case(table), folder)
    assert result["gates_failed"] == []
    return result["summary"]


@pytest.fixture(scope="module")
def pressed(tmp_path_factory):
    """(what, pressure) -> summary of a tiny cell: without swelling, without fracture, as it is,
    with hard lithium.

    Cut-offs follow the potential that pressure takes from lithium, V p/F, from 5 MPa on; the
    cell without swelling is computed without it.
    """
    found, volume = {}, load_material("lithium").molar_volume
    kinds = {
        "still": (BOND, SOFT, STILL),
        "tough": (TOUGH, SOFT),
        "plain": (BOND, SOFT),
        "hard": (TOUGH, INSTANT),
    }
    for what, choices in kinds.items():
        for pressure in ("5 MPa",) if what == "plain" else ("5 MPa", "20 MPa"):
            shift = volume * (float(pressure.split()[0]) - 5.0) * 1e6 / FARADAY
            shift, feedback = (0.0, "contact") if what == "still" else (shift, "contact_and_stress")
            table = tiny_case(
                stack__pressure=pressure,
                stack__assembly_pressure="0 MPa",
                solver__feedback=feedback,
                cycle__protocol=[
                    f"Charge at 0.2 mA/cm2 until {4.29 + shift:.9f} V",
                    f"Discharge at 0.2 mA/cm2 until {3.6 + shift:.9f} V",
                ],
            )
            folder = tmp_path_factory.mktemp("pressed")
            found[what, pressure] = summary_of(table, folder, *choices)
    return found


def test_without_swelling_pressure_is_without_effect(pressed):
    """Breaks when pressure reaches capacity or resistance other than through swelling, contact and
    the lithium's potential, or balances do not hold where nothing dissipates."""
    low, high = (pressed["still", pressure] for pressure in ("5 MPa", "20 MPa"))
    for name in (
        "discharge_capacity_mAh_cm2",
        "charge_capacity_mAh_cm2",
        "interfacial_resistance_cathode_ohm_cm2",
    ):
        assert low[name] == approx(high[name], rel=1e-9)
    assert low["contact_fraction_cathode"] > 1 - 1e-9


def test_a_tough_interface_keeps_the_capacity(pressed):
    """Breaks when a cathode that loses no contact loses capacity, or pressure takes some but at the
    lithium."""
    names = "discharge_capacity_mAh_cm2", "charge_capacity_mAh_cm2"
    for name in names:
        low, high = (pressed["tough", pressure][name] for pressure in ("5 MPa", "20 MPa"))
        # What remains is the pressure's own work on the lithium of a swelling host.
        assert low == approx(high, rel=2e-3)
    assert pressed["tough", "5 MPa"]["contact_fraction_cathode"] > 1 - 1e-6
    assert pressed["plain", "5 MPa"]["contact_fraction_cathode"] < 0.6
    assert (
        pressed["plain", "5 MPa"]["capacity_share"]
        < 0.99 * pressed["tough", "5 MPa"]["capacity_share"]
    )
    lost = [
        pressed["tough", p]["capacity_share"] - pressed["hard", p]["capacity_share"]
        for p in ("5 MPa", "20 MPa")
    ]
    assert lost[0] > 2 * lost[1] > 0


def test_a_broken_cathode_gives_no_capacity(tmp_path):
    """Breaks when current passes where nothing touches."""
    broken = {"base": "NMC811|Li6PS5Cl", "initial_damage": 1.0}
    summary = summary_of(tiny_case(stack__pressure="1 kPa"), tmp_path, broken, SOFT)
    assert summary["contact_fraction_cathode"] < 1e-5
    assert summary["capacity_share"] < 1e-4


def test_contact_and_capacity_follow_the_fracture_energy(tmp_path):
    """Breaks when a tougher interface loses more contact or capacity."""
    found = []
    for energy in (0.25, 0.5, 1.0, 4.0):
        face = {"base": BOND, "fracture_energy": f"{energy} J/m^2"}
        found.append(summary_of(tiny_case(), tmp_path / str(energy), face))
    for name in ("contact_fraction_cathode", "discharge_capacity_mAh_cm2"):
        assert np.all(np.diff([each[name] for each in found]) > 0), name
        assert found[-1][name] > 1.4 * found[0][name], name


def test_contact_laws_by_hand(tmp_path):
    """A user picks the law of rough contact by name: the lithium's contact fraction follows it."""
    modulus = 1 / ((1 - 0.38**2) / 7.82e9 + (1 - 0.37**2) / 22.1e9)
    slope = 0.01
    for law, expected in (
        ("mikic", (10 / 43) ** 0.95),
        ("persson", erf(sqrt(2) * 10e6 / (modulus * slope))),
    ):
        face = {"base": "lithium|Li6PS5Cl", "contact_law": law, "rms_slope": slope}
        summary = summary_of(
            tiny_case(
                cycle__protocol=["Charge at 1C for 1 minute"], stack__assembly_pressure="0 MPa"
            ),
            tmp_path / law,
            anode=face,
        )
        assert summary["contact_fraction_anode"] == approx(expected, rel=2e-2)


@pytest.mark.parametrize("fixture", ["spring", "fixed_gap"])
def test_other_fixtures_gain_pressure_by_plating(tmp_path, fixture):
    """Plated lithium compresses a held stack: the pressure is an output and rises far above the
    preload."""
    table = tiny_case(stack__fixture=fixture, cycle__protocol=SHORT_CYCLE)
    if fixture == "spring":
        table["stack"]["stiffness"] = "50 MPa/um"
    result = run(parse_case(table), tmp_path)
    summary = result["summary"]
    assert summary["energy_balance_error"] < 0.03
    plated = 4.85 * result["cycle"]["capacity_mAh_cm2"] * 0.2
    series = pd.read_csv(tmp_path / "timeseries.csv")
    measured = series["measured_stack_pressure_MPa"]
    # What is prescribed is the preload, whatever comes of it.
    assert (series["stack_pressure_MPa"] == 10.0).all() and summary["stack_pressure_MPa"] == 10.0
    assert summary["measured_stack_pressure_MPa"] == approx(measured.iloc[-1], rel=1e-6)
    assert summary["stack_pressure_maximum_MPa"] == approx(measured.max(), rel=1e-6)
    if fixture == "spring":
        rise = measured - measured.iloc[0]
        assert rise.to_numpy() == approx(50.0 * series["thickness_change_um"].to_numpy(), abs=1e-4)
        assert (
            10 + 50 * 0.8 * plated < summary["stack_pressure_maximum_MPa"] < 10 + 50 * 1.02 * plated
        )
    else:
        assert summary["stack_pressure_maximum_MPa"] > 60
        assert summary["thickness_change_um"] == 0


def test_every_step_has_its_pressure_and_temperature(tmp_path):
    """Breaks when a step runs under the case's conditions instead of its own, the next keeps them,
    or a change is sudden.

    They are reached in a minute, or half of a shorter step: all at once the energy account would
    miss by most of it.
    """
    steps = [
        "Charge at 1C for 6 minutes",
        "Hold at 3.9 V for 3 minutes under 30 MPa",
        "Rest for 5 minutes at 60 degC",
        "Discharge at 1C for 1 minute",
    ]
    table = tiny_case(cycle__protocol=steps, stack__assembly_pressure="0 MPa")
    table["interfaces"]["lithium|separator"] = INSTANT
    result = run(parse_case(table), tmp_path)
    assert result["cycle"]["cycles"] == 1
    assert (
        result["summary"]["lithium_balance_error"] < 1e-10
        and result["summary"]["charge_balance_error"] < 1e-8
    )
    table = pd.read_csv(tmp_path / "timeseries.csv")
    wanted = {1: (10.0, 25.0), 2: (30.0, 25.0), 3: (10.0, 60.0), 4: (10.0, 25.0)}
    for number, (pressure, temperature) in wanted.items():
        part = table[table["protocol_step"] == number]
        begun = table["time_h"][table["protocol_step"] < number].max() if number > 1 else 0.0
        reached = part[part["time_h"] >= begun + (1 / 60 if number < 4 else 1 / 120) - 1e-9]
        assert reached["stack_pressure_MPa"].to_numpy() == approx(pressure)
        assert reached["temperature_degC"].to_numpy() == approx(temperature)
        for column in ("stack_pressure_MPa", "temperature_degC"):
            assert part[column].diff().abs().max() < 0.11 * np.ptp(table[column])
    assert result["summary"]["energy_balance_error"] < 0.01 and not result["gates_failed"]
    ends = table.groupby("protocol_step")["time_h"].max()
    assert np.diff(ends) == approx([0.1, 0.05, 1 / 12, 1 / 60], rel=1e-6)
    hold, rest = (table[table["protocol_step"] == number] for number in (2, 3))
    assert hold["voltage_V"].to_numpy() == approx(3.9, abs=1e-4)
    assert (
        hold["current_density_mA_cm2"].abs().iloc[-1] < hold["current_density_mA_cm2"].abs().iloc[0]
    )
    assert (rest["current_density_mA_cm2"] == 0).all() and np.ptp(rest["charge_mAh_cm2"]) == 0
    assert (
        rest["voltage_loss_mV"].isna().all()
        and rest["interfacial_resistance_cathode_ohm_cm2"].isna().all()
    )
    # 30 MPa press the lithium into three times the contact that 10 MPa did.
    assert hold["contact_fraction_anode"].iloc[-1] == approx(30 / 43, rel=0.02)


def test_which_states_are_kept_as_fields(tmp_path):
    """Breaks when output.fields keeps the wrong ends, or one cycle's file is another's."""
    steps = ["Charge at 1C for 2 minutes", "Rest for 1 minute", "Discharge at 1C for 1 minute"]
    protocol = [{"repeat": 2, "steps": steps}]
    names = {
        "worst": {"charged", "discharged"},
        "cycles": {"charged_0001", "discharged_0001", "charged_0002", "discharged_0002"},
    }
    for fields, labels in names.items():
        run(
            parse_case(tiny_case(cycle__protocol=protocol, output__fields=fields)),
            tmp_path / fields,
        )
        assert {p.stem for p in (tmp_path / fields / "fields").glob("*.vtu")} == {
            f"{kind}_{label}" for kind in ("cell", "interfaces") for label in labels
        }


def test_what_creep_says_of_flaws_and_voids(tmp_path):
    """Breaks when filling time, backflow or stripping are computed with another width, pressure or
    unit."""
    from chemomech.physics.lithium.extrusion import SLIT, Creep, filling_time
    from chemomech.physics.lithium.voids import critical_stripping_current

    steps = ["Charge at 1C for 2 minutes"]
    given_flaw = {
        "flaw__width": "0.5 um",
        "flaw__void_radius": "0.1 um",
        "flaw__channel_width": "1 um",
    }
    found = {}
    for name, flaw in (("none", {"flaw__backflow": False}), ("given", given_flaw)):
        case = parse_case(tiny_case(cycle__protocol=steps, **flaw))
        found[name] = run(case, tmp_path / name)["summary"]
    none, given = found["none"], found["given"]
    assert (
        none["flaw_filling_time_h"] is None
        and none["critical_stripping_current_density_mA_cm2"] is None
    )
    creep = Creep(1.9e-5, 4e5, 6.56, 37e3)
    hours = filling_time(10e6, 3e-6, 0.25e-6, creep, SLIT) / 3600
    assert given["flaw_filling_time_h"] == approx(hours, rel=0.1)
    # The channel ends at the nearest particle, 0.3 um and more behind the separator: the time rises
    # with the power m + 1 of the way.
    way = 1e-6 * (given["time_to_short_h"] * 3600 / filling_time(10e6, 1e-6, 0.5e-6, creep)) ** (
        1 / 7.56
    )
    assert 6.3e-6 < way < 7.0e-6
    current = critical_stripping_current(10e6, 0.1e-6, creep, 13e-6) / 10
    assert given["critical_stripping_current_density_mA_cm2"] == approx(current, rel=0.1)
    assert given["plating_pressure_MPa"] < 0.5 * none["plating_pressure_MPa"]
    # Where lithium flows back the flaw does not run up to 100 mA/cm2, which is written as none.
    assert given["critical_current_density_mA_cm2"] is None
    assert none["critical_current_density_mA_cm2"] < 100.0
    assert given["critical_overpotential_mV"] == approx(none["critical_overpotential_mV"], rel=1e-9)


def test_a_rest_passes_its_gates(tmp_path):
    """Breaks when balances of a run in which nothing flows are not a number and fail the gates."""
    table = tiny_case(cycle__protocol=["Rest for 10 minutes"], output__fields="none")
    result = run(parse_case(table), tmp_path)
    assert result["gates_failed"] == []
    for name in ("lithium", "charge", "power"):
        assert result["summary"][f"{name}_balance_error"] == 0.0
    assert result["summary"]["ionic_resistance_ohm_cm2"] is None


def test_nothing_of_an_earlier_run_is_left(tmp_path):
    """Breaks when fields or tables of an earlier run stand beside the result of a later one."""
    quick = ["Charge at 1C for 3 minutes"]
    run(parse_case(tiny_case(output__fields="all", cycle__protocol=quick)), tmp_path)
    assert list((tmp_path / "fields").glob("*.vtu"))
    for name in ("cracks.csv", "flaws.csv", "mine.txt"):
        (tmp_path / name).write_text("of another run")
    run(parse_case(tiny_case(cycle__protocol=quick, stack__pressure="20 MPa")), tmp_path)
    assert not (tmp_path / "fields").exists()
    left = {path.name for path in tmp_path.iterdir()}
    assert "mine.txt" in left and not left & {"cracks.csv", "flaws.csv"}
    assert {"result.json", "timeseries.csv", "mesh.msh"} <= left


def test_a_mesh_that_is_given_is_not_told_from_an_earlier_one(tmp_path):
    """Breaks when the mesh of an earlier run stands beside the result on a mesh that was given, or
    when a given mesh in the folder itself is removed."""
    case = parse_case(tiny_case(cycle__protocol=["Charge at 1C for 1 minute"]))
    made = build_mesh(case, tmp_path / "made")[1]
    folder = tmp_path / "out"
    build_mesh(case, folder)
    (folder / "mesh.txt").write_text("of an earlier run")
    run(case, folder, folder / "mesh.msh")
    assert (folder / "mesh.msh").is_file()
    run(case, folder, made)
    assert (folder / "result.json").is_file() and not list(folder.glob("mesh.*"))
