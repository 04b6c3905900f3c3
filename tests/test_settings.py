"""What all other tests rely on."""

import re
from pathlib import Path

import pytest

from compare import approx

TESTS = Path(__file__).parent


def test_approx_has_no_absolute_tolerance():
    """Would fail if comparisons kept pytest's floor of 1e-12, below which every comparison of small
    SI numbers passes."""
    assert approx(2e-15) != 1e-15
    assert approx([2e-15]) != [1e-15]
    assert approx({"charge": 2e-15}, rel=1e-3) != {"charge": 1e-15}
    assert approx(2e-15, rel=0.6) == 1e-15
    assert approx(0.0) != 1e-15 and approx(0.0, abs=2e-15) == 1e-15
    # An absolute tolerance alone stands alone, as in pytest.
    assert approx(1.0, abs=1e-9) != 1.0 + 1e-7


@pytest.mark.parametrize("path", sorted(TESTS.glob("*.py")), ids=lambda path: path.name)
def test_files_follow_the_rules_of_all(path):
    """Would fail if a test compared with pytest's floor, leant on another test file, or asserted
    how long something takes: that depends on what else the machine does, and pytest's own time ends
    what hangs."""
    text = path.read_text()
    assert path.name == "compare.py" or not re.search(r"pytest\.approx", text)
    assert not re.search(r"^\s*(from|import) test_", text, re.MULTILINE)
    assert not re.search(r"process_time|perf_counter|\btime\.time", text) or path == Path(__file__)


def test_stored_numbers_are_compared_under_their_names_of_today(monkeypatch):
    """Would fail if a renamed number counted as lost, a changed or lost one passed, or one that
    came later counted as changed."""
    monkeypatch.syspath_prepend(TESTS / "references")
    import regression

    monkeypatch.setattr(regression, "RENAMED", {"loss_mV": "voltage_loss_mV"})
    stored = {"summary/loss_mV": 1.0, "timeseries/loss_mV": 2.0, "steps": 3, "limit": None}
    old = regression.renamed(stored)
    assert set(old) == {"summary/voltage_loss_mV", "timeseries/voltage_loss_mV", "steps", "limit"}
    assert regression.compare(old, dict(old), 1e-9) == ([], [])
    changed = old | {"summary/voltage_loss_mV": 1.0 + 1e-8, "limit": 1.0, "later": 4.0}
    del changed["steps"]
    wrong, news = regression.compare(old, changed, 1e-9)
    assert [line.split(":")[0] for line in wrong] == ["limit", "steps", "summary/voltage_loss_mV"]
    assert news == ["later is new: 4.0"]
