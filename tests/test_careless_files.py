"""Careless and hostile case, study and material files, through the door of the command line.

Nothing is meshed or solved: what is asked is how each of them is refused.
"""

import os
import re
from pathlib import Path

import pytest

import chemomech as cm
from careless import mutants
from chemomech import cli
from chemomech.case import parse_case, read_toml
from chemomech.endings import BAD_INPUT, FINE
from chemomech.geometry.cells import check_cells, least_cells
from chemomech.geometry.errors import GeometryError
from chemomech.runs import run as run_module
from small import SHORT_CYCLE, small_case, tiny_case, write_toml

ROOT = Path(__file__).parents[1]
THROUGH = 99  # of a file that is as good as another
LONGEST_LINE = 2000
KEY = re.compile(r'(chemomech: )?(case \S+ )?(/\S+|[a-z_]+[.\w"|]*): ')
SLIT = {"name": "slit", "region": "separator", "start": ["2 um", "5 um"], "end": ["4 um", "5 um"]}
VOID = {"depth": "0.4 um", "width": "2 um", "shape": "ellipse"}
FAMILY = {"name": "edge", "region": "separator", "place": "surface", "depth": "2 um"}
CASES = [
    *(cm.new_case(recipe=recipe) for recipe in cm.api.RECIPES),
    tiny_case(cycle__protocol=SHORT_CYCLE, flaws=[FAMILY], voids=VOID),
    tiny_case(
        cycle={"charge_voltage": "4.2 V", "discharge_voltage": "3.4 V", "current_density": "C/5"},
        meshed_flaws=[SLIT | {"size": "0.4 um"}],
        uncertainty={"samples": 40, "seed": 3},
    ),
    tiny_case(
        swelling={"region": "active", "volume_change": 0.05, "sides": "plane"},
        cracks={"separator": {"base": "crack", "strength": "50 MPa"}},
        solver={"displacement_degree": 1, "tolerance": 1e-6},
    ),
    tiny_case(phase_field={"regions": ["separator"], "length": "1 um", "toughness": "0.3 J/m^2"}),
]
VARIED = {
    "stack.pressure": ["1 MPa", "20 MPa"],
    "materials.separator.young_modulus": ["20 GPa", "30 GPa"],
    'interfaces."active|electrolyte".strength': ["20 MPa"],
}
LIMITS = {"maximum_voltage_loss": "100 mV", "maximum_K_over_KIc": 1.0}
STUDIES = [
    {"name": "one", "vary": VARIED, "window": LIMITS, "run": {"workers": 1}, "case": small_case()},
    {
        "name": "two",
        "description": "a protocol",
        "vary": {"cycle.protocol": [SHORT_CYCLE, ["Rest for 1 h"]], "geometry.layers.1": []},
        "case": cm.new_case(recipe="layers"),
    },
]
STUDIES[1]["vary"]["geometry.layers.1"] = [STUDIES[1]["case"]["geometry"]["layers"][1]]
FOLDERS = [ROOT / "chemomech" / "materials" / name for name in ("library", "interfaces")]
MATERIALS = [read_toml(path) for folder in FOLDERS for path in sorted(folder.glob("*.toml"))]
KINDS = {"case": CASES, "study": STUDIES, "material": MATERIALS}


class Through(Exception):
    """Everything that needs no mesh is checked."""

    exit_code = THROUGH


@pytest.fixture(autouse=True)
def no_mesh(monkeypatch):
    """Stop at what would mesh or solve."""

    def stop(*given, **named):
        raise Through

    monkeypatch.setattr(run_module, "build_mesh", stop)
    monkeypatch.setattr(cli.api, "run_cases", stop)


def call(kind, folder, capsys):
    """Exit code and standard error of the command that reads folder/file.toml."""
    file, out = folder / "file.toml", folder / "out"
    words = {
        "case": ("run", file, "--out", out),
        "study": ("study", file, "--out", out),
        "material": ("materials", file),
    }
    code = cli.main([str(word) for word in words[kind]])
    return code, capsys.readouterr().err


def names(path, text):
    """Whether a message names a key, or the table or list that it stands in."""
    words = [str(part)[:40] for part in path if str(part).isprintable() and str(part).strip()]
    return not words or any(word.casefold() in text.casefold() for word in words[-3:])


def check(kind, count, seed, folder, capsys):
    """Send mutants through the door; returns exit code -> how many."""
    found, file = {}, folder / "file.toml"
    for raw, touched in mutants(KINDS[kind], count, seed):
        file.write_bytes(raw)
        code, text = call(kind, folder, capsys)
        found[code] = found.get(code, 0) + 1
        assert code in (FINE, BAD_INPUT, THROUGH), (code, text, raw[:2000])
        if code != BAD_INPUT:
            continue
        assert sorted(folder.iterdir()) == [file]
        assert all(each.isprintable() for each in text.splitlines()), text
        assert max(map(len, text.splitlines())) <= LONGEST_LINE, text
        named = any(names(path, text) for path in touched or ())
        # What fits no longer to what was touched is as good a key.
        assert named or all(KEY.match(line) for line in text.splitlines()), (touched, text)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_mutated_is_good(kind, tmp_path, capsys):
    """Breaks when the files that careless ones are made from are refused themselves, so that the
    mutations test one message over and over."""
    for table in KINDS[kind]:
        write_toml(tmp_path / "file.toml", table)
        code, text = call(kind, tmp_path, capsys)
        assert code in (FINE, THROUGH), text


@pytest.mark.parametrize(("kind", "count"), [("case", 200), ("material", 60), ("study", 25)])
def test_some_careless_files(kind, count, tmp_path, capsys):
    """Breaks when a wrong file ends in a traceback, its key is not named or something is left."""
    check(kind, count, 1, tmp_path, capsys)


def test_what_is_no_file(tmp_path, capsys):
    """Breaks when a folder, a pipe or a ring of links in the place of a file is a traceback, or
    waits for ever."""
    places = [tmp_path / name for name in ("folder", "pipe", "ring", "missing", "closed")]
    places[0].mkdir()
    os.mkfifo(places[1])
    places[2].symlink_to(places[2])
    write_toml(places[4], CASES[0])
    places[4].chmod(0)
    for place in (*places, Path("/dev/zero"), Path("/proc/self/mem"), tmp_path / ("x" * 300)):
        for command in ("run", "study", "mesh"):
            if place.name == "closed" and os.access(place, os.R_OK):
                continue  # nothing is closed to root
            code = cli.main([command, str(place), "--out", str(tmp_path / "out")])
            text = capsys.readouterr().err
            assert code == BAD_INPUT and str(place) in text and text.count("\n") == 1, text
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"geometry__mesh": {"size_interface": "0.1 nm", "size_bulk": "6 um"}},
        {"geometry__width": "1e300 um"},
        {"geometry__width": "1 m"},
    ],
    ids=str,
)
def test_meshes_beyond_reason(changes):
    """Breaks when a slip of a unit meshes for hours, until the memory is full."""
    assert least_cells(parse_case(tiny_case()).geometry) < 2000
    with pytest.raises(GeometryError, match=r"geometry.mesh.size_interface: about .* 500,000 are"):
        check_cells(parse_case(tiny_case(**changes)).geometry)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("case", 2000), ("material", 500), ("study", 200)])
def test_many_careless_files(kind, count, tmp_path, capsys):
    """The same at length."""
    found = check(kind, count, 2, tmp_path, capsys)
    assert sum(found.values()) == count
    assert found[BAD_INPUT] > count / 2 and len(found) > 1, found
