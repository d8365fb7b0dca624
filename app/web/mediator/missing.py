"""What somebody still lacks of that which the pool asks for, in their own words."""

from dataclasses import dataclass

from flask_babel import gettext as _

from app.journey.timing.clearances import Lack, lacks
from app.models import Mediator, Pool
from app.web.when import When


@dataclass(frozen=True)
class Missing:
    """One clearance: what it is called, what to do for it, and until when it counted, where it did."""

    kind: str
    how: str
    ended: str


def missing_words(mediator: Mediator, pool: Pool, when: When) -> list[Missing]:
    """What is missing today; without it nobody is asked."""
    return [_missing(one, when) for one in lacks(mediator, pool, when.local(when.now).date())]


def _missing(lack: Lack, when: When) -> Missing:
    return Missing(
        kind=str(_(f"clearances.kind.{lack.kind}")),
        how=str(_(f"own.missing.{lack.kind}")),
        ended=str(_("own.missing.ended", day=when.brief(lack.ended))) if lack.ended else "",
    )
