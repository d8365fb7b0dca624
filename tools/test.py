"""`make test`: everything. `make check`: the quick part. What is left out is said loudly, and fails where CI is set.

Quick is what a change is tried with before it is committed: lint, types and import contracts, and beside them the tests
that need no server, on SQLite, with a twentieth of Hypothesis' examples and the first and last case of each table,
without what is marked thorough.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("lint", "ruff", "check", "--quiet"),
    ("format", "ruff", "format", "--check", "--quiet"),
    ("types", "mypy"),
    ("imports", "lint-imports"),
)
QUICK = "not postgres and not browser and not processes and not soak and not thorough"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Run the checks, then the tests; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what needs no server")
    failed, left_out = _quick() if parser.parse_args().quick else _everything()
    for missing in left_out:
        print(f"\n!!! LEFT OUT: {missing}", file=sys.stderr)
    if left_out and os.environ.get("CI"):
        failed.append("left out")
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'All well.'}", flush=True)
    return 1 if failed else 0


def _quick() -> tuple[list[str], list[str]]:
    """The checks beside the tests, so that no core idles; gives what failed and what was left out."""
    with ThreadPoolExecutor(1) as beside:
        checks = beside.submit(lambda: [(name, *_quietly(command)) for name, *command in CHECKS])
        left_out = ("--ignore=tests/browser", "--ignore=tests/soak")  # not even read: that takes seconds
        tests = _run("tests", [*_pytest(QUICK), *left_out], QUICK="1")
    for name, well, said in checks.result():
        print(f"   {name}: {'ok' if well else 'FAILED'}\n{said}", end="", flush=True)
    failed = [name for name, well, _ in checks.result() if not well]
    return [*failed, *([] if tests else ["tests"])], []


def _everything() -> tuple[list[str], list[str]]:
    """One after the other, what fails soonest first; gives what failed and what was left out."""
    failed = [name for name, *command in CHECKS if not _run(name, command)]
    left_out = _prepare()
    if not _run("tests", _pytest("not browser" if left_out else "")):
        failed.append("tests")
    return failed, left_out


def _pytest(marks: str) -> list[str]:
    return ["pytest", "-q", "-n", "2", "--dist", "worksteal", "-m", marks]


def _quietly(command: list[str]) -> tuple[bool, str]:
    """Run one; gives whether it went well and, if not, what it said."""
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False, capture_output=True, text=True)
    return (False, done.stdout + done.stderr) if done.returncode else (True, "")


def _run(name: str, command: list[str], **settings: str) -> bool:
    print(f"== {name}", flush=True)
    began = time.monotonic()
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False, env=os.environ | settings)
    print(f"   {name}: {'ok' if done.returncode == 0 else 'FAILED'}, {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def _prepare() -> list[str]:
    """Install a browser where this user may; gives what cannot be tested here."""
    if _chromium() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("== installing Chromium", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
        subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, **quiet)  # type: ignore[call-overload]
    return [] if _chromium() else ["browser tests: no Chromium (sudo apt install chromium)"]


def _chromium() -> str | None:
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(main())
