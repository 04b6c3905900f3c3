"""Words of messages: numbers with their noun, articles, signs that can be shown."""


def counted(number: int, one: str, several: str = "") -> str:
    """Return a number with its noun: counted(1, "cell") is "1 cell", counted(2, "cell") "2 cells".

    Parameters
    ----------
    number : int
        How many.
    one : str
        The noun, and what follows it, for one.
    several : str
        The same for any other number; left out: `one` with an s.
    """
    return f"{number} {one if number == 1 else several or one + 's'}"


def with_article(noun: str) -> str:
    """Return a noun with "a" or "an" before it."""
    return f"an {noun}" if noun[:1].lower() in set("aeiou") else f"a {noun}"


def printable(text: str) -> str:
    """Return a text with signs that do not show, or that move the cursor, written as escapes.

    Ends of lines stay.
    """
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )
