"""Organisations with their sites in spreadsheets: a row is a site, or an organisation that has none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.gazetteer.writing import Written, read_parts
from app.journey.history import Actor
from app.links import Links
from app.models import Organisation, Pool
from app.models.languages import plain
from app.registry import organisations
from app.registry.organisations import OrganisationData, SiteData, check
from app.spreadsheets.findings import Findings, Options, Progress, Reading, Seen
from app.spreadsheets.meaning import cells
from app.spreadsheets.meaning.columns import columns
from app.spreadsheets.meaning.place import Places
from app.spreadsheets.meaning.rows import CellError, RowReader

# what a check calls otherwise than the columns do
NAMES: Final = {"sites.0.name": "site", "sites.0.lat": "home", "sites.0.lon": "home"} | {
    f"sites.0.{name}": name for name in ("street", "postcode", "town", "district")
}
NOT_WRITTEN: Final = frozenset({"house_number", "lat", "lon"})
# of these a row may leave out what another row of the same organisation says
SHARED: Final = ("email", "phone")
ADDRESS: Final = ("street", "postcode", "town", "district")


@dataclass(frozen=True)
class NewOrganisation:
    """What is to be entered: an organisation, or with `known` its id, further sites of one that is there."""

    data: OrganisationData
    known: int | None = None


def examine(session: Session, reading: Reading) -> Findings[NewOrganisation]:
    """Read all rows and compare them with one another and with the pool; saves nothing."""
    readers, together = list(reading.readers()), _Together(session, reading.options)
    places = Places(session, readers, _address)
    for reader in reading.counted(readers):
        together.take(reader, _read(reader, places))
    return Findings.of(readers, together.new(), together.present)


def save(
    session: Session, now: datetime, _links: Links, found: Findings[NewOrganisation], actor: Actor, progress: Progress
) -> None:
    """Enter what is new. Raises Invalid."""
    organisations.add_all(session, now, [one.data for one in found.new if one.known is None], actor)
    for count, one in enumerate(found.new, start=1):
        if one.known is not None:
            for site in one.data.sites or ():
                organisations.put_site(session, now, one.known, site, actor)
        progress(count)


def lines(session: Session, _pool: Pool, _now: datetime, locale: str) -> Iterator[Sequence[str]]:
    """The head, then every site, as `examine` reads them."""
    written = [one for one in columns("organisations").values() if one.field not in NOT_WRITTEN]
    yield [one.title(locale) for one in written]
    for one in session.scalars(select(Organisation).order_by(Organisation.id)):
        data = organisations.data_of(one)
        for site in data.sites or (None,):
            told = _told(data, site, locale)
            yield [told[column.field] for column in written]


def _told(data: OrganisationData, site: SiteData | None, locale: str) -> Mapping[str, str]:
    own = {
        "name": data.name,
        "email": data.email,
        "phone": data.phone,
        "active": cells.yes_no_words(data.active, locale),
    }
    if site is None:
        return own | dict.fromkeys(("site", "home", *ADDRESS), "")
    address = {name: getattr(site, name) for name in ADDRESS}
    return own | address | {"site": site.name, "home": f"{site.lat!r}, {site.lon!r}"}


def _read(reader: RowReader, places: Places) -> OrganisationData:
    """What the row says; what is wrong with it is noted."""
    data = OrganisationData(
        name=reader.text("name"),
        email=reader.text("email"),
        phone=reader.text("phone"),
        active=reader.read("active", cells.yes_no, otherwise=True),
        sites=_site(reader, places),
    )
    reader.refuse_all(check(data), NAMES)
    return data


def _street(reader: RowReader) -> str:
    return f"{reader.text('street')} {reader.text('house_number')}".strip()


def _address(reader: RowReader) -> Written:
    """Where a site is; a town alone makes none."""
    if not (reader.text("site") or _street(reader)):
        return Written()
    return read_parts(_street(reader), *(reader.text(name) for name in ("postcode", "district", "town")))


def _site(reader: RowReader, places: Places) -> tuple[SiteData, ...]:
    where, street = places.of(reader), _street(reader)
    if not (reader.text("site") or street or where):
        return ()
    if where is None:
        if not reader.problems:
            reader.refuse("home", CellError("cell_no_coordinates"))
        return ()
    name, text = reader.text("site") or reader.text("name"), reader.text
    return (SiteData(name, *where, street, text("postcode"), text("town"), text("district")),)


class _Together:
    """Rows of one organisation put together; `present` counts those that are there already."""

    def __init__(self, session: Session, options: Options) -> None:
        self.present = 0
        self._options = options
        self._pool = {one.name: one for one in session.scalars(select(Organisation))}
        self._alike = {plain(name): name for name in self._pool}
        self._read: dict[str, OrganisationData] = {}
        self._first: dict[str, int] = {}
        self._seen = Seen()

    def take(self, reader: RowReader, row: OrganisationData) -> None:
        """Add a row; what does not go together with the others is noted at it."""
        earlier = self._read.get(row.name)
        if earlier is None:
            self._check_alike(reader, row.name)
            self._first.setdefault(row.name, reader.row.number)
        elif not (row.sites or reader.problems):
            reader.refuse("name", CellError("cell_twice", row=self._first[row.name]))
        for site in row.sites or ():
            self._seen.twice(reader, "site", row.name, *_key(site))
        if self._is_present(row):
            self.present += 1
            row = replace(row, sites=())
        self._read[row.name] = self._joined(reader, earlier, row) if earlier else row

    def new(self) -> Iterator[NewOrganisation]:
        """What the pool does not have yet."""
        for name, data in self._read.items():
            known = self._pool.get(name)
            if known is None or data.sites:
                yield NewOrganisation(data, known.id if known else None)

    def _is_present(self, row: OrganisationData) -> bool:
        known = self._pool.get(row.name)
        sites = {_key(one) for one in organisations.data_of(known).sites or ()} if known else set()
        return known is not None and all(_key(one) in sites for one in row.sites or ())

    def _check_alike(self, reader: RowReader, name: str) -> None:
        """Refuse a name that differs from another by its spelling alone."""
        other = self._alike.setdefault(plain(name), name)
        if other != name and not self._options.similar:
            reader.refuse("name", CellError("cell_alike", other=other))

    def _joined(self, reader: RowReader, earlier: OrganisationData, row: OrganisationData) -> OrganisationData:
        for field in SHARED:
            said, before = getattr(row, field), getattr(earlier, field)
            if said and before and said != before:
                reader.refuse(field, CellError("cell_contradicts", row=self._first[row.name]))
        if row.active != earlier.active and "active" in reader.places:
            reader.refuse("active", CellError("cell_contradicts", row=self._first[row.name]))
        sites = (*(earlier.sites or ()), *(row.sites or ()))
        return replace(earlier, email=earlier.email or row.email, phone=earlier.phone or row.phone, sites=sites)


def _key(site: SiteData) -> tuple[str, ...]:
    return (plain(site.name), plain(site.street), site.postcode)
