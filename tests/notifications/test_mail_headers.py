"""What the bytes of an e-mail's header say to whoever reads them."""

import re
import unicodedata
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.messages import Attachment, Email
from tests.notifications.conftest import PATIENT

ADDRESS = "pool@kreis-guetersloh.example"
NAMES = (
    "Sprachmittlerpool, Kreis Gütersloh", "Pool <Gütersloh>", 'Kreis "Gütersloh" e. V.', "Amt; Gruppe: Köln",
    "Pool (Süd) [Nord]", "C:\\Pool\\Müll", "Pool, Beckum", "Pool <Beckum>", 'Der "Pool"', "back\\slash",
    "=?utf-8?q?Pool?=", "=?utf-8?b?UG9vbA==?=, Köln", "=?x", "🎉, Pool", "مجمع المترجمين، بيكوم", "Pool ", " Pool",
    "Pool  Beckum", "a@b.example", "Pool <boss@evil.example>", "Köln" * 30, "Pool " * 24, "x" * 120, "ü" * 120,
    "👩‍👩‍👧" * 15, ",", "Ü,", "'", ".", "Pool\u00a0Süd",
)  # fmt: skip

ONE_LINE = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
ODD = st.sampled_from(",;:<>@()[]\"\\' =?_.äöüß😀عم")
LOOKALIKES = st.sampled_from(["=?utf-8?q?", "?=", "=?utf-8?b?", "<a@b.example>", ", ", "Kreis ", "Gütersloh"])
names = st.lists(st.one_of(ONE_LINE, ODD, LOOKALIKES), min_size=1, max_size=60).map("".join)


def an_email(**changes: Any) -> Email:
    return Email(
        **{
            "to": "amal@example.org",
            "subject": "Zugesagt",
            "text": "Grüße\n",
            "reference": "17",
            "sender": ADDRESS,
            **changes,
        }
    )


def wire(message: Email) -> bytes:
    raw: bytes = message.as_mime().as_bytes()
    return raw


def header(raw: bytes, name: str) -> bytes:
    """One header as it went out, still folded; there must be one alone."""
    head = b"\r\n" + raw.partition(b"\r\n\r\n")[0] + b"\r\n"
    assert head.count(b"\r\n" + name.encode() + b":") == 1
    rest = head.partition(b"\r\n" + name.encode() + b":")[2]
    lines = rest.split(b"\r\n")
    return b"\r\n".join([lines[0], *_folded(lines[1:])])


def _folded(lines: list[bytes]) -> list[bytes]:
    for number, line in enumerate(lines):
        if line[:1] not in {b" ", b"\t"}:
            return lines[:number]
    return lines


def sender_now(raw: bytes) -> list[tuple[str, str]]:
    """As Python's newer parser reads it."""
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    assert read["From"].defects == ()
    return [(one.display_name, one.addr_spec) for one in read["From"].addresses]


def sender_then(raw: bytes) -> tuple[str, str]:
    """As older programs read it: split the addresses first, decode the name afterwards."""
    value = str(message_from_bytes(raw)["From"]).replace("\r\n", "")
    name, address = parseaddr(value)
    return str(make_header(decode_header(name))), address


@PATIENT
@given(names)
def test_the_senders_name_arrives_whole_whatever_is_in_it(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_of_a_sender_arrives_whole(name: str) -> None:
    check_name(name)


def check_name(name: str) -> None:
    raw = wire(an_email(sender_name=name))
    shown = " ".join(word for word in name.split(" ") if word)
    assert sender_then(raw) == (shown, ADDRESS)
    [(now, address)] = sender_now(raw)
    assert address == ADDRESS
    if re.search(rb"\?=\s+=\?", header(raw, "From")):
        # Python's newer parser, against RFC 2047, shows a space where a long name went on
        assert now.replace(" ", "") == shown.replace(" ", "")
    else:
        assert now == shown
    check_lines(header(raw, "From"))


@pytest.mark.parametrize(
    "name",
    [
        "Kommunales Integrationszentrum Kreis Gütersloh, Sprachmittlerpool (Süd)",
        "Kommunales Integrationszentrum der Stadt Mülheim an der Ruhr, Sprachmittlung für Ämter und Ärzte, Pool 2",
        "Pool " * 23 + "Pool",
        "Amt, " * 20 + "Köln",
    ],
)
def test_a_long_name_of_real_words_is_read_alike_by_all(name: str) -> None:
    raw = wire(an_email(sender_name=name))
    assert sender_now(raw) == [sender_then(raw)] == [(name, ADDRESS)]


def check_lines(folded: bytes) -> None:
    """ASCII, at most 76 octets a line, no line of white space alone (RFC 5322, 2.2.3 and 3.2.2)."""
    assert folded.isascii()
    for line in (b"From:" + folded).split(b"\r\n"):
        assert len(line) <= 76
        assert line.strip()
    assert folded.partition(b"\r\n")[0].strip(), "nothing stands beside the header's name"


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ('"Sprachmittlerpool, Kreis Gütersloh" <pool@kreis-guetersloh.example>', "Sprachmittlerpool, Kreis Gütersloh"),
        ("Sprachmittlerpool Mülheim <pool@kreis-guetersloh.example>", "Sprachmittlerpool Mülheim"),
        ("pool@kreis-guetersloh.example", ""),
    ],
)
def test_a_sender_in_one_piece_is_read_as_before(sender: str, name: str) -> None:
    assert sender_now(wire(an_email(sender=sender))) == [(name, ADDRESS)]


def test_a_name_beside_a_sender_in_one_piece_is_the_one_that_counts() -> None:
    raw = wire(an_email(sender=f"Alt <{ADDRESS}>", sender_name="Neu, Köln"))
    assert sender_now(raw) == [("Neu, Köln", ADDRESS)]


@pytest.mark.parametrize("evil", ["\r\nBcc: all@example.org", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_a_line_break_in_a_name_is_a_space_and_adds_no_header(evil: str) -> None:
    raw = wire(an_email(sender_name=f"Pool{evil}Köln"))
    read = message_from_bytes(raw, policy=default)
    assert read["Bcc"] is None
    [(name, address)] = sender_now(raw)
    assert address == ADDRESS
    assert not [one for one in name if unicodedata.category(one) in {"Cc", "Zl", "Zp"}]
    assert name.startswith("Pool ")


subjects = st.lists(st.one_of(ONE_LINE, ODD, LOOKALIKES), min_size=1, max_size=80).map("".join)


@PATIENT
@given(subjects)
@example("=?utf-8?q?x?=")
@example("=?")
@example(" Zugesagt ")
@example("a  b")
@example("x" * 200)
@example("Zugesagt: Türkisch, " * 9)
def test_a_subject_arrives_whole(subject: str) -> None:
    raw = wire(an_email(subject=subject))
    check_lines(header(raw, "Subject"))
    now = message_from_bytes(raw, policy=default)["Subject"]
    then = message_from_bytes(raw)["Subject"].replace("\r\n", "")
    assert str(now) == subject
    assert str(make_header(decode_header(then))) == subject


@pytest.mark.parametrize("local", ["amal", "a" * 64, "!#$%&'*+-/=?^_`{|}~.x"])
@pytest.mark.parametrize("domain", ["example.org", f"{'b' * 60}.{'c' * 60}.example", "müller.example"])
def test_an_address_of_any_length_stays_an_address(local: str, domain: str) -> None:
    to = f"{local}@{domain}"
    raw = wire(an_email(to=to, sender=to, reply_to=to))
    for name in ("To", "From", "Reply-To"):
        read = message_from_bytes(raw, policy=default)[name]
        assert [one.addr_spec for one in read.addresses] == [f"{local}@{domain.encode('idna').decode()}"]
        assert header(raw, name).isascii()
        assert b"=?utf" not in header(raw, name)


def test_answers_go_where_they_are_wanted() -> None:
    read = message_from_bytes(wire(an_email(reply_to="amt@beckum.example")), policy=default)
    assert read["Reply-To"].addresses[0].addr_spec == "amt@beckum.example"
    assert message_from_bytes(wire(an_email()))["Reply-To"] is None


@pytest.mark.parametrize(
    "reply_to", ["amt", "Amt <a@b.example>", "a@b.example, c@d.example", "a@b.example\r\nBcc: x@y.example"]
)
def test_answers_go_to_exactly_one_address(reply_to: str) -> None:
    with pytest.raises(ValueError, match="reply_to"):
        an_email(reply_to=reply_to)


def message_id(message: Email) -> str:
    return str(message_from_bytes(wire(message))["Message-ID"]).strip()


def test_the_message_id_follows_from_reference_and_installation_alone() -> None:
    again = an_email(installation="a1", subject="Anders", text="Anders\n", sender_name="Anders", to="berat@example.org")
    assert message_id(an_email(installation="a1")) == message_id(again)
    assert message_id(an_email(installation="a1")) != message_id(an_email(installation="a1", reference="18"))


def test_without_an_installation_the_message_id_is_as_it_was() -> None:
    assert message_id(an_email()) == f"<17@{ADDRESS.partition('@')[2]}>"


names_of_installations = st.from_regex(r"[A-Za-z0-9_-]{1,8}(\.[A-Za-z0-9_-]{1,8}){0,2}", fullmatch=True)


@PATIENT
@given(names_of_installations, names_of_installations, names_of_installations, names_of_installations)
@example("1", "a.b", "1.a", "b")
@example("1", "a", "1.a", "")
@example("1", "a-b", "1-a", "b")
def test_two_installations_never_share_a_message_id(one: str, here: str, other: str, there: str) -> None:
    first = message_id(an_email(reference=one, installation=here))
    second = message_id(an_email(reference=other, installation=there))
    assert (first == second) == ((one, here) == (other, there))


def test_a_message_id_of_any_length_is_one_word() -> None:
    raw = wire(an_email(reference="r" * 64, installation="i" * 64, sender=f"pool@{'d' * 60}.{'e' * 60}.example"))
    value = header(raw, "Message-ID").strip()
    assert value == f"<{'r' * 64}+{'i' * 64}@{'d' * 60}.{'e' * 60}.example>".encode()


@pytest.mark.parametrize("installation", ["a b", "a@b", "ä", "a>b", "a\r\nb", ".", "a..b", "i" * 65])
def test_an_installation_is_named_by_what_an_address_may_hold(installation: str) -> None:
    with pytest.raises(ValueError, match="installation"):
        an_email(installation=installation)


@PATIENT
@given(
    st.text(st.one_of(ONE_LINE, ODD), min_size=1, max_size=120).filter(
        lambda name: name == name.strip() and "=?" not in name
    )
)
@example("Übersicht, 1. Quartal.pdf")
@example('a"b\\c.pdf')
@example("%41'b'.pdf")
@example("x" * 120 + ".pdf")
@example("ü" * 100 + ".pdf")
def test_a_files_name_arrives_whole(filename: str) -> None:
    raw = wire(an_email(attachments=(Attachment(filename, "application/pdf", b"x"),)))
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    [part] = read.iter_attachments()
    assert part.get_filename() == filename
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 76
