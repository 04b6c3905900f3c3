"""Why a state cannot advance."""


class NoConvergence(Exception):
    """No step that is short enough, or no other way on; the message says where and why."""

    exit_code = 3
