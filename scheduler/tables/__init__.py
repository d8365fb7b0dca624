"""The same as arrays, to look at thousands of pairs in one step. Nothing here loads a solver."""
