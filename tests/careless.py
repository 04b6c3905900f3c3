"""Careless and hostile files from good ones: seeded mutations of tables and of their bytes."""

import copy
import datetime
import random

import tomli_w

HUGE = "x" * 200_000
VALUES = [
    "", " ", "5", "5 MPa", "5 m", "-1 um", "0 um", "1e300 m", "1e-300 m", "1e400 Pa", "nan MPa",
    "inf V", "1,5 um", "5 Mpa!", "5 um um", "5 V()", "1 furlong", "5 \u2126 cm\u00b2", "5 \u00b5m",
    "5 \uff2d\uff30\uff41", "\u06f5 MPa", "\u00b2 m", "a\x00b", "a\x1b[31mb", "line\nbreak",
    "\u202eevil", "$x_{$", "{text}", "%s", "../../etc/passwd", "/dev/null", "x.toml", ".toml",
    "nothing.png", "C/5", "1C", "0C", "C/0", "Charge at 1C", "rest", "25 degC",
    "-300 degC", "1 eV", HUGE,
    0, 1, -1, 2, 10**400, -(2**63), 0.0, -0.0, 0.5, -1.5, 1e300, 1e-300, float("nan"),
    float("inf"), -float("inf"), True, False, [], [[]], [1, 2], ["a"], [{}], {}, {"a": 1},
    {"base": 3}, {"base": "Li6PS5Cl"}, {"base": {"base": "lithium"}}, {"": ""},
    datetime.date(2024, 1, 1), datetime.time(1, 2), datetime.datetime(2024, 1, 1, 1, 1),
]  # fmt: skip
NAMES = [
    "x", "", "pressure", "a.b", "a|b", "b|a", "active|active|cracks", "name\x00", "\u202e", "base",
    "width ", "Width", "recipe", "0", "__class__", "model_fields", "k" * 5000, "\u00e9t\u00e9",
]  # fmt: skip


def keys_of(value, path=()):
    """Yield the path of every key and entry of nested tables and lists."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for name, below in pairs:
        yield (*path, name)
        if isinstance(below, dict | list):
            yield from keys_of(below, (*path, name))


def at(table, path):
    """What stands at a path."""
    for part in path:
        table = table[part]
    return table


def nested(depth):
    """Tables inside tables."""
    found = {}
    for _ in range(depth):
        found = {"a": found}
    return found


def mutated_table(table, chance):
    """A copy of a table with one to three things wrong, and the paths of what was touched."""
    table, touched = copy.deepcopy(table), []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        paths = list(keys_of(table))
        if not paths:
            break
        path = chance.choice(paths)
        parent, last = at(table, path[:-1]), path[-1]
        kind = chance.randrange(14)
        if kind == 0:
            del parent[last]
        elif kind == 1 and isinstance(parent, dict):
            name = chance.choice(NAMES)
            parent[name] = copy.deepcopy(chance.choice([parent[last], *VALUES]))
            path = (*path[:-1], name)
        elif kind == 2 and isinstance(parent, dict):
            name = str(last)[:-1] if chance.random() < 0.5 else str(last).swapcase()
            parent[name] = parent.pop(last)
            touched.append((*path[:-1], name))
        elif kind == 3:
            other = chance.choice(paths)
            parent[last] = copy.deepcopy(at(table, other) if other[: len(path)] != path else 1)
        elif kind == 4:
            parent[last] = [copy.deepcopy(parent[last])] * chance.choice((0, 1, 2))
        elif kind == 5:
            parent[last] = {chance.choice(NAMES): copy.deepcopy(parent[last])}
        elif kind in (6, 10, 11, 12, 13) and isinstance(parent[last], str):
            parent[last] = garbled(parent[last], chance)
        elif kind in (10, 11, 12, 13) and isinstance(parent[last], int | float):
            parent[last] = parent[last] * chance.choice((-1, 1e-300, 1e-9, 0, 1e3, 1e9, 1e300, 0.9))
        elif kind == 7:
            parent[last] = nested(chance.choice((5, 29, 200)))
        else:
            parent[last] = copy.deepcopy(chance.choice(VALUES))
        touched.append(path)
    return table, touched


def garbled(text, chance):
    """A text with a sign put in, left out or doubled, or its number scaled."""
    if not text:
        return "0"
    place = chance.randrange(len(text))
    sign = chance.choice(
        "-,.e^*/()|\"' \u2126\u212a\u03bc\u2212\u00d7\u200b\ufeff\x00\x07\n0159[]{}=#"
    )
    number, _, rest = text.partition(" ")
    return chance.choice((
        text[:place] + sign + text[place:],
        text[:place] + text[place + 1 :],
        text[: place + 1] * 2 + text[place:],
        f"{number}e{chance.choice((-300, -9, -3, 3, 9, 300, 99999))} {rest}",
        f"-{text}",
        text.upper(),
    ))  # fmt: skip


def mutated_bytes(table, chance):
    """Bytes of a file that no writer of TOML would leave."""
    text = tomli_w.dumps(table)
    lines = text.splitlines()
    line = chance.choice([each for each in lines if each.strip()])
    raw = text.encode()
    place = chance.randrange(len(raw))
    return chance.choice((
        lambda: b"",
        lambda: b"\xef\xbb\xbf" + raw,
        lambda: text.encode("utf-16"),
        lambda: text.encode("utf-32"),
        lambda: text.encode("latin-1", "replace") + b"\xff",
        lambda: raw[:place],
        lambda: raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :],
        lambda: raw[:place] + b"\x00" + raw[place:],
        lambda: raw.replace(b"\n", b"\r"),
        lambda: raw.replace(b"\n", b"\r\n"),
        lambda: (line + "\n" + text).encode(),
        lambda: (text + "\n" + line).encode(),
        lambda: text.replace("=", ":").encode(),
        lambda: text.replace('"', "\u201c").encode(),
        lambda: text.replace('"', "'").encode(),
        lambda: text.replace("\n", "\n\t\u00a0", 2).encode(),
        lambda: (".".join("a" * 1000) + " = 1\n" + text).encode(),
        lambda: ("a = " + "[" * 5000 + "]" * 5000 + "\n" + text).encode(),
        lambda: ("a = " + "{a=" * 3000 + "1" + "}" * 3000 + "\n" + text).encode(),
        lambda: b"a = " + b"9" * 5000 + b"\n" + raw,
        lambda: b"\x89PNG\r\n\x1a\n" + raw,
        lambda: bytes(chance.randrange(256) for _ in range(300)),
    ))()  # fmt: skip


def mutants(tables, count, seed):
    """Yield (bytes of a careless file, paths that were touched; None where the text itself was)."""
    chance = random.Random(seed)
    while count > 0:
        good = chance.choice(tables)
        if chance.random() < 0.1:
            yield mutated_bytes(good, chance), None
        else:
            table, touched = mutated_table(good, chance)
            try:
                raw = tomli_w.dumps(table).encode()
            except (TypeError, ValueError, UnicodeEncodeError, RecursionError):
                continue
            yield raw, touched
        count -= 1
