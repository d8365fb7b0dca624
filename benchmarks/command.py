"""The engine and its rivals on the same problems in one run; see docs/engine/benchmarks.md."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.cases import INVENTED, Case, Invented, Published, TaskDay, Week
from benchmarks.chances import command as chances
from benchmarks.contest import RIVALS, Result, contest
from benchmarks.dispatch import command as dispatch
from benchmarks.facts import facts
from benchmarks.forecast import command as forecast
from scheduler.generate import SIZES

HERE = Path(__file__).parent
WHAT = ("all", "sizes", "ptsp", "dispatch", "forecast", "recruiting", "chances")
# seconds for each rival
LIMITS = {"S": 5.0, "M": 30.0, "MT": 60.0, "L": 120.0, "XL": 600.0}
PTSP_SECONDS = 60.0
PTSP_RIVALS = ("HiGHS cliques", "engine")
# per cent of the people who are gone
GONE = (0, 30, 50)
# more would make a picture that nobody looks at
MOST_DRAWN = 24


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; 0, 1 if two rivals contradict each other, 2 with a line on stderr if there is no case."""
    options = _parser().parse_args(arguments)
    if options.what in {"all", "dispatch"}:
        dispatch.run(options.output, options.seeds, options.appointments)
    if options.what == "forecast":
        forecast.run(options.output, options.towns)
    if options.what == "recruiting":
        forecast.run_recruiting(options.output, options.towns)
    if options.what == "chances":
        chances.run(options.output, options.towns, options.server)
    if options.what in {"dispatch", "forecast", "recruiting", "chances"}:
        return 0
    if options.what == "ptsp":
        paths = sorted(options.folder.glob("*.dat"), key=_by_size) if options.folder else []
        if options.folder and not paths:
            sys.stderr.write(f"{options.folder}: no file *.dat there\n")
            return 2
        sources: Sequence[Invented | Published] = [Published(path) for path in paths] or INVENTED
        days = [TaskDay(source, gone) for source in sources for gone in GONE]
        cases = [(day, options.seconds or PTSP_SECONDS) for day in days]
        name = "ptsp-published" if paths else "ptsp-invented"
        return _run(options.output, name, cases, options.rivals or PTSP_RIVALS, ())
    weeks = [(Week(size, seed), options.seconds or LIMITS[size]) for size in options.sizes for seed in options.seeds]
    return _run(options.output, "results", weeks, options.rivals or tuple(RIVALS), facts(options.sizes))


def _run(
    folder: Path,
    name: str,
    cases: Iterable[tuple[Case, float]],
    rivals: Sequence[str],
    measured: Iterable[tuple[str, str]],
) -> int:
    """Let everybody compete, one after another, and keep the results as they come in."""
    results: list[Result] = []
    found: dict[str, str] = {}
    for key, value in measured:
        print(f"{key}: {value}", flush=True)
        found[key] = value
    for case, limit in cases:
        for rival in rivals:
            results.append(contest(case, rival, limit))
            print(report.line(results[-1]), flush=True)
        groups = report.grouped(results)
        report.save(folder, name, groups, found)
    _draw(folder, name, groups)
    contradictions = [one for group in groups for one in group.contradictions]
    for one in contradictions:
        print(f"CONTRADICTION {one}")
    return 1 if contradictions else 0


def _draw(folder: Path, name: str, groups: Sequence[report.Group]) -> None:
    try:
        from benchmarks import plot  # noqa: PLC0415 - it needs the dependency group bench, the figures do not
    except ImportError as error:
        print(f"no picture: {error}")
        return
    if name.startswith("ptsp"):
        # one row for each source
        plot.over_time(groups[:MOST_DRAWN], folder / f"{name}.svg", columns=len(GONE))
    else:
        plot.over_time(groups[:MOST_DRAWN], folder / f"{name}.svg")
        plot.growth(groups, folder / f"{name}-growth.svg")


def _by_size(path: Path) -> tuple[int, str]:
    return path.stat().st_size, path.name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The engine beside its rivals.")
    parser.add_argument("what", nargs="?", choices=WHAT, default="all")
    parser.add_argument("folder", nargs="?", type=Path, help="published files (*.dat) for ptsp; without, invented ones")
    parser.add_argument("--sizes", type=_some(SIZES), default=("S", "M", "MT", "L"), help="of S,M,MT,L,XL (all but XL)")
    parser.add_argument("--seeds", type=_numbers, default=(1,), help="one week of each size, or season, for each (1)")
    parser.add_argument("--seconds", type=float, help="limit for each rival and case (by size)")
    parser.add_argument("--appointments", type=int, default=1000, help="for each seed and scenario of dispatch (1000)")
    parser.add_argument(
        "--towns",
        type=_at_least_one,
        default=20,
        help="of each kind for forecast and recruiting, in all for chances (20)",
    )
    parser.add_argument("--server", help="PostgreSQL for chances, as postgresql+psycopg://USER@HOST:PORT (SQLite)")
    parser.add_argument("--output", type=Path, default=HERE, help="folder for tables and pictures (benchmarks)")
    parser.add_argument("--rivals", type=_some(RIVALS), help=f"of {','.join(RIVALS)} (all)")
    return parser


def _some(allowed: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        words = tuple(word.strip() for word in text.split(","))
        for word in words:
            if word not in allowed:
                message = f"{word!r}; choose from {', '.join(allowed)}"
                raise argparse.ArgumentTypeError(message)
        return words

    return read


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"{number}; give 1 or more"
        raise argparse.ArgumentTypeError(message)
    return number


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))
