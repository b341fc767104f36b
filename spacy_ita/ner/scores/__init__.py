"""F1 and calibration of both views."""
