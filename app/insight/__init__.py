"""Read-only views of a pool: coverage, candidates, statistics."""
