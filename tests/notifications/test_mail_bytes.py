"""An e-mail as it goes over the wire: seven bits, short lines, words and shape kept."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.messages import Attachment, Email
from notifications.transports.smtp import SmtpTransport
from tests.notifications.conftest import PATIENT, Mailbox

CALENDAR = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:T\xc3\xbcrkisch \xf0\x9f\x98\x80\r\nEND:VCALENDAR\r\n"
INVITED = {"calendar": CALENDAR, "calendar_method": "REQUEST"}
TEXTS = (
    "Grüße\n", "ASCII alone\n", "x" * 5000 + "\n", "ü" * 5000 + "\n", "From here\n.\n..\n", "Wort " * 400,
    "عربي فارسی\n" * 30, "👩‍👩‍👧" * 200, "spaces at the end   \n\ttabs\t\n", "=3D =?utf-8?q?x?=\n", "\n\n\n",
    "no line break at the end", "--\n", "----==boundary==\n", "https://pool.example/o/" + "a" * 300 + "\n",
)  # fmt: skip

hostile = st.lists(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
        st.sampled_from("äöüß\n\n\t .=-<>&\"'😀عم"),
        st.sampled_from(["From ", "\n.\n", "--", "x" * 90, "ü" * 90, "</p><script>", "https://a.example/?x=1&y=2"]),
    ),
    max_size=200,
).map("".join)


def an_email(**changes: Any) -> Email:
    return Email(
        **{
            "to": "amal@example.org",
            "subject": "Zugesagt: Türkisch",
            "text": "Grüße\n",
            "reference": "17",
            "sender": "pool@muelheim.example",
            "sender_name": "Sprachmittlerpool Mülheim",
            **changes,
        }
    )


def wire(message: Email) -> bytes:
    raw: bytes = message.as_mime().as_bytes()
    return raw


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def shape(part: EmailMessage) -> Any:
    kind = part.get_content_type()
    return (kind, [shape(child) for child in part.iter_parts()]) if part.is_multipart() else kind  # type: ignore[arg-type]


def words(raw: bytes, kind: str = "text/plain") -> str:
    [part] = [part for part in read(raw).walk() if part.get_content_type() == kind]
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def check_octets(raw: bytes) -> None:
    assert raw.isascii(), "needs 8BITMIME or SMTPUTF8"
    assert b"\x00" not in raw
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 76
    assert b"8bit" not in raw.lower()
    assert b"binary" not in raw.lower()


@pytest.mark.parametrize("more", [{}, {"html": "<p>Grüße</p>"}, INVITED], ids=["plain", "own html", "invite"])
@pytest.mark.parametrize("text", TEXTS)
def test_a_mail_is_seven_bits_in_short_lines_and_says_what_it_said(text: str, more: dict[str, Any]) -> None:
    raw = wire(an_email(text=text, subject="Grüße an alle, die kommen, " * 3, **more))
    check_octets(raw)
    assert words(raw) == (text if text.endswith("\n") else text + "\n")


@PATIENT
@given(hostile)
@example("a\n\n\nb")
@example("x" * 75 + "ü")
@example("x" * 76 + "\n")
@example("a" * 74 + "=")
def test_any_text_arrives_whole_in_seven_bits(text: str) -> None:
    raw = wire(an_email(text=text, **INVITED))
    check_octets(raw)
    assert words(raw) == (text if text.endswith("\n") else text + "\n")


@pytest.mark.parametrize("broken", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\r\n", "\r", "\n"])
def test_every_kind_of_line_break_is_one(broken: str) -> None:
    raw = wire(an_email(text=f"Ort: Rathaus{broken}Kontakt: Empfang\n"))
    assert words(raw) == "Ort: Rathaus\nKontakt: Empfang\n"
    assert "Rathaus<br>" in words(raw, "text/html").replace("<br>\n", "<br>")
    check_octets(raw)


@PATIENT
@given(st.text(st.characters(categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40))
def test_no_control_character_leaves_the_house_and_none_stops_a_mail(noise: str) -> None:
    raw = wire(an_email(text=f"Ort{noise}Kontakt"))
    check_octets(raw)
    arrived = words(raw)
    assert not set(arrived) - set("OrtKontakt\n\t")
    assert arrived.startswith("Ort")


def test_a_mail_has_the_same_words_once_plain_and_once_as_html() -> None:
    raw = wire(an_email(text="Guten Tag,\n\nbis bald.\n"))
    assert shape(read(raw)) == ("multipart/alternative", ["text/plain", "text/html"])
    html = words(raw, "text/html")
    assert "<p>Guten Tag,</p>" in html
    assert "<p>bis bald.</p>" in html


@pytest.mark.parametrize(("language", "attribute"), [("de", 'lang="de"'), ("en", 'lang="en"')])
def test_the_html_part_says_its_language_and_what_it_is_about(language: str, attribute: str) -> None:
    html = words(wire(an_email(language=language)), "text/html")
    assert f"<html {attribute}>" in html
    assert "<title>Zugesagt: Türkisch</title>" in html


def test_an_html_part_of_its_own_is_taken_and_an_empty_one_is_none() -> None:
    assert words(wire(an_email(html="<p>Eigenes</p>")), "text/html") == "<p>Eigenes</p>\n"
    assert shape(read(wire(an_email(html="")))) == "text/plain"


def test_an_invite_has_the_shape_that_mail_programs_expect() -> None:
    assert shape(read(wire(an_email(**INVITED)))) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )


def test_files_lie_beside_the_words() -> None:
    sheet = Attachment("Übersicht.pdf", "application/pdf", bytes(range(256)) * 9)
    raw = wire(an_email(attachments=(sheet,)))
    assert shape(read(raw)) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html"]), "application/pdf"],
    )
    check_octets(raw)
    both = wire(an_email(attachments=(sheet,), **INVITED))
    assert shape(read(both))[1][1:] == ["application/ics", "application/pdf"]


def test_a_message_of_text_attached_is_no_exception() -> None:
    raw = wire(an_email(attachments=(Attachment("a.txt", "text/plain", "Grüße\n\x85".encode()),)))
    check_octets(raw)
    [part] = read(raw).iter_attachments()
    assert part.get_payload(decode=True) == "Grüße\n\x85".encode()


anything = st.text(max_size=40)
addresses = st.one_of(
    st.builds(
        "{}@{}".format,
        st.text(st.sampled_from("ab.!#+ü"), max_size=9),
        st.text(st.sampled_from("ab.-üß日"), max_size=70),
    ),
    st.sampled_from(
        [
            "a@b..c",
            "a@.b",
            "a@b.",
            f"a@{'b' * 64}.example",
            "a@xn--zz--.example",
            "a@-",
            "a@\u200b.example",
            "a@b.example，c＠d.example",
        ]
    ),
)


@PATIENT
@given(addresses, addresses, addresses, anything, anything, anything)
@example("a@b..c", "a@b.example", "", "x", "", "x")
@example("a@b.example", f"a@{'b' * 64}.example", "", "x", "", "x")
@example("a@b.example", "a@b.example", "a@b..c", "x", "", "x")
@example("a@b.example，c＠d.example", "a@b.example", "", "x", "", "x")
def test_what_cannot_be_sent_is_refused_before_it_is_sent(
    to: str, sender: str, reply_to: str, subject: str, name: str, text: str
) -> None:
    try:
        message = an_email(to=to, sender=sender, reply_to=reply_to, subject=subject, sender_name=name, text=text)
    except ValueError:
        return
    raw = wire(message)
    assert raw.isascii()
    assert {"From", "To", "Subject", "Message-ID"} <= set(read(raw).keys())
    assert len(getaddresses([str(read(raw)["To"])])) == 1


def test_a_server_that_knows_seven_bits_alone_gets_what_was_meant() -> None:
    with Mailbox(enable_SMTPUTF8=False) as mailbox:
        mail = an_email(sender_name="Sprachmittlerpool, Kreis Gütersloh", subject="Türkisch, für Köln", **INVITED)
        SmtpTransport(f"smtp://127.0.0.1:{mailbox.port}", timeout=5).send(mail)
    [received] = mailbox.messages
    raw = received.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    check_octets(raw)
    arrived = read(raw)
    assert [(one.display_name, one.addr_spec) for one in arrived["From"].addresses] == [
        ("Sprachmittlerpool, Kreis Gütersloh", "pool@muelheim.example")
    ]
    assert arrived["Subject"] == "Türkisch, für Köln"
    assert words(raw) == "Grüße\n"
