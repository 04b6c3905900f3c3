"""The type of what laws take and give: a number, or an array that broadcasts to the points."""

from typing import TypeAlias

from numpy.typing import NDArray

Values: TypeAlias = float | NDArray
