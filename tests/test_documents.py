"""The documents against the code: paths, links, commands and the Python that a reader copies."""

import ast
import importlib
import re
import shlex
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from chemomech import cli
from small import SHORT_CYCLE, tiny_case, write_toml

PROJECT = Path(__file__).parents[1]
FOLDERS = (".", "docs", "meshes", "environment", "benchmarks/peers", "studies")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (PROJECT / folder).glob("*.md"))
# Programs that no test runs; those beside other codes need what is not in the stack.
SCRIPTS = sorted(
    path
    for folder in ("docs", "benchmarks", "studies", "environment", "tests/references")
    for path in (PROJECT / folder).rglob("*.py")
)
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def paths_of(text):
    """Paths in backticks and targets of links, without results that a user's run would write."""
    quoted = re.findall(r"`([\w./-]+/[\w.-]*\.(?:py|md|toml|txt|yml|json)|[\w./-]+/)`", text)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    return [path for path in quoted + links if not re.match(r"https?:|results/|cases/", path)]


@every_document
def test_paths_lead_somewhere(document):
    """Breaks when a document names a file that has moved: from the project, the document's own
    folder or chemomech/."""
    bases = (PROJECT, document.parent, PROJECT / "chemomech")
    lost = [p for p in paths_of(document.read_text()) if not any((b / p).exists() for b in bases)]
    assert not lost


@every_document
def test_commands_are_understood(document):
    """Breaks when a document shows a command or an option that the command line does not have."""
    command = r"^    (?:environment/run )?(?:python3 -m )?chemomech (.*)$"
    for line in re.findall(command, document.read_text(), re.MULTILINE):
        if "…" not in line:
            cli.parser().parse_args(shlex.split(line, comments=True))


@every_document
def test_make_targets_are_there(document):
    """Breaks when a document names a target that the Makefile does not have."""
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    text = document.read_text()
    shown = re.findall(
        r"^    make ([a-z-]+)|`make ([a-z-]+)`|   make ([a-z-]+) ", text, re.MULTILINE
    )
    assert {name for found in shown for name in found if name} <= targets


def test_python_of_the_documents_runs(tmp_path, monkeypatch):
    """Breaks when what a newcomer copies from docs/python.md does not run, block after block, or
    draws nothing."""
    monkeypatch.chdir(tmp_path)
    write_toml(tmp_path / "cell.toml", tiny_case(cycle__protocol=SHORT_CYCLE))
    blocks = re.findall(r"```python\n(.*?)```", (PROJECT / "docs/python.md").read_text(), re.DOTALL)
    names = {}
    for block in blocks:
        exec(block, names)
    plt.close("all")
    assert len(blocks) >= 3
    assert all(0.0 <= share <= 1.0 for share in names["contact"])
    assert all((tmp_path / name).stat().st_size > 0 for name in ("contact.png", "mesh.png"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_import_what_is_there(script):
    """Breaks when a figure, a benchmark or a study imports a name that has moved, from the package
    or from the helpers of the tests."""
    for node in ast.walk(ast.parse(script.read_text())):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        helper = PROJECT / "tests" / f"{node.module}.py"
        if node.module.startswith("chemomech") or helper.exists():
            module = importlib.import_module(node.module)
            for alias in node.names:
                if not hasattr(module, alias.name):
                    importlib.import_module(f"{node.module}.{alias.name}")
