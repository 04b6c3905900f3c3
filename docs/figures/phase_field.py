"""Cracks by the phase field in one picture.

The panels are the exact bar, what a crack costs on a mesh, where a shrinking particle cracks its
matrix, and what that costs in conduction. Run as `python docs/figures/phase_field.py` to draw
docs/images/phase_field.png; tests/surfing.py moves the crack.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from chemomech.analysis.effective_conductivity import conduction  # noqa: E402
from chemomech.models.body import Held, Solid, hold, make_body  # noqa: E402
from chemomech.models.mechanics import Load  # noqa: E402
from chemomech.models.phase_field import Fracture  # noqa: E402
from chemomech.physics.bulk import phase_field  # noqa: E402
from chemomech.simulation.phase_field_step import grow  # noqa: E402
from cracked import plate  # noqa: E402
from meshes import box  # noqa: E402
from surfing import TOUGHNESS, Strip, ride, surfer  # noqa: E402

UNIT = 1e-6
YOUNG, POISSON, GC = 22e9, 0.37, 2.0
SIDE, RADIUS = 6 * UNIT, 1 * UNIT
COLOURS = {"AT1": "C0", "AT2": "C1"}


def bar(model, displacements):
    """Give the stress of a short bar over the critical one.

    It is pulled to `displacements` of its critical stretch.
    """
    supports = hold(Held("left", 0), Held("bottom", 1), Held("right", 0, factor=1.0))
    peak = phase_field.critical_stress(YOUNG, GC, UNIT, model)
    fracture = Fracture({"block": GC}, UNIT, model, "none", corrected=False)
    mesh, solids = box((4, 2), (UNIT, 0.5 * UNIT)), {"block": Solid(YOUNG, 0.0)}
    body = make_body(mesh, solids, supports=supports, degree=1, fracture=fracture)
    grown = grow(
        body, [Load(prescribed_displacement=each * peak / YOUNG * UNIT) for each in displacements]
    )
    return np.array([state.stress[0, 0, 0] for state in grown.states]) / peak


def costs(model, ratios):
    """Give cost per length and J, over G_c, of a crack drawn through strips of l/h = ratios."""
    found = []
    for ratio in ratios:
        strip = Strip(18.0, 10.0, 6.0, UNIT, UNIT / ratio)
        load = np.sqrt(1 + 1 / (ratio * phase_field.normalisation(model)))
        run = ride(surfer(strip, model=model, load=load), strip, np.arange(0.0, 5.6, 0.5) * UNIT)
        late = run.travel > 3.4 * UNIT
        paid = np.polyfit(run.tip[late], run.dissipated[late], 1)[0]
        found.append((paid / TOUGHNESS, run.drive[late].mean() / TOUGHNESS))
        print(model, ratio, found[-1])
    return np.array(found).T


def debonded(strains):
    """Debond a matrix from a particle that takes linear strains.

    Gives the body, the states and the relative conductivities from bottom to top.
    """
    grain = [(SIDE / 2, SIDE / 2, RADIUS)]
    mesh = plate(
        (0, 0), (SIDE, SIDE), [], [(SIDE / 2, SIDE / 2)], 0.1 * UNIT, growth=0.0, discs=grain
    )
    fracture = Fracture({"matrix": GC}, 0.25 * UNIT)
    solids = {"inclusion": Solid(140e9, 0.3, swells=True), "matrix": Solid(YOUNG, POISSON)}
    supports = hold(Held("left", 0), Held("bottom", 1))
    body = make_body(mesh, solids, supports=supports, degree=1, fracture=fracture)
    growth = grow(body, [Load(chemical_strain=each) for each in strains])
    shares = [body.damage.conducting_share(state.phase) for state in growth.states]
    left = [
        conduction(body.domain, ["matrix"], np.ones((0, 2)), 2, intact=share).relative
        for share in shares
    ]
    return body, growth, np.array(left)


def draw(target):
    """Draw all panels; prints the numbers that the text quotes."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 8), layout="constrained")
    pulled, cost, field, loss = axes.flat

    displacements = np.linspace(0.1, 3.5, 35)
    strain = np.linspace(0, 3.5, 300)
    for model, colour in COLOURS.items():
        peak = phase_field.critical_stress(YOUNG, GC, UNIT, model)
        damage = phase_field.homogeneous_damage(strain * peak / YOUNG, YOUNG, GC, UNIT, model)
        pulled.plot(strain, (1 - damage) ** 2 * strain, color=colour, label=f"{model}, exact")
        pulled.plot(
            displacements,
            bar(model, displacements),
            "o",
            ms=4,
            mfc="none",
            color=colour,
            label=f"{model}, computed",
        )
    pulled.set(
        title="short bar", xlabel="strain × E / critical stress", ylabel="stress / critical stress"
    )

    ratios = np.array([2.0, 3.0, 4.0, 6.0])
    size = np.linspace(0.0, 0.55, 50)
    for model, colour in COLOURS.items():
        paid, drive = costs(model, ratios)
        c_w = phase_field.normalisation(model)
        cost.plot(size, 1 + size / c_w, color=colour, label=f"{model}: 1 + h/({c_w:.2g} l)")
        cost.plot(
            1 / ratios,
            paid,
            "o",
            ms=6,
            mfc="none",
            color=colour,
            label=f"{model}, dissipated per length",
        )
        cost.plot(1 / ratios, drive, "x", ms=6, color=colour, label=f"{model}, J integral")
    cost.set(
        title="a crack drawn through a strip",
        xlabel="h / l",
        ylabel="energy per length / toughness",
    )
    cost.set_xlim(0, 0.55)

    strains = -np.linspace(0.0, 0.02, 21)[1:]
    body, growth, left = debonded(strains)
    domain, state = body.domain, growth.states[-1]
    x, y = domain.points.T / UNIT
    damage = body.damage.of_cells(state.phase)
    shown = field.tripcolor(
        x, y, domain.vertices, facecolors=damage, cmap="magma_r", vmin=0, vmax=1
    )
    turn = np.linspace(0, 2 * np.pi, 200)
    middle, radius = 0.5 * SIDE / UNIT, RADIUS / UNIT
    field.plot(middle + radius * np.cos(turn), middle + radius * np.sin(turn), color="C0", lw=1)
    field.set(
        title=f"damage, particle shrunk by {-100 * strains[-1]:.0f} %",
        xlabel="x [µm]",
        ylabel="y [µm]",
        aspect="equal",
    )
    figure.colorbar(shown, ax=field, label="damage")

    loss.plot(-100 * strains, growth.areas / UNIT, color="C3", label="crack length")
    loss.set(
        title="shrinkage, cracks, conduction",
        xlabel="linear shrinkage [%]",
        ylabel="crack length [µm]",
    )
    other = loss.twinx()
    other.plot(-100 * strains, left / left[0], color="C2", label="conductivity")
    other.set(ylabel="conductivity bottom to top / first", ylim=(0, 1.05))
    other.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 0.1))
    account = growth.accounts[-1]
    print("crack length", growth.areas / UNIT, "conductivity", left / left[0])
    print("residual over dissipated", account.residual / account.dissipated)

    for axis in (pulled, cost):
        axis.legend(frameon=False, fontsize=8)
    loss.legend(frameon=False, fontsize=8, loc="center left")
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    draw(ROOT / "docs" / "images" / "phase_field.png")
