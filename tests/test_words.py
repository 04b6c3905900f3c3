"""Words of messages: numbers with their noun, articles, signs that do not show."""

from types import SimpleNamespace

import pytest

from chemomech.door.summary import summary_lines
from chemomech.units.words import counted, printable, with_article


@pytest.mark.parametrize(
    ("given", "said"),
    [((0, "cell"), "0 cells"), ((1, "cell"), "1 cell"), ((2, "body", "bodies"), "2 bodies")],
)
def test_numbers_with_their_noun(given, said):
    """Breaks when a message speaks of 1 particles."""
    assert counted(*given) == said


def test_articles_and_signs():
    """Breaks when a message says "a area", or moves the cursor of a terminal."""
    assert with_article("area") == "an area" and with_article("length") == "a length"
    assert printable("a\x1b[31m\nb\u202e\x00\u03a9") == "a\\x1b[31m\nb\\u202e\\x00\u03a9"


def test_the_summary_of_a_run_shows_texts_beside_numbers():
    """Breaks when a number of the summary that is a word, as what comes first, ends the program."""
    made = SimpleNamespace(
        summary={"first_clock": "creep", "max_K_over_KIc": 0.5, "short_time_h": None},
        **{"stopped": None, "gates_failed": [], "warnings": [], "cautions": [], "folder": "there"},
    )
    lines = summary_lines(made)
    assert any(line.split()[-1] == "creep" for line in lines)
    assert any("0.5" in line for line in lines)
