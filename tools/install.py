"""Install one of the locked sets into .venv: `python3 tools/install.py uv|main|dev|bench`. Needs Python alone."""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def main(name: str) -> None:
    """Make the environment if it is not there, install the set, and leave a stamp for make."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this script runs before anything has checked
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if not PYTHON.exists():
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit("Python's venv is missing. On Debian and Ubuntu: sudo apt install python3-venv")
        print("Making .venv …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    lock = ROOT / "requirements" / f"{name}.txt"
    print(f"Installing {lock.name} …", flush=True)
    if name == "uv":
        with_pip(lock)
    elif not with_uv(lock):
        # uv knows nothing of pip's configuration and mirrors; where they matter, pip does it
        with_pip(lock)
    (VENV / f".{name}").touch()


def with_uv(lock: Path) -> bool:
    """Install quickly; False where uv cannot."""
    command: list[str | Path] = [
        VENV / "bin" / "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--require-hashes",
        "-r",
        lock,
    ]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def with_pip(lock: Path) -> None:
    """Install with pip, from wherever it is configured to look."""
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
