"""Cases that only swell: a square particle in a square of electrolyte, from file to result, and
what is refused."""

import json

import meshio
import numpy as np
import pandas as pd
import pytest
import tomli_w

from chemomech.case import CaseError, case_hash, describe_schema, parse_case
from chemomech.cli import main
from chemomech.materials import MaterialError, load_material
from chemomech.runs.run import run
from chemomech.setup.electrodes import check_case
from chemomech.setup.interface_terms import by_openings
from compare import approx

CRACKS = "electrolyte|electrolyte|cracks"
CASE = {
    "name": "one particle",
    "geometry": {
        "recipe": "image",
        "path": "square.npy",
        "pixel_size": "0.25 um",
        "labels": {"0": "electrolyte", "1": "active"},
        "mesh": {"size_interface": "0.5 um", "size_bulk": "0.5 um"},
    },
    "materials": {
        "active": {"base": "NMC811", "young_modulus": "100 GPa", "poisson_ratio": 0.3},
        "electrolyte": {
            "base": "Li6PS5Cl",
            "young_modulus": "15 GPa",
            "poisson_ratio": 0.3,
            "flow": "elastic",
        },
    },
    "interfaces": {},
    "cracks": {
        "electrolyte": {"base": "crack", "strength": "80 MPa", "fracture_energy": "1 J/m^2"}
    },
    "swelling": {"region": "active", "volume_change": 0.15, "sides": "plane"},
    "stack": {"fixture": "constant_pressure", "pressure": "1 kPa"},
    "solver": {"displacement_degree": 1, "maximum_iterations": 40, "steps_per_half_cycle": 10},
}


def table_in(folder, **changes):
    """The case's table with its image beside it; changes: dotted keys with '__' for '.'; None
    removes."""
    image = np.zeros((16, 16), dtype=np.uint8)
    image[4:12, 4:12] = 1
    np.save(folder / "square.npy", image)
    table = json.loads(json.dumps(CASE))
    for key, value in changes.items():
        at, *rest = table, *key.split("__")
        for part in rest[:-1]:
            at = at.setdefault(part, {})
        at[rest[-1]] = value
        if value is None:
            del at[rest[-1]]
    return table


def case_in(folder, **changes):
    return parse_case(table_in(folder, **changes), folder)


@pytest.fixture(scope="module")
def swollen(tmp_path_factory):
    """(result, folder) of the case."""
    folder = tmp_path_factory.mktemp("swollen")
    return run(case_in(folder), folder / "out"), folder / "out"


def test_cracks_of_a_particle_that_swells(swollen):
    """Breaks when cracks are not counted, do not shut out ions, or the account of energies does not
    close."""
    result, folder = swollen
    summary, series = result["summary"], pd.read_csv(folder / "timeseries.csv")
    assert json.loads((folder / "result.json").read_text()) == json.loads(json.dumps(result))
    assert result["gates_failed"] == [] and summary["energy_balance_error"] < 0.03
    # Hoop tension around a swelling particle tears radially: opening, not shear.
    assert 1.0 < summary["cracked_um"] < 30.0 and summary["opened_um"] > 0.7 * summary["cracked_um"]
    assert summary["broken_um"] <= summary["cracked_um"]
    assert summary["opened_um"] + summary["sheared_um"] == approx(summary["cracked_um"])
    # All modes alike: what the law dissipated is G_c times the equivalent length.
    dissipated = result["energies_J_per_m"]["fracture"]
    assert dissipated == approx(1e-6 * summary["equivalent_um"], rel=1e-4)
    assert summary["relative_conductivity_after"] < summary["relative_conductivity_before"] < 1.0
    grown = series[f"equivalent_um {CRACKS}"].to_numpy()
    assert np.all(np.diff(grown) >= -1e-9) and grown[0] == 0.0
    assert series["volume_change"].iloc[-1] == approx(0.15)
    # Stiffness left out: 100 E over the mean facet, h up to two mean sizes.
    assert 100.0 < result["solver"]["interface_stiffness_K_h_over_E"][CRACKS] < 250.0


def test_crack_paths_are_written_whole(swollen):
    """Breaks when chains in cracks.csv do not add up to the length of the facets that are cracked
    on average."""
    result, folder = swollen
    rows = pd.read_csv(folder / "cracks.csv")
    steps = rows.groupby(["crack", "chain"])[["x_um", "y_um"]].diff().to_numpy()
    length = np.nansum(np.hypot(*steps.T))
    assert rows["crack"].nunique() == result["summary"]["cracks"]
    assert length == approx(result["summary"]["cracked_um"], rel=0.25)
    assert (folder / "fields" / "interfaces_end.vtu").is_file() and (folder / "mesh.msh").is_file()


def test_faces_stay_planes(swollen):
    """Breaks when the right face or the platen is free point by point, or does not move with what
    swells."""
    cell = meshio.read(swollen[1] / "fields" / "cell_end.vtu")
    for axis in (0, 1):
        end = cell.points[:, axis] > cell.points[:, axis].max() - 1e-12
        moved = cell.point_data["displacement_m"][end, axis]
        plane = np.median(moved)
        # Two ends of each of eight facets; triangles that touch the face in a corner only are not
        # held by it.
        assert np.sum(np.abs(moved - plane) < 1e-15) >= 16 and plane > 1e-9


def test_there_and_back(tmp_path):
    """Breaks when the way back is not walked or cracks heal on it."""
    case = case_in(
        tmp_path,
        swelling__back=True,
        swelling__volume_change=0.05,
        cracks__electrolyte__strength="30 MPa",
    )
    run(case, tmp_path / "out")
    series = pd.read_csv(tmp_path / "out" / "timeseries.csv")
    assert (
        series["volume_change"].max() == approx(0.05)
        and abs(series["volume_change"].iloc[-1]) < 1e-12
    )
    equivalent = series[f"equivalent_um {CRACKS}"]
    assert equivalent.iloc[-1] >= equivalent[series["time"] <= 1.0].iloc[-1] > 0.0


@pytest.mark.parametrize(("sides", "factor"), [("plane", 0.0), ("held", 1.0)])
def test_how_the_sides_hold(tmp_path, sides, factor):
    """Breaks when the right side is held where it should move, or free where it should not: all
    swells alike, and is stressed along the depth alone or along the width too."""
    case = case_in(
        tmp_path,
        swelling__sides=sides,
        swelling__volume_change=0.003,
        cracks__electrolyte__strength="5 GPa",
        cracks__electrolyte__fracture_energy="100 J/m^2",
        cracks__electrolyte__stiffness="1e21 Pa/m",
        cracks__electrolyte__contact_stiffness="1e21 Pa/m",
        geometry__labels={"0": "electrolyte", "1": "electrolyte"},
        swelling__region="electrolyte",
        materials={"electrolyte": CASE["materials"]["electrolyte"]},
        output__fields="none",
    )
    result = run(case, tmp_path / "out")
    young, poisson, strain = 15e9, 0.3, 1.003 ** (1 / 3) - 1
    # Free sides: e_z alone is held, energy E e^2/2. One side more is held: E e^2/(1 - nu).
    density = young * strain**2 * (0.5 + factor * (1.0 / (1.0 - poisson) - 0.5))
    assert result["energies_J_per_m"]["elastic"] == approx(density * 16e-12, rel=1e-3)


WRONG = [
    ({"swelling__region": "activ"}, CaseError, "swelling.region.*did you mean"),
    (
        {"swelling__volume_change": 0.0},
        CaseError,
        "swelling.volume_change.*greater or less than zero",
    ),
    ({"swelling__volume_change": -0.95}, CaseError, "swelling.volume_change.*-0.9"),
    ({"swelling__sides": "free"}, CaseError, 'swelling.sides.*"held" or "plane"'),
    ({"cracks": {}}, CaseError, "swelling: nothing can open"),
    ({"cracks__separator": "crack"}, CaseError, "cracks.separator.*not a region"),
    ({"cracks__electrolyte": "crack"}, MaterialError, "strength"),
    ({"cracks__electrolyte__strength": None}, MaterialError, "strength"),
    ({"cracks__electrolyte__stiffness": "1e13 Pa/m"}, CaseError, "could not soften"),
    ({"cracks__electrolyte__final_opening": "10 nm"}, MaterialError, "final_opening.*leave one"),
    (
        {
            "cracks": {"active": {"base": "crack", "strength": "80 MPa"}},
            "materials__active": "lithium",
        },
        MaterialError,
        "fracture_energy.*lithium",
    ),
]


@pytest.mark.parametrize(("changes", "kind", "words"), WRONG)
def test_wrong_cases_are_refused_before_meshing(tmp_path, changes, kind, words):
    """Breaks when a wrong key is met only after meshing, or not at all."""
    with pytest.raises(kind, match=words):
        check_case(case_in(tmp_path, **changes))


def test_a_plane_side_needs_a_pressure(tmp_path):
    """Breaks when a fixture that knows no free side runs as something else, or leaves files
    behind."""
    with pytest.raises(CaseError, match=r"swelling.sides"):
        run(case_in(tmp_path, stack__fixture="fixed_gap"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_energy_left_out_is_that_of_the_toughness(tmp_path):
    """Breaks when K_Ic^2 (1 - nu^2)/E is not what cracks cost."""
    case = case_in(tmp_path, cracks__electrolyte={"base": "crack", "strength": "80 MPa"})
    parts = check_case(case)
    bulk = parts.bulk["electrolyte"]
    expected = bulk.fracture_toughness**2 * (1 - 0.09) / 15e9
    assert parts.interface_materials[CRACKS].fracture_energy == approx(expected)


def test_a_law_by_its_openings():
    """Breaks when 5 nm and 100 nm at 1 J/m2 are not 20 MPa and 4e15 Pa/m."""
    law = {
        "base": "crack",
        "fracture_energy": "1 J/m^2",
        "onset_opening": "5 nm",
        "final_opening": "100 nm",
    }
    face = by_openings(load_material(law))
    assert (face.strength, face.stiffness) == approx((20e6, 4e15))


def test_what_came_later_does_not_change_older_hashes(tmp_path):
    """Breaks when a case without cracks and swelling gets another hash than before these sections
    were known."""
    table = table_in(tmp_path)
    for name in ("cracks", "swelling"):
        del table[name]
    case = parse_case(table, tmp_path)
    assert {"cracks", "swelling"}.isdisjoint(case.canonical())
    assert case_hash(case) != case_hash(case_in(tmp_path))
    assert {"cracks", "swelling.back"} <= {row.key for row in describe_schema()}


def test_a_study_and_its_report(tmp_path):
    """Breaks when the command line, the study's table or the report takes a case without electrodes
    for a failed one."""
    table = table_in(
        tmp_path,
        swelling__volume_change=0.02,
        cracks__electrolyte__strength="20 MPa",
        solver__steps_per_half_cycle=5,
    )
    file = tmp_path / "study.toml"
    file.write_text(
        tomli_w.dumps({"name": "two", "vary": {"swelling.sides": ["plane", "held"]}, "case": table})
    )
    assert main(["study", str(file), "--out", str(tmp_path / "out")]) == 0
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert summary["equivalent_um"].notna().all() and len(summary) == 2
    page = (tmp_path / "out" / "report.html").read_text()
    assert ">sides<" in page and "held" in page and page.count("<img ") == 3


class Interrupted(Exception):
    """The run is stopped here."""


def test_a_stopped_run_goes_on(swollen, tmp_path, capsys):
    """Breaks when --resume throws away what a run that swells had done, or the run goes on
    another way than in one go."""
    whole, folder = swollen
    case, out = case_in(tmp_path), tmp_path / "out"

    def stop(run_state, share):
        if run_state.time > 0.6:
            raise Interrupted

    with pytest.raises(Interrupted):
        run(case, out, notify=stop)
    assert [path.name for path in (out / "checkpoints").iterdir()] == ["part_00006.npz"] or [
        path.name for path in (out / "checkpoints").iterdir()
    ] == ["part_00005.npz"]
    seen = []
    again = run(
        case, out, notify=lambda run_state, share: seen.append(run_state.time), resume="last"
    )
    assert min(seen) > 0.5
    for name in ("timeseries.csv", "cracks.csv"):
        assert (out / name).read_bytes() == (folder / name).read_bytes()
    for part in ("solver", "cracks", "energies_J_per_m"):
        assert again[part] == whole[part]
    # A finished run that is resumed computes nothing and keeps its numbers; what is of another case
    # is refused.
    seen.clear()
    assert (
        run(case, out, notify=lambda *each: seen.append(each), resume="last")["cracks"]
        == again["cracks"]
    )
    assert not seen
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    file = tmp_path / "other.toml"
    file.write_text(tomli_w.dumps(table_in(tmp_path, swelling__volume_change=0.1)))
    assert main(["run", str(file), "--out", str(out), "--resume"]) == 2
    assert "another case" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before
