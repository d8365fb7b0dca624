"""`make run`: a sentence where it cannot start, and no process left behind however it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.models import Pool
from app.transaction import transaction
from tests.conftest import application
from tests.soak.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.processes
DEADLINE = 90.0


@pytest.fixture
def mark() -> str:
    """What names the processes of one test in their environment."""
    return uuid.uuid4().hex


@pytest.fixture
def database(tmp_path: Path, sqlite_template: Path) -> str:
    """A database that holds a real pool, so that no demo is loaded into it."""
    path = tmp_path / "pool.sqlite3"
    shutil.copy(sqlite_template, path)
    with application(f"sqlite:///{path}") as app, app.app_context(), transaction(None) as session:
        session.add(Pool(key="real", name="Pool", email="pool@real.example", created_at=datetime.now(UTC)))
    return f"sqlite:///{path}"


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
    return number


def started(database: str, mark: str, port: int | str, code: str = "") -> subprocess.Popen[str]:
    """`make run` on a database of its own; its log lies beside it, and `code` is run first."""
    environment = os.environ | {
        "PORT": str(port), "SPRACHMITTLERPOOL_TEST": mark, "DATABASE_URL": database,
        "SECRET_KEY": "KyQ0v7gq2Jr5Zx8wNn3bT6yHcE1mUa4s", "PYTHONUNBUFFERED": "1",
    }  # fmt: skip
    environment.pop("PUBLIC_URL", None)
    log = database.removeprefix("sqlite:///") + ".log"
    own_log = f"import sys\nfrom pathlib import Path\nfrom tools import run\nrun.LOG = Path({log!r})\n"
    command = [sys.executable, "-c", f"{own_log}{code}sys.exit(run.main())"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def of_this_test(mark: str) -> set[int]:
    """The processes that have the mark, by their numbers."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes() and "Z" not in (folder / "stat").read_text()[-200:]:
                found.add(int(folder.name))
        except OSError:
            continue
    return found


def until_it_runs(run: subprocess.Popen[str]) -> None:
    """Read on until it has said where it is to be found, with the empty line that ends this."""
    assert run.stdout
    for line in run.stdout:
        if "Ctrl-C stops everything." in line:
            assert run.stdout.readline() == "\n"
            return
    pytest.fail("it ended before it ran")


def nobody_is_left(mark: str) -> None:
    """The kernel may need a moment to clear up."""
    wait_until(lambda: not of_this_test(mark), "no process is left", every=0.1)


LINUX = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc to see processes")
# two parts that wait for ever, each with one of its own, instead of a web server and a worker
STANDING_IN = """
pause = "import signal; signal.pause()"
wait = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{pause}']); {pause}"
run.STEPS, run.commands, run._answers = (), lambda port: [[sys.executable, "-c", wait]] * 2, lambda url, parts: True
"""


@LINUX
def test_ctrl_c_ends_web_and_worker(database: str, mark: str, port: int) -> None:
    with started(database, mark, port) as run:
        until_it_runs(run)
        assert len(of_this_test(mark)) >= 4, "itself, the web server with a worker of its own, and the worker"
        log = Path(database.removeprefix("sqlite:///") + ".log")
        wait_until(lambda: "worker_started" in log.read_text(), "the log has its file", every=0.1)
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode == 0
    assert said == "\nStopping …\n", "what web and worker log goes to its file"
    nobody_is_left(mark)


@LINUX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_and_all_it_started(database: str, mark: str, port: int, number: signal.Signals) -> None:
    with started(database, mark, port, STANDING_IN) as run:
        until_it_runs(run)
        wait_until(lambda: len(of_this_test(mark)) == 5, "all have started", every=0.1)
        run.send_signal(number)
        run.communicate(timeout=DEADLINE)
    assert run.returncode == 0
    nobody_is_left(mark)


@LINUX
def test_an_error_of_its_own_leaves_nothing_running(database: str, mark: str, port: int) -> None:
    broken = f"{STANDING_IN}def fail(port): raise RuntimeError(port)\nrun._say_hello = fail\n"
    run = started(database, mark, port, broken)
    said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode == 1
    assert "RuntimeError" in said
    nobody_is_left(mark)


@LINUX
def test_a_part_that_dies_takes_the_other_with_it(database: str, mark: str, port: int) -> None:
    no_luck = """[sys.executable, "-c", "raise SystemExit('no luck')"]"""
    dies = f"{STANDING_IN}run.commands = lambda port: [[sys.executable, '-c', wait], {no_luck}]\n"
    run = started(database, mark, port, dies)
    said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode == 1
    assert said.splitlines()[-2:] == ["no luck", "A part of the service ended by itself; stopping the rest."]
    nobody_is_left(mark)


def test_a_port_that_is_taken_is_said_in_one_sentence(database: str, mark: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        run = started(database, mark, number)
        said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode == 2
    assert said.splitlines() == [f"Port {number} is taken. Take another one: PORT=8080 make run."]
    assert of_this_test(mark) == set()


@pytest.mark.parametrize("wrong", ["abc", "0", "65536", "80.5", "８０８０"])
def test_what_is_no_port_is_said_in_one_sentence(database: str, mark: str, wrong: str) -> None:
    run = started(database, mark, wrong)
    said, _ = run.communicate(timeout=DEADLINE)
    assert run.returncode == 2
    assert said.startswith(f"PORT={wrong} is no port: take a number from 1 to 65535")
    assert len(said.splitlines()) == 1
