"""A problem in the shape solvers want: options to choose from, what excludes what, and limits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from scheduler.cliques import maximal_cliques
from scheduler.plan import Assigned
from scheduler.preferences import Preferences
from scheduler.problem import Appointment, Mediator, Problem
from scheduler.rules import clashes, collide, fits, gap_minutes, open_languages, usable_languages


@dataclass(frozen=True)
class Option:
    """One person who could take one seat of one appointment in one language."""

    appointment: str
    mediator: str
    language: str
    cost: int
    asked: bool


@dataclass(frozen=True)
class Need:
    """An appointment with open seats; `options` are indices."""

    appointment: Appointment
    options: tuple[int, ...]


@dataclass(frozen=True)
class Limit:
    """The chosen among these options may together not be larger than `most`."""

    sizes: Mapping[int, int]
    most: int


@dataclass(frozen=True)
class Instance:
    """What every solver starts from.

    `options` and `needs` keep the order of the problem. Of each set in `exclusions` (option indices) at most one can be
    chosen; together they hold every clash of a person. What clashes with a fixed appointment is no option at all.
    """

    problem: Problem
    preferences: Preferences
    options: tuple[Option, ...]
    needs: tuple[Need, ...]
    exclusions: tuple[tuple[int, ...], ...]
    limits: tuple[Limit, ...]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Build it; takes time in the order of the eligible pairs."""
        preferences, fixed = Preferences(problem), fixed_appointments(problem)
        options: list[Option] = []
        needs: list[Need] = []
        for appointment in problem.appointments:
            if appointment.open_seats:
                found = _options(problem, preferences, appointment, fixed)
                needs.append(Need(appointment, tuple(range(len(options), len(options) + len(found)))))
                options += found
        by_person: dict[str, list[int]] = {}
        for index, option in enumerate(options):
            by_person.setdefault(option.mediator, []).append(index)
        neighbours = _collisions(problem, [need.appointment for need in needs if need.options])
        exclusions: list[tuple[int, ...]] = []
        limits: list[Limit] = []
        for person, owned in by_person.items():
            exclusions += _exclusions(options, owned, neighbours)
            limits += _limits(problem, problem.mediator[person], options, owned, fixed.get(person, ()))
        return cls(problem, preferences, tuple(options), tuple(needs), tuple(exclusions), tuple(limits))

    def assignments(self, chosen: Collection[int]) -> tuple[Assigned, ...]:
        """The fixed people and the chosen options together, in the order of the problem."""
        people: dict[str, list[str]] = {}
        languages: dict[str, str] = {}
        for index in sorted(chosen):
            option = self.options[index]
            people.setdefault(option.appointment, []).append(option.mediator)
            languages[option.appointment] = option.language
        return tuple(
            Assigned(
                one.id,
                (*one.fixed, *people.get(one.id, ())),
                languages.get(one.id) or open_languages(self.problem, one)[0],
            )
            for one in self.problem.appointments
            if one.fixed or one.id in people
        )


def fixed_appointments(problem: Problem) -> dict[str, list[Appointment]]:
    """Mediator id -> the appointments they are fixed for."""
    fixed: dict[str, list[Appointment]] = {}
    for appointment in problem.appointments:
        for person in appointment.fixed:
            fixed.setdefault(person, []).append(appointment)
    return fixed


def _options(
    problem: Problem, preferences: Preferences, appointment: Appointment, fixed: Mapping[str, Sequence[Appointment]]
) -> list[Option]:
    found = []
    for mediator in _speakers(problem, open_languages(problem, appointment)):
        if mediator.id in appointment.fixed or not fits(problem, mediator, appointment):
            continue
        if any(clashes(problem, mediator, appointment, other) for other in fixed.get(mediator.id, ())):
            continue
        languages = usable_languages(problem, mediator, appointment)
        # Who works alone takes their best language; only several people have to agree on one.
        for language in languages if appointment.mediators_needed > 1 else languages[:1]:
            cost = preferences.cost(mediator, appointment, language)
            found.append(Option(appointment.id, mediator.id, language, cost, mediator.id in appointment.asked))
    return found


def _speakers(problem: Problem, languages: Iterable[str]) -> Iterable[Mediator]:
    return {one.id: one for language in languages for one in problem.speakers.get(language, ())}.values()


def _collisions(problem: Problem, appointments: Iterable[Appointment]) -> dict[str, set[str]]:
    ordered = sorted(appointments, key=lambda one: (one.starts, one.ends, one.id))
    sites = {one.place: one for one in ordered if one.mode == "on_site"}.values()
    ways = [gap_minutes(problem, one, other) for one in sites for other in sites]
    reach = timedelta(minutes=max([problem.remote_gap_minutes, *ways]))
    found: dict[str, set[str]] = {one.id: set() for one in ordered}
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.starts >= one.ends + reach:
                break
            if collide(problem, one, other):
                found[one.id].add(other.id)
                found[other.id].add(one.id)
    return found


def _exclusions(
    options: Sequence[Option], owned: Sequence[int], neighbours: Mapping[str, set[str]]
) -> list[tuple[int, ...]]:
    by_appointment: dict[str, list[int]] = {}
    for index in owned:
        by_appointment.setdefault(options[index].appointment, []).append(index)
    order = {appointment: position for position, appointment in enumerate(by_appointment)}
    edges = {
        position: {order[other] for other in neighbours[appointment] if other in order}
        for appointment, position in order.items()
    }
    groups = list(by_appointment.values())
    cliques = sorted(maximal_cliques(edges))
    return [tuple(index for position in clique for index in groups[position]) for clique in cliques]


def _limits(
    problem: Problem,
    mediator: Mediator,
    options: Sequence[Option],
    owned: Sequence[int],
    fixed: Sequence[Appointment],
) -> list[Limit]:
    limits = []
    for period, most_count, most_minutes in (
        (problem.day_of, mediator.max_appointments_per_day, mediator.max_minutes_per_day),
        (problem.week_of, mediator.max_appointments_per_week, mediator.max_minutes_per_week),
    ):
        groups: dict[object, list[int]] = {}
        for index in owned:
            groups.setdefault(period(problem.appointment[options[index].appointment]), []).append(index)
        for when, group in groups.items():
            before = [one for one in fixed if period(one) == when]
            seconds = {index: _seconds(problem.appointment[options[index].appointment]) for index in group}
            if most_count is not None:
                limits.append(Limit(dict.fromkeys(group, 1), max(0, most_count - len(before))))
            if most_minutes is not None:
                limits.append(Limit(seconds, max(0, most_minutes * 60 - sum(map(_seconds, before)))))
    return [limit for limit in limits if sum(limit.sizes.values()) > limit.most]


def _seconds(appointment: Appointment) -> int:
    return round((appointment.ends - appointment.starts).total_seconds())
