"""Many cases: a grid of them is planned, run side by side, and gathered in one table."""
