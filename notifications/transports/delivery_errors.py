"""What a provider's error code means for us, whether it refuses a message or reports later that it failed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """Whose fault it is, and so what comes next."""

    NUMBER_WRONG = "number_wrong"
    """This number, or e-mail address, never gets a message: flag it and reach the person otherwise."""
    OPTED_OUT = "opted_out"
    """The person wants no SMS: never again."""
    FILTERED = "filtered"
    """Somebody on the way takes us for a nuisance: a coordinator has to know."""
    UNREACHABLE = "unreachable"
    """The phone is off, or nobody answers: later, or the next person."""
    AGAIN = "again"
    """Nobody knows why: once more."""
    BUSY = "busy"
    """Too much at once: later, and more slowly."""
    ACCOUNT = "account"
    """Our own account or settings: nothing leaves until they are mended."""
    REGION = "region"
    """The country of this number is not enabled in our account: nobody there is reached, everybody else is."""
    AWAY = "away"
    """The provider or mail server cannot be reached, or broke off: nothing leaves until it is back."""
    OTHER = "other"
    """Not in this table: for good, and a coordinator has to know."""


# twilio.com/docs/api/errors. Whatever is missing here must not be tried again, so it counts as OTHER.
_TWILIO: Final[Mapping[Fault, frozenset[int]]] = {
    Fault.NUMBER_WRONG: frozenset({
        13224, 21202,  # calls: not supported or invalid, premium
        21211, 21214, 21217,  # no valid number; calls: not reachable, not valid
        21265, 21266, 21268, 21635,  # split from 21211 and 21614: short code, our own, premium, landline
        21604, 21614,  # no number at all; cannot get SMS
        30005, 30006,  # unknown handset; landline or a network that cannot be reached
    }),
    Fault.OPTED_OUT: frozenset({21610}),
    # blocked, filtered, suspected of fraud, content; senders that carriers do not know
    Fault.FILTERED: frozenset({30004, 30007, 30032, 30033, 30034, 30038, 30450, 30453}),
    Fault.UNREACHABLE: frozenset({30003}),
    Fault.AGAIN: frozenset({30008, 30009, 30020, 30410}),  # unknown, a part missing, Twilio's own, a carrier's timeout
    Fault.BUSY: frozenset({14107, 20429, 21611, 30001, 30017, 30022, 30036, 63017}),  # 30036: waited at Twilio too long
    Fault.ACCOUNT: frozenset({
        10001, 10002, 10005, 21472, 30002,  # not active, a trial, no calls, suspended
        20003, 20005, 20006, 20008, 20010, 20403, 20404,  # wrong token, not active, not allowed, disabled, not there
        21210, 21212, 21213, 21219, 21603, 21606, 21607, 21608,  # the sender, or a trial account
        21616, 21657, 21659, 21660, 21661, 21662, 21663,  # the sender again: not ours, not for SMS, wrongly routed
        21205, 21218, 21609,  # addresses that the provider is to call us at
        *range(21701, 21716),  # the messaging service: not there, not valid, without a number
        30023, 30024, 30037, 63038,  # daily limit, sender not set up, sending switched off
    }),
    Fault.REGION: frozenset({13227, 21203, 21215, 21408, 32205}),  # geographic permissions, of SMS and of calls
}  # fmt: skip
# how a call ended that somebody, or something, took: nobody pressed a key; an answering machine
NO_KEY: Final = "no-key"
MACHINE: Final = "machine"
# what our own transports say, HTTP statuses among it, and how a call ended
_WORDS: Final[Mapping[str, Fault]] = {
    "opted_out": Fault.OPTED_OUT,
    "busy": Fault.UNREACHABLE,
    "no-answer": Fault.UNREACHABLE,
    NO_KEY: Fault.UNREACHABLE,
    MACHINE: Fault.UNREACHABLE,
    **dict.fromkeys(("401", "403", "404", "405", "407"), Fault.ACCOUNT),
    **dict.fromkeys(("connect", "connection", "408", "500", "502", "503", "504"), Fault.AWAY),
}
# words for what mail servers do, see smtp_failures.py; their reply stands behind a colon
_MAIL: Final[Mapping[str, Fault]] = {
    "mail_recipient": Fault.NUMBER_WRONG,
    "mail_full": Fault.UNREACHABLE,
    "mail_later": Fault.BUSY,
    "mail_size": Fault.OTHER,
    "mail_auth": Fault.ACCOUNT,
    "mail_starttls": Fault.ACCOUNT,
    "mail_tls": Fault.ACCOUNT,
    "mail_certificate": Fault.ACCOUNT,
    "mail_sender": Fault.ACCOUNT,
    "mail_refused": Fault.ACCOUNT,
    "mail_connect": Fault.AWAY,
    "mail_broken": Fault.AWAY,
}
_FAULTS: Final[Mapping[str, Fault]] = {
    **{str(code): fault for fault, codes in _TWILIO.items() for code in codes},
    **_WORDS,
    **_MAIL,
}


MAIL_WORDS: Final = frozenset(_MAIL)


def fault_of(code: str) -> Fault:
    """Say what a code means: one of Twilio's, how a call ended, or a word of our transports."""
    return _FAULTS.get(parts_of(code)[0], Fault.OTHER)


def parts_of(code: str) -> tuple[str, str]:
    """The word or number that the table knows, and what the provider itself said: the same, or what follows a colon.

    Mail servers' replies mean one thing or another by the step at which they come: mail_sender:550 5.1.0.
    """
    word, colon, said = code.strip().partition(":")
    return word, said if colon else word
