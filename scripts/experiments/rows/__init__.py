"""The rows of the table: approaches and data sets."""
