"""The examples in the docstrings of units and physics run and give what they say."""

import doctest
import importlib
import pkgutil

import pytest

import chemomech.physics
import chemomech.units

MODULES = [
    found.name
    for package in (chemomech.physics, chemomech.units)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    """Breaks when an example shows a call or a number that the code no longer has."""
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples():
    """Breaks when the search finds no examples, so that the test above would hold of anything."""
    finder = doctest.DocTestFinder()
    found = [finder.find(importlib.import_module(name)) for name in MODULES]
    assert sum(bool(each.examples) for tests in found for each in tests) >= 5
