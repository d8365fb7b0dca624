"""Calls a function in a process of its own: with its own memory, and stoppable."""

import multiprocessing
import os
import re
import resource
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
KIBIBYTES = 1024
STATUS = Path("/proc/self/status")


class Missing(RuntimeError):
    """It cannot run here; the message says what it needs."""


class Failed(RuntimeError):
    """It gave nothing; the message says why."""


def apart(function: Callable[..., T], *arguments: object, seconds: float) -> T:
    """What the function returns; raises `Failed` if it raised, or took so many seconds and was stopped."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(there, function, arguments))
    process.start()
    there.close()
    try:
        if not here.poll(seconds):
            raise Failed(f"stopped after {seconds:g} seconds")
        value, fault = here.recv()
    except EOFError:
        raise Failed("ended without a word") from None
    finally:
        _stop(process)
    if fault is not None:
        raise Failed(fault)
    found: T = value
    return found


def mebibytes() -> int:
    """The most memory that this process held, and those it started and has seen end."""
    own = re.search(r"VmHWM:\s+(\d+) kB", STATUS.read_text(encoding="ascii")) if STATUS.exists() else None
    # where Linux does not tell, what getrusage says includes the memory of who started this process
    kibibytes = int(own[1]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return (kibibytes + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // KIBIBYTES


def _call(there: Connection, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    # a group of its own, so that what it starts can be stopped with it
    os.setpgid(0, 0)
    try:
        there.send((function(*arguments), None))
    except Missing as missing:
        there.send((None, f"skipped: {missing}"))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in one process, the others go on
        traceback.print_exc()
        there.send((None, f"failed: {error}"))


def _stop(process: SpawnProcess) -> None:
    if process.is_alive() and process.pid is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:  # it ended meanwhile, or its group is not made yet
            process.kill()
    process.join()
