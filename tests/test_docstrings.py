"""What docstrings of the laws and the crack integrals must say: every argument, and its type."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chemomech"
ROOMS = ("physics", "analysis/crack_integrals")
FILES = sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))


def public_functions(path):
    """Public functions and methods of a file."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found = [node]
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            found = [each for each in node.body if isinstance(each, ast.FunctionDef)]
        else:
            continue
        yield from (each for each in found if not each.name.startswith("_"))


def arguments(function):
    """Arguments of a function but for self, those with stars too."""
    given = function.args
    stars = [each for each in (given.vararg, given.kwarg) if each is not None]
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *stars]
    return [each for each in every if each.arg not in ("self", "cls")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_argument_is_described_and_typed(path):
    """Breaks when an argument is added, or renamed, and a reader is not told its shape and unit."""
    missing = []
    for function in public_functions(path):
        every, text = arguments(function), ast.get_docstring(function) or ""
        bare = [each.arg for each in every if each.annotation is None]
        untyped = function.returns is None
        section = text.split("Parameters\n----------")[-1] if "Parameters\n---" in text else ""
        heads = re.findall(r"^(\w[\w, ]*?)(?: :|$)", section, re.M)
        named = {name.strip() for head in heads for name in head.split(",")}
        silent = {each.arg for each in every} - named if len(every) > 1 else set()
        if bare or untyped or silent:
            missing.append((function.name, bare, "no return type" * untyped, silent))
    assert not missing
