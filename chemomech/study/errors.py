"""What is wrong with a folder of results."""


class ResultError(ValueError):
    """A folder that holds no results, or some that cannot be read: says which file and why."""

    exit_code = 2
