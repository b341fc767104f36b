"""The cross-view loss of a training: its views, its teacher and its gradient."""

from .cross_view import CrossViewLoss, ViewLosses

__all__ = ["CrossViewLoss", "ViewLosses"]
