"""/mediators/import, /organisations/import, /appointments/import: tables come in, looked at first; and go out again."""

from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app import access, services
from app.access import allow
from app.errors import FieldProblem, Invalid
from app.models import LEVELS
from app.spreadsheets import imports
from app.spreadsheets.files import carried, file
from app.spreadsheets.files.table import MOST_BYTES, Sheet, letter, unreadable
from app.spreadsheets.findings import Findings, Options, Reading
from app.spreadsheets.kinds import FORMATS, KINDS, Kind, take_in, written
from app.spreadsheets.meaning import columns
from app.spreadsheets.meaning.rows import RowProblem
from app.web.coordinator.blueprint import own_pool, pages
from app.web.coordinator.spreadsheet import XLSX
from app.web.coordinator.table_imports import LISTS, RULE, lately, saved_words
from app.web.pages import locale, sentence

# a table that was looked at comes back with the page, wrapped up as text
MOST_SENT: Final = 2 * MOST_BYTES
MOST_SHOWN: Final = 200
SHOWN_LENGTH: Final = 60
EXAMPLES: Final = 2
TYPES: Final = {"xlsx": XLSX, "csv": "text/csv"}
Answer = BaseResponse | str | tuple[str, int]


@dataclass(frozen=True)
class Looked:
    """A table that was looked at: what its columns hold, and what was found, None where a column is in the way."""

    name: str
    sheet: Sheet
    fields: tuple[str, ...]
    options: Options
    problems: tuple[FieldProblem, ...] = ()
    found: Findings[Any] | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether nothing can be saved as it is."""
        return self.found is None or bool(self.found.problems)


@pages.route("/mediators/import", defaults={"kind": "mediators"}, methods=["GET", "POST"])
@pages.route("/organisations/import", defaults={"kind": "organisations"}, methods=["GET", "POST"])
@pages.route("/appointments/import", defaults={"kind": "appointments"}, methods=["GET", "POST"])
@allow(RULE)
@access.takes(MOST_SENT)
def import_table(kind: str) -> Answer:
    """Choose a file; see what is in it and what is wrong; say what the columns hold; save everything or nothing."""
    chosen = KINDS[kind]
    if request.method == "GET":
        return _page(chosen, None)
    try:
        name, sheet = _sent(chosen)
    except Invalid as invalid:
        [problem] = invalid.problems
        return _page(chosen, None, sentence(problem.code, dict(problem.params))), 422
    fields = _fields(chosen, sheet)
    save = request.form.get("do") == "save"
    looked = Looked(name, sheet, fields, _options(), tuple(columns.check(kind, fields)))
    if not looked.problems:
        try:
            if save and len(sheet.rows) > imports.AT_ONCE:
                return redirect(url_for("coordinator.table_import", import_id=_ask(chosen, looked)), 303)
            looked = _looked_through(chosen, looked, save=save)
        except Invalid as invalid:
            # what has changed between looking and saving
            looked = replace(looked, problems=invalid.problems)
    if looked.found is not None and not looked.is_wrong and save:
        flash(saved_words(kind, len(looked.found.new), looked.found.present), "success")
        return redirect(url_for(f"coordinator.{LISTS[kind]}"), 303)
    return _page(chosen, looked), 422 if looked.is_wrong else 200


@pages.get("/mediators/export.<any(xlsx, csv):form>", defaults={"kind": "mediators"})
@pages.get("/organisations/export.<any(xlsx, csv):form>", defaults={"kind": "organisations"})
@pages.get("/appointments/export.<any(xlsx, csv):form>", defaults={"kind": "appointments"})
@allow(RULE)
def export_table(kind: str, form: str) -> Response:
    """Everything of a kind, as a table that can be taken in again."""
    rows = access.session()
    content = written(KINDS[kind].lines(rows, own_pool(rows), g.now, locale()), form)
    name = f"{_(f'tables.{kind}.file')}-{g.now.date()}.{form}"
    return Response(content, mimetype=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _sent(kind: Kind) -> tuple[str, Sheet]:
    """The name of the file and the table in it, newly sent or brought along by the page. Raises Invalid."""
    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return sent.filename, file.read(sent.read(), lambda head: bool(columns.field_of(kind.name, head)))
    if text := request.form.get("table"):
        return request.form.get("name", ""), carried.unpacked(text)
    raise unreadable("sheet_none")


def _fields(kind: Kind, sheet: Sheet) -> tuple[str, ...]:
    """What the columns hold: as chosen on the page, otherwise as their heads let guess."""
    known, guessed = columns.columns(kind.name), columns.guess(kind.name, sheet.heads)
    chosen = (request.form.get(f"column-{number}", guess) for number, guess in enumerate(guessed))
    return tuple(one if one in known else "" for one in chosen)


def _options() -> Options:
    level = request.form.get("level", "")
    return Options(level if level in LEVELS else "", similar="similar" in request.form)


def _looked_through(kind: Kind, looked: Looked, *, save: bool) -> Looked:
    """The table with what was found in it; saved, if that is wished for and nothing is wrong."""
    rows, who, reading = access.session(), access.principal(), _reading(looked)
    if save:
        with access.change() as session:
            found = take_in(session, who.pool_id, kind, reading, services.links(), who.actor)
    else:
        found = kind.examine(rows, reading)
    return replace(looked, found=found)


def _ask(kind: Kind, looked: Looked) -> int:
    """Leave a long table to a worker; gives the number under which it is seen how far it is. Raises Invalid."""
    reading = _reading(looked)
    with access.change() as session:
        return imports.ask(session, g.now, kind.name, looked.name, reading, access.principal().actor).id


def _reading(looked: Looked) -> Reading:
    return Reading(g.now, own_pool(access.session()).timezone, looked.sheet, looked.fields, looked.options)


def _page(kind: Kind, looked: Looked | None, problem: str = "") -> str:
    return render_template(
        "coordinator/tables.html",
        kind=kind.name,
        kinds=list(KINDS),
        formats=FORMATS,
        problem=problem,
        lately=[] if looked else lately(access.session(), kind.name),
        looked=looked,
        table=carried.packed(looked.sheet) if looked else "",
        column_rows=_column_rows(looked) if looked else [],
        choices=[(one.field, one.title(locale())) for one in columns.columns(kind.name).values()],
        column_problems=[_about_column(kind, one) for one in looked.problems] if looked else [],
        errors=[_error(kind, looked.sheet, one) for one in looked.found.problems[:MOST_SHOWN]]
        if looked and looked.found
        else [],
        levels=LEVELS,
        back_url=url_for(f"coordinator.{LISTS[kind.name]}"),
        most=MOST_BYTES // 1_000_000,
    )


def _column_rows(looked: Looked) -> list[dict[str, object]]:
    """For each column its head, what stands in it for example, and what it is taken for."""
    return [
        {
            "number": number,
            "letter": letter(number),
            "head": head,
            "field": looked.fields[number],
            "examples": _examples(looked.sheet, number),
        }
        for number, head in enumerate(looked.sheet.heads)
    ]


def _examples(sheet: Sheet, column: int) -> str:
    filled = (row.cells[column] for row in sheet.rows if row.cells[column])
    return " · ".join(_short(one) for one, _number in zip(filled, range(EXAMPLES), strict=False))


def _about_column(kind: Kind, problem: FieldProblem) -> tuple[str, str]:
    known = columns.columns(kind.name).get(problem.field)
    return known.title(locale()) if known else problem.field, sentence(problem.code, dict(problem.params))


def _error(kind: Kind, sheet: Sheet, problem: RowProblem) -> dict[str, object]:
    head = columns.columns(kind.name)[problem.field].title(locale())
    if problem.column is not None:
        head = sheet.heads[problem.column] or letter(problem.column)
    said = sentence(problem.code, problem.said(locale()))
    return {"row": problem.row, "column": head, "value": _short(problem.value), "said": said}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_LENGTH else f"{line[:SHOWN_LENGTH]}…"
