"""What is kept of a person: all of it, for them to read; and how it is forgotten."""
