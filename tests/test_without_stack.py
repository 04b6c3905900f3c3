"""Where a library is not installed: each door says in one line what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

from chemomech.endings import BAD_INPUT, FILES
from small import small_case, write_toml

ROOT = Path(__file__).parents[1]
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "{name}":
            raise ModuleNotFoundError("No module named '{name}'", name="{name}")
sys.meta_path.insert(0, Blocked())
from chemomech import cli
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("command", "name"),
    [("run", "dolfinx"), ("run", "scipy"), ("run", "pint"), ("report", "pandas")],
)
def test_each_door_says_what_is_missing(command, name, tmp_path):
    """Breaks when a library that is not installed is a traceback, or a fault of the program."""
    case = write_toml(tmp_path / "case.toml", small_case())
    out = tmp_path / "out"
    words = {"run": ("run", str(case), "--out", str(out)), "report": ("report", str(tmp_path))}
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED.replace("{name}", name), *words[command]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in (BAD_INPUT, FILES), done.stderr
    assert done.stderr.count("\n") == 1 and f"'{name}'" in done.stderr, done.stderr
    assert "chemomech doctor" in done.stderr and not out.exists()
