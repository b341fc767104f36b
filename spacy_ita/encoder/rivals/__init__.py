"""The systems that the paper's Table 2 compares with; docs/rivals.md describes each."""
