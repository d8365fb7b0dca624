"""What a browser shows once somebody has said the PIN of a door: a signed cookie of that door alone, no session."""

from datetime import datetime, timedelta
from typing import Final

from flask import Response, current_app, g, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from app import services

LASTS: Final = timedelta(minutes=30)
_COOKIE: Final = "request_door"


def give(response: Response, token: str, door_id: int, version: int) -> None:
    """Let this browser in for half an hour, as long as neither the PIN nor the link changes."""
    until = int((g.now + LASTS).timestamp())
    response.set_cookie(
        _COOKIE,
        str(_signer().dumps([door_id, version, until])),
        max_age=LASTS,
        path=url_for("requester.door", token=token),
        secure=services.config().secure,
        httponly=True,
        samesite="Lax",
    )


def is_shown(door_id: int, version: int) -> bool:
    """Whether this browser was let in at the door as it is now, and not too long ago."""
    try:
        shown = _signer().loads(request.cookies.get(_COOKIE, ""))
    except BadSignature:
        return False
    now: datetime = g.now
    return bool(shown[:2] == [door_id, version] and now.timestamp() < shown[2])


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="request door")
