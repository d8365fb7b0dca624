"""What a provider's error code says, in a sentence."""

from flask_babel import gettext as _

from notifications.transports.delivery_errors import fault_of


def fault_words(code: str) -> str:
    """Why a message did not arrive, and whose fault it is."""
    return str(_(f"fault.{fault_of(code).value}"))
