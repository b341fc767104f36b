"""What several benchmarks measure, and what they measure by."""
