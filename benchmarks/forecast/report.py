"""What was measured, as Markdown."""

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.forecast.backtest import Trial
from benchmarks.forecast.figures import WAYS, Figures, figures
from benchmarks.forecast.recruiting import Advice
from benchmarks.report import machine

HEADINGS = (
    "towns", "way", "bias of the total %", "error %", "80 % range holds %", "ranks of languages", "times of the week",
    "first gap right %",
)  # fmt: skip
INTRODUCTION = """\
Each town lives for {} weeks, is forecast for the next four ({} periods), and these four weeks are then replayed {}
times.
How this is made and what it means: docs/engine/forecast.md.

*Bias* and *error*: of the total of unfilled requests, relative to the truth's mean, over towns (± one standard error).
*Range holds*: how often a replayed total lay in the 80 % range; whoever counts takes that of a Poisson distribution.
*Ranks*: Spearman's correlation over languages with the truth's mean. *Times of the week*: Pearson's over language,
weekday and two hours. *First gap*: how often the language that lacks most was named."""

ADVICE_HEADINGS = (
    "towns", "kind", "the best %", "one of the best three %", "lost beside the best %", "told", "came",
    "told of what came %",
)  # fmt: skip
ADVICE_INTRODUCTION = """\
Each town is told whom to look for first. Its next four weeks are then replayed {} times with that person, and with each
of those who would take most of what stays unfilled in the replays.

*Told* and *came*: requests fewer that stay unfilled in four weeks, on average over towns. *Lost*: what the best of them
would have brought beyond it."""


def text(trials: Mapping[str, Sequence[Trial]], weeks: int, periods: int, futures: int) -> str:
    """The whole report."""
    rows = [_row(f"{len(own)} {kind}", way, figures(own, way)) for kind, own in trials.items() if own for way in WAYS]
    unfilled = [one.truth.total / one.requests for own in trials.values() for one in own]
    facts = f"In truth {100 * min(unfilled):.0f}–{100 * max(unfilled):.0f} % of a town's requests stay unfilled."
    parts = [
        "# Forecast: what will stay unfilled",
        f"Simulated on {machine()}. {INTRODUCTION.format(weeks, periods, futures)}",
        _markdown(HEADINGS, rows),
        facts,
    ]
    return "\n\n".join(parts) + "\n"


def line(trial: Trial) -> str:
    """One town in one line, for those who wait."""
    said, truth = trial.said.total, trial.truth.total
    return (
        f"{trial.kind:>16} {trial.seed:>3}  said {said:5.1f} ({trial.low}–{trial.high}), counted "
        f"{trial.counted.total:5.1f}, came {truth:5.1f} of {trial.requests:.0f}  shift {trial.shift:+.2f}"
    )


def _row(towns: str, way: str, found: Figures) -> tuple[str, ...]:
    bias = f"{100 * found.bias:+.1f} ± {100 * found.bias_error:.1f}"
    shares = (f"{100 * found.error:.1f}", f"{100 * found.held:.0f}")
    return towns, way, bias, *shares, f"{found.ranks:.2f}", f"{found.cells:.2f}", f"{100 * found.top:.0f}"


def advice_text(advice: Sequence[Advice], futures: int) -> str:
    """The whole report on whom towns should look for."""
    parts = [
        "# Recruiting: whom to look for",
        f"Simulated on {machine()}. {ADVICE_INTRODUCTION.format(futures)}",
        _markdown(ADVICE_HEADINGS, [_advice_row(advice)]),
    ]
    return "\n\n".join(parts) + "\n"


def advice_line(advice: Advice) -> str:
    """One town in one line, for those who wait."""
    one = advice.first
    whom = f"{one.language} {one.days} {one.opens}–{one.closes}"
    figures_ = f"told {advice.told:.2f}, came {advice.real:.2f}, the best {advice.best:.2f}, place {advice.place}"
    return f"{advice.kind:>16} {advice.seed:>3}  {whom}: {figures_}"


def _advice_row(own: Sequence[Advice]) -> tuple[str, ...]:
    told, real, best = (np.mean([getattr(one, name) for one in own]) for name in ("told", "real", "best"))
    first, three = (100 * np.mean([one.place <= least for one in own]) for least in (1, 3))
    shares = (f"{first:.0f}", f"{three:.0f}", _percent(best - real, best))
    return str(len(own)), "steady", *shares, f"{told:.2f}", f"{real:.2f}", _percent(told, real)


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f}" if whole > 0 else "–"


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ("---", "---", *("---:" for _ in headings[2:])), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
