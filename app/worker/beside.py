"""A second process of a worker for the jobs that give way, so that no plan has a part in how soon a message leaves.

Python runs one thread of a process at a time. A plan in the same process would hold up everything else for as long as
it computes, and longest when the machine is busy: it steps back for others that then wait for it.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

ROOT: Final = Path(__file__).parent.parent.parent
# Seconds: until a process that ended is started anew, and how long one may take to finish what it is at.
AGAIN_AFTER: Final = 5.0
PATIENCE: Final = 15.0
DIED: Final = 70


class Beside:
    """Keeps a process alive as long as this one; it hears that this one is gone by the end of its standard input."""

    def __init__(self, command: list[str | Path]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._started = -AGAIN_AFTER

    def keep(self) -> None:
        """Start it, or start it anew if it ended; called every second or so."""
        if self._process is not None and self._process.poll() is None:
            return
        now = time.monotonic()
        if now - self._started < AGAIN_AFTER:
            return
        if self._process is not None:
            log.warning("planner_ended", code=self._process.returncode)
            self._process.communicate()
        self._started = now
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            self._command, cwd=ROOT, stdin=subprocess.PIPE
        )

    @property
    def pid(self) -> int:
        """The number of the process, 0 before the first."""
        return self._process.pid if self._process else 0

    def end(self) -> None:
        """Let it finish what it is at; what takes too long is ended."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process.communicate()


@contextmanager
def beside(worker_name: str) -> Iterator[Callable[[], None]]:
    """The process that plans for this worker; gives what has to be called from time to time to keep it."""
    command: list[str | Path] = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", "--plans-for", worker_name]
    process = Beside(command)
    try:
        yield process.keep
    finally:
        process.end()


def end_with_parent() -> None:
    """End this process, at once, when the one that started it is gone."""

    def watch() -> None:
        # nobody writes; the end of it is the end of the parent, however it came
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os._exit(DIED)

    threading.Thread(target=watch, daemon=True).start()
