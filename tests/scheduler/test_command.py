import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.__main__ import main
from scheduler.plan import Plan
from tests.scheduler.build import appointment, mediator, problem

GOOD = json.dumps(problem([mediator()], [appointment()]).to_json()).encode()


def test_a_problem_file_becomes_a_plan_file(tmp_path: Path) -> None:
    source, target = tmp_path / "problem.json", tmp_path / "plan.json"
    source.write_bytes(GOOD)
    assert main(["solve", str(source), "-o", str(target), "--seconds", "5", "--seed", "3", "--workers", "1"]) == 0
    plan = Plan.from_json(json.loads(target.read_text(encoding="utf-8")))
    assert (plan.people, plan.seed) == ({"a1": ("m1",)}, 3)


def test_a_dash_reads_standard_input_and_the_plan_goes_to_standard_output() -> None:
    command = [sys.executable, "-m", "scheduler", "solve", "-"]
    done = subprocess.run(command, input=GOOD, capture_output=True, check=True)
    assert json.loads(done.stdout)["coverage"] == 1
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"{", "no JSON: "),
        (b"", "no JSON: "),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5000, "no JSON that can be read"),
        (b"[]", "is no object"),
        (b'{"now": 1, "now": 2}', "now: given twice"),
        (GOOD.replace(b'"format"', b'"fromat"'), "fromat: unknown key"),
        (GOOD.replace(b'"mode": "phone"', b'"mode": "fax"'), "appointments[0].mode: 'fax' is unknown"),
        (GOOD.replace(b'"language": "ara"', b'"language": "\\ud800"'), "appointments[0].language: "),
    ],
)
def test_input_that_cannot_be_used_is_one_line_on_stderr(
    content: bytes, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "problem.json"
    source.write_bytes(content)
    assert main(["solve", str(source)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert complaint in err
    assert err.startswith(str(source))
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--seconds", "nan"], ["--seed", "-1"], ["--workers", "0"]])
def test_options_out_of_range_are_named(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD)))
    assert main(["solve", "-", *arguments]) == 2
    assert arguments[0].removeprefix("--") in capsys.readouterr().err


def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "problem.json"
    assert main(["solve", str(source)]) == 2
    assert f"{source}: No such file" in capsys.readouterr().err
    source.write_bytes(GOOD)
    assert main(["solve", str(source), "-o", str(tmp_path / "no" / "plan.json")]) == 2
    assert "plan.json: No such file" in capsys.readouterr().err
