"""Settings of all tests."""

from _pytest.python_api import ApproxScalar

# By default pytest.approx lets anything below 1e-12 pass: charges in C, diffusivities, energies in
# J/m would never fail.
ApproxScalar.DEFAULT_ABSOLUTE_TOLERANCE = 0.0
