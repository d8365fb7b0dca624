"""The simulation as a command: tables and pictures."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.dispatch import report
from benchmarks.dispatch.contest import season


def run(folder: Path, seeds: Sequence[int], count: int) -> None:
    """Simulate, say how it goes, and write dispatch.md and two pictures."""
    found = season(seeds, count, lambda table: print(report.line(table), flush=True))
    (folder / "dispatch.md").write_text(report.text(found, seeds, count), encoding="utf-8")
    try:
        from benchmarks.dispatch import plot  # noqa: PLC0415 - it needs the dependency group bench, the figures do not
    except ImportError as error:
        print(f"no picture: {error}")
        return
    plot.frontier(found.frontier, found.everybody, folder / "dispatch-frontier.svg")
    plot.calibration(found.guesses, folder / "dispatch-calibration.svg")
