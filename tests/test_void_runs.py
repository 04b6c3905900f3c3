"""Runs with voids on the lithium's face: what is recorded, Faraday's law with vacancies, and what a
case may say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.case import CaseError, parse_case
from chemomech.geometry import build_microstructure
from chemomech.physics.lithium.vacancies import graded_column, stored
from chemomech.physics.lithium.voids import FLOORS, floor
from chemomech.runs.run import run
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.units.constants import FARADAY
from compare import approx
from small import HOLDS, tiny_case

MOLAR_VOLUME = 13e-6
SEEDED = {"depth": "0.3 um", "width": "3 um"}
VACANCIES = {"vacancy_diffusivity": "1e-15 m^2/s", "vacancy_limit": 0.05, "vacancy_depth": "2 um"}
QUICK = {"vacancy_diffusivity": "5.6e-13 m^2/s", "vacancy_limit": 0.01, "vacancy_depth": "3 um"}
MESH = {"size_interface": "0.4 um", "size_bulk": "4 um"}  # 0.8 um along the lithium
# Lithium that does not flow cannot follow what is stripped unevenly: faces as stiff as a mesh can
# resolve let go point by point, in steps of seconds. Asperities that give way keep them together.
YIELDING = {
    "base": "lithium|Li6PS5Cl", "contact_law": "plastic", "contact_stiffness": "4e15 Pa/m",
}  # fmt: skip
CREEP = {
    "materials__lithium": {"base": "lithium", "flow": "creep"}, "solver__displacement_degree": 2,
    "geometry__mesh": MESH,
}  # fmt: skip


def outcome(folder, **changes):
    """(result, time series, voids.npz, walks) of a tiny cell."""
    run_states = []
    result = run(
        parse_case(tiny_case(**changes)),
        folder,
        notify=lambda run_state, share: run_states.append(run_state),
    )
    with np.load(folder / "voids.npz") as file:
        shapes = {name: file[name] for name in file.files}
    return result, pd.read_csv(folder / "timeseries.csv"), shapes, run_states


@pytest.mark.parametrize(("pressure", "left"), [("0.3 MPa", (0.9, 0.9999)), ("5 MPa", (0.0, 1e-6))])
def test_a_void_at_rest(tmp_path, pressure, left):
    """Breaks when a seeded void is not there at the start, or creep does not close it under 5 MPa,
    or does so under 0.3 MPa, or what is recorded of it disagrees."""
    _, table, shapes, _ = outcome(
        tmp_path,
        voids=SEEDED,
        stack__pressure=pressure,
        cycle__protocol=["Rest for 5 minutes"],
        **CREEP,
    )
    volume = table["void_volume_um"].to_numpy()
    # A parabola, 2/3 depth width, straight between the corners of facets: less by (h/width)^2.
    assert volume[0] == approx(2 / 3 * 0.3 * 3 / 6, rel=0.12)
    assert left[0] <= volume[-1] / volume[0] <= left[1]
    assert np.all(np.diff(volume) <= 1e-9)
    mean = shapes["opening"] @ shapes["weight"] / shapes["weight"].sum()
    assert mean * 1e6 == approx(volume, rel=1e-6, abs=1e-9)
    assert shapes["opening"].max(axis=1) * 1e6 == approx(table["void_depth_um"], rel=1e-6, abs=1e-9)
    x = shapes["position"][:, 0]
    assert np.all(np.diff(x) > 0) and np.all(
        shapes["opening"][0][np.abs(x - 3e-6) > 1.5e-6] < 0.03e-6
    )
    # Nothing conducts where nothing touches.
    parted = shapes["opening"][-1] > 0
    assert table["void_share"].iloc[-1] == approx(
        shapes["weight"] @ parted / shapes["weight"].sum(), abs=1e-9
    )
    assert table["lithium_creep_strain_largest"].iloc[-1] > 0


def test_lithium_with_vacancies_follows_faraday(tmp_path):
    """Breaks when lithium is lost or made: thickness on the face and vacancies add up to V Q/F to
    1e-9, and the face stands while its lithium takes up vacancies."""
    _, table, _, run_states = outcome(
        tmp_path,
        plating="local",
        voids=VACANCIES | SEEDED,
        cycle__protocol=["Discharge at 1C for 1 minutes", "Charge at 1C for 2 minutes"],
        cycle__initial_stoichiometry=0.5,
        geometry__mesh=MESH,
    )
    case = parse_case(tiny_case(geometry__mesh=MESH))
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    moved, length = cell.anode.rows, cell.mechanics.jump.weights[cell.anode.rows].sum(axis=1)
    column = graded_column(2e-6, 1e-15, 0.05, run_states[0].state.vacancies.shape[1])
    for run_state, row in zip(run_states[1:], table.to_dict("records")[1:], strict=True):
        empty = stored(run_state.state.vacancies, column)
        assert row["vacancies_um"] * 1e-6 == approx(length @ empty[moved] / length.sum(), rel=1e-6)
        charge = run_state.through["lithium|separator"]
        volume = length @ (run_state.state.plated[moved, 0] - empty[moved])
        assert volume == approx(-MOLAR_VOLUME * charge / FARADAY, rel=1e-9)
    # At first vacancies take most of what is stripped; sites that empty are filled again.
    share = [row["vacancies_um"] for row in table.to_dict("records")]
    assert share[1] > 0 and share[-1] < max(share)


def test_stripping_opens_a_void(tmp_path):
    """Breaks when vacancies do not gather in a void of lithium that does not creep: it grows by the
    difference between how far its floor and what touches go back; without vacancies stripping makes
    it smaller."""
    found = {}
    for name, voids in (("none", SEEDED), ("gathered", SEEDED | QUICK)):
        _, table, _, run_states = outcome(
            tmp_path / name,
            plating="local",
            voids=voids,
            stack__pressure="0.5 MPa",
            geometry__mesh=MESH,
            materials__lithium={"base": "lithium", "flow": "elastic"},
            interfaces={"active|electrolyte": HOLDS, "lithium|separator": YIELDING},
            cycle__initial_stoichiometry=0.5,
            cycle__protocol=["Discharge at 0.2C for 10 minutes"],
        )
        found[name] = table["void_volume_um"].to_numpy()
    rows = run_states[0].state.vacancies.any(axis=1) | run_states[-1].state.vacancies.any(axis=1)
    case = parse_case(tiny_case(geometry__mesh=MESH))
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    length, plated = (
        cell.mechanics.jump.weights[rows].sum(axis=1),
        run_states[-1].state.plated[rows, 0],
    )
    deeper = length @ (plated.max() - plated) / length.sum() * 1e6
    assert np.all(np.diff(found["none"]) < 0) and np.all(np.diff(found["gathered"]) > 0)
    assert found["gathered"][-1] - found["gathered"][0] == approx(deeper, rel=0.02)
    stripped = MOLAR_VOLUME * 36000 * table["charge_mAh_cm2"].iloc[-1] / FARADAY * 1e6
    assert 0.7 * stripped < deeper < stripped


@pytest.mark.parametrize("shape", FLOORS)
def test_floors_of_voids(shape):
    """Breaks when a void is too deep, too wide, or has another shape than its name."""
    x = np.linspace(-2e-6, 2e-6, 401)
    found = floor(x, 0.5e-6, 3e-6, shape)
    assert found.max() == approx(0.5e-6) and np.all(found[np.abs(x) >= 1.5e-6] < 1e-18)
    area = {"parabola": 2 / 3, "ellipse": np.pi / 4, "cap": None}[shape]
    if area is None:
        radius = 0.25e-6 + 9e-12 / 4e-6
        inside = np.abs(x) < 1.5e-6
        assert x[inside] ** 2 + (found[inside] + radius - 0.5e-6) ** 2 == approx(
            radius**2, rel=1e-9
        )
    else:
        assert np.trapezoid(found, x) == approx(area * 0.5e-6 * 3e-6, rel=5e-3)


BAD = {
    "voids.width": {"depth": "1 um"},
    "voids.depth": {"width": "1 um"},
    "voids.count": {"count": 2},
    "voids.positions": SEEDED | {"positions": [0.5, 1.5]},
    "voids.vacancy_limit": VACANCIES | {"vacancy_limit": 1.5},
    "voids.vacancy_depth": {"vacancy_diffusivity": "1e-14 m^2/s", "vacancy_limit": 0.1},
    "voids.shape": SEEDED | {"shape": "square"},
}


@pytest.mark.parametrize("key", BAD)
def test_bad_voids_are_named(key):
    """Breaks when a wrong or half-given void is taken or blamed on another key."""
    with pytest.raises(CaseError, match=key):
        parse_case(tiny_case(voids=BAD[key]))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["depth", "width", "count", "positions", "shape", *VACANCIES]),
        st.one_of(
            st.none(),
            st.text(max_size=6),
            st.floats(),
            st.integers(-3, 3),
            st.lists(st.floats(-1, 2), max_size=3),
            st.sampled_from(["1 um", "1e-14 m^2/s", "cap", 0.1]),
        ),
        max_size=5,
    )
)
def test_any_voids_are_accepted_or_named(table):
    """Breaks when some value ends in another error than one that names the section."""
    try:
        parse_case(tiny_case(voids=table))
    except CaseError as error:
        assert "voids" in str(error)


def test_voids_that_do_not_fit_the_face(tmp_path):
    """Breaks when a void wider than the face, or a cap deeper than half its width, is computed
    with."""
    wide, deep = {"depth": "0.3 um", "width": "30 um"}, SEEDED | {"depth": "2 um", "shape": "cap"}
    for wrong, key in ((wide, "voids.width"), (deep, "voids.depth")):
        with pytest.raises(CaseError, match=key):
            run(parse_case(tiny_case(voids=wrong)), tmp_path)
        assert not (tmp_path / "result.json").exists()
