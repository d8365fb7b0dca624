"""Past appointments in spreadsheets: a row is what was asked for, and what came of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey.history import Actor
from app.links import Links
from app.models import Appointment, Organisation, Pool, languages
from app.registry import past_appointments
from app.registry.past_appointments import OUTCOMES, PastAppointment, problems_of
from app.spreadsheets.appointment_row import AppointmentRow, address
from app.spreadsheets.findings import Findings, Options, Progress, Reading
from app.spreadsheets.meaning import cells, words
from app.spreadsheets.meaning.columns import columns
from app.spreadsheets.meaning.place import Places
from app.spreadsheets.meaning.rows import CellError, RowReader

# what a check calls otherwise than the columns do
NAMES: Final = {"starts_at": "day"}
NOT_WRITTEN: Final = frozenset({"until", "lat", "lon"})
CLOSED: Final = tuple({status for status, _ in OUTCOMES.values()})
TEXTS: Final = ("reference", "note", "contact_name", "contact_email", "contact_phone")
Key = tuple[object, ...]


def examine(session: Session, reading: Reading) -> Findings[PastAppointment]:
    """Read all rows and compare them with one another and with the pool; saves nothing."""
    organisations = {one.name: one for one in session.scalars(select(Organisation))}
    readers, read = list(reading.readers()), []
    places = Places(session, readers, address)
    for reader in reading.counted(readers):
        data = AppointmentRow(reader, reading.zone, organisations, places).read()
        if data is not None:
            lasts = "duration" if reader.text("duration") else "until"
            # without its address it has no place either, which is said once
            where = "address" if any(one.field == "address" for one in reader.problems) else "site"
            names = NAMES | {"duration_minutes": lasts, "site": where}
            reader.refuse_all(problems_of(session, reading.now, data), names)
            read.append((reader, data))
    new = list(_new(session, read, reading.options))
    return Findings.of(readers, new, len(read) - len(new))


def save(
    session: Session, now: datetime, _links: Links, found: Findings[PastAppointment], actor: Actor, progress: Progress
) -> None:
    """Enter what is new. Raises Invalid."""
    past_appointments.add_all(session, now, found.new, actor, progress)


def lines(session: Session, pool: Pool, now: datetime, locale: str) -> Iterator[Sequence[str]]:
    """The head, then every appointment that is over, as `examine` reads them."""
    written = [one for one in columns("appointments").values() if one.field not in NOT_WRITTEN]
    yield [one.title(locale) for one in written]
    over = select(Appointment).where(Appointment.status.in_(CLOSED), Appointment.ends_at <= now)
    rows = over.order_by(Appointment.starts_at, Appointment.id).options(selectinload(Appointment.organisation))
    for row in session.scalars(rows.execution_options(yield_per=500)):
        told = _told(row, pool.timezone, locale)
        yield [told[one.field] for one in written]


def _told(row: Appointment, zone: str, locale: str) -> Mapping[str, str]:
    """Field -> what stands in its column."""
    outcome = next(code for code, ended in OUTCOMES.items() if ended == (row.status, row.missed_by))
    starts = row.starts_at.astimezone(ZoneInfo(zone))
    located = row.place_lat is not None and row.place_lon is not None
    return {
        "organisation": row.organisation.name,
        "language": languages.name(row.language, locale),
        "accepted_languages": ", ".join(languages.name(one, locale) for one in row.accepted_languages),
        "min_level": words.name_of("level", row.min_level, locale) if row.min_level else "",
        "day": str(starts.date()),
        "from": f"{starts:%H:%M}",
        "duration": str(row.duration_minutes),
        "outcome": words.name_of("outcome", outcome, locale),
        "mode": words.name_of("mode", row.mode, locale),
        "topic": words.name_of("topic", row.topic, locale),
        "site": row.place_name,
        "address": row.place_address,
        "district": row.place_district,
        "home": f"{row.place_lat!r}, {row.place_lon!r}" if located else "",
        "gender": words.name_of("gender", row.gender, locale) if row.gender else "",
        "mediators_needed": str(row.mediators_needed),
        "urgent": cells.yes_no_words(row.urgent, locale),
        "requested_at": cells.moment_words(row.created_at, zone),
        "filled_at": cells.moment_words(row.filled_at, zone),
        "cancelled_at": cells.moment_words(row.cancelled_at, zone),
        **{name: getattr(row, name) for name in TEXTS},
    }


def _new(
    session: Session, read: Sequence[tuple[RowReader, PastAppointment]], options: Options
) -> Iterator[PastAppointment]:
    """Those the pool does not have; the same twice in the file is refused, or with `similar` taken as two."""
    known, first = _known(session, [data for _, data in read]), dict[Key, int]()
    for reader, data in read:
        key = _key(data)
        earlier = first.setdefault(key, reader.row.number)
        if earlier != reader.row.number and not options.similar:
            reader.refuse("day", CellError("cell_twice", row=earlier))
        elif known[key]:
            known[key] -= 1
        else:
            yield data


def _known(session: Session, read: Sequence[PastAppointment]) -> Counter[Key]:
    if not read:
        return Counter()
    starts = [data.request.starts_at for data in read]
    rows = select(Appointment).where(Appointment.starts_at.between(min(starts), max(starts)))
    return Counter(
        (row.organisation_id, row.language, row.starts_at, row.ends_at, row.mode, row.reference)
        for row in session.scalars(rows.execution_options(yield_per=500))
    )


def _key(data: PastAppointment) -> Key:
    wanted = data.request
    starts = wanted.starts_at.astimezone(UTC)
    return (data.organisation_id, wanted.language, starts, data.ends_at.astimezone(UTC), wanted.mode, wanted.reference)
