"""Whether the chance in the form comes true, and how fast it is there, as a command: a table and a picture."""

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.chances import report, speed
from benchmarks.chances.figures import corrected, tenths
from benchmarks.chances.simulation import Shown, town
from benchmarks.report import machine

# towns of their own taught what is usual (scheduler/advice/calibration.py): those looked at here begin after them
FIRST = 101


def run(folder: Path, towns: int, server: str | None) -> None:
    """Time the form, on SQLite where no PostgreSQL server is named; let so many towns live; write what is found."""
    waits = speed.waits(server)
    for one in waits:
        print(f"{one.language}, {one.people} people: {one.ms:.0f} ms, {one.cpu_ms:.0f} ms CPU", flush=True)
    found: list[Shown] = []
    with ProcessPoolExecutor() as processes:
        for number, shown in enumerate(processes.map(town, range(FIRST, FIRST + towns)), start=1):
            found += shown
            print(f"town {number}: {len(shown)} requests, {sum(one.filled for one in shown)} filled", flush=True)
    (folder / "chances.md").write_text(report.text(found, towns, waits, server), encoding="utf-8")
    data = {
        "machine": machine(),
        "database": "PostgreSQL" if server else "SQLite",
        "waits": [asdict(one) for one in waits],
        "tenths": [asdict(one) for one in tenths(found, corrected)],
        "tenths_of_taken": [asdict(one) for one in tenths([one for one in found if one.taken], corrected)],
    }
    (folder / "chances.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    try:
        from benchmarks.chances import plot  # noqa: PLC0415 - it needs the dependency group bench, the figures do not
    except ImportError as error:
        print(f"no picture: {error}")
        return
    plot.tenths_of(found, folder / "chances.svg")
