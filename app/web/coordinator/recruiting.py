"""/recruiting: whom to look for, whom the pool cannot do without, with whom to have a word."""

from typing import Any, Final

from flask import g, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from app import access
from app.access import Rule, allow
from app.insight import recruiting as insight
from app.insight.recruiting import Advice, Noticed, Recruiting
from app.models import languages
from app.web.coordinator import coverage_words as words
from app.web.coordinator.blueprint import own_pool, own_when, pages
from scheduler.forecast.remedies import Newcomer

# so many languages are named for comparison, each of which bears as many leavers
COMPARED: Final = 3
GENDER: Final = {"f": "woman", "m": "man"}


@pages.get("/recruiting")
@allow(Rule.COORDINATOR)
def recruiting() -> str:
    """The next five, those who must not leave, and who wants a word."""
    rows = access.session()
    pool, when = own_pool(rows), own_when(rows)
    found = insight.recruiting(rows, pool)
    return render_template(
        "coordinator/recruiting.html",
        found=found,
        lead=_lead(found) if found else None,
        advice=_advised(found, pool.name) if found else [],
        words=words,
        whole=words.whole,
        compared=_compared(found) if found else "",
        noticed=[_noticed(one) for one in insight.noticed(rows, g.now)],
        stand=when.moment(found.known.made_at) if found else None,
    )


def _lead(found: Recruiting) -> str:
    """Fünf neue Personen würden im Jahr 95 Anfragen mehr besetzen."""
    if not found.advice:
        return str(_("coordinator.recruiting.nobody_missing"))
    more = words.whole(sum(one.filled_more for one in found.advice))
    return str(
        ngettext(
            "coordinator.recruiting.lead_one", "coordinator.recruiting.lead_many", len(found.advice), filled=more,
            unfilled=words.whole(found.unfilled),
        )
    )  # fmt: skip


def _advised(found: Recruiting, pool: str) -> list[dict[str, Any]]:
    most = max((one.filled_more for one in found.advice), default=1.0)
    return [_advice(one, pool) | {"width": round(100 * one.filled_more / most)} for one in found.advice]


def _advice(one: Advice, pool: str) -> dict[str, Any]:
    language, times = words.name(one.newcomer.language), words.times(one.newcomer)
    wishes = [str(_(f"coordinator.recruiting.{GENDER[one.newcomer.gender]}"))] if one.newcomer.gender in GENDER else []
    if one.newcomer.level:
        wishes.append(str(_("coordinator.recruiting.level", level=one.newcomer.level)))
    wishes += _where(one.newcomer)
    return {
        "title": f"{language}, {times}",
        "wishes": ", ".join(wishes),
        "speakers": ngettext(
            "coordinator.recruiting.speaks_one", "coordinator.recruiting.speaks_many", one.speakers, language=language
        )
        if one.speakers
        else str(_("coordinator.coverage.nobody_speaks", language=language)),
        "filled": words.whole(one.filled_more),
        "notice": _("coordinator.recruiting.notice", language=language, times=times, pool=pool),
    }


def _where(one: Newcomer) -> list[str]:
    """Meist vor Ort, meist im Ortsteil Innenstadt."""
    found = [str(_(f"coordinator.recruiting.mode.{one.mode}"))] if one.mode else []
    return [*found, str(_("coordinator.recruiting.district", district=one.district))] if one.district else found


def _compared(found: Recruiting) -> str:
    """Arabisch (6), Ukrainisch (3): where people may leave before new gaps open."""
    most = sorted(found.bears.items(), key=lambda pair: (-pair[1], pair[0]))[:COMPARED]
    return ", ".join(f"{words.name(language)} ({number})" for language, number in most if number)


def _noticed(one: Noticed) -> dict[str, Any]:
    sign = one.sign.value
    skills = sorted((words.name(skill.language) for skill in one.mediator.skills), key=languages.plain)
    return {
        "id": one.mediator.id,
        "name": one.mediator.name,
        "phone": one.mediator.phone,
        "languages": ", ".join(skills),
        "sign": _(f"coordinator.recruiting.sign_{sign}"),
        "badge": "info" if sign == "waiting" else "warning",
        "why": _(f"coordinator.recruiting.why_{sign}", number=one.number),
    }
