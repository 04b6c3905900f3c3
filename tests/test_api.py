"""The Python front door: what it loads and when, what it hands out, and that its examples run."""

import subprocess
import sys
from pathlib import Path

import chemomech as cm

ROOT = Path(__file__).parents[1]
HEAVY = {"dolfinx", "petsc4py", "pandas", "matplotlib", "xarray", "gmsh", "meshio"}


def loaded_by(statements):
    """Names of the heavy packages that Python has loaded after some statements."""
    script = f"{statements}\nimport sys; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_import_is_light():
    """Breaks when `import chemomech` or reading a case loads packages that only a run needs."""
    assert not loaded_by("import chemomech as cm, sys; assert 'pydantic' not in sys.modules")
    file = ROOT / "meshes" / "bilayer.toml"
    use = f"import chemomech as cm; cm.load_case({str(file)!r}); cm.CaseError, cm.NoConvergence"
    assert not loaded_by(use)


def test_every_public_name_is_there_and_documented():
    """Breaks when a public name cannot be loaded, has no docstring, or is not listed by dir()."""
    assert set(cm.__all__) <= set(dir(cm))
    for name in cm.__all__:
        if name != "__version__":
            assert getattr(cm, name).__doc__, name
    try:
        cm.lode_case  # noqa: B018
    except AttributeError as error:
        assert "lode_case" in str(error)
    else:
        raise AssertionError("an unknown name was found")
    assert (ROOT / "chemomech" / "py.typed").is_file()
