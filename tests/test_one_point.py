"""One point opened, pressed and opened again, under one law and two simpler ones: what each gets
wrong, in numbers."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from compare import approx

SCRIPT = Path(__file__).parents[1] / "docs" / "figures" / "one_point.py"
specification = importlib.util.spec_from_file_location("one_point", SCRIPT)
one_point = importlib.util.module_from_spec(specification)
specification.loader.exec_module(one_point)

PATH = one_point.openings()
PRESSED_FIRST, PRESSED_AGAIN, END = 2 * 400, 4 * 400, len(PATH) - 1
PRESSURE = 50e-9 * one_point.STIFFNESS


@pytest.fixture(scope="module")
def columns():
    return {name: law(PATH) for name, law in one_point.LAWS.items()}


def test_one_law_separates_once_and_touches_again(columns):
    """Breaks when pressing damages, recontact carries no pressure, or the whole path costs other
    than Gc."""
    traction, damage, conducting = columns["one law"]
    assert damage[PRESSED_FIRST] == damage[400] and damage[END] == 1.0
    assert traction[PRESSED_FIRST] == traction[PRESSED_AGAIN] == approx(-PRESSURE)
    real = PRESSURE / one_point.HARDNESS
    # Half broken it was 20 nm apart, beyond an ion's reach: its bond conducts no more.
    assert 0.5 < damage[400] < 1.0 and conducting[0] == 1.0
    assert conducting[PRESSED_FIRST] == conducting[PRESSED_AGAIN] == approx(real)
    assert one_point.work(PATH, traction)[END] == approx(one_point.ENERGY, rel=1e-3)


def test_without_recontact_loses_contact_for_good(columns):
    """Breaks when the law beside ours is not the one the text describes: no pressure, no conduction
    after separation."""
    traction, damage, conducting = columns["without recontact"]
    assert damage[PRESSED_FIRST] > damage[400] + 0.1
    assert traction[PRESSED_AGAIN] == 0.0 and conducting[PRESSED_AGAIN] == 0.0


def test_without_toughness_costs_nothing_and_bonds_nothing(columns):
    """Breaks when the law beside ours is not the one the text describes: no tension, no work, no
    bonded contact."""
    traction, _, conducting = columns["without toughness"]
    assert traction.max() == 0.0 and conducting[0] == 0.0
    assert one_point.work(PATH, traction)[END] == approx(0.0, abs=1e-4 * one_point.ENERGY)
    assert conducting[PRESSED_AGAIN] == columns["one law"][2][PRESSED_AGAIN]


def test_the_figure_is_drawn(tmp_path):
    """Breaks when the script cannot draw."""
    one_point.draw(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 10_000


def test_the_path_is_continuous():
    """Breaks when a corner of the path is left out."""
    assert np.abs(np.diff(PATH)).max() < 1e-9 and PATH[0] == PATH[-1] == 0.0
