"""Writes docs/columns.md, or another file that is named."""

import sys
from pathlib import Path

from chemomech.runs.columns.document import document

path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/columns.md")
path.write_text(document(), encoding="utf-8")
print(f"{path} written")
