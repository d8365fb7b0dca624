"""One row of a table on its way to an appointment: a past one, or one that is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Final

from app.errors import Invalid
from app.gazetteer.writing import Written, read_parts
from app.journey.request import Place, Request
from app.journey.timing.local_time import instant
from app.models import Organisation, Site
from app.models.languages import plain
from app.registry.past_appointments import PastAppointment
from app.spreadsheets.meaning import cells, skills, words
from app.spreadsheets.meaning.place import Places, coordinates
from app.spreadsheets.meaning.rows import CellError, RowReader

# where nobody wrote down when it was asked for: pools want their requests a week before
USUAL_LEAD: Final = timedelta(days=7)
MOMENTS: Final = ("requested_at", "filled_at", "cancelled_at")


def address(reader: RowReader) -> Written:
    """Where it took place, as far as a row says so."""
    if not reader.text("address"):
        return Written()
    return read_parts(reader.text("address"), "", reader.text("district"))


@dataclass(frozen=True)
class AppointmentRow:
    """One row on its way to an appointment."""

    reader: RowReader
    zone: str
    organisations: Mapping[str, Organisation]
    places: Places
    # where it takes place if the row does not say so, for one of its own organisation
    usual_site: Site | None = None

    def read(self) -> PastAppointment | None:
        """What the row says; what is wrong with it is noted, and without the main things nothing more is looked at."""
        read = self.reader.read
        organisation = self._organisation()
        outcome = self._needed("outcome", cells.choice("outcome"))
        asked = self.asked_for(organisation)
        if organisation is None or asked is None or not outcome:
            return None
        wanted, site = asked
        moments = {name: read(name, partial(cells.moment, zone=self.zone), None) for name in MOMENTS}
        return PastAppointment(
            organisation_id=organisation.id,
            request=wanted,
            outcome=outcome,
            requested_at=moments["requested_at"] or wanted.starts_at - USUAL_LEAD,
            site_id=site.id if site else None,
            filled_at=moments["filled_at"],
            cancelled_at=moments["cancelled_at"],
        )

    def asked_for(self, organisation: Organisation | None) -> tuple[Request, Site | None] | None:
        """What is wanted, and at which of the organisation's places; None without the main things."""
        read, text = self.reader.read, self.reader.text
        begins = self._begins()
        starts_at, duration = self._starts_at(begins), self._duration(begins)
        language = self._needed("language", skills.language)
        if not (organisation and starts_at and duration and language):
            return None
        mode = read("mode", cells.choice("mode"), "on_site")
        where, site = self._place(organisation, mode)
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
        return wanted, site

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
        name = self.reader.text("site")
        named = [one for one in organisation.sites if plain(one.name) == plain(name)]
        known = named or ([] if name or len(organisation.sites) > 1 else organisation.sites)
        if not name and not self.reader.text("address") and self.usual_site in organisation.sites:
            known = [self.usual_site]
        site = known[0] if known else None
        # of a site its own coordinates are right, whatever address stands beside it
        where = self.places.of(self.reader) if site is None and mode == "on_site" else coordinates(self.reader)
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
