"""The time that a server asks to wait."""

import time
from email.utils import parsedate_to_datetime


def seconds_to_wait(retry_after: str) -> float:
    """Parse a Retry-After header, a number or a date, into seconds; 0 if it is neither."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        # OverflowError: an impossible year or time zone
        except (ValueError, OverflowError):
            seconds = 0.0
    # in this order, NaN becomes 0
    return max(0.0, seconds)
