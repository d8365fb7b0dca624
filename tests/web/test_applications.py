"""Coordinators decide who becomes a mediator, and invite people; on their own page people read what they lack."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.errors import AlreadyMediator
from app.journey.own_links import reach
from app.models import Application, ApplicationState, Consent, Event, Link, LinkKind, Mediator, Role
from app.registry import application_decisions, applications
from app.registry.application_data import ApplicationData
from app.registry.application_rows import WAYS
from tests.test_access import logged_in
from tests.web.forms import send, token_in, words_of
from tests.web.test_joining import MAIL, NUMBER, codes, enter, join_form
from tests.world import World

LIST = "/mediators/applications"


def applied(world: World, **changes: Any) -> int:
    """An application with both codes entered; gives its id."""
    about = {"name": "Amira Yıldız", "phone": NUMBER, "email": MAIL, "skills": (("kmr", "native"),), "place": "59269"}
    with world.change() as session:
        data = ApplicationData(**(about | {"consents": True} | changes))
        row = applications.apply(session, world.now, world.links, data)
        ways = {one: world.links.code(row, one) for one in WAYS}
        assert applications.enter_codes(session, world.now, world.links, row.id, ways) == {}
        return row.id


def people(world: World) -> list[str]:
    """The names of the pool's mediators."""
    with world.change() as session:
        return list(session.scalars(select(Mediator.name).order_by(Mediator.id)))


def decide(browser: FlaskClient, number: int, decision: str, **more: str) -> Any:
    """Press a button of an application."""
    return send(browser, LIST, {"decision": decision, **more}, to=f"{LIST}/{number}")


@pytest.fixture
def coordinator(world: World) -> FlaskClient:
    """The coordinator's browser."""
    return logged_in(world, "coordinator")


def test_accepting_makes_a_mediator_who_gets_the_link_to_their_page(world: World, coordinator: FlaskClient) -> None:
    number = applied(world)
    world.now += timedelta(hours=5)
    assert "Eine Anmeldung wartet auf Sie" in coordinator.get("/mediators").text
    page = coordinator.get(LIST).text
    assert "Amira Yıldız" in page
    assert "0171 39200770" in words_of(page)
    assert decide(coordinator, number, "accept").status_code == 303
    assert "wartet auf Sie" not in coordinator.get("/mediators").text
    world.work()
    with world.change() as session:
        [one] = session.scalars(select(Mediator))
        assert (one.name, one.phone, one.email, one.home_district) == ("Amira Yıldız", NUMBER, MAIL, "Beckum")
        assert [(skill.language, skill.level) for skill in one.skills] == [("kmr", "native")]
        assert one.home_lat == pytest.approx(51.75, abs=0.1)
        consent = session.execute(select(Consent)).scalar_one()
        assert consent.given_at == world.now - timedelta(hours=5), "when they said so, not when they were accepted"
        kinds = set(session.scalars(select(Event.kind).where(Event.mediator_id == one.id)))
        assert {"mediator_added", "application_accepted"} <= kinds
        link = session.execute(select(Link).where(Link.kind == LinkKind.MEDIATOR)).scalar_one()
        url = world.links.url(link)
    assert [url in one.body for one in world.ways.sms.sent if "Willkommen" in one.body] == [True]
    assert [url in one.text for one in world.ways.mail.sent if "Willkommen" in one.subject] == [True]


def test_deciding_twice_changes_nothing(world: World, coordinator: FlaskClient) -> None:
    number = applied(world)
    for _ in range(2):
        decide(coordinator, number, "accept")
    decide(coordinator, number, "decline")
    assert "schon entschieden" in coordinator.get(LIST).text
    assert people(world) == ["Amira Yıldız"]
    assert len(world.messages(kind="join_welcome")) == 2
    assert world.messages(kind="join_declined") == []


def test_who_is_declined_gets_a_kind_mail_and_is_forgotten_after_thirty_days(
    world: World, coordinator: FlaskClient
) -> None:
    number = applied(world)
    decide(coordinator, number, "decline")
    decide(coordinator, number, "accept")
    world.work()
    [mail] = [one for one in world.ways.mail.sent if one.subject.startswith("Danke")]
    assert mail.to == MAIL
    assert people(world) == []
    world.work(days=29)
    with world.change() as session:
        assert session.get_one(Application, number).state is ApplicationState.DECLINED
    world.work(days=1)
    with world.change() as session:
        assert session.get(Application, number) is None
    assert [one.kind for one in world.messages() if one.kind.startswith("join_")] == []


def test_who_comes_after_somebody_forgotten_is_welcomed_as_well(world: World) -> None:
    for number, mail in ((NUMBER, MAIL), ("+4917139200771", "berat@mail.example")):
        one = applied(world, phone=number, email=mail)
        with world.change() as session:
            actor = world.staff(session, Role.COORDINATOR)
            assert application_decisions.accept(session, world.now, world.links, one, actor)
        world.work(days=31)
    assert len(world.messages(kind="join_welcome")) == 4


def test_a_number_that_has_become_a_mediators_meanwhile_is_told_at_that_point(
    world: World, coordinator: FlaskClient
) -> None:
    number = applied(world)
    world.mediator("Berat", "kmr", phone=NUMBER)
    answer = send(coordinator, "/mediators/new", {"decision": "accept"}, to=f"{LIST}/{number}")
    assert answer.status_code == 409
    assert "Berat" in answer.text
    assert people(world) == ["Berat"]
    assert 'name="sure"' in coordinator.get(LIST).text
    decide(coordinator, number, "accept", sure="1")
    assert people(world) == ["Berat", "Amira Yıldız"], "a family may share a telephone"


def test_two_coordinators_at_once_make_one_mediator(world: World) -> None:
    number, start = applied(world), Barrier(2)

    def press(_: int) -> bool:
        start.wait()
        with world.change() as session:
            actor = world.staff(session, Role.COORDINATOR)
            return application_decisions.accept(session, world.now, world.links, number, actor) is not None

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(press, range(2))) == [False, True]
    assert people(world) == ["Amira Yıldız"]
    assert len(world.messages(kind="join_welcome")) == 2


def test_of_two_applications_with_one_number_the_second_is_asked_back(world: World) -> None:
    first, second = applied(world), applied(world, email="other@mail.example")
    with world.change() as session:
        actor = world.staff(session, Role.COORDINATOR)
        assert application_decisions.accept(session, world.now, world.links, first, actor)
        assert application_decisions.accept(session, world.now, world.links, first, actor) is None
    with pytest.raises(AlreadyMediator), world.change() as session:
        application_decisions.accept(session, world.now, world.links, second, world.staff(session, Role.COORDINATOR))


def test_another_pool_neither_sees_nor_decides(world: World) -> None:
    number = applied(world)
    World.build(world.app, world.now, "hagen")
    stranger = world.app.test_client()
    form = {"email": "coordinator@hagen.example", "password": "a long enough password"}
    assert send(stranger, "/login", form).status_code == 302
    assert "Amira" not in stranger.get(LIST).text
    assert decide(stranger, number, "accept").status_code == 404
    assert people(world) == []


def test_who_is_invited_finds_their_name_and_confirms_only_the_other_way(
    world: World, coordinator: FlaskClient
) -> None:
    answer = send(coordinator, "/mediators/invite", {"name": "Amira", "reach": "0171 39200770", "locale": "de"})
    assert answer.status_code == 303
    world.work()
    [sms] = [one.body for one in world.ways.sms.sent if one.to == NUMBER]
    page = "/join/" + sms.split("/join/")[1].split()[0]
    phone = world.app.test_client()
    form = phone.get(page).text
    assert 'value="Amira"' in form
    assert "0171 39200770" in words_of(form)
    filled = join_form(name="Amira Yıldız", once="x")
    for _ in range(2):
        assert enter(phone, page, **filled).status_code == 303
    assert "Code aus der SMS" not in phone.get(page).text
    enter(phone, page, email_code=codes(world)["email_code"])
    with world.change() as session:
        row = session.execute(select(Application)).scalar_one()
        assert (row.state, row.name, row.phone) == (ApplicationState.CONFIRMED, "Amira Yıldız", NUMBER)
    assert len(world.messages(kind="join_code")) == 1


def test_an_invited_person_with_another_number_confirms_that_as_well(world: World) -> None:
    with world.change() as session:
        actor = world.staff(session, Role.COORDINATOR)
        row = applications.invite(session, world.now, world.links, "Amira", reach("0171 39200999"), actor)
        page = world.links.join_url(row).removeprefix("http://localhost")
    phone = world.app.test_client()
    assert enter(phone, page, **join_form(once="x")).status_code == 303
    assert "Code aus der SMS" in phone.get(page).text
    enter(phone, page, **codes(world))
    assert "Danke, wir melden uns" in phone.get(page).text


def test_an_invitation_says_who_is_there_already_and_what_is_wrong(world: World, coordinator: FlaskClient) -> None:
    world.mediator("Berat", "kmr", phone=NUMBER)
    known = send(coordinator, "/mediators/invite", {"name": "Amira", "reach": NUMBER, "locale": "de"})
    assert known.status_code == 422
    assert "Berat" in known.text
    wrong = send(coordinator, "/mediators/invite", {"name": "", "reach": "12", "locale": "xx"})
    assert wrong.status_code == 422
    assert "name-error" in wrong.text
    assert 'value="12"' in wrong.text
    assert world.messages() == []


def test_an_invitation_pressed_twice_is_sent_once_and_ends_after_two_weeks(
    world: World, coordinator: FlaskClient
) -> None:
    page = coordinator.get("/mediators/invite").text
    once = page.split('name="once" value="')[1].split('"')[0]
    form = {"name": "Amira", "reach": MAIL, "locale": "en", "once": once, "csrf_token": token_in(page)}
    for _ in range(2):
        assert coordinator.post("/mediators/invite", data=form).status_code == 303
    [message] = world.messages(kind="join_invitation")
    assert message.subject == "Will you join us?"
    world.work(days=14)
    with world.change() as session:
        assert session.scalars(select(Application)).all() == []


def own_page(world: World) -> str:
    """What a mediator reads on their own page."""
    with world.change() as session:
        link = session.scalars(select(Link).where(Link.kind == LinkKind.MEDIATOR).order_by(Link.id)).first()
        assert link is not None
        path = world.links.url(link).removeprefix("http://localhost")
    return world.app.test_client().get(path).text


def test_ones_own_page_names_what_is_missing(world: World) -> None:
    today = world.now.date()
    world.mediator("Amira", "kmr", availability=(), confidentiality_on=today)
    world.set_pool(confidentiality_required=True, conduct_required=True, conduct_months=60, training_required=False)
    page = own_page(world)
    assert "2 Dinge fehlen noch" in page
    assert "Führungszeugnis" in page
    assert "/times" in page
    assert "Verschwiegenheitserklärung" not in page, "that is there"


def test_who_has_everything_reads_of_nothing_missing(world: World) -> None:
    world.mediator("Amira", "kmr")
    assert "pool-missing" not in own_page(world)
