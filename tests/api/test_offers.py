"""Candidates, offers by hand, and answers on somebody's behalf."""

import pytest

from app.api.appointment_answer import OfferOut
from app.api.offers import CandidateOut
from tests.api.client import Caller, assert_problem
from tests.world import World


def test_candidates_are_everybody_of_the_language_with_what_speaks_against_them(
    town: World, coordinator: Caller
) -> None:
    amira = town.mediator("Amira", "kmr")
    never = town.mediator("Berat", "kmr", availability=())
    town.mediator("Cem", "tur")
    appointment = town.appointment("kmr")
    town.work()

    found = coordinator.items(f"/appointments/{appointment}/candidates")

    assert found == [
        {"mediator": {"id": amira, "name": "Amira"}, "eligible": True, "refusals": [], "offer_status": "sent"},
        {
            "mediator": {"id": never, "name": "Berat"},
            "eligible": False,
            "refusals": ["unavailable"],
            "offer_status": None,
        },
    ]
    assert all(CandidateOut().validate(one) == {} for one in found)


@pytest.mark.thorough
def test_one_more_person_is_asked_by_hand(town: World, coordinator: Caller) -> None:
    berat = town.mediator("Berat", "kmr", availability=())
    appointment = town.appointment("kmr")
    town.work()
    assert town.status(appointment) == "unfilled"

    offer = coordinator.made(f"/appointments/{appointment}/offers", {"mediator": berat})

    assert offer["mediator"] == {"id": berat, "name": "Berat"}
    assert offer["status"] == "sent"
    assert OfferOut().validate(offer) == {}
    town.work()
    assert len(town.texts_to("Berat")) == 1
    assert_problem(coordinator.post(f"/appointments/{appointment}/offers", {"mediator": berat}), 409)


def test_who_does_not_exist_or_has_left_is_not_asked(town: World, coordinator: Caller) -> None:
    gone = town.mediator("Gone", "kmr", status="left")
    appointment = town.appointment("kmr")
    for unknown in (4711, gone):
        answer = coordinator.post(f"/appointments/{appointment}/offers", {"mediator": unknown})
        assert_problem(answer, 422, "mediator")
    assert_problem(coordinator.post("/appointments/4711/offers", {"mediator": gone}), 404)
    assert_problem(coordinator.get("/appointments/4711/candidates"), 404)


def test_the_second_yes_reads_that_it_is_taken(town: World, coordinator: Caller) -> None:
    amira, berat = town.mediator("Amira", "kmr"), town.mediator("Berat", "kmr")
    appointment = town.appointment("kmr")
    town.ask(appointment, amira, berat)
    town.work()
    first, second = (one["id"] for one in coordinator.items(f"/appointments/{appointment}/offers"))

    assert coordinator.made(f"/offers/{first}/answer", {"answer": "accept"}, status=200)["status"] == "accepted"
    said = assert_problem(coordinator.post(f"/offers/{second}/answer", {"answer": "accept"}), 409)
    assert said["code"] == "already_taken"
    assert "schon besetzt" in said["detail"]


def test_who_is_busy_elsewhere_cannot_say_yes(town: World, coordinator: Caller) -> None:
    amira = town.mediator("Amira", "kmr", "tur")
    kmr, tur = town.appointment("kmr"), town.appointment("tur")
    offers = [coordinator.made(f"/appointments/{one}/offers", {"mediator": amira})["id"] for one in (kmr, tur)]
    coordinator.made(f"/offers/{offers[0]}/answer", {"answer": "accept"}, status=200)
    said = assert_problem(coordinator.post(f"/offers/{offers[1]}/answer", {"answer": "accept"}), 409)
    assert said["code"] in {"busy", "offer_busy"}


def test_a_no_asks_the_next_and_a_hand_back_starts_again(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    [offer] = coordinator.items(f"/appointments/{appointment}/offers")
    answers = f"/offers/{offer['id']}/answer"

    coordinator.made(answers, {"answer": "accept"}, status=200)
    assert_problem(coordinator.post(answers, {"answer": "decline"}), 409)
    assert coordinator.made(answers, {"answer": "hand_back"}, status=200)["status"] == "handed_back"
    assert town.status(appointment) == "open"
    assert_problem(coordinator.post(answers, {"answer": "undo"}), 409)


def test_a_no_on_somebodys_behalf(town: World, coordinator: Caller) -> None:
    town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    [offer] = coordinator.items(f"/appointments/{appointment}/offers")
    declined = coordinator.made(f"/offers/{offer['id']}/answer", {"answer": "decline"}, status=200)
    assert declined["status"] == "declined"
    town.work()
    assert town.status(appointment) == "unfilled"


@pytest.mark.parametrize("body", [{"answer": "maybe"}, {"answer": None}, {}])
def test_an_answer_that_nobody_understands_is_refused(town: World, coordinator: Caller, body: dict[str, str]) -> None:
    assert_problem(coordinator.post("/offers/1/answer", body), 422, "answer")


def test_only_coordinators_see_candidates_ask_and_answer(town: World, coordinator: Caller, staff: Caller) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    town.work()
    [offer] = staff.items(f"/appointments/{appointment}/offers")
    assert_problem(staff.get(f"/appointments/{appointment}/candidates"), 403)
    assert_problem(staff.post(f"/appointments/{appointment}/offers", {"mediator": amira}), 403)
    assert_problem(staff.post(f"/offers/{offer['id']}/answer", {"answer": "accept"}), 403)
    assert_problem(coordinator.post("/offers/4711/answer", {"answer": "accept"}), 404)
