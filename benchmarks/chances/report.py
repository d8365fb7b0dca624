"""The table of benchmarks/chances.md."""

import os
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.chances.figures import FEWEST, Tenth, corrected, counted, tenths, worst
from benchmarks.chances.simulation import Shown
from benchmarks.chances.speed import MOST_MS, Wait
from benchmarks.report import machine

WAYS: tuple[tuple[str, Callable[[Shown], float]], ...] = (
    ("shown", corrected),
    ("counted, before it is corrected", counted),
)


INTRODUCTION = """\
`python -m benchmarks chances --towns {towns}`: {towns} invented towns of half a year each, {requests} requests. The
chance is computed by the service's code from what it knows at that moment; where it is low and something better is
suggested, seven in ten offices take the first suggestion ({taken} did). What becomes of it is the life of
benchmarks/forecast, with dice of its own: people say yes less often on the day before and more often in the evening,
waves end at deadlines, and 4 % give back what they took. Each town learns what a chance is worth from its own past
requests alone.

*Luck*: how far a tenth of that size lies off in one of twenty cases although the chance is right. Tenths of fewer than
{fewest} requests do not count for the largest error."""


def text(shown: Sequence[Shown], towns: int, waits: Sequence[Wait], server: str | None) -> str:
    """The whole file."""
    taken = [one for one in shown if one.taken]
    parts = [
        "# Does the chance in the form come true?",
        f"Simulated on {machine()}.",
        INTRODUCTION.format(towns=towns, requests=len(shown), taken=len(taken), fewest=FEWEST),
        *(_part(f"All requests, as {name}", shown, said) for name, said in WAYS),
        *(_part(f"After the first suggestion was taken, as {name}", taken, said) for name, said in WAYS),
        _speed(waits, "PostgreSQL" if server else "SQLite"),
    ]
    return "\n\n".join(parts) + "\n"


def _part(title: str, shown: Sequence[Shown], said: Callable[[Shown], float]) -> str:
    found = tenths(shown, said)
    lines = ["| requests | said | filled | off by | luck |", "|---:|---:|---:|---:|---:|", *map(_line, found)]
    return f"## {title}\n\n" + "\n".join(lines) + f"\n\nLargest error {100 * worst(found):.1f} points."


def _speed(waits: Sequence[Wait], database: str) -> str:
    lines = ["| people of the language | ms | of these CPU | statements |", "|---:|---:|---:|---:|"]
    lines += [f"| {one.people} | {one.ms:.0f} | {one.cpu_ms:.0f} | {one.statements} |" for one in waits]
    middle = median(one.ms for one in waits)
    return (
        f"## How long a change waits\n\nA pool of 1,000 mediators on {database}, medians over "
        f"several days; load average at the end of the run {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n\n"
        + "\n".join(lines)
        + f"\n\nMedian {middle:.0f} ms, wished for {MOST_MS} at most."
    )


def _line(one: Tenth) -> str:
    return (
        f"| {one.number} | {100 * one.said:.1f} % | {100 * one.came:.1f} % | {100 * one.off:+.1f} | "
        f"±{100 * one.luck:.1f} |"
    )
