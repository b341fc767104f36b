"""From the lines of results to tables, figures and a page."""
