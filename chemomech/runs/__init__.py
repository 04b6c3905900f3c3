"""One case from its file to its results."""
