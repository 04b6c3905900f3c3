"""Mechanical degradation of solid-state batteries: stress, debonding, cracks, contact and risk.

The Python front door. Nothing is loaded before it is used, so the import takes no time:

    import chemomech as cm

    case = cm.load_case("cell.toml").with_values({"stack.pressure": "10 MPa"})
    result = cm.run(case, "results/one")
    result.timeseries["voltage_V"]

What stands here is documented in chemomech.api.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemomech.api import (
        build_mesh,
        calibrate,
        case_schema,
        describe_material,
        describe_schema,
        doctor,
        file_schema,
        list_materials,
        load_case,
        load_material,
        load_posterior,
        load_result,
        load_study,
        new_case,
        open_result,
        open_study,
        parse_case,
        run,
        run_cases,
        run_study,
        study_schema,
        summarise,
        write_report,
    )
    from chemomech.case.errors import CaseError
    from chemomech.case.schema import Case
    from chemomech.door.meshes import Mesh
    from chemomech.door.results import Result
    from chemomech.geometry.errors import GeometryError
    from chemomech.materials import MaterialError
    from chemomech.simulation.errors import NoConvergence
    from chemomech.study.errors import ResultError

from chemomech.version import __version__

__all__ = [
    "Case",
    "CaseError",
    "GeometryError",
    "MaterialError",
    "Mesh",
    "NoConvergence",
    "Result",
    "ResultError",
    "__version__",
    "build_mesh",
    "calibrate",
    "case_schema",
    "describe_material",
    "describe_schema",
    "doctor",
    "file_schema",
    "list_materials",
    "load_case",
    "load_material",
    "load_posterior",
    "load_result",
    "load_study",
    "new_case",
    "open_result",
    "open_study",
    "parse_case",
    "run",
    "run_cases",
    "run_study",
    "study_schema",
    "summarise",
    "write_report",
]

# Where a name comes from that is no function of chemomech.api.
_PLACES = {
    "Case": "chemomech.case.schema",
    "CaseError": "chemomech.case.errors",
    "GeometryError": "chemomech.geometry.errors",
    "MaterialError": "chemomech.materials",
    "Mesh": "chemomech.door.meshes",
    "NoConvergence": "chemomech.simulation.errors",
    "Result": "chemomech.door.results",
    "ResultError": "chemomech.study.errors",
}


def __getattr__(name: str) -> Any:
    """Load a public name at its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'chemomech' has no attribute {name!r}")
    found = getattr(import_module(_PLACES.get(name, "chemomech.api")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
