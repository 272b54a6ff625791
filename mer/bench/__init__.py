"""Benchmarks of ``mer bench``: a plain reference and the fast path side by side, on the same input, in one process."""
