"""Ways out of the house: one provider per file, all with the same promises (see base)."""

from notifications.transports.base import MailTransport, Receipt, SmsTransport, TransportError, VoiceTransport
from notifications.transports.registry import SmsSettings, mail_transport, sms_transport

__all__ = [
    "MailTransport",
    "Receipt",
    "SmsSettings",
    "SmsTransport",
    "TransportError",
    "VoiceTransport",
    "mail_transport",
    "sms_transport",
]
