"""The service: rows, the journey of an appointment, and its edges (web, API, worker, command line)."""
