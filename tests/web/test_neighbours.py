"""Neighbouring pools on the pages: agreed by two, asked for with coarse data alone, named from the yes on."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import access
from app.access import Rule
from app.models import Appointment, Lending, LendingAgreement, Message, Role
from notifications.phone_words import readable
from tests.web.conftest import Browser
from tests.web.forms import send, words_of
from tests.world import World

NAME, PHONE, DISTRICT = "Selamawit Tesfazghi", "+4915799887766", "Wehringhausen-Kuhlerkamp"
# as it is written anywhere: in full, without its country, and as people read it
SECRETS = (
    "Selamawit",
    "Tesfazghi",
    "15799887766",
    "799887766",
    words_of(readable(PHONE)),
    DISTRICT,
    "51.7622",
    "7.8911",
)


@pytest.fixture
def hagen(town: World) -> World:
    """The neighbour, whose phones lead into the same lists."""
    other = World.build(town.app, town.now, key="hagen")
    other.ways = town.ways
    return other


def agreed(browser: Browser, languages: str = "Tigrinya") -> None:
    ours, theirs = browser(Role.ADMIN), browser(Role.ADMIN, "hagen")
    choices = ours.get("/settings/neighbours").text
    assert "Sprachmittlerpool Hagen" in choices
    offered = {"neighbour": "2", "languages": languages, "modes": ["on_site", "phone", "video"]}
    assert send(ours, "/settings/neighbours", offered).status_code == 303
    assert "hat noch nicht geantwortet" in ours.get("/settings/neighbours").text
    assert "Annehmen" in theirs.get("/settings/neighbours").text
    assert send(theirs, "/settings/neighbours", {"to": "accept"}, "/settings/neighbours/1").status_code == 303
    assert "Vereinbart" in ours.get("/settings/neighbours").text


def lent(browser: Browser, town: World, hagen: World) -> tuple[int, int, int]:
    """Agreed, asked for, and asked there: appointment, guest, and who is asked."""
    agreed(browser)
    selam = hagen.mediator(
        NAME, "tir", phone=PHONE, email="selamawit.tesfazghi@mail.example", home=(51.7622, 7.8911),
        home_district=DISTRICT, max_travel_minutes=240,
    )  # fmt: skip
    appointment = town.appointment(
        "tir", fallbacks=("neighbour",), note="Nur für uns: bitte leise", reference="AZ 17/2026"
    )
    town.work()
    with town.change() as session:
        guest = session.scalars(select(Lending.guest_id)).one()
    assert hagen.asked(guest) == {NAME}
    return appointment, guest, selam


def addresses(town: World, client: FlaskClient, appointment: int) -> list[str]:
    """Every page and answer of the service that is got, with the numbers of what there is."""
    found = []
    with town.app.test_request_context():
        for rule in town.app.url_map.iter_rules():
            opened = access.rule_of(town.app, rule.endpoint, "GET") if "GET" in (rule.methods or ()) else None
            if opened is None or opened in {Rule.LINK, Rule.SIGNED}:
                continue
            given: dict[str, Any] = dict.fromkeys(rule.arguments, 1)
            given |= {name: appointment for name in given if name == "appointment_id"}
            given |= {"language": "tir", "weekday": "tue", "start": "10:00"} if "weekday" in given else {}
            try:
                found.append(town.app.url_map.bind("").build(rule.endpoint, given))
            except Exception:  # noqa: BLE001, S112 - whatever cannot be written is no page
                continue
    return found


def said(town: World, browser: Browser, appointment: int) -> dict[str, str]:
    """All that the borrowing pool can read, by where it stands."""
    texts = {}
    for role in Role:
        client = browser(role)
        for address in addresses(town, client, appointment):
            texts[f"{role} {address}"] = read(client.get(address).data)
        caller = town.app.test_client()
        token = town.token(role, "Sozialamt" if role is Role.STAFF else None)
        for address in addresses(town, caller, appointment):
            if address.startswith("/api/"):
                answer = caller.get(address, headers={"Authorization": f"Bearer {token}"})
                texts[f"{role} token {address}"] = read(answer.data)
    with town.change() as session:
        for one in session.scalars(select(Message)):
            texts[f"message {one.id}"] = f"{one.recipient_name} {one.recipient} {one.subject} {one.body}"
    return texts


def read(data: bytes) -> str:
    """An answer in letters, also where it is a spreadsheet."""
    if not data.startswith(b"PK"):
        return words_of(data.decode("utf-8", "replace"))
    with ZipFile(BytesIO(data)) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


def leaks(texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(where, secret) for where, text in texts.items() for secret in SECRETS if secret in text]


def test_nothing_of_a_neighbours_people_is_read_before_the_yes(
    town: World, hagen: World, browser: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    appointment, guest, selam = lent(browser, town, hagen)
    capfd.readouterr()
    texts = said(town, browser, appointment)
    assert len(texts) > 100
    assert leaks(texts | {"log": "".join(capfd.readouterr())}) == []
    asking = words_of(browser(Role.STAFF).get(f"/appointments/{appointment}").text)
    assert "Wir fragen jetzt in einem Nachbarpool (Sprachmittlerpool Hagen): 1 Person kommt infrage, etwa" in asking
    hagen.accept(guest, selam)
    assert NAME not in browser(Role.STAFF).get(f"/appointments/{appointment}").text
    town.work(seconds=11)
    hagen.now = town.now
    found = words_of(browser(Role.STAFF).get(f"/appointments/{appointment}").text)
    assert f"{NAME} aus einem Nachbarpool (Sprachmittlerpool Hagen) kommt." in found
    assert words_of(readable(PHONE)) in found
    assert any(NAME in mail.text for mail in town.ways.mail.sent if mail.to == "sozialamt@beckum.example")
    assert NAME in words_of(browser(Role.COORDINATOR).get("/board").text)


def test_a_foreign_row_is_none_of_theirs(town: World, hagen: World, browser: Browser) -> None:
    _appointment, guest, selam = lent(browser, town, hagen)
    client = browser(Role.ADMIN)
    for address in (f"/appointments/{guest}", f"/appointments/{guest}/candidates", f"/mediators/{selam}"):
        assert client.get(address).status_code == 404


def test_the_lender_sees_a_guest_and_no_more_than_its_people_need(town: World, hagen: World, browser: Browser) -> None:
    appointment, guest, _selam = lent(browser, town, hagen)
    client = browser(Role.COORDINATOR, "hagen")
    board = words_of(client.get("/board?all=1").text)
    assert "Für einen Nachbarpool · Sprachmittlerpool Beckum" in board
    page = words_of(client.get(f"/appointments/{guest}").text)
    assert "Für einen Nachbarpool" in page
    assert "AZ 17/2026" not in board + page
    assert "bitte leise" not in board + page
    assert f"/appointments/{guest}/edit" not in page
    assert client.get(f"/appointments/{appointment}").status_code == 404
    assert "Beckum" not in client.get("/settings").text


def test_only_admins_offer_and_answer(town: World, hagen: World, browser: Browser) -> None:
    agreed(browser)
    client = browser(Role.COORDINATOR)
    page = client.get("/settings/neighbours").text
    assert "Vereinbart" in page
    assert "Beenden" not in page
    assert send(client, "/board", {"to": "withdraw"}, "/settings/neighbours/1").status_code == 403


def test_what_is_wrong_is_said_at_its_field(town: World, hagen: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    answer = send(client, "/settings/neighbours", {"neighbour": "2", "languages": "Klingonisch"})
    assert answer.status_code == 422
    assert "Klingonisch" in answer.text
    assert send(client, "/settings/neighbours", {"neighbour": "77", "languages": "Tigrinya"}).status_code == 422


def test_ended_while_a_question_is_out_it_is_kindly_told(town: World, hagen: World, browser: Browser) -> None:
    appointment, guest, _selam = lent(browser, town, hagen)
    ended = send(browser(Role.ADMIN), "/settings/neighbours", {"to": "withdraw"}, "/settings/neighbours/1")
    assert ended.status_code == 303
    again = send(browser(Role.ADMIN, "hagen"), "/settings/neighbours", {"to": "withdraw"}, "/settings/neighbours/1")
    assert again.status_code == 303
    town.work()
    assert (hagen.status(guest), town.status(appointment)) == ("cancelled", "unfilled")
    assert len(hagen.texts_to(NAME)) == 2


def test_the_tick_stands_where_something_is_agreed(town: World, hagen: World, browser: Browser) -> None:
    client = browser(Role.STAFF)
    assert "fallback_neighbour" not in client.get("/appointments/new").text
    agreed(browser)
    assert "fallback_neighbour" in client.get("/appointments/new").text


def test_it_may_still_be_permitted_where_nobody_is_found(town: World, hagen: World, browser: Browser) -> None:
    agreed(browser)
    hagen.mediator(NAME, "tir", phone=PHONE, email="")
    appointment = town.appointment("tir")
    town.work()
    client = browser(Role.STAFF)
    page = f"/appointments/{appointment}"
    assert "Auch in Nachbarpools fragen" in client.get(page).text
    assert send(client, page, {"rung": "neighbour"}, f"{page}/fallbacks").status_code == 303
    town.work()
    assert "Wir fragen jetzt in einem Nachbarpool" in words_of(client.get(page).text)


def test_lent_and_borrowed_are_counted_by_pool(town: World, hagen: World, browser: Browser) -> None:
    appointment, guest, selam = lent(browser, town, hagen)
    hagen.accept(guest, selam)
    with town.change() as session:
        assert session.get_one(Appointment, appointment).seats_borrowed == 1
        assert session.scalars(select(LendingAgreement)).one().languages == ["tir"]
    ours = browser(Role.COORDINATOR).get("/statistics?to=2027-12").text
    theirs = browser(Role.COORDINATOR, "hagen").get("/statistics?to=2027-12").text
    assert 'data-label="Ausgeliehen">1<' in ours
    assert 'data-label="Verliehen">0<' in ours
    assert 'data-label="Verliehen">1<' in theirs
    assert 'data-label="Stunden verliehen">1.0<' in theirs
