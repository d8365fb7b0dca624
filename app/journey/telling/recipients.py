"""Whom an announcement reaches, by which way, and who is left out for what reason."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey.telling.facts import spoken
from app.models import Mediator, MediatorStatus, Organisation, Pool, Skill
from app.outbox.drafts import To
from notifications import texts
from notifications.phone import segments
from notifications.texts import Language, Text

AUDIENCES: Final = ("mediators", "organisations")
WAYS: Final = ("mail", "sms", "both")


@dataclass(frozen=True)
class Wish:
    """What is to be said to whom; no languages or districts mean all. Organisations are reached by e-mail alone."""

    audience: str
    languages: tuple[str, ...]
    districts: tuple[str, ...]
    way: str
    subject: str
    text: str


@dataclass(frozen=True)
class Letter:
    """One message of an announcement: to whom, in which words."""

    about: Mediator | Organisation
    to: To
    words: Text


@dataclass(frozen=True)
class Reach:
    """All messages of an announcement; `left_out` counts people and organisations by the reason."""

    letters: Sequence[Letter]
    left_out: Mapping[str, int]

    @property
    def texts(self) -> Sequence[Letter]:
        """Those that are SMS."""
        return [one for one in self.letters if one.to.channel == "sms"]

    @property
    def recipients(self) -> int:
        """How many are written to, by one way or two."""
        return len({(type(one.about), one.about.id) for one in self.letters})

    @property
    def segments(self) -> int:
        """How many parts the SMS have together."""
        return sum(segments(one.words.sms).count for one in self.texts)


def reach(session: Session, pool: Pool, wish: Wish) -> Reach:
    """Look everybody up, in as many statements however many they are."""
    left_out: Counter[str] = Counter()
    found = _to_organisations if wish.audience == "organisations" else _to_mediators
    words = _words(pool, wish)
    return Reach(list(found(session, wish, words, left_out)), left_out)


def _words(pool: Pool, wish: Wish) -> Mapping[Language, Text]:
    locales: tuple[Language, ...] = ("de", "en")
    lines = wish.text.strip().splitlines()
    contact = pool.phone or pool.email
    return {
        locale: texts.announcement(
            subject=wish.subject, lines=lines, pool_name=pool.name, contact=contact, language=locale
        )
        for locale in locales
    }


def _to_organisations(
    session: Session, _wish: Wish, words: Mapping[Language, Text], left_out: Counter[str]
) -> Iterator[Letter]:
    active = select(Organisation).where(Organisation.active).order_by(Organisation.name, Organisation.id)
    for one in session.scalars(active):
        if one.email:
            yield Letter(one, To.organisation(one), words["de"])
        else:
            left_out["no_address"] += 1


def _to_mediators(
    session: Session, wish: Wish, words: Mapping[Language, Text], left_out: Counter[str]
) -> Iterator[Letter]:
    there = select(Mediator).where(Mediator.status != MediatorStatus.LEFT).options(selectinload(Mediator.consents))
    if wish.languages:
        there = there.where(Mediator.skills.any(Skill.language.in_(wish.languages)))
    if wish.districts:
        there = there.where(Mediator.home_district.in_(wish.districts))
    for one in session.scalars(there.order_by(Mediator.name, Mediator.id)):
        if one.status is MediatorStatus.PAUSED:
            left_out["paused"] += 1
            continue
        ways = list(_ways(one, wish.way))
        if not ways:
            left_out[_why_no_text(one)] += 1
        for to in ways:
            yield Letter(one, to, words[spoken(one.locale)])


def _ways(one: Mediator, way: str) -> Iterator[To]:
    """By e-mail where it is wished for and an address is known; who has none gets an SMS instead."""
    by_mail = way != "sms" and bool(one.email)
    if by_mail:
        yield To.mailbox(one)
    if (way != "mail" or not by_mail) and not _why_no_text(one):
        yield To.phone(one)


def _why_no_text(one: Mediator) -> str:
    """Why this person gets no SMS; nothing where they do."""
    if one.opted_out_at is not None:
        return "opted_out"
    if one.phone_trouble is not None:
        return "phone_trouble"
    agreed = any(given.kind == "sms" and given.withdrawn_at is None for given in one.consents)
    return "" if agreed else "no_consent"
