"""Mediators in spreadsheets: a row is a person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.gazetteer.writing import Written, read_parts
from app.journey.history import Actor
from app.links import Links
from app.models import MODES, WEEKDAYS, Mediator, Organisation, Pool, with_details
from app.registry import mediators
from app.registry.mediator_data import DATES, LIMITS, MediatorData, check_values, data_of
from app.spreadsheets.findings import Findings, Options, Progress, Reading
from app.spreadsheets.meaning import cells, skills, telephones, weekly_times, words
from app.spreadsheets.meaning.columns import columns
from app.spreadsheets.meaning.place import Places
from app.spreadsheets.meaning.rows import CellError, RowReader
from app.spreadsheets.people import People

# what a check calls otherwise than the columns do
NAMES: Final = {"text_from": "text_hours", "text_until": "text_hours"}
# of these a month or a year means its end, of other dates its beginning
LAST_DAYS: Final = frozenset({"membership_until"})
SPOKEN: Final = ("languages", "native", "level", "german")
# what has no column of its own, the parts of a name or the days of the week; and addresses, which nobody keeps
NOT_WRITTEN: Final = frozenset(
    {"reversed_name", "first_name", "last_name", "mobile", "native", "level", "german", "lat", "lon", *WEEKDAYS}
    | {"address", "house_number", "postcode"}
)


def examine(session: Session, reading: Reading) -> Findings[MediatorData]:
    """Read everybody and compare them with one another and with the pool; saves nothing."""
    organisations = _organisations(session)
    readers = list(reading.readers())
    places = Places(session, readers, _address)
    known = (reading.options, organisations, places)
    read = [(reader, _Row(reader, *known).read()) for reader in reading.counted(readers)]
    people = People(session, similar=reading.options.similar)
    new = [data for reader, data in read if people.is_new(reader, data)]
    return Findings.of(readers, new, people.present)


def save(
    session: Session, now: datetime, links: Links, found: Findings[MediatorData], actor: Actor, progress: Progress
) -> None:
    """Enter whoever is new. Raises Invalid."""
    mediators.register_all(session, now, links, found.new, actor, progress)


def lines(session: Session, _pool: Pool, _now: datetime, locale: str) -> Iterator[Sequence[str]]:
    """The head, then everybody, as `examine` reads them."""
    written = [one for one in columns("mediators").values() if one.field not in NOT_WRITTEN]
    yield [one.title(locale) for one in written]
    named = {number: name for name, number in _organisations(session).items()}
    people = select(Mediator).where(Mediator.erased_at.is_(None)).order_by(Mediator.id).options(*with_details())
    for mediator in session.scalars(people.execution_options(yield_per=500)):
        told = _told(data_of(mediator), locale, named)
        yield [told[one.field] for one in written]


def _organisations(session: Session) -> dict[str, int]:
    return {name: number for number, name in session.execute(select(Organisation.id, Organisation.name))}


def _told(data: MediatorData, locale: str, organisations: Mapping[int, str]) -> Mapping[str, str]:
    """Field -> what stands in its column."""
    hours = [cells.clock_words(one) for one in (data.text_from, data.text_until) if one is not None]
    return {
        "name": data.name,
        "phone": data.phone,
        "email": data.email,
        "gender": words.name_of("gender", data.gender, locale) if data.gender else "",
        "status": words.name_of("status", data.status, locale),
        "locale": words.name_of("locale", data.locale, locale),
        "languages": skills.written(data.skills, locale),
        "home_district": data.home_district,
        "home": ", ".join(map(repr, data.home)) if data.home else "",
        "modes": ", ".join(words.name_of("mode", one, locale) for one in data.modes),
        "availability": weekly_times.written(data.availability, locale),
        "absences": cells.span_words(data.absences),
        "excluded_organisations": "\n".join(organisations[one] for one in data.excluded_organisations),
        "excluded_topics": ", ".join(words.name_of("topic", one, locale) for one in data.excluded_topics),
        "urgent_opt_in": cells.yes_no_words(data.urgent_opt_in, locale),
        "text_hours": f"{cells.clock_words(data.text_from or 0)}–{cells.clock_words(data.text_until or 0)}"
        if hours
        else "",
        "text_weekends": cells.yes_no_words(data.text_weekends, locale),
        "prefers_calls": cells.yes_no_words(data.prefers_calls, locale),
        **{name: "" if (value := getattr(data, name)) is None else str(value) for name in LIMITS},
        **{name: cells.day_words(getattr(data, name)) for name in DATES},
    }


def _address(reader: RowReader) -> Written:
    """Where somebody lives; that is not kept beyond the point it means."""
    street = f"{reader.text('address')} {reader.text('house_number')}".strip()
    return read_parts(street, reader.text("postcode"), reader.text("home_district"))


@dataclass(frozen=True)
class _Row:
    """One row on its way to a person."""

    reader: RowReader
    options: Options
    organisations: Mapping[str, int]
    places: Places

    def read(self) -> MediatorData:
        """What the row says; what is wrong with it is noted."""
        read, hours = self.reader.read, self._text_hours()
        data = MediatorData(
            name=self._name(),
            phone=self._phone(),
            email=self.reader.text("email"),
            gender=read("gender", cells.choice("gender"), None),
            status=read("status", cells.choice("status"), "active"),
            locale=read("locale", cells.choice("locale"), "de"),
            skills=self._skills(),
            home=self.places.of(self.reader, strict=bool(self.reader.text("address"))),
            home_district=self.reader.text("home_district"),
            modes=read("modes", cells.choices("mode"), MODES),
            availability=self._availability(),
            absences=read("absences", cells.spans, ()),
            excluded_organisations=read("excluded_organisations", self._named, ()),
            excluded_topics=read("excluded_topics", cells.choices("topic"), ()),
            urgent_opt_in=read("urgent_opt_in", cells.yes_no, otherwise=False),
            text_from=hours[0],
            text_until=hours[1],
            text_weekends=read("text_weekends", cells.yes_no, None),
            prefers_calls=read("prefers_calls", cells.yes_no, otherwise=False),
            **self._limits_and_dates(),
        )
        fields = {"name": self._name_field(), "phone": self._phone_field(), "skills": self._skills_field()}
        self.reader.refuse_all(check_values(data), NAMES | fields)
        return data

    def _limits_and_dates(self) -> dict[str, Any]:
        """Numbers and days, by the names of their fields."""
        days = {name: cells.last_day if name in LAST_DAYS else cells.first_day for name in DATES}
        numbers = dict.fromkeys(LIMITS, cells.whole)
        return {name: self.reader.read(name, read, None) for name, read in (*numbers.items(), *days.items())}

    def _name(self) -> str:
        text = self.reader.text
        if reversed_name := text("reversed_name"):
            last, _, first = reversed_name.partition(",")
            return f"{first.strip()} {last.strip()}".strip()
        return " ".join(part for part in (text("first_name"), text("last_name"), text("name")) if part)

    def _name_field(self) -> str:
        return next((one for one in ("name", "reversed_name", "last_name") if one in self.reader.places), "name")

    def _phone(self) -> str:
        field = self._phone_field()
        return self.reader.read(field, telephones.read, self.reader.text(field))

    def _phone_field(self) -> str:
        return "mobile" if self.reader.text("mobile") or "phone" not in self.reader.places else "phone"

    def _skills(self) -> skills.Skills:
        """Each column of languages with the level that stands beside it, before the next such column."""
        found: list[tuple[str, str]] = []
        for field, level in (("native", "native"), ("languages", "")):
            for column in self.reader.places.get(field, ()):
                if self.reader.row.cells[column]:
                    said = level or self._level_beside(column) or self.options.level
                    found += self.reader.read_at(field, column, partial(skills.read, level=said), ())
        if level := self.reader.read("german", cells.choice("level"), ""):
            found.append(("deu", level))
        return tuple(dict.fromkeys(found))

    def _level_beside(self, column: int) -> str:
        others = [one for one in self.reader.places.get("languages", ()) if one > column]
        beside = [one for one in self.reader.places.get("level", ()) if column < one < min(others, default=one + 1)]
        if not beside or not self.reader.row.cells[beside[0]]:
            return ""
        # one that cannot be read is noted; another must not be missed beside it
        return self.reader.read_at("level", beside[0], cells.choice("level"), "native")

    def _skills_field(self) -> str:
        """Where something has been said of the languages already."""
        return next((one.field for one in self.reader.problems if one.field in SPOKEN), self._spoken_field())

    def _spoken_field(self) -> str:
        return "languages" if "languages" in self.reader.places else "native"

    def _availability(self) -> weekly_times.Times:
        found = list(self.reader.read("availability", weekly_times.read, ()))
        for number, day in enumerate(WEEKDAYS):
            found += [(number, *hours) for hours in self.reader.read(day, weekly_times.read_hours, ())]
        return tuple(sorted(set(found)))

    def _text_hours(self) -> tuple[int | None, int | None]:
        return self.reader.read("text_hours", weekly_times.read_one, (None, None))

    def _named(self, text: str) -> tuple[int, ...]:
        found = []
        for line in text.split("\n"):
            # a name may hold a semicolon, so it is tried as a whole first
            for name in [line.strip()] if line.strip() in self.organisations else line.split(";"):
                if name.strip() not in self.organisations:
                    raise CellError("cell_organisation", part=name.strip())
                found.append(self.organisations[name.strip()])
        return tuple(dict.fromkeys(found))
