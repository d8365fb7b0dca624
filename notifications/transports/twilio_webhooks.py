"""What Twilio's webhooks say, and whether they are Twilio's.

Apart from twilio.py, whose client takes a quarter of a second to load: a web process that sends nothing needs none.
"""

from collections.abc import Mapping
from typing import Final

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifications.transports.base import State
from notifications.transports.delivery_errors import MACHINE, NO_KEY

_DELIVERED: Final = {"delivered", "read"}
_FAILED: Final = {"failed", "undelivered", "canceled"}
_MACHINES: Final = ("machine", "fax")
_UNANSWERED: Final = {"busy", "no-answer", "failed", "canceled"}


def state_of(message_status: str) -> State:
    """Translate Twilio's MessageStatus; whatever is still under way counts as sent."""
    if message_status in _DELIVERED:
        return "delivered"
    return "failed" if message_status in _FAILED else "sent"


def call_state_of(call_status: str, answered_by: str = "") -> tuple[State, str | None]:
    """Translate Twilio's CallStatus and AnsweredBy into a state and, where it did not reach anybody, a code.

    That a call was taken proves nothing: only a key that is pressed shows that somebody heard it, and the service
    learns that by another request, which may come later. So a call that is over is sent with the code no-key.
    """
    if answered_by.startswith(_MACHINES):
        return "failed", MACHINE
    if call_status in _UNANSWERED:
        return "failed", call_status
    return "sent", NO_KEY if call_status == "completed" else None


def valid_signature(auth_token: str, url: str, form: Mapping[str, str], signature: str | None) -> bool:
    """Say whether a webhook comes from Twilio; `url` is the public one with its query.

    `form` is what was posted: the MultiDict itself where fields may stand twice, for all their values are signed.
    """
    if not signature:
        return False
    try:
        return bool(RequestValidator(auth_token).validate(url, form, signature))
    except ValueError:
        # half a character, or an address that is none: nobody can have signed it
        return False
