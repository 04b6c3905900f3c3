"""Why a state cannot advance."""


class NoConvergence(Exception):
    """No step that is short enough, or no other way on; the message says where and why."""

    exit_code = 3


class OutOfWork(NoConvergence):
    """The steps or the time that a run may take are used up; the message says where it stands."""
