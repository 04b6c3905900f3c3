"""Other files that a file asks for: links of HDF5, and the arrays beside an XDMF file."""

import re
from pathlib import Path
from xml.etree import ElementTree

from chemomech.received.headers import ReceivedError

# A name in the folder itself, and where in that file the array is.
BESIDE = re.compile(r"(?:\./)?([\w][\w .+-]*\.(?:h5|hdf5)):(\S+)")


def refuse_links(path: Path) -> None:
    """Raise ReceivedError where an HDF5 file reads parts of itself from other files.

    Parameters
    ----------
    path : Path
        An HDF5 file.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            waiting, seen = [file["/"]], set()
            while waiting:
                group = waiting.pop()
                for name in group:
                    where = f"{group.name.rstrip('/')}/{name}"
                    link = group.get(name, getlink=True)
                    if isinstance(link, h5py.ExternalLink):
                        raise ReceivedError(f"its part {where} is a link to another file")
                    if isinstance(link, h5py.SoftLink):
                        continue
                    part = group[name]
                    if isinstance(part, h5py.Dataset) and (part.external or part.is_virtual):
                        raise ReceivedError(f"the values of its part {where} are in another file")
                    place = h5py.h5o.get_info(part.id).addr
                    if isinstance(part, h5py.Group) and place not in seen:
                        waiting.append(part)
                    seen.add(place)
    except (OSError, RuntimeError, KeyError, UnicodeError) as error:
        raise ReceivedError(f"it cannot be read as HDF5: {error}") from None


def companions(path: Path) -> list[str]:
    """Return the names of the HDF5 files in its own folder that an XDMF file takes arrays from.

    Parameters
    ----------
    path : Path
        The XDMF file.

    Raises
    ------
    ReceivedError
        It is not XML, or asks for a file elsewhere or of another kind.
    """
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, ValueError) as error:
        raise ReceivedError(f"it is not valid XML: {error}") from None
    names = []
    for item in root.iter():
        if not isinstance(item.tag, str) or not item.tag.endswith("DataItem"):
            continue
        form, text = item.get("Format", "XML"), (item.text or "").strip()
        if form == "XML":
            continue
        found = BESIDE.fullmatch(text)
        if form != "HDF" or found is None:
            raise ReceivedError(
                f"it takes an array of the format {form} from '{text[:60]}'; XML and HDF files "
                "(.h5) in its own folder are read"
            )
        names.append(found[1])
    return list(dict.fromkeys(names))
