"""Where the files of a study are in its folder."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def shared_mesh(folder: Path, geometry: Mapping[str, Any]) -> Path:
    """Give the file of the mesh that all cases of one geometry share.

    Parameters
    ----------
    folder : Path
        Of the study.
    geometry : mapping
        The geometry as the canonical form of a case has it.
    """
    text = json.dumps(geometry, sort_keys=True)
    return folder / "mesh" / hashlib.sha256(text.encode()).hexdigest()[:12] / "mesh.msh"
