"""Reading forms as a browser does."""

import re


def words_of(text: str) -> str:
    """A text without what only keeps its lines together."""
    return text.replace("\N{WORD JOINER}", "").replace("\N{NO-BREAK SPACE}", " ")


def token_in(page: str) -> str:
    """The form token of the first form on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return found.group(1) if found else ""
