"""The plan of the house: imports point one way, and the rooms that must not know dolfinx do not."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "chemomech"

# A module imports only from its own room and from what stands before it.
ORDER = [
    "__init__", "constants", "quantity", "case_errors", "protocol", "case_choices", "case_image", "case_geometry",
    "case_layers", "case_geometry_3d", "case_cycle", "case_sections", "case_voids", "case_flaws", "case_meshed_flaws",
    "case", "materials", "geometry", "physics", "interface_terms", "bulk_terms", "electrodes", "fem", "models",
    "observables", "crack_paths", "simulation", "study", "report", "mesh_summary", "progress", "cli", "__main__",
]  # fmt: skip
# Inside a room: a module, or a package with all that it holds, imports only what stands before it or beside it.
INNER = {
    "geometry": [
        "errors", "facets", "microstructure", "statistics", "paths", "sizes", "msh", "write", "improve", "foreign",
        "own_mesh", "packing", "size_grid", "layered_cell", "pennies", "layered_cell_3d", "pixels", "chains",
        "sampling", "planar", "changes", "voxels", "surface_nets", "volume", "stack", "image", "polycrystal",
        "shapes", "profile", "bodies", "mosaic", "outlines", "scene", "filling", "layers", "polycrystal_3d", "embed",
        "__init__",
    ],
    "physics": [
        "elasticity", "plasticity", "swelling", "thermal", "growth", "viscoplasticity", "equilibrium", "kinetics",
        "diffusion", "butler_volmer", "fracture", "phase_field", "crack_fields", "flaws", "paris", "weakest_link",
        "penetration", "scatter", "fatigue", "unilateral", "cohesive", "contact", "interface", "stability",
        "extrusion", "voids", "complementarity", "vacancies", "initiation", "shorting",
    ],
    "physics/cohesive": [
        "law", "mixing", "softening", "viscosity", "none", "filled", "effective", "ppr_potential", "ppr", "pressed",
        "__init__",
    ],
    "physics/contact": [
        "loading", "constriction", "memory", "__init__",
    ],
    "models": [
        "homogenise", "supports", "interfaces", "mechanics", "phase_field", "displaced", "crack_domain", "crack",
        "front_domain", "front_faces", "crack_front", "chemical_parts", "network", "electrochemistry",
        "electrode_laws", "exchange", "conduction", "cell",
    ],
    "simulation": [
        "units", "energy", "step", "mixing", "cracking", "stepping", "films", "lithium_face", "touch", "cracks",
        "chemistry", "coupled", "coupled_cell", "walk", "cycles", "checkpoint", "losses", "health", "plan",
        "flaw_sites", "flaw_lines", "flaw_family", "meshed_flaws", "limits", "fields", "void_record", "record",
        "result", "run", "swelling_run", "__init__",
    ],
}  # fmt: skip
HEAVY = {"dolfinx", "petsc4py", "ufl", "ffcx", "basix", "mpi4py"}
WITHOUT_HEAVY = ("physics", "study", "report", "geometry", "materials", "case", "observables", "cli", "quantity")
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


@pytest.mark.parametrize("folder", INNER)
def test_order_inside_a_room(folder):
    """Laws build up in one direction too: terms know nothing of their sum, supports nothing of the body."""
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
    """dolfinx, PETSc and UFL are known in fem alone: the study and report rooms start fast and run anywhere."""
    if room_of(path) == "fem":
        return
    heavy = {name.split(".")[0] for name in imports_of(path)} & HEAVY
    assert not heavy, f"{path.name} imports {heavy}"


@pytest.mark.parametrize("room", ["study", "report", "physics"])
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
    allowed = {"numpy", "scipy", "chemomech", "dataclasses", "typing", "functools"}
    for path in (p for p in FILES if room_of(p) == "physics"):
        assert {name.split(".")[0] for name in imports_of(path)} <= allowed, path.name
        inner = [name.split(".")[1] for name in imports_of(path) if name.startswith("chemomech.")]
        assert set(inner) <= {"physics", "constants"}, path.name


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
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                if not ast.get_docstring(node):
                    bare.append(f"{path.name}:{node.name}")
    assert not bare
