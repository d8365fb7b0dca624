"""The backtest as a command: a table and a picture."""

from pathlib import Path

from benchmarks.forecast import report
from benchmarks.forecast.backtest import Trial, trial
from benchmarks.forecast.town import KINDS, SEEN, WARM_UP

PERIODS, FUTURES = 200, 24


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
