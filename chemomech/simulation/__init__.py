"""Steps, adaptive stepping through a cycle, energy accounts and the run of one case."""
