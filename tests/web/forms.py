"""Reading forms as a browser does."""

import re


def token_in(page: str) -> str:
    """The form token of the first form on a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    return found.group(1) if found else ""
