"""Whether the chance in the form comes true, as a command: a table and a picture."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.chances import report
from benchmarks.chances.simulation import Shown, town

# towns of their own taught what is usual (scheduler/advice/calibration.py): those looked at here begin after them
FIRST = 101


def run(folder: Path, towns: int) -> None:
    """Let so many towns live, and write chances.md and chances.svg."""
    found: list[Shown] = []
    with ProcessPoolExecutor() as processes:
        for number, shown in enumerate(processes.map(town, range(FIRST, FIRST + towns)), start=1):
            found += shown
            print(f"town {number}: {len(shown)} requests, {sum(one.filled for one in shown)} filled", flush=True)
    (folder / "chances.md").write_text(report.text(found, towns), encoding="utf-8")
    try:
        from benchmarks.chances import plot  # noqa: PLC0415 - it needs the dependency group bench, the figures do not
    except ImportError as error:
        print(f"no picture: {error}")
        return
    plot.tenths_of(found, folder / "chances.svg")
