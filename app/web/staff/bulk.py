"""/appointments/bulk: many requests from one table, such as those for a parents' day; looked at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app import access
from app.access import Principal, Rule, allow
from app.errors import FieldProblem, Invalid
from app.models import Account, Organisation, Pool, Rung, Site, TranslationDevice, languages
from app.models.topics import topic_name, topics
from app.spreadsheets import requests as table
from app.spreadsheets.files import carried, file
from app.spreadsheets.files.table import MOST_BYTES, Sheet, letter, unreadable
from app.spreadsheets.findings import Reading
from app.spreadsheets.kinds import FORMATS, written
from app.spreadsheets.meaning import columns
from app.spreadsheets.meaning.rows import RowProblem
from app.spreadsheets.requests import KIND, Look, Usual
from app.web import choices
from app.web.inputs import clean
from app.web.pages import error_page, locale, sentence
from app.web.staff.blueprint import pages
from app.web.staff.oddities import questions
from app.web.when import When

# a table that was looked at comes back with the page, wrapped up as text
MOST_SENT: Final = 2 * MOST_BYTES
MOST_SHOWN: Final = 200
SHOWN_LENGTH: Final = 60
TYPES: Final = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
SCHOOL: Final = "school"
Answer = BaseResponse | str | tuple[str, int]


@dataclass(frozen=True)
class Sent:
    """A table as it came: its name, what its columns hold, and which of them are in the way."""

    name: str
    sheet: Sheet
    fields: tuple[str, ...]
    problems: tuple[FieldProblem, ...] = ()


@pages.route("/appointments/bulk", methods=["GET", "POST"])
@allow(Rule.STAFF)
@access.takes(MOST_SENT)
def bulk() -> Answer:
    """Choose or paste a table; see every row as it will be asked for, and each error; send all, or what is right."""
    rows, who = access.session(), access.principal()
    usual = _usual(rows, who)
    if usual.organisation is not None and not usual.organisation.active:
        return error_page("error.organisation_inactive", 403, is_error_code=True)
    if request.method == "GET":
        return _page(rows, usual, None, None)
    try:
        return _answer(rows, who, usual, _sent(usual))
    except Invalid as invalid:
        said = " ".join(sentence(one.code, dict(one.params)) for one in invalid.problems)
    rows = access.session()
    return _page(rows, _usual(rows, who), None, None, problem=said), 422


def _answer(rows: Session, who: Principal, usual: Usual, sent: Sent) -> Answer:
    """What becomes of a table that can be read. Raises Invalid."""
    do = request.form.get("do", "")
    if sent.problems:
        return _page(rows, usual, sent, None), 422
    if do == "send":
        return _send(who, sent)
    look = _examined(rows, sent, usual)
    if do in FORMATS:
        return _wrong_rows(sent, look, do)
    return _page(rows, usual, sent, look), 422 if look.findings.problems else 200


@pages.get("/appointments/bulk/template.<any(xlsx, csv):form>")
@allow(Rule.STAFF)
def bulk_template(form: str) -> Response:
    """An empty table with an example, to be filled in."""
    lines = table.template(locale(), named=access.principal().coordinates)
    return _download(written(lines, form), f"{_('bulk.template.file')}.{form}", form)


def _send(who: Principal, sent: Sent) -> Answer:
    """Ask for everything, or for what is right if that is wished for; sent again, it is there already."""
    with access.change() as session:
        pool, usual = session.get_one(Pool, who.pool_id), _usual(session, who)
        look, is_sent = table.take_in(
            session, pool, _reading(pool, sent), usual, who.actor, leave_out="leave_out" in request.form
        )
        said = _sent_words(look)
    rows = access.session()
    usual = _usual(rows, who)
    if not is_sent:
        return _page(rows, usual, sent, look), 422
    if not look.findings.problems:
        flash(said, "success")
        return redirect(url_for("staff.mine"), 303)
    left = Sent(sent.name, table.only(sent.sheet, look.wrong_rows), sent.fields)
    return _page(rows, usual, left, look, done=said)


def _sent_words(look: Look) -> str:
    count, present = len(look.findings.new), look.findings.present
    said = str(ngettext("bulk.sent_one", "bulk.sent_many", count))
    return f"{said} {ngettext('bulk.present_one', 'bulk.present_many', present)}" if present else said


def _usual(rows: Session, who: Principal) -> Usual:
    """Whose requests they are, and what holds for all rows, as the form says it."""
    if who.coordinates:
        known = {one.name: one for one in rows.scalars(select(Organisation).order_by(Organisation.name))}
        wanted = request.form.get("organisation") or request.args.get("organisation", "")
        organisation = next((one for one in known.values() if str(one.id) == wanted), None)
    else:
        organisation = rows.get(Organisation, who.organisation_id) if who.organisation_id is not None else None
        if organisation is None:
            abort(403)
        known = {organisation.name: organisation}
    topic = request.form.get("topic", SCHOOL)
    ways = {Rung.MODE: "fallback_mode", Rung.DEVICE: "fallback_device"}
    return Usual(
        organisations=known,
        own_alone=not who.coordinates,
        organisation=organisation,
        site=_site(organisation),
        topic=topic if topic in topics() else SCHOOL,
        account=rows.get(Account, who.actor.id),
        fallbacks=tuple(rung.value for rung, name in ways.items() if name in request.form or request.method == "GET"),
    )


def _site(organisation: Organisation | None) -> Site | None:
    """The place that was chosen, or the organisation's first."""
    sites = organisation.sites if organisation else []
    chosen = choices.chosen_site(sites, request.form.get("place", ""))
    return chosen or next(iter(sites), None)


def _sent(usual: Usual) -> Sent:
    """The table, newly sent, pasted, or brought along by the page. Raises Invalid."""
    name, sheet = _table()
    known, guessed = columns.columns(KIND), columns.guess(KIND, sheet.heads)
    chosen = (request.form.get(f"column-{number}", guess) for number, guess in enumerate(guessed))
    fields = tuple(one if one in known else "" for one in chosen)
    problems = columns.check(KIND, fields)
    if usual.organisation is None and "organisation" not in fields:
        problems.append(FieldProblem("organisation", "bulk_no_organisation"))
    return Sent(name, sheet, fields, tuple(problems))


def _table() -> tuple[str, Sheet]:
    def knows(head: str) -> bool:
        return bool(columns.field_of(KIND, head))

    sent = request.files.get("file")
    if sent is not None and sent.filename:
        return sent.filename, file.read(sent.read(), knows)
    if packed := request.form.get("table"):
        return clean(request.form.get("name")) or "", carried.unpacked(packed)
    if pasted := request.form.get("pasted", "").strip():
        return str(_("bulk.pasted.name")), file.read(pasted.encode(), knows)
    raise unreadable("bulk_none")


def _examined(rows: Session, sent: Sent, usual: Usual) -> Look:
    pool = rows.get_one(Pool, access.principal().pool_id)
    return table.examine(rows, pool, _reading(pool, sent), usual)


def _reading(pool: Pool, sent: Sent) -> Reading:
    return Reading(g.now, pool.timezone, sent.sheet, sent.fields)


def _wrong_rows(sent: Sent, look: Look, form: str) -> Response:
    """The rows that cannot be asked for, each with the reasons, as a table that can be sent again."""
    reasons: dict[int, list[str]] = {}
    for one in look.findings.problems:
        reasons.setdefault(one.row, []).append(f"{_head(sent.sheet, one)}: {_said(one)}")
    lines = table.left_out(sent.sheet, {row: " ".join(said) for row, said in reasons.items()}, _("tables.errors.said"))
    return _download(written(lines, form), f"{_('bulk.left_out.file')}.{form}", form)


def _download(content: bytes, name: str, form: str) -> Response:
    return Response(content, mimetype=TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _page(
    rows: Session, usual: Usual, sent: Sent | None, look: Look | None, *, problem: str = "", done: str = ""
) -> str:
    who = access.principal()
    organisation = usual.organisation
    return render_template(
        "staff/bulk.html",
        problem=problem,
        done=done,
        sent=sent,
        look=look,
        table=carried.packed(sent.sheet) if sent else "",
        pasted=clean(request.form.get("pasted")) or "",
        column_rows=_column_rows(sent) if sent else [],
        column_choices=[(one.field, one.title(locale())) for one in columns.columns(KIND).values()],
        column_problems=_column_problems(sent) if sent else [],
        errors=_errors(sent.sheet, look) if sent and look else [],
        wrong=len(look.wrong_rows) if look else 0,
        preview=_preview(rows, look) if look and not done else [],
        coordinates=who.coordinates,
        organisation_choices=[
            ("", _("bulk.organisation.in_table")),
            *((one.id, one.name) for one in usual.organisations.values() if one.active),
        ],
        organisation=organisation,
        sites=organisation.sites if organisation else [],
        site_choices=[(f"site:{one.id}", one.name) for one in organisation.sites] if organisation else [],
        site=usual.site,
        topics=[(code, topic_name(code, locale())) for code in topics()],
        topic=usual.topic,
        fallbacks=usual.fallbacks,
        has_devices=rows.scalar(select(TranslationDevice.id).where(TranslationDevice.active).limit(1)) is not None,
        formats=FORMATS,
        most=table.MOST_ROWS,
    )


def _column_rows(sent: Sent) -> list[dict[str, object]]:
    return [
        {"number": number, "head": head or letter(number), "field": sent.fields[number]}
        for number, head in enumerate(sent.sheet.heads)
    ]


def _column_problems(sent: Sent) -> list[str]:
    known = columns.columns(KIND)
    return [f"{known[one.field].title(locale())}: {sentence(one.code, dict(one.params))}" for one in sent.problems]


def _errors(sheet: Sheet, look: Look) -> list[dict[str, object]]:
    return [
        {"row": one.row, "column": _head(sheet, one), "value": _short(one.value), "said": _said(one)}
        for one in look.findings.problems[:MOST_SHOWN]
    ]


def _head(sheet: Sheet, problem: RowProblem) -> str:
    if problem.column is None:
        return columns.columns(KIND)[problem.field].title(locale())
    return sheet.heads[problem.column] or letter(problem.column)


def _said(problem: RowProblem) -> str:
    return sentence(problem.code, problem.said(locale()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_LENGTH else f"{line[:SHOWN_LENGTH]}…"


def _preview(rows: Session, look: Look) -> Sequence[dict[str, Any]]:
    """Every row that can be read, as it will be asked for."""
    when = When.of(rows.get_one(Pool, access.principal().pool_id).timezone, g.now)
    several = len({one.organisation.id for one in look.asked}) > 1
    shown = []
    for one in look.asked:
        wanted = one.request
        where = wanted.place.name if wanted.place else str(_(f"staff.mode.{wanted.mode}"))
        details = (topic_name(wanted.topic, locale()), wanted.reference, _short(wanted.note))
        shown.append(
            {
                "row": one.row,
                "when": when.start(wanted.starts_at),
                "minutes": wanted.duration_minutes,
                "language": languages.name(wanted.language, locale()),
                "where": f"{one.organisation.name}, {where}" if several else where,
                "details": " · ".join(part for part in details if part),
                "present": one.present,
                "questions": questions(one.hints),
            }
        )
    return shown
