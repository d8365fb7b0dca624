"""Requests in a spreadsheet, such as those for a parents' day: a row is one of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.insight import sense_checks
from app.insight.sense_checks import Hint
from app.journey import requesting
from app.journey.history import Actor
from app.journey.request import Request, check
from app.models import Account, Appointment, AppointmentStatus, Organisation, Pool, Site
from app.spreadsheets.appointment_row import AppointmentRow, address
from app.spreadsheets.files.table import Row, Sheet, unreadable
from app.spreadsheets.findings import Findings, Reading, Seen
from app.spreadsheets.meaning import words
from app.spreadsheets.meaning.columns import columns
from app.spreadsheets.meaning.place import Places
from app.spreadsheets.meaning.rows import CellError, RowReader

KIND: Final = "requests"
# more than these nobody waits for at a page; a parents' day of a large school has some hundreds
MOST_ROWS: Final = 1000
# what a template asks for, and what stands there for example: a day that is over, so that it is never asked for
EXAMPLE: Final[Mapping[str, str]] = {
    "language": "ara", "day": "01.12.2020", "from": "14:00", "duration": "30", "mode": "on_site", "topic": "school",
    "site": "", "reference": "", "note": "",
}  # fmt: skip
Key = tuple[object, ...]


@dataclass(frozen=True)
class Usual:
    """What holds where a row says nothing: whose request it is, where, about what, who asks, and ways out.

    `organisations` are those for whom one may ask, by name; `own_alone` says that this is only one's own.
    """

    organisations: Mapping[str, Organisation]
    organisation: Organisation | None = None
    site: Site | None = None
    topic: str = "other"
    account: Account | None = None
    fallbacks: tuple[str, ...] = ()
    own_alone: bool = False


@dataclass(frozen=True)
class Asked:
    """One row: its number, for whom, what is wanted and where, what looks odd, and whether it is asked for already."""

    row: int
    organisation: Organisation
    request: Request
    site: Site | None
    hints: tuple[Hint, ...] = ()
    present: bool = False


@dataclass(frozen=True)
class Look:
    """A table that was looked through: every row that can be read, and what is wrong with the others."""

    asked: tuple[Asked, ...]
    findings: Findings[Asked]

    @property
    def wrong_rows(self) -> frozenset[int]:
        """The numbers of the rows that cannot be asked for."""
        return frozenset(one.row for one in self.findings.problems)


def examine(session: Session, pool: Pool, reading: Reading, usual: Usual) -> Look:
    """Read all rows and compare them with one another and with what is asked for already; saves nothing.

    Raises Invalid for more rows than MOST_ROWS.
    """
    if len(reading.sheet.rows) > MOST_ROWS:
        raise unreadable("sheet_rows", most=MOST_ROWS)
    readers, seen = list(reading.readers()), Seen()
    places = Places(session, readers, address)
    read = []
    for reader in readers:
        one = _read(session, reading, reader, usual, places)
        if one is not None and not reader.problems and not seen.twice(reader, "day", *_key(one), *_contact(reader)):
            read.append(one)
    asked = _compared(session, reading.now, pool, read)
    new = [one for one in asked if not one.present]
    return Look(asked, Findings.of(readers, new, len(asked) - len(new)))


def take_in(
    session: Session, pool: Pool, reading: Reading, usual: Usual, actor: Actor, *, leave_out: bool = False
) -> tuple[Look, bool]:
    """Look through a table and ask for what is new of it, unless a row is wrong; with `leave_out`, for the others.

    One table after the other in a pool, so that the same one sent twice at a moment is asked for once. Says what was
    found, and whether it was asked for. Raises Invalid.
    """
    session.execute(select(Pool.id).where(Pool.id == pool.id).with_for_update(key_share=True))
    look = examine(session, pool, reading, usual)
    if look.findings.problems and not leave_out:
        return look, False
    new = [(one.organisation, one.request, one.site) for one in look.findings.new]
    requesting.request_all(session, reading.now, new, actor)
    return look, True


def template(locale: str, *, named: bool) -> Iterator[Sequence[str]]:
    """The head of a table, with the organisation if it is `named` in it, and an example."""
    known = columns(KIND)
    fields = [*(["organisation"] if named else []), *EXAMPLE]
    yield [known[one].title(locale) for one in fields]
    yield [_example(one, locale) for one in fields]


def left_out(sheet: Sheet, rows: Mapping[int, str], head: str) -> Iterator[Sequence[str]]:
    """Those rows of a table, as they were, each with what is wrong with it in a last column."""
    yield [*sheet.heads, head]
    for one in sheet.rows:
        if one.number in rows:
            yield [*one.cells, rows[one.number]]


def only(sheet: Sheet, numbers: frozenset[int]) -> Sheet:
    """The table with these rows alone."""
    return Sheet(sheet.heads, tuple(Row(one.number, one.cells) for one in sheet.rows if one.number in numbers))


def _example(field: str, locale: str) -> str:
    if field == "language":
        return "Arabisch" if locale == "de" else "Arabic"
    value = EXAMPLE.get(field, "")
    return words.name_of(field, value, locale) if field in {"mode", "topic"} else value


def _read(session: Session, reading: Reading, reader: RowReader, usual: Usual, places: Places) -> Asked | None:
    organisation = _organisation(reader, usual)
    found = AppointmentRow(reader, reading.zone, usual.organisations, places, usual.site).asked_for(organisation)
    if organisation is None or found is None:
        return None
    wanted, site = _completed(reader, found[0], organisation, usual), found[1]
    lasts = "duration" if reader.text("duration") else "until"
    where = "address" if any(one.field == "address" for one in reader.problems) else "site"
    names = {"starts_at": "day", "duration_minutes": lasts, "site": where}
    reader.refuse_all(check(session, reading.now, wanted), names)
    if not organisation.active:
        reader.refuse("organisation", CellError("organisation_inactive"))
    return Asked(reader.row.number, organisation, wanted, site)


def _organisation(reader: RowReader, usual: Usual) -> Organisation | None:
    name = reader.text("organisation")
    if name and name not in usual.organisations:
        code = "cell_own_organisation" if usual.own_alone else "cell_organisation"
        reader.refuse("organisation", CellError(code, part=name))
        return None
    found = usual.organisations.get(name) or usual.organisation
    if found is None:
        reader.refuse("organisation", CellError("cell_empty"))
    return found


def _completed(reader: RowReader, wanted: Request, organisation: Organisation, usual: Usual) -> Request:
    """With who asks and what else is said for the whole table."""
    account = usual.account
    return replace(
        wanted,
        topic=wanted.topic if reader.text("topic") else usual.topic,
        fallbacks=usual.fallbacks,
        contact_name=wanted.contact_name or (account.name if account else ""),
        contact_email=wanted.contact_email or (account.email if account else organisation.email),
        contact_phone=wanted.contact_phone or organisation.phone,
    )


def _contact(reader: RowReader) -> tuple[str, ...]:
    return tuple(reader.text(name) for name in ("contact_name", "contact_email", "contact_phone"))


def _compared(session: Session, now: datetime, pool: Pool, read: Sequence[Asked]) -> tuple[Asked, ...]:
    """What is there already is marked, and what looks odd about the rest is said."""
    known, marked = _known(session, read), list[Asked]()
    for one in read:
        present = known[_key(one)] > 0
        known[_key(one)] -= present
        marked.append(replace(one, present=present))
    new = [one for one in marked if not one.present]
    odd = sense_checks.hints_of_all(session, now, pool, [(one.organisation.id, one.request) for one in new])
    hints = {one.row: tuple(found) for one, found in zip(new, odd, strict=True)}
    return tuple(replace(one, hints=hints.get(one.row, ())) for one in marked)


def _known(session: Session, read: Sequence[Asked]) -> Counter[Key]:
    """How often each of them is asked for already; what was cancelled may be asked for again."""
    if not read:
        return Counter()
    starts = [one.request.starts_at for one in read]
    said = (
        Appointment.organisation_id, Appointment.language, Appointment.starts_at, Appointment.ends_at,
        Appointment.mode, Appointment.place_name, Appointment.reference, Appointment.note,
    )  # fmt: skip
    rows = session.execute(
        select(*said).where(
            Appointment.organisation_id.in_({one.organisation.id for one in read}),
            Appointment.starts_at.between(min(starts), max(starts)),
            Appointment.status != AppointmentStatus.CANCELLED,
        )
    )
    return Counter(tuple(row) for row in rows)


def _key(one: Asked) -> Key:
    """What tells a request from another one, as `_known` reads it."""
    wanted = one.request
    starts = wanted.starts_at.astimezone(UTC)
    ends = starts + timedelta(minutes=wanted.duration_minutes)
    place = wanted.place.name if wanted.place else ""
    return (one.organisation.id, wanted.language, starts, ends, wanted.mode, place, wanted.reference, wanted.note)
