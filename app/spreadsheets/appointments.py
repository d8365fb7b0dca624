"""Past appointments in spreadsheets: a row is what was asked for, and what came of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.errors import Invalid
from app.journey.history import Actor
from app.journey.request import Place, Request
from app.journey.timing.local_time import instant
from app.links import Links
from app.models import Appointment, Organisation, Pool, Site, languages
from app.models.languages import plain
from app.registry import past_appointments
from app.registry.past_appointments import OUTCOMES, PastAppointment, problems_of
from app.spreadsheets import cells, place, skills, words
from app.spreadsheets.columns import columns
from app.spreadsheets.findings import Findings, Options, Progress, Reading
from app.spreadsheets.rows import CellError, RowReader

# what a check calls otherwise than the columns do
NAMES: Final = {"starts_at": "day"}
NOT_WRITTEN: Final = frozenset({"until", "lat", "lon"})
CLOSED: Final = tuple({status for status, _ in OUTCOMES.values()})
# where nobody wrote down when it was asked for: pools want their requests a week before
USUAL_LEAD: Final = timedelta(days=7)
MOMENTS: Final = ("requested_at", "filled_at", "cancelled_at")
TEXTS: Final = ("reference", "note", "contact_name", "contact_email", "contact_phone")
Key = tuple[object, ...]


def examine(session: Session, reading: Reading) -> Findings[PastAppointment]:
    """Read all rows and compare them with one another and with the pool; saves nothing."""
    organisations = {one.name: one for one in session.scalars(select(Organisation))}
    readers, read = [], []
    for reader in reading.readers():
        readers.append(reader)
        data = _Row(reader, reading.zone, organisations).read()
        if data is not None:
            lasts = "duration" if reader.text("duration") else "until"
            reader.refuse_all(problems_of(session, reading.now, data), NAMES | {"duration_minutes": lasts})
            read.append((reader, data))
    new = list(_new(session, read, reading.options))
    return Findings.of(readers, new, len(read) - len(new))


def save(
    session: Session, now: datetime, links: Links, found: Findings[PastAppointment], actor: Actor, progress: Progress
) -> None:
    """Enter what is new. Raises Invalid."""
    del links
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


@dataclass(frozen=True)
class _Row:
    """One row on its way to an appointment."""

    reader: RowReader
    zone: str
    organisations: Mapping[str, Organisation]

    def read(self) -> PastAppointment | None:
        """What the row says; what is wrong with it is noted, and without the main things nothing more is looked at."""
        read, text = self.reader.read, self.reader.text
        begins = self._begins()
        organisation, starts_at, duration = self._organisation(), self._starts_at(begins), self._duration(begins)
        language = self._needed("language", skills.language)
        outcome = self._needed("outcome", cells.choice("outcome"))
        if not (organisation and starts_at and duration and language and outcome):
            return None
        mode = read("mode", cells.choice("mode"), "on_site")
        where, site = self._place(organisation, mode)
        moments = {name: read(name, partial(cells.moment, zone=self.zone), None) for name in MOMENTS}
        wanted = Request(
            language=language,
            starts_at=starts_at,
            duration_minutes=duration,
            mode=mode,
            place=where,
            topic=read("topic", cells.choice("topic"), "other"),
            accepted_languages=read("accepted_languages", skills.several, ()),
            min_level=read("min_level", cells.choice("level"), None),
            gender=read("gender", _gender, None),
            mediators_needed=read("mediators_needed", cells.whole, 1),
            urgent=read("urgent", cells.yes_no, otherwise=False),
            reference=text("reference"),
            note=text("note"),
            contact_name=text("contact_name"),
            contact_email=text("contact_email"),
            contact_phone=text("contact_phone"),
        )
        return PastAppointment(
            organisation_id=organisation.id,
            request=wanted,
            outcome=outcome,
            requested_at=moments["requested_at"] or starts_at - USUAL_LEAD,
            site_id=site.id if site else None,
            filled_at=moments["filled_at"],
            cancelled_at=moments["cancelled_at"],
        )

    def _needed(self, name: str, read: Callable[[str], str]) -> str:
        if not self.reader.text(name):
            self.reader.refuse(name, CellError("cell_empty"))
        return self.reader.read(name, read, "")

    def _organisation(self) -> Organisation | None:
        name = self._needed("organisation", str)
        if name and name not in self.organisations:
            self.reader.refuse("organisation", CellError("cell_organisation", part=name))
        return self.organisations.get(name)

    def _begins(self) -> time | None:
        if not self.reader.text("from"):
            self.reader.refuse("from", CellError("cell_empty"))
        return self.reader.read("from", cells.clock_time, None)

    def _starts_at(self, begins: time | None) -> datetime | None:
        if not self.reader.text("day"):
            self.reader.refuse("day", CellError("cell_empty"))
        day = self.reader.read("day", cells.day, None)
        if day is None or begins is None:
            return None
        try:
            return instant(day, begins, self.zone)
        except Invalid as error:
            [problem] = error.problems
            self.reader.refuse("from", CellError(problem.code, **dict(problem.params)))
            return None

    def _duration(self, begins: time | None) -> int:
        if self.reader.text("duration"):
            return self.reader.read("duration", cells.minutes, 0)
        if not self.reader.text("until"):
            self.reader.refuse("until" if "until" in self.reader.places else "duration", CellError("cell_empty"))
        ends = self.reader.read("until", cells.clock, 0)
        if begins is None or not ends:
            return 0
        lasts = ends - begins.hour * 60 - begins.minute
        if lasts <= 0:
            self.reader.refuse("until", CellError("ends_before_start"))
        return max(lasts, 0)

    def _place(self, organisation: Organisation, mode: str) -> tuple[Place | None, Site | None]:
        """The place as the row says it, or the organisation's own of that name, or its only one."""
        where, name = place.coordinates(self.reader), self.reader.text("site")
        named = [one for one in organisation.sites if plain(one.name) == plain(name)]
        known = named or ([] if name or len(organisation.sites) > 1 else organisation.sites)
        site = known[0] if known else None
        if where is not None:
            text = self.reader.text
            return Place(name or organisation.name, *where, text("address"), text("district")), site
        if site is None and mode == "on_site":
            column = "site" if "site" in self.reader.places else "organisation"
            if not self.reader.problems:
                self.reader.refuse(column, CellError("cell_place"))
        return (Place.of_site(site) if site and mode == "on_site" else None), site


def _gender(text: str) -> str | None:
    return None if words.code_of("no_wish", text) else cells.choice("gender")(text)


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
