"""Checks of the settings that backends share."""

from math import inf
from numbers import Real


def check_range(name: str, value: float, least: float, most: float = inf) -> None:
    """Check that a setting is a number in its range; NaN is in none.

    Args:
        name: Name of the setting, for the error.
        value: Its value.
        least: Minimum value.
        most: Maximum value.

    Raises:
        ValueError: If it doesn't.
    """
    if not isinstance(value, Real) or not least <= value <= most:
        bounds = f"at least {least}" if most == inf else f"from {least} to {most}"
        raise ValueError(f"{name} must be {bounds}, not {value!r}")
