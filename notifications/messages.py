"""What leaves the house: an SMS, an e-mail with an optional calendar object, or a call; and the SMS that come in."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from typing import Final

REFERENCE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
ADDRESS: Final = re.compile(r"[!#$%&'*+/=?^_`{|}~A-Za-z0-9.-]+@[^\s@<>,;:\"()\[\]\\]+")
MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Sms:
    """One text message to one phone.

    `to` is E.164. `reference` is the outbox id. After `valid_for` the provider should no longer deliver it.
    Raises ValueError for anything a provider could not send.
    """

    to: str = field(repr=False)
    body: str = field(repr=False)
    reference: str
    valid_for: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        if not E164.fullmatch(self.to):
            raise ValueError("an SMS needs a number like +491713920055")
        if not self.body.strip():
            raise ValueError("an SMS needs a text")
        _check_reference(self.reference)


@dataclass(frozen=True, slots=True)
class Call:
    """One call to one phone, E.164; `reference` is the outbox id, by which the provider asks what to say.

    Raises ValueError for anything a provider could not call.
    """

    to: str = field(repr=False)
    reference: str

    def __post_init__(self) -> None:
        """Refuse what no provider takes."""
        if not E164.fullmatch(self.to):
            raise ValueError("a call needs a number like +491713920055")
        _check_reference(self.reference)


@dataclass(frozen=True, slots=True)
class Received:
    """An SMS that came in, as the provider lists it; `at` is aware."""

    provider_id: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with an e-mail; `content_type` is like application/pdf."""

    filename: str
    content_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would break a header."""
        _check_line("filename", self.filename)
        if not MEDIA_TYPE.fullmatch(self.content_type):
            raise ValueError("content_type must look like application/pdf")


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail to one address.

    `to` is a bare address; `sender` an address or "Name <address>". `calendar` holds the bytes of an iCalendar object
    whose METHOD equals `calendar_method` (RFC 6047, 2.4). Raises ValueError for line breaks in a header, for several
    recipients and for a calendar that contradicts its method.
    """

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    reference: str
    sender: str
    html: str | None = field(default=None, repr=False)
    calendar: bytes | None = field(default=None, repr=False)
    calendar_method: str | None = None
    attachments: tuple[Attachment, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would break a header or mislead a mail program."""
        for name, value in (("to", self.to), ("subject", self.subject), ("sender", self.sender)):
            _check_line(name, value)
        if not ADDRESS.fullmatch(self.to):
            raise ValueError("to must be exactly one address")
        if not ADDRESS.fullmatch(parseaddr(self.sender)[1]):
            raise ValueError("sender must be an address or Name <address>")
        _check_reference(self.reference)
        if (self.calendar is None) != (self.calendar_method is None):
            raise ValueError("calendar and calendar_method belong together")
        if self.calendar is not None and f"METHOD:{self.calendar_method}" not in self.calendar.decode().splitlines():
            raise ValueError("calendar_method must equal the METHOD of the calendar")

    def as_mime(self, date: datetime | None = None) -> EmailMessage:
        """Give the message as it goes over the wire.

        With a calendar: mixed{alternative{plain, html, calendar}, application/ics}, as Outlook, Gmail and Apple expect
        (RFC 6047). The Message-ID follows from `reference` alone, so that a second sending shows as a duplicate.
        """
        mime = EmailMessage(policy=SMTP)
        name, address = parseaddr(self.sender)
        mime["From"] = formataddr((name, _ascii(address)))
        mime["To"] = _ascii(self.to)
        mime["Subject"] = self.subject
        mime["Message-ID"] = f"<{self.reference}@{_ascii(address).partition('@')[2]}>"
        # keeps holiday notices from answering a machine (RFC 3834)
        mime["Auto-Submitted"] = "auto-generated"
        if date is not None:
            mime["Date"] = format_datetime(date)
        mime.set_content(self.text)
        if self.html is not None:
            mime.add_alternative(self.html, subtype="html")
        if self.calendar is not None:
            _add_calendar(mime, self.calendar, str(self.calendar_method))
        for attachment in self.attachments:
            maintype, _, subtype = attachment.content_type.partition("/")
            mime.add_attachment(attachment.content, maintype, subtype, filename=attachment.filename)
        return mime


def _add_calendar(mime: EmailMessage, calendar: bytes, method: str) -> None:
    # base64, because some relays rewrap quoted-printable and break the folding of the calendar
    mime.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params={"method": method})
    mime.add_attachment(calendar, "application", "ics", filename="termin.ics")


def _ascii(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _check_reference(reference: str) -> None:
    if not REFERENCE.fullmatch(reference):
        raise ValueError("reference may hold only letters, digits and ._-")


def _check_line(name: str, value: str) -> None:
    # str.splitlines breaks at more than CR and LF, and so does the header parser of the standard library
    if not value or any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value):
        raise ValueError(f"{name} must be one line without control characters")
