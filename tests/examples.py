"""How many examples Hypothesis makes."""

from hypothesis import settings


def examples(count: int) -> int:
    """Return `count` with --slow; a tenth of it, and three at least, without."""
    if settings.get_current_profile_name() == "thorough":
        return count
    return max(count // 10, 3)
