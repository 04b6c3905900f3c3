"""The report's figures: meshes, fields, stoichiometry, voltage and time series."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.image import imread

from chemomech.geometry import GeometryError, read_msh
from chemomech.geometry.mesh.write import write_msh
from chemomech.report.figures.cutaway import cut_surface
from chemomech.report.figures.fields import exaggeration, nice_below, outlines
from chemomech.report.figures.mesh import (
    cell_colours,
    region_colours,
    region_texts,
    round_length,
    save_mesh_picture,
)
from chemomech.report.figures.saved_field import plated_at, read_field
from chemomech.report.figures.series import discharges, timeseries_figure, without_plated
from chemomech.report.figures.stoichiometry import hosts, largest, near, uneven
from chemomech.report.figures.style import spread
from chemomech.report.figures.voltage import voltage_figure
from chemomech.report.reading import read_results
from compare import approx
from meshes import box
from report_studies import make_study, square_field, square_mesh, time_table


def test_a_mesh_picture_is_written_with_names_and_heights(tmp_path):
    """Would fail if regions lost their names or heights were not in micrometres."""
    square_mesh(tmp_path / "mesh.msh")
    save_mesh_picture(tmp_path / "mesh.msh", tmp_path / "mesh.png")
    assert (tmp_path / "mesh.png").read_bytes()[:4] == b"\x89PNG"
    assert region_texts(read_msh(tmp_path / "mesh.msh")) == {
        "lower": "lower, 10 µm high",
        "upper": "upper, 10 µm high",
    }
    with pytest.raises(GeometryError):
        save_mesh_picture(tmp_path / "none.msh", tmp_path / "none.png")


def test_the_cut_surface_closes_what_the_octant_opened():
    """Would fail if pieces were lost, doubled, left in the octant, or shown in the colour of
    another region."""
    mesh = box((3, 4, 3), size=(1.0, 2.0, 3.0), region_of=lambda x: "low" if x[2] < 1.0 else "high")
    surface = cut_surface(mesh.points, mesh.cells, mesh.facet_table)
    areas, normals = [], []
    for polygon in surface.polygons:
        corner = np.cross(polygon[1:-1] - polygon[0], polygon[2:] - polygon[0]).sum(axis=0)
        areas.append(0.5 * np.linalg.norm(corner))
        normals.append(corner / np.linalg.norm(corner))
        middle = polygon.mean(axis=0)
        assert not (middle[0] > 0.501 and middle[1] < 0.999 and middle[2] > 1.501)
    assert np.abs(np.sum(np.array(normals) * surface.normal, axis=1)) == approx(np.ones(len(areas)))
    # An octant cut out of a box takes away as much surface as it lays open.
    assert np.sum(areas) == approx(2.0 * (2.0 + 3.0 + 6.0), rel=1e-9)
    assert np.array(areas) @ surface.normal == approx(np.zeros(3), abs=1e-9)
    low = np.isin(surface.owner, np.flatnonzero(mesh.region_cells("low")))
    assert np.sum(np.array(areas)[low]) == approx(2.0 + 2.0 * (1.0 + 2.0), rel=1e-9)


def test_a_body_in_space_is_drawn_without_a_screen(tmp_path):
    """Would fail if three dimensions could not be drawn, or if grains were all of one colour."""
    mesh = box(
        (3, 3, 3),
        size=(1e-5, 1e-5, 1e-5),
        region_of=lambda x: "active" if x[0] < 0.4e-5 else "electrolyte",
    )
    mesh.cell_particle[:] = mesh.points[mesh.cells].mean(axis=1)[:, 2] > 0.5e-5
    write_msh(mesh, tmp_path / "mesh.msh")
    save_mesh_picture(tmp_path / "mesh.msh", tmp_path / "mesh.png")
    pixels = np.round(imread(tmp_path / "mesh.png")[..., :3] * 255).astype(int).reshape(-1, 3)
    _colours, counts = np.unique(pixels, axis=0, return_counts=True)
    assert np.sum(counts > 3000) >= 6  # white, and the regions in different lights
    shades = cell_colours(mesh, region_colours(list(mesh.regions)))
    assert len(np.unique(shades, axis=0)) == 4  # two regions of two grains each
    mesh.cell_particle[:] = 0
    assert len(np.unique(cell_colours(mesh, region_colours(list(mesh.regions))), axis=0)) == 2


def test_lengths_of_scale_bars():
    """Would fail if a bar had a length that nobody reads off."""
    assert [round_length(each) for each in (0.99, 1.0, 4.9, 5.0, 73.0)] == approx(
        [0.5, 1.0, 2.0, 5.0, 50.0]
    )


def test_fields_are_in_micrometres_and_megapascals_and_gaps_are_exaggerated(tmp_path):
    """Would fail if a unit slipped, the stress were not the in-plane mean, or the gap did not
    open."""
    case = read_results(make_study(tmp_path / "study", fields=True)).cases[0]
    field = read_field(case)
    assert np.ptp(field.points, axis=0) == approx((10.0, 20.0))
    assert field.stress == approx(3.0)
    assert field.opening == approx(0.05)
    factor = exaggeration([field])
    assert factor == 5.0  # 0.04 * 10 um over 0.05 um is 8
    moved = field.deformed(factor)
    assert moved[4, 1] - moved[3, 1] == approx(0.25)
    # Every edge but the two diagonals: four of each square, the interface's two sides apart.
    assert len(outlines(field)) == 8
    assert field.centres() == {0: approx((5.0, 5.0))}
    assert len(field.plated) == 0


def test_plated_lithium_is_drawn_to_scale(tmp_path):
    """Would fail if micrometres of plated lithium were exaggerated with the gaps, or left as a
    gap."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    case.result["cycle"]["plated_lithium_um"] = (
        7.2  # of 1.4 mAh/cm2; five sixths of it pass in the charge
    )
    square_field(case.folder / "fields", plated=6.0)
    assert plated_at(case, "charged") == approx(6.0)
    assert plated_at(case, "discharged") == approx(7.2 / 6.0)
    field = read_field(case)
    assert field.carried == approx([0, 0, 0, 0, 6, 6, 6, 6])
    assert exaggeration([field]) == 5.0
    moved = field.deformed(5.0)
    assert moved[4, 1] - moved[3, 1] == approx(6.25)
    assert field.deformed_ends(5.0)[0, :, 1] == approx(10.0)
    assert field.plated.tolist() == [[2, 3, 4, 5]]


def test_exaggeration_steps_are_nice():
    """Would fail if a caption stated a factor such as 13.37."""
    assert [nice_below(value) for value in (0.3, 1.0, 4.9, 5.0, 19.0, 250.0)] == [
        1.0,
        1.0,
        2.0,
        5.0,
        10.0,
        200.0,
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=8))
def test_labels_move_apart_and_stay_inside(places):
    """Would fail if two labels overlapped, changed their order or left the panel."""
    moved = spread(places, 0.1)
    ordered = moved[np.argsort(places, kind="stable")]
    assert np.all(np.diff(ordered) >= 0.1 - 1e-12)
    assert ordered[0] >= -1e-12 and ordered[-1] <= 1.0 + 1e-12


def test_plated_lithium_is_taken_off_the_thickness(tmp_path):
    """Would fail if lithium that is stripped were counted as plated, or the capacity left out of
    its thickness."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    case.result["cycle"] |= {"plated_lithium_um": 7.0, "capacity_mAh_cm2": 1.4}
    table = pd.DataFrame(
        {"charge_mAh_cm2": [0.0, -0.6, -1.2, 0.02], "thickness_change_um": [0.0, 3.0, 5.9, 0.0]}
    )
    table = table.assign(stress_mV=1.0, concentration_mV=0.5)
    assert without_plated(table, case)["thickness_change_um"].tolist() == approx(
        [0.0, 0.0, -0.1, 0.1]
    )
    assert without_plated(table, case)["uneven_mV"].tolist() == [1.5] * 4


def test_discharges_are_shaded_where_current_flows_out():
    """Would fail if a step's interval began at its end, or charge and rest were shaded."""
    assert discharges(time_table()) == [(7.0, 14.0)]
    assert discharges(time_table(cycles=2)) == [(7.0, 14.0), (21.0, 28.0)]


def drawn(axis):
    """Lines of an axes as (x, y) lists."""
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in axis.get_lines()]


def test_voltage_is_drawn_against_the_charge_put_in_and_bars_add_up(tmp_path):
    """Would fail if the charge ran the wrong way, the equilibrium were missing, or a part had no
    bar."""
    results = read_results(make_study(tmp_path / "study"))
    left, right = voltage_figure(results, results.shown_cases(), results.curve()).axes
    table = time_table()
    assert drawn(left)[0][0] == approx(list(-table["charge_mAh_cm2"]))
    assert max(drawn(left)[0][0]) == approx(1.4 / 0.6 * 0.5)
    assert drawn(left)[0][1] == approx(list(table["voltage_V"]))
    assert drawn(left)[1][1] == approx(list(table["equilibrium_potential_V"]))
    heights = [[bar.get_height() for bar in bars] for bars in right.containers]
    assert np.sum(heights, axis=0) == approx([100.0] * 4)
    assert heights[0] == approx([40.0] * 4) and len(heights) == 5  # no electrons' way here
    assert {text.get_text() for text in right.texts} == {"40"}
    assert [text.get_text() for text in right.get_xticklabels()] == ["1", "10", "100", "1000"]


def test_resistances_that_are_zero_have_no_panel(tmp_path):
    """Would fail if a film that is not there took room, or one that is there had no panel."""
    case = read_results(make_study(tmp_path / "study")).cases[0]
    labels = {axis.get_ylabel() for axis in timeseries_figure([case])[0].axes}
    assert "cathode film\n[Ω cm²]" in labels and "electrons\n[Ω cm²]" not in labels
    assert {"voltage [V]", "current density\n[mA cm⁻²]", "cathode lost contact\n[Ω cm²]"} <= labels


def test_stoichiometry_is_shown_against_its_mean_in_the_active_material_alone(tmp_path):
    """Would fail if the electrolyte's zeros entered the mean, triangles did not weigh by area, or
    volts were drawn."""
    case = read_results(make_study(tmp_path / "study", fields=True)).cases[0]
    field = read_field(case, "discharged")
    assert hosts(field).tolist() == [True, True, False, False]
    mean, parts = uneven(field)
    assert mean == approx(0.35) and parts == approx([-5.0, 5.0])  # corners 0.3, 0.3, 0.3 or 0.6
    assert near(field, np.array([-1.0, -1.0]), np.array([11.0, 11.0]))[1] == approx([20.0])
    assert len(near(field, np.array([-1.0, -1.0]), np.array([11.0, 9.0]))[1]) == 0
    assert largest([np.linspace(0.0, 0.031, 100)], 100) == approx(0.04)
