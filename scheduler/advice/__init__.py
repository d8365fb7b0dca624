"""What people are told of a plan: why somebody cannot come, what would help, whom a pool lacks."""
