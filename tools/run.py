"""`make run`: database, demo, web and worker together; Ctrl-C stops both.

Whatever ends it (a signal, an error, a part that dies), nothing that it started is left behind. What web and worker log
goes to a file, so that address and accounts stay on the screen.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO

from app.config import Config, ConfigError

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 60
LOOPBACK = "127.0.0.1"
LOG = ROOT / "var" / "run.log"
LAST_LINES = 20
ENDS_IT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Command = Sequence[str | Path]
DEMO = ("demo",)
STEPS: tuple[tuple[str, ...], ...] = (("db", "upgrade"), DEMO)


class CannotRun(Exception):
    """What stands in the way, in a sentence with the way out."""


class Parts:
    """The processes that were started; signals only leave a note, so that none comes between a start and its record."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._running: list[subprocess.Popen[bytes]] = []
        self.asked_to_stop = False
        for number in ENDS_IT:
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.asked_to_stop = True

    def start(self, command: Command, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        """Start one, in a session of its own: Ctrl-C reaches this process alone, which then stops all in order."""
        part = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, start_new_session=True, stdout=log, stderr=log
        )
        self._running.append(part)
        return part

    def finish(self, command: Command) -> int | None:
        """Start one and wait for its end; gives its exit code, None if everything is to stop."""
        part = self.start(command)
        while part.poll() is None and not self.asked_to_stop:
            time.sleep(0.1)
        if part.poll() is not None:
            self._running.remove(part)
        return None if self.asked_to_stop else part.returncode

    @property
    def all_run(self) -> bool:
        """Whether nobody has asked to stop and none has ended by itself."""
        return not self.asked_to_stop and all(part.poll() is None for part in self._running)

    def stop(self) -> None:
        """End them all, kindly at first."""
        for part in self._running:
            _signal(part, signal.SIGTERM)
        deadline = time.monotonic() + 15
        for part in self._running:
            with suppress(subprocess.TimeoutExpired):
                part.wait(max(0.1, deadline - time.monotonic()))
            # what is left of it, and of what it started itself
            _signal(part, signal.SIGKILL)
            part.wait()


def main() -> int:
    """Start, say where, wait, stop; gives the exit code."""
    try:
        port = _free_port(os.environ.get("PORT", "") or "8000")
        _check_settings()
    except CannotRun as error:
        print(error, file=sys.stderr)
        return 2
    parts = Parts(os.environ | {"PORT": port})
    try:
        return _run(parts, port)
    finally:
        parts.stop()


def _run(parts: Parts, port: str) -> int:
    for step in STEPS:
        code = parts.finish(_flask(*step))
        if code is None:
            return _stopping()
        # an operator's own database holds real pools: no demo then, and no reason to stop
        if code and step != DEMO:
            return 1
    LOG.parent.mkdir(exist_ok=True)
    # emptied, not made anew: a second run on another port may be writing to it
    LOG.write_bytes(b"")
    with LOG.open("ab") as log:
        for command in commands(port):
            parts.start(command, log)
    if _answers(f"http://{LOOPBACK}:{port}/healthz", parts):
        _say_hello(port)
    while parts.all_run:
        time.sleep(0.2)
    if parts.asked_to_stop:
        return _stopping()
    lines = LOG.read_text(errors="replace").splitlines()[-LAST_LINES:]
    print(*lines, "A part of the service ended by itself; stopping the rest.", sep="\n", file=sys.stderr)
    return 1


def commands(port: str) -> tuple[Command, ...]:
    """What runs side by side: the web process and the worker."""
    web: list[str | Path] = [
        BIN / "gunicorn", "wsgi:app", "--bind", f"{LOOPBACK}:{port}", "--workers", "1", "--threads", "8",
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    return web, _flask("worker")


def _free_port(text: str) -> str:
    """The port, if it is one and nobody has it. Raises CannotRun."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise CannotRun(f"PORT={text} is no port: take a number from 1 to 65535, for example PORT=8080 make run.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((LOOPBACK, int(text)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotRun(f"Port {text} is taken. Take another one: PORT=8080 make run.") from error
            raise CannotRun(f"Port {text} cannot be had ({error.strerror}). Try PORT=8080 make run.") from error
    return text


def _check_settings() -> None:
    """Nothing, or CannotRun: for settings that cannot be right, and where others could type the demo's passwords."""
    try:
        config = Config.from_env(os.environ, ROOT / "var")
    except ConfigError as error:
        raise CannotRun(f"This cannot start: {error}") from error
    if not config.is_local:
        raise CannotRun(
            f"PUBLIC_URL={config.public_url}: `make run` is for this machine alone, since the demo's passwords are "
            "published. Leave PUBLIC_URL out; docs/operators.md says how to run it for others."
        )


def _flask(*words: str) -> Command:
    return [BIN / "flask", "--app", "wsgi", *words]


def _signal(part: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(part.pid, number)


def _answers(url: str, parts: Parts) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and parts.all_run:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    return False


def _stopping() -> int:
    print("\nStopping …", flush=True)
    return 0


def _say_hello(port: str) -> None:
    address = f"http://{LOOPBACK}:{port}"
    print(
        f"""
  Sprachmittlerpool is running: {address}

  Demo accounts (password: demo-demo-demo-demo)
    staff@beckum.example         asks for a mediator
    coordinator@beckum.example   runs the pool
    admin@beckum.example         settings

  The volunteers' phones:      {address}/phone
  What web and worker log:     {os.path.relpath(LOG)}
  Ctrl-C stops everything.
""",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
