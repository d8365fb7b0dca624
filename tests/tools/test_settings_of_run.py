"""`make run` is for trying out; where others could reach it, it does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.processes
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"PUBLIC_URL": "https://pool.example.org"}, "PUBLIC_URL"),
        ({"MAIL_URL": "smtp://"}, "MAIL_URL"),
        ({"PORT": "abc"}, "PORT"),
    ],
)
def test_it_refuses_by_name_before_anything_is_made(wrong: dict[str, str], named: str, tmp_path: Path) -> None:
    database = tmp_path / "pool.sqlite3"
    right = {"DATABASE_URL": f"sqlite:///{database}", "SECRET_KEY": "kVq3-Zr81_tYpW0aXb9QmLcE"}
    environment = os.environ | right | wrong
    done = subprocess.run(
        [sys.executable, "-m", "tools.run"], check=False, cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not database.exists()
