"""Becoming a mediator: the form, the codes, and that nobody learns who is registered."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.models import Application, ApplicationState, Message
from tests.web.forms import send, token_in, words_of
from tests.world import World

NUMBER, MAIL = "+4917139200770", "amira@mail.example"


def join_form(**changes: Any) -> dict[str, Any]:
    """What somebody types at /join."""
    return {
        "skills-0-language": "kmr", "skills-0-level": "native", "modes": ["on_site", "video"], "place": "59269",
        "name": "Amira Yıldız", "phone": "0171 39200770", "email": MAIL, "consents": "y",
    } | changes  # fmt: skip


@pytest.fixture
def town(world: World) -> World:
    """A pool that takes registrations."""
    world.set_pool(takes_applications=True)
    return world


@pytest.fixture
def phone(town: World) -> FlaskClient:
    """A phone without a login."""
    return town.app.test_client()


def codes(world: World, at: str = NUMBER, mail: str = MAIL) -> dict[str, str]:
    """The codes that came last, by field."""
    world.work()
    texts = [one.body for one in world.ways.sms.sent if one.to == at and "Code ist" in one.body]
    mails = [one.text for one in world.ways.mail.sent if one.to == mail and "Ihr Code" in one.text]
    sms_code = texts[-1].split("Code ist ")[1][:6] if texts else ""
    mail_code = next((line for line in mails[-1].splitlines() if line.isdecimal()), "") if mails else ""
    return {"phone_code": sms_code, "email_code": mail_code}


def joined(phone: FlaskClient, /, **changes: Any) -> str:
    """Send the form; gives the path of the application's page."""
    answer = send(phone, "/join", join_form(**changes))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def enter(phone: FlaskClient, page: str, /, **fields: str) -> TestResponse:
    """Send a form of the application's page."""
    return phone.post(page, data=fields | {"csrf_token": token_in(phone.get(page).text)})


def applications(world: World) -> list[Application]:
    """All of the pool."""
    with world.change() as session:
        found = list(session.scalars(select(Application).order_by(Application.id)))
        session.expunge_all()
        return found


def test_both_codes_confirm_an_application_and_it_waits(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    assert "0171 39200770" in words_of(phone.get(page).text)
    assert enter(phone, page, **codes(town)).status_code == 303
    assert "Danke, wir melden uns" in phone.get(page).text
    [row] = applications(town)
    assert (row.state, row.phone, row.email, row.expires_at) == (ApplicationState.CONFIRMED, NUMBER, MAIL, None)
    assert row.skills == [["kmr", "native"]]


def test_the_database_holds_neither_code_nor_link(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    sent = codes(town)
    [row] = applications(town)
    kept = repr(vars(row)) + "".join(one.body + one.subject for one in town.messages())
    assert all(len(code) == 6 for code in sent.values())
    assert not any(code in kept for code in sent.values())
    assert page.rsplit("/", 1)[1] not in kept
    assert "Amira" not in "".join(one.body for one in town.messages()), "a typed name would be anybody's words"


def test_one_code_after_the_other_is_enough(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    sent = codes(town)
    enter(phone, page, phone_code=f" {sent['phone_code'][:3]} {sent['phone_code'][3:]} ", email_code="")
    assert "Code aus der SMS" not in phone.get(page).text
    enter(phone, page, email_code=sent["email_code"])
    assert applications(town)[0].state is ApplicationState.CONFIRMED


def test_who_is_registered_is_told_so_and_nobody_else_is(town: World, phone: FlaskClient) -> None:
    town.mediator("Amira", "kmr", phone=NUMBER, email=MAIL)
    known = phone.get(joined(phone)).text
    unknown = phone.get(joined(phone, phone="0171 39200771", email="berat@mail.example")).text

    def alike(text: str) -> str:
        return words_of(text).replace(token_in(text), "").replace("39200771", "39200770").replace("berat", "amira")

    assert alike(known) == alike(unknown)
    told = town.messages(kind="join_known")
    assert sorted((one.channel.value, one.recipient) for one in told) == [("email", MAIL), ("sms", NUMBER)]
    assert all("/m" in one.body and "<code>" not in one.body for one in told)
    assert len(town.messages(kind="join_code")) == 2


def test_a_stranger_with_the_number_of_a_mediator_learns_nothing_by_their_own_mail(
    town: World, phone: FlaskClient
) -> None:
    town.mediator("Amira", "kmr", phone=NUMBER, email=MAIL)
    page = joined(phone, email="stranger@mail.example")
    sent = codes(town, mail="stranger@mail.example")
    assert sent["phone_code"] == ""
    assert len(sent["email_code"]) == 6
    enter(phone, page, email_code=sent["email_code"])
    assert applications(town)[0].state is ApplicationState.PENDING


def test_a_thousand_guesses_find_nothing(town: World, phone: FlaskClient) -> None:
    town.app.config["RATELIMIT_ENABLED"] = False
    page = joined(phone)
    sent = codes(town)
    form_token = token_in(phone.get(page).text)
    wrong = [f"{number:06d}" for number in range(1005) if f"{number:06d}" not in sent.values()][:1000]
    for guess in wrong[:5]:
        phone.post(page, data={"csrf_token": form_token, "phone_code": guess, "email_code": guess})
    assert "fünf falsche Codes" in enter(phone, page, **sent).text, "not even the right ones count any more"
    for guess in wrong[5:]:
        phone.post(page, data={"csrf_token": form_token, "phone_code": guess, "email_code": guess})
    [row] = applications(town)
    assert (row.state, row.phone_confirmed_at, row.phone_tries) == (ApplicationState.PENDING, None, 5)


def test_new_codes_end_the_old_ones_and_are_waited_for(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    old = codes(town)
    assert enter(phone, page, again="1").status_code == 409
    for wait in (1, 5, 15, 60):
        town.now += timedelta(minutes=wait)
        assert enter(phone, page, again="1").status_code == 303
    new = codes(town)
    assert new != old
    assert enter(phone, page, **old).status_code == 422
    town.now += timedelta(hours=2)
    assert enter(phone, page, again="1").status_code == 409
    assert "Mehr Codes schicken wir heute nicht" in phone.get(page).text


def test_codes_end_after_ten_minutes(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    sent = codes(town)
    town.now += timedelta(minutes=10)
    answer = enter(phone, page, **sent)
    assert answer.status_code == 422
    assert "gilt nicht mehr" in answer.text
    assert enter(phone, page, again="1").status_code == 303
    assert enter(phone, page, **codes(town)).status_code == 303
    assert applications(town)[0].state is ApplicationState.CONFIRMED


def test_a_wrong_number_is_corrected_where_the_codes_are_asked_for(town: World, phone: FlaskClient) -> None:
    page = joined(phone, phone="0171 39200999")
    town.now += timedelta(minutes=1)
    answer = enter(phone, page, again="1", phone="0171", email=MAIL)
    assert answer.status_code == 422
    assert 'value="0171"' in answer.text
    assert enter(phone, page, again="1", phone="0171 39200770", email=MAIL).status_code == 303
    enter(phone, page, **codes(town))
    [row] = applications(town)
    assert (row.state, row.phone) == (ApplicationState.CONFIRMED, NUMBER)


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(town: World, phone: FlaskClient) -> None:
    wrong = join_form(phone="12", email="", place="", consents="", name="Amira Yıldız")
    del wrong["consents"]
    answer = send(phone, "/join", wrong)
    assert answer.status_code == 422
    for field in ("phone", "email", "place", "consents"):
        assert f'id="{field}-error"' in answer.text
    assert 'value="Amira Yıldız"' in answer.text
    assert re.search(r'<option[^>]* value="kmr"[^>]*selected|<option selected value="kmr"', answer.text)
    assert applications(town) == []
    assert town.messages() == []


def test_one_more_language_keeps_what_was_typed(town: World, phone: FlaskClient) -> None:
    answer = send(phone, "/join", join_form(more="skills"))
    assert answer.status_code == 200
    assert 'name="skills-1-language"' in answer.text
    assert 'value="Amira Yıldız"' in answer.text


def test_a_form_that_is_sent_twice_is_one_application(town: World, phone: FlaskClient) -> None:
    page = phone.get("/join").text
    once = page.split('name="once" value="')[1].split('"')[0]
    form = join_form(once=once, csrf_token=token_in(page))
    first, second = (phone.post("/join", data=form) for _ in range(2))
    assert first.location == second.location
    assert len(applications(town)) == 1
    assert len(town.messages(kind="join_code")) == 2


def test_only_pools_that_take_registrations_are_offered(world: World) -> None:
    phone = world.app.test_client()
    assert "kann man sich hier nicht selbst anmelden" in phone.get("/join").text
    assert send(phone, "/join", join_form()).status_code in {200, 400}
    assert applications(world) == []
    world.set_pool(takes_applications=True)
    other = World.build(world.app, world.now, "ahlen")
    assert 'name="phone"' in phone.get("/join").text, "with one there is nothing to choose"
    other.set_pool(takes_applications=True)
    choice = phone.get("/join").text
    assert 'href="/join?pool=beckum"' in choice
    assert 'href="/join?pool=ahlen"' in choice
    answer = send(phone, "/join?pool=ahlen", join_form())
    assert answer.status_code == 303
    assert applications(world) == []
    assert len(applications(other)) == 1


def test_who_asks_for_many_waits_and_a_number_gets_few(town: World, phone: FlaskClient) -> None:
    for _ in range(7):
        joined(phone)
    assert len(town.messages(kind="join_code")) == 10, "five each; the page says nothing of it"
    for number in range(3):
        joined(phone, phone=f"0171 3920088{number}", email=f"a{number}@mail.example")
    answer = send(phone, "/join", join_form(phone="0171 39200890"))
    assert answer.status_code == 429


@pytest.mark.parametrize("token", ["x", "A" * 22, "ü%00", "A" * 3000])
def test_garbage_leads_to_where_one_registers(sqlite_world: World, token: str) -> None:
    phone = sqlite_world.app.test_client()
    for answer in (phone.get(f"/join/{token}"), phone.post(f"/join/{token}")):
        assert answer.status_code == 404
        assert 'href="/join"' in answer.text


def test_another_page_cannot_enter_codes(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    sent = codes(town)
    other = joined(phone, phone="0171 39200771", email="b@mail.example")
    for token in ("", token_in(phone.get(other).text)):
        assert phone.post(page, data=sent | {"csrf_token": token}).status_code == 400
    assert applications(town)[0].state is ApplicationState.PENDING


def test_what_is_not_confirmed_is_forgotten_with_its_messages(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    town.work(hours=23)
    assert len(applications(town)) == 1
    town.work(hours=1)
    assert applications(town) == []
    assert phone.get(page).status_code == 404
    with town.change() as session:
        assert session.scalar(select(func.count(Message.id)).where(Message.kind == "join_code")) == 0


def test_own_page_of_an_application_sets_no_cookie(town: World, phone: FlaskClient) -> None:
    page = joined(phone)
    assert "Set-Cookie" not in town.app.test_client().get(page).headers
