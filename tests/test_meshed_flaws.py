"""Meshed flaws of a case: lines put into meshes, and G, K and T at their tips through runs, against
closed forms."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.case import CaseError, case_hash, describe_schema, parse_case
from chemomech.geometry import GeometryError, build_microstructure
from chemomech.geometry.mesh.embed import with_flaws
from chemomech.geometry.mesh.write import write_msh
from chemomech.physics.fracture import weight_functions
from chemomech.runs.run import run
from chemomech.setup import flaws
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.setup.mesh import build_mesh
from compare import approx
from cracked import PLANE, POISSON, SHEAR, YOUNG, plate
from meshes import box
from small import SHORT_CYCLE, tiny_case

UM = 1e-6
SULFIDE = {
    "base": "Li6PS5Cl",
    "flow": "elastic",
    "young_modulus": "22.1 GPa",
    "poisson_ratio": 0.37,
}
SHRINKAGE = -0.003
FREE = np.cbrt(1.0 + SHRINKAGE) - 1.0
SLIT = {
    "name": "slit",
    "region": "matrix",
    "start": ["20 um", "19 um"],
    "end": ["20 um", "21 um"],
    "size": "0.03 um",
}
CELL = {
    "name": "slit",
    "region": "separator",
    "start": ["2 um", "6 um"],
    "end": ["4 um", "6.5 um"],
    "size": "0.15 um",
}


def shrinking(folder, mesh, flaw, region="matrix", material=None, **more):
    """A case without electrodes: a region of a mesh shrinks, its sides held, top free."""
    write_msh(mesh, folder / "cell.msh")
    table = {
        "name": "shrinking",
        "geometry": {"recipe": "file", "path": "cell.msh"},
        "interfaces": {},
        "materials": dict.fromkeys(mesh.regions, material or SULFIDE),
        "swelling": {"region": region, "volume_change": SHRINKAGE},
        "stack": {"fixture": "constant_pressure", "pressure": "1 Pa"},
        "output": {"fields": "none"},
        "solver": {"steps_per_half_cycle": 1},
        "meshed_flaws": [flaw] if isinstance(flaw, dict) else flaw,
    }
    return parse_case(table | more, folder)


def square():
    """40 um of one material."""
    return box((8, 8), (40 * UM, 40 * UM), region_of=lambda x: "matrix")


def tips_of(result):
    """Modes (t, 2) [Pa sqrt(m)] of all tips at their largest drive."""
    tips = result["meshed_flaws"]["tips"]
    return 1e6 * np.array(
        [[tip[f"{name}_MPa_sqrt_m"] for name in ("K_I", "K_II")] for tip in tips]
    ), tips


@pytest.mark.parametrize("angle", [0.0, 0.6])
def test_griffith_crack_of_a_case(tmp_path, angle):
    """Breaks when a load, an axis, a size or a sum is wrong on the way from the case to K, G and T:
    a slit in a sheet that may not shrink along x, sigma_xx = -E e/(1 - nu), at an angle to y; 0.3 %
    of finite width is left."""
    way = np.array([-np.sin(angle), np.cos(angle)])
    ends = [[f"{20 + sign * float(each):.15g} um" for each in way] for sign in (-1, 1)]
    flaw = SLIT | dict(zip(("start", "end"), ends, strict=True))
    result = run(shrinking(tmp_path, square(), flaw), tmp_path / "out")
    modes, tips = tips_of(result)
    stress = -YOUNG * FREE / (1 - POISSON)
    exact = stress * np.cos(angle) * np.sqrt(np.pi * UM) * np.array([np.cos(angle), np.sin(angle)])
    assert modes[:, 0] == approx(exact[0], rel=6e-3)
    assert np.abs(modes[:, 1]) == approx(exact[1], rel=6e-3, abs=1e-3 * exact[0])
    assert modes[0] == approx(modes[1], rel=1e-3, abs=1e-3 * exact[0])
    for tip in tips:
        assert tip["spread"] < 1e-3 and tip["warnings"] == []
        assert tip["G_J_m2"] == approx(exact @ exact / PLANE, rel=1.5e-2)
        assert tip["max_G_over_Gc"] == approx(exact @ exact / 0.23e6**2, rel=1.2e-2)
        # Remote stress along the crack less that across it.
        assert tip["T_MPa"] == approx(-1e-6 * stress * np.cos(2 * angle), rel=2e-2)
    series = pd.read_csv(tmp_path / "out" / "meshed_flaws.csv")
    assert series["K_over_KIc"].iloc[-1] == approx(tips[1]["max_K_over_KIc"])
    # Linear in the free strain at every state: the strain of each row is its own.
    strain = np.cbrt(1 + series["volume_change"]) - 1
    share = series["K_I_MPa_sqrt_m"] / (1e-6 * modes[series["tip"], 0])
    assert share.to_numpy() == approx((strain / FREE).to_numpy(), abs=1e-5)


def test_pressed_flaw_slides(tmp_path):
    """Breaks when the faces overlap, stick or rub, or a K_I < 0 counts: pressed together only K_II
    is left."""
    way = np.array([-np.sin(0.6), np.cos(0.6)])
    ends = [[f"{20 + sign * float(each):.15g} um" for each in way] for sign in (-1, 1)]
    flaw = SLIT | dict(zip(("start", "end"), ends, strict=True))
    swollen = {"swelling": {"region": "matrix", "volume_change": -SHRINKAGE}}
    result = run(shrinking(tmp_path, square(), flaw, **swollen), tmp_path / "out")
    modes, tips = tips_of(result)
    strain = np.cbrt(1.0 - SHRINKAGE) - 1.0
    exact = YOUNG * strain / (1 - POISSON) * np.sqrt(np.pi * UM) * np.sin(0.6) * np.cos(0.6)
    assert np.abs(modes[:, 1]) == approx(exact, rel=1e-2)
    # Left by the facet at the tip, which cannot close; it falls with the root of its size.
    assert np.all(modes[:, 0] <= 0) and np.all(modes[:, 0] > -0.25 * exact)
    for tip, two in zip(tips, np.abs(modes[:, 1]) / 0.23e6, strict=True):
        assert tip["max_G_over_Gc"] == approx(two**2, rel=1e-9)
        assert tip["max_K_over_KIc"] == approx(2 / np.sqrt(3) * two, rel=1e-9)
        assert "closed at its largest drive" in tip["warnings"][-1]


def test_mouth_on_a_face(tmp_path):
    """Breaks when a mouth is not open: from a side without shear a flaw is half a slit of twice its
    length."""
    flaw = SLIT | {"start": ["20.3 um", "0.01 um"], "end": ["20.3 um", "1 um"]}
    result = run(shrinking(tmp_path, square(), flaw), tmp_path / "out")
    (mode,), (tip,) = tips_of(result)
    assert mode[0] == approx(-YOUNG * FREE / (1 - POISSON) * np.sqrt(np.pi * UM), rel=6e-3)
    assert (tip["y_um"], tip["angle_deg"]) == (approx(1.0), approx(90.0))
    assert tip["length_um"] == approx(1.0)


RADIUS, GAP = 3.0, 1.5


def pair():
    """Two discs of radius 3 um with a gap of 1.5 um in 60 um of one stiffness."""
    away = (RADIUS + 0.5 * GAP) * UM
    discs = [(30 * UM - away, 30 * UM, RADIUS * UM), (30 * UM + away, 30 * UM, RADIUS * UM)]
    return plate((0, 0), (60 * UM, 60 * UM), [], [(30 * UM, 30 * UM)], 0.3 * UM, 0.2, discs, 8 * UM)


def between(half, **changes):
    """A slit of half length [um] between the discs."""
    ends = {"start": ["30 um", f"{30 - half:.15g} um"], "end": ["30 um", f"{30 + half:.15g} um"]}
    return {"name": "between", "region": "matrix", "size": "0.03 um"} | ends | changes


HALF, STEP = 0.5, 0.04


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Results with a slit of the half length, and 8 % shorter and longer ones."""
    mesh, found = pair(), []
    for each in (HALF, HALF - STEP, HALF + STEP):
        folder = tmp_path_factory.mktemp("pair")
        found.append(
            run(shrinking(folder, mesh, between(each), region="inclusion"), folder / "out")
        )
    return found


def test_between_two_particles_against_the_weight_function(three):
    """Breaks when the eigenstrain of the neighbours is lost: shrinking discs of one stiffness pull
    with sigma_rr = 2 mu C R^2/r^2, C = (1 + nu) e/(2 (1 - nu)), on the slit between them, by the
    weight function of the families."""
    modes, tips = tips_of(three[0])
    place, weights = weight_functions.slit_rule()
    y, d = HALF * UM * place, (RADIUS + 0.5 * GAP) * UM
    strength = -2 * SHEAR * (1 + POISSON) * FREE / (2 * (1 - POISSON)) * (RADIUS * UM) ** 2
    tension = 2 * strength * (d**2 - y**2) / (d**2 + y**2) ** 2
    exact = weight_functions.intensities(
        weights, np.stack([tension, 0 * tension], axis=-1), HALF * UM
    )[0, 0]
    # What is left: the held box of ten diameters, and polygons that are smaller than the discs.
    assert modes[:, 0] == approx(exact, rel=0.01)
    assert modes[0, 0] == approx(modes[1, 0], rel=2e-3)
    assert np.abs(modes[:, 1]).max() < 5e-3 * exact
    assert max(tip["spread"] for tip in tips) < 2e-3


def test_energy_of_longer_flaws(three):
    """Breaks when G is not what a longer flaw frees: -dPi/da from two runs, the flaw 8 % shorter
    and longer."""
    # The stack does not push: what the free strain puts in is stored.
    stored = [
        sum(each["energies_J_per_m"][name] for name in ("elastic", "interface")) for each in three
    ]
    freed = (stored[1] - stored[2]) / (4 * STEP * UM)
    assert np.mean([tip["G_J_m2"] for tip in tips_of(three[0])[1]]) == approx(freed, rel=0.02)


def test_flow_leaves_the_row_empty(tmp_path):
    """Breaks when K is told of a material that has flowed: later states are empty, the first ones
    are not."""
    soft = SULFIDE | {"flow": "plastic", "yield_strength": "40 MPa"}
    case = shrinking(tmp_path, square(), SLIT, material=soft, solver={"steps_per_half_cycle": 4})
    result = run(case, tmp_path / "out")
    tip = json.loads((tmp_path / "out" / "result.json").read_text())["meshed_flaws"]["tips"][0]
    assert 0 < tip["states_evaluated"] < tip["states"]
    assert "has flowed" in tip["warnings"][0]
    series = pd.read_csv(tmp_path / "out" / "meshed_flaws.csv")
    assert np.isnan(series["K_over_KIc"].iloc[-1]) and series["K_over_KIc"].iloc[2] >= 0
    assert result["meshed_flaws"]["max_K_over_KIc"] == approx(series["K_over_KIc"].max())


def test_own_curve_of_a_mesh(tmp_path):
    """Breaks when a flaw that the user has meshed is not found by its name, or another curve is in
    the way."""
    middle = 20 * UM
    ends = [(middle, 18 * UM), (middle, 22 * UM)]
    mesh = plate((0, 0), (40 * UM, 40 * UM), [ends], ends, 0.1 * UM, 0.3, (), 8 * UM)
    named = {"name": "crack", "region": "matrix"}
    result = run(shrinking(tmp_path, mesh, named), tmp_path / "out")
    modes, _ = tips_of(result)
    assert modes[:, 0] == approx(-YOUNG * FREE / (1 - POISSON) * np.sqrt(2 * np.pi * UM), rel=2e-2)
    with pytest.raises(
        GeometryError, match=r'meshed_flaws.0.name: .* no inner curve "slit" \(known: crack\)'
    ):
        build_mesh(shrinking(tmp_path, mesh, named | {"name": "slit"}), tmp_path)


@pytest.fixture(scope="module")
def cell_mesh(tmp_path_factory):
    """Mesh of the tiny cell without flaws."""
    return build_microstructure(parse_case(tiny_case()).geometry, tmp_path_factory.mktemp("mesh"))


def elastic(**changes):
    """The tiny cell with an electrolyte that does not flow."""
    return tiny_case(materials__separator=SULFIDE, materials__electrolyte=SULFIDE, **changes)


def test_a_cycle_and_its_resumption(tmp_path):
    """Breaks when rows are lost at a checkpoint, the mesh is another one after it, or the governing
    flaw is not the largest of meshed ones and families."""
    family = {"name": "inside", "region": "separator", "place": "interior", "depth": "0.5 um"}
    protocol = [{"repeat": 2, "steps": SHORT_CYCLE}]
    case = parse_case(elastic(meshed_flaws=[CELL], flaws=[family], cycle__protocol=protocol))
    whole = run(case, tmp_path / "whole")
    shutil.copytree(tmp_path / "whole", tmp_path / "taken")
    (tmp_path / "taken" / "meshed_flaws.csv").unlink()
    checkpoints = sorted((tmp_path / "taken" / "checkpoints").iterdir())
    assert [each.name for each in checkpoints] == ["cycle_00002.npz"]
    taken = run(case, tmp_path / "taken", resume="last")
    for name in ("meshed_flaws.csv", "mesh.msh"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "taken" / name).read_bytes()
    assert taken["meshed_flaws"] == whole["meshed_flaws"]
    rows, series = (
        pd.read_csv(tmp_path / "whole" / f"{name}.csv") for name in ("meshed_flaws", "timeseries")
    )
    last = series[series["cycle"] == 2]
    for _, own in rows.groupby("tip"):
        assert own[own["cycle"] == 2]["time_h"].to_numpy() == approx(last["time_h"].to_numpy())
        # Of the first cycle: start, ends of its steps, and the largest drive.
        assert 1 + len(SHORT_CYCLE) <= (own["cycle"] < 2).sum() <= 2 + len(SHORT_CYCLE)
    assert whole["meshed_flaws"]["tips"][0]["states"] == len(series)
    found = whole["meshed_flaws"]
    top = {"family": whole["flaws"]["max_K_over_KIc"], "meshed": found["max_K_over_KIc"]}
    assert found["of_all"]["kind"] == max(top, key=top.get)
    assert found["of_all"]["max_K_over_KIc"] == max(top.values())
    # Pressed by the stack: closed, and its faces slide.
    assert any("closed at its largest drive" in each for each in found["tips"][0]["warnings"])


def test_ions_go_around_a_flaw(tmp_path):
    """Breaks when ions cross an open flaw: one across the separator raises the resistance."""
    across = CELL | {"start": ["1 um", "6 um"], "end": ["5 um", "6 um"], "size": "0.1 um"}
    found = []
    for number, listed in enumerate(([], [across])):
        changes = {"cycle__protocol": ["Charge at 1C for 1 minutes"], "meshed_flaws": listed}
        run(parse_case(elastic(**changes)), tmp_path / str(number))
        series = pd.read_csv(tmp_path / str(number) / "timeseries.csv")
        found.append(series["ionic_resistance_ohm_cm2"].iloc[-1])
    # 2/3 of the width is shut: ln(1/cos) of an inner slit would add as long a path as about half
    # the width.
    assert 1.15 < found[1] / found[0] < 2.0


def test_only_what_is_near_is_meshed_again(cell_mesh, tmp_path):
    """Breaks when areas, sides, regions or particles change, or cells that no flaw touches."""
    case = parse_case(tiny_case(meshed_flaws=[CELL]))
    mesh = with_flaws(cell_mesh, case.meshed_flaws, tmp_path / "mesh.msh")
    assert mesh.interface_measure(case.meshed_flaws[0].interface) == approx(
        np.hypot(2, 0.5) * UM, rel=1e-12
    )
    for name in cell_mesh.regions:
        assert mesh.region_measure(name) == approx(cell_mesh.region_measure(name), rel=1e-12)
        old, new = (
            {
                tuple(np.round(x.ravel(), 12))
                for x in m.points[np.sort(m.cells[m.region_cells(name)])]
            }
            for m in (cell_mesh, mesh)
        )
        assert (len(old) == len(new)) is (name in ("active", "collector"))
    for name in cell_mesh.boundaries:
        assert mesh.boundary_measure(name) == approx(cell_mesh.boundary_measure(name), rel=1e-12)
    assert with_flaws(mesh, case.meshed_flaws, tmp_path / "no.msh") is mesh
    assert not (tmp_path / "no.msh").exists()
    # A mesh that cases share has no flaws yet, that of a run has them.
    write_msh(cell_mesh, tmp_path / "shared.msh")
    found, made = build_mesh(case, tmp_path, tmp_path / "shared.msh")
    assert made == tmp_path / "mesh.msh" and len(found.cells) == len(mesh.cells)
    assert build_mesh(case, tmp_path, made)[1] is None


def test_mouth_on_an_edge_that_is_fine_enough(tmp_path):
    """Breaks when a border edge with a mouth is not divided because it is no longer than the size
    asks."""
    flaw = SLIT | {"start": ["17 um", "0 um"], "end": ["17 um", "21 um"], "size": "4 um"}
    case = shrinking(tmp_path, square(), flaw)
    mesh = with_flaws(square(), case.meshed_flaws, tmp_path / "mesh.msh")
    assert mesh.boundary_measure("bottom") == approx(40 * UM, rel=1e-12)
    facets = mesh.interfaces["matrix|matrix|slit"]
    assert (
        np.isin(mesh.boundaries["bottom"], facets).any()
        and mesh.points[facets][..., 1].min() == 0.0
    )


def test_flaw_from_a_particle(cell_mesh, tmp_path):
    """Breaks when an end on a particle is no mouth, or one on a border that is bonded for good is
    taken for a tip."""
    corners = cell_mesh.points[np.unique(cell_mesh.cells[cell_mesh.region_cells("active")])] / UM
    centre = corners.mean(axis=0)
    radius = np.linalg.norm(corners - centre, axis=1).max()
    way = np.array([np.sign(3.0 - centre[0]), 0.3]) / np.hypot(1, 0.3)
    ends = [[f"{each:.12g} um" for each in centre + reach * radius * way] for reach in (0.97, 1.5)]
    flaw = {
        "name": "edge",
        "region": "electrolyte",
        "start": ends[0],
        "end": ends[1],
        "size": "0.1 um",
    }
    case = parse_case(elastic(meshed_flaws=[flaw]))
    mesh = with_flaws(cell_mesh, case.meshed_flaws, tmp_path / "mesh.msh")
    (tip,) = flaws.tips_of(case, build_cell(case, check_case(case), mesh))
    assert tip.point / UM == approx(centre + 1.5 * radius * way)
    # The same border without an interface, between stiffnesses.
    bonded = between(0.5, start=["29.25 um", "30 um"], end=["30.2 um", "30 um"])
    materials = {"matrix": SULFIDE, "inclusion": SULFIDE | {"young_modulus": "140 GPa"}}
    with pytest.raises(
        CaseError, match=r"its end at \(29.25 um, 30 um\) lies on a border that is bonded for good"
    ):
        run(
            shrinking(tmp_path, pair(), bonded, region="inclusion", materials=materials),
            tmp_path / "out",
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"start": ["2 um", "1 um"]},
            r"meshed_flaws.0: crosses a border of separator at \(.* um, 3 um\)",
        ),
        (
            {"start": ["2 um", "3 um"], "end": ["2 um", "9 um"]},
            "cuts separator from border to border",
        ),
        (
            {"region": "electrolyte"},
            r"its middle, \(3 um, 6.25 um\), lies in separator, not in electrolyte",
        ),
        ({"start": ["90 um", "6 um"], "end": ["92 um", "6 um"]}, "outside the mesh"),
        (
            {"start": ["2 um", "3.25 um"]},
            "its tip at .* is 0.25 um from a border; at least four times its size",
        ),
        ({"size": "1 um"}, "the flaw is 2.062 um long; at least four times its size"),
    ],
)
def test_wrong_places_are_refused(cell_mesh, tmp_path, changes, text):
    """Breaks when a flaw that is not inside its region gives a mesh, or the message does not say
    what is wrong."""
    case = parse_case(tiny_case(meshed_flaws=[CELL | changes]))
    with pytest.raises(GeometryError, match=text):
        with_flaws(cell_mesh, case.meshed_flaws, tmp_path / "mesh.msh")
    assert not (tmp_path / "mesh.msh").exists()


def test_flaws_keep_apart(cell_mesh, tmp_path):
    """Breaks when flaws that cross are meshed as one."""
    other = CELL | {"name": "other", "start": ["3 um", "5 um"], "end": ["3 um", "7 um"]}
    case = parse_case(tiny_case(meshed_flaws=[CELL, other]))
    with pytest.raises(
        GeometryError, match=r"meshed_flaws.1: meets or comes close to meshed_flaws.0"
    ):
        with_flaws(cell_mesh, case.meshed_flaws, tmp_path / "mesh.msh")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"start": ["5 um"]}, r"meshed_flaws.0.start: given .*write x and y"),
        ({"start": "5 um"}, 'meshed_flaws.0.start: given "5 um"; write x and y'),
        ({"end": ["5", "1 um"]}, 'meshed_flaws.0.end: "5" has no unit'),
        ({"size": "0 um"}, "meshed_flaws.0.size: .* must be greater than zero"),
        ({"size": None}, "meshed_flaws.0.size: is required"),
        (
            {"start": None, "end": None, "size": None},
            'flaws.0.start: is required; only a mesh of recipe = "file"',
        ),
        (
            {"region": "separater"},
            'meshed_flaws.0.region: given "separater"; did you mean "separator"',
        ),
        ({"name": "a|b"}, "meshed_flaws.0.name: given"),
        ({"name": "cracks"}, "meshed_flaws.0.name: given"),
        ({"depth": "1 um"}, "meshed_flaws.0.depth: is not a known key"),
    ],
)
def test_wrong_keys_are_refused(changes, text):
    """Breaks when a wrong table passes or its message does not name key, value and what is
    accepted."""
    table = {key: value for key, value in (CELL | changes).items() if value is not None}
    with pytest.raises(CaseError, match=text):
        parse_case(tiny_case(meshed_flaws=[table]))


def test_clashes_are_refused():
    """Breaks when two flaws of one name, or flaws where cracks run by themselves, or in 3D,
    pass."""
    with pytest.raises(CaseError, match=r'meshed_flaws.1.name: given "slit"; another flaw'):
        parse_case(tiny_case(meshed_flaws=[CELL, CELL]))
    with pytest.raises(CaseError, match=r"meshed_flaws.0.region: .*\[cracks\] has it"):
        parse_case(
            tiny_case(
                meshed_flaws=[CELL], cracks={"separator": {"base": "crack", "strength": "50 MPa"}}
            )
        )
    with pytest.raises(CaseError, match=r"meshed_flaws.0.region: .*\[phase_field\] has it"):
        parse_case(
            tiny_case(meshed_flaws=[CELL], phase_field={"regions": ["separator"], "length": "1 um"})
        )


def test_hash_and_schema():
    """Breaks when old cases change their hash, or a unit or a default does."""
    bare, flawed = (parse_case(tiny_case(**each)) for each in ({}, {"meshed_flaws": [CELL]}))
    assert "meshed_flaws" not in bare.canonical()
    same = parse_case(tiny_case(meshed_flaws=[CELL | {"start": ["2000 nm", "6e-6 m"]}]))
    assert case_hash(same) == case_hash(flawed) != case_hash(bare)
    assert {row.key: row.unit for row in describe_schema()}["meshed_flaws[].start"] == "list"


@settings(max_examples=10, deadline=None)
@given(
    st.one_of(
        st.none(),
        st.integers(),
        st.text(max_size=5),
        st.lists(st.one_of(st.text(max_size=4), st.floats()), max_size=3),
    )
)
def test_points_of_any_kind(value):
    """Breaks when something that is no point raises anything but a CaseError that names the key."""
    with pytest.raises(CaseError, match=r"meshed_flaws.0.(start|end|size)"):
        parse_case(tiny_case(meshed_flaws=[CELL | {"start": value}]))
