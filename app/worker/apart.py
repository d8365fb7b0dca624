"""Long calculations in a process of their own, so that messages leave meanwhile."""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.models import FORECAST_LEASE
from scheduler.forecast.history import History
from scheduler.forecast.result import Outlook
from scheduler.model.problem import Problem

ROOT: Final = Path(__file__).parent.parent.parent


class CutOff(Exception):
    """The process ended without an answer; its last words are these."""


def look_ahead(problem: Problem, history: History) -> Outlook:
    """The forecast of these, made by the engine's own command; it gives way as the thread does that calls it.

    Raises CutOff.
    """
    with TemporaryDirectory(prefix="forecast-") as name:
        folder = Path(name)
        (folder / "problem.json").write_text(json.dumps(problem.to_json()), encoding="utf-8")
        (folder / "history.json").write_text(json.dumps(history.to_json()), encoding="utf-8")
        files: list[str | Path] = [folder / "problem.json", folder / "history.json", "-o", folder / "outlook.json"]
        command = [sys.executable, "-m", "scheduler", "forecast", *files]
        limit = FORECAST_LEASE.total_seconds()
        try:
            done = subprocess.run(  # noqa: S603 - our own engine, on files of our own
                command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=limit
            )
        except subprocess.TimeoutExpired as error:
            raise CutOff(f"nothing after {limit:.0f} s") from error
        if done.returncode:
            raise CutOff(done.stderr.strip()[-500:] or f"exit code {done.returncode}")
        return Outlook.from_json(json.loads((folder / "outlook.json").read_text(encoding="utf-8")))
