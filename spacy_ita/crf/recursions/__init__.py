"""Forward-backward and Viterbi over a batch of chains, one implementation for each device."""

from .choice import Recursions, recursions, recursions_for
from .messages import Messages

__all__ = ["Messages", "Recursions", "recursions", "recursions_for"]
