"""Hard rules as predicates that return a named refusal.

They build the model and they explain to people why nobody fits, so that the two cannot drift apart.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from scheduler.model.problem import LEVELS, Appointment, Mediator, Problem


class Refusal(StrEnum):
    """Why a person cannot take an appointment, strongest first."""

    LANGUAGE = "language"
    LEVEL = "level"
    GENDER = "gender"
    MODE = "mode"
    UNCLEARED = "uncleared"
    UNAVAILABLE = "unavailable"
    TOO_FAR = "too_far"
    EXCLUDED = "excluded"
    NOT_CANDIDATE = "not_candidate"
    BUSY = "busy"
    DAY_COUNT = "day_count"
    DAY_MINUTES = "day_minutes"
    WEEK_COUNT = "week_count"
    WEEK_MINUTES = "week_minutes"


def refusals(problem: Problem, mediator: Mediator, appointment: Appointment) -> tuple[Refusal, ...]:
    """Every reason against this person that does not depend on what else they do, strongest first; empty if none."""
    return tuple(refusal for refusal, broken in PAIRWISE if broken(problem, mediator, appointment))


def refusals_given(
    problem: Problem, mediator: Mediator, appointment: Appointment, taken: Sequence[Appointment]
) -> tuple[Refusal, ...]:
    """Every reason against this person who already has the appointments `taken`, strongest first.

    The appointment itself may be among `taken`; it is left out.
    """
    return refusals(problem, mediator, appointment) + refusals_beside(problem, mediator, appointment, taken)


def refusals_beside(
    problem: Problem, mediator: Mediator, appointment: Appointment, taken: Sequence[Appointment]
) -> tuple[Refusal, ...]:
    """The part of `refusals_given` that comes from the appointments already taken: busy and limits."""
    others = [other for other in taken if other.id != appointment.id]
    busy = (Refusal.BUSY,) if any(clashes(problem, mediator, appointment, other) for other in others) else ()
    return busy + _over_limits(problem, mediator, appointment, others)


def fits(problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """Whether nothing speaks against this person, other appointments left aside; quicker than `refusals`."""
    return not any(broken(problem, mediator, appointment) for _, broken in PAIRWISE)


def usable_languages(problem: Problem, mediator: Mediator, appointment: Appointment) -> tuple[str, ...]:
    """The languages in which this person could work here at the level wanted, best first."""
    wanted = open_languages(problem, appointment)
    return tuple(one for one in wanted if _reaches(mediator.languages.get(one), appointment.min_level))


def open_languages(problem: Problem, appointment: Appointment) -> tuple[str, ...]:
    """The languages an appointment can still be held in, best first.

    All mediators of an appointment work in one language, so those that a fixed person does not speak are gone; unless
    that leaves none.
    """
    fixed = [problem.mediator[person] for person in appointment.fixed if person in problem.mediator]
    if not fixed or not appointment.accepted_languages:
        return appointment.languages
    common = tuple(
        language
        for language in appointment.languages
        if all(_reaches(person.languages.get(language), appointment.min_level) for person in fixed)
    )
    return common or appointment.languages


def clashes(problem: Problem, mediator: Mediator, one: Appointment, other: Appointment) -> bool:  # noqa: ARG001 # alike for all
    """Whether one person cannot do both: they overlap, or leave too little time to get from the first to the second."""
    return collide(problem, one, other)


def collide(problem: Problem, one: Appointment, other: Appointment) -> bool:
    """Whether nobody at all can do both.

    This holds for any two appointments of a person, not only consecutive ones: a phone call on the way shortens no way.
    """
    first, second = sorted((one, other), key=lambda appointment: (appointment.starts, appointment.ends))
    if second.starts < first.ends:
        return True
    return second.starts - first.ends < timedelta(minutes=gap_minutes(problem, first, second))


def gap_minutes(problem: Problem, first: Appointment, second: Appointment) -> float:
    """Minutes a person needs between two appointments: the way, or the remote gap if one is by phone or video."""
    if first.mode != "on_site" or second.mode != "on_site" or first.place is None or second.place is None:
        return problem.remote_gap_minutes
    return problem.travel.between(first.place, second.place, problem.places) or 0.0


def home_minutes(problem: Problem, mediator: Mediator, appointment: Appointment) -> float:
    """Minutes from home to the appointment; 0 by phone or video, or where no home is known."""
    if appointment.mode != "on_site" or appointment.place is None or mediator.home is None:
        return 0.0
    return problem.travel.between(mediator.home, appointment.place, problem.places) or 0.0


def lacks_language(problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """They speak neither the language nor an accepted one."""
    return not any(language in mediator.languages for language in open_languages(problem, appointment))


def below_level(problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """They speak a language of it, but none at the level wanted."""
    return not lacks_language(problem, mediator, appointment) and not usable_languages(problem, mediator, appointment)


def of_other_gender(_problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """A gender is asked for and theirs is another or unknown."""
    return appointment.gender is not None and mediator.gender != appointment.gender


def not_in_this_mode(_problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """They do not work on site, by phone or by video, as it would be."""
    return appointment.mode not in mediator.modes


def is_uncleared(_problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """On its day they lack a proof that is asked for: a training, a certificate."""
    return appointment.id in mediator.uncleared


def is_excluded(_problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """This person and this appointment must not meet."""
    return appointment.id in mediator.excluded


def is_no_candidate(_problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """Only certain people are considered, and they are not among them."""
    return appointment.candidates is not None and mediator.id not in appointment.candidates


def is_unavailable(problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """They have no free time that holds all of it, or it has already started."""
    held = any(start <= appointment.starts and appointment.ends <= end for start, end in mediator.windows)
    return appointment.starts < problem.now or not held


def is_too_far(problem: Problem, mediator: Mediator, appointment: Appointment) -> bool:
    """The way from home is longer than they, or the pool, allow."""
    limits = [limit for limit in (mediator.max_travel_minutes, problem.travel.max_minutes) if limit is not None]
    return bool(limits) and home_minutes(problem, mediator, appointment) > min(limits)


Predicate = Callable[[Problem, Mediator, Appointment], bool]

PAIRWISE: tuple[tuple[Refusal, Predicate], ...] = (
    (Refusal.LANGUAGE, lacks_language),
    (Refusal.LEVEL, below_level),
    (Refusal.GENDER, of_other_gender),
    (Refusal.MODE, not_in_this_mode),
    (Refusal.UNCLEARED, is_uncleared),
    (Refusal.UNAVAILABLE, is_unavailable),
    (Refusal.TOO_FAR, is_too_far),
    (Refusal.EXCLUDED, is_excluded),
    (Refusal.NOT_CANDIDATE, is_no_candidate),
)


def _over_limits(
    problem: Problem, mediator: Mediator, appointment: Appointment, others: Sequence[Appointment]
) -> tuple[Refusal, ...]:
    day, week = problem.day_of(appointment), problem.week_of(appointment)
    same_day = [other for other in others if problem.day_of(other) == day]
    same_week = [other for other in others if problem.week_of(other) == week]
    figures = (
        (Refusal.DAY_COUNT, len(same_day) + 1, mediator.max_appointments_per_day),
        (Refusal.DAY_MINUTES, _minutes(same_day) + appointment.minutes, mediator.max_minutes_per_day),
        (Refusal.WEEK_COUNT, len(same_week) + 1, mediator.max_appointments_per_week),
        (Refusal.WEEK_MINUTES, _minutes(same_week) + appointment.minutes, mediator.max_minutes_per_week),
    )
    return tuple(refusal for refusal, figure, limit in figures if limit is not None and figure > limit)


def _minutes(appointments: Iterable[Appointment]) -> float:
    return sum(appointment.minutes for appointment in appointments)


def _reaches(level: str | None, wanted: str | None) -> bool:
    return level is not None and (wanted is None or LEVELS.index(level) >= LEVELS.index(wanted))
