"""Remakes pybamm_sphere.json: one NMC sphere in a lithium half cell, discharged at a constant
current with PyBaMM.

    python3 -m venv somewhere && somewhere/bin/pip install pybamm==26.10.1.1
    somewhere/bin/python tests/references/pybamm_sphere.py

PyBaMM's single-particle model with "particle mechanics": "swelling only" has one sphere under a
uniform surface flux. All its parameters are written below; those of the cell (electrolyte,
kinetics, open-circuit voltage) set the voltage and leave the concentration alone. PyBaMM is under
the BSD 3-Clause licence (Copyright 2018, the PyBaMM team): Sulzer et al., J. Open Res. Softw. 9
(2021) 14. Its mechanics: Ai et al., J. Electrochem. Soc. 167 (2020) 013512.
"""

import json
import os
import re
from pathlib import Path

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")

import numpy as np
import pybamm
from scipy.interpolate import CubicSpline

RADIUS, DIFFUSIVITY, CURRENT = 5e-6, 7e-15, 1.0  # m, m2/s, A per m2 of particle surface
MOLAR_VOLUME, YOUNG, POISSON = 4.566e-6, 140e9, 0.3
START, LARGEST, TEMPERATURE = 17038.0, 63104.0, 298.15  # mol/m3, mol/m3, K
SOLID_FRACTION, THICKNESS, WIDTH, HEIGHT = 0.5, 50e-6, 0.1, 0.1
# A sphere has 3/R of surface per volume, so this many m2 of particle surface:
SURFACE = 3 * SOLID_FRACTION / RADIUS * THICKNESS * WIDTH * HEIGHT

TIMES = [10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500, 1800]
FRACTIONS = np.linspace(0, 1, 11)
POINTS, TOLERANCE = 400, 1e-10

# stress-induced diffusion, and PyBaMM's reference concentration c_free in D (1 + theta (c -
# c_free))
RUNS = {"no drift": ("false", 0.0), "drift": ("true", 0.0), "drift above start": ("true", START)}


def parameters(free):
    """Every parameter that the model asks for."""
    one = "Positive electrode "
    return {
        "Positive particle radius [m]": RADIUS,
        "Positive particle diffusivity [m2.s-1]": DIFFUSIVITY,
        "Initial concentration in positive electrode [mol.m-3]": START,
        "Maximum concentration in positive electrode [mol.m-3]": LARGEST,
        one + "partial molar volume [m3.mol-1]": MOLAR_VOLUME,
        one + "Young's modulus [Pa]": YOUNG,
        one + "Poisson's ratio": POISSON,
        one + "reference concentration for free of deformation [mol.m-3]": free,
        one + "active material volume fraction": SOLID_FRACTION,
        one + "thickness [m]": THICKNESS,
        "Electrode width [m]": WIDTH,
        "Electrode height [m]": HEIGHT,
        "Current function [A]": CURRENT * SURFACE,
        "Ambient temperature [K]": TEMPERATURE,
        "Reference temperature [K]": TEMPERATURE,
        # From here on: nothing in the particle depends on them.
        one + "volume change": 0.0,
        one + "OCP [V]": 4.0,
        one + "OCP entropic change [V.K-1]": 0.0,
        one + "exchange-current density [A.m-2]": 1.0,
        one + "porosity": 0.3,
        one + "Bruggeman coefficient (electrolyte)": 1.5,
        one + "Bruggeman coefficient (electrode)": 1.5,
        "Separator porosity": 0.5,
        "Separator Bruggeman coefficient (electrolyte)": 1.5,
        "Separator thickness [m]": 25e-6,
        "Negative electrode thickness [m]": 50e-6,
        "Negative electrode conductivity [S.m-1]": 1e7,
        "Exchange-current density for lithium metal electrode [A.m-2]": 10.0,
        "Lithium metal partial molar volume [m3.mol-1]": 1.3e-5,
        "Initial concentration in electrolyte [mol.m-3]": 1000.0,
        "Lower voltage cut-off [V]": 0.0,
        "Upper voltage cut-off [V]": 10.0,
        "Number of electrodes connected in parallel to make a cell": 1.0,
        "Number of cells connected in series to make a battery": 1.0,
        "Nominal cell capacity [A.h]": 0.05,
    }


def solve(drift, free, points, tolerance):
    """PyBaMM's solution at 0 and TIMES with `points` uniform shells."""
    options = {
        "working electrode": "positive",
        "particle mechanics": "swelling only",
        "stress-induced diffusion": drift,
    }
    model = pybamm.lithium_ion.SPM(options)
    methods = model.default_spatial_methods
    # The default takes surface values by a straight line through the last two shells.
    quadratic = {
        "extrapolation": {"order": {"gradient": "quadratic", "value": "quadratic"}, "use bcs": True}
    }
    methods["positive particle"] = pybamm.FiniteVolume(quadratic)
    simulation = pybamm.Simulation(
        model,
        parameter_values=pybamm.ParameterValues(parameters(free)),
        spatial_methods=methods,
        var_pts={"x_n": 5, "x_s": 5, "x_p": 5, "r_p": points},
        solver=pybamm.IDAKLUSolver(rtol=tolerance, atol=1e-8),
    )
    return simulation.solve([0, TIMES[-1]], t_interp=np.array([0, *TIMES], dtype=float))


def run(drift, free, points=POINTS, tolerance=TOLERANCE):
    """Results at TIMES; PyBaMM has no stress inside: the centre's is 2 Omega E/(9(1-nu)) (mean -
    c(0))."""
    solution = solve(drift, free, points, tolerance)
    inside, mean, surface, stress = (
        solution[name].entries[..., 1:]
        for name in (
            "X-averaged positive particle concentration [mol.m-3]",
            "Average positive particle concentration [mol.m-3]",
            "X-averaged positive particle surface concentration [mol.m-3]",
            "X-averaged positive particle surface tangential stress [Pa]",
        )
    )
    # A cubic spline through the middles of the shells, mirrored at the centre, and the surface
    # value.
    middle = (np.arange(points) + 0.5) / points
    x = np.concatenate([-middle[::-1], middle, [1.0]])
    profile = CubicSpline(x, np.concatenate([inside[::-1], inside, surface[None]]))(FRACTIONS).T
    return {
        "concentration": profile,
        "surface concentration": surface,
        "mean concentration": mean,
        "surface tangential stress": stress,
        "centre radial stress": 2
        * MOLAR_VOLUME
        * YOUNG
        / (9 * (1 - POISSON))
        * (mean - profile[:, 0]),
    }


def change(coarse, fine):
    """Largest relative change of the stresses, and of c over the largest |c - mean| of its time."""
    spread = np.abs(fine["concentration"] - fine["mean concentration"][:, None]).max(axis=1)
    found = {
        "concentration": np.abs(coarse["concentration"] - fine["concentration"]).max(axis=1)
        / spread
    }
    for key in ("surface tangential stress", "centre radial stress"):
        found[key] = np.abs(coarse[key] / fine[key] - 1)
    return {key: float(f"{value.max():.2g}") for key, value in found.items()}


def rounded(value):
    """Nested lists with nine significant digits."""
    return [rounded(v) for v in value] if np.ndim(value) else float(f"{float(value):.9g}")


def main():
    results, refinement = {}, {}
    for name, (drift, free) in RUNS.items():
        result = run(drift, free)
        refinement[name] = {
            "half the shells": change(run(drift, free, points=POINTS // 2), result),
            "twice the shells": change(result, run(drift, free, points=2 * POINTS)),
            "tolerance x 100": change(run(drift, free, tolerance=100 * TOLERANCE), result),
        }
        results[name] = {"stress-induced diffusion": drift, "c_free": free}
        results[name] |= {key: rounded(value) for key, value in result.items()}
        print(name, refinement[name])
    case = {
        "radius": RADIUS,
        "diffusivity": DIFFUSIVITY,
        "current density": CURRENT,
        "partial molar volume": MOLAR_VOLUME,
        "Young's modulus": YOUNG,
        "Poisson's ratio": POISSON,
        "initial concentration": START,
        "maximum concentration": LARGEST,
        "temperature": TEMPERATURE,
        "Faraday constant": pybamm.constants.F.value,
        "gas constant": pybamm.constants.R.value,
    }
    stored = {
        "made by": f"PyBaMM {pybamm.__version__} (BSD 3-Clause licence), "
        "tests/references/pybamm_sphere.py",
        "units": "SI (m, s, mol/m3, Pa, A/m2 of particle surface, K); tension positive, "
        "lithium enters the sphere",
        "model": "SPM, working electrode positive, particle mechanics swelling only, isothermal",
        "case": case,
        "all parameters of the first run": {
            k: rounded(v) for k, v in parameters(RUNS["no drift"][1]).items()
        },
        "shells": POINTS,
        "relative tolerance": TOLERANCE,
        "change under refinement": refinement,
        "times": TIMES,
        "r over R": rounded(FRACTIONS),
        "runs": results,
    }
    # A list of numbers stands on one line.
    text = re.sub(
        r"\[[^][]*\]", lambda found: " ".join(found.group().split()), json.dumps(stored, indent=1)
    )
    Path(__file__).with_suffix(".json").write_text(
        text.replace("[ ", "[").replace(" ]", "]") + "\n"
    )


if __name__ == "__main__":
    main()
