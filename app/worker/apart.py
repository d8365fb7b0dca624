"""Long calculations in a process of their own, so that messages leave meanwhile."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory, gettempdir
from threading import Timer
from typing import Final

from app.models import FORECAST_LEASE
from app.worker.tools import GivenUp, GoesOn
from scheduler.forecast.changes import SHARE_DONE, Changes, Comparison
from scheduler.forecast.history import History
from scheduler.forecast.result import Outlook
from scheduler.model.problem import Problem

PREFIX: Final = "sprachmittlerpool-engine-"
ROOT: Final = Path(__file__).parent.parent.parent


def _always(_share: float) -> bool:
    return True


class CutOff(Exception):
    """The process ended without an answer; its last words are these."""


def look_ahead(problem: Problem, history: History) -> Outlook:
    """The forecast of these, made by the engine's own command; it gives way as the thread does that calls it.

    Raises CutOff.
    """
    return Outlook.from_json(_run("forecast", (problem.to_json(), history.to_json())))


def what_if(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
    """What the changes would do, likewise; `goes_on` is told what share is done, and says whether to go on.

    Raises CutOff, GivenUp.
    """
    given = (problem.to_json(), history.to_json(), changes.to_json())
    return Comparison.from_json(_run("what-if", given, "--progress", goes_on=goes_on))


def _sweep(now: float) -> None:
    """Take away what processes that were killed have left: it tells when people are free, and where they live."""
    for left in Path(gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if left.stat().st_mtime < now - 2 * FORECAST_LEASE.total_seconds():
                rmtree(left)


def _run(what: str, given: Sequence[object], *options: str, goes_on: GoesOn = _always) -> object:
    """The answer of a command of the engine to these, each in a file of its own."""
    _sweep(time.time())
    with TemporaryDirectory(prefix=PREFIX) as name:
        files = [Path(name) / f"{number}.json" for number in range(len(given))]
        for path, value in zip(files, given, strict=True):
            path.write_text(json.dumps(value), encoding="utf-8")
        answer = Path(name) / "answer.json"
        command: list[str | Path] = [sys.executable, "-m", "scheduler", what, *files, *options, "-o", answer]
        process = subprocess.Popen(  # noqa: S603 - our own engine, on files of our own
            command, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        limit = Timer(FORECAST_LEASE.total_seconds(), process.kill)
        with process:
            limit.start()
            try:
                said = _listen(process, goes_on)
            finally:
                limit.cancel()
                # without effect where it has ended
                process.kill()
        if process.returncode:
            raise CutOff(said.strip()[-500:] or f"exit code {process.returncode}")
        return json.loads(answer.read_text(encoding="utf-8"))


def _listen(process: subprocess.Popen[str], goes_on: GoesOn) -> str:
    """What else it says until it ends, beside what share is done."""
    said = ""
    for line in process.stderr or ():
        if not line.startswith(SHARE_DONE):
            said += line
        elif not goes_on(float(line.removeprefix(SHARE_DONE))):
            raise GivenUp
    process.wait()
    return said
