"""Taking in a file of houses: beside those that are there, which it replaces at once when it is complete.

Batch by batch, each a transaction, so that on SQLite others can write in between. Until the end nobody looks at the new
ones; what a killed import has left behind is swept up by the next.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid
from app.gazetteer.counting import Counts, Progress, batches, counted, identity, keys_of, refuse_nothing
from app.gazetteer.gebref import Line
from app.gazetteer.spots import DIGITS
from app.gazetteer.utm import degrees_of
from app.gazetteer.writing import key, suffix_key, town_key
from app.models import House, HouseFile, Street
from app.tenancy import Begin

# so many streets are deleted by one transaction
DELETED: Final = 2_000
# the streets of a file are counted from its own number on, so that no two files ever meet
STREETS: Final = 1_000_000
# as wide as the columns are
TITLE: Final = 200
NAME: Final = 120
TOWN: Final = 80
# no object of the session stands for such a row
UNSEEN: Final = {"synchronize_session": False}
Rows = list[Mapping[str, object]]


def refuse_second(session: Session) -> None:
    """Raise Invalid where houses are known already."""
    known = session.scalar(select(HouseFile).where(HouseFile.complete))
    if known is not None:
        params = {"name": known.name, "houses": known.houses, "day": known.begun_at.date().isoformat()}
        raise Invalid([FieldProblem("file", "houses_there", params)])


def _overtaken() -> Invalid:
    """Why a file is not taken in while another one is."""
    return Invalid([FieldProblem("file", "houses_overtaken")])


def take_in(
    begin: Begin, now: datetime, name: str, houses: Iterable[Line], towns: Iterable[str], progress: Progress
) -> Counts:
    """Replace the houses that are known by those of a file, or of some of its towns; all or nothing. Raises Invalid.

    `progress` is told after each batch.
    """
    taking = _Taking(begin, now, name, houses, towns)
    file_id = taking.start()
    _sweep(begin, HouseFile.id < file_id)
    try:
        taking.run(progress)
        refuse_nothing(taking.counts, taking.wanted)
        taking.finish()
    except IntegrityError as error:
        # another one has begun since, and swept these away
        raise _overtaken() from error
    finally:
        # of the old ones, or of a file that could not be taken, nothing stays
        _sweep(begin, HouseFile.id <= file_id)
    return taking.counts


class _Taking:
    """A file on its way in."""

    def __init__(self, begin: Begin, now: datetime, name: str, houses: Iterable[Line], towns: Iterable[str]) -> None:
        self.counts, self.wanted = Counts(), keys_of(towns)
        self._begin, self._now, self._name, self._houses = begin, now, name, houses
        self._ids: dict[tuple[str, str, str], int] = {}
        self._file = 0

    def start(self) -> int:
        """Note that a file is on its way, and give its number."""
        with self._begin() as session:
            file = HouseFile(name=self._name[:TITLE], begun_at=self._now)
            session.add(file)
            session.flush()
            self._file = file.id
        return self._file

    def run(self, progress: Progress) -> None:
        """Write everything, batch by batch."""
        for lines in batches(self._houses):
            streets, houses = self._rows(lines)
            with self._begin() as session:
                _write(session, streets, houses)
            self.counts.houses += len(houses)
            self.counts.streets = len(self._ids)
            progress(self.counts)

    def finish(self) -> None:
        """Let everybody look at the new ones, and at the old ones no more."""
        with self._begin() as session:
            self._refuse_overtaken(session)
            own = House.street_id.between(self._file * STREETS, (self._file + 1) * STREETS - 1)
            kept = session.scalar(select(func.count()).select_from(House).where(own)) or 0
            self.counts.twice, self.counts.houses = self.counts.houses - kept, kept
            session.execute(update(HouseFile).where(HouseFile.id != self._file).values(complete=False))
            this = update(HouseFile).where(HouseFile.id == self._file)
            session.execute(this.values(complete=True, houses=kept))

    def _refuse_overtaken(self, session: Session) -> None:
        """Raise Invalid if another one has begun since, for it sweeps these away; until the end none can begin to."""
        own = session.scalar(select(HouseFile.id).where(HouseFile.id == self._file).with_for_update())
        later = session.scalar(select(HouseFile.id).where(HouseFile.id > self._file).limit(1))
        if own is None or later is not None:
            raise _overtaken()

    def _rows(self, lines: Iterable[Line]) -> tuple[Rows, Rows]:
        streets: Rows = []
        houses: Rows = []
        for line in lines:
            if not counted(self.counts, line, self.wanted):
                continue
            lat, lon = degrees_of(line.easting, line.northing)
            houses.append(
                {
                    "street_id": self._street(line, streets),
                    "number": line.number,
                    "suffix": suffix_key(line.suffix),
                    "lat": round(lat, DIGITS),
                    "lon": round(lon, DIGITS),
                }
            )
        return streets, houses

    def _street(self, line: Line, streets: Rows) -> int:
        """The number of the line's street, which is put to the others where it is new."""
        street = identity(line)
        known = self._ids.get(street)
        if known is not None:
            return known
        if len(self._ids) == STREETS:
            raise Invalid([FieldProblem("file", "houses_streets", {"most": STREETS})])
        self._ids[street] = number = self._file * STREETS + len(self._ids)
        titles = {"town_title": line.town[:TOWN], "title": line.street[:NAME], "district": line.district[:TOWN]}
        keys = {"town": town_key(line.town)[:TOWN], "name": key(line.street)[:NAME]}
        streets.append({"id": number, "file_id": self._file, **keys, **titles})
        return number


def _write(session: Session, streets: Rows, houses: Rows) -> None:
    """Write new streets and their houses; where a house has several points, the first stands."""
    if streets:
        session.execute(insert(Street), streets)
    if houses:
        kind = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.connection().execute(kind(House).on_conflict_do_nothing(), houses)


def _sweep(begin: Begin, which: ColumnElement[bool]) -> None:
    """Delete those files that are not complete, some streets at a time."""
    with begin() as session:
        # one that is just becoming complete is waited for, and then is none of these
        files = list(session.scalars(select(HouseFile.id).where(~HouseFile.complete, which).with_for_update()))
    for file in files:
        with begin() as session:
            own = Street.id.between(file * STREETS, (file + 1) * STREETS - 1)
            last = session.scalar(select(func.max(Street.id)).where(own))
        for start in range(file * STREETS, (last or 0) + 1, DELETED):
            with begin() as session:
                some = (start, start + DELETED - 1)
                session.execute(delete(House).where(House.street_id.between(*some)), execution_options=UNSEEN)
                session.execute(delete(Street).where(Street.id.between(*some)), execution_options=UNSEEN)
        with begin() as session:
            session.execute(delete(HouseFile).where(HouseFile.id == file, ~HouseFile.complete))
