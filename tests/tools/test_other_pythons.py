"""Which Pythons of a machine `make pythons` finds."""

from pathlib import Path

import pytest

from tools import other_pythons


def python(path: Path, says: str) -> Path:
    """A stand-in for an interpreter: it answers whatever it is asked with this, or breaks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed yet but what lies in these folders."""
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(other_pythons, "USUAL", ())
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_of_each_line_the_newest_is_taken_wherever_it_lies(machine: Path) -> None:
    python(machine / "bin" / "python3.12", "echo 3 12 1")
    newer = python(machine / "pyenv" / "versions" / "3.12.9" / "bin" / "python3", "echo 3 12 9")
    later = python(machine / "bin" / "python3.14", "echo 3 14 0")
    assert other_pythons.found() == {(3, 12): newer, (3, 14): later}


def test_what_is_too_old_does_not_start_or_makes_no_environments_is_left_alone(machine: Path) -> None:
    python(machine / "bin" / "python3.10", "echo 3 10 13")
    python(machine / "bin" / "python3.11", "echo 'pyenv: python3.11: command not found' >&2; exit 127")
    python(machine / "bin" / "python3.11-config", "echo 3 11 7")
    assert other_pythons.found() == {}


def test_what_was_not_found_is_said_and_one_that_fails_fails_the_whole(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(other_pythons, "PROMISED", ((3, 11), (3, 97), (3, 98)))
    broken = python(machine / "bin" / "python3.97", "test $1 = -c && echo 3 97 0")
    assert other_pythons.main() == 1
    said = capsys.readouterr().out
    assert str(broken) in said
    assert "3.97: FAILED to install" in said
    assert "3.98: not found on this machine" in said


def test_a_python_newer_than_the_packages_is_left_out(machine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    python(machine / "bin" / "python3.99", "test $1 = -c && echo 3 99 0")
    assert other_pythons.main() == 0
    assert "3.99: left out" in capsys.readouterr().out
