"""The worker process: a ticker over a table of jobs, the runs of the optimiser, and what a worker is made of."""
