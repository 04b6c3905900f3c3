"""A process of its own for what only a foreign program can read.

It cannot write outside its folder and reaches no network: through bubblewrap where that is at hand,
and through the kernel's own namespaces and Landlock. Where the system has none of these it
is a process of its own in an empty folder, no more.
"""

import contextlib
import ctypes
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

# linux/sched.h: CLONE_NEWNS, CLONE_NEWUSER and CLONE_NEWNET
NEW_MOUNTS, NEW_USER, NEW_NETWORK = 0x20000, 0x10000000, 0x40000000
# linux/mount.h: MS_BIND, MS_REC with MS_PRIVATE, the call mount_setattr and its flags
BIND, ALL_PRIVATE, SET_ATTRIBUTES, HERE, ALL, READ_ONLY = 0x1000, 0x44000, 442, -100, 0x8000, 1
NO_NEW_PRIVILEGES = 38  # linux/prctl.h
DIE_WITH_PARENT, KILL = 1, 9
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls of Landlock
VERSION, PATH_BENEATH = 1, 1
WRITE, TRUNCATE = 1 << 1, 1 << 14
# Everything that changes a file system, by the first version of Landlock that knows it.
CHANGES = {1: WRITE | sum(1 << bit for bit in range(4, 13)), 2: 1 << 13, 3: TRUNCATE}
PACKAGES = Path(__file__).resolve().parents[2]  # the folder that this package lies in
TCP, SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals to others


class _Beneath(ctypes.Structure):
    """What is allowed beneath a folder (linux/landlock.h)."""

    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def python_apart() -> dict[str, str]:
    """Return what keeps another Python from taking modules of the current folder.

    Returns
    -------
    dict
        To be added to its environment; this package is found, and what was set before.
    """
    before = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    found = [str(PACKAGES), *(each for each in before if Path(each).is_absolute())]
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(dict.fromkeys(found))}


def run_confined(function: str, folder: Path, given: str = "") -> int:
    """Run a function without arguments in a confined process, and return its exit code.

    Parameters
    ----------
    function : str
        "package.module:name"; it finds `folder` as the current one.
    folder : Path
        The only folder that it may write in.
    given : str
        What it reads from its standard input.

    Returns
    -------
    int
        The exit code, negative for a signal.
    """
    module, _, name = function.partition(":")
    code = (
        "from chemomech.received.confined import lock; lock('.'); "
        f"from {module} import {name}; {name}()"
    )
    folder = folder.resolve()
    kept = {each: os.environ[each] for each in ("PATH", "LD_LIBRARY_PATH") if each in os.environ}
    environment = {
        **kept,
        **python_apart(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HOME": str(folder),
        "TMPDIR": str(folder),
    }
    done = subprocess.run(
        [*_bubblewrap(folder), sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        input=given.encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def _bubblewrap(folder: Path) -> list[str]:
    """Return the command line of bubblewrap for this folder, empty where it does not work."""
    return [*_view(), "--bind", str(folder), str(folder), "--chdir", str(folder)] if _view() else []


@functools.cache
def _view() -> tuple[str, ...]:
    """Return what bubblewrap shows, all of it to be read only, or nothing without bubblewrap."""
    found = shutil.which("bwrap")
    if found is None:
        return ()
    view = [found, "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/", "/"]
    view += ["--dev", "/dev"]
    # Sockets of services take orders even where nothing can be written.
    if Path("/run").is_dir() and not sys.executable.startswith("/run/"):
        view += ["--tmpfs", "/run"]
    with contextlib.suppress(OSError):
        works = subprocess.run(
            [*view, sys.executable, "-P", "-c", ""], capture_output=True, check=False
        ).returncode
        return () if works else tuple(view)
    return ()


def lock(folder: str | Path) -> bool:
    """Take from this process writing outside a folder and the network; True when writing is taken.

    It cannot be undone, and what the process starts is bound by it too.

    Parameters
    ----------
    folder : path
        The only folder that may still be written in.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(DIE_WITH_PARENT, KILL, 0, 0, 0)
    _own_namespaces(libc, os.fsencode(Path(folder).resolve()))
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION)
    if version < 1:
        return False
    changes = sum(bits for since, bits in CHANGES.items() if version >= since)
    handled = [changes]
    handled += [TCP] if version >= 4 else []
    handled += [SCOPES] if version >= 6 else []
    attributes = (ctypes.c_uint64 * len(handled))(*handled)
    rules = libc.syscall(
        CREATE_RULESET, attributes, ctypes.c_size_t(ctypes.sizeof(attributes)), ctypes.c_uint32(0)
    )
    if rules < 0:
        return False
    for path, allowed in ((folder, changes), ("/dev/null", changes & (WRITE | TRUNCATE))):
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
        beneath = _Beneath(allowed, opened)
        libc.syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(beneath), ctypes.c_uint32(0))
        os.close(opened)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = libc.syscall(RESTRICT_SELF, rules, ctypes.c_uint32(0))
    os.close(rules)
    return bool(done == 0)


def _own_namespaces(libc: ctypes.CDLL, folder: bytes) -> None:
    """Take a network without devices, and a view of all files that is read only but for a folder.

    Some containers refuse it; Landlock, which comes after it, knows writing and TCP by itself.
    """

    def change(path: bytes, flags: int, add: int, take: int) -> None:
        words = (ctypes.c_uint64 * 4)(add, take, 0, 0)
        libc.syscall(SET_ATTRIBUTES, HERE, path, flags, words, ctypes.c_size_t(32))

    if libc.unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS) == 0:
        libc.mount(None, b"/", None, ctypes.c_ulong(ALL_PRIVATE), None)
        libc.mount(folder, folder, None, ctypes.c_ulong(BIND), None)
        change(b"/", ALL, READ_ONLY, 0)
        change(folder, 0, 0, READ_ONLY)
        os.chdir(folder)
