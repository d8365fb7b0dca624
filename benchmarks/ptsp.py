"""The personnel task scheduling problem: published files as problems of the engine, and invented ones of their shape.

Krishnamoorthy, Ernst, Baatar: Algorithms for large scale shift minimisation personnel task scheduling problems,
European Journal of Operational Research 219 (2012), 34-48. Tasks have fixed times, each person is qualified for some of
them, and nobody does two at once. The publication covers all tasks with few people; here people are taken away until
not all tasks can be covered, and as many as possible are to be.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduler.model.participants import Appointment, Mediator
from scheduler.model.problem import Problem

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAY = 24 * 60
LANGUAGE = "any"
# a published file has its planted people and about an eighth more
SPARE = 8
# the share of the day that the tasks of a planted person take
TIGHTNESS = 0.9


@dataclass(frozen=True)
class Tasks:
    """Tasks as (start, end) in minutes, and for each person the indices of the tasks they are qualified for."""

    name: str
    times: tuple[tuple[int, int], ...]
    qualified: tuple[tuple[int, ...], ...]


class Unreadable(ValueError):
    """A file is not in the published format; the message names the line."""


def read(text: str, name: str) -> Tasks:
    """Read the published format; raises `Unreadable`.

    Comment lines begin with #. Then `Type = 1`, `Jobs = n`, n lines `start end`, `Qualifications = m`, and m lines
    `count: task task …`, tasks counted from 0.
    """
    lines = iter([(number, line) for number, line in enumerate(text.splitlines(), 1) if _says_something(line)])
    _figure(name, lines, "Type")
    times = [_whole(name, *_next(name, lines)) for _ in range(_figure(name, lines, "Jobs"))]
    people = [_people(name, *_next(name, lines)) for _ in range(_figure(name, lines, "Qualifications"))]
    for number, line in lines:
        raise _unreadable(name, number, line, "nothing more")
    for task, pair in enumerate(times):
        if len(pair) != 2 or pair[0] >= pair[1]:
            message = f"{name}: task {task} is {pair}; a start and a later end were expected"
            raise Unreadable(message)
    for index, tasks in enumerate(people):
        if any(not 0 <= task < len(times) for task in tasks):
            message = f"{name}: person {index} is qualified for a task that is not there"
            raise Unreadable(message)
    return Tasks(name, tuple((pair[0], pair[1]) for pair in times), tuple(people))


def invent(people: int, each: int, skilled: int, seed: int) -> Tasks:
    """Tasks of the shape of the published files, which all can be covered.

    Of `people`, eight in nine get `each` tasks one after another over 24 hours, which takes nine tenths of the time;
    these can cover everything. Everybody is qualified for `skilled` per cent of all tasks beside their own.
    """
    dice = random.Random(f"{people}/{each}/{skilled}/{seed}")
    planted = people - people // (SPARE + 1)
    days = [_row(dice, each) for _ in range(planted)]
    times = [time for day in days for time in day]
    order = sorted(range(len(times)), key=lambda task: times[task][0] + dice.gauss(0, DAY / 10))
    place = {task: index for index, task in enumerate(order)}
    qualified = []
    for person in range(people):
        own = {place[person * each + turn] for turn in range(each)} if person < planted else set()
        more = {task for task in range(len(times)) if dice.random() * 100 < skilled}
        qualified.append(tuple(sorted(own | more)))
    name = f"invented_{people}_{len(times)}_{skilled}"
    return Tasks(name, tuple(times[task] for task in order), tuple(qualified))


def without(tasks: Tasks, percent: int, seed: int) -> Tasks:
    """The same with so many per cent of the people gone, by lot."""
    count = len(tasks.qualified)
    gone = set(random.Random(f"{tasks.name}/{percent}/{seed}").sample(range(count), round(count * percent / 100)))
    kept = tuple(own for person, own in enumerate(tasks.qualified) if person not in gone)
    return Tasks(f"{tasks.name} -{percent} %" if percent else tasks.name, tasks.times, kept)


def as_problem(tasks: Tasks) -> Problem:
    """Tasks as appointments by phone in one language, without a gap; who is qualified is a candidate.

    Everybody is available all the time and has no limits, every appointment has weight 1, and no person is preferred:
    coverage is all there is.
    """
    able: list[list[str]] = [[] for _ in tasks.times]
    for person, own in enumerate(tasks.qualified):
        for task in own:
            able[task].append(f"p{person}")
    last = MONDAY + timedelta(minutes=max((end for _, end in tasks.times), default=DAY))
    return Problem(
        now=MONDAY,
        timezone="UTC",
        remote_gap_minutes=0,
        mediators=tuple(
            Mediator(f"p{person}", {LANGUAGE: "native"}, available=((MONDAY, last),))
            for person in range(len(tasks.qualified))
        ),
        appointments=tuple(
            Appointment(
                f"t{task}",
                LANGUAGE,
                MONDAY + timedelta(minutes=start),
                MONDAY + timedelta(minutes=end),
                "phone",
                candidates=tuple(people),
            )
            for task, ((start, end), people) in enumerate(zip(tasks.times, able, strict=True))
        ),
    )


def _row(dice: random.Random, each: int) -> Sequence[tuple[int, int]]:
    """Tasks one after another within a day, of similar lengths, with what is left of the day strewn between them."""
    shares = [dice.uniform(0.75, 1.25) for _ in range(each)]
    lengths = [int(DAY * TIGHTNESS * share / sum(shares)) for share in shares]
    left = DAY - sum(lengths)
    cuts = sorted(dice.randint(0, left) for _ in range(each))
    starts = [cut + sum(lengths[:turn]) for turn, cut in enumerate(cuts)]
    return [(start, start + length) for start, length in zip(starts, lengths, strict=True)]


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _next(name: str, lines: Iterator[tuple[int, str]]) -> tuple[int, str]:
    try:
        return next(lines)
    except StopIteration:
        message = f"{name}: it ends too early"
        raise Unreadable(message) from None


def _figure(name: str, lines: Iterator[tuple[int, str]], key: str) -> int:
    number, line = _next(name, lines)
    found = re.fullmatch(rf"\s*{key}\s*=\s*(\d+)\s*", line)
    if not found:
        raise _unreadable(name, number, line, f"{key} = a whole number")
    return int(found[1])


def _people(name: str, number: int, line: str) -> tuple[int, ...]:
    count, colon, rest = line.partition(":")
    tasks = _whole(name, number, rest)
    if not colon or _whole(name, number, count) != (len(tasks),) or len(set(tasks)) < len(tasks):
        raise _unreadable(name, number, line, "a count, a colon and as many different tasks")
    return tasks


def _whole(name: str, number: int, line: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in line.split())
    except ValueError:
        raise _unreadable(name, number, line, "whole numbers") from None


def _unreadable(name: str, number: int, line: str, wanted: str) -> Unreadable:
    return Unreadable(f"{name}, line {number}: {line.strip()[:40]!r}; {wanted} was expected")
