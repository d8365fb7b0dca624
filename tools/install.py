"""Install one of the locked sets: `python3 tools/install.py uv|main|dev|bench [FOLDER]`, by default into .venv.

Needs Python alone.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(name: str, venv: Path) -> None:
    """Make the environment if it is not there, install the set, and leave a stamp for make."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this script runs before anything has checked
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    python = venv / "bin" / "python"
    if not python.exists():
        if importlib.util.find_spec("ensurepip") is None:
            sys.exit("Python's venv is missing. On Debian and Ubuntu: sudo apt install python3-venv")
        print(f"Making {venv.relative_to(ROOT)} …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    lock = ROOT / "requirements" / f"{name}.txt"
    print(f"Installing {lock.name} …", flush=True)
    if name == "uv":
        with_pip(python, lock)
    elif not with_uv(python, lock):
        # uv knows nothing of pip's configuration and mirrors; where they matter, pip does it
        with_pip(python, lock)
    (venv / f".{name}").touch()


def with_uv(python: Path, lock: Path) -> bool:
    """Install quickly; False where uv cannot."""
    # compiled once here, or every process that may not write beside the packages compiles them anew when it starts
    how = ("--quiet", "--compile-bytecode", "--require-hashes")
    command: list[str | Path] = [python.with_name("uv"), "pip", "install", *how, "--python", python, "-r", lock]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def with_pip(python: Path, lock: Path) -> None:
    """Install with pip, from wherever it is configured to look."""
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True)


if __name__ == "__main__":
    main(sys.argv[1], ROOT / (sys.argv[2] if len(sys.argv) > 2 else ".venv"))
