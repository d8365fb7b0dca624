"""The chance while the form is filled in, in a real browser."""
