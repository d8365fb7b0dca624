"""What was measured, as Markdown."""

from collections.abc import Sequence
from math import inf

from benchmarks.dispatch.contest import DRAWN, Season, Table
from benchmarks.dispatch.figures import Figures, bins, brier, difference, figures
from benchmarks.dispatch.policies import EVERYBODY, ONE_AN_EIGHTH, WAVES
from benchmarks.report import machine
from scheduler.model.participants import CHANCE

HEADINGS = ("policy", "filled %", "texts per filled", "of everybody's", "minutes to half", "in vain %")
INTRODUCTION = """\
For each scenario {} appointments, with 3 to 15
candidates each, for each seed ({}). How this is made and what it means: docs/engine/waves.md.

*Filled*: before the deadline, ± one standard error. *Of everybody's*: texts per filled appointment relative to asking
everybody at once. *Minutes to half*: until half of all appointments were filled. *In vain*: of those asked, who would
have come and were not needed."""


def text(found: Season, seeds: Sequence[int], count: int) -> str:
    """The whole report."""
    parts = [
        "# Dispatch: how many to ask when",
        f"Simulated on {machine()}. {INTRODUCTION.format(count, ', '.join(map(str, seeds)))}",
        *(f"## {table.scenario}\n\n{_table(table)}\n\n{_verdict(table)}" for table in found.tables),
        f"## The same share filled: {DRAWN.name}\n\n{_frontier(found)}",
        f"## Learned chances\n\n{_calibration(found)}",
    ]
    return "\n\n".join(parts) + "\n"


def line(table: Table) -> str:
    """One scenario in one line, for those who wait."""
    own = figures(table.courses[WAVES])
    every = figures(table.courses[EVERYBODY])
    return (
        f"{table.scenario:>36}  waves fill {100 * own.share:.1f} % with {own.texts:.2f} texts, "
        f"everybody at once {100 * every.share:.1f} % with {every.texts:.2f}"
    )


def _table(table: Table) -> str:
    every = figures(table.courses[EVERYBODY])
    rows = [_cells(name, figures(courses), every) for name, courses in table.courses.items()]
    return _markdown(HEADINGS, rows)


def _cells(name: str, own: Figures, every: Figures) -> tuple[str, ...]:
    return (
        name,
        f"{100 * own.share:.1f} ± {100 * own.error:.1f}",
        f"{own.texts:.2f}",
        f"{100 * own.texts / every.texts:.0f} %",
        f"{own.minutes:.0f}" if own.minutes < inf else "never",
        f"{100 * own.vain:.1f}",
    )


def _verdict(table: Table) -> str:
    """The waves beside the most and the best a person would do, on the same dice."""
    own = table.courses[WAVES]
    said = []
    for other in (EVERYBODY, ONE_AN_EIGHTH):
        mean, error = difference(own, table.courses[other])
        more = figures(own).texts / figures(table.courses[other]).texts - 1
        said.append(f"{100 * mean:+.1f} ± {100 * error:.1f} points filled and {100 * more:+.0f} % texts than *{other}*")
    return f"Waves have {'; '.join(said)}."


def _frontier(found: Season) -> str:
    every = figures(found.everybody)
    rows = [
        (f"{family}: {name}", *_cells(name, figures(courses), every)[1:])
        for family, policies in found.frontier.items()
        for name, courses in policies.items()
    ]
    return _markdown(HEADINGS, [_cells(EVERYBODY, every, every), *rows])


def _calibration(found: Season) -> str:
    said = [one.yes for one in found.guesses]
    learned = brier([one.judged for one in found.guesses], said)
    usual, true = brier([CHANCE] * len(said), said), brier([one.true for one in found.guesses], said)
    rows = [
        (
            f"{one.count}",
            f"{100 * one.judged:.1f}",
            f"{100 * one.seen:.1f}",
            f"{100 * one.low:.1f}–{100 * one.high:.1f}",
        )
        for one in bins(found.guesses)
    ]
    table = _markdown(("chances", "judged, mean %", "yes seen %", "95 % interval"), rows)
    scores = f"{learned:.4f}; of one third for everybody {usual:.4f}; of the true chances {true:.4f}"
    won = 100 * (usual - learned) / (usual - true)
    return f"{table}\n\nBrier score of the learned chances {scores}. Learning wins {won:.0f} % of what can be won."


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ("---", *("---:" for _ in headings[1:])), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
