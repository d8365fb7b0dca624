"""What pages that are held open cost: the CPU of one poll that is answered "nothing new", and what many add up to.

    python -m benchmarks.live postgresql+psycopg://USER@127.0.0.1:5432 --scale 100

uses the database of benchmarks/pages.py. The share is polls a second times CPU a poll, of one core of the web process.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Final

from benchmarks.pages import Visits, database, opened

TIMES: Final = 60
# who asks, the page, its part that is polled, how many are open and every how many seconds each asks
OPEN: Final = (
    ("coordinator", "/board", "/board/rows", 200, 10),
    ("staff", "/appointments/{own}", "/appointments/{own}/status", 500, 4),
)


def poll(visits: Visits, who: str, page: str, part: str) -> tuple[float, float]:
    """Milliseconds and CPU milliseconds of a poll whose answer is 204; raises RuntimeError for another answer."""
    found = re.search(rf'hx-get="{re.escape(visits.path(part))}\?([^"]*)"', visits.visit(who, page).text)
    if found is None:
        raise RuntimeError(f"{page} polls nothing")
    address = f"{part}?{found[1]}".replace("&amp;", "&")
    wall, cpu = [], []
    for _ in range(TIMES):
        began, worked = time.perf_counter(), time.process_time()
        status = visits.visit(who, address).status_code
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - worked))
        if status != 204:
            raise RuntimeError(f"{address}: {status}")
    return median(wall), median(cpu)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each page and the sum; 1 if it is half a core or more."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description="Pages that are held open.")
    parser.add_argument("server", help="address of a PostgreSQL server, without a database")
    parser.add_argument("--scale", type=float, default=100)
    options = parser.parse_args(arguments)
    total = 0.0
    with opened(database(options.server, options.scale)) as app:
        visits = Visits(app)
        for who, page, part, number, every in OPEN:
            ms, cpu = poll(visits, who, page, part)
            share = number / every * cpu / 1000
            total += share
            print(f"{part}: {ms:.1f} ms, {cpu:.1f} ms CPU; {number} open, each every {every} s: {share:.0%} of a core")
    print(f"together {total:.0%} of a core, load average {os.getloadavg()[0]:.1f}")
    return int(total >= 0.5)


if __name__ == "__main__":
    sys.exit(main())
