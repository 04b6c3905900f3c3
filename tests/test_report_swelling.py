"""The page of cases that only swell: it shares tables, mesh and inputs with that of a protocol."""

import json

import meshio
import numpy as np
import pandas as pd

from chemomech.report import write_report
from chemomech.report.figures.cracks import cracks_figure, lengths_figure, total_length
from chemomech.report.reading import read_results
from report_studies import UM, result_of, square_mesh

CHANGES = (0.05, 0.1)
CRACKS = "electrolyte|electrolyte|cracks"
SUMMARY = {
    "stack_pressure_MPa": 0.5,
    "opened_um": 3.0,
    "sheared_um": 1.0,
    "broken_um": 2.0,
    "equivalent_um": 5.0,
    "longest_crack_um": 2.5,
    "tortuosity": 1.25,
    "relative_conductivity_before": 0.6,
    "relative_conductivity_after": 0.5,
    "energy_balance_error": 1e-3,
    "wall_time_s": 2.0,
}
TIP = {
    "name": "slit",
    "region": "electrolyte",
    "length_um": 3.0,
    "max_K_over_KIc": 0.7,
    "max_G_over_Gc": 0.49,
    "K_I_MPa_sqrt_m": 0.16,
    "K_II_MPa_sqrt_m": 0.0,
    "time": 0.5,
    "volume_change": 0.025,
    "x_um": 1.0,
    "y_um": 2.0,
    "angle_deg": 90.0,
    "warnings": [],
}


def last_state(folder):
    """Fields of a square particle below one of electrolyte; one facet is half dissipated."""
    folder.mkdir()
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [1, 2], [0, 2]]) * 10 * UM
    points = np.pad(square, ((0, 0), (0, 1)))
    triangles = np.array([[0, 1, 2], [0, 2, 3], [3, 2, 4], [3, 4, 5]])
    region = {"region": [np.array([1, 1, 2, 2])]}
    meshio.Mesh(points, [("triangle", triangles)], cell_data=region).write(folder / "cell_end.vtu")
    facets = [("line", np.array([[4, 5], [3, 4]]))]
    dissipated = {"dissipated_fraction": [np.array([0.5, 0.0])]}
    meshio.Mesh(points, facets, cell_data=dissipated).write(folder / "interfaces_end.vtu")


def swelling_study(folder, failed=(), fields=True, flaws=False):
    """Write the folder of a study of two volume changes."""
    rows, cases = [], []
    for number, change in enumerate(CHANGES):
        label, code = f"{number:03d}_case", 3 if number in failed else 0
        message = "no convergence <b>" if code else ""
        entry = {"label": label, "exit_code": code, "message": message}
        cases.append(entry | {"values": {"swelling.volume_change": change}})
        rows.append({"case": label, "exit_code": code, "stack_pressure_MPa": 0.5})
        if code:
            continue
        rows[-1] |= SUMMARY | {"cracked_um": 100 * change}
        place = folder / "cases" / label
        place.mkdir(parents=True)
        result = result_of(0.5) | {"cycle": {}}
        result["case"] |= {
            "swelling": {"region": "active", "volume_change": change, "back": False},
            "cracks": {"electrolyte": "crack"},
        }
        if flaws:
            result["case"]["meshed_flaws"] = [{"region": "electrolyte", "name": "slit"}]
            result["meshed_flaws"] = {"governs": "slit", "max_K_over_KIc": 0.7, "tips": [TIP]}
            pd.DataFrame(
                {"time": [0.0, 1.0], "volume_change": [0.0, change], "name": "slit", "tip": 0}
            ).assign(K_over_KIc=[0.0, 0.7]).to_csv(place / "meshed_flaws.csv", index=False)
        (place / "result.json").write_text(json.dumps(result))
        pd.DataFrame(
            {
                "volume_change": [0.0, change],
                f"cracked_um {CRACKS}": [0.0, 60 * change],
                "cracked_um active|electrolyte": [0.0, 40 * change],
                f"broken_um {CRACKS}": [0.0, 7.0],
            }
        ).to_csv(place / "timeseries.csv", index=False)
        square_mesh(place / "mesh.msh")
        if fields:
            last_state(place / "fields")
    pd.DataFrame(rows).to_csv(folder / "summary.csv", index=False)
    manifest = {"name": "A <swelling>", "description": "d", "window": None, "cases": cases}
    manifest["vary"] = {"swelling.volume_change": list(CHANGES)}
    (folder / "study.json").write_text(json.dumps(manifest))
    return folder


def test_the_page_has_figures_mesh_table_inputs_and_how_it_was_computed(tmp_path):
    """Would fail if a page of swelling lacked what every page has, or told of a protocol."""
    shares = []
    folder = swelling_study(tmp_path)
    page = write_report(folder, lambda share, what: shares.append(share)).read_text("utf-8")
    assert shares == sorted(shares) and shares[-1] == 1.0
    pictures = sorted(path.stem for path in (folder / "figures").iterdir())
    assert pictures == ["cracks", "lengths", "mesh"] and page.count("<img ") == 3
    assert "A &lt;swelling&gt;" in page and "Safe" not in page and "Protocol" not in page
    assert "<th>cracked<span>µm</span></th>" in page and "<td>10</td><td>3</td>" in page
    assert "Active swells evenly by a volume change of 0.05 to 0.1" in page
    assert "Electrolyte may crack along every facet" in page and ">young modulus</td>" in page
    assert "Hash of each case's inputs" in page and "Which flaw governs" not in page


def test_failed_cases_and_missing_fields_are_said(tmp_path):
    """Would fail if a failed case vanished from the table or broke the page."""
    page = write_report(swelling_study(tmp_path / "a", failed=(1,), fields=False)).read_text(
        "utf-8"
    )
    assert "<b>failed</b>, exit code 3" in page and "no convergence &lt;b&gt;" in page
    assert "No fields were saved by these cases" in page


def test_meshed_flaws_have_their_table_by_volume_change(tmp_path):
    """Would fail if a flaw's table or figure asked a run that only swells for hours."""
    folder = swelling_study(tmp_path, flaws=True)
    page = write_report(folder).read_text("utf-8")
    assert (folder / "figures" / "flaws.png").is_file() and "volume change<span>–</span>" in page
    assert "<td>0.49</td><td>0.16</td><td>0</td><td>0.025</td><td>1, 2</td>" in page
    assert "with the case’s meshed flaws" in page


def test_lengths_of_all_interfaces_are_drawn_together(tmp_path):
    """Would fail if only one interface's length were drawn, or a broken length with it."""
    results = read_results(swelling_study(tmp_path))
    table = pd.read_csv(results.cases[1].folder / "timeseries.csv")
    assert total_length(table, "cracked").tolist() == [0.0, 10.0]
    lines = lengths_figure(results).axes[0].get_lines()
    assert [list(line.get_ydata()) for line in lines] == [[0.0, 5.0], [0.0, 10.0]]
    assert [line.get_label() for line in lines] == ["0.05", "0.1"]


def test_cracks_are_facets_by_their_dissipated_share(tmp_path):
    """Would fail if facets that dissipated nothing were drawn, or the particle were not grey."""
    results = read_results(swelling_study(tmp_path))
    particle, facets = cracks_figure(results, results.cases).axes[0].collections
    assert facets.get_array().tolist() == [0.5] and len(facets.get_segments()) == 1
    assert len(particle.get_paths()) == 2
