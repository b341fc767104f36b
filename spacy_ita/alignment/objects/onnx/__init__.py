"""Object detectors as ONNX files."""
