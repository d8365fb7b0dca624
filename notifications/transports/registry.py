"""From a setting to a way out; a wrong setting is refused at once, by name."""

from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlsplit

from notifications.transports.base import MailTransport, SmsTransport, VoiceTransport
from notifications.transports.local import LocalTransport
from notifications.transports.memory import MemoryTransport
from notifications.transports.smtp import SmtpTransport

SMS_CHOICES: Final = ("local", "memory", "twilio")
MAIL_CHOICES: Final = ("local", "memory", "smtp://host:port", "smtps://host:port")


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Which way SMS take; the rest is for twilio alone.

    `voice_from` is the number that calls come from; without it nobody is called.
    `public_url` is the address under which the provider reaches this service; without it, it cannot report deliveries.
    `api_base` replaces Twilio's own address. `timeout` is in seconds.
    """

    name: str = "local"
    account_sid: str = ""
    auth_token: str = field(default="", repr=False)
    messaging_service_sid: str = ""
    from_: str = ""
    voice_from: str = ""
    public_url: str = ""
    api_base: str = ""
    timeout: float = 10.0


class PhoneTransport(SmsTransport, VoiceTransport, Protocol):
    """A way for SMS that may make calls, too."""


def sms_transport(settings: SmsSettings) -> PhoneTransport:
    """Give the way SMS take; raises ValueError for an unknown name or a setting that twilio lacks."""
    if settings.name == "local":
        return LocalTransport()
    if settings.name == "memory":
        return MemoryTransport()
    if settings.name == "twilio":
        # a quarter of a second, which only those pay who send this way
        from notifications.transports.twilio import TwilioTransport  # noqa: PLC0415

        return TwilioTransport(
            account_sid=settings.account_sid,
            auth_token=settings.auth_token,
            messaging_service_sid=settings.messaging_service_sid,
            from_=settings.from_,
            voice_from=settings.voice_from,
            status_callback_base=settings.public_url,
            api_base=settings.api_base,
            timeout=settings.timeout,
        )
    raise ValueError(f"unknown SMS transport {settings.name!r}: choose one of {', '.join(SMS_CHOICES)}")


def mail_transport(url: str, *, timeout: float = 10.0) -> MailTransport:
    """Give the way e-mails take: local, memory, or smtp:// and smtps:// as SmtpTransport reads them.

    Raises ValueError for anything else, without repeating a password.
    """
    if url == "local":
        return LocalTransport()
    if url == "memory":
        return MemoryTransport()
    scheme = urlsplit(url).scheme
    if scheme in {"smtp", "smtps"}:
        return SmtpTransport(url, timeout=timeout)
    raise ValueError(f"unknown mail transport {scheme or url!r}: choose one of {', '.join(MAIL_CHOICES)}")
