"""Layered geometries for tests: small ones by hand, and random ones of every feature."""

import random

from chemomech.case.geometry import LayersGeometry


def um(length):
    """A length [um] as a user writes it."""
    return f"{length:.6g} um"


def layer(region, thickness, **more):
    """One layer; thickness in um."""
    return {"region": region, "thickness": um(thickness), **more}


def discs(radius, share, region="active", **more):
    """One kind of particles."""
    return {"region": region, "radius_mean": um(radius), "area_fraction": share, **more}


def layers(*given, width=20.0, size=0.5, bulk=2.0, seed=0, sides="periodic", **more):
    """A geometry of layers as the schema holds it."""
    table = {
        "recipe": "layers", "width": um(width), "seed": seed, "sides": sides, "layers": list(given),
        "mesh": {"size_interface": um(size), "size_bulk": um(bulk)}, **more,
    }  # fmt: skip
    return LayersGeometry.model_validate(table)


def random_table(seed):
    """A geometry with any mix of features, as a table."""
    r = random.Random(seed)
    size, width = r.choice([0.4, 0.6, 0.9]), r.uniform(8.0, 16.0)

    def grains():
        return {"size": um(r.uniform(2.0 * size + 0.1, 3.0)), "spread": r.choice([0.0, 0.3])}

    def top():
        kind = r.random()
        if kind < 0.4:
            return {}
        if kind < 0.7:
            rough = {
                "roughness": um(r.uniform(0.05, 0.4)),
                "correlation_length": um(r.uniform(1.0, 4.0)),
            }
            return {"top": {**rough, "hurst": r.uniform(0.2, 1.0)}}
        wave = {"amplitude": um(r.uniform(0.2, 1.5)), "wavelength": um(width / r.choice([1, 2, 3]))}
        return {"top": {**wave, "shape": r.choice(["sine", "square"])}}

    def flaw(regions, polycrystalline):
        places = ["bottom", "top", "inside"] + ["grain boundary"] * polycrystalline
        return {
            "shape": r.choice(["slit", "ellipse"]),
            "depth": um(r.uniform(1.0, 2.5)),
            "at": r.choice(places),
            "width": um(r.uniform(0.25, 0.6) * size + 0.1),
            "angle": f"{r.uniform(-60.0, 60.0):.3g} deg",
            "count": r.choice([1, 2, 3]),
            "region": r.choice(regions),
        }

    def kinds():
        shapes = r.choice(
            ["disc", "disc disc", "ellipse", "polygon", "polygon disc", "disc ellipse"]
        ).split()
        share, found = r.uniform(0.15, 0.62) / len(shapes), []
        for shape in shapes:
            region = r.choice(["active", "active", "pore", "carbon"])
            kind = {"region": region, "shape": shape, "radius_mean": um(r.uniform(0.9, 2.2))}
            kind |= (
                {"gradient": [0.5 * share, 1.5 * share]}
                if r.random() < 0.25
                else {"area_fraction": share}
            )
            kind |= {"aspect_ratio": r.uniform(1.1, 3.0)} if shape == "ellipse" else {}
            kind |= {"radius_standard_deviation": "0.25 um"} if r.random() < 0.3 else {}
            coat = {"region": "coating", "thickness": um(r.uniform(0.21, 0.5) * size)}
            kind |= {"coating": coat} if r.random() < 0.25 else {}
            kind |= {"grains": grains()} if r.random() < 0.2 else {}
            found.append(kind)
        return found

    separator = layer("separator", r.uniform(4.0, 7.0), **top())
    separator |= {"grains": grains()} if r.random() < 0.4 else {}
    if r.random() < 0.5:
        separator["flaws"] = [flaw(["lithium", "pore", "filling"], "grains" in separator)]
    cathode = layer("electrolyte", r.uniform(7.0, 14.0), particles=kinds())
    if all(kind["shape"] == "disc" for kind in cathode["particles"]) and r.random() < 0.4:
        cathode["neck"] = {
            "width": um(r.uniform(0.5, 1.5) * size),
            "reach": um(r.uniform(0.25, 0.6) * size),
        }
    elif r.random() < 0.5:
        cathode["minimum_gap"] = um(r.uniform(0.21, 1.0) * size)
    cathode |= {"grains": grains()} if r.random() < 0.3 else {}
    cathode |= (
        {"binder": {"region": "carbon", "area_fraction": r.uniform(0.02, 0.12)}}
        if r.random() < 0.25
        else {}
    )
    if r.random() < 0.2:
        cathode["flaws"] = [flaw(["pore"], "grains" in cathode)]
    return {
        "recipe": "layers",
        "width": um(width),
        "seed": r.randrange(10**6),
        "sides": r.choice(["walls", "periodic"]),
        "empty": ["pore"],
        "cut_off": r.choice(["pore", "isolated"]),
        "layers": [
            layer("lithium", r.uniform(2.5, 4.0), **top()),
            separator,
            cathode,
            layer("collector", 2.0),
        ],
        "mesh": {"size_interface": um(size), "size_bulk": um(3.0 * size)},
    }
