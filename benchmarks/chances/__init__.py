"""The chance in the form of a request: whether it comes true, and how fast it is there."""
