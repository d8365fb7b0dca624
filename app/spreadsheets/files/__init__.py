"""Files as they are sent: what is a table, and what only looks like one."""
