"""Benchmarks: what each costs and what it brings, always side by side in one run."""
