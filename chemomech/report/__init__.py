"""The report of a study: figures and one whole page from saved results; nothing is solved."""

from chemomech.report.pages.page import write_report
from chemomech.study.errors import ResultError

__all__ = ["ResultError", "write_report"]
