"""Templates of an organisation: saved from a form or an appointment, filled in, renamed, deleted."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import Account, Appointment, Event, Organisation, RequestTemplate, Role, Site
from tests.web.forms import send, token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]
LIST = "/appointments/templates"
TYPED = {
    "language": "ara", "duration": "other", "other_minutes": "45", "place": "site:1", "topic": "school",
    "mediators_needed": "2", "note": "Eingang hinten", "fallback_mode": "y", "template_name": "Elterngespräch",
    "do": "template",
}  # fmt: skip


@pytest.fixture
def staff(browser: Browser) -> FlaskClient:
    return browser()


def kept(town: World) -> list[RequestTemplate]:
    with town.change() as session:
        found = list(session.scalars(select(RequestTemplate).order_by(RequestTemplate.id)))
        session.expunge_all()
        return found


def test_the_form_is_kept_without_a_day_and_fills_the_next_one(town: World, staff: FlaskClient) -> None:
    answer = send(staff, "/appointments/new", TYPED)
    assert answer.status_code == 200
    assert "Angefragt ist damit nichts." in answer.text
    assert "Eingang hinten" in answer.text, "what was typed stays"
    [one] = kept(town)
    assert (one.language, one.duration_minutes, one.mode, one.site_id) == ("ara", 45, "on_site", 1)
    assert (one.topic, one.mediators_needed, one.note, one.fallbacks) == ("school", 2, "Eingang hinten", ["mode"])
    assert f"template={one.id}" in staff.get("/appointments/new").text
    page = staff.get(f"/appointments/new?template={one.id}").text
    assert re.search(r'value="ara"[^>]* selected', page)
    for said in ('value="45"', "Eingang hinten", '<option selected value="school">'):
        assert said in page
    with town.change() as session:
        assert session.scalars(select(Appointment)).all() == []
        assert session.scalars(select(Event.kind).where(Event.organisation_id == 1)).all() == ["template_saved"]


def test_pressed_twice_it_is_kept_once_and_another_of_that_name_is_refused(town: World, staff: FlaskClient) -> None:
    for _ in range(2):
        assert send(staff, "/appointments/new", TYPED).status_code == 200
    assert send(staff, "/appointments/new", TYPED | {"language": "prs"}).status_code == 422
    assert len(kept(town)) == 1


@pytest.mark.parametrize(
    "wrong", [{"language": ""}, {"template_name": ""}, {"other_minutes": "x"}, {"place": "site:9"}]
)
def test_what_cannot_be_kept_is_told_at_its_field(town: World, staff: FlaskClient, wrong: dict[str, str]) -> None:
    answer = send(staff, "/appointments/new", TYPED | wrong)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text or "kern-fieldset--error" in answer.text
    assert kept(town) == []


def test_an_appointment_is_kept_as_it_was_requested(town: World, staff: FlaskClient) -> None:
    number = town.appointment("kmr", town.now + timedelta(days=3), mode="phone", note="Bitte pünktlich")
    page = f"/appointments/{number}"
    assert send(staff, page, {"template_name": "Am Telefon"}, f"{page}/template").status_code == 303
    [one] = kept(town)
    assert (one.name, one.language, one.mode, one.note) == ("Am Telefon", "kmr", "phone", "Bitte pünktlich")
    filled = staff.get(f"/appointments/new?template={one.id}").text
    assert "Bitte pünktlich" in filled
    send(staff, page, {"template_name": "  "}, f"{page}/template")
    assert "Name der Vorlage:" in words_of(staff.get(page).text)
    assert len(kept(town)) == 1


def test_a_template_is_renamed_and_deleted(town: World, staff: FlaskClient) -> None:
    send(staff, "/appointments/new", TYPED)
    send(staff, "/appointments/new", TYPED | {"template_name": "Zweite"})
    first = kept(town)[0].id
    assert send(staff, LIST, {"template_name": "Zweite"}, f"{LIST}/{first}").status_code == 422
    assert send(staff, LIST, {"template_name": "Erste"}, f"{LIST}/{first}").status_code == 303
    assert [one.name for one in kept(town)] == ["Erste", "Zweite"]
    assert send(staff, LIST, {}, f"{LIST}/{first}/delete").status_code == 303
    assert [one.name for one in kept(town)] == ["Zweite"]
    assert send(staff, LIST, {}, f"{LIST}/{first}/delete").status_code == 404


def test_a_site_or_topic_that_is_gone_is_said(town: World, staff: FlaskClient) -> None:
    send(staff, "/appointments/new", TYPED)
    with town.change() as session:
        session.delete(session.get_one(Site, 1))
        session.scalars(select(RequestTemplate)).one().topic = "weather"
    page = staff.get(f"/appointments/new?template={kept(town)[0].id}")
    assert page.status_code == 200
    assert "Den Ort „Rathaus“ gibt es nicht mehr." in page.text
    assert "Das Thema gibt es nicht mehr." in page.text


def test_templates_of_others_are_not_there(town: World, staff: FlaskClient, browser: Browser) -> None:
    send(staff, "/appointments/new", TYPED)
    number = kept(town)[0].id
    World.build(town.app, town.now, "hagen")
    foreign = browser(Role.COORDINATOR, "hagen")
    assert "Elterngespräch" not in foreign.get(LIST).text
    token = token_in(foreign.get(LIST).text) or token_in(foreign.get("/appointments/new?organisation=2").text)
    for path in (f"{LIST}/{number}", f"{LIST}/{number}/delete"):
        assert foreign.post(path, data={"csrf_token": token, "template_name": "x"}).status_code == 404
    assert foreign.get(f"/appointments/new?organisation=2&template={number}").status_code == 404
    own = browser(Role.COORDINATOR)
    assert "Elterngespräch" in own.get(LIST).text
    assert own.get(f"/appointments/new?organisation=1&template={number}").status_code == 200
    with town.change() as session:
        other = Organisation(name="Jugendamt", email="")
        session.add(other)
        session.flush()
        session.scalars(select(Account).where(Account.role == Role.STAFF)).one().organisation_id = other.id
    assert staff.get(f"/appointments/new?template={number}").status_code == 404
    assert "Elterngespräch" not in staff.get(LIST).text
    assert len(kept(town)) == 1
