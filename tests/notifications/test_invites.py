import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notifications.invites import Event, calendar_of, invite
from tests.effort import examples
from tests.notifications.conftest import PATIENT

BERLIN = ZoneInfo("Europe/Berlin")
STAMP = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def an_invite(**changes: Any) -> bytes:
    starts = changes.get("starts", datetime(2026, 12, 1, 10, 0, tzinfo=BERLIN))
    return invite(
        **{
            "method": "REQUEST",
            "uid": "einsatz-7@pool.example",
            "sequence": 0,
            "stamp": STAMP,
            "starts": starts,
            "ends": starts + timedelta(hours=1),
            "summary": "Sprachmittlung Arabisch",
            "location": "Rathaus, Weststraße 46; Raum 2",
            "description": "Bitte am Empfang melden.\nDanke, bis dann!",
            "organizer_name": "Sprachmittlerpool Beckum",
            "organizer_email": "pool@beckum.example",
            "attendee_name": "Amal Şahin",
            "attendee_email": "amal@example.org",
            **changes,
        }
    )


def event_of(raw: bytes) -> Any:
    return icalendar.Calendar.from_ical(raw).walk("VEVENT")[0]


def lines_of(raw: bytes) -> list[bytes]:
    assert raw.endswith(b"\r\n")
    return raw.removesuffix(b"\r\n").split(b"\r\n")


texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
        st.sampled_from("😀👩‍👩‍👧🇩🇪ÄöüßşçğЖعا日nN,;:\\\"\n'"),
    ),
    max_size=300,
)


@pytest.mark.parametrize(
    ("starts", "instant"),
    [
        (datetime(2026, 12, 1, 10, 0, tzinfo=BERLIN), datetime(2026, 12, 1, 9, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 10, 0, tzinfo=BERLIN), datetime(2026, 7, 1, 8, 0, tzinfo=UTC)),
    ],
    ids=["winter", "summer"],
)
def test_two_readers_see_the_same_instants(starts: datetime, instant: datetime) -> None:
    raw = an_invite(starts=starts, ends=starts + timedelta(minutes=90))
    read = event_of(raw)
    seen = vobject.readOne(raw.decode()).vevent
    assert read.start == seen.dtstart.value == instant
    assert read.end == seen.dtend.value == instant + timedelta(minutes=90)


def test_times_are_written_in_utc_and_no_zone_travels_along() -> None:
    raw = an_invite(starts=datetime(2026, 7, 1, 10, 0, tzinfo=BERLIN))
    assert b"DTSTART:20260701T080000Z\r\n" in raw
    assert b"DTSTAMP:20261122T093000Z\r\n" in raw
    assert b"VTIMEZONE" not in raw
    assert b"TZID" not in raw


@PATIENT
@given(hours=st.integers(1, 12), offset=st.integers(0, 366 * 24 * 60))
def test_the_length_survives_every_change_of_the_clocks(hours: int, offset: int) -> None:
    starts = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=offset)).astimezone(BERLIN)
    ends = (starts.astimezone(UTC) + timedelta(hours=hours)).astimezone(BERLIN)
    read = event_of(an_invite(starts=starts, ends=ends))
    assert read.end - read.start == timedelta(hours=hours)


@settings(PATIENT, max_examples=examples(150))
@given(summary=texts, location=texts, description=texts, name=texts)
@example(summary=r"C:\Neu\n", location=r"\N", description="\\\n\\", name=r"\N")
def test_any_text_comes_back_whole_and_no_line_is_longer_than_75_octets(
    summary: str, location: str, description: str, name: str
) -> None:
    raw = an_invite(summary=summary, location=location, description=description, attendee_name=name)
    assert max(map(len, lines_of(raw))) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    read = event_of(raw)
    seen = vobject.readOne(raw.decode()).vevent
    assert read["summary"] == summary
    assert read.get("location", "") == location
    assert read.get("description", "") == description
    assert seen.summary.value == summary
    assert seen.uid.value == read["uid"] == "einsatz-7@pool.example"


@PATIENT
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_no_text_can_add_a_property_or_a_control_character(text: str) -> None:
    raw = an_invite(summary=text, attendee_name=text, location=text, uid="a" + text)
    assert len(icalendar.Calendar.from_ical(raw).walk("VEVENT")) == 1
    unfolded = raw.replace(b"\r\n ", b"").decode()
    assert not [c for c in unfolded.replace("\r\n", "").replace("\t", "") if unicodedata.category(c) == "Cc"]
    names = {line.split(":")[0].split(";")[0] for line in unfolded.split("\r\n") if line}
    assert names <= {
        "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND",
        "SUMMARY", "STATUS", "TRANSP", "LOCATION", "DESCRIPTION", "ORGANIZER", "ATTENDEE",
    }  # fmt: skip


BREAKS = ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\r\n", "\r", "\n"]


@pytest.mark.parametrize("broken", BREAKS)
def test_every_kind_of_line_break_is_read_as_one_by_all(broken: str) -> None:
    said = f"Rathaus{broken}Raum 2"
    raw = an_invite(summary=said, location=said, description=said, attendee_name=said, organizer_name=said)
    check_lines_alone(raw)
    read, seen = event_of(raw), vobject.readOne(raw.decode()).vevent
    for name in ("summary", "location", "description"):
        assert read[name] == getattr(seen, name).value == "Rathaus\nRaum 2"
    for name in ("attendee", "organizer"):
        assert read[name].params["CN"] == getattr(seen, name).params["CN"][0] == "Rathaus Raum 2"


@pytest.mark.parametrize("broken", BREAKS)
def test_a_feed_breaks_its_lines_alike(broken: str) -> None:
    starts = datetime(2026, 7, 1, 10, 0, tzinfo=BERLIN)
    said = f"Rathaus{broken}Raum 2"
    event = Event("a@pool", 0, STAMP, starts, starts + timedelta(hours=1), said, said, said, url=f"https://a/{broken}b")
    raw = calendar_of([event], name=said)
    check_lines_alone(raw)
    read, seen = event_of(raw), vobject.readOne(raw.decode())
    assert read["summary"] == seen.vevent.summary.value == "Rathaus\nRaum 2"
    assert seen.x_wr_calname.value == "Rathaus\nRaum 2"
    assert read["url"] == seen.vevent.url.value == "https://a/b"


def check_lines_alone(raw: bytes) -> None:
    """Readers that break lines as str.splitlines does see the same lines as those that look for CRLF alone."""
    assert raw.decode().splitlines() == raw.decode().removesuffix("\r\n").split("\r\n")


odd_breaks = st.lists(st.one_of(st.text(max_size=30), st.sampled_from(BREAKS))).map("".join)


@PATIENT
@given(odd_breaks, odd_breaks)
def test_every_reader_sees_the_same_lines_whatever_the_text(text: str, name: str) -> None:
    raw = an_invite(
        summary=text, location=text, description=text, attendee_name=name, uid="a" + name, url="https://a/" + name
    )
    check_lines_alone(raw)
    read, seen = event_of(raw), vobject.readOne(raw.decode()).vevent
    assert read["summary"] == seen.summary.value
    assert read.get("location", "") == (seen.location.value if "location" in seen.contents else "")


def test_an_invite_names_who_asks_and_who_comes() -> None:
    raw = an_invite()
    read = event_of(raw)
    assert icalendar.Calendar.from_ical(raw)["method"] == "REQUEST"
    assert read["organizer"] == "mailto:pool@beckum.example"
    assert read["organizer"].params["CN"] == "Sprachmittlerpool Beckum"
    assert read["attendee"] == "mailto:amal@example.org"
    assert read["attendee"].params["CN"] == "Amal Şahin"
    assert read["attendee"].params["RSVP"] == "TRUE"
    assert (read["status"], read["sequence"]) == ("CONFIRMED", 0)


def test_a_cancellation_keeps_the_uid_and_the_attendee() -> None:
    raw = an_invite(method="CANCEL", sequence=2)
    read = event_of(raw)
    assert icalendar.Calendar.from_ical(raw)["method"] == "CANCEL"
    assert (read["status"], read["sequence"], read["uid"]) == ("CANCELLED", 2, "einsatz-7@pool.example")
    assert read["attendee"] == "mailto:amal@example.org"


def test_a_name_in_quotes_is_read_alike_by_old_and_new_programs() -> None:
    raw = an_invite(attendee_name='Amal "Ami" Şahin')
    seen = vobject.readOne(raw.decode()).vevent
    assert event_of(raw)["attendee"].params["CN"] == seen.attendee.params["CN"][0] == "Amal 'Ami' Şahin"


def test_a_published_event_asks_nobody() -> None:
    assert b"ATTENDEE" not in an_invite(method="PUBLISH")


def test_what_a_link_opens_is_nobodys_request_and_has_no_method() -> None:
    # RFC 5546, 3.2.1: PUBLISH would need an organizer; and programs file what has no method without asking
    starts = datetime(2026, 12, 1, 10, 0, tzinfo=BERLIN)
    event = Event("a@pool", 3, STAMP, starts, starts + timedelta(hours=1), "Türkisch", cancelled=True)
    raw = calendar_of([event], name="Pool")
    whole, seen = icalendar.Calendar.from_ical(raw), vobject.readOne(raw.decode())
    assert "METHOD" not in whole
    assert "method" not in seen.contents
    assert event_of(raw)["status"] == "CANCELLED"


def test_what_is_asked_or_published_keeps_its_method() -> None:
    for method in ("REQUEST", "CANCEL", "PUBLISH"):
        assert icalendar.Calendar.from_ical(an_invite(method=method))["method"] == method


def test_link_and_coordinates_travel_along() -> None:
    seen = vobject.readOne(an_invite(url="https://pool.example/m/abc?x=1,2", geo=(51.756, 8.041)).decode()).vevent
    assert seen.url.value == "https://pool.example/m/abc?x=1,2"
    assert seen.geo.value == "51.756;8.041"


@pytest.mark.parametrize("name", ["starts", "ends", "stamp"])
def test_a_naive_time_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} needs an offset"):
        an_invite(**{name: datetime(2026, 12, 1, 10, 0)})  # noqa: DTZ001 - the point of the test


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="after starts"):
        an_invite(ends=datetime(2026, 12, 1, 9, 0, tzinfo=BERLIN))


def test_a_feed_holds_every_event_once_and_says_what_is_cancelled() -> None:
    starts = datetime(2026, 7, 1, 10, 0, tzinfo=BERLIN)
    events = [
        Event(f"{n}@pool", n, STAMP, starts + timedelta(days=n), starts + timedelta(days=n, hours=1), "Türkisch",
              cancelled=n == 1)
        for n in range(3)
    ]  # fmt: skip
    raw = calendar_of(events, name="Meine Einsätze")
    seen = vobject.readOne(raw.decode())
    assert [event.uid.value for event in seen.vevent_list] == ["0@pool", "1@pool", "2@pool"]
    assert [event.status.value for event in seen.vevent_list] == ["CONFIRMED", "CANCELLED", "CONFIRMED"]
    assert [event.dtstart.value for event in seen.vevent_list] == [e.starts.astimezone(UTC) for e in events]
    assert b"X-WR-CALNAME:Meine Eins\xc3\xa4tze\r\n" in raw
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in raw
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in raw


def test_an_empty_feed_is_still_a_calendar() -> None:
    raw = calendar_of([])
    assert icalendar.Calendar.from_ical(raw).walk("VEVENT") == []
