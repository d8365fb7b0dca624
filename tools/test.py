"""`make test`: everything. `make check`: the quick part. What is left out is said loudly, and fails where CI is set."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
CHECKS = (
    ("lint", "ruff", "check", "--quiet"),
    ("format", "ruff", "format", "--check", "--quiet"),
    ("types", "mypy"),
    ("imports", "lint-imports"),
)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Run the checks, then the tests; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what needs no server")
    quick = parser.parse_args().quick
    failed = [name for name, *command in CHECKS if not _run(name, command)]
    left_out = [] if quick else _prepare()
    marks = "not postgres and not browser and not processes and not soak" if quick else _marks(left_out)
    if not _run("tests", ["pytest", "-q", "-n", "2", "--dist", "worksteal", "-m", marks]):
        failed.append("tests")
    for missing in left_out:
        print(f"\n!!! LEFT OUT: {missing}", file=sys.stderr)
    if left_out and os.environ.get("CI"):
        failed.append("left out")
    print(f"\n{'FAILED: ' + ', '.join(failed) if failed else 'All well.'}", flush=True)
    return 1 if failed else 0


def _run(name: str, command: list[str]) -> bool:
    print(f"== {name}", flush=True)
    began = time.monotonic()
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False)
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


def _marks(left_out: list[str]) -> str:
    return "not browser" if left_out else ""


if __name__ == "__main__":
    sys.exit(main())
