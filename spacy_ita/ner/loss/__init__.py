"""The loss of a training: the cross-view loss, its views, its teacher and its gradient."""

from .cross_view import CrossViewLoss, ViewLosses

__all__ = ["CrossViewLoss", "ViewLosses"]
