"""Whose number staff see: of who is coming, from when the yes stands until it is over; coordinators see all."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.errors import Invalid
from app.models import Organisation, Role
from notifications.phone_words import readable
from tests.api.client import PLACE, Caller, assert_problem, caller
from tests.web.forms import token_in
from tests.world import PASSWORD, World

PHONE = "+4915112345678"
SHAPES = (PHONE, PHONE[1:], readable(PHONE), "12345678")


def browser(town: World, role: Role) -> FlaskClient:
    client = town.app.test_client()
    form = {"email": f"{role.value}@beckum.example", "password": PASSWORD}
    token = token_in(client.get("/login").text)
    assert client.post("/login", data=form | {"csrf_token": token}).status_code == 302
    return client


@pytest.fixture
def agreed(sqlite_world: World) -> tuple[int, int]:
    """An appointment tomorrow, and Amira, who has said yes to it."""
    amira = sqlite_world.mediator("Amira", "kmr", phone=PHONE)
    appointment = sqlite_world.appointment("kmr")
    sqlite_world.work()
    sqlite_world.accept(appointment, amira)
    return appointment, amira


def looks(town: World, appointment: int, role: Role) -> list[str]:
    """Everything on which somebody of that role could see a number."""
    client, api = browser(town, role), caller(town, role)
    one = f"/appointments/{appointment}"
    shown = [client.get(path) for path in (one, f"{one}/status", "/appointments", "/appointments?show=past")]
    told = [api.get(path) for path in (one, f"{one}/offers", "/appointments")]
    assert {answer.status_code for answer in (*shown, *told)} == {200}
    return [answer.text for answer in (*shown, *told)]


def sees(town: World, appointment: int, role: Role = Role.STAFF) -> bool:
    return any(shape in text for text in looks(town, appointment, role) for shape in SHAPES)


@pytest.mark.thorough
def test_staff_see_the_number_once_the_yes_stands_and_until_it_is_over(
    sqlite_world: World, agreed: tuple[int, int]
) -> None:
    appointment, _ = agreed
    assert not sees(sqlite_world, appointment), "it may still be taken back with a tap"
    sqlite_world.work(seconds=11)
    assert sees(sqlite_world, appointment)
    [coming] = caller(sqlite_world, Role.STAFF).item(f"/appointments/{appointment}")["assignments"]
    assert coming["mediator"]["phone"] == PHONE
    sqlite_world.now += timedelta(days=1, hours=3, minutes=30)
    assert sees(sqlite_world, appointment), "somebody may be looking for the door"
    sqlite_world.now += timedelta(minutes=30)
    assert not sees(sqlite_world, appointment), "over, though no worker has closed it"
    sqlite_world.work()
    assert not sees(sqlite_world, appointment)
    assert sees(sqlite_world, appointment, Role.COORDINATOR)


@pytest.mark.thorough
def test_staff_do_not_see_the_number_of_who_handed_it_back(sqlite_world: World, agreed: tuple[int, int]) -> None:
    appointment, amira = agreed
    sqlite_world.work(seconds=11)
    sqlite_world.hand_back(appointment, amira)
    assert not sees(sqlite_world, appointment)
    staff = caller(sqlite_world, Role.STAFF).item(f"/appointments/{appointment}")
    assert [one["mediator"]["phone"] for one in staff["assignments"]] == [None]
    coordinator = caller(sqlite_world).item(f"/appointments/{appointment}")
    assert [one["mediator"]["phone"] for one in coordinator["assignments"]] == [PHONE]


@pytest.mark.thorough
def test_staff_do_not_see_the_number_once_it_is_cancelled(sqlite_world: World, agreed: tuple[int, int]) -> None:
    appointment, _ = agreed
    sqlite_world.work(seconds=11)
    sqlite_world.cancel(appointment)
    assert not sees(sqlite_world, appointment)


def deactivate(town: World) -> None:
    with town.change() as session:
        session.get_one(Organisation, town.organisation_id).active = False


def test_an_organisation_that_is_not_active_requests_nothing_more_and_reads_why(
    sqlite_world: World, agreed: tuple[int, int]
) -> None:
    appointment, _ = agreed
    client = browser(sqlite_world, Role.STAFF)
    token = token_in(client.get("/appointments/new").text)
    deactivate(sqlite_world)
    for answer in (client.get("/appointments/new"), client.post("/appointments/new", data={"csrf_token": token})):
        assert answer.status_code == 403
        assert "stillgelegt" in answer.text
    assert client.get(f"/appointments/{appointment}").status_code == 200, "what is asked goes on"
    assert sqlite_world.coming(appointment) == {"Amira"}


WANTED = {"language": "kmr", "starts_at": "2026-11-24T10:00:00+01:00", "site": PLACE}


@pytest.mark.thorough
@pytest.mark.parametrize(("role", "named"), [(Role.STAFF, {}), (Role.COORDINATOR, {"organisation": "Sozialamt"})])
def test_no_token_requests_for_it_either(sqlite_world: World, role: Role, named: dict[str, str]) -> None:
    who: Caller = caller(sqlite_world, role)
    made = who.made("/appointments", WANTED | named)
    deactivate(sqlite_world)
    said = assert_problem(who.post("/appointments", WANTED | named), 422, "organisation")
    assert role is Role.STAFF or "stillgelegt" in said["errors"]["organisation"][0]
    assert who.patch(f"/appointments/{made['id']}", {"note": "Zimmer 3"}).status_code == 200
    assert who.delete(f"/appointments/{made['id']}").status_code == 200


def test_the_journey_itself_refuses_whoever_asks(world: World) -> None:
    deactivate(world)
    with pytest.raises(Invalid, match="organisation"):
        world.appointment("kmr")
