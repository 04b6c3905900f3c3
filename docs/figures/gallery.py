"""Draws every case file of meshes/ to docs/images/gallery_NAME.png.

The lists in docs/gallery.md and meshes/README.md are written with them. Run as `python
docs/figures/gallery.py`, or with names of case files to draw only those again.
"""

import re
import sys
import tempfile
from pathlib import Path

from matplotlib.colors import to_rgb
from PIL import Image

from chemomech.analysis.mesh_summary import summarise
from chemomech.case import load_drawing
from chemomech.report.figures.mesh import region_colours, save_mesh_picture
from chemomech.setup.mesh import build_mesh, targets_of

ROOT = Path(__file__).parents[2]
COLOURS = 96
BEGIN, END = "<!-- gallery -->", "<!-- end of the gallery -->"


def entry(path):
    """Draw one case file; gives its heading, first comment, picture and numbers."""
    case = load_drawing(path)
    with tempfile.TemporaryDirectory() as folder:
        mesh, _ = build_mesh(case, folder)
        save_mesh_picture(mesh, Path(folder) / "mesh.png")
        small = with_palette(
            Image.open(Path(folder) / "mesh.png").convert("RGB"), region_colours(list(mesh.regions))
        )
        small.save(ROOT / "docs" / "images" / f"gallery_{path.stem}.png", optimize=True)
    summary = summarise(
        mesh,
        {"electrolyte": 1.0} if "electrolyte" in mesh.regions else {},
        targets_of(case.geometry),
    )
    comment = (
        re.match(r"((?:#.*\n)*)", path.read_text(encoding="utf-8"))[1].replace("#", "").strip()
    )
    return case.name, " ".join(comment.split()), numbers(summary)


def with_palette(picture, regions):
    """Put the picture in few colours, a file four times smaller; those of the regions are kept."""
    kept = [round(255 * part) for colour in regions.values() for part in to_rgb(colour)]
    found = picture.quantize(COLOURS - len(regions)).getpalette()[: 3 * (COLOURS - len(regions))]
    palette = Image.new("P", (1, 1))
    palette.putpalette(kept + found)
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def numbers(summary):
    """Write the numbers of a summary that stand under its picture."""
    d, quality = summary["dimension"], summary["quality"]
    texts = [f"{summary['cells']} {'triangles' if d == 2 else 'tetrahedra'}"]
    for layer in summary["layers"]:
        shares = ", ".join(
            f"{name} {100 * share:.1f} %" for name, share in layer["fractions"].items()
        )
        texts.append(f"layer of {shares}")
        for each in layer["conduction"]:
            factors = [
                f"{axis} {found['tortuosity_factor']:.2f}" for axis, found in each["axes"].items()
                if found["tortuosity_factor"] is not None
            ]  # fmt: skip
            if factors:
                texts.append(
                    f"tortuosity factor of {' + '.join(each['conductors'])}: {', '.join(factors)}"
                )
    for name, each in summary["interfaces"].items():
        if each["specific"] is not None:
            texts.append(f"{name} {each['specific'] * 1e-6:.3f} µm⁻¹")
    texts.append(f"scaled Jacobian {quality['scaled_jacobian']:.2f} at least")
    return "; ".join(texts)


def main(names):
    """Draw, and write the two lists of all case files whose pictures there are."""
    page = [
        "# Gallery of meshes", "",
        "Each picture is a case file of [meshes/](../meshes/README.md), drawn by `chemomech mesh`; "
        "made by `docs/figures/gallery.py`.", "",
    ]  # fmt: skip
    short = []
    for path in sorted((ROOT / "meshes").glob("*.toml")):
        if names and path.stem not in names:
            continue
        title, comment, text = entry(path)
        print(f"{path.name}: {text}")
        picture = f"images/gallery_{path.stem}.png"
        page += [
            f"## {title}",
            "",
            comment,
            "",
            f"![{title}]({picture})",
            "",
            f"`meshes/{path.name}`: {text}.",
            "",
        ]
        short += [
            f"### [{path.name}]({path.name})",
            "",
            comment,
            "",
            f"![{title}](../docs/{picture})",
            "",
        ]
    if names:
        return
    (ROOT / "docs" / "gallery.md").write_text("\n".join(page).rstrip() + "\n", encoding="utf-8")
    readme = ROOT / "meshes" / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(
        f"{before}{BEGIN}\n\n" + "\n".join(short) + f"\n{END}{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
