"""Runs of a row: planned, trained and measured."""
