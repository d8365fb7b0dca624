"""The shapes of /coverage, /recruiting and /statistics."""

from marshmallow import fields

from app.api.values import Day, Shape, Text
from app.models import GENDERS, MODES, WEEKDAYS
from app.models.topics import topics
from scheduler.forecast.remedies import CHANGES


class PeriodQuery(Shape):
    """Local days, both included."""

    first = Day(data_key="from")
    last = Day(data_key="to")


class CoverageQuery(PeriodQuery):
    """Local days, and what the requests have in common that are counted."""

    language = fields.String()
    district = Text()
    topic = fields.String(metadata={"enum": list(topics())})
    mode = fields.String(metadata={"enum": list(MODES)})
    gender = fields.String(metadata={"enum": list(GENDERS)})


class RecruitingQuery(Shape):
    """Whom the advice is about."""

    language = fields.String()
    district = Text()
    mode = fields.String(metadata={"enum": list(MODES)})
    gender = fields.String(metadata={"enum": list(GENDERS)})


class SlotShape(Shape):
    """A weekly time: requests, how many of them stay unfilled, and how many people are free then on average."""

    weekday = fields.String(required=True, metadata={"enum": list(WEEKDAYS)})
    starts = fields.String(required=True, data_key="from")
    ends = fields.String(required=True, data_key="to")
    requests = fields.Float(required=True)
    unfilled = fields.Float(required=True)
    free = fields.Float(required=True)


class TotalShape(Shape):
    """All that is counted; `unfilled_range` holds in eight of ten cases and is null for what is over."""

    requests = fields.Float(required=True)
    unfilled = fields.Float(required=True)
    unfilled_range = fields.List(fields.Integer(), required=True, allow_none=True)
    filled_share = fields.Float(required=True, allow_none=True)


class CoverageRowShape(TotalShape):
    """One language, likewise."""

    language = fields.String(required=True)
    slots = fields.List(fields.Nested(SlotShape), required=True)


class EffectShape(Shape):
    """A change, and how many requests stay `unfilled` with it alone: one more person then, by phone, an hour off."""

    change = fields.String(required=True, metadata={"enum": list(CHANGES)})
    unfilled = fields.Float(required=True)


class GapShape(Shape):
    """A language and a weekly time at which requests stay unfilled; for `appointments` nobody is found now.

    `effects` is null where that was not reckoned: for what is over, and where too little stays unfilled.
    """

    language = fields.String(required=True)
    weekday = fields.String(required=True, metadata={"enum": list(WEEKDAYS)})
    starts = fields.String(required=True, data_key="from")
    ends = fields.String(required=True, data_key="to")
    unfilled = fields.Float(required=True)
    appointments = fields.List(fields.Integer(), required=True)
    effects = fields.List(fields.Nested(EffectShape), required=True, allow_none=True)


class CoverageOut(Shape):
    """Expectations for four weeks, or what was; `as_of` is null where no forecast was made yet.

    `not_applied` names the filters that the forecast cannot tell apart: the figures hold without them.
    """

    as_of = fields.String(required=True, allow_none=True)
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    languages = fields.List(fields.Nested(CoverageRowShape), required=True)
    total = fields.Nested(TotalShape, required=True)
    gaps = fields.List(fields.Nested(GapShape), required=True)
    not_applied = fields.List(fields.String(), required=True)


class AdviceShape(Shape):
    """One person to look for; what is null does not matter."""

    language = fields.String(required=True)
    weekdays = fields.List(fields.String(metadata={"enum": list(WEEKDAYS)}), required=True)
    starts = fields.String(required=True, data_key="from")
    ends = fields.String(required=True, data_key="to")
    level = fields.String(required=True, allow_none=True)
    gender = fields.String(required=True, allow_none=True)
    mode = fields.String(required=True, allow_none=True)
    district = fields.String(required=True, allow_none=True)
    filled_more_per_year = fields.Float(required=True)


class PersonShape(Shape):
    """Whom."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class IndispensableShape(Shape):
    """Somebody without whom so many more requests would stay unfilled; `language` is the one in which they are rare."""

    mediator = fields.Nested(PersonShape, required=True)
    language = fields.String(required=True)
    unfilled_more_per_year = fields.Float(required=True)


class RecruitingOut(Shape):
    """Whom to look for, in order, each given those before; `as_of` is null where no forecast was made yet."""

    as_of = fields.String(required=True, allow_none=True)
    advice = fields.List(fields.Nested(AdviceShape), required=True)
    indispensable = fields.List(fields.Nested(IndispensableShape), required=True)


class FiguresShape(Shape):
    """Counts over appointments; `fill_rate` is filled of what is settled, null where nothing is."""

    requested = fields.Integer(required=True)
    filled = fields.Integer(required=True)
    unfilled = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    fill_rate = fields.Float(required=True, allow_none=True)
    minutes_to_yes = fields.Integer(required=True, allow_none=True)


class MonthShape(FiguresShape):
    """Counts of a month such as 2026-11."""

    month = fields.String(required=True)


class LanguageFiguresShape(FiguresShape):
    """Counts of a language."""

    language = fields.String(required=True)


class StatisticsOut(Shape):
    """All of the period, then by month and by language."""

    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    total = fields.Nested(FiguresShape, required=True)
    months = fields.List(fields.Nested(MonthShape), required=True)
    languages = fields.List(fields.Nested(LanguageFiguresShape), required=True)
