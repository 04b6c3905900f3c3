"""The examples of docs/examples: short scripts that assert their own numbers against closed
forms."""

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("*.py"))
LONGEST = 40  # lines: an example is read at a glance


def test_there_are_examples():
    """Breaks when the folder moves and nothing is run any more."""
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path):
    """Breaks when an example fails, misses its closed form, or grows beyond what it explains."""
    assert len(path.read_text().splitlines()) <= LONGEST
    runpy.run_path(str(path), run_name="__main__")
