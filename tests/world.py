"""A small pool that tests talk about by name, and the few verbs they need: see, ask, work, answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Unpack

from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import passwords, services, tenancy
from app.journey import answering, offering, replying, requesting
from app.journey.history import SERVICE, Actor, mediator_actor
from app.journey.replying import Inbound
from app.journey.request import Place, Request, RequestChanges
from app.journey.telling import alerts
from app.links import Links
from app.models import (
    Account,
    ActorKind,
    Alert,
    Appointment,
    AppointmentStatus,
    ForecastRun,
    InboundMessage,
    Link,
    LinkKind,
    Mediator,
    Message,
    Offer,
    Organisation,
    Pool,
    Role,
    Site,
)
from app.registry import accounts, mediators
from app.registry.accounts import TokenData
from app.registry.mediator_data import MediatorData
from app.transaction import transaction
from app.worker import forecasting, jobs
from app.worker.tools import Worker
from notifications.messages import Email, Sms
from notifications.transports.memory import MemoryTransport
from scheduler.forecast.history import History
from scheduler.forecast.outlook import look_ahead
from scheduler.forecast.result import Outlook
from scheduler.model.problem import Problem
from scheduler.solve import solve

PASSWORD = "a long enough password"
WORK_WEEK = tuple((weekday, 7 * 60, 19 * 60) for weekday in range(5))
TOWN_HALL = Place("Rathaus", 51.756, 8.041, "Weststraße 46, 59269 Beckum", "Innenstadt")


# Tests of something else than limits are not to mind the hour.
AT_ANY_TIME: dict[str, Any] = {
    "text_from_minute": 0, "text_until_minute": 1440, "text_weekends": True, "text_pause_minutes": 0,
    "max_texts_per_day": 1000,
}  # fmt: skip


@dataclass
class Ways:
    """All ways out lead into lists."""

    sms: MemoryTransport[Sms] = field(default_factory=MemoryTransport)
    mail: MemoryTransport[Email] = field(default_factory=MemoryTransport)

    @property
    def voice(self) -> MemoryTransport[Sms]:
        """Calls go the way of the SMS."""
        return self.sms


@dataclass
class World:
    """Beckum in small: a town hall, staff, a coordinator, and whoever a test adds. `now` moves when a test says so."""

    app: Flask
    now: datetime
    pool_id: int
    organisation_id: int
    ways: Ways = field(default_factory=Ways)

    @classmethod
    def build(cls, app: Flask, now: datetime, key: str = "beckum") -> "World":
        """A pool with one organisation, one site, and an account of each role."""
        with app.app_context():
            with transaction(None) as session:
                pool = Pool(
                    key=key, name=f"Sprachmittlerpool {key.title()}", email=f"pool@{key}.example", created_at=now,
                    **AT_ANY_TIME,
                )  # fmt: skip
                session.add(pool)
                session.flush()
                pool_id = pool.id
            with transaction(pool_id) as session:
                organisation = Organisation(name="Sozialamt", email=f"sozialamt@{key}.example")
                session.add(organisation)
                session.flush()
                session.add(
                    Site(
                        organisation_id=organisation.id,
                        name=TOWN_HALL.name,
                        street="Weststraße 46",
                        postcode="59269",
                        town="Beckum",
                        district=TOWN_HALL.district,
                        lat=TOWN_HALL.lat,
                        lon=TOWN_HALL.lon,
                    )
                )
                for role in Role:
                    session.add(
                        Account(
                            email=f"{role.value}@{key}.example",
                            name=f"{role.value.title()} Beispiel",
                            role=role,
                            organisation_id=organisation.id if role is Role.STAFF else None,
                            password_hash=_hash(),
                            created_at=now,
                        )
                    )
            world = cls(app, now, pool_id, organisation.id)
            services.of(app).clock = lambda: world.now
            return world

    @property
    def links(self) -> Links:
        """The application's links."""
        found: Links = services.of(self.app).links
        return found

    @property
    def worker(self) -> Worker:
        """A worker whose clock is the test's."""
        return Worker("test", self.app, lambda: self.now, self.ways, self.links, solve)

    @contextmanager
    def change(self) -> Iterator[Session]:
        """A transaction bound to the pool."""
        with self.app.app_context(), transaction(self.pool_id) as session:
            yield session

    def mediator(self, name: str, *languages: str, **values: Any) -> int:
        """Enter a mediator who is free all working week and lives at the town hall; gives their id."""
        values.setdefault("phone", f"+4917139200{self._next_number():02d}")
        values.setdefault("email", f"{name.lower()}@mail.example")
        values.setdefault("availability", WORK_WEEK)
        values.setdefault("home", (TOWN_HALL.lat, TOWN_HALL.lon))
        skills = tuple((language, values.get("level", "C1")) for language in languages)
        values.pop("level", None)
        with self.change() as session:
            data = MediatorData(name=name, skills=skills, **values)
            return mediators.register(session, self.now, self.links, data, SERVICE).id

    def appointment(self, language: str = "kmr", starts: datetime | None = None, **values: Any) -> int:
        """Request an appointment at the town hall, by default tomorrow at 10:00 for an hour; gives its id."""
        values.setdefault("place", TOWN_HALL if values.get("mode", "on_site") == "on_site" else None)
        with self.change() as session:
            organisation = session.get_one(Organisation, self.organisation_id)
            wanted = Request(language, starts or self.now + timedelta(days=1, hours=3), **values)
            return requesting.request(session, self.now, organisation, wanted, self.staff(session)).id

    def past(
        self, language: str, starts: datetime, status: AppointmentStatus = AppointmentStatus.DONE, **values: Any
    ) -> int:
        """An appointment of former weeks, asked for three days before, written without the journey; gives its id."""
        values.setdefault("mode", "phone")
        with self.change() as session:
            row = Appointment(
                organisation_id=self.organisation_id, language=language, starts_at=starts,
                ends_at=starts + timedelta(hours=1), status=status, created_at=starts - timedelta(days=3), **values,
            )  # fmt: skip
            session.add(row)
            session.flush()
            return row.id

    def edit(self, appointment_id: int, **changes: Unpack[RequestChanges]) -> None:
        """Let staff change an appointment."""
        with self.change() as session:
            requesting.change(session, self.now, self.links, appointment_id, changes, self.staff(session))

    def cancel(self, appointment_id: int) -> None:
        """Let the coordinator cancel an appointment."""
        with self.change() as session:
            coordinator = self.staff(session, Role.COORDINATOR)
            requesting.cancel(session, self.now, self.links, appointment_id, coordinator)

    def accept(self, appointment_id: int, mediator_id: int, *, late: bool = False) -> None:
        """Let a mediator say yes to the newest question, by link."""
        with self.change() as session:
            offer = self.offer(session, appointment_id, mediator_id)
            answering.accept(session, self.now, self.links, offer.id, mediator_actor(offer.mediator), "link", late=late)

    def decline(self, appointment_id: int, mediator_id: int) -> None:
        """Let a mediator say no to the newest question, by link."""
        with self.change() as session:
            offer = self.offer(session, appointment_id, mediator_id)
            answering.decline(session, self.now, self.links, offer.id, mediator_actor(offer.mediator), "link")

    def undo(self, appointment_id: int, mediator_id: int) -> None:
        """Let a mediator take back what they just answered."""
        with self.change() as session:
            offer = self.offer(session, appointment_id, mediator_id)
            answering.undo(session, self.now, self.links, offer.id, mediator_actor(offer.mediator))

    def hand_back(self, appointment_id: int, mediator_id: int) -> None:
        """Let a mediator give back what they agreed to."""
        with self.change() as session:
            offer = self.offer(session, appointment_id, mediator_id)
            answering.hand_back(session, self.now, self.links, offer.id, mediator_actor(offer.mediator))

    def write(self, name: str, text: str) -> str:
        """Let a mediator write an SMS; gives the outcome."""
        with self.change() as session:
            number = session.execute(select(Mediator.phone).where(Mediator.name == name)).scalar_one()
            count = len(session.scalars(select(InboundMessage.id)).all())
            return replying.take(session, self.now, self.links, Inbound(f"SM{count}", number, text))

    def answers_to(self, name: str) -> list[str]:
        """What the service has written to somebody beside questions, once the worker has been at it."""
        self.work()
        return [text for text in self.texts_to(name) if "Kommen Sie?" not in text and "oder JA" not in text]

    def wrong_number(self, mediator: int, appointment: int | None = None) -> int:
        """Raise the alert that somebody's number is wrong; gives the alert's id."""
        with self.change() as session:
            person = session.get_one(Mediator, mediator)
            about = session.get_one(Appointment, appointment) if appointment else None
            subject, said = f"number_wrong:mediator:{mediator}", {"name": person.name, "code": "30005"}
            alerts.raise_alert(
                session, self.now, self.links, self.pool_id, "number_wrong", subject, appointment=about,
                mediator=person, **said,
            )  # fmt: skip
            return session.execute(select(Alert.id).where(Alert.subject == subject)).scalar_one()

    def left_to_plan(self, *appointments: int) -> None:
        """Placing has looked at these (ids), and left them to the next plan of the whole pool."""
        with self.change() as session:
            session.execute(update(Appointment).where(Appointment.id.in_(appointments)).values(place_at=None))

    def set_pool(self, **values: object) -> None:
        """Change the pool's own row."""
        with self.change() as session:
            pool = session.execute(select(Pool).where(Pool.id == self.pool_id)).scalar_one()
            for name, value in values.items():
                setattr(pool, name, value)

    def token(self, role: Role = Role.COORDINATOR, organisation: str | None = None) -> str:
        """A token of the API; staff belong to the Sozialamt unless another organisation is named."""
        named = organisation or ("Sozialamt" if role is Role.STAFF else None)
        with self.change() as session:
            owner = session.scalar(select(Organisation.id).where(Organisation.name == named)) if named else None
            return accounts.create_token(session, self.now, TokenData(role.value, owner), SERVICE)[1]

    def staff(self, session: Session, role: Role = Role.STAFF) -> Actor:
        """Who acts."""
        account = session.execute(select(Account).where(Account.role == role)).scalar_one()
        return Actor(ActorKind.ACCOUNT, account.id)

    def work(self, **later: float) -> None:
        """Let time pass (as in timedelta), then let the worker do everything that is due."""
        self.now += timedelta(**later)
        jobs.run_once(self.worker)

    def foresee(self, periods: int = 20) -> None:
        """Let the coming weeks be forecast anew, in few periods: enough where what comes is certain."""
        with self.change() as session:
            session.execute(delete(ForecastRun).where(ForecastRun.started_at > self.now - timedelta(days=1)))

        def quickly(problem: Problem, history: History) -> Outlook:
            return look_ahead(problem, history, periods=periods)

        forecasting.forecast(replace(self.worker, foresee=quickly))

    def ask(self, appointment_id: int, *mediator_ids: int) -> None:
        """Let the coordinator ask these people by hand, beside whoever the waves have asked."""
        with self.change() as session:
            for mediator in session.scalars(select(Mediator).where(Mediator.id.in_(mediator_ids))):
                coordinator = self.staff(session, Role.COORDINATOR)
                offering.ask(session, self.now, self.links, appointment_id, mediator, coordinator)

    def offer(self, session: Session, appointment_id: int, mediator_id: int) -> Offer:
        """The newest question to that person."""
        return session.execute(
            select(Offer)
            .where(Offer.appointment_id == appointment_id, Offer.mediator_id == mediator_id)
            .order_by(Offer.id.desc())
            .limit(1)
        ).scalar_one()

    def link(self, appointment_id: int, mediator_id: int, kind: LinkKind = LinkKind.OFFER) -> str:
        """The path of a mediator's link, as their SMS shows it."""
        with self.change() as session:
            offer = self.offer(session, appointment_id, mediator_id)
            link = session.execute(select(Link).where(Link.offer_id == offer.id, Link.kind == kind)).scalar_one()
            return self.links.url(link).removeprefix(self.links.public_url)

    def status(self, appointment_id: int) -> str:
        """Where the appointment stands."""
        with self.change() as session:
            return (
                session.execute(select(Appointment).where(Appointment.id == appointment_id)).scalar_one().status.value
            )

    def asked(self, appointment_id: int) -> set[str]:
        """Names of those whose question is out."""
        with self.change() as session:
            rows = session.scalars(select(Offer).where(Offer.appointment_id == appointment_id, Offer.status == "sent"))
            return {offer.mediator.name for offer in rows}

    def coming(self, appointment_id: int) -> set[str]:
        """Names of those who hold a seat."""
        with self.change() as session:
            appointment = session.execute(select(Appointment).where(Appointment.id == appointment_id)).scalar_one()
            return {assignment.mediator.name for assignment in appointment.active_assignments}

    def texts_to(self, name: str) -> list[str]:
        """The SMS a mediator has received, in order."""
        with self.app.app_context(), transaction(self.pool_id) as session:
            phone = session.execute(select(Mediator.phone).where(Mediator.name == name)).scalar_one()
        return [sms.body for sms in self.ways.sms.sent if sms.to == phone]

    def messages(self, **conditions: Any) -> list[Message]:
        """Rows of the outbox."""
        with self.app.app_context(), transaction(self.pool_id) as session:
            found = list(session.scalars(select(Message).filter_by(**conditions).order_by(Message.id)))
            session.expunge_all()
            return found

    def _next_number(self) -> int:
        with self.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
            return len(session.scalars(select(Mediator.id)).all())


_HASHES: list[str] = []


def _hash() -> str:
    """One hash for all test accounts: argon2 is slow on purpose."""
    if not _HASHES:
        _HASHES.append(passwords.hashed(PASSWORD))
    return _HASHES[0]
