"""How likely somebody says yes, and how many to ask now."""
