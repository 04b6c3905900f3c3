"""A RunState and what was recorded before it, in one file from which a run goes on.

A value is taken apart into its numbers and arrays, named by their path
(state.mechanical.displacement), and put together again in the shape of a template: the first
RunState of the same case. Nothing but numbers is read from a file.
"""

import zlib
from dataclasses import fields, is_dataclass, replace
from numbers import Number
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from chemomech.runs.identity import Identity
from chemomech.runs.outputs import write_arrays
from chemomech.runs.record import Arrays

VERSION = 3
INSTEAD = "run without --resume, or set it aside with --set-aside"


class CheckpointError(ValueError):
    """A checkpoint that is missing, of another case or cannot be read: says which file and why."""

    exit_code = 2


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    """Return (name, part) of a value that has parts, None of one that has none."""
    if is_dataclass(value):
        return [(f.name, getattr(value, f.name)) for f in fields(value)]
    if hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    return list(value.items()) if isinstance(value, dict) else None


def leaves(value: Any, name: str = "") -> Arrays:
    """Return path -> array of everything in a value.

    Parameters
    ----------
    value : object
        Made of dataclasses, named tuples, dictionaries, numbers, texts and arrays.
    name : str
        Path of the value itself.
    """
    parts = _parts(value)
    if parts is None:
        return {} if value is None else {name: np.asarray(value)}
    found: Arrays = {}
    for key, part in parts:
        found |= leaves(part, f"{name}.{key}" if name else key)
    return found


def restore(template: Any, arrays: Arrays, name: str = "") -> Any:
    """Return the value that `leaves` took apart.

    Parameters
    ----------
    template : object
        A value of the same shape; a dictionary takes the keys that were saved.
    arrays : dict
        Path -> array.
    name : str
        Path of the value itself.

    Raises
    ------
    CheckpointError
        For an array of another shape.
    """

    def at(key: str, part: Any) -> Any:
        return restore(part, arrays, f"{name}.{key}" if name else key)

    if isinstance(template, dict):
        prefix = f"{name}."
        keys = [key.removeprefix(prefix) for key in arrays if key.startswith(prefix)]
        return {key: arrays[prefix + key].item() for key in keys}
    parts = _parts(template)
    if parts is not None:
        new = {key: at(key, part) for key, part in parts}
        whole = replace if is_dataclass(template) else type(template)._replace
        return whole(template, **new)
    if name not in arrays:
        return template
    stored = arrays[name]
    # At first some parts are one number for all points, later on one per point.
    if isinstance(template, (Number, str)) and stored.ndim == 0:
        kind: Any = type(template)
        return kind(stored.item())
    if np.ndim(template) > 0 and stored.shape != np.shape(template):
        raise CheckpointError(
            f"{name} has shape {stored.shape}, the cell's has {np.shape(template)}"
        )
    return stored


def folder_in(folder: Path) -> Path:
    """Return where a case's folder keeps its checkpoints."""
    return folder / "checkpoints"


def path_of(folder: Path, stem: str, number: int, steps: int | None = None) -> Path:
    """Return the file of a checkpoint; names sort as the run goes.

    Parameters
    ----------
    folder : Path
        Of the case's results.
    stem : str
        What the number counts.
    number : int
        Cycle, or part of the way.
    steps : int, optional
        Of one in the midst of it: the steps taken since the start.
    """
    midst = "" if steps is None else f"-{steps:08d}"
    return folder_in(folder) / f"{stem}_{number:05d}{midst}.npz"


def found_in(folder: Path, stem: str) -> list[Path]:
    """Return the checkpoints of a case's folder, the last one at the end.

    stem: what their numbers count.
    """
    return sorted(folder_in(folder).glob(f"{stem}_*.npz"))


def stops_in(folder: Path, stem: str) -> list[Path]:
    """Return the checkpoints in the midst of a cycle or part, where a run was asked to stop.

    stem: what their numbers count.
    """
    return sorted(folder_in(folder).glob(f"{stem}_*-*.npz"))


def find(folder: Path, stem: str, resume: int | str) -> Path | None:
    """Return the checkpoint to go on from.

    It is None when nothing was saved yet and the last one is asked for.

    Parameters
    ----------
    folder : Path
        Of the case's results.
    stem : str
        What the numbers count.
    resume : int or str
        Number, or "last".

    Raises
    ------
    CheckpointError
        When this number was not saved.
    """
    found = found_in(folder, stem)
    if resume == "last":
        return found[-1] if found else None
    if not str(resume).removeprefix("-").isdecimal():
        raise CheckpointError(f'resume: given "{resume}"; write the number of a {stem}, or "last"')
    path = path_of(folder, stem, int(resume))
    if path not in found:
        ends = [each.stem.removeprefix(f"{stem}_") for each in found]
        known = ", ".join(str(int(each)) for each in ends if each.isdecimal()) or "none"
        raise CheckpointError(f"resume: no checkpoint of {stem} {resume}; saved: {known}")
    return path


def is_of(path: Path, identity: Identity) -> bool:
    """Say whether a file is of this run, or of the same one with fewer cycles."""
    try:
        found = _read(path)
    except CheckpointError:
        return False
    return identity.is_same(found) or identity.adds_cycles(found)


def gets_cycles(path: Path, identity: Identity) -> bool:
    """Say whether a file is of the same run with fewer cycles."""
    return identity.adds_cycles(_read(path))


def set_aside(folder: Path) -> Path:
    """Give the folder of a case's checkpoints another name and return it."""
    number, aside = 1, folder / "checkpoints_refused"
    while aside.exists():
        number += 1
        aside = folder / f"checkpoints_refused_{number}"
    folder_in(folder).rename(aside)
    return aside


def save(path: Path, run_state: Any, recorded: Arrays, identity: Identity | str) -> None:
    """Write a RunState and what was recorded.

    Parameters
    ----------
    path : Path
        The file.
    run_state : RunState
        Or any value that `leaves` takes apart.
    recorded : dict
        Name -> array.
    identity : Identity or str
        What a run must share to go on from it.
    """
    whole = {f"run_state.{name}": each for name, each in leaves(run_state).items()}
    whole |= {f"recorded.{name}": np.asarray(each) for name, each in recorded.items()}
    write_arrays(path, {"version": VERSION, **_identity(identity).entries(), **whole})


def _identity(given: Identity | str) -> Identity:
    """Return an Identity; a text is one to which nothing can be added."""
    return Identity(given) if isinstance(given, str) else given


def _read(path: Path) -> Arrays:
    """Return everything in a file; raises CheckpointError."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}") from None


def load(path: Path, template: Any, identity: Identity | str) -> tuple[Any, Arrays]:
    """Return (RunState, recorded arrays) of a file.

    Parameters
    ----------
    path : Path
        The file.
    template : RunState
        Of the same case.
    identity : Identity or str
        What the file must share; it may be of the same run with fewer cycles.

    Raises
    ------
    CheckpointError
        For a file that is damaged or of another case.
    """
    arrays, own = _read(path), _identity(identity)
    if arrays.get("version") != VERSION or not (own.is_same(arrays) or own.adds_cycles(arrays)):
        differing = own.differences(arrays)
        other = f"another case: {differing}" if differing else "another case, mesh or version"
        raise CheckpointError(f"{path}: is of {other}; {INSTEAD}")
    parts: dict[str, Arrays] = {"run_state": {}, "recorded": {}}
    for name, each in arrays.items():
        part, dot, rest = name.partition(".")
        if dot:
            parts[part][rest] = each
    try:
        return restore(template, parts["run_state"]), parts["recorded"]
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}; {INSTEAD}") from None
