"""What all other tests rely on."""

import pytest


def test_approx_has_no_absolute_tolerance():
    """Would fail when a new pytest keeps its 1e-12, below which every comparison of small SI
    numbers passes."""
    assert pytest.approx(2e-15) != 1e-15
    assert pytest.approx([2e-15]) != [1e-15]
