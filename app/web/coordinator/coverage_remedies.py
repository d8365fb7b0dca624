"""What would help at one time of the week, in words with its number: what stays unfilled then, instead of what."""

from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from app.insight.coverage import Figures
from app.web.coordinator import coverage_words as words
from scheduler.forecast.remedies import Relief

# so large a part of what lacks is help enough not to look for somebody new
ENOUGH: Final = 0.25
AT_ONCE: Final = ("earlier", "later", "by_phone")
ONE_MORE: Final = "one_more"
SHIFTED: Final = {"earlier": -1, "later": 1}
HOURS_OF_DAY: Final = 24


@dataclass(frozen=True)
class Remedy:
    """One change: what it is, in which hours, and what stays unfilled with it, as a number and as a bar (0 to 100)."""

    kind: str
    title: str
    detail: str
    left: str
    width: int


def at_once(figures: Figures, found: Relief | None) -> list[Remedy]:
    """What helps without anybody new, the best first; nothing that no number would show."""
    if found is None:
        return []
    kinds = sorted(AT_ONCE, key=lambda kind: -_gain(found, kind))
    return [_remedy(figures, found, kind) for kind in kinds if _shows(figures, found, kind)]


def in_the_long_run(figures: Figures, found: Relief | None) -> list[Remedy]:
    """One more person, if that helps."""
    return [_remedy(figures, found, ONE_MORE)] if found and _shows(figures, found, ONE_MORE) else []


def without_effect(figures: Figures, found: Relief | None) -> list[str]:
    """What was reckoned and changes hardly anything, in words."""
    if found is None:
        return []
    return [_short(kind) for kind in (*AT_ONCE, ONE_MORE) if not _shows(figures, found, kind)]


def best(figures: Figures, found: Relief | None) -> tuple[str, Remedy] | None:
    """The one that a list tells, with whether it helps at once: that if it helps enough, else somebody new."""
    now, later = at_once(figures, found), in_the_long_run(figures, found)
    if found and now and (_gain(found, now[0].kind) >= ENOUGH * figures.unfilled or not later):
        return str(_("coordinator.remedy.at_once", what=_short(now[0].kind))), now[0]
    return (str(_("coordinator.remedy.long_run", what=_short(ONE_MORE))), later[0]) if later else None


def _shows(figures: Figures, found: Relief, kind: str) -> bool:
    """Whether the number that is told is another one than before."""
    return words.tenths(_left(figures, found, kind)) != words.tenths(figures.unfilled)


def _left(figures: Figures, found: Relief, kind: str) -> float:
    return max(0.0, figures.unfilled - _gain(found, kind))


def _gain(found: Relief, kind: str) -> float:
    gain: float = getattr(found, kind)
    return gain


def _remedy(figures: Figures, found: Relief, kind: str) -> Remedy:
    left = _left(figures, found, kind)
    width = round(100 * left / figures.unfilled) if figures.unfilled else 0
    return Remedy(kind, _title(found, kind), _detail(found, kind), words.tenths(left), width)


def _title(found: Relief, kind: str) -> str:
    return str(_(f"coordinator.remedy.{kind}", language=words.name(found.language)))


def _short(kind: str) -> str:
    return str(_(f"coordinator.remedy.short.{kind}"))


def _detail(found: Relief, kind: str) -> str:
    if kind == ONE_MORE:
        return str(_("coordinator.remedy.free_then", when=words.at_time((found.weekday, found.hour))))
    if kind in SHIFTED:
        first = (found.hour + SHIFTED[kind]) % HOURS_OF_DAY
        return str(_("coordinator.remedy.begins", when=words.slot(first)))
    return str(_("coordinator.remedy.if_on_site"))
