"""Families of flaws in a case: the schema, the lines they lie on, and what a run says of them."""

import json
import shutil
import textwrap
import tomllib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemomech.analysis.flaws.lines import lines_of
from chemomech.case import CaseError, case_hash, describe_schema, parse_case
from chemomech.case.flaws import families as families_module
from chemomech.fem.domain import build_domain
from chemomech.geometry import build_microstructure
from chemomech.physics.fracture import paris, weakest_link, weight_functions
from chemomech.runs.observers.flaws import FamilyRecord
from chemomech.runs.run import run
from chemomech.setup.cell import build_cell
from chemomech.setup.electrodes import check_case
from chemomech.setup.flaws import families_of
from compare import approx
from cracked import plate, without
from meshes import box
from small import SHORT_CYCLE, tiny_case

EDGE = {"name": "edges", "region": "electrolyte", "place": "particle edge", "depth": "0.2 um"}
INSIDE = {"name": "inside", "region": "separator", "place": "interior", "depth": "0.5 um"}
FACE = {"name": "face", "region": "separator", "place": "surface", "depth": "1 um"}
GROWS = {"paris_rate": "5 nm", "paris_exponent": 2.0, "paris_threshold": "1e-4 MPa*m^0.5"}
KIC = 0.23e6


def families(tmp_path, *tables, **changes):
    """FamilyRecord of a tiny cell, and the cell."""
    case = parse_case(tiny_case(flaws=list(tables), **changes))
    cell = build_cell(case, check_case(case), build_microstructure(case.geometry, tmp_path))
    return FamilyRecord(families_of(case, cell), cell, last_cycle=1), cell


def seen(cell, stress, pressure=0.0, damage=None):
    """What observers see of a state whose stress is (xx, yy, xy) everywhere.

    Lithium presses evenly and nothing is plated.
    """
    state = cell.mechanics.initial_state()
    whole = np.zeros_like(state.stress)
    whole[..., [0, 1, 3]] = stress
    mechanical = SimpleNamespace(
        stress=whole, damage=state.damage if damage is None else damage + 0.0 * state.damage
    )
    sites = cell.mechanics.jump.weights[cell.anode.rows].size
    return SimpleNamespace(
        run_state=SimpleNamespace(time=0.0, mechanical=mechanical),
        when={"time_h": 0.0, "cycle": 1},
        step_ended=False,
        sites=(np.full(sites, pressure), np.zeros(sites), np.zeros(sites), None, 0.0),
    )


def test_uniform_stress_by_hand(tmp_path):
    """Breaks when a place, an angle, a rule or a filling is wrong on the way from the case to K."""
    turned = INSIDE | {"name": "turned", "angle": "30 deg"}
    disc = INSIDE | {"name": "disc", "shape": "penny"}
    filled = FACE | {"name": "filled", "filled": True}
    found, cell = families(tmp_path, EDGE, INSIDE, turned, disc, FACE, filled)
    s = 20e6
    found.observe(seen(cell, (0.0, s, 0.0), 5e6))
    rows = {row["family"]: row for row in found.rows}
    root = lambda a: s * np.sqrt(np.pi * a) / 1e6
    assert rows["inside"]["K_I_MPa_sqrt_m"] == approx(root(0.5e-6))
    assert rows["turned"]["K_I_MPa_sqrt_m"] == approx(0.75 * root(0.5e-6))
    assert abs(rows["turned"]["K_II_MPa_sqrt_m"]) == approx(np.sqrt(3) / 4 * root(0.5e-6))
    assert rows["disc"]["K_I_MPa_sqrt_m"] == approx(2 / np.pi * root(0.5e-6))
    # A flaw along y does not feel tension along y; lithium at 5 MPa opens it.
    assert rows["face"]["K_I_MPa_sqrt_m"] == approx(0.0, abs=1e-9)
    assert rows["filled"]["K_I_MPa_sqrt_m"] == approx(0.25 * 1.1215 * root(1e-6), rel=1e-3)
    assert rows["inside"]["K_over_KIc"] == approx(root(0.5e-6) * 1e6 / KIC)
    assert rows["turned"]["G_over_Gc"] == approx(0.75 * (root(0.5e-6) * 1e6 / KIC) ** 2)
    # Bonded particles: a slit as long as the flaw, along the normal of its facet.
    lines = found.families[0].lines
    site = np.argmin(
        np.linalg.norm(lines.points * 1e6 - [rows["edges"]["x_um"], rows["edges"]["y_um"]], axis=1)
    )
    x, y = lines.direction[site, 0]
    assert rows["edges"]["K_I_MPa_sqrt_m"] == approx(x**2 * root(0.1e-6), rel=1e-6)
    assert abs(rows["edges"]["K_II_MPa_sqrt_m"]) == approx(abs(x * y) * root(0.1e-6), rel=1e-6)
    centre = cell.domain.points[cell.domain.vertices[cell.domain.cells_of("active")]].mean(
        axis=(0, 1)
    )
    assert lines.direction[site, 0] @ (lines.points[site] - centre) > 0


def test_separated_particles_have_free_edges(tmp_path):
    """Breaks when the interface's damage does not turn the mouth into a free surface."""
    found, cell = families(tmp_path, EDGE)
    for damage in (0.0, 1.0):
        found.observe(seen(cell, (20e6, 20e6, 0.0), damage=damage))
    bonded, free = (row["K_over_KIc"] for row in found.rows)
    assert free / bonded == approx(1.1215 * np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize("angle", ["30 deg", "-30 deg"])
def test_oblique_edge_flaw(tmp_path, angle):
    """Breaks when the angle of the line and that of its weights are not the same: F_I = 0.920, F_II
    = 0.306 at 30 degrees."""
    found, cell = families(tmp_path, FACE | {"angle": angle})
    found.observe(seen(cell, (20e6, 0.0, 0.0)))
    unit = 20 * np.sqrt(np.pi * 1e-6)
    assert found.rows[0]["K_I_MPa_sqrt_m"] == approx(0.920 * unit, rel=2e-3)
    assert abs(found.rows[0]["K_II_MPa_sqrt_m"]) == approx(0.306 * unit, rel=2e-3)


def test_tip_of_a_bonded_flaw(tmp_path):
    """Breaks when K of a flaw from a bonded particle is that of its mouth: three quarters of a
    stress that grows inwards."""
    found, _ = families(tmp_path, EDGE)
    (family,) = found.families
    weights = family.bonded[0, 0, 0, 0, 0]
    assert weights @ family.lines.place / (0.2e-6 * np.sqrt(np.pi * 0.1e-6)) == approx(
        0.75, rel=1e-6
    )


def test_probability_of_failure(tmp_path):
    """Breaks when density, area, sizes, angles or scatter do not reach the weakest link: a uniform
    stress, by hand."""
    sizes = {"depth_scale": "0.4 um", "depth_shape": 2.0}
    table = INSIDE | sizes | {"volume_density": "1e6 cm^-3", "toughness_deviation": 0.2}
    found, cell = families(tmp_path, table, flaw__area="2 cm^2")
    (family,) = found.families
    s = 60e6
    found.observe(seen(cell, (0.0, s, 0.0)))
    exponent = np.linspace(0.0, 60.0, 60_001)
    share = weakest_link.failing_share(s * np.sqrt(np.pi * 0.4e-6 * np.sqrt(exponent)), KIC, 0.2)
    running = np.append(0.0, np.cumsum((np.exp(-exponent) * share)[1:] * 1e-3))
    # Near the borders of the separator the larger ones do not fit.
    fitting = np.interp((family.lines.room[:, 0] / 0.4e-6) ** 2, exponent, running)
    expected = 1e12 * 2e-4 * 6e-6 * family.lines.weight @ fitting
    assert family.failures(found.history[0]) == approx(expected, rel=0.02)
    assert found.summary()["flaws"]["failure_probability"] == approx(
        1 - np.exp(-expected), rel=0.02
    )
    found.observe(seen(cell, (0.0, 0.0, 0.0)))
    assert family.failures(found.history[0]) == approx(expected, rel=0.02)


def test_growth_over_cycles(tmp_path):
    """Breaks when the range of a cycle, the cycles jumped over or the law's constants are wrong:
    the closed form."""
    found, cell = families(tmp_path, INSIDE | GROWS | {"paris_rate": "100 nm"})
    (_family,) = found.families
    s, start = 20e6, 0.5e-6
    for done in (1, 40, 41):  # 39 cycles jumped over in between
        for stress in (0.0, s, -s):
            found.observe(seen(cell, (0.0, stress, 0.0)))
        found.cycle_ended(SimpleNamespace(done=done))
    size = found.growth[-1]["largest_size_um"] * 1e-6
    assert size > 1.02 * start
    assert paris.cycles_to(size, start, s, 1.0, KIC, 1e-7, 2.0) == approx(41, rel=0.01)
    # The table ends at five times the size, before K reaches the toughness.
    life = paris.cycles_to(5 * start, start, s, 1.0, KIC, 1e-7, 2.0)
    assert found.growth[-1]["life_cycles"] == approx(life, rel=0.01)
    assert found.growth[0]["life_cycles"] == approx(life, rel=0.01)


def test_random_angles_cover_all(tmp_path):
    """Breaks when a random angle misses the worst one, or its classes do not share the weight."""
    found, cell = families(tmp_path, INSIDE | {"angle": "random", "volume_density": "1 cm^-3"})
    (family,) = found.families
    assert len(family.lines.angles) == 12
    found.observe(seen(cell, (0.0, 20e6, 0.0)))
    angle = np.deg2rad(22.5)
    modes = (
        20e6
        * np.sqrt(np.pi * 0.5e-6)
        * np.array([np.cos(angle) ** 2, np.sin(angle) * np.cos(angle)])
    )
    worst = weight_functions.hoop_intensity(modes)
    assert found.rows[0]["K_over_KIc"] * KIC > 0.97 * worst


def test_what_does_not_fit(tmp_path):
    """Breaks when a flaw larger than its region counts, or one that nearly fills it passes without
    a word."""
    with pytest.raises(CaseError, match="fits nowhere"):
        families(tmp_path, INSIDE | {"depth": "20 um"})
    found, cell = families(tmp_path, INSIDE | {"depth": "2 um", "angle": "90 deg"})
    found.observe(seen(cell, (20e6, 0.0, 0.0)))
    texts = " ".join(found.summary()["flaws"]["families"][0]["warnings"])
    assert "weight functions are for small ones" in texts and "left out" in texts
    with pytest.raises(CaseError, match="no pore of separator"):
        run(parse_case(tiny_case(flaws=[INSIDE | {"place": "pore"}])), tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(CaseError, match="name its interface"):
        families(tmp_path, FACE | {"region": "electrolyte"})


def test_grain_boundaries_and_pores():
    """Breaks when lines leave a boundary, a pore's normal points into the hole, or an outer face
    counts as a pore."""
    mesh = box((6, 4), (6e-6, 4e-6))
    grains = replace(
        mesh, cell_particle=(mesh.points[mesh.cells].mean(axis=1)[:, 0] > 2e-6).astype(int)
    )
    cell = SimpleNamespace(domain=build_domain(grains))
    family = families_module.FlawFamily(
        name="a", region="block", place="grain boundary", depth="0.3 um"
    )
    lines = lines_of(cell, family, None, 0.6e-6)
    assert lines.measure == approx(4e-6) and len(lines.points) == 4
    assert lines.points[:, 0] == approx(2e-6) and np.abs(lines.direction[:, 0, 1]) == approx(1.0)
    radius = 5e-6
    full = plate((-20e-6, -20e-6), (20e-6, 20e-6), [], [(radius, 0)], 0.5e-6, 0.1, [(0, 0, radius)])
    cell = SimpleNamespace(domain=build_domain(without(full, "inclusion")))
    family = families_module.FlawFamily(
        name="a", region="matrix", place="pore", depth="1 um", angle="20 deg"
    )
    lines = lines_of(cell, family, None, 2e-6)
    assert lines.measure == approx(2 * np.pi * radius, rel=0.01)
    out = lines.points / np.linalg.norm(lines.points, axis=1)[:, None]
    turned = np.stack(
        [
            out[:, 1] * -np.sin(0.34907) + out[:, 0] * np.cos(0.34907),
            out[:, 0] * np.sin(0.34907) + out[:, 1] * np.cos(0.34907),
        ],
        axis=1,
    )
    assert np.einsum("ki,ki->k", lines.direction[:, 0], turned) == approx(1.0, abs=0.01)
    assert np.isinf(lines.room).all()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of two cycles with three families, and its folder."""
    folder = tmp_path_factory.mktemp("flaws")
    first = EDGE | GROWS | {"angle": "random", "density": "1e6 cm^-2", "toughness_deviation": 0.17}
    table = [first, INSIDE, FACE | {"filled": True}]
    protocol = [{"repeat": 2, "steps": SHORT_CYCLE}]
    case = parse_case(tiny_case(flaws=table, cycle__protocol=protocol, output__checkpoints="all"))
    return case, run(case, folder), folder


def test_files_of_a_run(finished):
    """Breaks when a state is left out, the governing flaw is not the largest, or the result differs
    from the files."""
    _, result, folder = finished
    rows, series, growth = (
        pd.read_csv(folder / f"{name}.csv") for name in ("flaws", "timeseries", "flaw_growth")
    )
    # Of the first cycle there are the ends of its steps and each family's largest drive.
    last = series[series["cycle"] == 2]
    for _, own in rows.groupby("family"):
        assert own[own["cycle"] == 2]["time_h"].to_numpy() == approx(last["time_h"].to_numpy())
        ends = series[(series["step_ended"].notna()) | (series.index == 0)]["time_h"]
        assert np.isin(np.round(ends, 6), np.round(own["time_h"], 6)).all()
        assert (own["cycle"] < 2).sum() <= 1 + len(SHORT_CYCLE) + 1
    # Of flaws at the lithium there are seven times of the first cycle at most, and all of the last.
    with np.load(folder / "sites.npz") as sites:
        assert len(last) < len(sites["time"]) <= len(last) + 7
    found = result["flaws"]
    assert json.loads((folder / "result.json").read_text())["flaws"] == found
    largest = rows.loc[rows["K_over_KIc"].idxmax()]
    assert found["governs"] == largest["family"]
    assert found["max_K_over_KIc"] == approx(largest["K_over_KIc"], rel=1e-6)
    for each in found["families"]:
        own = rows[rows["family"] == each["name"]]
        assert each["max_K_over_KIc"] == approx(own["K_over_KIc"].max(), rel=1e-6)
        assert (own["K_bound_over_KIc"] >= own["K_over_KIc"] * (1 - 1e-9)).all()
        assert (own["K_I_MPa_sqrt_m"] >= 0).all()
    assert growth["cycle"].tolist() == [1, 2] and growth["largest_size_um"].is_monotonic_increasing
    assert found["failure_probability"] is None  # two of the families have no density
    assert 0 <= found["families"][0]["failure_probability"] <= 1


def test_filled_face_agrees_with_the_lithium_section(finished):
    """Breaks when the family's filling, closure or weight is not that of [flaw]: K_I of the same
    flaw, through the section and without backflow and spots, as a family has it, within 2 %."""
    _case, _result, folder = finished
    same = parse_case(
        tiny_case(
            flaws=[FACE | {"depth": "3 um", "filled": True}],
            flaw={"depth": "3 um", "aspect": 0.0, "backflow": False, "spot_distance": "0 um"},
            cycle__protocol=[SHORT_CYCLE[0]],
        )
    )
    found = run(same, folder / "same")
    assert same.flaw.depth == 3e-6
    assert found["flaws"]["max_K_over_KIc"] == approx(found["summary"]["max_K_over_KIc"], rel=0.02)


def test_resumed_run_is_the_same(finished, tmp_path):
    """Breaks when the families' memory is not in the checkpoint."""
    case, result, folder = finished
    shutil.copytree(folder, tmp_path / "again")
    again = run(case, tmp_path / "again", resume=1)
    for one, other in zip(result["flaws"]["families"], again["flaws"]["families"], strict=True):
        for key, value in one.items():
            assert other[key] == (approx(value, rel=1e-6) if isinstance(value, float) else value), (
                key
            )
    read = [pd.read_csv(each / "flaws.csv") for each in (folder, tmp_path / "again")]
    pd.testing.assert_frame_equal(*read, rtol=1e-5, atol=1e-9)


WRONG = [
    ({"depth": None}, "flaws.0.depth: is required"),
    ({"depth": 5}, "flaws.0.depth: 5 has no unit"),
    ({"dept": "1 um"}, 'did you mean "depth"'),
    ({"place": "edge"}, '"particle edge"'),
    ({"region": "cathode"}, "flaws.0.region: given"),
    ({"angle": "60 deg"}, "at most 45 deg"),
    ({"angle": "skew"}, "flaws.0.angle"),
    ({"depth_scale": "1 um"}, "flaws.0.depth_shape: is required"),
    ({"paris_rate": "1 nm"}, "flaws.0.paris_exponent: is required"),
    ({"paris_acceleration": True}, "only for a growing flaw"),
    ({"volume_density": "1 cm^-3"}, "write density"),
    ({"place": "interior", "density": "1 cm^-2"}, "write volume_density"),
    ({"filled": True}, "only for a surface"),
    ({"shape": "penny"}, "inside a region"),
    ({"interface": "active|separator"}, "active|electrolyte"),
    ({"interface": "active|active"}, "the case has: active|electrolyte"),
    ({"toughness_deviation": 0.005}, "more than 0.01"),
    ({"toughness_law": "log"}, '"weibull" or "normal"'),
]


@pytest.mark.parametrize(("change", "text"), WRONG)
def test_wrong_families(change, text):
    """Breaks when a wrong key is accepted, or the message does not name it."""
    table = {name: value for name, value in (EDGE | change).items() if value is not None}
    with pytest.raises(CaseError) as error:
        parse_case(tiny_case(flaws=[table]))
    assert text in str(error.value)


def test_schema_and_hash():
    """Breaks when two families of one name pass, a key is not described, or a case without families
    has another hash."""
    with pytest.raises(CaseError, match=r"flaws\.1\.name"):
        parse_case(tiny_case(flaws=[EDGE, EDGE]))
    with pytest.raises(CaseError, match="list of tables"):
        parse_case(tiny_case(flaws=EDGE))
    with pytest.raises(CaseError, match=r"flaws: are followed through a cycle"):
        parse_case(tiny_case(flaws=[EDGE], swelling={"region": "active", "volume_change": 0.05}))
    rows = {row.key: row for row in describe_schema()}
    assert rows["flaws[].depth"].unit == "m" and rows["flaws[].angle"].default == '"0 deg"'
    assert rows["flaws[].filled"][1:3] == ("true or false", "false")
    assert case_hash(parse_case(tiny_case())) == case_hash(parse_case(tiny_case(flaws=[])))
    assert case_hash(parse_case(tiny_case())) != case_hash(parse_case(tiny_case(flaws=[EDGE])))


ANY = st.one_of(
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.booleans(),
    st.none(),
    st.lists(st.integers()),
)


@given(
    value=ANY, key=st.sampled_from([*EDGE, *GROWS, "angle", "density", "filled", "toughness_law"])
)
@settings(max_examples=60, deadline=None)
def test_any_value_is_refused_by_name(key, value):
    """Breaks when a value of the wrong kind raises something else than a CaseError that names the
    key."""
    try:
        parse_case(tiny_case(flaws=[EDGE | GROWS | {key: value}]))
    except CaseError as error:
        assert "flaws" in str(error)


def test_the_docstring_is_a_family():
    """Breaks when the example of the module is not read."""
    table = tomllib.loads(textwrap.dedent(families_module.__doc__.split('("penny").')[1]))
    (family,) = parse_case(tiny_case(**table)).flaws
    assert family.angle == "random" and family.volume_density == 1e14
