"""The comparisons with published figures: what the documentation claims holds, and every value has
a source."""

import importlib
import sys
import tomllib
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "studies" / "published"
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


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
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
