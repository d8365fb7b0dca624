"""What went wrong with a mail server: at which stage, whose fault it is, and so whether the mail waits or is lost.

Only what concerns the one recipient, or the size of the one mail, is for good. Everything else is between the server
and us (where it is, its certificate, our login, our address, its opinion of us): it says nothing about the mail, which
waits until that is mended.
"""

import re
import smtplib
import ssl
from typing import Final, Literal

from notifications.transports.base import TransportError

# The last one begins when the text is on its way: from then on a broken connection leaves the outcome unknown.
Stage = Literal["connect", "tls", "login", "sender", "recipient", "data", "end"]

# RFC 4954: login needed, mechanism too weak, refused, encryption needed for it
_LOGIN: Final = frozenset({530, 534, 535, 538})
# RFC 5321, 4.2.2 and RFC 7504: no such mailbox, not here, name not allowed, malformed, host or domain takes no mail
_NOBODY: Final = frozenset({501, 521, 550, 551, 553, 556})
_TOO_MUCH: Final = 552
# RFC 3463: class, subject, detail
_ENHANCED: Final = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")
_BAD_SENDER: Final = {(1, 7), (1, 8)}
_FULL: Final = (2, 2)
_TOO_LARGE: Final = {(2, 3), (3, 4)}
_ADDRESS, _MAILBOX, _POLICY = 1, 2, 7
# what servers say of us at a recipient, some without a status that would tell
_ABOUT_US: Final = re.compile(r"relay|sender|authenticat", re.IGNORECASE)

_FOR_GOOD: Final = {
    "mail_recipient": "the mail server does not take mail for this address",
    "mail_full": "the mailbox is full",
    "mail_size": "the mail server does not take mails of this size",
}
_HELD: Final = {
    "mail_auth": "the mail server refuses our login",
    "mail_starttls": "the mail server offers no encryption",
    "mail_tls": "no encrypted connection to the mail server can be made",
    "mail_certificate": "the certificate of the mail server cannot be trusted",
    "mail_sender": "the mail server refuses our address as sender",
    "mail_refused": "the mail server refuses what comes from us",
}
# With these no other mail would be taken either.
_HOLDS_ALL: Final = frozenset({"mail_auth", "mail_starttls", "mail_tls", "mail_certificate"})


def explain(error: OSError, stage: Stage) -> TransportError:
    """Say of whatever smtplib raised at this stage whether the mail was taken."""
    if isinstance(error, smtplib.SMTPResponseException):
        return refusal(stage, error.smtp_code, error.smtp_error)
    if stage == "end":
        return TransportError("unknown", "mail_broken", "the connection broke before the mail server answered")
    word = _what_is_missing(error, stage)
    return _held(word) if word else TransportError("transient", "mail_connect", "the mail server cannot be reached")


def _what_is_missing(error: OSError, stage: Stage) -> str | None:
    """A word where the server is there but not as it should be; None where there is none, or it went away."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "mail_certificate"
    if isinstance(error, ssl.SSLError):
        return "mail_tls" if stage in {"connect", "tls"} else None
    if isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException):
        return None
    return {"tls": "mail_starttls", "login": "mail_auth"}.get(stage)


def refusal(stage: Stage, code: int, said: bytes | str) -> TransportError:
    """Say what a reply means that is not the hoped-for one."""
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    status = _ENHANCED.match(text)
    reply = f"{code} {status[0]}" if status else str(code)
    if code < 400:
        # no reply that this protocol knows
        outcome: Literal["unknown", "transient"] = "unknown" if stage == "end" else "transient"
        return TransportError(outcome, "mail_broken", "the mail server's answer cannot be read")
    if code < 500:
        # RFC 5321, 4.2.1: 4yz may work later
        return TransportError("transient", f"mail_later:{reply}", "the mail server asks to come back later")
    word = _word(stage, code, (int(status[1]), int(status[2])) if status else (0, 0), text)
    if word in _FOR_GOOD:
        return TransportError("permanent", f"{word}:{reply}", _FOR_GOOD[word])
    return _held(word, reply)


def _held(word: str, reply: str = "") -> TransportError:
    code = f"{word}:{reply}" if reply else word
    return TransportError("transient", code, _HELD[word], holds_all=word in _HOLDS_ALL)


def _word(stage: Stage, code: int, status: tuple[int, int], text: str) -> str:
    if stage == "login" or code in _LOGIN:
        return "mail_auth"
    if stage == "tls":
        return "mail_starttls"
    if stage == "sender":
        return "mail_size" if code == _TOO_MUCH or status in _TOO_LARGE else "mail_sender"
    if stage in {"recipient", "data", "end"}:
        return _word_about_mail(stage, code, status, text)
    return "mail_refused"


def _word_about_mail(stage: Stage, code: int, status: tuple[int, int], text: str) -> str:
    """Many servers look at the sender, too, only when the recipient is named, and some at the recipient at the end."""
    subject = status[0]
    if status in _TOO_LARGE:
        return "mail_size"
    if status == _FULL or code == _TOO_MUCH:
        return "mail_full" if status == _FULL or stage == "recipient" else "mail_size"
    if status in _BAD_SENDER:
        return "mail_sender"
    if subject in {_ADDRESS, _MAILBOX}:
        return "mail_recipient"
    about_us = _ABOUT_US.search(text)
    if stage == "recipient" and subject != _POLICY and code in _NOBODY and not about_us:
        return "mail_recipient"
    return "mail_sender" if about_us and about_us[0].lower() == "sender" else "mail_refused"
