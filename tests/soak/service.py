"""The whole service as real processes on the loopback: web and workers, each replaced when it dies.

It ends only what it started, by process id.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.conftest import SECRET
from tests.soak.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
ACCOUNT = "AC" + "0" * 32
TOKEN = "the provider's token"
NUMBER = "+4915228817386"
# how long a process may take to end when it is asked to
GRACE = 20
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Part:
    """A process that is started again whenever it ends, as `Restart=always` of systemd does."""

    def __init__(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment
        self._lock = threading.Lock()
        self._ending = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start it and keep it alive."""
        self._spawn()
        self._thread.start()

    def kill(self) -> int:
        """SIGKILL it and its children, at whatever it is doing; gives the process id it had."""
        return self._signal(signal.SIGKILL)

    @property
    def pid(self) -> int:
        """The present process; 0 in the moment between two."""
        with self._lock:
            return self._process.pid if self._process else 0

    def stop(self) -> None:
        """End it for good: politely, then not."""
        with self._lock:
            self._ending = True
        self._signal(signal.SIGTERM)
        self._thread.join(GRACE)
        if self._thread.is_alive():
            self._signal(signal.SIGKILL)
            self._thread.join(GRACE)

    def _signal(self, number: int) -> int:
        with self._lock:
            if self._process is None:
                return 0
            # not reaped before the lock is free, so the number cannot belong to anybody else
            os.killpg(self._process.pid, number)
            return self._process.pid

    def _spawn(self) -> None:
        with self._lock:
            if self._ending:
                return
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=ROOT, env=self._environment, stderr=log, stdout=log, start_new_session=True
                )

    def _keep(self) -> None:
        while self._process is not None:
            os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
            with self._lock:
                self._process.wait()
                self._process = None
            self._spawn()


class Service:
    """gunicorn and some workers on one database, sending through whatever answers at `twilio_url`.

    `workers` holds what each worker's environment has beside the service's.
    """

    def __init__(
        self,
        database_url: str,
        folder: Path,
        twilio_url: str,
        *,
        workers: Sequence[Mapping[str, str]] = ({}, {}, {}),
    ) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        environment = _environment(database_url, twilio_url, self.url)
        web = (
            BIN / "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "8",
            "--no-control-socket", "--log-level", "warning",
        )  # fmt: skip
        worker = (BIN / "flask", "--app", "wsgi", "worker")
        self.web = Part("web", web, environment, folder / "web.log")
        self.workers = [
            Part(f"worker {number}", worker, environment | dict(own), folder / f"worker-{number}.log")
            for number, own in enumerate(workers)
        ]

    def __enter__(self) -> Self:
        for part in (self.web, *self.workers):
            part.start()
        try:
            wait_until(self.answers, "the service answers")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        stops = [threading.Thread(target=part.stop) for part in (self.web, *self.workers)]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()

    def answers(self) -> bool:
        """Whether the web process is up."""
        try:
            with DIRECT.open(f"{self.url}/healthz", timeout=2):
                return True
        except OSError:
            return False


def _environment(database_url: str, twilio_url: str, public_url: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | {
        # a process that is started hundreds of times is not compiled hundreds of times
        "PYTHONPYCACHEPREFIX": str(ROOT / "var" / "pycache"),
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET,
        "PUBLIC_URL": public_url,
        "SMS_TRANSPORT": "twilio",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_FROM": NUMBER,
        "TWILIO_API_BASE": twilio_url,
        "MAIL_URL": "local",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
