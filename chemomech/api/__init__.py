"""The Python front door: everything that the command line does, and what it has no words for.

    import chemomech as cm

    case = cm.load_case("cell.toml").with_values({"stack.pressure": "10 MPa"})
    result = cm.run(case, "results/one", progress=True)
    result.summary, result.timeseries, result.cycles, result.particles
    result.fields("charged").values["stress_xx_Pa"]
    result.plot().savefig("one.png")

    study = cm.run_study("study.toml", "results/study")
    study["max_K_over_KIc"].sel(stack_pressure_MPa=10.0)

    cm.calibrate("calibration.toml", "results/calibration")
    cm.load_material("Li6PS5Cl").ionic_conductivity
    cm.build_mesh(case).measure()["quality"]

A function loads what it needs when it is called: a case can be read, checked and changed, and a
result read, where there are no finite elements. Errors that are the user's to mend have an
attribute `exit_code`: CaseError, MaterialError and ResultError 2, NoConvergence 3, GeometryError 4.
"""

from chemomech.api.calibrations import calibrate, load_posterior
from chemomech.api.cases import (
    RECIPES,
    build_mesh,
    case_schema,
    describe_schema,
    file_schema,
    load_case,
    new_case,
    parse_case,
    study_schema,
)
from chemomech.api.library import describe_material, doctor, list_materials, load_material
from chemomech.api.runs import load_result, open_result, run, summarise
from chemomech.api.studies import load_study, open_study, run_cases, run_study, write_report

__all__ = [
    "RECIPES",
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
