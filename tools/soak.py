"""`make soak`: dispatch under real faults, as large as was promised; an hour or two on two cores, nothing beside it.

What is measured goes to var/soak.json and is printed as a table. Arguments go to pytest: `-k kills` runs a part.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTES = ROOT / "var" / "soak.jsonl"
FIGURES = ROOT / "var" / "soak.json"


def main() -> int:
    """Run the soak tests one after the other, then print what they noted; gives the exit code."""
    NOTES.parent.mkdir(exist_ok=True)
    NOTES.unlink(missing_ok=True)
    environment = os.environ | {"SOAK": "1", "SOAK_FIGURES": str(NOTES)}
    command = [sys.executable, "-m", "pytest", "-m", "soak", "-v", "--durations=0", *sys.argv[1:]]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    figures = _collect()
    FIGURES.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _show(figures)
    return code


def _collect() -> dict[str, dict[str, object]]:
    """Test -> figure -> value."""
    found: dict[str, dict[str, object]] = {}
    for line in NOTES.read_text(encoding="utf-8").splitlines() if NOTES.exists() else ():
        note = json.loads(line)
        found.setdefault(note["test"], {})[note["figure"]] = note["value"]
    return found


def _show(figures: dict[str, dict[str, object]]) -> None:
    width = max((len(name) for values in figures.values() for name in values), default=0)
    for test, values in figures.items():
        print(f"\n{test}")
        for name, value in values.items():
            print(f"  {name:<{width}}  {value}")


if __name__ == "__main__":
    sys.exit(main())
