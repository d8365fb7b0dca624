"""The assignment engine: who goes where, for all open appointments together.

Plain values in, plain values out: it knows no database and no web. Nothing is re-exported here, because `solve` loads
the solver (60 MB) and the web process only needs `problem`, `rules`, `preferences` and `plan`.
"""
