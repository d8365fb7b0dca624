"""Browsers in which somebody has logged in before: others who guess at their password cannot keep them out there.

After "Slow down online guessing attacks with device cookies" (OWASP). The cookie opens nothing. It holds a number made
up at random and a MAC over that number and the account's address, under the service's secret.
"""

import hmac
import secrets
from datetime import timedelta
from typing import Final

from flask import current_app, request
from werkzeug.wrappers import Response

from app import services

KEPT: Final = timedelta(days=365)
NUMBER_BYTES: Final = 12


def known(email: str) -> str | None:
    """The number of this browser, if that account has been logged in here before."""
    number, _, mac = request.cookies.get(_name(), "").partition(".")
    return number if hmac.compare_digest(mac.encode(), _mac(number, email).encode()) else None


def remember(response: Response, email: str) -> None:
    """Know this browser the next time."""
    number = known(email) or secrets.token_urlsafe(NUMBER_BYTES)
    response.set_cookie(
        _name(), f"{number}.{_mac(number, email)}", max_age=KEPT, httponly=True, samesite="Lax",
        secure=services.config().secure,
    )  # fmt: skip


def _name() -> str:
    return "__Host-known" if services.config().secure else "known"


def _mac(number: str, email: str) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(secret, f"known:{number}:{email}".encode(), "sha256").hex()
