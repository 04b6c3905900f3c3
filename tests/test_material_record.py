"""What a run reads of its materials: results list it, and the report tells it from the rest."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from chemomech.case import CaseError, parse_case
from chemomech.materials import MaterialError, load_material, names_read
from chemomech.materials.properties import BULK, INTERFACE
from chemomech.report.inputs import study_inputs
from chemomech.report.results import CaseResult
from chemomech.runs.cautions import of_range
from chemomech.runs.run import run
from chemomech.setup.electrodes import check_case, stoichiometries, stoichiometry_range
from chemomech.setup.interface_terms import rough_contact_of, with_value
from column import column_case
from compare import approx
from references.regression import SWELLING
from small import tiny_case

ELASTIC = {"density", "poisson_ratio", "young_modulus"}
PLASTIC = ELASTIC | {"hardening_modulus", "yield_strength"}
SPOTS = {"contact_creep_growth", "contact_law", "roughness", "work_of_adhesion"}
CREEP = {"creep_rate", "creep_stress", "creep_exponent", "creep_activation_energy"}
ION = {"ionic_conductivity", "ionic_activation_energy"}
BOND = {"fracture_energy", "initial_damage", "mixed_mode_exponent", "stiffness", "strength"}
PLAIN = {
    "lithium": PLASTIC
    | CREEP
    | {"melting_temperature", "molar_volume", "size_strength", "thermal_expansion"}
    | {"grain_size", "self_diffusivity"},
    "separator": PLASTIC | ION | {"fracture_toughness", "thermal_expansion"},
    "electrolyte": PLASTIC | ION | {"thermal_expansion"},
    "active": {
        *("diffusion_activation_energy", "diffusivity", "equilibrium_potential", "volume_change"),
        *("maximum_concentration", "stoichiometry_minimum", "stoichiometry_maximum", *ELASTIC),
        *("molar_mass", "thermal_expansion"),
    },
    "collector": PLASTIC | {"thermal_expansion"},
    "active|electrolyte": {
        *("contact_hardness", "exchange_current_activation_energy", "exchange_current_density"),
        *("film_resistance", "conduction_opening", *BOND),
    },
    "lithium|separator": {
        *("exchange_current_density", "film_resistance", "initial_damage", "stiffness"),
        *SPOTS,
    },
}
ELASTIC_SULFIDE = {"base": "Li6PS5Cl", "flow": "elastic"}
FLAWS = {
    "name": "pores",
    "region": "electrolyte",
    "place": "interior",
    "depth": "0.3 um",
    "shape": "slit",
}
SLIT = {
    "name": "slit",
    "region": "separator",
    "start": ["2 um", "6 um"],
    "end": ["4 um", "6.5 um"],
    "size": "0.3 um",
}


def read_by(folder, **changes):
    """What a short run of the tiny cell, changed as small.tiny_case says, reads by place."""
    short = {"cycle__protocol": ["Charge at 1C for 1 minutes"], "uncertainty__samples": 2}
    read = run(parse_case(tiny_case(**short | changes)), folder)["read"]
    assert read == json.loads((folder / "result.json").read_text())["read"]
    return {place: set(names) for part in read.values() for place, names in part.items()}


def more(found, plain=PLAIN):
    """(read beside what a plain run reads, no longer read), by place."""
    places = found.keys() | plain.keys()
    added = {place: found.get(place, set()) - plain.get(place, set()) for place in places}
    lost = {place: plain.get(place, set()) - found.get(place, set()) for place in places}
    return [{place: names for place, names in each.items() if names} for each in (added, lost)]


def test_looking_is_not_reading_and_copies_share_what_they_read():
    """Would fail if a check for a property counted as its use, or a copy kept it for itself."""
    material = load_material("lithium")
    assert material.has("creep_rate") and not material.has("ionic_conductivity")
    assert material.reads == set()
    assert material.get("ionic_conductivity", 1.0) == 1.0
    assert material.reads == set()
    copy = replace(material, properties={**material.properties})
    assert copy.young_modulus == material.get("young_modulus")
    assert copy.molar_volume > 0.0
    assert names_read({"anode": material}) == {"anode": ["molar_volume", "young_modulus"]}
    assert load_material("lithium").reads == set()
    with pytest.raises(MaterialError, match="did you mean"):
        material.has("creep_rat")


def test_what_a_model_derives_is_not_read_of_the_material():
    """Would fail if a stiffness that follows from an opening stood as one of the library's."""
    face = with_value(load_material("crack"), "stiffness", 1e15, "Pa/m", "strength/onset_opening")
    assert face.stiffness == 1e15
    assert face.reads == set()


def test_a_plain_cell_reads_what_its_laws_take(tmp_path):
    """Would fail if a run read what it has no law for, or lost what it computed with."""
    assert more(read_by(tmp_path)) == [{}, {}]


@pytest.mark.parametrize(
    ("changes", "added", "lost"),
    [
        # Flaws that name a region read its toughness, unless they bring their own.
        ({"flaws": [FLAWS]}, {"electrolyte": {"fracture_toughness"}}, {}),
        ({"flaws": [FLAWS | {"toughness": "0.3 MPa*m^0.5"}]}, {}, {}),
        (
            {"materials__separator": ELASTIC_SULFIDE, "meshed_flaws": [SLIT]},
            {
                "separator": {"flow"},
                "separator|separator|slit": {"initial_damage", "conduction_opening"},
            },
            {"separator": {"yield_strength", "hardening_modulus"}},
        ),
        (
            {
                "materials__electrolyte": ELASTIC_SULFIDE,
                "phase_field": {"regions": ["electrolyte"], "length": "0.8 um"},
                "geometry__mesh": {"size_interface": "0.4 um", "size_bulk": "0.6 um"},
            },
            {"electrolyte": {"flow", "fracture_toughness"}},
            {"electrolyte": {"yield_strength", "hardening_modulus"}},
        ),
        (
            {"cracks": {"electrolyte": {"base": "crack", "strength": "200 MPa"}}},
            {
                "electrolyte": {"fracture_toughness"},
                "electrolyte|electrolyte|cracks": {
                    "conduction_opening",
                    "initial_damage",
                    "mixed_mode_exponent",
                    "strength",
                },
            },
            {},
        ),
        # The two openings stand for strength and stiffness.
        (
            {
                "cracks": {
                    "electrolyte": {
                        "base": "crack",
                        "fracture_energy": "1 J/m^2",
                        "onset_opening": "0.5 nm",
                        "final_opening": "10 nm",
                    }
                }
            },
            {
                "electrolyte|electrolyte|cracks": {
                    *("fracture_energy", "onset_opening", "final_opening"),
                    *("conduction_opening", "initial_damage", "mixed_mode_exponent"),
                }
            },
            {},
        ),
        # An instant's contact reads the hardness; creep is a flaw's alone then.
        (
            {
                "interfaces__lithium|separator": {
                    "base": "lithium|Li6PS5Cl",
                    "contact_law": "plastic",
                }
            },
            {"lithium": {"hardness"}, "separator": {"hardness"}},
            {"lithium": {"size_strength"}, "lithium|separator": {"contact_creep_growth"}},
        ),
        (
            {"interfaces__active|electrolyte": "NMC811|LiNbO3|Li6PS5Cl"},
            {
                "active|electrolyte": {
                    *("coating_thickness", "coating_conductivity", "film_activation_energy")
                }
            },
            {},
        ),
    ],
)
def test_each_feature_lists_what_it_reads(tmp_path, changes, added, lost):
    """Would fail if a result left out what a feature of its case reads, or listed more."""
    assert more(read_by(tmp_path, **changes)) == [added, lost]


def test_conductivities_are_read_where_electrons_are_resolved(tmp_path):
    """Would fail if wired electrons read a conductivity, or the perfect terminal did."""
    steps = ["Charge at 0.2 mA/cm2 for 1 minutes"]
    for electrons, where in (("wired", set()), ("resolved", {"active", "carbon"})):
        read = run(column_case(tmp_path, electrons, cycle__protocol=steps), tmp_path / "out")[
            "read"
        ]
        bulk = read["bulk"]
        assert {name for name in bulk if "electronic_conductivity" in bulk[name]} == where
        found = "contact_resistance" in read["interfaces"]["active|carbon"]
        assert found == (electrons == "resolved")


def test_a_swelling_case_reads_mechanics_alone(tmp_path):
    """Would fail if a case without a current read conductivities or potentials."""
    image = np.zeros((8, 8), dtype=np.uint8)
    image[2:6, 2:6] = 1
    np.save(tmp_path / "square.npy", image)
    size = {"size_interface": "1 um", "size_bulk": "1 um"}
    table = SWELLING | {
        "geometry": SWELLING["geometry"] | {"pixel_size": "0.5 um", "mesh": size},
        "swelling": SWELLING["swelling"] | {"volume_change": 0.02},
    }
    read = run(parse_case(table, tmp_path), tmp_path / "out")["read"]
    assert read["bulk"] == {"active": sorted(ELASTIC), "electrolyte": sorted({"flow", *ELASTIC})}
    assert read["interfaces"] == {
        "electrolyte|electrolyte|cracks": [
            *("conduction_opening", "fracture_energy", "initial_damage", "mixed_mode_exponent"),
            "strength",
        ]
    }


def study_of(folder, results):
    """A study's folder as far as its inputs are read."""
    cases = [CaseResult("0", folder, {}, "0", 0, "", result) for result in results]
    return SimpleNamespace(finished=cases)


def test_the_report_tells_what_was_read_from_the_rest_and_what_does_not_say(tmp_path):
    """Would fail if values that no run read were counted, or an old result's were told apart."""
    table = tiny_case(meshed_flaws=[SLIT | {"contact_stiffness": 1e15}])
    old = {"case": table}
    new = old | {
        "read": {
            "bulk": {"lithium": ["molar_volume"], "separator": ["ionic_conductivity"]},
            "interfaces": {"separator|separator|slit": ["contact_stiffness"]},
        }
    }
    inputs = study_inputs(study_of(tmp_path, [new]))
    taken = {(row.owner, row.name) for row in inputs.rows if row.taken}
    assert taken == {
        ("lithium (lithium)", "molar volume"),
        ("Li6PS5Cl (separator, electrolyte)", "ionic conductivity"),
        ("crack (separator|separator|slit)", "contact stiffness"),
    }
    assert (inputs.count(), inputs.count("user"), inputs.unrecorded) == (3, 1, 0)
    assert inputs.takes("molar volume") and not inputs.takes("creep rate")
    before = study_inputs(study_of(tmp_path, [old]))
    assert {row.taken for row in before.rows} == {None}
    assert (before.count(), before.unrecorded) == (0, 1)
    assert before.takes("creep rate")
    both = study_inputs(study_of(tmp_path, [old, new]))
    assert both.count() == 3 and both.unrecorded == 1


def test_a_contact_hardness_left_out_is_that_of_the_softer_side():
    """Would fail if a material's hardness were read by nothing, or the harder side took it all."""
    bulk = {
        name: load_material(choice)
        for name, choice in {"lithium": "lithium", "separator": "Li6PS5Cl"}.items()
    }
    bare = load_material({"base": "lithium|Li6PS5Cl", "contact_law": "plastic"})
    _, found = rough_contact_of("lithium|separator", bare, bulk)
    assert found.conforming_pressure == bulk["lithium"].hardness == 43e6
    assert "hardness" in bulk["separator"].reads
    for law in ("plastic", "creep"):
        choice = {"base": bare.name, "contact_law": law, "contact_hardness": "5 MPa"}
        _, found = rough_contact_of("lithium|separator", load_material(choice), bulk)
        assert found.conforming_pressure == 5e6
    with pytest.raises(MaterialError, match='no "contact_hardness" and NMC811 no "hardness"'):
        rough_contact_of("active|separator", bare, bulk | {"active": load_material("NMC811")})


RANGE = {"base": "NMC811", "stoichiometry_minimum": 0.4, "stoichiometry_maximum": 0.8}


@pytest.mark.parametrize(
    ("cycle", "words"),
    [
        ({"initial_stoichiometry": 0.85}, "NMC811 is known from 0.4 to 0.8"),
        ({"initial_stoichiometry": 0.35}, "NMC811 is known from 0.4 to 0.8"),
        ({"initial_stoichiometry": 0.7, "charge_voltage": "4.2 V"}, "charge_voltage: 4.2 V"),
    ],
)
def test_a_protocol_outside_the_range_of_its_material_is_refused(cycle, words):
    """Would fail if stoichiometry_minimum and stoichiometry_maximum were read by nothing."""
    changes = {f"cycle__{key}": value for key, value in cycle.items()}
    with pytest.raises(CaseError, match=words):
        check_case(parse_case(tiny_case(materials__active=RANGE, **changes)))


def test_limits_stay_in_the_range_and_leaving_it_is_said():
    """Would fail if a charge without a voltage went beyond the range, or a run out of it unsaid."""
    steps = {"cycle__protocol": ["Charge at 1C for 1 minutes"], "cycle__initial_stoichiometry": 0.7}
    case = parse_case(tiny_case(materials__active=RANGE, **steps))
    material = load_material(RANGE)
    assert stoichiometries(case, material).charged == 0.4
    table = pd.DataFrame({"time_h": [0.0, 1.0, 2.0], "stoichiometry": [0.3, 0.5, 0.9]})
    assert of_range("active", material, table.iloc[1:2]) == []
    low, high = of_range("active", material, table)
    assert low.text.startswith("NMC811 was emptied to 0.300 in the mean, below 0.4")
    assert high.text.startswith("NMC811 was filled to 0.900 in the mean, above 0.8")
    assert (high.where, high.when) == ("active", "from 2 h")
    with pytest.raises(MaterialError, match="lies nothing of both its table"):
        stoichiometry_range(
            load_material(RANGE | {"stoichiometry_minimum": 0.1, "stoichiometry_maximum": 0.2})
        )


def test_masses_and_specific_capacity_by_hand(tmp_path):
    """Would fail if areas, densities or units of the masses were wrong, or one stood for a lack."""
    case = column_case(tmp_path, "wired", cycle__protocol=["Charge at 0.2 mA/cm2 for 1 minutes"])
    result = run(case, tmp_path / "out")
    thickness = {"lithium": 1.0, "separator": 5.0, "active": 3.0, "carbon": 1.0, "collector": 1.0}
    density = {"lithium": 0.534, "separator": 1.86, "active": 4.75, "carbon": 2.7, "collector": 2.7}
    mass = result["mass"]
    by_hand = {name: 1e-4 * thickness[name] * density[name] for name in thickness}
    assert mass["areal_mass_g_cm2"] == approx(by_hand, rel=1e-9)
    assert mass["areal_mass_total_g_cm2"] == approx(sum(by_hand.values()), rel=1e-9)
    capacity = result["cycle"]["capacity_mAh_cm2"]
    assert mass["capacity_mAh_g_active"] == approx(capacity / by_hand["active"], rel=1e-9)
    assert mass["capacity_mAh_g_total"] == approx(capacity / sum(by_hand.values()), rel=1e-9)
    assert mass["theoretical_capacity_mAh_g_active"] == approx(
        96485.33212 / 3.6 * 48830e-6 / 4.75, rel=1e-9
    )
    assert mass["mass_per_site_g_mol"] == approx(4.75 / 48830e-6, rel=1e-9)
    assert mass["molar_mass_g_mol"] == approx(97.28, rel=1e-12)


EVERYTHING = {  # of an interface, as far as one can have it all at once
    "base": "NMC811|LiNbO3|Li6PS5Cl",
    "kinetics": "butler_volmer",
    "exchange_current_dependence": "constant",
    "cohesive_law": "ppr",
    "softening_shape": 3.0,
    "mode_mixing": "power_law",
    "shear_strength": "80 MPa",
    "fracture_energy_shear": "9 J/m^2",
    "coating_strength": "60 MPa",
    "coating_fracture_energy": "100 J/m^2",
    "contact_stiffness": "5e15 Pa/m",
    "friction_coefficient": 0.1,
    "anisotropy_ratio": 1.1,
    "anisotropy_angle": "30 deg",
    "weibull_modulus": 20.0,
    "correlation_length": "1 um",
    "scatter_seed": 3,
    "contact_law": "persson",
    "rms_slope": 0.01,
    "unloading_exponent": 0.5,
    "assembly_pressure": "20 MPa",
    "interphase_parabolic_rate": "1e-12 m/s^0.5",
    "interphase_linear_rate": "1e-16 m/s",
    "interphase_activation_energy": "50 kJ/mol",
    "interphase_volume_change": 0.1,
    "interphase_conductivity": "1e-6 S/cm",
}
PEELING = {  # a coating that lets go first, and an interface that wears out and resists ions
    "base": "NMC811|LiNbO3|Li6PS5Cl",
    "strength": "500 MPa",
    "fracture_energy": "100 J/m^2",
    "coating_strength": "400 MPa",
    "coating_fracture_energy": "50 J/m^2",
    "contact_resistance": "1 ohm*cm^2",
    "fatigue_length": "1 um",
    "fatigue_endurance": 0.9,
    "fatigue_threshold": "1 nm",
}
OPENINGS = {
    "base": "crack",
    "fracture_energy": "100 J/m^2",
    "onset_opening": "0.5 nm",
    "final_opening": "100 nm",
}


def test_every_property_of_the_tables_is_read_by_some_run(tmp_path):
    """Would fail if the tables of properties accepted one that no model reads."""
    creeping = {"base": "lithium", "flow": "creep"}
    faces = {
        "active|electrolyte": EVERYTHING,
        "electrolyte|separator": PEELING,
        "lithium|separator": "lithium|Li6PS5Cl",
    }
    first = read_by(
        tmp_path / "first", solver__displacement_degree=2, interfaces=faces,
        materials__lithium=creeping, cracks={"separator": OPENINGS}, crystals={"seed": 1},
    )  # fmt: skip
    second = read_by(
        tmp_path / "second", solver__displacement_degree=2,
        materials__lithium={"base": "lithium", "flow": "anand"},
        interfaces={
            "active|electrolyte": "NMC811|Li6PS5Cl",
            "lithium|separator": {"base": "lithium|Li6PS5Cl", "contact_law": "plastic"},
        },
    )  # fmt: skip
    steps = ["Charge at 0.2 mA/cm2 for 1 minutes"]
    third = run(column_case(tmp_path, cycle__protocol=steps), tmp_path / "third")["read"]
    found = [*first.values(), *second.values()]
    found += [set(names) for part in third.values() for names in part.values()]
    assert set().union(*found) == BULK.keys() | INTERFACE.keys()
