"""Checks a plan against its problem without the solver and without `rules`, so that it can contradict both."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from itertools import combinations
from zoneinfo import ZoneInfo

from scheduler.model.plan import Assigned, Plan
from scheduler.model.problem import LEVELS, Appointment, Mediator, Problem
from scheduler.tables.preferences import Preferences


class AuditFailed(RuntimeError):
    """The engine made a plan that breaks a rule: its own mistake, never that of the problem."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("; ".join(found))
        self.found = tuple(found)


def faults(problem: Problem, plan: Plan) -> tuple[str, ...]:
    """Everything that is wrong with a plan, one English sentence each; empty if it can be carried out as it stands.

    Fixed people are not judged, alone or among themselves: they have accepted, whatever the rules say now.
    """
    unknown = tuple(_unknown(problem, plan))
    if unknown:
        return unknown
    return (
        *_seats(problem, plan),
        *_people(problem, plan),
        *_days(problem, _schedules(problem, plan)),
        *_figures(problem, plan),
        *_alternates(problem, plan),
    )


def faults_of(problem: Problem, assignments: Sequence[Assigned], people: Collection[str]) -> tuple[str, ...]:
    """What is wrong with some people's assignments, of which all are given; those of others may be among them."""
    schedules: dict[str, list[Appointment]] = {person: [] for person in people}
    found: list[str] = []
    for assigned in assignments:
        appointment = problem.appointment[assigned.appointment]
        if len(assigned.mediators) > appointment.mediators_needed:
            found.append(f"{appointment.id} has {len(assigned.mediators)} people for {appointment.mediators_needed}")
        for person in schedules.keys() & set(assigned.mediators):
            schedules[person].append(appointment)
            if person not in appointment.fixed:
                found += _person(problem, problem.mediator[person], appointment, (assigned.language,))
    return (*found, *_days(problem, schedules))


def _unknown(problem: Problem, plan: Plan) -> Iterator[str]:
    named = Counter(assigned.appointment for assigned in plan.assignments)
    for appointment, times in named.items():
        if times > 1:
            yield f"{appointment} is assigned {times} times"
    for appointment in (*named, *(one.appointment for one in plan.uncovered), *plan.alternates):
        if appointment not in problem.appointment:
            yield f"{appointment} is no appointment of the problem"
    people = [assigned.mediators for assigned in plan.assignments]
    for person in sorted({person for group in (*people, *plan.alternates.values()) for person in group}):
        if person not in problem.mediator:
            yield f"{person} is no mediator of the problem"


def _seats(problem: Problem, plan: Plan) -> Iterator[str]:
    for appointment in problem.appointments:
        people = plan.people.get(appointment.id, ())
        for person in appointment.fixed:
            if person not in people:
                yield f"{appointment.id} lost {person}, who is fixed"
        if len(set(people)) < len(people):
            yield f"{appointment.id} has a person twice"
        if len(people) > appointment.mediators_needed:
            yield f"{appointment.id} has {len(people)} people for {appointment.mediators_needed}"
        added = len(people) > len(appointment.fixed)
        if added and len(people) < appointment.mediators_needed and not appointment.partial:
            yield f"{appointment.id} has {len(people)} people, which are of no use: it needs all"


def _people(problem: Problem, plan: Plan) -> Iterator[str]:
    for assigned in plan.assignments:
        appointment = problem.appointment[assigned.appointment]
        if not assigned.mediators:
            yield f"{appointment.id} is assigned to nobody"
        added = [person for person in assigned.mediators if person not in appointment.fixed]
        languages = _languages(problem, appointment) if added else appointment.languages
        if assigned.language not in languages:
            yield f"{appointment.id} cannot be held in {assigned.language}"
        for person in added:
            yield from _person(problem, problem.mediator[person], appointment, (assigned.language,))


def _languages(problem: Problem, appointment: Appointment) -> Sequence[str]:
    """All who come work in one language: one that the fixed people speak well enough, if there is any."""
    least = 0 if appointment.min_level is None else LEVELS.index(appointment.min_level)
    fixed = [problem.mediator[person].languages for person in appointment.fixed]
    levels = {one: min((_level(spoken, one) for spoken in fixed), default=least) for one in appointment.languages}
    return [one for one in levels if levels[one] >= least] or appointment.languages


def _level(spoken: Mapping[str, str], language: str) -> int:
    return LEVELS.index(spoken[language]) if language in spoken else -1


def _person(problem: Problem, mediator: Mediator, appointment: Appointment, languages: Sequence[str]) -> Iterator[str]:
    pair = f"{mediator.id} at {appointment.id}"
    spoken = [LEVELS.index(mediator.languages[one]) for one in languages if one in mediator.languages]
    if not spoken:
        yield f"{pair} does not speak {' or '.join(languages)}"
    elif appointment.min_level is not None and max(spoken) < LEVELS.index(appointment.min_level):
        yield f"{pair} does not reach {appointment.min_level}"
    if appointment.gender not in {None, mediator.gender}:
        yield f"{pair} is not of the gender asked for"
    if appointment.mode not in mediator.modes:
        yield f"{pair} does not work {appointment.mode}"
    if appointment.starts < problem.now:
        yield f"{pair} is new although it has started"
    if not _is_free(mediator, appointment):
        yield f"{pair} is not available"
    yield from _barred(mediator, appointment)
    if _is_out_of_reach(problem, mediator, appointment):
        yield f"{pair} lives too far away"


def _barred(mediator: Mediator, appointment: Appointment) -> Iterator[str]:
    pair = f"{mediator.id} at {appointment.id}"
    if appointment.id in mediator.uncleared:
        yield f"{pair} lacks a proof that is asked for"
    if appointment.id in mediator.excluded:
        yield f"{pair} is excluded"
    if appointment.candidates is not None and mediator.id not in appointment.candidates:
        yield f"{pair} is no candidate"


def _is_free(mediator: Mediator, appointment: Appointment) -> bool:
    reached = appointment.starts
    for start, end in sorted(mediator.available):
        if start <= reached < end:
            reached = end
    return reached >= appointment.ends


def _is_out_of_reach(problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    if appointment.mode != "on_site" or appointment.place is None or mediator.home is None:
        return False
    minutes = problem.travel.between(mediator.home, appointment.place, problem.places)
    limits = (mediator.max_travel_minutes, problem.travel.max_minutes)
    return any(limit is not None and (minutes is None or minutes > limit) for limit in limits)


def _schedules(problem: Problem, plan: Plan) -> dict[str, list[Appointment]]:
    schedules: dict[str, list[Appointment]] = {}
    for assigned in plan.assignments:
        for person in assigned.mediators:
            schedules.setdefault(person, []).append(problem.appointment[assigned.appointment])
    return schedules


def _days(problem: Problem, schedules: Mapping[str, Sequence[Appointment]]) -> Iterator[str]:
    for person, schedule in schedules.items():
        yield from _clashes(problem, person, schedule)
        yield from _excesses(problem, problem.mediator[person], schedule)


def _clashes(problem: Problem, person: str, schedule: Sequence[Appointment]) -> Iterator[str]:
    ordered = sorted(schedule, key=lambda one: one.starts)
    for one, other in combinations(ordered, 2):
        if other.starts < one.ends:
            yield f"{person} has {one.id} and {other.id} at the same time"
        elif not (person in one.fixed and person in other.fixed):
            between = timedelta(minutes=problem.remote_gap_minutes)
            if one.mode == other.mode == "on_site" and one.place is not None and other.place is not None:
                minutes = problem.travel.between(one.place, other.place, problem.places)
                between = timedelta.max if minutes is None else timedelta(minutes=minutes)
            if other.starts - one.ends < between:
                yield f"{person} has too little time from {one.id} to {other.id}"


def _excesses(problem: Problem, mediator: Mediator, schedule: Sequence[Appointment]) -> Iterator[str]:
    zone = ZoneInfo(problem.timezone)
    groups: dict[tuple[str, str], list[Appointment]] = {}
    for one in schedule:
        local = one.starts.astimezone(zone)
        groups.setdefault(("day", f"{local:%Y-%m-%d}"), []).append(one)
        groups.setdefault(("week", f"{local:%G-W%V}"), []).append(one)
    most_count = {"day": mediator.max_appointments_per_day, "week": mediator.max_appointments_per_week}
    most_minutes = {"day": mediator.max_minutes_per_day, "week": mediator.max_minutes_per_week}
    for (period, label), group in groups.items():
        if all(mediator.id in one.fixed for one in group):
            continue
        count, limit = len(group), most_count[period]
        if limit is not None and count > limit:
            yield f"{mediator.id} has {count} appointments in {period} {label}, {limit} at most"
        minutes, limit = sum((one.ends - one.starts).total_seconds() for one in group) / 60, most_minutes[period]
        if limit is not None and minutes > limit:
            yield f"{mediator.id} has {minutes:g} minutes in {period} {label}, {limit} at most"


def _figures(problem: Problem, plan: Plan) -> Iterator[str]:
    lacking = {one.id: _lost(one, plan) for one in problem.appointments if not _is_full(one, plan)}
    told = sorted((one.appointment, one.weight) for one in plan.uncovered)
    if told != sorted((key, float(lost)) for key, lost in lacking.items()):
        yield "what is uncovered, or its weight, is not what the assignments leave"
    coverage = sum(one.weight for one in problem.appointments) - sum(lacking.values())
    if plan.coverage != float(coverage):
        yield f"the coverage is {float(coverage):g}, not {plan.coverage:g}"
    changes = sum(person not in plan.people.get(one.id, ()) for one in problem.appointments for person in one.asked)
    if plan.changes != changes:
        yield f"the changes are {changes}, not {plan.changes}"
    preferences = Preferences(problem)
    preference = sum(_cost(problem, preferences, assigned) for assigned in plan.assignments)
    if plan.preference != preference:
        yield f"the preference is {preference}, not {plan.preference}"
    yield from _bounds(plan)


def _bounds(plan: Plan) -> Iterator[str]:
    pairs = (
        ("coverage", plan.coverage_bound - plan.coverage),
        ("changes", plan.changes - plan.changes_bound),
        ("preference", plan.preference - plan.preference_bound),
    )
    for stage, gap in pairs:
        if gap < 0:
            yield f"the {stage} is better than its bound"
        if gap > 0 and plan.status == "optimal":
            yield f"the {stage} is called optimal but does not reach its bound"


def _is_full(appointment: Appointment, plan: Plan) -> bool:
    return len(plan.people.get(appointment.id, ())) >= appointment.mediators_needed


def _lost(appointment: Appointment, plan: Plan) -> Fraction:
    missing = appointment.mediators_needed - len(plan.people.get(appointment.id, ()))
    share = Fraction(missing, appointment.mediators_needed) if appointment.partial else 1
    return Fraction(appointment.weight * share)


def _cost(problem: Problem, preferences: Preferences, assigned: Assigned) -> int:
    appointment = problem.appointment[assigned.appointment]
    added = [problem.mediator[person] for person in assigned.mediators if person not in appointment.fixed]
    return sum(preferences.cost(mediator, appointment, assigned.language) for mediator in added)


def _alternates(problem: Problem, plan: Plan) -> Iterator[str]:
    schedules = _schedules(problem, plan)
    language = {assigned.appointment: assigned.language for assigned in plan.assignments}
    for key, people in plan.alternates.items():
        appointment = problem.appointment[key]
        others = set(plan.people.get(key, ())) - set(appointment.fixed)
        agreed = appointment.mediators_needed > 1 and others
        languages = (language[key],) if agreed else _languages(problem, appointment)
        if len(set(people)) < len(people):
            yield f"{key} has an alternate twice"
        for person in people:
            own = schedules.get(person, [])
            if appointment in own:
                yield f"{person} is an alternate of {key} and has it"
                continue
            found = (
                *_person(problem, problem.mediator[person], appointment, languages),
                *(fault for fault in _days(problem, {person: [*own, appointment]})),
            )
            if found:
                yield f"{person} is no alternate of {key}: {found[0]}"
