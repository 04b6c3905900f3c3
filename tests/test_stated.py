"""What a result states of lithium in flaws, and what it does not."""

import math

from chemomech.physics.fracture.population import FlawPopulation
from chemomech.runs.cautions import of_flaws
from chemomech.runs.stated import DOES_NOT_RUN, LIMITS, state, statements, within
from compare import approx
from edge_flaws import INPUTS, changed


def test_no_number_beyond_what_the_model_means():
    """Breaks when K/K_Ic 109, 3972 MPa, half a second or 1432 mA/cm2 are printed."""
    computed = {
        "max_K_over_KIc": 109.0,
        "plating_pressure_MPa": 3972.0,
        "time_to_short_h": 0.5 / 3600,
        "critical_current_density_mA_cm2": 1432.0,
        "flaw_filling_time_h": math.nan,
        "voltage_loss_mV": 1e9,
    }
    found = state(computed)
    assert found["max_K_over_KIc"] == 10.0 and found["plating_pressure_MPa"] == 1000.0
    assert found["time_to_short_h"] == 0.01
    assert found["critical_current_density_mA_cm2"] == math.inf
    assert math.isnan(found["flaw_filling_time_h"]) and found["voltage_loss_mV"] == 1e9
    texts = statements(computed)
    assert len(texts) == 4 and sum(DOES_NOT_RUN in text for text in texts) == 1
    assert any("at least 10 (109 computed" in text for text in texts)
    assert any("at most 0.01" in text for text in texts)
    assert statements({"max_K_over_KIc": 0.5, "time_to_short_h": 3.0}) == []
    assert statements({"time_to_short_h": math.inf}) == [f"time_to_short_h: {DOES_NOT_RUN}"]
    for name, limit in LIMITS.items():
        inside = 0.5 * (limit.least + limit.most)
        assert within(name, [inside, inside]) == [inside, inside], name


def test_flaws_too_deep_for_the_formula_are_told():
    """Breaks when a flaw of a third of the separator passes for a short one."""
    long = changed(INPUTS, thickness=30e-6, density=0.0)
    (found,) = of_flaws(long)
    assert found.code == "flaw_against_thickness"
    assert "named flaw takes 33 %" in found.text
    assert "5 % larger" in found.text and "59 %" in found.text
    assert of_flaws(changed(INPUTS, density=0.0)) == []
    deep = changed(INPUTS, thickness=90e-6, density=1e9, area=1.0, depth_scale=6e-6)
    assert len(of_flaws(deep)) == 1
    assert FlawPopulation(1e9, 6e-6, 2.0).deepest(1.0) == approx(27.6e-6, rel=1e-2)
