"""Commands of the project, which no installed package holds."""
