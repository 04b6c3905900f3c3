"""A Walk and what was recorded before it, in one file from which a run goes on.

A value is taken apart into its numbers and arrays, named by their path (state.mechanical.displacement), and put together
again in the shape of a template: the first Walk of the same case. Nothing but numbers is read from a file.
"""

import os
import zlib
from dataclasses import fields, is_dataclass, replace
from numbers import Number
from zipfile import BadZipFile

import numpy as np

VERSION = 1


class CheckpointError(ValueError):
    """A checkpoint that is missing, belongs to another case or cannot be read: says which file and why."""

    exit_code = 2


def _parts(value):
    """(name, part) of a value that has parts, None of one that has none."""
    if is_dataclass(value):
        return [(f.name, getattr(value, f.name)) for f in fields(value)]
    if hasattr(value, "_fields"):
        return list(zip(value._fields, value, strict=True))
    return list(value.items()) if isinstance(value, dict) else None


def leaves(value, name=""):
    """Path -> array of everything in a value made of dataclasses, named tuples, dictionaries, numbers, texts and arrays."""
    parts = _parts(value)
    if parts is None:
        return {} if value is None else {name: np.asarray(value)}
    found = {}
    for key, part in parts:
        found |= leaves(part, f"{name}.{key}" if name else key)
    return found


def restored(template, arrays, name=""):
    """The value that `leaves` took apart, in the shape of a template; a dictionary takes the keys that were saved."""

    def at(key, part):
        return restored(part, arrays, f"{name}.{key}" if name else key)

    if isinstance(template, dict):
        prefix = f"{name}."
        keys = [key.removeprefix(prefix) for key in arrays if key.startswith(prefix)]
        return {key: arrays[prefix + key].item() for key in keys}
    parts = _parts(template)
    if parts is not None:
        new = {key: at(key, part) for key, part in parts}
        return replace(template, **new) if is_dataclass(template) else template._replace(**new)
    if name not in arrays:
        return template
    stored = arrays[name]
    # At first some parts are one number for all points, later on one per point.
    if isinstance(template, (Number, str)) and stored.ndim == 0:
        return type(template)(stored.item())
    if np.ndim(template) > 0 and stored.shape != np.shape(template):
        raise CheckpointError(
            f"{name} has shape {stored.shape}, the cell's has {np.shape(template)}"
        )
    return stored


def save(path, run_state, recorded, identity):
    """Write a Walk and the arrays `recorded` (name -> array); identity: text that a run must share to go on from it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    with open(beside, "wb") as file:
        whole = {f"run_state.{name}": each for name, each in leaves(run_state).items()}
        whole |= {f"recorded.{name}": np.asarray(each) for name, each in recorded.items()}
        np.savez_compressed(file, version=VERSION, identity=identity, **whole)
    os.replace(beside, path)


def load(path, template, identity):
    """(Walk, recorded) of a file; raises CheckpointError."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error) as error:
        raise CheckpointError(f"{path}: cannot be read: {error}") from None
    if arrays.get("version") != VERSION or str(arrays.get("identity")) != identity:
        raise CheckpointError(f"{path}: is of another case, mesh or version; run without --resume")
    parts = {"run_state": {}, "recorded": {}}
    for name, each in arrays.items():
        part, dot, rest = name.partition(".")
        if dot:
            parts[part][rest] = each
    try:
        return restored(template, parts["run_state"]), parts["recorded"]
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}; run without --resume") from None
