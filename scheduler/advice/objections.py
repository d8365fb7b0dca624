"""What speaks against one person for one appointment, in words and with its figures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from scheduler.model.participants import LEVELS
from scheduler.model.problem import Appointment, Mediator, Problem
from scheduler.model.rules import Refusal, collide, gap_minutes, home_minutes, open_languages, refusals_given
from scheduler.tables.outcome import DAYS, GENDERS, MODES

Figures = dict[str, str | int]
Found = Iterator[tuple[str, Figures]]

# a refusal that has several sentences has one for each code `<refusal>.<case>` as well
SENTENCES: Mapping[str, str] = {
    "language": "does not speak {wanted}; speaks {spoken}",
    "level": "level: speaks {language} at {level}, {least} is asked for",
    "gender": "gender: {wanted} is asked for, not {own}",
    "mode": "does not work {wanted}",
    "unavailable": "not free then: that day from {free}",
    "unavailable.day": "not free that day",
    "unavailable.started": "it started at {starts}",
    "too_far": "too far: {minutes} minutes, limit {limit}",
    "uncleared": "without a proof that is asked for on that day",
    "excluded": "excluded from this appointment",
    "not_candidate": "not among those considered",
    "busy": "busy: has {appointment} from {starts} to {ends}",
    "busy.way": "busy: has {appointment} from {starts} to {ends}, {left} minutes away, {needed} are needed",
    "day_count": "day limit of {limit} reached: has {taken}",
    "day_minutes": "day limit of {limit} minutes: has {taken}, {added} more are too many",
    "week_count": "week limit of {limit} reached: has {taken}",
    "week_minutes": "week limit of {limit} minutes: has {taken}, {added} more are too many",
}


@dataclass(frozen=True)
class Objection:
    """One thing that speaks against a person: the refusal, the code of its sentence, and the figures in it.

    Several appointments that keep somebody busy are several objections.
    """

    refusal: Refusal
    code: str
    figures: Mapping[str, str | int]

    @property
    def words(self) -> str:
        """Short English: `too far: 52 minutes, limit 45`."""
        return SENTENCES[self.code].format(**self.figures)

    def to_json(self) -> dict[str, object]:
        """Write refusal, code, figures and words."""
        own = {"refusal": self.refusal.value, "code": self.code}
        return {**own, "figures": dict(self.figures), "words": self.words}


@dataclass(frozen=True)
class _Case:
    problem: Problem
    mediator: Mediator
    appointment: Appointment
    others: Sequence[Appointment]

    def clock(self, moment: datetime) -> str:
        """Local time; with its day where that is another than the appointment's."""
        local = moment.astimezone(ZoneInfo(self.problem.timezone))
        own = local.date() == self.problem.day_of(self.appointment)
        return f"{local:%H:%M}" if own else f"{DAYS[local.weekday()]} {local.date()} {local:%H:%M}"


def objections(
    problem: Problem, mediator: Mediator, appointment: Appointment, taken: Sequence[Appointment]
) -> tuple[Objection, ...]:
    """Everything that speaks against this person, who has the appointments `taken`: `refusals_given` with figures."""
    case = _Case(problem, mediator, appointment, [other for other in taken if other.id != appointment.id])
    return tuple(
        Objection(refusal, code, figures)
        for refusal in refusals_given(problem, mediator, appointment, taken)
        for code, figures in TOLD[refusal](case)
    )


def _language(case: _Case) -> Found:
    wanted = " or ".join(open_languages(case.problem, case.appointment))
    yield "language", {"wanted": wanted, "spoken": ", ".join(case.mediator.languages) or "none that is known"}


def _level(case: _Case) -> Found:
    spoken = [one for one in open_languages(case.problem, case.appointment) if one in case.mediator.languages]
    best = max(spoken, key=lambda one: LEVELS.index(case.mediator.languages[one]))
    least = str(case.appointment.min_level)
    yield "level", {"language": best, "level": case.mediator.languages[best], "least": least}


def _gender(case: _Case) -> Found:
    own = "unknown" if case.mediator.gender is None else GENDERS[case.mediator.gender]
    yield "gender", {"wanted": GENDERS[str(case.appointment.gender)], "own": own}


def _mode(case: _Case) -> Found:
    yield "mode", {"wanted": MODES[case.appointment.mode]}


def _unavailable(case: _Case) -> Found:
    day = case.problem.day_of(case.appointment)
    zone = ZoneInfo(case.problem.timezone)
    free = [
        f"{case.clock(start)} to {case.clock(end)}"
        for start, end in case.mediator.windows
        if start.astimezone(zone).date() <= day <= (end - timedelta(seconds=1)).astimezone(zone).date()
    ]
    if case.appointment.starts < case.problem.now:
        yield "unavailable.started", {"starts": case.clock(case.appointment.starts)}
    elif free:
        yield "unavailable", {"free": " and ".join(free)}
    else:
        yield "unavailable.day", {}


def _too_far(case: _Case) -> Found:
    limits = (case.mediator.max_travel_minutes, case.problem.travel.max_minutes)
    limit = int(min(one for one in limits if one is not None))
    yield "too_far", {"minutes": ceil(home_minutes(case.problem, case.mediator, case.appointment)), "limit": limit}


def _uncleared(_case: _Case) -> Found:
    yield "uncleared", {}


def _excluded(_case: _Case) -> Found:
    yield "excluded", {}


def _not_candidate(_case: _Case) -> Found:
    yield "not_candidate", {}


def _busy(case: _Case) -> Found:
    for other in sorted(case.others, key=lambda one: (one.starts, one.ends, one.id)):
        if collide(case.problem, case.appointment, other):
            first, second = sorted((case.appointment, other), key=lambda one: (one.starts, one.ends))
            figures: Figures = {
                "appointment": other.id,
                "starts": case.clock(other.starts),
                "ends": case.clock(other.ends),
            }
            if second.starts < first.ends:
                yield "busy", figures
            else:
                needed = ceil(gap_minutes(case.problem, first, second))
                left = int((second.starts - first.ends).total_seconds() // 60)
                yield "busy.way", figures | {"needed": needed, "left": left}


def _limit(refusal: Refusal) -> Callable[[_Case], Found]:
    """The sentence of one of the four limits."""
    period, unit = refusal.value.split("_")
    name = f"max_{'appointments' if unit == 'count' else 'minutes'}_per_{period}"

    def told(case: _Case) -> Found:
        when = case.problem.day_of if period == "day" else case.problem.week_of
        same = [other for other in case.others if when(other) == when(case.appointment)]
        limit: int = getattr(case.mediator, name)
        if unit == "count":
            yield refusal.value, {"taken": len(same), "limit": limit}
        else:
            taken, added = sum(other.minutes for other in same), case.appointment.minutes
            yield refusal.value, {"taken": ceil(taken), "added": ceil(added), "limit": limit}

    return told


TOLD: Mapping[Refusal, Callable[[_Case], Found]] = {
    Refusal.LANGUAGE: _language,
    Refusal.LEVEL: _level,
    Refusal.GENDER: _gender,
    Refusal.MODE: _mode,
    Refusal.UNCLEARED: _uncleared,
    Refusal.UNAVAILABLE: _unavailable,
    Refusal.TOO_FAR: _too_far,
    Refusal.EXCLUDED: _excluded,
    Refusal.NOT_CANDIDATE: _not_candidate,
    Refusal.BUSY: _busy,
    **{
        limit: _limit(limit)
        for limit in (Refusal.DAY_COUNT, Refusal.DAY_MINUTES, Refusal.WEEK_COUNT, Refusal.WEEK_MINUTES)
    },
}
