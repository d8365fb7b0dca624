"""What was measured, as Markdown."""

from collections.abc import Mapping, Sequence

from benchmarks.forecast.backtest import Trial
from benchmarks.forecast.figures import WAYS, Figures, figures
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


def text(trials: Mapping[str, Sequence[Trial]], weeks: int, periods: int, futures: int) -> str:
    """The whole report."""
    rows = [_row(f"{len(own)} {kind}", way, figures(own, way)) for kind, own in trials.items() if own for way in WAYS]
    unfilled = [one.truth.total / one.requests for own in trials.values() for one in own]
    facts = f"In truth {100 * min(unfilled):.0f}–{100 * max(unfilled):.0f} % of a town's requests stay unfilled."
    parts = [
        "# Forecast: what will stay unfilled",
        f"Simulated on {machine()}. {INTRODUCTION.format(weeks, periods, futures)}",
        _markdown(rows),
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


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = [HEADINGS, ("---", "---", *("---:" for _ in HEADINGS[2:])), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
