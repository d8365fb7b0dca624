import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.__main__ import main
from scheduler.model.plan import Assigned, Plan
from scheduler.solve import solve
from tests.scheduler.build import appointment, mediator, problem

GOOD = json.dumps(problem([mediator()], [appointment()]).to_json()).encode()


def test_a_problem_file_becomes_a_plan_file(tmp_path: Path) -> None:
    source, target = tmp_path / "problem.json", tmp_path / "plan.json"
    source.write_bytes(GOOD)
    assert main(["solve", str(source), "-o", str(target), "--seconds", "5", "--seed", "3", "--workers", "1"]) == 0
    plan = Plan.from_json(json.loads(target.read_text(encoding="utf-8")))
    assert (plan.people, plan.seed) == ({"a1": ("m1",)}, 3)


@pytest.mark.thorough
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


def written(path: Path, value: object) -> str:
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


@pytest.mark.thorough
def test_a_generated_problem_is_solved_checked_and_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target, told = (str(tmp_path / name) for name in ("problem.json", "plan.json", "told.json"))
    assert main(["generate", "S", "--seed", "4", "-o", source]) == 0
    assert main(["solve", source, "-o", target, "--steps", "1", "--progress"]) == 0
    assert "coverage" in capsys.readouterr().err
    assert main(["check", source, target]) == 0
    assert capsys.readouterr().out == "no fault\n"
    assert main(["explain", source, target, "-o", told]) == 0
    plan = Plan.from_json(json.loads(Path(target).read_text(encoding="utf-8")))
    explained = json.loads(Path(told).read_text(encoding="utf-8"))
    assert [one["appointment"] for one in explained] == [one.appointment for one in plan.uncovered]
    assert all(one["relaxation"]["words"] for one in explained)


@pytest.mark.thorough
def test_the_same_seed_generates_the_same_problem_and_another_another() -> None:
    command = [sys.executable, "-m", "scheduler", "generate", "S", "--seed"]
    one, again, other = (
        subprocess.run([*command, seed], capture_output=True, check=True).stdout for seed in ("1", "1", "2")
    )
    assert one == again
    assert one != other


def test_a_problem_alone_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "problem.json"
    source.write_bytes(GOOD)
    assert main(["check", str(source)]) == 0
    assert capsys.readouterr().out == "1 mediators, 1 appointments: no fault\n"


def test_a_plan_that_breaks_a_rule_is_told_line_by_line_and_not_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = problem([mediator()], [appointment("a1"), appointment("a2")])
    honest = solve(whole)
    both = tuple(Assigned(name, ("m1",), "ara") for name in ("a1", "a2"))
    source = written(tmp_path / "problem.json", whole.to_json())
    target = written(tmp_path / "plan.json", replace(honest, assignments=both).to_json())
    assert main(["check", source, target]) == 1
    assert "m1 has a1 and a2 at the same time\n" in capsys.readouterr().out
    assert main(["explain", source, target]) == 2
    assert f"{target}: no plan of this problem: " in capsys.readouterr().err


def test_an_appointment_that_does_not_exist_cannot_be_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = problem([mediator()], [appointment("a1")])
    source = written(tmp_path / "problem.json", whole.to_json())
    target = written(tmp_path / "plan.json", solve(whole).to_json())
    assert main(["explain", source, target, "--appointment", "a2"]) == 2
    assert "'a2' is unknown" in capsys.readouterr().err


@pytest.mark.thorough
def test_ten_megabytes_are_read_or_refused_by_the_name_of_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    windows = [
        [f"2026-11-24T{hour:02}:{minute:02}:00Z", f"2026-11-24T{hour:02}:{minute:02}:30Z"]
        for hour in range(24)
        for minute in range(60)
    ]
    many = [{"id": f"m{index}", "languages": {"ara": "C1"}, "available": windows} for index in range(140)]
    whole = json.loads(GOOD) | {"mediators": many}
    source = tmp_path / "problem.json"
    written(source, whole)
    assert source.stat().st_size > 10_000_000
    assert main(["solve", str(source), "-o", str(tmp_path / "plan.json"), "--seconds", "1"]) == 0
    many[139]["languages"] = {"ara": "fluent"}
    written(source, whole)
    assert main(["solve", str(source)]) == 2
    assert "mediators[139].languages.ara: 'fluent' is unknown" in capsys.readouterr().err


def test_the_doubled_hour_of_autumn_happens_twice(tmp_path: Path) -> None:
    times = (
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:50:00+02:00"),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T02:50:00+01:00"),
    )
    wanted = [
        {"id": f"a{index}", "language": "ara", "starts": starts, "ends": ends, "mode": "phone"}
        for index, (starts, ends) in enumerate(times)
    ]
    free = [["2026-10-24T00:00:00Z", "2026-10-26T00:00:00Z"]]
    whole = json.loads(GOOD) | {
        "now": "2026-10-20T00:00:00Z",
        "mediators": [{"id": "m1", "languages": {"ara": "C1"}, "available": free, "max_appointments_per_day": 2}],
        "appointments": wanted,
    }
    target = tmp_path / "plan.json"
    assert main(["solve", written(tmp_path / "problem.json", whole), "-o", str(target)]) == 0
    plan = Plan.from_json(json.loads(target.read_text(encoding="utf-8")))
    assert plan.people == {"a0": ("m1",), "a1": ("m1",)}
