"""The form token of pages behind a link: like CSRF tokens elsewhere, but without a session to keep them in.

Another site cannot know it, because it would have to read the page; whoever can read the page has the link anyway.
"""

import hmac

from flask import current_app


def form_token(link_id: int) -> str:
    """The token that the forms behind this link carry."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(secret, f"answer:{link_id}".encode(), "sha256").hex()


def is_valid(link_id: int, given: str) -> bool:
    """Whether a form was written by this page."""
    return hmac.compare_digest(form_token(link_id).encode(), given.encode())
