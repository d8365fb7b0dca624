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
    """What a coordinator has to see to, in a word: the first that is missing, has run out or soon will."""
    today = when.local(when.now).date()
    for lack in lacks(one, pool, today):
        return lack_words(lack, when)
    for found in ending(one, pool, today):
        if found.last is not None and found.last >= today:
            return str(_("clearances.ends", kind=_(f"clearances.kind.{found.kind}"), day=when.brief(found.last)))
        return lack_words(Lack(found.kind, found.last), when)
    return ""
