"""How plans are found: the only rooms that load a solver."""
