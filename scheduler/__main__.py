"""The engine on the command line: `python -m scheduler solve PROBLEM.json -o PLAN.json`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from scheduler.problem import Problem, ProblemError
from scheduler.solve import solve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it worked, 2 with one line on stderr if its input cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        problem = Problem.from_json(_json(_text(options.problem)))
        plan = solve(problem, seconds=options.seconds, seed=options.seed, workers=options.workers)
        _write(options.output, json.dumps(plan.to_json(), indent=1) + "\n")
    except ProblemError as error:
        return _complain(f"{options.problem}: {error}")
    except UnicodeDecodeError as error:
        return _complain(f"{options.problem}: not UTF-8 at byte {error.start}")
    except OSError as error:
        return _complain(f"{error.filename or options.output}: {error.strerror}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scheduler", description="Assigns mediators to appointments.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("solve", help="plan all open appointments together")
    command.add_argument("problem", metavar="PROBLEM.json", help="the problem; - reads standard input")
    command.add_argument("-o", "--output", metavar="PLAN.json", default="-", help="where it goes (default: stdout)")
    command.add_argument("--seconds", type=float, default=10.0, help="how long to search at most (default: 10)")
    command.add_argument("--seed", type=int, default=0, help="the same seed gives the same plan (default: 0)")
    command.add_argument("--workers", type=int, default=1, help="more than one is not repeatable (default: 1)")
    return parser


def _text(name: str) -> str:
    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    return data.decode("utf-8-sig")


def _json(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        message = f"no JSON: {error.msg} in line {error.lineno}, column {error.colno}"
    except RecursionError:
        message = "no JSON that can be read: nested too deeply"
    except ProblemError:
        raise
    except ValueError as error:
        message = f"no JSON that can be read: {error}"
    raise ProblemError("", message)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ProblemError(key, "given twice in one object; give it once")
        found[key] = value
    return found


def _write(name: str, text: str) -> None:
    if name == "-":
        sys.stdout.write(text)
    else:
        Path(name).write_text(text, encoding="utf-8")


def _complain(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
