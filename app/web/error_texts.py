"""What a provider's error code says, in a sentence."""

from flask_babel import gettext as _

from notifications.transports.delivery_errors import MAIL_WORDS, fault_of, parts_of


def fault_words(code: str) -> str:
    """Why a message has not arrived, and whose fault it is; what a mail server does has words of its own."""
    word, _said = parts_of(code)
    return str(_(f"fault.{word if word in MAIL_WORDS else fault_of(code).value}"))
