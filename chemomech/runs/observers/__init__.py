"""Who watches a run: what each takes down of a state, writes and says."""
