"""Requests without an account: the organisation's link and PIN, the form, and the e-mail that makes it real."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import passwords
from app.journey.history import SERVICE
from app.models import ActorKind, Appointment, Event, Message, Organisation, Role, UnconfirmedRequest
from app.registry import request_doors
from app.worker import jobs
from tests.web.conftest import Browser
from tests.web.forms import send, token_in, words_of
from tests.world import World

PIN = "04711815"
FORM = {
    "language": "kmr", "date": "2026-11-26", "time": "10:00", "duration": "60", "place": "phone", "topic": "school",
    "note": "Bitte klingeln", "contact_name": "Frau Lehmann", "contact_email": "lehmann@schule.example",
    "contact_phone": "02521 77",
}  # fmt: skip


@pytest.fixture
def outside(town: World) -> FlaskClient:
    """A browser in which nobody is logged in."""
    return town.app.test_client()


def give_pin(town: World, pin: str = PIN) -> str:
    """Let the Sozialamt have a door with that PIN; gives the path of its link."""
    with town.change() as session:
        door = request_doors.give_pin(
            session, town.now, town.links, town.organisation_id, passwords.hashed(pin), SERVICE
        )
        return town.links.url(door).removeprefix(town.links.public_url)


@pytest.fixture
def link(town: World) -> str:
    return give_pin(town)


def say_pin(browser: FlaskClient, link: str, pin: str = PIN, **more: str) -> TestResponse:
    return send(browser, link, {"pin": pin} | more)


def ask(browser: FlaskClient, link: str, **changes: str) -> TestResponse:
    """Fill in the form as a browser does that has said the PIN."""
    page = browser.get(link).text
    once = re.search(r'name="once" value="([^"]+)"', page)
    return send(browser, link, FORM | ({"once": once[1]} if once else {}) | changes)


def confirm_links(town: World) -> list[str]:
    """The paths in the e-mails that ask to confirm, oldest first."""
    jobs.run_once(town.worker)
    found = (re.search(r"http://localhost(/request/confirm/\S+)", one.text) for one in town.ways.mail.sent)
    return [one[1] for one in found if one]


def requested(town: World) -> list[Appointment]:
    with town.change() as session:
        found = list(session.scalars(select(Appointment).order_by(Appointment.id)))
        session.expunge_all()
        return found


def test_from_the_pin_to_the_mail_that_says_who_comes(town: World, outside: FlaskClient, link: str) -> None:
    amira = town.mediator("Amira", "kmr")
    assert "Sozialamt" in outside.get(link).text
    entered = say_pin(outside, link, "0471 1815")
    assert entered.status_code == 303
    left = ask(outside, entered.location)
    assert left.status_code == 303
    page = outside.get(left.location).text
    assert "Noch ist nichts angefragt" in page
    assert "lehmann@schule.example" in page
    assert requested(town) == []

    [path] = confirm_links(town)
    for _ in range(3):
        assert outside.get(path).status_code == 200
        assert outside.head(path).status_code == 200
    assert requested(town) == []
    shown = words_of(outside.get(path).text)
    assert "Do., 26. November, 10–11 Uhr" in shown
    assert "Bitte klingeln" in shown
    done = send(outside, path, {})
    assert done.status_code == 303
    assert "Ihre Anfrage ist angekommen" in outside.get(done.location).text

    [made] = requested(town)
    assert (made.language, made.mode, made.topic, made.contact_name) == ("kmr", "phone", "school", "Frau Lehmann")
    assert made.requested_by_id is None
    town.work()
    town.accept(made.id, amira)
    town.work(minutes=10)
    [mail] = [one for one in town.ways.mail.sent if "haben wir jemanden gefunden" in one.text]
    assert mail.to == "lehmann@schule.example"
    # nobody who cannot log in is sent to a login
    assert "http" not in mail.text
    assert "Antworten Sie einfach auf diese E-Mail" in mail.text


def test_the_history_says_where_it_came_from(town: World, outside: FlaskClient, link: str, browser: Browser) -> None:
    say_pin(outside, link)
    ask(outside, link)
    send(outside, confirm_links(town)[0], {})
    [made] = requested(town)
    with town.change() as session:
        line = session.scalars(select(Event).where(Event.kind == "requested")).one()
        assert (line.actor_kind, line.appointment_id) == (ActorKind.REQUESTER, made.id)
    assert "ohne Konto" in browser(Role.COORDINATOR).get(f"/appointments/{made.id}").text


def test_confirmed_twice_makes_one(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link)
    [path] = confirm_links(town)
    token = token_in(outside.get(path).text)
    answers = [outside.post(path, data={"csrf_token": token}).status_code for _ in range(3)]
    assert answers == [303] * 3
    assert len(requested(town)) == 1


def test_a_form_sent_twice_sends_one_mail_and_one_of_another_page_a_second(
    town: World, outside: FlaskClient, link: str
) -> None:
    say_pin(outside, link)
    page = outside.get(link).text
    once = {"once": re.search(r'name="once" value="([^"]+)"', page)[1]}  # type: ignore[index]
    first, second = (outside.post(link, data=FORM | once | {"csrf_token": token_in(page)}) for _ in range(2))
    assert first.location == second.location
    assert len(confirm_links(town)) == 1
    ask(outside, link)
    assert len(confirm_links(town)) == 2


def test_a_mail_needs_a_press_of_the_page_itself(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link)
    [path] = confirm_links(town)
    assert outside.post(path, data={"csrf_token": "wrong"}).status_code == 400
    assert requested(town) == []


@pytest.mark.parametrize("pin", ["00000000", "04711816", "1" * 8])
def test_a_wrong_pin_opens_nothing(outside: FlaskClient, link: str, pin: str) -> None:
    answer = say_pin(outside, link, pin)
    assert answer.status_code == 403
    assert "Diese PIN stimmt nicht" in answer.text
    assert "contact_email" not in outside.get(link).text


@pytest.mark.parametrize("pin", ["", "1234567", "123456789", "abcdefgh", "١٢٣٤٥٦٧٨", "0471\x001815x"])
def test_what_is_no_pin_is_said_at_its_field_and_counts_for_nothing(outside: FlaskClient, link: str, pin: str) -> None:
    for _ in range(7):
        assert say_pin(outside, link, pin).status_code == 422
    assert say_pin(outside, link).status_code == 303


def test_after_five_wrong_pins_even_the_right_one_waits_and_is_told_how_long(
    town: World, outside: FlaskClient, link: str
) -> None:
    assert [say_pin(outside, link, "11111111").status_code for _ in range(6)] == [403] * 5 + [429]
    answer = say_pin(outside, link)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "300"
    assert "5 Minuten" in answer.text
    town.now += timedelta(minutes=5, seconds=1)
    assert say_pin(outside, link).status_code == 303


def test_however_many_guess_from_everywhere_a_hundred_pins_are_tried_a_day(
    town: World, outside: FlaskClient, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def matches(_hash: str, pin: str) -> bool:
        tried.append(pin)
        return False

    monkeypatch.setattr(passwords, "matches", matches)
    token = token_in(outside.get(link).text)
    begun = town.now
    for number in range(150):
        # many networks, all day long
        town.now = begun + number * timedelta(minutes=4)
        where = {"REMOTE_ADDR": f"10.{number % 250}.{number // 250}.7"}
        outside.post(link, data={"pin": f"{number:08}", "csrf_token": token}, environ_base=where)
    assert len(tried) == 100


def test_an_unknown_link_is_not_found_and_those_who_guess_are_held_up(outside: FlaskClient, link: str) -> None:
    answers = [outside.get(f"/request/{number:022}").status_code for number in range(31)]
    assert answers == [404] * 30 + [429]
    assert outside.get("/request/confirm/nothing").status_code == 429
    assert outside.get(link).status_code == 200


def test_the_pin_holds_for_half_an_hour_and_nothing_typed_is_lost(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    page = outside.get(link).text
    town.now += timedelta(minutes=31)
    asked_again = outside.post(link, data=FORM | {"csrf_token": token_in(page), "once": "x"})
    assert asked_again.status_code == 403
    assert "Bitte geben Sie die PIN noch einmal ein" in asked_again.text
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked_again.text))
    assert carried | FORM == carried
    back = outside.post(link, data=carried | {"pin": PIN})
    assert back.status_code == 200
    assert "Bitte klingeln" in back.text
    assert 'value="lehmann@schule.example"' in back.text
    assert outside.post(link, data=carried).status_code == 303


def test_the_cookie_is_no_login_and_opens_this_door_alone(town: World, outside: FlaskClient, link: str) -> None:
    answer = say_pin(outside, link)
    cookie = answer.headers["Set-Cookie"]
    assert f"Path={link};" in cookie + ";"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert outside.get("/appointments").location == "/login"
    with town.change() as session:
        other = Organisation(name="Schule")
        session.add(other)
        session.flush()
        door = request_doors.give_pin(session, town.now, town.links, other.id, passwords.hashed("1" * 8), SERVICE)
        elsewhere = town.links.url(door).removeprefix(town.links.public_url)
    outside.set_cookie("request_door", cookie.split("=", 1)[1].split(";")[0], path=elsewhere)
    assert "contact_email" not in outside.get(elsewhere).text


@pytest.mark.parametrize("forged", ["", "x", "W10.abc", "WzEsMSw5OTk5OTk5OTk5XQ.AAAA", "é"])
def test_a_forged_cookie_opens_nothing(outside: FlaskClient, link: str, forged: str) -> None:
    answer = outside.get(link, headers={"Cookie": f"request_door={forged}"})
    assert answer.status_code == 200
    assert "contact_email" not in answer.text


def test_a_new_pin_and_a_new_link_end_what_was_opened_before(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    give_pin(town, "22222222")
    assert ask(outside, link).status_code == 403
    assert say_pin(outside, link).status_code == 403
    assert say_pin(outside, link, "22222222").status_code == 303
    assert ask(outside, link).status_code == 303
    [path] = confirm_links(town)
    town.now += timedelta(minutes=1)
    with town.change() as session:
        request_doors.reset_link(session, town.now, town.links, town.organisation_id, SERVICE)
    assert outside.get(link).status_code == 404
    gone = outside.get(path)
    assert gone.status_code == 410
    assert "/request/" not in gone.text.replace(path, "")
    assert outside.post(path, data={"csrf_token": "wrong"}).status_code == 410
    assert requested(town) == []


def switch(town: World, *, active: bool) -> None:
    with town.change() as session:
        request_doors.switch(session, town.now, town.organisation_id, SERVICE, active=active)


def test_a_page_held_open_while_the_door_is_closed_shows_what_was_typed(
    town: World, outside: FlaskClient, link: str
) -> None:
    say_pin(outside, link)
    page = outside.get(link).text
    switch(town, active=False)
    assert outside.get(link).status_code == 410
    answer = outside.post(link, data=FORM | {"csrf_token": token_in(page)})
    assert answer.status_code == 410
    assert "Bitte klingeln" in answer.text
    switch(town, active=True)
    assert outside.post(link, data=FORM | {"csrf_token": token_in(page)}).status_code == 303


def test_what_waits_is_not_confirmed_through_a_closed_door(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link)
    [path] = confirm_links(town)
    token = token_in(outside.get(path).text)
    switch(town, active=False)
    assert outside.post(path, data={"csrf_token": token}).status_code == 410
    assert requested(town) == []
    switch(town, active=True)
    assert outside.post(path, data={"csrf_token": token}).status_code == 303
    assert len(requested(town)) == 1


def test_an_organisation_that_may_not_request_any_more_does_not_by_its_link(
    town: World, outside: FlaskClient, link: str
) -> None:
    say_pin(outside, link)
    with town.change() as session:
        session.get_one(Organisation, town.organisation_id).active = False
    assert outside.get(link).status_code == 410
    assert outside.post(link, data=FORM).status_code in {400, 410}


def test_too_late_leads_back_to_the_form_with_everything_typed(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link, date="2026-11-23", time="09:00")
    [path] = confirm_links(town)
    token = token_in(outside.get(path).text)
    town.now += timedelta(hours=3)
    answer = outside.post(path, data={"csrf_token": token})
    assert answer.status_code == 409
    assert "Dieser Zeitpunkt ist schon vorbei" in answer.text
    back = re.search(r'href="http://localhost(/request/[^"]+again=[^"]+)"', answer.text)[1]  # type: ignore[index]
    assert say_pin(outside, back).location == back
    page = outside.get(back).text
    assert "Bitte klingeln" in page
    assert 'value="2026-11-23"' in page
    assert ask(outside, back).status_code == 303
    # what was mended is void, and the new one takes its place
    assert outside.get(path).status_code == 410
    assert len(confirm_links(town)) == 2
    send(outside, confirm_links(town)[1], {})
    assert len(requested(town)) == 1


def test_after_a_day_it_is_over_and_soon_forgotten(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link)
    [path] = confirm_links(town)
    token = token_in(outside.get(path).text)
    town.now += timedelta(days=1)
    late = outside.post(path, data={"csrf_token": token})
    assert late.status_code == 410
    assert "damit nichts angefragt" in late.text
    town.work(hours=13)
    assert outside.get(path).status_code == 404
    with town.change() as session:
        assert session.scalars(select(UnconfirmedRequest)).all() == []
    assert requested(town) == []


def test_a_mail_that_could_not_leave_in_time_does_not_leave(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link)
    town.now += timedelta(days=1, minutes=1)
    assert confirm_links(town) == []
    assert [one.status.value for one in town.messages(kind="request_confirm")] == ["discarded"]


def test_an_address_has_three_that_wait_and_others_go_on(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    assert [ask(outside, link).status_code for _ in range(3)] == [303] * 3
    many = ask(outside, link, contact_email="Lehmann@Schule.example")
    assert many.status_code == 422
    assert "3 Anfragen auf Ihre Bestätigung" in many.text
    assert "Bitte klingeln" in many.text
    assert ask(outside, link, contact_email="other@schule.example").status_code == 303
    send(outside, confirm_links(town)[0], {})
    assert ask(outside, link).status_code == 303


def test_so_many_mails_an_hour_and_no_more(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    for number in range(10):
        assert ask(outside, link, note=str(number)).status_code == 303
        send(outside, confirm_links(town)[-1], {})
    refused = ask(outside, link)
    assert refused.status_code == 429
    assert "1 Stunde" in refused.text
    assert "Bitte klingeln" in refused.text


def test_the_page_of_what_was_confirmed_promises_only_what_still_holds(
    town: World, outside: FlaskClient, link: str
) -> None:
    say_pin(outside, link)
    ask(outside, link)
    [path] = confirm_links(town)
    send(outside, path, {})
    [made] = requested(town)
    assert "Wir suchen sofort" in outside.get(path).text
    town.edit(made.id, duration_minutes=120)
    assert "10–12 Uhr" in words_of(outside.get(path).text)
    town.cancel(made.id)
    page = outside.get(path).text
    assert "inzwischen abgesagt" in page
    assert "Wir suchen sofort" not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"language": ""}, "Bitte wählen Sie eine Sprache."),
        ({"date": "2026-11-20"}, "schon vorbei"),
        ({"date": "morgen"}, "Bitte ein Datum angeben"),
        ({"time": "25:00"}, "Bitte eine Uhrzeit angeben"),
        ({"date": "2027-03-28", "time": "02:30"}, "02:30"),
        ({"duration": "other", "other_minutes": "5"}, "15"),
        ({"place": "elsewhere", "elsewhere": ""}, "Bitte tragen Sie die Adresse ein."),
        ({"place": "site:999"}, "Bitte wählen Sie etwas aus der Liste."),
        ({"topic": ""}, "Bitte wählen Sie, worum es geht."),
        ({"contact_name": " "}, "Bitte tragen Sie Ihren Namen ein."),
        ({"contact_name": "Frau\nLehmann"}, "eine Zeile"),
        ({"contact_phone": "1\n2"}, "eine Zeile"),
        ({"contact_email": " "}, "Bitte tragen Sie Ihre E-Mail-Adresse ein."),
        ({"contact_email": ""}, "Bitte tragen Sie Ihre E-Mail-Adresse ein."),
        ({"contact_email": "a@b.example, c@d.example"}, "nicht vollständig"),
        ({"contact_email": "a@b.example\nBcc: c@d.example"}, "nicht vollständig"),
        ({"contact_email": "<a@b.example>"}, "nicht vollständig"),
        ({"contact_email": "Anna <a@b.example>"}, "nicht vollständig"),
        ({"note": "x" * 1001}, "1000"),
        ({"contact_name": "x" * 121}, "120"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_typed_is_lost(
    town: World, outside: FlaskClient, link: str, changes: dict[str, str], words: str
) -> None:
    say_pin(outside, link)
    answer = ask(outside, link, **changes)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    if "contact_phone" not in changes:
        assert 'value="02521 77"' in answer.text
    assert town.messages(kind="request_confirm") == []


def test_nothing_that_was_typed_freely_stands_in_the_mail(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    ask(outside, link, note="Buy at https://evil.example", contact_name="Click https://evil.example")
    confirm_links(town)
    [mail] = [one for one in town.ways.mail.sent if "/request/confirm/" in one.text]
    assert "evil" not in repr(mail)


def test_what_was_typed_is_text_and_nothing_else(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    nasty = '"><script>alert(1)</script>'
    ask(outside, link, note=nasty, contact_name=nasty)
    [path] = confirm_links(town)
    for page in (outside.get(path).text, ask(outside, link, note=nasty, topic="").text):
        assert "<script>alert" not in page


def test_a_site_and_an_address_are_places(town: World, outside: FlaskClient, link: str) -> None:
    say_pin(outside, link)
    with town.change() as session:
        site = session.get_one(Organisation, town.organisation_id).sites[0].id
    ask(outside, link, place=f"site:{site}")
    ask(outside, link, place="elsewhere", elsewhere="59269 Beckum", elsewhere_name="Martinschule")
    for path in confirm_links(town):
        send(outside, path, {})
    at_site, elsewhere = requested(town)
    assert (at_site.site_id, at_site.place_name) == (site, "Rathaus")
    assert (elsewhere.site_id, elsewhere.place_name, elsewhere.mode) == (None, "Martinschule", "on_site")


def test_a_page_without_its_own_token_is_refused(outside: FlaskClient, link: str) -> None:
    assert outside.post(link, data={"pin": PIN}).status_code == 400


def test_coordinators_make_a_link_see_the_pin_once_and_close_it(town: World, browser: Browser) -> None:
    desk, page = browser(Role.COORDINATOR), f"/settings/organisations/{town.organisation_id}"
    assert "Link und PIN erstellen" in desk.get(page).text
    made = send(desk, page, {}, to=f"{page}/door/pin")
    assert made.status_code == 201
    pin = re.search(r"Die PIN ist (\d{4} \d{4})", made.text)[1]  # type: ignore[index]
    path = re.search(r"<code>http://localhost(/request/[\w-]{22})</code>", made.text)[1]  # type: ignore[index]
    assert pin not in desk.get(page).text
    outside = town.app.test_client()
    assert say_pin(outside, path, pin).status_code == 303

    renewed = send(desk, page, {}, to=f"{page}/door/pin")
    assert pin not in renewed.text
    assert say_pin(outside, path, pin).status_code == 403
    assert send(desk, page, {"do": "off"}, to=f"{page}/door").status_code == 303
    assert "Abgeschaltet" in desk.get(page).text
    assert outside.get(path).status_code == 410
    send(desk, page, {"do": "on"}, to=f"{page}/door")
    assert outside.get(path).status_code == 200
    town.now += timedelta(minutes=1)
    send(desk, page, {"do": "reset"}, to=f"{page}/door")
    assert outside.get(path).status_code == 404
    assert send(desk, page, {"do": "nonsense"}, to=f"{page}/door").status_code == 400


def test_staff_and_coordinators_of_other_pools_make_none(town: World, browser: Browser) -> None:
    there = World.build(town.app, town.now, "hagen")
    page = f"/settings/organisations/{there.organisation_id}"
    desk = browser(Role.COORDINATOR)
    token = token_in(desk.get("/settings").text)
    for to in (f"{page}/door/pin", f"{page}/door"):
        assert desk.post(to, data={"csrf_token": token, "do": "off"}).status_code == 404
    own = f"/settings/organisations/{town.organisation_id}/door/pin"
    staff = browser(Role.STAFF)
    assert staff.post(own, data={"csrf_token": token_in(staff.get("/appointments/new").text)}).status_code == 403


def test_the_log_of_messages_shows_no_link(town: World, outside: FlaskClient, link: str, browser: Browser) -> None:
    say_pin(outside, link)
    ask(outside, link)
    [path] = confirm_links(town)
    log = browser(Role.COORDINATOR).get("/messages").text
    assert "…/request/confirm/…" in log
    assert path not in log
    with town.change() as session:
        [row] = session.scalars(select(Message).where(Message.kind == "request_confirm"))
        assert path not in row.body
