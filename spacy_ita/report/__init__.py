"""Reports on experiments: tables, figures and a page made from lines of results."""
