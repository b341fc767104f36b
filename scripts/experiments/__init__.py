"""The table of experiments: its rows, their runs, and the commands that make and read it."""
