"""The number of examples that Hypothesis makes."""

from hypothesis import settings


def examples(count: int) -> int:
    """Return `count` with --slow; without it, a tenth of `count`, but at least three."""
    if settings.get_current_profile_name() == "thorough":
        return count
    return max(count // 10, 3)
