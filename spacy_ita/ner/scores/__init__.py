"""Scores of both views: F1, calibration, and recalibrated confidences."""
