"""What no database keeps and nobody writes: the character NUL, and halves of surrogate pairs."""

import re
from typing import Final

_ILLEGIBLE: Final = re.compile("[\x00\ud800-\udfff]")


def legible(text: str) -> str:
    """The text without them. PostgreSQL would refuse the whole statement for one."""
    return _ILLEGIBLE.sub("", text)
