"""Figures of a study: one module per figure, drawn by matplotlib alone, each returning a Figure."""
