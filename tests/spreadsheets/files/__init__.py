"""Files as they are sent."""
