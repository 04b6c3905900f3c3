"""TIFF and PNG files byte by byte, so that a test says what they store and what they state."""

import struct
import zlib

import numpy as np

ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5
FORMATS = {"u": 1, "b": 1, "i": 2, "f": 3}  # SampleFormat of numpy's kinds


def tiff(path, pages, white_is_zero=False, description=None, bits=None, order="<", **tags):
    """An uncompressed TIFF of pages (rows, columns) of one grey level per pixel.

    bits: 1, 2 or 4 packs the levels. order: of the bytes, "<" or ">". tags: number as text
    ("t254") -> whole number, pair (a fraction) or list of whole numbers, the same on every page or
    a function of its number.
    """
    data = bytearray((b"II" if order == "<" else b"MM") + struct.pack(f"{order}H", 42) + bytes(4))
    link = 4
    for number, page in enumerate(pages):
        page = np.asarray(page)
        raw = packed(page, bits) if bits else page.astype(page.dtype.newbyteorder(order)).tobytes()
        start = len(data)
        data += raw + bytes(len(raw) % 2)
        entries = {
            256: (LONG, [page.shape[1]]),
            257: (LONG, [page.shape[0]]),
            258: (SHORT, [bits or 8 * page.dtype.itemsize]),
            259: (SHORT, [1]),
            262: (SHORT, [0 if white_is_zero else 1]),
            273: (LONG, [start]),
            277: (SHORT, [1]),
            278: (LONG, [page.shape[0]]),
            279: (LONG, [len(raw)]),
            339: (SHORT, [FORMATS[page.dtype.kind]]),
        }
        if description is not None and number == 0:
            entries[270] = (ASCII, description.encode() + b"\0")
        for tag, value in tags.items():
            value = value(number) if callable(value) else value
            kind = RATIONAL if isinstance(value, tuple) else SHORT
            entries[int(tag[1:])] = (kind, [value] if isinstance(value, int) else list(value))
        table = bytearray(struct.pack(f"{order}H", len(entries)))
        beside = bytearray()
        after = len(data) + 2 + 12 * len(entries) + 4
        for tag, (kind, values) in sorted(entries.items()):
            if kind == ASCII:
                body, count = values, len(values)
            else:
                letter = "H" if kind == SHORT else "I"
                body = struct.pack(f"{order}{len(values)}{letter}", *values)
                count = len(values) // 2 if kind == RATIONAL else len(values)
            if len(body) > 4:
                place = struct.pack(f"{order}I", after + len(beside))
                beside += body + bytes(len(body) % 2)
            else:
                place = body.ljust(4, b"\0")
            table += struct.pack(f"{order}HHI", tag, kind, count) + place
        struct.pack_into(f"{order}I", data, link, len(data))
        link = len(data) + len(table)
        data += table + bytes(4) + beside
    path.write_bytes(bytes(data))
    return path


def png(path, page, bits, kind=0):
    """A PNG of one grey level per pixel with 1, 2, 4, 8 or 16 bits."""
    page = np.asarray(page)
    rows = [
        b"\0" + (row.astype(">u2").tobytes() if bits == 16 else packed(row[None], bits))
        for row in page
    ]

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", page.shape[1], page.shape[0], bits, kind, 0, 0, 0)
    body = (
        chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows))) + chunk(b"IEND", b"")
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def packed(page, bits):
    """Rows of levels of 1, 2, 4 or 8 bits, each row ending with a whole byte."""
    each = (np.asarray(page, dtype=np.uint8)[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(each.reshape(len(page), -1).astype(np.uint8), axis=1).tobytes()
