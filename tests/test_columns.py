"""The table of columns against files of real runs, stored numbers, the code and the document."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import chemomech
from chemomech.case import parse_case
from chemomech.runs.columns import COLUMNS, FILES, WORST, attributes, column, columns_of, worst
from chemomech.runs.columns.document import document
from chemomech.runs.columns.entry import UNITS
from chemomech.runs.run import run
from compare import approx
from small import SHORT_CYCLE, tiny_case

ROOT = Path(__file__).parents[1]
ELASTIC = {"base": "Li6PS5Cl", "flow": "elastic", "young_modulus": "22.1 GPa"}
ELASTIC |= {"poisson_ratio": 0.37}
SLIT = {"name": "slit", "region": "separator", "start": ["2 um", "6 um"], "end": ["4 um", "6.5 um"]}
EDGE = {"name": "edge", "region": "separator", "place": "surface", "depth": "1 um"}
EDGE |= {"paris_rate": "1 nm", "paris_exponent": 4.0, "paris_threshold": "1e-4 MPa*m^0.5"}
SQUARE = {
    "name": "square",
    "geometry": {
        "recipe": "image", "path": "square.npy", "pixel_size": "0.5 um",
        "labels": {"0": "electrolyte", "1": "active"},
        "mesh": {"size_interface": "1 um", "size_bulk": "1 um"},
    },
    "materials": {
        "active": {"base": "NMC811", "young_modulus": "100 GPa", "poisson_ratio": 0.3},
        "electrolyte": ELASTIC,
    },
    "interfaces": {},
    "cracks": {
        "electrolyte": {"base": "crack", "strength": "80 MPa", "fracture_energy": "1 J/m^2"},
    },
    "swelling": {"region": "active", "volume_change": 0.1, "sides": "plane"},
    "stack": {"fixture": "constant_pressure", "pressure": "1 kPa"},
    "solver": {"displacement_degree": 1, "maximum_iterations": 40, "steps_per_half_cycle": 4},
}  # fmt: skip


def cycling_case(folder):
    """A cycle of one particle with a growing family of flaws and a meshed flaw."""
    return parse_case(
        tiny_case(
            materials__separator=ELASTIC, materials__electrolyte=ELASTIC, flaws=[EDGE],
            meshed_flaws=[SLIT | {"size": "0.15 um"}], cycle__protocol=SHORT_CYCLE,
        )
    )  # fmt: skip


def swelling_case(folder):
    """A square that swells in a square of electrolyte and cracks it."""
    image = np.zeros((8, 8), dtype=np.uint8)
    image[2:6, 2:6] = 1
    np.save(folder / "square.npy", image)
    return parse_case(SQUARE, folder)


def headers(folder):
    """Key of FILES -> names of the columns that a run's folder holds."""
    found = {
        path.stem: list(pd.read_csv(path, nrows=0))
        for path in folder.glob("*.csv")
        if path.stem in FILES
    }
    return found | {"summary": list(json.loads((folder / "result.json").read_text())["summary"])}


@pytest.mark.parametrize("make", [cycling_case, swelling_case])
def test_every_file_holds_what_the_table_says(make, tmp_path):
    """Breaks when a run writes a column that is not in the table, or leaves out one that is."""
    run(make(tmp_path), tmp_path / "out")
    swelling, found = make is swelling_case, headers(tmp_path / "out")
    files = set(FILES) - (
        {"cycles", "particles", "flaws", "flaw_growth"} if swelling else {"cracks"}
    )
    assert set(found) == files - ({"meshed_flaws"} if swelling else set())
    for file, names in found.items():
        known = columns_of(file, swelling)
        entries = {column(name).name for name in names}
        assert entries <= {each.name for each in known}, file
        always = {c.name for c in known if not c.is_family and not c.source.startswith("study.")}
        assert always <= entries, file


def test_the_summary_takes_what_the_table_says(tmp_path):
    """Breaks when a summary takes the largest of a run where the table says the last, or so."""
    run(parse_case(tiny_case(cycle__protocol=SHORT_CYCLE)), tmp_path)
    table = pd.read_csv(tmp_path / "timeseries.csv")
    summary = json.loads((tmp_path / "result.json").read_text())["summary"]
    flows = table[table["current_density_mA_cm2"] != 0.0]
    taken = {
        "largest": lambda name: flows[name].max(),
        "smallest": lambda name: table[name].min(),
        "last": lambda name: table[name].iloc[-1],
        "range": lambda name: np.ptp(table[name]),
    }
    checked = 0
    for how, take in taken.items():
        for name in (name for name in worst(how) if "<" not in name):
            assert summary[name] == approx(take(name), rel=1e-6), name
            checked += 1
    assert checked > 15


def test_the_stored_numbers_have_columns():
    """Breaks when a name of the results changes and the table does not follow."""
    stored = json.loads((ROOT / "tests" / "references" / "regression.json").read_text())
    for case, numbers in stored.items():
        for key in numbers:
            file, _, name = key.partition("/")
            if file in ("summary", "timeseries"):
                assert file in column(name).files, f"{case}: {key}"


def test_entries_are_whole():
    """Breaks when an entry has no file, an unknown unit or a name that says another unit."""
    endings = tuple(end for end, _ in UNITS.values() if len(end) > 2)
    for each in COLUMNS:
        assert each.files and set(each.cycling) | set(each.swelling) <= set(FILES), each
        assert each.worst in WORST and each.meaning and each.label, each
        assert each.meaning[-1] != ".", each
        base = re.sub(r"(_maximum| <interface>|_electrolyte|_interfaces)$", "", each.name)
        assert base.endswith(UNITS[each.unit][0]), each
        assert each.unit not in ("1", "") or not base.endswith(endings), each


def test_sources_are_in_the_code():
    """Breaks when a source names a module or a function that has moved."""
    found = {
        source for each in COLUMNS for source in re.findall(r"\b[a-z_]+(?:\.\w+)+", each.source)
    }
    assert len(found) > 20
    for source in found:
        path, *rest = Path(chemomech.__file__).parent, *source.split(".")
        while rest and (path / rest[0]).is_dir():
            path /= rest.pop(0)
        file = path / f"{rest.pop(0)}.py" if rest else path / "__init__.py"
        assert file.is_file(), source
        assert not rest or re.search(rf"(def|class) {rest[0]}\b", file.read_text()), source


def test_names_are_found_with_their_family():
    """Breaks when a family swallows a name of its own, or a percentile loses its column's unit."""
    assert len({each.name for each in COLUMNS}) == len(COLUMNS)
    assert (
        column("energy_plastic_J").unit == "J" and column("energy_plastic_J_per_m").unit == "J m-1"
    )
    assert column("cracked_um active|electrolyte").name == "cracked_um <interface>"
    assert column("p10_time_to_short_h").unit == "h"
    assert attributes("p90_penetration_risk")["long_name"].endswith(
        "90th percentile over the uncertain inputs"
    )
    assert attributes("flaw.depth_um") == {"long_name": "flaw.depth um", "units": "1"}
    with pytest.raises(KeyError, match="no column"):
        column("nothing_MPa")


def test_worst_values_of_the_summary():
    """Breaks when a column's worst value is taken the other way round."""
    assert worst("smallest") == ("contact_fraction_cathode", "contact_fraction_anode")
    assert "voltage_loss_mV" in worst("largest") and "energy_balance_error" in worst("last")
    for how in ("largest", "smallest", "last", "range"):
        assert all({"timeseries", "summary"} <= set(column(name).cycling) for name in worst(how))


def test_the_document_is_up_to_date():
    """Breaks when the table changes and `python3 -m chemomech.runs.columns` was not run."""
    assert (ROOT / "docs" / "columns.md").read_text() == document()
