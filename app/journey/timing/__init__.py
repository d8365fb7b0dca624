"""When: hours in which people may be asked, deadlines, free times, local time, and how people have answered so far."""
