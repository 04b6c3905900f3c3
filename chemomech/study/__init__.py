"""Studies: a grid of cases run as subprocesses, gathered into one table, and the window it shows."""
