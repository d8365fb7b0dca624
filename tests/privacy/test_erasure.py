"""Who is forgotten is found nowhere; what they did stays counted, and nobody waits for them in vain."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import select

from app.errors import Busy, NotFound
from app.journey import thanking
from app.journey.history import SERVICE, Actor
from app.journey.locks import lock_appointment
from app.models import (
    ActorKind,
    Alert,
    Application,
    ApplicationState,
    Assignment,
    Base,
    IdempotencyKey,
    InboundMessage,
    Mediator,
    Message,
    MessageStatus,
    Offer,
)
from app.privacy.erasure import erase
from app.privacy.traces import Named
from app.registry import mediators
from app.registry.mediator_data import data_of
from tests.journey.test_lending import agree, guest_of
from tests.world import World

NAME, PHONE, MAIL = "Zozan Öztürk", "+4917198765432", "zozan@weit.example"


@pytest.fixture
def hagen(world: World) -> World:
    """A neighbour whose phones lead into the same lists."""
    other = World.build(world.app, world.now, key="hagen")
    other.ways = world.ways
    return other


def zozan(world: World, *languages: str) -> int:
    return world.mediator(NAME, *languages, phone=PHONE, email=MAIL, gender="f", home_district="Roland")


def forget(world: World, mediator: int) -> bool:
    with world.change() as session:
        return erase(session, world.now, world.links, session.get_one(Mediator, mediator), SERVICE)


def cells(app: Flask, world: World) -> Iterator[tuple[str, str]]:
    """Every value of every table as text, calendars unfolded, with where it stands."""
    with app.app_context(), world.change() as session:
        connection = session.connection()
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(sa.select(*(sa.cast(one, sa.Text).label(one.name) for one in table.columns))):
                for column, value in row._mapping.items():
                    # JSON may be written in plain ASCII
                    plain = (value or "").replace("\\u00d6", "Ö").replace("\\u00fc", "ü")
                    yield f"{table.name}.{column}", plain.replace("\r\n ", "")


def found(world: World) -> set[str]:
    """Columns in which anything still names her."""
    named = Named(NAME, PHONE, MAIL)
    return {where for where, said in cells(world.app, world) if any(one.lower() in said.lower() for one in named)}


def a_life(world: World) -> tuple[int, int, int]:
    """Everything somebody may leave traces by: her number, one appointment that is over, and one to come."""
    me = zozan(world, "kmr")
    over = world.appointment("kmr")
    world.work()
    world.accept(over, me)
    world.work(seconds=11)
    world.write(NAME, "Danke, Zozan Öztürk")
    world.wrong_number(me, over)
    world.work(days=2)
    with world.change() as session:
        held, said = lock_appointment(session, over), thanking.Words("help", f"Danke, {NAME}!")
        thanking.thank(session, world.now, world.links, held, said, world.staff(session))
        answer = json.dumps({"name": NAME, "phone": PHONE}, ensure_ascii=False)
        session.add(IdempotencyKey(key_hash="k", request_hash="r", status=201, body=answer, created_at=world.now))
        session.add(
            Application(
                state=ApplicationState.ACCEPTED, name=NAME, phone=PHONE, email=MAIL, skills=[], modes=[], place="",
                mediator_id=me, created_at=world.now,
            )
        )  # fmt: skip
    coming = world.appointment("kmr")
    world.work()
    world.accept(coming, me)
    world.work(seconds=11)
    return me, over, coming


def test_nothing_names_whom_nobody_is_to_know_any_more(world: World) -> None:
    me, *_ = a_life(world)
    everywhere = {
        "message.body",
        "message.calendar",
        "event.data",
        "application.name",
        "thanks.words",
        "mediator.email",
    }
    assert everywhere < found(world)
    assert forget(world, me)
    world.work(seconds=20)
    assert found(world) == set()


def test_who_waits_is_told_and_somebody_else_is_asked(world: World) -> None:
    me, _, coming = a_life(world)
    world.mediator("Berivan", "kmr")
    before = len(world.ways.mail.sent)
    forget(world, me)
    world.work(seconds=20)
    assert world.asked(coming) == {"Berivan"}
    told = [mail for mail in world.ways.mail.sent[before:] if mail.to == "sozialamt@beckum.example"]
    assert told
    assert all(NAME not in mail.text for mail in told)


def test_what_she_did_stays_counted(world: World) -> None:
    me, over, _ = a_life(world)
    with world.change() as session:
        before = len(session.scalars(select(Offer).where(Offer.mediator_id == me)).all())
    forget(world, me)
    with world.change() as session:
        assert len(session.scalars(select(Offer).where(Offer.mediator_id == me)).all()) == before
        kept = session.execute(select(Assignment).where(Assignment.appointment_id == over)).scalar_one()
        assert (kept.mediator.name, kept.mediator.phone, kept.mediator.skills) == (f"N. N. ({me})", "", [])


def test_a_second_time_changes_nothing(world: World) -> None:
    me = zozan(world, "kmr")
    assert forget(world, me)
    world.now += timedelta(days=1)
    assert not forget(world, me)


def test_nothing_is_written_to_her_any_more(world: World) -> None:
    me, _, _ = a_life(world)
    texts, mails = len(world.ways.sms.sent), len(world.ways.mail.sent)
    forget(world, me)
    world.work(days=3)
    assert all(sms.to != PHONE for sms in world.ways.sms.sent[texts:])
    assert all(mail.to != MAIL for mail in world.ways.mail.sent[mails:])
    with world.change() as session:
        hers = session.scalars(select(Message).where(Message.mediator_id == me)).all()
        assert all(one.status is not MessageStatus.QUEUED for one in hers)


def test_what_is_just_being_sent_is_waited_for(world: World) -> None:
    me = zozan(world, "kmr")
    world.appointment("kmr")
    world.work()
    with world.change() as session:
        message = session.execute(select(Message).where(Message.mediator_id == me)).scalar_one()
        message.status = MessageStatus.SENDING
    with pytest.raises(Busy):
        forget(world, me)
    with world.change() as session:
        assert session.get_one(Mediator, me).name == NAME


def test_a_family_keeps_what_came_from_its_telephone(world: World) -> None:
    me = zozan(world, "kmr")
    world.mediator("Azad", "kmr", phone=PHONE)
    world.write(NAME, "Wann beginnt es?")
    forget(world, me)
    with world.change() as session:
        assert session.scalars(select(InboundMessage)).one().sender == PHONE


def test_a_neighbour_forgets_with_the_pool_she_belonged_to(world: World, hagen: World) -> None:
    agree(world, hagen)
    me = zozan(hagen, "tir")
    appointment = world.appointment("tir", fallbacks=("neighbour",))
    world.work()
    hagen.accept(guest_of(world, hagen, appointment), me)
    world.work(seconds=11)
    assert any(where.startswith("borrowed_seat") for where in found(world))
    forget(hagen, me)
    world.work(seconds=20)
    assert found(world) == set()


def test_nobody_changes_who_is_forgotten(world: World) -> None:
    me = zozan(world, "kmr")
    with world.change() as session:
        data = data_of(session.get_one(Mediator, me))
    forget(world, me)
    with pytest.raises(NotFound), world.change() as session:
        mediators.update(session, world.now, world.links, me, data, Actor(ActorKind.SERVICE))


@pytest.mark.parametrize(
    ("said", "then"),
    [
        ("Frau Li kommt. Liebe Grüße", "Frau N. N. (7) kommt. Liebe Grüße"),
        ("LI, li und Li.", "N. N. (7), N. N. (7) und N. N. (7)."),
        ("Tel. +491711: Li", "Tel. : N. N. (7)"),
        ("Lisa und Ali", "Lisa und Ali"),
    ],
)
def test_a_short_name_leaves_other_words_alone(said: str, then: str) -> None:
    assert Named("Li", "+491711", "").replaced(said, "N. N. (7)") == then


def test_alerts_that_name_several_keep_the_others(world: World) -> None:
    me = zozan(world, "kmr")
    with world.change() as session:
        people = [{"name": NAME, "kind": "training"}, {"name": "Berivan", "kind": "training"}]
        session.add(Alert(kind="clearances_ending", subject="s", data={"people": people}, created_at=world.now))
    forget(world, me)
    with world.change() as session:
        names = [one["name"] for one in session.scalars(select(Alert)).one().data["people"]]
    assert names == [f"N. N. ({me})", "Berivan"]
