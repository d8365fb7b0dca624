"""Organisations have one writer: one permission, one check, one line of history each, on every way in."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.access import Rule, rule_of
from app.errors import Invalid, NotFound
from app.journey.history import SERVICE
from app.models import Event, Organisation, Role
from app.registry import organisations
from app.registry.organisations import OrganisationData, SiteData
from tests.world import World

HALL = SiteData("Turnhalle", 51.76, 8.05, "Kettelerstraße 1", "59269", "Beckum", "Nord")
SCHOOL = OrganisationData("Martinschule", "post@schule.example", "02521 1", sites=(HALL,))


def add(world: World, data: OrganisationData = SCHOOL) -> int:
    with world.change() as session:
        return organisations.add(session, world.now, data, world.staff(session, Role.COORDINATOR)).id


def events(world: World) -> list[tuple[str, int | None]]:
    with world.change() as session:
        lines = session.scalars(select(Event).where(Event.kind.startswith("organisation")).order_by(Event.id))
        return [(one.kind, one.organisation_id) for one in lines]


def test_each_change_leaves_one_line_that_names_the_organisation(world: World) -> None:
    school = add(world)
    with world.change() as session:
        organisations.change(session, world.now, school, replace(SCHOOL, phone="02521 2"), SERVICE)
        organisations.put_site(session, world.now, school, replace(HALL, name="Aula"), SERVICE)
    assert events(world) == [
        ("organisation_added", school),
        ("organisation_changed", school),
        ("organisation_changed", school),
    ]


def test_what_is_refused_leaves_no_line(world: World) -> None:
    with pytest.raises(Invalid), world.change() as session:
        organisations.add(session, world.now, replace(SCHOOL, name=" "), SERVICE)
    assert events(world) == []


def test_a_site_is_put_beside_the_others_or_in_the_place_of_its_own(world: World) -> None:
    school = add(world)
    with world.change() as session:
        changed = organisations.put_site(session, world.now, school, replace(HALL, name="Aula"), SERVICE)
        hall, aula = (one.id for one in changed.sites)
        again = organisations.put_site(session, world.now, school, replace(HALL, id=hall, name="Halle"), SERVICE)
        assert [(one.id, one.name) for one in again.sites] == [(hall, "Halle"), (aula, "Aula")]
    with pytest.raises(NotFound), world.change() as session:
        organisations.put_site(session, world.now, school, replace(HALL, id=4711), SERVICE)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"email": "post"}, "email"),
        ({"phone": "1" * 41}, "phone"),
        ({"sites": (replace(HALL, lat=91),)}, "sites.0.lat"),
        ({"sites": (HALL, replace(HALL, lon=float("nan")))}, "sites.1.lon"),
        ({"sites": (replace(HALL, name=" "),)}, "sites.0.name"),
        ({"sites": (replace(HALL, town="x" * 81),)}, "sites.0.town"),
    ],
)
def test_what_cannot_be_is_named_by_its_field(wrong: dict[str, object], field: str) -> None:
    assert [one.field for one in organisations.check(replace(SCHOOL, **wrong))] == [field]  # type: ignore[arg-type]


def test_of_two_who_take_a_name_at_once_one_is_told_that_it_is_taken(world: World) -> None:
    together, told = threading.Barrier(2), []

    def take() -> None:
        together.wait()
        try:
            add(world)
        except Invalid as invalid:
            told.append([(one.field, one.code) for one in invalid.problems])

    both = [threading.Thread(target=take) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert told == [[("name", "name_taken")]]
    with world.change() as session:
        assert len(session.scalars(select(Organisation).where(Organisation.name == SCHOOL.name)).all()) == 1


def test_page_and_api_ask_for_the_same_permission(sqlite_world: World) -> None:
    pages = ("new_organisation", "organisation", "new_site", "site")
    writing = [(f"coordinator.{page}", "POST") for page in pages]
    writing += [("api.add_organisation", "POST"), ("api.change_organisation", "PATCH")]
    rules = {rule_of(sqlite_world.app, endpoint, method) for endpoint, method in writing}
    assert rules == {Rule(organisations.WRITTEN_BY)}
