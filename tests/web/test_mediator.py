"""What mediators see behind their links, and what their taps do."""

import re
from datetime import timedelta

import icalendar
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from app.extensions import db
from app.journey import answering, requesting
from app.journey.history import SERVICE
from app.models import Availability, Event, Link, LinkKind, Mediator, Offer, OfferStatus, Pool, Withdrawal
from tests.web.forms import token_in, words_of
from tests.world import World


@pytest.fixture
def phone(town: World) -> FlaskClient:
    """A mediator's phone: no login, no cookies."""
    return town.app.test_client()


def tap(phone: FlaskClient, link: str, what: str, **more: str) -> TestResponse:
    return phone.post(link, data={"answer": what, "csrf_token": token_in(phone.get(link).text)} | more)


def asked(town: World, *names: str, **values: object) -> tuple[int, list[str]]:
    """An appointment, and the links of those who are asked about it."""
    people = [town.mediator(name, "kmr") for name in names]
    appointment = town.appointment("kmr", **values)  # type: ignore[arg-type]
    town.work()
    return appointment, [town.link(appointment, person) for person in people]


def own_link(town: World, person: int, kind: LinkKind) -> str:
    with town.change() as session:
        link = session.execute(select(Link).where(Link.mediator_id == person, Link.kind == kind)).scalar_one()
        return town.links.url(link).removeprefix(town.links.public_url)


def seconds_pass(town: World, seconds: float) -> None:
    town.now += timedelta(seconds=seconds)


def test_a_question_shows_all_that_is_needed_to_decide(town: World, phone: FlaskClient) -> None:
    _, [link] = asked(town, "Amira", topic="school", note="Zimmer 4, bitte klingeln")
    page = words_of(phone.get(link).text)
    assert "Können Sie am Dienstag dolmetschen?" in page
    assert "Kurmandschi (Nordkurdisch) ↔ Deutsch" in page
    assert "Di., 24. November, 10–11 Uhr" in page
    assert "60 Minuten · morgen" in page
    assert "Weststraße 46" in page
    assert "Schule" in page
    assert "Passt zu Ihren Zeiten." in page
    assert "Sie sprechen Kurmandschi (Nordkurdisch) (Niveau C1)." in page
    assert "Zimmer 4" not in page, "the note is for those who come"


@pytest.mark.thorough
def test_looking_changes_nothing_and_leaves_no_cookie(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    with town.change() as session:
        before = session.scalar(select(func.count(Event.id)))
    for _ in range(20):
        answer = phone.get(link)
        assert answer.status_code == 200
        assert phone.head(link).status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    with town.change() as session:
        assert session.scalar(select(func.count(Event.id))) == before
    assert town.status(appointment) == "offering"


def test_a_yes_fills_the_appointment_and_keeps_every_detail(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(
        town, "Amira", note="Zimmer 4", contact_name="Frau Beispiel", contact_phone="02521 29123"
    )
    answer = tap(phone, link, "accept")
    assert answer.status_code == 303
    assert answer.location == link
    assert town.status(appointment) == "filled"
    page = phone.get(link)
    assert page.status_code == 200
    for detail in ("Di., 24. November, 10–11 Uhr", "Weststraße 46", "Zimmer 4", "Frau Beispiel", "02521 29123"):
        assert detail in words_of(page.text)
    assert "Einsatz zurückgeben" in page.text
    calendar = page.text.split("/calendar/")[1].split('"')[0]
    assert phone.get(f"/calendar/{calendar}").status_code == 200


def test_a_second_yes_changes_nothing(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    token = token_in(phone.get(link).text)
    for _ in range(2):
        assert phone.post(link, data={"answer": "accept", "csrf_token": token}).status_code == 303
    assert town.coming(appointment) == {"Amira"}


@pytest.mark.thorough
def test_the_second_person_reads_that_it_is_taken(town: World, phone: FlaskClient) -> None:
    appointment, [amira, berat] = asked(town, "Amira", "Berat")
    token = token_in(phone.get(berat).text)
    tap(phone, amira, "accept")
    late = phone.post(berat, data={"answer": "accept", "csrf_token": token})
    assert late.status_code == 409
    assert "Danke, schon besetzt" in late.text
    looked = phone.get(berat)
    assert looked.status_code == 410
    assert "Danke, schon besetzt" in looked.text
    assert town.coming(appointment) == {"Amira"}


@pytest.mark.thorough
@pytest.mark.parametrize("token", ["", "wrong", "ü"])
def test_an_answer_without_the_token_of_the_page_is_not_taken(town: World, phone: FlaskClient, token: str) -> None:
    appointment, [link] = asked(town, "Amira")
    answer = phone.post(link, data={"answer": "accept", "csrf_token": token})
    assert answer.status_code == 400
    assert "Ihre Antwort ist nicht angekommen" in answer.text
    assert town.status(appointment) == "offering"
    again = phone.post(link, data={"answer": "accept", "csrf_token": token_in(answer.text)})
    assert again.status_code == 303


def test_the_token_of_another_question_does_not_count(town: World, phone: FlaskClient) -> None:
    appointment, [amira, berat] = asked(town, "Amira", "Berat")
    token = token_in(phone.get(amira).text)
    assert phone.post(berat, data={"answer": "accept", "csrf_token": token}).status_code == 400
    assert town.status(appointment) == "offering"


def test_an_answer_nobody_knows_is_asked_again(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    answer = tap(phone, link, "perhaps")
    assert answer.status_code == 400
    assert "Diese Antwort haben wir nicht verstanden" in answer.text
    assert town.status(appointment) == "offering"


@pytest.mark.thorough
@pytest.mark.parametrize("what", ["decline", "never_then"])
def test_a_no_is_thanked_for_and_asks_the_next(town: World, phone: FlaskClient, what: str) -> None:
    appointment, [link] = asked(town, "Amira")
    assert tap(phone, link, what).status_code == 303
    page = phone.get(link)
    assert page.status_code == 200
    assert "Danke für Ihre Antwort" in page.text
    town.mediator("Berat", "kmr")
    town.work()
    assert town.asked(appointment) == {"Berat"}


@pytest.mark.thorough
@pytest.mark.parametrize("what", ["accept", "decline"])
def test_an_answer_can_be_undone_for_ten_seconds(town: World, phone: FlaskClient, what: str) -> None:
    appointment, [link] = asked(town, "Amira")
    tap(phone, link, what)
    seconds_pass(town, 9)
    assert 'data-pool-countdown="1"' in phone.get(link).text
    assert tap(phone, link, "undo").status_code == 303
    assert "Ja, ich übernehme" in phone.get(link).text
    assert town.status(appointment) == "offering"


def test_after_ten_seconds_an_answer_stands(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    tap(phone, link, "accept")
    seconds_pass(town, 10)
    assert "data-pool-countdown" not in phone.get(link).text
    answer = tap(phone, link, "undo")
    assert answer.status_code == 409
    assert "Die zehn Sekunden" in answer.text
    assert town.coming(appointment) == {"Amira"}


@pytest.mark.thorough
def test_handing_back_starts_the_search_again(town: World, phone: FlaskClient) -> None:
    appointment, [amira, berat] = asked(town, "Amira", "Berat")
    tap(phone, amira, "accept")
    assert tap(phone, amira, "hand_back").status_code == 303
    looked = phone.get(amira)
    assert looked.status_code == 410
    assert "Sie haben den Einsatz zurückgegeben" in looked.text
    town.work()
    assert town.asked(appointment) == {"Berat"}
    assert "Ja, ich übernehme" in phone.get(berat).text


def test_a_cancelled_appointment_is_told_to_whoever_looks(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    with town.change() as session:
        requesting.cancel(session, town.now, town.links, appointment, SERVICE)
    looked = phone.get(link)
    assert looked.status_code == 410
    assert "Der Termin wurde abgesagt" in looked.text


@pytest.mark.thorough
def test_the_link_of_before_a_move_leads_to_the_question_that_can_be_answered(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    town.edit(appointment, starts_at=town.now + timedelta(days=3))
    assert "Zur Frage für den geänderten Termin" not in phone.get(link).text
    town.work()
    moved = phone.get(link)
    assert moved.status_code == 410
    anew = re.search(r'href="http://localhost(/o/[^"]+)"[^>]*>\s*<span[^>]*>Zur Frage', moved.text)
    assert anew
    assert tap(phone, anew.group(1), "accept").status_code == 303
    assert town.coming(appointment) == {"Amira"}


def test_a_moved_appointment_makes_the_old_question_void(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    town.edit(appointment, starts_at=town.now + timedelta(days=3))
    looked = phone.get(link)
    assert looked.status_code == 410
    assert "Der Termin hat sich geändert" in looked.text
    assert tap(phone, link, "accept").status_code in {400, 409}


@pytest.mark.thorough
def test_a_late_yes_is_welcome_while_nobody_else_comes(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    town.work(hours=13)
    looked = phone.get(link)
    assert looked.status_code == 410
    assert "Ich kann trotzdem" in looked.text
    assert tap(phone, link, "accept").status_code == 409
    assert tap(phone, link, "accept", late="1").status_code == 303
    assert town.coming(appointment) == {"Amira"}


def test_what_has_begun_takes_no_answer(town: World, phone: FlaskClient) -> None:
    _, [link] = asked(town, "Amira")
    town.now += timedelta(days=2)
    looked = phone.get(link)
    assert looked.status_code == 410
    assert "Der Termin ist vorbei" in looked.text


def test_somebody_who_is_taken_elsewhere_is_told_so(town: World, phone: FlaskClient) -> None:
    first, [link] = asked(town, "Amira")
    token = token_in(phone.get(link).text)
    second = town.appointment("kmr")
    with town.change() as session:
        amira = town.offer(session, first, 1).mediator
        answering.assign(session, town.now, town.links, second, amira, SERVICE)
    assert "schon einen Einsatz" in phone.get(link).text
    answer = phone.post(link, data={"answer": "accept", "csrf_token": token})
    assert answer.status_code == 409
    assert town.coming(first) == set()


@pytest.mark.parametrize("path", ["/o/{}", "/calendar/{}.ics"])
@pytest.mark.parametrize("token", ["x", "A" * 22, "ü%00", "A" * 3000])
def test_a_wrong_link_leads_nowhere_and_says_so(phone: FlaskClient, path: str, token: str) -> None:
    answer = phone.get(path.format(token))
    assert answer.status_code == 404
    assert "Dieser Link führt nirgendwohin" in answer.text


def test_a_link_opens_only_what_it_is_for(town: World, phone: FlaskClient) -> None:
    _, [link] = asked(town, "Amira")
    token = link.removeprefix("/o/")
    assert phone.get(f"/m/{token}").status_code == 404
    assert phone.get(f"/calendar/{token}.ics").status_code == 404
    assert phone.post("/o/wrong", data={"answer": "accept"}).status_code == 404


def test_the_page_speaks_the_language_of_the_person_unless_they_choose(town: World, phone: FlaskClient) -> None:
    person = town.mediator("Amira", "kmr", locale="en")
    appointment = town.appointment("kmr")
    town.work()
    link = town.link(appointment, person)
    assert "Yes, I will come" in phone.get(link).text
    assert "Ja, ich übernehme" in phone.get(f"{link}?lang=de").text


@pytest.mark.thorough
def test_many_taps_in_a_row_are_slowed_down(town: World, phone: FlaskClient) -> None:
    _, [link] = asked(town, "Amira")
    codes = {phone.post(link, data={"answer": "accept"}).status_code for _ in range(31)}
    assert codes == {400, 429}


def events(phone: FlaskClient, path: str) -> list[icalendar.Event]:
    answer = phone.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = icalendar.Calendar.from_ical(answer.data)
    return [one for one in calendar.walk("VEVENT") if isinstance(one, icalendar.Event)]


def sequence(event: icalendar.Event) -> int:
    return int(str(event["sequence"]))


@pytest.mark.thorough
def test_the_invite_of_an_assignment_is_cancelled_when_it_is_handed_back(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    tap(phone, link, "accept")
    path = town.link(appointment, 1, LinkKind.INVITE)
    [event] = events(phone, path)
    assert (event["status"], event["uid"]) == ("CONFIRMED", f"appointment-{appointment}@localhost")
    assert event.start == town.now + timedelta(days=1, hours=3)
    tap(phone, link, "hand_back")
    [cancelled] = events(phone, path)
    assert (cancelled["status"], cancelled["uid"]) == ("CANCELLED", event["uid"])
    assert sequence(cancelled) > sequence(event)


@pytest.mark.thorough
def test_the_feed_holds_what_is_on_and_the_last_sixty_days(town: World, phone: FlaskClient) -> None:
    person = town.mediator("Amira", "kmr")
    feed = own_link(town, person, LinkKind.FEED)
    assert events(phone, feed) == []
    appointment = town.appointment("kmr")
    town.work()
    tap(phone, town.link(appointment, person), "accept")
    assert len(events(phone, feed)) == 1
    town.now += timedelta(days=60)
    assert len(events(phone, feed)) == 1
    town.now += timedelta(days=2)
    assert events(phone, feed) == []


def test_a_mediators_own_page_leads_to_questions_and_assignments(town: World, phone: FlaskClient) -> None:
    person = town.mediator("Amira", "kmr")
    own = own_link(town, person, LinkKind.MEDIATOR)
    assert "Zurzeit fragen wir Sie nichts." in phone.get(own).text
    appointment = town.appointment("kmr")
    town.work()
    link = town.link(appointment, person)
    page = phone.get(own).text
    assert link in page
    assert "Sie haben zurzeit keine Einsätze." in page
    assert own_link(town, person, LinkKind.FEED) in page
    tap(phone, link, "accept")
    page = phone.get(own).text
    assert link in page
    assert "Zurzeit fragen wir Sie nichts." in page


@pytest.mark.thorough
def test_who_has_agreed_reads_that_time_or_place_changed_since(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira")
    tap(phone, link, "accept")
    assert "Der Termin wurde geändert" not in phone.get(link).text
    seconds_pass(town, 60)
    town.edit(appointment, note="Zimmer 4")
    assert "Bitte prüfen Sie Zeit und Ort." not in phone.get(link).text
    town.edit(appointment, starts_at=town.now + timedelta(hours=28))
    assert "Bitte prüfen Sie Zeit und Ort." in phone.get(link).text


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("needed", "sentence"),
    [(2, "Es kommt noch eine zweite Person."), (3, "Es kommen noch 2 weitere Personen.")],
)
def test_a_question_says_who_else_is_wanted(town: World, phone: FlaskClient, needed: int, sentence: str) -> None:
    _, [link] = asked(town, "Amira", mediators_needed=needed)
    assert sentence in phone.get(link).text


def test_one_person_alone_reads_of_nobody_else(town: World, phone: FlaskClient) -> None:
    _, [link] = asked(town, "Amira")
    page = phone.get(link).text
    assert "zweite Person" not in page
    assert "weitere Person" not in page


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("mode", "sentence"),
    [("phone", "Die Einrichtung ruft Sie an."), ("video", "Den Link zum Gespräch schickt die Einrichtung.")],
)
def test_a_question_says_who_calls_whom(town: World, phone: FlaskClient, mode: str, sentence: str) -> None:
    _, [link] = asked(town, "Amira", mode=mode)
    assert sentence in phone.get(link).text


def reconfirmation_asked(town: World, phone: FlaskClient) -> tuple[int, str]:
    """An appointment that Amira has agreed to, the link in the question whether it stays so, and the time after it."""
    with town.change() as session:
        session.get_one(Pool, town.pool_id).reconfirm = True
    appointment, [link] = asked(town, "Amira", starts=town.now + timedelta(days=3, hours=3))
    tap(phone, link, "accept")
    town.work(seconds=11)
    assert "Bleibt es dabei?" not in phone.get(link).text
    town.now += timedelta(days=2, hours=4)
    return appointment, link


@pytest.mark.thorough
def test_the_day_before_one_tap_says_that_it_stays_as_agreed(town: World, phone: FlaskClient) -> None:
    appointment, link = reconfirmation_asked(town, phone)
    page = phone.get(link).text
    assert "Bleibt es dabei?" in page
    assert "Ja, es bleibt dabei" in page
    assert "Einsatz zurückgeben" in page
    assert tap(phone, link, "reconfirm").status_code == 303
    page = phone.get(link).text
    assert "Danke, es bleibt dabei" in page
    assert "Ja, es bleibt dabei" not in page
    assert "Einsatz zurückgeben" in page
    assert tap(phone, link, "reconfirm").status_code == 303
    assert town.coming(appointment) == {"Amira"}
    with town.change() as session:
        kinds = list(session.scalars(select(Event.kind).where(Event.appointment_id == appointment)))
    assert kinds.count("reconfirmed") == 1


@pytest.mark.thorough
def test_who_is_asked_whether_it_stays_can_hand_it_back(town: World, phone: FlaskClient) -> None:
    appointment, link = reconfirmation_asked(town, phone)
    token = token_in(phone.get(link).text)
    assert tap(phone, link, "hand_back").status_code == 303
    assert town.coming(appointment) == set()
    late = phone.post(link, data={"answer": "reconfirm", "csrf_token": token})
    assert late.status_code == 409
    assert "zurückgegeben" in late.text


@pytest.mark.thorough
def test_ones_own_page_says_that_an_answer_is_awaited(town: World, phone: FlaskClient) -> None:
    _, link = reconfirmation_asked(town, phone)
    with town.change() as session:
        amira = session.execute(select(Link.mediator_id).where(Link.kind == LinkKind.MEDIATOR)).scalar_one()
    own = own_link(town, amira, LinkKind.MEDIATOR)
    assert "Bleibt es dabei? Bitte antworten" in phone.get(own).text
    tap(phone, link, "reconfirm")
    assert "Bleibt es dabei?" not in phone.get(own).text


@pytest.mark.thorough
def test_a_late_yes_by_link_counts_after_the_question_has_expired(town: World, phone: FlaskClient) -> None:
    appointment, [link] = asked(town, "Amira", starts=town.now + timedelta(days=3, hours=3))
    town.work(hours=14)
    with town.change() as session:
        [offer] = session.scalars(select(Offer).where(Offer.appointment_id == appointment))
        assert offer.status is OfferStatus.EXPIRED
    page = phone.get(link)
    assert page.status_code == 410
    assert "Ich kann trotzdem" in page.text
    assert tap(phone, link, "accept", late="1").status_code == 303
    assert town.coming(appointment) == {"Amira"}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Withdrawal.UNFIT, "Diese Anfrage gilt nicht mehr"),
        (Withdrawal.UNSENT, "keine Frage an Sie"),
        (Withdrawal.BY_HAND, "Diese Anfrage ist zurückgezogen"),
    ],
)
def test_a_question_taken_back_says_why(town: World, phone: FlaskClient, why: Withdrawal, said: str) -> None:
    appointment, [link] = asked(town, "Amira")
    with town.change() as session:
        [offer] = session.scalars(select(Offer).where(Offer.appointment_id == appointment))
        offer.withdraw(why, town.now)
    page = phone.get(link)
    assert page.status_code == 410
    assert said in page.text


def test_never_at_this_time_says_what_was_changed_and_can_be_undone(town: World, phone: FlaskClient) -> None:
    _appointment, [link] = asked(town, "Amira")
    assert "Nie um diese Zeit" in phone.get(link).text
    said = phone.post(link, data={"answer": "never_then", "csrf_token": token_in(phone.get(link).text)})
    page = phone.get(said.location)
    assert "Dienstags 10–11 Uhr fragen wir Sie nicht mehr." in words_of(page.text)
    assert "Ihre Zeiten sind, wie sie waren" not in page.text
    with town.change() as session:
        amira = session.scalars(select(Mediator).where(Mediator.name == "Amira")).one()
        again = Availability(weekday=1, starts_minute=600, ends_minute=660)
        amira.availability.append(again)
    assert "fragen wir Sie nicht mehr" not in phone.get(said.location).text, "it has been entered again"
    with town.change() as session:
        session.delete(session.merge(again))
    assert "fragen wir Sie nicht mehr" in words_of(phone.get(said.location).text)
    tap(phone, link, "undo")
    assert "fragen wir Sie nicht mehr" not in phone.get(link).text
    assert "Nie um diese Zeit" in phone.get(link).text


def test_never_at_a_time_that_is_not_theirs_declines_and_says_so(town: World, phone: FlaskClient) -> None:
    _appointment, [link] = asked(town, "Amira")
    with town.change() as session:
        amira = session.scalars(select(Mediator).where(Mediator.name == "Amira")).one()
        amira.availability.clear()
    page = phone.get(link).text
    assert "Nie um diese Zeit" not in page
    said = phone.post(link, data={"answer": "never_then", "csrf_token": token_in(page)})
    assert "Ihre Zeiten sind, wie sie waren" in phone.get(said.location).text
    assert "Abgesagt" in phone.get(link).text


def test_ones_own_page_tells_what_is_open_what_comes_and_when_they_are_away(town: World, phone: FlaskClient) -> None:
    person = town.mediator("Amira", "kmr", absences=((town.now.date(), town.now.date()),))
    own = own_link(town, person, LinkKind.MEDIATOR)
    assert "Bis Mo., 23. Nov. sind Sie als nicht da eingetragen." in words_of(phone.get(own).text)
    agreed = town.appointment("kmr", contact_name="Frau Beispiel", contact_phone="02521 29123")
    town.work()
    tap(phone, town.link(agreed, person), "accept")
    for day in (2, 3):
        town.appointment("kmr", starts=town.now + timedelta(days=day, hours=3), topic="school")
    town.work()
    page = words_of(phone.get(own).text)
    assert "2 Fragen sind offen. Ihr nächster Einsatz: morgen, 10:00 Uhr." in page
    assert "Können Sie am Mittwoch dolmetschen?" in page
    assert page.count("Ansehen und antworten") == 2
    assert "Frau Beispiel" in page
    assert "8 Uhr" not in page
    assert "Montag" in page
    assert "7–19 Uhr" in page
    assert "Das haben Sie möglich gemacht" not in page


def test_what_they_have_made_possible_counts_what_took_place_this_year(town: World, phone: FlaskClient) -> None:
    person = town.mediator("Amira", "kmr")
    for _time in range(2):
        one = town.appointment("kmr")
        town.work()
        town.accept(one, person)
        town.now += timedelta(days=7)
    cancelled = town.appointment("kmr")
    town.work()
    town.accept(cancelled, person)
    town.cancel(cancelled)
    town.now += timedelta(days=2)
    page = phone.get(own_link(town, person, LinkKind.MEDIATOR)).text
    assert "Gespräche seit Januar" in page
    assert '<dd class="pool-figures__value">2</dd>' in page
    town.now += timedelta(days=60)
    assert "Gespräche seit Januar" not in phone.get(own_link(town, person, LinkKind.MEDIATOR)).text


def test_the_number_of_statements_of_ones_own_page_does_not_grow(
    town: World, phone: FlaskClient, request: pytest.FixtureRequest
) -> None:
    person = town.mediator("Amira", "kmr")
    own = own_link(town, person, LinkKind.MEDIATOR)
    asked: list[str] = []
    with town.app.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    def two_more(first_day: int) -> int:
        """A yes and a question more; how many statements the page takes then."""
        for day in (first_day, first_day + 1):
            appointment = town.appointment(starts=town.now + timedelta(days=day, hours=3))
            town.work()
            if day == first_day:
                town.accept(appointment, person)
        asked.clear()
        assert phone.get(own).status_code == 200
        return len(asked)

    event.listen(engine, "before_cursor_execute", note)
    request.addfinalizer(lambda: event.remove(engine, "before_cursor_execute", note))
    assert two_more(1) == two_more(3)
