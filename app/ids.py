"""Numbers of rows, as they come in from outside."""

from typing import Final

# the largest key that both databases take; a longer number names no row
LARGEST: Final = 2_147_483_647
_DIGITS: Final = len(str(LARGEST))


def read(text: str) -> int | None:
    """The number of a row; None for whatever else was sent, however long."""
    # the length first: Python refuses to read numbers of thousands of digits, and would do so with an error
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return None
    found = int(text)
    return found if found <= LARGEST else None
