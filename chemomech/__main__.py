"""python -m chemomech: the same as the command chemomech."""

import sys

from chemomech.cli import main

sys.exit(main())
