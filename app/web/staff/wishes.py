"""What stands in the form of a new request, as the journey takes it."""

from dataclasses import replace

from app.journey.request import Place, Request
from app.journey.timing.local_time import instant
from app.models import Account, Organisation, Pool
from app.models.topics import topics
from app.web import choices
from app.web.located import Said
from app.web.staff.forms import RequestForm

Elsewhere = tuple[Place, Said]


def place_of(form: RequestForm, organisation: Organisation, elsewhere: Elsewhere | None) -> Place | None:
    """Where it takes place; None for telephone and video."""
    if elsewhere is not None:
        return elsewhere[0]
    site = choices.chosen_site(organisation.sites, form.place.data)
    return Place.of_site(site) if site else None


def needs(form: RequestForm, pool: Pool, place: Place | None) -> Request:
    """All that decides who could come. Raises Invalid for an hour that the day lacks or has twice."""
    language, *others = form.spoken()
    later = tuple(filter(None, [form.second_language.data])) if form.fallback_language.data else ()
    return Request(
        language=language,
        starts_at=instant(form.day, form.clock, pool.timezone),
        duration_minutes=form.minutes,
        mode="on_site" if place else form.place.data,
        place=place,
        # who could come depends on it a little: nobody has to say it first
        topic=form.topic.data if form.topic.data in topics() else "other",
        accepted_languages=tuple(one for one in others if one not in later),
        fallback_languages=later,
        gender=form.gender.data or None,
        mediators_needed=int(form.mediators_needed.data),
        urgent=form.urgent.data,
    )


def whole(
    form: RequestForm, pool: Pool, organisation: Organisation, account: Account | None, place: Place | None
) -> Request:
    """The same with what else is said of it, and who asks."""
    return replace(
        needs(form, pool, place),
        fallbacks=form.permitted(),
        other_starts=form.other_starts(pool.timezone),
        reference=form.reference.data or "",
        note=form.note.data or "",
        contact_name=account.name if account else "",
        contact_email=account.email if account else organisation.email,
        contact_phone=organisation.phone,
    )
