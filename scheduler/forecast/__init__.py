"""What the coming weeks will probably bring: requests, which of them stay unfilled, and what would help."""
