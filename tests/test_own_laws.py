"""Laws of one's own, handed in as functions beside a case: the same as the library's law, the same
run; and what is refused."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from chemomech.case import CaseError, parse_case
from chemomech.materials import MaterialError
from chemomech.materials.fingerprint import inputs_hash
from chemomech.physics.electrochemistry import butler_volmer
from chemomech.physics.electrochemistry.own_kinetics import overpotential_of, series_overpotential
from chemomech.physics.interfaces.cohesive.effective import bilinear
from chemomech.physics.interfaces.contact import RoughContact, advance
from chemomech.runs.run import run
from chemomech.setup.electrodes import check_case
from chemomech.setup.laws import Laws, source_of
from chemomech.units.constants import FARADAY, GAS_CONSTANT
from compare import approx
from small import SHORT_CYCLE, tiny_case

CATHODE, ANODE = "active|electrolyte", "lithium|separator"


def own_cohesion(stiffness, strength, shear_strength, energy, shear_energy, exponent, mode_mixity):
    """The library's bilinear law through a door of one's own."""
    return bilinear(
        stiffness, strength, shear_strength, energy, shear_energy, exponent, mode_mixity
    )


def own_contact(pressure, conforming_pressure):
    """Plastic asperities."""
    return np.minimum(np.maximum(pressure, 0.0) / conforming_pressure, 1.0)


def own_kinetics(overpotential, temperature):
    """Butler and Volmer with equal transfer coefficients: 2 sinh(F eta/2RT)."""
    per_volt = 0.5 * FARADAY / (GAS_CONSTANT * temperature)
    scaled = np.clip(per_volt * overpotential, -300.0, 300.0)
    return 2.0 * np.sinh(scaled), 2.0 * per_volt * np.cosh(scaled)


LAWS = {
    "cohesive_law": ("own cohesion", own_cohesion),
    "contact_law": ("own contact", own_contact),
    "kinetics": ("own kinetics", own_kinetics),
}


def case_with(**own):
    """A tiny case whose interfaces name laws."""
    table = tiny_case(cycle__protocol=SHORT_CYCLE, output__fields="none")
    for name, base in ((CATHODE, "NMC811|Li6PS5Cl"), (ANODE, "lithium|Li6PS5Cl")):
        table["interfaces"][name] = {"base": base, "contact_law": "plastic", **own}
    return parse_case(table)


def columns(folder):
    """Time series of a run."""
    return pd.read_csv(folder / "timeseries.csv").select_dtypes("number")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Time series of the case with the library's laws."""
    folder = tmp_path_factory.mktemp("library")
    run(case_with(), folder)
    return columns(folder)


@pytest.mark.parametrize("key", LAWS)
def test_own_law_gives_the_run_of_the_library(key, reference, tmp_path):
    """Breaks when a law of one's own does not reach its interface, loses its parameters, or acts
    otherwise than the library's law that it repeats; and when the result does not say which law it
    was."""
    name, function = LAWS[key]
    result = run(case_with(**{key: name}), tmp_path, laws={name: function})
    found = columns(tmp_path)
    assert list(found) == list(reference) and len(found) == len(reference)
    for column in reference:
        # An error of a balance is a share of what was moved, its scale is 1.
        scale = 1.0 if column.endswith("_error") else np.abs(reference[column]).max()
        difference = np.abs(found[column] - reference[column]).max()
        # What is rounding alone: the contact of a bonded cathode.
        assert not difference > 1e-8 * scale or scale < 1e-8, column
    assert "def own_" in result["laws"][name]
    assert json.loads((tmp_path / "result.json").read_text())["laws"] == result["laws"]


def test_another_law_gives_another_run(reference, tmp_path):
    """Breaks when the function handed in is never called: slower kinetics, a higher loss."""

    def slow(overpotential, temperature):
        return tuple(0.1 * each for each in own_kinetics(overpotential, temperature))

    run(case_with(kinetics="slow"), tmp_path, laws={"slow": slow})
    charged = columns(tmp_path)["voltage_V"].max()
    assert charged > reference["voltage_V"].max() + 0.01


@pytest.mark.parametrize(
    ("laws", "message"),
    [
        ({"bilinear": own_cohesion}, "is a cohesive_law of the library"),
        ({"mine": 3.0}, "laws.mine: given 3.0; write a function"),
        ({"mine": own_contact}, "no interface of the case names it"),
    ],
)
def test_bad_laws_are_named(laws, message, tmp_path):
    """Breaks when a law that cannot be used is taken in silence."""
    with pytest.raises(CaseError, match=message):
        run(case_with(), tmp_path, laws=laws)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("key", "law", "message"),
    [
        ("contact_law", lambda p, hardness: p * np.nan, "not a finite number"),
        ("contact_law", lambda p, hardness: 0.5, "it gives float"),
        ("contact_law", lambda p, hardness: p / hardness, "write 0 to 1"),
        ("contact_law", lambda p, hardness: 1.0 / (1.0 + p / hardness), "falls"),
        ("kinetics", lambda eta, temperature: eta, "no pair"),
        ("kinetics", lambda eta, temperature: (eta + 1.0, 1.0 + 0.0 * eta), "at 0 V"),
        ("kinetics", lambda eta, temperature: (-eta, -1.0 + 0.0 * eta), "falls"),
        ("kinetics", lambda eta, temperature: (eta, 5.0 + 0.0 * eta), "slope"),
    ],
)
def test_functions_that_are_no_laws_are_refused(key, law, message, tmp_path):
    """Breaks when a function without numbers, out of range or with a wrong slope is taken."""
    with pytest.raises(CaseError, match=message):
        run(case_with(**{key: "mine"}), tmp_path, laws={"mine": law})
    assert not list(tmp_path.iterdir())


def test_what_is_no_cohesive_law_is_refused(tmp_path):
    """Breaks when a function that gives no CohesiveLaw fails later, where nobody knows its name."""
    with pytest.raises(MaterialError, match=r"laws\.mine: gives None"):
        run(case_with(cohesive_law="mine"), tmp_path, laws={"mine": lambda *given: None})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", LAWS)
def test_unknown_names_list_own_laws(key):
    """Breaks when a wrong name is not answered with the known ones."""
    own = Laws({"mine": own_contact})
    with pytest.raises(MaterialError, match=rf'{key}: given "yours"; known: .*mine'):
        check_case(case_with(**{key: "yours"}), own)


def test_a_result_knows_its_law():
    """Breaks when another function under the same name passes for the same inputs, or when laws
    change the hash of cases without any."""
    case = case_with(kinetics="mine")

    def scaled(factor):
        return lambda overpotential, temperature: factor * overpotential

    texts = [source_of(each) for each in (own_kinetics, own_contact, scaled(1.0), scaled(2.0))]
    texts += [source_of(partial(own_contact, conforming_pressure=each)) for each in (1.0, 2.0)]
    assert len(set(texts)) == len(texts) and source_of(scaled(1.0)) == texts[2]
    hashes = {inputs_hash(case, {"mine": text}) for text in texts}
    assert len(hashes) == len(texts) and inputs_hash(case, {}) == inputs_hash(case)
    made = eval("lambda overpotential, temperature: overpotential")
    other = eval("lambda overpotential, temperature: 2 * overpotential")
    assert source_of(made) != source_of(other)


def test_own_kinetics_are_solved_as_the_library_does():
    """Breaks when the root under a film is missed, or a derivative is not that of the current."""
    drive = np.concatenate([-np.logspace(1, -9, 40), [0.0], np.logspace(-9, 1, 40)])
    for film in (0.0, 1e-4, 10.0):
        args = drive, np.full(drive.shape, 3.0), np.full(drive.shape, film), 0.5, 310.0
        own = butler_volmer.local_current(*args, own_kinetics)
        known = butler_volmer.local_current(*args)
        for name in known._fields:
            # Of small drives g loses digits to nothing here: sinh is exact.
            one, other = getattr(own, name), getattr(known, name)
            assert np.allclose(one, other, rtol=1e-9, atol=0.0), (name, film)
    current = known.current
    assert np.allclose(
        butler_volmer.overpotential(current, 3.0, 0.5, 310.0, own_kinetics),
        butler_volmer.overpotential(current, 3.0, 0.5, 310.0), rtol=1e-9, atol=0.0,
    )  # fmt: skip
    assert overpotential_of(np.zeros(3), own_kinetics, 300.0) == approx(0.0)
    linear = lambda eta, temperature: (2.0 * eta, 2.0 + 0.0 * eta)
    found = series_overpotential(np.array([1.0]), np.array([3.0]), 0.5, linear, 300.0)
    assert found == approx(1.0 / (1.0 + 3.0 * 0.5 * 2.0))


def test_own_contact_remembers_as_the_library_does():
    """Breaks when a law of one's own unloads along another curve than that of the library."""
    pressure = np.array([0.0, 1e6, 5e7, 3e8])
    for exponent in (None, 0.0, 0.3, 1.0):
        rough = RoughContact(1e8, exponent)
        memory = np.array([[2e8], [2e8], [1e7], [0.0]])
        own, known = (
            advance(law, pressure, memory, 0.0, rough) for law in (own_contact, "plastic")
        )
        assert np.allclose(own[0], known[0], rtol=1e-12) and np.array_equal(own[1], known[1])
