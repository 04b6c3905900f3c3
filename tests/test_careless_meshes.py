"""Meshes as careless programs and people write them: each is refused with its reason, or is the
body that was drawn.

Every file is of one body with one fault, or none; what comes of it is known by construction.
"""

import json
import re
import resource

import gmsh
import meshio
import numpy as np
import pytest

from chemomech import cli
from chemomech.geometry.mesh.msh import gmsh_session
from chemomech.geometry.mesh.structured import box_mesh
from compare import approx
from small import write_toml

UM = 1e-6
NAMES = ("separator", "electrolyte")  # from below
KINDS = {2: "triangle", 3: "tetra"}
FORMATS = ("msh 4.1", "msh 4.1 binary", "msh 2.2", "msh 2.2 binary", "inp", "vtu", "vtk", "xdmf",
           "med", "mesh")  # fmt: skip
MOST_MEMORY = 2**20  # kilobytes that any of these small files may take
OVER = r"(overlap|lie in one place|share the facet|meet without sharing points)"
PLACE = r".*x = \S+ um, y = \S+ um"


def body(random, dimension):
    """Points [um], cells and the number of each cell's region: two layers, some of it uneven."""
    counts = random.integers(2, 5, dimension)
    counts[-1] = 2 * random.integers(1, 3)
    size = random.uniform(20.0, 60.0, dimension)
    mesh = box_mesh(counts, size, lambda x: NAMES[int(x[-1] > 0.5 * size[-1])], {})
    region = np.where(mesh.region_cells(NAMES[0]), 1, 2)
    return mesh.points, mesh.cells, region


# Each fault takes random numbers, points, cells and regions, and gives these with the words of the
# refusal: None where the body has to come out as it is.


def nothing(random, points, cells, region):
    return points, cells, region, None


def doubled_nodes(random, points, cells, region):
    """Some cells, or all, with points of their own."""
    own = random.random(len(cells)) < random.choice([0.3, 1.0])
    new = cells.copy()
    new[own] = len(points) + np.arange(own.sum() * cells.shape[1]).reshape(-1, cells.shape[1])
    return np.vstack([points, points[cells[own]].reshape(-1, points.shape[1])]), new, region, None


def nearly_doubled_nodes(random, points, cells, region):
    """Points of their own with the digits that a file in single precision leaves."""
    points, cells, region, words = doubled_nodes(random, points, cells, region)
    return points.astype(np.float32).astype(float), cells, region, words


def turned_cells(random, points, cells, region):
    """Some cells of negative orientation."""
    turned = random.random(len(cells)) < 0.5
    cells = cells.copy()
    cells[turned, :2] = cells[turned, 1::-1]
    return points, cells, region, None


def stray_points(random, points, cells, region):
    """Points of no cell, far away."""
    far = 1e3 * random.normal(size=(3, points.shape[1]))
    return np.vstack([points, far]), cells, region, None


def laid_over(random, points, cells, region):
    """Some cells once more, a little aside."""
    again = random.choice(len(cells), random.integers(1, len(cells)), replace=False)
    aside = points + random.uniform(0.05, 0.3, points.shape[1]) * np.ptp(points, axis=0)
    cells = np.concatenate([cells, cells[again] + len(points)])
    return np.vstack([points, aside]), cells, np.concatenate([region, region[again]]), OVER + PLACE


def twice(random, points, cells, region):
    """Cells that stand there twice, in one region or in two."""
    again = random.choice(len(cells), 2, replace=False)
    same = random.random() < 0.5
    more = region[again] if same else 3 - region[again]
    words = OVER + PLACE
    return points, np.concatenate([cells, cells[again]]), np.concatenate([region, more]), words


def bow_tie(random, points, cells, region):
    """Two neighbouring points exchanged, as in a quadrilateral that crosses itself."""
    points = points.copy()
    low, high = points.min(axis=0), points.max(axis=0)
    inner = np.flatnonzero(((points > low) & (points < high)).all(axis=1))
    if len(inner):  # through its neighbours and out of the other side
        points[inner[0]] = low + 0.98 * (high - low) * random.uniform(0.9, 1.0)
        points[inner[0]] += 0.3 * (high - low)
    else:
        points[[cells[0, 0], cells[0, 1]]] = points[[cells[0, 1], cells[0, 0]]]
    return points, cells, region, OVER + "|flat"


def hanging_nodes(random, points, cells, region):
    """The upper layer replaced by a finer one: points on the edges of the lower."""
    dimension = points.shape[1]
    lower = np.flatnonzero(region == 1)
    height = points[cells[lower]].reshape(-1, dimension)[:, -1].max()
    size = np.ptp(points, axis=0)
    finer = box_mesh([7] * dimension, np.array([*size[:-1], size[-1] - height]))
    above = finer.points + np.array([0.0] * (dimension - 1) + [height])
    cells = np.concatenate([cells[lower], finer.cells + len(points)])
    region = np.concatenate([region[lower], np.full(len(finer.cells), 2)])
    return np.vstack([points, above]), cells, region, "meet without sharing points" + PLACE


def no_region(random, points, cells, region):
    """Some cells of a region that has no name."""
    region = region.copy()
    region[random.choice(len(region), 2, replace=False)] = 7
    return points, cells, region, r"no name|in none of the sets|have no region|region_names"


def no_place(random, points, cells, region):
    """A coordinate that is no length."""
    points = points.copy()
    row = random.choice(cells.ravel())
    points[row, random.integers(points.shape[1])] = random.choice(
        [np.nan, np.inf, -np.inf, 1e300, -1e300]
    )
    return points, cells, region, r"not finite|no number|cannot be read"


def on_its_side(random, points, cells, region):
    """The stack along x, or upside down."""
    if random.random() < 0.5:
        return points[:, ::-1], cells, region, "along x: .*turn the mesh"
    upside = points * ([1.0] * (points.shape[1] - 1) + [-1.0])
    return upside, cells, region, "lies below .*turn the mesh over"


def in_millimetres(random, points, cells, region):
    """Numbers a thousand times too large for the unit that the case gives."""
    return 1e3 * points, cells, region, "geometry.length_unit: the mesh is"


def flat(random, points, cells, region):
    """A cell without any measure."""
    points, cells = points.copy(), cells.copy()
    corners = points[cells[0]]
    points = np.vstack([points, corners[:-1].mean(axis=0)])
    cells = np.vstack([cells, [*cells[0, :-1], len(points) - 1]])
    return points, cells, np.append(region, region[0]), OVER + "|flat" + PLACE


FAULTS = (nothing, doubled_nodes, nearly_doubled_nodes, turned_cells, stray_points, laid_over,
          twice, bow_tie, hanging_nodes, no_region, no_place, on_its_side, in_millimetres,
          flat)  # fmt: skip


def spoilt(random, data):
    """The bytes of a file cut off, or with a few numbers and lines changed."""
    if random.random() < 0.4:
        return data[: random.integers(len(data))]
    lines = data.split(b"\n")
    for _ in range(random.integers(1, 4)):
        row = random.integers(len(lines))
        words = lines[row].split(b" ")
        numbers = [at for at, word in enumerate(words) if word.strip(b"-").isdigit()]
        if row in (0, len(lines) - 1):
            continue
        if numbers:  # a wrong count, or a number of a point that is not there
            at = random.choice(numbers)
            words[at] = b"%d" % (int(words[at]) + random.choice([-1, 1, 1000, 10**12]))
            lines[row] = b" ".join(words)
        elif random.random() < 0.5:
            del lines[row]
        else:
            lines.insert(row, lines[random.integers(len(lines))])
    return b"\n".join(lines)


def write(path, form, points, cells, region):
    """Write a body as a file of some format, and return the keys that a case needs with it."""
    dimension = points.shape[1]
    space = np.column_stack([points, np.zeros((len(points), 3 - dimension))])
    named = {str(number): name for number, name in enumerate(NAMES, 1)}
    if form.startswith("msh"):
        _, version, *binary = form.split()
        with gmsh_session() as session:
            model = session.model
            for number in np.unique(region).tolist():
                model.addDiscreteEntity(dimension, number)
                if number <= len(NAMES):
                    model.addPhysicalGroup(dimension, [number], number, name=NAMES[number - 1])
                else:
                    model.addPhysicalGroup(dimension, [number], number)
            first = int(region.min())
            model.mesh.addNodes(dimension, first, np.arange(1, len(space) + 1), space.ravel())
            start = 1
            for number in np.unique(region).tolist():
                chosen = cells[region == number]
                tags = np.arange(start, start + len(chosen))
                kind = {2: 2, 3: 4}[dimension]
                model.mesh.addElementsByType(number, kind, tags, chosen.ravel() + 1)
                start += len(chosen)
            session.option.setNumber("Mesh.MshFileVersion", float(version))
            session.option.setNumber("Mesh.Binary", len(binary))
            session.write(str(path))
        return {}
    kind = KINDS[dimension]
    if form == "inp":
        sets = {name: [np.flatnonzero(region == number)] for number, name in enumerate(NAMES, 1)}
        meshio.Mesh(space, [(kind, cells)], cell_sets=sets).write(path)
        return {}
    if form == "med":
        written = meshio.Mesh(space, [(kind, cells)], cell_data={"cell_tags": [-region]})
        written.cell_tags = {-number: [name] for number, name in enumerate(NAMES, 1)}
        written.write(path)
        return {}
    name = "medit:ref" if form == "mesh" else "region"
    meshio.Mesh(space, [(kind, cells)], cell_data={name: [region]}).write(path)
    return {"region_names": named}


def careless(seed, folder):
    """A case file on one mesh, with words of the refusal (None: the body is right, "": either),
    and the measure of each region [m, m^2 or m^3]."""
    random = np.random.default_rng(seed)
    dimension = int(random.choice([2, 3]))
    form = str(random.choice(FORMATS))
    points, cells, region = body(random, dimension)
    volume = np.ptp(points, axis=0).prod()
    fault = FAULTS[random.integers(len(FAULTS))]
    points, cells, region, words = fault(random, points, cells, region)
    path = folder / f"cell.{form.split()[0]}"
    keys = write(path, form, points, cells, region)
    if fault is nothing and random.random() < 0.8:
        path.write_bytes(spoilt(random, path.read_bytes()))
        words = ""
    geometry = {"recipe": "file", "path": path.name, "length_unit": "1 um", **keys}
    case = write_toml(folder / "case.toml", {"geometry": geometry})
    label = (
        f"seed {seed}, {form} in {dimension}D, {fault.__name__}{'' if words != '' else ', spoilt'}"
    )
    return case, words, 0.5 * volume * UM**dimension, label


def check(seed, folder, capsys):
    """Send one careless mesh through the door, and compare what comes of it."""
    case, words, measure, label = careless(seed, folder)
    out = folder / "out"
    capsys.readouterr()
    code = cli.main(["mesh", str(case), "--out", str(out)])
    error = capsys.readouterr().err
    assert not gmsh.isInitialized(), label
    if code == 0:
        assert not words, f"{label}: accepted"
        found = json.loads((out / "mesh.json").read_text())["regions"]
        assert {name: each["measure"] for name, each in found.items()} == {
            name: approx(measure, rel=1e-5) for name in NAMES
        }, label
    else:
        assert code in (2, 4), f"{label}: {code} {error}"
        assert words is not None, f"{label}: {error}"
        assert "cell." in error and "Traceback" not in error, f"{label}: {error}"
        assert re.search(words, error), f"{label}: {error}"
        assert not out.exists(), label


def memory():
    """The most memory [kB] that this process and its children have taken so far."""
    return [resource.getrusage(each).ru_maxrss for each in
            (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]  # fmt: skip


def send(seeds, tmp_path, capsys):
    """Send many."""
    before = memory()
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        check(seed, folder, capsys)
    assert all(now - then < MOST_MEMORY for now, then in zip(memory(), before, strict=True))


def test_careless_meshes(tmp_path, capsys):
    """A failure means that a mesh with a common fault is believed, or refused without its reason
    or place, or leaves something behind."""
    send(range(30), tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_many_careless_meshes(part, tmp_path, capsys):
    """A failure means the same for a rarer fault."""
    send(range(100 + 50 * part, 150 + 50 * part), tmp_path, capsys)
