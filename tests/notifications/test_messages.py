from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.messages import Attachment, Call, Email, Sms
from tests.notifications.conftest import PATIENT

CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:T\xc3\xbcrkisch \xf0\x9f\x98\x80\r\nEND:VCALENDAR\r\n"


def an_email(**changes: Any) -> Email:
    return Email(
        **{
            "to": "amal@example.org",
            "subject": "Zugesagt: Türkisch",
            "text": "Grüße\n",
            "reference": "17",
            "sender": "Sprachmittlerpool Mülheim <pool@muelheim.example>",
            **changes,
        }
    )


def over_the_wire(message: Email) -> EmailMessage:
    read = message_from_bytes(message.as_mime().as_bytes(), policy=SMTP)
    assert isinstance(read, EmailMessage)
    return read


def shape(part: EmailMessage) -> Any:
    kind = part.get_content_type()
    return (kind, [shape(child) for child in part.iter_parts()]) if part.is_multipart() else kind  # type: ignore[arg-type]


def test_an_invite_has_the_shape_that_mail_programs_expect() -> None:
    read = over_the_wire(an_email(html="<p>Grüße</p>", calendar=CALENDAR, calendar_method="REQUEST"))
    assert shape(read) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )


def test_the_calendar_arrives_octet_for_octet_and_names_its_method() -> None:
    read = over_the_wire(an_email(calendar=CALENDAR, calendar_method="REQUEST"))
    parts = {part.get_content_type(): part for part in read.walk()}
    inline, attached = parts["text/calendar"], parts["application/ics"]
    assert inline.get_payload(decode=True) == attached.get_payload(decode=True) == CALENDAR
    assert inline["Content-Type"].params["method"] == "REQUEST"
    assert inline["Content-Type"].params["charset"] == "utf-8"
    assert attached.get_content_disposition() == "attachment"


def test_a_plain_message_is_plain() -> None:
    read = over_the_wire(an_email(html=""))
    assert read.get_content_type() == "text/plain"
    assert read.get_content() == "Grüße\r\n"
    assert read["Subject"] == "Zugesagt: Türkisch"
    assert read["From"].addresses[0].display_name == "Sprachmittlerpool Mülheim"
    assert read["Auto-Submitted"] == "auto-generated"


def test_attachments_arrive_whole() -> None:
    sheet = Attachment("Übersicht.pdf", "application/pdf", bytes(range(256)))
    (read,) = over_the_wire(an_email(attachments=(sheet,))).iter_attachments()
    assert (read.get_filename(), read.get_content_type()) == ("Übersicht.pdf", "application/pdf")
    assert read.get_payload(decode=True) == bytes(range(256))


def test_the_message_id_follows_from_the_reference_alone() -> None:
    first, again = an_email().as_mime(), an_email(text="anders").as_mime(datetime(2026, 12, 1, tzinfo=UTC))
    assert first["Message-ID"] == again["Message-ID"] == "<17@muelheim.example>"
    assert again["Date"] == "Tue, 01 Dec 2026 00:00:00 +0000"


def test_a_domain_with_umlauts_goes_out_in_its_ascii_form() -> None:
    mime = an_email(to="amal@mülheim.example").as_mime()
    assert mime["To"] == "amal@xn--mlheim-3ya.example"


@pytest.mark.parametrize("field", ["to", "subject", "sender"])
@pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_no_value_can_add_a_header(field: str, separator: str) -> None:
    with pytest.raises(ValueError, match=field):
        an_email(**{field: f"pool@example.org{separator}Bcc: all@example.org"})


@pytest.mark.parametrize(
    "to", ["", "amal", "a@b.example, c@d.example", "Amal <a@b.example>", "a b@c.example", "amäl@example.org"]
)
def test_a_recipient_is_exactly_one_address(to: str) -> None:
    with pytest.raises(ValueError, match="to must"):
        an_email(to=to)


def test_an_attachment_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match="filename"):
        Attachment("a\r\nBcc: x@example.org", "text/plain", b"")
    with pytest.raises(ValueError, match="content_type"):
        Attachment("a", "text/plain\r\nBcc: x@example.org", b"")


@PATIENT
@given(st.text(max_size=60))
def test_whatever_subject_is_accepted_arrives_in_one_header(subject: str) -> None:
    try:
        message = an_email(subject=subject, html="")
    except ValueError:
        return
    read = over_the_wire(message)
    assert set(read.keys()) == {
        "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
        "Content-Transfer-Encoding",
    }  # fmt: skip


def test_a_calendar_that_contradicts_its_method_is_refused() -> None:
    with pytest.raises(ValueError, match="equal"):
        an_email(calendar=CALENDAR, calendar_method="CANCEL")
    with pytest.raises(ValueError, match="together"):
        an_email(calendar=CALENDAR)


@pytest.mark.parametrize("reference", ["", "a b", "a\n", "a/../b", "a>b"])
def test_a_reference_stays_what_an_address_may_hold(reference: str) -> None:
    with pytest.raises(ValueError, match="reference"):
        an_email(reference=reference)
    with pytest.raises(ValueError, match="reference"):
        Sms("+491713920055", "Hallo", reference)
    with pytest.raises(ValueError, match="reference"):
        Call("+491713920055", reference)


@pytest.mark.parametrize(("to", "body"), [("0171 3920055", "Hallo"), ("+49", "Hallo"), ("+491713920055", "  ")])
def test_an_sms_that_nobody_could_send_is_refused(to: str, body: str) -> None:
    with pytest.raises(ValueError, match="an SMS needs"):
        Sms(to, body, "1")


def test_a_message_shows_neither_text_nor_recipient_in_a_log() -> None:
    shown = repr(Sms("+491713920055", "geheim", "1")) + repr(an_email(text="geheim"))
    for private in ("geheim", "+491713920055", "amal@example.org"):
        assert private not in shown


@pytest.mark.parametrize("to", ["", "0171 3920055", "+49", "sip:amal@example.org"])
def test_a_call_needs_a_number_in_full(to: str) -> None:
    with pytest.raises(ValueError, match="number"):
        Call(to, "7")
