"""`make run`: database, demo, web and worker together; Ctrl-C stops both."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 60


def main() -> int:
    """Start, say where, wait, stop; gives the exit code."""
    port = os.environ.get("PORT", "") or "8000"
    environment = os.environ | {"PORT": port}
    for step in (("db", "upgrade"), ("demo",)):
        done = subprocess.run(_flask(*step), cwd=ROOT, env=environment, check=False)
        # an operator's own database holds real pools: no demo then, and no reason to stop
        if done.returncode and step != ("demo",):
            return 1
    web: list[str | Path] = [
        BIN / "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8",
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip
    processes = [_start(web, environment), _start(_flask("worker"), environment)]
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        if _answers(f"http://127.0.0.1:{port}/healthz", processes):
            _say_hello(port)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        print("A part of the service ended by itself; stopping the rest.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
        _stop(processes)
        return 0
    _stop(processes)
    return 1


def _flask(*words: str) -> list[str | Path]:
    return [BIN / "flask", "--app", "wsgi", *words]


def _start(command: list[str | Path], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # a session of its own: Ctrl-C reaches this process alone, which then stops both in order
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str, processes: list[subprocess.Popen[bytes]]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and all(process.poll() is None for process in processes):
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    return False


def _say_hello(port: str) -> None:
    address = f"http://127.0.0.1:{port}"
    print(
        f"""
  Sprachmittlerpool is running: {address}

  Demo accounts (password: demo-demo-demo-demo)
    staff@beckum.example         asks for a mediator
    coordinator@beckum.example   runs the pool
    admin@beckum.example         settings

  The volunteers' phones:      {address}/phone
  Ctrl-C stops everything.
""",
        flush=True,
    )


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
