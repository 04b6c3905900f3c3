"""The version of the package, known without loading anything."""

__version__ = "0.1.0"
