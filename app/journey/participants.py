"""Rows -> the engine's values: one mediator, one appointment, and who never takes what.

Ids are row ids as text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from app.journey.offers import current_offers, offers_for_this_time
from app.journey.people import Person
from app.journey.timing.clearances import cleared_days, required
from app.models import SEEKING, Appointment, Mediator, Offer, OfferStatus, Pool, Withdrawal
from scheduler.model import problem as engine

# What was answered, or could not be delivered, is not asked again for the same time.
SPENT: Final = frozenset({OfferStatus.DECLINED, OfferStatus.EXPIRED, OfferStatus.HANDED_BACK})
BASE_WEIGHT: Final = 10
# What a neighbour asks for comes after all that the pool itself needs.
GUEST_WEIGHT: Final = 1
_NONE: Final[frozenset[str]] = frozenset()
Key = TypeVar("Key")


@dataclass(frozen=True)
class Lately:
    """How many tasks somebody had in the last weeks, and for how many days none; None: longer than those weeks."""

    tasks: int
    idle_days: int | None


NOTHING_LATELY = Lately(0, None)


def mediator_value(
    mediator: Mediator | Person,
    excluded: frozenset[str],
    free: tuple[tuple[datetime, datetime], ...],
    lately: Lately,
    places: dict[str, engine.Place],
    *,
    uncleared: frozenset[str] = frozenset(),
    chance: float = 1.0,
) -> engine.Mediator:
    """A mediator as the engine sees them; `chance` is that of a yes.

    `excluded` are appointments they never take, `uncleared` those on whose day they lack what the pool asks for.
    """
    return engine.Mediator(
        id=str(mediator.id),
        languages={skill.language: skill.level for skill in mediator.skills},
        gender=mediator.gender,
        modes=frozenset(mediator.modes),
        available=free,
        home=place_of(places, mediator.home_lat, mediator.home_lon),
        max_travel_minutes=mediator.max_travel_minutes,
        max_appointments_per_day=mediator.max_appointments_per_day,
        max_minutes_per_day=mediator.max_minutes_per_day,
        max_appointments_per_week=mediator.max_appointments_per_week,
        max_minutes_per_week=mediator.max_minutes_per_week,
        excluded=excluded,
        uncleared=uncleared,
        load=lately.tasks,
        idle_days=lately.idle_days,
        chance=chance,
    )


def appointment_value(
    appointment: Appointment, now: datetime, pool: Pool, places: dict[str, engine.Place], known: set[int]
) -> engine.Appointment:
    """An appointment as the engine sees it; `known` are the mediators in the problem."""
    current = current_offers(appointment)
    fixed = holders(appointment, known)
    seeking = appointment.status in SEEKING
    asked = [one.mediator_id for one in current if one.status is OfferStatus.SENT and one.mediator_id in known]
    on_site = appointment.mode == "on_site"
    return engine.Appointment(
        id=str(appointment.id),
        language=appointment.language,
        accepted_languages=tuple(appointment.accepted_languages),
        min_level=appointment.min_level or pool.min_level,
        starts=appointment.starts_at,
        ends=appointment.ends_at,
        mode=appointment.mode,
        place=place_of(places, appointment.place_lat, appointment.place_lon) if on_site else None,
        gender=appointment.gender,
        mediators_needed=appointment.mediators_needed if seeking else len(fixed),
        partial=appointment.mediators_needed > 1,
        weight=weight(appointment, now),
        preferred=_ids(one for one in dict.fromkeys(appointment.preferred_mediators) if one in known),
        fixed=_ids(fixed),
        asked=_ids(one for one in asked if one not in fixed),
        # a filled one only blocks its people's time: nobody else is looked for
        candidates=None if seeking else _ids(fixed),
    )


def weight(appointment: Appointment, now: datetime) -> int:
    """How much covering it counts: what is near or marked urgent cannot wait for a later plan."""
    if appointment.is_guest:
        return GUEST_WEIGHT
    left = appointment.starts_at - now
    nearness = 10 if left < timedelta(days=1) else 5 if left < timedelta(days=3) else 0
    return (BASE_WEIGHT + nearness) * (3 if appointment.urgent else 1)


def holders(appointment: Appointment, known: set[int]) -> list[int]:
    """Who holds a seat, of those who are known."""
    return [one.mediator_id for one in appointment.active_assignments if one.mediator_id in known]


@dataclass(frozen=True)
class Exclusions:
    """Appointments (ids as text) that somebody never takes: whose they are, what about, who was asked already."""

    organisations: Mapping[int, frozenset[str]]
    topics: Mapping[str, frozenset[str]]
    spent: Mapping[int, frozenset[str]]
    # an exclusion entered later does not undo what is agreed
    held: Mapping[int, frozenset[str]]
    # local day -> those on it; empty where the pool asks for no clearance
    days: Mapping[date, frozenset[str]]

    @classmethod
    def among(cls, appointments: Iterable[Appointment], pool: Pool) -> "Exclusions":
        """Look through the appointments once, for everybody."""
        organisations, topics = defaultdict[int, set[str]](set), defaultdict[str, set[str]](set)
        days, zone = defaultdict[date, set[str]](set), ZoneInfo(pool.timezone) if required(pool) else None
        spent, held = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set)
        for one in appointments:
            key = str(one.id)
            organisations[one.organisation_id].add(key)
            topics[one.topic].add(key)
            if zone:
                days[one.starts_at.astimezone(zone).date()].add(key)
            for offer in offers_for_this_time(one):
                if is_spent(offer):
                    spent[offer.mediator_id].add(key)
            for assignment in one.active_assignments:
                held[assignment.mediator_id].add(key)
        return cls(_frozen(organisations), _frozen(topics), _frozen(spent), _frozen(held), _frozen(days))

    def of(self, mediator: Mediator | Person) -> frozenset[str]:
        """Those of one person."""
        theirs = [self.organisations.get(one.organisation_id, _NONE) for one in mediator.exclusions]
        about = [self.topics.get(topic, _NONE) for topic in mediator.excluded_topics]
        barred = _NONE.union(*theirs, *about) - self.held.get(mediator.id, _NONE)
        return barred | self.spent.get(mediator.id, _NONE)

    def uncleared(self, mediator: Mediator | Person, pool: Pool) -> frozenset[str]:
        """Those on whose day one person lacks what the pool asks for; what is agreed stays."""
        if not self.days:
            return _NONE
        first, last = cleared_days(mediator, pool) or (date.max, date.min)
        late = (ids for day, ids in self.days.items() if not first <= day <= last)
        return _NONE.union(*late) - self.held.get(mediator.id, _NONE)


def _frozen(found: Mapping[Key, set[str]]) -> dict[Key, frozenset[str]]:
    return {key: frozenset(ids) for key, ids in found.items()}


def is_spent(offer: Offer) -> bool:
    """Whether no plan puts this person in line again: they answered, cannot be reached, or somebody took them out."""
    return offer.status in SPENT or (
        offer.status is OfferStatus.WITHDRAWN and offer.withdrawal in {Withdrawal.UNREACHABLE, Withdrawal.BY_HAND}
    )


def travel_of(pool: Pool) -> engine.Travel:
    """How long ways take in this pool."""
    return engine.Travel(
        minutes_per_km=pool.minutes_per_km,
        base_minutes=pool.base_travel_minutes,
        max_minutes=pool.max_travel_minutes,
    )


def place_of(places: dict[str, engine.Place], lat: float | None, lon: float | None) -> str | None:
    """The name of a place among those of a problem, noted there; None for none."""
    if lat is None or lon is None:
        return None
    key = f"{lat:.5f},{lon:.5f}"
    places.setdefault(key, engine.Place(lat=lat, lon=lon))
    return key


def _ids(ids: Iterable[int]) -> tuple[str, ...]:
    return tuple(str(one) for one in ids)
