"""The backtest as a command: a table and a picture."""

from pathlib import Path

from benchmarks.forecast import report
from benchmarks.forecast.backtest import Trial, trial
from benchmarks.forecast.recruiting import Advice, advice_of
from benchmarks.forecast.town import KINDS, SEEN, WARM_UP
from scheduler.forecast.outlook import MOST_DAYS

PERIODS, FUTURES = 200, 24
# what one person changes is little beside what chance does
FUTURES_WITH_EACH = 24


def run(folder: Path, towns: int) -> None:
    """Forecast so many towns of each kind, say how it goes, and write forecast.md and forecast.svg."""
    found: dict[str, list[Trial]] = {kind.name: [] for kind in KINDS}
    for seed in range(1, towns + 1):
        for kind in KINDS:
            found[kind.name].append(trial(kind, seed, FUTURES, PERIODS))
            print(report.line(found[kind.name][-1]), flush=True)
        text = report.text(found, WARM_UP + SEEN, PERIODS, FUTURES)
        (folder / "forecast.md").write_text(text, encoding="utf-8")
    try:
        from benchmarks.forecast import plot  # noqa: PLC0415 - it needs the dependency group bench, the figures do not
    except ImportError as error:
        print(f"no picture: {error}")
        return
    plot.totals(found, folder / "forecast.svg")


def run_recruiting(folder: Path, towns: int) -> None:
    """Ask so many steady towns whom they should look for, replay with each, and write recruiting.md."""
    found: list[Advice] = []
    for seed in range(1, towns + 1):
        found.append(advice_of(KINDS[0], seed, FUTURES_WITH_EACH, PERIODS, MOST_DAYS))
        print(report.advice_line(found[-1]), flush=True)
        (folder / "recruiting.md").write_text(report.advice_text(found, FUTURES_WITH_EACH), encoding="utf-8")
