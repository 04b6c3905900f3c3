"""Comparison of numbers of every size: pytest's `approx` without its absolute floor."""

import pytest

REL = 1e-6


def approx(expected, rel=None, abs=None, nan_ok=False):
    """Stand for any value as close to the expected one as the tolerances say.

    By default pytest lets a difference of 1e-12 pass whatever the numbers: charges in C,
    diffusivities in m2/s and energies in J/m would never fail. Here nothing but what is said
    counts: without any tolerance a relative one of 1e-6, so zero is met by zero alone.

    Parameters
    ----------
    expected : number, sequence, dict or array
        What is expected.
    rel, abs : float, optional
        Relative tolerance and absolute one, in the unit of the numbers; the larger band counts.
    nan_ok : bool
        Whether nan equals nan.
    """
    if abs is None:
        rel, abs = REL if rel is None else rel, 0.0
    return pytest.approx(expected, rel=rel, abs=abs, nan_ok=nan_ok)
