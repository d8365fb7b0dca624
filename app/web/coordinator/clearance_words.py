"""Clearances in words: what somebody has and until when, what they lack."""

from flask_babel import gettext as _

from app.journey.timing.clearances import Lack, ending, lacks, validities
from app.models import Mediator, Pool
from app.web.when import When


def lack_words(lack: Lack, when: When) -> str:
    """What speaks against somebody: Führungszeugnis fehlt; Führungszeugnis abgelaufen am 3. Nov."""
    kind = _(f"clearances.kind.{lack.kind}")
    if lack.ended is None:
        return str(_("clearances.missing", kind=kind))
    return str(_("clearances.ended", kind=kind, day=when.brief(lack.ended)))


def clearance_states(one: Mediator, pool: Pool, when: When) -> list[str]:
    """What is known of somebody's clearances, and what the pool misses today."""
    today = when.local(when.now).date()
    lacking = lacks(one, pool, today)
    said = [lack_words(lack, when) for lack in lacking]
    for found in validities(one, pool):
        if found.kind in {lack.kind for lack in lacking}:
            continue
        kind = _(f"clearances.kind.{found.kind}")
        if found.last is None:
            said.append(str(_("clearances.since", kind=kind, day=when.brief(found.first))))
        elif found.last < today:
            said.append(lack_words(Lack(found.kind, found.last), when))
        else:
            said.append(str(_("clearances.until", kind=kind, day=when.brief(found.last))))
    return said or [str(_("clearances.none"))]


def renewal_words(one: Mediator, pool: Pool, when: When) -> str:
    """What a coordinator has to see to, as briefly as a list has room: missing, run out, or soon to."""
    today = when.local(when.now).date()
    lacking, last_days = lacks(one, pool, today), [found.last for found in ending(one, pool, today)]
    if any(lack.ended is None for lack in lacking):
        return str(_("clearances.note.missing"))
    if not last_days or last_days[0] is None:
        return ""
    # what ended or ends first
    return str(_(f"clearances.note.{'ended' if last_days[0] < today else 'ends'}", day=when.brief(last_days[0])))
