"""The way of an appointment, in the order it happens; takes session and now as arguments, knows no Flask."""
