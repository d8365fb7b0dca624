"""What a coordinator did by hand is taken back: unseen while nobody has heard of it, honestly afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import AlreadyTaken, NoLongerOpen, NotFound
from app.journey import by_hand, requesting, undoing
from app.journey.undoing import Undone
from app.models import Appointment, Event, ManualStep, Mediator, MessageStatus, Offer, Role
from tests.world import TOWN_HALL, World

Step = Callable[..., ManualStep | None]


def do(world: World, step: Step, appointment: int, person: int) -> int:
    """Let the coordinator take a step; gives its id."""
    with world.change() as session:
        mediator = session.get_one(Mediator, person)
        found = step(session, world.now, world.links, appointment, mediator, world.staff(session, Role.COORDINATOR))
        assert found is not None
        return found.id


def change(world: World, appointment: int, **changes: Any) -> int:
    with world.change() as session:
        who = world.staff(session, Role.COORDINATOR)
        found = by_hand.change(session, world.now, world.links, appointment, changes, who)  # type: ignore[arg-type]
        assert found is not None
        return found.id


def undo(world: World, appointment: int, step: int, **later: float) -> Undone:
    world.now += timedelta(**later)
    with world.change() as session:
        who = world.staff(session, Role.COORDINATOR)
        return undoing.undo(session, world.now, world.links, appointment, step, who)


def rows(world: World, appointment: int) -> dict[str, object]:
    """What there is of an appointment, without what only counts upwards."""
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        offers = session.scalars(select(Offer).where(Offer.appointment_id == appointment).order_by(Offer.id))
        return {
            "status": found.status,
            "starts": found.starts_at,
            "place": (found.place_name, found.mode, found.site_id),
            "explanation": found.explanation,
            "offers": [
                (one.mediator_id, one.status, one.withdrawal, one.wave, one.sent_at, one.due_at, one.ended_at)
                for one in offers
            ],
            "coming": {(one.mediator_id, one.starts_at) for one in found.active_assignments},
        }


def heard(world: World) -> int:
    """How many messages have gone out."""
    return len(world.ways.sms.sent) + len(world.ways.mail.sent)


def unfilled(world: World, **values: Any) -> int:
    """An appointment for which nobody is found, for they are not free then."""
    appointment = world.appointment("kmr", **values)
    world.work()
    assert world.status(appointment) == "unfilled"
    return appointment


def busy(world: World, name: str = "Amira") -> int:
    """Somebody who is never free, so that nobody but a coordinator asks them."""
    return world.mediator(name, "kmr", availability=())


def test_a_question_undone_in_time_was_never_put(world: World) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    before, said = rows(world, appointment), heard(world)
    step = do(world, by_hand.ask, appointment, amira)
    assert world.asked(appointment) == {"Amira"}
    world.work(seconds=5)
    assert undo(world, appointment, step, seconds=4) is Undone.UNSEEN
    assert rows(world, appointment) == before
    world.work(minutes=2)
    assert heard(world) == said


def test_a_question_that_has_left_is_taken_back_and_its_link_says_so(world: World) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    step = do(world, by_hand.ask, appointment, amira)
    world.work(seconds=11)
    assert len(world.texts_to("Amira")) == 1
    assert undo(world, appointment, step, seconds=1) is Undone.TOLD
    assert world.asked(appointment) == set()
    page = world.app.test_client().get(world.link(appointment, amira))
    assert page.status_code == 410
    assert "answer" not in page.text


def test_who_was_taken_out_of_the_line_by_asking_is_in_it_again(world: World) -> None:
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=9, hours=3))
    world.work()
    next_one = {amira: "Amira", berat: "Berat"}
    waits = next(number for number, name in next_one.items() if name not in world.asked(appointment))
    before = rows(world, appointment)
    step = do(world, by_hand.ask, appointment, waits)
    undo(world, appointment, step, seconds=3)
    assert rows(world, appointment) == before


def test_an_entry_undone_in_time_tells_nobody_and_asks_the_others_again(world: World) -> None:
    amira, berat = busy(world), busy(world, "Berat")
    appointment = unfilled(world)
    world.ask(appointment, amira, berat)
    world.work()
    asked, said = world.asked(appointment), heard(world)
    assert asked == {"Amira", "Berat"}
    step = do(world, by_hand.assign, appointment, amira)
    assert (world.coming(appointment), world.asked(appointment)) == ({"Amira"}, set())
    assert undo(world, appointment, step, seconds=9) is Undone.UNSEEN
    assert (world.coming(appointment), world.asked(appointment)) == (set(), asked)
    world.work(minutes=1)
    assert heard(world) == said


@pytest.mark.parametrize("answer", ["no", "nothing"])
def test_an_entry_undone_in_time_leaves_a_no_a_no(world: World, answer: str) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    if answer == "no":
        world.ask(appointment, amira)
        world.work()
        world.decline(appointment, amira)
        world.work()
    before = rows(world, appointment)
    step = do(world, by_hand.assign, appointment, amira)
    undo(world, appointment, step, seconds=2)
    after = rows(world, appointment)
    if answer == "nothing":
        assert after.pop("offers") != before.pop("offers"), "the seat is on record, but nobody is asked"
    assert after == before
    assert world.asked(appointment) == set()


def test_an_entry_that_was_confirmed_is_taken_back_from_both_sides(world: World) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    step = do(world, by_hand.assign, appointment, amira)
    world.work(seconds=11)
    mails = len(world.ways.mail.sent)
    assert undo(world, appointment, step, seconds=1) is Undone.TOLD
    world.work()
    assert world.coming(appointment) == set()
    assert len(world.texts_to("Amira")) == 2
    to = {mail.to for mail in world.ways.mail.sent[mails:]}
    assert {"amira@mail.example", "sozialamt@beckum.example"} <= to


def test_a_question_that_was_taken_back_goes_on_under_its_link(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    world.mediator("Berat", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=9, hours=3))
    world.work()
    who = amira if "Amira" in world.asked(appointment) else amira + 1
    before, said = rows(world, appointment), heard(world)
    step = do(world, by_hand.withdraw, appointment, who)
    world.work(seconds=8)
    assert heard(world) == said, "the next are asked only when it can no longer be undone unseen"
    assert undo(world, appointment, step, seconds=1) is Undone.UNSEEN
    assert rows(world, appointment) == before
    world.accept(appointment, who)
    assert len(world.coming(appointment)) == 1


def test_a_question_taken_back_some_time_ago_is_put_anew(world: World) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    world.ask(appointment, amira)
    world.work()
    step = do(world, by_hand.withdraw, appointment, amira)
    world.work(seconds=30)
    assert undo(world, appointment, step) is Undone.TOLD
    world.work()
    assert len(world.texts_to("Amira")) == 2
    assert world.asked(appointment) == {"Amira"}


def test_a_move_undone_in_time_moved_nobody(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=2, hours=3))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=30)
    before, said = rows(world, appointment), heard(world)
    reminders = {(one.kind, one.due_at) for one in world.messages(status=MessageStatus.QUEUED)}
    step = change(world, appointment, starts_at=world.now + timedelta(days=3, hours=3))
    world.work(seconds=5)
    assert undo(world, appointment, step, seconds=1) is Undone.UNSEEN
    after = rows(world, appointment)
    assert after == before
    assert {(one.kind, one.due_at) for one in world.messages(status=MessageStatus.QUEUED)} == reminders
    world.work(minutes=1)
    assert heard(world) == said


def test_whom_a_move_released_comes_after_all_if_they_have_not_heard_of_it(world: World) -> None:
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=2, hours=3))
    world.work()
    asked = world.asked(appointment)
    who = amira if "Amira" in asked else berat
    world.accept(appointment, who)
    world.work(seconds=30)
    before, said = rows(world, appointment), heard(world)
    step = change(world, appointment, mode="phone", place=None)
    assert world.coming(appointment) == set()
    world.work(seconds=4)
    assert undo(world, appointment, step, seconds=4) is Undone.UNSEEN
    assert rows(world, appointment)["coming"] == before["coming"]
    assert world.status(appointment) == "filled"
    world.work(minutes=1)
    assert heard(world) == said


def test_who_was_asked_about_the_old_time_is_asked_again_and_a_no_stays_a_no(world: World) -> None:
    amira, berat = busy(world), busy(world, "Berat")
    appointment = unfilled(world)
    world.ask(appointment, amira, berat)
    world.work()
    world.decline(appointment, berat)
    world.work(seconds=2)
    step = change(world, appointment, starts_at=world.now + timedelta(days=3, hours=3))
    assert world.asked(appointment) == set()
    assert undo(world, appointment, step, seconds=9) is Undone.UNSEEN
    assert world.asked(appointment) == {"Amira"}
    with pytest.raises(NoLongerOpen, match="asked_already"):
        do(world, by_hand.ask, appointment, berat)
    world.accept(appointment, amira)
    assert world.coming(appointment) == {"Amira"}


def test_a_move_that_was_told_is_told_back_and_who_stayed_stays(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=2, hours=3))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=30)
    before = rows(world, appointment)
    step = change(world, appointment, starts_at=world.now + timedelta(days=3, hours=3))
    world.work(seconds=11)
    said = len(world.texts_to("Amira"))
    assert undo(world, appointment, step) is Undone.TOLD
    world.work()
    after = rows(world, appointment)
    assert (after["starts"], after["coming"]) == (before["starts"], before["coming"])
    assert len(world.texts_to("Amira")) == said + 1


def agreed_by(world: World, name: str, **values: Any) -> int:
    """An appointment to which somebody comes, and who has been told so."""
    person = world.mediator(name, "kmr", **values)
    appointment = world.appointment("kmr", world.now + timedelta(days=2, hours=3))
    world.work()
    world.accept(appointment, person)
    world.work(seconds=30)
    return appointment


def test_a_move_that_waits_is_told_though_the_next_change_is_undone(world: World) -> None:
    appointment = agreed_by(world, "Amira")
    said = len(world.texts_to("Amira"))
    change(world, appointment, starts_at=world.now + timedelta(days=3, hours=3))
    world.now += timedelta(seconds=3)
    step = change(world, appointment, starts_at=world.now + timedelta(days=4, hours=3))
    undo(world, appointment, step, seconds=3)
    world.work(minutes=1)
    new = world.texts_to("Amira")[said:]
    assert len(new) == 1
    assert "26.11." in new[0]


def test_a_move_that_waits_is_told_by_sms_though_small_print_follows(world: World) -> None:
    appointment = agreed_by(world, "Amira", email="")
    said = len(world.texts_to("Amira"))
    change(world, appointment, starts_at=world.now + timedelta(days=3, hours=3))
    world.now += timedelta(seconds=3)
    change(world, appointment, note="Eingang C")
    world.work(minutes=1)
    new = world.texts_to("Amira")[said:]
    assert len(new) == 1
    assert "26.11." in new[0]


def cancel(world: World, appointment: int) -> None:
    with world.change() as session:
        requesting.cancel(session, world.now, world.links, appointment, world.staff(session, Role.COORDINATOR))


def make_it_a_call(world: World, appointment: int) -> None:
    change(world, appointment, mode="phone", place=None)


@pytest.mark.parametrize("end", [cancel, make_it_a_call])
@pytest.mark.parametrize(("seconds", "day"), [(3, "25.11."), (30, "26.11.")])
def test_who_is_not_expected_any_more_reads_the_time_they_know(
    world: World, end: Callable[[World, int], None], seconds: int, day: str
) -> None:
    appointment = agreed_by(world, "Amira")
    change(world, appointment, starts_at=world.now + timedelta(days=3, hours=3))
    world.now += timedelta(seconds=1)
    change(world, appointment, duration_minutes=90)
    world.work(seconds=seconds)
    end(world, appointment)
    world.work(minutes=1)
    said = [one for one in world.texts_to("Amira") if one.startswith("Abgesagt")]
    assert len(said) == 1
    assert day in said[0]
    assert ("90 min" in said[0]) == (seconds == 30)


def test_a_change_of_the_small_print_and_of_the_site_is_undone_too(world: World) -> None:
    appointment = world.appointment("kmr", note="Eingang B", place=TOWN_HALL)
    before = rows(world, appointment)
    step = change(world, appointment, note="Eingang C", mediators_needed=2)
    undo(world, appointment, step, seconds=1)
    assert rows(world, appointment) == before
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        assert (found.note, found.mediators_needed) == ("Eingang B", 1)


@pytest.mark.parametrize("late", [False, True])
def test_twice_is_once(world: World, late: bool) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    step = do(world, by_hand.ask, appointment, amira)
    if late:
        world.work(seconds=12)
    undo(world, appointment, step)
    before = rows(world, appointment)
    with pytest.raises(NoLongerOpen, match="undo_done"):
        undo(world, appointment, step)
    assert rows(world, appointment) == before


def test_who_has_answered_is_not_unasked(world: World) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    step = do(world, by_hand.ask, appointment, amira)
    world.work(seconds=11)
    world.decline(appointment, amira)
    with pytest.raises(NoLongerOpen, match="undo_answered"):
        undo(world, appointment, step)


def test_where_somebody_else_has_filled_it_the_question_is_gone_already(world: World) -> None:
    amira, berat = busy(world), busy(world, "Berat")
    appointment = unfilled(world)
    step = do(world, by_hand.ask, appointment, amira)
    taken_back = do(world, by_hand.ask, appointment, berat)
    world.work(seconds=11)
    withdrawn = do(world, by_hand.withdraw, appointment, berat)
    world.accept(appointment, amira)
    with pytest.raises(NoLongerOpen, match="undo_answered"):
        undo(world, appointment, step)
    with pytest.raises(AlreadyTaken, match="undo_filled"):
        undo(world, appointment, taken_back)
    with pytest.raises(AlreadyTaken):
        undo(world, appointment, withdrawn)
    assert world.coming(appointment) == {"Amira"}


def test_a_change_that_was_changed_again_or_is_another_pools_is_left_alone(world: World) -> None:
    appointment = world.appointment("kmr")
    other = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    step = change(world, appointment, note="A")
    with pytest.raises(NotFound):
        undo(world, other, step)
    change(world, appointment, note="B")
    with pytest.raises(NoLongerOpen, match="undo_changed"):
        undo(world, appointment, step)


def test_a_time_that_has_passed_does_not_come_back(world: World) -> None:
    appointment = world.appointment("kmr", world.now + timedelta(minutes=90))
    step = change(world, appointment, starts_at=world.now + timedelta(days=2))
    with pytest.raises(NoLongerOpen, match="undo_past"):
        undo(world, appointment, step, hours=2)


def test_whom_a_move_released_and_who_has_something_else_by_now_is_left_there(world: World) -> None:
    amira = world.mediator("Amira", "kmr", "tir")
    starts = world.now + timedelta(days=2, hours=3)
    appointment = world.appointment("kmr", starts)
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=30)
    step = change(world, appointment, mode="phone", place=None)
    other = world.appointment("tir", starts)
    do(world, by_hand.assign, other, amira)
    with pytest.raises(NoLongerOpen, match="undo_busy"):
        undo(world, appointment, step, seconds=5)
    assert (world.coming(appointment), world.coming(other)) == (set(), {"Amira"})
    world.work(seconds=6)
    told = world.messages(kind="cancelled", mediator_id=amira, appointment_id=appointment)
    assert {one.status for one in told} == {MessageStatus.SENT}, "she is told as before"


def test_every_step_and_its_undoing_leave_a_line(world: World) -> None:
    amira = busy(world)
    appointment = unfilled(world)
    step = do(world, by_hand.ask, appointment, amira)
    undo(world, appointment, step, seconds=1)
    with world.change() as session:
        lines = session.scalars(select(Event).where(Event.kind == "undone_by_hand")).all()
        assert [(one.mediator_id, one.data["step"], one.data["unseen"]) for one in lines] == [
            (amira, "asked_by_hand", True)
        ]


def test_what_was_there_before_is_forgotten_after_a_day(world: World) -> None:
    appointment = world.appointment("kmr", world.now + timedelta(days=9))
    change(world, appointment, note="A")
    world.now += timedelta(days=1, minutes=1)
    newest = change(world, appointment, note="B")
    with world.change() as session:
        assert session.scalars(select(ManualStep.id)).all() == [newest]
