"""What no database keeps and nobody writes: the character NUL, and halves of surrogate pairs; and what a name is."""

import re
import unicodedata
from typing import Final

_ILLEGIBLE: Final = re.compile("[\x00\ud800-\udfff]")


# control characters, line breaks among them; those that join letters are part of some scripts
_BREAKS: Final = frozenset({"Cc", "Zl", "Zp"})


def says_something(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(one.isalnum() for one in text)


def is_one_line(text: str) -> bool:
    """Whether it can stand in a line of a letter, or in a header of one."""
    return not any(unicodedata.category(one) in _BREAKS for one in text.strip())


def legible(text: str) -> str:
    """The text without them. PostgreSQL would refuse the whole statement for one."""
    return _ILLEGIBLE.sub("", text)
