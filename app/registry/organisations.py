"""Who requests, and where it takes place: organisations and their sites, kept up to date by coordinators."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.addresses import is_email
from app.errors import FieldProblem, Invalid, NotFound
from app.journey import history
from app.journey.history import Actor
from app.legible import is_one_line, says_something
from app.models import Organisation, Role, Site
from app.versions import refuse_other

# whoever keeps the people keeps those who ask for them, on the pages and through the API
WRITTEN_BY: Final = Role.COORDINATOR
LIMITS: Final[Mapping[str, int]] = {"name": 120, "email": 254, "phone": 40}
SITE_LIMITS: Final[Mapping[str, int]] = {"name": 120, "street": 120, "postcode": 10, "town": 80, "district": 80}


@dataclass(frozen=True)
class SiteData:
    """A place in plain values, as somebody may have typed them; coordinates in degrees, `id` of one that is known."""

    name: str
    lat: float
    lon: float
    street: str = ""
    postcode: str = ""
    town: str = ""
    district: str = ""
    id: int | None = None


@dataclass(frozen=True)
class OrganisationData:
    """An organisation in plain values; `sites` replace those that are there, None leaves them alone."""

    name: str
    email: str = ""
    phone: str = ""
    active: bool = True
    sites: tuple[SiteData, ...] | None = None


class OrganisationChanges(TypedDict, total=False):
    """Some fields of OrganisationData."""

    name: str
    email: str
    phone: str
    active: bool
    sites: tuple[SiteData, ...] | None


def add(session: Session, now: datetime, data: OrganisationData, actor: Actor) -> Organisation:
    """Enter an organisation with its sites. Raises Invalid."""
    found = Organisation(sites=[])
    _write(session, found, data)
    history.record(session, now, "organisation_added", actor, organisation=found.name, organisation_id=found.id)
    return found


def add_all(session: Session, now: datetime, data: Sequence[OrganisationData], actor: Actor) -> Sequence[Organisation]:
    """Enter many with their sites, all or none. Raises Invalid."""
    made = []
    for one in data:
        found = Organisation(sites=[])
        _fill(found, one)
        made.append(found)
    session.add_all(made)
    try:
        session.flush()
    except IntegrityError as error:
        # somebody else has just entered one of them
        raise Invalid([FieldProblem("name", "names_taken")]) from error
    for found in made:
        history.record(session, now, "organisation_added", actor, organisation=found.name, organisation_id=found.id)
    return made


def change(
    session: Session,
    now: datetime,
    organisation_id: int,
    data: OrganisationData,
    actor: Actor,
    *,
    seen: str | None = None,
) -> Organisation:
    """Replace what is known of an organisation; what was requested keeps its place.

    `seen` marks what whoever changes it had before their eyes. Raises Invalid, NotFound, ChangedMeanwhile.
    """
    found = _held(session, organisation_id)
    refuse_other(seen, data_of(found))
    _write(session, found, data)
    history.record(session, now, "organisation_changed", actor, organisation=found.name, organisation_id=found.id)
    return found


def put_site(
    session: Session, now: datetime, organisation_id: int, site: SiteData, actor: Actor, *, seen: str | None = None
) -> Organisation:
    """Add a site to an organisation, or replace the one with that id, which `seen` marks as it was.

    Raises Invalid, NotFound, ChangedMeanwhile.
    """
    found = _held(session, organisation_id)
    refuse_other(seen, site_of(found, site.id))
    others = [one for one in data_of(found).sites or () if one.id != site.id or site.id is None]
    if site.id is not None and len(others) == len(found.sites):
        raise NotFound("site_not_found")
    problems = list(_check_site("", site))
    if problems:
        raise Invalid(problems)
    kept = sorted((*others, site), key=lambda one: (one.id is None, one.id or 0))
    found.sites = _sites(found, kept)
    session.flush()
    history.record(session, now, "organisation_changed", actor, organisation=found.name, organisation_id=found.id)
    return found


def data_of(organisation: Organisation) -> OrganisationData:
    """What is known of an organisation, in plain values."""
    return OrganisationData(
        name=organisation.name,
        email=organisation.email,
        phone=organisation.phone,
        active=organisation.active,
        sites=tuple(_site_data(one) for one in organisation.sites),
    )


def site_of(organisation: Organisation, site_id: int | None) -> SiteData | None:
    """One of its places in plain values; None where it has no such."""
    return next((_site_data(one) for one in organisation.sites if one.id == site_id), None)


def _site_data(one: Site) -> SiteData:
    return SiteData(one.name, one.lat, one.lon, one.street, one.postcode, one.town, one.district, one.id)


def check(data: OrganisationData) -> list[FieldProblem]:
    """Everything that is wrong, field by field; a site's are named like `sites.0.name`. Empty if nothing."""
    problems = [*_check_texts("", data, LIMITS)]
    if data.email.strip() and not is_email(data.email):
        problems.append(FieldProblem("email", "email"))
    for number, site in enumerate(data.sites or ()):
        problems += _check_site(f"sites.{number}.", site)
    return problems


def _held(session: Session, organisation_id: int) -> Organisation:
    found = session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id, Organisation.neighbour_id.is_(None))
        .with_for_update()
    )
    if found is None:
        raise NotFound("organisation_not_found")
    return found


def _fill(found: Organisation, data: OrganisationData) -> None:
    problems = check(data)
    if problems:
        raise Invalid(problems)
    found.name, found.email, found.phone = data.name.strip(), data.email.strip(), data.phone.strip()
    found.active = data.active
    if data.sites is not None:
        found.sites = _sites(found, data.sites)


def _write(session: Session, found: Organisation, data: OrganisationData) -> None:
    _fill(found, data)
    session.add(found)
    try:
        session.flush()
    except IntegrityError as error:
        # asked of the database alone: a name that was free a moment ago may be taken now
        raise Invalid([FieldProblem("name", "name_taken", {"value": data.name.strip()})]) from error


def _sites(found: Organisation, data: Sequence[SiteData]) -> list[Site]:
    known = {site.id: site for site in found.sites}
    sites = []
    for number, one in enumerate(data):
        if one.id is not None and one.id not in known:
            raise Invalid([FieldProblem(f"sites.{number}.id", "unknown_site", {"value": one.id})])
        site = Site() if one.id is None else known.pop(one.id)
        for name in SITE_LIMITS:
            setattr(site, name, getattr(one, name).strip())
        site.lat, site.lon = one.lat, one.lon
        sites.append(site)
    return sites


def _check_site(path: str, site: SiteData) -> Iterable[FieldProblem]:
    yield from _check_texts(path, site, SITE_LIMITS)
    # written so that a number that is none fails as well
    for name, most in (("lat", 90), ("lon", 180)):
        if not -most <= getattr(site, name) <= most:
            yield FieldProblem(f"{path}{name}", "out_of_range", {"least": -most, "most": most})


def _check_texts(path: str, data: object, limits: Mapping[str, int]) -> Iterable[FieldProblem]:
    for name, most in limits.items():
        value: str = getattr(data, name).strip()
        if len(value) > most:
            yield FieldProblem(path + name, "too_long", {"most": most, "is": len(value)})
        elif name == "name" and not says_something(value):
            yield FieldProblem(path + name, "required")
        elif not is_one_line(value):
            yield FieldProblem(path + name, "one_line")
