"""The engine on the command line: `python -m scheduler solve PROBLEM.json -o PLAN.json`.

The solver is loaded by the commands that use it: that takes longer than a forecast does.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from scheduler.audit import faults
from scheduler.forecast.changes import SHARE_DONE, Changes
from scheduler.forecast.history import History
from scheduler.forecast.outlook import look_ahead
from scheduler.forecast.play import unheard
from scheduler.forecast.what_if import what_if
from scheduler.generate import SIZES, generate
from scheduler.model import checks
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from scheduler.search.portfolio import Progress

Read = TypeVar("Read")
Run = Callable[[argparse.Namespace], int]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 # argparse names it so


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 if it worked, 1 if `check` found faults, 2 with one line on stderr if input is unusable."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ProblemError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"{error.filename or options.output}: {error.strerror}")


def _solve(options: argparse.Namespace) -> int:
    from scheduler.solve import solve  # noqa: PLC0415 - the solver takes a second to load

    problem = _read(options.problem, Problem.from_json)
    plan = solve(
        problem,
        seconds=options.seconds,
        steps=options.steps,
        seed=options.seed,
        workers=options.workers,
        report=_tell if options.progress else None,
    )
    _write(options.output, plan.to_json())
    return 0


def _check(options: argparse.Namespace) -> int:
    problem = _read(options.problem, Problem.from_json)
    if options.plan is None:
        sys.stdout.write(f"{len(problem.mediators)} mediators, {len(problem.appointments)} appointments: no fault\n")
        return 0
    found = faults(problem, _read(options.plan, Plan.from_json))
    sys.stdout.write("".join(f"{fault}\n" for fault in found) or "no fault\n")
    return 1 if found else 0


def _explain(options: argparse.Namespace) -> int:
    from scheduler.explain import explain  # noqa: PLC0415 - the solver takes a second to load

    problem = _read(options.problem, Problem.from_json)
    plan = _read(options.plan, Plan.from_json)
    found = faults(problem, plan)
    if found:
        raise ProblemError(options.plan, f"no plan of this problem: {found[0]}")
    explained = explain(problem, plan, options.appointment or None, everybody=options.everybody)
    _write(options.output, [one.to_json() for one in explained])
    return 0


def _forecast(options: argparse.Namespace) -> int:
    problem = _read(options.problem, Problem.from_json)
    past = _read(options.history, History.from_json)
    found = look_ahead(problem, past, weeks=options.weeks, periods=options.periods, seed=options.seed)
    _write(options.output, found.to_json())
    return 0


def _what_if(options: argparse.Namespace) -> int:
    problem = _read(options.problem, Problem.from_json)
    past = _read(options.history, History.from_json)
    changes = _read(options.changes, Changes.from_json)
    report = _tell_share if options.progress else unheard
    _write(
        options.output, what_if(problem, past, changes, weeks=options.weeks, seed=options.seed, report=report).to_json()
    )
    return 0


def _tell_share(share: float) -> None:
    sys.stderr.write(f"{SHARE_DONE}{share:.3f}\n")
    sys.stderr.flush()


def _generate(options: argparse.Namespace) -> int:
    checks.whole("seed", options.seed, 0, 2**31 - 1)
    _write(options.output, generate(SIZES[options.size], options.seed).to_json())
    return 0


def _tell(progress: "Progress") -> None:
    sys.stderr.write(
        f"{progress.seconds:8.2f} s  {progress.phase:8}"
        f"  coverage {progress.coverage:g}, at most {progress.coverage_bound:g}\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scheduler", description="Assigns mediators to appointments.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = _command(commands, "solve", _solve, "plan all open appointments together")
    _add_problem(command)
    _add_output(command, "PLAN.json")
    command.add_argument("--seconds", type=float, default=10.0, help="how long to search at most (default: 10)")
    command.add_argument(
        "--steps",
        type=float,
        help="limit counted work instead of seconds: the same plan on any machine, under any load",
    )
    command.add_argument("--seed", type=int, default=0, help="the same seed gives the same plan (default: 0)")
    command.add_argument("--workers", type=int, default=1, help="parts of a large problem side by side (default: 1)")
    command.add_argument("--progress", action="store_true", help="tell on stderr how far it is")
    command = _command(commands, "check", _check, "audit a plan, or a problem alone, without the solver")
    _add_problem(command)
    command.add_argument("plan", metavar="PLAN.json", nargs="?", help="a plan of this problem")
    command.set_defaults(output="-")
    command = _command(commands, "explain", _explain, "say why appointments stay open and what would cover them")
    _add_problem(command)
    command.add_argument("plan", metavar="PLAN.json", help="a plan of this problem")
    command.add_argument(
        "--appointment", metavar="ID", action="append", help="only this one; may be given several times"
    )
    command.add_argument("--everybody", action="store_true", help="also tell of people who speak none of its languages")
    _add_output(command, "EXPLANATIONS.json")
    command = _command(commands, "forecast", _forecast, "say what the coming weeks will probably leave unfilled")
    _add_problem(command)
    command.add_argument("history", metavar="HISTORY.json", help="the pool's past requests and what answers taught")
    command.add_argument("--weeks", type=int, default=4, help="how far to look ahead (default: 4)")
    command.add_argument(
        "--periods", type=int, help="how often these weeks are played (default: 200, fewer where much is asked for)"
    )
    command.add_argument("--seed", type=int, default=0, help="decides everything (default: 0)")
    _add_output(command, "FORECAST.json")
    command = _command(commands, "what-if", _what_if, "say what these weeks would leave unfilled with some changes")
    _add_problem(command)
    command.add_argument("history", metavar="HISTORY.json", help="the pool's past, as for a forecast")
    command.add_argument("changes", metavar="CHANGES.json", help="who is away, who is new, what more is asked for")
    command.add_argument("--weeks", type=int, default=4, help="how far to look ahead (default: 4)")
    command.add_argument("--seed", type=int, default=0, help="decides everything (default: 0)")
    command.add_argument("--progress", action="store_true", help="tell on stderr what share is done")
    _add_output(command, "COMPARISON.json")
    command = _command(commands, "generate", _generate, "make a problem to try things with")
    command.add_argument(
        "size", choices=SIZES, help="from 40 mediators and 60 appointments (S) to 5,000 and 25,000 (XL)"
    )
    command.add_argument("--seed", type=int, default=0, help="decides everything (default: 0)")
    _add_output(command, "PROBLEM.json")
    return parser


def _command(commands: Commands, name: str, run: Run, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    command.set_defaults(run=run)
    return command


def _add_problem(command: argparse.ArgumentParser) -> None:
    command.add_argument("problem", metavar="PROBLEM.json", help="the problem; - reads standard input")


def _add_output(command: argparse.ArgumentParser, shown: str) -> None:
    command.add_argument("-o", "--output", metavar=shown, default="-", help="where it goes (default: stdout)")


def _read(name: str, reader: Callable[[object], Read]) -> Read:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return reader(_json(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ProblemError(name, f"not UTF-8 at byte {error.start}") from None
    except ProblemError as error:
        raise ProblemError(name, str(error)) from None


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


def _write(name: str, value: object) -> None:
    text = json.dumps(value, indent=1) + "\n"
    if name == "-":
        sys.stdout.write(text)
    else:
        Path(name).write_text(text, encoding="utf-8")


def _complain(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
