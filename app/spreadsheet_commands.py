"""`flask import` and `flask export`: tables of people, organisations and past appointments, for operators."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from app import logs, services
from app.catalogue import translations
from app.errors import FieldProblem, Invalid
from app.journey.history import SERVICE
from app.models import LEVELS, Pool
from app.spreadsheets.files import file
from app.spreadsheets.files.table import MOST_BYTES, Sheet, letter, unreadable
from app.spreadsheets.findings import Findings, Options, Progress, Reading, nobody
from app.spreadsheets.kinds import FORMATS, KINDS, Kind, take_in, written
from app.spreadsheets.meaning.columns import check, columns, field_of, guess
from app.spreadsheets.meaning.rows import RowProblem
from app.transaction import reading as reading_session
from app.transaction import transaction

LANGUAGE: Final = "en"
# so many characters of a cell are shown in an error
SHOWN: Final = 60
STEP: Final = 500
import_group = AppGroup("import", help="Take in tables (.xlsx or .csv): all rows or, with a single error, none.")
export_group = AppGroup("export", help="Write tables that `flask import` reads again.")
pool_option = click.option("--pool", "pool_key", metavar="KEY", help="Key of the pool; needed where there are several.")


def _add(kind: Kind) -> None:
    import_group.add_command(_importing(kind))
    export_group.add_command(_exporting(kind))


def _importing(kind: Kind) -> click.Command:
    @click.command(kind.name, help=f"Take in {kind.name} from FILE.")
    @click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @pool_option
    @click.option("--dry-run", is_flag=True, help="Only say what would happen.")
    @click.option("--similar", is_flag=True, help="Also take in what shares a name, number or address with another.")
    @click.option("--level", type=click.Choice(LEVELS), help="Level of languages that come without one.")
    @click.option(
        "--column", "named", multiple=True, metavar="HEAD=FIELD", help="What a column holds; FIELD may be empty."
    )
    @with_appcontext
    def command(
        path: Path, pool_key: str | None, named: tuple[str, ...], level: str | None, *, dry_run: bool, similar: bool
    ) -> None:
        pool_id, zone = _pool(pool_key)
        with _refusing(kind, None):
            sheet = _sheet(kind, path)
        fields = _fields(kind, sheet, named)
        with _refusing(kind, sheet), _progress(len(sheet.rows)) as progress:
            _refuse_columns(kind, fields)
            now = services.services().clock()
            what = Reading(now, zone, sheet, fields, Options(level or "", similar=similar), progress)
            found = _done(kind, pool_id, what, dry_run=dry_run)
        _report(kind, sheet, found, dry_run=dry_run)

    return command


def _exporting(kind: Kind) -> click.Command:
    @click.command(kind.name, help=f"Write {kind.name} to FILE, by its ending (.xlsx or .csv); - prints a CSV.")
    @click.argument("path", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
    @pool_option
    @click.option("--language", type=click.Choice(["de", "en"]), default="de", show_default=True, help="Of the words.")
    @with_appcontext
    def command(path: Path, pool_key: str | None, language: str) -> None:
        form = "csv" if str(path) == "-" else path.suffix.removeprefix(".").lower()
        if form not in FORMATS:
            raise click.ClickException(f"{path}: FILE ends in .xlsx or .csv.")
        pool_id, _ = _pool(pool_key)
        session = reading_session(pool_id)
        lines = kind.lines(session, session.get_one(Pool, pool_id), services.services().clock(), language)
        content = written(lines, form)
        if str(path) == "-":
            sys.stdout.buffer.write(content)
        else:
            path.write_bytes(content)

    return command


def _pool(key: str | None) -> tuple[int, str]:
    """Id and time zone of the pool of that key, or of the only one."""
    with transaction(None) as session:
        pools = {pool.key: (pool.id, pool.timezone) for pool in session.scalars(select(Pool).order_by(Pool.key))}
    known = ", ".join(pools) or "none yet"
    if key is None and len(pools) != 1:
        raise click.ClickException(f"Say which pool: --pool KEY. There are: {known}.")
    found = pools.get(key) if key is not None else next(iter(pools.values()))
    if found is None:
        raise click.ClickException(f"There is no pool {key!r}; there are: {known}.")
    return found


def _sheet(kind: Kind, path: Path) -> Sheet:
    if path.stat().st_size > MOST_BYTES:
        raise unreadable("sheet_bytes", most=MOST_BYTES // 1_000_000)
    return file.read(path.read_bytes(), lambda head: bool(field_of(kind.name, head)))


def _fields(kind: Kind, sheet: Sheet, named: tuple[str, ...]) -> tuple[str, ...]:
    """What the columns hold: as `--column` says, otherwise as their heads let guess."""
    fields = list(guess(kind.name, sheet.heads))
    for one in named:
        head, sign, field = one.rpartition("=")
        if not sign or (field and field not in columns(kind.name)):
            raise click.ClickException(f"--column {one}: write HEAD=FIELD; fields: {', '.join(columns(kind.name))}.")
        if head not in sheet.heads:
            raise click.ClickException(
                f"--column {one}: there is no column {head!r}; there are: {', '.join(sheet.heads)}."
            )
        fields[sheet.heads.index(head)] = field
    return tuple(fields)


def _refuse_columns(kind: Kind, fields: tuple[str, ...]) -> None:
    if problems := check(kind.name, fields):
        raise Invalid(problems)


def _done(kind: Kind, pool_id: int, what: Reading, *, dry_run: bool) -> Findings[Any]:
    if dry_run:
        return kind.examine(reading_session(pool_id), what)
    # each row leaves its line of history; thousands of them in the log help nobody
    with logs.quietly(), transaction(pool_id) as session:
        return take_in(session, pool_id, kind, what, services.links(), SERVICE)


@contextmanager
def _progress(rows: int) -> Iterator[Progress]:
    """Says on standard error how many rows have been read and saved; of short tables nothing."""

    def tell(count: int) -> None:
        if count % STEP == 0:
            click.echo(f"{count} of {rows} rows", err=True)

    yield tell if rows > STEP else nobody


@contextmanager
def _refusing(kind: Kind, sheet: Sheet | None) -> Iterator[None]:
    """What is wrong with the whole file, as sentences."""
    try:
        yield
    except Invalid as error:
        raise click.ClickException("\n".join(_about_file(kind, sheet, one) for one in error.problems)) from None


def _about_file(kind: Kind, sheet: Sheet | None, problem: FieldProblem) -> str:
    said, known = _said(problem.code, dict(problem.params)), columns(kind.name).get(problem.field)
    if known is None:
        return said
    heads = f" The columns are: {', '.join(filter(None, sheet.heads))}." if sheet else ""
    return f"{known.title(LANGUAGE)}: {said}{heads}"


def _report(kind: Kind, sheet: Sheet, found: Findings[Any], *, dry_run: bool) -> None:
    for problem in found.problems:
        click.echo(_line(kind, sheet, problem), err=True)
    if found.problems:
        raise click.ClickException(f"{len(found.problems)} errors in {found.rows} rows; nothing was saved.")
    done = "would be saved" if dry_run else "saved"
    click.echo(f"{found.rows} rows: {len(found.new)} {kind.name} {done}, {found.present} rows are there already.")


def _line(kind: Kind, sheet: Sheet, problem: RowProblem) -> str:
    head = columns(kind.name)[problem.field].title(LANGUAGE)
    if problem.column is not None:
        head = f"{sheet.heads[problem.column]} ({letter(problem.column)})"
    value = problem.value if len(problem.value) <= SHOWN else f"{problem.value[:SHOWN]}…"
    shown = f" {value!r}:" if value else ""
    return f"row {problem.row}, column {head}:{shown} {_said(problem.code, problem.said(LANGUAGE))}"


def _said(code: str, params: dict[str, object]) -> str:
    words = translations(LANGUAGE).gettext(f"error.{code}")
    return words % params if params else words


for _kind in KINDS.values():
    _add(_kind)
