"""The fallback ladder of one appointment in sentences: what was tried, what is tried now, and what comes next."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.journey.falling_back import Barrier, barrier
from app.models import RUNGS, SEEKING, Appointment, AppointmentStatus, FallbackStep, Rung, StepState, languages
from app.models.topics import topic_name
from app.web.pages import locale
from app.web.staff.status_sentence import Standing, neighbour_asked
from app.web.when import When


@dataclass(frozen=True)
class RungLine:
    """One rung: `kind` is `over`, `now` or `next`; `state` says so in a word or two, `sentences` what happens."""

    title: str
    kind: str
    state: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """What is shown of it: the rungs in order, and those that staff may still permit, by name."""

    rungs: tuple[RungLine, ...]
    permits: tuple[str, ...]


def ladder(found: Appointment, when: When) -> Ladder | None:
    """As it stands; None where nothing else may be tried, or it need not be any more."""
    if found.status not in SEEKING or found.starts_at <= when.now:
        return None
    taken = found.fallback_steps
    barriers = {rung: barrier(when.now, found, rung, taken) for rung in RUNGS}
    stuck = found.status is AppointmentStatus.UNFILLED
    permitted = taken or any(one in {None, Barrier.RULE} for one in barriers.values())
    rungs = (_as_requested(found, when), *(_told(found, one, when) for one in taken), *_next(found, barriers, when))
    # what is not permitted is offered where the search needs it
    missing = [one for one, why in barriers.items() if why is Barrier.NOT_PERMITTED] if stuck or taken else []
    permits = tuple(rung.value for rung in missing)
    return Ladder(rungs if permitted else (), permits) if permitted or permits else None


def on_another_way(found: Appointment, said: Standing, *, device: bool) -> Standing:
    """How it looks to whoever asked while another way out is tried, or a `device` is kept for them."""
    if said.stuck and device:
        return replace(said, kind="warning", sentence=f"{said.sentence} {_('devices.instead')}")
    running = any(one.state is StepState.RUNNING for one in found.fallback_steps)
    if not running or not said.moving or found.seats_taken:
        return said
    sentence = f"{_('fallbacks.running')} {said.sentence}"
    return replace(said, label=str(_("fallbacks.label")), kind="warning", sentence=sentence)


def _as_requested(found: Appointment, when: When) -> RungLine:
    """The first rung: as it was requested."""
    first = next((one for one in found.fallback_steps if one.state is not StepState.SKIPPED), None)
    title = str(_("fallbacks.title.as_requested"))
    if any((one.mode_before, one.starts_before) != (one.mode, one.starts_at) for one in found.fallback_steps):
        how, moment = _(f"fallbacks.how.{found.fallback_steps[0].mode_before}"), found.fallback_steps[0].starts_before
        title = str(_("fallbacks.title.requested", how=how, moment=when.moment(moment)))
    if first is None and found.status is not AppointmentStatus.UNFILLED:
        return RungLine(title, "now", str(_("fallbacks.state.now")), ())
    asked = _asked(found, found.created_at, first.began_at if first else None)
    return RungLine(title, "over", str(_("fallbacks.state.over")), (asked,))


def _told(found: Appointment, step: FallbackStep, when: When) -> RungLine:
    title = _title(found, step.rung, when, step)
    if step.state is StepState.SKIPPED:
        return RungLine(title, "over", str(_("fallbacks.state.skipped")), (str(_("fallbacks.nobody")),))
    if step.state is StepState.OVER and step.rung is Rung.NEIGHBOUR:
        return RungLine(title, "over", str(_("fallbacks.state.over")), (str(_("neighbours.nobody")),))
    if step.state is StepState.OVER:
        asked = _asked(found, step.began_at, step.ended_at)
        return RungLine(title, "over", str(_("fallbacks.state.over")), (asked,))
    return RungLine(title, "now", str(_("fallbacks.state.now")), tuple(_now(found, step, when)))


def _now(found: Appointment, step: FallbackStep, when: When) -> Iterator[str]:
    if step.rung is Rung.NEIGHBOUR:
        yield neighbour_asked(step)
    else:
        yield str(ngettext("fallbacks.people_one", "fallbacks.people_many", step.people))
    if found.fall_back_at is not None and found.fall_back_at > when.now:
        yield str(_("fallbacks.goes_on", moment=when.moment(found.fall_back_at)))


def _next(found: Appointment, barriers: dict[Rung, Barrier | None], when: When) -> Iterator[RungLine]:
    """Those still to come, and those that the pool's rules exclude."""
    at = found.fall_back_at
    for rung, why in barriers.items():
        title = _title(found, rung, when)
        if why is Barrier.RULE:
            topic = topic_name(found.topic, locale())
            yield RungLine(title, "over", str(_("fallbacks.state.rule")), (str(_("fallbacks.rule", topic=topic)),))
        elif why is None and found.status is not AppointmentStatus.UNFILLED:
            yield RungLine(title, "next", _from(at, when), ())
            at = None


def _from(at: datetime | None, when: When) -> str:
    if at is None or at <= when.now:
        return str(_("fallbacks.state.then"))
    return str(_("fallbacks.state.from", moment=when.moment(at)))


def _title(found: Appointment, rung: Rung, when: When, step: FallbackStep | None = None) -> str:
    if rung is Rung.LANGUAGE:
        names = [languages.name(code, locale()) for code in found.fallback_languages]
        return str(_("fallbacks.title.language", languages=format_list(names, style="or", locale=get_locale())))
    if rung is Rung.NEIGHBOUR:
        pools = [step.neighbour] if step else [one.neighbour_of(found.pool_id) for one in found.pool.agreements]
        return str(_("fallbacks.title.neighbour", pools=_listed([one.name for one in pools if one])))
    if rung is Rung.TIME:
        times = [step.starts_at] if step else _other_times(found, when)
        return str(_("fallbacks.title.time", times=_listed([when.moment(one) for one in times])))
    if step is not None and step.state is not StepState.SKIPPED:
        return str(_(f"fallbacks.title.{step.mode}"))
    return str(_("fallbacks.title.mode"))


def _other_times(found: Appointment, when: When) -> list[datetime]:
    times = (datetime.fromisoformat(one) for one in found.other_starts)
    return sorted(one for one in times if one > when.now)


def _listed(words: Sequence[str]) -> str:
    return str(format_list(list(words), style="or", locale=get_locale()))


def _asked(found: Appointment, since: datetime, until: datetime | None) -> str:
    """How many were asked between two instants, and that nobody has said yes."""
    sent: Iterable[datetime] = (one.sent_at for one in found.offers if one.sent_at is not None)
    asked = sum(since <= one and (until is None or one < until) for one in sent)
    if not asked:
        return str(_("fallbacks.asked_nobody"))
    return str(ngettext("fallbacks.asked_one", "fallbacks.asked_many", asked))
