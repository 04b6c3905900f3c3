"""The environment's script, with stand-ins for the tools that build and enter a root file
system."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ENVIRONMENT = PROJECT / "environment"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the private root file system needs Linux"
)

NO_DOLFINX = "exit 1"
STAND_INS = {
    "python3": 'case "$*" in "-c import dolfinx"*|"-m "*) exit 0 ;; esac\n' + NO_DOLFINX,
    "bwrap": """while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
        [ $# -gt 0 ] || exit 0; shift; exec "$@" """,
    "unshare": 'while [ "$1" != mmdebstrap ]; do shift; done; exec "$@"',
    "newuidmap": "exit 1",
    "mmdebstrap": """[ "$1" != --unshare-helper ] || { shift; exec "$@"; }
        cat >/dev/null
        echo build >>"$BUILDS"; sleep "${BUILD_SECONDS:-0}"
        [ -z "${BUILD_FAILS:-}" ] || { echo broken >&2; exit 1; }
        mkdir -p "$TMPDIR/tree/usr" "$TMPDIR/tree/etc"
        tar --create --directory "$TMPDIR/tree" .""",
}
BASICS = [
    "awk",
    "bash",
    "cat",
    "chmod",
    "cut",
    "df",
    "dirname",
    "echo",
    "env",
    "find",
    "flock",
    "id",
    "mkdir",
    "mktemp",
    "mv",
    "paste",
    "printf",
    "realpath",
    "rm",
    "sed",
    "setpriv",
    "sh",
    "sha256sum",
    "sleep",
    "tail",
    "tar",
    "true",
    "uname",
]


def write_command(folder, name, body):
    path = folder / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)


class Sandbox:
    """A copy of the script in a project of its own, with a PATH that holds only what a test puts
    there."""

    def __init__(self, folder):
        self.project = folder / "a project"
        self.cache = folder / "a cache"
        self.bin = folder / "bin"
        self.builds = folder / "builds"
        shutil.copytree(ENVIRONMENT, self.project / "environment")
        self.bin.mkdir()
        for name in BASICS:
            (self.bin / name).symlink_to(shutil.which(name))
        for name, body in STAND_INS.items():
            write_command(self.bin, name, body)
        (folder / "scratch").mkdir()
        self.variables = {
            "PATH": str(self.bin),
            "HOME": str(folder),
            "TMPDIR": str(folder / "scratch"),
            "CHEMOMECH_CACHE": str(self.cache),
            "BUILDS": str(self.builds),
        }

    def start(self, *command, **variables):
        return subprocess.Popen(
            [str(self.project / "environment" / "run"), *command],
            env=self.variables | variables,
            cwd=self.project,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *command, stdin="", **variables):
        process = self.start(*command, **variables)
        out, err = process.communicate(stdin, timeout=60)
        return process.returncode, out, err

    def root(self):
        return Path(self.run("--where")[1].strip().removeprefix("private: "))

    def number_of_builds(self):
        return len(self.builds.read_text().split()) if self.builds.exists() else 0

    def leftovers(self):
        return [*self.cache.glob("building.*"), *Path(self.variables["TMPDIR"]).iterdir()]


@pytest.fixture
def sandbox(tmp_path):
    return Sandbox(tmp_path)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


# --- asking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("listed", ["packages.txt", "pypi.txt"])
def test_where_names_a_folder_keyed_by_the_package_names_alone(sandbox, listed):
    packages = sandbox.project / "environment" / listed
    first = sandbox.root()
    assert first.parent == sandbox.cache
    packages.write_text("# another comment\n" + packages.read_text())
    assert sandbox.root() == first
    packages.write_text(packages.read_text() + "hello\n")
    assert sandbox.root() != first
    assert not sandbox.cache.exists()


def test_help_goes_to_stdout_and_misuse_to_stderr_with_code_2_or_1(sandbox):
    code, out, err = sandbox.run("--help")
    assert (code, err) == (0, "") and "environment/run --setup" in out and "CHEMOMECH_CACHE" in out
    code, out, err = sandbox.run()
    assert (code, out) == (2, "") and "environment/run CMD" in err
    code, out, err = sandbox.run("--sutup")
    assert (code, out) == (1, "") and "unknown option --sutup" in err


def test_forcing_the_host_says_what_its_python_lacks(sandbox):
    code, _, err = sandbox.run("true", CHEMOMECH_ENV="host")
    assert code == 1 and "lacks: dolfinx >= 0.9, < 0.12" in err
    write_command(sandbox.bin, "python3", "echo 'rich, pint'; exit 1")
    code, _, err = sandbox.run("true", CHEMOMECH_ENV="host")
    assert code == 1 and "lacks: rich, pint" in err
    code, _, err = sandbox.run("true", CHEMOMECH_ENV="elsewhere")
    assert code == 1 and "'host' or 'private'" in err
    assert sandbox.number_of_builds() == 0


def test_a_host_with_the_stack_is_used_as_it_is(sandbox):
    write_command(sandbox.bin, "python3", "exit 0")
    code, out, _ = sandbox.run("sh", "-c", 'echo "$PYTHONPATH"', PYTHONPATH="/elsewhere")
    assert (code, out) == (0, f"{sandbox.project}:/elsewhere\n")
    assert sandbox.run("--where")[1] == f"host: {sandbox.bin / 'python3'}\n"
    code, _, err = sandbox.run("--setup")
    assert code == 0 and "nothing to set up" in err
    assert sandbox.run("--where", CHEMOMECH_ENV="private")[1].startswith("private: ")
    assert not sandbox.cache.exists()


@pytest.mark.parametrize("apt", [False, True])
def test_missing_tools_that_cannot_be_installed_are_named_with_the_other_ways(sandbox, apt):
    for name in ("bwrap", "mmdebstrap", "newuidmap"):
        (sandbox.bin / name).unlink()
    write_command(sandbox.bin, "id", "echo 1000")
    if apt:
        write_command(sandbox.bin, "apt-get", "exit 0")
    code, _, err = sandbox.run("true")
    assert code == 1 and re.search(r"needs mmdebstrap bubblewrap uidmap.*", err)
    assert ("administrator" in err) == apt
    assert "conda.yml" in err and "Dockerfile" in err
    assert not sandbox.root().exists()


def test_forbidden_namespaces_are_reported_before_the_build(sandbox):
    write_command(sandbox.bin, "bwrap", "echo 'setting up uid map: Permission denied' >&2; exit 1")
    code, _, err = sandbox.run("true")
    assert code == 1 and "Permission denied" in err and "conda.yml" in err
    assert sandbox.number_of_builds() == 0


# --- building -----------------------------------------------------------------------------------


def test_the_first_call_builds_and_later_ones_do_not(sandbox):
    code, _, err = sandbox.run("true")
    assert code == 0 and re.search(r"built in \d+ s", err)
    assert sandbox.run("true") == (0, "", "")
    code, _, err = sandbox.run("--setup")
    assert code == 0 and f"ready: the private root file system {sandbox.root()}" in err
    assert sandbox.number_of_builds() == 1 and sandbox.leftovers() == []
    assert (sandbox.root() / "usr").is_dir()


def test_a_failed_build_leaves_no_finished_folder(sandbox):
    code, _, err = sandbox.run("true", BUILD_FAILS="yes")
    assert code == 1 and "broken" in err and "could not be built" in err
    assert not sandbox.root().exists() and sandbox.leftovers() == []
    assert sandbox.run("true")[0] == 0


def test_a_build_that_does_not_work_leaves_no_finished_folder(sandbox):
    write_command(sandbox.bin, "python3", '[ "$1" = -m ] || ' + NO_DOLFINX)
    code, _, err = sandbox.run("true")
    assert code == 1 and "does not work" in err
    assert not sandbox.root().exists() and sandbox.leftovers() == []


def test_wheels_go_into_the_folder_that_is_built_and_their_lack_leaves_no_finished_one(sandbox):
    write_command(sandbox.bin, "python3", f'echo "$*" >>"{sandbox.project}/calls"; exit 1')
    code, _, err = sandbox.run("true")
    assert code == 1 and "the wheels of environment/pypi.txt could not be installed" in err
    assert not sandbox.root().exists() and sandbox.leftovers() == []
    call = (sandbox.project / "calls").read_text()
    assert re.search(
        rf"-m pip install --root {sandbox.cache}/building\..*--only-binary :all:", call
    )
    assert f"--requirement {sandbox.project}/environment/pypi.txt" in call


def test_of_two_builds_at_once_the_second_waits_for_the_first(sandbox):
    processes = [sandbox.start("echo", "done", BUILD_SECONDS="1.5") for _ in range(2)]
    results = [process.communicate(timeout=60) for process in processes]
    assert [out for out, _ in results] == ["done\n", "done\n"]
    assert sorted("waiting for it" in err for _, err in results) == [False, True]
    assert sandbox.number_of_builds() == 1


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_interrupted_build_is_not_taken_for_a_finished_one(sandbox, how):
    process = sandbox.start("true", BUILD_SECONDS="30")
    wait_for(lambda: sandbox.number_of_builds() == 1)
    process.send_signal(how)
    process.communicate(timeout=20)
    assert process.returncode == -how
    assert not sandbox.root().exists()
    assert sandbox.run("true")[0] == 0
    assert sandbox.number_of_builds() == 2 and sandbox.leftovers() == []


# --- running ------------------------------------------------------------------------------------


def test_arguments_input_and_exit_code_pass_through(sandbox):
    sandbox.run("--setup")
    words = ["a b", "", "$HOME", "it's", "*"]
    assert sandbox.run("printf", "[%s]", *words)[:2] == (0, "".join(f"[{word}]" for word in words))
    assert sandbox.run("cat", stdin="line 1\nline 2\n")[:2] == (0, "line 1\nline 2\n")
    assert sandbox.run("sh", "-c", "exit 7")[0] == 7
    assert sandbox.run("no-such-command")[0] == 127


def test_input_survives_the_build(sandbox):
    assert sandbox.run("cat", stdin="kept")[:2] == (0, "kept")


def test_foreign_python_modules_do_not_leak_in(sandbox):
    sandbox.run("--setup")
    code, out, _ = sandbox.run("sh", "-c", 'echo "$PYTHONPATH"', PYTHONPATH="/elsewhere")
    assert (code, out) == (0, f"{sandbox.project}\n")


# --- one list for every form ----------------------------------------------------------------------


def debian_packages():
    lines = (ENVIRONMENT / "packages.txt").read_text().splitlines()
    return [name for name in (line.split("#")[0].strip() for line in lines) if name]


def wheels():
    lines = (ENVIRONMENT / "pypi.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def names():
    return tomllib.loads((ENVIRONMENT / "names.toml").read_text())


def bare(requirement):
    return re.match(r"[A-Za-z0-9_.-]+", requirement)[0]


def project_table():
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]


def conda_requirements():
    text = (ENVIRONMENT / "conda.yml").read_text().split("dependencies:")[1]
    return re.findall(r"^  - (\S+)$", text, flags=re.MULTILINE)


def test_every_debian_package_has_its_names_elsewhere_or_a_reason():
    packages = debian_packages()
    assert len(packages) == len(set(packages)) and set(packages) == set(names())
    for package, entry in names().items():
        assert set(entry) <= {"conda", "pypi", "group", "note"}, package
        assert ("pypi" in entry) == ("group" in entry), package
        assert "note" in entry or {"conda", "pypi"} <= set(entry), package


def test_conda_yml_mirrors_the_list():
    expected = {entry["conda"] for entry in names().values() if "conda" in entry} | {"python"}
    assert {bare(requirement) for requirement in conda_requirements()} == expected


def test_the_tools_of_make_lint_have_one_version_everywhere():
    """Breaks when one form of the environment judges the code by other rules than the next."""
    assert all(re.fullmatch(r"[a-z-]+==[0-9.]+", wheel) for wheel in wheels())
    assert {"ruff", "mypy"} <= {bare(wheel) for wheel in wheels()}
    text = (ENVIRONMENT / "conda.yml").read_text()
    assert re.findall(r"^      - (\S+)$", text.split("- pip:\n")[1], re.MULTILINE) == wheels()
    assert "--requirement /usr/local/share/chemomech/pypi.txt" in dockerfile()


def test_pyproject_names_what_pypi_has():
    table = project_table()
    groups = {"runtime": table["dependencies"], **table["optional-dependencies"]}
    for group, requirements in groups.items():
        expected = {e["pypi"] for e in names().values() if e.get("group") == group}
        assert {bare(requirement) for requirement in requirements} == expected, group
    assert {e["group"] for e in names().values() if "group" in e} == set(groups)


def test_what_is_named_is_imported():
    """Breaks when a package is asked for that nothing imports."""
    code = "\n".join(path.read_text() for path in (PROJECT / "chemomech").rglob("*.py"))
    table = project_table()
    named = table["dependencies"] + table["optional-dependencies"]["images"]
    # h5netcdf asks for h5py as its way to a file.
    own = {"scikit-image": "skimage", "h5py": "h5netcdf"}
    modules = {name: own.get(name, name.replace("-", "_")) for name in map(bare, named)}
    used = r"\b(?:import|from) {0}\b|engine=\"{0}\""
    idle = [n for n, m in modules.items() if not re.search(used.format(m), code)]
    assert not idle


def test_every_form_asks_for_the_same_versions():
    script = (ENVIRONMENT / "run").read_text()
    assert "(0, 9) <= found < (0, 12)" in script and "sys.version_info < (3, 11)" in script
    assert {"fenics-dolfinx>=0.9,<0.12", "python>=3.11"} <= set(conda_requirements())
    assert project_table()["requires-python"] == ">=3.11"


def test_the_script_looks_for_every_runtime_module_on_the_host():
    needed = re.search(r'needed = """(.*?)"""', (ENVIRONMENT / "run").read_text(), flags=re.DOTALL)[
        1
    ].split()
    runtime = {e["pypi"].replace("-", "_") for e in names().values() if e.get("group") == "runtime"}
    assert set(needed) == runtime | {"petsc4py"}


def dockerfile():
    return (ENVIRONMENT / "Dockerfile").read_text().replace("\\\n", " ")


def test_the_container_is_built_from_the_list_for_an_ordinary_user():
    text = dockerfile()
    assert re.search(r"^FROM debian:trixie-slim$", text, flags=re.MULTILINE)
    installs = re.findall(r"\|\s*(?:\S+=\S+ )?xargs apt-get install|apt-get install", text)
    assert len(installs) == 1 and "xargs" in installs[0]
    assert re.search(
        r"^COPY environment/packages.txt environment/pypi.txt ", text, flags=re.MULTILINE
    )
    assert re.findall(r"^USER (.*)$", text, flags=re.MULTILINE) == ["chemomech"]
    for label in ("title", "description", "licenses", "source"):
        assert f"org.opencontainers.image.{label}=" in text


def test_ci_runs_make_test_and_make_help_lists_every_target():
    assert os.access(PROJECT / ".ci" / "run", os.X_OK)
    assert "make test" in (PROJECT / ".ci" / "run").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)[
        1
    ].split()
    listed = subprocess.run(
        ["make", "-s", "-C", PROJECT], capture_output=True, text=True, check=True
    ).stdout
    assert re.findall(r"^make (\S+)", listed, flags=re.MULTILINE) == targets
