"""gunicorn as an operator starts it, on the loopback; what it wrote to standard error can be read afterwards."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.soak.waiting import wait_until

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
GRACE = 20


@dataclass(frozen=True)
class Web:
    """A running web process."""

    port: int
    errors: Path

    def status(self, path: str, **headers: str) -> int:
        """The status of a GET."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with DIRECT.open(asked, timeout=GRACE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return self.status("/healthz") > 0
        except OSError:
            return False


@contextmanager
def gunicorn(folder: Path, database_url: str, *options: str, app: str = "wsgi:app", **settings: str) -> Iterator[Web]:
    """Start it, wait until it answers, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        web = Web(int(probe.getsockname()[1]), folder / "stderr")
    command: list[str | Path] = [
        BIN / "gunicorn", app, "--bind", f"127.0.0.1:{web.port}", "--threads", "2", "--no-control-socket", *options,
    ]  # fmt: skip
    environment = os.environ | {"DATABASE_URL": database_url, "SECRET_KEY": "kVq3-Zr81_tYpW0aXb9QmLcE"} | settings
    with web.errors.open("wb") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=errors, stdout=errors)
        try:
            wait_until(web.answers, "the web process answers")
            yield web
        finally:
            process.terminate()
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
