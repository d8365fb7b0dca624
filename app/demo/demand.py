"""The appointments of a pool: drawn from the published shares, before anybody is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from app.demo.calendar_days import CLOSES, Around
from app.demo.data import deck, settings
from app.demo.places import Office
from app.journey.request import Place, Request

# How many people should be able to come, and how often another hour, then another day, is tried to get there.
ENOUGH = 3
TRIES_OF_HOUR, TRIES_OF_DAY = 8, 8


class Fate(StrEnum):
    """How an appointment ends; the way there is left to the journey."""

    FILLED = "filled"
    UNFILLED = "unfilled"
    # requested just now: the first plan is yet to come
    FRESH = "fresh"


@dataclass(frozen=True)
class Draft:
    """An appointment to be: what is wanted by whom, requested when, ending how."""

    wanted: Request
    office: Office
    requested_at: datetime
    fate: Fate = Fate.FILLED
    cancelled_at: datetime | None = None

    @property
    def lead(self) -> timedelta:
        """From the request to the appointment."""
        return self.wanted.starts_at - self.requested_at


@dataclass(frozen=True)
class Needed:
    """How many appointments, how many of them requested just now; `languages` unless None are the only ones."""

    count: int
    fresh: int
    languages: frozenset[str] | None = None


# How many people could come to an appointment, were they free of others.
Count = Callable[[Draft], int]


def drafts(
    rng: Random, around: Around, needed: Needed, offices: list[Office], able: Count, scenes: Sequence[Any]
) -> list[Draft]:
    """The appointments of four weeks by the time of request; `scenes` are staged among those requested just now."""
    drawn = _drawn(rng, around, needed, offices, able)
    ahead = [index for index, draft in enumerate(drawn) if draft.wanted.starts_at > around.now + timedelta(hours=20)]
    chosen = sorted(rng.sample(ahead, min(needed.fresh, len(ahead))))
    for position, index in enumerate(chosen):
        staged = _staged(rng, around, offices, scenes[position]) if position < len(scenes) else drawn[index]
        asked = around.now - timedelta(minutes=3 + 11 * position + rng.randint(0, 6))
        drawn[index] = replace(staged, requested_at=asked, fate=Fate.FRESH)
    return _fated(rng, around.now, drawn, able)


def _drawn(rng: Random, around: Around, needed: Needed, offices: list[Office], able: Count) -> list[Draft]:
    shares, count = settings("demand"), needed.count
    days = around.working_days()
    spoken = shares["languages"] if needed.languages is None else _only(shares["languages"], needed.languages)
    languages = deck(rng, spoken, count)
    topics = deck(rng, shares["topics"], count)
    minutes = [int(one) for one in deck(rng, shares["minutes"], count)]
    modes = deck(rng, shares["modes"], count)
    leads = deck(rng, shares["lead"], count)
    drawn = []
    for index in range(count):
        day = days[index * len(days) // count]
        office = _office(rng, offices, topics[index])

        def attempt(day: date, office: Office = office, index: int = index, language: str = languages[index]) -> Draft:
            starts = around.at(day, _start(rng, minutes[index]))
            asked = _requested_at(rng, around, starts, leads[index])
            return _draft(rng, office, asked, language, starts, minutes[index], modes[index], topics[index])

        half = [other for other in days if (other <= around.today) is (day <= around.today)]
        drawn.append(_best(attempt, [day] * TRIES_OF_HOUR + rng.choices(half, k=TRIES_OF_DAY), able))
    return drawn


def _only(shares: dict[str, float], kept: frozenset[str]) -> dict[str, float]:
    return {language: share for language, share in shares.items() if language in kept}


def _best(attempt: Callable[[date], Draft], days: Sequence[date], able: Count) -> Draft:
    """The first attempt at which enough people could come; the best of all for a language that few speak."""
    tried: list[tuple[int, Draft]] = []
    for day in days:
        draft = attempt(day)
        people = able(draft)
        if people >= ENOUGH:
            return draft
        tried.append((people, draft))
    return max(tried, key=lambda pair: pair[0])[1]


def _draft(
    rng: Random, office: Office, asked: datetime, language: str, starts: datetime, minutes: int, mode: str, topic: str
) -> Draft:
    notes = settings("demand")["words"]["notes"]
    number = rng.randint(100, 999)
    wanted = Request(
        language=language,
        starts_at=starts,
        duration_minutes=minutes,
        mode=mode,
        place=Place.of_site(office.site) if mode == "on_site" else None,
        topic=topic,
        gender="f" if topic in {"medical", "family"} and rng.random() < 0.08 else None,
        reference=f"{asked:%y}-{number}" if rng.random() < 0.3 else "",
        note=rng.choice(notes) if mode == "on_site" and rng.random() < 0.25 else "",
        contact_name=office.account.name,
        contact_email=office.organisation.email,
        contact_phone=office.organisation.phone,
    )
    return Draft(wanted, office, asked)


def _staged(rng: Random, around: Around, offices: list[Office], scene: dict[str, Any]) -> Draft:
    starts = around.at(around.working_day_from(scene["days"]), scene["minute"])
    office = _office(rng, offices, scene["topic"])
    minutes = scene.get("duration", 60)
    draft = _draft(rng, office, around.now, scene["language"], starts, minutes, "on_site", scene["topic"])
    wanted = replace(
        draft.wanted,
        urgent=scene.get("urgent", False),
        gender=scene.get("gender"),
        mediators_needed=scene.get("mediators_needed", 1),
        accepted_languages=tuple(scene.get("accepted_languages", ())),
    )
    return replace(draft, wanted=wanted)


def _office(rng: Random, offices: list[Office], topic: str) -> Office:
    """One that has to do with the topic, if the pool has such a one."""
    fitting = [office for office in offices if office.topic == topic] or offices
    return rng.choices(fitting, [office.weight for office in fitting])[0]


def _start(rng: Random, minutes: int) -> int:
    starts = {int(minute): share for minute, share in settings("demand")["starts"].items()}
    fitting = [minute for minute in starts if minute + minutes <= CLOSES]
    return rng.choices(fitting, [starts[minute] for minute in fitting])[0]


def _requested_at(rng: Random, around: Around, starts: datetime, lead: str) -> datetime:
    """In office hours, so long before as `lead` says; longer where that would lie in the future."""
    least, most = (float(one) for one in lead.split("-"))
    elapsed = (starts - around.now) / timedelta(days=1)
    if elapsed > least - 0.2:
        least = max(least, elapsed + 0.2)
        most = max(most, least + 4)
    while True:
        for _ in range(80):
            asked = starts - timedelta(days=rng.uniform(least, most))
            if around.in_office_hours(asked):
                return asked.replace(second=0, microsecond=0)
        most += 1


def _fated(rng: Random, now: datetime, drawn: list[Draft], able: Count) -> list[Draft]:
    """Cancel some; leave unfilled those that are hard: nobody could come, few could, or it was short notice."""
    shares = settings("demand")["outcomes"]
    settled = [index for index, draft in enumerate(drawn) if draft.fate is not Fate.FRESH]
    fates = list(drawn)
    for part in (True, False):
        indices = [index for index in settled if (drawn[index].wanted.starts_at <= now) is part]
        cancelled = rng.sample(indices, round(len(indices) * shares["cancelled"] / 100))
        for index in cancelled:
            fates[index] = replace(drawn[index], cancelled_at=_cancelled_at(rng, drawn[index]))
        rest = sorted((index for index in indices if index not in cancelled), key=lambda one: _ease(drawn[one], able))
        for index in rest[: round(len(rest) * (1 - shares["filled"] / 100))]:
            fates[index] = replace(drawn[index], fate=Fate.UNFILLED)
    return sorted(fates, key=lambda draft: draft.requested_at)


def _ease(draft: Draft, able: Count) -> float:
    people = able(draft)
    return people - (4 if people and draft.lead < timedelta(days=3) else 0)


def _cancelled_at(rng: Random, draft: Draft) -> datetime:
    return draft.requested_at + draft.lead * rng.uniform(0.3, 0.9)
