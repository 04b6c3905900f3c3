"""Which run a checkpoint is of, and what another run has in common with it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chemomech.case.schema import Case
from chemomech.materials.fingerprint import inputs_hash
from chemomech.setup.cell import Cell
from chemomech.units.quantity import shown

MOST_SHOWN = 3  # keys that differ


@dataclass(frozen=True)
class Identity:
    """What two runs must share for one to go on from the other.

    Attributes
    ----------
    whole : str
        Of all inputs and of the mesh.
    endless : str
        The same without the number of cycles of the protocol's last table; "" where nothing may
        be added.
    cycles : int
        That number.
    case : str
        The case in its canonical form, as JSON.
    """

    whole: str
    endless: str = ""
    cycles: int = 0
    case: str = "{}"

    def entries(self) -> dict[str, Any]:
        """Return what a file keeps of it."""
        return {
            "identity": self.whole,
            "endless": self.endless,
            "cycles": self.cycles,
            "case": self.case,
        }

    def is_same(self, saved: Mapping[str, Any]) -> bool:
        """Say whether a file is of this very run."""
        return str(saved.get("identity")) == self.whole

    def adds_cycles(self, saved: Mapping[str, Any]) -> bool:
        """Say whether a file is of the same run with fewer cycles of its last table."""
        return (
            self.endless != ""
            and str(saved.get("endless")) == self.endless
            and int(saved["cycles"]) < self.cycles
        )

    def differences(self, saved: Mapping[str, Any]) -> str:
        """Say which keys of the case differ in a file, "" where none does."""
        try:
            there = json.loads(str(saved.get("case", "{}")))
        except ValueError:
            return ""
        found = list(_differences(there, json.loads(self.case))) if there else []
        more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
        return ", ".join(found[:MOST_SHOWN]) + more


def identity_of(case: Case, cell: Cell) -> Identity:
    """Return the Identity of the run of a case in its cell."""
    canonical, sources = case.canonical(), cell.laws.sources()
    cells = len(cell.domain.region)
    whole = f"{inputs_hash(case, sources)} {cells}"
    text = json.dumps(canonical, sort_keys=True)
    protocol = canonical["cycle"]["protocol"]
    if case.swelling is not None or not isinstance(protocol[-1], dict):
        return Identity(whole, case=text)
    last = protocol[-1]
    shortened = [*protocol[:-1], last | {"repeat": 0}]
    endless = canonical | {"cycle": canonical["cycle"] | {"protocol": shortened}}
    return Identity(whole, f"{inputs_hash(case, sources, endless)} {cells}", last["repeat"], text)


def _differences(there: Any, here: Any, key: str = "") -> Iterator[str]:
    """Yield where two nested tables differ: the key, what is there and what is here."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in sorted({*there, *here}):
            where = f"{key}.{name}" if key else name
            yield from _differences(there.get(name), here.get(name), where)
    elif there != here:
        yield f"{key} ({_shown(there)} there, {_shown(here)} here)"


def _shown(value: Any) -> str:
    """Return a value for a message."""
    return "nothing" if value is None else shown(value)
