"""Timefold, the open solver for planning by local search, where Java is there.

Its Java libraries come inside the Python package `timefold` (dependency group `bench`); the rival is a Java program all
the same, so that no Python holds it back.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from benchmarks.answer import Answer, Clock
from benchmarks.apart import Missing
from benchmarks.plain import plain_instance
from scheduler.model.problem import Problem
from scheduler.tables.arrays import NONE
from scheduler.tables.instance import Instance

SOURCE = Path(__file__).parent / "java" / "Rival.java"


def timefold(problem: Problem, clock: Clock) -> Answer:
    """Default configuration: construction heuristic, then late acceptance; one thread, as the open edition has no more.

    The Java virtual machine's start counts, compiling the program does not. Raises `Missing`.
    """
    java, path = _java(), _class_path()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compiler = [str(java.with_name("javac")), "-proc:none", "-cp", path, "-d", name, str(SOURCE)]
        subprocess.run(compiler, check=True, capture_output=True)
        clock.restart()
        instance = plain_instance(problem)
        (folder / "problem").write_text("\n".join(lines(instance)), encoding="ascii")
        milliseconds, handed = round(1000 * clock.left()), clock.elapsed()
        command = [str(java), "-cp", f"{name}:{path}", "Rival", str(folder / "problem"), str(milliseconds)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return read(instance, clock, said, handed)


def read(instance: Instance, clock: Clock, said: str, handed: float) -> Answer:
    """What the program printed; `handed` is when it began."""
    options, chosen = instance.options, []
    for line in said.splitlines():
        word, first, second = line.split()
        if word == "at":
            clock.note(int(second), round(handed + int(first) / 1000, 3))
        else:
            need = instance.needs[int(first)]
            chosen.append(need.first + int(np.searchsorted(options.person[need.first : need.last], int(second))))
    return Answer(instance.assignments(chosen), moments=tuple(clock.moments))


def lines(instance: Instance) -> Iterator[str]:
    """The problem in whole numbers, in the order in which the program reads it."""
    tables, options = instance.tables, instance.options
    yield str(len(instance.problem.mediators))
    # the limits of `LIMITS`, which are count and minutes per day, then per week
    yield from (_line(row) for row in tables.limits.T.tolist())
    sites = np.unique(tables.sites[tables.sites != NONE])
    yield _line((60 * instance.problem.remote_gap_minutes, len(sites)))
    for site in sites.tolist():
        yield _line(tables.ways.gaps(np.full(len(sites), site), sites).tolist())
    yield str(len(instance.needs))
    ranks = {site: rank for rank, site in enumerate(sites.tolist())} | {NONE: NONE}
    for need in instance.needs:
        row, own = need.row, slice(need.first, need.last)
        times = tables.starts[row], tables.ends[row], ranks[int(tables.sites[row])], tables.days[row], tables.weeks[row]
        yield _line((*times, tables.weights[row], need.last - need.first))
        candidates = np.stack((options.person[own], options.cost[own], options.asked[own].astype(np.int64)), axis=1)
        yield _line(candidates.ravel().tolist())


def _line(numbers: Sequence[object]) -> str:
    return " ".join(map(str, numbers))


def _java() -> Path:
    java, compiler = shutil.which("java"), shutil.which("javac")
    if java is None or compiler is None:
        raise Missing("needs Java 17 or newer with its compiler (Debian and Ubuntu: default-jdk-headless)")
    return Path(java)


def _class_path() -> str:
    try:
        files = metadata.files("timefold") or []
    except metadata.PackageNotFoundError:
        raise Missing("needs the dependency group bench (make bench installs it)") from None
    return ":".join(sorted(str(one.locate()) for one in files if one.suffix == ".jar"))
