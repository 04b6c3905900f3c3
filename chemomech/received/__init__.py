"""Files that others have made: taken in so that nothing they say is executed or reached for.

`private_copy` is the one door: a file is copied under a fixed name into an empty folder, so that no
options, companions or scripts beside it are found, and its first bytes have to be those of its
ending. `run_confined` runs what only a foreign program can read in a process of its own.
"""

from chemomech.received.confined import lock, python_apart, run_confined
from chemomech.received.door import SCRIPTS, private_copy
from chemomech.received.headers import ENDINGS, ReceivedError, check_header
from chemomech.received.links import refuse_links

__all__ = [
    "ENDINGS",
    "SCRIPTS",
    "ReceivedError",
    "check_header",
    "lock",
    "private_copy",
    "python_apart",
    "refuse_links",
    "run_confined",
]
