"""The plan of the house: imports point one way, and the rooms that must not know dolfinx do not."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chemomech"

# A module imports only from its own room and from what stands before it. Doors stand behind all
# rooms.
ROOMS = [
    "units",
    "received",
    "case",
    "materials",
    "geometry",
    "physics",
    "fem",
    "models",
    "simulation",
    "analysis",
    "setup",
    "runs",
    "study",
    "calibration",
    "report",
]
ORDER = [
    "version",
    "files",
    "signals",
    *ROOMS,
    "progress",
    "door",
    "api",
    "completion",
    "endings",
    "cli",
    "__init__",
    "__main__",
]
# What the lower rooms may import: no model, no step and no measure knows a case.
MAY_IMPORT = {
    "units": set(),
    "received": set(),
    "case": {"units", "received"},
    "materials": {"units", "case"},
    "geometry": {"units", "received", "case"},
    "physics": {"units"},
    "calibration": {"units", "case", "materials", "physics"},
    "fem": set(),
    "models": {"units", "physics", "fem"},
    "simulation": {"units", "physics", "fem", "models"},
    "analysis": {"units", "geometry", "physics", "fem", "models"},
}
# Inside a room: a module, or a package with all that it holds, imports only what stands before it
# or beside it.
INNER = {
    "api": ["stack", "cases", "runs", "studies", "calibrations", "library", "__init__"],
    "calibration": [
        "priors",
        "likelihood",
        "models",
        "inputs",
        "file",
        "reading",
        "problem",
        "sampling",
        "posterior",
        "writing",
        "__init__",
    ],
    "door": ["tables", "results", "summary", "meshes", "starters", "doctor", "__init__"],
    "study": [
        "errors",
        "folder",
        "window",
        "axes",
        "plan",
        "json_schema",
        "engine",
        "series",
        "shorts",
        "table",
        "__init__",
    ],
    "units": ["constants", "words", "patterns", "quantity", "field", "__init__"],
    "received": ["headers", "links", "door", "confined", "__init__"],
    "case": [
        "describe",
        "errors",
        "table",
        "keys",
        "protocol",
        "choices",
        "geometry",
        "cycle",
        "sections",
        "voids",
        "flaws",
        "identity",
        "schema",
        "reading",
        "__init__",
    ],
    "case/protocol": ["steps", "sentences", "lists", "__init__"],
    "case/geometry": ["pictures", "labels", "cells", "files", "layers", "space", "__init__"],
    "case/flaws": ["families", "meshed", "__init__"],
    "materials": [
        "specifications",
        "properties",
        "records",
        "entries",
        "loader",
        "posteriors",
        "fingerprint",
        "__init__",
    ],
    "geometry": [
        "errors",
        "formats",
        "mesh",
        "soundness",
        "images",
        "drawing",
        "cells",
        "recipes",
        "__init__",
    ],
    "geometry/mesh": [
        "facets",
        "microstructure",
        "structured",
        "statistics",
        "paths",
        "sizes",
        "msh_text",
        "msh",
        "write",
        "sliver_removal",
        "mesh_import",
        "size_grid",
        "pieces",
        "embed",
        "__init__",
    ],
    "geometry/formats": ["abaqus", "__init__"],
    "geometry/soundness": ["joining", "overlap", "stack", "__init__"],
    "geometry/images": [
        "pixels",
        "chains",
        "changes",
        "voxels",
        "surface_nets",
        "volume",
        "__init__",
    ],
    "geometry/drawing": [
        "room",
        "packing",
        "sampling",
        "planar",
        "shapes",
        "profile",
        "bodies",
        "mosaic",
        "outlines",
        "scene",
        "particles",
        "filling",
        "__init__",
    ],
    "geometry/recipes": [
        "drawn",
        "imported",
        "layered_cell",
        "pennies",
        "layered_cell_3d",
        "stack",
        "image",
        "polycrystal",
        "layers",
        "polycrystal_3d",
        "__init__",
    ],
    "physics": [
        "values",
        "thermal",
        "bulk",
        "electrochemistry",
        "fracture",
        "interfaces",
        "lithium",
        "__init__",
    ],
    "physics/bulk": [
        "elasticity",
        "plasticity",
        "swelling",
        "crystal",
        "viscoplasticity",
        "phase_field",
        "__init__",
    ],
    "physics/electrochemistry": [
        "equilibrium",
        "own_kinetics",
        "scaled_kinetics",
        "diffusion",
        "butler_volmer",
        "capacity",
        "__init__",
    ],
    "physics/fracture": [
        "energy",
        "crack_tip_fields",
        "weight_functions",
        "edge_flaw",
        "population",
        "paris",
        "weakest_link",
        "__init__",
    ],
    "physics/interfaces": [
        "interphase",
        "scatter",
        "fatigue",
        "unilateral",
        "cohesive",
        "contact",
        "interface",
        "__init__",
    ],
    "physics/interfaces/cohesive": [
        "law",
        "mode_mixity",
        "softening",
        "viscosity",
        "debonded",
        "filled",
        "effective",
        "ppr_potential",
        "ppr",
        "pressed",
        "__init__",
    ],
    "physics/interfaces/contact": [
        "loading",
        "constriction",
        "memory",
        "roughness",
        "conduction",
        "__init__",
    ],
    "physics/lithium": [
        "extrusion",
        "penetration",
        "stability",
        "voids",
        "complementarity",
        "vacancies",
        "initiation",
        "shorting",
        "first_short",
        "clocks",
        "__init__",
    ],
    "models": [
        "supports",
        "bulk",
        "mechanical_parts",
        "mechanics",
        "damage_field",
        "phase_field",
        "body",
        "displaced",
        "chemical_parts",
        "network",
        "chemical_body",
        "electrochemistry",
        "electrode_laws",
        "exchange",
        "__init__",
    ],
    "simulation": [
        "errors",
        "energy",
        "run_state",
        "newton",
        "anderson",
        "phase_field_step",
        "step_control",
        "stepping",
        "films",
        "lithium_face",
        "contact",
        "chemistry",
        "coupled",
        "rates",
        "protocol_steps",
        "cycles",
        "__init__",
    ],
    "analysis": [
        "contact",
        "penetration",
        "scatter",
        "limits",
        "shorts",
        "losses",
        "crack_paths",
        "cracks",
        "crack_integrals",
        "flaws",
        "effective_conductivity",
        "mesh_summary",
        "__init__",
    ],
    "analysis/flaws": ["sites", "lines", "weights", "family", "meshed", "__init__"],
    "analysis/crack_integrals": [
        "tips",
        "tip_faces",
        "plane",
        "fronts",
        "stations",
        "front_faces",
        "space",
        "__init__",
    ],
    "setup": [
        "conditions",
        "laws",
        "interface_terms",
        "bulk_terms",
        "electrodes",
        "mesh",
        "interface_laws",
        "interfaces",
        "cell",
        "chemistry",
        "lithium_face",
        "coupling",
        "plan",
        "flaws",
        "__init__",
    ],
    "runs": [
        "columns",
        "stated",
        "outputs",
        "cautions",
        "record",
        "identity",
        "checkpoint",
        "keeper",
        "cycles_table",
        "masses",
        "observers",
        "shorts",
        "result",
        "cycling",
        "swelling",
        "run",
        "__init__",
    ],
    "runs/observers": ["series", "strain", "face", "flaws", "fields", "swelling", "__init__"],
    "runs/columns": ["entry", "entries", "shorts", "__init__", "document", "__main__"],
    "report": [
        "words",
        "axes",
        "losses",
        "published",
        "results",
        "reading",
        "inputs",
        "figures",
        "pages",
        "trial",
        "__init__",
    ],
    "report/figures": [
        "style",
        "section",
        "cutaway",
        "saved_field",
        "fields",
        "stoichiometry",
        "series",
        "voltage",
        "window",
        "overview",
        "mesh",
        "flaws",
        "cracks",
        "calibration",
        "__init__",
    ],
    "report/pages": [
        "mechanism",
        "window_texts",
        "short_texts",
        "answer",
        "facts",
        "cases",
        "flaws",
        "pictures",
        "protocol",
        "swelling",
        "page",
        "calibration",
        "__init__",
    ],
}
MOST_NAMES = 14  # in a room beside its __init__: more are two rooms
HEAVY = {"dolfinx", "petsc4py", "ufl", "ffcx", "basix", "mpi4py"}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    """The top-level room of a file of the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Every imported module of a file, function-local ones too, as absolute dotted names."""
    package = ["chemomech", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            stem = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*stem, *([node.module] if node.module else [])])
            yield from (f"{name}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_backwards_only(path):
    """No room imports a later one."""
    own = ORDER.index(room_of(path))
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "chemomech" and len(parts) > 1 and parts[1] in ORDER:
            assert ORDER.index(parts[1]) <= own, f"{path.name} imports {name}"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_lower_rooms_know_little(room):
    """A room that answers one question does not ask those of another: what CONTRIBUTING.md says."""
    found = {
        name.split(".")[1]: path.name
        for path in FILES
        if room_of(path) == room
        for name in imports_of(path)
        if name.startswith("chemomech.")
    }
    # The names of the package itself, as its version, are open to all.
    found = {name: by for name, by in found.items() if name in ROOMS and name != room}
    assert set(found) <= MAY_IMPORT[room], found
    if room in ("fem", "physics", "models", "simulation", "analysis"):
        assert not [p.name for p in FILES if room_of(p) == room and "CaseError" in p.read_text()]


def test_every_room_is_explained():
    """CONTRIBUTING.md has a row for every room."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    assert not [room for room in ROOMS if f"| `{room}/` |" not in text]


@pytest.mark.parametrize("folder", INNER)
def test_order_inside_a_room(folder):
    """Laws build up in one direction too: terms know nothing of their sum, supports nothing of the
    body."""
    order, home = INNER[folder], PACKAGE / folder
    inside = [p for p in FILES if home in p.parents and p != home / "__init__.py"]
    if "__init__" in order:
        inside.append(home / "__init__.py")
    assert {p.relative_to(home).parts[0].removesuffix(".py") for p in inside} == set(order)
    stem = ["chemomech", *folder.split("/")]
    for path in inside:
        own = order.index(path.relative_to(home).parts[0].removesuffix(".py"))
        for name in imports_of(path):
            parts = name.split(".")
            if parts[: len(stem)] == stem and len(parts) > len(stem):
                # A name that is no module of the folder comes from its __init__.
                there = parts[len(stem)] if parts[len(stem)] in order else "__init__"
                assert there in order and order.index(there) <= own, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_fem_knows_dolfinx(path):
    """dolfinx, PETSc and UFL are known in fem alone: the study and report rooms start fast and run
    anywhere."""
    if room_of(path) == "fem":
        return
    heavy = {name.split(".")[0] for name in imports_of(path)} & HEAVY
    assert not heavy, f"{path.name} imports {heavy}"


@pytest.mark.parametrize("room", ["study", "calibration", "report", "physics"])
def test_rooms_never_reach_fem(room):
    """Neither directly nor through another room do these rooms load the finite elements."""
    seen, waiting = set(), [p for p in FILES if room_of(p) == room]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in imports_of(path):
            parts = name.split(".")
            if parts[0] != "chemomech":
                continue
            for end in range(len(parts), 1, -1):
                stem = PACKAGE.joinpath(*parts[1:end])
                found = [f for f in (stem.with_suffix(".py"), stem / "__init__.py") if f.exists()]
                if found:
                    waiting.extend(found)
                    break
    assert not [p for p in seen if room_of(p) in ("fem", "models", "simulation")]


def test_physics_is_numpy_and_scipy():
    """Laws are pure functions on arrays: no input files, no meshes, no plots."""
    allowed = {"collections", "numpy", "scipy", "chemomech", "dataclasses", "typing", "functools"}
    for path in (p for p in FILES if room_of(p) == "physics"):
        assert {name.split(".")[0] for name in imports_of(path)} <= allowed, path.name
        inner = [name.split(".")[1] for name in imports_of(path) if name.startswith("chemomech.")]
        assert set(inner) <= {"physics", "units"}, path.name


def test_modules_stay_small():
    """No module over 400 lines."""
    assert not {p.name: n for p in FILES if (n := len(p.read_text().splitlines())) > 400}


def test_every_module_and_public_function_is_documented():
    """Public names carry a docstring."""
    bare = []
    for path in FILES:
        tree = ast.parse(path.read_text())
        if not ast.get_docstring(tree) and path.read_text().strip():
            bare.append(path.name)
        for node in tree.body:
            public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_"
            if public and not ast.get_docstring(node):
                bare.append(f"{path.name}:{node.name}")
    assert not bare
