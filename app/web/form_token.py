"""The form token of pages behind a link: like CSRF tokens elsewhere, but without a session to keep them in.

Another site cannot know it, because it would have to read the page; whoever can read the page has the link anyway.
"""

import hmac

from flask import current_app


def form_token(link_id: int, page: str = "answer") -> str:
    """The token that the forms behind this link carry; `page` tells links apart that are counted apart."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(secret, f"{page}:{link_id}".encode(), "sha256").hex()


def is_valid(link_id: int, given: str, page: str = "answer") -> bool:
    """Whether a form was written by this page."""
    return hmac.compare_digest(form_token(link_id, page).encode(), given.encode())
