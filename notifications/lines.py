"""Text from anywhere as lines that every reader breaks alike."""

import re
import unicodedata
from typing import Final

# str.splitlines breaks at these too, and programs differ on which of them end a line
_BREAKS: Final = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_FORBIDDEN: Final = frozenset({"Cc", "Cs"})


def clean(text: str) -> str:
    """Give the text with line feeds for every kind of line break, and no other control character but tabs."""
    lines = _BREAKS.sub("\n", text)
    return "".join(one for one in lines if one in "\n\t" or unicodedata.category(one) not in _FORBIDDEN)


def is_one_line(text: str) -> bool:
    """Whether the text could stand in a header as it is: no line break of any kind, no control character."""
    return "\n" not in text and "\t" not in text and clean(text) == text
