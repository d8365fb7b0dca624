"""`make pythons`: the quick part once more on every other supported Python of this machine; it says which there are."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
OLDEST = (3, 11)
PROMISED = ((3, 11), (3, 12), (3, 13))
USUAL = ("/usr/bin", "/usr/local/bin")
ASK = "import sys, ensurepip; print(*sys.version_info[:3])"


class Release(NamedTuple):
    """Which Python, as 3.13.0."""

    major: int
    minor: int
    micro: int

    @property
    def line(self) -> tuple[int, int]:
        """What programs are written for: 3.13."""
        return self.major, self.minor


def main() -> int:
    """Run them one after the other; gives the exit code."""
    here = Release(*sys.version_info[:3])
    others = {line: path for line, path in found().items() if line != here.line}
    outcomes = {here.line: "ran this"} | {line: outcome(line, path) for line, path in others.items()}
    print("\n== Pythons")
    for line in sorted({*PROMISED, *outcomes}):
        print(f"   {named(line)}: {outcomes.get(line, 'not found on this machine')}")
    return 1 if any(told.startswith("FAILED") for told in outcomes.values()) else 0


def found() -> dict[tuple[int, int], Path]:
    """The newest interpreter of each supported line that can make environments."""
    newest: dict[tuple[int, int], tuple[Release, Path]] = {}
    for path in _candidates():
        release = _release(path)
        if release and release.line >= OLDEST:
            newest[release.line] = max(newest.get(release.line, (release, path)), (release, path))
    return {line: path for line, (_, path) in sorted(newest.items())}


def _candidates() -> Iterator[Path]:
    """Whatever is called python3.N on the path and in the usual places, and what pyenv has."""
    for folder in dict.fromkeys([*os.environ.get("PATH", "").split(os.pathsep), *USUAL]):
        yield from Path(folder or ".").glob("python3.[0-9]*[0-9]")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from pyenv.glob("versions/*/bin/python3")


def _release(path: Path) -> Release | None:
    """What it says it is; None if it does not start (a shim without a version) or has no venv."""
    try:
        said = subprocess.run([path, "-c", ASK], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor, micro = map(int, said.split())
    return Release(major, minor, micro)


def outcome(line: tuple[int, int], python: Path) -> str:
    """Install and run the quick part; gives a few words that begin with FAILED if that is what it is."""
    print(f"\n== Python {named(line)}: {python}", flush=True)
    began = time.monotonic()
    venv = ROOT / ".venvs" / named(line)
    for name in ("uv", "dev"):
        if subprocess.run([python, "tools/install.py", name, venv], cwd=ROOT, check=False).returncode:
            # of a Python that is newer than this project, packages may not be built yet
            return "FAILED to install" if line in PROMISED else "left out, for its packages cannot be installed"
    quick = subprocess.run([venv / "bin" / "python", "-m", "tools.test", "--quick"], cwd=ROOT, check=False)
    return f"{'FAILED' if quick.returncode else 'all well'}, {time.monotonic() - began:.0f} s"


def named(line: tuple[int, int]) -> str:
    """As people write it."""
    return f"{line[0]}.{line[1]}"


if __name__ == "__main__":
    sys.exit(main())
