"""What leaves the house: an SMS, an e-mail with an optional calendar object, or a call; and the SMS that come in."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final

from notifications.html import html_of
from notifications.lines import clean, is_one_line
from notifications.mail_headers import WIDTH, Folded, mailbox, unstructured

REFERENCE: Final = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
ADDRESS: Final = re.compile(r"[!#$%&'*+/=?^_`{|}~A-Za-z0-9.-]+@[^\s@<>,;:\"()\[\]\\]+")
MEDIA_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
# no server on the way is asked for more than RFC 5321 gives: seven bits, lines of 76 as RFC 2045 has them
_SEVEN_BITS: Final = SMTP.clone(cte_type="7bit", max_line_length=WIDTH)


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

    `to`, `sender` and `reply_to` are bare addresses; `sender_name` is what readers see before the sender's, any text.
    (`sender` may also be "Name <address>".) `html` is made from `text`, in `language`, unless given; empty for none.
    `installation` tells this service's Message-IDs from those of another that sends for the same domain. `calendar`
    holds the bytes of an iCalendar object whose METHOD equals `calendar_method` (RFC 6047, 2.4). Raises ValueError for
    line breaks in a header, for several addresses and for a calendar that contradicts its method.
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
    sender_name: str = ""
    reply_to: str = ""
    installation: str = ""
    language: str = "de"

    def __post_init__(self) -> None:
        """Refuse what would break a header or mislead a mail program."""
        for name, value in (("to", self.to), ("subject", self.subject), ("sender", self.sender)):
            _check_line(name, value)
        if not _is_address(self.to):
            raise ValueError("to must be exactly one address")
        if not _is_address(self._from[1]):
            raise ValueError("sender must be an address or Name <address>")
        if self.reply_to and not _is_address(self.reply_to):
            raise ValueError("reply_to must be exactly one address")
        _check_reference(self.reference)
        if self.installation and not REFERENCE.fullmatch(self.installation):
            raise ValueError("installation may hold only letters, digits and ._-")
        if (self.calendar is None) != (self.calendar_method is None):
            raise ValueError("calendar and calendar_method belong together")
        if self.calendar is not None and f"METHOD:{self.calendar_method}" not in self.calendar.decode().splitlines():
            raise ValueError("calendar_method must equal the METHOD of the calendar")

    def as_mime(self, date: datetime | None = None) -> EmailMessage:
        """Give the message as it goes over the wire, in seven bits and lines of 76.

        With a calendar: mixed{alternative{plain, html, calendar}, application/ics}, as Outlook, Gmail and Apple expect
        (RFC 6047). The Message-ID follows from `reference` and `installation`, so that a second sending shows as a
        duplicate.
        """
        mime = EmailMessage(policy=_SEVEN_BITS)
        name, address = self._from
        mime["From"] = mailbox("From", name, _ascii(address))
        mime["To"] = mailbox("To", "", _ascii(self.to))
        if self.reply_to:
            mime["Reply-To"] = mailbox("Reply-To", "", _ascii(self.reply_to))
        mime["Subject"] = unstructured("Subject", self.subject)
        mime["Message-ID"] = self._message_id
        # keeps holiday notices from answering a machine (RFC 3834)
        mime["Auto-Submitted"] = "auto-generated"
        if date is not None:
            mime["Date"] = format_datetime(date)
        mime.set_content(clean(self.text))
        html = html_of(self.text, title=self.subject, language=self.language) if self.html is None else self.html
        if html:
            mime.add_alternative(html, subtype="html")
        if self.calendar is not None:
            _add_calendar(mime, self.calendar, str(self.calendar_method))
        for attachment in self.attachments:
            maintype, _, subtype = attachment.content_type.partition("/")
            mime.add_attachment(attachment.content, maintype, subtype, filename=attachment.filename)
        return mime

    @property
    def envelope(self) -> tuple[str, str]:
        """Sender and recipient as the server is told them: bare addresses in ASCII."""
        return _ascii(self._from[1]), _ascii(self.to)

    @property
    def _from(self) -> tuple[str, str]:
        name, address = parseaddr(self.sender)
        return " ".join(clean(self.sender_name).split("\n")) or name, address

    @property
    def _message_id(self) -> Folded:
        domain = _ascii(self._from[1]).partition("@")[2]
        # neither part can hold a plus, so that no two pairs make the same
        local = f"{self.reference}+{self.installation}" if self.installation else self.reference
        return Folded("Message-ID", f"<{local}@{domain}>")


def _add_calendar(mime: EmailMessage, calendar: bytes, method: str) -> None:
    # base64, because some relays rewrap quoted-printable and break the folding of the calendar
    mime.add_alternative(calendar.decode(), subtype="calendar", cte="base64", params={"method": method})
    mime.add_attachment(calendar, "application", "ics", filename="termin.ics")


def _is_address(address: str) -> bool:
    if not ADDRESS.fullmatch(address):
        return False
    try:
        # once more, because signs that only look like a comma or an @ have become one
        return bool(ADDRESS.fullmatch(_ascii(address)))
    except UnicodeError:
        return False


def _ascii(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local}@{domain.encode('idna').decode()}"


def _check_reference(reference: str) -> None:
    if not REFERENCE.fullmatch(reference):
        raise ValueError("reference may hold only letters, digits and ._-")


def _check_line(name: str, value: str) -> None:
    if not value or not is_one_line(value):
        raise ValueError(f"{name} must be one line without control characters")
