"""The comparisons with published figures: what the documentation claims holds, and every value has
a source."""

import importlib
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from chemomech.case import load_case
from chemomech.geometry.mesh.msh import read_msh
from chemomech.materials.loader import load_material
from chemomech.setup.electrodes import check_case
from compare import approx

FOLDER = Path(__file__).parents[1] / "studies" / "published"
SYSTEMS = ("li_li6ps5cl", "li_llzo")  # beside studies and calibrations
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*[0-9].py"))


@pytest.fixture
def script(monkeypatch, request):
    """A script as a module; its neighbours are found as when it is run."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module(request.param)
    for name in ("system", *SCRIPTS):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("script", SCRIPTS, indirect=True)
def test_claims_hold(script):
    """Breaks when a law or a library value changes so that a published figure is met no more, or
    met after all."""
    assert script.claims()


@pytest.mark.parametrize("path", [FOLDER / f"{stem}.toml" for stem in SYSTEMS], ids=SYSTEMS)
def test_every_value_has_a_source_or_is_fitted(path):
    """Breaks when a value is neither cited, nor assumed, nor said to be fitted, or a fit is hidden
    behind a source."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    del table["materials"]
    for name, entry in table.items():
        assert ("source" in entry) != ("fitted" in entry), name


def test_one_parameter_set_per_system():
    """Breaks when a script reads another system's set, or has a set of its own."""
    lines = {stem: (FOLDER / f"{stem}.py").read_text().splitlines() for stem in SCRIPTS}
    sets = {
        stem: {line.split('"')[1] for line in each if "= load(" in line}
        for stem, each in lines.items()
    }
    assert sets == {
        "doux2020": {"li_li6ps5cl"},
        "kasemchainan2019": {"li_li6ps5cl"},
        "ning2023": {"li_li6ps5cl"},
        "masias2019": {"li_li6ps5cl"},
        "krauskopf2019": {"li_llzo"},
    }


def test_one_particle_is_the_published_one(tmp_path, monkeypatch):
    """Breaks when the single particle between a spring has other constants or another size than
    published, or its case is refused."""
    folder = FOLDER / "schmidt2024"
    monkeypatch.syspath_prepend(str(folder))
    script = importlib.import_module("run")
    script.write_mesh(tmp_path / "cell.msh", 2.0)
    for name in ("cell.toml", "nmc622.toml"):
        (tmp_path / name).write_text((folder / name).read_text(encoding="utf-8"))
    case = load_case(tmp_path / "cell.toml")
    assert case.stack.stiffness == approx(1e13)
    check_case(case)
    sys.modules.pop("run", None)
    active = load_material(case.materials["active"], tmp_path)
    assert active.equilibrium_potential.value[2] == 4.2
    coefficients = [
        0.000444577043098, -1.24116361022373, 9.30461909734883, -29.44977325195,
        49.1126838772603, -45.1097641074935, 21.5994362668471, -4.21656846170118,
    ]  # fmt: skip
    x = np.array(active.volume_change.stoichiometry)
    law = np.polynomial.polynomial.polyval(x, coefficients)
    assert active.volume_change.value == approx((1 + law) / (1 + law[-1]) - 1, abs=1e-6)
    mesh = read_msh(tmp_path / "cell.msh")
    volume = 0.25 * 4.0 / 3.0 * np.pi * 5e-6**3
    assert mesh.region_measure("active") == approx(volume, rel=0.06)
    total = sum(mesh.region_measure(name) for name in mesh.regions)
    assert total == approx(36e-12 * 25e-6, rel=1e-9)
