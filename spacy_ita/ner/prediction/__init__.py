"""Prediction: from documents, in a view, to entities with confidences on them."""
